"""Deleting people so that their bytes go too, as far as a database lets them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from emotionbench.store import schema
from emotionbench.store.database import Store

TABLES = ("attempt", "administration", "submission", "draft", "recruitment", "invitation", "participant")
FREE_TEXTS = ("reflection",)
CHECKPOINT_MILLISECONDS = 2000
_unfinished: WeakSet[Store] = WeakSet()


@contextlib.contextmanager
def writing(store: Store) -> Iterator[Connection]:
    """A transaction in which SQLite overwrites with zeros what is deleted or replaced."""
    with store.writing() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=ON").close()
        yield connection


def delete_people(connection: Connection, people: Sequence[Any]) -> None:
    """Delete participants, given by rows with ``id`` and ``session``, and all that they sent."""
    asked, tried, person = schema.administration.c, schema.attempt.c, schema.participant.c
    theirs = asked.session.in_([one.session for one in people])
    connection.execute(delete(schema.attempt).where(tried.administration.in_(select(asked.id).where(theirs))))
    connection.execute(delete(schema.administration).where(theirs))
    connection.execute(delete(schema.participant).where(person.id.in_([one.id for one in people])))


def anonymise_people(connection: Connection, people: Sequence[Any]) -> None:
    """Cut what leads to participants, given by their rows: id, code, recruitment, invitation, drafts, free texts."""
    person, sent = schema.participant.c, schema.submission.c
    fresh = {one.id: uuid.uuid4().hex for one in people}
    old = [{"old": one.id, "unused": uuid.uuid4().hex} for one in people]
    # the row is written anew, as no key that others point at can be changed; session and code stand only once
    connection.execute(
        update(schema.participant).where(person.id == bindparam("old")).values(session=bindparam("unused"), code=None),
        old,
    )
    rows = [{**one._mapping, "id": fresh[one.id], "code": None} for one in people]
    connection.execute(insert(schema.participant), rows)
    pages = connection.execute(select(schema.submission).where(sent.participant.in_(list(fresh)))).all()
    connection.execute(delete(schema.submission).where(sent.participant.in_(list(fresh))))
    kept = [
        {**one._mapping, "participant": fresh[one.participant], "content": _impersonal(one.content)} for one in pages
    ]
    if kept:
        connection.execute(insert(schema.submission), kept)
    connection.execute(delete(schema.participant).where(person.id.in_(list(fresh))))


def _impersonal(content: str) -> str:
    """The content of a page without what the person wrote freely."""
    kept = {key: value for key, value in json.loads(content).items() if key not in FREE_TEXTS}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def scrub(store: Store) -> None:
    """Take the bytes of deleted rows out of the database's files, as far as it lets us; never an error."""
    _unfinished.add(store)
    scrub_rest(store)


def scrub_rest(store: Store) -> None:
    """Finish what an earlier ``scrub`` of this process could not."""
    if store not in _unfinished:
        return
    with contextlib.suppress(DBAPIError, sqlite3.Error):
        done = _scrub_sqlite(store) if store.engine.dialect.name == "sqlite" else _scrub_postgres(store)
        if done:
            _unfinished.discard(store)


def _scrub_sqlite(store: Store) -> bool:
    # on the driver's own connection, as the engine's begin a transaction, in which a log cannot be emptied
    connection = store.engine.raw_connection()
    try:
        execute = connection.cursor().execute
        execute(f"PRAGMA busy_timeout={CHECKPOINT_MILLISECONDS}")
        (busy, _, _) = execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        execute("PRAGMA busy_timeout=60000")
        connection.close()
    return bool(busy == 0)


def _scrub_postgres(store: Store) -> bool:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {', '.join(TABLES)}")
    return True
