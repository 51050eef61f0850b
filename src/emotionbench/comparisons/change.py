"""Evoked against baseline: how far each subscale moves, per emotion or factor, with people's change beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from emotionbench.comparisons.inference import Inference, adjusted
from emotionbench.comparisons.norm_making import NormHere
from emotionbench.comparisons.parts import EVOKING, Names, Part, norm_for, parts_to_compare, scored
from emotionbench.comparisons.people import people_of
from emotionbench.materials.norms import Norm
from emotionbench.statistics.contrasts import (
    Contrast,
    Mean,
    Moments,
    change,
    difference,
    f_then_t,
    gap,
    one_sample_t,
)
from emotionbench.statistics.runs import RunEffect

Grain = Literal["emotion", "factor"]
Kind = Literal["factor", "emotion", "overall", "control"]


@dataclass(frozen=True)
class PeopleChange:
    """People's mean change where they imagined the same factors, with its 95 % interval."""

    change: float
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class WhosePeople:
    """The norm that people's figures come from; ``is_here`` where they are people of the very store."""

    norm: str
    name: str
    n: int
    is_here: bool


@dataclass(frozen=True)
class ChangeRow:
    """One row of the table: a set of situations, and for each subscale its contrast and people's change.

    ``n`` counts administrations that could be compared, ``n_excluded`` the others by reason; ``n_situations`` and
    ``n_factors`` count those with an administration that could.
    """

    label: str
    emotion: str | None
    factor: str | None
    kind: Kind
    n: int
    n_situations: int
    n_factors: int
    n_excluded: dict[str, int]
    evoked: dict[str, Moments]
    contrasts: dict[str, Contrast]
    people: dict[str, PeopleChange | None]


@dataclass(frozen=True)
class ChangeBlock:
    """One respondent on one instrument: its baseline ("Default" in the paper) and its rows.

    ``run_effects`` names the subscales where runs differ beyond chance: their variance is part of the intervals.
    ``people`` says whose the figures of people are; null where there are none.
    ``trait``: the instrument asks about lasting dispositions, which no situation should move within an hour.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    validated: bool
    subscales: dict[str, str]
    inference: Inference
    n_baseline: int
    n_baseline_excluded: dict[str, int]
    baseline: dict[str, Moments]
    people_baseline: dict[str, Moments | None]
    people_situation_set: str | None
    run_effects: dict[str, RunEffect]
    rows: tuple[ChangeRow, ...]
    trait: bool = False
    people: WhosePeople | None = None

    @property
    def has_people(self) -> bool:
        """Whether there is a human norm to set beside this block; there is none beside people themselves."""
        return self.people_situation_set is not None

    @property
    def shares_texts_with_people(self) -> bool:
        """Whether people imagined texts of the same set, or only situations of the same factors."""
        return self.people_situation_set == self.situation_set


def change_blocks(
    scores: pl.DataFrame,
    subscale_names: dict[str, dict[str, str]],
    norms: Sequence[Norm],
    *,
    by: Grain = "emotion",
    inference: Inference | None = None,
    not_validated: Collection[str] = (),
    traits: Collection[str] = (),
) -> tuple[ChangeBlock, ...]:
    """Compare evoked with baseline for every respondent × instrument × protocol × design in ``scores``.

    Parameters
    ----------
    scores
        One row per administration and subscale, as ``analysis.Analysis.labelled_scores``.
    subscale_names
        Instrument id → subscale key → name, in the instrument's order.
    norms
        Human norms; the one that ``parts.norm_for`` chooses is set beside the rows.
    by
        Rows per emotion, or per factor as well.
    inference
        By which rule differences are tested; ``Inference()`` where it is not given.
    not_validated
        Instruments (as in ``scores``) that nobody has validated.
    traits
        Instruments that ask about lasting dispositions.
    """
    rule = inference or Inference()
    blocks = (
        _Rows(part, norm_for(part.names, norms), rule).block(by, validated=part.names.instrument not in not_validated)
        for part in parts_to_compare(scores, subscale_names)
    )
    return tuple(replace(block, trait=block.instrument in traits) for block in blocks)


def contrast_of(part: Part, subscale: str, factors: Collection[str] | None = None, kind: str = EVOKING) -> Contrast:
    """The change over the situations of these factors by the default rule: situations are counted, each factor once."""
    after = part.mean(subscale, factors=factors, kind=kind)
    if not part.is_paired:
        return difference(part.baseline_mean(subscale), after)
    sides = [part.means(subscale, column, kind=kind) for column in ("before", "value")]
    return change(after, *(side.values[side.of(factors)] for side in sides))


def mean_change(part: Part, subscale: str, factors: Collection[str] | None = None) -> Mean:
    """The same change as a mean with its uncertainty, to be compared with others; ``sd`` is that of situations."""
    after = part.mean(subscale, factors=factors)
    return after if part.is_paired else gap(part.baseline_mean(subscale), after)


class _RowSpec(NamedTuple):
    """Which situations a row is of."""

    kind: Kind
    label: str
    emotion: str | None
    factor: str | None
    situation_kind: str
    factors: tuple[str, ...]


class _Rows:
    """The rows of one part."""

    def __init__(self, part: Part, norm: Norm | None, inference: Inference) -> None:
        self.part, self.norm, self.inference = part, norm, inference
        self.people = people_of(norm) if norm else None
        self.tally = part.tally

    def block(self, by: Grain, *, validated: bool) -> ChangeBlock:
        part = self.part
        before = part.baseline_tally
        return ChangeBlock(
            **asdict(part.names),
            validated=validated,
            subscales=part.subscales,
            inference=self.inference,
            n_baseline=before.n,
            n_baseline_excluded=before.n_excluded,
            baseline={key: before.moments(key) for key in part.subscales},
            people_baseline={key: self._people_baseline(key) for key in part.subscales},
            people_situation_set=self.norm.situation_set if self.norm else None,
            run_effects={key: effect for key in part.subscales if (effect := part.run_effect(key)) is not None},
            rows=tuple(_with_adjusted_p([self._row(spec) for spec in self._specs(by)], part.names)),
            people=_whose(self.norm) if self.norm else None,
        )

    def _specs(self, by: Grain) -> Iterator[_RowSpec]:
        factors = self.part.factors
        for emotion in self.part.emotions:
            own = tuple(factor for factor, (of, _) in factors.items() if of == emotion)
            if by == "factor":
                for factor in own:
                    yield _RowSpec("factor", factors[factor][1], emotion, factor, EVOKING, (factor,))
            yield _RowSpec("emotion", emotion.capitalize(), emotion, None, EVOKING, own)
        if len(self.part.emotions) > 1:
            yield _RowSpec("overall", "Overall", None, None, EVOKING, tuple(factors))
        for kind, of_kind in self.tally.controls.items():
            yield _RowSpec("control", f"{kind.capitalize()} counterparts", None, None, kind, of_kind)

    def _row(self, spec: _RowSpec) -> ChangeRow:
        counted = self.tally.of(spec.situation_kind, spec.factors)
        keys = self.part.subscales
        return ChangeRow(
            label=spec.label,
            emotion=spec.emotion,
            factor=spec.factor,
            kind=spec.kind,
            n=counted.n,
            n_situations=counted.n_situations,
            n_factors=counted.n_factors,
            n_excluded=counted.n_excluded,
            evoked={key: counted.moments(key) for key in keys},
            contrasts={key: self._contrast(spec, key) for key in keys},
            people={key: None if spec.kind == "control" else self._people(spec, key) for key in keys},
        )

    def _contrast(self, spec: _RowSpec, subscale: str) -> Contrast:
        if self.inference.by_situation:
            return contrast_of(self.part, subscale, spec.factors, spec.situation_kind)
        of_row = (pl.col("situation_kind") == spec.situation_kind) & pl.col("factor").is_in(spec.factors)
        observed = scored(self.part.after.filter(of_row), subscale, self.part.compared)
        if self.part.is_paired:
            return one_sample_t(observed)
        return f_then_t(scored(self.part.baseline, subscale, "value"), observed, self.inference.alpha)

    def _people_baseline(self, subscale: str) -> Moments | None:
        everyone = self.people.baseline(subscale) if self.people else None
        return Moments(everyone.n, everyone.value, everyone.sd) if everyone else None

    def _people(self, spec: _RowSpec, subscale: str) -> PeopleChange | None:
        """People's change over the factors that have scores; None where people did not imagine all of them."""
        factors = self.part.means(subscale, kind=spec.situation_kind).scored(spec.factors) or spec.factors
        if self.people is None or not all(self.people.knows(factor, subscale) for factor in factors):
            return None
        if self.inference.by_situation:
            found = self.people.change(factors, subscale)
            return PeopleChange(found.value or 0.0, found.n, *found.interval())
        # as published, every administration counts, so that a factor weighs as its situations do
        changes = [self.people.change_of_persons(factor, subscale) for factor in factors]
        weights = [self.tally.of(spec.situation_kind, (factor,)).n_situations for factor in factors]
        return PeopleChange(float(np.average(changes, weights=weights)), self.people.n(factors))


def _whose(norm: Norm) -> WhosePeople:
    return WhosePeople(norm.id, norm.name, norm.n, isinstance(norm, NormHere))


def _with_adjusted_p(rows: list[ChangeRow], names: Names) -> Iterator[ChangeRow]:
    """P adjusted within each kind of row: all its subscales and situations together."""
    contrasts = {}
    for kind in ("factor", "emotion", "overall", "control"):
        cells = [(index, key) for index, row in enumerate(rows) if row.kind == kind for key in row.contrasts]
        family = f"{kind} rows × subscales: {names}"
        together = adjusted([rows[index].contrasts[key] for index, key in cells], family)
        contrasts.update(dict(zip(cells, together, strict=True)))
    for index, row in enumerate(rows):
        yield replace(row, contrasts={key: contrasts[index, key] for key in row.contrasts})
