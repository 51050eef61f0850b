"""Requests go out in batches: written down, uploaded, submitted once, and taken back where they are too much."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from emotionbench.engine.asking import now
from emotionbench.engine.batch_collecting import custom_id
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure, Question
from emotionbench.respondents.openai.batches import MOST_BYTES, MOST_REQUESTS, Batches, Standing, TooMuch
from emotionbench.store import Store, batches

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 1.0, 60.0, 1.5
MOST_TROUBLE = 20
"""Failures in a row, of one call, after which the run ends; the batch goes on at the provider."""
SETTLING = 30.0
"""Seconds after which a batch that the provider does not list was never submitted."""
ROWS_AT_ONCE = 200

T = TypeVar("T")


class Leaving(Exception):
    """The run is to stop; what is out goes on without it."""


@dataclass(frozen=True, slots=True)
class View:
    """Where batches stand, as the provider says; ``doing`` is what is done now, in words.

    ``notes`` say early what cannot be reached.
    """

    doing: str
    n_batches: int = 0
    n_requests: int = 0
    n_done: int = 0
    n_failed: int = 0
    notes: tuple[str, ...] = ()


class Desk:
    """What all work on the batches of one respondent shares: what is out, and patience with the provider."""

    def __init__(self, store: Store, provider: Batches, stopping: asyncio.Event, say: Callable[[], None]) -> None:
        self.store, self.provider, self.stopping, self._show = store, provider, stopping, say
        self.open: dict[str, batches.Batch] = {}
        self.standings: dict[str, Standing] = {}
        self.doing = ""

    @property
    def view(self) -> View:
        """Where those stand that the provider took."""
        out = [batch for batch in self.open.values() if batch.provider_id is not None]
        of = [standing for batch in out if (standing := self.standings.get(batch.id))]
        n_requests = sum(batch.n_requests for batch in out)
        return View(self.doing, len(out), n_requests, sum(s.n_done for s in of), sum(s.n_failed for s in of))

    def say(self, doing: str) -> None:
        """Show what is being done."""
        self.doing = doing
        self._show()

    async def until_it_works(self, call: Callable[[], Awaitable[T]]) -> T:
        """What a call brings, which is made again where its failure may pass."""
        n_failures = 0
        while True:
            try:
                return await call()
            except AskFailure as failure:
                n_failures += 1
                await self.pause_after(failure, n_failures)

    async def pause_after(self, failure: AskFailure, n_failures: int) -> None:
        """Wait as the provider asks, else longer each time; a RespondentError after too many failures."""
        if n_failures >= MOST_TROUBLE:
            fix = "run the same command again later; what is out at the provider is collected then"
            raise RespondentError(failure.message, where=self.provider.name, fix=fix)
        self.say(f"waiting after: {failure.message}")
        growing = min(FIRST_PAUSE * GROWTH**n_failures, LONGEST_PAUSE)
        await self.pause(failure.retry_after if failure.retry_after is not None else growing)

    async def pause(self, seconds: float) -> None:
        """Wait; raise Leaving as soon as the run is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        if self.stopping.is_set():
            raise Leaving


@dataclass
class _Writing:
    """A batch that is being written: its requests and bytes, and those that the store does not have yet."""

    batch: batches.Batch
    n: int = 0
    n_bytes: int = 0
    waiting: list[batches.Asked] = field(default_factory=list)


class Sender:
    """Sends the questions of one respondent, as many in a batch as the provider takes."""

    def __init__(self, desk: Desk, respondent: str, worker: str) -> None:
        self.desk, self.store, self.provider = desk, desk.store, desk.provider
        self.respondent, self.worker = respondent, worker
        self.most_requests, self.one_at_a_time = MOST_REQUESTS, False
        self.left_some = False
        """Whether something could not go out yet, for which the plan is to be looked at again."""
        self._writing: _Writing | None = None

    async def write(self, question: Question) -> None:
        """Put a question into the batch that is being written; into the next where that is full."""
        name = question.administration.id
        asked = batches.Asked(name, question.part, self.provider.body(question))
        size = len(self.provider.line(custom_id(name, question.part), asked.body))
        if self._writing and (self._writing.n >= self.most_requests or self._writing.n_bytes + size > MOST_BYTES):
            await self.send()
        if self._writing is None:
            if self.one_at_a_time and self.desk.open:
                self.left_some = True
                return
            self._writing = await self._begin()
        self._writing.n, self._writing.n_bytes = self._writing.n + 1, self._writing.n_bytes + size
        self._writing.waiting.append(asked)
        if len(self._writing.waiting) >= ROWS_AT_ONCE:
            await self._flush(self._writing)

    async def send(self) -> None:
        """Seal the batch that is being written, if there is one, and send it."""
        writing, self._writing = self._writing, None
        if writing is None:
            return
        await self._flush(writing)
        batch = replace(writing.batch, state=batches.OPEN, submitted_at=now(), n_requests=writing.n)
        await asyncio.to_thread(batches.seal, self.store, batch.id, batch.submitted_at)
        self.desk.open[batch.id] = batch
        await self.make_sure_it_is_out(batch)

    async def forget_unsent(self) -> None:
        """Forget the batch that is being written."""
        writing, self._writing = self._writing, None
        if writing is not None:
            await asyncio.to_thread(batches.discard, self.store, writing.batch.id)

    async def make_sure_it_is_out(self, batch: batches.Batch) -> None:
        """Upload and submit what was not; a batch of which that is not known is looked for at the provider."""
        if batch.provider_id is not None:
            return
        self.desk.say(f"sending {batch.n_requests:,} requests")
        maybe_out = batch.file_id is not None
        try:
            if batch.file_id is None:
                batch = await self._upload(batch)
            found = await self._submit(batch, maybe_out=maybe_out)
        except TooMuch as problem:
            await self.take_back(batch, problem)
            return
        await asyncio.to_thread(batches.note_taken, self.store, batch.id, found.id)
        self.desk.open[batch.id] = replace(batch, provider_id=found.id)
        self.desk.standings[batch.id] = found

    async def take_back(self, batch: batches.Batch, problem: TooMuch) -> None:
        """A batch that was too much was never asked: its requests go out again, fewer at a time."""
        del self.desk.open[batch.id]
        # one that the provider took stays, as lost
        await asyncio.to_thread(batches.discard, self.store, batch.id)
        self.left_some = True
        self.one_at_a_time |= problem.of_queue
        if problem.of_queue and self.desk.open:
            return  # there is room once these are done
        if batch.n_requests == 1:
            raise RespondentError(
                f"takes not even one request: {problem.words}",
                where=self.provider.name,
                fix="wait until other batches of the account are done, then run the same command again",
            )
        self.most_requests = max(min(self.most_requests, batch.n_requests) // 2, 1)

    async def _begin(self) -> _Writing:
        batch = batches.Batch(uuid.uuid4().hex, self.respondent, self.worker, None, None, batches.WRITING, 0, now())
        await asyncio.to_thread(batches.begin, self.store, batch)
        return _Writing(batch)

    async def _flush(self, writing: _Writing) -> None:
        waiting, writing.waiting = writing.waiting, []
        await asyncio.to_thread(batches.add, self.store, writing.batch.id, waiting)

    async def _upload(self, batch: batches.Batch) -> batches.Batch:
        """Upload the requests as a file; the batch with the provider's id of it."""

        async def upload() -> str:
            rows = batches.requests(self.store, batch.id)
            lines = (self.provider.line(custom_id(row.administration, row.part), row.body) for row in rows)
            return await self.provider.upload(lines, batch.id)

        try:
            file_id = await self.desk.until_it_works(upload)
        except RespondentError:
            await self._forget(batch)
            raise
        await asyncio.to_thread(batches.note_file, self.store, batch.id, file_id)
        return replace(batch, file_id=file_id)

    async def _forget(self, batch: batches.Batch) -> None:
        """What the provider refused to take is not asked by batch, and may be asked in another way."""
        self.desk.open.pop(batch.id, None)
        await asyncio.to_thread(batches.discard, self.store, batch.id)

    async def _submit(self, batch: batches.Batch, *, maybe_out: bool) -> Standing:
        """Submit a file, once: where it may have been, the provider is asked for it first."""
        file_id, since = batch.file_id or "", age(batch.submitted_at)

        async def find() -> Standing | None:
            return await self.provider.find(batch.id, file_id)

        loop, n_failures = asyncio.get_running_loop(), 0
        settled_at = loop.time() + max(SETTLING - since, 0.0)
        while True:
            if maybe_out:
                found = await self.desk.until_it_works(find)
                if found is not None:
                    return found
                if loop.time() < settled_at:
                    await self.desk.pause(FIRST_PAUSE)
                    continue
            try:
                return await self.provider.submit(file_id, batch.id)
            except RespondentError:
                if not maybe_out:
                    await self._forget(batch)
                raise
            except AskFailure as failure:
                n_failures += 1
                maybe_out = maybe_out or failure.kind != "rate_limited"
                settled_at = loop.time() + SETTLING
                await self.desk.pause_after(failure, n_failures)


def age(moment: str) -> float:
    """Seconds since a moment, UTC, ISO 8601; none where it is yet to come."""
    return max((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds(), 0.0)
