"""What is said while batches are waited for, and in the status."""

from __future__ import annotations

import pytest

from emotionbench.cli.run_batch import line_of
from emotionbench.cli.status import _batch_lines
from emotionbench.engine.batch_sending import View
from emotionbench.store.batches import Open


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (View("writing requests"), "writing requests"),
        (View("waiting", 1, 5984, 5100, 3), "waiting: 1 batch open, 5,100 of 5,984 requests done, 3 failed"),
        (View("collecting", 2, 60_000, 60_000), "collecting: 2 batches open, 60,000 of 60,000 requests done"),
    ],
)
def test_the_live_line(view: View, line: str) -> None:
    assert line_of(view) == line


def test_the_status_has_a_line_for_each_respondent() -> None:
    out = [
        Open("openai/a", "batch_1", 50_000, "2026-11-21T09:30:12.000+00:00"),
        Open("openai/a", "batch_2", 984, "2026-11-21T09:41:00.000+00:00"),
        Open("groq/b", "batch_9", 1, "2026-11-21T10:00:00.000+00:00"),
    ]
    first, second = _batch_lines(out)
    assert first.startswith("2 batches open at openai/a, 50,984 requests, submitted 2026-11-21 09:30 UTC;")
    assert second.startswith("1 batch open at groq/b, 1 requests, submitted 2026-11-21 10:00 UTC;")
    assert _batch_lines([]) == []


def test_the_status_does_not_call_submitted_what_may_not_be() -> None:
    (line,) = _batch_lines([Open("openai/a", None, 984, "2026-11-21T09:41:00.000+00:00")])
    assert line.startswith("1 batch open at openai/a, 984 requests, written 2026-11-21 09:41 UTC and perhaps not sent;")
