"""Tests by exchange: how often would groups come out as far apart if who belongs to which were dealt out anew?

Exact where there are few ways of dealing out, else by so many random ones, with (1 + as far apart) / (1 + dealt) as p,
which keeps its level whatever their number.

Source: Phipson, B., & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in
Genetics and Molecular Biology, 9(1), 39.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
MOST_EXACT = 20_000
N_DEALT = 4_999
ROUNDING = 1e-9


def p_of_difference(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> float | None:
    """Two-sided p that the means of two groups, shapes (n,) and (m,), differ by chance; null where one is empty."""
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if not one.size or not other.size:
        return None
    together = np.concatenate([one, other])
    n, total = one.size, float(together.sum())

    def apart(sums: Array) -> Array:
        return np.abs(sums / n - (total - sums) / other.size)

    observed = float(apart(np.array([one.sum()]))[0]) - ROUNDING
    n_ways = math.comb(together.size, n)
    if n_ways <= MOST_EXACT:
        chosen = np.fromiter(combinations(range(together.size), n), dtype=np.dtype((np.intp, n)), count=n_ways)
        return float(np.mean(apart(together[chosen].sum(axis=1)) >= observed))
    rng = np.random.default_rng(seed)
    dealt = rng.permuted(np.broadcast_to(together, (N_DEALT, together.size)), axis=1)
    return (1 + int(np.sum(apart(dealt[:, :n].sum(axis=1)) >= observed))) / (1 + N_DEALT)


def p_of_shares(counts: ArrayLike, second: ArrayLike, strata: ArrayLike, *, seed: int = 0) -> float | None:
    """p that units of two groups choose alike, by how far the shares of their choices lie apart (χ² of totals).

    Parameters
    ----------
    counts
        Unit × option: how often each unit (an administration) chose each option, shape (n, k).
    second
        Which units are of the second group, shape (n,) of booleans.
    strata
        Within which units may change places, shape (n,).

    Null where one group is empty.
    """
    chosen = np.asarray(counts, dtype=float)
    group, codes = np.asarray(second, dtype=bool), np.unique(strata, return_inverse=True)[1]
    if not group.any() or group.all():
        return None
    expected = chosen.sum(axis=0)
    used = expected > 0

    def apart(memberships: Array) -> Array:
        sums = memberships @ chosen
        others = expected - sums
        shares = sums / sums.sum(axis=1, keepdims=True) - others / others.sum(axis=1, keepdims=True)
        return np.asarray(np.sum(shares[:, used] ** 2 / expected[used], axis=1))

    observed = float(apart(group[None, :].astype(float))[0])
    rng = np.random.default_rng(seed)
    dealt = np.empty((N_DEALT, group.size))
    for code in range(int(codes.max()) + 1):
        at = np.flatnonzero(codes == code)
        dealt[:, at] = rng.permuted(np.broadcast_to(group[at], (N_DEALT, at.size)), axis=1)
    far = apart(dealt) >= observed * (1 - ROUNDING)
    return (1 + int(np.sum(far))) / (1 + N_DEALT)
