"""Differences between two sets of scores, with the test that fits how they came about.

A p-value is null, with the reason in ``note``, where the scores do not vary: a difference without variance has no
t that could be tested.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

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
class Contrast:
    """A difference in raw points (second − first, or after − before) and its two-sided test."""

    difference: float | None
    test: str
    t: float | None
    df: float | None
    p: float | None
    note: str | None = None

    def arrow(self, alpha: float) -> str:
        """``↑`` or ``↓`` where p < alpha, ``−`` where not, ``?`` where there is no test."""
        if self.p is None or self.difference is None:
            return "?"
        if self.p >= alpha:
            return "−"
        return "↑" if self.difference > 0 else "↓"


def moments(scores: ArrayLike) -> Moments:
    """Mean and SD of a one-dimensional array without missing values."""
    values = np.asarray(scores, dtype=float)
    n = int(values.size)
    return Moments(n, float(values.mean()) if n else None, float(values.std(ddof=1)) if n >= MINIMUM else None)


def f_then_t(first: ArrayLike, second: ArrayLike, alpha: float = 0.01) -> Contrast:
    """Independent scores: an F-test of equal variances decides between Student's and Welch's t.

    The rule of EmotionBench (Huang et al., 2024, section 4.2) without its constant added to every SD. ``first`` and
    ``second`` are one-dimensional; the difference is mean(second) − mean(first).
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    untestable = _untestable(a, b)
    if untestable:
        return untestable
    return _independent(a, b, equal_variances=equal_variances_p(a, b) >= alpha)


def welch_t(first: ArrayLike, second: ArrayLike) -> Contrast:
    """Independent scores of unequal variance: Welch's t with Satterthwaite's degrees of freedom."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    return _untestable(a, b) or _independent(a, b, equal_variances=False)


def one_sample_t(changes: ArrayLike) -> Contrast:
    """Changes within pairs, or of situations against one value: Student's t of their mean against zero."""
    values = np.asarray(changes, dtype=float)
    if values.size == 0:
        return Contrast(None, "paired t", None, None, None, "no scores")
    mean = float(values.mean())
    if values.size < MINIMUM:
        return Contrast(mean, "paired t", None, None, None, "fewer than two changes")
    if not _vary(values):
        return Contrast(mean, "paired t", None, None, None, "the changes do not vary")
    standard_error = float(values.std(ddof=1)) / math.sqrt(values.size)
    return _t_test("paired t", mean, standard_error, values.size - 1)


def equal_variances_p(first: Scores, second: Scores) -> float:
    """Two-sided p of the F-test that two normal samples have the same variance (R's ``var.test``)."""
    va, vb = first.var(ddof=1), second.var(ddof=1)
    if va == 0 or vb == 0:
        return 0.0 if va != vb else 1.0
    below = float(special.fdtr(first.size - 1, second.size - 1, va / vb))
    return 2 * min(below, 1 - below)


def _untestable(first: Scores, second: Scores) -> Contrast | None:
    if not first.size or not second.size:
        return Contrast(None, "t", None, None, None, "no scores")
    difference = float(second.mean() - first.mean())
    if min(first.size, second.size) < MINIMUM:
        return Contrast(difference, "t", None, None, None, "fewer than two scores on one side")
    if not _vary(first) and not _vary(second):
        return Contrast(difference, "t", None, None, None, "the scores do not vary")
    return None


def _vary(values: Scores) -> bool:
    """Whether scores differ by more than the rounding of floating-point means."""
    return bool(np.ptp(values) > ROUNDING * max(1.0, float(np.abs(values).max())))


def _independent(first: Scores, second: Scores, *, equal_variances: bool) -> Contrast:
    difference = float(second.mean() - first.mean())
    va, vb = float(first.var(ddof=1)), float(second.var(ddof=1))
    if not equal_variances:
        standard_error = math.sqrt(va / first.size + vb / second.size)
        return _t_test("Welch's t", difference, standard_error, _satterthwaite(first, second))
    df = first.size + second.size - 2
    pooled = ((first.size - 1) * va + (second.size - 1) * vb) / df
    return _t_test("Student's t", difference, math.sqrt(pooled * (1 / first.size + 1 / second.size)), df)


def _t_test(name: str, difference: float, standard_error: float, df: float) -> Contrast:
    # scipy.special, since importing scipy.stats takes longer than all else that a command does
    t = difference / standard_error
    return Contrast(difference, name, t, float(df), float(2 * special.stdtr(df, -abs(t))))


def _satterthwaite(first: Scores, second: Scores) -> float:
    parts = [values.var(ddof=1) / values.size for values in (first, second)]
    return float(sum(parts) ** 2 / (parts[0] ** 2 / (first.size - 1) + parts[1] ** 2 / (second.size - 1)))
