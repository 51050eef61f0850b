"""The original's raw files, read as sheets of answers that the published cells can be recomputed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emotionbench.errors import EmotionBenchError, RecordingError
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.emotionbench_csv import SUFFIX, read_csv
from emotionbench.imports.recording import Recording
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.published.tables import COUNTERPARTS_OF, published_tables
from emotionbench.records import Administration, Attempt

PANAS_FOLDER = "results/PANAS Test"
SCALES_FOLDER = "results/Challenging Bench"
PEOPLE, PEOPLE_FILE = "crowd", "crowd.xlsx"
SCALES_OF = "gpt-3.5-turbo"
COUNTERPARTS = f"{COUNTERPARTS_OF} counterparts"
COUNTERPART_WORDS = ("positive", "neutral", "counterpart")
WHOLE = "overall"
SUBSCALES = {"P": "positive", "N": "negative"}
BLANK = -1

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Sheets:
    """The answers of one source to one instrument: a row of ``answers`` for each administration.

    Attributes
    ----------
    source
        Whose answers: a respondent, a scale's name, or ``COUNTERPARTS``.
    answers
        Shape (administrations, items in the order of their numbers): the whole numbers as recorded, also those outside
        the response scale; ``BLANK`` where none stands.
    valid
        The same shape: whether the parser took the answer.
    rows
        The table row that each administration belongs to (``Anger-0``), None before any situation.
    situations, repeats, orders
        Numbers from 0: the situation within its factor, the repeat, the item order.
    sessions
        What joins the before and after of one person, None where nothing does.
    """

    source: str
    instrument: Instrument
    answers: Whole
    valid: NDArray[np.bool_]
    rows: tuple[str | None, ...]
    situations: Whole
    repeats: Whole
    orders: Whole
    sessions: tuple[str | None, ...]

    @property
    def paired(self) -> bool:
        """Whether the before and after of one person are joined."""
        return any(session is not None for session in self.sessions)

    @cached_property
    def is_baseline(self) -> NDArray[np.bool_]:
        """Which administrations stand before any situation."""
        return np.array([row is None for row in self.rows], dtype=bool)

    @cached_property
    def emotions(self) -> tuple[str | None, ...]:
        """The emotion of each administration."""
        return tuple(None if row is None else row.rpartition("-")[0] for row in self.rows)

    def items(self, affect: str) -> tuple[int, ...]:
        """The 1-based numbers of the items that an affect sums; all that are scored where affect is empty."""
        subscales = self.instrument.subscales
        chosen = subscales.get(SUBSCALES.get(affect, WHOLE))
        if chosen is not None:
            return chosen.items
        return tuple(dict.fromkeys(number for subscale in subscales.values() for number in subscale.items))

    @cached_property
    def reversed_items(self) -> frozenset[int]:
        """The 1-based numbers of the reverse-keyed items."""
        return frozenset(number for subscale in self.instrument.subscales.values() for number in subscale.reverse)


@dataclass(frozen=True)
class RawFile:
    """What became of one raw file.

    ``state`` is ``read``, ``absent``, ``unreadable`` (for the reason in ``why``) or ``unpublished``, where no published
    table is about it. ``n_incomplete`` counts the administrations with an answer blank or outside the response scale.
    """

    path: str
    state: str
    n_administrations: int = 0
    n_incomplete: int = 0
    why: str | None = None


@dataclass(frozen=True)
class Raw:
    """All raw files under a path: the sheets by source, and what became of every file."""

    sheets: dict[str, Sheets]
    files: tuple[RawFile, ...]


def read_raw(path: Path) -> Raw:
    """Read every raw file of the original under ``path``: its clone, or a folder that holds ``EmotionBench``.

    A file that is absent is named and skipped, one that cannot be read (also because the questionnaires or situations
    beside it cannot) is named with its error. A RecordingError means that there is no raw file at all.
    """
    root = _root(path)
    sheets: dict[str, Sheets] = {}
    accounts: list[RawFile] = []
    expected = dict(_expected())
    found = {file: source for file, source in _found(root) if file not in expected}
    for file, source in {**expected, **found}.items():
        if source is None or (source in sheets and file not in expected):
            accounts.append(RawFile(file, "unpublished"))
        elif not (root / file).is_file():
            accounts.append(RawFile(file, "absent"))
        else:
            account, read = _read(root, file, source)
            accounts.append(account)
            if read is not None:
                sheets[source] = read
    if COUNTERPARTS not in found.values():
        name = f"{PANAS_FOLDER}/{COUNTERPARTS_OF}-positive-PANAS{SUFFIX}.csv"
        accounts.append(RawFile(name, "absent"))
    return Raw(sheets, tuple(accounts))


def _root(path: Path) -> Path:
    for root in (path, path / "EmotionBench"):
        if any(_found(root)) or (root / PANAS_FOLDER / PEOPLE_FILE).is_file():
            return root
    raise RecordingError(
        f"no raw file of the original: no '{PANAS_FOLDER}/*-PANAS{SUFFIX}.csv', '{PANAS_FOLDER}/{PEOPLE_FILE}' or"
        f" '{SCALES_FOLDER}/*{SUFFIX}.csv'",
        where=str(path),
        fix="give the clone of EmotionBench, or the folder that holds it",
    )


def _expected() -> Iterator[tuple[str, str]]:
    """The files that published cells rest on, with their sources."""
    found = published_tables()
    for respondent in found.tables_8_11:
        name = PEOPLE_FILE if respondent == PEOPLE else f"{respondent}-PANAS{SUFFIX}.csv"
        yield f"{PANAS_FOLDER}/{name}", respondent
    for scale in found.table13_5:
        yield f"{SCALES_FOLDER}/{SCALES_OF}-{scale}{SUFFIX}.csv", scale


def _found(root: Path) -> Iterator[tuple[str, str | None]]:
    """The files of answers that are there, with their sources; None where no published table is about one."""
    respondents, scales = published_tables().tables_8_11, published_tables().table13_5
    for file in sorted((root / PANAS_FOLDER).glob(f"*-PANAS{SUFFIX}.csv")):
        respondent = file.name.removesuffix(f"-PANAS{SUFFIX}.csv")
        source = respondent if respondent in respondents else _counterparts(respondent)
        yield f"{PANAS_FOLDER}/{file.name}", source
    for file in sorted((root / SCALES_FOLDER).glob(f"*{SUFFIX}.csv")):
        stem = file.name.removesuffix(f"{SUFFIX}.csv")
        known = [scale for scale in scales if stem == f"{SCALES_OF}-{scale}"]
        yield f"{SCALES_FOLDER}/{file.name}", known[0] if known else None


def _counterparts(respondent: str) -> str | None:
    named = any(word in respondent.casefold() for word in COUNTERPART_WORDS)
    return COUNTERPARTS if named and respondent.startswith(COUNTERPARTS_OF) else None


def _read(root: Path, file: str, source: str) -> tuple[RawFile, Sheets | None]:
    try:
        if source == PEOPLE:
            recording = read_crowd(root / file)
        else:
            recording = read_csv(root / file, root / "questionnaires.json", root / "situations.json")
        sheets = _sheets(source, recording)
    except (EmotionBenchError, OSError, ValueError, LookupError, SyntaxError) as problem:
        return RawFile(file, "unreadable", why=str(problem)), None
    n_incomplete = int((~sheets.valid.all(axis=1)).sum())
    return RawFile(file, "read", len(sheets.rows), n_incomplete), sheets


def _sheets(source: str, recording: Recording) -> Sheets:
    instrument, situations = recording.instrument, recording.situations
    scenarios: list[int] = []
    rows: list[str | None] = []
    answers = np.full((len(recording.administrations), instrument.n_items), BLANK, dtype=np.int64)
    valid = np.zeros(answers.shape, dtype=bool)
    for index, (administration, attempt) in enumerate(recording.administrations):
        answers[index] = _as_recorded(administration, attempt)
        for answer in parse(attempt.reply or "", instrument, administration.order):
            if answer.value is not None:
                answers[index, answer.item - 1], valid[index, answer.item - 1] = answer.value, True
        situation = situations.get(administration.situation or "")
        emotion, factor, scenario = situation.id.rsplit("-", 2) if situation else ("", "", "1")
        rows.append(f"{emotion.capitalize()}-{int(factor) - 1}" if situation else None)
        scenarios.append(int(scenario) - 1)
    administrations = [administration for administration, _ in recording.administrations]
    orders = {order: number for number, order in enumerate(dict.fromkeys(one.order for one in administrations))}
    return Sheets(
        source,
        instrument,
        answers,
        valid,
        tuple(rows),
        np.array(scenarios, dtype=np.int64),
        np.array([one.repeat for one in administrations], dtype=np.int64),
        np.array([orders[one.order] for one in administrations], dtype=np.int64),
        tuple(one.session for one in administrations),
    )


def _as_recorded(administration: Administration, attempt: Attempt) -> list[int]:
    """The whole numbers of the recorded cells by item number, whether or not the response scale has them."""
    by_item = dict.fromkeys(administration.order, BLANK)
    for number, line in zip(administration.order, (attempt.reply or "").split("\n"), strict=False):
        cell = line.rpartition(": ")[2].strip().removesuffix(".0")
        if cell.isascii() and cell.isdecimal():
            by_item[number] = int(cell)
    return [by_item[number] for number in sorted(by_item)]
