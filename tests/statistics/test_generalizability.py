from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from scipy import stats

from emotionbench.statistics import generalizability
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.generalizability import (
    ONE_FACTOR,
    ONE_REPEAT,
    ONE_SITUATION,
    VarianceComponents,
    dependability,
    mls_interval,
    spread,
    variance_components,
)

Columns = dict[str, Any]
NAMES = ("factor", "situation", "repeat", "residual")


def scores(generator: np.random.Generator, sizes: tuple[int, int, int], sds: dict[str, float]) -> Columns:
    """Scores of factors × situations × runs, with normal effects of these standard deviations."""
    f, s, r = sizes
    effects = (
        generator.normal(0, sds["factor"], (f, 1, 1))
        + generator.normal(0, sds["situation"], (f, s, 1))
        + generator.normal(0, sds["repeat"], (1, 1, r))
        + generator.normal(0, sds["residual"], (f, s, r))
    )
    factor, situation, run = (part.ravel() for part in np.indices((f, s, r)))
    return {
        "scores": 30 + effects.ravel(),
        "factors": factor,
        "situations": factor * s + situation,
        "repeats": run,
    }


def some(sizes: tuple[int, int, int] = (8, 5, 4), seed: int = 1) -> Columns:
    sds = {"factor": 2.0, "situation": 1.5, "repeat": 1.0, "residual": 2.0}
    return scores(np.random.default_rng(seed), sizes, sds)


def kept(columns: Columns, rows: Any) -> Columns:
    return {name: column[rows] for name, column in columns.items()}


def values(found: VarianceComponents) -> list[float | None]:
    return [getattr(found, name).variance.value for name in NAMES]


# in closed form


def test_balanced_components_are_those_of_the_mean_squares() -> None:
    columns = some()
    found = variance_components(**columns)
    table = columns["scores"].reshape(8, 5, 4)
    means, runs = table.mean(axis=2), table.mean(axis=(0, 1))
    left = table - means[:, :, None] - (runs - table.mean())
    residual = np.square(left).sum() / (40 * 4 - 40 - 3)
    between = means.var(axis=1, ddof=1).mean()
    expected = [
        means.mean(axis=1).var(ddof=1) - between / 5,
        between - residual / 4,
        runs.var(ddof=1) - residual / 40,
        residual,
    ]
    assert values(found) == pytest.approx(expected, rel=1e-5)
    assert found.repeat_level == pytest.approx(expected[2] + expected[3], rel=1e-5)
    shares = [getattr(found, name).share for name in NAMES]
    assert shares == pytest.approx(np.array(expected) / sum(expected), rel=1e-5)
    low, high = (residual * 117 / stats.chi2.ppf(p, 117) for p in (0.975, 0.025))
    assert (found.residual.variance.low, found.residual.variance.high) == pytest.approx((low, high))


def test_without_shared_runs_their_variance_is_in_the_residual() -> None:
    columns = some()
    del columns["repeats"]
    found = variance_components(**columns)
    table = columns["scores"].reshape(40, 4)
    assert found.residual.variance.value == pytest.approx(table.var(axis=1, ddof=1).mean(), rel=1e-5)
    assert found.repeat.variance.value is None
    assert found.repeat_level == found.residual.variance.value


def test_counts_are_told() -> None:
    found = variance_components(**kept(some(), slice(1, None)), baseline=[1.0, 2.0, 4.0])
    assert (found.n_scores, found.n_factors, found.n_situations, found.n_baseline) == (159, 8, 40, 3)
    assert found.n_repeats == pytest.approx(40 / (39 / 4 + 1 / 3))
    assert found.baseline is not None
    assert found.baseline.variance.value == pytest.approx(7 / 3)
    assert not found.is_paired
    assert variance_components(**some()).is_paired


def test_what_order_makes_is_set_beside_the_rest() -> None:
    order = Estimate(0.5, 0.1, 1.2)
    found = variance_components(**some(), order=order)
    assert found.order is not None
    total = sum(value or 0 for value in values(found))
    assert (found.order.variance, found.order.share) == (order, pytest.approx(0.5 / total))


def test_an_interval_without_a_second_mean_square_is_chi_square() -> None:
    low, high = mls_interval((4.0, 12.0), (1.0, 1e6), 0.0)
    assert (low, high) == pytest.approx((4 * 12 / stats.chi2.ppf(0.975, 12), 4 * 12 / stats.chi2.ppf(0.025, 12)))


def test_an_interval_agrees_with_simulated_mean_squares() -> None:
    # 5 and 40 df, variance 3 − 0.5 × 2: each side is missed by 2.5 %
    generator = np.random.default_rng(2)
    one, other = (square * generator.chisquare(df, 4000) / df for square, df in ((3, 5), (2, 40)))
    ends = np.array([mls_interval((a, 5), (b, 40), 0.5) for a, b in zip(one, other, strict=True)])
    missed = np.array([(ends[:, 0] > 2).mean(), (ends[:, 1] < 2).mean()])
    assert missed == pytest.approx([0.025, 0.025], abs=0.01)


def test_spread_is_the_variance_of_independent_values() -> None:
    found = spread([1, 2, 3, 6])
    assert found.value == pytest.approx(14 / 3)
    assert found.low == pytest.approx(14 / stats.chi2.ppf(0.975, 3))
    assert found.high == pytest.approx(14 / stats.chi2.ppf(0.025, 3))
    assert spread([1]).value is None


# by simulation


@pytest.mark.parametrize(
    ("sizes", "sds"),
    [
        ((12, 5, 6), {"factor": 2.0, "situation": 1.0, "repeat": 0.7, "residual": 3.0}),
        ((8, 4, 3), {"factor": 1.0, "situation": 1.0, "repeat": 0.8, "residual": 2.0}),
    ],
)
def test_intervals_cover(sizes: tuple[int, int, int], sds: dict[str, float]) -> None:
    # the intervals alone, without REML, which would only widen them
    generator = np.random.default_rng(12)
    n, covered = 1500, dict.fromkeys(NAMES, 0)
    for _ in range(n):
        design = generalizability._Design(**scores(generator, sizes, sds))
        intervals = generalizability._Intervals(design, 0.95)
        for name in NAMES:
            low, high = getattr(intervals, name)()
            covered[name] += low <= sds[name] ** 2 <= high
    for name in NAMES:
        assert 0.93 <= covered[name] / n <= 0.97, name


def test_intervals_cover_where_numbers_are_unequal() -> None:
    generator = np.random.default_rng(13)
    sds = {"factor": 1.5, "situation": 1.0, "repeat": 0.6, "residual": 2.0}
    n, covered = 1000, dict.fromkeys(NAMES, 0)
    for number in range(n):
        columns = scores(generator, (12, 8, 5), sds)
        present = generator.integers(3, 9, 12)
        rows = (columns["situations"] % 8 < present[columns["factors"]]) & (generator.random(480) > 0.1)
        intervals = generalizability._Intervals(generalizability._Design(**kept(columns, rows)), 0.95)
        ends = {name: getattr(intervals, name)() for name in NAMES}
        for name in NAMES:
            covered[name] += ends[name][0] <= sds[name] ** 2 <= ends[name][1]
        if number < 10:
            found = variance_components(**kept(columns, rows))
            for name in NAMES:
                estimate = getattr(found, name).variance
                assert estimate.low <= estimate.value <= estimate.high
                assert (estimate.low, estimate.high) == pytest.approx(ends[name], rel=0.5, abs=0.2)
    for name in NAMES:
        assert 0.93 <= covered[name] / n <= 0.97, name


# coefficients


def test_coefficients_follow_their_formulas() -> None:
    found = variance_components(**some())
    factor, situation, run, residual = (value or 0.0 for value in values(found))
    error = (situation + (run + residual) / 10) / 5
    got = dependability(found, 5, 10)
    assert got.relative.value == pytest.approx(factor / (factor + error))
    assert got.absolute.value == got.relative.value
    shared = dependability(found, 5, 10, shared_runs=True)
    error = (situation + residual / 10) / 5
    assert shared.relative.value == pytest.approx(factor / (factor + error))
    assert shared.absolute.value == pytest.approx(factor / (factor + error + run / 10))


def test_the_relative_coefficient_is_the_correlation_of_two_such_studies() -> None:
    generator = np.random.default_rng(4)
    sds = {"factor": 2.0, "situation": 1.5, "repeat": 0.0, "residual": 3.0}
    factor = generator.normal(0, 2, 20000)
    error = math.sqrt((1.5**2 + 9 / 4) / 3)
    two = [factor + generator.normal(0, error, 20000) for _ in range(2)]
    components = variance_components(**scores(generator, (400, 6, 4), sds))
    assert dependability(components, 3, 4).relative.value == pytest.approx(np.corrcoef(two)[0, 1], abs=0.05)


def test_without_a_component_there_is_no_coefficient() -> None:
    one = variance_components(**kept(some(), some()["factors"] == 0))
    assert dependability(one, 5, 4).relative == Estimate.none(ONE_FACTOR)


# what cannot be told apart


def test_one_factor_has_no_variance_of_factors() -> None:
    columns = some()
    found = variance_components(**kept(columns, columns["factors"] == 3))
    assert found.factor.variance == Estimate.none(ONE_FACTOR)
    assert found.situation.variance.value is not None


def test_one_situation_a_factor_has_none_of_situations() -> None:
    columns = some()
    found = variance_components(**kept(columns, columns["situations"] % 5 == 0))
    assert found.situation.variance == Estimate.none(ONE_SITUATION)


def test_one_repeat_leaves_situation_and_residual_together() -> None:
    columns = some()
    once = kept(columns, columns["repeats"] == 0)
    found = variance_components(**once)
    assert found.situation.variance == Estimate.none(ONE_REPEAT)
    table = once["scores"].reshape(8, 5)
    assert found.residual.variance.value == pytest.approx(table.var(axis=1, ddof=1).mean(), rel=1e-5)
    assert found.residual.variance.low is not None
    # with one repeat it does not matter which of the two it is
    assert dependability(found, 5, 1).relative.value is not None
    assert dependability(found, 5, 2).relative == Estimate.none(ONE_REPEAT)


def test_scores_without_chance_have_variances_of_situations_alone() -> None:
    columns = some((6, 4, 3))
    columns["scores"] = columns["situations"] * 1.5
    found = variance_components(**columns)
    assert found.residual.variance.value == 0
    assert found.situation.variance.value == pytest.approx(np.var([0, 1.5, 3, 4.5], ddof=1))
    constant = variance_components(**{**columns, "scores": np.full(72, 12.0)})
    assert values(constant) == [0, 0, 0, 0]
    assert constant.factor.share is None


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9])
def test_few_scores_give_figures_or_reasons(n: int) -> None:
    for rows in (slice(0, n), np.arange(n) * 7):
        found = variance_components(**kept(some(), rows), baseline=[])
        text = json.dumps(asdict(found), allow_nan=False)
        assert "NaN" not in text
        for name in NAMES:
            estimate = getattr(found, name).variance
            assert (estimate.low is None) == (estimate.why is not None)


def test_what_does_not_fit_together_is_refused() -> None:
    columns = some()
    with pytest.raises(ValueError, match="belong to one factor"):
        variance_components(columns["scores"], columns["repeats"], columns["situations"])
    with pytest.raises(ValueError, match="not missing"):
        variance_components([1, math.nan], [0, 0], [0, 1])
    with pytest.raises(ValueError, match="one a score"):
        variance_components([1, 2], [0, 0], [0])
