"""How answer sheets were filled in, whatever they say: the response-style panel."""

from __future__ import annotations

from emotionbench.comparisons.response_style import ResponseStyle, Share
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import bracketed, count, kind_word, not_estimable, number, share, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing
from emotionbench.statistics.estimate import Estimate

STYLES_NOTE = (
    "Each line describes one respondent’s answer sheets under one condition. One value throughout: sheets whose answers"
    " are all the same (straight-lining). Midpoint, floor, ceiling: answers there. Spread: entropy of the values"
    " used, 0 ="
    " one value only, 1 = all equally often. Same every repeat: cells whose repeats are copies. Order: points by"
    " which an"
    " item is answered higher in the last position than in the first. Acquiescence: points of agreement with statements"
    " and their opposites alike."
)
NAMES = (
    "one value throughout",
    "midpoint",
    "floor",
    "ceiling",
    "spread",
    "same every repeat",
    "order",
    "acquiescence",
    "unread or refused",
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


def _row(style: ResponseStyle) -> Row:
    lost = sum(rate.count for rate in style.rates.values())
    return Row(
        (
            Cell(style.respondent, badge=kind_word(style.kind)),
            Cell(style.instrument),
            Cell(style.condition),
            Cell(count(style.n_administrations), order=style.n_administrations),
            *map(_share, (style.straight_lining, style.midpoint, style.floor, style.ceiling)),
            Cell("–") if style.entropy is None else Cell(number(style.entropy, 2), order=style.entropy),
            _share(style.no_variation),
            _points(style.position.points),
            _points(style.acquiescence),
            _share(Share.of(lost, style.n_answers, "no replies")),
        )
    )


def _share(found: Share) -> Cell:
    if found.value is None:
        return missing(found.why or "")
    return Cell(share(found.value), order=found.value)


def _points(found: Estimate) -> Cell:
    """In raw points; what an instrument cannot show is a dash, explained below the table."""
    if found.value is None:
        return Cell("–") if found.why else Cell("–", not_estimable(found.why), is_missing=True)
    return Cell(signed(found.value, 2), bracketed(found.low, found.high, 2), order=found.value)


def _dashes(styles: list[ResponseStyle]) -> tuple[str, ...]:
    """Why there is a dash in a column of effects."""
    effects = {
        "Order": [style.position.points for style in styles],
        "Acquiescence": [style.acquiescence for style in styles],
    }
    return tuple(
        f"{what} not estimable where a dash stands: {why}."
        for what, of_what in effects.items()
        for why in dict.fromkeys(found.why for found in of_what if found.value is None and found.why)
    )
