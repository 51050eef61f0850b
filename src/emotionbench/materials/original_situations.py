"""The original's situations (``situations.json``, or ``situations.csv`` of the same content) as ours."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from emotionbench.documents import content_hash
from emotionbench.errors import MaterialError
from emotionbench.materials.instruments import LongText, ShortText
from emotionbench.materials.original_files import (
    COMMIT,
    LICENCE,
    PAPER,
    REPOSITORY,
    Raw,
    read_json,
    read_text,
    validated,
)
from emotionbench.materials.situations import SituationFile, SituationSet

SET_ID = "emotionbench"
EDITION = f"commit {COMMIT[:7]}"
# content_hash of the names and texts at that commit: the JSON and the CSV file give the same edition
CONTENT_SHA256 = "3bb0a97f48d0d2bad57883d3d45ef05fdfff9ab0d465e93b17f0f8cfe8690ba6"
SOURCE = f"The situations of {PAPER}; {REPOSITORY}"
CSV_HEADER = re.compile(r"(?P<emotion>.+)-(?P<factor>\d+)")


class _Factor(Raw):
    name: ShortText
    scenarios: Annotated[tuple[LongText, ...], Field(strict=False, min_length=1)]


class _Emotion(Raw):
    name: ShortText
    factors: Annotated[tuple[_Factor, ...], Field(strict=False, min_length=1)]


def read_situations(path: Path) -> SituationSet:
    """Read ``situations.json``, or ``situations.csv``, as the set 'emotionbench', in file order.

    Ids are 1-based, as in ``anger-1-1``: emotion, factor, situation. A MaterialError names file, entry and misfit.
    """
    files = situation_files(path)
    situations = tuple(situation for file in files for situation in file.situations())
    return SituationSet(SET_ID, SOURCE, LICENCE, situations)


def situation_files(path: Path) -> tuple[SituationFile, ...]:
    """The same as one document per emotion. Texts lose outer blanks, and nothing else."""
    raw = _from_csv(path) if path.suffix.casefold() == ".csv" else _from_json(path)
    if not raw:
        raise MaterialError("holds no emotion", where=path.name, fix="download the file again")
    found = content_hash([emotion.model_dump(mode="json") for emotion in raw])
    edition = EDITION if found == CONTENT_SHA256 else f"sha256 {found[:12]}"
    return tuple(_file(emotion, edition, path.name) for emotion in raw)


def _file(emotion: _Emotion, edition: str, file_name: str) -> SituationFile:
    name = emotion.name.casefold()
    factors = [
        {
            "id": f"{name}-{number}",
            "name": factor.name,
            "situations": [
                {"id": f"{name}-{number}-{position}", "text": text.strip()}
                for position, text in enumerate(factor.scenarios, 1)
            ],
        }
        for number, factor in enumerate(emotion.factors, 1)
    ]
    content = {
        "set": SET_ID,
        "edition": edition,
        "language": "en",
        "source": SOURCE,
        "licence": LICENCE,
        "emotion": name,
        "factors": factors,
    }
    return validated(content, SituationFile, f"{file_name}: emotion {emotion.name!r}")


def _from_json(path: Path) -> list[_Emotion]:
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("emotions"), list):
        raise MaterialError("no list 'emotions'", where=path.name, fix="give the original's situations.json")
    return [_emotion(entry, position, path.name) for position, entry in enumerate(content["emotions"], 1)]


def _emotion(entry: Any, position: int, file_name: str) -> _Emotion:
    name = entry.get("name") if isinstance(entry, dict) else None
    return validated(entry, _Emotion, f"{file_name}: emotion {name!r}" if name else f"{file_name}: emotion {position}")


def _from_csv(path: Path) -> list[_Emotion]:
    """One column a factor: its header (``Anger-0``), its name, then its situations, blank below the last."""
    rows = list(csv.reader(io.StringIO(read_text(path), newline="")))
    if len(rows) < 3:
        raise MaterialError("fewer than three rows", where=path.name, fix="give the original's situations.csv")
    factors: dict[str, list[dict[str, Any]]] = {}
    for column, header in enumerate(rows[0]):
        match = CSV_HEADER.fullmatch(header.strip())
        if not match:
            raise MaterialError(f"column {column + 1} is {header!r}", where=path.name, fix="expected such as 'Anger-0'")
        known = factors.setdefault(match["emotion"], [])
        if int(match["factor"]) != len(known):
            raise MaterialError(f"column {header!r} comes where {len(known)} is due", where=path.name)
        cells = [row[column] if column < len(row) else "" for row in rows[1:]]
        known.append({"name": cells[0], "scenarios": [cell for cell in cells[1:] if cell.strip()]})
    entries = [{"name": name, "factors": found} for name, found in factors.items()]
    return [_emotion(entry, position, path.name) for position, entry in enumerate(entries, 1)]
