"""What a store says of the studies in it: specs, hashes, seeds, who was asked, and what the asking took."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from emotionbench.store import schema
from emotionbench.store.database import Store
from emotionbench.store.writing import settings_json

RECORDED = "recorded"


@dataclass(frozen=True)
class StoredStudy:
    """One study as it was first run here; ``spec`` is its validated spec, ``created_at`` ISO 8601 in UTC."""

    hash: str
    name: str
    spec: dict[str, Any]
    n_administrations: int
    package_version: str
    created_at: str


@dataclass(frozen=True)
class StoredMaterial:
    """An instrument or protocol that administrations used."""

    kind: str
    name: str
    hash: str


@dataclass(frozen=True)
class Usage:
    """What asking one respondent took. Tokens are null where no reply of it counts them; times are ISO 8601 in UTC.

    ``first_at`` and ``last_at`` are null for imported answers.
    """

    respondent: str
    kind: str
    settings: dict[str, Any]
    n_administrations: int
    n_attempts: int
    n_failed: int
    input_tokens: int | None
    output_tokens: int | None
    model_versions: tuple[str, ...]
    first_at: str | None
    last_at: str | None


@dataclass(frozen=True)
class StoreFacts:
    """Everything of a store that is no answer: where it is, its studies, materials in use, seeds and usage."""

    store: str
    studies: tuple[StoredStudy, ...]
    materials: tuple[StoredMaterial, ...]
    n_situations: int
    seeds: tuple[int, ...]
    usages: tuple[Usage, ...]


def store_facts(store: Store) -> StoreFacts:
    """Read them all in one state of the store."""
    with store.reading() as connection:
        return StoreFacts(
            store=store.name,
            studies=_studies(connection),
            materials=_materials(connection),
            n_situations=_n_situations(connection),
            seeds=tuple(sorted(connection.execute(select(schema.administration.c.seed).distinct()).scalars())),
            usages=_usages(connection),
        )


def _studies(connection: Connection) -> tuple[StoredStudy, ...]:
    table = schema.study
    rows = connection.execute(select(table).order_by(table.c.created_at, table.c.hash))
    return tuple(
        StoredStudy(r.hash, r.name, json.loads(r.spec), r.n_administrations, r.package_version, r.created_at)
        for r in rows
    )


def _materials(connection: Connection) -> tuple[StoredMaterial, ...]:
    table, used = schema.material, schema.administration
    rows = connection.execute(
        select(table.c.kind, table.c.name, table.c.hash)
        .where(
            table.c.hash.in_(select(used.c.instrument).distinct())
            | table.c.hash.in_(select(used.c.protocol).distinct())
        )
        .order_by(table.c.kind, table.c.name, table.c.hash)
    )
    return tuple(StoredMaterial(row.kind, row.name, row.hash) for row in rows)


def _n_situations(connection: Connection) -> int:
    found = connection.execute(select(func.count(schema.administration.c.situation.distinct()))).scalar_one()
    return int(found)


def _usages(connection: Connection) -> tuple[Usage, ...]:
    who, asked, tried = schema.respondent, schema.administration, schema.attempt
    was_sent = tried.c.started_at != RECORDED
    query = (
        select(
            who.c.id,
            func.count(tried.c.administration.distinct()).label("n_administrations"),
            func.count().label("n_attempts"),
            func.count(tried.c.error).label("n_failed"),
            func.sum(tried.c.input_tokens).label("input_tokens"),
            func.sum(tried.c.output_tokens).label("output_tokens"),
            func.min(tried.c.started_at).filter(was_sent).label("first_at"),
            func.max(tried.c.started_at).filter(was_sent).label("last_at"),
        )
        .join(asked, asked.c.respondent == who.c.id)
        .join(tried, tried.c.administration == asked.c.id)
        .group_by(who.c.id)
    )
    counted = {row.id: row for row in connection.execute(query)}
    versions = _model_versions(connection)
    people = connection.execute(select(who).order_by(who.c.name, who.c.id))
    return tuple(
        Usage(
            respondent=person.name,
            kind=person.kind,
            settings=settings_json(person.settings),
            n_administrations=row.n_administrations,
            n_attempts=row.n_attempts,
            n_failed=row.n_failed,
            input_tokens=None if row.input_tokens is None else int(row.input_tokens),
            output_tokens=None if row.output_tokens is None else int(row.output_tokens),
            model_versions=tuple(sorted(versions.get(person.id, ()))),
            first_at=row.first_at,
            last_at=row.last_at,
        )
        for person in people
        if (row := counted.get(person.id)) is not None
    )


def _model_versions(connection: Connection) -> dict[str, list[str]]:
    asked, tried = schema.administration, schema.attempt
    rows = connection.execute(
        select(asked.c.respondent, tried.c.model_version)
        .join(tried, tried.c.administration == asked.c.id)
        .where(tried.c.model_version.is_not(None))
        .distinct()
    )
    found: dict[str, list[str]] = {}
    for respondent, version in rows:
        found.setdefault(respondent, []).append(version)
    return found
