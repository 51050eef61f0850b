"""Asks what is pending and appends every attempt; resumes, and never asks the same administration twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import emotionbench
from emotionbench.documents import canonical_json
from emotionbench.engine.asking import Shared, Tally, now
from emotionbench.engine.cost import Costs
from emotionbench.engine.lane import Feed, Lane, Pending, Wordings
from emotionbench.engine.ledger import Ledger
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.plan import Plan, Session
from emotionbench.records import Administration
from emotionbench.respondents.base import Answerer, build
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.embedded import Embedded
from emotionbench.store import Store, claims, reading, writing
from emotionbench.study import Materials, Study, materials_of, size_of, spec_of, study_hash

SESSIONS_AT_ONCE = 200
ENORMOUS = 10_000_000

Watcher = Callable[[Tally], None]


@dataclass(frozen=True)
class Prepared:
    """A study whose names are resolved: what will be asked, and of whom."""

    study: Study
    materials: Materials
    answerers: tuple[Answerer, ...]
    plan: Plan


def prepare(study: Study, *, enormous: bool = False) -> Prepared:
    """Resolve every name of a study; an error here comes before anything is asked or stored.

    A study of ``ENORMOUS`` administrations or more is refused, with what it would take, unless that is meant.
    """
    if not enormous and size_of(study).n_administrations >= ENORMOUS:
        raise StudyError(
            f"would take {Costs(study).whole}",
            where="study",
            fix="ask fewer forms (--forms N), situations or repeats; or pass --yes",
        )
    materials = materials_of(study)
    # whether a model's temperature is the protocol's is said once for all: our templates leave it to the model
    answerers = tuple(build(spec, materials.protocols[0], study.execution) for spec in study.respondents)
    for answerer in answerers:
        check_able(answerer, materials.forms)
    for answerer in answerers:
        if isinstance(answerer, Embedded):
            _rehearse(answerer, study, materials)
    return Prepared(study, materials, answerers, Plan(study, materials, tuple(a.record for a in answerers)))


def _rehearse(answerer: Embedded, study: Study, materials: Materials) -> None:
    """Have an embedded respondent fill in each instrument once, in each language, so that what it cannot shows now."""
    wordings = Wordings(materials)
    ways = {(id(way.instrument), way.situations[:1] and way.situations[0].language): way for way in materials.ways}
    for way in ways.values():
        alone = Materials((replace(way, situations=way.situations[:1]),), materials.situation_set)
        sessions = iter(Plan(study, alone, (answerer.record,)))
        first = next(sessions, ())
        later = next((session for session in sessions if session[-1].situation), ())
        for administration in (*first, *later):
            question = wordings.question(administration)
            if question.form is None or not question.form.recites:
                answerer.fill(question)


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
        writing.save_materials(self.store, materials.documents)
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
            raise _first(problems) from None
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
        chunks = _chunks(self.prepared.plan.of(lane.answerer.record))
        feed = Feed(lambda: self._next_pending(chunks))
        try:
            await lane.ask_all(feed)
        finally:
            await feed.close()
        self.watch(self.tally)

    def _next_pending(self, chunks: Iterator[Sequence[Session]]) -> list[Pending] | None:
        """What is to be asked of the next chunk; None after the last."""
        sessions = next(chunks, None)
        return None if sessions is None else self._pending(sessions)

    def _pending(self, sessions: Sequence[Session]) -> list[Pending]:
        """Claim what nobody has answered and nobody else is asking."""
        candidates, _ = self._unanswered(sessions)
        gained = self.worker.claim([session[0].id for session in candidates])
        # another process may have answered and left between the look and the claim
        unanswered, progress = self._unanswered(sessions)
        n_open = sum(not _has_reply(progress, a) for session in unanswered for a in session)
        mine = [Pending(session, progress) for session in unanswered if session[0].id in gained]
        n_mine = sum(not _has_reply(progress, a) for pending in mine for a in pending.session)
        self.tally.n_earlier += sum(map(len, sessions)) - n_open
        self.tally.n_elsewhere += n_open - n_mine
        return mine

    def _unanswered(self, sessions: Sequence[Session]) -> tuple[list[Session], dict[str, reading.Progress]]:
        """The sessions that lack a reply, and what has been tried of all of them."""
        progress = reading.progress(self.store, [a.id for session in sessions for a in session])
        return [session for session in sessions if not all(_has_reply(progress, a) for a in session)], progress

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


def _first(problems: BaseExceptionGroup[EmotionBenchError]) -> EmotionBenchError:
    """The first error in a group of groups."""
    first = problems.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _has_reply(progress: dict[str, reading.Progress], administration: Administration) -> bool:
    """Whether every message of the administration has a reply."""
    return len(progress.get(administration.id, reading.NOT_TRIED).replies) == administration.n_messages


def _chunks(sessions: Iterator[Session]) -> Iterator[tuple[Session, ...]]:
    while chunk := tuple(islice(sessions, SESSIONS_AT_ONCE)):
        yield chunk
