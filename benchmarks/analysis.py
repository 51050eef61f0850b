"""What reading costs: seconds by stage and peak memory, from a store of N administrations to the changes in it.

    python benchmarks/analysis.py [--sizes 10000 100000 1000000] [--respondents 7] [--keep FOLDER]
    python benchmarks/analysis.py --report [--passes 3]
    python benchmarks/analysis.py --readings 2000

The first makes a store for each size (PANAS, all situations of the shipped set with repeats and baselines, replies
written as the embedded respondents write them) and reads it in a fresh process: parsed and scored, then summarised by
factor, by the standard protocol and by the published one. The second does so with 7 respondents of
1,800 administrations each, and exports answers and scores. The third makes a store of N administrations whose answers
were read as probabilities (PANAS, twenty tokens an item), and tells the processor time of a reading: collected from
the stored rows, with fetching the rows, and the same readings one by one. ``--keep`` makes the stores there and uses
those it finds. Absolute figures are this machine's; the growth from size to size is what is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

AT_ONCE = 5_000
SMALL_STUDY = 7 * 1_800
EVOKED_SHARE = 0.92
OTHER_WORDS = ("I", "As", "Sure", "The", "My", "Well", "Hm", "OK", "It", "Yes")
REQUEST = json.dumps([{"role": "user", "content": "Put yourself in this place, and say how you feel. " * 20}])


def make_store(where: Path, n: int, n_respondents: int) -> None:
    """A store of ``n`` administrations with a reply each, straight into its tables."""
    from emotionbench import Study
    from emotionbench.plan import Plan
    from emotionbench.records import Respondent, RespondentKind
    from emotionbench.store import Store, schema, writing
    from emotionbench.study_materials import materials_of

    each = n // n_respondents
    n_situations = len(materials_of(Study(respondents=["uniform"])).situations)
    repeats = max(1, int(EVOKED_SHARE * each / n_situations))
    baselines = max(2, each - repeats * n_situations)
    study = Study(respondents=["uniform"], repeats=repeats, baseline_repeats=baselines)
    materials = materials_of(study)
    respondents = tuple(
        Respondent.of(RespondentKind.SYNTHETIC, f"respondent-{number}", {}) for number in range(n_respondents)
    )
    instrument = materials.instruments[0]
    written = Replies([item.text for item in instrument.items])
    with Store(where) as store:
        writing.save_materials(store, materials.documents)
        writing.save_respondents(store, respondents)
        for respondent in respondents:
            sessions = islice(Plan(study, materials, (respondent,)), each)
            while some := list(islice(sessions, AT_ONCE)):
                rows = [writing.administration_row(session[0]) for session in some]
                orders = [session[0].order for session in some]
                attempts = list(attempt_rows(rows, written.of(orders)))
                with store.writing() as connection:
                    writing.add_new(connection, schema.administration, rows)
                    writing.add_new(connection, schema.attempt, attempts)


class Replies:
    """Replies of one line an item, their values drawn at random."""

    def __init__(self, texts: list[str]) -> None:
        import numpy as np

        self._lines = [[f"{text}: {value}" for value in range(6)] for text in texts]
        self._generator = np.random.default_rng(1)

    def of(self, orders: list[tuple[int, ...]]) -> Iterator[str]:
        values = self._generator.integers(1, 6, (len(orders), len(self._lines))).tolist()
        for order, drawn in zip(orders, values, strict=True):
            yield "\n".join([self._lines[number - 1][value] for number, value in zip(order, drawn, strict=True)])


def attempt_rows(administrations: list[dict[str, Any]], replies: Iterator[str]) -> Iterator[dict[str, Any]]:
    from emotionbench.store.writing import ATTEMPT_FIELDS

    absent = dict.fromkeys(ATTEMPT_FIELDS)
    for row, reply in zip(administrations, replies, strict=True):
        yield {
            **absent,
            "administration": row["id"],
            "number": 1,
            "request": REQUEST,
            "response": reply,
            "reply": reply,
            "started_at": "2026-01-01T00:00:00Z",
            "seconds": 0.0,
        }


def make_readings(where: Path, n: int) -> None:
    """A store of ``n`` administrations read as probabilities: five answers in two spellings, and ten other words."""
    import numpy as np

    from emotionbench import Study
    from emotionbench.plan import Plan
    from emotionbench.records import Respondent, RespondentKind
    from emotionbench.store import Store, schema, writing
    from emotionbench.study_materials import materials_of

    study = Study(respondents=["uniform"], repeats=1 + n // 100, ways={"answers": "logprobs"})
    materials = materials_of(study)
    respondent = Respondent.of(RespondentKind.SYNTHETIC, "respondent", {})
    texts = [*"12345", *(f" {value}" for value in range(1, 6)), *OTHER_WORDS]
    generator = np.random.default_rng(1)
    weights = np.repeat([1, 0.1, 0.01], [5, 5, 10])
    with Store(where) as store:
        writing.save_materials(store, materials.documents)
        writing.save_respondents(store, [respondent])
        sessions = islice(Plan(study, materials, (respondent,)), n)
        while some := list(islice(sessions, AT_ONCE // 20)):
            attempts: list[dict[str, Any]] = []
            for (administration,) in some:
                shares = generator.gamma(0.6, size=(administration.n_messages, 20)) * weights + 1e-4
                logarithms = np.log(0.995 * shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
                attempts += readings_of(administration, texts, logarithms.astype(float).tolist())
            with store.writing() as connection:
                writing.add_new(connection, schema.administration, [writing.administration_row(one) for (one,) in some])
                writing.add_new(connection, schema.attempt, attempts)


def readings_of(administration: Any, texts: list[str], logarithms: list[list[float]]) -> Iterator[dict[str, Any]]:
    """A row for each message, as a server would have told its tokens."""
    row = {"id": administration.id}
    for part, own in enumerate(logarithms, 1):
        tokens = sorted(zip(texts, own, strict=True), key=lambda pair: -pair[1])
        steps = [{"after": "", "tokens": [list(token) for token in tokens]}]
        told = {"item": administration.shown(part)[0], "source": "vocabulary", "steps": steps}
        (attempt,) = attempt_rows([row], iter([tokens[0][0]]))
        yield attempt | {"number": part, "part": part, "logprobs": json.dumps(told)}


def read_readings(where: str) -> dict[str, float]:
    """Microseconds of processor time a reading: fetched, collected in all, and one by one from the fetched text."""
    import polars as pl

    from emotionbench.collecting import collect
    from emotionbench.materials import catalogue
    from emotionbench.parsing.probabilities import Distribution, DistributionReader
    from emotionbench.store import Store, columns

    def lap(start: float) -> float:
        return (time.process_time() - start) / n * 1e6

    with Store(Path(where), writable=False) as store:
        collect(store)  # what is imported and compiled once
        start = time.process_time()
        with columns.snapshot(store) as connection:
            told = pl.concat(columns.attempts(connection))["logprobs"]
        n = len(told)
        fetched, start = lap(start), time.process_time()
        read = collect(store).compact_readings["why"].null_count()
        collected = lap(start)
    reader, few = DistributionReader(catalogue.instrument("PANAS")), told.head(20_000).to_list()
    start = time.process_time()
    alone = [found.moments for found in map(reader.read, few) if isinstance(found, Distribution)]
    by_one = lap(start) * n / len(few)
    assert read / n == len(alone) / len(few) == 1
    return {"n": n, "fetched": fetched, "collected": collected, "by one": by_one}


def read_store(where: str) -> dict[str, float]:
    """Seconds by stage, and the peak memory of this process in MiB."""
    found: dict[str, float] = {}
    clock = Stages(found)
    from emotionbench import analyse

    clock.lap("import")
    analysis = analyse(where)
    clock.lap("analyse")
    n_answers = analysis.compact_answers.height
    clock.lap("answers")
    blocks = analysis.changes(by="factor")
    clock.lap("changes, standard")
    analysis.changes(by="factor", protocol="emotionbench-2024")
    clock.lap("changes, as published")
    found |= {"n": analysis.administrations.height, "answers_read": n_answers, "blocks": len(blocks)}
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def report_store(where: str) -> dict[str, float]:
    """As ``read_store``, with every answer and score exported."""
    found: dict[str, float] = {}
    clock = Stages(found)
    from emotionbench import analyse
    from emotionbench.reports.files import export_frame, write_frame

    clock.lap("import")
    analysis = analyse(where)
    clock.lap("analyse")
    analysis.changes(by="factor")
    clock.lap("changes, standard")
    analysis.changes(by="factor", protocol="emotionbench-2024")
    clock.lap("changes, as published")
    with tempfile.TemporaryDirectory() as folder:
        write_frame(export_frame(analysis, "answers"), Path(folder) / "answers.parquet")
        write_frame(export_frame(analysis, "scores"), Path(folder) / "scores.parquet")
    clock.lap("export")
    found["n"] = analysis.administrations.height
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


class Stages:
    """Notes how long each stage took."""

    def __init__(self, found: dict[str, float]) -> None:
        self._found, self._last = found, time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._found[stage], self._last = now - self._last, now


CHILDREN: dict[str, Callable[[str], dict[str, float]]] = {
    "read": read_store,
    "report": report_store,
    "readings": read_readings,
}
COUNTED = ("n", "answers_read", "blocks", "peak")


def measured(what: str, where: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", what, "--store", str(where)]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return figures


def show(figures: dict[str, float]) -> float:
    """Print one reading; its seconds in all."""
    stages = {stage: seconds for stage, seconds in figures.items() if stage not in COUNTED}
    total = sum(stages.values())
    told = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in stages.items())
    rate = figures["n"] / (total - stages["import"])
    print(f"{figures['n']:>9,.0f} administrations: {total:.2f} s ({told}); {rate:,.0f}/s; {figures['peak']:,.0f} MiB")
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--respondents", type=int, default=7)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--readings", type=int, metavar="N")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child", choices=CHILDREN)
    parser.add_argument("--store")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CHILDREN[options.child](options.store)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.readings:
            compare_readings(options, options.keep or Path(folder))
        else:
            compare(options, options.keep or Path(folder))


def compare_readings(options: argparse.Namespace, folder: Path) -> None:
    print(f"load before: {os.getloadavg()[0]:.2f}")
    where = folder / f"readings-{options.readings}.db"
    if not where.exists():
        make_readings(where, options.readings)
    passes = [measured("readings", where) for _ in range(options.passes)]
    print(f"{passes[0]['n']:,.0f} readings, microseconds of processor time each, median of {len(passes)} passes:")
    fetched, collected, by_one = (
        statistics.median(one[what] for one in passes) for what in ("fetched", "collected", "by one")
    )
    print(f"collected in all {collected:.1f} (of these fetching {fetched:.1f}); parsed one by one alone {by_one:.1f}")
    ratio = statistics.median((one["fetched"] + one["by one"]) / one["collected"] for one in passes)
    print(f"reading by reading takes {ratio:.1f} times as long")


def compare(options: argparse.Namespace, folder: Path) -> None:
    print(f"load before: {os.getloadavg()[0]:.2f}")
    what, sizes = ("report", [SMALL_STUDY]) if options.report else ("read", options.sizes)
    totals = {}
    for n in sizes:
        where = folder / f"{n}.db"
        if not where.exists():
            start = time.perf_counter()
            make_store(where, n, options.respondents)
            print(f"{n:>9,} administrations made in {time.perf_counter() - start:.1f} s")
        passes = [measured(what, where) for _ in range(options.passes if options.report else 1)]
        totals[n] = statistics.median(show(figures) for figures in passes)
    if len(totals) > 1:
        (least, fewest_s), (most, most_s) = min(totals.items()), max(totals.items())
        print(f"{most / least:,.0f} × the administrations: {most_s / fewest_s:.1f} × the seconds")


if __name__ == "__main__":
    main()
