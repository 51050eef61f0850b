"""Standardised differences with the exact small-sample correction and the noncentral-t interval.

``hedges_g`` means three things in three packages. Here it is d times the exact J(df) of Hedges (1981), and its interval
comes from the noncentral t distribution, as in R's effectsize: the noncentralities that put the observed t at the upper
and the lower tail, times standard error / SD, times J. No normal approximation is used anywhere.

Sources: Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal
of Educational Statistics, 6, 107-128. Steiger, J. H., & Fouladi, R. T. (1997). Noncentrality interval estimation and
the evaluation of statistical models. In What if there were no significance tests? Delacre, M., et al. (2021). Why
Hedges' g*s based on the non-pooled standard deviation should be reported with Welch's t-test. PsyArXiv.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL

Array = NDArray[np.float64]
Point = tuple[float, float]
MINIMUM = 2
ROUNDING = 1e-9
FARTHEST_Z = 9.0
CUT_TAIL = 1e-18
STEPS = 60
SETTLED = 1e-12
NODES, WEIGHTS = np.polynomial.legendre.leggauss(100)


@dataclass(frozen=True)
class EffectSize:
    """A difference in standard deviations, signed like the difference, with its confidence interval.

    Its figures are finite, or null together with the reason in ``why``. ``name`` is ``hedges_g``, ``d_z`` or ``d_av``.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    why: str | None = None


def standardised(
    name: str,
    difference: float,
    standard_error: float,
    df: float,
    sd: float,
    *,
    level: float = LEVEL,
    corrected: bool = True,
) -> EffectSize:
    """Divide a difference by a standard deviation; the interval is the noncentral t's.

    Parameters
    ----------
    difference, standard_error, df
        What a t-test is made of: t = difference / standard_error with df degrees of freedom (at least 1).
    sd
        The SD to divide by: pooled for Student's t; √((s₁² + s₂²) / 2) for Welch's; of the changes for d_z.
    corrected
        Whether value and interval are multiplied by J(df), which needs more than 1 degree of freedom.
    """
    if not sd > 0 or not standard_error > 0:
        return EffectSize(name, None, why="the scores do not vary")
    if corrected and not df > 1:
        return EffectSize(name, None, why="too few scores for the small-sample correction")
    factor = correction(df) if corrected else 1.0
    low, high = noncentrality_limits(float(difference / standard_error), float(df), level=level)
    unit = float(factor * standard_error / sd)
    return EffectSize(name, float(factor * difference / sd), low * unit, high * unit)


def hedges_g(first: ArrayLike, second: ArrayLike, *, equal_variances: bool = False, level: float = LEVEL) -> EffectSize:
    """(mean(second) − mean(first)) / SD of two independent sets of scores.

    The SD is √((s₁² + s₂²) / 2) with Satterthwaite's df, or pooled with Student's where variances count as equal.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(a.size, b.size) < MINIMUM:
        return EffectSize("hedges_g", None, why="fewer than two scores on one side")
    if not _vary(a) and not _vary(b):
        return EffectSize("hedges_g", None, why="the scores do not vary")
    va, vb = float(a.var(ddof=1)), float(b.var(ddof=1))
    if equal_variances:
        df = float(a.size + b.size - 2)
        variance = ((a.size - 1) * va + (b.size - 1) * vb) / df
        error = variance * (1 / a.size + 1 / b.size)
    else:
        variance, error = (va + vb) / 2, va / a.size + vb / b.size
        df = error**2 / ((va / a.size) ** 2 / (a.size - 1) + (vb / b.size) ** 2 / (b.size - 1))
    difference = float(b.mean() - a.mean())
    return standardised("hedges_g", difference, math.sqrt(error), df, math.sqrt(variance), level=level)


def d_z(changes: ArrayLike, *, level: float = LEVEL, corrected: bool = False) -> EffectSize:
    """Mean change / SD of the changes within n pairs."""
    values = np.asarray(changes, dtype=float)
    if values.size < MINIMUM:
        return EffectSize("d_z", None, why="fewer than two changes")
    if not _vary(values):
        return EffectSize("d_z", None, why="the changes do not vary")
    sd = float(values.std(ddof=1))
    error, df = sd / math.sqrt(values.size), float(values.size - 1)
    return standardised("d_z", float(values.mean()), error, df, sd, level=level, corrected=corrected)


def d_av(before: ArrayLike, after: ArrayLike, *, level: float = LEVEL, corrected: bool = False) -> EffectSize:
    """Mean change / √((s² before + s² after) / 2) of n pairs, in the order of the pairs.

    Raises a ValueError where the two sides differ in length.
    """
    a, b = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} scores before and {b.size} after; pairs need as many of each")
    if a.size < MINIMUM:
        return EffectSize("d_av", None, why="fewer than two changes")
    if not _vary(b - a):
        return EffectSize("d_av", None, why="the changes do not vary")
    error = float((b - a).std(ddof=1)) / math.sqrt(a.size)
    sd = math.sqrt(float(a.var(ddof=1) + b.var(ddof=1)) / 2)
    df = df_of_average(a, b, error, sd)
    return standardised("d_av", float((b - a).mean()), error, df, sd, level=level, corrected=corrected)


def df_of_average(before: Array, after: Array, error: float, sd: float) -> float:
    """Degrees of freedom of mean change / average SD.

    The error of the mean has n − 1; the average of two correlated variances has more (Satterthwaite's). d's own
    variance is made of both parts, and by their shares in it their degrees of freedom are averaged: with n − 1
    alone the interval of a large d would cover 98 % and more.
    """
    pairs = before.size - 1
    (va, covariance), (_, vb) = np.cov(before, after).tolist()
    of_sd = pairs * (va + vb) ** 2 / (va**2 + vb**2 + 2 * covariance**2)
    of_mean = (error / sd) ** 2
    of_spread = (float((after - before).mean()) / sd) ** 2 / (2 * of_sd)
    return float((of_mean + of_spread) / (of_mean / pairs + of_spread / of_sd))


def correction(df: float) -> float:
    """J(df) = Γ(df/2) / (√(df/2) Γ((df − 1)/2)) of Hedges (1981); between 0 and 1, for df > 1."""
    half = df / 2
    if half > 1e3:  # Γ(x + 1/2) / Γ(x) by its series, where the difference of log-gammas has lost its digits
        x = half - 0.5
        return math.sqrt(x / half) * (1 - 1 / (8 * x) + 1 / (128 * x**2) + 5 / (1024 * x**3))
    return math.exp(math.lgamma(half) - math.lgamma(half - 0.5)) / math.sqrt(half)


def noncentrality_limits(t: float, df: float, *, level: float = LEVEL) -> tuple[float, float]:
    """The noncentralities for which the observed t is just at the upper and at the lower tail: low, high."""
    tail = (1 - level) / 2
    low, high = (_noncentrality(abs(t), df, p) for p in (1 - tail, tail))
    return (low, high) if t >= 0 else (-high, -low)


def noncentral_t_cdf(t: float, df: float, noncentrality: float) -> float:
    """P(T ≤ t) for t ≥ 0 and df ≥ 1, right to 1e-10.

    By quadrature, since SciPy's nctdtr differs between its versions and fails in places. T is (Z + δ) / S with
    S = √(χ²/df): given S it is Φ(tS − δ), given Z it is P(S ≥ (Z + δ)/t); the smoother of the two is integrated.
    """
    if t > math.sqrt(2 * df):
        start = max(-noncentrality, -FARTHEST_Z)
        below = float(special.ndtr(-noncentrality))
        if start >= FARTHEST_Z:
            return below
        half = (FARTHEST_Z - start) / 2
        z = start + half * (NODES + 1)
        upper = special.gammaincc(df / 2, df / 2 * ((z + noncentrality) / t) ** 2)
        return below + half * float(WEIGHTS @ (np.exp(-z * z / 2) * upper)) / math.sqrt(2 * math.pi)
    bottom = math.sqrt(2 * special.gammaincinv(df / 2, CUT_TAIL) / df)
    top = math.sqrt(2 * special.gammainccinv(df / 2, CUT_TAIL) / df)
    # over √s, since the density of s itself has no derivative at 0 where df is between 1 and 2
    half = (math.sqrt(top) - math.sqrt(bottom)) / 2
    root = math.sqrt(bottom) + half * (NODES + 1)
    s = root * root
    log_density = (2 * df - 1) * np.log(root) - df / 2 * (s * s - 1)
    density = WEIGHTS * np.exp(log_density - log_density.max())
    # dividing by the density's own sum leaves out its constant, a difference of two large numbers
    return float(density @ special.ndtr(t * s - noncentrality) / density.sum())


def _noncentrality(t: float, df: float, p: float) -> float:
    """The noncentrality with P(T ≤ t) = p, by the secant within a bracket: its probit is nearly a line."""
    goal, scale = float(special.ndtri(p)), math.sqrt(1 + t * t / (2 * df))

    def gap(candidate: float) -> float:
        found = noncentral_t_cdf(t, df, candidate)
        return float(special.ndtri(min(max(found, 1e-300), 1 - 1e-16))) - goal

    left = right = t - goal * scale
    at_left = at_right = gap(left)
    step = scale * max(abs(at_left), 0.01) * 1.1
    while at_left < 0:
        left, right, at_right, step = left - step, left, at_left, 2 * step
        at_left = gap(left)
    while at_right > 0:
        left, right, at_left, step = right, right + step, at_right, 2 * step
        at_right = gap(right)
    return _root(gap, (left, at_left), (right, at_right), SETTLED * scale)


def _root(gap: Callable[[float], float], left: Point, right: Point, tolerance: float) -> float:
    """Where a falling function is 0, between two points of it; by the Illinois rule."""
    (a, at_a), (b, at_b) = left, right
    for _ in range(STEPS):
        if at_a == at_b:
            break
        middle = (a * at_b - b * at_a) / (at_b - at_a)
        at_middle = gap(middle)
        if abs(at_middle) < SETTLED or abs(b - a) < tolerance:
            return middle
        if (at_middle > 0) == (at_b > 0):
            at_a /= 2
        else:
            a, at_a = b, at_b
        b, at_b = middle, at_middle
    return b


def _vary(values: Array) -> bool:
    """Whether scores differ by more than the rounding of floating-point means."""
    return bool(np.ptp(values) > ROUNDING * max(1.0, float(np.abs(values).max())))
