"""Rows of people: locked in one order, added once, and their JSON."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    false,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from emotionbench.records import Administration, Attempt
from emotionbench.store import schema
from emotionbench.store.writing import ATTEMPT_FIELDS, add_new, administration_row

_PERSON = schema.participant.c


def lock_study(connection: Connection, study: str) -> None:
    """Let nobody else be given a situation of the study, or come in by a panel or invitation, until the end."""
    # not FOR UPDATE in full, for which everyone who adds a row that names the study would wait
    table = schema.study.c
    connection.execute(select(table.hash).where(table.hash == study).with_for_update(key_share=True))


def lock_study_of(connection: Connection, identifier: str) -> bool:
    """``lock_study`` for the study of a participant; False where there is no such participant."""
    study = select(_PERSON.study).where(_PERSON.id == identifier).scalar_subquery()
    query = select(schema.study.c.hash).where(schema.study.c.hash == study).with_for_update(key_share=True)
    return connection.execute(query).first() is not None


def _pages_of(table: Table, is_draft: ColumnElement[bool]) -> Select[Any]:
    whose = table.c.participant == bindparam("id")
    return select(table.c.page, table.c.content, is_draft.label("is_draft")).where(whose)


_pages = union_all(_pages_of(schema.submission, false()), _pages_of(schema.draft, true())).subquery()
WHOLE_PERSON = select(schema.participant, _pages).outerjoin(_pages, true()).where(_PERSON.id == bindparam("id"))
"""The participant ``id``, once for each page sent or begun (or once alone): one statement for all of a request."""


@cache
def keep_draft(dialect: str) -> Executable:
    """Keep ``content`` as the draft of a page in place of an earlier one, unless the page was sent."""
    sent, kept = schema.submission.c, schema.draft
    columns = ("participant", "page", "content")
    given = select(*(bindparam(name, type_=kept.c[name].type) for name in columns))
    of_page = (sent.participant == bindparam("participant")) & (sent.page == bindparam("page"))
    added = (postgresql if dialect == "postgresql" else sqlite).insert(kept)
    added = added.from_select(columns, given.where(~exists().where(of_page)))
    keep: Executable = added.on_conflict_do_update(index_elements=columns[:2], set_={"content": added.excluded.content})
    return keep


def locked(connection: Connection, identifier: str) -> Row[Any] | None:
    """The participant's row, which nobody else changes until the end of the transaction."""
    return connection.execute(select(schema.participant).where(_PERSON.id == identifier).with_for_update()).first()


def add(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row; False where it would be the second with one of its keys."""
    dialect_insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = dialect_insert(table).values(row).on_conflict_do_nothing()
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def of_page(table: Table, identifier: str, page: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions for a participant's row of a page."""
    return table.c.participant == identifier, table.c.page == page


def keep_record(connection: Connection, session: str, administration: Administration, attempt: Attempt) -> None:
    """Append what a person answered; a ValueError where it is not of their session, as it would outlive them."""
    if administration.session != session or attempt.administration != administration.id:
        raise ValueError(f"administration {administration.id} is not of session {session}")
    add_new(connection, schema.administration, [administration_row(administration)])
    add_new(connection, schema.attempt, [{name: getattr(attempt, name) for name in ATTEMPT_FIELDS}])


def count_departures(connection: Connection, study: str, reason: str, n: int) -> None:
    """Count ``n`` people of a study who were deleted, and why."""
    table = schema.departure
    add_new(connection, table, [{"study": study, "reason": reason, "n": 0}])
    is_it = (table.c.study == study) & (table.c.reason == reason)
    connection.execute(update(table).where(is_it).values(n=table.c.n + n))


def json_text(content: dict[str, Any]) -> str:
    """JSON that both databases keep; a ValueError for numbers that are none."""
    return json.dumps(_storable(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _storable(value: Any) -> Any:
    """JSON values without what PostgreSQL cannot keep as text, U+0000 and lone surrogates: U+FFFD stands for them."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def parsed(text: str | None) -> dict[str, Any] | None:
    """What ``json_text`` made into text."""
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found
