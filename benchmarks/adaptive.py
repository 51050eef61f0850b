"""Precision instead of repeats: whether intervals still cover, and what is saved on recorded answers of real models.

    python benchmarks/adaptive.py --coverage [--studies 4000] [--processes 2]
    python benchmarks/adaptive.py --recorded ../shared/upstream [--seeds 5]

The first asks studies of known variances until they are precise enough, and counts how often the 95 % interval covers
the truth, with its Monte Carlo standard error; beside it what stopping at the first look that seems narrow enough
would give. The second replays the original's recorded answers (10 repeats of 175 situations, 50 baselines) as a pool,
dealt out anew with every seed: the whole of it, and as much as the adaptive plan takes to come as near as it gets.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from adaptive_simulation import Case, studies

MODELS = ("gpt-3.5-turbo", "davinci-003", "llama2-7b")
DESIGNS = ((1, 5, 10, 50), (2, 6, 10, 50), (1, 12, 10, 50), (4, 5, 10, 50), (5, 12, 3, 200))
SDS = ((0.5, 4.0, 4.0), (2.0, 2.0, 2.0), (4.0, 0.5, 4.0))
WANTED = (1.1, 1.6)
UNREACHABLE = 0.01
Widths = dict[tuple[str, str], float]


def coverage_line(case: Case, n_studies: int) -> tuple[str, float]:
    """One line of the table of coverage, and the coverage."""
    found = list(studies(case, n_studies, seed=1))
    share = statistics.fmean(ended.covers for ended in found)
    error = (share * (1 - share) / n_studies) ** 0.5
    naive = statistics.fmean(ended.covers for ended in studies(case, n_studies // 4, seed=2, naive=True))
    all_of_it = case.n_factors * case.n_situations * case.n_repeats + case.n_baselines
    asked = statistics.fmean(ended.n_units + ended.n_baselines for ended in found) / all_of_it
    looks = statistics.fmean(ended.n_looks for ended in found)
    design = f"{case.n_factors} × {case.n_situations} × {case.n_repeats}, {case.n_baselines}"
    sds = ", ".join(f"{sd:g}" for sd in case.sds)
    shape = "skewed" if case.skewed else "normal"
    cells = (design, sds, shape, f"{case.wanted:g}", f"{share:.3f} ± {error:.3f}", f"{naive:.3f}", f"{asked:.0%}")
    return f"| {' | '.join(cells)} | {looks:.1f} |", share


def coverage(n_studies: int, n_processes: int) -> None:
    """The table of coverage."""
    cases = [Case(*design, sds, wanted) for design, sds, wanted in product(DESIGNS, SDS, WANTED)]
    cases += [Case(*design, SDS[1], WANTED[0], skewed=True) for design in DESIGNS[2:]]
    print("| factors × situations × repeats, baselines | SDs | noise | wanted | covers | naive | asked | looks |")
    print("|---|---|---|---:|---:|---:|---:|---:|")
    with ProcessPoolExecutor(n_processes) as pool:
        shares = []
        for line, share in pool.map(coverage_line, cases, [n_studies] * len(cases)):
            print(line, flush=True)
            shares.append(share)
    print(f"\nmean {statistics.fmean(shares):.4f}, least {min(shares):.4f} of {len(shares)} cases")


def recorded(upstream: Path, n_seeds: int) -> None:
    """The table of recorded models."""
    from pool_respondent import Pool

    print("| model | seed | asked of 1,800 | share | interval / full: median | mean | widest | rows ≤ 1.05 |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for model in MODELS:
        pool = Pool.read(upstream, model)
        shares, medians = [], []
        for seed in range(n_seeds):
            n_full, n_asked, ratios = replay(pool.shuffled(seed))
            shares.append(n_asked / n_full)
            medians.append(statistics.median(ratios))
            near = sum(ratio <= 1.05 for ratio in ratios)
            figures = (
                f"{medians[-1]:.3f} | {statistics.fmean(ratios):.3f} | {max(ratios):.3f} | {near} of {len(ratios)}"
            )
            print(f"| {model} | {seed} | {n_asked:,} | {shares[-1]:.0%} | {figures} |", flush=True)
        print(
            f"| {model} | mean | | {statistics.fmean(shares):.1%} | {statistics.fmean(medians):.3f} | | | |", flush=True
        )


def replay(pool: object) -> tuple[int, int, list[float]]:
    """Administrations of the full design and of the adaptive one, and by how much each interval is wider."""
    from emotionbench.engine import run

    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "whole.db", Path(folder) / "part.db"
        full = run(pool.prepared(), whole)  # type: ignore[attr-defined]
        asked = run(pool.prepared(execution={"precision": UNREACHABLE}), part)  # type: ignore[attr-defined]
        wide, near = half_widths(whole), half_widths(part)
    return full.n_answered, asked.n_answered, [near[key] / wide[key] for key in wide]


def half_widths(store: Path) -> Widths:
    """The half-width of every emotion's change, by subscale."""
    from emotionbench.analysis import analyse

    (block,) = analyse(store).changes()
    rows = [row for row in block.rows if row.kind == "emotion"]
    return {
        (row.label, key): ((c.high or 0.0) - (c.low or 0.0)) / 2 for row in rows for key, c in row.contrasts.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--studies", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    chosen = parser.parse_args()
    if chosen.coverage:
        coverage(chosen.studies, chosen.processes)
    if chosen.recorded:
        recorded(chosen.recorded, chosen.seeds)
