"""Whether what was stirred moves more than the rest: a matrix's diagonal against its rows.

Columns are what is answered, one for each of m kinds; every situation is meant to stir one of them, its own. A figure's
dominance is that of its own column minus the mean of the m − 1 others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emotionbench.statistics.contrasts import Mean, gap, plain_mean, stratified_mean

Array = NDArray[np.float64]
TIE = 1e-9


@dataclass(frozen=True)
class Dominance:
    """``overall``: the mean over kinds, each counting once; ``by_kind``: for every kind in the order of columns."""

    overall: Mean
    by_kind: tuple[Mean, ...]


def own_minus_others(values: ArrayLike, own: ArrayLike) -> Array:
    """Own column minus the mean of the others; ``values`` (n, m), ``own`` (n,) column numbers; shape (n,)."""
    rows, columns = np.asarray(values, dtype=float), np.asarray(own, dtype=np.intp)
    m = rows.shape[1]
    mine = np.take_along_axis(rows, columns[:, None], axis=1)[:, 0]
    # differences first, so that a constant row gives exactly 0
    return np.asarray((mine[:, None] - rows).sum(axis=1) / (m - 1))


def dominance(values: ArrayLike, own: ArrayLike, strata: ArrayLike, baseline: ArrayLike | None) -> Dominance:
    """Dominance of changes, with the situation as the unit.

    Parameters
    ----------
    values
        One row per situation, repeats averaged, shape (n, m): scores after, or changes where ``baseline`` is None.
    own
        The column that each situation is meant to stir, shape (n,).
    strata
        The factor of each situation; factors of a kind count once each.
    baseline
        Scores of the baseline's administrations, shape (n_baseline, m), subtracted with their uncertainty: Welch.

    Notes
    -----
    Kinds weigh equally, so that the baseline's part cancels out of ``overall``: every column is own once and one of the
    m − 1 others m − 1 times. It therefore needs no baseline, and its interval holds no noise of one.
    """
    rows, columns, codes = np.asarray(values, dtype=float), np.asarray(own), np.asarray(strata)
    m = rows.shape[1]
    scores = own_minus_others(rows, columns)
    after = [stratified_mean(scores[columns == kind], codes[columns == kind]) for kind in range(m)]
    if baseline is None:
        return Dominance(mean_of(after), tuple(after))
    before = np.asarray(baseline, dtype=float).reshape(-1, m)
    by_kind = [
        gap(plain_mean(own_minus_others(before, np.full(len(before), kind))), mean) for kind, mean in enumerate(after)
    ]
    return Dominance(mean_of(after), tuple(by_kind))


def mean_of(means: Sequence[Mean]) -> Mean:
    """The mean of independent means, each counting once, with Satterthwaite's degrees of freedom."""
    known = [mean.value for mean in means if mean.value is not None]
    n = sum(mean.n for mean in means)
    if len(known) < len(means) or not known:
        return Mean(n, None, why=next((mean.why for mean in means if mean.value is None), "no scores"))
    value = float(np.mean(known))
    unknown = next((mean for mean in means if mean.standard_error is None), None)
    if unknown:
        return Mean(n, value, why=unknown.why)
    errors = [((mean.standard_error or 0.0) / len(means), mean.df) for mean in means]
    variance = sum(error**2 for error, _ in errors)
    used = sum(error**4 / df for error, df in errors if df is not None)
    return Mean(n, value, math.sqrt(variance), variance**2 / used if used else None)


def hits(changes: ArrayLike, own: ArrayLike) -> Array:
    """1 for every row of ``changes`` (n, m) whose own column is the largest, 1/t where t columns tie for it, else 0."""
    rows, columns = np.asarray(changes, dtype=float), np.asarray(own, dtype=np.intp)
    is_largest = rows >= rows.max(axis=1, keepdims=True) - TIE
    mine = np.take_along_axis(is_largest, columns[:, None], axis=1)[:, 0]
    return np.asarray(mine / is_largest.sum(axis=1))
