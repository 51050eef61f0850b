"""``survey delete``: somebody tells the researcher their code, and nothing of them is left."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from emotionbench.cli.survey.delete import command
from emotionbench.errors import StoreError
from emotionbench.store import Store, people, schema
from people_helpers import STUDY, digits, let_in, prepare

CODE = digits("code one", 12).upper()


def asked(store: Store, *arguments: str, said: str = "") -> Result:
    where = store.url.render_as_string(hide_password=False) if store.url.host else store.name
    return CliRunner().invoke(command, [*arguments, "--store", where], input=said)


def ids(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.execute(select(schema.participant.c.id)).scalars())


@pytest.fixture
def store(any_store: Store) -> Store:
    prepare(any_store)
    let_in(any_store, "one")
    let_in(any_store, "two")
    return any_store


@pytest.mark.parametrize("typed", [CODE, CODE.lower(), f" {CODE[:4]}-{CODE[4:8]} {CODE[8:]} "])
def test_the_person_of_a_code_is_deleted_however_it_is_typed(store: Store, typed: str) -> None:
    found = asked(store, typed, "--yes")
    assert found.exit_code == 0, found.output
    assert ids(store) == {digits("id two")}
    with store.reading() as connection:
        rows = connection.execute(select(schema.departure)).all()
    assert [(row.study, row.reason, row.n) for row in rows] == [(STUDY, "withdrawn", 1)]


def test_it_asks_and_says_who(store: Store) -> None:
    found = asked(store, CODE, said="n\n")
    assert "Delete the person who began s on 2027-01-15 (not ended, 0 pages sent)?" in found.output
    assert "nothing was deleted" in found.output
    assert len(ids(store)) == 2
    assert asked(store, CODE, said="y\n").output.splitlines()[-1].startswith("deleted; also")
    assert len(ids(store)) == 1


def test_a_code_that_nobody_has_deletes_nobody(store: Store) -> None:
    people.expire(store, STUDY, before=float("inf"), then="anonymise")
    for code in (CODE, "NOBODYSONE", "", "%"):
        found = asked(store, code, "--yes")
        assert isinstance(found.exception, StoreError)
        assert "nobody has this code" in str(found.exception)
    assert len(ids(store)) == 2


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = CliRunner().invoke(command, [CODE, "--store", str(tmp_path / "no.db")])
    assert isinstance(found.exception, StoreError)
    assert not (tmp_path / "no.db").exists()
