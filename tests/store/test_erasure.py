"""Of people who are deleted not a byte stays where it can be reached: SQLite's file and log, PostgreSQL's tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, insert, text

from emotionbench.store import Store, erasure, people, schema
from emotionbench.store.people import Arrival, Person
from people_helpers import (
    CELLS,
    LIMITS,
    NOW,
    STARTED,
    STUDY,
    allocated,
    digits,
    go_through,
    person,
    prepare,
    sent,
    sheet,
)

PANEL = Arrival(person="p" * 64, visit="v" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Store(tmp_path / "store.db") as store:
        prepare(store)
    return tmp_path / "store.db"


def bytes_of(path: Path) -> bytes:
    """Everything that SQLite keeps."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(path.name + "*")))


def traces_of(path: Path, one: Person, *words: str) -> list[str]:
    """What the files still say of a person."""
    found = bytes_of(path)
    return [word for word in (one.id, str(one.code), *words) if word.encode() in found]


def test_who_withdraws_leaves_no_byte(path: Path) -> None:
    words = ["my neighbour's dog", "the dog was old", "der Hund", "p" * 64, "v" * 64]
    with Store(path) as store:
        people.begin(store, person("one"), PANEL, started_at=STARTED, now=NOW)
        go_through(store, "stays", "a bus came late")
        one = allocated(store, "one")
        people.save_draft(store, one.id, "situation", {"reflection": words[0]})
        people.save_draft(store, one.id, "situation", {"reflection": f"{words[1]} {'x' * 6000}"})
        for page in (sheet(one, "before-1"), sheet(one, "after-1")):
            assert people.submit(store, one.id, page, now=NOW)
        people.save_draft(store, one.id, "end", {"words": words[2]})
        assert set(traces_of(path, one, one.session, *words)) == {one.id, one.code, one.session, *words}
        assert people.withdraw(store, one.id)
        assert traces_of(path, one, one.session, *words) == []
        assert b"a bus came late" in bytes_of(path)


@pytest.mark.parametrize("then", ["anonymise", "delete"])
def test_the_end_of_retention_leaves_no_byte(path: Path, then: str) -> None:
    with Store(path) as store:
        people.begin(store, person("one"), PANEL, started_at=STARTED, now=NOW)
        one = go_through(store, "one", "my neighbour's dog")
        assert people.expire(store, STUDY, before=NOW + 1, then=then) == 1  # type: ignore[arg-type]
        assert traces_of(path, one, "my neighbour's dog", "p" * 64, "v" * 64) == []
        assert (one.session.encode() in bytes_of(path)) == (then == "anonymise")


def come_and_leave(store: Store, seed: int, n: int = 3000) -> list[Person]:
    """Many come, and some leave, in no order, so that the pages of the file are rearranged; who left."""
    draw, gone = Random(seed), []
    here: list[Person] = []
    with erasure.writing(store) as connection:
        for number in range(n):
            if draw.random() < 0.3 and here:
                gone.append(here.pop(draw.randrange(len(here))))
                erasure.delete_people(connection, [gone[-1]])
            else:
                here.append(person(f"{seed} {number}"))
                row = {key: getattr(here[-1], key) for key in ("id", "study", "session", "language", "code")}
                connection.execute(insert(schema.participant).values(**row, started_at=STARTED, seen_at=NOW))
    return gone


def test_copies_in_unused_space_go_as_well(path: Path) -> None:
    """With this seed SQLite 3.40 leaves copies behind though it overwrites what is deleted."""
    with Store(path) as store:
        gone = come_and_leave(store, seed=0)
        assert erasure.scrub(store)
        found = bytes_of(path)
        assert [one for one in gone for word in (one.id, one.session, str(one.code)) if word.encode() in found] == []


def test_a_large_file_is_written_anew_at_the_end_of_a_retention(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def n_unused(store: Store) -> int:
        with store.reading() as connection:
            return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())

    def as_most_are_built(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA secure_delete=OFF")

    monkeypatch.setattr(erasure, "LARGEST_REWRITTEN", 0)
    with Store(path) as store:
        store.close()
        event.listen(store.engine, "connect", as_most_are_built)
        one = allocated(store, "one")
        people.submit(store, one.id, sent("situation", {"reflection": "dog " * 5000}), now=NOW)
        assert people.withdraw(store, one.id)
        assert traces_of(path, one, "dog") == []
        assert n_unused(store) > 0
        assert people.expire(store, STUDY, before=NOW, then="delete") == 0
        assert n_unused(store) == 0


def test_a_log_that_others_read_is_emptied_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "PATIENCE_MILLISECONDS", 50)
    with Store(path) as store:
        one, two = go_through(store, "one", "my neighbour's dog"), go_through(store, "two")
        reader = sqlite3.connect(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM participant").fetchone()
        assert people.withdraw(store, one.id)
        assert people.find(store, one.id, STUDY) is None
        assert traces_of(path, one, "my neighbour's dog") != []
        reader.close()
        assert people.withdraw(store, two.id)
        assert traces_of(path, one, "my neighbour's dog") == []


def test_one_who_writes_meanwhile_stops_no_withdrawal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "PATIENCE_MILLISECONDS", 50)
    with Store(path) as store:
        one = go_through(store, "one", "my neighbour's dog")
        with store.writing() as connection:
            connection.execute(text("UPDATE departure SET n = n"))
            assert not erasure.scrub(store)
        assert people.withdraw(store, one.id)
        assert traces_of(path, one, "my neighbour's dog") == []
        with store.reading() as connection:  # what scrubbing changed of the connection is as before
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60000


def test_a_store_that_is_gone_is_no_error(path: Path) -> None:
    with Store(path) as store:
        store.close()
        path.unlink()
        path.parent.joinpath("store.db").mkdir()
        assert not erasure.scrub(store)


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("any_store", ["postgres"], indirect=True)
def test_postgres_frees_the_rows_at_once(any_store: Store) -> None:
    prepare(any_store)
    one = go_through(any_store, "one", "my neighbour's dog")
    people.save_draft(any_store, one.id, "end", {"choice": "finish"})
    sizes = text(f"SELECT {', '.join(f'pg_relation_size({name!r})' for name in erasure.TABLES)}")
    with any_store.reading() as connection:
        assert any(connection.execute(sizes).one())
    assert people.withdraw(any_store, one.id)
    with any_store.reading() as connection:
        assert set(connection.execute(sizes).one()) == {0}
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"


@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("any_store", ["postgres"], indirect=True)
def test_postgres_does_not_wait_for_long(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "PATIENCE_MILLISECONDS", 100)
    with any_store.writing() as connection:
        connection.execute(text("LOCK TABLE draft IN SHARE UPDATE EXCLUSIVE MODE"))
        assert not erasure.scrub(any_store)
    assert erasure.scrub(any_store)


def test_everybody_given_a_situation_is_still_there(path: Path) -> None:
    """Writing the file anew loses nothing and nobody."""
    with Store(path) as store:
        stays = go_through(store, "stays", "a bus")
        before = people.find(store, stays.id, STUDY)
        for number in range(5):
            people.withdraw(store, go_through(store, number).id)
        assert people.find(store, stays.id, STUDY) == before
        other = people.allocate(store, digits("id nobody"), CELLS, LIMITS, seed=1, now=NOW)
        assert other is None
        with store.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
