"""When the next request goes out."""

from __future__ import annotations

import asyncio
import time

from emotionbench.engine.pace import LONGEST_WAIT, Pace
from emotionbench.respondents.base import AskFailure
from emotionbench.study import Execution


def failure(retry_after: float | None = None, *, may_pass: bool = True) -> AskFailure:
    return AskFailure("rate_limited", "slow down", request="{}", may_pass=may_pass, retry_after=retry_after)


def test_what_may_be_asked_again() -> None:
    pace = Pace(Execution())
    assert pace.may_retry(failure())
    assert pace.may_retry(failure(LONGEST_WAIT))
    assert not pace.may_retry(failure(LONGEST_WAIT + 1))
    assert not pace.may_retry(failure(may_pass=False))


def test_a_pause_that_the_server_asks_for_holds_everyone() -> None:
    async def work() -> float:
        pace = Pace(Execution())
        start = time.monotonic()
        holding = asyncio.create_task(pace.hold(failure(0.2), 0))
        await asyncio.sleep(0)
        await pace.wait()
        waited = time.monotonic() - start
        await holding
        return waited

    assert asyncio.run(work()) > 0.15


def test_requests_are_spread_over_the_minute() -> None:
    async def work() -> float:
        pace = Pace(Execution(requests_per_minute=1200))
        start = time.monotonic()
        await asyncio.gather(*(pace.wait() for _ in range(5)))
        return time.monotonic() - start

    assert asyncio.run(work()) >= 4 * 0.05
