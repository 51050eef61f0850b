"""The format that EmotionBench and PsychoBench share, as our instruments; every word but the items is ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import Instrument, LongText, ShortText
from emotionbench.materials.original_facts import Facts
from emotionbench.materials.original_files import Raw, read_json, validated

MODES: dict[str, dict[str, Any]] = {
    "SUM": {"rule": "sum"},
    "AVG": {"rule": "mean"},
    "SUM*2": {"rule": "sum", "multiply": 2},
}
MENDED_KEYS = {"positive-affect": "positive", "negative-affect": "negative"}
ENDS = re.compile(r"numbers from (-?\d+) to (-?\d+)")
LABEL_OR_ITEMS = re.compile(r'(-?\d+)\s*(?:denotes|=)\s*"([^"]+)"|question\s+(\d+)\s+to\s+(?:question\s+)?(\d+)')


class Crowd(Raw):
    """How a group of people scores on one category."""

    crowd_name: ShortText
    mean: float
    std: Annotated[float, Field(gt=0)]
    n: int


class Category(Raw):
    """One subscale; ``crowd`` only in PsychoBench."""

    cat_name: ShortText
    cat_questions: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    crowd: Annotated[tuple[Crowd, ...], Field(strict=False)] = ()


class Questionnaire(Raw):
    """One entry of the file."""

    name: ShortText
    questions: Annotated[dict[str, LongText], Field(min_length=1)]
    prompt: LongText
    scale: int
    reverse: Annotated[tuple[int, ...], Field(strict=False)]
    compute_mode: str
    categories: Annotated[tuple[Category, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class Origin:
    """Whose file it is: the repository, what its licence says, and names whose converted id differs from them."""

    repository: str
    licence: str
    ids: Mapping[str, str]


def entries(path: Path, *, leave_out: frozenset[str] = frozenset()) -> Iterator[tuple[str, Questionnaire]]:
    """Every questionnaire of a file but those of the names left out, with where it stands, for errors.

    A MaterialError names file, entry and what is wrong.
    """
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise MaterialError(
            "not a list of questionnaires", where=path.name, fix="give the original's questionnaires.json"
        )
    seen = set()
    for position, entry in enumerate(content, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if name in leave_out:
            continue
        where = f"{path.name}: {name!r}" if name else f"{path.name}: entry {position}"
        questionnaire = validated(entry, Questionnaire, where)
        if questionnaire.name in seen:
            raise MaterialError("stands twice", where=where, fix="download the file again")
        seen.add(questionnaire.name)
        yield where, questionnaire


def instrument_of(raw: Questionnaire, facts: Facts, origin: Origin, where: str) -> Instrument:
    """A questionnaire as an instrument, mended as ``facts`` say; ``mends`` has a sentence for each."""
    lowest, highest = _ends(raw, where)
    labels, item_labels = _labels(raw.prompt)
    subscales = _subscales(raw, facts, where)
    for key, own in facts.item_labels.items():
        item_labels |= {number: dict(own) for number in subscales.get(key, {"items": ()})["items"]}
    content = {
        "id": origin.ids.get(raw.name, raw.name),
        "name": facts.name,
        "edition": facts.edition,
        "language": "en",
        "validated": facts.validated,
        "source": f"{facts.source} The items are those of {origin.repository}.",
        "licence": f"{facts.licence} {origin.licence}",
        "note": facts.note,
        "trait": facts.trait,
        "mends": _mends(raw, facts),
        "instructions": facts.instructions,
        "response_scale": {"lowest": lowest, "highest": highest, "labels": dict(facts.labels) or labels},
        "items": [
            {"text": text, "labels": item_labels.get(number)}
            for number, text in enumerate(_items(raw, facts, where), 1)
        ],
        "subscales": subscales,
        "score": _score(raw, where),
    }
    return validated(content, Instrument, where)


def subscale_key(category: Category, facts: Facts) -> str:
    """A stable key: ``Physical Aggression Scale`` gives physical-aggression, ``Social Fears (SOC)`` social-fears."""
    name = facts.subscale_names.get(category.cat_name, category.cat_name)
    bare = re.sub(r"\s*\([^)]*\)|\s+(scale|score)$", "", name.casefold())
    slug = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
    return MENDED_KEYS.get(slug, slug)


def _mends(raw: Questionnaire, facts: Facts) -> tuple[str, ...]:
    present = {category.cat_name for category in raw.categories}
    names = {wrong: right for wrong, right in facts.subscale_names.items() if wrong in present}
    return (
        *facts.mends,
        *(f"The subscale {wrong!r} of the file is named {right!r}." for wrong, right in names.items()),
        *(
            f"Item {number} of the file has {wrong!r} for {right!r}."
            for number, (wrong, right) in facts.misprints.items()
        ),
    )


def _ends(raw: Questionnaire, where: str) -> tuple[int, int]:
    found = ENDS.search(raw.prompt)
    if not found:
        raise MaterialError("'prompt' does not say 'numbers from A to B'", where=where, fix="give the original's file")
    lowest, highest = int(found[1]), int(found[2])
    if raw.scale != lowest + highest:
        raise MaterialError(
            f"'scale' is {raw.scale}, but reversing on {lowest} to {highest} needs {lowest + highest}",
            where=where,
            fix="correct 'scale' or the numbers in 'prompt'",
        )
    return lowest, highest


def _labels(prompt: str) -> tuple[dict[int, str], dict[int, dict[int, str]]]:
    """The labels that the prompt states: for all items, and for the items that it names behind them."""
    general: dict[int, str] = {}
    of_items: dict[int, dict[int, str]] = {}
    pending: dict[int, str] = {}
    names_items = False
    for value, label, first, last in LABEL_OR_ITEMS.findall(prompt):
        if first:
            names_items = True
            of_items.update({number: dict(pending) for number in range(int(first), int(last) + 1)})
            continue
        if names_items:
            pending, names_items = {}, False
        pending[int(value)] = label.strip()
    if not names_items:
        general = pending
    return general, of_items


def _items(raw: Questionnaire, facts: Facts, where: str) -> list[str]:
    texts = []
    for number in range(1, len(raw.questions) + 1):
        if str(number) not in raw.questions:
            raise MaterialError(f"'questions' lacks {number}", where=where, fix="number them from 1 without a gap")
        wrong, right = facts.misprints.get(number, ("", ""))
        text = raw.questions[str(number)].strip()
        if wrong not in text:
            raise MaterialError(
                f"item {number} lacks {wrong!r}, which is to be mended", where=where, fix="give the original's file"
            )
        texts.append(text.replace(wrong, right) if wrong else text)
    return texts


def _subscales(raw: Questionnaire, facts: Facts, where: str) -> dict[str, Any]:
    homeless = sorted(set(raw.reverse) - {number for category in raw.categories for number in category.cat_questions})
    if homeless:
        raise MaterialError(f"'reverse' names {homeless[0]}, which is in no category", where=where)
    subscales: dict[str, Any] = {}
    for category in raw.categories:
        key = subscale_key(category, facts)
        if key in subscales:
            raise MaterialError(f"category {category.cat_name!r} stands twice", where=where)
        subscales[key] = {
            "name": facts.subscale_names.get(category.cat_name, category.cat_name),
            "items": category.cat_questions,
            "reverse": [number for number in category.cat_questions if number in raw.reverse],
        }
    return subscales


def _score(raw: Questionnaire, where: str) -> dict[str, Any]:
    if raw.compute_mode not in MODES:
        raise MaterialError(
            f"unknown 'compute_mode' {raw.compute_mode!r}", where=where, fix=f"known: {', '.join(MODES)}"
        )
    return MODES[raw.compute_mode]
