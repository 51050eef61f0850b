"""Deleting people so that their bytes go too, as far as a database lets them.

SQLite overwrites with zeros what is deleted (``secure_delete``), but copies that it made of a row while it rearranged
a page stay in the unused part of that page, and the log (``-wal``) holds pages as they were. So the file is written
anew (``VACUUM``) and the log emptied. Neither is possible while another process reads an older state or writes for
long; then the next deletion, or the next end of a retention, does it. Copies of the file are not reached.

PostgreSQL is told to ``VACUUM`` the tables and their indexes, after which no query reaches the rows. It does not
overwrite: bytes stay in unused space of its files until rows written later take it (or ``VACUUM FULL``, which stops
everybody meanwhile), and in its log and the log's archive until they are recycled. Rows that a transaction begun
before can still see go with the next ``VACUUM``, PostgreSQL's own at the latest. Backups and replicas keep what they
hold of either database.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import uuid
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from emotionbench.store import schema
from emotionbench.store.database import Store

TABLES = ("attempt", "administration", "submission", "draft", "recruitment", "invitation", "participant")
FREE_TEXTS = ("reflection",)
DAY = len("2030-01-31")
SECONDS_OF_A_DAY = 86_400
PATIENCE_MILLISECONDS = 5000
"""How long to wait for others who are reading or writing, at each step."""
LARGEST_REWRITTEN = 2**26
"""Bytes of a file that is written anew while people wait for it; see ``scrub``."""


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


def anonymise_people(connection: Connection, people: Sequence[Any], own_words: Collection[str]) -> None:
    """Cut what leads to participants, given by their rows: id, code, recruitment, invitation, drafts, times of day.

    Accounts go, and the answers about the person that are named in ``own_words``.
    """
    person, sent = schema.participant.c, schema.submission.c
    fresh = {one.id: uuid.uuid4().hex for one in people}
    old = [{"old": one.id, "unused": uuid.uuid4().hex} for one in people]
    # the row is written anew, as no key that others point at can be changed; session and code stand only once
    connection.execute(
        update(schema.participant).where(person.id == bindparam("old")).values(session=bindparam("unused"), code=None),
        old,
    )
    rows = [_impersonal_row(one, fresh[one.id], own_words) for one in people]
    connection.execute(insert(schema.participant), rows)
    pages = connection.execute(select(schema.submission).where(sent.participant.in_(list(fresh)))).all()
    connection.execute(delete(schema.submission).where(sent.participant.in_(list(fresh))))
    kept = [
        {
            **one._mapping,
            "participant": fresh[one.participant],
            "content": _impersonal(one.content, own_words),
            "submitted_at": one.submitted_at[:DAY],
        }
        for one in pages
    ]
    if kept:
        connection.execute(insert(schema.submission), kept)
    connection.execute(delete(schema.participant).where(person.id.in_(list(fresh))))
    asked = schema.administration.c
    theirs = select(asked.id).where(asked.session.in_([one.session for one in people]))
    tried = schema.attempt.c
    day = func.substr(tried.started_at, 1, DAY)
    connection.execute(update(schema.attempt).where(tried.administration.in_(theirs)).values(started_at=day))


def _impersonal_row(person: Any, fresh: str, own_words: Collection[str]) -> dict[str, Any]:
    """A participant's row without what leads to the person."""
    about = person.demographics and _text(_without(json.loads(person.demographics), own_words))
    return {
        **person._mapping,
        "id": fresh,
        "code": None,
        "demographics": about,
        "started_at": person.started_at[:DAY],
        "seen_at": person.seen_at // SECONDS_OF_A_DAY * SECONDS_OF_A_DAY,
    }


def _impersonal(content: str, own_words: Collection[str]) -> str:
    """The content of a page without what the person wrote freely."""
    kept = {key: value for key, value in json.loads(content).items() if key not in FREE_TEXTS}
    if "answers" in kept:
        kept["answers"] = _without(kept["answers"], own_words)
    return _text(kept)


def _without(answers: dict[str, Any], own_words: Collection[str]) -> dict[str, Any]:
    return {key: None if key in own_words else value for key, value in answers.items()}


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def scrub(store: Store, *, whole: bool = False) -> bool:
    """Take the bytes of deleted rows out of the database's files; whether that is done. Never an error.

    An SQLite file of more than ``LARGEST_REWRITTEN`` bytes is written anew only if ``whole``, as nobody else can write
    meanwhile (about 15 s a GiB); its log is emptied in any case.
    """
    with contextlib.suppress(DBAPIError, sqlite3.Error):
        return _scrub_sqlite(store, whole) if store.engine.dialect.name == "sqlite" else _scrub_postgres(store)
    return False


def _scrub_sqlite(store: Store, whole: bool) -> bool:
    # on the driver's own connection: the engine's begin a transaction, in which neither is possible
    with contextlib.closing(store.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        usual = _asked(cursor, "PRAGMA busy_timeout")
        _asked(cursor, f"PRAGMA busy_timeout={PATIENCE_MILLISECONDS}")
        try:
            n_bytes = _asked(cursor, "PRAGMA page_count") * _asked(cursor, "PRAGMA page_size")
            is_rewritten = (whole or n_bytes <= LARGEST_REWRITTEN) and _rewritten(cursor)
            is_busy = _asked(cursor, "PRAGMA wal_checkpoint(TRUNCATE)")
            return is_rewritten and not is_busy
        finally:
            _asked(cursor, f"PRAGMA busy_timeout={usual}")


def _rewritten(cursor: Any) -> bool:
    """Write the file anew; False where another writes or the disk is too full for a second copy."""
    with contextlib.suppress(sqlite3.OperationalError):
        cursor.execute("VACUUM")
        return True
    return False


def _asked(cursor: Any, pragma: str) -> Any:
    return cursor.execute(pragma).fetchone()[0]


def _scrub_postgres(store: Store) -> bool:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"SET lock_timeout = {PATIENCE_MILLISECONDS}")
        try:
            connection.exec_driver_sql(f"VACUUM (INDEX_CLEANUP ON) {', '.join(TABLES)}")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")
    return True
