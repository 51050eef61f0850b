"""Opening stores: new, old, newer, foreign, unwritable, on a full disk; on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from emotionbench.errors import StoreError
from emotionbench.store import Store, migrate
from emotionbench.store.schema import HEAD, metadata


class Migrated(Store):
    """A store whose tables are made step by step, by every migration from the first on."""

    def _bring_up_to_date(self, writable: bool) -> None:
        migrate.upgrade(self.engine)


def made_step_by_step(like: Store, folder: Path) -> Store:
    """A store of the same kind of database; on a server, in the place of the other one."""
    if like.engine.dialect.name == "sqlite":
        return Migrated(folder / "migrated.db")
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        with like.writing() as connection:
            connection.execute(text(statement))
    return Migrated(like.url.render_as_string(hide_password=False))


def tables_of(store: Store) -> dict[str, dict[str, Any]]:
    """All that the database tells of every table, but for the names of foreign keys (SQLite keeps not all of them)."""
    with store.reading() as connection:
        seen = inspect(connection)
        return {
            name: {
                "columns": [{**column, "type": str(column["type"])} for column in seen.get_columns(name)],
                "primary key": seen.get_pk_constraint(name),
                "foreign keys": _ordered({**key, "name": None} for key in seen.get_foreign_keys(name)),
                "unique": _ordered(seen.get_unique_constraints(name)),
                "checks": _ordered(seen.get_check_constraints(name)),
                "indexes": _ordered(_in_words(index) for index in seen.get_indexes(name)),
                "comment": seen.get_table_comment(name) if seen.dialect.supports_comments else None,
            }
            for name in sorted(seen.get_table_names())
        }


def version_of(store: Store) -> str:
    with store.reading() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _in_words(index: Any) -> dict[str, Any]:
    """An index with its conditions as text, which can be compared."""
    return {**index, "dialect_options": {name: str(value) for name, value in index["dialect_options"].items()}}


def _ordered(found: Iterable[Any]) -> list[Any]:
    return sorted(map(dict, found), key=str)


@pytest.mark.xdist_group("postgres")
def test_a_new_store_has_the_tables_that_all_migrations_make(any_store: Store, tmp_path: Path) -> None:
    at_once, version = tables_of(any_store), version_of(any_store)
    with made_step_by_step(any_store, tmp_path) as store:
        assert tables_of(store) == at_once
        assert version_of(store) == version == HEAD


@pytest.mark.xdist_group("postgres")
def test_migrations_make_the_tables_of_the_schema(any_store: Store, tmp_path: Path) -> None:
    with made_step_by_step(any_store, tmp_path) as store, store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_two_processes_that_make_a_store_make_one(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        store._make_tables()  # what the slower one does, once it may write
        assert version_of(store) == HEAD


@pytest.mark.xdist_group("postgres")
def test_postgres_keeps_the_comments(postgres: str) -> None:
    with Store(postgres) as store, store.reading() as connection:
        columns = {column["name"]: column["comment"] for column in inspect(connection).get_columns("attempt")}
    assert columns["reply"] == metadata.tables["attempt"].c.reply.comment


def test_head_is_the_newest_migration() -> None:
    assert migrate.newest_version() == HEAD


def test_every_column_says_what_it_holds() -> None:
    lacking = [str(column) for table in metadata.sorted_tables for column in table.columns if not column.comment]
    assert lacking == []


def test_commits_are_on_the_disk_before_they_count(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match=r"newer version of emotionbench \(schema 9999.*upgrade"):
        Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    connection.close()


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(StoreError, match="holds other tables"):
        Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("mine",)]
    connection.close()


def test_a_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("not a database, but long enough to be mistaken for one\n" * 100)
    with pytest.raises(StoreError, match="is not an emotionbench store"):
        Store(path)


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store there; make one with: emotionbench run"):
        Store(tmp_path / "none.db", writable=False)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/store.db: cannot be opened; check that its folder exists"):
        Store(tmp_path / "nowhere" / "store.db")


READ_ONLY = """
import os, sys
from emotionbench.errors import StoreError
from emotionbench.store import Store, migrate
Store(":memory:").close()  # everything is imported before permissions bind
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    Store(sys.argv[1] + "/store.db")
except StoreError as problem:
    print("refused:", problem)
"""


def test_a_read_only_folder_is_one_clear_line() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        found = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder], capture_output=True, text=True, check=False, cwd="/"
        )
    assert re.search(r"refused: .*store.db: cannot be (opened|written); check", found.stdout), found.stderr


def _fill(store: Store) -> None:
    row = "INSERT INTO material VALUES (?, 'instrument', 'x', ?)"
    with store.writing() as connection:
        for number in range(1000):
            connection.exec_driver_sql(row, (str(number), "x" * 4000))


def test_a_full_disk_is_one_clear_line_and_loses_nothing(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        with store.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(StoreError, match="the disk is full; free some space"):
            _fill(store)
        with store.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM material")).scalar() == 0


@pytest.mark.parametrize("url", ["foo://x", "://", "postgresql+nothing://x"])
def test_a_url_without_a_driver_says_what_to_install(url: str) -> None:
    with pytest.raises(StoreError, match=r"postgresql\+psycopg"):
        Store(url)


def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as problem:
        Store("postgresql://someone:sesame@127.0.0.1:1/nothing")
    assert "sesame" not in str(problem.value)
    assert "127.0.0.1" in str(problem.value)


def test_a_port_that_is_no_number_is_no_database_url() -> None:
    with pytest.raises(StoreError, match="not a database URL"):
        Store("postgresql://me@host:port/name")
