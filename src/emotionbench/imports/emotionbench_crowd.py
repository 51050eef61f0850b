"""The original EmotionBench's file of people's answers (``crowd.xlsx``) as our records."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from emotionbench.documents import content_hash
from emotionbench.errors import RecordingError, nearest
from emotionbench.imports.emotionbench_csv import PROTOCOL
from emotionbench.imports.recording import Column, Recorder, Recording, Source
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_situations import SET_ID
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Attempt, Condition, Design, RespondentKind, identify

SHEET = "Raw"
LABELS, FIRST_PERSON = 1, 2
NAME = "emotionbench-crowd"
LABEL = re.compile(r"(?P<emotion>[A-Za-z]+)_F(?P<factor>[1-9]\d*)S(?P<situation>[1-9]\d*)")
EMOTIONS = {"angry": "anger", "jealous": "jealousy"}
FACTORS_FROM = "everyday"
EDITION = "crowd"
NOT_RECORDED = "Text of the original, not recorded in this file."

Moment = tuple[tuple[int, int], ...]
"""The 0-based row and the 1-based item number of every answer at one moment, in the order of the rows."""


def read_crowd(path: Path) -> Recording:
    """Read people's recorded answers: for every person a baseline and an evoked administration, joined by a session.

    All people are one respondent, 'emotionbench-crowd'; a person's repeat is the running number within the situation.
    The protocol is 'emotionbench-2024', the closest there is: people saw a web form, not its words. The situations are
    known by their label alone, so they have no text; their ids number the situations of the recording as in
    ``read_csv``, and their factors' names are those of the set 'everyday', which has the same 36. Rows of answers are
    found by the adjective that ends their label: its first row is before, its second after the situation.

    Demographics (sex, year of birth, country, employment, education) are not read into records. A RecordingError means
    that the file is not of this format.
    """
    source = Source.of(path)
    reader = _Reader(path.name, _rows(path), catalogue.instrument("PANAS"))
    return reader.recording(source)


class _Reader:
    """The sheet, cut into cells."""

    def __init__(self, file: str, rows: list[tuple[Any, ...]], instrument: Instrument) -> None:
        self.file, self.rows, self.instrument = file, rows, instrument
        self.before, self.after = self.moments()

    def recording(self, source: Source) -> Recording:
        protocol = catalogue.protocol(PROTOCOL)
        respondent = source.respondent(RespondentKind.HUMAN, NAME)
        recorder = Recorder(source, respondent, self.instrument, protocol, Design.PAIRED)
        situations = self.situations()
        administrations: list[tuple[Administration, Attempt]] = []
        n_seen: dict[str, int] = {}
        for column, situation in situations.items():
            repeat = n_seen.get(situation.id, 0)
            n_seen[situation.id] = repeat + 1
            session = identify({"sha256": source.sha256, "column": get_column_letter(column + 1)})
            administrations += [recorder.record(one) for one in self.columns(column, situation, repeat, session)]
        materials = (self.instrument, protocol, *dict.fromkeys(situations.values()))
        return Recording(respondent, materials, tuple(administrations), 0, self.unlabelled())

    def moments(self) -> tuple[Moment, Moment]:
        """The rows before and after the situation."""
        numbers = {item.text.casefold(): number for number, item in enumerate(self.instrument.items, 1)}
        found: dict[int, list[int]] = {number: [] for number in numbers.values()}
        for row in range(1, len(self.rows)):
            number = numbers.get(self.text(row, LABELS).rpartition(" - ")[2].casefold())
            if number is not None:
                found[number].append(row)
        for number, rows in found.items():
            if len(rows) != 2:
                raise RecordingError(
                    f"{len(rows)} rows are labelled '… - {self.instrument.text(number)}'; expected one before and one "
                    "after the situation",
                    where=f"{self.file}: sheet {SHEET!r}",
                    fix="give the original's crowd.xlsx as it was published",
                )
        before, after = (tuple(sorted((rows[moment], number) for number, rows in found.items())) for moment in (0, 1))
        return before, after

    def situations(self) -> dict[int, Situation]:
        """The situation of every person's column that is labelled."""
        factors = catalogue.situation_set(FACTORS_FROM).factors
        labels = {column: self.text(0, column) for column in range(FIRST_PERSON, len(self.rows[0]))}
        known: dict[str, Situation] = {}
        for column, label in labels.items():
            if label and label not in known:
                known[label] = _situation(label, factors, f"{self.file}: {get_column_letter(column + 1)}1")
        return {column: known[label] for column, label in labels.items() if label}

    def unlabelled(self) -> tuple[str, ...]:
        """The letters of columns with content but without a label."""
        return tuple(
            get_column_letter(column + 1)
            for column in range(FIRST_PERSON, max(map(len, self.rows)))
            if not self.text(0, column) and any(self.text(row, column) for row in range(len(self.rows)))
        )

    def columns(self, column: int, situation: Situation, repeat: int, session: str) -> tuple[Column, Column]:
        """The two administrations of one person."""
        letter = get_column_letter(column + 1)
        baseline, evoked = (
            Column(
                name=f"{letter} {self.text(0, column)}",
                condition=condition,
                situation=content_hash(situation) if condition is Condition.EVOKED else None,
                repeat=repeat,
                session=session,
                order=tuple(number for _, number in moment),
                values=tuple(self.text(row, column) for row, _ in moment),
                cells=f"{letter}{moment[0][0] + 1}:{letter}{moment[-1][0] + 1}",
            )
            for condition, moment in ((Condition.BASELINE, self.before), (Condition.EVOKED, self.after))
        )
        return baseline, evoked

    def text(self, row: int, column: int) -> str:
        """The cell at 0-based row and column as text; whole numbers without a point, blanks and errors as ''."""
        cells = self.rows[row]
        value = cells[column] if column < len(cells) else None
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return " ".join(str(value).split())


def _rows(path: Path) -> list[tuple[Any, ...]]:
    """The rows of sheet 'Raw' as values."""
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as problem:
        raise RecordingError(
            f"not an Excel workbook: {problem}", where=path.name, fix="give the original's crowd.xlsx"
        ) from None
    try:
        if SHEET not in workbook.sheetnames:
            raise RecordingError(
                f"no sheet {SHEET!r}; it has {', '.join(workbook.sheetnames)}",
                where=path.name,
                fix="give the original's crowd.xlsx",
            )
        rows = list(workbook[SHEET].iter_rows(values_only=True))
    finally:
        workbook.close()
    if not rows or len(rows[0]) <= FIRST_PERSON:
        raise RecordingError(
            "holds no people, who stand in columns from C", where=f"{path.name}: sheet {SHEET!r}", fix="check the file"
        )
    return rows


def _situation(label: str, factors: dict[str, str], where: str) -> Situation:
    match = LABEL.fullmatch(label)
    if match is None:
        raise RecordingError(f"unknown condition {label!r}", where=where, fix="expected such as 'Angry_F1S1'")
    spelled = match["emotion"].casefold()
    emotion = EMOTIONS.get(spelled, spelled)
    factor = f"{emotion}-{match['factor']}"
    if factor not in factors:
        raise RecordingError(
            f"condition {label!r} names the unknown factor {factor!r}", where=where, fix=nearest(factor, factors)
        )
    return Situation(
        id=f"{factor}-{match['situation']}",
        set=SET_ID,
        edition=EDITION,
        language="en",
        emotion=emotion,
        factor=factor,
        factor_name=factors[factor],
        kind="evoking",
        counterpart_of=None,
        text=NOT_RECORDED,
    )
