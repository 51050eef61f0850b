from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from audit_helpers import FACTORS, Cells, columns_of, write_clone, write_columns
from emotionbench.published.audit import Audit, AuditedCell, as_json, audit, audit_raw
from emotionbench.published.printed import agrees
from emotionbench.published.raw import PANAS_FOLDER, Raw


def cell_of(found: Audit, *place: str) -> AuditedCell:
    (cell,) = (one for one in found.cells if (one.table, one.respondent, one.row, one.affect) == place)
    return cell


def counts(found: Audit, table: str, respondent: str) -> tuple[int, int, int, int]:
    (one,) = (one for one in found.tables if (one.table, one.respondent) == (table, respondent))
    return len(one.cells), one.n_values_agree, one.n_arrows_agree, one.n_explained


def test_cells_that_the_raw_answers_bear_out_agree(small_raw: Raw, small_cells: Cells) -> None:
    found = audit_raw(small_raw, small_cells)
    assert len(found.cells) == len(small_cells)
    assert all(cell.agrees and cell.explanation is None for cell in found.cells)
    assert {cell.affect for cell in found.cells if cell.table == "table13_5"} == {""}


def test_values_and_arrows_are_explained_apart(small_raw: Raw, small_cells: Cells) -> None:
    wrong_arrow = {"u": "d", "d": "u", "n": "u"}
    cells = tuple(
        replace(
            cell,
            value=cell.value + Decimal("0.4") if cell.row == "Fear-1" else cell.value,
            arrow=wrong_arrow.get(cell.arrow or "") if cell.row == "Guilt-1" else cell.arrow,
        )
        for cell in small_cells
    )
    found = audit_raw(small_raw, cells)
    value = cell_of(found, "tables_8_11", "gpt-3.5-turbo", "Fear-1", "P")
    assert (value.value_agrees, value.arrow_agrees, value.explanation) == (False, True, None)
    arrow = cell_of(found, "tables_8_11", "gpt-3.5-turbo", "Guilt-1", "P")
    assert (arrow.value_agrees, arrow.arrow_agrees) == (True, False)
    assert cell_of(found, "defaults", "gpt-3.5-turbo", "Default", "N").arrow_agrees is None


def test_an_arrow_that_came_along_with_its_value_is_said(small_raw: Raw, small_cells: Cells) -> None:
    """Two rows copied whole, value and arrow, from the row above."""
    above = {(c.respondent, c.row, c.affect): c for c in small_cells if c.table == "tables_8_11"}
    copies = {"Fear-1": "Fear-0", "Fear-2": "Fear-1", "Guilt-1": "Guilt-0", "Guilt-2": "Guilt-1", "Anger-1": "Anger-0"}

    def copied(cell: object) -> object:
        source = above.get((cell.respondent, copies.get(cell.row, ""), cell.affect))  # type: ignore[attr-defined]
        return cell if source is None else replace(cell, value=source.value, arrow=source.arrow)  # type: ignore[type-var]

    found = audit_raw(small_raw, tuple(map(copied, small_cells)))  # type: ignore[arg-type]
    carried = [cell for cell in found.cells if cell.arrow_agrees is False and not cell.value_agrees]
    assert carried
    assert all(str(cell.explanation).endswith("; arrow: that of the same figure") for cell in carried)


def test_json_is_as_issued(small_raw: Raw, small_cells: Cells) -> None:
    found = json.loads(json.dumps(as_json(audit_raw(small_raw, small_cells)), allow_nan=False))
    places = [(cell["table"], cell["respondent"], cell["row"], cell["affect"]) for cell in found["cells"]]
    assert len(set(places)) == len(places)
    assert list(found["cells"][0]) == [
        *("table", "respondent", "row", "affect", "published", "published_arrow"),
        *("value", "arrow", "n", "value_agrees", "arrow_agrees", "explanation"),
    ]
    assert {"path", "state", "why"} <= set(found["files"][0])
    assert found["tables"][0]["n_recomputed"] == 4


def test_blank_columns_are_left_out_and_counted(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=[], scales=[])
    columns = columns_of(FACTORS, 20, 3)
    columns["Anger-0_scenario-0_test-0_order-0"] = [" "] * 20
    del columns["Anger-0_scenario-1_test-0_order-0"]
    write_columns(root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv", columns, 20)
    found = audit(root)
    cell = cell_of(found, "tables_8_11", "gpt-4", "Anger-0", "P")
    assert (cell.n, cell.n_excluded) == (10, 1)
    assert {cell.respondent for cell in found.cells} == {"gpt-4"}
    assert "crowd.xlsx" in " ".join(file.path for file in found.files_in("absent"))


# What follows holds for the original's own files.


@pytest.mark.parametrize(
    ("model", "n_agree", "n_overall"), [("gpt-3.5-turbo", 89, 1750), ("davinci-003", 90, 1750), ("llama2-7b", 87, 1737)]
)
def test_the_models_of_tables_8_to_11(upstream_audit: Audit, model: str, n_agree: int, n_overall: int) -> None:
    assert counts(upstream_audit, "tables_8_11", model) == (90, n_agree, 90, 0)
    ns = {cell.row: cell.n for cell in upstream_audit.cells if cell.table == "tables_8_11" and cell.respondent == model}
    assert (ns["Anger"], ns["Anger-4"], ns["Overall"]) == (250, 50, n_overall)
    assert (ns["Jealousy-2"], ns["Jealousy-3"]) == (20, 30) if model != "llama2-7b" else ns["Jealousy-2"] <= 20
    assert counts(upstream_audit, "defaults", model)[:2] == (4, 4)
    assert cell_of(upstream_audit, "defaults", model, "Default", "P").n == 50


@pytest.mark.parametrize(
    ("respondent", "n", "positive", "negative"),
    [
        ("gpt-3.5-turbo", 50, 39.22, 26.32),
        ("davinci-003", 50, 47.70, 25.86),
        ("llama2-7b", 50, 42.98, 34.24),
        ("crowd", 1266, 28.02, 13.62),
    ],
)
def test_the_defaults(upstream_audit: Audit, respondent: str, n: int, positive: float, negative: float) -> None:
    found = [cell_of(upstream_audit, "defaults", respondent, "Default", affect) for affect in "PN"]
    assert [round(cell.value, 2) for cell in found] == [positive, negative]
    assert [cell.n for cell in found] == [n, n]


def test_every_arrow_of_people_but_one_is_that_of_the_paired_test(upstream_audit: Audit) -> None:
    assert counts(upstream_audit, "tables_8_11", "crowd") == (90, 52, 89, 32)
    cell = cell_of(upstream_audit, "tables_8_11", "crowd", "Jealousy-1", "N")
    assert (cell.published_arrow, cell.arrow, cell.n) == ("u", "n", 35)
    assert "Jealousy-0, the row above" in str(cell.explanation)
    assert str(cell.explanation).endswith("arrow: that of the same figure")
    assert cell_of(upstream_audit, "tables_8_11", "crowd", "Overall", "P").n == 1266


def test_peoples_values_stand_a_row_too_low(upstream_audit: Audit) -> None:
    """The first row of every emotion holds the emotion's value, the second the first's."""
    people = [cell for cell in upstream_audit.cells if cell.respondent == "crowd" and not cell.value_agrees]
    words = Counter(str(cell.explanation).partition(" for the same")[0].partition(" (")[0] for cell in people)
    assert words["None"] == 7
    for cell in people:
        emotion = cell.row.partition("-")[0]
        if cell.row.endswith("-1"):
            assert str(cell.explanation).startswith(f"equals the value of {emotion}-0, the row above")
        if cell.row.endswith("-0"):
            kind = "printed figure" if emotion == "Guilt" else "value"
            assert str(cell.explanation).startswith(f"equals the {kind} of {emotion}")


@pytest.mark.parametrize(
    ("scale", "value", "published", "words"),
    [
        ("AGQ", 117.3, 128.3, "sum without reverse-keying (128.3)"),
        ("DASS-21", 65.0, 32.5, "sum without the instrument's multiplication by 2 (32.5)"),
    ],
)
def test_the_scales(upstream_audit: Audit, scale: str, value: float, published: float, words: str) -> None:
    cell = cell_of(upstream_audit, "table13_5", scale, "Default", "")
    assert (cell.value, cell.published, cell.n, cell.value_agrees) == (value, published, 10, False)
    assert str(cell.explanation).startswith(words)
    n, n_agree, _, n_explained = counts(upstream_audit, "table13_5", scale)
    assert (n_agree, n_explained) == (0, n)


def test_the_scales_sign_and_the_scale_that_is_right(upstream_audit: Audit) -> None:
    cell = cell_of(upstream_audit, "table13_5", "DASS-21", "Anxiety-2", "")
    expected = "sum without the instrument's multiplication by 2, and sign turned (6.6)"
    assert str(cell.explanation).startswith(expected)
    assert counts(upstream_audit, "table13_5", "FDS")[:2] == (7, 7)
    assert counts(upstream_audit, "table14", "without")[:2] == (12, 12)
    assert counts(upstream_audit, "table14", "with")[0] == 0


def test_every_value_is_judged_exactly(upstream_audit: Audit) -> None:
    for cell in upstream_audit.cells:
        if not cell.row.endswith("SD"):
            value = Fraction(cell.value).limit_denominator(20_000)
            assert cell.value_agrees == agrees(value, Fraction(str(cell.published)))
