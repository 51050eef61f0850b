"""The questions about a person in one language: the pages' own, and those that the study brings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emotionbench.human.study import Edition, HumanStudy
from emotionbench.materials.pages import Pages
from emotionbench.survey import MOST_WRITTEN, Question, Survey, in_language

AGES = (1, 120)
MOST_IN_A_LINE = 100


@dataclass(frozen=True)
class Asking:
    """One question: field ``name``; ``options`` by value for a choice; bounds for a number; ``most`` characters."""

    name: str
    text: str
    hint: str | None
    kind: str
    options: tuple[tuple[str, str], ...] = ()
    lowest: int = 0
    highest: int = 0
    most: int = MOST_IN_A_LINE


def asked_of(survey: Survey, edition: Edition) -> tuple[Asking, ...]:
    """The questions in the order of the study; those that decide who takes part say so in their hint."""
    found = (
        _own(entry, edition.language) if isinstance(entry, Question) else _standard(entry, edition)
        for entry in survey.demographics
    )
    return tuple(_needed(asked, edition.pages) if asked.name in survey.screening else asked for asked in found)


def own_words_of(study: HumanStudy) -> frozenset[str]:
    """The questions about the person that are answered in own words."""
    edition = next(iter(study.editions.values()))
    return frozenset(asked.name for asked in asked_of(study.survey, edition) if asked.kind == "text")


def _needed(asked: Asking, pages: Pages) -> Asking:
    return replace(asked, hint=f"{asked.hint} {pages.needed}" if asked.hint else pages.needed)


def _standard(name: str, edition: Edition) -> Asking:
    found = edition.pages.questions[name]
    if name == "age":
        return Asking(name, found.text, found.hint, "number", (), *AGES)
    kind = "choice" if found.options else "text"
    return Asking(name, found.text, found.hint, kind, tuple(found.options.items()))


def _own(question: Question, language: str) -> Asking:
    text = in_language(question.text, language) or ""
    options = tuple((option.value, in_language(option.text, language) or "") for option in question.options)
    bounds = (question.lowest or 0, question.highest or 0)
    return Asking(question.id, text, None, question.kind, options, *bounds, most=min(MOST_WRITTEN, 500))
