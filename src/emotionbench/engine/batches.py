"""Asking by batch: what is pending goes out in files, for half the price, and is collected hours later.

A study goes out in rounds: what depends on no reply first, then what follows from the replies, what failed and may
pass once more, and what a limit had left no room for. Everything is written down before it is sent, so that a process
may die at any moment and the same command takes up what is out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from emotionbench.engine.batch_budget import Allowance
from emotionbench.engine.batch_collecting import Collecting
from emotionbench.engine.batch_sending import FIRST_PAUSE, GROWTH, LONGEST_PAUSE, Desk, Leaving, Sender, View, age
from emotionbench.engine.budget import Budget, has_reply, prices_for
from emotionbench.engine.frame import Frame, Prepared, blocking, chunks, opened
from emotionbench.engine.lane import Pending, Wordings
from emotionbench.engine.run import Outcome, prepare
from emotionbench.errors import RespondentError
from emotionbench.plan import Session
from emotionbench.records import Administration, Message
from emotionbench.respondents.base import Answerer, Question
from emotionbench.respondents.openai.batches import Batches, Standing, check_batches
from emotionbench.respondents.openai.compatible import OpenAICompatible
from emotionbench.store import Store, batches, reading
from emotionbench.study import Study

KNOWN_FOR = 48 * 3600.0
"""Seconds after which a batch that the provider does not know is lost; before, the key or the address is wrong."""

Watcher = Callable[[View], None]


def run_in_batches(study: Study | Prepared, store: Store | str | Path, watch: Watcher | None = None) -> Outcome:
    """Ask everything of the study that the store does not hold yet, by batches; return the tally.

    With ``execution.precision`` only what it takes to reach it. With a limit (``max_cost``, ``max_tokens``,
    ``max_administrations``) no more is sent than what is expected to fit into what is left of it; what a batch really
    took is known when it is collected, and what then fits goes into a further one. What this run collects counts,
    whoever sent it.

    It takes hours. Ctrl-C, or a kill at any moment, leaves the batches to the provider; another run collects them. A
    RespondentError comes before anything is asked where a respondent takes no batches.
    """
    prepared = study if isinstance(study, Prepared) else prepare(study)
    check_for_batches(prepared)
    with opened(store) as kept_in:
        return blocking(_Batched(prepared, kept_in, watch or (lambda _: None)).go())


def check_for_batches(prepared: Prepared) -> None:
    """Raise an error that says what to do where a study cannot be asked by batches."""
    for answerer in prepared.answerers:
        check_batches(answerer)


class _Batched:
    """One process's work on one study, by batches."""

    def __init__(self, prepared: Prepared, store: Store, show: Watcher) -> None:
        self.prepared, self.store, self.show = prepared, store, show
        execution = prepared.study.execution
        self.is_adaptive = execution.precision is not None
        self.tally = Outcome(0 if self.is_adaptive else prepared.plan.n_administrations)
        self.budget = Budget(execution, prices_for(execution, prepared.answerers), batched=True)
        self.frame = Frame(prepared, store, self.tally, lambda _: self.say())
        self.lanes: list[_Lane] = []

    async def go(self) -> Outcome:
        await self.frame.go(self._ask_everyone)
        self.tally.ended = self.budget.ended
        return self.tally

    def say(self) -> None:
        """Show where all batches stand."""
        views = [lane.desk.view for lane in self.lanes]
        doing = "leaving" if self.frame.stopping.is_set() else next((view.doing for view in views if view.doing), "")
        self.show(
            View(
                doing,
                sum(view.n_batches for view in views),
                sum(view.n_requests for view in views),
                sum(view.n_done for view in views),
                sum(view.n_failed for view in views),
                tuple(self.tally.notes),
            )
        )

    async def _ask_everyone(self) -> None:
        self.tally.n_earlier = await asyncio.to_thread(self._n_answered)
        respondents = [answerer.record.id for answerer in self.prepared.answerers]
        await asyncio.to_thread(self.budget.recall, self.store, respondents)
        try:
            await self.frame.ask_everyone(self._ask)
        finally:
            for lane in self.lanes:
                await lane.close()
        self._count()

    async def _ask(self, answerer: Answerer) -> None:
        lane = _Lane(self, check_batches(answerer))
        self.lanes.append(lane)
        await lane.go()

    def _count(self) -> None:
        tally, fates = self.tally, [lane.collecting.fates for lane in self.lanes]
        tally.n_answered = self._n_answered() - tally.n_earlier
        tally.n_failed = sum(len(of.failed) for of in fates)
        tally.n_incomplete = sum(len(of.incomplete) for of in fates)
        tally.n_elsewhere = sum(lane.n_elsewhere for lane in self.lanes)

    def _n_answered(self) -> int:
        """Administrations of the study that have all their replies."""
        n = 0
        for sessions in chunks(self.prepared.plan):
            asked = [administration for session in sessions for administration in session]
            progress = reading.progress(self.store, [administration.id for administration in asked])
            n += sum(has_reply(progress, administration) for administration in asked)
        return n


class _Lane:
    """The batches of one respondent."""

    def __init__(self, run: _Batched, answerer: OpenAICompatible) -> None:
        self.run, self.store, self.answerer = run, run.store, answerer
        provider, study = Batches(answerer), run.prepared.study
        self.wordings = Wordings(run.prepared.materials)
        self.desk = Desk(run.store, provider, run.frame.stopping, run.say)
        self.sender = Sender(self.desk, answerer.record.id, run.frame.worker.id)
        self.collecting = Collecting(run.store, provider, self.wordings, run.tally, study, spend=run.budget.spend)
        self.allowance = Allowance(run.budget, self.wordings, run.store)
        self.n_elsewhere = 0

    async def close(self) -> None:
        """Forget what was not sent, and release connections."""
        await self.sender.forget_unsent()
        await self.desk.provider.close()

    async def go(self) -> None:
        """Take up what is out, then ask what there is to ask, until the run is to stop."""
        try:
            with suppress(Leaving):
                await self._take_up()
                await (self._ask_adaptively() if self.run.is_adaptive else self._ask(self._whole_plan))
        finally:
            self.allowance.release()

    def _whole_plan(self) -> Iterator[Session]:
        return self.run.prepared.plan.of(self.answerer.record)

    async def _ask_adaptively(self) -> None:
        """What it takes to reach the precision wanted, wave by wave; what is out was chosen by an earlier look."""
        from emotionbench.engine.adaptive import waves  # noqa: PLC0415  (the statistics take a second)

        await self._collect_all()
        run, n_elsewhere = self.run, 0
        async for wave in waves(run.prepared, run.store, self.answerer.record, run.tally, self._is_over):
            with suppress(Leaving):
                await self._ask(wave.__iter__)
            n_elsewhere += self.n_elsewhere
        self.n_elsewhere = n_elsewhere

    def _is_over(self) -> bool:
        """Whether nothing more is to be chosen."""
        return self.run.frame.stopping.is_set() or self.run.budget.ended is not None

    async def _ask(self, sessions: Callable[[], Iterable[Session]]) -> None:
        """Round by round, until nothing is left to be asked of these sessions, or a limit leaves no room."""
        has_more = True
        while has_more:
            self.sender.left_some = self.collecting.again = self.allowance.is_full = False
            await self._send_pending(sessions())
            has_more = self.sender.left_some or bool(self.desk.open) or await self._is_room_made()
            await self._collect_all()

    async def _is_room_made(self) -> bool:
        """Where nothing was sent: whether it was for want of room, which others may have made by now."""
        self.allowance.release()
        if not self.allowance.is_full or self.run.budget.ended is not None:
            return False
        self.desk.say("waiting for what others take of the limit")
        await self.run.budget.freed()
        return True

    async def _take_up(self) -> None:
        """See to the open batches of this respondent that nobody sees to."""
        mine = self.answerer.record.id, self.run.frame.worker.id
        for batch in await asyncio.to_thread(batches.take_over, self.store, *mine):
            self.desk.open[batch.id] = batch
        if self.desk.open:
            await asyncio.to_thread(self.collecting.know_whole_store)  # they may be of another study
        for batch in list(self.desk.open.values()):
            await self.allowance.adopt(batch)
            await self.sender.make_sure_it_is_out(batch)

    async def _send_pending(self, asked: Iterable[Session]) -> None:
        """One look at some sessions: everything that can be asked now, and that there is room for, goes out."""
        self.desk.say("writing requests")
        self.n_elsewhere = 0
        for sessions in chunks(asked):
            for pending in await asyncio.to_thread(self._pending, sessions):
                if self.allowance.gives(self._wanted(pending)):
                    for question in self._askable(pending):
                        await self.sender.write(question)
            if self.run.frame.stopping.is_set():
                raise Leaving
        await self.sender.send()

    def _pending(self, sessions: Sequence[Session]) -> list[Pending]:
        """Claim what nobody has answered, nobody else is asking, and no open batch holds."""
        sessions = [session for session in sessions if self.allowance.may_ask(session)]
        names = [administration.id for session in sessions for administration in session]
        candidates = self._open(sessions, reading.progress(self.store, names))
        gained = self.run.frame.worker.claim([session[0].id for session in candidates])
        # another process may have answered, or sent a batch, and left between the look and the claim
        progress = reading.progress(self.store, names)
        out, mine = batches.in_open_batches(self.store, names), []
        for session in self._open(sessions, progress):
            if session[0].id not in gained:
                self.n_elsewhere += sum(not has_reply(progress, a) for a in session)
            elif not any(a.id in out or a.id in self.collecting.fates.failed for a in session):
                mine.append(Pending(session, progress))
        return mine

    def _open(self, sessions: Sequence[Session], progress: dict[str, reading.Progress]) -> list[Session]:
        """The sessions that lack a reply, or a better one."""
        return [session for session in sessions if self._wanted(Pending(session, progress))]

    def _wanted(self, pending: Pending) -> list[Administration]:
        """The administrations of a session that lack a reply, or a better one."""
        return [a for a in pending.session if not has_reply(pending.progress, a) or self._is_reasked(a, pending)]

    def _is_reasked(self, administration: Administration, pending: Pending) -> bool:
        return self.collecting.is_reasked(administration, pending.progress.get(administration.id, reading.NOT_TRIED))

    def _askable(self, pending: Pending) -> Iterator[Question]:
        """The questions of a session that depend on no reply that is still to come."""
        history: tuple[Message, ...] = ()
        for administration in pending.session:
            earlier = pending.progress.get(administration.id, reading.NOT_TRIED)
            questions, after = self._of(administration, history, earlier)
            yield from (replace(question, attempt=question.attempt + 1) for question in questions)
            if after is None:
                return
            history = after

    def _of(
        self, administration: Administration, history: tuple[Message, ...], earlier: reading.Progress
    ) -> tuple[list[Question], tuple[Message, ...] | None]:
        """What can be asked of an administration now; where that is nothing, the conversation after it."""
        asked: list[Question] = []
        after = history
        for part in range(1, administration.n_messages + 1):
            question = self.wordings.question(administration, history, earlier.n_attempts, part)
            starts_anew = question.form is not None and question.form.starts_anew
            reply = self.collecting.wants(question, earlier.replies.get(part, ()))
            if reply is None:
                asked.append(question)
                if not starts_anew:
                    break
                continue
            after = (*question.messages, Message(role="assistant", content=reply))
            history = history if starts_anew else after
        return asked, None if asked else after

    async def _collect_all(self) -> None:
        """Wait for every open batch, and keep what came of each as soon as it ends."""
        pause = FIRST_PAUSE
        while self.desk.open:
            asked_for = 0.0
            for batch in list(self.desk.open.values()):
                standing = await self.desk.until_it_works(partial(self._look, batch))
                self.desk.standings[batch.id] = standing
                self.desk.say("waiting")
                asked_for = max(asked_for, standing.pause or 0.0)
                if standing.ended:
                    await self._collect(batch, standing)
                    pause = FIRST_PAUSE
            if self.desk.open:
                await self.desk.pause(max(pause, asked_for))
                pause = min(pause * GROWTH, LONGEST_PAUSE)
        await self.allowance.settle(self.collecting.fates.failed)

    async def _look(self, batch: batches.Batch) -> Standing:
        """Where a batch stands; one that the provider has forgotten has expired."""
        provider_id = batch.provider_id or ""
        found = await self.desk.provider.look(provider_id)
        if found is not None:
            return found
        if age(batch.submitted_at) < KNOWN_FOR:
            raise RespondentError(
                f"the provider does not know the batch {provider_id} of {batch.submitted_at[:16]}",
                where=self.desk.provider.name,
                fix="use the key and base_url that it was submitted with; after two days it is given up",
            )
        return Standing(provider_id, "expired", batch.n_requests, 0, 0, (), ())

    async def _collect(self, batch: batches.Batch, standing: Standing) -> None:
        self.desk.say("collecting")
        if standing.too_much is not None:
            await asyncio.to_thread(batches.close, self.store, batch.id)
            await self.sender.take_back(batch, standing.too_much)
            return
        await self.desk.until_it_works(partial(self.collecting.collect, batch, standing))
        del self.desk.open[batch.id]
