from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.alignment import NO_FACTORS, Alignment, Ceiling, GapRow, alignments, check_margin
from emotionbench.errors import EmotionBenchError
from emotionbench.materials.norms import Norm
from emotionbench.statistics.contrasts import plain_mean, stratified_mean, welch_t
from emotionbench.statistics.equivalence import tost
from emotionbench.statistics.estimate import Estimate

FACTORS = ("anger-1", "anger-2", "guilt-1", "fear-1", "fear-2")
CHANGES = dict(zip(FACTORS, (2.0, 14.0, 1.0, -5.0, 8.0), strict=True))

WHO = "someone (MOOD, paired, plain, tiny)"


def people(
    changes: dict[str, float] | None = None, *, spread: float = 1.0, down: float | None = None, **more: Any
) -> Norm:
    """People of two situations a factor that lie ``spread`` on either side; ``down`` always changes by −1."""
    known = CHANGES if changes is None else changes
    situations = [
        {
            "situation": f"{factor}-{number}",
            "factor": factor,
            "n": 5,
            "change": {"up": change + side * spread, "down": -1.0},
            "evoked": {"up": 12 + change + side * spread, "down": 11.0},
        }
        for factor, change in known.items()
        for number, side in ((1, -1), (2, 1))
    ]
    return norm({factor: (change, 10) for factor, change in known.items()}, **{"situations": situations, **more})


def respondent(changes: dict[str, float], *, wobble: float = 1.0, design: str = "paired", **more: Any) -> Scores:
    """Two situations a factor that move ``up`` by the change ± ``wobble``, and ``down`` by −1."""
    scores = Scores(design=design, **more)
    if design == "independent":
        for up in (9.0, 10.0, 11.0):
            scores.baseline(up, 6.0)
    for factor, change in changes.items():
        for number, side in ((1, -1), (2, 1)):
            session = f"{factor}-{number}" if design == "paired" else None
            if session:
                scores.baseline(10.0, 6.0, session=session)
            scores.evoked(f"{factor}-{number}", 10 + change + side * wobble, 5.0, session=session)
    return scores


def compared(scores: Scores, *norms: Norm, names: dict[str, str] | None = None, **options: Any) -> Alignment:
    (found,) = alignments(scores.frame(), {"MOOD": names or SUBSCALES}, norms or (people(),), **options)
    json.dumps(asdict(found), allow_nan=False)
    return found


def row(found: Alignment, label: str) -> GapRow:
    (one,) = [row for row in found.rows if row.label == label]
    return one


# the headline


NOISE = dict(zip(FACTORS, (1.4, -1.2, 1.0, -1.6, 1.2), strict=True))
"""As far as means of two situations lie from each other by chance where each situation lies 1 from its factor's."""


def test_who_changes_as_people_do_but_for_chance_is_as_close_as_people() -> None:
    found = compared(respondent({factor: change + NOISE[factor] for factor, change in CHANGES.items()}))
    # D and V by hand: both sides' variance within factors is 2 over two situations
    distance = float(np.mean(np.square(list(NOISE.values())))) - (1 + 1)
    spread = float(np.var(list(CHANGES.values()))) - 1 * (1 - 1 / 5)
    assert found.headline.value == pytest.approx(1 - distance / spread)
    assert found.headline.low is not None
    assert found.headline.low < 1 < (found.headline.high or 0)
    assert found.verdict.startswith("Not told apart from people")


def test_who_gives_peoples_very_means_lies_above_1_by_the_noise_that_is_not_there() -> None:
    found = compared(respondent(CHANGES))
    spread = float(np.var(list(CHANGES.values()))) - 1 * (1 - 1 / 5)
    assert found.headline.value == pytest.approx(1 + (1 + 1) / spread)
    assert found.headline.low is not None
    assert found.headline.low > 0.9


def test_who_always_changes_by_peoples_average_has_none() -> None:
    average = float(np.mean(list(CHANGES.values())))
    found = compared(respondent(dict.fromkeys(FACTORS, average)))
    assert found.headline.low is not None
    assert found.headline.high is not None
    assert found.headline.low <= 0 <= found.headline.high
    assert found.headline.high < 1


def test_who_changes_the_other_way_is_farther_than_ignoring() -> None:
    found = compared(respondent({factor: -4 * change for factor, change in CHANGES.items()}))
    assert found.headline.value is not None
    assert found.headline.value < -1
    assert found.verdict.startswith("Farther from people")


def test_the_headline_is_over_all_subscales_and_each_has_its_own() -> None:
    found = compared(respondent(CHANGES))
    assert set(found.by_subscale) == {"up", "down"}
    assert found.by_subscale["up"].value == pytest.approx(found.headline.value)
    why = "people's changes do not differ between these factors beyond chance"
    assert found.by_subscale["down"] == Estimate.none(why)


def test_the_same_situations_are_compared_one_by_one() -> None:
    shared = compared(respondent(CHANGES), people(situation_set="tiny"))
    assert shared.shares_situations
    assert not compared(respondent(CHANGES)).shares_situations
    # people and respondent move alike within factors too: nothing is left of the noise in their difference
    assert shared.headline.value == pytest.approx(1)
    gap = row(shared, "fear cause 1").gaps["up"].contrast
    assert (gap.difference, gap.note) == (0.0, "the differences do not vary")
    turned = compared(respondent(CHANGES, wobble=-1.0), people(situation_set="tiny"))
    # differences by situation: ±2 within each factor, pooled over the emotion's two factors
    assert row(turned, "fear cause 1").gaps["up"].contrast.standard_error == pytest.approx(2.0)


def test_who_is_made_from_the_norm_shares_peoples_errors() -> None:
    asked = respondent(CHANGES, respondent="copy")
    plain = compared(asked)
    made = compared(asked, made_from=[("copy", "people")])
    assert (plain.is_made_from_norm, made.is_made_from_norm) == (False, True)
    assert made.headline.value is not None
    assert plain.headline.value is not None
    # only its own noise is taken off, not people's
    assert made.headline.value - 1 == pytest.approx((plain.headline.value - 1) / 2)
    assert not compared(asked, made_from=[("other", "people"), ("copy", "others")]).is_made_from_norm


# differences in differences


def test_gaps_by_hand_where_only_factors_are_shared() -> None:
    moved = {factor: change + 3 for factor, change in CHANGES.items()}
    found = compared(respondent(moved, design="independent"))
    assert [(one.label, one.kind) for one in found.rows] == [
        ("anger cause 1", "factor"),
        ("anger cause 2", "factor"),
        ("Anger", "emotion"),
        ("guilt cause 1", "factor"),
        ("Guilt", "emotion"),
        ("fear cause 1", "factor"),
        ("fear cause 2", "factor"),
        ("Fear", "emotion"),
        ("Overall", "overall"),
    ]
    fear = row(found, "Fear")
    contrast = fear.gaps["up"].contrast
    assert (fear.n_situations, fear.n_people) == (4, 20)
    # variances within factors are 2 on both sides, over 2 degrees of freedom; the baseline's is 1/3 over 2
    own = stratified_mean([4, 6, 17, 19], [1, 1, 2, 2])
    assert contrast.difference == pytest.approx(3.0)
    assert contrast.standard_error == pytest.approx(math.sqrt((own.standard_error or 0) ** 2 * 2 + 1 / 3))
    assert contrast.df == pytest.approx((0.5 + 0.5 + 1 / 3) ** 2 / (0.25 / 2 + 0.25 / 2 + (1 / 9) / 2))
    assert contrast.low is not None
    assert contrast.low < 3 < (contrast.high or 0)
    overall = row(found, "Overall")
    assert (overall.n_situations, overall.n_people) == (10, 50)
    assert overall.gaps["up"].contrast.difference == pytest.approx(3.0)


def test_p_is_adjusted_within_factors_emotions_and_overall() -> None:
    found = compared(respondent({factor: 2.5 * change for factor, change in CHANGES.items()}, wobble=0.3))
    for kind, n_tests in (("factor", 5), ("emotion", 3), ("overall", 1)):
        contrasts = [one.gaps["up"].contrast for one in found.rows if one.kind == kind]
        assert {one.family for one in contrasts} == {f"{kind} rows × subscales: {WHO} against people"}
        # ``down`` does not vary, so that it has no test
        assert {one.n_tests for one in contrasts} == {n_tests}
        assert all(one.p_holm is not None and one.p is not None and one.p_holm >= one.p for one in contrasts)


def test_equivalence_is_against_half_a_standard_deviation_or_what_is_asked() -> None:
    found = compared(respondent(CHANGES, wobble=0.1), people(spread=0.1))
    assert found.margins == {"up": 1.0, "down": 1.0}
    gap = row(found, "Overall").gaps["up"]
    c = gap.contrast
    assert gap.equivalence == tost(c.difference or 0.0, c.standard_error or 0.0, c.df or 0.0, 1.0)
    assert gap.equivalence.is_equivalent
    asked = compared(respondent(CHANGES, wobble=0.1), people(spread=0.1), margin=0.05)
    assert asked.margins == {"up": 0.05, "down": 0.05}
    assert not row(asked, "Overall").gaps["up"].equivalence.is_equivalent


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    with pytest.raises(EmotionBenchError, match="is not a number above 0"):
        check_margin(margin)
    with pytest.raises(EmotionBenchError, match="is not a number above 0"):
        compared(respondent(CHANGES), margin=margin)
    check_margin(None)


def test_the_baseline_is_compared_with_peoples() -> None:
    found = compared(respondent(CHANGES, design="independent"))
    gap = found.baseline["up"]
    assert gap.contrast.difference == -2.0
    assert gap.contrast.standard_error == pytest.approx(math.sqrt(1 / 3 + 9 / 100))
    assert gap.equivalence.margin == 1.5  # half of people's SD before, which is 3
    # a respondent that never varies is still compared: people do
    assert found.baseline["down"].contrast.standard_error == pytest.approx(0.3)


# agreement over factors


def test_agreement_is_over_factors_beside_what_people_reach() -> None:
    ceiling = {"value": 0.9, "low": 0.8, "high": 0.95}
    agreement = {"up": {"correlation": ceiling, "concordance": {**ceiling, "value": 0.85}, "n_splits": 100}}
    found = compared(respondent({f: 2 * c + 1 for f, c in CHANGES.items()}), people(agreement=agreement))
    assert found.correlation["up"].value == pytest.approx(1)
    x, y = np.array([2 * c + 1 for c in CHANGES.values()]), np.array(list(CHANGES.values()))
    lin = 2 * np.cov(x, y, ddof=0)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    assert found.concordance["up"].value == pytest.approx(lin)
    assert found.correlation["down"] == Estimate.none("one side does not vary")
    assert found.ceiling == {"up": Ceiling(Estimate(0.9, 0.8, 0.95), Estimate(0.85, 0.8, 0.95), 100), "down": None}


def test_points_hold_both_sides_of_every_factor() -> None:
    found = compared(respondent(CHANGES, design="independent"))
    assert [point.factor for point in found.points] == list(FACTORS)
    point = found.points[3]
    assert (point.factor_name, point.emotion, point.n_situations, point.n_people) == ("fear cause 1", "fear", 2, 10)
    assert (point.respondent["up"].value, point.people["up"].value) == (-5.0, -5.0)
    expected = stratified_mean([-6, -4, 7, 9], [1, 1, 2, 2], None, [True, True, False, False]).interval()
    assert (point.people["up"].low, point.people["up"].high) == pytest.approx(expected)
    assert point.people["down"] == Estimate(-1.0, why="no variation to estimate an interval from")


# calm


def with_negative(after: float, *, wobble: float = 1.0, factors: tuple[str, ...] = FACTORS) -> Alignment:
    """A respondent whose negative affect after every situation is ``after``; people's is 12 + their change."""
    scores = respondent(dict.fromkeys(factors, after - 10), wobble=wobble)
    frame = scores.frame().with_columns(subscale=pl.col("subscale").replace({"up": "negative"}))
    content = json.loads(people().model_dump_json().replace('"up"', '"negative"'))
    names = {"MOOD": {"negative": "Negative", "down": "Down"}}
    (found,) = alignments(frame, names, [Norm.model_validate(content)])
    return found


def test_calm_is_how_far_negative_affect_stays_below_peoples() -> None:
    average = 12 + float(np.mean(list(CHANGES.values())))
    calm = with_negative(6.0)
    assert calm.calm.value == pytest.approx(average - 6)
    assert calm.calm.low is not None
    assert calm.calm.low > 0
    assert calm.calm_verdict.startswith("Calmer than people: 10.0 points less")
    upset = with_negative(30.0)
    assert upset.calm.value == pytest.approx(average - 30)
    assert upset.calm_verdict.startswith("Less calm than people: 14.0 points more")
    assert with_negative(average).calm_verdict.startswith("Reports about as much")


def test_calm_needs_negative_affect_and_factors_of_people() -> None:
    assert compared(respondent(CHANGES)).calm == Estimate.none("the instrument has no negative affect")
    strange = with_negative(6.0, factors=("awe-1", "awe-2"))
    assert strange.calm == Estimate.none(NO_FACTORS)
    assert strange.calm_verdict == f"Calm is not estimable: {NO_FACTORS}."


def test_calm_without_an_interval_says_why() -> None:
    one = with_negative(6.0, factors=("fear-1",))
    assert one.calm.low is not None
    frame = respondent({"fear-1": 3.0}).frame()
    single = frame.filter((pl.col("situation") == "fear-1-1") | (pl.col("session") == "fear-1-1"))
    (found,) = alignments(
        single.with_columns(subscale=pl.col("subscale").replace({"up": "negative"})),
        {"MOOD": {"negative": "Negative"}},
        [Norm.model_validate(json.loads(people().model_dump_json().replace('"up"', '"negative"')))],
    )
    assert found.calm.value is not None
    assert found.calm.low is None
    assert found.calm_verdict.startswith("Whether it is as calm as people cannot be told: one unit only")


# what cannot be compared


def test_only_factors_that_people_imagined_are_compared() -> None:
    found = compared(respondent({**CHANGES, "awe-1": 50.0, "fear-3": 50.0}))
    assert found.n_factors == 5
    assert {one.factor for one in found.rows} == {*FACTORS, None}
    assert row(found, "Fear").n_situations == 4
    assert found.headline == compared(respondent(CHANGES)).headline
    assert found.n_people == 50


def test_no_shared_factor() -> None:
    found = compared(respondent({"awe-1": 1.0, "awe-2": 2.0}))
    assert found.headline == Estimate.none(NO_FACTORS)
    assert found.verdict == f"Alignment is not estimable: {NO_FACTORS}."
    assert (found.n_factors, found.n_people, found.rows, found.points) == (0, 0, (), ())
    assert found.correlation["up"] == Estimate.none("fewer than three pairs")
    assert not found.shares_situations
    # the baseline needs no factor
    assert found.baseline["up"].contrast.difference == -2.0


def test_no_shared_factor_of_the_same_set_shares_no_situation() -> None:
    assert not compared(respondent({"awe-1": 1.0, "awe-2": 2.0}), people(situation_set="tiny")).shares_situations


def test_baselines_alone() -> None:
    found = compared(Scores().baseline(10).baseline(11))
    assert (found.situation_set, found.headline) == ("", Estimate.none(NO_FACTORS))
    assert found.baseline["up"].contrast.difference == -1.5


def test_few_factors() -> None:
    found = compared(respondent({"fear-1": 1.0, "fear-2": 2.0}))
    assert found.headline.why == "fewer than 3 factors that people imagined too"
    assert [one.kind for one in found.rows] == ["factor", "factor", "emotion"]


def test_without_a_baseline() -> None:
    scores = Scores()
    for factor in FACTORS:
        scores.evoked(f"{factor}-1", 3).evoked(f"{factor}-2", 4)
    found = compared(scores)
    assert found.headline == Estimate.none("no baseline")
    gap = row(found, "Fear").gaps["up"]
    assert (gap.contrast.difference, gap.contrast.note) == (None, "no scored baseline")
    assert gap.equivalence.why == "not estimable: no scored baseline"
    assert found.points[0].respondent["up"] == Estimate(None, why="no scored baseline")
    assert found.correlation["up"] == Estimate.none("fewer than three pairs")


def test_one_situation_a_factor() -> None:
    scores = respondent(CHANGES)
    scores.rows = [one for one in scores.rows if not str(one["session"]).endswith("-2")]
    found = compared(scores)
    assert found.headline.why == "one situation a factor, so that nothing says how situations vary"
    # nothing says how situations of one factor vary: all of an emotion stand in for it
    assert row(found, "Fear").gaps["up"].contrast.p is not None
    assert row(found, "fear cause 1").gaps["up"].contrast.note is not None
    assert row(found, "fear cause 1").gaps["up"].equivalence.is_equivalent is None
    point = found.points[0].respondent["up"]
    assert (point.low, point.why) == (None, "one unit only, so that nothing says how units vary")


def test_one_situation_at_all() -> None:
    scores = respondent({"fear-1": 1.0})
    scores.rows = [one for one in scores.rows if not str(one["session"]).endswith("-2")]
    found = compared(scores)
    assert found.headline.why == "one situation a factor, so that nothing says how situations vary"
    assert row(found, "Fear").gaps["up"].contrast.difference == pytest.approx(0 - (-5))


def test_everything_refused() -> None:
    scores = Scores().baseline(None, None).baseline(None, None)
    for factor in FACTORS:
        scores.evoked(f"{factor}-1", None, None)
    found = compared(scores)
    assert found.headline == Estimate.none("no factor that people imagined has scores")
    assert found.baseline["up"].contrast.note == "no scored baseline"
    assert (found.rows, found.n_factors) == ((), 0)


def test_scores_that_do_not_vary_leave_peoples_uncertainty() -> None:
    found = compared(respondent(dict.fromkeys(FACTORS, 0.0), wobble=0.0))
    assert found.headline.value is not None
    assert found.headline.low is not None
    gap = row(found, "fear cause 2").gaps["up"].contrast
    assert (gap.difference, gap.standard_error) == (-8.0, pytest.approx(1.0))
    assert row(found, "fear cause 2").gaps["down"].contrast.note == "the scores do not vary"
    assert row(found, "fear cause 2").gaps["down"].equivalence.why == "not estimable: the scores do not vary"


def test_without_a_spread_of_people_there_is_no_margin() -> None:
    content = people().model_dump()
    content["rows"][0]["subscales"]["up"]["change"]["sd"] = 0.0
    content["rows"][0]["subscales"]["up"]["baseline"]["sd"] = 0.0
    asked, whole = respondent(CHANGES, design="independent"), people()
    found = compared(asked, Norm.model_validate(content))
    why = "not estimable: people do not vary, so that there is no margin"
    for gap in (row(found, "Fear").gaps["up"], found.baseline["up"]):
        assert gap.contrast.p is not None
        assert (gap.equivalence.is_equivalent, gap.equivalence.why) == (None, why)
    assert found.headline == compared(asked, whole).headline
    # a margin that is asked for needs no spread
    asked_for = compared(asked, Norm.model_validate(content), margin=2.0)
    assert row(asked_for, "Fear").gaps["up"] == row(compared(asked, whole, margin=2.0), "Fear").gaps["up"]


def test_a_norm_without_situations_counts_persons() -> None:
    found = compared(respondent(CHANGES), people(situations=[]))
    contrast = row(found, "guilt cause 1").gaps["up"].contrast
    assert contrast.standard_error == pytest.approx(math.sqrt(1 + 2.0**2 / 10))
    assert found.headline.value is not None
    assert not found.shares_situations


def test_a_norm_of_other_subscales_compares_nothing() -> None:
    content = json.loads(people().model_dump_json().replace('"up"', '"joy"').replace('"down"', '"gloom"'))
    found = compared(respondent(CHANGES), Norm.model_validate(content))
    assert found.headline == Estimate.none("people did not answer any of these subscales")
    assert (found.n_factors, found.rows, found.points, found.shares_situations) == (0, (), (), False)
    assert (found.by_subscale, found.margins, found.baseline) == ({}, {}, {})


def test_only_shared_subscales_are_compared() -> None:
    found = compared(respondent(CHANGES), names={"up": "Up"})
    assert set(found.by_subscale) == set(found.margins) == {"up"}
    assert found.headline.value == pytest.approx(compared(respondent(CHANGES)).headline.value)


def test_people_and_instruments_without_a_norm_are_left_out() -> None:
    for scores, norms in ((respondent(CHANGES, kind="human"), (people(),)), (respondent(CHANGES), ())):
        assert alignments(scores.frame(), {"MOOD": SUBSCALES}, norms) == ()


def test_each_part_is_compared() -> None:
    frame = pl.concat(
        [respondent(CHANGES, respondent="a").frame(), respondent(CHANGES, respondent="b", design="independent").frame()]
    )
    found = alignments(frame, {"MOOD": SUBSCALES}, [people()])
    assert [(one.respondent, one.design, one.norm) for one in found] == [
        ("a", "paired", "people"),
        ("b", "independent", "people"),
    ]


def test_calm_and_gaps_agree_with_the_tests_they_are_made_of() -> None:
    found = with_negative(6.0, factors=("guilt-1",))
    # two situations on each side: 5 and 7 against 12 and 14
    expected = welch_t([5, 7], [12, 14])
    assert (found.calm.low, found.calm.high) == pytest.approx((expected.low, expected.high))
    assert plain_mean([5, 7]).value == 6.0
