"""What readers of the originals' CSV files share: rows, cells, and what a file's name says."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from emotionbench.errors import RecordingError, nearest
from emotionbench.materials.instruments import Instrument


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a CSV file, at least one; a RecordingError where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except OSError as problem:
        raise RecordingError(f"cannot be read: {problem}", where=str(path), fix="check the path") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise RecordingError(f"not a CSV file: {problem}", where=path.name, fix="give one of the original") from None
    if not rows:
        raise RecordingError("is empty", where=path.name, fix="give a file of recorded answers of the original")
    return rows


def named(
    path: Path, stem: str, instruments: Mapping[str, Instrument], given: tuple[str | None, str | None]
) -> tuple[str, Instrument]:
    """The respondent's name and the instrument: those given, else as ``stem``, such as ``gpt-4-BFI``, says.

    ``instruments`` are by the original's names, of which letter case does not matter.
    """
    respondent, name = given
    ends = [known for known in instruments if stem.casefold().endswith(f"-{known.casefold()}")]
    if name is None and not ends:
        raise RecordingError(
            "its name does not say which instrument it is of",
            where=path.name,
            fix=f"name the instrument; {nearest(stem, instruments)}",
        )
    name = name or max(ends, key=len)
    folded = {known.casefold(): found for known, found in instruments.items()}
    if name.casefold() not in folded:
        raise RecordingError(f"unknown instrument {name!r}", where=path.name, fix=nearest(name, instruments))
    if respondent is None:
        respondent = stem[: -len(max(ends, key=len)) - 1] if ends else stem
    return respondent, folded[name.casefold()]


def folded_text(text: str) -> str:
    """A text in which letter case and kinds of blanks do not matter."""
    return " ".join(text.split()).casefold()


def whole_number(cell: str) -> int:
    """The number in a cell; 0, which is no item, where there is none. pandas writes 3 as 3.0 beside blanks."""
    text = cell.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() else 0
