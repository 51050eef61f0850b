"""Stores as the doctor finds them, on SQLite and PostgreSQL; nothing is changed by looking."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, people, schema
from emotionbench.store.people import Arrival, Person
from emotionbench.web.doctor_store import store_checkups, travels_openly, without_secrets
from emotionbench.web.doctor_words import Checkup, State
from emotionbench.web.opening import open_survey
from emotionbench.web.retention import DAY
from people_helpers import NOW, person
from survey_studies import english, human

PASSWORD = "hushhush"


def study_of(**changes: object) -> HumanStudy:
    return human(english(**changes))


def come(store: Store, study: HumanStudy, label: str, days_ago: float) -> Person:
    one = person(label, study=study.hash)
    found = people.begin(store, one, Arrival(), started_at="2027-01-01T00:00:00+00:00", now=NOW - days_ago * DAY)
    assert found is not None
    return found


def found_in(store: Store, study: HumanStudy | None = None) -> dict[str, Checkup]:
    where = store.url.render_as_string(hide_password=False) if store.url.host else store.name
    return {one.about: one for one in store_checkups(where, study, NOW)}


def test_a_store_in_order_is_said_to_be(any_store: Store) -> None:
    study = study_of()
    open_survey(any_store, study)
    with any_store.writing() as connection:
        connection.execute(
            insert(schema.researcher),
            [{"name": name, "password": "x", "n_failed": 0, "failed_at": 0.0} for name in ("anna", "")],
        )
    come(any_store, study, "one", 10)
    found = found_in(any_store, study)
    for about in ("store", "database", "researchers", "people", "retention"):
        assert found[about].state is State.OK, found[about]
    assert found["researchers"].says == "1 can log in"
    assert found["people"].says.startswith("1 have consented")
    assert "2028-01-05" in found["retention"].says


def test_nobody_who_can_log_in_is_a_problem(any_store: Store) -> None:
    with any_store.writing() as connection:
        # the row that counts failures of unknown names is nobody
        connection.execute(insert(schema.researcher).values(name="", password="", n_failed=3, failed_at=0.0))
    assert found_in(any_store)["researchers"].state is State.PROBLEM


def test_people_of_another_version_are_told(any_store: Store) -> None:
    study, other, stranger = study_of(), study_of(seed=8), study_of(name="another study")
    for one in (study, other, stranger):
        open_survey(any_store, one)
    come(any_store, study, "one", 1)
    assert found_in(any_store, study)["people"].state is State.OK
    come(any_store, stranger, "stranger", 1)
    assert found_in(any_store, study)["people"].state is State.OK
    come(any_store, other, "two", 1)
    come(any_store, other, "three", 1)
    found = found_in(any_store, study)["people"]
    assert found.state is State.WARNING
    assert "1 have consented to this version of the study, and 2 to another" in found.says


def test_a_promise_of_deletion_that_is_not_kept_is_a_problem_until_it_is(any_store: Store) -> None:
    study, other = study_of(collection={"retention_days": 30}), study_of(seed=8)
    for one in (study, other):
        open_survey(any_store, one)
    come(any_store, study, "new", 29)
    come(any_store, study, "late by less than a day", 30.5)
    assert found_in(any_store, study)["retention"].state is State.OK
    come(any_store, study, "late", 31.5)
    come(any_store, other, "late elsewhere", 40)
    found = found_in(any_store, study)["retention"]
    assert found.state is State.PROBLEM
    assert found.says.startswith("2 people")
    for one in (study, other):
        people.expire(any_store, one.hash, before=NOW - 30 * DAY, then="anonymise")
    assert found_in(any_store, study)["retention"].state is State.OK


def test_invitations_that_are_left_are_counted(any_store: Store) -> None:
    study = study_of(collection={"links": "single-use"})
    open_survey(any_store, study)
    assert found_in(any_store, study)["invitations"].state is State.PROBLEM
    people.invite(any_store, study.hash, ["a" * 64, "b" * 64])
    assert found_in(any_store, study)["invitations"].says == "2 links are left"


def test_looking_makes_no_store(tmp_path: Path) -> None:
    (found,) = store_checkups(str(tmp_path / "no.db"), None, NOW)
    assert found.state is State.PROBLEM
    assert "survey serve" in str(found.fix)
    assert not (tmp_path / "no.db").exists()


def test_looking_brings_nothing_up_to_date(any_store: Store) -> None:
    for version, says in (("0002", "and this emotionbench"), ("9999", "newer emotionbench")):
        with any_store.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        found = found_in(any_store, study_of())
        assert found["store"].state is State.PROBLEM
        assert says in found["store"].says
        assert "people" not in found
        with any_store.reading() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == version


def test_an_empty_database_and_one_of_something_else_are_problems(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert next(iter(store_checkups(str(tmp_path / "empty.db"), None, NOW))).says.endswith("is empty")
    (tmp_path / "text.db").write_text("no database at all, but a text of some length " * 30)
    (found,) = store_checkups(str(tmp_path / "text.db"), None, NOW)
    assert "not an emotionbench store" in found.says


def test_a_postgresql_that_is_down_is_a_problem_without_its_password() -> None:
    url = f"postgresql://survey:{PASSWORD}@127.0.0.1:9/survey?password={PASSWORD}"
    (found,) = store_checkups(url, None, NOW)
    assert found.state is State.PROBLEM
    assert "127.0.0.1:9" in found.says
    assert PASSWORD not in str(found)


def test_a_postgresql_that_is_silent_is_not_waited_for_for_long() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        (found,) = store_checkups(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x", None, NOW)
    assert found.state is State.PROBLEM
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("folder/a.db", "folder/a.db"),
        (f"postgresql://me:{PASSWORD}@host/db", "postgresql://me:***@host/db"),
        (f"postgresql://host/db?user=me&password={PASSWORD}", "postgresql://host/db"),
        (f"nonsense://{PASSWORD}:x:y", "the URL given"),
    ],
)
def test_names_of_stores_show_no_password(where: str, shown: str) -> None:
    assert without_secrets(where) == shown


@pytest.mark.parametrize("url", [f"nonsense://{PASSWORD}:x:y", f"mysql://me:{PASSWORD}@host/db"])
def test_what_is_no_store_is_a_problem(url: str) -> None:
    (found,) = store_checkups(url, None, NOW)
    assert found.state is State.PROBLEM
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("client", "is_encrypted", "is_open"),
    [
        (None, False, False),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("192.0.2.7", True, False),
        ("192.0.2.7", False, True),
    ],
)
def test_answers_between_machines_must_be_encrypted(client: str | None, is_encrypted: bool, is_open: bool) -> None:
    assert travels_openly(client, is_encrypted=is_encrypted) is is_open
