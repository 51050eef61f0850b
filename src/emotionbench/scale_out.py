"""The same engine over Ray: shards of a study's sessions as tasks on many machines, answers in one store.

Ray runs a shard again when its worker is lost. That is harmless: sessions are claimed in the store, what has a reply is
not asked again, and an attempt delivered twice is kept once.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from emotionbench.engine.asking import Tally, now
from emotionbench.engine.frame import Prepared, Watcher, save_facts
from emotionbench.engine.run import run
from emotionbench.errors import EmotionBenchError, StoreError, StudyError
from emotionbench.plan import Plan, Session
from emotionbench.records import Respondent
from emotionbench.respondents.base import build
from emotionbench.store import Store, reading, tokens
from emotionbench.study import Study
from emotionbench.study_materials import Materials

WAYS_A_SHARD = 25
SESSIONS_A_SHARD = 500
MOST_RETRIES = 10
CONNECT_SECONDS = 10.0
REACH_SECONDS = 60.0
"""What a cluster has to be joined in: something else that listens there would be waited for."""
CLAIMED_PAUSE = 5.0
"""Seconds until a shard looks again for sessions that a lost worker had claimed."""
GONE_FIX = "see that it is up, then run the same command again; everything answered so far is kept"
DATABASE_FIX = "give a database that all of them reach: --store postgresql://…"


class ClusterError(EmotionBenchError):
    """Ray cannot be reached, or went away."""


@dataclass(frozen=True)
class Shard:
    """Some sessions of one respondent: of the ways of asking from ``first`` to before ``last``, every ``n``-th."""

    respondent: int
    first: int
    last: int
    place: int
    n: int


@dataclass(frozen=True)
class Work:
    """What every shard needs to know, sent to each machine once."""

    study: Study
    materials: Materials
    records: tuple[Respondent, ...]
    store: str


@dataclass(frozen=True)
class _Share(Plan):
    """The sessions of one shard."""

    place: int = 0
    n: int = 1

    def of(self, respondent: Respondent) -> Iterator[Session]:
        return islice(super().of(respondent), self.place, None, self.n)

    @property
    def n_administrations(self) -> int:
        return sum(map(len, self))


def run_on_ray(
    prepared: Prepared, store: Store, where: str, *, address: str | None = None, watch: Watcher | None = None
) -> Tally:
    """Ask everything of the study that the store does not hold yet, on a Ray cluster; return the tally.

    ``address`` is that of a cluster that runs already; without it one is started on this machine, for the time of the
    run. ``where`` is the store as every machine of the cluster reaches it. A ClusterError says that Ray is not
    installed, cannot be reached or went away; what was answered is kept, and the same call goes on. Ctrl-C or SIGTERM
    drops what is under way, and the tally says that it was ``interrupted``.
    """
    check_for_ray(prepared, where, address)
    save_facts(prepared, store)
    work = Work(prepared.study, prepared.materials, prepared.plan.respondents, _everywhere(store, where))
    mine, theirs = get_context("spawn").Pipe(duplex=False)
    # Ray ends the process that loses its cluster, so it gets one of its own
    driver = get_context("spawn").Process(target=_drive, args=(work, address, theirs), daemon=False)
    tally, since = Tally(prepared.plan.n_administrations), now()
    try:
        with _sigterm_as_ctrl_c():
            driver.start()
            theirs.close()
            _follow(mine, tally, watch or (lambda _: None), address)
    except KeyboardInterrupt:
        tally.interrupted = True
    finally:
        _end(driver, is_early=tally.interrupted)
    if tally.interrupted:
        _count_anew(tally, prepared.plan, store, since)
    return tally


def shards_of(work: Work) -> list[Shard]:
    """The shards of a study: some ways of asking each, or a share of the sessions of a few ways."""
    shards = []
    ways = work.materials.ways
    for place in range(len(work.records)):
        for first in range(0, len(ways), WAYS_A_SHARD):
            last = min(first + WAYS_A_SHARD, len(ways))
            some = Plan(work.study, replace(work.materials, ways=ways[first:last]), work.records[place : place + 1])
            n = max(1, round(some.n_administrations / SESSIONS_A_SHARD))
            shards += [Shard(place, first, last, share, n) for share in range(n)]
    return shards


def share_of(work: Work, shard: Shard) -> Plan:
    """The sessions of a shard."""
    materials = replace(work.materials, ways=work.materials.ways[shard.first : shard.last])
    return _Share(work.study, materials, work.records[shard.respondent :][:1], shard.place, shard.n)


def ask_shard(work: Work, shard: Shard) -> Tally:
    """Ask the sessions of one shard in this process, and wait for those that a lost worker had claimed."""
    plan = share_of(work, shard)
    study, spec = work.study, work.study.respondents[shard.respondent]
    answerer = build(spec, work.materials.protocols[0], study.execution)
    with Store(work.store) as store:
        while True:
            tally = run(Prepared(study, plan.materials, (answerer,), plan, is_part=True), store)
            if not tally.n_elsewhere or tally.interrupted:
                return tally
            time.sleep(CLAIMED_PAUSE)


def check_for_ray(prepared: Prepared, where: str, address: str | None) -> None:
    """Raise an error where a study cannot be asked on Ray, as far as can be told before there is a store.

    ``where`` is the store. Whether a cluster that is reached has several machines is known only then.
    """
    execution = prepared.study.execution
    limits = ("precision", "max_cost", "max_tokens", "max_administrations")
    given = next((name for name in limits if getattr(execution, name) is not None), None)
    if given:
        flag = given.replace("_", "-")
        raise StudyError(
            f"--{flag} needs one process that counts", where="--on ray", fix=f"leave out --{flag}, or --on"
        )
    if find_spec("ray") is None:
        raise ClusterError("ray is not installed", where="--on ray", fix="pip install 'emotionbench[ray]'")
    if address is not None and address != "auto":
        host, port = _host_and_port(address)
        _check_reached(host, port, address)
        if not _is_remote_store(where) and not _is_here(host):
            raise StoreError("a file here, and a cluster on another machine", where=where, fix=DATABASE_FIX)


def _host_and_port(address: str) -> tuple[str, int]:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise ClusterError(
            "is no address of a Ray cluster", where=f"--address {address}", fix="write it as HOST:PORT, as Ray says it"
        )
    return host, int(port)


def _check_reached(host: str, port: int, address: str) -> None:
    """Raise a ClusterError where nothing listens; Ray itself would try for minutes."""
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError as problem:
        raise ClusterError(
            f"no Ray cluster there: {problem.strerror or problem}", where=address, fix=GONE_FIX
        ) from None


def _is_here(host: str) -> bool:
    """Whether a host is this machine: only its own addresses can be bound."""
    for family, kind, _, _, found in socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM):
        try:
            with socket.socket(family, kind) as one:
                one.bind(found)
        except OSError:
            continue
        return True
    return False


def _is_remote_store(where: str) -> bool:
    return "://" in where and not where.startswith("sqlite")


def _everywhere(store: Store, where: str) -> str:
    """The store as a worker in another folder finds it."""
    return str(Path(store.name).resolve()) if store.url.get_backend_name() == "sqlite" else where


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Have SIGTERM do what Ctrl-C does, lest the process that talks to Ray outlive this one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(driver: BaseProcess, *, is_early: bool) -> None:
    """Let the process that talks to Ray end by itself, told to where it is early; kill it where it does not."""
    if is_early:
        driver.join(timeout=3)  # a Ctrl-C at a terminal reached it as well
        if driver.is_alive() and driver.pid is not None:
            os.kill(driver.pid, signal.SIGINT)
    driver.join(timeout=30)
    if driver.is_alive():
        driver.kill()


def _count_anew(tally: Tally, plan: Plan, store: Store, since: str) -> None:
    """Count what the store holds of a study that was left: shards that did not end told nothing.

    What it took counts others in that ask the same respondents in this store meanwhile.
    """
    new = tokens.answered_since(store, since)
    tally.took.clear()
    for usage in tokens.usages(store, since=since, respondents=[respondent.id for respondent in plan.respondents]):
        tally.took.of(usage.respondent, batched=usage.batched).add(usage)
    tally.n_answered = tally.n_earlier = 0
    sessions = iter(plan)
    while some := [administration for session in islice(sessions, SESSIONS_A_SHARD) for administration in session]:
        progress = reading.progress(store, [administration.id for administration in some])
        answered = [a.id for a in some if len(progress.get(a.id, reading.NOT_TRIED).replies) == a.n_messages]
        n_new = sum(name in new for name in answered)
        tally.n_answered, tally.n_earlier = tally.n_answered + n_new, tally.n_earlier + len(answered) - n_new


def _follow(pipe: Connection, tally: Tally, watch: Watcher, address: str | None) -> None:
    """Add up what the shards tell until all are done."""
    told = False
    if address is not None and not pipe.poll(REACH_SECONDS):
        what = f"no Ray cluster answers there within {REACH_SECONDS:g} s"
        raise ClusterError(what, where=address, fix=GONE_FIX)
    while True:
        try:
            news = pipe.recv()
        except EOFError:
            what = "ended before the study did" if told else "could not be started or reached"
            raise ClusterError(f"Ray {what}", where=address or "--on ray", fix=GONE_FIX) from None
        told = True
        if isinstance(news, EmotionBenchError):
            raise news
        if news is None:
            return
        _add(tally, news)
        watch(tally)


def _add(tally: Tally, shard: Tally) -> None:
    for name in ("n_earlier", "n_answered", "n_failed", "n_elsewhere", "n_incomplete", "n_attempts"):
        setattr(tally, name, getattr(tally, name) + getattr(shard, name))
    tally.took.add(shard.took)
    tally.last_failure = shard.last_failure or tally.last_failure
    tally.interrupted |= shard.interrupted


def _drive(work: Work, address: str | None, pipe: Connection) -> None:
    """The process that talks to Ray: sends the tally of each shard, then None; or the error that ended it."""
    import ray  # noqa: PLC0415  (takes a second, and is an extra)

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # what Ray says there is not for the user
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    except (ConnectionError, ValueError, RuntimeError) as problem:
        first = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        pipe.send(ClusterError(f"no Ray cluster there: {first}", where=address or "--on ray", fix=GONE_FIX))
        return
    try:
        pipe.send(Tally(0))
        if "://" not in work.store:
            check_one_machine(ray, work.store)
        for tally in _Cluster(ray, work).tallies():
            pipe.send(tally)
        pipe.send(None)
    except (EmotionBenchError, ray.exceptions.RayError) as problem:
        pipe.send(error_to_tell(problem, address))
    finally:
        ray.shutdown()


def error_to_tell(problem: Exception, address: str | None) -> EmotionBenchError:
    """What ended a shard, as an error of our own that another process can read."""
    # Ray raises a class made up on the spot, of its own error and the worker's, which cannot be sent on
    cause = getattr(problem, "cause", None)
    if isinstance(cause, EmotionBenchError):
        whose = f"a machine of the cluster {address} says so: keys and files are to be there, too" if address else None
        return type(cause)(str(cause), fix=whose)
    if isinstance(problem, EmotionBenchError):
        return problem
    first = next(iter(str(cause or problem).splitlines()), "")
    what = (
        f"a shard failed: {type(cause).__name__}: {first}" if cause else f"Ray says: {first or type(problem).__name__}"
    )
    return ClusterError(what, where=address or "--on ray", fix=GONE_FIX)


def check_one_machine(ray: Any, store: str) -> None:
    """Raise a StoreError where a file is to be the store of a cluster of several machines."""
    machines = {node["NodeManagerHostname"] for node in ray.nodes() if node["Alive"]}
    if len(machines) > 1:
        raise StoreError(
            f"a file on one of {len(machines)} machines",
            where=store,
            fix=DATABASE_FIX,
        )


class _Cluster:
    """Shards as Ray tasks: those of a respondent with a rate limit one after another, all others as Ray finds room."""

    def __init__(self, ray: Any, work: Work) -> None:
        self.ray, self.work = ray, work
        self.sent = ray.put(work)
        self.has_gpus = ray.cluster_resources().get("GPU", 0) > 0

    def tallies(self) -> Iterator[Tally]:
        """The tally of every shard as it ends; the first error ends all."""
        waiting = shards_of(self.work)
        one_by_one = self.work.study.execution.requests_per_minute is not None
        running: dict[Any, Shard] = {}
        try:
            while waiting or running:
                busy = {shard.respondent for shard in running.values()} if one_by_one else set()
                for shard in startable(waiting, busy, one_by_one=one_by_one):
                    waiting.remove(shard)
                    running[self._start(shard)] = shard
                done, _ = self.ray.wait(list(running), num_returns=1)
                for reference in done:
                    del running[reference]
                    yield self.ray.get(reference)
        finally:
            for reference in running:
                self.ray.cancel(reference, force=True)

    def _start(self, shard: Shard) -> Any:
        local = self.work.study.respondents[shard.respondent].id.startswith("local/")
        task = self.ray.remote(ask_shard).options(
            num_cpus=1, num_gpus=1 if local and self.has_gpus else 0, max_retries=MOST_RETRIES, retry_exceptions=False
        )
        return task.remote(self.sent, shard)


def startable(waiting: Sequence[Shard], busy: set[int], *, one_by_one: bool) -> list[Shard]:
    """The shards that may start now; of each respondent that is not busy the first, where they go one by one."""
    if not one_by_one:
        return list(waiting)
    first: dict[int, Shard] = {}
    for shard in waiting:
        if shard.respondent not in busy:
            first.setdefault(shard.respondent, shard)
    return list(first.values())
