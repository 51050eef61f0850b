"""Tidy tables as CSV and Parquet files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

import polars as pl

from emotionbench.analysis import Analysis
from emotionbench.errors import EmotionBenchError

CELL = ["respondent", "instrument", "condition", "emotion", "factor", "situation", "repeat"]
ORIGIN = [
    "administration",
    "kind",
    "protocol",
    "form",
    "edition",
    "design",
    "session",
    "situation_kind",
    "situation_set",
]


def export_frame(analysis: Analysis, what: Literal["answers", "readings", "scores", "administrations"]) -> pl.DataFrame:
    """One row per answer, score or administration: the cell first, then the figures, then where they come from.

    ``readings``: one row per item whose probabilities were read.
    """
    if what == "scores":
        return analysis.labelled_scores.select(*CELL, "subscale", "value", "n_valid", "n_items", "variance", *ORIGIN)
    if what == "readings":
        return analysis.labelled_readings.select(
            *CELL, "item", "text", "position", "expected", "variance", "mass", "why", *ORIGIN
        )
    if what == "answers":
        return analysis.labelled_answers.select(*CELL, "item", "text", "position", "value", "status", *ORIGIN)
    return analysis.administrations.select(*CELL, "outcome", "n_valid", "n_items", *ORIGIN)


def write_frame(frame: pl.DataFrame, file: Path) -> None:
    """Write a .csv or .parquet file, whole or not at all."""
    if file.suffix not in (".csv", ".parquet"):
        raise EmotionBenchError("unknown kind of file", where=str(file), fix="name it .csv or .parquet")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".emotionbench-") as folder:
            draft = Path(folder) / file.name
            if file.suffix == ".csv":
                frame.write_csv(draft)
            else:
                frame.write_parquet(draft)
            draft.replace(file)
    except OSError as problem:
        raise EmotionBenchError(
            f"cannot be written: {problem.strerror or problem}", where=str(file), fix="check its folder and free space"
        ) from None
