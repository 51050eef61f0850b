"""The noncentral F distribution, and the noncentralities that an observed F is compatible with.

F is a Poisson mixture: with J ~ Poisson(λ/2), P(F ≤ f) = E[I_x(df₁/2 + J, df₂/2)], x = df₁ f / (df₁ f + df₂); I is
the regularised incomplete beta function. The mixture is summed here, since SciPy's own function fails in places where
λ is large.

Source: Johnson, N. L., Kotz, S., & Balakrishnan, N. (1995). Continuous univariate distributions, volume 2, chapter 30.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from emotionbench.statistics.estimate import LEVEL

FARTHEST = 10.0
"""Standard deviations of the Poisson distribution within which its terms are summed."""
PER_SD = 30
"""Terms summed in one standard deviation, at most: the summand is smooth, so that a stride loses nothing."""


def noncentral_f_cdf(f: float, df: tuple[float, float], noncentrality: float) -> float:
    """P(F ≤ f) with ``df`` of numerator and denominator; f, df and noncentrality at least 0; right to 1e-9."""
    x = df[0] * f / (df[0] * f + df[1])
    if noncentrality <= 0:
        return float(special.betainc(df[0] / 2, df[1] / 2, x))
    half = noncentrality / 2
    reach = FARTHEST * math.sqrt(half) + FARTHEST
    stride = max(1, int(math.sqrt(half) / PER_SD))
    terms = np.arange(max(0.0, math.floor(half - reach)), half + reach + 1, stride)
    logs = terms * math.log(half) - special.gammaln(terms + 1)
    weights = np.exp(logs - logs.max())
    return float(weights @ special.betainc(df[0] / 2 + terms, df[1] / 2, x) / weights.sum())


def noncentrality_interval(f: float, df: tuple[float, float], level: float = LEVEL) -> tuple[float, float]:
    """The noncentralities for which the observed F is just at the upper and at the lower tail: low, high; both ≥ 0.

    An end is 0 where even no effect at all makes an F so small (Steiger, 2004, Psychological Methods, 9, 164-182).
    """
    tail = (1 - level) / 2
    return _solved(f, df, 1 - tail), _solved(f, df, tail)


def _solved(f: float, df: tuple[float, float], p: float) -> float:
    """The noncentrality with P(F ≤ f) = p; 0 where that is less than p at 0. In roots, where it is nearly a line."""
    from scipy import optimize  # noqa: PLC0415

    def gap(root: float) -> float:
        found = noncentral_f_cdf(f, df, root * root)
        return float(special.ndtri(min(max(found, 1e-300), 1 - 1e-16)) - special.ndtri(p))

    if gap(0.0) <= 0:
        return 0.0
    top = math.sqrt(df[0] * f) + 1
    while gap(top) > 0:
        top *= 1.5
    return float(optimize.brentq(gap, 0.0, top, xtol=1e-9)) ** 2
