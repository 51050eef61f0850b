"""Rows of people: locked in one order, added once, and their JSON."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from emotionbench.store import schema

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
