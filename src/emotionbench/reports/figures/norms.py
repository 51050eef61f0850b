"""A respondent's scores among people's: for every subscale the curves of the norm's groups, and the mean as a dot."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

WIDTH = 400
MOST_ROOMY = 12
ROOMY, CLOSE = 44, 25
PEAK = 0.78  # of the distance between rows, so that a curve stays clear of the row above
STEPS = 80
REACH = 3.2  # SDs on either side that a curve is drawn to
FAINT, MOST_FAINT = 0.3, 0.12
DASHES = ([1, 0], [5, 3], [1.5, 2.5], [9, 3, 2, 3], [12, 4], [3, 6])


@dataclass(frozen=True)
class Curve:
    """The scores of one group of people, taken for normal."""

    group: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Strip:
    """One subscale: what scores can be, how people's are spread, and the respondent's mean with its interval.

    ``value`` and the ends are null where there is none; ``aside`` stands to the right.
    """

    label: str
    lowest: float
    highest: float
    curves: tuple[Curve, ...]
    value: float | None
    low: float | None = None
    high: float | None = None
    aside: str = ""


def norm_strips(strips: Sequence[Strip], theme: Theme, aside: str = "percentile") -> Spec:
    """Strips one below the other on a common axis of raw points; ``aside`` heads what stands to the right.

    Curves are cut off where no score can be. Groups, where there are several, differ in their dashes.
    """
    groups = list(dict.fromkeys(curve.group for strip in strips for curve in strip.curves))
    step = ROOMY if len(strips) <= MOST_ROOMY else CLOSE
    domain = [min(strip.lowest for strip in strips), max(strip.highest for strip in strips)]
    x: Spec = {
        "type": "quantitative",
        "scale": {"domain": domain, "nice": False, "zero": False},
        "axis": axis("score (raw points)", tickCount=7, grid=False, offset=4),
    }
    y: Spec = {"type": "quantitative", "scale": _rows_scale(len(strips)), "axis": _names(strips, theme)}
    layers = [
        _ranges(strips, x, y, theme),
        *_hills(strips, groups, (x, y), theme),
        *_dots(strips, x, y, theme),
        *_asides(strips, y, theme, aside),
    ]
    return figure(theme, width=WIDTH, height=step * (len(strips) + PEAK), layer=layers)


def _rows_scale(n: int) -> Spec:
    """Rows at whole numbers from above, with room for the first one's curves and below the last."""
    return {"domain": [n - 0.7, -PEAK - 0.06], "nice": False, "zero": False}


def _names(strips: Sequence[Strip], theme: Theme) -> Spec:
    labels = json.dumps([strip.label for strip in strips])
    return axis(
        values=list(range(len(strips))),
        labelExpr=f"{labels}[datum.value]",
        domain=False,
        ticks=False,
        grid=False,
        labelColor=theme.ink,
        labelFontSize=theme.size,
        labelPadding=10,
        labelLimit=240,
        labelBaseline="bottom",
        labelOffset=3,
    )


def _ranges(strips: Sequence[Strip], x: Spec, y: Spec, theme: Theme) -> Spec:
    """What scores can be."""
    rows = [{"row": row, "low": strip.lowest, "high": strip.highest} for row, strip in enumerate(strips)]
    return {
        "data": {"values": rows},
        "mark": {"type": "rule", "color": theme.rule, "strokeWidth": 1},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": {**y, "field": "row"}},
    }


def _hills(strips: Sequence[Strip], groups: list[str], axes: tuple[Spec, Spec], theme: Theme) -> list[Spec]:
    """People's scores: areas, their outlines above them, and a line at each mean."""
    x, y = axes
    rows = [point for row, strip in enumerate(strips) for point in _outline(strip, row)]
    means = [
        {"row": row, "at": curve.mean, "top": row - PEAK * _height(strip, curve)}
        for row, strip in enumerate(strips)
        for curve in strip.curves
    ]
    dashes: Spec = {
        "field": "group",
        "type": "nominal",
        "scale": {"domain": groups, "range": [DASHES[place % len(DASHES)] for place in range(len(groups))]},
        "legend": _legend(theme) if len(groups) > 1 else None,
    }
    place: Spec = {"x": {**x, "field": "at"}, "detail": [{"field": "row"}, {"field": "group"}]}
    faint = max(FAINT / len(groups), MOST_FAINT)
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "area", "color": theme.people, "opacity": faint, "line": False},
            "encoding": {**place, "y": {**y, "field": "top"}, "y2": {"field": "row"}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "line", "color": theme.people, "strokeWidth": 1.2},
            "encoding": {**place, "y": {**y, "field": "top"}, "order": {"field": "at"}, "strokeDash": dashes},
        },
        {
            "data": {"values": means},
            "mark": {"type": "rule", "color": theme.people, "strokeWidth": 1, "opacity": 0.55},
            "encoding": {"x": {**x, "field": "at"}, "y": {**y, "field": "row"}, "y2": {"field": "top"}},
        },
    ]


def _outline(strip: Strip, row: int) -> list[dict[str, object]]:
    """Densities of the groups as far as scores go, the highest of them just below the row above."""
    points: list[dict[str, object]] = []
    for curve in strip.curves:
        start = max(strip.lowest, curve.mean - REACH * curve.sd)
        end = min(strip.highest, curve.mean + REACH * curve.sd)
        for step in range(STEPS + 1):
            at = start + (end - start) * step / STEPS
            height = _height(strip, curve) * math.exp(-(((at - curve.mean) / curve.sd) ** 2) / 2)
            points.append({"row": row, "group": curve.group, "at": round(at, 4), "top": round(row - PEAK * height, 5)})
    return points


def _height(strip: Strip, curve: Curve) -> float:
    """Of a curve's peak, when the strip's narrowest has 1, so that areas are alike."""
    return min(each.sd for each in strip.curves) / curve.sd


def _dots(strips: Sequence[Strip], x: Spec, y: Spec, theme: Theme) -> list[Spec]:
    """The respondent's means, with their intervals as far as the axis goes."""
    low, high = x["scale"]["domain"]
    rows = [
        {
            "row": row,
            "label": strip.label,
            "value": strip.value,
            "low": None if strip.low is None else min(max(strip.low, low), high),
            "high": None if strip.high is None else min(max(strip.high, low), high),
        }
        for row, strip in enumerate(strips)
        if strip.value is not None
    ]
    place: Spec = {"y": {**y, "field": "row"}}
    return [
        {
            "data": {"values": rows},
            "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
            "mark": {"type": "rule", "color": theme.accent, "strokeWidth": 2.4},
            "encoding": {**place, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "color": theme.accent, "size": 62, "opacity": 1, "aria": True},
            "encoding": {**place, "x": {**x, "field": "value"}, "description": {"field": "label"}},
        },
    ]


def _asides(strips: Sequence[Strip], y: Spec, theme: Theme, heading: str) -> list[Spec]:
    """Texts to the right of the rows, under their heading."""
    rows = [{"row": row, "text": strip.aside} for row, strip in enumerate(strips) if strip.aside]
    if not rows:
        return []
    text: Spec = {"type": "text", "align": "left", "fontSize": theme.size - 1}
    return [
        {
            "data": {"values": rows},
            "mark": {**text, "color": theme.ink, "baseline": "bottom", "dy": 4},
            "encoding": {"x": {"value": WIDTH + 12}, "y": {**y, "field": "row"}, "text": {"field": "text"}},
        },
        {
            "data": {"values": [{"text": heading}]},
            "mark": {**text, "color": theme.soft, "baseline": "bottom"},
            "encoding": {"x": {"value": WIDTH + 12}, "y": {"value": 0}, "text": {"field": "text"}},
        },
    ]


def _legend(theme: Theme) -> Spec:
    return {
        "title": None,
        "orient": "top",
        "labelColor": theme.soft,
        "labelFontSize": theme.size - 1,
        "symbolType": "stroke",
        "symbolStrokeColor": theme.people,
        "symbolStrokeWidth": 1.4,
        "symbolSize": 340,
        "offset": 16,
        "columns": 4,
    }
