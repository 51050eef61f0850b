"""Scores cut into what can be compared: one respondent × instrument × protocol × design × situation set at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.norm_making import NormHere
from emotionbench.comparisons.tally import Counted, Tally
from emotionbench.materials.norms import Norm
from emotionbench.materials.situations import EMOTIONS
from emotionbench.records import Condition, Design, RespondentKind
from emotionbench.statistics.contrasts import Mean, plain_mean, stratified_mean, with_noise
from emotionbench.statistics.runs import RunEffect, run_effect

EVOKING = "evoking"
AFTER = (Condition.EVOKED.value, Condition.CONTROL.value)
"""The conditions straight after imagining."""
RUNS_DIFFER = 0.001
"""P below which runs are taken to differ: plans give repeats nothing in common, so the term is for where they have."""
GROUP = ["respondent", "kind", "instrument", "protocol", "design"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Names:
    """What a part is of."""

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str

    def __str__(self) -> str:
        asked = [self.instrument, self.design, self.protocol, self.situation_set]
        return f"{self.respondent} ({', '.join(filter(None, asked))})"


@dataclass(frozen=True)
class SituationMeans:
    """Repeats averaged: one value per situation, in order of factor and situation; ids and values of shape (n,)."""

    emotions: NDArray[np.str_]
    factors: NDArray[np.str_]
    situations: NDArray[np.str_]
    values: Array

    def of(self, factors: Collection[str] | None) -> NDArray[np.bool_]:
        """Which situations are of these factors; all where none are named."""
        if factors is None:
            return np.ones(self.values.size, dtype=bool)
        names, codes = self._strata
        return np.isin(names, list(factors))[codes]

    def over(self, factors: Collection[str] | None = None) -> Mean:
        """The mean over factors, each counted once; how situations vary within factors is pooled by emotion."""
        return stratified_mean(self.values, self._strata[1], self._pools, self.of(factors))

    @cached_property
    def _strata(self) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
        """The factors, and which of them each situation is of."""
        names, codes = np.unique(self.factors, return_inverse=True)
        return names, codes

    @cached_property
    def _pools(self) -> NDArray[np.intp]:
        """Which emotion each situation is of, as a number."""
        return np.unique(self.emotions, return_inverse=True)[1]

    def minus(self, other: SituationMeans, factors: Collection[str]) -> SituationMeans | None:
        """Differences over the situations that both have; None where one of ``factors`` has none of them."""
        theirs = dict(zip(other.situations.tolist(), other.values.tolist(), strict=True))
        both = np.array([situation in theirs for situation in self.situations.tolist()], dtype=bool)
        if not set(factors) <= set(self.factors[both].tolist()):
            return None
        situations = self.situations[both]
        apart = self.values[both] - np.array([theirs[situation] for situation in situations.tolist()])
        return SituationMeans(self.emotions[both], self.factors[both], situations, apart)

    def scored(self, factors: Collection[str]) -> tuple[str, ...]:
        """Those of the factors that have a situation with a score, in the order given."""
        present = set(self._strata[0].tolist())
        return tuple(factor for factor in factors if factor in present)


class Part:
    """The scores of one respondent on one instrument, with the baselines that belong to them.

    ``compared`` names the column that carries the change: ``value`` after imagining where the design is independent,
    ``change`` within the session where it is paired.
    """

    def __init__(self, scores: pl.DataFrame, names: Names, subscales: dict[str, str]) -> None:
        self.names, self.subscales = names, subscales
        self._scores = scores
        self.is_paired = names.design == Design.PAIRED
        self.compared = "change" if self.is_paired else "value"
        self.baseline = scores.filter(pl.col("condition") == Condition.BASELINE)
        self.after = self._with_change(scores.filter(pl.col("condition").is_in(AFTER)))

    @cached_property
    def recovered(self) -> Part:
        """The same with what was answered after calming in place of what was evoked."""
        in_place = pl.when(pl.col("condition") == Condition.RECOVERED).then(pl.lit(Condition.EVOKED.value))
        kept = self._scores.filter(~pl.col("condition").is_in(AFTER))
        return Part(kept.with_columns(condition=in_place.otherwise("condition")), self.names, self.subscales)

    def counterparts(self, kind: str) -> Part:
        """The same with the counterparts of a kind in place of the situations that they are counterparts of."""
        is_control = pl.col("condition") == Condition.CONTROL
        kept = self._scores.filter(~is_control & (pl.col("condition") != Condition.EVOKED))
        of_kind = self._scores.filter(is_control & (pl.col("situation_kind") == kind)).with_columns(
            situation=pl.col("situation").str.strip_suffix(f"-{kind}"),
            situation_kind=pl.lit(EVOKING),
            condition=pl.lit(Condition.EVOKED.value),
        )
        return Part(pl.concat([kept, of_kind]), self.names, self.subscales)

    def _with_change(self, after: pl.DataFrame) -> pl.DataFrame:
        """Scores with those before them in the same session, where there are such."""
        if not self.is_paired:
            return after
        before = self.baseline.select("session", "subscale", before="value")
        joined = after.join(before, on=["session", "subscale"], how="left", maintain_order="left")
        return joined.with_columns(change=pl.col("value") - pl.col("before"))

    @cached_property
    def tally(self) -> Tally:
        """What is counted after imagining."""
        return Tally(self.after, self.compared)

    @cached_property
    def baseline_tally(self) -> Counted:
        """What is counted before."""
        return Tally(self.baseline, "value").of(None)

    @cached_property
    def evoked(self) -> pl.DataFrame:
        """Scores after evoking situations."""
        return self.after.filter(pl.col("condition") == Condition.EVOKED)

    @cached_property
    def controls(self) -> pl.DataFrame:
        """Scores after neutral and positive counterparts."""
        return self.after.filter(pl.col("condition") == Condition.CONTROL)

    @cached_property
    def emotions(self) -> tuple[str, ...]:
        """The emotions evoked, the eight in their usual order first."""
        present = self.evoked["emotion"].drop_nulls().unique().to_list()
        return (*(e for e in EMOTIONS if e in present), *sorted(e for e in present if e not in EMOTIONS))

    @cached_property
    def factors(self) -> dict[str, tuple[str, str]]:
        """Factor id → emotion and name, emotion by emotion in order of the situations."""
        first = self.evoked.group_by("factor", maintain_order=True).agg(
            pl.col("emotion").first(), pl.col("factor_name").first()
        )
        found = {str(factor): (str(emotion), str(name)) for factor, emotion, name in first.iter_rows()}
        ranks = {emotion: rank for rank, emotion in enumerate(self.emotions)}
        return dict(sorted(found.items(), key=lambda item: ranks[item[1][0]]))

    def means(self, subscale: str, column: str | None = None, *, kind: str = EVOKING) -> SituationMeans:
        """The mean of every situation of a kind that can be compared: of what is compared, or of another column.

        ``column`` is ``value`` (the score after), or where paired also ``before`` and ``change``.
        """
        name = column or self.compared
        key = (subscale, name, kind)
        if key not in self._means:
            of_kind = self._by_situation.filter((pl.col("situation_kind") == kind) & (pl.col("subscale") == subscale))
            labels = of_kind.select(pl.col("emotion", "factor", "situation").cast(pl.String))
            emotions, factors, situations = (column.to_numpy().astype(np.str_) for column in labels)
            values = of_kind[name].to_numpy().astype(float)
            self._means[key] = SituationMeans(emotions, factors, situations, values)
        return self._means[key]

    def mean(
        self,
        subscale: str,
        column: str | None = None,
        *,
        factors: Collection[str] | None = None,
        kind: str = EVOKING,
    ) -> Mean:
        """The mean over factors, with the error that runs add where they differ."""
        return self.with_runs(self.means(subscale, column, kind=kind).over(factors), subscale, column, kind)

    def with_runs(self, mean: Mean, subscale: str, column: str | None = None, kind: str = EVOKING) -> Mean:
        """A mean over situations with the error of runs, which all situations share."""
        effect = self.run_effect(subscale, column, kind)
        return with_noise(mean, effect.variance_of_mean, effect.n_runs - 1) if effect else mean

    def run_effect(self, subscale: str, column: str | None = None, kind: str = EVOKING) -> RunEffect | None:
        """How runs differ, where they do so beyond chance; people's repeats are persons, not runs."""
        key = (subscale, column or self.compared, kind)
        if key not in self._runs:
            found = None if self.names.kind == RespondentKind.HUMAN else run_effect(self._situations_by_runs(*key))
            self._runs[key] = found if found is not None and found.p < RUNS_DIFFER else None
        return self._runs[key]

    def _situations_by_runs(self, subscale: str, column: str, kind: str) -> Array:
        """Scores of the situations that have one in every run, (situations, runs)."""
        scores = (
            self.after.filter(
                (pl.col("situation_kind") == kind) & (pl.col("subscale") == subscale) & pl.col(column).is_not_null()
            )
            .group_by("situation", "repeat")
            .agg(pl.col(column).mean())
            .sort("situation", "repeat")
            .pivot(on="repeat", index="situation", values=column)
        )
        return scores.drop("situation").drop_nulls().to_numpy().astype(float)

    @cached_property
    def _runs(self) -> dict[tuple[str, str, str], RunEffect | None]:
        return {}

    @cached_property
    def _by_situation(self) -> pl.DataFrame:
        columns = ("before", "value", "change") if self.is_paired else ("value",)
        return (
            self.after.filter(pl.col(self.compared).is_not_null())
            .group_by("situation_kind", "subscale", "emotion", "factor", "situation")
            .agg(pl.col(column).mean() for column in columns)
            .sort("factor", "situation")
        )

    @cached_property
    def _baselines(self) -> dict[str, Mean]:
        return {}

    @cached_property
    def _means(self) -> dict[tuple[str, str, str], SituationMeans]:
        return {}

    def baseline_mean(self, subscale: str) -> Mean:
        """The mean of the baseline administrations."""
        if subscale not in self._baselines:
            found = plain_mean(scored(self.baseline, subscale, "value"))
            self._baselines[subscale] = found if found.n else replace(found, why="no scored baseline")
        return self._baselines[subscale]


def scored(scores: pl.DataFrame, subscale: str, column: str) -> Array:
    """The values of one subscale that are not missing."""
    chosen = scores.filter((pl.col("subscale") == subscale) & pl.col(column).is_not_null())
    return chosen[column].to_numpy().astype(float)


def parts_to_compare(scores: pl.DataFrame, subscale_names: dict[str, dict[str, str]]) -> Iterator[Part]:
    """Each respondent × instrument × protocol × design × situation set; one without situations has the set ''."""
    for key, group in scores.group_by(GROUP, maintain_order=True):
        labels = dict(zip(GROUP, map(str, key), strict=True))
        subscales = subscale_names[labels["instrument"]]
        sets = group["situation_set"].drop_nulls().unique(maintain_order=True).to_list()
        for place, situation_set in enumerate(sets):
            names = Names(**labels, situation_set=str(situation_set))
            yield Part(_of_set(group, names, with_unplaced=place == 0), names, subscales)
        if not sets:
            yield Part(group, Names(**labels, situation_set=""), subscales)


def _of_set(group: pl.DataFrame, names: Names, *, with_unplaced: bool) -> pl.DataFrame:
    """The scores of one set, and the baselines that belong to them.

    ``with_unplaced`` adds paired baselines without a score of sessions that never came to a situation: people who left
    before it, say. They belong to no set, and are counted once as left out.
    """
    of_set = pl.col("situation_set") == names.situation_set
    if names.design != Design.PAIRED:
        return group.filter(of_set | pl.col("situation_set").is_null())
    belongs = pl.col("session").is_in(group.filter(of_set)["session"].implode())
    if with_unplaced:
        placed = group.filter(pl.col("situation_set").is_not_null())["session"]
        unplaced = group.filter(~pl.col("session").is_in(placed.implode()))
        lost = unplaced.filter(pl.col("value").is_null().all().over("session"))["session"]
        belongs |= pl.col("session").is_in(lost.unique().implode())
    return group.filter(belongs)


def norm_for(names: Names, norms: Sequence[Norm]) -> Norm | None:
    """The norm that a part is set beside; none for people, who are not compared with themselves.

    Of those of the part's instrument the first of the same set of situations, else the first that is no ``NormHere``:
    the people of a store are a norm only for who imagined what they did.
    """
    if names.kind == RespondentKind.HUMAN:
        return None
    own = [norm for norm in norms if norm.instrument == instrument_id(names.instrument)]
    same = (norm for norm in own if norm.situation_set == names.situation_set)
    return next(chain(same, (norm for norm in own if not isinstance(norm, NormHere))), None)


def instrument_id(label: str) -> str:
    """The id in an instrument's label, which ends with its hash where several editions share an id."""
    return label.split("#", maxsplit=1)[0]
