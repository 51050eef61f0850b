from __future__ import annotations

from collections.abc import Callable

import pytest

from asking import KEY, ask, in_loop, make, make_questions, stopping
from emotionbench.respondents.base import AskFailure
from mock_server import MockServer


def test_the_mock_server_strikes_as_often_as_told(mock_server: Callable[..., MockServer]) -> None:
    flaky = mock_server("--fault", "500:each1", "--fault", "503:0.5")
    answerer = make(flaky)

    async def until_answered() -> list[list[int]]:
        outcomes: list[list[int]] = []
        for question in make_questions(answerer, 20):
            outcomes.append([])
            while not outcomes[-1] or outcomes[-1][-1] != 200:
                try:
                    await answerer.ask(question)
                    outcomes[-1].append(200)
                except AskFailure as failure:
                    outcomes[-1].append(int(failure.message.split()[1].rstrip(":")))
        return outcomes

    outcomes = in_loop(answerer, until_answered)
    assert all(statuses[0] == 500 and 500 not in statuses[1:] for statuses in outcomes)
    later = [status for statuses in outcomes for status in statuses[1:]]
    assert 0.2 < later.count(503) / len(later) < 0.8
    stats = flaky.stats()
    assert stats["n_answered"] == stats["n_bodies"] == 20
    assert stats["n_requests"] == sum(stats["by_body"].values()) == sum(map(len, outcomes))


def test_the_mock_server_wants_its_key(mock_server: Callable[..., MockServer], monkeypatch: pytest.MonkeyPatch) -> None:
    locked = mock_server("--key", KEY)
    assert "wants a key" in stopping(make(locked))
    monkeypatch.setenv("MY_KEY", KEY)
    assert ask(make(locked, api_key_env="MY_KEY")).text
