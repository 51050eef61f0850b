"""The people of a survey as tidy frames (answers, people, attention checks), with exactly the codebook's columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from emotionbench.comparisons.participation import UNFINISHED
from emotionbench.human.session import ABOUT, AFTER, BEFORE, END, PLEASANT, SITUATION
from emotionbench.parsing import parse
from emotionbench.reports.codebook import Variable
from emotionbench.reports.frames import TYPES
from emotionbench.reports.survey_codebook import (
    ANSWERS,
    CHECKS,
    PEOPLE,
    answer_variables,
    check_variables,
    people_variables,
    seconds_name,
)
from emotionbench.reports.survey_records import Asked, SurveyRecords
from emotionbench.store.people_export import SentSheet, TakenPart

TAKEN = "about_"
Row = dict[str, Any]


@dataclass(frozen=True)
class SurveyFrame:
    """One file of a survey: its rows in order of person, its columns, and which of them hold people's own words."""

    name: str
    frame: pl.DataFrame
    variables: tuple[Variable, ...]
    free: frozenset[str] = frozenset()


def survey_frames(records: SurveyRecords) -> tuple[SurveyFrame, ...]:
    """Answers and people; attention checks where there are any."""
    answers = _framed(
        ANSWERS, answer_variables(records), (row for sheet in _in_order(records) for row in _answers(*sheet, records))
    )
    checks = _framed(
        CHECKS, check_variables(records), (row for _, sheet in _in_order(records) for row in _checks(sheet, records))
    )
    found = [answers, _people(records)]
    return (*found, checks) if checks.frame.height else tuple(found)


def question_columns(questions: Iterable[Asked], others: Iterable[str]) -> dict[str, Asked]:
    """The column of each question: its name, with ``about_`` before it where another column is called so."""
    taken, found = set(others), dict[str, Asked]()
    for asked in questions:
        name = asked.name
        while name in taken:
            name = TAKEN + name
        taken.add(name)
        found[name] = asked
    return found


def _in_order(records: SurveyRecords) -> Iterator[tuple[TakenPart, SentSheet]]:
    """Every sheet with its person: by session, before the situation first, then as the study puts them."""
    people = {person.session: person for person in records.people}
    ranks = {name: rank for rank, name in enumerate(_pages_sent(records))}

    def place(sheet: SentSheet) -> tuple[str, int]:
        return str(sheet.administration.session), ranks.get(sheet.request.get("page", ""), len(ranks))

    for sheet in sorted(records.sheets, key=place):
        yield people[str(sheet.administration.session)], sheet


def _answers(person: TakenPart, sheet: SentSheet, records: SurveyRecords) -> Iterator[Row]:
    administration = sheet.administration
    instrument = records.materials.instruments[administration.instrument]
    form = records.materials.forms[administration.form] if administration.form else None
    positions = {number: place for place, number in enumerate(administration.order, 1)}
    times = sheet.response.get("times") or {}
    # by the parser that all analyses read replies with, so that a file can never say something else
    for answer in parse(sheet.reply, instrument, administration.order, form):
        yield {
            **_place(person, records),
            "condition": administration.condition.value,
            "instrument": instrument.base,
            "edition": instrument.id,
            "item": answer.item,
            "text": instrument.text(answer.item),
            "position": positions[answer.item],
            "value": answer.value,
            "status": answer.status.value,
            "response_ms": times.get(f"item-{answer.item}"),
        }


def _checks(sheet: SentSheet, records: SurveyRecords) -> Iterator[Row]:
    administration = sheet.administration
    chosen = sheet.response.get("checks") or {}
    for number, check in enumerate(sheet.request.get("checks") or (), 1):
        value = chosen.get(str(number))
        yield {
            "person": administration.session,
            "condition": administration.condition.value,
            "edition": records.materials.instruments[administration.instrument].id,
            "check": number,
            "behind": check["behind"],
            "instructed": check["value"],
            "chosen": value,
            "passed": value == check["value"],
        }


def _people(records: SurveyRecords) -> SurveyFrame:
    pages = _pages_sent(records)
    fixed = [variable.name for variable in people_variables(records, {}, pages)]
    questions = question_columns(records.questions, fixed)
    variables = people_variables(records, questions, pages)
    rows = (_person(person, records, questions) for person in records.people)
    free = {name for name, asked in questions.items() if asked.kind == "text"} | {"account"}
    return _framed(PEOPLE, variables, rows, free & {variable.name for variable in variables})


def _person(person: TakenPart, records: SurveyRecords, questions: dict[str, Asked]) -> Row:
    facts = records.facts[person.session]
    written = person.pages.get(SITUATION, (0.0, {}))[1]
    return {
        **_place(person, records),
        **{name: _said(person, asked) for name, asked in questions.items()},
        "outcome": person.outcome or UNFINISHED,
        "exclusion": records.reasons[person.session],
        "n_failed_checks": facts.n_failed_checks,
        "n_missing": facts.n_missing,
        **{seconds_name(page): seconds for page, (seconds, _) in person.pages.items()},
        "n_words": facts.n_words,
        "account": written.get("reflection") or None,
    }


def _said(person: TakenPart, asked: Asked) -> Any:
    """The answer to a question about the person; None where there is none."""
    value = person.demographics.get(asked.name)
    return None if value is None or value == "" else value if asked.kind == "number" else str(value)


def _place(person: TakenPart, records: SurveyRecords) -> Row:
    given = records.situation(person)
    return {
        "person": person.session,
        "language": person.language,
        "emotion": given.emotion if given else None,
        "factor": given.factor if given else None,
        "situation": given.id if given else None,
    }


def _pages_sent(records: SurveyRecords) -> list[str]:
    """The pages that anybody sent, in the order in which they come."""
    return sorted({page for person in records.people for page in person.pages}, key=_rank)


def _rank(page: str) -> tuple[int, int, str]:
    moment, _, number = page.partition("-")
    order = (ABOUT, BEFORE, SITUATION, AFTER, END, PLEASANT)
    return order.index(moment) if moment in order else len(order), int(number) if number.isdigit() else 0, page


def _framed(name: str, variables: tuple[Variable, ...], rows: Iterable[Row], free: Iterable[str] = ()) -> SurveyFrame:
    """Rows as a frame with the columns of the codebook; a value that is in none of them is left out."""
    lists: dict[str, list[Any]] = {variable.name: [] for variable in variables}
    for row in rows:
        for column, values in lists.items():
            values.append(row.get(column))
    series = [pl.Series(one.name, lists[one.name], TYPES[one.type]) for one in variables]
    return SurveyFrame(name, pl.DataFrame(series), variables, frozenset(free))
