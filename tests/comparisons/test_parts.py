from __future__ import annotations

import polars as pl
import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.parts import Names, Part, norm_for, parts_to_compare, scored
from emotionbench.statistics.contrasts import Mean, plain_mean, stratified_mean

NAMES = {"MOOD": SUBSCALES, "OTHER": SUBSCALES}


def parts(*scores: Scores) -> list[Part]:
    return list(parts_to_compare(pl.concat([one.frame() for one in scores]), NAMES))


def part(scores: Scores) -> Part:
    (found,) = parts(scores)
    return found


def fear() -> Scores:
    """Two baselines; one factor with two situations, of which one was put twice, and one with a single situation."""
    scores = Scores().baseline(10, 6).baseline(12, 4)
    scores.evoked("fear-1-2", 30).evoked("fear-1-1", 20).evoked("fear-1-1", 24, repeat=1)
    return scores.evoked("fear-2-1", 40)


# what is told apart


def test_respondents_instruments_protocols_designs_and_sets_are_told_apart() -> None:
    found = parts(
        Scores(respondent="a").baseline(1).evoked("fear-1-1", 2),
        Scores(respondent="b").baseline(1).evoked("fear-1-1", 2).evoked("fear-1-1", 2, situation_set="other"),
        Scores(respondent="b", protocol="polite").baseline(1).evoked("fear-1-1", 2),
        Scores(respondent="b", design="paired").pair("s", "fear-1-1", 1, 2),
        Scores(respondent="b", instrument="OTHER").baseline(1),
    )
    assert [one.names for one in found] == [
        Names("a", "llm", "MOOD", "plain", "independent", "tiny"),
        Names("b", "llm", "MOOD", "plain", "independent", "tiny"),
        Names("b", "llm", "MOOD", "plain", "independent", "other"),
        Names("b", "llm", "MOOD", "polite", "independent", "tiny"),
        Names("b", "llm", "MOOD", "plain", "paired", "tiny"),
        Names("b", "llm", "OTHER", "plain", "independent", ""),
    ]
    assert [one.evoked["administration"].n_unique() for one in found] == [1, 1, 1, 1, 1, 0]


def test_sets_share_baselines_unless_paired() -> None:
    scores = Scores().baseline(1).evoked("fear-1-1", 2).evoked("fear-1-1", 2, situation_set="other")
    assert [one.baseline["administration"].n_unique() for one in parts(scores)] == [1, 1]
    pairs = Scores().pair("s", "fear-1-1", 1, 2).pair("t", "fear-1-1", 5, 2, situation_set="other")
    assert [scored(one.baseline, "up", "value").tolist() for one in parts(pairs)] == [[1.0], [5.0]]


def left_before_the_situation(score: float | None) -> Scores:
    """A pair, and a session that never came to a situation, with this score before it."""
    scores = Scores().pair("s", "fear-1-1", 1, 2)
    return scores.baseline(score, score, design="paired", session="t", outcome="unfinished")


def test_who_left_before_the_situation_is_counted_as_left_out() -> None:
    found = part(left_before_the_situation(None))
    assert (found.baseline_tally.n, found.baseline_tally.n_excluded) == (1, {"unfinished": 1})
    assert scored(found.baseline, "up", "value").tolist() == [1.0]


def test_a_baseline_whose_situation_was_not_asked_yet_is_in_no_figure() -> None:
    found = part(left_before_the_situation(7))
    assert (found.baseline_tally.n, found.baseline_tally.n_excluded) == (1, {})


def test_of_several_sets_it_is_counted_once() -> None:
    scores = left_before_the_situation(None).pair("u", "fear-1-1", 5, 2, situation_set="other")
    assert [one.baseline_tally.n_excluded for one in parts(scores)] == [{"unfinished": 1}, {}]


# means


def test_repeats_are_averaged_in_order_of_factor_and_situation() -> None:
    means = part(fear()).means("up")
    assert means.situations.tolist() == ["fear-1-1", "fear-1-2", "fear-2-1"]
    assert means.factors.tolist() == ["fear-1", "fear-1", "fear-2"]
    assert means.emotions.tolist() == ["fear"] * 3
    assert means.values.tolist() == [22.0, 30.0, 40.0]
    assert part(fear()).means("down").values.tolist() == [5.0, 5.0, 5.0]


def test_over_factors_each_counts_once() -> None:
    means = part(fear()).means("up")
    assert means.over() == stratified_mean([22, 30, 40], [1, 1, 2], [1, 1, 1])
    assert means.over().value == (26 + 40) / 2
    assert means.over(["fear-1"]) == stratified_mean([22, 30, 40], [1, 1, 2], None, [True, True, False])
    assert means.over(["fear-9"]) == Mean(0, None, why="no scores")
    assert means.of(["fear-2"]).tolist() == [False, False, True]
    assert means.of(None).all()


def test_spread_is_pooled_within_emotions_only() -> None:
    scores = fear().evoked("anger-1-1", 0).evoked("anger-1-2", 100)
    wide = part(scores).means("up").over(["fear-1"])
    assert (wide.standard_error, wide.df) == (pytest.approx(4.0), 1)


def test_changes_are_taken_within_sessions() -> None:
    scores = Scores(design="paired").pair("s", "fear-1-1", 10, 14).pair("t", "fear-1-1", 20, 30)
    found = part(scores.pair("u", "fear-1-2", 1, 1).pair("v", "fear-1-2", None, 9))
    assert (found.is_paired, found.compared) == (True, "change")
    assert found.means("up").values.tolist() == [7.0, 0.0]
    assert found.means("up", "before").values.tolist() == [15.0, 1.0]
    # a score after counts only where there is one before to compare it with
    assert found.means("up", "value").values.tolist() == [22.0, 1.0]


def test_counterparts_have_means_of_their_own() -> None:
    found = part(fear().control("fear-1-1", "neutral", 11).control("fear-1-2", "neutral", 13))
    assert found.means("up", kind="neutral").values.tolist() == [11.0, 13.0]
    assert found.means("up").values.tolist() == [22.0, 30.0, 40.0]
    assert found.means("up", kind="positive").over() == Mean(0, None, why="no scores")
    assert found.controls["administration"].n_unique() == 2
    assert set(found.factors) == {"fear-1", "fear-2"}


def test_baselines_are_averaged_without_the_missing() -> None:
    found = part(fear().baseline(None, 5).baseline(None, None))
    assert found.baseline_mean("up") == plain_mean([10, 12])
    assert found.baseline_mean("down") == plain_mean([6, 4, 5])
    assert part(Scores().evoked("fear-1-1", 2)).baseline_mean("up") == Mean(0, None, why="no scored baseline")


def test_a_situation_without_a_score_is_left_out_of_that_subscale_alone() -> None:
    found = part(fear().evoked("fear-2-2", None, 3).evoked("fear-3-1", None, None))
    assert found.means("up").situations.tolist() == ["fear-1-1", "fear-1-2", "fear-2-1"]
    assert found.means("down").situations.tolist() == ["fear-1-1", "fear-1-2", "fear-2-1", "fear-2-2"]
    assert list(found.factors) == ["fear-1", "fear-2", "fear-3"]


def test_emotions_and_factors_in_their_order() -> None:
    scores = Scores().baseline(1)
    for situation in ("joy-1-1", "fear-2-1", "anger-1-1", "awe-1-1", "fear-1-1"):
        scores.evoked(situation, 2)
    found = part(scores)
    assert found.emotions == ("anger", "fear", "awe", "joy")
    assert list(found.factors) == ["anger-1", "fear-2", "fear-1", "awe-1", "joy-1"]
    assert found.factors["fear-2"] == ("fear", "fear cause 2")


# situation by situation


def test_differences_by_situation_where_both_have_the_same() -> None:
    one = part(fear()).means("up")
    other = part(Scores().baseline(0).evoked("fear-1-1", 1).evoked("fear-1-2", 2).evoked("fear-2-1", 4)).means("up")
    apart = one.minus(other, ["fear-1"])
    assert apart is not None
    assert apart.situations.tolist() == ["fear-1-1", "fear-1-2", "fear-2-1"]
    assert apart.values.tolist() == [21.0, 28.0, 36.0]


def test_a_factor_with_other_situations_is_not_compared_by_situation() -> None:
    one = part(fear()).means("up")
    other = part(Scores().baseline(0).evoked("fear-1-1", 1).evoked("fear-1-2", 2).evoked("fear-2-9", 4)).means("up")
    assert one.minus(other, ["fear-2"]) is None
    assert one.minus(other, ["fear-1", "fear-2"]) is None
    apart = one.minus(other, ["fear-1"])
    assert apart is not None
    assert apart.factors.tolist() == ["fear-1", "fear-1"]
    # one more situation on one side is left out
    more = part(fear().evoked("fear-1-3", 1)).means("up")
    shared = one.minus(more, ["fear-1"])
    assert shared is not None
    assert shared.situations.tolist() == ["fear-1-1", "fear-1-2", "fear-2-1"]


# norms


def test_the_first_norm_of_the_instrument_is_taken_and_people_have_none() -> None:
    norms = [norm({}, instrument="OTHER"), norm({}, id="first"), norm({}, id="second")]
    names = part(fear()).names
    assert norm_for(names, norms) == norms[1]
    assert norm_for(names, norms[:1]) is None
    assert norm_for(part(Scores(kind="human").baseline(1)).names, norms) is None
    edition = Names("a", "llm", "MOOD#1234", "plain", "independent", "tiny")
    assert norm_for(edition, norms) == norms[1]
