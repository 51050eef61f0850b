"""What forms cost: planning, asking, reading and comparing N forms beside as many administrations in one form.

    python benchmarks/forms.py [--forms 500] [--passes 3]

The embedded respondent ``uniform`` answers PANAS without situations, once in every form of a balanced fraction over
five templates, ten languages, five option labels and two option orders, and as often in one form. Times are CPU
seconds, medians of the passes; what is compared is the ratio of the two within one run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAYS = {
    "template": "all",
    "language": "all",
    "option_labels": ["none", "a", "A", "i", "I"],
    "option_order": ["ascending", "descending"],
}


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def one_pass(n_forms: int) -> dict[str, tuple[float, float]]:
    """Stage → CPU seconds in many forms, and in one."""
    from emotionbench import Study, analyse, run
    from emotionbench.engine import prepare

    many = Study(respondents="uniform", situations="none", ways={**WAYS, "forms": n_forms})
    one = Study(respondents="uniform", situations="none", repeats=n_forms)
    stages: dict[str, list[float]] = {"plan": [], "ask": [], "read": [], "ways": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, study in (("many", many), ("one", one)):
            store = Path(folder) / f"{name}.db"
            took, prepared = seconds(lambda study=study: prepare(study))  # type: ignore[misc]
            stages["plan"].append(took)
            stages["ask"].append(seconds(lambda p=prepared, s=store: run(p, s))[0])  # type: ignore[misc]
            took, analysis = seconds(lambda store=store: analyse(store))  # type: ignore[misc]
            stages["read"].append(took)
            stages["ways"].append(seconds(analysis.ways)[0])
    return {stage: (found[0], found[1]) for stage, found in stages.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=500)
    parser.add_argument("--passes", type=int, default=3)
    given = parser.parse_args()
    passes = [one_pass(given.forms) for _ in range(given.passes)]
    print(f"{given.forms} administrations, CPU seconds (medians of {given.passes} passes)")
    for stage in passes[0]:
        many, one = (statistics.median(found[stage][side] for found in passes) for side in (0, 1))
        ratio = f"{many / one:5.1f} ×" if one > 0.01 else ""
        print(f"{stage:6} {many:7.2f} in as many forms {one:7.2f} in one {ratio}")


if __name__ == "__main__":
    main()
