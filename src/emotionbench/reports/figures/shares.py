"""How much of the variance each way of asking explains: a bar for the mean over subscales, a dot for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import LEVELS, Spec, Theme, axis, figure

WIDTH = 300
STEP, LANE = 30, 8.5
MOST_LANES = 7
"""Of more subscales the dots lie in one lane, without intervals and names."""
SMALLEST_AXIS = 0.1


@dataclass(frozen=True)
class Share:
    """The share (0 to 1) of one way on one subscale, with its interval."""

    way: str
    subscale: str
    value: float
    low: float | None
    high: float | None


def share_bars(shares: Sequence[Share], theme: Theme) -> Spec:
    """Ways in the order in which they first come; the axis is cut off at what intervals reach, or at 1."""
    ways = list(dict.fromkeys(one.way for one in shares))
    subscales = list(dict.fromkeys(one.subscale for one in shares))
    has_lanes = len(subscales) <= MOST_LANES
    step = max(STEP, LANE * (len(subscales) + 1.5)) if has_lanes else STEP
    shown = [end for one in shares for end in (one.value, one.high if has_lanes else None) if end is not None]
    x: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0, min(1.0, max([SMALLEST_AXIS, *shown]) * 1.03)], "nice": False},
        "axis": axis("share of the variance of a single score", format="~%", tickCount=4, grid=True),
    }
    y: Spec = {
        "field": "way",
        "type": "nominal",
        "sort": ways,
        "axis": axis(domain=False, ticks=False, labelColor=theme.ink, labelFontSize=theme.size, labelPadding=10),
        "scale": {"paddingInner": 0.12, "paddingOuter": 0.06},
    }
    layers = [_bars(shares, ways, (x, y), theme)]
    for place, name in enumerate(subscales):
        offset = (place - (len(subscales) - 1) / 2) * LANE if has_lanes else 0.0
        colour = LEVELS[place % len(LEVELS)] if has_lanes and len(subscales) > 1 else theme.accent
        own = [one for one in shares if one.subscale == name]
        layers += _lane(own, offset, colour, (x, y), whiskers=has_lanes)
    if has_lanes and len(subscales) > 1:
        layers.append(_names(subscales, theme))
    return figure(theme, width=WIDTH, height=step * len(ways), layer=layers)


def _bars(shares: Sequence[Share], ways: Sequence[str], axes: tuple[Spec, Spec], theme: Theme) -> Spec:
    """The means over subscales."""
    of = {way: [one.value for one in shares if one.way == way] for way in ways}
    rows = [{"way": way, "mean": sum(values) / len(values)} for way, values in of.items()]
    x, y = axes
    return {
        "data": {"values": rows},
        "mark": {"type": "bar", "color": theme.band, "opacity": 1},
        "encoding": {"x": {**x, "field": "mean"}, "y": y},
    }


def _lane(
    shares: Sequence[Share], offset: float, colour: str, axes: tuple[Spec, Spec], *, whiskers: bool
) -> list[Spec]:
    x, y = axes
    end = x["scale"]["domain"][1]
    rows = [
        {
            "way": one.way,
            "value": one.value,
            "low": one.low,
            "high": None if one.high is None else min(one.high, end),
            "label": f"{one.way}, {one.subscale}: {100 * one.value:.1f} %",
        }
        for one in shares
    ]
    dots: Spec = {
        "data": {"values": rows},
        "mark": {
            "type": "point",
            "filled": True,
            "color": colour,
            "size": 30,
            "opacity": 1 if whiskers else 0.55,
            "yOffset": offset,
            "aria": True,
        },
        "encoding": {"x": {**x, "field": "value"}, "y": y, "description": {"field": "label"}},
    }
    rules: Spec = {
        "data": {"values": rows},
        "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
        "mark": {"type": "rule", "color": colour, "strokeWidth": 1.3, "opacity": 0.75, "yOffset": offset},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y},
    }
    return [rules, dots] if whiskers else [dots]


def _names(subscales: Sequence[str], theme: Theme) -> Spec:
    """The legend of colours."""
    legend = {
        "title": None,
        "orient": "bottom",
        "columns": 3,
        "labelColor": theme.ink,
        "labelFontSize": theme.size - 1,
        "symbolType": "circle",
        "symbolSize": 45,
        "symbolOpacity": 1,
        "offset": 10,
    }
    return {
        "data": {"values": [{"name": name} for name in subscales]},
        "mark": {"type": "point", "filled": True, "size": 0, "opacity": 0},
        "encoding": {
            "color": {
                "field": "name",
                "type": "nominal",
                "scale": {"domain": list(subscales), "range": list(LEVELS[: len(subscales)])},
                "legend": legend,
            }
        },
    }
