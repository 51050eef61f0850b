from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import special

from change_helpers import PUBLISHED, SUBSCALES, Scores, norm, unadjusted
from emotionbench.comparisons.change import ChangeRow, PeopleChange, change_blocks
from emotionbench.comparisons.inference import Inference
from emotionbench.statistics.contrasts import Moments, f_then_t, one_sample_t, welch_t


def row_of(found: Any, label: str) -> ChangeRow:
    (row,) = [row for row in found.rows if row.label == label]
    assert isinstance(row, ChangeRow)
    return row


def independent() -> Scores:
    """Three baselines; two situations of fear with two repeats each, one of anger."""
    scores = Scores()
    for up in (10, 11, 12):
        scores.baseline(up)
    for repeat, (one, two, other) in enumerate([(20, 30, 8), (22, 34, 9)]):
        scores.evoked("fear-1-1", one, repeat=repeat)
        scores.evoked("fear-2-1", two, repeat=repeat)
        scores.evoked("anger-1-1", other, repeat=repeat)
    return scores


# the rows


def test_rows_come_in_the_usual_order_with_all_emotions_last() -> None:
    assert [row.label for row in independent().block().rows] == ["Anger", "Fear", "Overall"]
    by_factor = independent().block(by="factor")
    assert [(row.label, row.emotion, row.factor) for row in by_factor.rows] == [
        ("anger cause 1", "anger", "anger-1"),
        ("Anger", "anger", None),
        ("fear cause 1", "fear", "fear-1"),
        ("fear cause 2", "fear", "fear-2"),
        ("Fear", "fear", None),
        ("Overall", None, None),
    ]


def test_emotions_of_ones_own_follow_the_eight() -> None:
    scores = independent().evoked("awe-1-1", 1).evoked("joy-1-1", 1)
    assert [row.label for row in scores.block().rows] == ["Anger", "Fear", "Awe", "Joy", "Overall"]


def test_one_emotion_alone_has_no_overall() -> None:
    assert [row.label for row in Scores().baseline(1).evoked("fear-1-1", 2).block().rows] == ["Fear"]


def test_the_baseline_is_described_once() -> None:
    found = independent().block()
    assert (found.n_baseline, found.n_baseline_excluded) == (3, {})
    assert found.baseline["up"] == Moments(3, 11.0, 1.0)
    assert found.baseline["down"] == Moments(3, 5.0, 0.0)


# the independent design


def test_administrations_are_contrasted_as_published() -> None:
    row = row_of(independent().block(inference=PUBLISHED), "Fear")
    assert (row.n, row.n_situations, row.n_excluded) == (4, 2, {})
    assert (row.evoked["up"].n, row.evoked["up"].mean) == (4, 26.5)
    assert row.evoked["up"].sd == pytest.approx(math.sqrt(131 / 3))
    assert unadjusted(row.contrasts["up"]) == f_then_t([10, 11, 12], [20, 30, 22, 34], 0.01)
    assert row.contrasts["up"].difference == 15.5
    assert row_of(independent().block(inference=PUBLISHED), "Anger").contrasts["up"].difference == -2.5


def test_situations_are_contrasted_by_their_means() -> None:
    row = row_of(independent().block(), "Fear")
    assert (row.n, row.n_situations) == (4, 2)
    assert unadjusted(row.contrasts["up"]) == welch_t([10, 11, 12], [21, 32])
    assert row.contrasts["up"].test == "Welch's t"
    overall = row_of(independent().block(), "Overall")
    assert overall.contrasts["up"].difference == pytest.approx((21 + 32 + 8.5) / 3 - 11)


def test_situations_count_alike_however_often_they_were_put() -> None:
    scores = Scores().baseline(10).baseline(12)
    for _ in range(9):
        scores.evoked("fear-1-1", 20)
    scores.evoked("fear-1-2", 40)
    assert row_of(scores.block(), "Fear").contrasts["up"].difference == 30 - 11
    assert row_of(scores.block(inference=PUBLISHED), "Fear").contrasts["up"].difference == 22 - 11


def test_the_published_rule_takes_one_percent_between_the_two_tests() -> None:
    rng = np.random.default_rng(1)
    scores = Scores()
    before, after = rng.normal(20, 3, 20).tolist(), rng.normal(20, 6, 20).tolist()
    for one, other in zip(before, after, strict=True):
        scores.baseline(one).evoked("fear-1-1", other)
    found = row_of(scores.block(inference=PUBLISHED), "Fear").contrasts["up"]
    assert unadjusted(found) == f_then_t(before, after, 0.01)


# the paired design


def paired() -> Scores:
    scores = Scores(design="paired")
    for number, (situation, before, after) in enumerate(
        [("fear-1-1", 10, 14), ("fear-1-1", 20, 26), ("fear-1-2", 30, 31), ("fear-1-2", 12, 15)]
    ):
        scores.pair(f"s{number}", situation, before, after)
    return scores


def test_pairs_are_contrasted_within_sessions() -> None:
    row = row_of(paired().block(inference=PUBLISHED), "Fear")
    assert (row.n, row.n_situations, row.n_excluded) == (4, 2, {})
    assert unadjusted(row.contrasts["up"]) == one_sample_t([4, 6, 1, 3])
    assert row.contrasts["down"].note == "the changes do not vary"
    by_situation = row_of(paired().block(), "Fear").contrasts["up"]
    assert (by_situation.t, by_situation.df, by_situation.p) == (
        (expected := one_sample_t([5, 2])).t,
        expected.df,
        expected.p,
    )
    assert [effect.name for effect in by_situation.effects] == ["d_z", "d_av"]


def test_pairs_do_not_depend_on_the_order_of_rows() -> None:
    frame = paired().frame()
    (found,) = change_blocks(frame.sample(fraction=1, shuffle=True, seed=3), {"MOOD": SUBSCALES}, [])
    contrast, expected = (row_of(b, "Fear").contrasts["up"] for b in (found, paired().block()))
    assert (contrast.t, contrast.p) == pytest.approx((expected.t, expected.p))


def test_a_pair_without_its_other_half_is_left_out_and_counted() -> None:
    scores = paired().pair("half", "fear-1-1", None, 40).pair("other half", "fear-1-1", 40, None)
    block = scores.block(inference=PUBLISHED)
    row = row_of(block, "Fear")
    assert unadjusted(row.contrasts["up"]) == one_sample_t([4, 6, 1, 3])
    assert (row.n, row.n_excluded) == (4, {"baseline not scored": 1, "incomplete": 1})
    assert (block.n_baseline, block.n_baseline_excluded) == (5, {"incomplete": 1})


def test_a_session_that_stopped_before_imagining_is_only_a_baseline() -> None:
    scores = paired().baseline(50, session="stopped")
    found = row_of(scores.block(inference=PUBLISHED), "Fear").contrasts["up"]
    assert unadjusted(found) == one_sample_t([4, 6, 1, 3])


def test_the_designs_are_not_mixed() -> None:
    frame = pl.concat([independent().frame(), paired().frame()])
    found = change_blocks(frame, {"MOOD": SUBSCALES}, [])
    assert [block.design for block in found] == ["independent", "paired"]
    assert found[0] == independent().block()
    assert found[1] == paired().block()


# what is missing


def test_missing_scores_are_left_out_and_counted() -> None:
    scores = (
        independent().baseline(None, None).baseline(None, 5).evoked("fear-1-1", None, None).evoked("fear-1-1", 25, None)
    )
    found = scores.block(inference=PUBLISHED)
    row = row_of(found, "Fear")
    assert (found.n_baseline, found.n_baseline_excluded) == (3, {"incomplete": 1, "refused": 1})
    assert (row.n, row.n_excluded) == (4, {"incomplete": 1, "refused": 1})
    # a subscale that could be scored counts, even where the other could not
    assert found.baseline["down"].n == 4
    assert unadjusted(row.contrasts["up"]) == f_then_t([10, 11, 12], [20, 30, 22, 34, 25], 0.01)
    assert row.evoked["down"].n == 4


def test_without_any_score_there_is_no_figure_and_no_crash() -> None:
    found = Scores().baseline(None, None).evoked("fear-1-1", None, None).block()
    row = row_of(found, "Fear")
    assert (row.n, row.n_excluded, found.n_baseline_excluded) == (0, {"refused": 1}, {"refused": 1})
    assert row.contrasts["up"].difference is None
    assert row.contrasts["up"].note in ("no scores", "no scored baseline")
    assert row.evoked["up"] == Moments(0, None, None)


@pytest.mark.parametrize("inference", [Inference(), PUBLISHED])
def test_without_a_baseline_there_is_no_contrast(inference: Inference) -> None:
    row = row_of(Scores().evoked("fear-1-1", 20).evoked("fear-1-1", 22).block(inference=inference), "Fear")
    assert row.contrasts["up"].note in ("no scores", "no scored baseline")
    assert row.evoked["up"].mean == 21


def test_baselines_alone_make_a_block_without_rows() -> None:
    found = Scores().baseline(1).baseline(3).block()
    assert (found.rows, found.n_baseline, found.situation_set) == ((), 2, "")


# counterparts


def test_counterparts_have_rows_of_their_own_and_stay_out_of_the_others() -> None:
    scores = independent()
    for kind, up in (("neutral", 11), ("positive", 15), ("neutral", 13), ("positive", 17)):
        scores.control("fear-1-1", kind, up)
    found = scores.block(norms=[norm({"fear-1": (9.0, 10), "fear-2": (9.0, 10), "anger-1": (9.0, 10)})])
    assert [row.label for row in found.rows][3:] == ["Neutral counterparts", "Positive counterparts"]
    neutral, positive = found.rows[3:]
    assert (neutral.emotion, neutral.factor, neutral.kind, neutral.n) == (None, None, "control", 2)
    assert neutral.contrasts["up"].difference == 1
    assert positive.contrasts["up"].difference == 5
    assert neutral.people == {"up": None, "down": None}
    without = independent().block(norms=[norm({"fear-1": (9.0, 10), "fear-2": (9.0, 10), "anger-1": (9.0, 10)})])
    assert found.rows[:3] == without.rows


# people beside it


def test_peoples_change_is_weighted_as_the_situations_are() -> None:
    scores = independent().evoked("fear-1-2", 1).evoked("fear-1-3", 1)
    people = norm({"fear-1": (8.0, 30), "fear-2": (4.0, 20), "anger-1": (1.0, 50)})
    found = scores.block([people], inference=PUBLISHED)
    # fear: three situations of fear-1 and one of fear-2, however often each was put
    assert row_of(found, "Fear").people == {"up": PeopleChange(7.0, 50), "down": PeopleChange(-1.0, 50)}
    assert row_of(found, "Overall").people["up"] == PeopleChange((3 * 8 + 4 + 1) / 5, 100)
    assert row_of(scores.block([people], by="factor", inference=PUBLISHED), "fear cause 2").people[
        "up"
    ] == PeopleChange(4.0, 20)
    by_situation = scores.block([people])
    # by default every factor counts once, with persons for the interval where the norm has no situations
    fear = row_of(by_situation, "Fear").people["up"]
    assert fear is not None
    assert (fear.change, fear.n) == (6.0, 50)
    error = math.sqrt(2.0**2 / 30 + 2.0**2 / 20) / 2
    df = (4 / 30 + 4 / 20) ** 2 / ((4 / 30) ** 2 / 29 + (4 / 20) ** 2 / 19)
    margin = float(special.stdtrit(df, 0.975)) * error
    assert (fear.low, fear.high) == (pytest.approx(6 - margin), pytest.approx(6 + margin))
    assert found.people_baseline["up"] == Moments(100, 12.0, 3.0)


def test_a_factor_without_people_leaves_the_whole_row_without() -> None:
    found = independent().block([norm({"fear-1": (8.0, 30), "anger-1": (1.0, 50)})], inference=PUBLISHED)
    assert row_of(found, "Fear").people == {"up": None, "down": None}
    assert row_of(found, "Overall").people["up"] is None
    assert row_of(found, "Anger").people["up"] == PeopleChange(1.0, 50)


def test_people_of_another_instrument_are_not_shown() -> None:
    found = independent().block([norm({"fear-1": (8.0, 30)}, instrument="OTHER")])
    assert not found.has_people
    assert found.people_baseline == {"up": None, "down": None}


def test_the_first_norm_that_fits_is_taken() -> None:
    norms = [norm({"anger-1": (1.0, 5)}, instrument="OTHER"), norm({"anger-1": (2.0, 5)}), norm({"anger-1": (3.0, 5)})]
    assert row_of(independent().block(norms, inference=PUBLISHED), "Anger").people["up"] == PeopleChange(2.0, 5)


def test_people_are_not_set_beside_people() -> None:
    people = norm({"fear-1": (8.0, 30)})
    found = Scores(kind="human", design="paired").pair("a", "fear-1-1", 1, 2).block([people])
    assert not found.has_people
    assert found.rows[0].people == {"up": None, "down": None}


@pytest.mark.parametrize(("theirs", "shares"), [("tiny", True), ("other", False)])
def test_a_block_knows_whether_people_read_the_same_texts(theirs: str, shares: bool) -> None:
    found = independent().block([norm({"fear-1": (8.0, 30)}, situation_set=theirs)])
    assert found.has_people
    assert found.shares_texts_with_people is shares


# several of everything


def test_respondents_and_instruments_are_kept_apart() -> None:
    frame = pl.concat(
        [
            Scores(respondent="a").baseline(1).baseline(2).evoked("fear-1-1", 3).frame(),
            Scores(respondent="b").baseline(5).baseline(6).evoked("fear-1-1", 3).frame(),
            Scores(respondent="b", instrument="OTHER").baseline(7).baseline(9).evoked("fear-1-1", 3).frame(),
        ]
    )
    found = change_blocks(frame, {"MOOD": SUBSCALES, "OTHER": SUBSCALES}, [])
    assert [(b.respondent, b.instrument, b.rows[0].contrasts["up"].difference) for b in found] == [
        ("a", "MOOD", 1.5),
        ("b", "MOOD", -2.5),
        ("b", "OTHER", -5.0),
    ]


def test_sets_of_situations_share_independent_baselines_and_not_paired_ones() -> None:
    alone = Scores().baseline(1).baseline(3).evoked("fear-1-1", 4).evoked("fear-1-1", 9, situation_set="other")
    found = change_blocks(alone.frame(), {"MOOD": SUBSCALES}, [])
    assert [(b.situation_set, b.n_baseline, b.rows[0].contrasts["up"].difference) for b in found] == [
        ("tiny", 2, 2.0),
        ("other", 2, 7.0),
    ]
    pairs = Scores(design="paired").pair("a", "fear-1-1", 1, 4).pair("b", "fear-1-1", 3, 9, situation_set="other")
    found = change_blocks(pairs.frame(), {"MOOD": SUBSCALES}, [])
    assert [(b.situation_set, b.n_baseline, b.rows[0].contrasts["up"].difference) for b in found] == [
        ("tiny", 1, 3.0),
        ("other", 1, 6.0),
    ]
