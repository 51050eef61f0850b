from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emotionbench.comparisons.norm_comparison import (
    ADMINISTRATIONS,
    SAME_EVERY_TIME,
    NormComparison,
    norm_comparisons,
    norms_for,
)
from emotionbench.materials.original_psychobench import convert_norms, convert_questionnaires
from emotionbench.statistics.adjustment import holm
from norm_helpers import NORM, comparisons, frame, norm
from small_materials import INSTRUMENT, changed, instrument

UP = [12.0, 14.0, 11.0, 13.0, 15.0]
DOWN = [4.0, 5.0, 4.0, 6.0, 5.0]


def of(found: tuple[NormComparison, ...], group: str, subscale: str) -> NormComparison:
    (one,) = [one for one in found if (one.group, one.subscale) == (group, subscale)]
    return one


def test_a_comparison_by_hand_and_by_scipy() -> None:
    one = of(comparisons(frame(UP, DOWN)), "women", "up")
    assert (one.respondent, one.kind, one.instrument, one.norm, one.name) == (
        "someone",
        "llm",
        "MOOD-6",
        "mood-people",
        "Up",
    )
    assert (one.n, one.own.mean, one.own.sd) == (5, 13.0, pytest.approx(math.sqrt(2.5)))
    assert (one.people.n, one.people.mean, one.people.sd) == (112, 10.2, 2.1)
    assert (one.lowest, one.highest) == (4, 16)
    theirs = stats.ttest_ind_from_stats(13.0, math.sqrt(2.5), 5, 10.2, 2.1, 112, equal_var=False)
    contrast = one.contrast
    assert (contrast.t, contrast.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
    error = math.sqrt(2.5 / 5 + 2.1**2 / 112)
    margin = stats.t.ppf(0.975, contrast.df) * error
    assert (contrast.difference, contrast.low, contrast.high) == pytest.approx((2.8, 2.8 - margin, 2.8 + margin))
    assert contrast.effects[0].name == "hedges_g"
    assert one.delta.value == pytest.approx(2.8 / 2.1)
    assert one.percentile.value == pytest.approx(100 * stats.norm.cdf(2.8 / 2.1))
    assert (one.percentile.low or 0) < (one.percentile.value or 0) < (one.percentile.high or 0)


def test_the_scores_of_persons_give_the_same_as_their_summary() -> None:
    rng = np.random.default_rng(3)
    people = rng.normal(9, 2, 40)
    own = rng.normal(11, 1, 8).tolist()
    text = changed(NORM, "{mean: 10.2, sd: 2.1}", f"{{mean: {people.mean()}, sd: {people.std(ddof=1)}}}").replace(
        "n: 112", "n: 40"
    )
    one = of(comparisons(frame(own), norms=[norm(text)]), "women", "up")
    theirs = stats.ttest_ind(own, people, equal_var=False)
    assert (one.contrast.t, one.contrast.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))


def test_holm_is_within_a_group() -> None:
    found = comparisons(frame(UP, DOWN))
    for group in ("women", "men"):
        own = [one for one in found if one.group == group]
        assert [one.contrast.p_holm for one in own] == pytest.approx(holm([one.contrast.p for one in own]))
        assert {one.contrast.n_tests for one in own} == {2}
    assert len({one.contrast.family for one in found}) == 2


def test_rows_stand_in_order_of_group_and_subscale() -> None:
    found = comparisons(frame(UP, DOWN))
    assert [(one.group, one.subscale) for one in found] == [
        ("women", "up"),
        ("women", "down"),
        ("men", "up"),
        ("men", "down"),
    ]


def test_only_the_baseline_counts_and_what_is_missing_is_counted() -> None:
    evoked = frame([4.0, 4.0], condition="evoked", situation_kind="evoking")
    found = comparisons(frame([12.0, None, 14.0, None], [4.0, 5.0, 5.0, None]), evoked)
    up, down = of(found, "men", "up"), of(found, "men", "down")
    assert (up.n, up.own.mean, up.n_excluded) == (2, 13.0, {"refused": 2})
    assert (down.n, down.n_excluded) == (3, {"refused": 1})


def test_respondents_and_ways_of_asking_are_compared_apart() -> None:
    found = comparisons(
        frame(UP), frame([9.0, 10.0], protocol="persona hero"), frame([5.0, 6.0], respondent="else", kind="synthetic")
    )
    assert [(one.respondent, one.protocol, one.n) for one in found if (one.group, one.subscale) == ("men", "up")] == [
        ("someone", "plain", 5),
        ("someone", "persona hero", 2),
        ("else", "plain", 2),
    ]


def test_a_respondent_without_spread_is_tested_by_peoples_variance_and_says_so() -> None:
    one = of(comparisons(frame([12.0] * 6)), "women", "up")
    error = 2.1 / math.sqrt(112)
    assert one.own.sd == 0
    assert SAME_EVERY_TIME in one.notes
    assert (one.contrast.standard_error, one.contrast.df) == pytest.approx((error, 111))
    assert one.contrast.p == pytest.approx(2 * stats.t.sf(1.8 / error, 111))
    assert one.own_interval == (None, None)
    assert SAME_EVERY_TIME not in of(comparisons(frame(UP)), "women", "up").notes


def test_prorated_scores_that_differ_by_rounding_are_the_same() -> None:
    one = of(comparisons(frame([11.3, math.nextafter(11.3, 12), 11.3])), "women", "up")
    assert one.own.sd == 0


def test_one_administration_has_a_percentile_and_no_test() -> None:
    one = of(comparisons(frame([12.0])), "women", "up")
    assert (one.contrast.difference, one.contrast.p, one.contrast.low) == (pytest.approx(1.8), None, None)
    assert one.contrast.note == one.percentile.why == "one score only, so that nothing says how scores vary"
    assert one.percentile.value == pytest.approx(100 * stats.norm.cdf(1.8 / 2.1))


def test_no_score_at_all_says_so() -> None:
    one = of(comparisons(frame([None, None])), "women", "up")
    assert (one.n, one.own.mean, one.contrast.difference, one.percentile.value) == (0, None, None, None)
    assert one.contrast.note == one.percentile.why == "no scores"
    assert one.contrast.p_holm is None


def test_people_are_not_told_that_repeats_are_no_persons() -> None:
    assert ADMINISTRATIONS in of(comparisons(frame(UP)), "men", "up").notes
    assert of(comparisons(frame(UP, kind="human")), "men", "up").notes == ()


def test_a_group_may_lack_a_subscale() -> None:
    text = changed(NORM, "      down: {mean: 4.1, sd: 1.2}\n", "")
    found = comparisons(frame(UP, DOWN), norms=[norm(text)])
    assert [(one.group, one.subscale) for one in found] == [("women", "up"), ("women", "down"), ("men", "up")]
    assert found[-1].contrast.n_tests == 1


def test_norms_are_found_by_id_and_family_in_any_letter_case() -> None:
    people = norm(changed(NORM, "[MOOD-6]", "[mood-6, OTHER]"))
    translated = instrument(changed(INSTRUMENT, "id: MOOD-6\n", "id: MOOD-6-de\nfamily: MOOD-6\n"))
    stranger = instrument(changed(INSTRUMENT, "id: MOOD-6\n", "id: MOOD-60\n"))
    assert list(norms_for(instrument(), [people])) == [people]
    assert list(norms_for(translated, [people])) == [people]
    assert list(norms_for(stranger, [people])) == []
    assert comparisons(frame(UP), norms=[norm(changed(NORM, "[MOOD-6]", "[OTHER]"))]) == ()


def test_every_figure_is_json() -> None:
    found = comparisons(frame(UP, DOWN), frame([12.0], respondent="one"), frame([None], respondent="none"))
    text = json.dumps([asdict(one) for one in found], allow_nan=False)
    assert len(json.loads(text)) == 12


def _scores(name: str, values: dict[str, list[float]], label: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {
            "administration": str(repeat),
            "subscale": key,
            "value": value,
            "outcome": "answered",
            "instrument": name,
            **label,
        }
        for key, of_key in values.items()
        for repeat, value in enumerate(of_key)
    ]
    return pl.DataFrame(rows)


def test_the_big_five_beside_the_originals_norm(upstream: Path) -> None:
    """A respondent with mean 3.5 ± 0.5 over 10 runs, beside 6,076 people: Welch's t as the published figures give."""
    file = upstream / "PsychoBench" / "questionnaires.json"
    bfi, people = convert_questionnaires(file)["BFI"], convert_norms(file)["BFI"]
    raw = np.random.default_rng(1).normal(0, 1, 10)
    values = (3.5 + 0.5 * (raw - raw.mean()) / raw.std(ddof=1)).tolist()
    label = {"respondent": "m", "kind": "llm", "protocol": "p", "design": "independent", "condition": "baseline"}
    found = norm_comparisons(_scores(bfi.id, dict.fromkeys(bfi.subscales, values), label), {bfi.id: bfi}, [people])
    assert len(found) == 5
    for one in found:
        assert one.people.n == 6076
        theirs = stats.ttest_ind_from_stats(3.5, 0.5, 10, one.people.mean, one.people.sd, 6076, equal_var=False)
        assert (one.contrast.t, one.contrast.p) == (pytest.approx(theirs.statistic), pytest.approx(theirs.pvalue))
        assert (one.lowest, one.highest) == (1, 5)
    openness = next(one for one in found if one.name == "Openness")
    assert openness.percentile.value == pytest.approx(100 * stats.norm.cdf((3.5 - 3.92) / 0.66))
    assert openness.n == 10
