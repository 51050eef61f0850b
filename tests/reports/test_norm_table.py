from __future__ import annotations

import pytest

from emotionbench.comparisons.inference import Inference
from emotionbench.reports.norm_table import digits_of, norm_notes, norm_page_tables, norm_tables, percent
from emotionbench.reports.render import markdown
from norm_helpers import NORM, comparisons, frame, norm
from small_materials import changed

INFERENCE = Inference()
ONE_GROUP = norm(NORM[: NORM.index("  - name: men")])
UP, DOWN = [12.0, 14.0, 11.0, 13.0, 15.0], [4.0, 5.0, 4.0, 5.0, 4.0]


def test_one_group_stands_in_the_title() -> None:
    (table,) = norm_tables(comparisons(frame(UP, DOWN), norms=[ONE_GROUP]), INFERENCE)
    assert table.title == (
        "someone [language model] · MOOD-6 · independent · protocol plain (norm mood-people: women, n 112)"
    )
    assert table.header == ("subscale", "n", "mean ± SD", "people", "difference", "g", "percentile", "p")
    up, down = table.rows
    assert up[:4] == ("Up", "5", "13.0 ± 1.6", "10.2 ± 2.1")
    assert up[4] == "↑ +2.8 [0.9, 4.7]"
    assert up[5] == "+1.25 [0.22, 2.23]"
    assert up[6].startswith("91 [")
    assert up[7] == ".029"
    # scores from 2 to 8 are shown with two decimals
    assert down[2:5] == ("4.40 ± 0.55", "4.40 ± 1.30", "○ 0.00 [−0.66, 0.66]")
    assert down[6] == "50 [30, 70]"
    assert table.n_text == 1


def test_groups_are_named_in_front_with_a_line_between() -> None:
    (table,) = norm_tables(comparisons(frame(UP, DOWN)), INFERENCE)
    assert table.header[:2] == ("group", "subscale")
    assert [row[:2] for row in table.rows] == [
        ("women, n 112", "Up"),
        ("women, n 112", "Down"),
        ("men, n 57", "Up"),
        ("men, n 57", "Down"),
    ]
    assert table.ruled == {2}
    assert table.title.endswith("(norm mood-people)")
    (page,) = norm_page_tables(comparisons(frame(UP, DOWN)), INFERENCE)
    assert [lead[0].text for lead, _ in page.led] == ["women, n 112", "men, n 57"]


def test_what_cannot_be_had_is_said_in_its_place() -> None:
    (table,) = norm_tables(comparisons(frame([12.0, None], [None, None]), norms=[ONE_GROUP]), INFERENCE)
    assert table.rows == (
        ("Up", "1 (1)", "12.0", "10.2 ± 2.1", "? +1.8", "–", "80", "–"),
        ("Down", "0 (2)", "no scores", "4.40 ± 1.30", "no scores", "–", "–", "–"),
    )
    notes = norm_notes(comparisons(frame([12.0, None], [None, None]), norms=[ONE_GROUP]), [ONE_GROUP], INFERENCE)
    assert "someone, MOOD-6: ? or – since one score only, so that nothing says how scores vary." in notes
    assert "someone, MOOD-6: ? or – since no scores." in notes
    assert any("Left out, for want of a score: 3 refused" in note for note in notes)


def test_the_level_decides_the_arrow() -> None:
    found = comparisons(frame(UP, DOWN), norms=[ONE_GROUP])
    (table,) = norm_tables(found, Inference.of(alpha=0.01))
    assert table.rows[0][4].startswith("○ +2.8")


def test_an_instrument_that_nobody_validated_says_so() -> None:
    (table,) = norm_tables(comparisons(frame(UP), norms=[ONE_GROUP]), INFERENCE, ["MOOD-6"])
    assert "MOOD-6 (not validated)" in table.title


def test_notes_name_rule_source_and_what_n_means() -> None:
    notes = " ".join(norm_notes(comparisons(frame(UP)), [norm()], INFERENCE))
    for expected in ("α = 0.05", "repeats of one respondent are not persons", "mood-people: Made up for the tests."):
        assert expected in notes
    assert "synthetic" not in notes
    assert "yardsticks" in " ".join(norm_notes(comparisons(frame(UP, kind="synthetic")), [norm()], INFERENCE))
    assert "not persons" not in " ".join(norm_notes(comparisons(frame(UP, kind="human")), [norm()], INFERENCE))
    assert norm_notes((), [norm()], INFERENCE) == ()


def test_constant_scores_are_named_once_a_respondent() -> None:
    some = " ".join(norm_notes(comparisons(frame([12.0] * 4, [4.0, 5.0, 4.0, 5.0])), [norm()], INFERENCE))
    assert "someone: every administration has the same score on MOOD-6 (Up): interval, g and p rest on" in some
    every = " ".join(norm_notes(comparisons(frame([12.0] * 4)), [norm()], INFERENCE))
    assert "has the same score on MOOD-6: interval" in every
    none = " ".join(norm_notes(comparisons(frame(UP, DOWN)), [norm()], INFERENCE))
    assert "the same score" not in none


def test_markdown_has_as_many_cells_in_every_row() -> None:
    found = comparisons(frame(UP, DOWN), frame([None], respondent="a|b"))
    lines = markdown(norm_tables(found, INFERENCE), ()).splitlines()
    rows = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    assert {row.count("|") for row in rows} == {10}


def test_names_of_files_are_unique_even_where_long_ones_are_cut() -> None:
    long = "provider/" + "a-very-long-name-" * 6
    found = comparisons(*(frame(UP, respondent=f"{long}{place}") for place in range(3)))
    names = [table.name for table in norm_page_tables(found, INFERENCE)]
    assert len(set(names)) == 3
    assert all(name.startswith("norms-mood-6-provider") for name in names)
    two = comparisons(frame(UP), norms=[norm(), norm(changed(NORM, "id: mood-people", "id: other"))])
    assert len({table.name for table in norm_page_tables(two, INFERENCE)}) == 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [(50.4, "50"), (0.96, "1"), (0.94, "0.9"), (99.4, "99.4"), (99.04, "99"), (99.95, "> 99.9"), (0.01, "< 0.1")],
)
def test_percentiles_have_decimals_only_near_the_ends(value: float, shown: str) -> None:
    assert percent(value) == shown


def test_digits_follow_the_range() -> None:
    assert (digits_of(1, 5), digits_of(10, 50)) == (2, 1)
