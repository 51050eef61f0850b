"""Questions go one at a time until the first success."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.respondents.gate import Gate

REPLY = Reply(request="{}", response="{}", text="1")


class Asked:
    """Questions with outcomes that are known; counts how many were out at the same time."""

    def __init__(self, outcomes: list[Reply | Exception]) -> None:
        self.outcomes = outcomes
        self.n_asked = self.n_out = self.most_out = 0

    async def one(self) -> Reply:
        outcome = self.outcomes[min(self.n_asked, len(self.outcomes) - 1)]
        self.n_asked, self.n_out = self.n_asked + 1, self.n_out + 1
        self.most_out = max(self.most_out, self.n_out)
        await asyncio.sleep(0.001)
        self.n_out -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def through(gate: Gate, one: Callable[[], Awaitable[Reply]], n: int) -> list[Reply | BaseException]:
    async def go() -> list[Reply | BaseException]:
        return await asyncio.gather(*(gate.through(one) for _ in range(n)), return_exceptions=True)

    return asyncio.run(go())


def failure(kind: str) -> AskFailure:
    return AskFailure(kind, "no", request="{}", may_pass=True)


def test_after_the_first_success_all_that_wait_go_together() -> None:
    asked, gate = Asked([REPLY]), Gate()
    first = Asked([REPLY])
    assert gate.one_at_a_time
    through(gate, first.one, 1)
    assert not gate.one_at_a_time
    through(gate, asked.one, 5)
    assert asked.most_out == 5


@pytest.mark.parametrize(("kind", "most_out"), [("server", 1), ("timeout", 4)])
def test_what_fails_keeps_the_others_waiting_unless_it_timed_out(kind: str, most_out: int) -> None:
    asked = Asked([failure(kind)])
    outcomes = through(Gate(), asked.one, 5)
    assert [type(outcome) for outcome in outcomes] == [AskFailure] * 5
    assert (asked.n_asked, asked.most_out) == (5, most_out)


def test_what_stops_the_first_stops_all_that_wait_and_is_forgotten_with_a_reset() -> None:
    asked, gate = Asked([RespondentError("a wrong key"), REPLY]), Gate()
    outcomes = through(gate, asked.one, 5)
    assert [type(outcome) for outcome in outcomes] == [RespondentError] * 5
    assert asked.n_asked == 1
    gate.reset()
    assert through(gate, asked.one, 1) == [REPLY]
