from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from emotionbench.statistics.contrasts import Moments, moments, welch_t
from emotionbench.statistics.effect_sizes import EffectSize, hedges_g, noncentrality_limits
from emotionbench.statistics.summaries import glass_delta, mean_of, percentile_of, welch_of

R = json.loads((Path(__file__).parents[1] / "fixtures" / "summaries.json").read_text())
PEOPLE = Moments(112, 4.92, 0.76)


def figures(found: Any) -> list[float | None]:
    return [found.value, found.low, found.high]


def sides(case: dict[str, Any]) -> tuple[Moments, Moments]:
    first, second = (Moments(case["n"][i], case["mean"][i], case["sd"][i]) for i in (0, 1))
    return first, second


@pytest.mark.parametrize("case", R["welch"], ids=lambda case: f"{case['n']}")
def test_everything_agrees_with_r(case: dict[str, Any]) -> None:
    first, second = sides(case)
    found = welch_of(first, second)
    assert (found.t, found.df) == pytest.approx((case["t"], case["df"]), rel=1e-9)
    assert found.p == pytest.approx(case["p"], rel=1e-6)
    assert [found.low, found.high] == pytest.approx(case["interval"], rel=1e-9)
    assert figures(found.effects[0]) == pytest.approx(case["g"], abs=1e-7)
    delta = glass_delta(first, second)
    assert figures(delta) == pytest.approx(case["delta"], abs=1e-7)
    assert figures(percentile_of(delta)) == pytest.approx(case["percentile"], abs=1e-5)


@pytest.mark.parametrize("second", [Moments(10, 5.31, 0.22), Moments(3, 1.0, 2.5), Moments(400, 4.9, 0.8)])
def test_the_test_agrees_with_scipy(second: Moments) -> None:
    found = welch_of(PEOPLE, second)
    theirs = stats.ttest_ind_from_stats(
        second.mean, second.sd, second.n, PEOPLE.mean, PEOPLE.sd, PEOPLE.n, equal_var=False
    )
    assert found.t == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.test == "Welch's t"


def test_it_is_as_exact_as_from_the_scores() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(20, 4, 37), rng.normal(24, 6, 9)
    ours, theirs = welch_of(moments(first), moments(second)), welch_t(first, second)
    for name in ("difference", "low", "high", "t", "df", "p", "standard_error"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-12)
    assert figures(ours.effects[0]) == pytest.approx(figures(hedges_g(first, second)), rel=1e-9)


def test_swapping_the_sides_turns_the_signs() -> None:
    second = Moments(10, 5.31, 0.22)
    one, other = welch_of(PEOPLE, second), welch_of(second, PEOPLE)
    assert one.difference == -(other.difference or 0)
    assert (one.low, one.high) == (-(other.high or 0), -(other.low or 0))
    below, above = (percentile_of(glass_delta(PEOPLE, Moments(10, 4.92 + x, 0.22))) for x in (-0.5, 0.5))
    assert (below.value or 0) + (above.value or 0) == pytest.approx(100)
    assert (below.low or 0) + (above.high or 0) == pytest.approx(100)


def test_a_side_that_does_not_vary_is_tested_by_the_other_alone() -> None:
    found = welch_of(PEOPLE, Moments(10, 5.3, 0.0))
    error = 0.76 / math.sqrt(112)
    assert (found.standard_error, found.df) == pytest.approx((error, 111))
    assert found.p == pytest.approx(2 * stats.t.sf(0.38 / error, 111))
    # delta's interval is then the exact one of the noncentral t
    limits = [limit / math.sqrt(112) for limit in noncentrality_limits(0.38 / error, 111)]
    delta = glass_delta(PEOPLE, Moments(10, 5.3, 0.0))
    assert [delta.low, delta.high] == pytest.approx(limits, abs=1e-8)
    turned = welch_of(Moments(10, 5.3, 0.0), PEOPLE)
    assert turned.t == pytest.approx(-(found.t or 0))


def test_rounding_in_a_mean_is_no_spread() -> None:
    assert mean_of(Moments(3, 0.1, 1e-17)).sd == 0
    assert mean_of(Moments(3, 1e6, 1e-5)).sd == 0
    assert mean_of(Moments(3, 0.1, 1e-5)).sd == 1e-5


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (PEOPLE, Moments(0, None, None), "no scores"),
        (PEOPLE, Moments(1, 5.0, None), "one score only, so that nothing says how scores vary"),
        (Moments(5, 4.0, 0.0), Moments(5, 5.0, 0.0), "the scores do not vary"),
    ],
)
def test_what_cannot_be_had_says_why(first: Moments, second: Moments, why: str) -> None:
    found = welch_of(first, second)
    assert (found.t, found.p, found.low, found.effects, found.note) == (None, None, None, (), why)
    assert (found.difference is None) == (second.mean is None)


def test_one_score_has_a_percentile_without_an_interval() -> None:
    found = percentile_of(glass_delta(PEOPLE, Moments(1, 5.68, None)))
    assert found.value == pytest.approx(100 * stats.norm.cdf(1))
    assert (found.low, found.high) == (None, None)
    assert found.why == "one score only, so that nothing says how scores vary"
    assert percentile_of(glass_delta(PEOPLE, Moments(0, None, None))).why == "no scores"
    flat = glass_delta(Moments(5, 4.0, 0.0), PEOPLE)
    assert flat == EffectSize("glass_delta", None, why="the scores to be compared with do not vary")


@pytest.mark.parametrize(
    ("n_people", "n", "sd", "delta"),
    [
        (30, 3, 0.3, 0.0),
        (112, 10, 0.3, 1.5),
        (20, 5, 1.5, 3.0),
        (20, 5, 0.0, 2.0),
        (500, 10, 0.3, -2.0),
        (10, 4, 0.5, 1.0),
    ],
)
def test_the_interval_of_delta_covers_it(n_people: int, n: int, sd: float, delta: float) -> None:
    rng, n_studies = np.random.default_rng(1), 800
    covered = 0
    for _ in range(n_studies):
        found = glass_delta(moments(rng.normal(0, 1, n_people)), moments(rng.normal(delta, sd, n)))
        covered += (found.low or 0) <= delta <= (found.high or 0)
    assert covered / n_studies == pytest.approx(0.95, abs=0.022)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Moments(6076, 3.0, 0.5), Moments(10, 50.0, 0.0)),
        (Moments(2, 3.0, 0.5), Moments(2, -500.0, 100.0)),
        (Moments(10**6, 3.0, 1.0), Moments(10**6, 3.1, 1.0)),
        (Moments(3, 3.0, 1e-3), Moments(10, 50.0, 0.0)),
    ],
)
def test_far_ends_are_finite(first: Moments, second: Moments) -> None:
    delta = glass_delta(first, second)
    assert delta.low is not None
    assert delta.low < (delta.value or 0) < (delta.high or 0) < math.inf
    found = percentile_of(delta)
    assert all(0 <= (end if end is not None else -1) <= 100 for end in figures(found))
