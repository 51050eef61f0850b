"""How a survey bears a crowd: people who are in the study at once, over real HTTP, on a real database.

    python benchmarks/survey_load.py                                   # 200 people, some two and a half minutes
    python benchmarks/survey_load.py --people 1000 --workers 2 [--store postgresql|sqlite] [--minutes 10]

A PostgreSQL of its own (every commit on the disk; or a SQLite file), ``emotionbench survey serve`` with its workers,
and the people (``survey_people.py``, a process of its own) share this machine. People arrive evenly over the ramp,
think 8 to 25 seconds on a page and 2 to 4 on each line of a sheet, and a share of them has scripts, which send drafts.
Afterwards every answer that somebody sent is compared with the store. Latencies are as people see them, from asking to
the last byte; they hold for this machine with whatever else runs on it, so the processor time of each part stands
beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from emotionbench.store import Store  # noqa: E402
from free_ports import free_port  # noqa: E402
from own_postgres import OwnPostgres, own_postgres  # noqa: E402
from survey_audit import Sender, complaints, spread  # noqa: E402
from survey_server import SurveyServer  # noqa: E402
from survey_studies import english, human  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
AIM = 0.3
BEST_SECONDS = 10


@dataclass(frozen=True)
class Use:
    """Processor seconds so far: of each worker, of the database, and of the whole machine."""

    workers: dict[int, float]
    database: float
    machine: float


def crowd(options: argparse.Namespace, folder: Path) -> bool:
    """One measurement, printed; whether all answers are there, once."""
    study = english(emotions=None, reading_seconds=int(5 / options.haste), collection={"n": options.people})
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    with database(options.store, folder) as (where, postgres):
        server = SurveyServer.start(
            folder / "study.yaml",
            where,
            "--workers",
            str(options.workers),
            log=folder / "log",
            port=options.port or free_port(),
        )
        try:
            before = use_of(server, postgres)
            found = people(server.url, options, folder / "people.json")
            after = use_of(server, postgres)
            peaks = [peak_memory(pid) for pid in after.workers]
        finally:
            server.stop()
        with Store(where) as store:
            wrong = complaints(store, [_sender(one) for one in found["people"]])
            fewest, most = spread(store, list(human(study).editions["en"].situations))
        report(options, found, peaks, after_less(after, before))
        print(f"situations: {fewest} to {most} people each; lost, doubled or strange: {len(wrong)}")
        for line in (*wrong[:20], *server.complaints.splitlines()[:20]):
            print("  ", line[:300])
    return not wrong and most - fewest <= 1


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, OwnPostgres | None]]:
    """Where the store is, and the server where there is one."""
    if kind == "sqlite":
        yield str(folder / "survey.db"), None
        return
    with own_postgres(is_synced=True) as postgres:
        yield postgres.url, postgres


def people(url: str, options: argparse.Namespace, out: Path) -> dict[str, Any]:
    """What the people's process found."""
    ramp = options.ramp if options.ramp is not None else max(10.0, 60.0 * options.people / 1000)
    command = [sys.executable, str(Path(__file__).with_name("survey_people.py")), url, "--out", str(out)]
    command += ["--people", str(options.people), "--ramp", str(ramp), "--scripts", str(options.scripts)]
    command += ["--seconds", str(60 * options.minutes), "--seed", str(options.seed)]
    command += ["--haste", str(options.haste), "--draft-every", str(options.draft_every)]
    subprocess.run(command, check=True)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def _sender(one: dict[str, Any]) -> Sender:
    return Sender(one["link"], one["sent"], one["taken"], one["code"])


def use_of(server: SurveyServer, postgres: OwnPostgres | None) -> Use:
    """What was used until now."""
    workers = {pid: cpu(pid)[0] for pid in children(server.process.pid) if "spawn_main" in command_of(pid)}
    workers = workers or {server.process.pid: cpu(server.process.pid)[0]}
    of_database = 0.0
    if postgres is not None:
        # those that ended count with the one they came from
        of_database = sum(cpu(postgres.pid)) + sum(cpu(pid)[0] for pid in children(postgres.pid))
    busy = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return Use(workers, of_database, (sum(busy) - busy[3] - busy[4]) / TICKS)


def after_less(after: Use, before: Use) -> Use:
    """What was used between two moments."""
    workers = {pid: seconds - before.workers.get(pid, 0.0) for pid, seconds in after.workers.items()}
    return Use(workers, after.database - before.database, after.machine - before.machine)


def cpu(pid: int) -> tuple[float, float]:
    """Processor seconds of a process, and of its children that ended; zero for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0, 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS, (int(fields[13]) + int(fields[14])) / TICKS


def children(pid: int) -> list[int]:
    """The processes that a process started and that still are there."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command_of(pid: int) -> str:
    """How a process was called."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def peak_memory(pid: int) -> float:
    """The most memory that a process had, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def report(options: argparse.Namespace, found: dict[str, Any], peaks: Sequence[float], use: Use) -> None:
    """The figures, as a table that a page can take over."""
    requests, seconds = found["requests"], found["seconds"]
    n, n_cores = len(requests), os.cpu_count() or 1
    ended = sum(bool(one["code"]) for one in found["people"])
    codes = {one["code"] for one in found["people"] if one["code"]}
    print(f"{options.people} people, {options.workers} workers, {options.store}, {platform.machine()}, {n_cores} cores")
    print(f"ended: {ended}, different codes: {len(codes)}; most at once: {found['most_inside']}")
    print(f"{n:,} requests in {seconds:.0f} s: {n / seconds:.0f}/s, at most {best(requests):.0f}/s over 10 s\n")
    table(requests)
    workers, others = sum(use.workers.values()), use.machine - use.database - found["cpu"]
    others -= workers
    print(f"\nerrors: {sum(found['errors'].values())} {found['errors'] or ''}")
    print(f"workers: {1000 * workers / n:.2f} ms of processor a request; ", end="")
    print(", ".join(f"{100 * one / seconds:.0f} %" for one in use.workers.values()), end=" of a core each; ")
    print(f"memory at most {max(peaks):.0f} MiB each")
    print(f"database: {1000 * use.database / n:.2f} ms a request, {100 * use.database / seconds:.0f} % of a core")
    print(
        f"people: {100 * found['cpu'] / seconds:.0f} % of a core, themselves late by {1000 * found['lag']:.0f} ms (p99)"
    )
    print(f"whatever else ran here: {100 * others / seconds:.0f} % of a core; load {os.getloadavg()[0]:.1f}")


def table(requests: Sequence[Sequence[Any]]) -> None:
    """Latencies by kind of request."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for kind, _, seconds, _ in requests:
        by_kind[kind].append(seconds)
        by_kind["all but static"] += [seconds] if kind != "GET static" else []
    print("| request | n | p50 ms | p95 ms | p99 ms | most ms |\n|---|---:|---:|---:|---:|---:|")
    for kind, seconds in sorted(by_kind.items()):
        cells = " | ".join(f"{1000 * share_of(seconds, share):.0f}" for share in (0.5, 0.95, 0.99, 1.0))
        print(f"| {kind} | {len(seconds):,} | {cells} |")
    verdict = "reached" if share_of(by_kind["all but static"], 0.95) < AIM else "not reached"
    print(f"\np95 under {1000 * AIM:.0f} ms: {verdict}")


def share_of(seconds: Sequence[float], share: float) -> float:
    """The value that this share of all lies at or below."""
    return sorted(seconds)[max(0, round(share * len(seconds)) - 1)]


def best(requests: Sequence[Sequence[Any]]) -> float:
    """Requests a second in the ten seconds that had most."""
    counts: dict[int, int] = defaultdict(int)
    for _, at, _, _ in requests:
        counts[int(at // BEST_SECONDS)] += 1
    return max(counts.values()) / BEST_SECONDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--ramp", type=float, help="seconds over which they come (60 for a thousand)")
    parser.add_argument("--scripts", type=float, default=0.5, help="the share whose browsers run scripts")
    parser.add_argument("--haste", type=float, default=1.0, help="how many times faster they think, to look for costs")
    parser.add_argument("--draft-every", type=float, default=5.0, help="at least so many seconds between two drafts")
    parser.add_argument("--minutes", type=float, default=10.0, help="the most that it may take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        is_well = crowd(options, Path(folder))
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
