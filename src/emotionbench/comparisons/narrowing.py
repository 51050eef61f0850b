"""Asking until every row is narrow enough: in which order, where each row stands, and what is asked next.

A row (an emotion, or a factor) of one part is put its situations in a fixed order: some situations of each factor
once, two of them again, which tells how repeats vary; then the other situations; then every situation again, repeat by
repeat. Baselines serve all rows of the part. What a row has got is read from the scores; how far it goes is decided by
``statistics.sequential``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.change import mean_change
from emotionbench.comparisons.parts import Names, Part, scored
from emotionbench.statistics.contrasts import Mean
from emotionbench.statistics.expected_width import has_interval
from emotionbench.statistics.sequential import (
    LEAST_DF,
    Ahead,
    Need,
    Spread,
    ahead,
    is_enough,
    next_wave,
    spread_of,
)

RowKind = Literal["factor", "emotion"]
Unit = tuple[str, int]
"""A situation and the repeat at which it is put, from 0."""
AGAIN_AT_FIRST = 2
NO_ANSWERS = "no scored answers"
NO_SCORES_VARY, NO_CHANGES_VARY = "the scores do not vary", "the changes do not vary"


@dataclass(frozen=True)
class PartPlan:
    """What can be asked of one part at most.

    ``emotions`` holds emotion → factor → situations in their order; ``n_baselines`` is 0 where before and after share a
    session. ``is_exact``: another repeat would give the same, so that there is one.
    """

    emotions: Mapping[str, Mapping[str, tuple[str, ...]]]
    n_repeats: int
    n_baselines: int
    is_exact: bool = False

    def rows(self, per: RowKind) -> tuple[RowPlan, ...]:
        """The rows whose intervals are to be reached."""
        found = []
        for emotion, factors in self.emotions.items():
            groups = [tuple(factors)] if per == "emotion" else [(factor,) for factor in factors]
            found += [RowPlan(self, emotion, group[0] if per == "factor" else emotion, group) for group in groups]
        return tuple(found)

    @property
    def first_baselines(self) -> int:
        """How many baselines the first wave asks."""
        return min(self.n_baselines, LEAST_DF + 1)

    def first_units(self) -> list[Unit]:
        """What the first wave asks after situations."""
        return [unit for row in self.rows("emotion") for unit in row.queue[: row.n_first]]


@dataclass(frozen=True)
class RowPlan:
    """One row: its factors, and the order in which their situations are put."""

    plan: PartPlan
    emotion: str
    label: str
    factors: tuple[str, ...]

    @cached_property
    def situations(self) -> dict[str, tuple[str, ...]]:
        """Factor → situations."""
        return {factor: self.plan.emotions[self.emotion][factor] for factor in self.factors}

    @cached_property
    def of_pool(self) -> Mapping[str, tuple[str, ...]]:
        """The factors of the emotion, whose situations are taken to vary alike, and their situations."""
        return self.plan.emotions[self.emotion]

    @property
    def has_interval(self) -> bool:
        """Whether all that can be asked gives the row an interval."""
        counts = [len(situations) for situations in self.of_pool.values()]
        return has_interval(counts, [0] * len(counts), [factor in self.factors for factor in self.of_pool])

    @cached_property
    def n_once(self) -> int:
        """How many situations of a factor are put before any is put again."""
        return max(AGAIN_AT_FIRST, 1 + math.ceil(LEAST_DF / len(self.of_pool)))

    @property
    def n_first(self) -> int:
        """How many units the first wave holds."""
        again = AGAIN_AT_FIRST if self.plan.n_repeats > 1 else 0
        return sum(min(len(own), self.n_once) + min(len(own), again) for own in self.situations.values())

    @cached_property
    def queue(self) -> list[Unit]:
        """Everything that can be asked of the row, in its order."""
        own = list(self.situations.values())
        n_repeats = self.plan.n_repeats
        again = AGAIN_AT_FIRST if n_repeats > 1 else 0
        steps: list[tuple[int, slice]] = [(0, slice(0, self.n_once)), (1, slice(0, again))]
        steps += [(0, slice(self.n_once, None)), (1, slice(again, None))]
        steps += [(repeat, slice(None)) for repeat in range(2, n_repeats)]
        found: list[Unit] = []
        for repeat, places in steps:
            if repeat < n_repeats:
                by_turns = zip_longest(*(situations[places] for situations in own))
                found += [(situation, repeat) for turn in by_turns for situation in turn if situation is not None]
        return found


Outcome = Literal["reached", "nearly", "all asked", "open", "none"]
"""``nearly``: as wanted is out of reach, and all that is left would narrow it by less than ``LITTLE``."""


@dataclass(frozen=True)
class Standing:
    """Where one row stands, by its widest subscale.

    ``half_width`` (raw points, 95 %) is null where there is none, for the reason in ``why``; 0 where the scores do not
    vary, which ends the asking and is no interval: ``why`` says that, too. ``best`` is what all that is left would
    give, null before that can be told; ``is_far`` where even that is surely wider than wanted. ``n_situations`` and
    ``n_administrations`` have been asked.
    """

    names: Names
    label: str
    subscale: str
    half_width: float | None
    best: float | None
    n_situations: int
    n_administrations: int
    outcome: Outcome
    is_far: bool = False
    why: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether the row gets nothing more."""
        return self.outcome != "open"


@dataclass(frozen=True)
class Look:
    """Where the rows of a part stand, and what is asked next: units, and baselines (further ones)."""

    standings: tuple[Standing, ...]
    units: tuple[Unit, ...]
    n_baselines: int


def look(part: Part, plan: PartPlan, per: RowKind, wanted: float, *, tried: Collection[Unit], n_baselines: int) -> Look:
    """Judge every row of a part, and choose the next wave.

    ``tried`` are the units that have been asked (whatever came of it), ``n_baselines`` as many baselines; ``wanted``
    is the half-width, in raw points.
    """
    left, begun = plan.n_baselines - n_baselines, frozenset(tried)
    of_part = _OfPart(part)
    pools = {emotion: _Pool(of_part, factors) for emotion, factors in plan.emotions.items()}
    rows = [_Row(pools[row.emotion], row, begun, left) for row in plan.rows(per)]
    standings = tuple(row.standing(wanted) for row in rows)
    still_open = [row for row, standing in zip(rows, standings, strict=True) if not standing.is_done]
    return Look(standings, *_next(still_open, wanted, left))


def _next(rows: Sequence[_Row], wanted: float, baselines_left: int) -> tuple[tuple[Unit, ...], int]:
    """What is asked next of the rows that are not done."""
    units: list[Unit] = []
    known = [(row, row.need) for row in rows if row.need is not None]
    more = 0
    if known:
        n_scored = known[0][0].n_scored
        wave = next_wave([need for _, need in known], wanted, n_scored, baselines_left)
        more = wave.n_baselines
        for (row, _), n in zip(known, wave.units, strict=True):
            units += row.left[:n]
    for row in rows:
        if row.need is None:  # nothing tells yet how it varies
            units += row.left[: row.plan.n_first]
            more = max(more, min(baselines_left, row.plan.plan.first_baselines))
    return tuple(dict.fromkeys(units)), more


class _OfPart:
    """What all rows of a part share."""

    def __init__(self, part: Part) -> None:
        self.part = part

    @cached_property
    def baselines(self) -> dict[str, NDArray[np.float64] | None]:
        """Subscale → scores of the baseline; None where before and after share a session."""
        part = self.part
        return {key: None if part.is_paired else scored(part.baseline, key, "value") for key in part.subscales}

    @cached_property
    def n_scored_baselines(self) -> int:
        """Baselines with a score of every subscale; 0 where they are in the sessions."""
        return min(0 if scores is None else scores.size for scores in self.baselines.values())

    @cached_property
    def n_asked(self) -> dict[str, tuple[int, int]]:
        """Factor → situations and administrations with a row in the part; each is of one factor."""
        counts = self.part.evoked.group_by("factor").agg(
            pl.col("situation").n_unique(), n=pl.col("administration").n_unique()
        )
        return {str(factor): (n_situations, n) for factor, n_situations, n in counts.iter_rows()}

    @cached_property
    def scores(self) -> pl.DataFrame:
        """One score a subscale, situation and repeat: that of the forms that are one part, averaged."""
        compared = pl.col(self.part.compared)
        return (
            self.part.evoked.filter(compared.is_not_null())
            .group_by("subscale", "factor", "situation", "repeat")
            .agg(score=compared.mean())
            .sort("factor", "situation", "repeat")
        )


class _Pool:
    """The situations of one emotion, which are taken to vary alike, as they are now."""

    def __init__(self, of_part: _OfPart, factors: Mapping[str, tuple[str, ...]]) -> None:
        self.of_part, self.factors = of_part, factors

    @property
    def is_one_stratum(self) -> bool:
        """Whether every factor has one situation at most, so that all count as one stratum (``stratified_mean``)."""
        return all(len(situations) < 2 for situations in self.factors.values())

    @cached_property
    def spreads(self) -> tuple[Spread, ...] | None:
        """How each subscale varies; None where the scores do not tell it of all of them."""
        spreads = [self._spread(subscale) for subscale in self.of_part.part.subscales]
        known = tuple(spread for spread in spreads if spread is not None)
        return known if len(known) == len(spreads) else None

    def _spread(self, subscale: str) -> Spread | None:
        own = self._scores.filter(pl.col("subscale") == subscale)
        factors = own["factor"].cast(pl.String).to_numpy()
        return spread_of(
            own["score"].to_numpy().astype(float),
            own["situation"].cast(pl.String).to_numpy(),
            np.zeros(factors.size, dtype=int) if self.is_one_stratum else factors,
            self.of_part.baselines[subscale],
        )

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """Factor → situation → how many of its repeats have a score."""
        found: dict[str, dict[str, int]] = {factor: {} for factor in self.factors}
        first = next(iter(self.of_part.part.subscales))
        of_situations = self._scores.filter(pl.col("subscale") == first).group_by("factor", "situation").len()
        for factor, situation, n in of_situations.sort("factor", "situation").iter_rows():
            found[str(factor)][str(situation)] = n
        return found

    @cached_property
    def _scores(self) -> pl.DataFrame:
        return self.of_part.scores.filter(pl.col("factor").is_in(list(self.factors)))


class _Row:
    """One row of a part as it is now."""

    def __init__(self, pool: _Pool, plan: RowPlan, tried: frozenset[Unit], baselines_left: int) -> None:
        self.pool, self.plan, self.tried = pool, plan, tried
        self.part, self.n_scored = pool.of_part.part, pool.of_part.n_scored_baselines
        self.left, self.baselines_left = [unit for unit in plan.queue if unit not in tried], baselines_left
        self._most_baselines = self.n_scored + baselines_left

    def standing(self, wanted: float) -> Standing:
        """How wide the row's widest interval is, and whether that is enough."""
        factors = [factor for factor in self.plan.factors if factor in self.part.factors]
        means = {key: mean_change(self.part, key, factors) for key in self.part.subscales}
        widths = {key: _half_width(mean) for key, mean in means.items()}
        widest = max(widths, key=lambda key: math.inf if widths[key] is None else widths[key] or 0.0)
        half = widths[widest]
        asked = [self.pool.of_part.n_asked[factor] for factor in factors]
        return Standing(
            names=self.part.names,
            label=self.plan.label,
            subscale=self.part.subscales[widest],
            half_width=half,
            best=self._best(),
            n_situations=sum(n_situations for n_situations, _ in asked),
            n_administrations=sum(n for _, n in asked),
            outcome=self._outcome(half, wanted),
            is_far=self._ends is not None and self._ends.is_far(wanted, self._most_baselines),
            why=None if half else self._why(means[widest]),
        )

    def _why(self, mean: Mean) -> str:
        """Why there is no interval."""
        if mean.value is not None and mean.standard_error == 0:
            return NO_CHANGES_VARY if self.part.is_paired else NO_SCORES_VARY
        return mean.why or NO_ANSWERS

    def _outcome(self, half: float | None, wanted: float) -> Outcome:
        nothing_left = not self.left and not self.baselines_left
        if half is None:
            return "none" if nothing_left else "open"
        if nothing_left:
            return "reached" if half <= wanted else "all asked"
        if self._ends is None or not self._is_told:
            return "open"
        if is_enough(self._ends, half, wanted, self.n_scored, self.baselines_left):
            return "reached" if half <= wanted else "nearly"
        return "open"

    @property
    def _is_told(self) -> bool:
        """Whether the variance of situations is known well, or as well as it can be."""
        if self.need is not None and self.need.row.df[0] >= LEAST_DF:
            return True
        begun = {situation for situation, _ in self.tried}
        return all(begun.issuperset(situations) for situations in self.plan.of_pool.values())

    def _best(self) -> float | None:
        if self._ends is None:
            return None
        best = float(self._ends.widths(self._most_baselines)[-1])
        return best if math.isfinite(best) else None

    @cached_property
    def need(self) -> Need | None:
        """What the planning takes; None where the scores do not tell how they vary."""
        spreads = self.pool.spreads
        return None if spreads is None else Need(spreads, self._ahead(), len(self.plan.queue) - len(self.left))

    @cached_property
    def _ends(self) -> Need | None:
        """The need with no unit more and with all of them: what a row is judged by, at a hundredth of the work."""
        if self.need is None:
            return None
        row = self.need.row
        return replace(self.need, row=Ahead(row.between[[0, -1]], row.within[[0, -1]], row.df[[0, -1]]))

    def _ahead(self) -> Ahead:
        """What the row will have; counted are situations with a score."""
        counts = self.pool.counts
        factor_of = {situation: factor for factor, own in self.plan.situations.items() for situation in own}
        to_come = [(factor_of[situation], situation) for situation, _ in self.left]
        if self.pool.is_one_stratum:
            merged = {situation: n for own in counts.values() for situation, n in own.items()}
            return ahead([merged], [(0, situation) for _, situation in to_come])
        coming = {factor for factor, _ in to_come}
        own = [factor for factor in self.plan.factors if counts[factor] or factor in coming]
        others = sum(max(len(counts[factor]) - 1, 0) for factor in counts if factor not in self.plan.factors)
        return ahead([counts[f] for f in own], [(own.index(f), situation) for f, situation in to_come], others)


def _half_width(mean: Mean) -> float | None:
    """Half the width of its interval; 0 where the scores do not vary, None where nothing tells."""
    low, high = mean.interval()
    if low is not None and high is not None:
        return (high - low) / 2
    return 0.0 if mean.value is not None and mean.standard_error == 0 else None
