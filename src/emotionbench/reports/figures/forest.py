"""The leaderboard for papers: alignment of every respondent with its interval, 0 and 1 marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

WIDTH, STEP = 360, 24


@dataclass(frozen=True)
class Headline:
    """One respondent's alignment; ``low`` and ``high`` are cut off at the ends of the axis."""

    label: str
    value: float
    low: float
    high: float


def forest(rows: Sequence[Headline], domain: tuple[float, float], theme: Theme) -> Spec:
    """Respondents in the order given."""
    x = {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False},
        "axis": axis("alignment: 0 = ignores the situation, 1 = as people", tickCount=6),
    }
    y = {
        "field": "label",
        "type": "nominal",
        "sort": [row.label for row in rows],
        "axis": axis(domain=False, ticks=False, labelColor=theme.ink, labelPadding=8, labelLimit=260),
    }
    marks = {
        "data": {"values": [{"at": at} for at in (0, 1) if domain[0] <= at <= domain[1]]},
        "mark": {"type": "rule", "color": theme.soft, "strokeDash": [4, 3], "strokeWidth": 1},
        "encoding": {"x": {"field": "at", **x}},
    }
    interval = {
        "mark": {"type": "rule", "color": theme.accent, "strokeWidth": 2},
        "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y},
    }
    point = {
        "mark": {"type": "point", "filled": True, "color": theme.accent, "size": 60, "opacity": 1},
        "encoding": {"x": {"field": "value", **x}, "y": y},
    }
    values = [{"label": r.label, "value": r.value, "low": r.low, "high": r.high} for r in rows]
    return figure(theme, width=WIDTH, height={"step": STEP}, data={"values": values}, layer=[marks, interval, point])
