"""The sessions of one respondent, so many at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from emotionbench.documents import content_hash
from emotionbench.engine.asking import Asker, Shared
from emotionbench.plan import Session
from emotionbench.records import Administration, Message, RespondentKind
from emotionbench.respondents.base import Answerer, Question
from emotionbench.store import reading
from emotionbench.study import Materials
from emotionbench.wording import Wording


@dataclass(frozen=True)
class Pending:
    """A session with what an earlier run has already got of it."""

    session: Session
    progress: dict[str, reading.Progress]


class Lane:
    """The requests of one respondent: so many at once, so many a minute, and an end when all of them fail."""

    def __init__(self, shared: Shared, answerer: Answerer) -> None:
        self.shared, self.answerer = shared, answerer
        self.asker = Asker(shared, answerer)
        self.wordings = Wordings(shared.materials)
        self.slots = asyncio.Semaphore(shared.study.execution.concurrency)
        self.under_way: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Task[None] | None = None
        self.is_embedded = answerer.record.kind is RespondentKind.SYNTHETIC

    async def take(self, pending: Pending) -> bool:
        """Start a session as soon as a place is free; False once the run is to stop."""
        if self.is_embedded:
            await self._ask_session(pending)
            await asyncio.sleep(0)
            return not self.shared.stopping.is_set()
        await self.slots.acquire()
        self._raise_failed()
        if self.shared.stopping.is_set():
            self.slots.release()
            return False
        task = asyncio.create_task(self._ask_session(pending))
        self.under_way.add(task)
        task.add_done_callback(self._done)
        return True

    async def finish(self) -> None:
        """Wait for what is under way."""
        while self.under_way and not self.failed:
            await asyncio.wait(self.under_way, return_when=asyncio.FIRST_EXCEPTION)
            await asyncio.sleep(0)  # lets the callbacks of what has ended run
        self._raise_failed()

    def _done(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        self.slots.release()
        if not task.cancelled() and task.exception() and self.failed is None:
            self.failed = task

    def _raise_failed(self) -> None:
        """Raise what made a session fail, and drop the others."""
        if self.failed:
            for task in self.under_way:
                task.cancel()
            self.failed.result()

    async def _ask_session(self, pending: Pending) -> None:
        """The administrations of a session, one after another, each continuing the conversation of the one before."""
        history: tuple[Message, ...] = ()
        for administration in pending.session:
            earlier = pending.progress.get(administration.id, reading.Progress(0, None))
            question = self.wordings.question(administration, history, earlier.n_attempts)
            reply = earlier.reply
            if reply is None:
                reply = await self.asker.answer(question)
            if reply is None:
                break
            history = (*question.messages, {"role": "assistant", "content": reply})
        await self.shared.ledger.finish(pending.session[0].id)


class Wordings:
    """Makes questions of administrations: knows the materials of a study by content hash."""

    def __init__(self, materials: Materials) -> None:
        self.wordings = {content_hash(i): Wording(i, materials.protocol) for i in materials.instruments}
        self.situations = {content_hash(situation): situation for situation in materials.situations}

    def question(
        self, administration: Administration, history: tuple[Message, ...] = (), n_attempts: int = 0
    ) -> Question:
        """The question that puts an administration, continuing ``history``."""
        wording = self.wordings[administration.instrument]
        situation = self.situations[administration.situation] if administration.situation else None
        messages = wording.messages(administration, situation, history)
        return Question(administration, wording.instrument, wording.protocol, situation, messages, n_attempts)
