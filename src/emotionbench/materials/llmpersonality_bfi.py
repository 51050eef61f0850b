"""The original LLMPersonality's ``questionnaires.json``: the BFI-44 in ten languages and five wordings as ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from emotionbench.errors import MaterialError, nearest
from emotionbench.materials.catalogue import ORIGINAL
from emotionbench.materials.instruments import Instrument, LongText, ShortText
from emotionbench.materials.llmpersonality_files import INSTRUMENT_LICENCE, LICENCE, PAPER, REPOSITORY
from emotionbench.materials.llmpersonality_words import WORDS, Words
from emotionbench.materials.original_files import Raw, read_json, validated

FAMILY, ENTRY = "BFI-44", "BFI"
OWN_LANGUAGE = "en"
WORDINGS = {"v1": ORIGINAL, "v2": "v2", "v3": "v3", "v4": "v4", "v5": "v5"}
"""The file's names of the wordings, and ours."""
RULES = {"AVG": "mean", "SUM": "sum"}
FIX = "give the dataset/questionnaires.json of LLMPersonality"
ITEMS_SOURCE = (
    "John, O. P., & Srivastava, S. (1999). The Big Five trait taxonomy: History, measurement, and theoretical "
    "perspectives. In L. A. Pervin & O. P. John (Eds.), Handbook of personality (2nd ed., pp. 102-138). Guilford. "
)


class _Wording(Raw):
    statements: Annotated[dict[str, LongText], Field(min_length=1)]


class _Language(Raw):
    denotes: ShortText
    system_prompt: LongText
    scales: Annotated[dict[str, ShortText], Field(min_length=2)]
    v1: _Wording
    v2: _Wording
    v3: _Wording
    v4: _Wording
    v5: _Wording


class _Category(Raw):
    cat_name: ShortText
    cat_questions: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]


class _Questionnaire(Raw):
    questions: Annotated[dict[str, Any], Field(min_length=1)]
    scales: Annotated[tuple[int, ...], Field(strict=False, min_length=2)]
    compute_mode: str
    reverse: Annotated[tuple[int, ...], Field(strict=False)]
    categories: Annotated[tuple[_Category, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class Language:
    """One language of the file: the instrument by our name of the wording, and the words that templates need.

    ``denotes`` stands between an option and its label; ``put_labels`` are the labels as they stand in the file, by
    value, where ours are mended.
    """

    code: str
    denotes: str
    system_prompt: str
    instruments: dict[str, Instrument]
    put_labels: dict[int, str]


def read_languages(path: Path) -> dict[str, Language]:
    """The languages of the file, by two letters in lower case; a MaterialError names file, entry and misfit."""
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get(ENTRY), dict):
        raise MaterialError(f"no entry {ENTRY!r}", where=path.name, fix=FIX)
    where = f"{path.name}: {ENTRY}"
    raw = validated(content[ENTRY], _Questionnaire, where)
    found = {}
    for name, language in raw.questions.items():
        code = name.casefold()
        if code not in WORDS:
            raise MaterialError(f"unknown language {name!r}", where=where, fix=nearest(code, WORDS))
        place = f"{where}: {name}"
        found[code] = _language(code, validated(language, _Language, place), raw, place)
    return found


def edition_id(language: str, wording: str) -> str:
    """What the edition and its file are called: ``BFI-44``, ``BFI-44-v2``, ``BFI-44-de-v2``."""
    parts = [FAMILY] + [language] * (language != OWN_LANGUAGE) + [wording] * (wording != ORIGINAL)
    return "-".join(parts)


def _language(code: str, raw: _Language, questionnaire: _Questionnaire, where: str) -> Language:
    put = _labels(raw, questionnaire, where)
    labels = {value: _mended_label(WORDS[code], value, label) for value, label in put.items()}
    mended = {value: label for value, label in put.items() if labels[value] != label}
    common = {
        "response_scale": {"lowest": min(labels), "highest": max(labels), "labels": labels},
        "subscales": _subscales(questionnaire, where),
        "score": {"rule": _rule(questionnaire, where)},
    }
    label_mends = tuple(
        f"The label of {value} is {labels[value]!r}; in the file it is {label!r}, and so it was put to the models "
        "whose answers are recorded."
        for value, label in mended.items()
    )
    instruments = {}
    for name, wording in WORDINGS.items():
        place = f"{where} {name}"
        items, item_mends = _items(getattr(raw, name).statements, place)
        content = {**_described(code, wording), **common, "items": items, "mends": (*label_mends, *item_mends)}
        instruments[wording] = validated(content, Instrument, place)
    return Language(code, raw.denotes, raw.system_prompt, instruments, mended)


def _described(code: str, wording: str) -> dict[str, Any]:
    """Everything of an edition that says what it is."""
    words, is_own = WORDS[code], (code, wording) == (OWN_LANGUAGE, ORIGINAL)
    origin = "44 items" if wording == ORIGINAL else f"44 items, paraphrase {wording} by a language model"
    edition = origin if code == OWN_LANGUAGE else f"{origin}, machine translation into {words.language}"
    return {
        "id": edition_id(code, wording),
        "name": "Big Five Inventory",
        "edition": edition,
        "language": code,
        "validated": is_own,
        "source": f"{ITEMS_SOURCE}The items are those of {PAPER}; {REPOSITORY}.",
        "licence": f"{INSTRUMENT_LICENCE} {LICENCE}",
        "note": _note(words, wording, is_own),
        "family": None if is_own else FAMILY,
        "paraphrase": None if wording == ORIGINAL else wording,
        "trait": True,
        "instructions": words.instructions,
    }


def _note(words: Words, wording: str, is_own: bool) -> str | None:
    if is_own:
        return None
    note = f"Not a validated edition: no reliability or norm of people is known for this wording in {words.language}."
    if wording == ORIGINAL and words.mistranslated:
        note += f" Known faults of the translation: {words.mistranslated}."
    return note


def _labels(raw: _Language, questionnaire: _Questionnaire, where: str) -> dict[int, str]:
    values = sorted(questionnaire.scales)
    if sorted(raw.scales) != [str(value) for value in values]:
        raise MaterialError(
            f"'scales' labels {', '.join(raw.scales)}; expected {', '.join(map(str, values))}", where=where, fix=FIX
        )
    return {value: raw.scales[str(value)].strip() for value in values}


def _mended_label(words: Words, value: int, label: str) -> str:
    beginning, mended = words.mended_labels.get(value, ("", label))
    return mended if label.startswith(beginning) else label


def _items(statements: dict[str, str], where: str) -> tuple[list[str], tuple[str, ...]]:
    """The items in order, and what was mended in them."""
    items, mends = [], []
    for number in range(1, len(statements) + 1):
        text = statements.get(str(number))
        if text is None:
            raise MaterialError(f"'statements' lacks {number}", where=where, fix="number them from 1 without a gap")
        bare = text.strip().removeprefix("-").strip()
        if not bare:
            raise MaterialError(f"statement {number} is blank", where=where, fix=FIX)
        if bare != text.strip():
            mends.append(f"Item {number}: a dash that stands before its text in the file is left out.")
        items.append(bare)
    return items, tuple(mends)


def _subscales(questionnaire: _Questionnaire, where: str) -> dict[str, Any]:
    reverse = set(questionnaire.reverse)
    homeless = sorted(reverse - {number for category in questionnaire.categories for number in category.cat_questions})
    if homeless:
        raise MaterialError(f"'reverse' names {homeless[0]}, which is in no category", where=where)
    return {
        category.cat_name.casefold(): {
            "name": category.cat_name,
            "items": category.cat_questions,
            "reverse": [number for number in category.cat_questions if number in reverse],
        }
        for category in questionnaire.categories
    }


def _rule(questionnaire: _Questionnaire, where: str) -> str:
    if questionnaire.compute_mode not in RULES:
        raise MaterialError(
            f"unknown 'compute_mode' {questionnaire.compute_mode!r}", where=where, fix=f"known: {', '.join(RULES)}"
        )
    return RULES[questionnaire.compute_mode]
