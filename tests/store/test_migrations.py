"""A store of the first schema, filled as the first release filled it, comes up to date with nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from emotionbench.analysis import analyse
from emotionbench.engine import run
from emotionbench.records import Administration
from emotionbench.store import Store, migrate, reading
from emotionbench.store.database import Store as Opened
from emotionbench.store.schema import HEAD
from emotionbench.study import Study
from emotionbench.verification import verify

FIRST = "0001"
TABLES = ("material", "respondent", "study", "administration", "attempt", "worker", "claim")
N = 20 + 4
"""Administrations of the study below."""


class FirstStore(Opened):
    """A store that is left at the first schema."""

    def _bring_up_to_date(self, writable: bool) -> None:
        config = migrate._config()
        with self.engine.connect().execution_options(writes=writable) as connection, connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, FIRST)


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store can be made, on each database; nothing is there yet."""
    if request.param == "sqlite":
        yield str(tmp_path / "old.db")
        return
    url = str(request.getfixturevalue("postgres"))
    clean = Store(url)
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        with clean.writing() as connection:
            connection.execute(text(statement))
    clean.close()
    try:
        yield url
    finally:
        with Store(url) as store, store.writing() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))


def study(**changes: Any) -> Study:
    return Study(**{"respondents": "constant", "instruments": "MOOD-6", "situations": "tiny", **changes})


def everything(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row that a run makes today, by table."""
    run(study(), path)
    with Store(path) as store:
        return {table: list(reading.rows(store, table)) for table in TABLES}


def make_old(where: str, rows: dict[str, list[dict[str, Any]]], *, n_attempts: int) -> None:
    """A store of the first schema with these rows, of the attempts the first so many; then three that came of them."""
    old = FirstStore(where)
    with old.engine.connect() as connection:
        columns = {table: [c["name"] for c in inspect(connection).get_columns(table)] for table in TABLES}
    assert {"form", "n_messages", "part"}.isdisjoint({name for names in columns.values() for name in names})
    with old.writing() as connection:
        for table in TABLES:
            for row in rows[table][: n_attempts if table == "attempt" else None]:
                names = columns[table]
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"
                connection.execute(text(statement), {name: row[name] for name in names})
    old.close()


@pytest.fixture
def rows(small_home: Path, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    found = everything(tmp_path / "new.db")
    assert len(found["administration"]) == len(found["attempt"]) == N
    return found


@pytest.mark.xdist_group("postgres")
def test_nothing_is_lost(where: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    make_old(where, rows, n_attempts=N)
    with Store(where) as store:
        with store.reading() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD
        for table in TABLES:
            found = [json.dumps(row, sort_keys=True) for row in reading.rows(store, table)]
            assert sorted(found) == sorted(json.dumps(row, sort_keys=True) for row in rows[table]), table
        for administration in reading.administrations(store):
            assert isinstance(administration, Administration)
            assert (administration.form, administration.n_messages) == (None, 1)
            assert [attempt.part for attempt in reading.attempts(store, administration.id)] == [1]
        assert list(verify(store)) == []


@pytest.mark.xdist_group("postgres")
def test_foreign_keys_hold_in_what_was_added(where: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    make_old(where, rows, n_attempts=N)
    with Store(where) as store:
        with store.reading() as connection:
            keys = {
                key["constrained_columns"][0]: (key["referred_table"], key["referred_columns"])
                for key in inspect(connection).get_foreign_keys("administration")
            }
        assert keys["form"] == ("material", ["hash"])
        assert set(keys) == {"respondent", "instrument", "protocol", "situation", "form"}
        for statement in (
            "UPDATE administration SET form = 'no such material'",
            "UPDATE administration SET n_messages = NULL",
            "UPDATE attempt SET part = NULL",
            "DELETE FROM material",
        ):
            with pytest.raises(IntegrityError), store.engine.connect() as connection, connection.begin():
                connection.execute(text(statement))
        assert list(verify(store)) == []


@pytest.mark.xdist_group("postgres")
def test_it_goes_on_where_it_was_and_then_asks_in_forms(where: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    make_old(where, rows, n_attempts=9)
    with Store(where) as store:
        tally = run(study(), store)
        assert (tally.n_planned, tally.n_earlier, tally.n_answered, tally.n_attempts) == (N, 9, N - 9, N - 9)
        again = run(study(), store)
        assert (again.n_earlier, again.n_attempts) == (N, 0)
        ways = {"items_per_message": [2], "option_order": ["descending"], "conversation": ["fresh"]}
        in_forms = run(study(ways=ways, protocol="plain"), store)
        assert (in_forms.n_planned, in_forms.n_answered, in_forms.n_attempts) == (N, N, 3 * N)
        assert list(verify(store)) == []
        found = analyse(store).administrations
        assert set(found["outcome"]) == {"answered"}
        assert found["form"].null_count() == N
        assert found.height == 2 * N


def test_a_store_opened_for_reading_alone_comes_up_to_date_too(
    rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    make_old(str(tmp_path / "old.db"), rows, n_attempts=N)
    found = analyse(tmp_path / "old.db").administrations
    assert (found.height, set(found["outcome"])) == (N, {"answered"})
