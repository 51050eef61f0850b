"""The columns of ``store.columns``, of one respondent or of some administrations only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, select

from emotionbench.store import schema
from emotionbench.store.columns import ADMINISTRATIONS, ATTEMPTS, frames

IDS_AT_ONCE = 500
_ADMINISTRATION, _ATTEMPT = schema.administration.c, schema.attempt.c


def of_respondent(connection: Connection, respondent: str) -> tuple[pl.DataFrame, Iterator[pl.DataFrame]]:
    """Every administration of a respondent (by id), and its attempts, in frames; in no particular order."""
    own = _ADMINISTRATION.respondent == respondent
    attempts = ATTEMPTS.join(schema.administration, _ADMINISTRATION.id == _ATTEMPT.administration).where(own)
    return _administrations(connection, own), frames(connection, attempts, {"number": pl.Int64, "part": pl.Int64})


def of_administrations(connection: Connection, ids: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """These administrations and their attempts, in no particular order; those that are not there are left out."""
    administrations, attempts = [no_administrations()], list[pl.DataFrame]()
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        administrations.append(_administrations(connection, _ADMINISTRATION.id.in_(some)))
        query = ATTEMPTS.where(_ATTEMPT.administration.in_(some))
        attempts += frames(connection, query, {"number": pl.Int64, "part": pl.Int64})
    return pl.concat(administrations), pl.concat([no_attempts(), *attempts])


def n_attempts(connection: Connection, respondent: str) -> int:
    """How many attempts there are of a respondent (by id)."""
    query = select(func.count()).join_from(schema.attempt, schema.administration)
    return connection.execute(query.where(_ADMINISTRATION.respondent == respondent)).scalar_one()


def no_attempts() -> pl.DataFrame:
    """The columns of attempts, without a row."""
    numbers = {"number": pl.Int64, "part": pl.Int64}
    return pl.DataFrame(schema={name: numbers.get(name, pl.String) for name in ATTEMPTS.selected_columns.keys()})  # noqa: SIM118


def no_administrations() -> pl.DataFrame:
    """The columns of administrations, without a row."""
    names = ADMINISTRATIONS.selected_columns.keys()
    numbers = {"repeat": pl.Int64, "n_messages": pl.Int64}
    return pl.DataFrame(schema={name: numbers.get(name, pl.String) for name in names})


def _administrations(connection: Connection, which: ColumnElement[bool]) -> pl.DataFrame:
    found = frames(connection, ADMINISTRATIONS.where(which), {"repeat": pl.Int64, "n_messages": pl.Int64})
    return pl.concat([no_administrations(), *found], rechunk=True)
