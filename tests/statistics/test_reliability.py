from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.reliability import (
    NEGATIVE,
    NO_SPREAD,
    cronbach_alpha,
    fit_one_factor,
    intraclass,
    mcdonald_omega,
    split_half,
)

R = json.loads((Path(__file__).parents[1] / "fixtures" / "reliability.json").read_text())
STUDIES = 2000
COVERED = (0.93, 0.97)
OF_ITEMS = pytest.mark.parametrize("measure", [cronbach_alpha, mcdonald_omega, split_half])
TABLES = pytest.mark.parametrize("table", R["tables"], ids=lambda table: f"{len(table['items'])} units")
REPEATS = pytest.mark.parametrize("case", R["repeats"], ids=lambda case: f"{len(case['scores'])} situations")
Measure = Callable[[Any], Estimate]
Array = NDArray[np.float64]


def answers(rng: np.random.Generator, n: int, loadings: Array) -> Array:
    """n × k answers of one factor, of variance 1 each."""
    unique = np.sqrt(1 - loadings**2) * rng.normal(0, 1, (n, loadings.size))
    return np.asarray(loadings * rng.normal(0, 1, (n, 1)) + unique)


def omega_of(loadings: Array) -> float:
    return float(loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum()))


def covered(found: list[Estimate], true: float) -> float:
    known = [one for one in found if one.low is not None and one.high is not None]
    assert len(known) > 0.98 * len(found)
    return float(np.mean([one.low <= true <= one.high for one in known]))  # type: ignore[operator]


# items, against R


@TABLES
def test_alpha_agrees_with_psych(table: dict[str, Any]) -> None:
    found = cronbach_alpha(table["items"])
    expected = (table["alpha"], table["alpha_low"], table["alpha_high"])
    assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-9)
    assert found.why is None


@TABLES
def test_omega_agrees_with_psych_and_factanal(table: dict[str, Any]) -> None:
    found = mcdonald_omega(table["items"])
    assert found.value == pytest.approx(table["omega"], abs=1e-8)
    assert found.value == pytest.approx(table["omega_psych"], abs=1e-6)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < table["omega"] < found.high < 1


@TABLES
def test_loadings_agree_with_factanal(table: dict[str, Any]) -> None:
    fitted = fit_one_factor(np.corrcoef(table["items"], rowvar=False))
    assert fitted is not None
    assert fitted[0] == pytest.approx(table["loadings"], abs=1e-7)
    assert fitted[1] == pytest.approx(table["uniquenesses"], abs=1e-7)


@TABLES
def test_split_halves_agree_with_r(table: dict[str, Any]) -> None:
    assert split_half(table["items"]).value == pytest.approx(table["split_half"], abs=1e-9)


# items, by hand


def test_alpha_by_hand() -> None:
    # variances 1 and 1, covariance 0.5 of two items: 2 × (1 − 2 / 3)
    assert cronbach_alpha([[1, 1], [2, 3], [3, 2]]).value == pytest.approx(2 / 3)


def test_omega_is_alpha_where_items_are_parallel() -> None:
    covariance = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    fitted = fit_one_factor(covariance)
    assert fitted is not None
    assert fitted[0] == pytest.approx(np.sqrt(0.4))
    assert omega_of(fitted[0]) == pytest.approx(5 * 0.4 / (1 + 4 * 0.4))


def test_a_factor_that_leaves_an_item_nothing_of_its_own_stays_at_the_bound() -> None:
    loadings = np.array([0.9999, 0.6, 0.5, 0.4])
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1)
    fitted = fit_one_factor(correlation)
    assert fitted is not None
    assert fitted[1][0] == pytest.approx(0.005)
    assert fitted[0][1:] == pytest.approx(loadings[1:], abs=0.01)


def test_the_items_of_a_sum_count_with_their_variances() -> None:
    table = np.array(R["tables"][0]["items"], dtype=float)
    stretched = table * np.array([4, 1, 1, 1, 1, 1])
    assert cronbach_alpha(stretched).value != pytest.approx(cronbach_alpha(table).value, abs=1e-3)
    assert mcdonald_omega(stretched).value != pytest.approx(mcdonald_omega(table).value, abs=1e-3)
    for measure in (cronbach_alpha, mcdonald_omega, split_half):
        assert measure(table * 3 + 2).value == pytest.approx(measure(table).value)


@OF_ITEMS
def test_units_with_anything_missing_are_left_out_of_the_estimate_and_of_its_n(measure: Measure) -> None:
    table = np.array(R["tables"][0]["items"], dtype=float)
    holes = np.vstack([table, table[:5]])
    holes[-5:, 2] = np.nan
    assert measure(holes) == measure(table)


@OF_ITEMS
def test_items_that_do_not_vary_are_left_out_and_said(measure: Measure) -> None:
    table = np.array(R["tables"][0]["items"], dtype=float)
    one, two = (measure(np.column_stack([table, *[np.full(len(table), 3.0)] * n])) for n in (1, 2))
    known = measure(table)
    assert (one.value, one.low, one.high) == (known.value, known.low, known.high)
    assert one.why is not None
    assert two.why is not None
    assert one.why.startswith("1 item does not vary and is left out")
    assert two.why.startswith("2 items do not vary and are left out")


@OF_ITEMS
@pytest.mark.parametrize(
    ("table", "why"),
    [
        (np.empty((0, 4)), "fewer than 3 units with every item answered"),
        (np.array([[1, 2, 3], [2, 1, 3]]), "fewer than 3 units with every item answered"),
        (np.array([[1, np.nan, 3], [2, 1, 3], [4, 4, 4]]), "fewer than 3 units with every item answered"),
        (np.ones((10, 4)), "items vary"),
        (np.array([[1, 1, 2], [1, 2, 2], [1, 3, 2], [1, 3, 2]]), "items vary"),
    ],
)
def test_what_cannot_be_estimated_of_items_says_why(measure: Measure, table: Array, why: str) -> None:
    found = measure(table)
    assert found.value is None
    assert found.why is not None
    assert why in found.why


def test_items_against_each_other_have_a_negative_alpha_and_no_omega() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(0, 1, (50, 1))
    table = common * np.array([1, -1, 1, -1]) + rng.normal(0, 0.5, (50, 4))
    alpha = cronbach_alpha(table)
    assert alpha.value is not None
    assert alpha.value < 0
    assert alpha.why == NEGATIVE
    assert mcdonald_omega(table) == split_half(table) == Estimate.none(NEGATIVE)


def test_items_that_cancel_or_repeat_each_other() -> None:
    item = np.array([1.0, 2, 3, 4, 2, 1])
    assert cronbach_alpha(np.column_stack([item, -item])).why == "the sum of the items does not vary"
    twice = np.column_stack([item, item, [3, 1, 2, 3, 3, 2]])
    assert mcdonald_omega(twice).why == "no factor could be fitted: items are all but determined by each other"
    assert cronbach_alpha(np.column_stack([item, item])).value == pytest.approx(1)
    assert split_half(np.column_stack([item, item])).value == pytest.approx(1)


def test_omega_needs_more_units_than_items() -> None:
    table = np.random.default_rng(1).normal(0, 1, (6, 6))
    assert mcdonald_omega(table).why == "6 units for 6 items: fewer than a factor needs"


def test_many_items_are_split_at_random_by_the_seed() -> None:
    table = answers(np.random.default_rng(1), 60, np.linspace(0.3, 0.8, 20))
    one, same, other = (split_half(table, seed=seed).value for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one == pytest.approx(other, abs=0.005)
    assert one == pytest.approx(cronbach_alpha(table).value, abs=0.02)


def test_a_table_has_two_dimensions() -> None:
    with pytest.raises(ValueError, match="units, items"):
        cronbach_alpha([1, 2, 3])


# items, coverage


@pytest.mark.parametrize(("n", "k", "loading"), [(15, 5, 0.4), (30, 10, 0.7), (200, 6, 0.8)])
def test_intervals_of_alpha_cover(n: int, k: int, loading: float) -> None:
    rng, loadings = np.random.default_rng(n), np.full(k, loading)
    found = [cronbach_alpha(answers(rng, n, loadings)) for _ in range(STUDIES)]
    assert COVERED[0] <= covered(found, omega_of(loadings)) <= COVERED[1]


@pytest.mark.parametrize(("n", "k", "least", "most"), [(30, 10, 0.4, 0.7), (50, 10, 0.8, 0.8), (175, 6, 0.4, 0.8)])
def test_intervals_of_omega_cover(n: int, k: int, least: float, most: float) -> None:
    rng, loadings = np.random.default_rng(n), np.linspace(least, most, k)
    found = [mcdonald_omega(answers(rng, n, loadings)) for _ in range(STUDIES)]
    assert COVERED[0] <= covered(found, omega_of(loadings)) <= COVERED[1]


# repeats


@REPEATS
def test_intraclass_correlations_agree_with_psych(case: dict[str, Any]) -> None:
    found = intraclass(case["scores"])
    assert (found.single.value, found.mean.value) == pytest.approx((case["single"], case["mean"]), abs=1e-9)
    assert (found.n, found.k) == np.shape(case["scores"])


@REPEATS
def test_intervals_of_intraclass_correlations_agree_with_two_million_draws(case: dict[str, Any]) -> None:
    found = intraclass(case["scores"])
    assert (found.single.low, found.single.high) == pytest.approx((case["low"], case["high"]), abs=0.01)
    k = found.k
    for end, of_one in ((found.mean.low, found.single.low), (found.mean.high, found.single.high)):
        assert of_one is not None
        assert end == pytest.approx(k * of_one / (1 + (k - 1) * of_one))


def test_shrout_and_fleiss() -> None:
    # Shrout & Fleiss (1979), table 2 and 4: ICC(2,1) = .29, ICC(2,4) = .62
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = intraclass(ratings)
    assert found.single.value == pytest.approx(0.29, abs=0.005)
    assert found.mean.value == pytest.approx(0.62, abs=0.005)


def test_situations_without_every_repeat_are_left_out() -> None:
    scores = np.array(R["repeats"][0]["scores"], dtype=float)
    holes = np.vstack([scores, scores[:2] + 30])
    holes[-2:, 1] = np.nan
    assert intraclass(holes) == intraclass(scores)


def test_situations_that_differ_less_than_repeats_have_no_reliability_of_the_mean() -> None:
    found = intraclass([[1, 3], [3, 1], [1, 3.1], [3, 1.2]])
    assert found.single.value is not None
    assert found.single.value < 0
    assert found.single.why == NO_SPREAD
    assert found.mean == Estimate.none(NO_SPREAD)


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        (np.empty((0, 3)), "fewer than 3 situations with all repeats"),
        ([[1, 2], [3, np.nan], [2, 2]], "fewer than 3 situations with all repeats"),
        ([[1], [2], [3]], "fewer than two repeats"),
        ([[10, 10], [10, 10], [10, 10]], "the scores do not vary"),
        ([[10, 10], [11, 11], [12, 12]], "repeats do not differ at all"),
    ],
)
def test_what_cannot_be_estimated_of_repeats_says_why(scores: Any, why: str) -> None:
    found = intraclass(scores)
    assert found.single == found.mean == Estimate.none(why)


@pytest.mark.parametrize(
    ("n", "k", "of_repeats", "rest"), [(12, 5, 0.1, 1.0), (36, 10, 0.0, 1.0), (36, 3, 0.1, 0.2), (180, 3, 0.5, 1.0)]
)
def test_intervals_of_intraclass_correlations_cover(n: int, k: int, of_repeats: float, rest: float) -> None:
    rng = np.random.default_rng(n + k)
    single = 1 / (1 + of_repeats + rest)
    mean = 1 / (1 + (of_repeats + rest) / k)
    found = [
        intraclass(
            rng.normal(0, 1, (n, 1))
            + rng.normal(0, math.sqrt(of_repeats), (1, k))
            + rng.normal(0, math.sqrt(rest), (n, k))
        )
        for _ in range(STUDIES)
    ]
    assert COVERED[0] <= covered([one.single for one in found], single) <= COVERED[1]
    assert COVERED[0] <= covered([one.mean for one in found], mean) <= COVERED[1]
