from __future__ import annotations

import polars as pl
import pytest

from emotionbench.comparisons.ways import WaysOfAsking, ways_of_asking
from emotionbench.reports.tables.cells import PageTable
from emotionbench.reports.tables.ways import WaysTables, enough_table, ways_tables
from ways_helpers import GRID, NO_ANSWERS, answers, outcomes

NAMES = {"MOOD": {"calm": "Calm", "warm": "Warmth", "bright": "Brightness"}}
RANGE = dict.fromkeys(("calm", "warm", "bright"), (10.0, 50.0))
EFFECTS = {("language", "zh"): 12.0}


def found_in(scores: pl.DataFrame, given: pl.DataFrame = NO_ANSWERS) -> tuple[WaysOfAsking, ...]:
    return (ways_of_asking(scores, given, RANGE),)


def tables_of(scores: pl.DataFrame, given: pl.DataFrame = NO_ANSWERS) -> WaysTables:
    (made,) = ways_tables(found_in(scores, given), NAMES)
    return made


def table(made: WaysTables, title: str) -> PageTable:
    (found,) = (one for one in made.tables if one.title.startswith(title))
    return found


@pytest.fixture(scope="module")
def repeated() -> WaysTables:
    scores = outcomes(effects=EFFECTS, repeats=3, form_noise=1.0)
    return tables_of(scores, answers(scores))


def test_what_moves_scores_says_so_with_lowest_and_highest_level(repeated: WaysTables) -> None:
    moves = table(repeated, "What each way moves")
    by_way = {row.cells[2].text: row.cells for row in moves.rows}
    assert set(by_way) == {"language", "option order", "template"}
    language = by_way["language"]
    assert (language[0].text, language[1].text) == ("Calm", "4.0 points matter")
    assert language[4].text == "zh"
    assert 10 < float(language[5].text) < 14.5
    assert language[6].text == "yes"
    assert by_way["option order"][6].text == "no"
    assert "What matters: 10 % of the range." in moves.notes


def test_variance_is_split_into_ways_combinations_and_repeats(repeated: WaysTables) -> None:
    rows = [[cell.plain for cell in row.cells] for row in table(repeated, "Where the variance lies").rows]
    assert [row[2] for row in rows] == [
        "template", "language", "option order", "combinations of ways", "repeats of one form"
    ]  # fmt: skip
    shares = [float(row[4].split()[0].replace("−", "-")) for row in rows]
    assert shares[1] > 80
    assert sum(shares) == pytest.approx(100, abs=3)
    assert rows[1][6] == "< .001"
    assert rows[0][1] == "24 forms, 72 scores"


def test_without_repeats_what_is_left_is_one_row_and_dashes_have_their_reason() -> None:
    made = tables_of(outcomes(effects=EFFECTS))
    variance = table(made, "Where the variance lies")
    assert variance.rows[-1].cells[2].text == "combinations and repeats together"
    one_form = table(made, "What one form is worth")
    assert one_form.rows[0].cells[5].text == "–"
    assert any("SD of repeats" in note and "no form was repeated" in note for note in one_form.notes)


def test_every_level_stands_beside_the_rest_and_of_two_only_the_second(repeated: WaysTables) -> None:
    levels = table(repeated, "One level against the rest")
    assert len(levels.rows) == sum(map(len, GRID.values()))
    by_level = {row.cells[2].text: row.cells for row in levels.rows}
    assert by_level["ascending"][5].text == ""
    assert by_level["descending"][5].text
    assert by_level["zh"][5].text.startswith("+1")
    assert by_level["zh"][7].text == "< .001"
    assert levels.name in repeated.long
    assert levels not in repeated.short


def test_flips_stand_beside_chance(repeated: WaysTables) -> None:
    flips = table(repeated, "Answers that flip")
    labels = [row.cells[0].text for row in flips.rows]
    assert labels == [
        "repeats of one form",
        "forms that differ in template alone",
        "forms that differ in language alone",
        "forms that differ in option order alone",
        "any two forms",
        "chance",
    ]
    assert 20 < float(flips.rows[0].cells[2].text) < 45


def test_verdicts_are_by_outcome_and_changes_have_tables_of_their_own() -> None:
    made = tables_of(outcomes(effects=EFFECTS, situations=("s1", "s2"), repeats=2))
    assert [name for name, *_ in made.verdicts] == ["score before imagining", "change after imagining"]
    assert any(one.title == "Where the variance lies, change after imagining" for one in made.tables)
    assert len({one.name for one in made.tables}) == len(made.tables)


def test_what_has_no_score_is_named() -> None:
    scores = outcomes(effects=EFFECTS, repeats=2)
    lost = pl.when(pl.col("language") == "ja").then(None).otherwise(pl.col("value")).alias("value")
    made = tables_of(scores.with_columns(lost))
    assert any("language ja: no score" in note for note in made.notes)
    assert any("12 of 48 without a score" in note for note in made.notes)


def test_subscales_and_respondents_are_told_apart_by_one_form_and_by_all() -> None:
    several = [outcomes(respondent=name, centre=centre) for name, centre in (("a", 20), ("b", 30), ("c", 40))]
    numbered = [one.with_columns(pl.col("administration") + 100 * n) for n, one in enumerate(several)]
    made = enough_table(found_in(pl.concat(numbered)), NAMES)
    assert [row.cells[1].text for row in made.rows] == ["respondents on calm"]
    assert float(made.rows[0].cells[5].text) > 0.9
    wide = enough_table(found_in(outcomes(subscales=("calm", "warm", "bright"))), NAMES)
    assert [row.cells[1].text for row in wide.rows] == ["subscales of model"]
    assert not enough_table(found_in(outcomes()), NAMES).rows
