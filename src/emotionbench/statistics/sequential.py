"""Asking until an interval is narrow enough: what the next administrations would bring, and when to stop.

The interval is that of ``contrasts.difference`` of ``contrasts.stratified_mean``: the mean over strata (factors) of the
means of their situations, less the mean of the baseline where that stands apart. Its variance is

    σ²_between Σ_f 1 / (F² s_f) + σ²_within Σ_f Σ_i 1 / (r_i F² s_f²) + σ²_baseline / b

for F strata with s_f situations, situation i asked r_i times, and b baselines; ``Ahead`` holds the two sums, and the
degrees of freedom of the pool, for every number of further units (a unit is one situation asked once more).

Stopping as soon as an interval looks narrow enough stops oftener where the variance happens to be underestimated, so
that the interval covers less than it says (Anscombe, 1953; Chow & Robbins, 1965). The remedies are of Stein's kind
(1945), whose interval is exact because a variance known well enough decides how much is asked:

* nothing stops before the variance of situations has ``LEAST_DF`` degrees of freedom;
* where all of them give fewer, no width is aimed at and everything is asked, as in a study of fixed size;
* the width that the components of variance give has to be narrow enough as well, not only the interval: repeats tell
  the variance within situations on many more degrees of freedom than the few means do.

What coverage is left is measured by simulation: ``benchmarks/adaptive.py``. The interval that is reported is the usual
one, at the usual level.

That a width is out of reach is said where the interval that everything would give is surely wider, by a prediction
bound (``least_half_width``). The means of situations now are the final ones, M, and independent noise, of variance
τ² = σ²_within (1/r now − 1/r at the end): their sum of squares over τ² is χ² with the noncentrality Σ (M − mean)² / τ²,
which the bound is found from by inversion. What situations and baselines are still to come adds to a sum of squares in
a ratio that is F-distributed.

Sources: Stein, C. (1945). A two-sample test for a linear hypothesis whose power is independent of the variance. Annals
of Mathematical Statistics, 16, 243-258. Anscombe, F. J. (1953). Sequential estimation. JRSS B, 15, 1-29. Chow, Y. S., &
Robbins, H. (1965). On the asymptotic theory of fixed-width sequential confidence intervals for the mean. Annals of
Mathematical Statistics, 36, 457-462.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL

LEAST_DF = 11
"""Degrees of freedom of the variance of situations before which nothing stops; as many baselines are asked at first."""
LITTLE = 0.03
"""By how much wider than what everything would give an interval may stay where the wanted width cannot be had."""
SURELY = 0.99
"""Level of each of the bounds that say that a width is out of reach; together they fail more rarely than one."""
LARGE = 1e6
"""Of squares over their variance, from which the noise in them is normal beside what they are of."""
FEWEST_STEPS = 10
"""A wave brings at least this part of what a row has, so that there are few looks."""
TRIED_BASELINES = 12

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What tells how one subscale varies: the variance of the means of situations within their stratum (squared
    points), of which a ``share`` (mean 1/r) of that within situations is noise; and all degrees of freedom."""

    observed: float
    share: float
    df: int
    df_within: int
    df_baseline: int = 0


@dataclass(frozen=True)
class Spread:
    """How one subscale varies: variances (squared points) of situations within their stratum, of one score from repeat
    to repeat, and of a baseline score (None where before and after share a session)."""

    between: float
    within: float
    baseline: float | None
    told: Told


def spread_of(
    scores: ArrayLike, situations: ArrayLike, strata: ArrayLike, baseline: ArrayLike | None = None
) -> Spread | None:
    """The spread of the scores of one pool, shape (n,) with the codes of their situation and its stratum, by moments.

    The spread within situations comes from those with two scores or more; without any, all counts as between. None
    where no stratum has two situations, or fewer than two ``baseline`` scores are there where some are given.
    """
    y, before = np.asarray(scores, dtype=float), None if baseline is None else np.asarray(baseline, dtype=float)
    codes, first, index, counts = np.unique(situations, return_index=True, return_inverse=True, return_counts=True)
    stratum = np.unique(np.asarray(strata)[first], return_inverse=True)[1]
    df = codes.size - (int(stratum.max()) + 1 if codes.size else 0)
    if df < 1 or (before is not None and before.size < 2):
        return None
    means = np.bincount(index, y) / counts
    of_strata = np.bincount(stratum, means) / np.bincount(stratum)
    observed = float(np.square(means - of_strata[stratum]).sum()) / df
    df_within = int((counts - 1).sum())
    within = float(np.square(y - means[index]).sum()) / df_within if df_within else 0.0
    share = float(np.mean(1 / counts))
    told = Told(observed, share, df, df_within, 0 if before is None else before.size - 1)
    between = max(observed - within * share, 0.0)
    return Spread(between, within, None if before is None else float(before.var(ddof=1)), told)


@dataclass(frozen=True)
class Ahead:
    """What a row has after 0, 1, 2, … more units: the sums of this module and the pool's df, shape (units + 1,)."""

    between: Array
    within: Array
    df: Array

    @property
    def n_units(self) -> int:
        """How many units are left."""
        return self.df.size - 1


def ahead(counts: Sequence[dict[str, int]], units: Sequence[tuple[int, str]], other_df: int = 0) -> Ahead:
    """What the row will have.

    Parameters
    ----------
    counts
        Of each of the row's strata: situation → how often it was asked.
    units
        What is left to ask, in order: the stratum's place in ``counts`` and the situation.
    other_df
        Degrees of freedom of the pool's strata that the row is not over.
    """
    now = [dict(of_stratum) for of_stratum in counts]
    sums = [sum(1 / n for n in of_stratum.values()) for of_stratum in now]
    rows = [_moments(now, sums, other_df)]
    for place, situation in units:
        n = now[place].get(situation, 0)
        now[place][situation] = n + 1
        sums[place] += 1 / (n + 1) - (1 / n if n else 0.0)
        rows.append(_moments(now, sums, other_df))
    between, within, df = np.array(rows, dtype=float).T
    return Ahead(between, within, df)


def _moments(counts: Sequence[dict[str, int]], sums: Sequence[float], other_df: int) -> tuple[float, float, float]:
    sizes = [len(of_stratum) for of_stratum in counts]
    if not all(sizes):
        return np.inf, np.inf, 0.0
    n_strata = len(sizes)
    between = sum(1 / (n_strata**2 * size) for size in sizes)
    within = sum(total / (n_strata * size) ** 2 for total, size in zip(sums, sizes, strict=True))
    return between, within, sum(size - 1 for size in sizes) + other_df


def half_widths(spread: Spread, row: Ahead, n_baseline: int, level: float = LEVEL) -> Array:
    """The half-width to be expected after 0, 1, 2, … more units with so many baselines in all; infinite without df."""
    with np.errstate(invalid="ignore"):
        evoked = np.where(np.isfinite(row.between), spread.between * row.between + spread.within * row.within, np.inf)
    variance, used = evoked.copy(), np.zeros_like(evoked)
    has = row.df > 0
    np.divide(evoked**2, row.df, out=used, where=has)
    if spread.baseline is not None:
        before = spread.baseline / n_baseline if n_baseline > 1 else np.inf
        variance, used = variance + before, used + before**2 / max(n_baseline - 1, 1)
    known = has & np.isfinite(variance)
    df = np.divide(variance**2, used, out=np.ones_like(variance), where=known & (used > 0))
    return np.where(known, special.stdtrit(df, (1 + level) / 2) * np.sqrt(np.where(known, variance, 0.0)), np.inf)


def least_half_width(spread: Spread, row: Ahead, most_baselines: int, level: float = SURELY) -> float:
    """What the half-width (95 %) will surely not be below once everything of the row is asked; infinite without df.

    It fails where one of three independent bounds of this one-sided ``level`` does: that of the variance within
    situations, that of the final variance of their means, that of the variance of all baselines.
    """
    df, told = float(row.df[-1]), spread.told
    if df <= 0 or not np.isfinite(row.between[-1]):
        return np.inf
    squares = _least_squares(spread, float(row.within[-1] / row.between[-1]), df, level)
    evoked = squares * _grown(told.df, df - row.df[0], 1 - level) / told.df * float(row.between[-1])
    if spread.baseline is None:
        return _margin(evoked, df, 0.0, 1.0)
    to_come = most_baselines - 1 - told.df_baseline
    ends = [spread.baseline * _grown(told.df_baseline, to_come, p) for p in (1 - level, 0.5, level)]
    # more degrees of freedom can outweigh more variance, so that the least width is not at the least variance
    return min(_margin(evoked, df, end / most_baselines, most_baselines - 1) for end in ends)


def _least_squares(spread: Spread, share: float, df: float, level: float) -> float:
    """A bound from below of what the sum of squares of the means that are there now will be, with the final share.

    The better of two: what the noise that goes cannot explain, and what the noise that stays gives at least.
    """
    told = spread.told
    now, goes = told.observed * told.df, max(told.share - share, 0.0)
    if not told.df_within:  # nothing tells how repeats vary: all may be noise, if there are any to come
        return 0.0 if goes > 0 else now
    sum_within = spread.within * told.df_within
    at_most, at_least = (sum_within / special.chdtri(told.df_within, p) for p in (level, 1 - level))
    stays = at_least * share * special.chdtri(told.df, level)
    return max(_noncentrality(now, told.df, at_most * goes, level), float(stays))


def _noncentrality(squares: float, df: int, variance: float, level: float) -> float:
    """The least sum of squares that, with noise of this variance and ``df`` on it, still gives as many ``squares``."""
    if variance <= 0 or squares <= 0:
        return squares
    x = squares / variance
    if x > LARGE:
        return variance * (x - df - 2 * float(special.ndtri(level)) * float(np.sqrt(x)))
    if special.chdtr(df, x) <= level:
        return 0.0
    return variance * float(special.chndtrinc(x, df, level))


def _grown(df: float, further: float, p: float) -> float:
    """By which factor a variance of ``df`` will have changed with ``further`` ones, at the quantile ``p``."""
    if further <= 0:
        return 1.0
    return float((df + further * special.fdtri(further, df, p)) / (df + further))


def _margin(evoked: float, df: float, before: float, df_before: float, level: float = LEVEL) -> float:
    """The half-width of an interval with these two variances (of means) and their degrees of freedom."""
    variance, used = evoked + before, evoked**2 / df + before**2 / df_before
    return float(special.stdtrit(variance**2 / used, (1 + level) / 2) * np.sqrt(variance)) if used > 0 else 0.0


@dataclass(frozen=True)
class Need:
    """A row that is asked: its spreads (one a subscale), what is ahead, how many units it has had."""

    spreads: tuple[Spread, ...]
    row: Ahead
    n_units: int

    def widths(self, n_baseline: int) -> Array:
        """The half-widths of the subscale that is widest, after 0, 1, 2, … more units."""
        found: Array = np.max([half_widths(spread, self.row, n_baseline) for spread in self.spreads], axis=0)
        return found

    def goal(self, wanted: float, most_baselines: int) -> float:
        """The half-width aimed at: ``wanted``, or within ``LITTLE`` of all that can be had where that is wider."""
        best = float(self.widths(most_baselines)[-1])
        return wanted if best <= wanted else best * (1 + LITTLE)

    def is_far(self, wanted: float, most_baselines: int) -> bool:
        """Whether all that is left would surely not do (``least_half_width``) for some subscale."""
        least = [least_half_width(spread, self.row, most_baselines) for spread in self.spreads]
        return any(wanted < width < np.inf for width in least)


def is_enough(need: Need, half_width: float, wanted: float, n_baseline: int, baselines_left: int) -> bool:
    """Whether a row whose widest interval is ± ``half_width`` is done, as narrow as wanted or nearly as it can be.

    Never before ``need.row.df`` is ``LEAST_DF`` at least.
    """
    if need.row.df[0] < LEAST_DF:
        return False
    careful = max(half_width, float(need.widths(n_baseline)[0]))
    return careful <= need.goal(wanted, n_baseline + baselines_left)


@dataclass(frozen=True)
class Wave:
    """What is asked next: units of every row, and baselines (further ones)."""

    units: tuple[int, ...]
    n_baselines: int


def next_wave(needs: Sequence[Need], wanted: float, n_baseline: int, baselines_left: int) -> Wave:
    """The cheapest way on: units and baselines that make every row as narrow as wanted, or as nearly as it can be.

    A wave at most doubles what there is and adds at least a ``FEWEST_STEPS``-th, so that the next look comes in time,
    and looks are few.
    """
    most = n_baseline + baselines_left
    goals = [need.goal(wanted, most) for need in needs]
    plans = [(b, _units(needs, goals, b)) for b in _baselines_to_try(needs, n_baseline, most)]
    # baselines serve all rows at once; what no row reaches with them is no plan
    b, units = min(plans, key=lambda plan: (sum(n is None for n in plan[1]), plan[0] + sum(n or 0 for n in plan[1])))
    steps = tuple(
        _step(need.row.n_units if n is None else n, need.n_units, need.row.n_units)
        for n, need in zip(units, needs, strict=True)
    )
    n_baselines = _step(b - n_baseline, n_baseline, baselines_left)
    if not any(steps) and not n_baselines:  # the components say that it is enough, the interval that it is not
        steps = tuple(_step(1, need.n_units, need.row.n_units) for need in needs)
        n_baselines = 0 if any(steps) else _step(1, n_baseline, baselines_left)
    return Wave(steps, n_baselines)


def _units(needs: Sequence[Need], goals: Sequence[float], n_baseline: int) -> list[int | None]:
    """How many more units take every row to its goal; None where all do not."""
    found: list[int | None] = []
    for need, goal in zip(needs, goals, strict=True):
        enough = need.widths(n_baseline) <= goal * (1 + 1e-9)
        found.append(int(np.argmax(enough)) if enough.any() else None)
    return found


def _baselines_to_try(needs: Sequence[Need], now: int, most: int) -> list[int]:
    if most == now or all(spread.baseline is None for need in needs for spread in need.spreads):
        return [now]
    return sorted({now, most, *np.geomspace(max(now, 1), most, TRIED_BASELINES).round().astype(int).tolist()})


def _step(wanted: int, have: int, left: int) -> int:
    """So many of ``wanted`` now: at most as many as there are, at least a ``FEWEST_STEPS``-th, if so many are left."""
    if wanted <= 0:
        return 0
    return min(max(min(wanted, have), -(-have // FEWEST_STEPS), 1), left)
