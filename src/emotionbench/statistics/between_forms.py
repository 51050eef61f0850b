"""How far a score from one form stands for the mean over all ways of asking.

One-way random effects: score = μ + form + repeat. Variances are those of the analysis of variance, with modified
large-sample intervals (Ting et al., 1990; see ``generalizability``) and, for the share between forms, the F interval of
the intraclass correlation, exact where forms were repeated equally often. The mean of k random forms, each put r times,
has the absolute error √(σ²_form / k + σ²_repeat / (k r)) (Brennan, 2001).

Sources: Brennan, R. L. (2001). Generalizability theory. Springer. Searle, S. R., Casella, G., & McCulloch, C. E.
(1992). Variance components, chapter 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.agreement import correlation
from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.explained import NO_SPREAD, NOT_REPEATED, chi_square_interval
from emotionbench.statistics.generalizability import mls_interval
from emotionbench.statistics.ways_design import Collapsed, collapsed

Array = NDArray[np.float64]
Interval = tuple[float, float]
ROUNDING = 1e-9
MANY_FORMS = 300
ONE_FORM = "one form only, so that nothing says how forms vary"


@dataclass(frozen=True)
class BetweenForms:
    """How scores vary over forms.

    ``mean`` is over forms, each counted once. ``sd_form`` (points) is that of forms without what repeats of one differ
    by, ``sd_repeat`` that of repeats, ``sd_single`` that of single scores; where no form was repeated the latter is all
    there is. ``share`` of the variance of single scores lies between forms, 0 to 1.
    """

    mean: Estimate
    sd_form: Estimate
    sd_repeat: Estimate
    sd_single: Estimate
    share: Estimate
    n_forms: int
    n_scores: int
    n_repeated: int

    def error(self, n_forms: int = 1, n_repeats: int = 1) -> float | None:
        """The standard error (points) of a mean of so many random forms, put so often each; null where not known.

        Where no form was repeated, only n_repeats = 1 is known.
        """
        if self.sd_form.value is not None and self.sd_repeat.value is not None:
            return math.sqrt((self.sd_form.value**2 + self.sd_repeat.value**2 / n_repeats) / n_forms)
        return None if self.sd_single.value is None or n_repeats > 1 else self.sd_single.value / math.sqrt(n_forms)

    def margin(self, level: float = LEVEL) -> float | None:
        """How far at most, in points, a score from one form lies from all ways' mean, in so many of 100 cases.

        By Student's t with the degrees of freedom of the forms that were put: few say little of how forms vary.
        """
        error = self.error()
        if not error or self.n_forms < 2:
            return None
        return float(special.stdtrit(self.n_forms - 1, (1 + level) / 2)) * error

    def forms_needed(self, margin: float, level: float = LEVEL) -> int | None:
        """How many random forms, put once each, bring the mean within ± margin of all ways' at this level."""
        of_one = self.margin(level)
        if of_one is None or margin <= 0:
            return 1 if self.error() == 0 and margin > 0 else None
        return max(1, math.ceil((of_one / margin) ** 2 - ROUNDING))

    def coefficient(self, sd: float, n_forms: int = 1, n_repeats: int = 1) -> float | None:
        """Dependability, 0 to 1, of means of so many forms over respondents whose true scores differ by this SD."""
        error = self.error(n_forms, n_repeats)
        return None if error is None or sd <= 0 else sd**2 / (sd**2 + error**2)


def between_forms(scores: ArrayLike, forms: ArrayLike, *, level: float = LEVEL) -> BetweenForms:
    """Split the variance of scores, shape (n,), between their forms, shape (n,); a ValueError for missing scores."""
    by_form = collapsed(scores, forms, {})
    n_forms, df_repeat = by_form.counts.size, by_form.n - by_form.counts.size
    mean = _mean(by_form, level)
    if n_forms < 2:
        none = Estimate.none(ONE_FORM)
        repeat = _sd(by_form.within / df_repeat, df_repeat, level) if df_repeat else Estimate.none(NOT_REPEATED)
        found = (none, repeat, none, none)
    elif float(np.ptp(by_form.means)) <= ROUNDING * by_form.size and by_form.within <= (ROUNDING * by_form.size) ** 2:
        still = Estimate(0.0, level=level, why=NO_SPREAD)
        found = (still, still if df_repeat else Estimate.none(NOT_REPEATED), still, Estimate.none(NO_SPREAD))
    elif not df_repeat:
        none = Estimate.none(NOT_REPEATED)
        found = (none, none, _sd(float(by_form.means.var(ddof=1)), n_forms - 1, level), none)
    else:
        found = _components(by_form, level)
    return BetweenForms(mean, *found, n_forms, by_form.n, int(np.sum(by_form.counts > 1)))


def retest_correlation(first: ArrayLike, second: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Pearson's r of two repeats of the same forms, each of shape (F,), with its jackknife interval on Fisher's z.

    As ``agreement.correlation``, of which time and memory grow with F²: of many forms, what leaving out each in turn
    does to the sums of squares is taken from its own part of them.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = x.size
    if n <= MANY_FORMS or x.shape != y.shape:
        return correlation(x, y, level=level)
    a, b = x - x.mean(), y - y.mean()
    squares = [float(one @ other) - n / (n - 1) * one * other for one, other in ((a, a), (b, b), (a, b))]
    whole = math.sqrt(float(a @ a) * float(b @ b))
    size = max(1.0, float(np.abs(x).max()), float(np.abs(y).max()))
    if min(float(squares[0].min()), float(squares[1].min())) <= (ROUNDING * size) ** 2 * n:
        return Estimate.none("one side does not vary, or no more than one form does")
    value, left_out = float(a @ b) / whole, squares[2] / np.sqrt(squares[0] * squares[1])
    if 1 - max(abs(value), float(np.abs(left_out).max())) < ROUNDING:
        return Estimate(min(max(value, -1.0), 1.0), level=level, why="repeats lie on one line: no interval")
    z = np.arctanh(left_out)
    error = math.sqrt((n - 1) / n * float(np.square(z - z.mean()).sum()))
    half, centre = float(special.stdtrit(n - 1, (1 + level) / 2)) * error, math.atanh(value)
    return Estimate(value, math.tanh(centre - half), math.tanh(centre + half), level)


def _mean(by_form: Collapsed, level: float) -> Estimate:
    values = by_form.means + by_form.centre
    if values.size < 2:
        return Estimate(float(values.mean()), level=level, why=ONE_FORM)
    margin = (
        float(special.stdtrit(values.size - 1, (1 + level) / 2)) * float(values.std(ddof=1)) / math.sqrt(values.size)
    )
    return Estimate(float(values.mean()), float(values.mean()) - margin, float(values.mean()) + margin, level)


def _components(by_form: Collapsed, level: float) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    counts, n = by_form.counts, by_form.n
    df, df_repeat = counts.size - 1, n - counts.size
    square, pure = float(counts @ by_form.means**2) / df, by_form.within / df_repeat
    weight = (n - float(counts @ counts) / n) / df
    between = max(square - pure, 0.0) / weight
    sd_repeat = _sd(pure, df_repeat, level)
    single = Estimate(math.sqrt(between + pure), level=level, why="intervals are given for its two parts")
    if pure <= 0:
        sd_form, share = _sd(square / weight, df, level), Estimate(1.0, level=level, why="repeats do not differ at all")
        return sd_form, sd_repeat, single, share
    low, high = (end / weight for end in mls_interval((square, float(df)), (pure, float(df_repeat)), 1.0, level))
    sd_form = Estimate(math.sqrt(between), math.sqrt(min(low, between)), math.sqrt(max(high, between)), level)
    return sd_form, sd_repeat, single, _share(square / pure, (df, df_repeat), weight, level)


def _share(f: float, df: tuple[int, int], weight: float, level: float) -> Estimate:
    """The intraclass correlation of one score, 0 rather than less, with its F interval."""
    tail = (1 - level) / 2

    def share(ratio: float) -> float:
        return max(ratio - 1, 0.0) / (ratio - 1 + weight) if ratio > 1 else 0.0

    low, high = (share(f / float(special.fdtri(*df, p))) for p in (1 - tail, tail))
    return Estimate(share(f), low, high, level)


def _sd(variance: float, df: int, level: float) -> Estimate:
    if variance <= 0:
        return Estimate(0.0, level=level, why=NO_SPREAD)
    low, high = chi_square_interval(variance, df, (1 - level) / 2)
    return Estimate(math.sqrt(variance), math.sqrt(low), math.sqrt(high), level)
