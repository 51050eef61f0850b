"""Studies of known variances asked until they are precise enough, to see how often the interval covers the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotionbench.comparisons.narrowing import PartPlan, RowPlan
from emotionbench.statistics.contrasts import Mean, gap, plain_mean, stratified_mean
from emotionbench.statistics.sequential import LEAST_DF, Need, ahead, is_enough, next_wave, spread_of


@dataclass(frozen=True)
class Case:
    """A row: its design at most, the SDs of situations, of repeats and of baselines, and the width wanted.

    ``wanted`` is in half-widths of the full design at the true variances; ``skewed`` draws noise from a shifted
    exponential distribution instead of a normal one.
    """

    n_factors: int
    n_situations: int
    n_repeats: int
    n_baselines: int
    sds: tuple[float, float, float]
    wanted: float
    skewed: bool = False

    @property
    def full_half_width(self) -> float:
        """About the half-width of everything: 2 standard errors."""
        between, within, baseline = self.sds
        of_situation = between**2 + within**2 / self.n_repeats
        variance = of_situation / (self.n_factors * self.n_situations) + baseline**2 / self.n_baselines
        return 2.05 * math.sqrt(variance)


@dataclass(frozen=True)
class Ended:
    """How one study ended: whether its interval covers the truth (0), and what was asked.

    ``said_far_after`` is how many units had been asked when it was first said that the width wanted is out of reach
    (None where it was not); ``full`` is the half-width of everything.
    """

    covers: bool
    half_width: float
    n_units: int
    n_baselines: int
    n_looks: int
    said_far_after: int | None
    full: float

    def is_false_alarm(self, wanted: float) -> bool:
        """Whether it was said and was false: as wanted was reached in the end, or would have been by everything."""
        return self.said_far_after is not None and min(self.half_width, self.full) <= wanted


def row_of(case: Case) -> RowPlan:
    """The case's row as a plan."""
    factors = {f"f{f}": tuple(f"{f}-{place}" for place in range(case.n_situations)) for f in range(case.n_factors)}
    return PartPlan({"e": factors}, case.n_repeats, case.n_baselines).rows("emotion")[0]


def study(case: Case, random: np.random.Generator, *, naive: bool = False) -> Ended:
    """One study by the rules of ``statistics.sequential``; ``naive`` stops at once where it looks narrow enough."""
    row = row_of(case)
    scores, baseline = _drawn(case, random)
    wanted, n, b = case.wanted * case.full_half_width, row.n_first, min(case.n_baselines, LEAST_DF + 1)
    if naive:
        n, b = min(4 * case.n_factors, n), min(4, b)
    full, said = _half_width(_seen(row, scores, len(row.queue), baseline)[0]), None
    for n_looks in range(1, 10_000):
        mean, need = _seen(row, scores, n, baseline[:b])
        half = _half_width(mean)
        left = case.n_baselines - b
        if said is None and need.is_far(wanted, case.n_baselines):
            said = n
        told = need.row.df[0] >= min(LEAST_DF, case.n_factors * (case.n_situations - 1))
        enough = half <= wanted if naive else told and is_enough(need, half, wanted, b, left)
        if enough or (n == len(row.queue) and not left):
            return Ended(abs(mean.value or 0.0) <= half, half, n, b, n_looks, said, full)
        wave = next_wave([need], wanted, b, left)
        n, b = n + wave.units[0], b + wave.n_baselines
    raise AssertionError("it never ends")


def _half_width(mean: Mean) -> float:
    low, high = mean.interval()
    return (high - low) / 2 if low is not None and high is not None else 0.0


def coverage(case: Case, n_studies: int, seed: int, *, naive: bool = False) -> tuple[float, float]:
    """The share of intervals that cover, and its Monte Carlo standard error."""
    share = float(np.mean([ended.covers for ended in studies(case, n_studies, seed, naive=naive)]))
    return share, math.sqrt(share * (1 - share) / n_studies)


def studies(case: Case, n_studies: int, seed: int, *, naive: bool = False) -> Iterator[Ended]:
    """So many studies."""
    random = np.random.default_rng(seed)
    return (study(case, random, naive=naive) for _ in range(n_studies))


def _drawn(case: Case, random: np.random.Generator) -> tuple[dict[tuple[str, int], float], NDArray[np.float64]]:
    between, within, of_baseline = case.sds

    def noise(*shape: int) -> NDArray[np.float64]:
        return random.exponential(size=shape) - 1 if case.skewed else random.normal(size=shape)

    shape = (case.n_factors, case.n_situations)
    values = between * noise(*shape)[..., None] + within * noise(*shape, case.n_repeats)
    scores = {(f"{f}-{place}", repeat): float(value) for (f, place, repeat), value in np.ndenumerate(values)}
    return scores, of_baseline * noise(case.n_baselines)


def _seen(
    row: RowPlan, scores: dict[tuple[str, int], float], n: int, baseline: NDArray[np.float64]
) -> tuple[Mean, Need]:
    """The change and its interval as tables show it, and what the planning takes, after ``n`` units."""
    asked = row.queue[:n]
    situations = np.array([situation for situation, _ in asked])
    values = np.array([scores[unit] for unit in asked])
    place = {situation: number for number, own in enumerate(row.situations.values()) for situation in own}
    strata = np.array([place[situation] for situation, _ in asked])
    names, first, index, counts = np.unique(situations, return_index=True, return_inverse=True, return_counts=True)
    means = np.bincount(index, values) / counts
    mean = gap(plain_mean(baseline), stratified_mean(means, strata[first]))
    held: list[dict[str, int]] = [{} for _ in row.situations]
    for name, stratum, count in zip(names.tolist(), strata[first].tolist(), counts.tolist(), strict=True):
        held[stratum][name] = count
    spread = spread_of(values, situations, strata, baseline)
    assert spread is not None
    row_ahead = ahead(held, [(place[situation], situation) for situation, _ in row.queue[n:]])
    return mean, Need((spread,), row_ahead, n)
