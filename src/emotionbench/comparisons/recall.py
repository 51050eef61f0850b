"""How much of a text stands in a reply: to the word, nearly so, and in runs of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from emotionbench.materials.instruments import Instrument
from emotionbench.materials.recitation import Label, parts_of
from emotionbench.parsing.normal import plain, without_reasoning

NEARLY = 0.9
"""From this likeness on a line counts as recalled: to the word, but for a slip."""
LINES_PER_ITEM = 2
"""So many lines are read for every item to be recalled: who writes down every word there is recalls nothing."""
WORDS_IN_A_RUN = 4
_WORD = re.compile(r"\w+")
_NUMBERED = re.compile(r"^\W*(?:items?\s*)?(?P<number>\d{1,3})\b\s*[.):\-]*\s*(?P<text>.*)$", re.IGNORECASE)
_BETWEEN_ITEMS = re.compile(r"[,;\n]")
_NUMBERS = re.compile(
    r"(?P<first>\d{1,3})(?:\s*(?:-|to)\s*(?P<last>\d{1,3}))?\s*\(?(?P<reversed>r(?:ev|\b)|\*)?", re.IGNORECASE
)
_NAME = re.compile(r"^(?P<name>[^:]{1,120}):(?P<numbers>.*)$")
NAME_LIKENESS = 0.85


@dataclass(frozen=True)
class Recall:
    """What of one text stands in a reply, each from 0 (nothing) to 1 (all).

    ``verbatim`` is 1 where it stands there to the word (letter case, marks and spaces aside), ``likeness`` that of the
    line that is most like it (Indel similarity; of a longer text, that of the best stretch), ``runs`` the share of its
    runs of four words (fewer where it is shorter) that stand there, and ``in_place`` 1 where an item stands, nearly to
    the word, under its own number.
    """

    verbatim: float
    likeness: float
    runs: float
    in_place: float = 0.0


def recalled_items(reply: str, items: Sequence[str], first_number: int) -> list[Recall]:
    """How well a reply recalls each of the items, which are numbered from ``first_number``."""
    lines = list(_lines(reply, items))[: LINES_PER_ITEM * len(items)]
    runs = {run for _, text in lines for n in range(1, WORDS_IN_A_RUN + 1) for run in _runs(text, n)}
    by_number: dict[int, list[str]] = {}
    for place, (number, text) in enumerate(lines):
        by_number.setdefault(first_number + place if number is None else number, []).append(text)
    return [
        _recalled(words_of(item), [text for _, text in lines], runs, by_number.get(number, []))
        for number, item in enumerate(items, first_number)
    ]


def _recalled(item: str, lines: Sequence[str], runs: set[str], here: Sequence[str]) -> Recall:
    own = _runs(item, WORDS_IN_A_RUN)
    return Recall(
        verbatim=float(item in lines),
        likeness=max((fuzz.ratio(item, line) / 100 for line in lines), default=0.0),
        runs=sum(run in runs for run in own) / len(own) if own else 0.0,
        in_place=float(any(fuzz.ratio(item, line) / 100 >= NEARLY for line in here)),
    )


def recalled_text(reply: str, text: str) -> Recall:
    """How much of a longer text stands in a reply."""
    true, said = words_of(text), words_of(without_reasoning(reply))
    own, there = _runs(true, WORDS_IN_A_RUN), set(_runs(said, WORDS_IN_A_RUN))
    return Recall(
        verbatim=float(bool(true) and true in said),
        likeness=fuzz.partial_ratio(true, said) / 100 if len(said) >= len(true) else fuzz.ratio(true, said) / 100,
        runs=sum(run in there for run in own) / len(own) if own else 0.0,
    )


def recalled_key(reply: str, instrument: Instrument) -> dict[int, Label]:
    """Item number → subscale and direction, as a reply has it; what it gives to several subscales is left out."""
    said: dict[int, set[Label]] = {}
    for line in plain(without_reasoning(reply)).splitlines():
        found = _NAME.match(line)
        key = _subscale_named(found["name"], instrument) if found else None
        if found is None or key is None:
            continue
        for number, is_reversed in _numbers(found["numbers"], instrument.n_items):
            said.setdefault(number, set()).add((key, is_reversed))
    return {number: next(iter(labels)) for number, labels in said.items() if len(labels) == 1}


def words_of(text: str) -> str:
    """A text as its words in small letters, with one space between them."""
    return " ".join(_WORD.findall(plain(text).casefold()))


def _lines(reply: str, items: Sequence[str]) -> Iterator[tuple[int | None, str]]:
    """The lines of a reply with the numbers before them; short items may also stand in one line, between commas."""
    text = plain(without_reasoning(reply))
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < len(items) / 2 and not any("," in item for item in items):
        lines = _BETWEEN_ITEMS.split(text)
    for line in lines:
        found = _NUMBERED.match(line)
        words = words_of(found["text"] if found else line)
        if words:
            yield (int(found["number"]) if found else None, words)


def _runs(words: str, n: int) -> list[str]:
    """Runs of n words; of all words where there are fewer."""
    split = words.split()
    n = min(n, len(split))
    return [" ".join(split[start : start + n]) for start in range(len(split) - n + 1)] if n else []


def _subscale_named(name: str, instrument: Instrument) -> str | None:
    """The subscale that is most like a name, if one is like it at all."""
    said = words_of(name)
    likeness = {key: fuzz.ratio(said, words_of(instrument.subscales[key].name)) / 100 for key in parts_of(instrument)}
    best = max(likeness, key=lambda key: likeness[key])
    return best if likeness[best] >= NAME_LIKENESS else None


def _numbers(text: str, n_items: int) -> Iterator[tuple[int, bool]]:
    """Item numbers and whether they are marked as reverse-keyed; ``3-6`` stands for all from 3 to 6."""
    for found in _NUMBERS.finditer(text):
        first, last = int(found["first"]), int(found["last"] or found["first"])
        for number in range(max(first, 1), min(last, n_items) + 1):
            yield number, found["reversed"] is not None
