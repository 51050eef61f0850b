"""How answer sheets were filled in, whatever they say: the response-style panel."""

from __future__ import annotations

from emotionbench.comparisons.response_style import ResponseStyle, Share
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import bracketed, count, kind_word, listed, number, share, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row
from emotionbench.statistics.estimate import Estimate

STYLES_NOTE = (
    "Each line describes one respondent’s answer sheets under one condition. Unread or refused: items without a valid"
    " answer. One value throughout: sheets whose answers are all the same (straight-lining). Midpoint, floor, ceiling:"
    " answers there. Spread: entropy of the values used, 0 = one value only, 1 = all equally often. Same every repeat:"
    " cells whose repeats are copies. Order: points by which an item is answered higher in the last position than in"
    " the first. Acquiescence: points of agreement with statements and their opposites alike."
)
NAMES = (
    "unread or refused",
    "one value throughout",
    "midpoint",
    "floor",
    "ceiling",
    "spread",
    "same every repeat",
    "order",
    "acquiescence",
)


def style_page_table(report: Report) -> PageTable:
    """A row for each respondent, instrument, protocol, design and condition."""
    rank = {name: place for place, name in enumerate(report.respondents)}
    styles = sorted(report.findings.styles, key=lambda style: (rank.get(style.respondent, len(rank)), style.instrument))
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "condition")),
        Column("sheets", is_quiet=True),
        *(Column(name) for name in NAMES),
    )
    return PageTable(
        "response-style",
        "Response style",
        columns,
        tuple(map(_row, styles)),
        _dashes(styles),
        n_lead=2,
    )


def shown_of(style: ResponseStyle) -> dict[str, Share | Estimate]:
    """The panel's figures by name, but for the spread, which lacks nothing but answers."""
    lost = sum(rate.count for rate in style.rates.values())
    return {
        "unread or refused": Share.of(lost, style.n_answers, "no replies"),
        "one value throughout": style.straight_lining,
        "midpoint": style.midpoint,
        "floor": style.floor,
        "ceiling": style.ceiling,
        "same every repeat": style.no_variation,
        "order": style.position.points,
        "acquiescence": style.acquiescence,
    }


def _row(style: ResponseStyle) -> Row:
    cells = {name: _cell(found) for name, found in shown_of(style).items()}
    cells["spread"] = Cell("–") if style.entropy is None else Cell(number(style.entropy, 2), order=style.entropy)
    return Row(
        (
            Cell(style.respondent, badge=kind_word(style.kind)),
            Cell(style.instrument),
            Cell(style.condition),
            Cell(count(style.n_administrations), order=style.n_administrations),
            *(cells[name] for name in NAMES),
        )
    )


def _cell(found: Share | Estimate) -> Cell:
    """A share, or raw points; what cannot be had is a dash, explained below the table."""
    if found.value is None:
        return Cell("–")
    if isinstance(found, Share):
        return Cell(share(found.value), order=found.value)
    return Cell(signed(found.value, 2), bracketed(found.low, found.high, 2), order=found.value)


def _dashes(styles: list[ResponseStyle]) -> tuple[str, ...]:
    """Why there are dashes, each reason once."""
    reasons: dict[str, dict[str, None]] = {}
    for style in styles:
        for name, found in shown_of(style).items():
            if found.value is None:
                reasons.setdefault(found.why or "unknown", {})[name] = None
    return tuple(f"Not estimable where a dash stands ({listed(names)}): {why}." for why, names in reasons.items())
