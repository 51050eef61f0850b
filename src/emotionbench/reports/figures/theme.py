"""Colours and type of figures: following the page's, or fixed on white for papers.

Increase is orange and decrease blue, which every common colour blindness tells apart; signs and shapes say the same, so
that nothing is lost in grey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
LEVELS = (
    "#2f7fc1", "#d9762b", "#2f9e77", "#b3518f", "#8a8f2a",
    "#7a6fd0", "#c2504a", "#3aa6b9", "#a57a45", "#858a93",
)  # fmt: skip
"""Colours of levels that have no order: of middle lightness, so that they stand out on light and dark ground alike."""
SANS = "Liberation Sans, Arial, Helvetica, sans-serif"


@dataclass(frozen=True)
class Theme:
    """What a figure is drawn with; colours are CSS colours, and on the page CSS variables."""

    ink: str
    soft: str
    rule: str
    accent: str
    people: str
    up: str
    down: str
    band: str
    ground: str | None
    size: int = 12


PAGE = Theme(
    ink="var(--ink)",
    soft="var(--soft)",
    rule="var(--rule)",
    accent="var(--accent)",
    people="var(--people)",
    up="var(--up)",
    down="var(--down)",
    band="var(--band)",
    ground=None,
)
PAPER = Theme(
    ink="#111111",
    soft="#4a4a4a",
    rule="#dddddd",
    accent="#0b5d8f",
    people="#77736b",
    up="#b8560f",
    down="#1b5e93",
    band="#ececec",
    ground="#ffffff",
    size=9,
)


def figure(theme: Theme, **parts: Any) -> Spec:
    """A spec with the theme's type and quiet axes."""
    return {
        "$schema": SCHEMA,
        "background": theme.ground or "transparent",
        "padding": 2,
        "config": _config(theme),
        **parts,
    }


def axis(title: str | None = None, **more: Any) -> Spec:
    """An axis; the defaults are in the theme."""
    return {"title": title, **more}


def _config(theme: Theme) -> Spec:
    text = {"font": SANS, "fontSize": theme.size, "color": theme.ink}
    return {
        "view": {"stroke": None},
        "mark": {"aria": False},
        "font": SANS,
        "axis": {
            "labelColor": theme.soft,
            "titleColor": theme.ink,
            "labelFontSize": theme.size - 1,
            "titleFontSize": theme.size,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "gridColor": theme.rule,
            "domainColor": theme.rule,
            "tickColor": theme.rule,
            "tickSize": 4,
            "labelLimit": 220,
        },
        "text": text,
        "title": {"color": theme.ink, "fontSize": theme.size, "fontWeight": "bold", "anchor": "start"},
        "header": {"labelColor": theme.ink, "labelFontSize": theme.size},
    }
