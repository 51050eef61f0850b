from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from emotionbench.statistics.contrasts import stratified_mean
from emotionbench.statistics.expected_width import ONE_UNIT, c4, expected_width, has_interval

N_STUDIES = 4000


def simulated(
    counts: list[int], pools: list[int], chosen: list[bool], sd: float, centres: list[float]
) -> tuple[float, float, float]:
    """Mean half-width with its Monte Carlo error, and the share of intervals that hold the truth."""
    random = np.random.default_rng(5)
    strata = np.repeat(np.arange(len(counts)), counts)
    truth = float(np.mean(np.array(centres)[chosen]))
    widths, holds = [], []
    for _ in range(N_STUDIES):
        scores = np.array(centres)[strata] + random.normal(0, sd, strata.size)
        mean = stratified_mean(scores, strata, np.array(pools)[strata], np.array(chosen)[strata])
        low, high = mean.interval()
        assert low is not None
        assert high is not None
        widths.append((high - low) / 2)
        holds.append(low <= truth <= high)
    return float(np.mean(widths)), float(np.std(widths) / math.sqrt(N_STUDIES)), float(np.mean(holds))


DESIGNS = {
    "a factor of five": ([5, 5, 5, 5], [0, 0, 0, 0], [True, False, False, False]),
    "an emotion of unequal factors": ([2, 7, 3], [0, 0, 0], [True, True, True]),
    "two emotions": ([3, 3, 2, 2], [0, 0, 1, 1], [True, True, True, True]),
    "eight emotions with few situations": ([2] * 16, [k // 2 for k in range(16)], [True] * 16),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_it_is_what_studies_find_on_average(name: str) -> None:
    counts, pools, chosen = DESIGNS[name]
    found = expected_width(counts, pools, chosen, 9.0)
    mean, error, coverage = simulated(counts, pools, chosen, 3.0, [float(k) for k in range(len(counts))])
    assert found.is_pooled
    assert found.half_width == pytest.approx(mean, abs=4 * error)
    assert coverage == pytest.approx(0.95, abs=0.02)


def test_one_unit_a_stratum_is_wider_since_strata_differ() -> None:
    centres = [0.0, 4.0, 6.0, 10.0]
    counts, pools, chosen = [1, 1, 1, 1], [0, 0, 0, 0], [True, True, True, True]
    found = expected_width(counts, pools, chosen, 9.0, strata_variance=float(np.var(centres, ddof=1)))
    mean, error, coverage = simulated(counts, pools, chosen, 3.0, centres)
    assert not found.is_pooled
    assert found.half_width == pytest.approx(mean, abs=4 * error)
    assert coverage > 0.97
    assert expected_width(counts, pools, chosen, 0.0, strata_variance=4.0).half_width == pytest.approx(
        float(stats.t.ppf(0.975, 3)) * 2 / 2
    )


def test_one_pool_has_a_closed_form() -> None:
    found = expected_width([4, 4], [0, 0], [True, True], 4.0)
    assert found.half_width == pytest.approx(float(stats.t.ppf(0.975, 6)) * c4(6) * math.sqrt(4.0 / 8))
    wider = expected_width([4, 4], [0, 0], [True, True], 4.0, level=0.99)
    assert wider.half_width == pytest.approx(float(stats.t.ppf(0.995, 6)) * c4(6) * math.sqrt(4.0 / 8))


def test_c4_is_the_mean_of_a_standard_deviation() -> None:
    for df in (1, 4, 30):
        assert c4(df) == pytest.approx(float(stats.chi.mean(df)) / math.sqrt(df))
    assert c4(2000) == pytest.approx(1.0, abs=2e-4)


def test_a_single_unit_has_no_interval() -> None:
    found = expected_width([1, 1], [0, 0], [True, False], 4.0)
    assert (found.half_width, found.why) == (None, ONE_UNIT)
    assert expected_width([1, 3], [0, 0], [True, False], 4.0).half_width is not None


@pytest.mark.parametrize(
    ("counts", "pools", "chosen", "has"),
    [
        ([1, 1], [0, 0], [True, False], False),
        ([1, 1], [0, 0], [True, True], True),
        ([1, 3], [0, 0], [True, False], True),
        ([1, 3], [0, 1], [True, False], False),
        ([1, 3], [0, 1], [True, True], True),
        ([3], [0], [False], False),
    ],
)
def test_whether_there_will_be_a_test(counts: list[int], pools: list[int], chosen: list[bool], has: bool) -> None:
    assert has_interval(counts, pools, chosen) is has
    if any(chosen):
        assert (expected_width(counts, pools, chosen, 4.0).half_width is not None) is has
        strata = np.repeat(np.arange(len(counts)), counts)
        scores = np.random.default_rng(1).normal(size=strata.size)
        mean = stratified_mean(scores, strata, np.array(pools)[strata], np.array(chosen)[strata])
        assert (mean.interval()[0] is not None) is has


def test_no_variance_no_width() -> None:
    assert expected_width([3, 3], [0, 1], [True, True], 0.0).half_width == 0.0


@pytest.mark.parametrize(
    ("counts", "chosen", "variance", "level"),
    [
        ([2], [False], 1.0, 0.95),
        ([0], [True], 1.0, 0.95),
        ([2], [True], -1.0, 0.95),
        ([2], [True], math.nan, 0.95),
        ([2], [True], 1.0, 1.0),
    ],
)
def test_nonsense_is_refused(counts: list[int], chosen: list[bool], variance: float, level: float) -> None:
    with pytest.raises(ValueError, match="a row needs"):
        expected_width(counts, [0], chosen, variance, level=level)
