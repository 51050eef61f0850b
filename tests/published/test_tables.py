from __future__ import annotations

from collections import Counter
from decimal import Decimal

from emotionbench.published.tables import published_cells


def test_every_cell_has_a_place_of_its_own() -> None:
    cells = published_cells()
    assert len({(cell.table, cell.respondent, cell.row, cell.affect) for cell in cells}) == len(cells) == 949
    assert Counter(cell.table for cell in cells) == {
        "tables_8_11": 8 * 90,
        "table12": 90,
        "table13_5": 60,
        "defaults": 32,
        "table14": 24,
        "table15": 20,
        "PoR": 3,
    }


def test_figures_are_those_printed() -> None:
    found = {(cell.table, cell.respondent, cell.row, cell.affect): cell for cell in published_cells()}
    people = found["tables_8_11", "crowd", "Anger-0", "P"]
    assert (people.value, people.arrow) == (Decimal("-5.3"), "n")
    scale = found["table13_5", "BDI", "Depression-4", ""]
    assert (scale.value, scale.arrow) == (Decimal("8.4"), "u")
    assert found["table13_5", "BDI", "Depression", ""].value == Decimal("6.4")
    assert found["table13_5", "AGQ", "Default SD", ""].value == Decimal("8.9")
    assert found["defaults", "gpt-4", "Default", "N"].value == Decimal("10.0")
    assert found["table14", "without", "Anger", "N"].value == Decimal("-2.5")
    assert {cell.arrow for cell in published_cells()} == {"u", "d", "n", None}
