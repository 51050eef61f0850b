"""When the next request of a respondent may go out."""

from __future__ import annotations

import asyncio
import random
import time

from emotionbench.respondents.base import AskFailure
from emotionbench.study import Execution

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
LONGEST_WAIT = 300.0


class Pace:
    """Rate limit and pauses of one respondent, shared by its requests."""

    def __init__(self, execution: Execution) -> None:
        self.interval = 60.0 / execution.requests_per_minute if execution.requests_per_minute else 0.0
        self.next_at = 0.0
        self.resume_at = 0.0

    async def wait(self) -> None:
        """Wait for this request's turn under the rate limit, and while the server has asked for a pause."""
        now = time.monotonic()
        start = max(now, self.resume_at)
        if self.interval:
            start = max(start, self.next_at)
            self.next_at = start + self.interval
        if start > now:
            await asyncio.sleep(start - now)

    def may_retry(self, failure: AskFailure) -> bool:
        """Whether asking again is of use: the failure may pass, and within a few minutes."""
        return failure.may_pass and (failure.retry_after or 0.0) <= LONGEST_WAIT

    async def hold(self, failure: AskFailure, retry: int) -> None:
        """Pause before a retry: as the server says, else twice as long each time, with jitter."""
        if failure.retry_after is None:
            await asyncio.sleep(min(FIRST_PAUSE * 2**retry, LONGEST_PAUSE) * random.uniform(0.75, 1.25))
            return
        self.resume_at = max(self.resume_at, time.monotonic() + failure.retry_after)
        await asyncio.sleep(failure.retry_after + random.uniform(0.0, 0.1))
