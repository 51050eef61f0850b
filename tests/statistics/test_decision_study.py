from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from emotionbench.statistics.contrasts import change, difference, plain_mean, stratified_mean
from emotionbench.statistics.decision_study import best_split, half_width, needed_situations
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.generalizability import (
    NOT_SHARED,
    ONE_REPEAT,
    ONE_SITUATION,
    Component,
    VarianceComponents,
    variance_components,
)


def components(
    situation: float | str, residual: float, baseline: float | str | None, repeat: float | None = None
) -> VarianceComponents:
    """Known variances; words stand for why there is none."""

    def component(value: float | str | None) -> Component:
        return Component(Estimate.none(value) if isinstance(value, str) else Estimate(value))

    return VarianceComponents(
        component(4.0),
        component(situation),
        component(NOT_SHARED if repeat is None else repeat),
        component(residual),
        None,
        None if baseline is None else component(baseline),
        500,
        10,
        50,
        10.0,
        50,
    )


KNOWN = components(9.0, 16.0, 12.0)
PAIRED = components(9.0, 16.0, None)


# the half-width


def test_a_half_width_by_hand() -> None:
    found = half_width(KNOWN, 5, 4, 20)
    evoked, before = (9 + 16 / 4) / 5, 12 / 20
    df = (evoked + before) ** 2 / (evoked**2 / 4 + before**2 / 19)
    assert found.df == pytest.approx(df)
    assert found.half_width == pytest.approx(stats.t.ppf(0.975, df) * math.sqrt(evoked + before))
    assert (found.n_administrations, found.n_baseline) == (40, 20)


def test_factors_are_averaged() -> None:
    found = half_width(PAIRED, 5, 4, 0, n_factors=3, level=0.9)
    assert found.df == pytest.approx(12)
    assert found.half_width == pytest.approx(stats.t.ppf(0.95, 12) * math.sqrt((9 + 4) / 15))
    # before and after are an administration each
    assert (found.n_administrations, found.n_baseline) == (120, 60)


def test_runs_count_as_repeats() -> None:
    with_runs = half_width(components(9.0, 12.0, 12.0, repeat=4.0), 5, 4, 20)
    assert with_runs.half_width == half_width(KNOWN, 5, 4, 20).half_width


def test_the_half_width_is_that_of_the_contrast_that_will_be_made() -> None:
    # made-up scores whose variances are exactly those of the components
    unit = np.array([-1.0, 0.0, 1.0])
    means, before = 10 + unit * math.sqrt(9 + 16 / 2), 8 + np.tile(unit, 4) * math.sqrt(12 * 11 / 8)
    contrast = difference(plain_mean(before), stratified_mean(np.tile(means, 2), np.repeat([0, 1], 3)))
    found = half_width(KNOWN, 3, 2, 12, n_factors=2)
    assert (contrast.df, contrast.high) == pytest.approx((found.df, contrast.difference + found.half_width))  # type: ignore[operator]


def test_a_factor_has_the_degrees_of_freedom_of_all_that_share_its_variance() -> None:
    found = half_width(PAIRED, 5, 4, 0, n_pooled=4)
    assert found.df == pytest.approx(16)
    assert found.half_width == pytest.approx(stats.t.ppf(0.975, 16) * math.sqrt((9 + 4) / 5))
    assert (found.n_factors, found.n_pooled, found.n_administrations) == (1, 4, 40)


def test_the_half_width_of_a_factor_is_that_of_the_contrast_over_its_pool() -> None:
    # four factors of one emotion and two of another; the variances are exactly those of the components
    unit = np.array([-1.0, 0.0, 1.0])
    means, before = 10 + unit * math.sqrt(9 + 16 / 2), 8 + np.tile(unit, 4) * math.sqrt(12 * 11 / 8)
    strata, pools = np.repeat(np.arange(6), 3), np.repeat([0, 1], [12, 6])
    for factors, n_pooled in (([0], 4), ([4], 2), ([0, 1, 2, 3], 4), ([0, 1, 2, 3, 4, 5], 6)):
        after = stratified_mean(np.tile(means, 6), strata, pools, np.isin(strata, factors))
        contrast = difference(plain_mean(before), after)
        found = half_width(KNOWN, 3, 2, 12, n_factors=len(factors), n_pooled=n_pooled)
        assert (contrast.df, contrast.high) == pytest.approx((found.df, contrast.difference + found.half_width))  # type: ignore[operator]


def test_the_factors_of_a_row_are_among_those_pooled() -> None:
    assert half_width(KNOWN, 3, 2, 12, n_factors=3) == half_width(KNOWN, 3, 2, 12, n_factors=3, n_pooled=3)
    for plan in (
        lambda: half_width(KNOWN, 3, 2, 12, n_factors=3, n_pooled=2),
        lambda: needed_situations(KNOWN, 1.0, 2, n_factors=3, n_pooled=2),
        lambda: best_split(KNOWN, 100, n_factors=3, n_pooled=2),
    ):
        with pytest.raises(ValueError, match="n_pooled 2 leaves out"):
            plan()


@pytest.mark.parametrize(
    ("known", "design", "why"),
    [
        (KNOWN, (1, 5, 20), "one situation a factor, so that nothing says how situations vary"),
        (KNOWN, (5, 5, 1), "fewer than two baselines"),
        (components(9.0, 16.0, "fewer than two scores"), (5, 5, 20), "baseline: fewer than two scores"),
        (components(ONE_REPEAT, 25.0, 12.0), (5, 2, 20), ONE_REPEAT),
        (components(ONE_SITUATION, 25.0, 12.0), (5, 1, 20), ONE_SITUATION),
    ],
)
def test_what_cannot_be_planned_says_why(known: VarianceComponents, design: tuple[int, int, int], why: str) -> None:
    found = half_width(known, *design)
    assert (found.half_width, found.why) == (None, why)


def test_one_repeat_can_be_planned_from_one_repeat() -> None:
    together = components(ONE_REPEAT, 25.0, 12.0)
    assert half_width(together, 5, 1, 20).half_width == half_width(KNOWN, 5, 1, 20).half_width
    assert needed_situations(together, 2.0, 1).half_width is not None
    assert needed_situations(together, 2.0, 2).why == ONE_REPEAT
    assert best_split(together, 200, max_situations=10).n_repeats == 1


# how many situations


@pytest.mark.parametrize("known", [KNOWN, PAIRED])
@pytest.mark.parametrize("n_repeats", [1, 5])
def test_the_plan_is_the_smallest_that_does(known: VarianceComponents, n_repeats: int) -> None:
    found = needed_situations(known, 1.5, n_repeats, n_baseline=200, n_factors=2)
    assert found.half_width is not None
    assert found.n_situations is not None
    assert found.half_width <= 1.5
    fewer = half_width(known, found.n_situations - 1, n_repeats, 200, n_factors=2)
    assert fewer.half_width is not None
    assert fewer.half_width > 1.5


def test_baselines_are_chosen_with_the_situations() -> None:
    found = needed_situations(KNOWN, 2.0, 2)
    assert found.n_administrations is not None
    assert found.half_width is not None
    assert found.half_width <= 2
    cheapest = min(
        s * 2 + b for s in range(2, 80) for b in range(2, 200) if (half_width(KNOWN, s, 2, b).half_width or 9) <= 2
    )
    assert found.n_administrations == cheapest


def test_a_pool_makes_a_factor_cheaper() -> None:
    alone, pooled = needed_situations(KNOWN, 5.0, 2), needed_situations(KNOWN, 5.0, 2, n_pooled=4)
    assert alone.n_administrations is not None
    assert pooled.n_administrations is not None
    assert pooled.n_administrations < alone.n_administrations
    cheapest = min(
        s * 2 + b
        for s in range(2, 20)
        for b in range(2, 60)
        if (half_width(KNOWN, s, 2, b, n_pooled=4).half_width or 9) <= 5
    )
    assert pooled.n_administrations == cheapest
    unreachable = needed_situations(KNOWN, 1.0, 2, n_pooled=4, max_situations=3)
    assert (unreachable.half_width, unreachable.n_pooled) == (None, 4)


def test_what_is_out_of_reach_is_said() -> None:
    assert needed_situations(KNOWN, 1.0, 5, max_situations=5).why == "not reached with 5 situations a factor"
    few = needed_situations(KNOWN, 0.5, 5, 10)
    assert few.why == "not reached with any number of situations and 10 baselines"


@pytest.mark.parametrize("wanted", [0.0, -1.0, math.nan, math.inf])
def test_a_half_width_must_be_above_nothing(wanted: float) -> None:
    with pytest.raises(ValueError, match="not above 0"):
        needed_situations(KNOWN, wanted, 1)


# the best split


@pytest.mark.parametrize("known", [KNOWN, PAIRED, components(0.5, 30.0, 4.0)])
@pytest.mark.parametrize(("n", "n_factors", "most"), [(60, 1, 5), (61, 2, None), (100, 3, 4)])
@pytest.mark.parametrize("more", [0, 3])
def test_no_other_split_is_narrower(
    known: VarianceComponents, n: int, n_factors: int, most: int | None, more: int
) -> None:
    pooled = {"n_factors": n_factors, "n_pooled": n_factors + more}
    found = best_split(known, n, max_situations=most, **pooled)
    assert found.n_administrations is not None
    assert found.half_width is not None
    assert found.n_administrations <= n
    for s in range(2, (most or n) + 1):
        for r in range(1, n):
            left = n - s * r * n_factors * (2 if known.is_paired else 1)
            if left < (0 if known.is_paired else 2):
                break
            other = half_width(known, s, r, left, **pooled).half_width
            assert other is not None
            assert found.half_width <= other + 1e-12


def test_a_split_says_what_is_too_few() -> None:
    found = best_split(KNOWN, 10, n_factors=5)
    assert found.half_width is None
    assert "too few administrations" in str(found.why)
    assert (
        best_split(KNOWN, 50, max_situations=1).why
        == "one situation a factor, so that nothing says how situations vary"
    )
    with pytest.raises(ValueError, match="1000000"):
        best_split(KNOWN, 10**7)
    with pytest.raises(ValueError, match="at least 1"):
        best_split(KNOWN, 0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        half_width(KNOWN, 2, 2, 2, level=1.0)


def test_nothing_that_varies_gives_an_exact_figure() -> None:
    still = components(0.0, 0.0, 0.0)
    assert half_width(still, 5, 2, 10).half_width == 0
    assert best_split(still, 50).half_width == 0


# by simulation


def intervals(generator: np.random.Generator, plan: Any, known: VarianceComponents, n: int) -> np.ndarray[Any, Any]:
    """Estimated change and half-width of ``n`` studies of this plan; the true change is 0."""
    assert known.situation.variance.value is not None
    assert known.residual.variance.value is not None
    sd_situation, sd_residual = math.sqrt(known.situation.variance.value), math.sqrt(known.residual.variance.value)
    sd_baseline = math.sqrt(known.baseline.variance.value or 0) if known.baseline else 0.0
    n_situations = plan.n_pooled * plan.n_situations
    strata = np.repeat(np.arange(plan.n_pooled), plan.n_situations)
    found = []
    for _ in range(n):
        means = generator.normal(0, sd_situation, n_situations)
        means += generator.normal(0, sd_residual, (plan.n_repeats, n_situations)).mean(axis=0)
        after = stratified_mean(means, strata, counted=strata < plan.n_factors)
        if known.is_paired:
            contrast = change(after)
        else:
            contrast = difference(plain_mean(generator.normal(0, sd_baseline, plan.n_baseline)), after)
        found.append((contrast.difference, (contrast.high - contrast.low) / 2))  # type: ignore[operator]
    return np.array(found)


@pytest.mark.parametrize(
    ("known", "n_factors", "n_pooled", "wanted"),
    [(KNOWN, 1, 1, 1.5), (KNOWN, 1, 4, 4.0), (KNOWN, 4, 4, 1.5), (PAIRED, 3, 3, 1.5), (PAIRED, 1, 5, 3.0)],
)
def test_planned_studies_cover_and_are_as_precise_as_promised(
    known: VarianceComponents, n_factors: int, n_pooled: int, wanted: float
) -> None:
    plan = needed_situations(known, wanted, 3, n_factors=n_factors, n_pooled=n_pooled)
    found = intervals(np.random.default_rng(5), plan, known, 2500)
    assert 0.93 <= np.mean(np.abs(found[:, 0]) <= found[:, 1]) <= 0.97
    assert np.mean(found[:, 1]) == pytest.approx(plan.half_width, rel=0.05)
    # the promised half-width itself covers as often
    assert 0.93 <= np.mean(np.abs(found[:, 0]) <= plan.half_width) <= 0.97


def test_plans_from_a_pilot_study_hold_what_they_promise() -> None:
    # components estimated from 12 × 5 × 4 scores, a design planned with them, then carried out
    generator = np.random.default_rng(6)
    covered, widths = [], []
    for _ in range(25):
        m = generator.normal(0, 2, 12)[:, None] + generator.normal(0, 3, (12, 5))
        y = m[:, :, None] + generator.normal(0, 4, (12, 5, 4))
        factor, situation, _ = (part.ravel() for part in np.indices(y.shape))
        pilot = variance_components(
            y.ravel(), factor, factor * 5 + situation, baseline=generator.normal(0, math.sqrt(12), 40)
        )
        plan = needed_situations(pilot, 1.5, 3, n_factors=4)
        if plan.half_width is None:
            continue
        found = intervals(generator, plan, KNOWN, 40)
        covered.append(np.mean(np.abs(found[:, 0]) <= found[:, 1]))
        widths.append(np.mean(found[:, 1]))
    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(widths) == pytest.approx(1.5, rel=0.08)


def test_a_change_of_level_changes_the_interval_alone() -> None:
    wide, narrow = (half_width(KNOWN, 5, 4, 20, level=level) for level in (0.99, 0.8))
    assert replace(wide, half_width=None, level=0.0) == replace(narrow, half_width=None, level=0.0)
    assert wide.half_width is not None
    assert narrow.half_width is not None
    assert wide.half_width > narrow.half_width
