"""The original's questionnaires (``questionnaires.json``) as our instruments; every word but the items is ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from emotionbench.documents import explain
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument, LongText, ShortText
from emotionbench.materials.original_facts import facts_of
from emotionbench.materials.original_files import LICENCE, REPOSITORY, Raw, read_json, validated

PANAS = "PANAS"
CONVERTED_PANAS = "emotionbench-PANAS"
MODES: dict[str, dict[str, Any]] = {
    "SUM": {"rule": "sum"},
    "AVG": {"rule": "mean"},
    "SUM*2": {"rule": "sum", "multiply": 2},
}
MENDED_NAMES = {"Bahavioral": "Behavioral"}
MENDED_KEYS = {"positive-affect": "positive", "negative-affect": "negative"}
ENDS = re.compile(r"numbers from (-?\d+) to (-?\d+)")
LABEL_OR_ITEMS = re.compile(r'(-?\d+)\s*(?:denotes|=)\s*"([^"]+)"|question\s+(\d+)\s+to\s+(?:question\s+)?(\d+)')


class _Category(Raw):
    cat_name: ShortText
    cat_questions: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]


class _Questionnaire(Raw):
    name: ShortText
    questions: Annotated[dict[str, LongText], Field(min_length=1)]
    prompt: LongText
    scale: int
    reverse: Annotated[tuple[int, ...], Field(strict=False)]
    compute_mode: str
    categories: Annotated[tuple[_Category, ...], Field(strict=False, min_length=1)]


def read_questionnaires(path: Path) -> dict[str, Instrument]:
    """The instruments of ``questionnaires.json`` by the original's names.

    'PANAS' is ours where items and keys are equal, so that recorded and fresh answers belong to one instrument.
    """
    instruments = convert_questionnaires(path)
    converted = instruments.get(PANAS)
    ours = catalogue.instrument(PANAS)
    if converted is not None and _what_is_scored(converted) == _what_is_scored(ours):
        instruments[PANAS] = ours
    return instruments


def convert_questionnaires(path: Path) -> dict[str, Instrument]:
    """Every questionnaire of the file, converted; a MaterialError names file, entry and what is wrong."""
    content = read_json(path)
    if not isinstance(content, list) or not content:
        raise MaterialError(
            "not a list of questionnaires", where=path.name, fix="give the original's questionnaires.json"
        )
    instruments: dict[str, Instrument] = {}
    for position, entry in enumerate(content, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"{path.name}: {name!r}" if name else f"{path.name}: entry {position}"
        questionnaire = validated(entry, _Questionnaire, where)
        if questionnaire.name in instruments:
            raise MaterialError("stands twice", where=where, fix="download the file again")
        instruments[questionnaire.name] = _convert(questionnaire, where)
    return instruments


def _what_is_scored(instrument: Instrument) -> Any:
    scale = instrument.response_scale
    subscales = {(subscale.items, subscale.reverse) for subscale in instrument.subscales.values()}
    return [item.text for item in instrument.items], scale.lowest, scale.highest, subscales, instrument.score


def _convert(raw: _Questionnaire, where: str) -> Instrument:
    facts = facts_of(raw.name)
    lowest, highest = _ends(raw, where)
    labels, item_labels = _labels(raw.prompt)
    content = {
        "id": CONVERTED_PANAS if raw.name == PANAS else raw.name,
        "name": facts.name,
        "edition": facts.edition,
        "language": "en",
        "validated": facts.validated,
        "source": f"{facts.source} The items are those of {REPOSITORY}.",
        "licence": f"{facts.licence} {LICENCE}",
        "note": facts.note,
        "instructions": facts.instructions,
        "response_scale": {"lowest": lowest, "highest": highest, "labels": labels},
        "items": [
            {"text": text, "labels": item_labels.get(number)} for number, text in enumerate(_items(raw, where), 1)
        ],
        "subscales": _subscales(raw, where),
        "score": _score(raw, where),
    }
    try:
        return Instrument.model_validate(content)
    except ValidationError as problem:
        raise MaterialError(explain(problem.errors()[0], Instrument), where=where) from None


def _ends(raw: _Questionnaire, where: str) -> tuple[int, int]:
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


def _items(raw: _Questionnaire, where: str) -> list[str]:
    for number in range(1, len(raw.questions) + 1):
        if str(number) not in raw.questions:
            raise MaterialError(f"'questions' lacks {number}", where=where, fix="number them from 1 without a gap")
    return [raw.questions[str(number)].strip() for number in range(1, len(raw.questions) + 1)]


def _subscales(raw: _Questionnaire, where: str) -> dict[str, Any]:
    homeless = sorted(set(raw.reverse) - {number for category in raw.categories for number in category.cat_questions})
    if homeless:
        raise MaterialError(f"'reverse' names {homeless[0]}, which is in no category", where=where)
    subscales: dict[str, Any] = {}
    for category in raw.categories:
        name = category.cat_name
        for wrong, right in MENDED_NAMES.items():
            name = name.replace(wrong, right)
        key = _key(name)
        if key in subscales:
            raise MaterialError(f"category {category.cat_name!r} stands twice", where=where)
        reverse = [number for number in category.cat_questions if number in raw.reverse]
        subscales[key] = {"name": name, "items": category.cat_questions, "reverse": reverse}
    return subscales


def _key(name: str) -> str:
    """A stable key: ``Physical Aggression Scale`` gives physical-aggression, ``Social Fears (SOC)`` social-fears."""
    bare = re.sub(r"\s*\([^)]*\)|\s+(scale|score)$", "", name.casefold())
    slug = re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
    return MENDED_KEYS.get(slug, slug)


def _score(raw: _Questionnaire, where: str) -> dict[str, Any]:
    if raw.compute_mode not in MODES:
        raise MaterialError(
            f"unknown 'compute_mode' {raw.compute_mode!r}", where=where, fix=f"known: {', '.join(MODES)}"
        )
    return MODES[raw.compute_mode]
