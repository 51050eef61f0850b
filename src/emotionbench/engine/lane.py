"""The sessions of one respondent, so many at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from emotionbench.documents import content_hash
from emotionbench.engine.asking import Asker, Shared, best_reply
from emotionbench.plan import Session
from emotionbench.records import Administration, Message, RespondentKind
from emotionbench.respondents.base import Answerer, Question
from emotionbench.store import reading
from emotionbench.study_materials import Materials
from emotionbench.wording import Wording


class Pending(NamedTuple):
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
        self.is_embedded = answerer.record.kind is RespondentKind.SYNTHETIC

    async def ask_all(self, feed: Feed) -> None:
        """Ask every session of the feed, until the run is to stop."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.asker.n_at_once):
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
            earlier = pending.progress.get(administration.id, reading.NOT_TRIED)
            continued = await self._ask_administration(administration, history, earlier)
            if continued is None:
                break
            history = continued

    async def _ask_administration(
        self, administration: Administration, history: tuple[Message, ...], earlier: reading.Progress
    ) -> tuple[Message, ...] | None:
        """Ask what an earlier run has not got; the conversation after it, or None where a message got no reply."""
        asking = _Asking(self.asker, earlier)
        attempt = earlier.n_attempts + 1
        first = self.wordings.question(administration, history, attempt)
        parts = range(1, administration.n_messages + 1)
        if len(parts) > 1 and first.form is not None and first.form.starts_anew:
            questions = [self.wordings.question(administration, history, attempt, part) for part in parts]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(asking.reply(question)) for question in questions]
            replies = [task.result() for task in tasks]
            last = (questions[-1], replies[-1]) if None not in replies else None
        else:
            last = await self._one_after_another(asking, first)
        if last is None:
            self._count(failed=True)
            return None
        if asking.n_asked:
            self._count(incomplete=asking.n_valid < asking.n_asked)
        return _continued(*last)

    async def _one_after_another(self, asking: _Asking, question: Question) -> tuple[Question, str | None] | None:
        """Ask a question and the messages that follow in its conversation; the last, or None where one got no reply."""
        while (reply := await asking.reply(question)) is not None:
            if question.part == question.administration.n_messages:
                return question, reply
            question = self.wordings.question(
                question.administration, _continued(question, reply), asking.n_attempts + 1, question.part + 1
            )
        return None

    def _count(self, *, failed: bool = False, incomplete: bool = False) -> None:
        tally = self.shared.tally
        tally.n_failed += failed
        tally.n_answered += not failed
        tally.n_incomplete += incomplete
        self.shared.watch(tally)


class _Asking:
    """One administration being asked: what an earlier run got of it, and what this one does."""

    def __init__(self, asker: Asker, earlier: reading.Progress) -> None:
        self.asker, self.earlier = asker, earlier
        self.n_attempts, self.n_asked, self.n_valid = earlier.n_attempts, 0, 0

    async def reply(self, question: Question) -> str | None:
        """The best reply to one message: of those an earlier run got, or asked for now; None where all failed."""
        reply = best_reply(question, self.earlier.replies.get(question.part, ()))
        if reply is None:
            answered = await self.asker.answer(question, self._numbers())
            reply = answered.reply
            self.n_asked, self.n_valid = self.n_asked + len(question.shown), self.n_valid + answered.n_valid
        return reply

    def _numbers(self) -> Iterator[int]:
        while True:
            self.n_attempts += 1
            yield self.n_attempts


def _continued(question: Question, reply: str | None) -> tuple[Message, ...]:
    """The conversation after a reply."""
    return (*question.messages, {"role": "assistant", "content": reply or ""})


class Wordings:
    """Makes questions of administrations: knows the materials of a study by content hash."""

    def __init__(self, materials: Materials) -> None:
        self.instruments = {content_hash(instrument): instrument for instrument in materials.instruments}
        self.protocols = {content_hash(protocol): protocol for protocol in materials.protocols}
        self.forms = {content_hash(form): form for form in materials.forms}
        self.situations = {content_hash(situation): situation for situation in materials.situations}
        self._wordings: dict[tuple[str, str, str | None], Wording] = {}

    def question(
        self,
        administration: Administration,
        history: tuple[Message, ...] = (),
        attempt: int = 0,
        part: int = 1,
    ) -> Question:
        """The question that puts one message of an administration, continuing ``history``, for the n-th time."""
        wording = self._wording(administration)
        situation = self.situations[administration.situation] if administration.situation else None
        messages = wording.messages(administration, situation, history, part)
        return Question(
            administration, wording.instrument, wording.protocol, situation, messages, attempt, wording.form, part
        )

    def _wording(self, administration: Administration) -> Wording:
        key = (administration.instrument, administration.protocol, administration.form)
        if key not in self._wordings:
            instrument, protocol = self.instruments[administration.instrument], self.protocols[administration.protocol]
            form = self.forms[administration.form] if administration.form else None
            self._wordings[key] = Wording(instrument, protocol, form)
        return self._wordings[key]
