"""What every way of asking a study has around it: a worker known to the store, stopped by signals, ending cleanly."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import emotionbench
from emotionbench.documents import canonical_json
from emotionbench.engine.asking import Tally, now
from emotionbench.errors import EmotionBenchError
from emotionbench.plan import Plan, Session
from emotionbench.respondents.base import Answerer
from emotionbench.store import Store, claims, writing
from emotionbench.study import Study, spec_of
from emotionbench.study_materials import Materials, study_hash

SESSIONS_AT_ONCE = 200

Watcher = Callable[[Tally], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Prepared:
    """A study whose names are resolved: what will be asked, and of whom.

    ``is_part``: a share of a study whose facts are in the store already.
    """

    study: Study
    materials: Materials
    answerers: tuple[Answerer, ...]
    plan: Plan
    is_part: bool = False


class Frame:
    """One process's part in asking a study.

    ``stopping`` is set once the run is to stop; ``worker`` is this process as the store knows it, while ``go`` runs.
    """

    worker: claims.Worker

    def __init__(self, prepared: Prepared, store: Store, tally: Tally, watch: Watcher) -> None:
        self.prepared, self.store, self.tally, self.watch = prepared, store, tally, watch
        self.stopping = asyncio.Event()

    async def go(self, work: Callable[[], Awaitable[None]]) -> None:
        """Keep the study's facts, and do ``work`` as a worker that gives signs of life.

        However it ends, respondents are closed, and what the worker claimed is free. Of the errors in a group of
        groups the first is raised. The first Ctrl-C or SIGTERM sets ``stopping``; a second one ends ``work`` at once,
        without an error.
        """
        if not self.prepared.is_part:
            save_facts(self.prepared, self.store)
        self.worker = claims.Worker(self.store)
        try:
            with self._stop_on_signals():
                await self._do(work)
        finally:
            self.worker.leave()

    async def ask_everyone(self, ask: Callable[[Answerer], Coroutine[Any, Any, None]]) -> None:
        """Ask the respondents side by side; an error at one of them stops all."""
        async with asyncio.TaskGroup() as group:
            for answerer in self.prepared.answerers:
                group.create_task(ask(answerer))

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with self._beating():
                await work()
        except* EmotionBenchError as problems:
            raise first_error(problems) from None
        finally:
            for answerer in self.prepared.answerers:
                await answerer.close()

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Give signs of life, the first before anything is claimed: it frees what dead workers held.

        Where one cannot be given, others soon take over what is claimed here: what is within ends with that error.
        """
        await asyncio.to_thread(self.worker.beat)
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self._beat())
            yield
            beating.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(claims.HEARTBEAT)
            await asyncio.to_thread(self.worker.beat)

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


def save_facts(prepared: Prepared, store: Store) -> None:
    """Keep what the study is, its materials, who is asked, and every administration that is planned.

    With a precision wanted no administration yet: what is chosen is kept wave by wave.
    """
    study, materials, plan = prepared.study, prepared.materials, prepared.plan
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, plan.respondents)
    row = {
        "hash": study_hash(study, materials),
        "name": study.name,
        "spec": canonical_json(spec_of(study)),
        "n_administrations": plan.n_administrations,
        "package_version": emotionbench.__version__,
        "created_at": now(),
    }
    writing.save_study(store, row)
    for sessions in () if study.execution.precision is not None else chunks(plan):
        writing.save_administrations(store, [a for session in sessions for a in session])


def chunks(sessions: Iterable[Session]) -> Iterator[tuple[Session, ...]]:
    """The sessions, gone through once, so many at a time as the store is asked about at once."""
    left = iter(sessions)
    while chunk := tuple(islice(left, SESSIONS_AT_ONCE)):
        yield chunk


def blocking(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, also where an event loop is running already (a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def opened(store: Store | str | Path) -> Iterator[Store]:
    """A store that is open; one that is opened here is closed at the end."""
    if isinstance(store, Store):
        yield store
        return
    with Store(store) as found:
        yield found


def first_error(problems: BaseExceptionGroup[EmotionBenchError]) -> EmotionBenchError:
    """The first error in a group of groups."""
    first = problems.exceptions[0]
    return first_error(first) if isinstance(first, BaseExceptionGroup) else first
