"""The human side of a study: what people are asked besides its instruments, whom to leave out, and how to recruit.

All of a ``Survey`` but its ``collection`` is part of what the study is: a change of it makes another study, so that
what was declared before collection is what the answers are judged by.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.errors import StudyError
from emotionbench.materials.instruments import LongText, ShortText

Outcome = Literal["complete", "screened_out", "full", "failed_checks"]
COMPLETE: Outcome = "complete"
SCREENED_OUT: Outcome = "screened_out"
FULL: Outcome = "full"
FAILED_CHECKS: Outcome = "failed_checks"
OUTCOMES: tuple[Outcome, ...] = (COMPLETE, SCREENED_OUT, FULL, FAILED_CHECKS)
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
Texts = LongText | dict[Language, LongText]
"""One text for all languages, or a text for each."""
QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Seconds = Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)]
MOST_WRITTEN = 2000
"""Characters that a person can write into one field."""


def in_language(texts: Texts, language: str) -> str | None:
    """The text in a language; None where it is not there."""
    return texts if isinstance(texts, str) else texts.get(language)


class Option(Document):
    """One answer to choose."""

    value: QuestionId
    text: Texts


class Question(Document):
    """A question about the person: a choice, a whole number within bounds, or a short text."""

    id: QuestionId
    text: Texts
    kind: Literal["choice", "number", "text"] = "choice"
    options: Annotated[tuple[Option, ...], Field(strict=False)] = ()
    lowest: int | None = None
    highest: int | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise fault(f"question {self.id!r}: options belong to a choice, and a choice needs them", "options")
        values = [option.value for option in self.options]
        if len(set(values)) < len(values):
            raise fault(f"question {self.id!r}: two options have the same value", "options")
        if self.kind == "number" and (self.lowest is None or self.highest is None or self.lowest >= self.highest):
            raise fault(f"question {self.id!r}: a number needs lowest and highest, in this order", "lowest")
        return self


def _as_rule(value: Any) -> Any:
    return {"values": value} if isinstance(value, list | tuple) else value


class Eligibility(Document):
    """Which answers to a question let a person take part: these values, or numbers within these bounds."""

    values: Annotated[tuple[ShortText, ...], Field(strict=False)] = ()
    lowest: int | None = None
    highest: int | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.values) == self.is_about_numbers:
            raise ValueError("give either the values that admit, or lowest and highest of a number")
        if self.lowest is not None and self.highest is not None and self.lowest > self.highest:
            raise ValueError(f"lowest {self.lowest} is above highest {self.highest}, which admits nobody")
        return self

    @property
    def is_about_numbers(self) -> bool:
        """Whether it is numbers that it bounds."""
        return self.lowest is not None or self.highest is not None

    def admits(self, answer: str | int | None) -> bool:
        """Whether the answer lets a person take part; no answer does not."""
        if answer is None:
            return False
        if self.values:
            return str(answer) in self.values
        is_number = isinstance(answer, int)
        return (
            is_number
            and (self.lowest is None or int(answer) >= self.lowest)
            and (self.highest is None or int(answer) <= self.highest)
        )


class Contact(Document):
    """Whom a person can turn to: a name, and what reaches them, such as a telephone number or an address."""

    name: Texts
    reach: ShortText


@dataclass(frozen=True)
class PersonFacts:
    """What exclusion rules judge a person by; None or empty where it was not asked or not reached.

    Attributes
    ----------
    outcome
        How the session ended; None while it has not.
    n_failed_checks
        Attention checks answered otherwise than instructed, or not at all.
    seconds_an_item
        For each sheet, seconds from its first display to its submission, divided by its items.
    same_answers
        For each sheet, whether all items that were answered (two at least) have one value.
    n_missing
        Items left without an answer, over all sheets.
    reading_seconds
        From the first display of the situation to its submission.
    n_words
        Words in the person's own account of the situation.
    """

    outcome: str | None
    n_failed_checks: int = 0
    seconds_an_item: tuple[float, ...] = ()
    same_answers: tuple[bool, ...] = ()
    n_missing: int = 0
    reading_seconds: float | None = None
    n_words: int | None = None


class Exclusions(Document):
    """Rules, declared before collection, by which people are left out of every comparison; each counts its people.

    ``failed_checks``: at least so many attention checks failed. ``seconds_an_item``: a sheet answered faster than this
    on average. ``same_answer``: a sheet with one value for all its items. ``missing_items``: at least so many items
    left out. ``reading_seconds``: the situation left sooner. ``reflection_words``: an account of fewer words.
    """

    failed_checks: Annotated[int, Field(ge=1)] | None = None
    seconds_an_item: Seconds | None = None
    same_answer: bool = False
    missing_items: Annotated[int, Field(ge=1)] | None = None
    reading_seconds: Seconds | None = None
    reflection_words: Annotated[int, Field(ge=1)] | None = None

    def reason(self, person: PersonFacts) -> str | None:
        """Why a person is left out: the first rule that applies, in this order; None for those who stay.

        ``unfinished``, ``screened_out`` and ``full`` (who found every place taken) need no rule.
        """
        applies = {
            "unfinished": person.outcome is None,
            SCREENED_OUT: person.outcome == SCREENED_OUT,
            FULL: person.outcome == FULL,
            FAILED_CHECKS: _reaches(person.n_failed_checks, self.failed_checks),
            "too_fast": any(_falls_short(each, self.seconds_an_item) for each in person.seconds_an_item),
            "same_answer": self.same_answer and any(person.same_answers),
            "missing_items": _reaches(person.n_missing, self.missing_items),
            "read_too_fast": _falls_short(person.reading_seconds, self.reading_seconds),
            "no_reflection": _falls_short(person.n_words, self.reflection_words),
        }
        return next((reason for reason, does in applies.items() if does), None)


def _reaches(n: int, limit: int | None) -> bool:
    return limit is not None and n >= limit


def _falls_short(amount: float | None, limit: float | None) -> bool:
    return limit is not None and (amount or 0) < limit


class Completion(Document):
    """How a panel learns of an outcome: its code, and the address to go back to."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = None
    redirect: Annotated[str, Field(pattern=r"^https://[^\s<>\"']+$", max_length=500)] | None = None


class Quota(Document):
    """At most ``n`` completed sessions of people who answered ``value`` to ``question``."""

    question: QuestionId
    value: ShortText
    n: Annotated[int, Field(ge=1)]


def _as_day(value: Any) -> Any:
    """YAML reads a day as one."""
    return value.isoformat() if hasattr(value, "isoformat") else value


class Collection(Document):
    """How collecting goes about; none of it changes what people are asked.

    ``n`` completed sessions are wanted over all; ``n_per_situation`` of each situation. ``closes`` is the last day, in
    UTC. With ``links: single-use`` only invitations let people in. ``panel: prolific`` takes its parameters. A
    reservation of a situation lapses ``reservation_minutes`` after a person's last page. ``retention_days`` after the
    last page what could lead to the person is deleted (``then: anonymise``), or the whole session (``then: delete``).
    """

    n: Annotated[int, Field(ge=1)] | None = None
    n_per_situation: Annotated[int, Field(ge=1)] | None = None
    quotas: Annotated[tuple[Quota, ...], Field(strict=False)] = ()
    closes: Annotated[str, BeforeValidator(_as_day), Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    links: Literal["open", "single-use"] = "open"
    panel: Literal["prolific"] | None = None
    completion: dict[Outcome, Completion] = Field(default_factory=dict)
    reservation_minutes: Annotated[float, Field(gt=0, strict=False, allow_inf_nan=False)] = 60.0
    retention_days: Annotated[int, Field(ge=1)] = 365
    then: Literal["anonymise", "delete"] = "anonymise"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.closes is not None:
            year, month, day = map(int, self.closes.split("-"))
            if year < 1 or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
                raise fault(f"closes: there is no day {self.closes}", "closes")
        return self


Asked = Annotated[tuple[QuestionId | Question, ...], Field(strict=False)]


class Survey(Document):
    """What people are asked besides the instruments of the study.

    ``languages`` may be ``all``. ``demographics`` names questions that the pages have in every language (``age``,
    ``gender``, ``education``, ``country``) or brings its own. ``screening`` says which answers let a person take part.
    ``reading_seconds`` is the least time on the situation; ``reflection`` asks what happened in it, in the person's own
    words. ``attention_checks`` instructed-response items stand among the items of a session, at places that the plan
    draws. ``positive_ending`` offers a pleasant scene after an evoking situation.
    """

    title: Texts
    consent: Texts
    contact: Texts
    debriefing: Texts
    support: Annotated[tuple[Contact, ...], Field(strict=False, min_length=1)]
    languages: (
        Annotated[
            tuple[Language, ...],
            BeforeValidator(lambda v: (v,) if isinstance(v, str) else v),
            Field(strict=False, min_length=1),
        ]
        | None
    ) = None
    demographics: Asked = ()
    screening: dict[QuestionId, Annotated[Eligibility, BeforeValidator(_as_rule)]] = Field(default_factory=dict)
    reading_seconds: Annotated[int, Field(ge=0, le=600)] = 0
    reflection: bool = False
    attention_checks: Annotated[int, Field(ge=0, le=10)] = 0
    positive_ending: bool = True
    exclusions: Exclusions = Exclusions()
    collection: Collection = Collection()

    @model_validator(mode="after")
    def _check(self) -> Self:
        asked = [entry if isinstance(entry, str) else entry.id for entry in self.demographics]
        for number, identifier in enumerate(asked):
            if identifier in asked[:number]:
                raise fault(f"demographics: {identifier!r} is asked twice", "demographics", number)
        named = self.languages or ()
        twice = next((one for place, one in enumerate(named) if one in named[:place]), None)
        if twice:
            raise fault(f"languages: {twice!r} stands twice", "languages")
        for identifier in self.screening:
            if identifier not in asked:
                raise fault(f"screening: {identifier!r} is not asked; add it to demographics", "screening", identifier)
        for number, quota in enumerate(self.collection.quotas):
            if quota.question not in asked:
                message = f"quotas: {quota.question!r} is not asked; add it to demographics"
                raise fault(message, "collection", "quotas", number, "question")
        self._check_exclusions()
        return self

    def _check_exclusions(self) -> None:
        rules = self.exclusions
        if rules.failed_checks is not None and rules.failed_checks > self.attention_checks:
            message = (
                f"exclusions: failed_checks {rules.failed_checks}, but attention_checks is {self.attention_checks}"
            )
            raise fault(message, "exclusions", "failed_checks")
        if rules.reflection_words is not None and not self.reflection:
            raise fault("exclusions: reflection_words needs reflection: true", "exclusions", "reflection_words")

    def texts_lacking(self, language: str) -> list[str]:
        """The texts of the study's own that have no wording in a language, by their place."""
        own: dict[str, Texts] = {
            "title": self.title,
            "consent": self.consent,
            "contact": self.contact,
            "debriefing": self.debriefing,
        }
        for number, one in enumerate(self.support, 1):
            own[f"support → entry {number} → name"] = one.name
        for question in (entry for entry in self.demographics if isinstance(entry, Question)):
            own[f"demographics → {question.id}"] = question.text
            own.update({f"demographics → {question.id} → {option.value}": option.text for option in question.options})
        return [place for place, texts in own.items() if in_language(texts, language) is None]


def check_languages(survey: Survey, languages: tuple[str, ...]) -> None:
    """Raise a StudyError where a text of the study is not there in a language that people are asked in."""
    for language in languages:
        for place in survey.texts_lacking(language):
            raise StudyError(f"has no text in {language!r}", where=f"survey → {place}", fix=f"add {language}: … to it")
