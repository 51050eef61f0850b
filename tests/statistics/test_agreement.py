from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emotionbench.statistics.agreement import (
    SplitHalf,
    concordance,
    correlation,
    spearman_brown,
    split_half_agreement,
)
from emotionbench.statistics.estimate import Estimate

R = json.loads((Path(__file__).parents[1] / "fixtures" / "reliability.json").read_text())["agreement"]
STUDIES = 4000
MEASURES = pytest.mark.parametrize("measure", [correlation, concordance])
Measure = Callable[..., Estimate]


def people(sd: float, seed: int = 1, n_groups: int = 36) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """1,266 persons in groups whose means vary by ``sd``, each person by 1 around the group's."""
    rng = np.random.default_rng(seed)
    groups = np.arange(1266) % n_groups
    return rng.normal(0, sd, n_groups)[groups] + rng.normal(0, 1, groups.size), groups


# correlation and concordance


@MEASURES
@pytest.mark.parametrize("case", R, ids=lambda case: f"K={len(case['first'])}")
def test_agreement_agrees_with_r(measure: Measure, case: dict[str, Any]) -> None:
    found = measure(case["first"], case["second"])
    assert (found.value, found.low, found.high) == pytest.approx(case[measure.__name__], abs=1e-9)


def test_concordance_counts_what_correlation_does_not() -> None:
    x = np.array([1.0, 2, 3, 4, 6])
    y = np.array([1.5, 2, 2, 5, 6])
    assert correlation(x, 3 * y + 7).value == pytest.approx(correlation(x, y).value)
    close, moved, stretched = (concordance(x, other).value for other in (y, y + 2, 3 * y))
    assert close is not None
    assert moved is not None
    assert stretched is not None
    assert 0.9 < close < 1
    assert moved < 0.7
    assert stretched < 0.5
    # Lin (1989): 2 s12 / (s1² + s2² + gap²), moments over K, not K − 1
    assert concordance([0, 2, 4], [1, 2, 3]).value == pytest.approx(2 * 4 / 3 / (8 / 3 + 2 / 3))


@MEASURES
@pytest.mark.parametrize(
    ("first", "second", "value", "why"),
    [
        ([1, 2], [1, 2], None, "fewer than three pairs"),
        ([1, 1, 1, 1, 1], [1, 2, 3, 4, 5], None, "one side does not vary"),
        ([1, 2, 3, 4, 5], [0.3, 0.1 + 0.2, 0.3, 0.3, 0.3], None, "one side does not vary"),
        ([1, 2, 3, 5], [1, 2, 3, 5], 1.0, "fewer than 5 pairs, too few for an interval"),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 1.0, "the pairs, or all but one, lie on one line: no interval"),
    ],
)
def test_what_cannot_be_estimated_says_why(
    measure: Measure, first: list[float], second: list[float], value: float | None, why: str
) -> None:
    found = measure(first, second)
    assert found.value == (None if value is None else pytest.approx(value))
    assert (found.low, found.high, found.why) == (None, None, why)


@MEASURES
def test_one_pair_that_makes_all_the_difference_gives_no_figure_that_is_not_finite(measure: Measure) -> None:
    found = measure([0, 0, 0, 0, 1], [0, 0, 0, 0, 1])
    assert (found.low, found.high) == (None, None)
    lonely = measure([0, 0, 0, 0, 1], [1, 2, 3, 4, 5])
    figures = [one for one in (lonely.value, lonely.low, lonely.high) if one is not None]
    assert figures
    assert all(math.isfinite(one) for one in figures)
    assert (lonely.low is None) == (lonely.why is not None)


@MEASURES
def test_sides_of_unequal_length_are_refused(measure: Measure) -> None:
    with pytest.raises(ValueError, match="3 values on one side and 4 on the other"):
        measure([1, 2, 3], [1, 2, 3, 4])


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("k", [8, 12, 36])
def test_intervals_cover(k: int, rho: float) -> None:
    rng = np.random.default_rng(k)
    x = rng.normal(0, 1, (STUDIES, k))
    y = rho * x + math.sqrt(1 - rho**2) * rng.normal(0, 1, (STUDIES, k))
    for measure in (correlation, concordance):
        found = [measure(a, b) for a, b in zip(x, y, strict=True)]
        rate = np.mean([one.low <= rho <= one.high for one in found])
        assert 0.93 <= rate <= 0.97, measure.__name__


# split halves


@pytest.mark.parametrize(
    ("r", "factor", "expected"), [(0.5, 2, 2 / 3), (0.0, 2, 0.0), (0.8, 3, 12 / 13), (0.6, 0.5, 3 / 7)]
)
def test_spearman_brown_by_hand(r: float, factor: float, expected: float) -> None:
    assert spearman_brown(r, factor) == pytest.approx(expected)


@pytest.mark.parametrize("sd", [0.1, 0.3, 1.0])
def test_split_halves_agree_as_the_variances_say(sd: float) -> None:
    per_group = 1266 / 36
    expected = sd**2 / (sd**2 + 1 / per_group)
    found = [split_half_agreement(*people(sd, seed), n_splits=20) for seed in range(100)]
    correlations = [one.correlation.value for one in found]
    concordances = [one.concordance.value for one in found]
    assert np.mean(correlations) == pytest.approx(expected, abs=0.04)  # type: ignore[arg-type]
    assert np.mean(concordances) == pytest.approx(expected, abs=0.04)  # type: ignore[arg-type]


def test_one_split_by_hand() -> None:
    # two persons a group: every split has one of each on either side, and the correlation follows from which
    values, groups = np.array([1.0, 2, 3, 5, 6, 9]), np.array([0, 0, 1, 1, 2, 2])
    possible = set()
    for swaps in range(8):
        first = [values[2 * g + (swaps >> g & 1)] for g in range(3)]
        second = [values[2 * g + 1 - (swaps >> g & 1)] for g in range(3)]
        possible.add(round(spearman_brown(float(np.corrcoef(first, second)[0, 1])), 9))
    found = {
        round(split_half_agreement(values, groups, n_splits=1, seed=seed).correlation.value, 9)  # type: ignore[arg-type]
        for seed in range(40)
    }
    assert found == possible


def test_the_same_seed_gives_the_same_splits() -> None:
    values, groups = people(0.5)
    one, same, other = (split_half_agreement(values, groups, n_splits=50, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    shuffled = np.random.default_rng(0).permutation(values.size)
    again = split_half_agreement(values[shuffled], groups[shuffled], n_splits=2000, seed=1)
    many = split_half_agreement(values, groups, n_splits=2000, seed=1)
    assert again.correlation.value == pytest.approx(many.correlation.value, abs=0.01)


def test_a_thousand_splits_take_little_time() -> None:
    values, groups = people(0.5)
    start = perf_counter()
    found = split_half_agreement(values, groups, n_splits=1000)
    assert perf_counter() - start < 2
    assert found.n_splits == 1000
    low, value, high = found.correlation.low, found.correlation.value, found.correlation.high
    assert low is not None
    assert value is not None
    assert high is not None
    assert low < value < high


@pytest.mark.parametrize(
    ("values", "groups", "why"),
    [
        ([1.0] * 12, [0, 1, 2] * 4, "the groups do not differ"),
        ([1.0, 2, 3, 4], [0, 0, 1, 1], "fewer than three groups of two persons or more"),
        ([1.0, 2, 3, 4], [0, 1, 2, 3], "fewer than three groups of two persons or more"),
        ([], [], "fewer than three groups of two persons or more"),
    ],
)
def test_what_cannot_be_split_says_why(values: list[float], groups: list[int], why: str) -> None:
    none = Estimate.none(why)
    assert split_half_agreement(values, groups) == SplitHalf(none, none, 0)


def test_lonely_persons_are_left_out() -> None:
    values, groups = people(0.5)
    more = split_half_agreement(np.append(values, 1e6), np.append(groups, 99), n_splits=20)
    assert more == split_half_agreement(values, groups, n_splits=20)


def test_each_value_needs_its_group() -> None:
    with pytest.raises(ValueError, match="2 groups for 3 values"):
        split_half_agreement([1, 2, 3], [0, 1])
