"""Make the human norm of the shipped materials from the original's crowd file: ``make_norms.py CROWD.xlsx OUT.json``.

Only aggregates are written. People with an answer that is not valid, at either moment, are excluded and counted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from emotionbench.comparisons import norm_making
from emotionbench.comparisons.norm_making import Origin
from emotionbench.errors import EmotionBenchError
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.recording import Recording, Source
from emotionbench.materials.norms import Norm
from emotionbench.materials.original_files import PAPER, REPOSITORY
from emotionbench.parsing import parse
from emotionbench.records import AnswerStatus
from emotionbench.scoring import score

N_SPLITS = norm_making.N_SPLITS
COLUMNS = ("session", "condition", "emotion", "factor", "situation", "subscale", "value")


class People(norm_making.People):
    """The people of a recording whose answers are all valid."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(scores_of(recording), tuple(recording.instrument.subscales))


def norm_of(recording: Recording, sha256: str) -> Norm:
    """The norm of the people in a recording, from everyone down to each factor."""
    origin = Origin(
        id="emotionbench-people",
        name="People of the EmotionBench study",
        instrument=recording.instrument.id,
        situation_set="emotionbench",
        source=f"{PAPER}; recomputed by tools/make_norms.py from results/PANAS Test/crowd.xlsx of {REPOSITORY}",
        licence=(
            "Means, standard deviations and correlations recomputed from the published file; they are facts about the "
            "sample, and no single person's answers or texts of the original are in here."
        ),
        sha256=sha256,
    )
    return norm_making.norm_of(People(recording), origin, n_splits=N_SPLITS)


def scores_of(recording: Recording) -> pl.DataFrame:
    """A row per administration and subscale; without a value where one of its answers is not valid."""
    situations = recording.situations
    rows: list[tuple[object, ...]] = []
    for administration, attempt in recording.administrations:
        situation = situations[administration.situation] if administration.situation else None
        place = (situation.emotion, situation.factor, situation.id) if situation else (None, None, None)
        answers = parse(attempt.reply or "", recording.instrument, administration.order)
        is_whole = all(answer.status is AnswerStatus.VALID for answer in answers)
        rows += [
            (
                administration.session,
                administration.condition.value,
                *place,
                one.subscale,
                one.value if is_whole else None,
            )
            for one in score(answers, recording.instrument)
        ]
    return pl.DataFrame(rows, {**dict.fromkeys(COLUMNS, pl.String), "value": pl.Float64}, orient="row")


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    crowd, out = Path(arguments[0]), Path(arguments[1])
    try:
        norm = norm_of(read_crowd(crowd), Source.of(crowd).sha256)
    except EmotionBenchError as problem:
        print(problem, file=sys.stderr)
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(norm.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
