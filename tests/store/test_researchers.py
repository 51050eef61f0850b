"""Accounts of researchers: passwords are kept as argon2 hashes, and guessing gets slower for every name alike."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from emotionbench.errors import EmotionBenchError
from emotionbench.store import Store, researchers, schema

pytestmark = pytest.mark.xdist_group("postgres")
NAME, PASSWORD = "anna", "correct horse battery"
NOW = 1_800_000_000.0
LAST_FREE, FIRST_DELAYED = 3, 4


@pytest.fixture
def store(any_store: Store) -> Store:
    """A store with one account."""
    researchers.add(any_store, NAME, PASSWORD)
    return any_store


def kept(store: Store, name: str) -> str:
    with store.reading() as connection:
        query = select(schema.researcher.c.password).where(schema.researcher.c.name == name)
        return str(connection.execute(query).scalar_one())


def fail(store: Store, n: int, name: str = NAME, now: float = NOW) -> None:
    for _ in range(n):
        assert researchers.admit(store, name, now=now) == 0


def test_there_is_no_account_before_one_is_made(any_store: Store) -> None:
    assert researchers.names(any_store) == []
    assert researchers.log_in(any_store, "admin", "admin") is None
    assert researchers.log_in(any_store, "", "") is None


def test_only_the_right_password_opens(store: Store) -> None:
    assert researchers.names(store) == [NAME]
    assert kept(store, NAME).startswith("$argon2id$")
    assert PASSWORD not in kept(store, NAME)
    opened = researchers.log_in(store, NAME, PASSWORD)
    assert opened == researchers.fingerprint(store, NAME)
    assert opened is not None
    for wrong in (PASSWORD + " ", PASSWORD.upper(), "", "\x00", "\udc80" * 12):
        assert researchers.log_in(store, NAME, wrong) is None


def test_the_fingerprint_ends_with_the_password_and_the_account(store: Store) -> None:
    first = researchers.fingerprint(store, NAME)
    researchers.set_password(store, NAME, "another one entirely")
    second = researchers.fingerprint(store, NAME)
    assert first != second
    assert researchers.log_in(store, NAME, PASSWORD) is None
    assert researchers.log_in(store, NAME, "another one entirely") == second
    researchers.remove(store, NAME)
    assert researchers.fingerprint(store, NAME) is None
    assert researchers.log_in(store, NAME, "another one entirely") is None
    researchers.add(store, NAME, PASSWORD)
    assert researchers.fingerprint(store, NAME) not in (None, first, second)


def test_what_cannot_be_an_account_is_refused_with_a_reason(store: Store) -> None:
    for name in ("", " ", "x" * 65, "a\nb", "a\x00b", "\u202eanna"):
        with pytest.raises(EmotionBenchError, match="cannot be a name"):
            researchers.add(store, name, PASSWORD)
    with pytest.raises(EmotionBenchError, match="11 characters; choose one of at least 12"):
        researchers.add(store, "ben", "x" * 11)
    with pytest.raises(EmotionBenchError, match="too long"):
        researchers.add(store, "ben", "x" * 1001)
    with pytest.raises(EmotionBenchError, match="there is an account 'anna' already"):
        researchers.add(store, NAME, "another one entirely")
    assert researchers.log_in(store, NAME, PASSWORD)
    for change in (researchers.remove, lambda of, name: researchers.set_password(of, name, PASSWORD)):
        with pytest.raises(EmotionBenchError, match="no account 'ben'; there are: anna"):
            change(store, "ben")
    assert researchers.names(store) == [NAME]
    researchers.add(store, "x" * 64, "x" * 1000)
    assert researchers.log_in(store, "x" * 64, "x" * 1000)


def test_names_and_passwords_are_the_same_however_a_keyboard_writes_them(store: Store) -> None:
    researchers.add(store, "René", "pâsswörd and more")
    assert researchers.log_in(store, " Rene\u0301 ", "pa\u0302sswo\u0308rd and more")


def test_the_delay_grows_from_the_fourth_failure_on() -> None:
    assert [researchers.delay_after(n) for n in range(8)] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert [researchers.delay_after(n) for n in (12, 13, 14, 1000)] == [512, 900, 900, 900]


@pytest.mark.parametrize("name", [NAME, "nobody", "", "x" * 5000, "a\x00b", "\udc80", " 17"])
def test_who_fails_must_wait_whether_the_name_exists_or_not(store: Store, name: str) -> None:
    fail(store, FIRST_DELAYED, name)
    assert researchers.admit(store, name, now=NOW) == 2
    assert researchers.admit(store, name, now=NOW + 1.5) == 1
    fail(store, 1, name, now=NOW + 2)
    assert researchers.admit(store, name, now=NOW + 2) == 4
    assert researchers.admit(store, "somebody else", now=NOW) == 0


def test_a_refused_try_does_not_count(store: Store) -> None:
    fail(store, FIRST_DELAYED)
    for _ in range(50):
        assert researchers.admit(store, NAME, now=NOW) == 2
    fail(store, 1, now=NOW + 2)


def test_a_right_password_takes_the_count_back(store: Store) -> None:
    fail(store, FIRST_DELAYED)
    assert researchers.log_in(store, NAME, "wrong, all of it") is None
    assert researchers.admit(store, NAME, now=NOW) == 2
    assert researchers.log_in(store, NAME, PASSWORD)
    fail(store, FIRST_DELAYED)


def test_failures_are_forgotten_after_a_day(store: Store) -> None:
    for n in range(20):
        fail(store, 1, now=NOW + n * 1000)
    assert researchers.admit(store, NAME, now=NOW + 19_000) == 900
    fail(store, LAST_FREE, now=NOW + 19_000 + 86_401)


def test_a_clock_set_back_locks_nobody_out_for_long(store: Store) -> None:
    fail(store, FIRST_DELAYED, now=NOW + 1e7)
    assert researchers.admit(store, NAME, now=NOW) == 900


def test_many_tries_at_once_are_no_way_around_the_delay(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: researchers.admit(store, NAME, now=NOW), range(40)))
    assert waits.count(0) == FIRST_DELAYED


def test_guessed_names_take_no_more_room_than_there_are_tallies(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(researchers, "N_TALLIES", 5)
    for number in range(40):
        researchers.admit(store, f"guess {number}", now=NOW)
    with store.reading() as connection:
        n = connection.execute(select(func.count()).select_from(schema.researcher)).scalar_one()
    assert n <= 1 + 5
    assert researchers.names(store) == [NAME]


def test_a_tally_is_no_account(store: Store) -> None:
    fail(store, 1, "nobody")
    tallies = [name for name in _all_names(store) if name != NAME]
    assert len(tallies) == 1
    for name in tallies:
        assert researchers.log_in(store, name, "") is None
        assert researchers.fingerprint(store, name) is None
        with pytest.raises(EmotionBenchError, match="no account"):
            researchers.remove(store, name)
    assert [name for name in _all_names(store) if name != NAME] == tallies


def _all_names(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(schema.researcher.c.name)).scalars())


def test_hashes_of_older_parameters_are_made_anew(store: Store) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with store.writing() as connection:
        is_it = schema.researcher.c.name == NAME
        connection.execute(update(schema.researcher).where(is_it).values(password=old))
    assert researchers.log_in(store, NAME, "not the right one") is None
    assert kept(store, NAME) == old
    opened = researchers.log_in(store, NAME, PASSWORD)
    assert kept(store, NAME) != old
    assert not PasswordHasher().check_needs_rehash(kept(store, NAME))
    assert opened == researchers.fingerprint(store, NAME)
    assert researchers.log_in(store, NAME, PASSWORD) == opened


def test_a_damaged_hash_opens_nothing(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(update(schema.researcher).values(password="damaged"))
    assert researchers.log_in(store, NAME, PASSWORD) is None
    assert researchers.log_in(store, NAME, "damaged") is None


def test_an_unknown_name_is_hashed_as_a_known_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    own = researchers._is_right
    monkeypatch.setattr(researchers, "_is_right", lambda kept, word: checked.append(kept) or own(kept, word))
    with Store(tmp_path / "s.db") as store:
        researchers.add(store, NAME, PASSWORD)
        for name in (NAME, "nobody", "", "x" * 5000):
            assert researchers.log_in(store, name, "wrong, all of it") is None
        assert len(checked) == 4
        parameters = {kept.rsplit("$", 2)[0] for kept in checked}
        assert len(parameters) == 1
        assert researchers.log_in(store, NAME, "x" * 1001) is None
        assert len(checked) == 4


def test_the_delay_holds_in_another_process(tmp_path: Path) -> None:
    where = tmp_path / "s.db"
    with Store(where) as store:
        fail(store, FIRST_DELAYED)
    program = (
        "import sys; from emotionbench.store import Store, researchers; "
        f"print(researchers.admit(Store(sys.argv[1]), {NAME!r}, now={NOW} + 0.5))"
    )
    asked = subprocess.run([sys.executable, "-c", program, str(where)], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "2"
