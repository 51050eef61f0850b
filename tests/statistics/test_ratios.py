from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.contrasts import Mean, plain_mean
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.ratios import ratio


def of(top: np.ndarray, bottom: np.ndarray) -> Estimate:
    return ratio(plain_mean(top), plain_mean(bottom), plain_mean(top + bottom))


def test_the_interval_is_where_the_t_test_of_the_difference_does_not_reject() -> None:
    rng = np.random.default_rng(1)
    bottom = rng.normal(6, 2, 12)
    top = 0.5 * bottom + rng.normal(0, 1, 12)
    found = of(top, bottom)
    assert found.value == pytest.approx(top.mean() / bottom.mean())
    for end in (found.low, found.high):
        assert end is not None
        apart = plain_mean(top - end * bottom)
        assert abs(apart.value / apart.standard_error) == pytest.approx(2.2009851600916384)  # t, 11 df, 97.5 %


def test_95_percent_of_intervals_hold_the_ratio() -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(4000):
        bottom = rng.normal(5, 3, 16)
        found = of(0.4 * bottom + rng.normal(0, 1.5, 16), bottom)
        if found.low is not None and found.high is not None:
            held.append(found.low <= 0.4 <= found.high)
    assert len(held) > 3900
    # 95 % of some 3,990; 3.5 standard errors
    assert np.mean(held) == pytest.approx(0.95, abs=0.0121)


def test_a_share_of_nothing_is_not_estimated() -> None:
    rng = np.random.default_rng(3)
    found = of(rng.normal(0, 1, 10), rng.normal(0, 1, 10))
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.why == "the denominator does not differ from 0"


def test_units_that_do_not_vary_have_a_ratio_and_no_interval() -> None:
    found = of(np.full(4, 1.0), np.full(4, 4.0))
    assert (found.value, found.low, found.why) == (0.25, None, "the units do not vary")
    assert of(np.ones(4), np.zeros(4)).why == "the denominator is 0"


def test_without_scores_the_reason_is_passed_on() -> None:
    nothing = Mean(0, None, why="no scores")
    assert ratio(nothing, nothing, nothing) == Estimate(None, None, None, why="no scores")
