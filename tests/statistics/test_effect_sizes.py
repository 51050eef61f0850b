from __future__ import annotations

import json
import math
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from emotionbench.statistics.effect_sizes import (
    EffectSize,
    correction,
    d_av,
    d_z,
    hedges_g,
    noncentral_t_cdf,
    noncentrality_limits,
    standardised,
)

R = json.loads((Path(__file__).parents[1] / "fixtures" / "effect_sizes.json").read_text())
STUDIES = 2000
COVERED = (0.93, 0.97)


def figures(found: EffectSize) -> list[float | None]:
    return [found.value, found.low, found.high]


# against R


@pytest.mark.parametrize("row", R["limits"], ids=lambda row: f"t={row['t']} df={row['df']} {row['level']}")
def test_noncentrality_limits_agree_with_r(row: dict[str, float]) -> None:
    found = noncentrality_limits(row["t"], row["df"], level=row["level"])
    assert found == pytest.approx((row["low"], row["high"]), abs=1e-6)


@pytest.mark.parametrize("row", R["correction"], ids=lambda row: f"df={row['df']}")
def test_the_correction_is_the_exact_one(row: dict[str, float]) -> None:
    assert correction(row["df"]) == pytest.approx(row["J"], rel=1e-12)


@pytest.mark.parametrize("case", R["independent"], ids=lambda case: f"{len(case['first'])} and {len(case['second'])}")
def test_hedges_g_agrees_with_r(case: dict[str, Any]) -> None:
    welch = hedges_g(case["first"], case["second"])
    pooled = hedges_g(case["first"], case["second"], equal_variances=True)
    assert welch.name == pooled.name == "hedges_g"
    assert figures(welch) == pytest.approx(case["welch"], abs=1e-6)
    assert figures(pooled) == pytest.approx(case["pooled"], abs=1e-6)


@pytest.mark.parametrize("case", R["paired"], ids=lambda case: f"{len(case['before'])} pairs")
def test_effects_of_pairs_agree_with_r(case: dict[str, Any]) -> None:
    changes = np.array(case["after"]) - np.array(case["before"])
    assert figures(d_z(changes)) == pytest.approx(case["d_z"], abs=1e-6)
    assert figures(d_z(changes, corrected=True)) == pytest.approx(case["g_z"], abs=1e-6)
    assert figures(d_av(case["before"], case["after"])) == pytest.approx(case["d_av"], abs=1e-6)


# the noncentral t distribution


@pytest.mark.parametrize("df", [1, 2, 3.3, 12, 1e3, 1e6])
@pytest.mark.parametrize("t", [0.0, 0.2, 3.0, 40.0, 500.0])
@pytest.mark.parametrize("tail", [-2.5, 0.0, 2.5])
def test_the_distribution_agrees_with_plain_integration(df: float, t: float, tail: float) -> None:
    noncentrality = t + tail * math.sqrt(1 + t * t / (2 * df))
    found = noncentral_t_cdf(t, df, noncentrality)
    # P(Z ≤ t S − δ) over S = √(χ²/df), in the quantiles of χ²
    quantiles = np.linspace(-8, 8, 20001)
    weights = stats.norm.pdf(quantiles)
    chi = np.sqrt(stats.chi2.ppf(stats.norm.cdf(quantiles), df) / df)
    chi = np.where(quantiles > 0, np.sqrt(stats.chi2.isf(stats.norm.sf(quantiles), df) / df), chi)
    expected = integrate.simpson(weights * stats.norm.cdf(t * chi - noncentrality), x=quantiles)
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("df", [1, 1.2, 4, 35.5, 1e4, 1e6])
@pytest.mark.parametrize("t", [-500.0, -3.0, 0.0, 0.01, 1.4, 30.0, 500.0])
def test_limits_put_t_at_both_tails_and_turn_with_its_sign(t: float, df: float) -> None:
    low, high = noncentrality_limits(t, df)
    assert low < t < high or df < 4  # where df is small the limits of a huge t may lie on one side
    assert noncentrality_limits(-t, df) == pytest.approx((-high, -low), abs=1e-9)
    if t >= 0:
        assert noncentral_t_cdf(t, df, low) == pytest.approx(0.975, abs=1e-10)
        assert noncentral_t_cdf(t, df, high) == pytest.approx(0.025, abs=1e-10)


def test_a_large_df_gives_the_normal_limits() -> None:
    assert noncentrality_limits(2.0, 1e6) == pytest.approx((2 - 1.959964, 2 + 1.959964), abs=1e-4)


def test_the_correction_is_smooth_where_its_series_takes_over() -> None:
    dfs = [1990.0, 1999.9, 2000.1, 2010.0, 1e6]
    assert [correction(df) for df in dfs] == pytest.approx([1 - 3 / (4 * df - 1) for df in dfs], abs=1e-7)
    assert correction(2000.0) == pytest.approx(correction(2000.0001), abs=1e-9)


def test_many_effect_sizes_take_little_time() -> None:
    def seconds() -> float:
        start = perf_counter()
        for i in range(72):
            standardised("hedges_g", i / 7, 1.0, 11.5 + i, 3.0)
        return perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.1


# by hand


def test_an_effect_by_hand() -> None:
    found = standardised("hedges_g", 3.0, 1.5, 10.0, 6.0)
    factor = math.gamma(5) / (math.sqrt(5) * math.gamma(4.5))
    assert found.value == pytest.approx(0.5 * factor)
    low, high = noncentrality_limits(2.0, 10.0)
    assert (found.low, found.high) == pytest.approx((low * 0.25 * factor, high * 0.25 * factor))
    assert standardised("d_z", 3.0, 1.5, 10.0, 6.0, corrected=False).value == 0.5


def test_signs_follow_the_difference() -> None:
    up, down = hedges_g([1, 2, 3, 4], [4, 5, 6, 9]), hedges_g([4, 5, 6, 9], [1, 2, 3, 4])
    assert up.value is not None
    assert up.value > 0
    assert figures(down) == pytest.approx([-up.value, -up.high, -up.low])  # type: ignore[operator]
    assert d_z([-1, -2, -4]).value == pytest.approx(-7 / 3 / math.sqrt(7 / 3))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (hedges_g([1], [2, 3]), "fewer than two scores on one side"),
        (hedges_g([2, 2], [3, 3]), "the scores do not vary"),
        (d_z([1]), "fewer than two changes"),
        (d_z([0.1 + 0.2, 0.3]), "the changes do not vary"),
        (d_av([1], [2]), "fewer than two changes"),
        (d_av([1, 2], [3, 4]), "the changes do not vary"),
        (standardised("d_z", 1, 0.0, 5, 1), "the scores do not vary"),
        (standardised("d_z", 1, 1, 5, 0.0), "the scores do not vary"),
        (standardised("hedges_g", 1, 1, 1, 1), "too few scores for the small-sample correction"),
    ],
)
def test_what_cannot_be_estimated_says_why(found: EffectSize, why: str) -> None:
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)


def test_pairs_of_unequal_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 scores before and 3 after"):
        d_av([1, 2], [1, 2, 3])


def test_one_side_without_variation_still_has_an_effect() -> None:
    found = hedges_g([3, 3, 3], [1, 2, 3])
    assert found.value == pytest.approx(-1 / math.sqrt(0.5) * correction(2))


# coverage


def covered(found: list[EffectSize], true: float) -> float:
    return float(np.mean([one.low <= true <= one.high for one in found]))  # type: ignore[operator]


@pytest.mark.parametrize(("n", "m", "true", "ratio"), [(6, 6, 0.0, 1), (10, 30, 0.8, 1), (20, 12, 2.0, 1.5)])
def test_intervals_of_hedges_g_cover(n: int, m: int, true: float, ratio: float) -> None:
    rng = np.random.default_rng(n)
    sd = math.sqrt((1 + ratio**2) / 2)
    first, second = rng.normal(0, 1, (STUDIES, n)), rng.normal(true * sd, ratio, (STUDIES, m))
    assert COVERED[0] <= covered([hedges_g(a, b) for a, b in zip(first, second, strict=True)], true) <= COVERED[1]
    if ratio == 1:
        found = [hedges_g(a, b, equal_variances=True) for a, b in zip(first, second, strict=True)]
        assert COVERED[0] <= covered(found, true) <= COVERED[1]


@pytest.mark.parametrize(("n", "true"), [(5, 0.0), (12, 1.0), (40, 3.0)])
def test_intervals_of_d_z_cover(n: int, true: float) -> None:
    changes = np.random.default_rng(n).normal(true, 1, (STUDIES, n))
    assert COVERED[0] <= covered([d_z(own) for own in changes], true) <= COVERED[1]


@pytest.mark.parametrize(("n", "r", "true"), [(8, 0.5, 0.0), (8, 0.9, 1.0), (12, 0.0, 2.0), (30, 0.5, 4.0)])
def test_intervals_of_d_av_cover(n: int, r: float, true: float) -> None:
    rng = np.random.default_rng(n)
    before = rng.normal(0, 1, (STUDIES, n))
    after = true + r * before + math.sqrt(1 - r * r) * rng.normal(0, 1, (STUDIES, n))
    found = [d_av(a, b) for a, b in zip(before, after, strict=True)]
    assert COVERED[0] <= covered(found, true) <= COVERED[1]
