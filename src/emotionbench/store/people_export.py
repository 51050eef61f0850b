"""People out, for files: everybody's session with all that was sent, and completion codes, each without the other.

Nothing here reads who a person is (the id in the link), where they came from, or at what time they did anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from emotionbench.records import Administration
from emotionbench.store import schema
from emotionbench.store.reading import administration_of

ROWS_AT_ONCE = 1_000
_STUDY = schema.study.c
_PERSON = schema.participant.c
_PAGE = schema.submission.c


@dataclass(frozen=True)
class Served:
    """A study as people took part in it; ``departures`` counts those who were deleted, by reason."""

    hash: str
    name: str
    spec: dict[str, Any]
    package_version: str
    n_people: int
    departures: dict[str, int]


@dataclass(frozen=True)
class TakenPart:
    """One person's session.

    ``situation`` is the content hash of the one given, ``outcome`` None before the end; ``pages`` maps those sent to
    seconds and content, in no order.
    """

    session: str
    language: str
    situation: str | None
    demographics: dict[str, Any]
    outcome: str | None
    pages: dict[str, tuple[float, dict[str, Any]]]


@dataclass(frozen=True)
class SentSheet:
    """One instrument as it was shown to a person and sent back; ``request`` and ``response`` as the page kept them."""

    administration: Administration
    request: dict[str, Any]
    response: dict[str, Any]
    reply: str


def served(connection: Connection) -> list[Served]:
    """Every study that people took part in, or were deleted from, in order of name and hash."""
    gone = schema.departure.c
    departures: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(schema.departure).order_by(gone.reason)):
        departures.setdefault(row.study, {})[row.reason] = row.n
    people = select(_PERSON.study, func.count().label("n")).group_by(_PERSON.study).subquery()
    rows = connection.execute(
        select(_STUDY.hash, _STUDY.name, _STUDY.spec, _STUDY.package_version, people.c.n)
        .outerjoin(people, people.c.study == _STUDY.hash)
        .order_by(_STUDY.name, _STUDY.hash)
    )
    return [
        Served(row.hash, row.name, json.loads(row.spec), row.package_version, row.n or 0, departures.get(row.hash, {}))
        for row in rows
        if row.n or row.hash in departures
    ]


def people(connection: Connection, study: str) -> list[TakenPart]:
    """Everybody who consented and was not deleted, in order of session, which is a hash and tells nothing."""
    found: list[TakenPart] = []
    query = (
        select(
            _PERSON.session,
            _PERSON.language,
            _PERSON.situation,
            _PERSON.demographics,
            _PERSON.outcome,
            _PAGE.page,
            _PAGE.seconds,
            _PAGE.content,
        )
        .outerjoin(schema.submission, _PAGE.participant == _PERSON.id)
        .where(_PERSON.study == study)
        .order_by(_PERSON.session)
    )
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        if not found or found[-1].session != row.session:
            demographics = json.loads(row.demographics) if row.demographics else {}
            found.append(TakenPart(row.session, row.language, row.situation, demographics, row.outcome, {}))
        if row.page is not None:
            found[-1].pages[row.page] = (row.seconds, json.loads(row.content))
    return found


def sheets(connection: Connection, study: str) -> Iterator[SentSheet]:
    """Every sheet that was sent, session by session in order, in no order within one."""
    asked, tried = schema.administration, schema.attempt.c
    query = (
        select(asked, tried.request, tried.response, tried.reply)
        .join_from(schema.participant, asked, asked.c.session == _PERSON.session)
        .join(schema.attempt, tried.administration == asked.c.id)
        .where(_PERSON.study == study, tried.response.is_not(None))
        .order_by(_PERSON.session, asked.c.id, tried.number)
    )
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        yield SentSheet(administration_of(row), json.loads(row.request), json.loads(row.response), row.reply)


def codes(connection: Connection, study: str) -> list[tuple[str, str]]:
    """The completion code and outcome of everybody who came to an end, in order of code."""
    query = (
        select(_PERSON.code, _PERSON.outcome)
        .where(_PERSON.study == study, _PERSON.code.is_not(None), _PERSON.outcome.is_not(None))
        .order_by(_PERSON.code)
    )
    return [(row.code, row.outcome) for row in connection.execute(query)]
