"""Whether a situation stirs its own emotion: dominance and hits, overall and by evoked emotion."""

from __future__ import annotations

from emotionbench.comparisons.specificity import Specificity
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import count, estimated, kind_word, share
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row
from emotionbench.statistics.estimate import Estimate

SPECIFICITY_NOTE = (
    "Rows: the emotion that the situation was meant to evoke; columns: the emotion answered; figures: change"
    " from baseline"
    " in raw points. A respondent that tells emotions apart has its strongest fields on the diagonal; one that"
    " answers mere"
    " negativity has even rows. Dominance: change of the own emotion less the mean change of the others. Hits:"
    " situations"
    " whose own emotion changes most."
)


def specificity_page_table(report: Report) -> PageTable:
    """A row for each matrix, each evoked emotion below it."""
    columns = (
        Column("respondent, evoked emotion", is_text=True),
        Column("dominance"),
        Column("hits"),
        Column("by chance", is_quiet=True),
        Column("situations", is_quiet=True),
        Column("n", is_quiet=True),
    )
    rows = [row for found in ordered(report) for row in _rows(found)]
    return PageTable("specificity", "Specificity of emotions", columns, tuple(rows))


def ordered(report: Report) -> list[Specificity]:
    """Matrices in the order of the leaderboard."""
    rank = {name: place for place, name in enumerate(report.respondents)}
    return sorted(report.findings.specificities, key=lambda found: rank.get(found.respondent, len(rank)))


def _rows(found: Specificity) -> list[Row]:
    """The respondent over all emotions, and each evoked emotion below."""
    chance = Cell(share(found.chance, 1))
    total = (count(found.n_situations), count(found.n_administrations))
    name = Cell(found.respondent, badge=kind_word(found.kind))
    rows = [Row((name, _points(found.dominance), _hits(found.hits), chance, *map(Cell, total)), "emotion")]
    for one in found.by_emotion:
        counts = (count(one.n_situations), count(one.n_administrations))
        cells = (Cell(one.emotion.capitalize()), _points(one.dominance), _hits(one.hits), chance)
        rows.append(Row((*cells, *map(Cell, counts)), "factor"))
    return rows


def _points(found: Estimate) -> Cell:
    value, interval = estimated(found, 2, sign=True)
    return Cell(value, interval, order=found.value, is_missing=found.value is None)


def _hits(found: Estimate) -> Cell:
    if found.value is None:
        value, why = estimated(found)
        return Cell(value, why, is_missing=True)
    low, high = (share(end) for end in (found.low, found.high))
    return Cell(share(found.value), f"[{low}, {high}]", order=found.value)
