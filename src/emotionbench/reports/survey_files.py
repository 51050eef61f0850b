"""What researchers take away from a survey: its answers, people, checks, codebook and study as files.

Nothing in them leads to a person or says when somebody took part: no id of a link, no completion code, nothing of a
panel, no time of day; people stand in the order of a hash. Completion codes are a file of their own, without answers.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

import emotionbench
from emotionbench.comparisons.participation import UNFINISHED
from emotionbench.errors import EmotionBenchError
from emotionbench.reports import psych_ds
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import markdown
from emotionbench.reports.survey_codebook import CHECKS, NOTES, scoring, scoring_in_words
from emotionbench.reports.survey_frames import SurveyFrame, survey_frames
from emotionbench.reports.survey_records import SurveyRecords

Layout = Literal["plain", "psych-ds"]
LAYOUTS: tuple[Layout, ...] = ("plain", "psych-ds")
HEADER = ("file", "column", "type", "unit", "values", "meaning")
CALCULATED = r"^[=+\-@\t\r]"
"""How a cell begins that a spreadsheet takes for a formula."""
LINE_END = "\r\n"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


def survey_files(records: SurveyRecords, layout: Layout = "plain") -> dict[str, bytes]:
    """Every file of a survey by its path within the folder."""
    frames = survey_frames(records)
    study = _json(study_document(records))
    if layout == "psych-ds":
        return psych_ds.dataset(
            records,
            frames,
            {one.name: csv_bytes(one) for one in frames},
            {"codebook.csv": codebook_csv(frames), "codebook.md": codebook_md(records, frames)},
            {"study.json": study},
        )
    files: dict[str, bytes] = {}
    for one in frames:
        files[f"{one.name}.csv"] = csv_bytes(one)
        files[f"{one.name}.parquet"] = _parquet(one.frame)
    return {
        **files,
        "codebook.csv": codebook_csv(frames),
        "codebook.md": codebook_md(records, frames),
        "study.json": study,
    }


def csv_bytes(found: SurveyFrame) -> bytes:
    """A frame as CSV (UTF-8, RFC 4180), with an apostrophe before people's own words that would be calculated."""
    guarded = [
        pl.when(pl.col(name).str.contains(CALCULATED))
        .then(pl.concat_str(pl.lit("'"), name))
        .otherwise(name)
        .alias(name)
        for name in sorted(found.free)
    ]
    return found.frame.with_columns(guarded).write_csv(line_terminator=LINE_END).encode()


def codebook_csv(frames: Iterable[SurveyFrame]) -> bytes:
    """One row a column of a file."""
    return rows_csv([HEADER, *(row for one in frames for row in _codebook_rows(one))])


def codebook_md(records: SurveyRecords, frames: Iterable[SurveyFrame]) -> bytes:
    """The same as tables, with what it takes to score the instruments."""
    tables = [
        Table(f"Columns of {one.name}", HEADER[1:], tuple(row[1:] for row in _codebook_rows(one)), n_text=5)
        for one in frames
    ]
    lines = (*NOTES, *(line for one in records.instruments for line in scoring_in_words(one)))
    return f"# {records.served.name}: codebook\n\n{markdown(tables, lines)}".encode()


def study_document(records: SurveyRecords) -> dict[str, Any]:
    """The spec as it was served, with what it came to: people by how they ended, exclusions, departures."""
    served = records.served
    outcomes = Counter(person.outcome or UNFINISHED for person in records.people)
    reasons = Counter(reason for reason in records.reasons.values() if reason is not None)
    return {
        "name": served.name,
        "hash": served.hash,
        "served_with": f"emotionbench {served.package_version}",
        "exported_with": f"emotionbench {emotionbench.__version__}",
        "spec": served.spec,
        "people": {
            "consented": len(records.people) + sum(served.departures.values()),
            "by_outcome": dict(sorted(outcomes.items())),
            "left_out": dict(sorted(reasons.items())),
            "kept": len(records.people) - sum(reasons.values()),
            "departures": served.departures,
        },
        "instruments": scoring(records.instruments),
    }


def rows_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Texts as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator=LINE_END).writerows(rows)
    return out.getvalue().encode()


def write_codes(codes: Iterable[tuple[str, str]], file: Path) -> None:
    """Completion codes and outcomes as a CSV file that nobody else can read."""
    _write(rows_csv([("code", "outcome"), *codes]), file)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder, each whole or not at all, and remove checks of an earlier export that now has none."""
    for name, content in files.items():
        _write(content, folder / name)
    written = {folder / name for name in files}
    for old in {*folder.glob(f"{CHECKS}.*"), *folder.glob(f"data/*_description-{CHECKS}_data.csv")} - written:
        old.unlink()


def _codebook_rows(found: SurveyFrame) -> list[tuple[str, ...]]:
    return [(found.name, v.name, v.type, v.unit, v.values, v.meaning) for v in found.variables]


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def _write(content: bytes, file: Path) -> None:
    try:
        file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".emotionbench-")
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
        Path(draft).chmod(PRIVATE_FILE)
        Path(draft).replace(file)
    except OSError as problem:
        raise EmotionBenchError(
            f"cannot be written: {problem.strerror or problem}", where=str(file), fix="check its folder and free space"
        ) from None
