"""How far items go together, and repeats agree: reliability by respondent, subscale and condition."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from emotionbench.comparisons.reliability import Consistency, Reliability, Retest
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import bracketed, count, kind_word, number, open_ends
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row
from emotionbench.statistics.estimate import Estimate

RELIABILITY_NOTE = (
    "α, ω and split-half: how far the items of a subscale go together over the units (situations after imagining,"
    " answer sheets before it); split-half has no interval. Repeats: how far one repeat of the situations agrees with"
    " another, ICC(2,1), and how far the mean of all repeats would with another such mean, ICC(2,k). High values say"
    " that answers are systematic, not that they are true."
)
MEASURES = ("α", "ω", "split-half", "one repeat", "mean of repeats")


def reliability_page_table(report: Report) -> PageTable:
    """A row for each respondent, instrument, subscale and condition."""
    rank = {name: place for place, name in enumerate(report.respondents)}
    found = sorted(report.findings.reliabilities, key=lambda one: (rank.get(one.respondent, len(rank)), one.instrument))
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "subscale", "condition")),
        Column("units", is_quiet=True),
        *(Column(name) for name in MEASURES),
    )
    rows: list[Row] = []
    reasons: dict[str, set[str]] = {}
    open_intervals: list[tuple[str, Estimate]] = []
    for _, of_lead in groupby(found, key=lambda one: (one.respondent, one.instrument)):
        lines = [line for one in of_lead for line in _lines(one)]
        shown = [(cells, estimates) for cells, estimates in lines if any(e and e.value is not None for e in estimates)]
        rows += [Row((*cells, *map(_cell, estimates))) for cells, estimates in shown or lines[:1]]
        for _, estimates in lines:
            for name, estimate in zip(MEASURES, estimates, strict=True):
                if estimate is not None and estimate.value is None and estimate.why:
                    reasons.setdefault(estimate.why, set()).add(name)
                elif estimate is not None:
                    open_intervals.append((name, estimate))
    notes = tuple(
        f"Not estimable where a dash stands, or no line: {why}"
        f" ({', '.join(name for name in MEASURES if name in names)})."
        for why, names in reasons.items()
    )
    return PageTable("reliability", "Reliability", columns, tuple(rows), (*notes, *open_ends(open_intervals)), n_lead=2)


def estimates_of(found: Reliability) -> Iterator[tuple[Consistency, tuple[Estimate | None, ...]]]:
    """Condition by condition the estimates in the order of ``MEASURES``; None where a condition has no repeats."""
    retests: dict[str, Retest] = {one.condition: one for one in found.retest}
    for one in found.consistency:
        retest = retests.get(one.condition)
        again = (retest.single, retest.mean) if retest else (None, None)
        yield one, (one.alpha, one.omega, one.split_half, *again)


def _lines(found: Reliability) -> Iterator[tuple[tuple[Cell, ...], tuple[Estimate | None, ...]]]:
    """Leading cells and estimates, condition by condition."""
    for one, estimates in estimates_of(found):
        cells = (
            Cell(found.respondent, badge=kind_word(found.kind)),
            Cell(found.instrument),
            Cell(found.subscale_name),
            Cell(one.condition),
            Cell(count(one.n_units)),
        )
        yield cells, estimates


def _cell(found: Estimate | None) -> Cell:
    if found is None or found.value is None:
        return Cell("–")
    return Cell(number(found.value, 2), bracketed(found.low, found.high, 2), order=found.value)
