"""People out, as the analysis needs them: everybody's session with its pages, and a count of those who are gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from emotionbench.store import schema

ROWS_AT_ONCE = 1_000
_PERSON = schema.participant.c
_PAGE = schema.submission.c


@dataclass(frozen=True)
class Session:
    """One person's session; ``pages`` maps those sent to seconds and content, in no order."""

    session: str
    study: str
    situation: str | None
    outcome: str | None
    pages: dict[str, tuple[float, dict[str, Any]]]


@dataclass(frozen=True)
class Survey:
    """A study that people take part in, or took; ``departures`` counts those who were deleted, by reason."""

    hash: str
    name: str
    spec: dict[str, Any]
    departures: dict[str, int]


@dataclass(frozen=True)
class SentSheet:
    """What a person sent of one instrument, and the reply that stands for it."""

    administration: str
    instrument: str
    item_order: str
    response: str
    reply: str


def surveys(connection: Connection) -> list[Survey]:
    """Every study with people, or with a count of people who were deleted; in order of when it began."""
    table, gone = schema.study.c, schema.departure
    departures: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(gone).order_by(gone.c.reason.desc())):
        departures.setdefault(row.study, {})[row.reason] = row.n
    has_people = table.hash.in_(select(_PERSON.study).distinct()) | table.hash.in_(list(departures))
    rows = connection.execute(
        select(table.hash, table.name, table.spec).where(has_people).order_by(table.created_at, table.hash)
    )
    return [Survey(row.hash, row.name, json.loads(row.spec), departures.get(row.hash, {})) for row in rows]


def sessions(connection: Connection) -> dict[str, list[Session]]:
    """Everybody who consented and was not deleted, by study, in order of session."""
    found: dict[str, list[Session]] = {}
    last: Session | None = None
    query = (
        select(
            _PERSON.session, _PERSON.study, _PERSON.situation, _PERSON.outcome, _PAGE.page, _PAGE.seconds, _PAGE.content
        )
        .outerjoin(schema.submission, _PAGE.participant == _PERSON.id)
        .order_by(_PERSON.session, _PAGE.page)
    )
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        if last is None or last.session != row.session:
            last = Session(row.session, row.study, row.situation, row.outcome, {})
            found.setdefault(row.study, []).append(last)
        if row.page is not None:
            last.pages[row.page] = (row.seconds, json.loads(row.content))
    return found


def sent_sheets(connection: Connection) -> Iterator[SentSheet]:
    """Every sheet that people of a survey sent, in no order."""
    asked, tried = schema.administration.c, schema.attempt.c
    query = (
        select(asked.id, asked.instrument, asked.item_order, tried.response, tried.reply)
        .join_from(schema.participant, schema.administration, asked.session == _PERSON.session)
        .join(schema.attempt, tried.administration == asked.id)
        .where(tried.response.is_not(None))
    )
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        yield SentSheet(*row)
