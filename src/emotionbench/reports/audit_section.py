"""The audit of the published tables as a section of the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emotionbench.reports.change_table import Table
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, slug


@dataclass(frozen=True)
class AuditSection:
    """Sentences, and tables below them."""

    words: tuple[str, ...]
    tables: tuple[PageTable, ...]


def audit_section(tables: list[Table], words: tuple[str, ...]) -> AuditSection:
    """Tables of text cells for the page."""
    return AuditSection(words, tuple(page_table(table) for table in tables))


def page_table(table: Table) -> PageTable:
    """A table of text cells as the page shows it."""
    columns = tuple(Column(name, is_text=index < table.n_text) for index, name in enumerate(table.header))
    rows = tuple(Row(tuple(map(Cell, row)), "overall" if i in table.ruled else "") for i, row in enumerate(table.rows))
    return PageTable(slug("audit", table.title), table.title, columns, rows)


def audit_of(upstream: Path) -> AuditSection:
    """Recompute the published tables from the original's files; a RecordingError where there are none."""
    # the search for explanations is needed by nobody who does not ask for it
    from emotionbench.published.audit import audit  # noqa: PLC0415
    from emotionbench.reports.audit_table import audit_notes, audit_tables  # noqa: PLC0415

    found = audit(upstream)
    return audit_section(audit_tables(found), audit_notes(found))
