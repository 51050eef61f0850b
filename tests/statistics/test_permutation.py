from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from emotionbench.statistics.permutation import p_of_difference, p_of_shares


def test_few_units_are_exchanged_in_every_way() -> None:
    # of the 20 ways to take three of six, the two extreme ones are as far apart
    assert p_of_difference([1, 1, 1], [0, 0, 0]) == pytest.approx(2 / 20)
    # 3 of 4 zero: the one stands on either side; all four ways to choose it are as far apart as observed or farther
    assert p_of_difference([1.0], [0.0, 0.0, 0.0]) == pytest.approx(1 / 4)


def test_groups_that_are_alike_are_never_apart() -> None:
    assert p_of_difference([0.5, 0.5], [0.5, 0.5, 0.5]) == 1.0


def test_a_group_without_units_has_no_test() -> None:
    assert p_of_difference([], [1.0]) is None
    assert p_of_shares([[1, 0], [0, 1]], [True, True], [0, 0]) is None


def test_many_units_are_dealt_out_at_random_the_same_each_time() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(0, 1, 40), rng.normal(0.6, 1, 40)
    found = p_of_difference(first, second)
    assert found == p_of_difference(first, second)
    # Student's test is near to the exchange of so many normal values
    assert found == pytest.approx(float(ttest_ind(first, second).pvalue), abs=0.006)


def test_5_percent_of_alike_groups_are_told_apart_at_5_percent() -> None:
    rng = np.random.default_rng(2)
    alarms = [p_of_difference(rng.random(5) < 0.4, rng.random(8) < 0.4) for _ in range(400)]
    assert sum(p is not None and p < 0.05 for p in alarms) / 400 < 0.07


def test_shares_that_turn_over_are_told_apart() -> None:
    counts = np.array([[8, 2], [7, 3], [9, 1], [8, 2], [2, 8], [1, 9], [3, 7], [2, 8]])
    second = np.array([False] * 4 + [True] * 4)
    p = p_of_shares(counts, second, np.zeros(8))
    assert p is not None
    # two of the 70 ways are as far apart
    assert p == pytest.approx(2 / 70, abs=0.01)


def test_units_change_places_only_within_their_stratum() -> None:
    counts = np.array([[9, 1], [9, 1], [1, 9], [1, 9]])
    second = np.array([False, True, False, True])
    # between the strata all lies apart, within them nothing
    assert p_of_shares(counts, second, [0, 0, 1, 1]) == 1.0


def test_choices_that_go_together_within_a_unit_raise_no_alarm() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        own = rng.beta(1, 1, 16)
        hits = rng.binomial(20, own)
        p = p_of_shares(np.stack([hits, 20 - hits], axis=1), np.arange(16) < 8, np.zeros(16))
        alarms += p is not None and p < 0.05
    assert alarms / 200 < 0.09
