"""Asks what is pending and appends every attempt; resumes, and never asks the same administration twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import emotionbench
from emotionbench.documents import canonical_json
from emotionbench.engine.asking import Shared, Tally, now
from emotionbench.engine.budget import (
    Budget,
    BudgetedFeed,
    CountingLedger,
    check_room,
    has_reply,
    prices_for,
    with_most_repeats,
)
from emotionbench.engine.cost import Costs
from emotionbench.engine.lane import Feed, Lane, Pending, Wordings
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.plan import Plan, Session
from emotionbench.respondents.base import Answerer, build
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.embedded import Embedded
from emotionbench.store import Store, batches, claims, reading, writing
from emotionbench.study import Materials, Study, materials_of, size_of, spec_of, study_hash

if TYPE_CHECKING:
    from emotionbench.comparisons.narrowing import Standing

SESSIONS_AT_ONCE = 200
ENORMOUS = 10_000_000

Watcher = Callable[[Tally], None]


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


@dataclass
class Outcome(Tally):
    """A run as it ended; ``n_planned`` counts, with a precision wanted, what has been chosen to be asked so far.

    ``ended`` says which limit ended it, and what was spent by then. ``standings`` are the rows whose precision was
    wanted, and ``notes`` what was said of them early.
    """

    ended: str | None = None
    standings: tuple[Standing, ...] = ()
    notes: list[str] = field(default_factory=list)


def prepare(study: Study, *, enormous: bool = False) -> Prepared:
    """Resolve every name of a study; an error here comes before anything is asked or stored.

    A study of ``ENORMOUS`` administrations or more is refused, with what it would take, unless that is meant. With a
    precision wanted, ``repeats`` are the most; ``budget.MOST_REPEATS`` where the study does not say.
    """
    study = with_most_repeats(study)
    if not enormous and size_of(study).n_administrations >= ENORMOUS:
        raise StudyError(
            f"would take {Costs(study).whole}",
            where="study",
            fix="ask fewer forms (--forms N), situations or repeats; or pass --yes",
        )
    materials = materials_of(study)
    if study.execution.precision is not None:
        from emotionbench.engine.adaptive import check_reachable  # noqa: PLC0415  (the statistics take a second)

        check_reachable(study, materials)
    check_room(study.execution, 1 if study.design == "independent" else 3 if study.recovery else 2)
    # whether a model's temperature is the protocol's is said once for all: our templates leave it to the model
    answerers = tuple(build(spec, materials.protocols[0], study.execution) for spec in study.respondents)
    for answerer in answerers:
        check_able(answerer, materials.forms)
    prices_for(study.execution, answerers)
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


def run(study: Study | Prepared, store: Store | str | Path, watch: Watcher | None = None) -> Outcome:
    """Ask everything of the study that the store does not hold yet; return the tally.

    With ``execution.precision`` only what it takes to reach it; a limit of ``execution`` (``max_cost``, ``max_tokens``,
    ``max_administrations``) ends the run before more is spent, once what is under way is finished: ``ended`` says so.

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
    for sessions in () if prepared.study.execution.precision is not None else _chunks(iter(plan)):
        writing.save_administrations(store, [a for session in sessions for a in session])


def _blocking(work: Coroutine[Any, Any, Outcome]) -> Outcome:
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
        self.is_adaptive = prepared.study.execution.precision is not None
        self.tally = Outcome(0 if self.is_adaptive else prepared.plan.n_administrations)
        self.stopping = asyncio.Event()
        self.budget = Budget(prepared.study.execution, prices_for(prepared.study.execution, prepared.answerers))

    async def go(self) -> Outcome:
        if not self.prepared.is_part:
            save_facts(self.prepared, self.store)
        self.worker = claims.Worker(self.store)
        try:
            with self._stop_on_signals():
                await self._ask_everyone()
        finally:
            self.worker.leave()
        self.tally.ended = self.budget.ended
        return self.tally

    async def _ask_everyone(self) -> None:
        ledger = CountingLedger(self.store, self.budget)
        beating = asyncio.create_task(self._beat())
        prepared = self.prepared
        shared = Shared(prepared.study, prepared.materials, ledger, self.tally, self.stopping, self.watch)
        try:
            async with asyncio.TaskGroup() as group:
                for answerer in prepared.answerers:
                    lane = Lane(shared, answerer)
                    group.create_task(self._ask_adaptively(lane, ledger) if self.is_adaptive else self._ask(lane))
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
        await self._ask_sessions(lane, self.prepared.plan.of(lane.answerer.record))
        self.watch(self.tally)

    async def _ask_sessions(self, lane: Lane, sessions: Iterator[Session]) -> None:
        chunks = _chunks(sessions)
        if self.budget.limits_anything:
            source, gone = (lambda: self._next_pending(chunks)), self.stopping.is_set
            feed: Feed = BudgetedFeed(source, self.budget, lane.wordings, gone)
        else:
            feed = Feed(lambda: self._next_pending(chunks))
        try:
            await lane.ask_all(feed)
        finally:
            await feed.close()

    async def _ask_adaptively(self, lane: Lane, ledger: CountingLedger) -> None:
        """What it takes one respondent to reach the precision wanted, wave by wave."""
        await asyncio.to_thread(self.worker.beat)
        prepared = self.prepared
        from emotionbench.engine.adaptive import Narrowing  # noqa: PLC0415  (the statistics take a second)

        narrowing = Narrowing(prepared.study, prepared.plan, lane.answerer.record, self.store)
        wave = await asyncio.to_thread(narrowing.first)
        while wave and not (self.stopping.is_set() or self.budget.ended):
            for chunk in _chunks(iter(wave)):
                chosen = [a for session in chunk for a in session]
                await asyncio.to_thread(writing.save_administrations, self.store, chosen)
            self.tally.n_planned += sum(map(len, wave))
            await self._ask_sessions(lane, iter(wave))
            await ledger.settled()
            wave = await asyncio.to_thread(narrowing.next)
            self.tally.notes += [note for note in narrowing.notes if note not in self.tally.notes]
            self.watch(self.tally)
        self.tally.standings += narrowing.standings
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
        n_open = sum(not has_reply(progress, a) for session in unanswered for a in session)
        in_batches = batches.in_open_batches(self.store, [a.id for session in unanswered for a in session])
        mine = [
            Pending(session, progress)
            for session in unanswered
            if session[0].id in gained and not any(a.id in in_batches for a in session)
        ]
        n_mine = sum(not has_reply(progress, a) for pending in mine for a in pending.session)
        self.tally.n_earlier += sum(map(len, sessions)) - n_open
        self.tally.n_elsewhere += n_open - n_mine
        return mine

    def _unanswered(self, sessions: Sequence[Session]) -> tuple[list[Session], dict[str, reading.Progress]]:
        """The sessions that lack a reply, and what has been tried of all of them."""
        progress = reading.progress(self.store, [a.id for session in sessions for a in session])
        return [session for session in sessions if not all(has_reply(progress, a) for a in session)], progress

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


_has_reply = has_reply


def _first(problems: BaseExceptionGroup[EmotionBenchError]) -> EmotionBenchError:
    """The first error in a group of groups."""
    first = problems.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _chunks(sessions: Iterator[Session]) -> Iterator[tuple[Session, ...]]:
    while chunk := tuple(islice(sessions, SESSIONS_AT_ONCE)):
        yield chunk
