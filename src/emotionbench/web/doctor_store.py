"""The store as it is: reached, up to date, out of others' reach, and with the people whom the study expects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from emotionbench.errors import StoreError
from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, schema
from emotionbench.store.schema import HEAD
from emotionbench.web.doctor_files import sqlite_checkups
from emotionbench.web.doctor_words import Checkup, fine, problem, warning
from emotionbench.web.retention import DAY, due, versions

PATIENCE = "5"
"""Seconds to wait for a database that does not answer."""
UNREAD = "the URL given"
MOST_ON_SQLITE = 100
"""People at once that one machine with SQLite is meant for."""


class _AsItIs(Store):
    """A store that is looked at and not brought up to date; ``version`` is its schema's, None where it is empty."""

    version: str | None = None

    def _bring_up_to_date(self, writable: bool) -> None:
        self.version = self._version()


def store_checkups(where: str, study: HumanStudy | None, now: float) -> Iterator[Checkup]:
    """Look at a store by path or URL; nothing is written. ``study`` is None where its file cannot be read."""
    name = without_secrets(where)
    if "://" not in where and not Path(where).is_file():
        yield problem("store", f"there is no file {name}", "start 'emotionbench survey serve' on it once")
    elif name == UNREAD:
        yield problem("store", f"{UNREAD} is none of a database", "give a path or postgresql://user@host/database")
    else:
        try:
            with _AsItIs(_impatient(where), writable=False) as store:
                yield _schema(name, store.version)
                yield from _database(store, name)
                if store.version == HEAD:
                    yield from _people(store, study, now)
        except StoreError as fault:
            yield problem("store", f"{name}: {fault.what}", fault.fix or "check that it can be reached")


def without_secrets(where: str) -> str:
    """A store's name that may be shown: no password, neither before the host nor among the options."""
    if "://" not in where:
        return where
    url = _url_of(where)
    return url.set(query={}).render_as_string(hide_password=True) if url else UNREAD


def _url_of(where: str) -> URL | None:
    """The address of a database; None for a path, and for what is no address."""
    try:
        return make_url(where) if "://" in where else None
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        return None


def _impatient(where: str) -> str:
    """The same, but a machine that is silent is not waited for for minutes."""
    url = _url_of(where)
    if url is None or not url.drivername.startswith("postgres") or "connect_timeout" in url.query:
        return where
    return url.update_query_dict({"connect_timeout": PATIENCE}).render_as_string(hide_password=False)


def _schema(name: str, version: str | None) -> Checkup:
    if version is None:
        return problem("store", f"{name} is empty", "start 'emotionbench survey serve' on it once")
    if version > HEAD:
        return problem(
            "store", f"{name} was made by a newer emotionbench (schema {version})", "upgrade emotionbench here"
        )
    if version < HEAD:
        return problem(
            "store",
            f"{name} has schema {version}, and this emotionbench {HEAD}",
            "make a backup, then start the server: it brings the store up to date",
        )
    return fine("store", f"{name} answers; its schema is current")


def _database(store: Store, name: str) -> Iterator[Checkup]:
    if store.engine.dialect.name == "sqlite":
        yield fine(
            "database", f"SQLite: one machine and about {MOST_ON_SQLITE} people at once; PostgreSQL for more of either"
        )
        yield from sqlite_checkups(Path(str(store.url.database)))
        return
    with store.reading() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        client, is_encrypted = connection.execute(
            text("SELECT host(inet_client_addr()), (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid())")
        ).one()
    yield fine("database", f"PostgreSQL {str(version).split()[0]}: any number of people and machines")
    if travels_openly(client, is_encrypted=bool(is_encrypted)):
        yield warning(
            "database", f"answers travel to {name} unencrypted", "add ?sslmode=verify-full to its URL, or keep it here"
        )


def travels_openly(client: str | None, *, is_encrypted: bool) -> bool:
    """Whether others could read a connection; ``client`` is its address at this end, None for a socket in a folder."""
    return client is not None and not ip_address(client).is_loopback and not is_encrypted


def _people(store: Store, study: HumanStudy | None, now: float) -> Iterator[Checkup]:
    n = _counted(store, select(func.count()).select_from(schema.researcher).where(schema.researcher.c.name != ""))
    if n:
        yield fine("researchers", f"{n} can log in")
    else:
        yield problem("researchers", "nobody can log in", "make a login: emotionbench survey admin add NAME")
    if study is not None:
        yield _one_version(store, study)
        yield _retention(store, study, now)
        if study.survey.collection.links == "single-use":
            yield _invitations(store, study)


def _one_version(store: Store, study: HumanStudy) -> Checkup:
    others = [one for one in versions(store, study.name) if one.hash != study.hash]
    n = _counted(store, select(func.count()).where(schema.participant.c.study == study.hash))
    if not others:
        return fine("people", f"{n} have consented, all to this version of the study")
    n_others = sum(one.n_people for one in others)
    first = others[0].created_at[:10]
    return warning(
        "people",
        f"{n} have consented to this version of the study, and {n_others} to another one, first served on {first}",
        "they are two studies to every analysis, and links of the other no longer work here: serve the file that it"
        " was served from, with the same emotionbench, or give this one another 'name'",
    )


def _retention(store: Store, study: HumanStudy, now: float) -> Checkup:
    days = study.survey.collection.retention_days
    # what runs every day may be a day late
    n_overdue = sum(due(store, one.hash, days, now - DAY).n_overdue for one in versions(store, study.name))
    if n_overdue:
        return problem(
            "retention",
            f"{n_overdue} people were promised that what leads to them is deleted after {days} days, and it is not",
            "run 'emotionbench survey purge --all-versions' now, and every day: docs/deployment.md has a timer",
        )
    next_at = due(store, study.hash, days, now).next_at
    when = "" if next_at is None else f"; the first ends on {datetime.fromtimestamp(next_at, UTC).date()}"
    return fine("retention", f"nobody is kept for longer than {days} days{when}")


def _invitations(store: Store, study: HumanStudy) -> Checkup:
    table = schema.invitation.c
    n = _counted(store, select(func.count()).where(table.study == study.hash, table.used == 0))
    if not n:
        return problem("invitations", "no link is left, and nobody can come in", "make some: emotionbench survey links")
    return fine("invitations", f"{n} links are left")


def _counted(store: Store, query: Select[Any]) -> int:
    with store.reading() as connection:
        return int(connection.execute(query).scalar_one())
