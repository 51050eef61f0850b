"""Asks what is pending and appends every attempt; resumes, and never asks the same administration twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import emotionbench
from emotionbench.documents import canonical_json
from emotionbench.engine.asking import Shared, Tally, now
from emotionbench.engine.lane import Lane, Pending
from emotionbench.engine.ledger import Ledger
from emotionbench.errors import EmotionBenchError
from emotionbench.plan import Plan, Session
from emotionbench.records import Administration
from emotionbench.respondents.base import Answerer, build
from emotionbench.store import Store, claims, reading, writing
from emotionbench.study import Materials, Study, materials_of, spec_of, study_hash

SESSIONS_AT_ONCE = 200

Watcher = Callable[[Tally], None]


@dataclass(frozen=True)
class Prepared:
    """A study whose names are resolved: what will be asked, and of whom."""

    study: Study
    materials: Materials
    answerers: tuple[Answerer, ...]
    plan: Plan


def prepare(study: Study) -> Prepared:
    """Resolve every name of a study; an error here comes before anything is asked or stored."""
    materials = materials_of(study)
    answerers = tuple(build(spec, materials.protocol, study.execution) for spec in study.respondents)
    return Prepared(study, materials, answerers, Plan(study, materials, tuple(a.record for a in answerers)))


def run(study: Study | Prepared, store: Store | str | Path, watch: Watcher | None = None) -> Tally:
    """Ask everything of the study that the store does not hold yet; return the tally.

    Every attempt is appended as it comes, so a run can be stopped in any way and run again. Ctrl-C finishes the
    requests under way; a second one drops them. A RespondentError (wrong key, unknown model, a server that stays
    down) stops the run at once; other failures are recorded, and asked again by the next run.
    """
    prepared = study if isinstance(study, Prepared) else prepare(study)
    opened = store if isinstance(store, Store) else Store(store)
    try:
        return _blocking(_Run(prepared, opened, watch or (lambda _: None)).go())
    finally:
        if opened is not store:
            opened.close()


def _blocking(work: Coroutine[Any, Any, Tally]) -> Tally:
    """Run to the end, also where an event loop is running already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


class _Run:
    """One process's work on one study."""

    def __init__(self, prepared: Prepared, store: Store, watch: Watcher) -> None:
        self.prepared, self.store, self.watch = prepared, store, watch
        self.tally = Tally(prepared.plan.n_administrations)
        self.stopping = asyncio.Event()

    async def go(self) -> Tally:
        self._save_facts_of_the_study()
        self.worker = claims.Worker(self.store)
        try:
            with self._stop_on_signals():
                await self._ask_everyone()
        finally:
            self.worker.leave()
        return self.tally

    def _save_facts_of_the_study(self) -> None:
        study, materials, plan = self.prepared.study, self.prepared.materials, self.prepared.plan
        writing.save_materials(self.store, [*materials.instruments, materials.protocol, *materials.situations])
        writing.save_respondents(self.store, plan.respondents)
        row = {
            "hash": study_hash(study, materials),
            "name": study.name,
            "spec": canonical_json(spec_of(study)),
            "n_administrations": plan.n_administrations,
            "package_version": emotionbench.__version__,
            "created_at": now(),
        }
        writing.save_study(self.store, row)
        for sessions in _chunks(iter(plan)):
            writing.save_administrations(self.store, [a for session in sessions for a in session])

    async def _ask_everyone(self) -> None:
        ledger = Ledger(self.store)
        beating = asyncio.create_task(self._beat())
        prepared = self.prepared
        shared = Shared(prepared.study, prepared.materials, ledger, self.tally, self.stopping, self.watch)
        try:
            async with asyncio.TaskGroup() as group:
                for answerer in prepared.answerers:
                    group.create_task(self._ask(Lane(shared, answerer)))
        except* EmotionBenchError as problems:
            raise problems.exceptions[0] from None
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            for answerer in prepared.answerers:
                await answerer.close()
            await ledger.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.to_thread(self.worker.beat)
            await asyncio.sleep(claims.HEARTBEAT)

    async def _ask(self, lane: Lane) -> None:
        """Everything one respondent has to answer."""
        await asyncio.to_thread(self.worker.beat)
        for sessions in _chunks(self.prepared.plan.of(lane.answerer.record)):
            for pending in await asyncio.to_thread(self._pending, sessions):
                if not await lane.take(pending):
                    break
            self.watch(self.tally)
            if self.stopping.is_set():
                break
        await lane.finish()

    def _pending(self, sessions: Sequence[Session]) -> list[Pending]:
        """Claim what nobody has answered and nobody else is asking."""
        by_key = {session[0].id: session for session in sessions}
        gained = self.worker.claim(list(by_key))
        mine = [session for key, session in by_key.items() if key in gained]
        progress = reading.progress(self.store, [a.id for session in sessions for a in session])
        pending, done = [], []
        for session in mine:
            n_answered = sum(_has_reply(progress, a) for a in session)
            self.tally.n_earlier += n_answered
            if n_answered == len(session):
                done.append(session[0].id)
            else:
                pending.append(Pending(session, progress))
        self._count_those_elsewhere(sessions, gained, progress)
        self.worker.release(done)
        return pending

    def _count_those_elsewhere(
        self, sessions: Sequence[Session], gained: set[str], progress: dict[str, reading.Progress]
    ) -> None:
        for session in sessions:
            if session[0].id not in gained:
                n_answered = sum(_has_reply(progress, a) for a in session)
                self.tally.n_earlier += n_answered
                self.tally.n_elsewhere += len(session) - n_answered

    @contextmanager
    def _stop_on_signals(self) -> Iterator[None]:
        """First Ctrl-C or SIGTERM: finish what is under way. Second: drop it."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop() -> None:
            if self.stopping.is_set() and task:
                task.cancel()
            self.stopping.set()
            self.tally.interrupted = True
            self.watch(self.tally)

        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop)
        except (NotImplementedError, RuntimeError, ValueError):
            yield  # not the main thread, or a platform without signal handlers: the caller's own handling applies
            return
        try:
            yield
        except asyncio.CancelledError:
            if not self.stopping.is_set():
                raise
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _has_reply(progress: dict[str, reading.Progress], administration: Administration) -> bool:
    found = progress.get(administration.id)
    return found is not None and found.reply is not None


def _chunks(sessions: Iterator[Session]) -> Iterator[tuple[Session, ...]]:
    while chunk := tuple(islice(sessions, SESSIONS_AT_ONCE)):
        yield chunk
