"""JSON within a reply: objects of items, of positions, lists of objects, lists of values; nested or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from emotionbench.parsing.claims import NOWHERE, Claim
from emotionbench.parsing.lines import LineReader
from emotionbench.parsing.normal import plain
from emotionbench.parsing.questionnaire import OPTION_WORDS, VALUE_WORDS, Questionnaire, position_in
from emotionbench.parsing.readings import EMPTY, NOISE, Kind, Reading

_OPENING = re.compile(r"[{\[]")
_POSITION_KEYS = frozenset(
    {"id", "number", "position", "index", "no", "nr", "item_number", "question_number", "#", "n", "item"}
)
_DEEPEST = 4
_MOST_ATTEMPTS = 2_000
_COST_OF_A_FAILURE = 2_000


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, repeated ones kept."""


def _object(pairs: list[tuple[str, Any]]) -> _Pairs:
    return _Pairs((plain(key), plain(value) if isinstance(value, str) else value) for key, value in pairs)


# numbers stay as they were written, to be read like any other answer
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=str, strict=False)


def _documents(text: str) -> Iterator[tuple[Any, int, int]]:
    """Every JSON object and list in ``text`` with where it begins and ends.

    What looks like JSON and is not costs at most a few times the length of the text.
    """
    allowance = 4 * len(text) + _COST_OF_A_FAILURE * 100
    at = 0
    for _ in range(_MOST_ATTEMPTS):
        opening = _OPENING.search(text, at)
        if opening is None or allowance < 0:
            return
        at = opening.start()
        try:
            document, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as problem:
            allowance -= problem.pos - at + _COST_OF_A_FAILURE
            at += 1
        except RecursionError:
            allowance -= len(text)
            at += 1
        else:
            yield document, at, end
            at = end


class JsonReader:
    """Reads the JSON of replies to one questionnaire; the text need not be plain."""

    def __init__(self, questionnaire: Questionnaire, lines: LineReader) -> None:
        self._asked, self._lines = questionnaire, lines

    def read(self, text: str) -> tuple[list[Claim], str]:
        """What the JSON in ``text`` claims, and the text without the JSON that was understood."""
        claims: list[Claim] = []
        rest: list[str] = []
        done = 0
        for document, begin, end in _documents(text):
            found = self._document(document)
            if found:
                claims += found
                rest.append(text[done:begin])
                done = end
        return claims, "\n".join([*rest, text[done:]])

    def _document(self, document: Any) -> list[Claim]:
        if isinstance(document, _Pairs):
            return self._object(document, None, 0)
        if isinstance(document, list):
            return self._list(document, 0)
        return []

    def _object(self, pairs: _Pairs, position: int | None, depth: int) -> list[Claim]:
        if depth > _DEEPEST:
            return []
        described = self._description(pairs, position)
        if described:
            return [described]
        claims: list[Claim] = []
        for key, value in pairs:
            claims += self._entry(key, value, position, depth)
        return claims

    def _entry(self, key: str, value: Any, position: int | None, depth: int) -> list[Claim]:
        item = self._asked.item_of(key)
        number = self._asked.number_before(key) if item else position_in(key)
        if item is None and number is None:
            return self._nested(value, None, depth + 1)
        number = position if number is None else number
        if isinstance(value, _Pairs):
            return self._inner(value, number, item, depth)
        explains = item is None and isinstance(value, str) and self._asked.is_label_of(number, value)
        return [Claim(number, item, self._value(value, number, item), explains=explains)]

    def _nested(self, value: Any, position: int | None, depth: int) -> list[Claim]:
        if isinstance(value, _Pairs):
            return self._object(value, position, depth)
        return self._list(value, depth) if isinstance(value, list) else []

    def _inner(self, pairs: _Pairs, number: int | None, item: int | None, depth: int) -> list[Claim]:
        """The object that stands as an item's or a number's value: its answer with whatever else it says."""
        described = self._description(pairs, number)
        if described is None:
            bare = _named(pairs, VALUE_WORDS) or _named(pairs, OPTION_WORDS)
            if len(bare) == 1 and not isinstance(bare[0][1], list):
                return [Claim(number, item, self._value(bare[0][1], number, item))]
            return self._object(pairs, number, depth + 1) if item is None else [Claim(number, item, NOISE)]
        if item is not None and described.item not in (None, item):
            return [Claim(described.position, item, NOISE), Claim(number, described.item, NOISE)]
        return [Claim(described.position, item or described.item, described.reading)]

    def _description(self, pairs: _Pairs, position: int | None) -> Claim | None:
        """An object that names one item, or one number, and gives its answer."""
        answers = _answers(pairs, VALUE_WORDS) or _answers(pairs, OPTION_WORDS)
        items = {item for key, value in pairs if isinstance(value, str) and (item := self._item_named(key, value))}
        numbers = [
            number
            for key, value in pairs
            if _folded(key) in _POSITION_KEYS and isinstance(value, str) and self._asked.item_of(value) is None
            if (number := position_in(value)) is not None
        ]
        if len(answers) == 2 and numbers:
            # "number" is the number of the item where something else is the answer
            answers = [(key, value) for key, value in answers if _folded(key) not in _POSITION_KEYS]
        if len(answers) != 1 or len(items) > 1:
            return None
        key, value = answers[0]
        item = next(iter(items), None)
        if _folded(key) in _POSITION_KEYS:
            numbers = []
        number = numbers[0] if numbers else position
        if item is None and number is None:
            return Claim(None, None, self._value(value, None, None)) if len(pairs) == 1 else None
        return Claim(number, item, self._value(value, number, item))

    def _item_named(self, key: str, value: str) -> int | None:
        return None if _folded(key) in VALUE_WORDS else self._asked.item_of(value)

    def _list(self, values: list[Any], depth: int) -> list[Claim]:
        if depth > _DEEPEST:
            return []
        if values and all(isinstance(value, _Pairs) for value in values):
            return [claim for value in values for claim in self._object(value, None, depth + 1)]
        if values and all(isinstance(value, list) and len(value) == 2 for value in values):
            pairs = _Pairs((key, value) for key, value in values if isinstance(key, str) and _is_scalar(value))
            return self._object(pairs, None, depth + 1)
        readings = [self._value(value, None, None) for value in values if _is_scalar(value)]
        if len(values) == len(readings) == self._asked.n_shown and _have_values(readings):
            return [Claim(None, None, reading, explains=reading.signed) for reading in readings]
        if len(readings) == len(values) and all(isinstance(value, str) for value in values):
            claims = [claim for value in values for claim in self._lines.read(plain(value), NOWHERE)]
            return [] if all(claim.is_bare for claim in claims) else claims
        return []

    def _value(self, value: Any, position: int | None, item: int | None) -> Reading:
        if value is None:
            return EMPTY
        if not isinstance(value, str):
            return NOISE
        return self._asked.reader_of(self._asked.item_meant(position, item)).read(plain(value))


def _folded(key: str) -> str:
    return key.strip().casefold()


def _answers(pairs: _Pairs, words: frozenset[str]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in _named(pairs, words) if _is_scalar(value)]


def _named(pairs: _Pairs, words: frozenset[str]) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in pairs if _folded(key) in words]


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool)


def _have_values(readings: list[Reading]) -> bool:
    return any(reading.kind in (Kind.VALUE, Kind.AMBIGUOUS) for reading in readings)
