from __future__ import annotations

import json
import math
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from scipy import integrate, stats

from emotionbench.statistics.noncentral_f import noncentral_f_cdf, noncentrality_interval

R = json.loads((Path(__file__).parents[1] / "fixtures" / "ways_of_asking.json").read_text())


@pytest.mark.parametrize("row", R["limits"], ids=lambda row: f"F={row['f']} df={row['df1']},{row['df2']}")
def test_limits_agree_with_r(row: dict[str, float]) -> None:
    low, high = noncentrality_interval(row["f"], (row["df1"], row["df2"]))
    # R's own function is right to some 1e-9 in probability
    assert (low, high) == (pytest.approx(row["low"], rel=1e-6), pytest.approx(row["high"], rel=1e-6))


@pytest.mark.parametrize("noncentrality", [0.0, 0.3, 5.0, 80.0, 900.0, 5e4])
@pytest.mark.parametrize("df", [(1, 5), (4, 30), (36, 2400)])
def test_the_distribution_agrees_with_plain_integration(df: tuple[int, int], noncentrality: float) -> None:
    f = (noncentrality + df[0]) / df[0] * 1.05
    found = noncentral_f_cdf(f, df, noncentrality)
    # P(χ²(df₁, λ) ≤ f df₁ c / df₂) over the quantiles of c ~ χ²(df₂)
    z = np.linspace(-8.5, 8.5, 20001)
    c = np.where(z > 0, stats.chi2.isf(stats.norm.sf(z), df[1]), stats.chi2.ppf(stats.norm.cdf(z), df[1]))
    numerator = stats.ncx2(df[0], noncentrality) if noncentrality else stats.chi2(df[0])
    expected = integrate.simpson(stats.norm.pdf(z) * numerator.cdf(f * df[0] * c / df[1]), x=z)
    assert found == pytest.approx(expected, abs=1e-7)


def test_limits_put_f_at_both_tails() -> None:
    for f, df in ((3.0, (4.0, 100.0)), (250.0, (9.0, 2470.0))):
        low, high = noncentrality_interval(f, df)
        assert noncentral_f_cdf(f, df, high) == pytest.approx(0.025, abs=1e-7)
        assert noncentral_f_cdf(f, df, low) == pytest.approx(0.975, abs=1e-7)
        assert low < f * df[0] < high


def test_no_effect_at_all_ends_the_interval_at_zero() -> None:
    assert noncentrality_interval(1.0, (4, 100))[0] == 0.0
    assert noncentrality_interval(0.0, (4, 100)) == (0.0, 0.0)
    assert noncentrality_interval(0.05, (4, 100)) == (0.0, 0.0)


def test_large_effects_are_finite_and_quick() -> None:
    start = process_time()
    low, high = noncentrality_interval(1e5, (9, 24_900))
    assert process_time() - start < 1
    assert 0 < low < 9e5 < high
    assert math.isfinite(high)
