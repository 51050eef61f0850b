"""Stopping a run in every way, and two runs at once: nothing lost, nothing asked twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine_helpers import command, n_rows, responses, run_command
from mock_server import MockServer

ServerMaker = Callable[..., MockServer]
N = 72 + 36 * 12


def arguments(server: MockServer, *more: str) -> list[str]:
    return ["run", "--respondent", "compatible/mock", "--base-url", server.url, "--concurrency", "8", *more]


def started(folder: Path, server: MockServer, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments(server, *more)), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def assert_each_answered_once(store: Path, n: int) -> None:
    found = responses(store)
    assert len(found) == n_rows(store, "administration") == n
    assert set(found.values()) == {1}


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def wait_for_request(server: MockServer, process: subprocess.Popen[bytes], n_seen: int) -> None:
    wait_until(lambda: server.stats()["n_requests"] > n_seen or process.poll() is not None)


def is_pending(process: subprocess.Popen[bytes], number: signal.Signals) -> bool:
    """Whether a signal was sent that the process has not taken yet, as Linux tells it."""
    told = Path(f"/proc/{process.pid}/status").read_text()
    (pending,) = [line.split()[1] for line in told.splitlines() if line.startswith("ShdPnd:")]
    return bool(int(pending, 16) >> (number - 1) & 1)


@pytest.mark.slow
def test_killed_twenty_times_at_random_moments_then_resumed(mock_server: ServerMaker, tmp_path: Path) -> None:
    # on a fast machine something is left to ask, as the server holds the rest back; on a slow one something was kept
    server, store = mock_server("--latency", "60", "--hold-after", "300"), tmp_path / "emotionbench.db"
    moments = random.Random(20)
    n_seen = 0
    for number in range(20):
        process = started(tmp_path, server)
        wait_for_request(server, process, n_seen)
        time.sleep(moments.uniform(0.0, 0.5))
        if number == 19:
            wait_until(lambda: responses(store).total() > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        n_seen = server.stats()["n_requests"]
    n_before = responses(store).total()
    assert 0 < n_before < N
    finished = run_command(tmp_path, arguments(mock_server()))
    assert finished.returncode == 0, finished.stderr
    assert_each_answered_once(store, N)
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0


def test_two_processes_on_one_study_never_ask_the_same(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--latency", "20"), tmp_path / "emotionbench.db"
    pair = [started(tmp_path, server) for _ in range(2)]
    for process in pair:
        process.wait(timeout=240)
    stats = server.stats()
    assert max(stats["by_body"].values()) == 1
    assert stats["n_requests"] == N
    assert_each_answered_once(store, N)


def test_ctrl_c_finishes_what_is_under_way_and_the_same_command_goes_on(
    mock_server: ServerMaker, tmp_path: Path
) -> None:
    server, store = mock_server("--latency", "100"), tmp_path / "emotionbench.db"
    process = started(tmp_path, server)
    wait_until(lambda: server.stats()["n_requests"] > 20)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert responses(store).total() == server.stats()["n_requests"] < N
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0
    assert run_command(tmp_path, arguments(server)).returncode == 0
    assert_each_answered_once(store, N)
    assert server.stats()["n_requests"] == N


def test_a_second_ctrl_c_drops_what_is_under_way(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server("--fault", "hang"), tmp_path / "emotionbench.db"
    process = started(tmp_path, server)
    wait_until(lambda: server.stats()["n_requests"] > 0)
    process.send_signal(signal.SIGINT)
    wait_until(lambda: not is_pending(process, signal.SIGINT))  # a second one before would be the same one
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert responses(store).total() == 0
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0


def test_a_disk_that_fills_up_is_one_line_and_the_rest_is_kept(mock_server: ServerMaker, tmp_path: Path) -> None:
    server, store = mock_server(), tmp_path / "emotionbench.db"
    run_line = " ".join(f"'{part}'" for part in command(*arguments(server)))
    limited = subprocess.run(
        ["bash", "-c", f"ulimit -f 1200; exec {run_line}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert limited.returncode == 1
    assert "Traceback" not in limited.stderr
    assert "emotionbench.db: the disk" in limited.stderr.splitlines()[-1]
    assert run_command(tmp_path, arguments(server)).returncode == 0
    assert_each_answered_once(store, N)
