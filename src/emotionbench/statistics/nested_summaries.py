"""Variance components from published summaries: how persons, situations and factors vary, without any single score.

A norm gives the mean change and the number of persons of every situation, and the SD over all persons of a factor. By
the identity of the analysis of variance that is all it takes: of the sum of squares of a factor's persons,
(N − 1) SD², what is not between its situations is within them. The components are then those of the nested layout of
unequal numbers, by equating mean squares with their expectations:

    person²    = SS_within / Σ (N_f − S_f)
    situation² = (SS_between / Σ (S_f − 1) − person²) / n₀,  n₀ = Σ (N_f − Σ n² / N_f) / Σ (S_f − 1)
    factor²    = variance of the means of factors (over their situations' means) − what persons and situations add to it

N_f persons and S_f situations of a factor, n persons of one situation. A component below 0 is given as 0.

Source: Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components. Wiley, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINIMUM = 2
Array = NDArray[np.float64]


@dataclass(frozen=True)
class NestedVariances:
    """Variances, in squared points.

    ``person`` within a situation (on ``person_df`` degrees of freedom), ``situation`` within a factor (on
    ``situation_df``), ``factor`` within a pool (an emotion, say) and ``overall`` of all factors together; the latter
    two are 0 where there is nothing to tell them from.
    """

    person: float
    situation: float
    factor: float
    overall: float
    person_df: int
    situation_df: int


def nested_variances(
    means: ArrayLike, sizes: ArrayLike, factors: ArrayLike, sds: ArrayLike, pools: ArrayLike
) -> NestedVariances:
    """Variance components from summaries.

    Parameters
    ----------
    means, sizes, factors
        Of every situation: its persons' mean, how many they are (1 at least), and the number of its factor, from 0;
        shape (situations,).
    sds, pools
        Of every factor: the SD over all its persons, and the number of its pool, from 0; shape (factors,).

    A ValueError where no situation has two persons, no factor two situations, or a factor none.
    """
    mean, n, of = np.asarray(means, float), np.asarray(sizes, float), np.asarray(factors, int)
    sd, pool = np.asarray(sds, float), np.asarray(pools, int)
    persons, situations = np.bincount(of, n, sd.size), np.bincount(of, minlength=sd.size)
    if (situations == 0).any():
        raise ValueError("a factor has no situations")
    person_df, situation_df = int((persons - situations).sum()), int((situations - 1).sum())
    if person_df < 1 or situation_df < 1:
        raise ValueError("no situation has two persons, or no factor two situations")
    centres = np.bincount(of, n * mean) / persons
    between = float((n * (mean - centres[of]) ** 2).sum())
    within = float(((persons - 1) * sd**2).sum()) - between
    person = max(within, 0.0) / person_df
    typical = float((persons - np.bincount(of, n**2) / persons).sum()) / situation_df
    situation = max(between / situation_df - person, 0.0) / typical
    noise = np.bincount(of, situation + person / n) / situations**2
    unweighted = np.bincount(of, mean) / situations
    together = np.zeros_like(pool)
    return NestedVariances(
        person,
        situation,
        _spread(unweighted, noise, pool),
        _spread(unweighted, noise, together),
        person_df,
        situation_df,
    )


def _spread(means: Array, noise: Array, pools: NDArray[np.int_]) -> float:
    """The variance of means within pools, less what their noise adds to it; 0 where no pool has two."""
    counts = np.bincount(pools)
    df = int((counts - 1).sum())
    if df < 1:
        return 0.0
    centres = np.bincount(pools, means) / counts
    squares = float(((means - centres[pools]) ** 2).sum())
    added = float((noise * (1 - 1 / counts[pools])).sum())
    return max(squares - added, 0.0) / df
