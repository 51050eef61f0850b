"""What a very large study takes: measured on this machine, and extrapolated with the assumptions that are printed.

    python benchmarks/sizing.py [--models 100] [--forms 2500] [--languages 10] [--at-once 32] [--latency 2.0]

Counted from the materials: administrations and tokens (PANAS, one situation of each emotion, in ten languages and the
five templates with their option signs and orders, then as many forms as are asked for). Measured here: bytes of a
SQLite store for an administration, and processor time of the engine, against the mock server. All else follows from
these and from what stands under "assumed".
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

from mock_server import MockServer  # noqa: E402
from overhead import measured  # noqa: E402

MEASURED = 5_000
GPU_INPUT, GPU_OUTPUT = 20_000, 3_000
"""Tokens a second of one 80 GB GPU with a model of some 8 billion parameters, batched: assumed, not measured here."""
PRICED = ("openai", "gpt-4o-mini")
SIGNS = ["none", "a", "A", "i", "I"]


def study(n_languages: int):  # type: ignore[no-untyped-def]
    from emotionbench import Study
    from emotionbench.materials.situations import EMOTIONS
    from emotionbench.ways import LANGUAGES

    ways = {"template": "all", "language": list(LANGUAGES[:n_languages]), "option_labels": SIGNS}
    return Study(
        respondents=["compatible/any"],
        factors=[f"{emotion}-1" for emotion in EMOTIONS],
        situations_per_factor=1,
        baseline_repeats=1,
        ways=ways | {"option_order": ["ascending", "descending"]},
    )


def bytes_each() -> tuple[float, dict[str, float]]:
    """Bytes of a store for one administration, and what the engine took for it."""
    from emotionbench import run
    from overhead import study_of

    server = MockServer.start("--latency", "0")
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(study_of(server.url, MEASURED, 100), f"{folder}/store.db")
            subprocess.run(["sqlite3", f"{folder}/store.db", "PRAGMA wal_checkpoint(TRUNCATE)"], check=False)
            size = sum(path.stat().st_size for path in Path(folder).glob("store.db*"))
        return size / MEASURED, measured("engine", server.url, MEASURED, 100)
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--forms", type=int, default=2_500, help="in each language")
    parser.add_argument("--languages", type=int, default=10)
    parser.add_argument("--at-once", type=int, default=32, help="requests at once for each model")
    parser.add_argument("--latency", type=float, default=2.0, help="seconds for one reply")
    options = parser.parse_args()
    from emotionbench.engine.cost import Costs
    from emotionbench.materials.prices import price_of

    asked = study(options.languages)
    cost = Costs(asked).of(options.forms * options.languages)
    n = options.models * cost.size.n_administrations
    tokens_in, tokens_out = options.models * cost.input_tokens, options.models * cost.output_tokens
    each, engine = bytes_each()
    price = price_of(*PRICED)
    print(f"{options.models} models × {options.forms:,} forms × {options.languages} languages, PANAS 1 + 8 times")
    print(f"requests                 {n / 1e6:,.1f} million")
    print(f"tokens                   {tokens_in / 1e9:,.1f} billion in, {tokens_out / 1e9:,.1f} billion out")
    if price is not None:
        live, batched = price.cost(tokens_in, tokens_out), price.cost(tokens_in, tokens_out, batched=True)
        print(
            f"money                    ${live:,.0f}; ${batched:,.0f} in batches, were all priced as {'/'.join(PRICED)}"
        )
    gpu = (tokens_in / GPU_INPUT + tokens_out / GPU_OUTPUT) / 3600
    print(f"GPU-hours                {gpu:,.0f}, were all of them open models of some 8 billion parameters")
    hours = n / options.models * options.latency / options.at_once / 3600
    print(f"hours, all models beside each other   {hours:,.0f}")
    cpu = 1000 * engine["cpu"] / engine["n"]
    print(f"processor-hours          {n * cpu / 3.6e6:,.1f} at {cpu:.2f} ms an administration (measured)")
    print(
        f"store                    {n * each / 1e9:,.0f} GB at {each:,.0f} bytes an administration (measured, SQLite)"
    )
    print(
        f"\nassumed: {GPU_INPUT:,} tokens a second in and {GPU_OUTPUT:,} out of one GPU; {options.at_once} requests at"
    )
    print(f"once for each model, {options.latency:g} s each; nothing asked twice; no cache of prefixes")


if __name__ == "__main__":
    main()
