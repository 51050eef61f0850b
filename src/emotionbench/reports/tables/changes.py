"""The table of the paper for one block: default state, change by emotion, factors below each, people's beside."""

from __future__ import annotations

from collections.abc import Iterator

from emotionbench.comparisons.change import ChangeBlock, ChangeRow
from emotionbench.comparisons.participation import told_apart
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import EFFECTS, MINUS, bracketed, count, excluded, number, p_value, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing, slug
from emotionbench.statistics.contrasts import Contrast, Moments

MOST_SUBSCALES = 3
UNCHANGED = "○"
"""Instead of the table's −, which beside a figure looks like its sign."""


def change_page_table(report: Report, block: ChangeBlock) -> PageTable:
    """Each emotion, its factors after it, then overall and controls; the arrows are the protocol's.

    Where nothing was imagined, a row for every subscale with its scores.
    """
    if not report.has_situations:
        return _score_page_table(report, block)
    columns = [Column("", is_text=True), Column("n (situations)", is_quiet=True)]
    for name in block.subscales.values():
        columns.append(Column("change", group=name))
        if block.has_people:
            columns.append(Column("people", is_quiet=True, group=name))
    return PageTable(
        name=slug("change", report.title(block), block.instrument),
        title=report.title(block),
        subtitle=report.setting(block),
        columns=tuple(columns),
        rows=(_default(block), *(_row(block, row) for row in emotions_first(block))),
        notes=tuple(_notes(block)),
    )


def _score_page_table(report: Report, block: ChangeBlock) -> PageTable:
    names = ("n", "mean ± SD") + (("people",) if block.has_people else ())
    rows = []
    for key, name in block.subscales.items():
        own = block.baseline[key]
        cells = [Cell(name), Cell(count(own.n), order=own.n), _state(own, key, 2)]
        if block.has_people:
            people = block.people_baseline[key]
            cells.append(_state(people, "", 2) if people else missing("people did not answer this"))
        rows.append(Row(tuple(cells)))
    left_out = excluded(block.n_baseline_excluded)
    return PageTable(
        name=slug("scores", report.title(block), block.instrument, block.protocol),
        title=report.title(block),
        subtitle=report.setting(block),
        columns=(Column("subscale", is_text=True), *(Column(name, is_quiet=name != "mean ± SD") for name in names)),
        rows=tuple(rows),
        notes=(f"Left out, for want of a score: {left_out}.",) if left_out else (),
    )


def contrast_page_table(report: Report, block: ChangeBlock) -> PageTable:
    """Every contrast of a block with its test, effect sizes and adjusted p; factors only where subscales are few."""
    is_long = len(block.subscales) > MOST_SUBSCALES
    names = ("row", "subscale", "change", "effect size", "test", "t", "df", "p", "Holm", "BH", "tests")
    return PageTable(
        name=slug("contrasts", report.title(block), block.instrument),
        title=f"Every contrast of {report.title(block)}",
        subtitle=report.setting(block),
        columns=tuple(Column(name, is_text=index in (0, 1)) for index, name in enumerate(names)),
        rows=tuple(
            Row(_contrast_cells(row, name, row.contrasts[key]), row.kind)
            for row in emotions_first(block)
            if not (is_long and row.kind == "factor")
            for key, name in block.subscales.items()
        ),
        notes=("Those of factors stand in the comparisons that --frames writes.",) if is_long else (),
    )


def emotions_first(block: ChangeBlock) -> Iterator[ChangeRow]:
    """The rows with each emotion before its factors."""
    factors: list[ChangeRow] = []
    for row in block.rows:
        if row.kind == "factor":
            factors.append(row)
            continue
        yield row
        yield from factors
        factors = []
    yield from factors


def change_cell(block: ChangeBlock, row: ChangeRow, key: str) -> Cell:
    """Arrow, change and interval; or why there is no figure."""
    contrast = row.contrasts[key]
    if contrast.difference is None:
        return missing(contrast.note or "no scores")
    arrow = block.inference.arrow(contrast).replace(MINUS, UNCHANGED)
    shown = f"{arrow} {signed(contrast.difference)}"
    aside = bracketed(contrast.low, contrast.high) or (contrast.note or "")
    return Cell(shown, aside, order=contrast.difference, key=cell_key(row, key))


def cell_key(row: ChangeRow, subscale: str) -> str:
    """Which situations and subscale a cell is about: row kind, what of it, subscale."""
    of = row.label.split()[0].lower() if row.kind == "control" else row.factor or row.emotion or ""
    return f"{row.kind}|{of}|{subscale}"


def _default(block: ChangeBlock) -> Row:
    cells = [Cell("Default"), Cell(count(block.n_baseline))]
    for key in block.subscales:
        cells.append(_state(block.baseline[key], key))
        if block.has_people:
            people = block.people_baseline[key]
            cells.append(_state(people) if people else missing("people did not answer this"))
    return Row(tuple(cells), "default")


def _state(moments: Moments, key: str = "", digits: int = 1) -> Cell:
    if moments.mean is None:
        return missing("no baseline")
    spread = f"± {number(moments.sd, digits)}" if moments.sd is not None else "one score"
    return Cell(number(moments.mean, digits), spread, order=moments.mean, key=f"default||{key}" if key else None)


def _row(block: ChangeBlock, row: ChangeRow) -> Row:
    cells = [Cell(row.label), Cell(count(row.n), f"({count(row.n_situations)})", order=row.n)]
    for key in block.subscales:
        cells.append(change_cell(block, row, key))
        if block.has_people:
            people = row.people[key]
            if people:
                cells.append(Cell(signed(people.change), order=people.change))
            else:
                cells.append(Cell("" if row.kind == "control" else "–"))
    return Row(tuple(cells), row.kind, row.emotion or "")


def _notes(block: ChangeBlock) -> Iterator[str]:
    by_rule, unscored = told_apart(block.n_baseline_excluded)
    if unscored:
        yield f"Left out at the baseline, for want of a score: {excluded(unscored)}."
    if by_rule:
        yield f"Left out at the baseline, by the rules declared for people: {excluded(by_rule)}."
    reasons: dict[str, int] = {}
    for row in block.rows:
        if row.kind in ("emotion", "control"):
            for reason, n in row.n_excluded.items():
                reasons[reason] = reasons.get(reason, 0) + n
    if reasons:
        yield f"Left out after the situations: {excluded(reasons)}."
    if not block.n_baseline:
        yield "There is no scored baseline, so that no change can be estimated."
    if not any(row.kind == "emotion" for row in block.rows):
        yield "No evoking situation was answered, so that there is no change to show."


def _contrast_cells(row: ChangeRow, name: str, contrast: Contrast) -> tuple[Cell, ...]:
    difference = contrast.difference
    change = (
        missing(contrast.note or "no scores")
        if difference is None
        else Cell(signed(difference, 2), bracketed(contrast.low, contrast.high, 2))
    )
    effects = "; ".join(
        f"{EFFECTS.get(effect.name, effect.name)} {signed(effect.value, 2)} {bracketed(effect.low, effect.high, 2)}"
        if effect.value is not None
        else f"{effect.name}: {effect.why}"
        for effect in contrast.effects
    )
    return (
        Cell(row.label),
        Cell(name),
        change,
        Cell(effects or "–"),
        Cell(contrast.test if contrast.p is not None else contrast.note or "no test"),
        Cell("–" if contrast.t is None else number(contrast.t, 2)),
        Cell("–" if contrast.df is None else number(contrast.df, 1)),
        Cell(p_value(contrast.p)),
        Cell(p_value(contrast.p_holm)),
        Cell(p_value(contrast.p_bh)),
        Cell("–" if contrast.n_tests is None else count(contrast.n_tests)),
    )
