"""A survey as a store holds it: the study that was served, its people, their sheets, and the materials put to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError

from emotionbench.errors import StoreError
from emotionbench.human.facts import excluded, person_facts
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.situations import Situation
from emotionbench.store import Store, people_export, reading
from emotionbench.store.columns import snapshot
from emotionbench.store.people_export import SentSheet, Served, TakenPart
from emotionbench.store.reading import StoredMaterials
from emotionbench.survey import PersonFacts, Question, Survey, in_language

HASH_SHOWN = 12
NUMBERS = {"age": "years"}
"""The standard questions that are answered with a whole number, and its unit."""


@dataclass(frozen=True)
class Asked:
    """A question about the person: ``kind`` choice, number or text; its words, and those of its options, by language.

    ``options`` maps each value to its words; there are none for what is not a choice.
    """

    name: str
    kind: str
    texts: dict[str, str]
    options: dict[str, dict[str, str]]
    unit: str = ""
    bounds: tuple[int, int] | None = None


@dataclass(frozen=True)
class SurveyRecords:
    """Everything that the files of one survey are made of."""

    served: Served
    survey: Survey
    people: tuple[TakenPart, ...]
    sheets: tuple[SentSheet, ...]
    materials: StoredMaterials

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that people took part in, in the order of the study; the pages' where nobody did."""
        declared = {language: place for place, language in enumerate(self.survey.languages or ())}
        used = {person.language for person in self.people} or set(self._pages)
        return tuple(sorted(used, key=lambda language: (declared.get(language, len(declared)), language)))

    @cached_property
    def questions(self) -> tuple[Asked, ...]:
        """The questions about the person, in the order of the study."""
        return tuple(
            _own(entry, self.languages) if isinstance(entry, Question) else self._standard(entry)
            for entry in self.survey.demographics
        )

    @cached_property
    def facts(self) -> dict[str, PersonFacts]:
        """Session → what exclusion rules judge by."""
        return {person.session: person_facts(person.outcome, person.pages) for person in self.people}

    @cached_property
    def reasons(self) -> dict[str, str | None]:
        """Session → why the study's own rules leave the person out; None for those who stay."""
        rules = self.survey.exclusions
        return {person.session: excluded(rules, person.outcome, person.pages) for person in self.people}

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every edition that was put, in the order of their ids."""
        used = {sheet.administration.instrument for sheet in self.sheets}
        return tuple(sorted((self.materials.instruments[key] for key in used), key=lambda one: (one.id, one.language)))

    def situation(self, person: TakenPart) -> Situation | None:
        """The situation that the person was given."""
        return self.materials.situations[person.situation] if person.situation else None

    def _standard(self, name: str) -> Asked:
        pages = {language: self._pages[language] for language in self.languages if language in self._pages}
        known = {language: one.questions[name] for language, one in pages.items() if name in one.questions}
        values = dict.fromkeys(value for question in known.values() for value in question.options)
        options = {
            value: {language: q.options[value] for language, q in known.items() if value in q.options}
            for value in values
        }
        kind = "number" if name in NUMBERS else "choice" if options else "text"
        texts = {language: question.text for language, question in known.items()}
        return Asked(name, kind, texts, options, NUMBERS.get(name, ""))

    @cached_property
    def _pages(self) -> dict[str, Pages]:
        """Language → the pages that this study's people read; else any in the store."""
        stored = self.materials.pages
        used = {sheet.administration.protocol for sheet in self.sheets}
        ordered = sorted(stored, key=lambda key: (key in used, key))
        return {stored[key].language: stored[key] for key in ordered}


def read_survey(store: Store, study: str | None = None) -> SurveyRecords:
    """The one survey of a store, or the one that a name or the beginning of a hash says; a StoreError if there is none.

    All of it is of one moment, also while people take part.
    """
    with snapshot(store) as connection:
        served = chosen(people_export.served(connection), study, store.name)
        people = tuple(people_export.people(connection, served.hash))
        sheets = tuple(people_export.sheets(connection, served.hash))
    return SurveyRecords(served, _survey(served), people, sheets, reading.materials(store))


def read_codes(store: Store, study: str | None = None) -> list[tuple[str, str]]:
    """The completion codes of a survey with their outcomes, in order of code."""
    with snapshot(store) as connection:
        served = chosen(people_export.served(connection), study, store.name)
        return sorted(people_export.codes(connection, served.hash))


def chosen(studies: Iterable[Served], wanted: str | None, where: str) -> Served:
    """The study with this name, or whose hash begins so; the only one where nothing is said."""
    known = list(studies)
    if not known:
        raise StoreError("nobody has taken part in a survey", where=where, fix="see: emotionbench survey serve")
    found = [one for one in known if wanted is None or one.name == wanted or one.hash.startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{one.name} ({one.hash[:HASH_SHOWN]})" for one in (found or known))
    what = f"no survey {wanted!r}" if not found else "several surveys" + (f" are called {wanted!r}" if wanted else "")
    raise StoreError(what, where=where, fix=f"choose with --study one of: {listed}")


def _survey(served: Served) -> Survey:
    try:
        # as JSON, since a document takes no list for a tuple
        return Survey.model_validate_json(json.dumps(served.spec.get("survey")))
    except ValidationError as problem:
        raise StoreError(
            f"the survey of study {served.name!r} cannot be read: {problem.errors()[0]['msg']}",
            where=f"study {served.hash[:HASH_SHOWN]}",
            fix="use the version of emotionbench that collected it, or a newer one",
        ) from None


def _own(question: Question, languages: Iterable[str]) -> Asked:
    bounds = None if question.lowest is None or question.highest is None else (question.lowest, question.highest)
    texts = {language: in_language(question.text, language) or "" for language in languages}
    options = {
        option.value: {language: in_language(option.text, language) or "" for language in languages}
        for option in question.options
    }
    return Asked(question.id, question.kind, texts, options, "", bounds)
