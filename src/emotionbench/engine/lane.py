"""The sessions of one respondent, so many at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
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


class Feed:
    """Sessions to be asked, claimed a chunk ahead, so that nobody who asks has to wait for the store."""

    def __init__(self, next_chunk: Callable[[], list[Pending] | None]) -> None:
        self.next_chunk = next_chunk
        self.ready: deque[Pending] = deque()
        self.one_at_a_time = asyncio.Lock()
        self.coming = self._fetch()

    async def next(self) -> Pending | None:
        """The next session; None after the last."""
        while not self.ready:
            async with self.one_at_a_time:
                if self.ready:
                    break
                chunk = await asyncio.shield(self.coming)
                if chunk is None:
                    return None
                self.ready.extend(chunk)
                self.coming = self._fetch()
        return self.ready.popleft()

    async def close(self) -> None:
        """Wait for the chunk that is being claimed, so that no thread writes after the end."""
        await asyncio.gather(self.coming, return_exceptions=True)

    def _fetch(self) -> asyncio.Task[list[Pending] | None]:
        return asyncio.create_task(asyncio.to_thread(self.next_chunk))


class Lane:
    """The requests of one respondent: so many at once; the first error that stops the run stops them all."""

    def __init__(self, shared: Shared, answerer: Answerer) -> None:
        self.shared, self.answerer = shared, answerer
        self.asker = Asker(shared, answerer)
        self.wordings = Wordings(shared.materials)
        # who answers in process gains nothing from several at once
        self.is_embedded = answerer.record.kind is RespondentKind.SYNTHETIC
        self.n_at_once = 1 if self.is_embedded else shared.study.execution.concurrency

    async def ask_all(self, feed: Feed) -> None:
        """Ask every session of the feed, until the run is to stop."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.n_at_once):
                group.create_task(self._ask_from(feed))

    async def _ask_from(self, feed: Feed) -> None:
        while not self.shared.stopping.is_set():
            pending = await feed.next()
            if pending is None:
                return
            await self._ask_session(pending)
            if self.is_embedded:
                await asyncio.sleep(0)  # it never waits, and others want their turn

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
