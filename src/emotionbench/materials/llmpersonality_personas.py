"""The original LLMPersonality's manipulations (characters, personalities, environments) as our personas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import LongText
from emotionbench.materials.llmpersonality_files import CHARACTER, ENVIRONMENT, PAPER, PERSONALITY, REPOSITORY
from emotionbench.materials.original_files import read_json, validated
from emotionbench.materials.personas import Persona

LANGUAGE = "en"
MENDED_NAMES = {"Winson Churchill": "Winston Churchill", "Hannibal Lector": "Hannibal Lecter"}
POLES = {
    r"routine": "openness-low",
    r"spontaneous": "conscientiousness-low",
    r"reserved": "extraversion-low",
    r"competitive": "agreeableness-low",
    r"emotional stability": "neuroticism-low",
    r"adventurous": "openness-high",
    r"organized": "conscientiousness-high",
    r"positive emotions": "extraversion-high",
    r"compassionate": "agreeableness-high",
    r"emotional instability": "neuroticism-high",
}
"""A word by which the original's description of a pole is known, and what the pole is called here."""
WAYS: dict[str, Callable[[str], str]] = {
    "question": lambda who: (
        f"You were shown several kinds of people and asked which of them you are. You chose: {who}."
    ),
    "biography": lambda who: f"You have given a short account of your own personality, and said that you are {who}.",
    "portrayal": lambda who: f"Answer everything in the way of somebody who is {who}.",
}
"""How a personality is given: chosen in a question, told as one's own, or to be played."""
SAID = "Asked to describe what that means, you said:"


class _Texts(RootModel[dict[str, Annotated[dict[str, LongText], Field(min_length=1)]]]):
    """Who or what → number → text."""


def read_personas(folder: Path) -> list[Persona]:
    """The personas of the clone at ``folder``; a MaterialError names file, entry and misfit.

    ``character-harry-potter``
        The role alone; ``-1`` to ``-5`` with one of the descriptions that the original's chain of thought gave.
    ``personality-openness-low-biography``
        One pole of a trait, given as in ``WAYS``; ``-1`` to ``-4`` with one of the descriptions.
    ``environment-anger-1``
        One of ten stories that stir an emotion, as just told.

    The original gives these as earlier turns of the conversation; here they are one system message, in emotionbench's
    words around the original's texts.
    """
    personas = [*_characters(folder / CHARACTER), *_personalities(folder / PERSONALITY)]
    personas += _environments(folder / ENVIRONMENT)
    ids = [persona.id for persona in personas]
    for identifier in ids:
        if ids.count(identifier) > 1:
            raise MaterialError(f"two texts make the persona {identifier!r}", where=str(folder), fix="name them apart")
    return personas


def _characters(path: Path) -> Iterator[Persona]:
    for written, descriptions in _read(path).items():
        name = MENDED_NAMES.get(written, written)
        note = "" if name == written else f" The name stands as {written!r} in the file."
        told = f"You are {name}. Think, speak and act as {name} would."
        yield from _with_descriptions(f"character-{_slug(name)}", name, told, (descriptions, _source(path) + note))


def _personalities(path: Path) -> Iterator[Persona]:
    for who, descriptions in _read(path).items():
        pole = next((pole for word, pole in POLES.items() if re.search(rf"\b{word}\b", who)), _slug(who))
        for way, told in WAYS.items():
            texts = descriptions, _source(path)
            yield from _with_descriptions(f"personality-{pole}-{way}", f"{who} ({way})", told(who), texts)


def _environments(path: Path) -> Iterator[Persona]:
    for emotion, stories in _read(path).items():
        for number, story in stories.items():
            told = f"Asked for a story that evokes {emotion}, you have just told this one:\n\n{story.strip()}"
            identifier = f"environment-{_slug(emotion)}-{number}"
            yield _persona(identifier, f"A story of {emotion}, {number}", _source(path), told)


def _with_descriptions(
    identifier: str, name: str, told: str, described: tuple[dict[str, str], str]
) -> Iterator[Persona]:
    """The persona without a description, and with each."""
    descriptions, source = described
    yield _persona(identifier, name, source, told)
    for number, description in descriptions.items():
        said = f"{told} {SAID}\n\n{description.strip()}"
        yield _persona(f"{identifier}-{number}", f"{name}, description {number}", source, said)


def _persona(identifier: str, name: str, source: str, text: str) -> Persona:
    content = {"id": identifier, "name": name, "source": source, "texts": {LANGUAGE: text}}
    return validated(content, Persona, identifier)


def _source(path: Path) -> str:
    return f"After {path.parent.name}/{path.name} of {PAPER}; {REPOSITORY}; the words around are emotionbench's own."


def _read(path: Path) -> dict[str, dict[str, str]]:
    found = validated(read_json(path), _Texts, path.name).root
    for who, texts in found.items():
        for number, text in texts.items():
            if not text.strip():
                raise MaterialError(f"text {number} of {who!r} is blank", where=path.name, fix="leave it out")
    if not found:
        raise MaterialError("holds no text", where=path.name, fix="give the file of LLMPersonality")
    return found


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
