"""Facts in: every function adds what is not there yet and changes nothing that is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import sqlite

from emotionbench.documents import Document, canonical_json, content_hash
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Attempt, Respondent
from emotionbench.store import schema
from emotionbench.store.database import Store

MATERIAL_KINDS: dict[type[Document], str] = {
    Instrument: "instrument",
    Situation: "situation",
    Protocol: "protocol",
    Pages: "pages",
    Form: "form",
}
ROWS_OF_A_STATEMENT = 200
ATTEMPT_FIELDS = tuple(field.name for field in fields(Attempt))


def add_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows, each with every column of the table; a row whose key is there already is left as it is.

    Returns how many were not there.
    """
    _, columns = _insert_new(connection.dialect, table)
    return _insert(connection, table, list(map(itemgetter(*columns), rows)) if columns else rows)


def _insert(connection: Connection, table: Table, rows: Sequence[Any]) -> int:
    """Insert rows as the driver takes them: by position where it has positions, else by name.

    The statement is compiled once and handed to the driver: building it anew for each of the engine's many small
    commits took half of their time. SQLite takes many rows as one statement, and leaves the interpreter to other
    threads until it is done; with a statement a row, each row has to wait for its turn among them.
    """
    if not rows:
        return 0
    statement, columns = _insert_new(connection.dialect, table)
    if columns:
        groups = (rows[start : start + ROWS_OF_A_STATEMENT] for start in range(0, len(rows), ROWS_OF_A_STATEMENT))
        return sum(
            connection.exec_driver_sql(_of_rows(statement, len(group)), tuple(chain.from_iterable(group))).rowcount
            for group in groups
        )
    # one row alone is not sent as many, which psycopg does with messages of its own
    return connection.exec_driver_sql(statement, list(rows) if len(rows) > 1 else rows[0]).rowcount


@lru_cache(maxsize=ROWS_OF_A_STATEMENT)
def _of_rows(statement: str, n: int) -> str:
    """The statement for one row made one for ``n``."""
    before, values, after = statement.partition(" VALUES ")
    row = after[: after.index(")") + 1]
    return f"{before}{values}{', '.join([row] * n)}{after[len(row) :]}"


@cache
def _insert_new(dialect: Dialect, table: Table) -> tuple[str, tuple[str, ...]]:
    """The statement in the driver's own words, and the order of its columns where it takes them by position."""
    insert: Any = sqlite.insert
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  (takes 0.05 s to import)

        insert = postgresql.insert
    compiled = insert(table).on_conflict_do_nothing().compile(dialect=dialect)
    return str(compiled), tuple(compiled.positiontup or ())


def save_materials(store: Store, materials: Iterable[Document]) -> None:
    """Keep the full text of instruments, situations, protocols, pages and forms under their content hash."""
    rows = [
        {
            "hash": content_hash(material),
            "kind": MATERIAL_KINDS[type(material)],
            "name": getattr(material, "id"),  # noqa: B009  (every kind above has one)
            "content": material.model_dump_json(),
        }
        for material in materials
    ]
    with store.writing() as connection:
        add_new(connection, schema.material, rows)


def save_respondents(store: Store, respondents: Iterable[Respondent]) -> None:
    """Keep who is asked."""
    rows = [
        {"id": r.id, "kind": r.kind.value, "name": r.name, "settings": canonical_json(r.settings)} for r in respondents
    ]
    with store.writing() as connection:
        add_new(connection, schema.respondent, rows)


def save_study(store: Store, row: dict[str, Any]) -> None:
    """Keep the spec of a study, and how many administrations it plans."""
    with store.writing() as connection:
        add_new(connection, schema.study, [row])


def save_administrations(store: Store, administrations: Iterable[Administration]) -> None:
    """Keep planned or recorded administrations."""
    rows = [administration_row(administration) for administration in administrations]
    with store.writing() as connection:
        add_new(connection, schema.administration, rows)


def administration_row(administration: Administration) -> dict[str, Any]:
    """An administration as its table holds it."""
    return {
        "id": administration.id,
        "respondent": administration.respondent,
        "instrument": administration.instrument,
        "protocol": administration.protocol,
        "design": administration.design.value,
        "condition": administration.condition.value,
        "situation": administration.situation,
        "repeat": administration.repeat,
        "seed": administration.seed,
        "session": administration.session,
        "item_order": " ".join(map(str, administration.order)),
        "form": administration.form,
        "n_messages": administration.n_messages,
    }


def append_attempts(store: Store, attempts: Sequence[Attempt]) -> None:
    """Append attempts, in one commit.

    An attempt whose number is there already is left as it is: a second delivery does no harm.
    """
    if not attempts:
        return
    with store.writing() as connection:
        _, columns = _insert_new(connection.dialect, schema.attempt)
        if columns:
            rows: list[Any] = list(map(attrgetter(*columns), attempts))
        else:
            rows = [{name: getattr(attempt, name) for name in ATTEMPT_FIELDS} for attempt in attempts]
        _insert(connection, schema.attempt, rows)


def settings_json(text: str) -> dict[str, Any]:
    """The settings of a respondent as they were given."""
    settings: dict[str, Any] = json.loads(text)
    return settings
