"""Counts and moments of scores by factor, made once, so that every row of a table is a sum of few figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from emotionbench.statistics.contrasts import MINIMUM, Moments

NO_BASELINE = "baseline not scored"
PLACE = ["situation_kind", "factor"]
Place = tuple[str | None, str | None]


class Spread(NamedTuple):
    """Of the scores of one place and subscale: how many, their mean, and their squared distances from it, summed."""

    n: int
    mean: float
    squares: float


@dataclass(frozen=True)
class Counted:
    """Some of the scores.

    ``n`` administrations can be compared, of so many situations and factors; ``n_excluded`` are the others by reason.
    """

    n: int
    n_excluded: dict[str, int]
    n_situations: int
    n_factors: int
    spreads: dict[str, list[Spread]]

    def moments(self, subscale: str) -> Moments:
        """Mean and SD of the scores of one subscale."""
        parts = self.spreads.get(subscale, [])
        n = sum(part.n for part in parts)
        if not n:
            return Moments(0, None, None)
        mean = sum(part.n * part.mean for part in parts) / n
        squares = sum(part.squares + part.n * (part.mean - mean) ** 2 for part in parts)
        return Moments(n, mean, math.sqrt(squares / (n - 1)) if n >= MINIMUM else None)


class Tally:
    """Scores counted by kind of situation and factor.

    ``compared`` is the column that must not be missing: ``value``, or ``change`` where before and after are needed.
    """

    def __init__(self, scores: pl.DataFrame, compared: str) -> None:
        by_administration = scores.group_by("administration").agg(
            pl.col(*PLACE).first().cast(pl.String),
            pl.col("situation").first(),
            scored=pl.col(compared).is_not_null().all(),
            has_value=pl.col("value").is_not_null().all(),
            outcome=pl.col("outcome").first().cast(pl.String),
        )
        reason = pl.when("scored").then(None).when("has_value").then(pl.lit(NO_BASELINE)).otherwise("outcome")
        self._reasons: dict[Place, Counter[str | None]] = {}
        for kind, factor, why, n in by_administration.group_by(*PLACE, reason=reason).agg(n=pl.len()).iter_rows():
            self._reasons.setdefault((kind, factor), Counter())[why] += n
        situations = by_administration.filter("scored").group_by(PLACE).agg(n=pl.col("situation").n_unique())
        self._situations: dict[Place, int] = {(kind, factor): n for kind, factor, n in situations.iter_rows()}
        value = pl.col("value")
        spreads = (
            scores.filter(value.is_not_null())
            .group_by(*(pl.col(name).cast(pl.String) for name in PLACE), "subscale")
            .agg(n=pl.len(), mean=value.mean(), squares=((value - value.mean()) ** 2).sum())
        )
        self._spreads: dict[Place, dict[str, Spread]] = {}
        for kind, factor, subscale, *figures in spreads.iter_rows():
            self._spreads.setdefault((kind, factor), {})[subscale] = Spread(*figures)

    @cached_property
    def controls(self) -> dict[str, tuple[str, ...]]:
        """Kind of counterpart → its factors."""
        found: dict[str, tuple[str, ...]] = {}
        for kind in ("neutral", "positive"):
            factors = sorted(str(factor) for of_kind, factor in self._reasons if of_kind == kind)
            if factors:
                found[kind] = tuple(factors)
        return found

    def of(self, kind: str | None, factors: Collection[str | None] = (None,)) -> Counted:
        """What is counted of these factors' situations of one kind; of the baseline where both are null."""
        places = [(kind, factor) for factor in factors]
        reasons = sum((self._reasons.get(place, Counter()) for place in places), Counter[str | None]())
        spreads: dict[str, list[Spread]] = {}
        for place in places:
            for subscale, spread in self._spreads.get(place, {}).items():
                spreads.setdefault(subscale, []).append(spread)
        return Counted(
            n=reasons[None],
            n_excluded=dict(sorted((why, n) for why, n in reasons.items() if why is not None)),
            n_situations=sum(self._situations.get(place, 0) for place in places),
            n_factors=sum(place in self._situations for place in places if place[1] is not None),
            spreads=spreads,
        )
