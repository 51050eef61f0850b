"""How wide an interval can be expected to be, before there are scores: the mean half-width over studies of one design.

The interval is that of ``contrasts.stratified_mean``: the mean over F strata (factors) of the means of their units
(situations), the variance of units pooled within pools (emotions), with Satterthwaite's degrees of freedom. With
variance σ² of a unit and k units of a stratum, a pool's part of the squared standard error is estimated by

    σ² χ²(d) / d · Σ 1 / (k F²),  d = Σ (k − 1) over all strata of the pool,

so that the half-width varies from study to study. With one pool its mean is t(d) c₄(d) SE, where c₄ is the mean of a
χ(d) divided by √d; with several it is taken over draws of their χ² with a fixed seed. Where a pool has one unit of each
stratum the interval takes all units of the row as one stratum, and how strata differ widens it: then the χ² is
noncentral. Units are taken to be normal.

Sources: Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics
Bulletin, 2, 110-114. Johnson, N. L., & Welch, B. L. (1940). Applications of the non-central t-distribution.
Biometrika, 31, 362-389 (c₄, the mean of χ).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL

N_DRAWS, SEED = 20_000, 20_240_917
ONE_UNIT = "one situation only, so that nothing says how situations vary"
Array = NDArray[np.float64]
Counts = NDArray[np.int_]


@dataclass(frozen=True)
class ExpectedWidth:
    """The mean half-width of the interval, in the unit of the scores; None with a ``why`` where there is no interval.

    ``is_pooled`` is False where all units were taken as one stratum, so that the interval is wider than it need be.
    """

    half_width: float | None
    is_pooled: bool = True
    why: str | None = None


def expected_width(
    counts: ArrayLike,
    pools: ArrayLike,
    chosen: ArrayLike,
    variance: float,
    *,
    strata_variance: float = 0.0,
    level: float = LEVEL,
) -> ExpectedWidth:
    """The half-width to be expected of the mean over the chosen strata.

    Parameters
    ----------
    counts, pools, chosen
        Of every stratum of the study: its units (1 at least), the number of its pool, from 0, and whether the mean is
        over it; shape (strata,). The other strata only tell how units vary.
    variance
        Of a unit around its stratum's mean, as it is observed: persons' noise included.
    strata_variance
        Of the strata's means; matters only where all units are taken as one stratum.
    """
    n, pool, of_row = np.asarray(counts, int), np.asarray(pools, int), np.asarray(chosen, bool)
    if not of_row.any() or (n < 1).any() or not variance >= 0 or not 0 < level < 1:
        raise ValueError("a row needs a stratum, strata a unit, a variance to be at least 0, a level to be within 0, 1")
    degrees = np.bincount(pool, n - 1)
    if (degrees[pool[of_row]] == 0).any():
        return _one_stratum(n[of_row], variance, strata_variance, level)
    weights = np.bincount(pool[of_row], 1 / (n[of_row] * of_row.sum() ** 2), minlength=degrees.size)
    used = weights > 0
    if used.sum() == 1:
        df = int(degrees[used][0])
        return ExpectedWidth(_t(df, level) * c4(df) * math.sqrt(variance * float(weights[used][0])))
    parts: Array = np.asarray(variance * weights[used], dtype=float)
    return ExpectedWidth(_over_draws(parts, degrees[used], level))


def has_interval(counts: ArrayLike, pools: ArrayLike, chosen: ArrayLike) -> bool:
    """Whether the mean over the chosen strata will have an interval and a test; parameters as ``expected_width``'s."""
    n, pool, of_row = np.asarray(counts, int), np.asarray(pools, int), np.asarray(chosen, bool)
    is_pooled = bool((np.bincount(pool, n - 1)[pool[of_row]] > 0).all())
    return bool(of_row.any()) and (is_pooled or int(n[of_row].sum()) > 1)


def c4(df: int) -> float:
    """The mean SD of normal values on ``df`` degrees of freedom (1 at least), in true SDs: 0.8 to 1."""
    return math.sqrt(2 / df) * math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2))


def _over_draws(parts: Array, degrees: Counts, level: float) -> float:
    """The mean half-width where several pools share in the squared standard error; shapes (pools,)."""
    random = np.random.default_rng(SEED)
    drawn = parts * random.chisquare(degrees, (N_DRAWS, degrees.size)) / degrees
    squared, used = drawn.sum(axis=1), (drawn**2 / degrees).sum(axis=1)
    df = np.divide(squared**2, used, out=np.ones_like(squared), where=used > 0)
    return float(np.mean(special.stdtrit(df, (1 + level) / 2) * np.sqrt(squared)))


def _one_stratum(counts: Counts, variance: float, strata_variance: float, level: float) -> ExpectedWidth:
    """All units of the row as one stratum, as the analysis takes them where a pool has no spread of its own."""
    n_units = int(counts.sum())
    if n_units < 2:
        return ExpectedWidth(None, is_pooled=False, why=ONE_UNIT)
    df = n_units - 1
    share = math.sqrt(float(np.sum(1 / (counts * counts.size**2))))
    if variance == 0:
        return ExpectedWidth(_t(df, level) * math.sqrt(strata_variance) * share, is_pooled=False)
    noncentral = np.random.default_rng(SEED).noncentral_chisquare(df, df * strata_variance / variance, N_DRAWS)
    sd = float(np.mean(np.sqrt(variance * noncentral / df)))
    return ExpectedWidth(_t(df, level) * sd * share, is_pooled=False)


def _t(df: int, level: float) -> float:
    return float(special.stdtrit(df, (1 + level) / 2))
