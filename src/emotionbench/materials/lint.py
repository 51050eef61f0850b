"""What is doubtful about an instrument of a user's own, beyond what its model refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from emotionbench.documents import read_document
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument, Subscale, unlike

LONG_ITEM_WORDS = 30
SAYS_NOTHING = {"", "-", "?", "n/a", "na", "none", "tba", "tbd", "todo", "unknown", "xxx"}
STARTS_WITH_NUMBER = re.compile(r"\d")
NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Remark:
    """One thing about an instrument: an ``error`` makes its scores wrong or it unusable, a ``warning`` is doubtful.

    ``where`` is the file, with the line where the model refuses it, or the part of the instrument.
    """

    kind: Literal["error", "warning"]
    where: str
    what: str


def lint(path: Path) -> tuple[Remark, ...]:
    """Everything to say about the instrument in a file, errors first; empty where there is nothing.

    What the model refuses is the only remark then, since nothing else can be known.
    """
    try:
        instrument = read_document(path, Instrument, MaterialError)
    except MaterialError as problem:
        what = f"{problem.what}; {problem.fix}" if problem.fix else problem.what
        return (Remark("error", problem.where or path.name, what),)
    remarks = [*_keys(instrument), *_items(instrument), *_labels(instrument), *_origin(instrument)]
    remarks += [*_family(instrument, path), *_file_name(instrument, path)]
    return tuple(sorted(remarks, key=lambda remark: remark.kind))


def _keys(instrument: Instrument) -> Iterator[Remark]:
    for key, subscale in instrument.subscales.items():
        twice = sorted({number for number in subscale.reverse if subscale.reverse.count(number) > 1})
        if twice:
            yield Remark("error", f"subscale {key!r}", f"item {twice[0]} is reverse-keyed twice, so both ways")
        if len(subscale.items) == 1:
            yield Remark("warning", f"subscale {key!r}", "has one item: nothing tells its error from its score")
    yield from _overlaps(instrument.subscales)
    placed = {number for subscale in instrument.subscales.values() for number in subscale.items}
    fillers = [number for number in range(1, instrument.n_items + 1) if number not in placed]
    if fillers:
        yield Remark("warning", "items", f"{_numbers(fillers)} in no subscale: asked, but never scored")
    one_way = [
        key for key, subscale in instrument.subscales.items() if len(subscale.reverse) in (0, len(subscale.items))
    ]
    if len(one_way) == len(instrument.subscales):
        yield Remark("warning", "subscales", "all items are keyed one way: whoever agrees with anything scores high")


def _overlaps(subscales: Mapping[str, Subscale]) -> Iterator[Remark]:
    """Items that count in two subscales; a total over another subscale is none, unless its keys differ."""
    for (first, one), (second, other) in combinations(subscales.items(), 2):
        shared = sorted(set(one.items) & set(other.items))
        where = f"subscales {first!r} and {second!r}"
        opposed = sorted(set(shared) & (set(one.reverse) ^ set(other.reverse)))
        if opposed:
            yield Remark("warning", where, f"{_numbers(opposed)} reverse-keyed in one and not in the other")


def _items(instrument: Instrument) -> Iterator[Remark]:
    bare = [_bare(item.text) for item in instrument.items]
    for (first, one), (second, other) in combinations(enumerate(bare, 1), 2):
        if not (one and other):
            continue
        if one == other:
            yield Remark("warning", f"items {first} and {second}", "differ in signs and spaces only")
        elif one.startswith(f"{other} ") or other.startswith(f"{one} "):
            short, long = (first, second) if len(one) < len(other) else (second, first)
            yield Remark("warning", f"items {short} and {long}", "begin alike: a reply that quotes one may be either")
    texts = dict(enumerate((item.text for item in instrument.items), 1))
    digits = [number for number, text in texts.items() if STARTS_WITH_NUMBER.match(text)]
    if digits:
        yield Remark("warning", _named(digits), "a digit at the beginning may be taken for the number of an item")
    wordy = [number for number, text in texts.items() if len(text.split()) > LONG_ITEM_WORDS]
    if wordy:
        yield Remark("warning", _named(wordy), f"more than {LONG_ITEM_WORDS} words, which is much to hold in mind")


def _labels(instrument: Instrument) -> Iterator[Remark]:
    scale = instrument.response_scale
    yield from _colliding("response_scale", scale.labels)
    told = set()
    for number, item in enumerate(instrument.items, 1):
        for remark in _colliding(f"item {number}", item.labels or {}):
            if remark.what not in told:
                yield remark
            told.add(remark.what)
    unlabelled = [n for n, item in enumerate(instrument.items, 1) if not _ends_labelled(instrument, item.labels)]
    if unlabelled:
        what = f"neither {scale.lowest} nor {scale.highest} has a label, for {_named(unlabelled)}: what do they mean?"
        yield Remark("warning", "response_scale", what)


def _ends_labelled(instrument: Instrument, own: Mapping[int, str] | None) -> bool:
    scale = instrument.response_scale
    return any(end in labels for labels in (scale.labels, own or {}) for end in (scale.lowest, scale.highest))


def _colliding(where: str, labels: Mapping[int, str]) -> Iterator[Remark]:
    for (value, label), (other, longer) in combinations(sorted(labels.items(), key=lambda pair: len(pair[1])), 2):
        if _bare(label) and _bare(label) == _bare(longer):
            yield Remark("error", where, f"{value} and {other} carry the same label {label!r}")
        elif longer.casefold().startswith(label.casefold()):
            what = f"the label of {value}, {label!r}, begins that of {other}, {longer!r}: a reply may mean either"
            yield Remark("warning", where, what)
    for value, label in labels.items():
        if STARTS_WITH_NUMBER.match(label) and not re.match(rf"{value}(?!\d)", label):
            yield Remark("warning", where, f"the label of {value}, {label!r}, begins with another number")


def _origin(instrument: Instrument) -> Iterator[Remark]:
    for field, why in (("source", "nobody can check its items"), ("licence", "nobody knows who may use it")):
        if str(getattr(instrument, field)).strip(" .").casefold() in SAYS_NOTHING:
            yield Remark("warning", field, f"says nothing: {why}")


def _family(instrument: Instrument, path: Path) -> Iterator[Remark]:
    """Where an edition does not have the shape of the instrument that it is an edition of."""
    if instrument.family is None:
        if instrument.paraphrase is not None:
            yield Remark("error", "paraphrase", "is of no 'family'; name the instrument that it paraphrases")
        return
    try:
        base = _base(instrument.family, path)
    except MaterialError as problem:
        yield Remark("error", "family", str(problem))
    else:
        yield from _unlike(instrument, base)


def _base(family: str, path: Path) -> Instrument:
    """The instrument of a family: beside the file, or else in the catalogue."""
    beside = [path.with_name(f"{family}{suffix}") for suffix in catalogue.SUFFIXES]
    return catalogue.instrument(next((str(file) for file in beside if file.is_file()), family))


def _unlike(instrument: Instrument, base: Instrument) -> Iterator[Remark]:
    for place, what in unlike(instrument, base):
        yield Remark("error", place, what)
    if (instrument.language, instrument.paraphrase) == (base.language, base.paraphrase):
        yield Remark("warning", "family", f"neither language nor paraphrase tells it from {base.id!r}")


def _file_name(instrument: Instrument, path: Path) -> Iterator[Remark]:
    """Added materials and editions are found by the names of their files."""
    expected = instrument.id
    if instrument.family:
        parts = [instrument.family, instrument.language, instrument.paraphrase]
        with_language = "-".join(part for part in parts if part)
        without = "-".join(part for part in (instrument.family, instrument.paraphrase) if part)
        if path.stem in (with_language, without):
            return
        expected = with_language
    if path.stem.casefold() != expected.casefold():
        yield Remark(
            "warning", "id", f"the file is called {path.stem!r}; it is found as {expected!r} only if called so"
        )


def _bare(text: str) -> str:
    """A text without case and without signs, in which a reply may differ."""
    return NOT_LETTERS.sub(" ", text.casefold()).strip()


def _numbers(numbers: list[int]) -> str:
    """The subject of a sentence: ``item 2 is``, ``items 2, 5 are``."""
    return f"{_named(numbers)} {'is' if len(numbers) == 1 else 'are'}"


def _named(numbers: list[int]) -> str:
    """Items by number, three or more in a row as a range: ``items 2, 5 to 8``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"item{'s' if len(numbers) > 1 else ''} {', '.join(parts)}"
