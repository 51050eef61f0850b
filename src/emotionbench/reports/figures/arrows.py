"""Change by emotion as arrows from baseline to evoked, people's beneath: one panel for each subscale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

WIDTH, STEP = 300, 34
HEAD_SIZE = 70
SMALLEST_ARROW = 0.012  # of the axis: below it a head would hide that nothing moved


@dataclass(frozen=True)
class Arrow:
    """One emotion's movement in raw points: the respondent's, and people's where it is known."""

    label: str
    before: float
    after: float
    people_before: float | None = None
    people_after: float | None = None


def arrows(panel: Sequence[Arrow], subscale: str, domain: tuple[float, float], theme: Theme) -> Spec:
    """The panel of one subscale; ``domain`` is the axis in raw points."""
    labels = [arrow.label for arrow in panel]
    short = SMALLEST_ARROW * (domain[1] - domain[0])
    rows = [row for arrow in panel for row in _rows(arrow, short)]
    x: Spec = {
        "field": "after",
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
    }
    y: Spec = {
        "field": "label",
        "type": "nominal",
        "sort": labels,
        "axis": axis(domain=False, ticks=False, labelColor=theme.ink, labelFontSize=theme.size, labelPadding=10),
        "scale": {"paddingInner": 0.1, "paddingOuter": 0.1},
    }
    layers: list[Spec] = []
    for who, colour, width, offset in (("people", theme.people, 1.4, 6), ("respondent", theme.accent, 2.4, -5)):
        own: Spec = {"transform": [{"filter": f"datum.who === '{who}'"}]}
        place: Spec = {
            "y": {**y, "bandPosition": 0.5},
            "x": {**x, "axis": axis(f"{subscale} (raw points)", tickCount=5)},
        }
        layers += [
            {
                **own,
                "mark": {"type": "rule", "color": colour, "strokeWidth": width, "yOffset": offset},
                "encoding": {**place, "x": {**place["x"], "field": "before"}, "x2": {"field": "after"}},
            },
            {
                **own,
                "mark": {"type": "tick", "color": colour, "thickness": width, "size": 9, "yOffset": offset},
                "encoding": {**place, "x": {**place["x"], "field": "before"}},
            },
            {
                **own,
                "mark": {"type": "point", "filled": True, "size": HEAD_SIZE, "yOffset": offset, "opacity": 1},
                "encoding": {
                    **place,
                    "color": {"value": colour},
                    "shape": {
                        "field": "head",
                        "type": "nominal",
                        "scale": {
                            "domain": ["right", "left", "none"],
                            "range": ["triangle-right", "triangle-left", "circle"],
                        },
                        "legend": None,
                    },
                    "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
                },
            },
        ]
    return figure(theme, width=WIDTH, height={"step": STEP}, data={"values": rows}, layer=layers)


def _rows(arrow: Arrow, short: float) -> list[dict[str, object]]:
    found = [_row(arrow.label, "respondent", arrow.before, arrow.after, short)]
    if arrow.people_before is not None and arrow.people_after is not None:
        found.append(_row(arrow.label, "people", arrow.people_before, arrow.people_after, short))
    return found


def _row(label: str, who: str, before: float, after: float, short: float) -> dict[str, object]:
    moved = after - before
    head = "none" if abs(moved) < short else "right" if moved > 0 else "left"
    size = HEAD_SIZE * (1 if who == "respondent" else 0.7) * (0.5 if head == "none" else 1)
    return {"label": label, "who": who, "before": before, "after": after, "head": head, "size": size}
