"""What a linear mixed model costs: ours beside lme4's (through Rscript, where it is installed), in one run.

    python benchmarks/mixed_models.py [--passes 5] [--statsmodels]

Every design has crossed random intercepts; the smallest time of the passes counts on both sides. lme4 is timed inside
R, without starting it, ours without importing it. ``--statsmodels`` adds its MixedLM, which takes half a minute and
more. Both use one thread (OPENBLAS_NUM_THREADS changes ours).
Absolute figures are this machine's; the ratios are what is compared, and how far the estimates are apart.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# before NumPy is imported: threads that wait for each other on busy cores would be what is measured
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from emotionbench.statistics.mixed import fit_mixed

LME4 = """
suppressMessages({library(lme4); library(jsonlite)})
arguments <- commandArgs(TRUE)
rows <- read.csv(arguments[1])
terms <- setdiff(names(rows), c("y", "x"))
for (name in terms) rows[[name]] <- factor(rows[[name]])
model <- as.formula(paste("y ~ x +", paste0("(1 | ", terms, ")", collapse = " + ")))
once <- function(pass) system.time(found <<- lmer(model, rows))[["elapsed"]]
seconds <- sapply(seq_len(as.integer(arguments[2])), once)
variances <- as.data.frame(VarCorr(found))
cat(toJSON(list(seconds = min(seconds), criterion = REMLcrit(found), version = as.character(packageVersion("lme4")),
                variances = as.list(setNames(variances$vcov, variances$grp))), auto_unbox = TRUE, digits = 12))
"""


@dataclass(frozen=True)
class Rows:
    name: str
    y: NDArray[np.float64]
    x: NDArray[np.float64]
    groups: dict[str, NDArray[np.int64]]


def rows(name: str, n: int, sizes: dict[str, int]) -> Rows:
    """Rows with levels drawn at random, a two-valued condition, and effects of SD 1 in every term and row."""
    generator = np.random.default_rng(7)
    groups = {term: generator.integers(0, size, n) for term, size in sizes.items()}
    x = generator.integers(0, 2, n).astype(float)
    y = 20 + x + generator.normal(size=n)
    for term, size in sizes.items():
        y += generator.normal(size=size)[groups[term]]
    return Rows(name, y, x, groups)


DESIGNS = (
    rows("8,000 rows, 400 × 200 levels", 8_000, {"respondent": 400, "situation": 200}),
    rows("8,000 rows, 1,600 × 36 levels", 8_000, {"person": 1600, "factor": 36}),
    rows("1,750 rows, 175 × 36 × 10 levels", 1_750, {"situation": 175, "factor": 36, "run": 10}),
    rows("100,000 rows, 5,000 × 400 × 36 levels", 100_000, {"person": 5000, "situation": 400, "factor": 36}),
)


def ours(given: Rows, passes: int) -> tuple[float, dict[str, float], float]:
    seconds = []
    for _ in range(passes):
        start = time.perf_counter()
        found = fit_mixed(given.y, np.column_stack([np.ones_like(given.x), given.x]), given.groups)
        seconds.append(time.perf_counter() - start)
    variances = {term: float(value or 0) for term, value in found.variances.items()}
    return min(seconds), {**variances, "Residual": float(found.residual or 0)}, float(found.criterion or 0)


def lme4s(given: Rows, passes: int, folder: Path) -> dict[str, object] | None:
    """What lme4 found and took; None where R or lme4 is not installed."""
    path, script = folder / "rows.csv", folder / "lme4.R"
    columns = [given.y, given.x, *given.groups.values()]
    header = ",".join(["y", "x", *given.groups])
    np.savetxt(path, np.column_stack(columns), fmt="%.15g", delimiter=",", header=header, comments="")
    script.write_text(LME4, encoding="utf-8")
    found = subprocess.run(
        ["Rscript", str(script), str(path), str(passes)], capture_output=True, text=True, check=False, timeout=900
    )
    return json.loads(found.stdout) if found.returncode == 0 else None


def statsmodels_seconds(given: Rows) -> float:
    import statsmodels.regression.mixed_linear_model as sm

    start = time.perf_counter()
    n = given.y.size
    parts = {term: np.eye(int(codes.max()) + 1)[codes] for term, codes in given.groups.items()}
    structure = sm.VCSpec(list(parts), [[[""] * z.shape[1]] for z in parts.values()], [[z] for z in parts.values()])
    sm.MixedLM(given.y, np.column_stack([np.ones(n), given.x]), np.zeros(n), exog_vc=structure).fit()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--statsmodels", action="store_true")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f}")
    has_r = shutil.which("Rscript") is not None
    if not has_r:
        print("Rscript is not installed: lme4 is not timed")
    fit_mixed([1.0, 2.0, 4.0, 3.0], np.ones((4, 1)), {"warm": [0, 0, 1, 1]})
    with tempfile.TemporaryDirectory() as folder:
        for given in DESIGNS:
            report(given, options.passes, Path(folder) if has_r else None)
    if options.statsmodels:
        print(f"statsmodels' MixedLM, {DESIGNS[0].name}: {statsmodels_seconds(DESIGNS[0]):.1f} s")


def report(given: Rows, passes: int, folder: Path | None) -> None:
    seconds, variances, criterion = ours(given, passes)
    told = f"{given.name}: ours {seconds * 1000:.0f} ms"
    theirs = lme4s(given, passes, folder) if folder else None
    if theirs is None:
        print(told + ("; lme4 is not installed" if folder else ""))
        return
    apart = max(abs(value / theirs["variances"][term] - 1) for term, value in variances.items())
    print(
        f"{told}, lme4 {theirs['version']} {theirs['seconds'] * 1000:.0f} ms: {seconds / theirs['seconds']:.2f} × its"
        f" time; variances apart by {apart:.0e} at most, criterion by {criterion - theirs['criterion']:+.0e}"
    )


if __name__ == "__main__":
    main()
