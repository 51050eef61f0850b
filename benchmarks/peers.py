"""The engine beside a bare loop and beside its peers, each in its documented way, against one mock server in one run.

    python benchmarks/peers.py [--peers FOLDER] [--n 6000] [--passes 1] [--latency 0 50] [--at-once 100]

The peers stand in environments of their own, as their requirements conflict; made once, with two cores in some minutes:

    python -m venv FOLDER/lm_eval && FOLDER/lm_eval/bin/pip install "lm-eval[api]"
    python -m venv FOLDER/inspect && FOLDER/inspect/bin/pip install inspect-ai openai
    python -m venv FOLDER/edsl    && FOLDER/edsl/bin/pip install edsl openai

Everybody sends the same prompts (PANAS in as many orders) to the same server, so many at once. What each keeps is what
it keeps by default: the engine commits every attempt with its exact request and response. The time is that of the whole
call, imports aside, by the peer's own process; the slowest are asked fewer (``SHARE``), so that a pass ends soon.
Prints requests a second, processor time, and the engine's rate as a multiple of each.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

import lean_server  # noqa: E402

PEERS = ("lm_eval", "inspect", "edsl")
SHARE = {"lm_eval": 0.5, "inspect": 0.125, "edsl": 0.125}
"""The part of ``--n`` that a peer is asked."""
OWN = ("bare", "engine")


def prompts(n: int) -> list[str]:
    """The engine's own prompts, as many as are asked."""
    from emotionbench.engine import prepare
    from emotionbench.engine.lane import Wordings
    from overhead import study_of

    prepared = prepare(study_of("http://localhost:1/v1", n, 1))
    wordings = Wordings(prepared.materials)
    return [wordings.question(session[0]).messages[-1]["content"] for session in prepared.plan]


def measured(who: str, url: str, n: int, options: argparse.Namespace, folder: Path) -> dict[str, float]:
    """One pass of one of them, in a fresh process."""
    if who in OWN:
        command = [sys.executable, str(ROOT / "benchmarks" / "overhead.py"), "--child", who, "--url", url]
        command += ["--n", str(n), "--at-once", str(options.at_once)]
    else:
        python = options.peers / who / "bin" / "python"
        script = ROOT / "benchmarks" / "peers" / f"ask_{who}.py"
        command = [str(python), str(script), url, str(folder / "prompts.jsonl"), str(n), str(options.at_once)]
    environment = os.environ | {"OPENAI_API_KEY": "none", "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    finished = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)
    lines = [line for line in finished.stdout.splitlines() if line.startswith("{")]
    if finished.returncode or not lines:
        raise SystemExit(f"{who} failed:\n{finished.stdout[-2000:]}\n{finished.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(lines[-1])
    if figures["n"] != n:
        raise SystemExit(f"{who}: {figures['n']} of {n} answered")
    return figures


def compared(latency: float, options: argparse.Namespace, folder: Path) -> None:
    who_are_there = [who for who in PEERS if options.peers and (options.peers / who / "bin" / "python").exists()]
    server, url = lean_server.start(latency)
    passes: dict[str, list[dict[str, float]]] = {who: [] for who in (*OWN, *who_are_there)}
    try:
        for _ in range(options.passes):
            for who, found in passes.items():
                n = max(options.at_once, round(options.n * SHARE.get(who, 1.0)))
                found.append(measured(who, url, n, options, folder))
    finally:
        server.kill()
    print(f"\n{latency:g} ms latency, {options.at_once} at once, medians of {options.passes}\n")
    print("| | requests/s | processor, ms each | the engine is |\n|---|---:|---:|---:|")
    rates = {who: statistics.median(f["n"] / f["wall"] for f in found) for who, found in passes.items()}
    for who, found in passes.items():
        cpu = statistics.median(1000 * f["cpu"] / f["n"] for f in found)
        print(f"| {who} | {rates[who]:,.0f} | {cpu:.2f} | {rates['engine'] / rates[who]:.2f} × |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=lambda text: Path(text).resolve(), help="the folder of their environments")
    parser.add_argument("--n", type=int, default=6000)
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--latency", type=float, nargs="+", default=[0.0, 50.0])
    parser.add_argument("--at-once", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [json.dumps({"prompt": prompt}) for prompt in prompts(options.n)]
        (folder / "prompts.jsonl").write_text("\n".join(lines), encoding="utf-8")
        for latency in options.latency:
            compared(latency, options, folder)


if __name__ == "__main__":
    main()
