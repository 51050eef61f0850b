"""Generalizability: how much of the variance of scores comes from factors, situations, repeats and the rest.

The components are those of the random model score = μ + factor + situation within factor + repeat + residual, where a
repeat is a run that several situations share (a run number crossed with situations); where repeats share nothing
(persons, or conversations of their own) there is no such term, and the residual is what varies from repeat to repeat.

Values are REML's (``mixed.fit_mixed``). Intervals are modified large-sample intervals (MLS; Ting et al., 1990) on
unweighted mean squares (Burdick & Graybill, 1992, chapters 3 to 5), and the χ² interval for the residual. They were
chosen by simulation: at 95 %, over designs of 8 × 4 × 3 to 36 × 5 × 10 (factors × situations × repeats; equal and
unequal) they cover 94 to 96.5 %, where Satterthwaite's interval goes down to 66 % as soon as a component is small
beside what is subtracted for it. A variance that is truly 0 is covered more often, since intervals end at 0. They
assume normal effects.

Sources: Ting, N., Burdick, R. K., Graybill, F. A., Jeyaratnam, S., & Lu, T.-F. C. (1990). Confidence intervals on
linear combinations of variance components that are unrestricted in sign. Journal of Statistical Computation and
Simulation, 35, 135-143. Burdick, R. K., & Graybill, F. A. (1992). Confidence intervals on variance components. Dekker.
Brennan, R. L. (2001). Generalizability theory. Springer (coefficients, shares).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.mixed import fit_mixed

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
MINIMUM = 2
ROUNDING = 1e-9
ONE_FACTOR = "one factor only, so that nothing says how factors vary"
ONE_SITUATION = "one situation a factor, so that factor and situation cannot be told apart"
ONE_REPEAT = "one repeat only, so that situation and residual cannot be told apart; both are in the residual"
NOT_SHARED = "repeats share nothing across situations; what varies from one to the next is in the residual"


@dataclass(frozen=True)
class Component:
    """A variance (squared points) and its share of the variance of a single score; null shares where there is none."""

    variance: Estimate
    share: float | None = None


@dataclass(frozen=True)
class VarianceComponents:
    """Where the variance of scores comes from.

    ``factor``, ``situation`` (within factor), ``repeat`` and ``residual`` add up to the variance of one score, of which
    ``order`` (the order of items) is a part: it lies within the residual, or within the repeat where runs share their
    orders. ``baseline`` is the variance of baseline scores, null where before and after share a session.
    ``n_repeats`` is the harmonic mean of repeats a situation; ``n_situations`` are all, in ``n_factors`` factors.
    """

    factor: Component
    situation: Component
    repeat: Component
    residual: Component
    order: Component | None
    baseline: Component | None
    n_scores: int
    n_factors: int
    n_situations: int
    n_repeats: float
    n_baseline: int

    @property
    def repeat_level(self) -> float | None:
        """The variance from one repeat of a situation to the next: repeat and residual together."""
        residual = self.residual.variance.value
        return None if residual is None else residual + (self.repeat.variance.value or 0.0)

    @property
    def is_paired(self) -> bool:
        """Whether scores are changes within sessions, so that no baseline is to be subtracted."""
        return self.baseline is None


@dataclass(frozen=True)
class Dependability:
    """Coefficients of the means of factors, 0 to 1: ``relative`` for their ranks, ``absolute`` for their levels."""

    relative: Estimate
    absolute: Estimate


def variance_components(
    scores: ArrayLike,
    factors: ArrayLike,
    situations: ArrayLike,
    repeats: ArrayLike | None = None,
    *,
    baseline: ArrayLike | None = None,
    order: Estimate | None = None,
    level: float = LEVEL,
) -> VarianceComponents:
    """Components of variance.

    Parameters
    ----------
    scores, factors, situations
        One score per administration and the codes of its factor and situation, shape (n,). A situation belongs to one
        factor. Missing scores raise a ValueError.
    repeats
        The run of each score where several situations share runs; not given where repeats share nothing.
    baseline
        Baseline scores, shape (m,); not given where ``scores`` are changes within sessions.
    order
        The variance of a score that the order of its items makes (``order_effects.score_variance``).
    """
    design = _Design(scores, factors, situations, repeats)
    variances = _variances(design, level)
    total = sum(v.value or 0.0 for v in variances.values())
    return VarianceComponents(
        **{name: Component(variance, _share(variance, total)) for name, variance in variances.items()},
        order=None if order is None else Component(order, _share(order, total)),
        baseline=None if baseline is None else Component(spread(baseline, level)),
        n_scores=design.y.size,
        n_factors=design.n_factors,
        n_situations=design.n_situations,
        n_repeats=float(1 / np.mean(1 / design.counts)),
        n_baseline=0 if baseline is None else np.asarray(baseline).size,
    )


def _variances(design: _Design, level: float) -> dict[str, Estimate]:
    """The components of a score, by name."""
    groups = {"factor": design.factors, "situation": design.situations}
    if design.runs is not None:
        groups["repeat"] = design.runs
    found = fit_mixed(design.y, np.ones((design.y.size, 1)), groups)
    intervals = _Intervals(design, level)
    return {
        "factor": design.why_no_factor or _within(found.variances["factor"], intervals.factor(), level),
        "situation": design.why_no_situation or _within(found.variances["situation"], intervals.situation(), level),
        "repeat": design.why_no_repeat or _within(found.variances.get("repeat"), intervals.repeat(), level),
        "residual": _within(found.residual, intervals.residual(), level, found.why),
    }


def dependability(
    components: VarianceComponents, n_situations: int, n_repeats: int, *, shared_runs: bool = False
) -> Dependability:
    """Generalizability (relative) and dependability (absolute) of factor means (Brennan, 2001, chapter 4).

    ``n_situations`` are those of each factor. Situations differ from factor to factor, so that their variance counts as
    error on both sides; a run that all situations share moves all factors alike and counts as absolute error only.
    """
    factor, situation = components.factor.variance, components.situation.variance
    residual = components.residual.variance
    for part in (factor, situation, residual):
        if part.value is None and not (part is situation and n_repeats == 1 and situation.why == ONE_REPEAT):
            none = Estimate.none(part.why or "a component cannot be estimated")
            return Dependability(none, none)
    run = components.repeat.variance.value or 0.0
    within = (residual.value or 0.0) + (0.0 if shared_runs else run)
    error = ((situation.value or 0.0) + within / n_repeats) / n_situations
    return Dependability(
        _ratio(factor.value or 0.0, error),
        _ratio(factor.value or 0.0, error + (run / n_repeats if shared_runs else 0.0)),
    )


def spread(values: ArrayLike, level: float = LEVEL) -> Estimate:
    """The variance of independent values, shape (n,), with the χ² interval of normal ones."""
    y = np.asarray(values, dtype=float)
    if y.size < MINIMUM:
        return Estimate.none("fewer than two scores")
    return _within(float(y.var(ddof=1)), _chi_square(float(y.var(ddof=1)), y.size - 1, level), level)


def mls_interval(
    larger: tuple[float, float], smaller: tuple[float, float], weight: float, level: float = LEVEL
) -> tuple[float, float]:
    """The interval of the variance E(larger) − weight × E(smaller), by modified large samples (Ting et al., 1990).

    ``larger`` and ``smaller`` are independent mean squares with their degrees of freedom. Both ends are ≥ 0.
    """
    (one, n1), (other, n2) = larger, smaller
    tail = (1 - level) / 2
    other *= weight
    g1, h1 = _chi_limits(n1, tail)
    g2, h2 = _chi_limits(n2, tail)
    high, low = float(special.fdtri(n1, n2, 1 - tail)), float(special.fdtri(n1, n2, tail))
    g12 = ((high - 1) ** 2 - (g1 * high) ** 2 - h2**2) / high
    h12 = ((1 - low) ** 2 - (h1 * low) ** 2 - g2**2) / low
    below = (g1 * one) ** 2 + (h2 * other) ** 2 + g12 * one * other
    above = (h1 * one) ** 2 + (g2 * other) ** 2 + h12 * one * other
    value = one - other
    return max(0.0, value - math.sqrt(max(below, 0.0))), max(0.0, value + math.sqrt(max(above, 0.0)))


def _chi_limits(n: float, tail: float) -> tuple[float, float]:
    """G and H: 1 − n / χ²(1 − tail) and n / χ²(tail) − 1."""
    return 1 - n / float(special.chdtri(n, tail)), n / float(special.chdtri(n, 1 - tail)) - 1


def _chi_square(mean_square: float, df: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    square = mean_square * df
    return square / float(special.chdtri(df, tail)), square / float(special.chdtri(df, 1 - tail))


def _within(value: float | None, ends: tuple[float, float] | None, level: float, why: str | None = None) -> Estimate:
    """A value with its interval; REML's values and unweighted mean squares differ, so that the ends give way."""
    if value is None:
        return Estimate.none(why or "it cannot be told from the rest")
    if ends is None:
        return Estimate(value, level=level, why="too few scores for an interval")
    return Estimate(value, min(ends[0], value), max(ends[1], value), level)


def _share(part: Estimate, total: float) -> float | None:
    return None if part.value is None or total <= 0 else part.value / total


def _ratio(signal: float, error: float) -> Estimate:
    if signal + error <= 0:
        return Estimate.none("the scores do not vary")
    return Estimate(signal / (signal + error), why="an interval is not given for coefficients")


class _Design:
    """Scores with their codes, and which components their design can tell apart."""

    def __init__(self, scores: ArrayLike, factors: ArrayLike, situations: ArrayLike, repeats: ArrayLike | None) -> None:
        self.y = np.asarray(scores, dtype=float)
        if self.y.ndim != 1 or not self.y.size or not np.isfinite(self.y).all():
            raise ValueError("scores must be one-dimensional, not empty and not missing")
        self.factors, self.situations = _coded(factors, self.y.size), _coded(situations, self.y.size)
        runs = None if repeats is None else _coded(repeats, self.y.size)
        self.counts = np.bincount(self.situations)
        self.n_situations = self.counts.size
        first = np.unique(self.situations, return_index=True)[1]
        self.factor_of = self.factors[first]
        if (self.factors != self.factor_of[self.situations]).any():
            raise ValueError("a situation must belong to one factor")
        self.per_factor = np.bincount(self.factor_of)
        self.n_factors = self.per_factor.size
        several = self.counts.max() >= MINIMUM
        self.why_no_factor = None if self.n_factors > 1 else Estimate.none(ONE_FACTOR)
        self.why_no_situation: Estimate | None = None
        if self.per_factor.max() < MINIMUM:
            self.why_no_situation = Estimate.none(ONE_SITUATION)
        elif not several:
            self.why_no_situation = Estimate.none(ONE_REPEAT)
        is_shared = runs is not None and several and self.n_situations > 1 and runs.max() > 0
        self.runs = runs if is_shared else None
        self.why_no_repeat = None if is_shared else Estimate.none(NOT_SHARED if several else ONE_REPEAT)


def _coded(codes: ArrayLike, n: int) -> Codes:
    given = np.asarray(codes)
    if given.shape != (n,):
        raise ValueError(f"codes must be {n}, one a score")
    return np.unique(given.astype(str) if given.dtype == object else given, return_inverse=True)[1].reshape(-1)


class _Intervals:
    """Intervals of the components from mean squares; null where there are no degrees of freedom.

    Situations and runs are fixed effects here, fitted by least squares: what they leave is the residual, and the spread
    of their estimates is their variance and their part of the residual's.
    """

    def __init__(self, design: _Design, level: float) -> None:
        self.design, self.level = design, level
        self.means, self.run_square, rss, n_runs = _least_squares(design)
        df = design.y.size - design.n_situations - n_runs
        self.error = (rss / df, float(df)) if df > 0 else None
        j = design.per_factor
        self.factor_means = np.bincount(design.factor_of, self.means) / j
        squares = np.square(self.means - self.factor_means[design.factor_of]).sum()
        self.df_situations = int((j - 1).sum())
        self.between = (float(squares / self.df_situations), float(self.df_situations)) if self.df_situations else None

    def residual(self) -> tuple[float, float] | None:
        """χ² interval; over situations where each was put once."""
        found = self.error or (self.between if self.design.counts.max() < MINIMUM else None)
        return None if found is None else _chi_square(*found, self.level)

    def situation(self) -> tuple[float, float] | None:
        if self.between is None or self.error is None:
            return None
        shares = (1 - 1 / self.design.per_factor[self.design.factor_of]) / self.design.counts
        return mls_interval(self.between, self.error, float(shares.sum()) / self.df_situations, self.level)

    def factor(self) -> tuple[float, float] | None:
        n_factors = self.design.n_factors
        if self.between is None or n_factors < MINIMUM:
            return None
        square = (float(self.factor_means.var(ddof=1)), float(n_factors - 1))
        return mls_interval(square, self.between, float(np.mean(1 / self.design.per_factor)), self.level)

    def repeat(self) -> tuple[float, float] | None:
        if self.run_square is None or self.error is None:
            return None
        square, df, weight = self.run_square
        return mls_interval((square, df), self.error, weight, self.level)


def _least_squares(design: _Design) -> tuple[Array, tuple[float, float, float] | None, float, int]:
    """Situations' means, the runs' mean square with its df and weight, the rest's sum of squares, the runs' rank."""
    y, codes = design.y, design.situations
    means = np.bincount(codes, y) / design.counts
    rest = y - means[codes]
    if design.runs is None:
        return means, None, float(rest @ rest), 0
    n_runs = int(design.runs.max()) + 1
    met = np.bincount(codes * n_runs + design.runs, minlength=design.n_situations * n_runs).reshape(-1, n_runs)
    information = np.diag(met.sum(axis=0)) - met.T @ (met / design.counts[:, None])
    inverse = np.linalg.pinv(information, rcond=ROUNDING, hermitian=True)
    effects = inverse @ np.bincount(design.runs, rest, minlength=n_runs)
    rank = round(float(np.trace(information @ inverse)))
    left = rest - effects[design.runs] + (met @ effects / design.counts)[codes]
    means = means - met @ effects / design.counts
    if rank < 1:
        return means, None, float(left @ left), rank
    return (
        means,
        (float(effects @ effects / rank), float(rank), float(np.trace(inverse)) / rank),
        float(left @ left),
        rank,
    )
