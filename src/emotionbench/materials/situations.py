"""Imagined situations: one event each, meant to stir one emotion, or its neutral or positive counterpart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText

EMOTIONS = ("anger", "anxiety", "depression", "frustration", "jealousy", "guilt", "fear", "embarrassment")

Kind = Literal["evoking", "neutral", "positive"]


class Situation(Document):
    """One imagined event.

    ``kind`` is ``evoking`` for an event meant to stir ``emotion``; a ``neutral`` or ``positive`` situation is the
    counterpart of the evoking one that ``counterpart_of`` names.
    """

    id: ShortText
    set: ShortText
    edition: ShortText
    language: str
    emotion: ShortText
    factor: ShortText
    factor_name: ShortText
    kind: Kind
    counterpart_of: str | None
    text: LongText


class SituationEntry(Document):
    """A scene as it stands in a file: the evoking text, and its counterparts where it has them."""

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d+-\d+$")]
    text: LongText
    neutral: LongText | None = None
    positive: LongText | None = None


class Factor(Document):
    """A named group of causes within an emotion."""

    id: Annotated[str, Field(pattern=r"^[a-z]+-\d+$")]
    name: ShortText
    situations: Annotated[tuple[SituationEntry, ...], Field(strict=False, min_length=1)]


class SituationFile(Document):
    """The situations of one emotion in one set."""

    set: ShortText
    edition: ShortText
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    source: LongText
    licence: LongText
    emotion: Annotated[str, Field(pattern=r"^[a-z]+$")]
    factors: Annotated[tuple[Factor, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        seen: set[str] = set()
        for index, factor in enumerate(self.factors):
            if not factor.id.startswith(f"{self.emotion}-"):
                raise fault(f"factor id {factor.id!r} should begin with '{self.emotion}-'", "factors", index, "id")
            if factor.id in {earlier.id for earlier in self.factors[:index]}:
                message = f"factor id {factor.id!r} stands twice; put its situations together"
                raise fault(message, "factors", index, "id")
            for number, entry in enumerate(factor.situations):
                place = ("factors", index, "situations", number, "id")
                if not entry.id.startswith(f"{factor.id}-"):
                    raise fault(f"situation id {entry.id!r} should begin with '{factor.id}-'", *place)
                if entry.id in seen:
                    raise fault(f"situation id {entry.id!r} stands twice; ids are unique", *place)
                seen.add(entry.id)
        return self

    def situations(self) -> Iterator[Situation]:
        """Every text of the file as a situation of its own, in file order."""
        for factor in self.factors:
            for entry in factor.situations:
                texts: tuple[tuple[Kind, str | None], ...] = (
                    ("evoking", entry.text),
                    ("neutral", entry.neutral),
                    ("positive", entry.positive),
                )
                for kind, text in texts:
                    if text is not None:
                        yield self._situation(factor, entry, kind, text)

    def _situation(self, factor: Factor, entry: SituationEntry, kind: Kind, text: str) -> Situation:
        is_evoking = kind == "evoking"
        return Situation(
            id=entry.id if is_evoking else f"{entry.id}-{kind}",
            set=self.set,
            edition=self.edition,
            language=self.language,
            emotion=self.emotion,
            factor=factor.id,
            factor_name=factor.name,
            kind=kind,
            counterpart_of=None if is_evoking else entry.id,
            text=text,
        )


@dataclass(frozen=True)
class SituationSet:
    """A bank of situations, in a stable order."""

    id: str
    source: str
    licence: str
    situations: tuple[Situation, ...]

    @property
    def emotions(self) -> tuple[str, ...]:
        """The emotions of the set, the eight in their usual order first."""
        present = dict.fromkeys(situation.emotion for situation in self.situations)
        return tuple(e for e in EMOTIONS if e in present) + tuple(e for e in present if e not in EMOTIONS)

    @property
    def factors(self) -> dict[str, str]:
        """Factor id → factor name, in order."""
        return {situation.factor: situation.factor_name for situation in self.situations}
