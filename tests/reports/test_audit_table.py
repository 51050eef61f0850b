from __future__ import annotations

from emotionbench.published.audit import Audit, AuditedCell, TableAudit
from emotionbench.published.raw import RawFile
from emotionbench.reports.audit_table import audit_notes, audit_tables


def cell(row: str, published: float, value: float, explanation: str | None = None, n_excluded: int = 0) -> AuditedCell:
    agrees = abs(published - value) <= 0.05
    place = ("tables_8_11", "gpt-4", row, "P")
    return AuditedCell(*place, published, "d", value, "d", 1234, n_excluded, agrees, True, explanation)


def audit() -> Audit:
    cells = (cell("Anger", -1.2, -1.23), cell("Fear", -2.0, -3.456, "sign turned", 2), cell("Guilt", 1.0, -1.5))
    files = (
        RawFile("results/a.csv", "read", 10, 3),
        RawFile("results/b.csv", "absent"),
        RawFile("results/c.csv", "unreadable", why="is empty"),
        RawFile("results/d.csv", "unpublished"),
    )
    return Audit((TableAudit("tables_8_11", "gpt-4", 90, cells), TableAudit("PoR", "gpt-3.5-turbo", 3, ())), files)


def test_the_first_table_counts() -> None:
    counts = audit_tables(audit())[0]
    assert counts.rows == (
        ("Tables 8–11", "gpt-4", "90", "3", "1 of 3", "3 of 3", "1 of 2"),
        ("Refusals", "gpt-3.5-turbo", "3", "no raw file", "", "", ""),
    )


def test_then_come_the_cells_that_differ() -> None:
    (_, differing) = audit_tables(audit())
    assert differing.title == "Tables 8–11 · gpt-4: 2 of 3 differ"
    assert differing.header == ("row", "", "explanation", "n", "published", "recomputed")
    assert differing.rows == (
        ("Fear", "P", "sign turned", "1,234 (2)", "↓ −2.0", "↓ −3.46"),
        ("Guilt", "P", "not explained", "1,234", "↓ 1.0", "↓ −1.50"),
    )


def test_the_notes_name_every_file_that_was_not_used() -> None:
    notes = " ".join(audit_notes(audit()))
    assert "Not here, skipped: results/b.csv." in notes
    assert "Not readable: results/c.csv: is empty." in notes
    assert "In no published table: results/d.csv." in notes
    assert "results/a.csv: 3 of 10 administrations have blank or impossible answers" in notes
