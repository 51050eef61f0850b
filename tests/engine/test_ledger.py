"""The writer: groups of at most fifty, none older than a tenth of a second, and no silence about a failed commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from emotionbench.engine.ledger import COMMIT_ATTEMPTS, Ledger
from emotionbench.errors import StoreError
from emotionbench.records import Attempt
from emotionbench.store import Store, writing


def attempt(number: int) -> Attempt:
    return Attempt("a", number, "{}", "r", "r", None, None, "now", 0.0)


def committed(monkeypatch: pytest.MonkeyPatch, commit: Callable[[Sequence[Attempt]], None]) -> None:
    monkeypatch.setattr(writing, "append_attempts", lambda _store, group: commit(group))


def test_groups_are_small_whole_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[list[int]] = []
    committed(monkeypatch, lambda group: groups.append([a.number for a in group]))

    async def work() -> None:
        ledger = Ledger(Store(tmp_path / "s.db"))
        for number in range(175):
            await ledger.add(attempt(number))
        await ledger.close()

    asyncio.run(work())
    assert [number for group in groups for number in group] == list(range(175))
    assert max(map(len, groups)) <= COMMIT_ATTEMPTS


def test_a_lone_attempt_does_not_wait_for_company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        loop, written = asyncio.get_running_loop(), asyncio.Event()
        committed(monkeypatch, lambda _: _tell(loop, written))
        ledger = Ledger(Store(tmp_path / "s.db"))
        await ledger.add(attempt(1))
        async with asyncio.timeout(20):
            await written.wait()
        await ledger.close()

    asyncio.run(work())


def test_a_failed_commit_is_raised_and_nothing_more_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Sequence[Attempt]) -> None:
        raise StoreError("the disk is full")

    committed(monkeypatch, fail)

    async def work() -> None:
        ledger = Ledger(Store(tmp_path / "s.db"))
        await ledger.add(attempt(1))
        with pytest.raises(StoreError, match="disk is full"):
            await ledger.close()
        with pytest.raises(StoreError, match="disk is full"):
            await ledger.add(attempt(2))

    asyncio.run(work())


def _tell(loop: asyncio.AbstractEventLoop, written: asyncio.Event) -> None:
    loop.call_soon_threadsafe(written.set)
