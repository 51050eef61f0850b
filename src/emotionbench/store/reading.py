"""Facts out: typed rows, streamed where there can be many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from emotionbench.documents import Document
from emotionbench.errors import StoreError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Attempt, Condition, Design, Respondent, RespondentKind
from emotionbench.store import schema
from emotionbench.store.among import among, keys
from emotionbench.store.database import Store
from emotionbench.store.writing import ATTEMPT_FIELDS, MATERIAL_KINDS, settings_json

ROWS_AT_ONCE = 2000
_MODELS: dict[str, type[Document]] = {kind: model for model, kind in MATERIAL_KINDS.items()}
SHORTEST_PREFIX = 4


@dataclass(frozen=True)
class StoredMaterials:
    """Every material of a store, by content hash."""

    instruments: dict[str, Instrument]
    protocols: dict[str, Protocol]
    situations: dict[str, Situation]
    forms: dict[str, Form]
    pages: dict[str, Pages]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an administration has come: attempts made, and the replies to each of its messages, in order."""

    n_attempts: int
    replies: dict[int, tuple[str, ...]]


NOT_TRIED = Progress(0, {})


def materials(store: Store) -> StoredMaterials:
    """Read all materials."""
    found: dict[str, dict[str, Any]] = {kind: {} for kind in _MODELS}
    with store.reading() as connection:
        for row in connection.execute(select(schema.material)):
            found[row.kind][row.hash] = _MODELS[row.kind].model_validate_json(row.content)
    return StoredMaterials(*(found[kind] for kind in ("instrument", "protocol", "situation", "form", "pages")))


def respondents(store: Store) -> dict[str, Respondent]:
    """Every respondent by id, in order of name."""
    with store.reading() as connection:
        rows = connection.execute(select(schema.respondent).order_by(schema.respondent.c.name, schema.respondent.c.id))
        return {
            row.id: Respondent(row.id, RespondentKind(row.kind), row.name, settings_json(row.settings)) for row in rows
        }


def progress(store: Store, administrations: Sequence[str]) -> dict[str, Progress]:
    """What has been tried of these administrations; those without any attempt are left out."""
    found: dict[str, Progress] = {}
    with store.reading() as connection:
        rows = connection.execute(_progress_query(connection.dialect.name), keys(connection, administrations))
        for identifier, number, part, reply in rows:
            replies = found.get(identifier, NOT_TRIED).replies
            if reply is not None:
                replies = {**replies, part: (*replies.get(part, ()), reply)}
            found[identifier] = Progress(number, replies)
    return found


@cache
def _progress_query(dialect: str) -> Select[Any]:
    table = schema.attempt
    return (
        select(table.c.administration, table.c.number, table.c.part, table.c.reply)
        .where(among(dialect, table.c.administration))
        .order_by(table.c.administration, table.c.number)
    )


def administrations(store: Store) -> Iterator[Administration]:
    """Every administration, in order of id."""
    with store.reading() as connection:
        rows = _streamed(connection, select(schema.administration).order_by(schema.administration.c.id))
        yield from map(administration_of, rows)


def administration_of(row: Any) -> Administration:
    """A row of the administration table as a record; a ValueError where a column holds what it cannot."""
    return Administration(
        id=row.id,
        respondent=row.respondent,
        instrument=row.instrument,
        protocol=row.protocol,
        design=Design(row.design),
        condition=Condition(row.condition),
        situation=row.situation,
        repeat=row.repeat,
        seed=row.seed,
        session=row.session,
        order=tuple(map(int, row.item_order.split())),
        form=row.form,
        n_messages=row.n_messages,
    )


def find(store: Store, prefix: str) -> Administration:
    """The one administration whose id begins with ``prefix``; a StoreError if there is none or several."""
    table = schema.administration
    if len(prefix) < SHORTEST_PREFIX:
        raise StoreError(f"id {prefix!r} is too short", fix=f"give at least {SHORTEST_PREFIX} characters of it")
    with store.reading() as connection:
        query = select(table).where(table.c.id.startswith(prefix.lower(), autoescape=True)).limit(2)
        rows = connection.execute(query).all()
    if not rows:
        raise StoreError(
            f"no administration {prefix!r}", where=store.name, fix="list them: emotionbench export all.csv"
        )
    if len(rows) > 1:
        raise StoreError(f"several administrations begin with {prefix!r}", where=store.name, fix="give more of the id")
    return administration_of(rows[0])


def attempts(store: Store, administration: str) -> tuple[Attempt, ...]:
    """The attempts of one administration, in order."""
    table = schema.attempt
    with store.reading() as connection:
        rows = connection.execute(
            select(table).where(table.c.administration == administration).order_by(table.c.number)
        ).all()
    return tuple(Attempt(**{name: getattr(row, name) for name in ATTEMPT_FIELDS}) for row in rows)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the administrations of one respondent, instrument and condition stand."""

    respondent: str
    instrument: str
    condition: str
    n_planned: int
    n_answered: int
    n_failed: int


def accounts(store: Store) -> list[Account]:
    """Planned, answered and failed administrations per respondent, instrument and condition."""
    administration, attempt = schema.administration, schema.attempt
    outcome = (
        select(
            attempt.c.administration,
            func.count(attempt.c.part.distinct()).filter(attempt.c.response.is_not(None)).label("n_parts"),
        )
        .group_by(attempt.c.administration)
        .subquery()
    )
    answered = func.count().filter(outcome.c.n_parts == administration.c.n_messages)
    failed = func.count().filter(outcome.c.n_parts < administration.c.n_messages)
    query = (
        select(
            schema.respondent.c.name,
            schema.material.c.name,
            administration.c.condition,
            func.count(),
            answered,
            failed,
        )
        .join(schema.respondent, schema.respondent.c.id == administration.c.respondent)
        .join(schema.material, schema.material.c.hash == administration.c.instrument)
        .outerjoin(outcome, outcome.c.administration == administration.c.id)
        .group_by(schema.respondent.c.name, schema.material.c.name, administration.c.condition)
        .order_by(schema.respondent.c.name, schema.material.c.name, administration.c.condition)
    )
    with store.reading() as connection:
        return [Account(*row) for row in connection.execute(query)]


def cut_off(store: Store) -> list[str]:
    """The administrations with a reply that ended at the limit of tokens; an index holds them, and no others."""
    query = select(schema.attempt.c.administration).where(schema.IS_CUT_OFF).distinct()
    with store.reading() as connection:
        return list(connection.execute(query).scalars())


def n_workers(store: Store) -> int:
    """Processes that are registered as asking."""
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(schema.worker)).scalar_one()


def broken_attempts(store: Store) -> list[tuple[str, str]]:
    """Attempts that cannot be: numbers that are not counted from 1, or both or neither of response and error."""
    table = schema.attempt
    both_or_neither = table.c.response.is_(None) == table.c.error.is_(None)
    query = select(
        table.c.administration,
        func.count(),
        func.min(table.c.number),
        func.max(table.c.number),
        func.count().filter(both_or_neither),
    ).group_by(table.c.administration)
    found = []
    with store.reading() as connection:
        for identifier, n, lowest, highest, n_both in connection.execute(query):
            if n_both:
                found.append((identifier, "has both or neither of response and error"))
            if (lowest, highest) != (1, n):
                found.append((identifier, f"has attempts numbered {lowest} to {highest}, but {n} of them"))
    return found


def rows(store: Store, table_name: str) -> Iterator[dict[str, Any]]:
    """Every row of one table as a dictionary."""
    with store.reading() as connection:
        for row in _streamed(connection, select(schema.metadata.tables[table_name])):
            yield dict(row._mapping)


def _streamed(connection: Connection, query: Any) -> Iterable[Row[Any]]:
    return connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
