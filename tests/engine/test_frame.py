"""What is around the asking: the first error is told, signals stop, and nothing stays claimed, however it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from emotionbench.engine import Prepared, Tally, prepare
from emotionbench.engine.frame import SESSIONS_AT_ONCE, Frame, blocking, chunks, first_error, opened
from emotionbench.errors import EmotionBenchError, RespondentError, StoreError
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Answerer, Capabilities, Question, Reply
from emotionbench.store import Store, claims, schema
from emotionbench.study import Study
from engine_helpers import n_rows

SESSIONS = [f"{number:032d}" for number in range(3)]
PATIENCE = 20.0
"""Seconds."""


class Closable:
    """A respondent of whom nothing is asked; it knows whether it was closed."""

    capabilities = Capabilities()

    def __init__(self, name: str) -> None:
        self.record, self.closed = Respondent.of(RespondentKind.SYNTHETIC, name, {}), False

    async def ask(self, question: Question) -> Reply:
        raise NotImplementedError

    async def close(self) -> None:
        self.closed = True


class Site:
    """A frame of one's own, around two respondents, with a store in a file."""

    def __init__(self, folder: Path, *, is_part: bool = False) -> None:
        self.path, self.seen = folder / "store.db", list[bool]()
        self.store, self.answerers = Store(self.path), (Closable("one"), Closable("two"))
        plain = prepare(Study(respondents=["constant"], factors=["anger-1"]))
        self.prepared: Prepared = replace(plain, answerers=self.answerers, is_part=is_part)
        self.frame = Frame(self.prepared, self.store, Tally(0), lambda tally: self.seen.append(tally.interrupted))

    def go(self, work: Callable[[], Awaitable[None]]) -> None:
        async def within() -> None:
            async with asyncio.timeout(PATIENCE):
                await self.frame.go(work)
            loop = asyncio.get_running_loop()
            self.still_listens = loop.remove_signal_handler(signal.SIGINT) | loop.remove_signal_handler(signal.SIGTERM)

        with self.store:
            asyncio.run(within())

    def assert_left(self) -> None:
        """Nobody is registered, nothing is claimed, nobody is left open."""
        assert n_rows(self.path, "worker") == n_rows(self.path, "claim") == 0
        assert all(answerer.closed for answerer in self.answerers)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def refused(name: str) -> RespondentError:
    return RespondentError("does not know this model", where=name)


def test_the_first_error_of_groups_of_groups() -> None:
    first, later = refused("one"), StoreError("is full", where="store")
    inner = ExceptionGroup("", [ExceptionGroup("", [first]), later])
    assert first_error(ExceptionGroup("", [inner, later])) is first
    assert first_error(ExceptionGroup("", [later, inner])) is later


def test_an_error_within_groups_is_raised_alone_and_claims_are_free(site: Site) -> None:
    async def ask(answerer: Answerer) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(answerer))

    async def fail(answerer: Answerer) -> None:
        if answerer.record.name != "two":
            await asyncio.sleep(PATIENCE)
        site.frame.worker.claim(SESSIONS)
        assert n_rows(site.path, "claim") == len(SESSIONS)
        raise refused("two")

    with pytest.raises(RespondentError, match="does not know this model"):
        site.go(lambda: site.frame.ask_everyone(ask))
    site.assert_left()


def test_an_error_of_the_work_itself_is_raised_as_it_is(site: Site) -> None:
    problem = refused("one")

    async def work() -> None:
        site.frame.worker.claim(SESSIONS)
        raise problem

    with pytest.raises(RespondentError) as raised:
        site.go(work)
    assert raised.value is problem
    site.assert_left()


def test_a_fault_of_ours_is_not_hidden_by_an_error(site: Site) -> None:
    async def ask(answerer: Answerer) -> None:
        raise refused("one") if answerer.record.name == "one" else KeyError("a fault of ours")

    with pytest.raises(ExceptionGroup) as raised:
        site.go(lambda: site.frame.ask_everyone(ask))
    assert raised.group_contains(KeyError)
    assert raised.group_contains(EmotionBenchError)
    site.assert_left()


def test_a_sign_of_life_that_fails_still_closes_everything(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: claims.Worker) -> None:
        raise StoreError("is full", where="store")

    async def work() -> None:
        (beating,) = [t for t in asyncio.all_tasks() if getattr(t.get_coro(), "__name__", "") == "_beat"]
        monkeypatch.setattr(claims.Worker, "beat", fail)
        await asyncio.wait([beating])

    monkeypatch.setattr(claims, "HEARTBEAT", 0.01)
    with pytest.raises(StoreError, match="is full"):
        site.go(work)
    site.assert_left()


def test_a_sign_of_life_that_fails_ends_the_work_at_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = list[str]()

    def fail(_: claims.Worker) -> None:
        raise StoreError("is gone", where="store")

    async def ask(answerer: Answerer) -> None:
        site.frame.worker.claim(SESSIONS)
        monkeypatch.setattr(claims.Worker, "beat", fail)
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            dropped.append(answerer.record.name)
            raise

    monkeypatch.setattr(claims, "HEARTBEAT", 0.01)
    began = time.monotonic()
    with pytest.raises(StoreError, match="is gone"):
        site.go(lambda: site.frame.ask_everyone(ask))
    assert time.monotonic() - began < PATIENCE / 2
    assert sorted(dropped) == ["one", "two"]
    assert not site.frame.tally.interrupted
    site.assert_left()


def test_signs_of_life_are_given_while_the_work_takes_its_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "HEARTBEAT", 0.01)

    def seen_at() -> float:
        with site.store.reading() as connection:
            return float(connection.execute(select(schema.worker.c.seen_at)).scalar_one())

    async def work() -> None:
        with site.store.writing() as connection:
            connection.execute(update(schema.worker).values(seen_at=0.0))
        while seen_at() == 0:  # noqa: ASYNC110 (a store tells of no events)
            await asyncio.sleep(0.01)

    site.go(work)
    site.assert_left()


def test_what_a_dead_process_had_claimed_is_free_when_the_work_begins(site: Site) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = claims.Worker(site.store)
    with site.store.writing() as connection:
        connection.execute(update(schema.worker).values(pid=gone.pid))
    assert dead.claim(SESSIONS) == set(SESSIONS)
    gained = set[str]()

    async def work() -> None:
        gained.update(site.frame.worker.claim(SESSIONS))

    site.go(work)
    assert gained == set(SESSIONS)
    site.assert_left()


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_to_stop_and_the_second_ends_the_work(number: signal.Signals, site: Site) -> None:
    reached = list[str]()

    async def work() -> None:
        site.frame.worker.claim(SESSIONS)
        os.kill(os.getpid(), number)
        await site.frame.stopping.wait()
        reached.append("stopping")
        os.kill(os.getpid(), number)
        await asyncio.sleep(PATIENCE / 2)
        reached.append("the end")

    site.go(work)
    assert reached == ["stopping"]
    assert site.frame.tally.interrupted
    assert site.seen == [True, True]
    assert not site.still_listens
    site.assert_left()


@pytest.mark.parametrize(("is_part", "n"), [(False, 32), (True, 0)])
def test_the_facts_are_kept_before_the_work_and_a_part_keeps_none(is_part: bool, n: int, tmp_path: Path) -> None:
    site, found = Site(tmp_path, is_part=is_part), list[int]()

    async def work() -> None:
        found.append(n_rows(site.path, "administration"))

    site.go(work)
    assert found == [n]


def test_blocking_with_and_without_a_running_loop() -> None:
    async def thread() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    async def cell() -> int:
        return blocking(thread())

    async def failing() -> None:
        raise refused("one")

    async def failing_cell() -> None:
        blocking(failing())

    assert blocking(thread()) == threading.get_ident()
    assert asyncio.run(cell()) != threading.get_ident()
    with pytest.raises(RespondentError):
        asyncio.run(failing_cell())


def test_chunks_are_each_session_once_and_made_as_they_are_asked_for() -> None:
    made = list[int]()

    def sessions() -> Iterator[Any]:
        for number in range(2 * SESSIONS_AT_ONCE + 1):
            made.append(number)
            yield (number,)

    found = chunks(sessions())
    first = next(found)
    assert len(first) == len(made) == SESSIONS_AT_ONCE
    rest = list(found)
    assert [len(chunk) for chunk in rest] == [SESSIONS_AT_ONCE, 1]
    assert [number for chunk in (first, *rest) for (number,) in chunk] == made


def test_a_store_that_was_given_stays_open_and_one_of_its_own_is_closed(tmp_path: Path) -> None:
    with Store(tmp_path / "given.db") as given:
        pool = given.engine.pool
        with opened(given) as found:
            assert found is given
        assert given.engine.pool is pool
    with opened(tmp_path / "own.db") as own:
        pool = own.engine.pool
    assert own.engine.pool is not pool
