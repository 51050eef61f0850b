"""A mock server for all tests of this folder, and no keys but those that a test sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emotionbench.respondents.openai.providers import PROVIDERS
from mock_server import MockServer


@pytest.fixture(scope="session")
def shared_server() -> Iterator[MockServer]:
    running = MockServer.start("--models", ",".join(["gpt-4o-mini", *(f"other-{n}" for n in range(30))]))
    yield running
    running.stop()


@pytest.fixture
def fresh(shared_server: MockServer) -> MockServer:
    """The shared server with its counts at nothing; faults are chosen by the model's name."""
    shared_server.reset()
    return shared_server


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        if provider.key_env:
            monkeypatch.delenv(provider.key_env, raising=False)
    monkeypatch.delenv("MY_KEY", raising=False)
