"""Questionnaires: items, response scale, subscales with their keying, and the rule that makes a score of answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from emotionbench.documents import Document, fault, left_out

ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1)]
SHORT_ITEM_WORDS = 3


def _from_json_key(key: Any) -> Any:
    """JSON has only text for keys: a value of the response scale comes back as ``"1"``."""
    return int(key) if isinstance(key, str) and key.removeprefix("-").isdecimal() else key


ScaleValue = Annotated[int, BeforeValidator(_from_json_key)]


class ResponseScale(Document):
    """The allowed whole numbers with their labels; not every value needs a label."""

    lowest: int
    highest: int
    labels: dict[ScaleValue, ShortText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lowest >= self.highest:
            raise ValueError(f"lowest {self.lowest} is not below highest {self.highest}")
        for value in self.labels:
            if value not in self:
                raise ValueError(f"label for {value}, outside {self.lowest} to {self.highest}")
        folded = [label.casefold() for label in self.labels.values()]
        if len(set(folded)) < len(folded):
            raise ValueError("two values carry the same label")
        return self

    def __contains__(self, value: int) -> bool:
        return self.lowest <= value <= self.highest

    def reverse(self, value: int) -> int:
        """The value as it counts for a reverse-keyed item: lowest + highest − value."""
        return self.lowest + self.highest - value


class Item(Document):
    """One statement; ``labels`` where this item's response labels differ from the instrument's."""

    text: LongText
    labels: dict[ScaleValue, ShortText] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        folded = [label.casefold() for label in (self.labels or {}).values()]
        if len(set(folded)) < len(folded):
            raise ValueError("two values carry the same label")
        return self


def _as_item(value: Any) -> Any:
    return value if isinstance(value, Item | dict) else {"text": value}


class Subscale(Document):
    """Items, by their 1-based number in the instrument, that are scored together."""

    name: ShortText
    items: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    reverse: Annotated[tuple[int, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.items)) < len(self.items):
            repeated = sorted({number for number in self.items if self.items.count(number) > 1})
            raise ValueError(f"item {repeated[0]} stands twice")
        foreign = sorted(set(self.reverse) - set(self.items))
        if foreign:
            raise ValueError(f"reverse-keyed item {foreign[0]} is not among its items")
        return self


class ScoreRule(Document):
    """How answers become a score.

    ``multiply`` scales the sum or mean (DASS-21 doubles its sums). ``min_valid`` is the number of valid items from
    which a score is still given, prorated to the full subscale; without it every item must be answered.
    """

    rule: Literal["sum", "mean"]
    multiply: Annotated[int, Field(ge=1)] = 1
    min_valid: Annotated[int, Field(ge=1)] | None = None


class Instrument(Document):
    """A questionnaire in one edition and one language.

    ``family`` is the id of the instrument that this is a translation or a ``paraphrase`` of: item by item the same,
    with the same response scale, subscales and keys, so that their scores stand for the same. ``trait`` says that
    it asks about lasting dispositions, which no situation should move within an hour. ``mends`` says what was
    corrected when it was converted from another project's file.
    """

    id: ShortText
    name: ShortText
    edition: ShortText
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    validated: bool
    source: LongText
    licence: LongText
    note: str | None = None
    family: ShortText | None = left_out()
    paraphrase: ShortText | None = left_out()
    trait: bool | None = left_out()
    mends: Annotated[tuple[LongText, ...], Field(strict=False)] = left_out(())
    instructions: LongText
    response_scale: ResponseScale
    items: Annotated[tuple[Annotated[Item, BeforeValidator(_as_item)], ...], Field(strict=False, min_length=1)]
    subscales: Annotated[dict[str, Subscale], Field(min_length=1)]
    score: ScoreRule

    @model_validator(mode="after")
    def _check(self) -> Self:
        texts = [item.text.casefold() for item in self.items]
        for number, text in enumerate(texts, 1):
            if text in texts[: number - 1]:
                repeated = self.items[number - 1].text
                raise fault(f"item {number} {repeated!r} stands twice; items must differ", "items", number - 1)
        for number, item in enumerate(self.items, 1):
            for value in item.labels or {}:
                if value not in self.response_scale:
                    message = f"item {number}: label for {value}, outside the response scale"
                    raise fault(message, "items", number - 1, "labels", value)
        for key, subscale in self.subscales.items():
            self._check_subscale(key, subscale)
        self._check_overlap()
        homeless = set(range(1, len(self.items) + 1)) - {n for s in self.subscales.values() for n in s.items}
        if homeless and not self.note:
            message = f"item {min(homeless)} is in no subscale; add it to one, or say in 'note' why it is a filler"
            raise fault(message, "items", min(homeless) - 1)
        return self

    def _check_overlap(self) -> None:
        """An item counts in one subscale, and in those that hold every item that counts at all (an overall score)."""
        counted = {number for subscale in self.subscales.values() for number in subscale.items}
        at: dict[int, str] = {}
        for key, subscale in self.subscales.items():
            if set(subscale.items) == counted:
                continue
            for index, number in enumerate(subscale.items):
                if number in at:
                    message = (
                        f"item {number} is in subscales {at[number]!r} and {key!r}; an item counts in one, besides in"
                        " an overall one of all items"
                    )
                    raise fault(message, "subscales", key, "items", index)
                at[number] = key

    def _check_subscale(self, key: str, subscale: Subscale) -> None:
        for index, number in enumerate(subscale.items):
            if not 1 <= number <= len(self.items):
                message = f"subscale {key!r} names item {number}; items are 1 to {len(self.items)}"
                raise fault(message, "subscales", key, "items", index)
        if (self.score.min_valid or 1) > len(subscale.items):
            message = f"min_valid {self.score.min_valid} is more than the {len(subscale.items)} items of {key!r}"
            raise fault(f"{message}, which could never be scored", "score", "min_valid")

    @property
    def base(self) -> str:
        """The id under which all languages and paraphrases of the instrument belong together."""
        return self.family or self.id

    @property
    def n_items(self) -> int:
        """How many items the instrument has."""
        return len(self.items)

    @property
    def has_short_items(self) -> bool:
        """Whether every item is a word or a short phrase, so that an answer can repeat it."""
        return all(len(item.text.split()) <= SHORT_ITEM_WORDS for item in self.items)

    def text(self, number: int) -> str:
        """The text of the item with this 1-based number."""
        return self.items[number - 1].text


def unlike(edition: Instrument, base: Instrument) -> Iterator[tuple[str, str]]:
    """Where an edition is not scored as the instrument that it is an edition of: the field, and what differs."""
    if edition.n_items != base.n_items:
        yield "items", f"{edition.n_items}, but its family {base.id!r} has {base.n_items}"
    own, scale = edition.response_scale, base.response_scale
    if (own.lowest, own.highest) != (scale.lowest, scale.highest):
        what = f"{own.lowest} to {own.highest}, but its family {base.id!r} goes from {scale.lowest} to {scale.highest}"
        yield "response_scale", what
    keys = [{key: (set(s.items), set(s.reverse)) for key, s in one.subscales.items()} for one in (edition, base)]
    differing = [key for key in {**keys[0], **keys[1]} if keys[0].get(key) != keys[1].get(key)]
    if differing:
        yield "subscales", f"{', '.join(differing)}: not keyed as in its family {base.id!r}"
    if edition.score != base.score:
        yield "score", f"is not the rule of its family {base.id!r}"
