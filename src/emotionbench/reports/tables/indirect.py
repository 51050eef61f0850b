"""The table of indirect questionnaires: each before and after the situations of its own emotion, one row each."""

from __future__ import annotations

from collections.abc import Sequence

from emotionbench.comparisons.change import ChangeBlock, ChangeRow
from emotionbench.comparisons.findings import Findings
from emotionbench.reports.phrases import bracketed, count, number, p_value, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing, slug
from emotionbench.statistics.contrasts import Contrast, Moments

LEAST = 2
OVERALL = "overall"


def indirect_tables(findings: Findings) -> tuple[PageTable, ...]:
    """One table a respondent that was put at least two questionnaires, each after one emotion's situations only."""
    return tuple(_table(own) for own in indirect_blocks(findings).values())


def indirect_blocks(findings: Findings) -> dict[str, list[ChangeBlock]]:
    """The blocks of those tables by respondent."""
    blocks = [block for block in findings.changes if _is_indirect(block)]
    found: dict[str, list[ChangeBlock]] = {}
    for block in blocks:
        found.setdefault(block.respondent, []).append(block)
    return {name: own for name, own in found.items() if len(own) >= LEAST}


def telling_contrasts(blocks: Sequence[ChangeBlock]) -> list[tuple[ChangeBlock, Contrast]]:
    """The changes that the table shows."""
    return [(block, _emotions(block)[0].contrasts[key]) for block in blocks for key in _keys(block)]


def _is_indirect(block: ChangeBlock) -> bool:
    return not block.has_people and len(_emotions(block)) == 1


def _emotions(block: ChangeBlock) -> list[ChangeRow]:
    return [row for row in block.rows if row.kind == "emotion"]


def _table(blocks: Sequence[ChangeBlock]) -> PageTable:
    names = ("emotion", "instrument", "trait?", "default", "n", "change", "p")
    return PageTable(
        name=slug("indirect", blocks[0].respondent),
        title=f"{blocks[0].respondent}: indirect questionnaires",
        columns=tuple(Column(name, is_text=place < 3) for place, name in enumerate(names)),
        rows=tuple(_row(block, key) for block in blocks for key in _keys(block)),
        notes=(
            "Each questionnaire before and after the situations of its own emotion; overall scores where there are,"
            " else every subscale. trait: it asks about lasting dispositions, which no situation should move within"
            " an hour. p adjusted by Holm within a questionnaire.",
        ),
    )


def _keys(block: ChangeBlock) -> Sequence[str]:
    return [OVERALL] if OVERALL in block.subscales else list(block.subscales)


def _row(block: ChangeBlock, key: str) -> Row:
    row = _emotions(block)[0]
    name = block.instrument if key == OVERALL or len(block.subscales) == 1 else f"{block.instrument} · {key}"
    return Row(
        (
            Cell(row.label),
            Cell(name),
            Cell("trait" if block.trait else "state"),
            _default(block.baseline[key]),
            Cell(f"{count(row.n)} ({count(row.n_situations)})"),
            _change(row.contrasts[key], block),
            Cell(p_value(block.inference.p(row.contrasts[key]))),
        )
    )


def _default(before: Moments) -> Cell:
    if before.mean is None:
        return missing("no scores")
    return Cell(number(before.mean), f"± {number(before.sd)}" if before.sd is not None else "")


def _change(contrast: Contrast, block: ChangeBlock) -> Cell:
    if contrast.difference is None:
        return missing(contrast.note or "no scores")
    arrow = block.inference.arrow(contrast).replace("−", "○")
    return Cell(f"{arrow} {signed(contrast.difference)}", bracketed(contrast.low, contrast.high))
