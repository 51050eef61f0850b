"""What a calming message leaves of the change: from the evoked change to what is left, emotion by emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

WIDTH, STEP = 300, 30
SIZE = 74


@dataclass(frozen=True)
class Dumbbell:
    """One emotion: the change from the baseline after imagining and after calming, in raw points."""

    label: str
    evoked: float
    left: float
    aside: str = ""


def dumbbells(panel: Sequence[Dumbbell], subscale: str, domain: tuple[float, float], theme: Theme) -> Spec:
    """Filled: evoked; hollow: left after calming; the dashed line is the baseline. ``aside`` stands to the right."""
    labels = [one.label for one in panel]
    x: Spec = {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": axis(f"change of {subscale.lower()} from baseline (raw points)", tickCount=6, grid=False),
    }
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": labels,
        "axis": axis(domain=False, ticks=False, labelColor=theme.ink, labelFontSize=theme.size, labelPadding=10),
    }
    rows = [{"label": one.label, "evoked": one.evoked, "left": one.left, "aside": one.aside} for one in panel]
    zero: Spec = {
        "data": {"values": [{"at": 0.0}]},
        "mark": {"type": "rule", "color": theme.soft, "strokeDash": [4, 3], "strokeWidth": 1},
        "encoding": {"x": {**x, "field": "at"}},
    }
    bar: Spec = {
        "mark": {"type": "rule", "color": theme.accent, "strokeWidth": 2, "opacity": 0.55},
        "encoding": {"x": {**x, "field": "evoked"}, "x2": {"field": "left"}, "y": y},
    }
    mark: Spec = {"type": "point", "size": SIZE, "opacity": 1, "color": theme.accent}
    hollow: Spec = {
        "mark": {**mark, "filled": True, "color": theme.ground or "var(--paper)", "strokeWidth": 2},
        "encoding": {"x": {**x, "field": "left"}, "y": y, "stroke": {"value": theme.accent}},
    }
    full: Spec = {
        "mark": {**mark, "filled": True},
        "encoding": {"x": {**x, "field": "evoked"}, "y": y},
    }
    layers = [zero, bar, full, hollow]
    if any(one.aside for one in panel):
        layers += _asides(y, theme)
    return figure(theme, width=WIDTH, height={"step": STEP}, data={"values": rows}, layer=layers)


def _asides(y: Spec, theme: Theme) -> list[Spec]:
    """The shares undone, under their heading."""
    text: Spec = {"type": "text", "align": "right", "fontSize": theme.size - 1}
    return [
        {
            "mark": {**text, "color": theme.ink},
            "encoding": {"x": {"value": WIDTH + 52}, "y": y, "text": {"field": "aside"}},
        },
        {
            "data": {"values": [{"text": "undone"}]},
            "mark": {**text, "color": theme.soft, "baseline": "bottom"},
            "encoding": {"x": {"value": WIDTH + 52}, "y": {"value": -2}, "text": {"field": "text"}},
        },
    ]
