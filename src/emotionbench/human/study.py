"""A study as people take part in it: its materials in every language, and the one respondent that they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from emotionbench.documents import Document, content_hash
from emotionbench.errors import StudyError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.situations import Situation
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import NO_SITUATIONS, Study, spec_of
from emotionbench.study_materials import Put, put_in
from emotionbench.survey import Question, Survey, check_languages
from emotionbench.ways import LANGUAGES, Ways

ASKED = (
    "name",
    "instruments",
    "situations",
    "emotions",
    "factors",
    "kinds",
    "situations_per_factor",
    "seed",
    "evoked_by",
)
"""The fields of a study that decide what people are put; the others are about asking models."""


@dataclass(frozen=True)
class Edition:
    """What people are put in one language; ``form`` names the language where the study varies it.

    ``pleasant`` are the positive counterparts of the situations, to end on; the pages' own scene stands in for others.
    """

    pages: Pages
    form: Form | None
    put: tuple[Put, ...]
    pleasant: tuple[Situation, ...] = ()

    @property
    def language(self) -> str:
        """The language of all of it."""
        return self.pages.language

    @cached_property
    def situations(self) -> dict[str, Situation]:
        """The situations, each once, by content hash, in the order in which the instruments put them."""
        return {content_hash(one): one for _, situations in self.put for one in situations}

    @cached_property
    def _hashes(self) -> dict[int, str]:
        documents = [self.pages, *(instrument for instrument, _ in self.put), *([self.form] if self.form else [])]
        return {id(document): content_hash(document) for document in documents}

    def hash_of(self, document: Document) -> str:
        """The content hash of one of the materials here, computed once: every page of every person needs it."""
        return self._hashes[id(document)]

    def instruments(self, situation: str) -> tuple[Instrument, ...]:
        """The instruments that are put around the situation with this hash, in the order of the study."""
        return self._instruments[situation]

    @cached_property
    def _instruments(self) -> dict[str, tuple[Instrument, ...]]:
        return {
            key: tuple(instrument for instrument, situations in self.put if one in situations)
            for key, one in self.situations.items()
        }


@dataclass(frozen=True)
class HumanStudy:
    """A study resolved for people.

    Attributes
    ----------
    study, survey
        The study as given, and its ``survey``.
    editions
        By language; the first is the one that people see unless they choose another.
    respondent
        Everybody who takes part, as one respondent of kind ``human``.
    spec
        What people are put and asked, and by which rules they are left out, as JSON values; without how they are
        recruited: ``ASKED`` of the study, the survey without its collection, content hashes of ``materials`` by
        language.
    hash
        The content hash of ``spec``.
    """

    study: Study
    survey: Survey
    editions: dict[str, Edition]
    respondent: Respondent
    spec: dict[str, Any]
    hash: str

    @property
    def name(self) -> str:
        """The name that the study gives itself."""
        return self.study.name

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every material that people are put."""
        found: list[Document] = []
        for edition in self.editions.values():
            found += [
                edition.pages,
                *([edition.form] if edition.form else []),
                *edition.situations.values(),
                *edition.pleasant,
            ]
            found += [instrument for instrument, _ in edition.put]
        return tuple({content_hash(document): document for document in found}.values())

    def pleasant_scene(self, language: str, situation: str) -> str:
        """A positive situation to end on: the counterpart of the one imagined where there is one in the language."""
        edition = self.editions[language]
        own = edition.situations[situation].id
        positive = (one.text for one in edition.pleasant if one.counterpart_of == own)
        return next(positive, edition.pages.pleasant_scene)


def human_study(study: Study) -> HumanStudy:
    """Find everything that people are put; a StudyError or MaterialError says what is missing or does not fit."""
    survey = study.survey
    if survey is None:
        raise StudyError(
            "has no survey, which says what people are asked", where="survey", fix="see docs/survey.md for one to copy"
        )
    if study.situations == NO_SITUATIONS:
        raise StudyError("people imagine a situation", where="situations", fix="name a set, such as everyday")
    languages = _languages(study, survey)
    editions = {language: _with_pleasant(study, one) for language, one in _editions(study, languages).items()}
    check_languages(survey, tuple(editions))
    for edition in editions.values():
        _check_questions(survey, edition.pages)
    hashes = {language: _hashes(edition) for language, edition in editions.items()}
    spec = {**_spec(study, survey), "materials": hashes}
    key = content_hash(spec)
    respondent = Respondent.of(RespondentKind.HUMAN, f"people of {study.name}", {"survey": key})
    return HumanStudy(study, survey, editions, respondent, spec, key)


def _hashes(edition: Edition) -> list[str]:
    others = [edition.pages, *edition.pleasant, *(instrument for instrument, _ in edition.put)]
    return [*edition.situations, *map(content_hash, others)]


def _with_pleasant(study: Study, edition: Edition) -> Edition:
    """With the positive counterparts of its situations, where people are offered one to end on."""
    if study.survey is None or not study.survey.positive_ending:
        return edition
    ids = {situation.id for situation in edition.situations.values()}
    in_set = catalogue.situation_set(study.situations, edition.language).situations
    found = (one for one in in_set if one.kind == "positive" and one.counterpart_of in ids)
    return replace(edition, pleasant=tuple(found))


def _languages(study: Study, survey: Survey) -> tuple[str, ...]:
    """The languages that people choose among; none where the study names none."""
    varied = study.ways.levels if study.ways else {}
    others = sorted(set(varied) - {"language"})
    if others:
        raise StudyError(
            f"varies {', '.join(others)}, and people are asked in one way",
            where="ways",
            fix="keep what varies the asking of models in a study of its own",
        )
    named = survey.languages or tuple(varied.get("language", ()))
    return LANGUAGES if named == ("all",) else named


def _editions(study: Study, languages: tuple[str, ...]) -> dict[str, Edition]:
    if not languages:
        put = put_in(study.model_copy(update={"ways": None}), (None,))[None]
        language = put[0][0].language
        return {language: _edition(language, None, put)}
    ways = Ways(language=languages)
    forms = {form.language: form for form in ways.asked(study.seed)}
    put_by_form = put_in(study.model_copy(update={"ways": ways}), forms.values())
    return {language: _edition(language, forms[language], put_by_form[forms[language]]) for language in languages}


def _edition(language: str, form: Form | None, put: list[Put]) -> Edition:
    strangers = {one.language for one, _ in put} - {language}
    if strangers:
        raise StudyError(
            f"instruments are in {language} and {', '.join(sorted(strangers))}",
            where="instruments",
            fix="name the language that all are to be in: survey: {languages: [" + language + "]}",
        )
    return Edition(catalogue.pages(language), form, tuple(put))


def _check_questions(survey: Survey, pages: Pages) -> None:
    options = {}
    for entry in survey.demographics:
        if isinstance(entry, Question):
            options[entry.id] = {option.value for option in entry.options}
        elif entry not in pages.questions:
            raise StudyError(
                f"unknown question {entry!r}",
                where="survey → demographics",
                fix=f"known: {', '.join(pages.questions)}; or write out a question of your own",
            )
        else:
            options[entry] = set(pages.questions[entry].options)
    for key, rule in survey.screening.items():
        if bool(options[key]) == rule.is_about_numbers:
            fix = f"name values: {', '.join(sorted(options[key]))}" if options[key] else "give lowest or highest"
            raise StudyError("does not fit the question", where=f"survey → screening → {key}", fix=fix)
    chosen = [(key, value) for key, rule in survey.screening.items() for value in rule.values]
    chosen += [(quota.question, quota.value) for quota in survey.collection.quotas]
    for key, value in chosen:
        if options[key] and value not in options[key]:
            raise StudyError(
                f"{value!r} is no answer to {key!r}", where="survey", fix=f"answers: {', '.join(sorted(options[key]))}"
            )


def _spec(study: Study, survey: Survey) -> dict[str, Any]:
    whole = spec_of(study)
    asked = {key: whole[key] for key in ASKED if key in whole}
    return {**asked, "survey": survey.model_dump(mode="json", exclude={"collection"})}
