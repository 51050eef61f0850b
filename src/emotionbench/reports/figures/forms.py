"""All forms as points in the plane of the scores' corners: outline, directions of subscales, levels, and outliers.

All points of one colour are one path of dots, so that thousands of them stay a small file.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import LEVELS, Spec, Theme, figure

WIDTH = 410
FEW, MANY = 60, 600
SHORT = 9
SIZES = (7.0, 4.4, 2.5)
RING = 2.1
"""So much wider than its dot is the ring of an outlier."""
HANDFULS = 12
"""Dots are drawn in so many rounds, so that no level covers the others."""
LABEL_GAP = 0.05
NARROW, SMALL = 0.08, 1e-9
MOST_NAMED = 14
"""Of more subscales the names would cover each other."""
ABOUT_A_LETTER = 0.021
Place = tuple[float, float]


@dataclass(frozen=True)
class FormPoint:
    """One form; ``level`` is of the way that points are coloured by."""

    x: float
    y: float
    level: str
    is_outlier: bool


@dataclass(frozen=True)
class Field:
    """What forms could reach at all: corners in order, and by subscale where its whole range points."""

    outline: Sequence[Place]
    arrows: Sequence[tuple[str, float, float]]


def forms_picture(points: Sequence[FormPoint], field: Field, way: str, theme: Theme) -> Spec:
    """The picture; ``way`` heads the legend, which is left out where there is one level only."""
    levels = list(dict.fromkeys(sorted(point.level for point in points)))
    tall = max(abs(y) for _, y in field.outline) + 0.09
    ends = [_side(field, sign) for sign in (-1, 1)]
    wide = (ends[1] - ends[0]) / 2
    axes: tuple[Spec, Spec] = (
        {"type": "quantitative", "scale": {"domain": ends, "nice": False, "zero": False}, "axis": None},
        {"type": "quantitative", "scale": {"domain": [-tall, tall], "nice": False, "zero": False}, "axis": None},
    )
    size = _size(len(points))
    layers = [
        _outline(field, axes, theme),
        *_arrows(field, axes, theme),
        _dots(points, levels, way, (axes, size, theme)),
        *_rings(points, axes, size, theme),
    ]
    return figure(theme, width=WIDTH, height=round(WIDTH * tall / wide), layer=layers)


def _side(field: Field, sign: int) -> float:
    """How far the panel reaches to one side: the outline, and names that stand beyond it."""
    edge = max(abs(x) for x, _ in field.outline)
    named = field.arrows if len(field.arrows) <= MOST_NAMED else ()
    names = [len(name) for name, x, _ in named if x * sign > NARROW]
    return sign * (edge + (LABEL_GAP + ABOUT_A_LETTER * max(names) if names else 0.02))


def _size(n: int) -> float:
    return SIZES[0] if n <= FEW else SIZES[1] if n <= MANY else SIZES[2]


def _outline(field: Field, axes: tuple[Spec, Spec], theme: Theme) -> Spec:
    corners = [*field.outline, field.outline[0]]
    rows = [{"x": x, "y": y, "place": place} for place, (x, y) in enumerate(corners)]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "color": theme.soft, "strokeWidth": 1, "strokeDash": [2, 3], "opacity": 0.8},
        "encoding": {**_at(axes), "order": {"field": "place"}},
    }


def _edge(outline: Sequence[Place], x: float, y: float) -> Place:
    """Where a ray from the middle leaves the outline."""
    for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True):
        across = x * (by - ay) - y * (bx - ax)
        if abs(across) < SMALL:
            continue
        along, part = (ax * (by - ay) - ay * (bx - ax)) / across, (ax * y - ay * x) / across
        if along > 0 and -SMALL <= part <= 1 + SMALL:
            return x * along, y * along
    return x, y


def _arrows(field: Field, axes: tuple[Spec, Spec], theme: Theme) -> list[Spec]:
    """From the middle to the outline, the way a subscale's scores rise, its name beyond the end."""
    rows = []
    for name, *way in field.arrows:
        x, y = _edge(field.outline, *way)
        further = 1 + LABEL_GAP / math.hypot(x, y)
        rows.append(
            {
                "name": name,
                "from_x": 0.0,
                "from_y": 0.0,
                "x": x,
                "y": y,
                "label_x": x * further,
                "label_y": y * further,
                "angle": (90 - math.degrees(math.atan2(y, x))) % 360,
                "side": "left" if x > NARROW else "right" if x < -NARROW else "center",
                "height": "middle" if abs(y) < NARROW or abs(x) > NARROW else "bottom" if y > 0 else "top",
            }
        )
    rule: Spec = {
        "data": {"values": rows},
        "mark": {"type": "rule", "color": theme.rule, "strokeWidth": 1},
        "encoding": {
            "x": {**axes[0], "field": "from_x"},
            "y": {**axes[1], "field": "from_y"},
            "x2": {"field": "x"},
            "y2": {"field": "y"},
        },
    }
    heads: Spec = {
        "data": {"values": rows},
        "mark": {
            "type": "point",
            "shape": "triangle-up",
            "filled": True,
            "color": theme.soft,
            "size": 34,
            "opacity": 1,
        },
        "encoding": {**_at(axes), "angle": {"field": "angle", "type": "quantitative", "scale": None}},
    }
    if len(rows) > MOST_NAMED:
        return [rule, heads]
    return [rule, heads, *(_names(rows, place, axes, theme) for place in _places(rows))]


def _places(rows: Sequence[dict[str, object]]) -> list[tuple[object, object]]:
    return list(dict.fromkeys((row["side"], row["height"]) for row in rows))


def _names(
    rows: Sequence[dict[str, object]], place: tuple[object, object], axes: tuple[Spec, Spec], theme: Theme
) -> Spec:
    """The names that stand on the same side of their arrow's end."""
    own = [row for row in rows if (row["side"], row["height"]) == place]
    return {
        "data": {"values": own},
        "mark": {
            "type": "text",
            "color": theme.ink,
            "fontSize": theme.size - 1,
            "align": place[0],
            "baseline": place[1],
        },
        "encoding": {
            "x": {**axes[0], "field": "label_x"},
            "y": {**axes[1], "field": "label_y"},
            "text": {"field": "name"},
        },
    }


def _dots(
    points: Sequence[FormPoint], levels: Sequence[str], way: str, how: tuple[tuple[Spec, Spec], float, Theme]
) -> Spec:
    """Every point is a stretch of a line without length, and its round ends are the dot."""
    axes, size, theme = how
    rows: list[Spec] = []
    handfuls = HANDFULS if len(points) > MANY else 1
    drawn = sorted(enumerate(points), key=lambda one: (one[0] * 7919 % handfuls, levels.index(one[1].level), one[0]))
    for number, point in drawn:
        own = {"level": point.level, "handful": number * 7919 % handfuls}
        rows += [{"x": round(point.x, 4), "y": round(point.y, 4), **own}, {"x": None, "y": None, **own}]
    colours = [LEVELS[place % len(LEVELS)] for place in range(len(levels))]
    legend = {
        "title": way,
        "titleColor": theme.soft,
        "titleFontSize": theme.size - 1,
        "titleFontWeight": "normal",
        "labelColor": theme.ink,
        "labelFontSize": theme.size - 1,
        "symbolType": "circle",
        "symbolSize": 14,
        "symbolStrokeWidth": 4,
        "symbolOpacity": 1,
        "orient": "bottom",
        "direction": "horizontal",
        "columns": 5 if max(map(len, levels)) <= SHORT else 3,
        "offset": 8,
        "labelLimit": 130,
    }
    return {
        "data": {"values": [{**row, "order": place} for place, row in enumerate(rows)]},
        "mark": {
            "type": "line",
            "strokeCap": "round",
            "strokeWidth": size,
            "invalid": "break-paths-filter-domains",
            "opacity": 0.8,
        },
        "encoding": {
            **_at(axes),
            "order": {"field": "order"},
            "detail": {"field": "handful"},
            "color": {
                "field": "level",
                "type": "nominal",
                "scale": {"domain": list(levels), "range": colours},
                "legend": legend if len(levels) > 1 else None,
            },
        },
    }


def _rings(points: Sequence[FormPoint], axes: tuple[Spec, Spec], size: float, theme: Theme) -> list[Spec]:
    own = [{"x": round(p.x, 4), "y": round(p.y, 4)} for p in points if p.is_outlier]
    if not own:
        return []
    mark = {"type": "point", "filled": False, "color": theme.ink, "strokeWidth": 0.7, "opacity": 0.9}
    return [{"data": {"values": own}, "mark": {**mark, "size": (size * RING) ** 2}, "encoding": _at(axes)}]


def _at(axes: tuple[Spec, Spec]) -> Spec:
    return {"x": {**axes[0], "field": "x"}, "y": {**axes[1], "field": "y"}}
