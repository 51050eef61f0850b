"""The database restarts and a worker is killed while people walk: nobody loses a page, and none is there twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from emotionbench.store import Store
from own_postgres import NoPostgres, own_postgres
from survey_audit import Sender, complaints, spread
from survey_server import SurveyServer
from survey_studies import english, human
from web_person import Answers, WebForm, WebPerson

N_PEOPLE = 40
N_PAGES = 5
THINKING = (0.05, 0.4)
PATIENCE = 240.0
BROKEN = (aiohttp.ClientError, TimeoutError)


@dataclass
class Crowd:
    """Everybody who walks; ``n_taken`` counts the pages after which somebody was led on, ``n_broken`` what failed."""

    n_taken: int = 0
    n_broken: int = 0
    marks: dict[int, asyncio.Event] = field(default_factory=dict)

    async def has_sent(self, share: float) -> None:
        """Wait until so much of all pages is in."""
        mark = int(share * N_PEOPLE * N_PAGES)
        if self.n_taken < mark:
            await self.marks.setdefault(mark, asyncio.Event()).wait()

    def take(self) -> None:
        """One more page is in."""
        self.n_taken += 1
        if self.n_taken in self.marks:
            self.marks[self.n_taken].set()


@dataclass
class Notes:
    """What a person remembers: the answers given to each page, and the pages that were taken."""

    answers: dict[str, Answers] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


class Steady(WebPerson):
    """A person who reloads when something breaks, and answers a page as before when it comes again."""

    def __init__(self, url: str, session: aiohttp.ClientSession, crowd: Crowd, number: int) -> None:
        super().__init__(url, session)
        self.crowd, self.random, self.notes = crowd, random.Random(number), Notes()
        self.until = time.monotonic() + PATIENCE

    async def take_part(self) -> Sender:
        """From the entry to the code."""
        await self.surely(lambda: self.get("/"))
        entry = self.form
        await self.surely(lambda: self.post(entry.action, {**entry.hidden, "agree": "yes"}))
        while self.name != "done":
            await asyncio.sleep(self.random.uniform(*THINKING))
            page, form = self.name, self.form
            assert page not in self.notes.taken, f"{page} was taken, and is asked for again"
            answers = self.notes.answers.setdefault(page, self.chosen(page, form))
            if not await self.sent(page, form, answers):
                self.crowd.n_broken += 1
                await self.surely(lambda: self.get(self.link))
        return Sender(self.link, self.notes.answers, self.notes.taken, self.code)

    async def surely(self, ask: Callable[[], Awaitable[str]]) -> None:
        """Ask until there is a page."""
        while time.monotonic() < self.until:
            try:
                await ask()
            except BROKEN:
                self.status = 0
            if self.status == 200:
                return
            assert self.status in (0, 503), self.page
            self.crowd.n_broken += 1
            await asyncio.sleep(0.2)
        raise AssertionError(f"no page within {PATIENCE} seconds")

    async def sent(self, page: str, form: WebForm, answers: Answers) -> bool:
        """Send a page; whether the person was led on to another, which is then shown."""
        try:
            call = self.session.post(self.url + form.action, data={**form.hidden, **answers}, allow_redirects=False)
            async with call as answer:
                status, where = answer.status, answer.headers.get("Location", "")
        except BROKEN:
            return False
        assert status in (303, 503), status
        if status == 503 or where.endswith(f"/{page}"):
            return False
        self.notes.taken.add(page)
        self.crowd.take()
        await self.surely(lambda: self.get(where))
        return True

    def chosen(self, page: str, form: WebForm) -> Answers:
        """Answers that differ from person to person; checks as instructed."""
        if page == "about":
            return {"age": str(self.random.randint(18, 80)), "gender": "", "education": "", "country": "Somewhere"}
        if page == "situation":
            return {"reflection": f"It was like this: {self.random.random()}"}
        if page == "end":
            return {"choice": "finish"}
        return {name: form.instructed(name) or self.random.choice(values) for name, values in form.radios.items()}


async def walk(server: SurveyServer, faults: Callable[[Crowd], Awaitable[None]]) -> tuple[list[Sender], Crowd]:
    """Everybody at once, and what goes wrong meanwhile."""
    crowd = Crowd()

    async def one(number: int) -> Sender:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await Steady(server.url, session, crowd, number).take_part()

    async with asyncio.TaskGroup() as group:
        group.create_task(faults(crowd))
        people = [group.create_task(one(number)) for number in range(N_PEOPLE)]
    return [task.result() for task in people], crowd


def workers_of(server: SurveyServer) -> list[int]:
    """The processes that serve, the first and its helpers left out."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in command_of(pid)]


def command_of(pid: str) -> bytes:
    """The command line of a process; nothing where it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def used(pid: int) -> int:
    """Processor time of a process so far, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


async def kill_one_worker(server: SurveyServer) -> None:
    """``kill -9`` for the one that did most; uvicorn puts another in its place."""
    before = workers_of(server)
    assert len(before) == 2
    killed = max(before, key=used)
    os.kill(killed, signal.SIGKILL)
    until = time.monotonic() + 120
    while len(now := workers_of(server)) < 2 or killed in now:
        assert time.monotonic() < until, "the worker did not come back"
        await asyncio.sleep(0.1)


def is_all_there(where: str | Path, senders: Collection[Sender]) -> None:
    with Store(where) as store:
        assert complaints(store, senders) == []
        fewest, most = spread(store, list(human(STUDY).editions["en"].situations))
    assert all(len(sender.taken | sender.pages.keys()) == N_PAGES for sender in senders)
    assert len({sender.code for sender in senders}) == N_PEOPLE
    assert most - fewest <= 1


STUDY = english(reading_seconds=0)


@pytest.mark.slow
def test_nobody_loses_a_page_when_the_database_restarts_and_a_worker_dies(
    survey_server: Callable[..., SurveyServer],
) -> None:
    try:
        with own_postgres() as database:
            server = survey_server(STUDY, "--workers", "2", store=database.url)

            async def faults(crowd: Crowd) -> None:
                await crowd.has_sent(0.3)
                await asyncio.to_thread(database.restart)
                await crowd.has_sent(0.6)
                await kill_one_worker(server)

            senders, crowd = asyncio.run(walk(server, faults))
            server.stop()
            is_all_there(database.url, senders)
    except NoPostgres:
        pytest.skip("PostgreSQL is not installed")
    assert crowd.n_broken > 0


@pytest.mark.slow
def test_nobody_loses_a_page_of_a_file_when_a_worker_dies(
    survey_server: Callable[..., SurveyServer], tmp_path: Path
) -> None:
    server = survey_server(STUDY, "--workers", "2", store=str(tmp_path / "faults.db"))

    async def faults(crowd: Crowd) -> None:
        await crowd.has_sent(0.4)
        await kill_one_worker(server)

    senders, _ = asyncio.run(walk(server, faults))
    is_all_there(tmp_path / "faults.db", senders)
