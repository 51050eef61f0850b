"""Comparisons where one side is known by its mean, SD and n alone, as published norms are.

Welch's t, its interval and Hedges' g are those of ``contrasts.difference`` and ``effect_sizes.standardised``: they need
no more of either side than these three figures, and so are as exact as from the scores themselves. ``glass_delta`` is
the difference in SDs of the first side; the percentile is where it lies among scores that are normal with the first
side's mean and SD.

The interval of ``glass_delta`` is the generalized one: where normal scores are taken for granted, what is known of the
first side's variance (chi-square), of its mean (normal, given that variance) and of the second side's mean (t) makes a
distribution of delta, and the interval ends where it leaves half of 1 − level on either side. Where the second side
does not vary, this is the noncentral t's, which is exact.

Sources: Glass, G. V. (1976). Primary, secondary, and meta-analysis of research. Educational Researcher, 5(10), 3-8.
Weerahandi, S. (1993). Generalized confidence intervals. Journal of the American Statistical Association, 88, 899-905.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from emotionbench.statistics.contrasts import MINIMUM, ROUNDING, Contrast, Mean, Moments, difference
from emotionbench.statistics.effect_sizes import CUT_TAIL, NODES, WEIGHTS, EffectSize
from emotionbench.statistics.estimate import LEVEL, Estimate

TINY, MOST_DF = 1e-30, 1e8
STEPS, SETTLED = 60, 1e-12


def mean_of(summary: Moments, why: str = "no scores") -> Mean:
    """The mean of n independent scores with its uncertainty; ``why`` is said where there are none."""
    if not summary.n or summary.mean is None:
        return Mean(0, None, why=why)
    if summary.n < MINIMUM or summary.sd is None:
        return Mean(summary.n, summary.mean, why="one score only, so that nothing says how scores vary")
    if summary.sd <= ROUNDING * max(1.0, abs(summary.mean)):
        return Mean(summary.n, summary.mean, 0.0, None, 0.0)
    return Mean(summary.n, summary.mean, summary.sd / math.sqrt(summary.n), float(summary.n - 1), summary.sd)


def welch_of(first: Moments, second: Moments) -> Contrast:
    """Second − first from means, SDs (n − 1) and n: Welch's t with Hedges' g by the average of the two variances.

    Where only one side varies, the test rests on that side's variance alone, with its n − 1 degrees of freedom.
    """
    return difference(mean_of(first), mean_of(second))


def glass_delta(first: Moments, second: Moments, level: float = LEVEL) -> EffectSize:
    """(mean of second − mean of first) / SD of the first, not corrected for n."""
    name, one, other = "glass_delta", mean_of(first), mean_of(second)
    if one.value is None or other.value is None:
        return EffectSize(name, None, why=one.why or other.why)
    if not one.sd:
        return EffectSize(name, None, why=one.why or "the scores to be compared with do not vary")
    delta = (other.value - one.value) / one.sd
    if other.standard_error is None:
        return EffectSize(name, delta, why=other.why)
    known = _Known(delta, one.n, other.standard_error / one.sd, other.df or 1.0)
    tail = (1 - level) / 2
    return EffectSize(name, delta, known.quantile(tail), known.quantile(1 - tail))


def percentile_of(delta: EffectSize, level: float = LEVEL) -> Estimate:
    """The percentage, 0 to 100, of normal scores that lie below their mean + delta SDs; its interval is delta's."""
    value, low, high = (
        None if end is None else 100 * float(special.ndtr(end)) for end in (delta.value, delta.low, delta.high)
    )
    return Estimate(value, low, high, level, delta.why)


class _Known:
    """What is known of delta: its distribution, given what was observed.

    ``error`` is the standard error of the second side's mean in SDs of the first (0 where it does not vary), with
    ``df``; ``n`` are the scores of the first side.
    """

    def __init__(self, delta: float, n: int, error: float, df: float) -> None:
        freedom = n - 1
        ends = special.gammaincinv(freedom / 2, CUT_TAIL), special.gammainccinv(freedom / 2, CUT_TAIL)
        bottom, top = (math.sqrt(2 * end / freedom) for end in ends)
        half = (top - bottom) / 2
        # the observed SD over the true one, at the nodes of a quadrature
        ratio = bottom + half * (NODES + 1)
        log_density = (freedom - 1) * np.log(ratio) - freedom / 2 * ratio**2
        density = WEIGHTS * np.exp(log_density - log_density.max())
        self._weights = density / density.sum()
        self._centres = delta * ratio
        of_second = (error * ratio) ** 2
        self._errors = np.sqrt(1 / n + of_second)
        # Satterthwaite's, with no doubt left about the first side's variance
        self._dfs = df * np.minimum((self._errors**2 / np.maximum(of_second, TINY)) ** 2, MOST_DF)
        self._reach = float(self._errors.max()) + abs(delta) / math.sqrt(2 * freedom)
        self._start = delta

    def quantile(self, p: float) -> float:
        """The value below which delta lies with this probability."""
        goal, reach = float(special.ndtri(p)), self._reach
        left = right = self._start
        while (at_left := self._beyond(left, goal)) > 0:
            left, reach = left - reach, 2 * reach
        while (at_right := self._beyond(right, goal)) < 0:
            right, reach = right + reach, 2 * reach
        # by the Illinois rule: the secant, with the value at an end that stays behind halved
        (a, at_a), (b, at_b) = (left, at_left), (right, at_right)
        for _ in range(STEPS):
            if at_a == at_b or abs(at_b) < SETTLED or abs(b - a) < SETTLED * (1 + abs(b)):
                break
            middle = (a * at_b - b * at_a) / (at_b - at_a)
            at_middle = self._beyond(middle, goal)
            if (at_middle > 0) == (at_b > 0):
                at_a /= 2
            else:
                a, at_a = b, at_b
            b, at_b = middle, at_middle
        return b

    def _beyond(self, value: float, goal: float) -> float:
        """The probit of the share below ``value``, which is nearly a line, less the goal."""
        below = float(self._weights @ special.stdtr(self._dfs, (value - self._centres) / self._errors))
        return float(special.ndtri(min(max(below, TINY), 1 - 1e-16))) - goal
