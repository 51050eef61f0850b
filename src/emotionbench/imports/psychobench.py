"""The original PsychoBench's files of models' answers (``results/MODEL-INSTRUMENT.csv``) as our records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.utils import get_column_letter

from emotionbench.errors import RecordingError
from emotionbench.imports.csv_files import folded_text, named, rows_of, whole_number
from emotionbench.imports.recording import RECORDED, Column, Recorder, Recording, Source
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_psychobench import convert_questionnaires
from emotionbench.records import Condition, Design, Respondent, RespondentKind

NAME = "psychobench"
PROTOCOL = "emotionbench-2024"
FIRST_ITEM_ROW = 2
# pandas marks the second of two equal headers with '.1'
PROMPT = re.compile(r"Prompt:\s*(?P<prompt>.*?)(?:\.\d+)?\s*", re.DOTALL)
ORDER = re.compile(r"order-\d+(?:\.\d+)?")
ANSWERS = re.compile(r"shuffle\d+-test\d+(?:\.\d+)?")
NUMBERED = re.compile(r"\s*\d+\.\s*")


@dataclass
class _Block:
    """The columns of one item order, by their 0-based indices: the items put, their numbers, answers to them."""

    prompt: int | None = None
    order: int | None = None
    answers: list[int] = field(default_factory=list)


def read_csv(
    path: Path, questionnaires: Path, *, respondent: str | None = None, instrument: str | None = None
) -> Recording:
    """Read one file of a model's recorded answers: an administration, before any situation, for every column of them.

    The file is cut in blocks: a column ``Prompt: …`` with the items as put, a column ``order-0`` with their numbers,
    and columns ``shuffle0-test0`` with the answers. Answers belong to the nearest block to the left, whatever their
    number says, since the original has counted orders from 0 and from 1. Either of the first two columns may lack.
    Repeats are counted through all blocks. ``respondent`` and ``instrument`` (as the original names it) come from the
    file's name where they are not given.

    The protocol is 'emotionbench-2024', the closest there is; what was put stands in each request, as far as the
    header says it. Blank cells, short rows and blank columns are kept as unanswered items, and values out of range as
    such. A RecordingError means that the file is not of this format, or belongs to other items.
    """
    source = Source.of(path)
    name, chosen = named(path, path.stem, convert_questionnaires(questionnaires), (respondent, instrument))
    who = Respondent.of(RespondentKind.LLM, name, {RECORDED: NAME, "sha256": source.sha256})
    return _Reader(path.name, rows_of(path), chosen).recording(source, who)


class _Reader:
    """One file, cut into cells."""

    def __init__(self, file: str, rows: list[list[str]], instrument: Instrument) -> None:
        self.file, self.rows, self.instrument = file, rows, instrument
        self.blocks, self.ignored = _blocks(rows[0], file)
        self.numbers = {folded_text(item.text): number for number, item in enumerate(instrument.items, 1)}
        self.check_length()

    def recording(self, source: Source, respondent: Respondent) -> Recording:
        protocol = catalogue.protocol(PROTOCOL)
        recorder = Recorder(source, respondent, self.instrument, protocol, Design.INDEPENDENT)
        answers = [(block, self.order(block), column) for block in self.blocks for column in block.answers]
        administrations = tuple(
            recorder.record(self.column(block, order, column, repeat))
            for repeat, (block, order, column) in enumerate(answers)
        )
        return Recording(respondent, (self.instrument, protocol), administrations, 0, self.ignored)

    def column(self, block: _Block, order: tuple[int, ...], column: int, repeat: int) -> Column:
        letter = get_column_letter(column + 1)
        return Column(
            name=self.cell(0, column).strip(),
            condition=Condition.BASELINE,
            situation=None,
            repeat=repeat,
            session=None,
            order=order,
            values=tuple(" ".join(self.cell(row, column).split()) for row in self.item_rows()),
            cells=f"{letter}{FIRST_ITEM_ROW}:{letter}{FIRST_ITEM_ROW + len(order) - 1}",
            prompt=self.prompt(block),
        )

    def prompt(self, block: _Block) -> str | None:
        header = PROMPT.fullmatch(self.cell(0, block.prompt)) if block.prompt is not None else None
        return header["prompt"] or None if header else None

    def cell(self, row: int, column: int) -> str:
        """The text at 0-based row and column; blank where the file ends before it."""
        cells = self.rows[row] if row < len(self.rows) else []
        return cells[column] if column < len(cells) else ""

    def item_rows(self) -> range:
        return range(FIRST_ITEM_ROW - 1, FIRST_ITEM_ROW - 1 + self.instrument.n_items)

    def order(self, block: _Block) -> tuple[int, ...]:
        """The item numbers in the order shown, by the column of numbers or else by the items' texts."""
        if block.order is None:
            return self.order_of_texts(block)
        cells = [self.cell(row, block.order) for row in self.item_rows()]
        order = tuple(whole_number(cell) for cell in cells)
        if sorted(order) != list(range(1, self.instrument.n_items + 1)):
            raise RecordingError(
                f"{self.cell(0, block.order)!r} holds {', '.join(cells)}; expected each of 1 to "
                f"{self.instrument.n_items} once",
                where=self.place(block.order),
                fix=f"check that the file is of {self.instrument.id}, and whole",
            )
        self.check_texts(block, order)
        return order

    def order_of_texts(self, block: _Block) -> tuple[int, ...]:
        order = tuple(self.number_of(row, block.prompt) for row in self.item_rows())
        if sorted(number or 0 for number in order) != list(range(1, self.instrument.n_items + 1)):
            raise RecordingError(
                f"no column of item numbers before the answers, and not every text is an item of {self.instrument.id}",
                where=self.place(block.answers[0]),
                fix="without one of them nobody knows which item a row answers",
            )
        return tuple(number for number in order if number)

    def check_texts(self, block: _Block, order: tuple[int, ...]) -> None:
        for row, shown in zip(self.item_rows(), order, strict=True):
            said = self.number_of(row, block.prompt)
            # a text may differ from ours, which is mended; but it may not be another item's
            if said is not None and said != shown:
                raise RecordingError(
                    f"the order says item {shown} {self.instrument.text(shown)!r}, but the text beside it is that of "
                    f"item {said} {self.instrument.text(said)!r}",
                    where=f"{self.file}: row {row + 1}",
                    fix="correct the one that is wrong, or name the instrument of the file",
                )

    def number_of(self, row: int, column: int | None) -> int | None:
        """The number of the item whose text stands in a cell, with or without a position before it."""
        if column is None:
            return None
        cell = self.cell(row, column)
        found = self.numbers.get(folded_text(cell))
        return found or self.numbers.get(folded_text(NUMBERED.sub("", cell, count=1)))

    def place(self, column: int) -> str:
        return f"{self.file}: column {get_column_letter(column + 1)}"

    def check_length(self) -> None:
        for row in range(self.item_rows().stop, len(self.rows)):
            if any(cell.strip() for cell in self.rows[row]):
                raise RecordingError(
                    f"row {row + 1} lies below the {self.instrument.n_items} items of {self.instrument.id}",
                    where=self.file,
                    fix="name the instrument that the file is of",
                )


def _blocks(names: list[str], file: str) -> tuple[list[_Block], tuple[str, ...]]:
    """The blocks that hold answers, and the names of the columns that belong to none."""
    blocks, ignored = [_Block()], []
    for column, name in enumerate(names):
        header = name.strip()
        if ANSWERS.fullmatch(header):
            blocks[-1].answers.append(column)
        elif ORDER.fullmatch(header):
            if blocks[-1].answers or blocks[-1].order is not None:
                blocks.append(_Block())
            blocks[-1].order = column
        elif PROMPT.fullmatch(header):
            blocks.append(_Block(prompt=column))
        else:
            ignored.append(f"{get_column_letter(column + 1)} {name!r}")
    with_answers = [block for block in blocks if block.answers]
    if not with_answers:
        raise RecordingError(
            "no column of answers", where=file, fix="the original names them such as 'shuffle0-test0', behind 'order-0'"
        )
    return with_answers, tuple(ignored)
