"""Runs that cross situations: what a whole run (one pass over all situations) does to every score in it.

Repeats are independent where nothing joins the repeats of one number. Where something does (one item order for a
whole run, a server that drifts from one pass to the next), all situations of a run move together, and a mean over
many situations is no more precise than the few runs allow.

In the two-way layout of situations × runs without replication, the mean squares of runs and of the residual give F and
the component of variance (MS_runs − MS_residual) / situations.

Source: Searle, S. R., Casella, G. & McCulloch, C. E. (1992). Variance Components, section 4.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LEAST_RUNS, LEAST_SITUATIONS = 2, 3


@dataclass(frozen=True)
class RunEffect:
    """How runs differ: ``sd`` between runs in raw points, the p of none, and the n's that it comes from."""

    sd: float
    p: float
    n_runs: int
    n_situations: int

    @property
    def variance_of_mean(self) -> float:
        """What runs add to the variance of a mean over all of them."""
        return self.sd**2 / self.n_runs


def run_effect(scores: ArrayLike) -> RunEffect | None:
    """The effect of runs on scores of shape (situations, runs), without missing values.

    None where there are too few of either, or no variation within situations.
    """
    values = np.asarray(scores, dtype=float)
    if values.ndim != 2 or values.shape[0] < LEAST_SITUATIONS or values.shape[1] < LEAST_RUNS:
        return None
    n_situations, n_runs = values.shape
    of_runs = values.mean(axis=0) - values.mean()
    rest = values - values.mean(axis=1, keepdims=True) - of_runs
    df_runs, df_rest = n_runs - 1, (n_situations - 1) * (n_runs - 1)
    mean_square = n_situations * float(np.sum(of_runs**2)) / df_runs
    residual = float(np.sum(rest**2)) / df_rest
    if residual <= 1e-12 * max(1.0, float(np.abs(values).max()) ** 2):
        return None
    p = float(special.fdtrc(df_runs, df_rest, mean_square / residual))
    return RunEffect(math.sqrt(max(mean_square - residual, 0.0) / n_situations), p, n_runs, n_situations)
