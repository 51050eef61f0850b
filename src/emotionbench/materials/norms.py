"""Human norms of change: how far people's scores move from before to after imagining, per emotion and factor."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText


class Moments(Document):
    """Mean and standard deviation (n − 1) in raw scale points."""

    mean: float
    sd: Annotated[float, Field(ge=0)]


class Movement(Document):
    """One subscale before and after, its change within persons, and the correlation of before with after.

    ``r`` is null where one side does not vary.
    """

    baseline: Moments
    evoked: Moments
    change: Moments
    r: Annotated[float, Field(ge=-1, le=1)] | None


class NormRow(Document):
    """The people who imagined situations of one factor; ``factor`` is null for the whole emotion, both for everyone."""

    emotion: str | None
    factor: str | None
    n: Annotated[int, Field(ge=2)]
    subscales: dict[str, Movement]


class NormSituation(Document):
    """The people who imagined one situation: their mean change and mean score after it, by subscale."""

    situation: ShortText
    factor: ShortText
    n: Annotated[int, Field(ge=1)]
    change: dict[str, float]
    evoked: dict[str, float]


class OverSplits(Document):
    """A figure over random splits of the people: its mean, and the range that 95 % of the splits lie in."""

    value: float
    low: float
    high: float


class PeopleWithPeople(Document):
    """How far one half of the people agrees with the other over factors, stepped up to everyone (Spearman-Brown)."""

    correlation: OverSplits
    concordance: OverSplits
    n_splits: Annotated[int, Field(ge=1)]


class Norm(Document):
    """Aggregates of one human sample on one instrument.

    ``situations`` and ``agreement`` (by subscale; change over factors) are optional: without them the person is the
    unit of people's uncertainty, and there is no human ceiling.
    """

    id: ShortText
    name: ShortText
    instrument: ShortText
    situation_set: ShortText
    source: LongText
    licence: LongText
    source_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    n: int
    n_excluded: int
    rows: Annotated[tuple[NormRow, ...], Field(strict=False, min_length=1)]
    situations: Annotated[tuple[NormSituation, ...], Field(strict=False)] = ()
    agreement: dict[str, PeopleWithPeople] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        factors = {row.factor for row in self.rows}
        subscales = {key for row in self.rows for key in row.subscales}
        for number, one in enumerate(self.situations):
            if one.factor not in factors:
                raise fault(f"situation {one.situation!r}: factor {one.factor!r} has no row", "situations", number)
            for key in sorted(subscales - (set(one.change) & set(one.evoked))):
                raise fault(f"situation {one.situation!r} lacks subscale {key!r}", "situations", number)
        return self

    def row(self, emotion: str | None = None, factor: str | None = None) -> NormRow | None:
        """The row of a factor, of an emotion, or (without arguments) of everyone; None where there is none."""
        return next((row for row in self.rows if (row.emotion, row.factor) == (emotion, factor)), None)

    def factor_row(self, factor: str) -> NormRow | None:
        """The row of a factor by its id alone."""
        return next((row for row in self.rows if row.factor == factor), None)
