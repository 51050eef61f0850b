"""The original EmotionBench's files of models' answers (``results/*/MODEL-INSTRUMENT-testing.csv``) as our records."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils import get_column_letter

from emotionbench.documents import content_hash
from emotionbench.errors import RecordingError, nearest
from emotionbench.imports.recording import Column, Recorder, Recording, Source, numbered
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.originals import read_questionnaires, read_situations
from emotionbench.materials.situations import Situation, SituationSet
from emotionbench.records import Condition, Design, RespondentKind

PROTOCOL = "emotionbench-2024"
EDITION = "recorded"
SUFFIX = "-testing"
FIRST_ITEM_ROW = 3
# pandas marks the second of two equal headers with '.1'
HEADER = re.compile(
    r"(?:General|(?P<emotion>.+)-(?P<factor>\d+)_scenario-(?P<scenario>\d+))"
    r"_test-(?P<test>\d+)_order-(?P<order>\d+)(?:\.\d+)?"
)
ORDER_HEADER = re.compile(r"(?:order|question)-\d+")
NUMBERED = re.compile(r"\s*\d+\.\s*")
QUOTED = re.compile(r'[^"]*:\s*"(?P<text>.*)"\s*', re.DOTALL)


@dataclass(frozen=True)
class _Header:
    """A column's 0-based index and name, and what its name says: indices from 0 as in the file."""

    column: int
    name: str
    emotion: str | None
    factor: int
    scenario: int
    test: int
    order: int


def read_csv(
    path: Path,
    questionnaires: Path,
    situations: Path,
    *,
    respondent: str | None = None,
    instrument: str | None = None,
) -> Recording:
    """Read one file of a model's recorded answers, an administration for every column.

    ``respondent`` and ``instrument`` (as the original names it) come from the file name where they are not given. The
    protocol is 'emotionbench-2024', the design independent, the repeat the column's test number; a number that
    an earlier column of the same situation has taken (as when a file holds several orders) gives way to the next free
    one, counted in ``n_renumbered``, so that every column is kept.

    A situation is the one of ``situations`` that the column's indices name, if the recorded prompt holds its text;
    otherwise it has the recorded text and edition 'recorded'. Its id then numbers the situations of the recording:
    the published recordings use 175 of the 428, so ``anger-1-4`` of edition 'recorded' may be another event than
    ``anger-1-4`` of ``situations``.

    Blank cells, short rows and blank columns are kept as unanswered items. A RecordingError means that the file is not
    of this format, or belongs to other items or situations than those given.
    """
    source = Source.of(path)
    reader = _Reader(path.name, _rows(path), *_named(path, read_questionnaires(questionnaires), respondent, instrument))
    return reader.recording(source, read_situations(situations))


class _Reader:
    """One file, cut into cells."""

    def __init__(self, file: str, rows: list[list[str]], respondent: str, instrument: Instrument) -> None:
        self.file, self.rows, self.respondent, self.instrument = file, rows, respondent, instrument
        self.headers, self.ignored = _headers(rows[0], file)
        self.columns = {name: index for index, name in reversed(list(enumerate(rows[0])))}
        self._check_length()

    def recording(self, source: Source, situation_set: SituationSet) -> Recording:
        protocol = catalogue.protocol(PROTOCOL)
        respondent = source.respondent(RespondentKind.LLM, self.respondent)
        recorder = Recorder(source, respondent, self.instrument, protocol, Design.INDEPENDENT)
        situations = self.situations(situation_set)
        hashes = {name: content_hash(situation) for name, situation in situations.items()}
        wanted = [(hashes.get(header.column), header.test) for header in self.headers]
        repeats, n_renumbered = numbered(wanted)
        orders = {number: self.order(number) for number in {header.order for header in self.headers}}
        administrations = tuple(
            recorder.record(self.column(header, hashes.get(header.column), repeat, orders[header.order]))
            for header, repeat in zip(self.headers, repeats, strict=True)
        )
        distinct = {hashes[column]: situation for column, situation in situations.items()}
        materials = (self.instrument, protocol, *distinct.values())
        return Recording(respondent, materials, administrations, n_renumbered, self.ignored)

    def column(self, header: _Header, situation: str | None, repeat: int, order: tuple[int, ...]) -> Column:
        letter = get_column_letter(header.column + 1)
        values = [self.cell(row, header.column) for row in self.item_rows()]
        return Column(
            name=header.name,
            condition=Condition.BASELINE if header.emotion is None else Condition.EVOKED,
            situation=situation,
            repeat=repeat,
            session=None,
            order=order,
            values=tuple(" ".join(value.split()) for value in values),
            cells=f"{letter}{FIRST_ITEM_ROW}:{letter}{FIRST_ITEM_ROW + len(order) - 1}",
            prompt=self.cell(1, header.column).strip() or None,
        )

    def cell(self, row: int, column: int) -> str:
        """The text at 0-based row and column; blank where the file ends before it."""
        cells = self.rows[row] if row < len(self.rows) else []
        return cells[column] if column < len(cells) else ""

    def item_rows(self) -> range:
        return range(FIRST_ITEM_ROW - 1, FIRST_ITEM_ROW - 1 + self.instrument.n_items)

    def situations(self, situation_set: SituationSet) -> dict[int, Situation]:
        """The situation of every evoked column, by column index."""
        known = {situation.id: situation for situation in situation_set.situations}
        evoked = {header: self._known(header, known) for header in self.headers if header.emotion is not None}
        recorded: dict[str, str] = {}
        for header, situation in evoked.items():
            text = _situation_text(self.cell(1, header.column))
            if text:
                recorded.setdefault(situation.id, text)
        found = {}
        for header, situation in evoked.items():
            # a column without a prompt is read as the others of its situation
            text = _situation_text(self.cell(1, header.column)) or recorded.get(situation.id, situation.text)
            if text != situation.text:
                situation = situation.model_copy(update={"text": text, "edition": EDITION})  # noqa: PLW2901
            found[header.column] = situation
        return found

    def _known(self, header: _Header, known: dict[str, Situation]) -> Situation:
        emotion = str(header.emotion).casefold()
        identifier = f"{emotion}-{header.factor + 1}-{header.scenario + 1}"
        if identifier in known:
            return known[identifier]
        emotions = {situation.emotion for situation in known.values()}
        if emotion not in emotions:
            raise RecordingError(
                f"unknown emotion {header.emotion!r}", where=self._place(header), fix=nearest(emotion, emotions)
            )
        raise RecordingError(
            f"the situations given have no {identifier!r}",
            where=self._place(header),
            fix="give the situations of the same version of the original",
        )

    def _place(self, header: _Header) -> str:
        return f"{self.file}: column {get_column_letter(header.column + 1)} {header.name!r}"

    def order(self, number: int) -> tuple[int, ...]:
        """The item numbers in the order shown: column ``order-N``, checked against the texts of ``question-N``."""
        texts = self._question_numbers(number)
        column = self.columns.get(f"order-{number}")
        if column is None:
            if texts is None:
                raise RecordingError(
                    f"no column 'order-{number}' and none 'question-{number}', but answers in that order",
                    where=self.file,
                    fix="without one of them nobody knows which item a row answers",
                )
            return texts
        cells = [self.cell(row, column) for row in self.item_rows()]
        order = tuple(_whole_number(cell) for cell in cells)
        if sorted(order) != list(range(1, self.instrument.n_items + 1)):
            raise RecordingError(
                f"'order-{number}' holds {', '.join(cells)}; expected each of 1 to {self.instrument.n_items} once",
                where=self.file,
                fix=f"check that the file is of {self.instrument.id}, and whole",
            )
        self._check_texts(number, order, texts)
        return order

    def _check_texts(self, number: int, order: tuple[int, ...], texts: tuple[int, ...] | None) -> None:
        for row, shown, said in zip(self.item_rows(), order, texts or order, strict=True):
            if shown != said:
                raise RecordingError(
                    f"'order-{number}' says item {shown} {self.instrument.text(shown)!r}, but 'question-{number}' has "
                    f"the text of item {said} {self.instrument.text(said)!r}",
                    where=f"{self.file}: row {row + 1}",
                    fix="correct the one that is wrong",
                )

    def _question_numbers(self, number: int) -> tuple[int, ...] | None:
        """The item numbers by the texts of ``question-N``; None where the file lacks that column."""
        column = self.columns.get(f"question-{number}")
        if column is None:
            return None
        known = {_folded(item.text): position for position, item in enumerate(self.instrument.items, 1)}
        numbers = []
        for position, row in enumerate(self.item_rows(), 1):
            cell = self.cell(row, column)
            found = known.get(_folded(cell)) or known.get(_folded(NUMBERED.sub("", cell, count=1)))
            if found is None:
                raise RecordingError(
                    f"{cell!r} is no item of {self.instrument.id} (its item {position} is "
                    f"{self.instrument.text(position)!r})",
                    where=f"{self.file}: {get_column_letter(column + 1)}{row + 1}",
                    fix="name the instrument of the file, or give the questionnaires that it was made with",
                )
            numbers.append(found)
        return tuple(numbers)

    def _check_length(self) -> None:
        for row in range(self.item_rows().stop, len(self.rows)):
            if any(cell.strip() for cell in self.rows[row]):
                raise RecordingError(
                    f"row {row + 1} lies below the {self.instrument.n_items} items of {self.instrument.id}",
                    where=self.file,
                    fix="name the instrument that the file is of",
                )


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise RecordingError(f"not a CSV file: {problem}", where=path.name, fix="give one of the original") from None
    if not rows:
        raise RecordingError("is empty", where=path.name, fix="give a file of recorded answers of the original")
    return rows


def _headers(names: list[str], file: str) -> tuple[list[_Header], tuple[str, ...]]:
    """The columns that hold answers, and the names of those that hold neither answers nor items."""
    headers, ignored = [], []
    for column, name in enumerate(names):
        match = HEADER.fullmatch(name.strip())
        if match:
            indices = [int(match[part] or 0) for part in ("factor", "scenario", "test", "order")]
            headers.append(_Header(column, name.strip(), match["emotion"], *indices))
        elif not ORDER_HEADER.fullmatch(name.strip()):
            ignored.append(f"{get_column_letter(column + 1)} {name!r}")
    if not headers:
        raise RecordingError(
            "no column of answers",
            where=file,
            fix="the original names them such as 'General_test-0_order-0' or 'Anger-0_scenario-0_test-0_order-0'",
        )
    return headers, tuple(ignored)


def _named(
    path: Path, instruments: dict[str, Instrument], respondent: str | None, instrument: str | None
) -> tuple[str, Instrument]:
    """The respondent's name and the instrument, from the arguments or else from the file's name."""
    stem = path.stem.removesuffix(SUFFIX)
    ends = [name for name in instruments if stem.casefold().endswith(f"-{name.casefold()}")]
    if instrument is None:
        if not ends:
            raise RecordingError(
                "its name does not say which instrument it is of",
                where=path.name,
                fix=f"name the instrument; {nearest(stem, instruments)}",
            )
        instrument = max(ends, key=len)
    folded = {name.casefold(): found for name, found in instruments.items()}
    chosen = folded.get(instrument.casefold())
    if chosen is None:
        raise RecordingError(
            f"unknown instrument {instrument!r}", where=path.name, fix=nearest(instrument, instruments)
        )
    if respondent is None:
        respondent = stem[: -len(max(ends, key=len)) - 1] if ends else stem
    return respondent, chosen


def _situation_text(prompt: str) -> str:
    """The situation within a recorded prompt: what stands in quotes behind a colon, or else all of it."""
    match = QUOTED.fullmatch(prompt)
    return (match["text"] if match else prompt).strip()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _whole_number(cell: str) -> int:
    """The number in a cell; 0, which is no item, where there is none. pandas writes 3 as 3.0 beside blanks."""
    text = cell.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() else 0
