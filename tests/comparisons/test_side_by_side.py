from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SUBSCALES, Scores
from emotionbench.comparisons.side_by_side import SideBySide, side_by_side
from emotionbench.statistics.contrasts import Contrast, plain_mean
from emotionbench.statistics.effect_sizes import standardised

SITUATIONS = [f"fear-1-{number}" for number in range(1, 7)]


def together(*scores: Scores) -> dict[str, SideBySide]:
    """By subscale."""
    found = side_by_side(pl.concat([one.frame() for one in scores]), {"MOOD": SUBSCALES, "OTHER": SUBSCALES})
    json.dumps([asdict(one) for one in found], allow_nan=False)
    return {one.subscale: one for one in found}


def paired(name: str, changes: Any, situations: list[str] | None = None) -> Scores:
    scores = Scores(respondent=name, design="paired")
    for number, (situation, change) in enumerate(zip(situations or SITUATIONS, changes, strict=True)):
        scores.pair(f"{name} {number}", situation, 10, 10 + float(change))
    return scores


def independent(name: str, baselines: Any, ups: Any) -> Scores:
    scores = Scores(respondent=name)
    for up in baselines:
        scores.baseline(float(up))
    for situation, up in zip(SITUATIONS, ups, strict=True):
        scores.evoked(situation, float(up))
    return scores


def d_av_like(apart: float, contrast: Contrast, sd: float) -> float:
    """d by the average SD of both respondents' situations."""
    assert contrast.standard_error is not None
    assert contrast.df is not None
    found = standardised("d_av", apart, contrast.standard_error, contrast.df, sd, corrected=False).value
    assert found is not None
    return found


STIRS = np.array([1.0, 9, 4, 7, 2, 13])
APART = np.array([3.0, 5, 4, 6, 2, 4])


def test_two_respondents_in_the_same_situations_are_a_paired_t() -> None:
    found = together(paired("a", STIRS), paired("b", STIRS + APART))["up"]
    assert (found.respondents, found.n_situations, found.n_left_out, found.why) == (("a", "b"), 6, 0, None)
    assert (found.instrument, found.protocol, found.situation_set) == ("MOOD", "plain", "tiny")
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.contrast.test) == ("a", "b", "paired t")
    # a balanced crossed model with two respondents: differences by situation
    expected = plain_mean(APART)
    assert pair.contrast.difference == pytest.approx(4.0)
    assert pair.contrast.standard_error == pytest.approx(expected.standard_error, rel=1e-4)
    assert pair.contrast.df == pytest.approx(5, rel=1e-3)
    assert (pair.contrast.low, pair.contrast.high) == pytest.approx(expected.interval(), rel=1e-3)


def test_variances_are_those_of_situations_and_what_is_left() -> None:
    changes = np.stack([STIRS, STIRS + APART])
    found = together(paired("a", changes[0]), paired("b", changes[1]))["up"]
    residual = np.var(APART, ddof=1) / 2
    assert found.residual_variance == pytest.approx(residual, rel=1e-4)
    assert found.situation_variance == pytest.approx(np.var(changes.mean(axis=0), ddof=1) - residual / 2, rel=1e-4)
    contrast = found.pairs[0].contrast
    sd = math.sqrt((np.var(STIRS, ddof=1) + np.var(STIRS + APART, ddof=1)) / 2)
    of_pair = d_av_like(4.0, contrast, sd)
    assert (contrast.effects[0].name, contrast.effects[0].value) == ("d_av", pytest.approx(of_pair))


def test_baselines_of_their_own_add_their_uncertainty() -> None:
    one, other = independent("a", (9, 10, 11), 10 + STIRS), independent("b", (19, 20, 24), 20 + STIRS + APART)
    contrast = together(one, other)["up"].pairs[0].contrast
    assert contrast.difference == pytest.approx(10 + 4 - 11)
    of_baselines = (1 + 7) / 3
    assert contrast.standard_error == pytest.approx(math.sqrt(of_baselines + np.var(APART, ddof=1) / 6), rel=1e-4)
    assert contrast.df is not None
    assert contrast.df < 7


def test_repeats_are_averaged_first() -> None:
    one, other = paired("a", STIRS), paired("b", STIRS + APART)
    again = paired("b", STIRS + APART).pair("more", "fear-1-1", 10, 10 + 1.0 + 3.0)
    assert together(one, again)["up"] == together(one, other)["up"]


def test_every_pair_is_compared_and_adjusted_with_all_subscales() -> None:
    found = together(paired("a", STIRS), paired("b", STIRS + APART), paired("c", STIRS + np.array([0, 1, 0, 2, 1, 0])))
    names = [(pair.first, pair.second) for pair in found["up"].pairs]
    assert names == [("a", "b"), ("a", "c"), ("b", "c")]
    contrasts = [pair.contrast for pair in found["up"].pairs]
    assert {one.family for one in contrasts} == {"pairs of respondents × subscales"}
    # ``down`` never changes, so that it has no tests
    assert {one.n_tests for one in contrasts} == {3}
    assert all(one.p_holm is not None and one.p is not None and one.p_holm >= one.p for one in contrasts)
    a_b, a_c, b_c = (one.difference for one in contrasts)
    assert a_c == pytest.approx((a_b or 0) + (b_c or 0))
    assert {pair.contrast.note for pair in found["down"].pairs} != {None}


def test_only_situations_of_all_are_compared() -> None:
    fewer = paired("b", (STIRS + APART)[:4], [*SITUATIONS[:3], "fear-9-9"])
    found = together(paired("a", STIRS), fewer)["up"]
    assert (found.n_situations, found.n_left_out) == (3, 4)
    assert found.pairs[0].contrast.difference == pytest.approx(4.0)
    without = together(paired("a", STIRS[:3], SITUATIONS[:3]), paired("b", (STIRS + APART)[:3], SITUATIONS[:3]))["up"]
    (pair,), (alone,) = found.pairs, without.pairs
    assert (pair.contrast.standard_error, pair.contrast.n) == (alone.contrast.standard_error, 3)


@pytest.mark.parametrize("shared", [0, 1])
def test_fewer_than_two_situations_of_all_say_so(shared: int) -> None:
    others = [*SITUATIONS[:shared], "fear-8-1", "fear-8-2"]
    found = together(paired("a", STIRS), paired("b", range(len(others)), others))["up"]
    assert (found.pairs, found.n_situations) == ((), shared)
    assert found.why == "fewer than two situations that all of them imagined"
    assert (found.situation_variance, found.residual_variance) == (None, None)


def test_without_a_baseline_there_is_no_difference() -> None:
    contrast = together(independent("a", (), STIRS), independent("b", (1, 2), STIRS + APART))["up"].pairs[0].contrast
    assert (contrast.difference, contrast.note) == (None, "no scored baseline")
    single = together(independent("a", (1,), STIRS), independent("b", (1, 2), STIRS + APART))["up"].pairs[0].contrast
    assert single.difference is not None
    assert (single.p, single.note) == (None, "one unit only, so that nothing says how units vary")


def test_changes_that_do_not_vary_have_no_test() -> None:
    still = together(paired("a", [3.0] * 6), paired("b", [5.0] * 6))["up"]
    contrast = still.pairs[0].contrast
    assert contrast.difference == pytest.approx(2.0)
    assert (contrast.p, contrast.low) == (None, None)
    assert contrast.note
    alike = together(paired("a", STIRS), paired("b", STIRS + 2))["up"].pairs[0].contrast
    assert alike.difference == pytest.approx(2.0)
    assert (alike.p, alike.low) == (None, None)
    assert alike.note


def test_one_alone_is_beside_nobody() -> None:
    assert together(paired("a", STIRS)) == {}
    other = Scores(respondent="b", instrument="OTHER").baseline(1).evoked("fear-1-1", 2)
    assert together(independent("a", (1, 2), STIRS), other) == {}
    elsewhere = Scores(respondent="b").baseline(1).evoked("fear-1-1", 2, situation_set="other")
    assert together(independent("a", (1, 2), STIRS), elsewhere) == {}
    assert together(Scores(respondent="a").baseline(1), Scores(respondent="b").baseline(1)) == {}


def test_one_respondent_in_both_designs_carries_them_in_its_name() -> None:
    found = together(paired("a", STIRS), independent("a", (9, 10, 11), 10 + STIRS + APART), paired("b", STIRS))
    assert found["up"].respondents == ("a (paired)", "a (independent)", "b")


def test_missing_scores_leave_their_situation_out() -> None:
    lacking = paired("b", STIRS + APART).pair("lost", "fear-2-9", 10, None)
    complete = paired("a", [*STIRS, 99.0], [*SITUATIONS, "fear-2-9"])
    found = together(complete, lacking)["up"]
    assert (found.n_situations, found.n_left_out) == (6, 1)
    assert found.pairs[0].contrast.difference == pytest.approx(4.0)


def test_intervals_cover_a_planted_difference() -> None:
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(200):
        stirs = rng.normal(0, 5, 6)
        one, other = stirs + rng.normal(0, 2, 6), stirs + 3 + rng.normal(0, 2, 6)
        contrast = together(paired("a", one), paired("b", other))["up"].pairs[0].contrast
        covered += contrast.low <= 3 <= contrast.high  # type: ignore[operator]
    assert 0.91 <= covered / 200 <= 0.99
