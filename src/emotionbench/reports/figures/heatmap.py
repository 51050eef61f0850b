"""Emotions across, respondents down, a field for each change: its colour says which way and how far, its text"
" the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.figures.theme import Spec, Theme, axis, figure

FIELD_WIDTH, FIELD_HEIGHT = 64, 30
NARROW = 38
FAINTEST, STRONGEST = 0.06, 0.62


@dataclass(frozen=True)
class Field:
    """One change in raw points; null where there is none."""

    row: str
    column: str
    value: float | None
    text: str


def heatmap(
    fields: Sequence[Field],
    largest: float,
    theme: Theme,
    titles: tuple[str | None, str | None],
    *,
    narrow: bool = False,
) -> Spec:
    """Fields in the order in which their rows and columns first come; ``largest`` is the change drawn strongest."""
    rows, columns = (list(dict.fromkeys(names)) for names in ([f.row for f in fields], [f.column for f in fields]))
    values = [
        {
            "row": field.row,
            "column": field.column,
            "text": field.text,
            "strength": 0.0
            if not field.value
            else FAINTEST + (STRONGEST - FAINTEST) * min(1, abs(field.value) / largest),
            "fill": theme.down if (field.value or 0) < 0 else theme.up,
        }
        for field in fields
    ]
    place = {
        "x": {
            "field": "column",
            "type": "nominal",
            "sort": columns,
            "axis": axis(titles[0], orient="top", labelAngle=-45 if narrow else 0, domain=False, ticks=False),
        },
        "y": {
            "field": "row",
            "type": "nominal",
            "sort": rows,
            "axis": axis(titles[1], domain=False, ticks=False, labelColor=theme.ink, labelPadding=8),
        },
    }
    fill = {
        "mark": {"type": "rect", "stroke": theme.rule, "strokeWidth": 1},
        "encoding": {
            **place,
            "fill": {"field": "fill", "type": "nominal", "scale": None},
            "fillOpacity": {"field": "strength", "type": "quantitative", "scale": None},
        },
    }
    text = {
        "mark": {"type": "text", "color": theme.ink, "fontSize": theme.size - 1},
        "encoding": {**place, "text": {"field": "text"}},
    }
    return figure(
        theme,
        width={"step": NARROW if narrow else _width(columns, theme)},
        height={"step": FIELD_HEIGHT},
        data={"values": values},
        layer=[fill, text],
    )


def _width(columns: Sequence[str], theme: Theme) -> float:
    """Wide enough for the longest heading."""
    return max(FIELD_WIDTH, 0.53 * (theme.size - 1) * max(map(len, columns)) + 6)
