"""Facts out as columns: what the read side needs of many administrations and attempts, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import Connection, Select, select

from emotionbench.records import Condition
from emotionbench.store import schema
from emotionbench.store.database import Store

ROWS_IN_A_FRAME = 100_000
ROWS_AT_ONCE = 1_000

_ADMINISTRATION = schema.administration.c
_ATTEMPT = schema.attempt.c
ADMINISTRATIONS = select(
    _ADMINISTRATION.id.label("administration"),
    _ADMINISTRATION.respondent.label("respondent_id"),
    _ADMINISTRATION.instrument.label("instrument_hash"),
    _ADMINISTRATION.protocol.label("protocol_hash"),
    _ADMINISTRATION.situation.label("situation_hash"),
    _ADMINISTRATION.design,
    _ADMINISTRATION.condition,
    _ADMINISTRATION.repeat,
    _ADMINISTRATION.session,
    _ADMINISTRATION.item_order.label("order"),
    _ADMINISTRATION.form.label("form_hash"),
    _ADMINISTRATION.n_messages,
)
"""What is read of every administration: a query for all, to be narrowed by ``where``."""
ATTEMPTS = select(
    _ATTEMPT.administration, _ATTEMPT.number, _ATTEMPT.part, _ATTEMPT.reply, _ATTEMPT.error_kind, _ATTEMPT.logprobs
)
"""What is read of every attempt, likewise."""


@contextmanager
def snapshot(store: Store) -> Iterator[Connection]:
    """A connection whose queries all see the same state of the store, also while others write."""
    with store.reading() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def administrations(connection: Connection) -> Iterator[pl.DataFrame]:
    """Every administration, in no particular order: ids and hashes as they are stored, ``order`` as text."""
    return frames(connection, ADMINISTRATIONS, {"repeat": pl.Int64, "n_messages": pl.Int64})


def attempts(connection: Connection) -> Iterator[pl.DataFrame]:
    """Every attempt, in no particular order: administration, number, part, reply or error_kind, logprobs.

    Read apart from the administrations: both tables are then read from end to end, where a join in the database looks
    up every administration by an id that is spread over the whole table, which took three times as long.
    """
    return frames(connection, ATTEMPTS, {"number": pl.Int64, "part": pl.Int64})


def probe_replies(connection: Connection) -> pl.DataFrame:
    """Every reply of a probe: administration, situation_hash, number, part, reply; in order of these."""
    query = (
        select(
            _ADMINISTRATION.id.label("administration"),
            _ADMINISTRATION.situation.label("situation_hash"),
            _ATTEMPT.number,
            _ATTEMPT.part,
            _ATTEMPT.reply,
        )
        .join_from(schema.administration, schema.attempt, _ATTEMPT.administration == _ADMINISTRATION.id)
        .where(_ADMINISTRATION.condition == Condition.PROBE.value, _ATTEMPT.reply.is_not(None))
    )
    numbers = {"number": pl.Int64, "part": pl.Int64}
    empty = pl.DataFrame(schema={name: numbers.get(name, pl.String) for name in query.selected_columns.keys()})  # noqa: SIM118
    return pl.concat([empty, *frames(connection, query, numbers)]).sort("administration", "number")


def frames(connection: Connection, query: Select[Any], numbers: dict[str, Any]) -> Iterator[pl.DataFrame]:
    """The rows of a query in frames of at most ``ROWS_IN_A_FRAME``; every column is text but ``numbers``."""
    kinds = {name: numbers.get(name, pl.String) for name in query.selected_columns.keys()}  # noqa: SIM118
    pieces: list[pl.DataFrame] = []
    n_rows = 0
    for rows in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query).partitions():
        pieces.append(
            pl.DataFrame(
                [
                    pl.Series(name, values, kind)
                    for (name, kind), values in zip(kinds.items(), zip(*rows, strict=True), strict=True)
                ]
            )
        )
        n_rows += len(rows)
        if n_rows >= ROWS_IN_A_FRAME:
            yield pl.concat(pieces, rechunk=True)
            pieces, n_rows = [], 0
    if pieces:
        yield pl.concat(pieces, rechunk=True)
