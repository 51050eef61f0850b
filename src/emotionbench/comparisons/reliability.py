"""How reliable a respondent's answers are: consistency of the items of a subscale, agreement over repeats.

Repeats of one situation are not independent. After imagining, the unit of a model is therefore the situation: its
items' means over repeats. Before it, and for people, of whom each answers once, the unit is the administration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.instruments import Instrument
from emotionbench.records import Condition, RespondentKind
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.reliability import cronbach_alpha, intraclass, mcdonald_omega, split_half

Array = NDArray[np.float64]
GROUP = ["respondent", "kind", "instrument", "protocol", "design"]
EVERYONE_ONCE = "each person answers once"
NO_SITUATION = "no situation was imagined"
NOT_DRAWN = "the answers were read as probabilities, and none was drawn"


class Frames(Protocol):
    """Columns as those of ``analysis.Analysis``; ``administration`` is a key that administrations and answers share."""

    @property
    def administrations(self) -> pl.DataFrame:
        """One row per administration that was tried, with its labels."""

    @property
    def answers(self) -> pl.DataFrame:
        """One row per item of every administration with a reply: administration, item, value (null unless valid)."""

    @property
    def labelled_scores(self) -> pl.DataFrame:
        """One row per administration and subscale, with its labels: value (null where not scored)."""

    @property
    def instruments(self) -> dict[str, Instrument]:
        """The instruments by label."""

    @property
    def read(self) -> pl.DataFrame:
        """The administrations whose answers were read as probabilities: column ``administration``."""


@dataclass(frozen=True)
class Consistency:
    """How far the items of a subscale go together, under one condition.

    ``unit`` is 'administration' or 'situation'. ``n_units`` have every item and are in; ``n_excluded`` have not.
    ``n_administrations`` were tried. Answers read as probabilities are not among them: they were not drawn.
    """

    condition: str
    unit: str
    n_units: int
    n_excluded: int
    n_administrations: int
    alpha: Estimate
    omega: Estimate
    split_half: Estimate


@dataclass(frozen=True)
class Retest:
    """How far repeats of the same situations agree, under one condition.

    ``single`` is ICC(2,1), of one repeat; ``mean`` is ICC(2,k), of the mean of ``n_repeats``. ``n_situations`` have a
    score in every repeat and are in; ``n_excluded`` have not.
    """

    condition: str
    n_situations: int
    n_excluded: int
    n_repeats: int
    single: Estimate
    mean: Estimate


@dataclass(frozen=True)
class Reliability:
    """One subscale of one respondent, condition by condition; ``retest`` has those with situations."""

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    subscale: str
    subscale_name: str
    n_items: int
    consistency: tuple[Consistency, ...]
    retest: tuple[Retest, ...]


def reliabilities(frames: Frames) -> tuple[Reliability, ...]:
    """The reliability of every respondent × instrument × protocol × design × subscale, in order of administrations."""
    tried = frames.administrations.with_columns(pl.col("condition").cast(pl.String))
    scores = frames.labelled_scores.with_columns(pl.col("condition").cast(pl.String))
    scores_of = _by_group(scores)
    return tuple(
        _Subscale(key, own, frames, scores_of.get(key, scores.clear())).found(subscale)
        for key, own in _by_group(tried).items()
        for subscale in frames.instruments[key[2]].subscales
    )


def _by_group(frame: pl.DataFrame) -> dict[tuple[str, ...], pl.DataFrame]:
    parts = frame.partition_by(GROUP, as_dict=True, maintain_order=True)
    return {tuple(map(str, key)): part for key, part in parts.items()}


class _Subscale:
    """What one respondent said on one instrument, to be cut by subscale and condition."""

    def __init__(
        self,
        key: tuple[str, ...],
        tried: pl.DataFrame,
        frames: Frames,
        scores: pl.DataFrame,
    ) -> None:
        self.names = dict(zip(GROUP, key, strict=True))
        self.tried, self.answers, self.scores, self.read = tried, frames.answers, scores, frames.read
        self.instrument = frames.instruments[self.names["instrument"]]
        self.is_people = self.names["kind"] == RespondentKind.HUMAN

    def found(self, subscale: str) -> Reliability:
        of_subscale = self.instrument.subscales[subscale]
        return Reliability(
            **self.names,
            subscale=subscale,
            subscale_name=of_subscale.name,
            n_items=len(of_subscale.items),
            consistency=tuple(self._consistency(subscale, condition) for condition in self._conditions()),
            retest=tuple(
                self._retest(subscale, condition) for condition in self._conditions() if condition != Condition.BASELINE
            ),
        )

    def _conditions(self) -> Iterator[str]:
        """Those that were put, in their usual order."""
        present = set(self.tried["condition"].to_list())
        yield from (condition.value for condition in Condition if condition in present)

    def _consistency(self, subscale: str, condition: str) -> Consistency:
        by_situation = condition != Condition.BASELINE and not self.is_people
        unit = "situation" if by_situation else "administration"
        tried = self.tried.filter(pl.col("condition") == condition)
        table = self._items(subscale, tried, unit)
        complete = table[~np.isnan(table).any(axis=1)]
        was_read = not len(table) and tried.join(self.read, on="administration", how="semi").height > 0
        none = Estimate.none(NOT_DRAWN)
        return Consistency(
            condition,
            unit,
            n_units=len(complete),
            n_excluded=tried[unit].n_unique() - len(complete),
            n_administrations=tried.height,
            alpha=none if was_read else cronbach_alpha(complete),
            omega=none if was_read else mcdonald_omega(complete),
            split_half=none if was_read else split_half(complete),
        )

    def _items(self, subscale: str, tried: pl.DataFrame, unit: str) -> Array:
        """Units × items, reverse-keyed items reversed, NaN where a unit has no valid answer to an item."""
        chosen = self.instrument.subscales[subscale]
        scale = self.instrument.response_scale
        value = pl.col("value").cast(pl.Float64)
        keyed = (
            pl.when(pl.col("item").is_in(chosen.reverse)).then(scale.lowest + scale.highest - value).otherwise(value)
        )
        wide = (
            self.answers.filter(pl.col("item").is_in(chosen.items) & pl.col("value").is_not_null())
            .join(tried.select("administration", "situation"), on="administration", how="inner")
            .group_by(unit)
            .agg(keyed.filter(pl.col("item") == item).mean().alias(f"item {item}") for item in chosen.items)
            .sort(unit)
            .drop(unit)
        )
        return wide.fill_null(float("nan")).to_numpy().astype(float).reshape(-1, len(chosen.items))

    def _retest(self, subscale: str, condition: str) -> Retest:
        chosen = self.scores.filter(
            (pl.col("condition") == condition) & (pl.col("subscale") == subscale) & pl.col("situation").is_not_null()
        )
        why = EVERYONE_ONCE if self.is_people else None if chosen.height else NO_SITUATION
        if why:
            return Retest(condition, 0, 0, 0, Estimate.none(why), Estimate.none(why))
        # counted within the situation, since the same repeat may have been put again with another seed
        numbered = chosen.sort("situation", "repeat", maintain_order=True).with_columns(
            number=pl.int_range(pl.len()).over("situation")
        )
        n_repeats = int(numbered["number"].max()) + 1  # type: ignore[arg-type]
        complete = numbered.group_by("situation").agg(pl.col("value").sort_by("number")).sort("situation")
        complete = complete.filter(
            (pl.col("value").list.len() == n_repeats) & pl.col("value").list.eval(pl.element().is_not_null()).list.all()
        )
        table = np.array(complete["value"].to_list(), dtype=float).reshape(-1, n_repeats)
        found = intraclass(table)
        n_all = chosen["situation"].n_unique()
        return Retest(condition, found.n, n_all - found.n, n_repeats, found.single, found.mean)
