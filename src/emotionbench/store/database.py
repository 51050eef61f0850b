"""Opening a store, and turning what its database complains of into errors with a fix."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from emotionbench.errors import StoreError
from emotionbench.store.schema import HEAD, metadata

MOST_AT_ONCE = 10
"""Connections of one process to a server; opening one takes longer than to wait for one."""
IDLE_SECONDS = 1.0
VERSION_TABLE = (
    "CREATE TABLE alembic_version"
    " (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
SQLITE_FIXES = {
    "readonly": (
        "cannot be written",
        "check the permissions of the file and its folder, or choose another with --store",
    ),
    "unable to open": ("cannot be opened", "check that its folder exists and can be written, or choose --store"),
    "disk is full": ("the disk is full", "free some space and run the same command again; what was saved is safe"),
    "disk i/o": ("the disk failed", "check its space and health, then run the same command again"),
    "not a database": ("is not an emotionbench store", "choose another file with --store"),
    "malformed": ("is damaged", "restore it from a backup, or start anew with another --store"),
    "locked": ("is locked by another process", "let it finish, then run the same command again"),
}


class Store:
    """A database of facts, by path (SQLite) or by URL (``postgresql+psycopg://…``).

    ``writable=False`` opens an existing store for reading and makes nothing.
    """

    def __init__(self, where: str | Path, *, writable: bool = True) -> None:
        self.url = _url_of(where)
        self.name = self.url.render_as_string(hide_password=True)
        if self.url.get_backend_name() == "sqlite":
            self.name = self.url.database or "store"
            if not writable and not Path(self.name).is_file():
                raise StoreError("no store there", where=self.name, fix="make one with: emotionbench run")
        self.engine = self._engine()
        is_sqlite = self.engine.dialect.name == "sqlite"
        self._single = self.engine if is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self.explained():
            self._bring_up_to_date(writable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the store."""
        with self.explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """A connection for single statements: each sees a state of its own, and no transaction is begun and ended."""
        with self.explained(), self._single.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept on leaving, or none."""
        with self.explained(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn the database's complaints into a StoreError that says what to do."""
        try:
            yield
        except DBAPIError as problem:
            raise self._explain(str(problem.orig)) from None
        except PoolTimeout:
            raise self._explain(f"no connection came free; {MOST_AT_ONCE} are in use") from None
        except sqlite3.Error as problem:
            raise self._explain(str(problem)) from None

    def _explain(self, message: str) -> StoreError:
        first_line = message.splitlines()[0] if message else "unknown error"
        for sign, (what, fix) in SQLITE_FIXES.items():
            if sign in message.casefold():
                return StoreError(what, where=self.name, fix=fix)
        return StoreError(f"the database says: {first_line}", where=self.name, fix="check that it can be reached")

    def _engine(self) -> Engine:
        try:
            if self.url.get_backend_name() != "sqlite":
                engine = create_engine(self.url, pool_size=MOST_AT_ONCE, max_overflow=0, pool_use_lifo=True)
                event.listen(engine, "checkin", _note_use)
                event.listen(engine, "checkout", _wake)
                return engine
            engine = create_engine(self.url, connect_args={"timeout": 60, "isolation_level": None})
        except (NoSuchModuleError, ModuleNotFoundError):
            raise StoreError(
                f"no driver for {self.url.drivername!r}",
                where=self.name,
                fix="pip install 'emotionbench[postgres]' and use postgresql+psycopg://…",
            ) from None
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _bring_up_to_date(self, writable: bool) -> None:
        version = self._version()
        if version is None:
            if not writable:
                raise StoreError("is not an emotionbench store", where=self.name, fix="choose another with --store")
            self._make_tables()
            version = self._version()  # another process may have made them first, and be of another version
        if version == HEAD:
            return
        from emotionbench.store import migrate  # noqa: PLC0415  (alembic takes 0.2 s to import)

        if version not in migrate.known_versions():
            raise StoreError(
                f"was made by a newer version of emotionbench (schema {version}, known up to {HEAD})",
                where=self.name,
                fix="upgrade emotionbench: pip install --upgrade emotionbench",
            )
        migrate.upgrade(self.engine)

    def _make_tables(self) -> None:
        """In an empty database, the tables as every migration from the first on would make them, and their version."""
        with self.writing() as connection:
            if inspect(connection).get_table_names():
                return
            metadata.create_all(connection, checkfirst=False)
            connection.execute(text(VERSION_TABLE))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})

    def _version(self) -> str | None:
        """The schema version; None for an empty database; a StoreError for a database of something else."""
        with self.engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if not tables:
                return None
            if "alembic_version" not in tables or "administration" not in tables:
                raise StoreError("holds other tables", where=self.name, fix="choose another database with --store")
            version: str = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            return version


def _url_of(where: str | Path) -> URL:
    name = str(where)
    if "://" not in name:
        return URL.create("sqlite", database=name)
    try:
        url = make_url(name)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        raise StoreError("not a database URL", where="--store", fix="give a path or postgresql+psycopg://…") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgres", "postgresql") else url


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _wake(connection: Any, record: Any, _proxy: Any) -> None:
    """See whether a connection that nobody used for a while still is one; of the others their next statement tells."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as problem:
        raise DisconnectionError from problem


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """One writer, readers beside it, and every commit on the disk before it counts."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start of a writing transaction, so that two writers wait instead of failing."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
