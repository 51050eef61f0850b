"""One question at a time, until a respondent has answered one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure, Reply


class Gate:
    """Lets questions through one at a time until the first success, so that a wrong key or model costs one request.

    One that times out lets the others go, so that a server that hangs is not waited for once a request; a
    RespondentError is what all that wait get, too. Who finds ``one_at_a_time`` false need not come through here.
    """

    def __init__(self) -> None:
        self.one_at_a_time = True
        self._lock = asyncio.Lock()
        self._stopped_by: RespondentError | None = None

    async def through(self, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        """What ``ask`` brings, once those before have been answered."""
        async with self._lock:
            if self._stopped_by is not None:
                raise self._stopped_by
            if self.one_at_a_time:
                return await self._alone(ask)
        return await ask()

    def reset(self) -> None:
        """Let questions of another event loop come, and forget what stopped those before; a success is kept."""
        self._lock, self._stopped_by = asyncio.Lock(), None

    async def _alone(self, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        try:
            reply = await ask()
        except AskFailure as failure:
            self.one_at_a_time = failure.kind != "timeout"
            raise
        except RespondentError as problem:
            self._stopped_by = problem
            raise
        self.one_at_a_time = False
        return reply
