"""Respondent against people: differences in changes with their verdict of equivalence, and agreement over factors."""

from __future__ import annotations

from collections.abc import Iterator

from emotionbench.comparisons.alignment import Alignment, Gap
from emotionbench.comparisons.change import ChangeBlock
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import bracketed, count, estimated, listed, number, open_ends, p_equals, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing, slug
from emotionbench.statistics.equivalence import ALPHA
from emotionbench.statistics.estimate import Estimate

UNADJUSTED = (
    "Intervals and p of equivalence are not adjusted for multiplicity; whether a gap differs from none is, by Holm."
)


def gap_page_table(report: Report, block: ChangeBlock, found: Alignment) -> PageTable:
    """Gaps in raw points by row, the baseline first."""
    columns = [Column("", is_text=True), Column("people", is_quiet=True)]
    for key in found.margins:
        name = block.subscales[key]
        columns += [Column("gap", group=name), Column("equivalent?", group=name)]
    rows = [Row((Cell("Default"), Cell(count(found.n_people)), *_cells(found.baseline)), "default")]
    factors: list[Row] = []
    for row in found.rows:
        made = Row((Cell(row.label), Cell(count(row.n_people)), *_cells(row.gaps)), row.kind, row.emotion or "")
        if row.kind == "factor":
            factors.append(made)
        else:
            rows += [made, *factors]
            factors = []
    return PageTable(
        name=slug("gaps", report.title(block), block.instrument),
        title=report.title(block),
        subtitle=report.setting(block),
        columns=tuple(columns),
        rows=(*rows, *factors),
        notes=(_margins(found, block.subscales), UNADJUSTED),
    )


def _margins(found: Alignment, names: dict[str, str]) -> str:
    """Those of changes, and those of the baseline, which is another figure of people with another spread."""
    changes = listed(f"{names[key]} ±\N{NO-BREAK SPACE}{number(value)}" for key, value in found.margins.items())
    baseline = listed(
        f"{names[key]} ±\N{NO-BREAK SPACE}{number(gap.equivalence.margin)}" for key, gap in found.baseline.items()
    )
    return f"Margins of equivalence in raw points: of changes {changes}; of the default {baseline}."


def agreement_page_table(report: Report) -> PageTable:
    """Alignment by subscale, correlation and concordance over factors beside the human ceiling."""
    names = ("alignment", "correlation", "people with people", "concordance", "people with people")
    columns = (
        Column("respondent", is_text=True),
        Column("subscale", is_text=True),
        *(Column(name, is_quiet="people" in name) for name in names),
    )
    rows = []
    for block in report.blocks:
        found = report.alignment_of(block)
        if found is None:
            continue
        for key in found.by_subscale:
            ceiling = found.ceiling.get(key)
            cells = [_estimate(f) for f in (found.by_subscale[key], found.correlation[key])]
            cells.append(_ceiling(ceiling.correlation if ceiling else None))
            cells.append(_estimate(found.concordance[key]))
            cells.append(_ceiling(ceiling.concordance if ceiling else None))
            name = Cell(report.title(block), badge=report.kinds[block.respondent])
            rows.append(Row((name, Cell(block.subscales[key]), *cells)))
    return PageTable(
        "agreement",
        "Agreement with people over factors",
        columns,
        tuple(rows),
        n_lead=1,
        notes=(
            "Correlation (Pearson) asks for the same order of factors, concordance (Lin) for the same points."
            " People with"
            " people: how far one half of the people agrees with the other, stepped up to all of them (Spearman–Brown);"
            " the range is that of 95 % of the splits.",
            *open_ends(_named(report)),
        ),
    )


def _named(report: Report) -> Iterator[tuple[str, Estimate]]:
    """Whose alignment, correlation and concordance each is."""
    for block in report.blocks:
        found = report.alignment_of(block)
        for key in found.by_subscale if found else ():
            name = f"{report.title(block)}, {block.subscales[key].lower()}"
            yield from ((name, of[key]) for of in (found.by_subscale, found.correlation, found.concordance))  # type: ignore[union-attr]


def _cells(gaps: dict[str, Gap]) -> list[Cell]:
    cells = []
    for gap in gaps.values():
        contrast = gap.contrast
        if contrast.difference is None:
            cells += [missing(f"not estimable: {contrast.note}"), Cell("–")]
            continue
        interval = bracketed(contrast.low, contrast.high) or contrast.note or ""
        cells += [Cell(signed(contrast.difference), interval, order=contrast.difference), _verdict(gap)]
    return cells


def _verdict(gap: Gap) -> Cell:
    """Equivalent, different, both (a small but sure difference) or neither."""
    found, contrast = gap.equivalence, gap.contrast
    if found.is_equivalent is None:
        return Cell("–", found.why or "", is_missing=True)
    shown = p_equals(found.p)
    if found.is_equivalent:
        return Cell("yes", f"p {shown}", order=found.p)
    decided = contrast.p_holm if contrast.p_holm is not None else contrast.p
    return Cell("no" if decided is not None and decided < ALPHA else "undecided", f"p {shown}", order=found.p)


def _estimate(found: object) -> Cell:
    value, interval = estimated(found, 2)  # type: ignore[arg-type]
    return Cell(value, interval, is_missing=value == "–")


def _ceiling(found: object) -> Cell:
    if found is None:
        return missing("the norm does not hold it")
    return _estimate(found)
