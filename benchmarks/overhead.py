"""What the engine costs beside a bare loop: rate, CPU and memory, with every attempt committed.

    python benchmarks/overhead.py [--n 10000] [--large 50000] [--passes 3] [--latency 50] [--at-once 100]

A mock server (a process of its own) answers after a fixed latency. In each pass a bare aiohttp loop sends the same
bodies, and the engine asks the same number of administrations into a SQLite store; each in a fresh process, by turns.
Prints medians, and the engine's rate as a share of the loop's; then the engine's peak memory at 2,000 and at
``--large`` administrations. Absolute figures are this machine's; the ratios are what is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests")]

import lean_server  # noqa: E402

SMALL = 2_000


def study_of(url: str, n: int, at_once: int):  # type: ignore[no-untyped-def]
    """A study of exactly ``n`` administrations: baselines only differ in their item order."""
    from emotionbench import Study

    respondent = {"id": "compatible/mock", "settings": {"base_url": url}}
    return Study(
        respondents=[respondent],
        factors=["anger-1"],
        situations_per_factor=1,
        baseline_repeats=n - 1,
        execution={"concurrency": at_once},
    )


def engine(url: str, n: int, at_once: int) -> int:
    from emotionbench import run

    with tempfile.TemporaryDirectory() as folder:
        return run(study_of(url, n, at_once), f"{folder}/store.db").n_answered


def bare(url: str, n: int, at_once: int) -> int:
    """The least that sends the same bodies and reads the answers."""
    import aiohttp

    from emotionbench.engine.lane import Wordings
    from emotionbench.engine.run import prepare

    prepared = prepare(study_of(url, min(n, SMALL), at_once))
    wordings = Wordings(prepared.materials)
    bodies = [
        json.dumps({"model": "mock", "messages": wordings.question(session[0]).messages, "max_tokens": 1024}).encode()
        for session in prepared.plan
    ]

    async def loop() -> int:
        n_answered = 0
        numbers = iter(range(n))

        async def worker(session: aiohttp.ClientSession) -> None:
            nonlocal n_answered
            for number in numbers:
                async with session.post(f"{url}/chat/completions", data=bodies[number % len(bodies)]) as response:
                    await response.text()
                    n_answered += 1

        connector = aiohttp.TCPConnector(limit=at_once)
        headers = {"Content-Type": "application/json"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            await asyncio.gather(*(worker(session) for _ in range(at_once)))
        return n_answered

    global started  # noqa: PLW0603
    started = time.perf_counter(), time.process_time()
    return asyncio.run(loop())


started = (0.0, 0.0)


def child(what: str, url: str, n: int, at_once: int) -> None:
    """Measure one pass in this process and print it as JSON."""
    global started  # noqa: PLW0603
    if what == "engine":
        engine(url, at_once, at_once)  # imports, first connections and the first store are not what is measured
    started = time.perf_counter(), time.process_time()
    n_answered = {"engine": engine, "bare": bare}[what](url, n, at_once)
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"n": n_answered, "wall": wall, "cpu": cpu, "peak": peak}))


def measured(what: str, url: str, n: int, at_once: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", what, "--url", url, "--n", str(n), "--at-once", str(at_once)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    if figures["n"] != n:
        raise SystemExit(f"{what}: {figures['n']} of {n} answered")
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--latency", type=float, default=50.0)
    parser.add_argument("--at-once", type=int, default=100)
    parser.add_argument("--child")
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.child:
        child(options.child, options.url, options.n, options.at_once)
        return
    server, url = lean_server.start(options.latency)
    try:
        passes = {"bare": [], "engine": []}  # type: dict[str, list[dict[str, float]]]
        for _ in range(options.passes):
            for what, found in passes.items():
                found.append(measured(what, url, options.n, options.at_once))
        report(passes, options)
        for n in (SMALL, options.large):
            figures = measured("engine", url, n, options.at_once)
            print(f"engine, {n:>6,} administrations: peak memory {figures['peak']:.0f} MiB")
    finally:
        server.kill()


def report(passes: dict[str, list[dict[str, float]]], options: argparse.Namespace) -> None:
    what = f"{options.n:,} administrations, {options.at_once} at once, {options.latency:g} ms latency"
    print(f"{what}, medians of {options.passes}")
    rates = {}
    for what, found in passes.items():
        rates[what] = statistics.median(f["n"] / f["wall"] for f in found)
        cpu = statistics.median(1000 * f["cpu"] / f["n"] for f in found)
        peak = statistics.median(f["peak"] for f in found)
        print(f"{what:7} {rates[what]:7,.0f} administrations/s  {cpu:.2f} ms CPU each  {peak:.0f} MiB peak")
    print(f"engine / bare loop: {rates['engine'] / rates['bare']:.2f}")


if __name__ == "__main__":
    main()
