from __future__ import annotations

from emotionbench.reports.render import markdown
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing, slug

COLUMNS = (Column("who", is_text=True), Column("row", is_text=True), Column("x", group="A"), Column("y", group="A"))


def table(*rows: Row, n_lead: int = 0) -> PageTable:
    return PageTable("name", "Title", COLUMNS, rows, n_lead=n_lead)


def row(*texts: str, kind: str = "") -> Row:
    return Row(tuple(map(Cell, texts)), kind)  # type: ignore[arg-type]


def test_plain_text_keeps_interval_badge_and_reason() -> None:
    assert Cell("−1.2", "[−2.0, −0.4]").plain == "−1.2 [−2.0, −0.4]"
    assert Cell("x", badge="synthetic").plain == "x [synthetic]"
    assert missing("no baseline").plain == "no baseline"


def test_leading_cells_stand_once_above_the_rows_that_share_them() -> None:
    found = table(row("a", "1", "2", "3"), row("a", "4", "5", "6"), row("b", "7", "8", "9"), n_lead=1)
    assert [(lead[0].text, len(rows)) for lead, rows in found.led] == [("a", 2), ("b", 1)]
    assert [cell.text for cell in found.led[0][1][1].cells] == ["4", "5", "6"]
    assert [column.name for column in found.shown_columns] == ["row", "x", "y"]


def test_groups_span_their_columns() -> None:
    assert table().groups == (("", 2), ("A", 2))
    assert table(n_lead=1).groups == (("", 1), ("A", 2))
    assert PageTable("n", "t", COLUMNS[:2], ()).groups == ()


def test_factors_belong_to_the_row_before_them() -> None:
    rows = (row("d", kind="default"), row("e", kind="emotion"), row("f", kind="factor"), row("o", kind="overall"))
    assert [[one.cells[0].text for one in section] for section in table(*rows).sections] == [["d"], ["e", "f"], ["o"]]


def test_a_plain_table_says_groups_in_its_header_and_indents_factors() -> None:
    plain = table(row("Default", "", "1", "2", kind="default"), row("Facing", "", "3", "4", kind="factor")).plain()
    assert plain.header == ("who", "row", "A: x", "A: y")
    assert plain.rows[1][0] == "  Facing"
    assert plain.ruled == {1}
    assert "| &emsp;Facing |" in markdown([plain], ())


def test_names_of_files() -> None:
    assert slug("openai/gpt-4o (temperature=0)", "PANAS") == "openai-gpt-4o-temperature-0-panas"
    assert slug("中文") == "table"
    assert len(slug("x" * 200)) <= 60
