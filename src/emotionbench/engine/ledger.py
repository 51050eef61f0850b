"""The one writer of a run: attempts in small groups, each group one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from emotionbench.errors import EmotionBenchError
from emotionbench.records import Attempt
from emotionbench.store import Store, writing

COMMIT_ATTEMPTS, COMMIT_SECONDS = 200, 0.1
MOST_WAITING = 1000


class Ledger:
    """Collects attempts and commits them: at most 200 at a time, none older than 100 ms.

    A power cut loses at most what has not been committed. When a commit fails, the next ``add`` or ``close`` raises
    the reason, and nothing more is taken.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: list[Attempt] = []
        self.failure: EmotionBenchError | None = None
        self.closed = False
        self.some, self.full, self.room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.room.set()
        self.keeper = asyncio.create_task(self._keep())

    async def add(self, attempt: Attempt) -> None:
        """Hand over an attempt."""
        await self.room.wait()
        self._raise_failure()
        self.waiting.append(attempt)
        self.some.set()
        if len(self.waiting) >= COMMIT_ATTEMPTS:
            self.full.set()
        if len(self.waiting) >= MOST_WAITING:
            self.room.clear()

    async def close(self) -> None:
        """Commit what is left."""
        self.closed = True
        self.some.set()
        self.full.set()
        await self.keeper
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self.failure:
            raise self.failure

    async def _keep(self) -> None:
        while self.waiting or not self.closed:
            await self.some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(COMMIT_SECONDS):
                    await self.full.wait()
            group, self.waiting = self.waiting[:COMMIT_ATTEMPTS], self.waiting[COMMIT_ATTEMPTS:]
            await self._commit(group)
            self._set_events()

    def _set_events(self) -> None:
        self.room.set()
        if not self.waiting and not self.closed:
            self.some.clear()
        if len(self.waiting) < COMMIT_ATTEMPTS and not self.closed:
            self.full.clear()

    async def _commit(self, group: Sequence[Attempt]) -> None:
        if self.failure or not group:
            return
        try:
            await asyncio.to_thread(writing.append_attempts, self.store, group)
        except EmotionBenchError as problem:
            self.failure = problem
