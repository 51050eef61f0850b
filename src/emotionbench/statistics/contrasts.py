"""Differences between scores, with the interval, effect size and test that fit how they came about.

The unit of the default analysis is the situation: repeats of one are averaged first. ``Mean`` is such a mean over
situations (or over administrations at the baseline) with what is needed to carry its uncertainty on; differences of
independent means add their variances, and their degrees of freedom follow Satterthwaite.

Where scores do not vary there is no error to test against: the difference stands, its interval, effect size and p are
null, and ``note`` says why.

Sources: Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics
Bulletin, 2, 110-114. Welch, B. L. (1947). The generalization of Student's problem. Biometrika, 34, 28-35.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.effect_sizes import EffectSize, df_of_average, standardised
from emotionbench.statistics.estimate import LEVEL

Scores = NDArray[np.float64]
MINIMUM = 2
ROUNDING = 1e-9


@dataclass(frozen=True)
class Moments:
    """Mean and standard deviation (n − 1) of n scores; null where n is too small."""

    n: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True)
class Mean:
    """A mean of n units with its uncertainty.

    ``standard_error`` (raw points), ``df`` and ``sd`` (of a unit around its stratum's mean) are null where they cannot
    be estimated, for the reason in ``why``; a ``standard_error`` of 0 means that the units do not vary.
    """

    n: int
    value: float | None
    standard_error: float | None = None
    df: float | None = None
    sd: float | None = None
    why: str | None = None

    def interval(self, level: float = LEVEL) -> tuple[float | None, float | None]:
        """The confidence interval; null ends where there is none."""
        if self.value is None or self.standard_error is None or self.df is None or self.standard_error == 0:
            return None, None
        margin = float(special.stdtrit(self.df, (1 + level) / 2)) * self.standard_error
        return self.value - margin, self.value + margin


@dataclass(frozen=True)
class Contrast:
    """A difference in raw points (second − first, or after − before) with interval, effect sizes and two-sided test.

    ``low`` and ``high`` end the 95 % interval, which is not adjusted for other tests. ``n`` counts the units behind
    the second side (situations, by the default rule). ``p_holm`` and ``p_bh`` are p adjusted within the ``n_tests``
    tests of the ``family`` (Holm; Benjamini and Hochberg); they are null before it is adjusted.
    """

    difference: float | None
    test: str
    t: float | None = None
    df: float | None = None
    p: float | None = None
    note: str | None = None
    standard_error: float | None = None
    low: float | None = None
    high: float | None = None
    effects: tuple[EffectSize, ...] = ()
    n: int | None = None
    family: str | None = None
    n_tests: int | None = None
    p_holm: float | None = None
    p_bh: float | None = None

    def arrow(self, alpha: float) -> str:
        """``↑`` or ``↓`` where the unadjusted p < alpha, ``−`` where not, ``?`` where there is no test."""
        return arrow(self.difference, self.p, alpha)


def arrow(difference: float | None, p: float | None, alpha: float) -> str:
    """``↑`` or ``↓`` where p < alpha, ``−`` where not, ``?`` where there is no test."""
    if p is None or difference is None:
        return "?"
    if p >= alpha:
        return "−"
    return "↑" if difference > 0 else "↓"


def moments(scores: ArrayLike) -> Moments:
    """Mean and SD of a one-dimensional array without missing values."""
    values = np.asarray(scores, dtype=float)
    n = int(values.size)
    return Moments(n, float(values.mean()) if n else None, float(values.std(ddof=1)) if n >= MINIMUM else None)


def plain_mean(scores: ArrayLike) -> Mean:
    """The mean of independent units, shape (n,)."""
    values = np.asarray(scores, dtype=float)
    return stratified_mean(values, np.zeros(values.size, dtype=int))


def stratified_mean(
    scores: ArrayLike, strata: ArrayLike, pools: ArrayLike | None = None, counted: ArrayLike | None = None
) -> Mean:
    """The mean over strata of their means: every stratum (a factor, say) counts once, whatever its n.

    Parameters
    ----------
    scores, strata
        Values of units and their stratum, shape (n,).
    pools
        Which strata (those of an emotion, say) are supposed to vary alike, shape (n,): the variance within strata is
        pooled over them, as in a linear model. One pool where it is not given.
    counted
        Units of the strata that the mean is over, shape (n,) of booleans; the others only tell how units vary.

    Degrees of freedom over several pools are Satterthwaite's. Where every stratum of a pool has one unit only, the
    spread within strata cannot be told from that between them: all units then are taken as one stratum for the
    variance, which is too wide rather than too narrow.
    """
    values = np.asarray(scores, dtype=float)
    chosen = np.ones(values.size, dtype=bool) if counted is None else np.asarray(counted, dtype=bool)
    if not chosen.any():
        return Mean(0, None, why="no scores")
    _, first, index, counts = np.unique(strata, return_index=True, return_inverse=True, return_counts=True)
    means = np.bincount(index, values) / counts
    over = np.unique(index[chosen])
    n, value = int(chosen.sum()), float(means[over].mean())
    if values.size < MINIMUM:
        return Mean(n, value, why="one unit only, so that nothing says how units vary")
    pool_of = np.zeros(counts.size, dtype=int) if pools is None else np.unique(pools, return_inverse=True)[1][first]
    degrees = np.bincount(pool_of, counts - 1)
    squares = np.bincount(pool_of, np.bincount(index, (values - means[index]) ** 2))
    if (degrees[pool_of[over]] == 0).any():
        return _one_stratum(values[chosen], counts[index[chosen]], over.size, value)
    variances = squares / np.maximum(degrees, 1)
    sd = math.sqrt(float(variances[pool_of[over]].mean()))
    if sd <= ROUNDING * max(1.0, float(np.abs(values).max())):
        return Mean(n, value, 0.0, None, 0.0)
    weights = np.bincount(pool_of[over], 1 / (counts[over] * over.size**2), minlength=degrees.size)
    parts = variances * weights
    used = float(np.sum(parts**2 / np.maximum(degrees, 1)))
    return Mean(n, value, math.sqrt(float(parts.sum())), float(parts.sum()) ** 2 / used, sd)


def _one_stratum(values: Scores, counts: NDArray[np.intp], n_strata: int, value: float) -> Mean:
    """The mean with its variance from all units together; ``counts`` are the sizes of the units' strata."""
    if values.size < MINIMUM:
        return Mean(int(values.size), value, why="one unit only, so that nothing says how units vary")
    sd = float(values.std(ddof=1)) if _vary(values) else 0.0
    error = sd * math.sqrt(float(np.sum((1 / (n_strata * counts)) ** 2)))
    return Mean(int(values.size), value, error, float(values.size - 1) if sd else None, sd)


def gap(first: Mean, second: Mean) -> Mean:
    """Second − first of independent means, as a mean; its ``sd`` is that of the second's units."""
    if first.value is None or second.value is None:
        return Mean(0, None, why=first.why or second.why or "no scores")
    value = second.value - first.value
    if first.standard_error is None or second.standard_error is None:
        return Mean(second.n, value, why=first.why or second.why)
    errors = [(mean.standard_error or 0.0, mean.df) for mean in (first, second)]
    variance = sum(error**2 for error, _ in errors)
    used = sum(error**4 / df for error, df in errors if df is not None)
    return Mean(second.n, value, math.sqrt(variance), variance**2 / used if used else None, second.sd)


def with_noise(mean: Mean, variance: float, df: float) -> Mean:
    """The same mean with one more independent source of error, of this variance and degrees of freedom."""
    if mean.value is None or mean.standard_error is None or not variance:
        return mean
    own = mean.standard_error**2
    used = variance**2 / df + (own**2 / mean.df if mean.df is not None else 0.0)
    return replace(mean, standard_error=math.sqrt(own + variance), df=(own + variance) ** 2 / used)


def difference(first: Mean, second: Mean) -> Contrast:
    """Second − first of independent means: Welch's t, Hedges' g by the average of the two variances of units."""
    name = "Welch's t"
    apart = gap(first, second)
    if apart.value is None or apart.standard_error is None:
        return Contrast(apart.value, name, note=apart.why, n=apart.n)
    if apart.standard_error == 0 or apart.df is None:
        return Contrast(apart.value, name, note="the scores do not vary", n=apart.n)
    sd = math.sqrt(((first.sd or 0.0) ** 2 + (second.sd or 0.0) ** 2) / 2)
    return replace(t_contrast(name, apart.value, apart.standard_error, apart.df, {"hedges_g": sd}), n=apart.n)


def matched(apart: Mean, first: Mean, second: Mean) -> Contrast:
    """Second − first of means over the same units, from the mean of their differences; d_av by both sides' SDs."""
    name = "paired t"
    if apart.value is None or apart.standard_error is None:
        return Contrast(apart.value, name, note=apart.why or "no scores", n=apart.n)
    if apart.standard_error == 0 or apart.df is None:
        return Contrast(apart.value, name, note="the differences do not vary", n=apart.n)
    sd = math.sqrt(((first.sd or 0.0) ** 2 + (second.sd or 0.0) ** 2) / 2)
    return replace(t_contrast(name, apart.value, apart.standard_error, apart.df, {"d_av": sd}), n=apart.n)


def change(after_minus_before: Mean, before: ArrayLike = (), after: ArrayLike = ()) -> Contrast:
    """The mean of changes within pairs against none, with d_z.

    With the units' scores before and after, in the order of the pairs, shape (n,), there is d_av as well.
    """
    name = "paired t"
    if after_minus_before.value is None:
        return Contrast(None, name, note="no scores")
    apart, error, df = after_minus_before.value, after_minus_before.standard_error, after_minus_before.df
    if error is None:
        return Contrast(apart, name, note=after_minus_before.why)
    if error == 0 or df is None:
        return Contrast(apart, name, note="the changes do not vary")
    found = replace(t_contrast(name, apart, error, df, {"d_z": after_minus_before.sd or 0.0}), n=after_minus_before.n)
    first, second = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.size < MINIMUM:
        return found
    return replace(found, effects=(*found.effects, _of_average(apart, error, first, second)))


def _of_average(apart: float, error: float, before: NDArray[np.float64], after: NDArray[np.float64]) -> EffectSize:
    """d_av; the error may be that of more units than those whose scores these are, which then need not vary."""
    sd = math.sqrt(float(before.var(ddof=1) + after.var(ddof=1)) / 2)
    if sd == 0:
        return EffectSize("d_av", None, why="the scores do not vary")
    return standardised("d_av", apart, error, df_of_average(before, after, error, sd), sd, corrected=False)


def t_contrast(
    test: str, apart: float, standard_error: float, df: float, sds: dict[str, float] | None = None
) -> Contrast:
    """A difference with its t interval and test; ``sds`` names effect sizes and what they divide by."""
    # scipy.special, since importing scipy.stats takes longer than all else that a command does
    t = apart / standard_error
    margin = float(special.stdtrit(df, (1 + LEVEL) / 2)) * standard_error
    effects = tuple(
        standardised(name, apart, standard_error, df, sd, corrected=name == "hedges_g")
        for name, sd in (sds or {}).items()
    )
    return Contrast(
        apart,
        test,
        t,
        float(df),
        float(2 * special.stdtr(df, -abs(t))),
        None,
        standard_error,
        apart - margin,
        apart + margin,
        effects,
    )


def f_then_t(first: ArrayLike, second: ArrayLike, alpha: float = 0.01) -> Contrast:
    """Independent scores: an F-test of equal variances decides between Student's and Welch's t.

    The rule of EmotionBench (Huang et al., 2024, section 4.2) without its constant added to every SD. ``first`` and
    ``second`` are one-dimensional; the difference is mean(second) − mean(first).
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    untestable = _untestable(a, b)
    if untestable:
        return untestable
    if equal_variances_p(a, b) < alpha:
        return difference(plain_mean(a), plain_mean(b))
    df = a.size + b.size - 2
    sd = math.sqrt(((a.size - 1) * a.var(ddof=1) + (b.size - 1) * b.var(ddof=1)) / df)
    error = sd * math.sqrt(1 / a.size + 1 / b.size)
    return t_contrast("Student's t", float(b.mean() - a.mean()), error, df, {"hedges_g": sd})


def welch_t(first: ArrayLike, second: ArrayLike) -> Contrast:
    """Independent scores of unequal variance: Welch's t with Satterthwaite's degrees of freedom."""
    return difference(plain_mean(first), plain_mean(second))


def one_sample_t(changes: ArrayLike) -> Contrast:
    """Changes within pairs: Student's t of their mean against zero."""
    return change(plain_mean(changes))


def equal_variances_p(first: Scores, second: Scores) -> float:
    """Two-sided p of the F-test that two normal samples have the same variance (R's ``var.test``)."""
    va, vb = first.var(ddof=1), second.var(ddof=1)
    if va == 0 or vb == 0:
        return 0.0 if va != vb else 1.0
    below = float(special.fdtr(first.size - 1, second.size - 1, va / vb))
    return 2 * min(below, 1 - below)


def _untestable(first: Scores, second: Scores) -> Contrast | None:
    if not first.size or not second.size:
        return Contrast(None, "t", note="no scores")
    apart = float(second.mean() - first.mean())
    if min(first.size, second.size) < MINIMUM:
        return Contrast(apart, "t", note="fewer than two scores on one side")
    if not _vary(first) and not _vary(second):
        return Contrast(apart, "t", note="the scores do not vary")
    return None


def _vary(values: Scores) -> bool:
    """Whether scores differ by more than the rounding of floating-point means."""
    return bool(np.ptp(values) > ROUNDING * max(1.0, float(np.abs(values).max())))
