from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import pytest

from change_helpers import SUBSCALES, Scores, unadjusted
from emotionbench.comparisons.differences import Difference, DifferenceRow, differences
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.errors import EmotionBenchError
from emotionbench.statistics.contrasts import Mean, difference, gap, plain_mean, stratified_mean


def parts(scores: Scores) -> list[Part]:
    return list(parts_to_compare(scores.frame(), {"MOOD": SUBSCALES, "OTHER": SUBSCALES}))


def compared(first: Scores, second: Scores) -> Difference:
    (found,) = differences(parts(first), parts(second))
    json.dumps(asdict(found), allow_nan=False)
    return found


def row(found: Difference, label: str) -> DifferenceRow:
    (one,) = [row for row in found.rows if row.label == label]
    return one


def asked(ups: dict[str, Any], *baselines: float, **constant: Any) -> Scores:
    scores = Scores(**constant)
    for up in baselines:
        scores.baseline(up)
    for situation, up in ups.items():
        scores.evoked(situation, up)
    return scores


FIRST = {"anger-1-1": 20.0, "anger-1-2": 24.0, "fear-1-1": 30.0, "fear-1-2": 31.0, "fear-2-1": 35.0, "fear-2-2": 38.0}
SECOND = {"anger-1-1": 23.0, "anger-1-2": 26.0, "fear-1-1": 38.0, "fear-1-2": 36.0, "fear-2-1": 33.0, "fear-2-2": 39.0}


def matched(second: dict[str, float] | None = None) -> Difference:
    one, other = asked(FIRST, 10, 11, 12, respondent="a"), asked(second or SECOND, 13, 14, 18, respondent="b")
    return compared(one, other)


def test_rows_and_names() -> None:
    found = matched()
    assert (found.first, found.second, found.instrument, found.situation_set) == ("a", "b", "MOOD", "tiny")
    assert (found.is_matched, found.subscales) == (True, SUBSCALES)
    assert [(one.label, one.kind, one.n) for one in found.rows] == [
        ("Default", "baseline", (3, 3)),
        ("anger cause 1", "factor", (2, 2)),
        ("Anger", "emotion", (2, 2)),
        ("fear cause 1", "factor", (2, 2)),
        ("fear cause 2", "factor", (2, 2)),
        ("Fear", "emotion", (4, 4)),
        ("Overall", "overall", (6, 6)),
    ]
    assert row(found, "Fear").contrasts["up"].n == 4


def test_baselines_are_compared_by_welch() -> None:
    default = row(matched(), "Default")
    assert (default.first["up"], default.second["up"]) == (11.0, 15.0)
    contrast = default.contrasts["up"]
    assert (contrast.difference, contrast.test) == (4.0, "Welch's t")
    assert contrast.standard_error == pytest.approx(math.sqrt((1 + 7) / 3))
    assert default.contrasts["down"].note == "the scores do not vary"


def test_changes_of_the_same_situations_are_compared_one_by_one() -> None:
    fear = row(matched(), "Fear")
    assert (fear.first["up"], fear.second["up"]) == (33.5 - 11, 36.5 - 15)
    contrast = fear.contrasts["up"]
    # by situation: 8, 5 and −2, 1, less 4 apart at the baseline
    assert contrast.difference == pytest.approx(3 - 4)
    apart = stratified_mean([8, 5, -2, 1], [1, 1, 2, 2])
    baselines = gap(plain_mean([10, 11, 12]), plain_mean([13, 14, 18]))
    expected = gap(baselines, apart)
    assert (contrast.standard_error, contrast.df) == pytest.approx((expected.standard_error, expected.df))
    assert (contrast.low, contrast.high) == pytest.approx(expected.interval())


def test_of_situations_that_only_one_imagined_nothing_is_compared() -> None:
    found = matched({situation.replace("fear-2-2", "fear-2-9"): up for situation, up in SECOND.items()})
    assert found.is_matched
    contrast = row(found, "Fear").contrasts["up"]
    # by situation: 8, 5 in one factor and −2 in the other
    assert (contrast.difference, contrast.n) == (pytest.approx((6.5 - 2) / 2 - 4), 3)
    assert contrast.effects[0].name == "d_av"


def test_changes_of_other_situations_are_compared_by_their_means() -> None:
    found = matched({situation.replace("fear-2-", "fear-2-9"): up for situation, up in SECOND.items()})
    assert not found.is_matched
    contrast = row(found, "Fear").contrasts["up"]
    own = gap(plain_mean([10, 11, 12]), stratified_mean([30, 31, 35, 38], [1, 1, 2, 2]))
    others = gap(plain_mean([13, 14, 18]), stratified_mean([38, 36, 33, 39], [1, 1, 2, 2]))
    expected = difference(own, others)
    assert contrast.difference == pytest.approx(-1)
    assert (contrast.standard_error, contrast.df) == pytest.approx((expected.standard_error, expected.df))
    # factors with the same situations are still compared one by one
    own, of_matched = (unadjusted(row(one, "Anger").contrasts["up"]) for one in (found, matched()))
    assert own == of_matched


def test_what_a_situation_does_to_both_cancels() -> None:
    stirring = {situation: up + 40 * (number % 2) for number, (situation, up) in enumerate(FIRST.items())}
    also = {situation: up + 40 * (number % 2) for number, (situation, up) in enumerate(SECOND.items())}
    both = compared(asked(stirring, 10, 11, 12), asked(also, 13, 14, 18))
    for label in ("Fear", "Overall"):
        plain, stirred = (row(found, label).contrasts["up"] for found in (matched(), both))
        assert (stirred.difference, stirred.standard_error) == pytest.approx((plain.difference, plain.standard_error))


def test_pairs_have_no_baseline_in_their_change() -> None:
    one, other = Scores(design="paired"), Scores(design="paired")
    for number, (situation, change) in enumerate({"fear-1-1": 2.0, "fear-1-2": 4.0, "fear-1-3": 9.0}.items()):
        one.pair(f"s{number}", situation, 10 + number, 10 + number + change)
        other.pair(f"s{number}", situation, 30, 30 + 2 * change)
    found = compared(one, other)
    contrast = row(found, "Fear").contrasts["up"]
    assert (contrast.difference, contrast.df) == (5.0, 2)
    assert contrast.standard_error == pytest.approx(math.sqrt(13 / 3))  # 2, 4, 9: variance 13
    assert row(found, "Default").contrasts["up"].difference == 19.0


def test_p_is_adjusted_within_each_kind_of_row() -> None:
    found = matched()
    for kind, n_tests in (("baseline", 1), ("factor", 3), ("emotion", 2), ("overall", 1)):
        of_kind = [one.contrasts["up"] for one in found.rows if one.kind == kind]
        assert {one.family for one in of_kind} == {f"{kind} rows × subscales: b against a"}
        # ``down`` does not vary: it is no test of the family
        assert {one.n_tests for one in of_kind} == {n_tests}
        assert all(one.p_holm is not None and one.p is not None and one.p_holm >= one.p for one in of_kind)
    assert all(one.contrasts["down"].p_holm is None for one in found.rows)


def test_turning_them_round_turns_the_signs() -> None:
    turned = compared(asked(SECOND, 13, 14, 18), asked(FIRST, 10, 11, 12))
    for one, other in zip(matched().rows, turned.rows, strict=True):
        a, b = one.contrasts["up"], other.contrasts["up"]
        assert a.difference == pytest.approx(-(b.difference or 0))
        assert (a.p, a.low) == (pytest.approx(b.p), pytest.approx(-(b.high or 0)))
        assert [effect.value for effect in a.effects] == pytest.approx([-(effect.value or 0) for effect in b.effects])


def test_only_factors_of_both_are_compared() -> None:
    more = {**SECOND, "guilt-1-1": 5.0, "guilt-1-2": 6.0}
    found = matched(more)
    assert [one.label for one in found.rows] == [one.label for one in matched().rows]
    assert row(found, "Overall").contrasts == row(matched(), "Overall").contrasts
    one_emotion = matched({situation: up for situation, up in SECOND.items() if situation.startswith("fear")})
    assert [one.kind for one in one_emotion.rows] == ["baseline", "factor", "factor", "emotion"]


def test_no_shared_factor_leaves_the_baselines_and_shares_no_situation() -> None:
    found = matched({"guilt-1-1": 5.0, "guilt-1-2": 6.0})
    assert [one.label for one in found.rows] == ["Default"]
    assert not found.is_matched


def test_without_a_baseline_the_changes_have_no_difference() -> None:
    found = compared(asked(FIRST), asked(SECOND, 13, 14))
    assert row(found, "Default").contrasts["up"].note == "no scored baseline"
    assert row(found, "Fear").first["up"] is None
    assert row(found, "Fear").contrasts["up"].note == "no scored baseline"


def test_missing_scores_leave_the_situations_that_both_have() -> None:
    other = asked(SECOND, 13, 14, 18).evoked("fear-1-3", None, 5.0)
    own = asked(FIRST, 10, 11, 12).evoked("fear-1-3", 50.0, 5.0)
    found = compared(own, other)
    assert found.is_matched
    assert row(found, "Fear").contrasts["up"].difference == row(matched(), "Fear").contrasts["up"].difference
    assert (row(found, "Fear").contrasts["up"].n, row(found, "Fear").contrasts["down"].n) == (4, 5)
    own, of_matched = (unadjusted(row(one, "Anger").contrasts["up"]) for one in (found, matched()))
    assert own == of_matched


def test_all_refused() -> None:
    refused = Scores(respondent="b").baseline(None, None).evoked("fear-1-1", None, None)
    found = compared(asked(FIRST, 10, 11), refused)
    assert row(found, "Fear").second == {"up": None, "down": None}
    assert row(found, "Fear").contrasts["up"].note == "no factor with scores on both sides"
    assert (row(found, "Default").n, row(found, "Fear").n) == ((2, 0), (2, 0))


def test_a_factor_that_one_side_refused_is_left_out_of_the_others_mean() -> None:
    second = {**SECOND, "fear-2-1": None, "fear-2-2": None}
    fear = row(compared(asked(FIRST, 10, 11, 12), asked(second, 13, 14, 18)), "Fear")
    # only fear-1: 30, 31 against 38, 36
    assert (fear.first["up"], fear.second["up"]) == (30.5 - 11, 37 - 15)
    assert fear.contrasts["up"].difference == pytest.approx(6.5 - 4)


def test_one_situation() -> None:
    found = compared(asked({"fear-1-1": 30.0}, 10, 12), asked({"fear-1-1": 33.0}, 13, 14))
    contrast = row(found, "Fear").contrasts["up"]
    assert contrast.difference == pytest.approx(3 - 2.5)
    assert contrast.note == "one unit only, so that nothing says how units vary"


def test_nothing_in_common_is_an_error() -> None:
    own = asked(FIRST, 10, 11)
    for others in (
        Scores(instrument="OTHER").baseline(1).evoked("fear-1-1", 2),
        Scores(protocol="polite").baseline(1).evoked("fear-1-1", 2),
        Scores(design="paired").pair("s", "fear-1-1", 1, 2),
        Scores().baseline(1).evoked("fear-1-1", 2, situation_set="other"),
    ):
        with pytest.raises(EmotionBenchError, match="the two have no instrument, protocol, design and situations"):
            differences(parts(own), parts(others))


def test_every_part_in_common_is_compared() -> None:
    both = (
        asked(FIRST, 10, 11).evoked("fear-1-1", 2, situation_set="other").evoked("fear-1-2", 3, situation_set="other")
    )
    found = differences(parts(both), parts(both))
    assert [one.situation_set for one in found] == ["tiny", "other"]
    for one in found:
        assert {contrast.difference for each in one.rows for contrast in each.contrasts.values()} == {0.0}
    (alone,) = differences(parts(both), parts(asked(FIRST, 10, 11)))
    assert alone.situation_set == "tiny"


def test_an_equal_mean_is_no_evidence_of_none() -> None:
    assert difference(Mean(3, 1.0, 0.5, 2.0, 1.0), Mean(3, 1.0, 0.5, 2.0, 1.0)).p == pytest.approx(1.0)
