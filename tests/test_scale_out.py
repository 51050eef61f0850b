from __future__ import annotations

import os
import pickle
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from emotionbench import scale_out
from emotionbench.engine import Tally, prepare, run
from emotionbench.engine.frame import save_facts
from emotionbench.errors import RespondentError, StoreError, StudyError
from emotionbench.scale_out import (
    ClusterError,
    Shard,
    Work,
    _add,
    _everywhere,
    _follow,
    ask_shard,
    check_for_ray,
    check_one_machine,
    error_to_tell,
    run_on_ray,
    shards_of,
    share_of,
    startable,
)
from emotionbench.store import Store
from emotionbench.study import Study
from mock_server import MockServer

ray = pytest.importorskip("ray")
WORKERS_END_WITHIN = 90
"""Seconds; workers of a cluster that went away end a little later, and until then they may answer."""
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


def study(**changes: Any) -> Study:
    given: dict[str, Any] = {"respondents": ["human-norm", "uniform"], "emotions": ["anger"], "repeats": 2}
    return Study(**{**given, **changes})


def test_what_listens_and_is_no_cluster_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale_out, "REACH_SECONDS", 0.05)
    ours, _theirs = Pipe()
    with pytest.raises(ClusterError, match=r"h:1: no Ray cluster answers there within 0\.05 s"):
        _follow(ours, Tally(0), lambda _: None, "h:1")


def work(given: Study, store: Path) -> Work:
    prepared = prepare(given)
    return Work(given, prepared.materials, prepared.plan.respondents, str(store))


def replies(store: Path) -> list[tuple[Any, ...]]:
    query = "SELECT administration, part, reply FROM attempt WHERE reply IS NOT NULL ORDER BY administration, part"
    with sqlite3.connect(store) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"repeats": 30},
        {"design": "paired"},
        {"ways": {"template": "all", "option_labels": ["none", "a"], "forms": 7}},
        {"ways": {"template": "all", "option_order": ["ascending", "descending"], "option_labels": ["none", "a", "A"]}},
    ],
)
def test_the_shards_are_the_study_each_session_once(changes: dict[str, Any], tmp_path: Path) -> None:
    given = study(**changes)
    whole = work(given, tmp_path / "s.db")
    asked: list[str] = []
    for shard in shards_of(whole):
        asked += [administration.id for session in share_of(whole, shard) for administration in session]
    planned = [administration.id for session in prepare(given).plan for administration in session]
    assert sorted(asked) == sorted(planned)
    assert len(set(asked)) == len(asked)


def test_a_study_in_shards_is_answered_as_one_process_answers_it(tmp_path: Path) -> None:
    given = study(repeats=20)
    run(given, tmp_path / "alone.db")
    whole = work(given, tmp_path / "shards.db")
    with Store(tmp_path / "shards.db") as store:
        save_facts(prepare(given), store)
    shards = shards_of(whole)
    assert len(shards) > 2
    tallies = [ask_shard(whole, shard) for shard in shards]
    assert replies(tmp_path / "shards.db") == replies(tmp_path / "alone.db")
    assert sum(tally.n_answered for tally in tallies) == len(replies(tmp_path / "alone.db"))
    assert [ask_shard(whole, shard).n_answered for shard in shards] == [0] * len(shards)


class TwoNodes:
    """A Ray cluster of two nodes on this machine, of one processor each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster  # noqa: PLC0415

        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        self.second = self.cluster.add_node(num_cpus=1)
        self.cluster.wait_for_nodes()

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def lose_the_second(self) -> None:
        self.cluster.remove_node(self.second, allow_graceful=False)


@pytest.fixture
def two_nodes() -> Iterator[TwoNodes]:
    nodes = TwoNodes()
    yield nodes
    nodes.cluster.shutdown()


def test_a_node_lost_in_the_middle_loses_nothing(two_nodes: TwoNodes, tmp_path: Path) -> None:
    server = MockServer.start("--latency", "20")
    try:
        given = Study(
            respondents=[{"id": "compatible/mock", "settings": {"base_url": server.url}}],
            repeats=5,
            baseline_repeats=200,
            execution={"concurrency": 8},
        )
        path = tmp_path / "s.db"
        prepared = prepare(given)
        n_before: list[int] = []

        def lose() -> None:
            while not path.exists() or n_replies(path) < 300:
                time.sleep(0.2)
            two_nodes.lose_the_second()
            n_before.append(n_replies(path))

        losing = threading.Thread(target=lose, daemon=True)
        losing.start()
        with Store(path) as store:
            tally = run_on_ray(prepared, store, str(path), address=two_nodes.address)
        losing.join(60)
        assert 300 <= n_before[0] < prepared.plan.n_administrations
        assert tally.n_failed == 0
        found = replies(path)
        assert len(found) == prepared.plan.n_administrations == len({row[:2] for row in found})
    finally:
        server.stop()


def n_replies(path: Path) -> int:
    try:
        return len(replies(path))
    except sqlite3.OperationalError:
        return 0


def test_a_cluster_that_vanishes_is_one_clear_line_and_the_same_study_goes_on(tmp_path: Path) -> None:
    nodes = TwoNodes()
    server = MockServer.start("--latency", "200")
    path = tmp_path / "s.db"
    given = Study(
        respondents=[{"id": "compatible/mock", "settings": {"base_url": server.url}}],
        emotions=["anger"],
        repeats=5,
        execution={"concurrency": 4},
    )

    def vanish() -> None:
        while n_replies(path) < 20:
            time.sleep(0.2)
        nodes.cluster.shutdown()

    threading.Thread(target=vanish, daemon=True).start()
    try:
        with Store(path) as store:
            with pytest.raises(ClusterError, match=r"kept"):
                run_on_ray(prepare(given), store, str(path), address=nodes.address)
            n_before = n_replies(path)
            tally = run(given, store)
            until = time.monotonic() + WORKERS_END_WITHIN
            while tally.n_elsewhere and time.monotonic() < until:
                time.sleep(1)
                tally = run(given, store)
        assert n_before >= 20
        assert n_replies(path) == tally.n_planned
    finally:
        server.stop()


@pytest.mark.parametrize("limit", ["precision", "max_tokens", "max_administrations"])
def test_limits_that_one_process_counts_are_refused(limit: str, tmp_path: Path) -> None:
    prepared = prepare(study(execution={limit: 1}))
    with pytest.raises(StudyError, match=f"--{limit.replace('_', '-')} needs one"):
        check_for_ray(prepared, str(tmp_path / "s.db"), None)


def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store, pytest.raises(ClusterError, match=r"127\.0\.0\.1:1: no Ray cluster there"):
        run_on_ray(prepare(study()), store, str(tmp_path / "s.db"), address="127.0.0.1:1")


@pytest.mark.parametrize("address", [None, "host:6379"])
def test_an_error_of_a_worker_arrives_as_it_was_and_can_be_sent_on(address: str | None) -> None:
    problem = RespondentError("refuses the key", where="openai/m", fix="check MY_KEY")
    raised = ray.exceptions.RayTaskError("ask_shard", "a traceback", problem).as_instanceof_cause()
    told = pickle.loads(pickle.dumps(error_to_tell(raised, address)))
    assert type(told) is RespondentError
    lines = str(told).splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("openai/m: refuses the key; check MY_KEY")
    assert ("host:6379" in lines[0]) == (address is not None)


def test_a_defect_in_a_worker_is_one_line() -> None:
    raised = ray.exceptions.RayTaskError("ask_shard", "a traceback", KeyError("x\ny")).as_instanceof_cause()
    told = pickle.loads(pickle.dumps(error_to_tell(raised, None)))
    assert type(told) is ClusterError
    assert str(told).startswith("--on ray: a shard failed: KeyError: ")
    assert len(str(told).splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_says_so_and_counts_what_it_kept(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, path = study(repeats=1), tmp_path / "s.db"
    run(study(repeats=1, respondents=["uniform"]), path)  # what was answered before
    n_before = n_replies(path)

    def stop_in_the_middle(_pipe: Any, _tally: Tally, *_: Any) -> None:
        whole = work(given, path)
        asking = threading.Thread(target=ask_shard, args=(whole, shards_of(whole)[0]))  # as another process would
        asking.start()
        asking.join()
        os.kill(os.getpid(), number)
        time.sleep(10)

    monkeypatch.setattr("emotionbench.scale_out._drive", time.sleep)
    monkeypatch.setattr("emotionbench.scale_out._follow", stop_in_the_middle)
    with Store(path) as store:
        tally = run_on_ray(prepare(given), store, str(path))
    assert tally.interrupted
    assert n_before > 0
    assert (tally.n_earlier, tally.n_answered) == (n_before, n_replies(path) - n_before)
    assert tally.n_answered > 0
    (took,) = tally.took.usages
    assert took.n_attempts == tally.n_answered


def test_what_the_shards_took_is_added_up() -> None:
    whole, shard = Tally(4), Tally(2, n_attempts=2)
    one = shard.took.of("a")
    one.n_attempts, one.n_uncounted, one.input_tokens, one.cached_tokens, one.n_cut_off = 2, 1, 10, 5, 1
    shard.took.of("b", batched=True).n_attempts = 1
    for _ in range(2):
        _add(whole, pickle.loads(pickle.dumps(shard)))
    assert {key: took.n_attempts for key, took in whole.took.items()} == {("a", False): 4, ("b", True): 2}
    sums = whole.took.of("a")
    assert (sums.n_uncounted, sums.input_tokens, sums.n_cut_off) == (2, 20, 2)
    assert (sums.cached_tokens, sums.reasoning_tokens) == (10, None)


@pytest.mark.parametrize("where", ["s.db", "sqlite:///s.db"])
def test_a_file_is_found_from_another_folder(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Store(where) as store:
        assert _everywhere(store, where) == str(tmp_path / "s.db")


def test_a_file_cannot_be_the_store_of_several_machines() -> None:
    class TwoMachines:
        @staticmethod
        def nodes() -> list[dict[str, Any]]:
            return [{"Alive": True, "NodeManagerHostname": name} for name in ("one", "two")]

    with pytest.raises(StoreError, match=r"s\.db: a file on one of 2 machines; give a database"):
        check_one_machine(TwoMachines(), "s.db")


def test_a_rate_limit_is_kept_by_one_shard_at_a_time() -> None:
    shards = [Shard(respondent, 0, 1, place, 2) for respondent in (0, 1) for place in (0, 1)]
    assert startable(shards, set(), one_by_one=False) == shards
    assert startable(shards, set(), one_by_one=True) == [shards[0], shards[2]]
    assert startable(shards[1:], {0}, one_by_one=True) == [shards[2]]


def test_a_store_here_and_a_cluster_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, file = prepare(study()), str(tmp_path / "s.db")
    monkeypatch.setattr("emotionbench.scale_out._check_reached", lambda *_: None)
    check_for_ray(prepared, file, "auto")
    check_for_ray(prepared, file, "127.0.0.1:6379")
    check_for_ray(prepared, f"sqlite:///{file}", "ray://localhost:10001")
    check_for_ray(prepared, "postgresql://host/database", "192.0.2.1:6379")
    for where in (file, f"sqlite:///{file}"):
        with pytest.raises(StoreError, match="a cluster on another machine; give a database"):
            check_for_ray(prepared, where, "192.0.2.1:6379")
