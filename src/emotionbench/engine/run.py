"""Asks what is pending and appends every attempt; resumes, and never asks the same administration twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emotionbench.engine.asking import Shared, Tally
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
from emotionbench.engine.frame import Frame, Prepared, Watcher, blocking, chunks, opened
from emotionbench.engine.lane import Feed, Lane, Pending, Wordings
from emotionbench.errors import StudyError
from emotionbench.plan import Plan, Session
from emotionbench.respondents.base import Answerer, build
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.embedded import Embedded
from emotionbench.store import Store, batches, reading
from emotionbench.study import Study
from emotionbench.study_materials import Materials, materials_of, size_of

if TYPE_CHECKING:
    from emotionbench.comparisons.narrowing import Standing

ENORMOUS = 10_000_000


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
    with opened(store) as kept_in:
        return blocking(_Run(prepared, kept_in, watch or (lambda _: None)).go())


class _Run:
    """One process's work on one study."""

    def __init__(self, prepared: Prepared, store: Store, watch: Watcher) -> None:
        self.prepared, self.store, self.watch = prepared, store, watch
        self.is_adaptive = prepared.study.execution.precision is not None
        self.tally = Outcome(0 if self.is_adaptive else prepared.plan.n_administrations)
        self.frame = Frame(prepared, store, self.tally, watch)
        self.stopping = self.frame.stopping
        self.budget = Budget(prepared.study.execution, prices_for(prepared.study.execution, prepared.answerers))

    async def go(self) -> Outcome:
        await self.frame.go(self._ask_everyone)
        self.tally.ended = self.budget.ended
        return self.tally

    async def _ask_everyone(self) -> None:
        respondents = [answerer.record.id for answerer in self.prepared.answerers]
        await asyncio.to_thread(self.budget.recall, self.store, respondents)
        ledger, prepared = CountingLedger(self.store, self.budget), self.prepared
        shared = Shared(prepared.study, prepared.materials, ledger, self.tally, self.stopping, self.watch)

        async def ask(answerer: Answerer) -> None:
            lane = Lane(shared, answerer)
            await (self._ask_adaptively(lane, ledger) if self.is_adaptive else self._ask(lane))

        try:
            await self.frame.ask_everyone(ask)
        finally:
            await ledger.close()

    async def _ask(self, lane: Lane) -> None:
        """Everything one respondent has to answer."""
        await self._ask_sessions(lane, self.prepared.plan.of(lane.answerer.record))
        self.watch(self.tally)

    async def _ask_sessions(self, lane: Lane, sessions: Iterable[Session]) -> None:
        left = chunks(sessions)
        if self.budget.limits_anything:
            source, gone = (lambda: self._next_pending(left)), self.stopping.is_set
            feed: Feed = BudgetedFeed(source, self.budget, lane.wordings, gone)
        else:
            feed = Feed(lambda: self._next_pending(left))
        try:
            await lane.ask_all(feed)
        finally:
            await feed.close()

    async def _ask_adaptively(self, lane: Lane, ledger: CountingLedger) -> None:
        """What it takes one respondent to reach the precision wanted, wave by wave."""
        from emotionbench.engine.adaptive import waves  # noqa: PLC0415  (the statistics take a second)

        respondent = lane.answerer.record
        async for wave in waves(self.prepared, self.store, respondent, self.tally, self._is_over):
            self.watch(self.tally)
            await self._ask_sessions(lane, wave)
            await ledger.settled()
        self.watch(self.tally)

    def _is_over(self) -> bool:
        """Whether nothing more is to be chosen."""
        return self.stopping.is_set() or self.budget.ended is not None

    def _next_pending(self, left: Iterator[Sequence[Session]]) -> list[Pending] | None:
        """What is to be asked of the next chunk; None after the last."""
        sessions = next(left, None)
        return None if sessions is None else self._pending(sessions)

    def _pending(self, sessions: Sequence[Session]) -> list[Pending]:
        """Claim what nobody has answered and nobody else is asking."""
        candidates, _ = self._unanswered(sessions)
        gained = self.frame.worker.claim([session[0].id for session in candidates])
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
