"""What tests of the engine share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_batch_server import MockBatches


@pytest.fixture
def batch_server() -> Iterator[Callable[..., MockBatches]]:
    """Starts servers of batches, such as ``batch_server(end="expired")``."""
    started: list[MockBatches] = []

    def start(**options: Any) -> MockBatches:
        started.append(MockBatches.start(**options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def swift_batches(
    batch_server: Callable[..., MockBatches], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., MockBatches]:
    """The same, done at once, and looked after without long pauses."""
    for module in ("batches", "batch_sending"):
        monkeypatch.setattr(f"emotionbench.engine.{module}.FIRST_PAUSE", 0.03)
    monkeypatch.setattr("emotionbench.engine.batch_sending.SETTLING", 0.3)

    def start(**options: Any) -> MockBatches:
        return batch_server(**{"delay": 0.05, **options})

    return start
