"""A run by batch that is stopped or killed at every moment: nothing is lost, and nothing is asked twice."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotionbench.store import Store, batches
from emotionbench.verification import verify
from engine_helpers import command, n_rows, responses, run_command
from mock_batch_server import MockBatches

N = 20 + 12
N_ALL = 72 + 36 * 12
BatchServer = Callable[..., MockBatches]
MOMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "uploading": ("POST files", {"slow_upload": 1.0}),
    "submitting": ("POST batches", {"slow_create": 1.0}),
    "waiting": ("GET batches", {"delay": 4.0}),
    "fetching": ("GET files", {"slow_download": 0.1}),
}


def arguments(server: MockBatches, *more: str) -> list[str]:
    some = more or ("--factors", "anger-1")
    return ["run", "--respondent", "compatible/mock", "--base-url", server.url, "--batch", *some]


def started(folder: Path, server: MockBatches, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command(*arguments(server, *more)), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def wait_for_call(server: MockBatches, call: str, n: int = 1) -> None:
    deadline = time.monotonic() + 120
    while server.stats()["calls"].get(call, 0) < n:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def assert_each_answered_once(folder: Path, server: MockBatches, n: int = N) -> None:
    store = folder / "emotionbench.db"
    found = responses(store)
    assert (len(found), set(found.values())) == (n_rows(store, "administration"), {1})
    assert len(found) == n
    assert set(server.stats()["asked"].values()) == {1}
    assert n_rows(store, "worker") == n_rows(store, "claim") == 0
    with Store(store) as opened:
        assert list(verify(opened)) == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_while(moment: str, batch_server: BatchServer, tmp_path: Path) -> None:
    call, options = MOMENTS[moment]
    server = batch_server(**options)
    process = started(tmp_path, server)
    wait_for_call(server, call)
    time.sleep(0.2)
    kill(process)
    assert responses(tmp_path / "emotionbench.db").total() < N
    server.set(slow_upload=0.0, slow_create=0.0, delay=0.3, slow_download=0.0)
    finished = run_command(tmp_path, arguments(server))
    assert finished.returncode == 0, finished.stderr
    assert_each_answered_once(tmp_path, server)
    assert server.stats()["calls"]["POST batches"] == 1


EVERYTHING = ("--situations", "everyday")


def test_killed_when_part_of_it_is_kept(batch_server: BatchServer, tmp_path: Path) -> None:
    server, store = batch_server(delay=0.1, slow_download=0.004), tmp_path / "emotionbench.db"
    process = started(tmp_path, server, *EVERYTHING)
    wait_for_call(server, "GET files")
    while not responses(store).total():
        time.sleep(0.05)
    kill(process)
    assert 0 < responses(store).total() < N_ALL
    server.set(slow_download=0.0)
    finished = run_command(tmp_path, arguments(server, *EVERYTHING))
    assert finished.returncode == 0, finished.stderr
    assert_each_answered_once(tmp_path, server, N_ALL)


@pytest.mark.slow
def test_killed_at_random_moments_then_resumed(batch_server: BatchServer, tmp_path: Path) -> None:
    server = batch_server(slow_upload=0.4, slow_create=0.4, delay=6.0, slow_download=0.003)
    moments = random.Random(6)
    for _ in range(6):
        process = started(tmp_path, server, *EVERYTHING)
        n_calls = sum(server.stats()["calls"].values())
        while sum(server.stats()["calls"].values()) == n_calls and process.poll() is None:
            time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 1.0))
        kill(process)
    finished = run_command(tmp_path, arguments(server, *EVERYTHING))
    assert finished.returncode == 0, finished.stderr
    assert_each_answered_once(tmp_path, server, N_ALL)


def test_ctrl_c_while_waiting_leaves_cleanly_and_the_same_command_collects(
    batch_server: BatchServer, tmp_path: Path
) -> None:
    server = batch_server(delay=60.0)
    process = started(tmp_path, server)
    wait_for_call(server, "GET batches")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"the provider goes on with {N} requests; the same command collects".encode() in said
    shown = json.loads(run_command(tmp_path, ["status", "--json"]).stdout)["open_batches"]
    assert [(one["provider_id"], one["n_requests"]) for one in shown] == [("batch_1", N)]
    server.set(delay=0.0)
    finished = run_command(tmp_path, arguments(server))
    assert finished.returncode == 0, finished.stderr
    assert_each_answered_once(tmp_path, server)
    assert server.stats()["calls"]["POST batches"] == 1
    with Store(tmp_path / "emotionbench.db") as store:
        assert batches.open_batches(store) == []


def test_two_processes_on_one_study_never_submit_the_same(batch_server: BatchServer, tmp_path: Path) -> None:
    server = batch_server(slow_upload=0.3, delay=3.0)
    pair = [started(tmp_path, server) for _ in range(2)]
    for process in pair:
        process.communicate(timeout=120)
    assert_each_answered_once(tmp_path, server)


def test_one_that_comes_while_another_waits_says_so(batch_server: BatchServer, tmp_path: Path) -> None:
    server = batch_server(delay=60.0)
    process = started(tmp_path, server)
    wait_for_call(server, "GET batches")
    other = run_command(tmp_path, arguments(server))
    assert (other.returncode, f"{N} are being asked by another process" in other.stderr) == (0, True)
    server.set(delay=0.0)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert_each_answered_once(tmp_path, server)
    assert server.stats()["calls"]["POST batches"] == 1
