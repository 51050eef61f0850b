"""Answers read as probabilities: whether the respondent would have answered at all, and how its draws would vary."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from emotionbench.comparisons.parts import GROUP
from emotionbench.comparisons.response_flags import WHEN, Flag
from emotionbench.parsing.probabilities import Why
from emotionbench.records import Condition

LOW_MASS = 0.9
"""Under this, the respondent would have said something else more than one time in ten."""
NOT_TOLD = "behind a constraint the probability of an answer is not told"
NOTHING_READ = "no item has a distribution"
_NOTHING = "no score"


class Block(Protocol):
    """Whatever has the names of one respondent × instrument × protocol × design."""

    @property
    def respondent(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def instrument(self) -> str: ...  # noqa: D102
    @property
    def protocol(self) -> str: ...  # noqa: D102
    @property
    def design(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class DrawnSpread:
    """How one subscale's score would vary if its answers were drawn, again and again.

    ``sd`` is the root of the mean variance over the ``n`` scores, raw points; null, with ``why``, where none is.
    """

    subscale: str
    n: int
    sd: float | None
    why: str | None = None


@dataclass(frozen=True)
class AnswerMass:
    """What was read of one respondent × instrument × protocol (or form) × design × condition.

    Attributes
    ----------
    n_administrations
        Administrations that were put to be read as probabilities.
    n_items, n_read
        Items of those that got a reply; those with a distribution.
    unread
        Why the others have none, with how many each.
    mean_mass, lowest_mass
        The probability that fell on allowed answers, 0 to 1, over the items for which it was told; null, for the
        reason ``why``, where it was told of none.
    n_low
        Items whose mass is under 0.9.
    n_untold
        Items with a distribution whose mass was not told.
    spread
        Of every subscale, how its score would vary if it were drawn.
    flag
        What a reader must know before believing the scores; null where there is nothing.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    condition: str
    n_administrations: int
    n_items: int
    n_read: int
    unread: dict[str, int]
    mean_mass: float | None
    lowest_mass: float | None
    n_low: int
    n_untold: int
    spread: tuple[DrawnSpread, ...]
    why: str | None = None
    flag: Flag | None = None

    @property
    def n_told(self) -> int:
        """Items whose mass was told."""
        return self.n_read - self.n_untold


def answer_masses(
    administrations: pl.DataFrame, readings: pl.DataFrame, scores: pl.DataFrame, subscales: dict[str, dict[str, str]]
) -> tuple[AnswerMass, ...]:
    """What was read, in order of administrations, baseline before evoked; empty where all answers were drawn.

    Parameters
    ----------
    administrations
        Columns as ``collecting.ADMINISTRATION_SCHEMA``; ``administration`` is any key that the other frames share.
    readings
        Columns as ``collecting.COMPACT_READINGS_SCHEMA``.
    scores
        One row per administration and subscale: administration, subscale, variance.
    subscales
        Instrument → subscale → name.
    """
    read = administrations.join(readings.select("administration").unique(), on="administration", how="semi")
    keyed = read.select("administration", *(pl.col(name).cast(pl.String) for name in (*GROUP, "condition")))
    of_items = keyed.join(readings, on="administration", how="inner", maintain_order="left")
    of_scores = keyed.join(scores, on="administration", how="inner").partition_by(
        *GROUP, "condition", as_dict=True, maintain_order=True
    )
    ranks = {condition.value: rank for rank, condition in enumerate(Condition)}
    found = [
        _mass(tuple(map(str, key)), items, of_scores[key], subscales)
        for key, items in of_items.partition_by(*GROUP, "condition", as_dict=True, maintain_order=True).items()
    ]
    first = {key: place for place, key in reversed(list(enumerate(_block(one) for one in found)))}
    return tuple(sorted(found, key=lambda one: (first[_block(one)], ranks[one.condition])))


def worst_flag(masses: Iterable[AnswerMass], block: Block) -> tuple[Flag, ...]:
    """The flag of largest extent of the same respondent, instrument, protocol and design; none where there is none."""
    own = [one.flag for one in masses if one.flag and _block(one) == _block(block)]
    return tuple(sorted(own, key=lambda flag: flag.extent)[-1:])


def _block(found: Block) -> tuple[str, ...]:
    return tuple(str(getattr(found, name)) for name in GROUP)


def _mass(
    key: tuple[str, ...], items: pl.DataFrame, scores: pl.DataFrame, subscales: dict[str, dict[str, str]]
) -> AnswerMass:
    names = dict(zip((*GROUP, "condition"), key, strict=True))
    reasons = items["why"].cast(pl.String).drop_nulls().value_counts().sort("count", "why", descending=[True, False])
    masses = items.filter(pl.col("why").is_null())["mass"].drop_nulls()
    n_read = items.height - int(reasons["count"].sum())
    n_low = int((masses < LOW_MASS).sum())
    unread = {str(why): int(count) for why, count in reasons.iter_rows()}
    mean, lowest = masses.mean(), masses.min()
    when = WHEN.get(names["condition"], names["condition"])
    return AnswerMass(
        **names,
        n_administrations=items["administration"].n_unique(),
        n_items=items.height,
        n_read=n_read,
        unread=unread,
        mean_mass=None if mean is None else float(mean),  # type: ignore[arg-type]
        lowest_mass=None if lowest is None else float(lowest),  # type: ignore[arg-type]
        n_low=n_low,
        n_untold=n_read - len(masses),
        spread=tuple(_spread(subscale, scores) for subscale in subscales[names["instrument"]]),
        why=None if len(masses) else (NOT_TOLD if n_read else NOTHING_READ),
        flag=_flag(n_low, unread.get(Why.NOWHERE.value, 0), len(masses), when),
    )


def _spread(subscale: str, scores: pl.DataFrame) -> DrawnSpread:
    variances = scores.filter(pl.col("subscale") == subscale)["variance"].drop_nulls()
    mean = variances.mean()
    if mean is None:
        return DrawnSpread(subscale, 0, None, _NOTHING)
    return DrawnSpread(subscale, len(variances), math.sqrt(float(mean)))  # type: ignore[arg-type]


def _flag(n_low: int, n_nowhere: int, n_told: int, when: str) -> Flag | None:
    """Of items whose mass is low, and of those where no answer is among the likeliest tokens."""
    n_lost, n_items = n_low + n_nowhere, n_told + n_nowhere
    if not n_lost:
        return None
    nowhere = f" ({n_nowhere:,} of them with no answer among the likeliest tokens)" if n_nowhere else ""
    text = (
        f"mass under {LOW_MASS:g} in {n_lost:,} of {n_items:,} items {when} the situations{nowhere}:"
        " the model would often have answered something else"
    )
    return Flag("low_mass", "low mass", text, n_lost / n_items)
