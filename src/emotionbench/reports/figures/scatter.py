"""A respondent's change against people's over factors, with both intervals, the identity line and the human ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

SIDE = 300


@dataclass(frozen=True)
class Point:
    """One factor's change on both sides, in raw points; an interval's ends are null together."""

    label: str
    people: float
    people_low: float | None
    people_high: float | None
    own: float
    own_low: float | None
    own_high: float | None


def scatter(
    points: Sequence[Point], subscale: str, domain: tuple[float, float], band: float | None, theme: Theme
) -> Spec:
    """The panel of one subscale. ``band``: within ± so many points of the identity line other people would lie."""
    low, high = domain
    scale = {"domain": [low, high], "nice": False, "zero": False}
    x = {"type": "quantitative", "scale": scale}
    across = {"field": "people", **x, "axis": axis(f"people's change, {subscale.lower()} (raw points)", tickCount=6)}
    up = {"field": "own", **x, "axis": axis("respondent's change (raw points)", tickCount=6)}
    values = [_row(point, domain) for point in points]
    layers: list[Spec] = []
    if band is not None:
        layers.append(_band(low, high, band, theme, x))
    layers += [
        _line([(low, low), (high, high)], theme.soft, [5, 4], x),
        _line([(low, 0), (high, 0)], theme.rule, [1, 0], x),
        _line([(0, low), (0, high)], theme.rule, [1, 0], x),
    ]
    layers += [
        {
            "transform": [{"filter": "isValid(datum.people_low) && isValid(datum.people_high)"}],
            "mark": {"type": "rule", "color": theme.people, "opacity": 0.55, "strokeWidth": 1},
            "encoding": {"x": {**across, "field": "people_low"}, "x2": {"field": "people_high"}, "y": up},
        },
        {
            "transform": [{"filter": "isValid(datum.own_low) && isValid(datum.own_high)"}],
            "mark": {"type": "rule", "color": theme.accent, "opacity": 0.55, "strokeWidth": 1},
            "encoding": {"x": across, "y": {**up, "field": "own_low"}, "y2": {"field": "own_high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 34, "color": theme.accent, "opacity": 1, "aria": True},
            "encoding": {"x": across, "y": up, "description": {"field": "label"}},
        },
    ]
    return figure(theme, width=SIDE, height=SIDE, data={"values": values}, layer=layers)


def _row(point: Point, domain: tuple[float, float]) -> dict[str, object]:
    """Whiskers end where the panel does."""

    def inside(end: float | None) -> float | None:
        return None if end is None else min(max(end, domain[0]), domain[1])

    return {
        "label": point.label,
        "people": point.people,
        "people_low": inside(point.people_low),
        "people_high": inside(point.people_high),
        "own": point.own,
        "own_low": inside(point.own_low),
        "own_high": inside(point.own_high),
    }


def _band(low: float, high: float, band: float, theme: Theme, x: Spec) -> Spec:
    """The band about the identity line, cut off where the panel ends."""
    bends = sorted({low, high, *(b for b in (low + band, high - band) if low < b < high)})
    rows = [{"at": at, "from": max(low, at - band), "to": min(high, at + band)} for at in bends]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "color": theme.band, "opacity": 1},
        "encoding": {
            "x": {"field": "at", **x},
            "y": {"field": "from", **x},
            "y2": {"field": "to"},
        },
    }


def _line(ends: Sequence[tuple[float, float]], colour: str, dash: list[int], x: Spec) -> Spec:
    return {
        "data": {"values": [{"x": a, "y": b} for a, b in ends]},
        "mark": {"type": "line", "color": colour, "strokeDash": dash, "strokeWidth": 1},
        "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **x}},
    }
