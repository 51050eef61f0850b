"""The audit of the published tables as tables: how many cells agree, and each that does not."""

from __future__ import annotations

from emotionbench.published.audit import Audit, AuditedCell, TableAudit
from emotionbench.reports.change_table import Table

TITLES = {
    "defaults": "Defaults",
    "tables_8_11": "Tables 8–11",
    "table12": "Table 12",
    "table13_5": "Tables 5 and 13",
    "table14": "Table 14",
    "table15": "Table 15",
    "PoR": "Refusals",
}
ARROWS = {"u": "↑", "d": "↓", "n": "−", None: ""}
UNEXPLAINED = "not explained"


def audit_tables(audit: Audit) -> list[Table]:
    """The count of agreeing cells per table, then for each table the cells that do not agree."""
    return [_counts(audit), *(_disagreeing(table) for table in audit.tables if table.disagreeing)]


def audit_notes(audit: Audit) -> tuple[str, ...]:
    """What must be known to read the tables, and which files they do without."""
    notes = [
        "Recomputed from the original's raw answers by the paper's rule: all runs pooled, F-test, then Student's or"
        " Welch's t at α = 0.01; people's, paired t. Agreeing: the exact value rounds to the printed digit.",
        "n: administrations scored, of people persons; in brackets those left out for want of an answer.",
        "An explanation is an identity that gives the printed figure to the digit, beyond chance: it says how many were"
        " tried, and how many of them would by chance alone be expected to do as well.",
    ]
    for state, words in (("absent", "Not here, skipped"), ("unpublished", "In no published table")):
        names = ", ".join(file.path for file in audit.files_in(state))
        if names:
            notes.append(f"{words}: {names}.")
    notes += [f"Not readable: {file.path}: {file.why}." for file in audit.files_in("unreadable")]
    notes += [
        f"{file.path}: {file.n_incomplete} of {file.n_administrations} administrations have blank or impossible"
        " answers; what they should have scored is left out."
        for file in audit.files_in("read")
        if file.n_incomplete
    ]
    return tuple(notes)


def _counts(audit: Audit) -> Table:
    header = ("table", "respondent", "published", "recomputed", "values agree", "arrows agree", "explained")
    rows = tuple(_count(table) for table in audit.tables)
    return Table("The published tables, recomputed", header, rows, n_text=2)


def _count(table: TableAudit) -> tuple[str, ...]:
    n, wrong = len(table.cells), len(table.disagreeing)
    return (
        TITLES.get(table.table, table.table),
        table.respondent,
        str(table.n_published),
        str(n) if n else "no raw file",
        f"{table.n_values_agree} of {n}" if n else "",
        f"{table.n_arrows_agree} of {table.n_arrows}" if table.n_arrows else "",
        f"{table.n_explained} of {wrong}" if wrong else "",
    )


def _disagreeing(table: TableAudit) -> Table:
    rows = tuple(_cell(cell) for cell in table.disagreeing)
    title = f"{TITLES.get(table.table, table.table)} · {table.respondent}: {len(rows)} of {len(table.cells)} differ"
    return Table(title, ("row", "", "explanation", "n", "published", "recomputed"), rows, n_text=3)


def _cell(cell: AuditedCell) -> tuple[str, ...]:
    n = f"{cell.n:,}" + (f" ({cell.n_excluded})" if cell.n_excluded else "")
    return (
        cell.row,
        cell.affect,
        cell.explanation or UNEXPLAINED,
        n,
        _figure(cell.published_arrow, cell.published, 1),
        _figure(cell.arrow if cell.published_arrow else None, cell.value, 2),
    )


def _figure(arrow: str | None, value: float, digits: int) -> str:
    figure = f"{value:.{digits}f}".replace("-", "−")
    return f"{ARROWS[arrow]} {figure}" if arrow else figure
