"""Rows with pipes between the cells: Markdown tables, ASCII tables, ``Interested | 3``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emotionbench.parsing.claims import Claim
from emotionbench.parsing.questionnaire import ANSWER_WORDS, OPTION_WORDS, VALUE_WORDS, Questionnaire, position_in
from emotionbench.parsing.readings import AMBIGUOUS, EMPTY, NOISE, Kind, Reading

_RULE = re.compile(r"[\s:|\-+=]*")
_MOST_OTHER_COLUMNS = 5
_MARK = re.compile(r"[\s\[(]*(?:x|yes|[✓✔☑✅❌⬤*])[\s\])]*", re.IGNORECASE)


class TableReader:
    """Reads the rows of one reply in turn, keeping the header that they stand under."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._asked = questionnaire
        self._header: list[str] = []
        self._heads: list[int] = []

    def leave(self) -> None:
        """Forget the header: the table has ended."""
        self._header, self._heads = [], []

    def read(self, row: str, line: int) -> list[Claim]:
        """What one row claims; a header and a rule claim nothing."""
        if _RULE.fullmatch(row):
            return []
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        items = {column: item for column, cell in enumerate(cells) if (item := self._asked.item_of(cell))}
        named = [word.strip(" *_`:").casefold() for word in cells]
        if not self._header and not items and self._is_header(named):
            self._header = named
            return []
        if len(items) > 1:
            return self._several(cells, items, line)
        if self._heads and not items:
            return self._below_items(cells, line)
        bare = [] if self._header or items else self._bare(cells, line)
        return bare or self._one(cells, items, line)

    def _is_header(self, named: Sequence[str]) -> bool:
        return any(name in ANSWER_WORDS for name in named) or len(self._marked_values(named)) > 1

    def _marked_values(self, named: Sequence[str]) -> dict[int, int]:
        """The columns of a form to be ticked, with the value that heads each."""
        if self._asked.tables.signs:
            return self._marked_signs(named, len(self._asked.tables.signs.values))
        if len(named) < 3 or not re.search(r"[^\W\d]", named[0] + named[1]):
            return {}
        values = {column: int(name) for column, name in enumerate(named) if re.fullmatch(r"\d{1,3}", name)}
        return {column: value for column, value in values.items() if self._asked.allows(value)}

    def _marked_signs(self, named: Sequence[str], n_options: int) -> dict[int, int]:
        """The same where options carry signs: each heads a column, behind one that is headed by something else."""
        if not n_options < len(named) <= n_options + _MOST_OTHER_COLUMNS:
            return {}
        readings = {column: self._asked.reader_of(None).read(name, strict=True) for column, name in enumerate(named)}
        values = {column: found.number for column, found in readings.items() if found.number is not None}
        complete = len(set(values.values())) == len(values) == n_options
        return values if complete and 0 not in values else {}

    def _bare(self, cells: list[str], line: int) -> list[Claim]:
        """A row of nothing but answers; a row of two cells is a number and its answer."""
        readings = [self._asked.reader_of(None).read(cell, strict=True) for cell in cells]
        if len(cells) < 3 or any(reading.kind is not Kind.VALUE or reading.worded for reading in readings):
            return []
        return [Claim(None, None, reading, line) for reading in readings]

    def _one(self, cells: list[str], items: dict[int, int], line: int) -> list[Claim]:
        answer_column = self._answer_column(len(cells))
        item_column, item = next(iter(items.items()), (None, None))
        position: int | None = None
        position_column: int | None = None
        before = cells[:item_column] if item_column is not None else cells[:-1][:1]
        for column, cell in enumerate(before):
            position = None if column == answer_column else position_in(cell)
            if position is not None:
                position_column = column
                break
        if item is not None and position is None:
            position = self._asked.number_before(cells[item_column or 0])
        if item is None and position is None:
            return []
        rest = [(c, cell) for c, cell in enumerate(cells) if c not in (item_column, position_column)]
        reading, unread = self._reading(rest, answer_column, self._asked.item_meant(position, item))
        named = item is None and any(re.search(r"[^\W\d]", cell) for cell in unread)
        explains = item is None and any(self._asked.is_label_of(position, cell) for _, cell in rest)
        return [Claim(position, item, reading, line, named=named and not explains, explains=explains)]

    def _answer_column(self, n_cells: int) -> int | None:
        if len(self._header) != n_cells:
            return None
        for words in (VALUE_WORDS, OPTION_WORDS):
            columns = [column for column, name in enumerate(self._header) if name in words]
            if columns:
                return columns[0] if len(columns) == 1 else None
        return None

    def _reading(
        self, cells: list[tuple[int, str]], answer_column: int | None, item: int | None
    ) -> tuple[Reading, list[str]]:
        """The answer of a row, and the cells that hold none."""
        reader = self._asked.reader_of(item)
        ticked = self._ticked(cells)
        if ticked is not None:
            return ticked, []
        strict = {column: reader.read(cell, strict=True) for column, cell in cells}
        unread = [cell for column, cell in cells if strict[column].kind is Kind.NOISE and column != answer_column]
        chosen = dict(cells).get(answer_column) if answer_column is not None else None
        if chosen is not None:
            reading = reader.read(chosen)
            others = [strict[column] for column, _ in cells if column != answer_column and strict[column].worded]
            return (AMBIGUOUS if any(other.number != reading.number for other in others) else reading), unread
        found = [reading for reading in strict.values() if reading.kind in (Kind.VALUE, Kind.AMBIGUOUS)]
        if not found:
            return (NOISE if unread else EMPTY), unread
        if len({reading.number for reading in found}) > 1:
            return AMBIGUOUS, unread
        return found[0], unread

    def _ticked(self, cells: list[tuple[int, str]]) -> Reading | None:
        values = self._marked_values(self._header)
        if len(values) < 2 or any(self._holds_answer(cell) for column, cell in cells if column in values):
            return None
        ticks = [values[column] for column, cell in cells if column in values and _MARK.fullmatch(cell)]
        if len(ticks) == 1:
            return Reading(Kind.VALUE, ticks[0])
        return AMBIGUOUS if ticks else EMPTY

    def _holds_answer(self, cell: str) -> bool:
        """Whether an answer is written where a mark could stand."""
        if self._asked.tables.signs is None:
            return re.search(r"\d", cell) is not None
        return not _MARK.fullmatch(cell) and self._asked.reader_of(None).read(cell, strict=True).kind is not Kind.EMPTY

    def _several(self, cells: list[str], items: dict[int, int], line: int) -> list[Claim]:
        """A row of several items: each with its answer behind it, or a header of items alone."""
        columns = list(items)
        if len(items) == len([cell for cell in cells if cell]):
            self._heads = list(items.values()) if len(items) == len(cells) else []
            return [Claim(self._asked.number_before(cells[c]), items[c], EMPTY, line) for c in columns]
        if columns == list(range(0, len(cells), 2)) and len(cells) == 2 * len(items):
            return [
                Claim(self._asked.number_before(cells[c]), item, self._asked.reader_of(item).read(cells[c + 1]), line)
                for c, item in items.items()
            ]
        return [Claim(None, item, AMBIGUOUS, line) for item in items.values()]

    def _below_items(self, cells: list[str], line: int) -> list[Claim]:
        """A row of answers below a row of as many items."""
        if len(cells) != len(self._heads):
            return []
        return [
            Claim(None, item, self._asked.reader_of(item).read(cell), line)
            for item, cell in zip(self._heads, cells, strict=True)
        ]
