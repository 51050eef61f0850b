"""A human norm from people's scores: how far they moved from before to after imagining, by emotion, factor, situation.

Pure arithmetic on labelled scores of paired sessions. A person counts who has every subscale scored before and after an
evoking situation; the others are counted as excluded. Means are over persons; a row's correlation is that of before
with after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.errors import MaterialError
from emotionbench.materials.norms import Moments, Movement, Norm, NormRow, NormSituation, OverSplits, PeopleWithPeople
from emotionbench.materials.situations import EMOTIONS
from emotionbench.records import Condition
from emotionbench.statistics.agreement import split_half_agreement
from emotionbench.statistics.estimate import Estimate

DIGITS, N_SPLITS, SEED = 6, 1000, 0
FEWEST = 2
"""Fewer people have no standard deviation."""
MOST_NAMED = 5
BEFORE, AFTER = Condition.BASELINE.value, Condition.EVOKED.value
Array = NDArray[np.float64]
Place = tuple[str | None, str | None]


@dataclass(frozen=True)
class Origin:
    """What a norm says of itself beside its figures; ``instrument`` and ``situation_set`` are ids."""

    id: str
    name: str
    instrument: str
    situation_set: str
    source: str
    licence: str
    sha256: str


class NormHere(Norm):
    """A norm of the people of the store that is looked at: a yardstick for who imagined situations of the same set."""


class People:
    """Scores of the people who count, as arrays over persons.

    Attributes
    ----------
    subscales
        In the order given.
    emotions, factors, situations
        Of every person, in the order of their sessions in ``scores``.
    scores
        Of shape (people,) for each condition and subscale.
    n_excluded
        Sessions that lack a score.
    """

    def __init__(self, scores: pl.DataFrame, subscales: Sequence[str]) -> None:
        self.subscales = tuple(subscales)
        sessions = _sessions(scores, self.subscales)
        kept = sessions.filter("is_complete")
        self.n_excluded = sessions.height - kept.height
        self.sessions: list[str] = kept["session"].to_list()
        self.emotions, self.factors, self.situations = (
            kept[name].cast(pl.String).to_list() for name in ("emotion", "factor", "situation")
        )
        self.scores: dict[tuple[Condition, str], Array] = {
            (Condition(condition), key): kept[f"{condition} {key}"].to_numpy().astype(float)
            for condition in (BEFORE, AFTER)
            for key in self.subscales
        }

    @property
    def n(self) -> int:
        """How many people count."""
        return len(self.sessions)

    def thin_factors(self) -> tuple[str, ...]:
        """Factors that fewer than two people imagined."""
        counts = Counter(self.factors)
        return tuple(factor for factor in self.emotion_of if counts[factor] < FEWEST)

    def without(self, factors: Collection[str]) -> People:
        """The people of the other factors; those left behind count as excluded."""
        if not factors:
            return self
        kept = np.array([factor not in factors for factor in self.factors], dtype=bool)
        found = copy(self)
        found.__dict__.pop("emotion_of", None)
        found.sessions, found.emotions, found.factors, found.situations = (
            [one for one, stays in zip(own, kept, strict=True) if stays]
            for own in (self.sessions, self.emotions, self.factors, self.situations)
        )
        found.scores = {key: values[kept] for key, values in self.scores.items()}
        found.n_excluded = self.n_excluded + int((~kept).sum())
        return found

    @cached_property
    def emotion_of(self) -> dict[str, str]:
        """Factor → emotion: the eight emotions in their usual order, then others by name; factors by number."""
        found = dict(zip(self.factors, self.emotions, strict=True))
        return dict(sorted(found.items(), key=lambda pair: (_rank(pair[1]), natural(pair[0]))))

    def places(self) -> Iterator[Place]:
        """Emotion and factor of every row: everyone, then each emotion and its factors."""
        yield None, None
        for emotion in dict.fromkeys(self.emotion_of.values()):
            yield emotion, None
            yield from ((emotion, factor) for factor, of in self.emotion_of.items() if of == emotion)

    def chosen(self, place: Place) -> NDArray[np.bool_]:
        """Who belongs to a row."""
        emotion, factor = place
        everyone = np.ones(self.n, dtype=bool)
        return (
            everyone
            & (factor is None or np.array(self.factors, dtype=str) == factor)
            & (emotion is None or np.array(self.emotions, dtype=str) == emotion)
        )

    def row(self, emotion: str | None, factor: str | None) -> NormRow:
        """The people of one factor, of one emotion, or everyone."""
        chosen = self.chosen((emotion, factor))
        movements = {
            key: _movement(self.scores[Condition.BASELINE, key][chosen], self.scores[Condition.EVOKED, key][chosen])
            for key in self.subscales
        }
        return NormRow(emotion=emotion, factor=factor, n=int(chosen.sum()), subscales=movements)

    def by_situation(self) -> tuple[NormSituation, ...]:
        """The people of each situation, in order of factor and situation."""
        factor_of = dict(zip(self.situations, self.factors, strict=True))
        ranks = {factor: rank for rank, factor in enumerate(self.emotion_of)}
        order = sorted(factor_of, key=lambda one: (ranks[factor_of[one]], natural(one)))
        ids = np.array(self.situations, dtype=str)
        return tuple(self._situation(identifier, factor_of[identifier], ids == identifier) for identifier in order)

    def agreement(self, subscale: str, n_splits: int = N_SPLITS) -> PeopleWithPeople | None:
        """How far one half of the people agrees with the other on the changes of factors; None where too few are."""
        change = self.scores[Condition.EVOKED, subscale] - self.scores[Condition.BASELINE, subscale]
        found = split_half_agreement(change, np.array(self.factors), n_splits=n_splits, seed=SEED)
        correlation, concordance = _over_splits(found.correlation), _over_splits(found.concordance)
        if correlation is None or concordance is None:
            return None
        return PeopleWithPeople(correlation=correlation, concordance=concordance, n_splits=found.n_splits)

    def _situation(self, identifier: str, factor: str, chosen: NDArray[np.bool_]) -> NormSituation:
        evoked = {key: self.scores[Condition.EVOKED, key][chosen] for key in self.subscales}
        change = {key: values - self.scores[Condition.BASELINE, key][chosen] for key, values in evoked.items()}
        means = [{key: _rounded(values.mean()) for key, values in moment.items()} for moment in (change, evoked)]
        return NormSituation(situation=identifier, factor=factor, n=int(chosen.sum()), change=means[0], evoked=means[1])


def norm_of(people: People, origin: Origin, *, n_splits: int = N_SPLITS) -> Norm:
    """The norm of these people, from everyone down to each factor.

    A MaterialError names the rows that have fewer than two people.
    """
    lack = _lack(people)
    if lack:
        raise MaterialError(lack, where=origin.name, fix="ask more people, or of fewer factors")
    return Norm(**_content(people, origin, n_splits))


def norm_here(people: People, origin: Origin, *, n_splits: int = N_SPLITS) -> tuple[NormHere | None, str | None]:
    """The norm of a store's own people for that store, of the factors that two or more of them imagined.

    With it, or instead of it, why factors or all of it are left out.
    """
    thin = people.thin_factors()
    others = people.without(thin)
    if not others.n:
        return None, _lack(people)
    norm = NormHere(**_content(others, origin, n_splits))
    return norm, f"{_named(thin)}: fewer than {FEWEST} people, left out of the norm" if thin else None


def natural(text: str) -> tuple[str | int, ...]:
    """A key that sorts numbers within names as numbers: ``anger-2`` before ``anger-10``."""
    return tuple(int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", text)))


def _content(people: People, origin: Origin, n_splits: int) -> dict[str, Any]:
    return {
        "id": origin.id,
        "name": origin.name,
        "instrument": origin.instrument,
        "situation_set": origin.situation_set,
        "source": origin.source,
        "licence": origin.licence,
        "source_sha256": origin.sha256,
        "n": people.n,
        "n_excluded": people.n_excluded,
        "rows": tuple(people.row(*place) for place in people.places()),
        "situations": people.by_situation(),
        "agreement": {key: found for key in people.subscales if (found := people.agreement(key, n_splits)) is not None},
    }


def _lack(people: People) -> str | None:
    """What is missing for a norm of all factors."""
    if not people.n:
        return "nobody has every score before and after an evoking situation"
    thin = people.thin_factors()
    return f"fewer than {FEWEST} people in {_named(thin)}, and every row needs {FEWEST}" if thin else None


def _named(factors: Sequence[str]) -> str:
    more = len(factors) - MOST_NAMED
    return ", ".join(factors[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _sessions(scores: pl.DataFrame, subscales: Sequence[str]) -> pl.DataFrame:
    """One row per session in order of appearance: place, a column for each condition and subscale, ``is_complete``.

    Sessions with a neutral or positive situation are none of a norm, and are not there.
    """
    condition = pl.col("condition").cast(pl.String)
    of_controls = scores.filter(condition == Condition.CONTROL)["session"]
    paired = scores.filter(pl.col("session").is_not_null() & ~pl.col("session").is_in(of_controls.implode()))
    cells = {f"{c} {key}": (condition == c) & (pl.col("subscale") == key) for c in (BEFORE, AFTER) for key in subscales}
    after = condition == AFTER
    return (
        paired.group_by("session", maintain_order=True)
        .agg(
            *(pl.col(name).filter(after).first() for name in ("emotion", "factor", "situation")),
            *(pl.col("value").filter(of_cell).first().alias(name) for name, of_cell in cells.items()),
        )
        .with_columns(is_complete=pl.all_horizontal(pl.col(name).is_not_null() for name in (*cells, "situation")))
    )


def _movement(baseline: Array, evoked: Array) -> Movement:
    return Movement(
        baseline=_moments(baseline),
        evoked=_moments(evoked),
        change=_moments(evoked - baseline),
        r=_correlation(baseline, evoked),
    )


def _correlation(baseline: Array, evoked: Array) -> float | None:
    """Of before with after; None where one side does not vary."""
    if not baseline.std() or not evoked.std():
        return None
    return _rounded(float(np.corrcoef(baseline, evoked)[0, 1]))


def _moments(values: Array) -> Moments:
    return Moments(mean=_rounded(values.mean()), sd=_rounded(values.std(ddof=1)))


def _over_splits(found: Estimate) -> OverSplits | None:
    if found.value is None or found.low is None or found.high is None:
        return None
    return OverSplits(value=_rounded(found.value), low=_rounded(found.low), high=_rounded(found.high))


def _rounded(value: float) -> float:
    return round(float(value), DIGITS)


def _rank(emotion: str) -> tuple[int, str]:
    return (EMOTIONS.index(emotion) if emotion in EMOTIONS else len(EMOTIONS), emotion)
