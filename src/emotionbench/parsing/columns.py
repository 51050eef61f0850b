"""Many replies to one instrument at once: the ordinary ones by look-up in columns, the others one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.reply_parser import ReplyParser
from emotionbench.records import AnswerStatus

STATUSES = tuple(status.value for status in AnswerStatus)
"""The statuses in the order of their codes."""
VALID = STATUSES.index(AnswerStatus.VALID)
MISSING = STATUSES.index(AnswerStatus.MISSING)
_CODES = {status: code for code, status in enumerate(AnswerStatus)}

_BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What ``str.strip`` takes away; polars by itself leaves four of them."""


@dataclass(frozen=True)
class AnswerColumns:
    """Answers to replies: a row for each reply, a column for each item of the instrument in the order of item numbers.

    An item that was not shown is missing there and has no position.

    Attributes
    ----------
    values
        int32; 0 where the answer is not valid, so to be read beside ``statuses``.
    statuses
        uint8; the place of the status in ``STATUSES``.
    positions
        uint16; the place from 1 at which the item was shown, 0 where it was not.
    """

    values: NDArray[np.int32]
    statuses: NDArray[np.uint8]
    positions: NDArray[np.uint16]

    @classmethod
    def missing(cls, n: int, n_items: int) -> AnswerColumns:
        """Rows in which every answer is missing and no position known (0)."""
        return cls(
            np.zeros((n, n_items), np.int32),
            np.full((n, n_items), MISSING, np.uint8),
            np.zeros((n, n_items), np.uint16),
        )

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Which answers are valid."""
        return np.equal(self.statuses, VALID)

    @property
    def n_valid(self) -> NDArray[np.int64]:
        """How many answers of each reply are valid."""
        return np.asarray(self.valid.sum(axis=1), np.int64)

    def put(self, rows: NDArray[Any], others: AnswerColumns, their_rows: NDArray[Any]) -> None:
        """Replace rows by rows of others."""
        self.values[rows] = others.values[their_rows]
        self.statuses[rows] = others.statuses[their_rows]
        self.positions[rows] = others.positions[their_rows]


class ColumnParser:
    """Parses replies to one instrument in one form; each is read as ``emotionbench.parsing.parse`` reads it."""

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        self._parser, self._n_items = ReplyParser(instrument, form), instrument.n_items

    def parse(self, replies: pl.Series, orders: pl.Series) -> AnswerColumns:
        """The answers of every reply.

        ``replies`` and ``orders`` are texts, none null; an order is item numbers from 1, separated by spaces: all of
        the instrument, or those of one message. A StudyError says where one does not hold each item once.
        """
        found = AnswerColumns.missing(len(replies), self._n_items)
        unread = np.ones(len(replies), np.bool_)
        sheets = pl.DataFrame({"reply": replies, "order": orders, "heard": self._heard(replies)}).with_row_index("row")
        looks_ordinary = sheets.filter(
            pl.col("order").str.count_matches(" ", literal=True) == self._n_items - 1,
            pl.col("heard").str.strip_chars(_BLANKS).str.count_matches("\n", literal=True) == self._n_items - 1,
        )
        ordinary = self._ordinary(looks_ordinary, found)
        unread[looks_ordinary["row"].to_numpy()[ordinary]] = False
        self._one_by_one(sheets.filter(pl.Series(unread)), found)
        return found

    def _heard(self, replies: pl.Series) -> pl.Series:
        """What of each reply is read."""
        if not self._parser.thinks:
            return replies
        return pl.Series([self._parser.heard(reply) for reply in replies], dtype=pl.String)

    def _ordinary(self, sheets: pl.DataFrame, found: AnswerColumns) -> NDArray[np.bool_]:
        """Fill in the sheets that are ordinary in every line, and say which they are."""
        orders = self._orders(sheets["order"])
        positions, known = _by_item(orders, np.arange(1, self._n_items + 1, dtype=np.uint16))
        position, item, value = self._lines(sheets["heard"])
        shown = np.take_along_axis(orders, np.maximum(position, 1) - 1, axis=1)
        is_line = (position > 0) | (item > 0)
        agrees = (position == 0) | (item == 0) | (item == shown)
        values, answered = _by_item(np.where(item > 0, item, shown), value)
        ordinary: NDArray[np.bool_] = known & answered & np.all(is_line & agrees, axis=1)
        rows = sheets["row"].to_numpy()[ordinary]
        found.values[rows] = values[ordinary]
        found.statuses[rows] = VALID
        found.positions[rows] = positions[ordinary]
        return ordinary

    def _orders(self, orders: pl.Series) -> NDArray[np.uint16]:
        """The item numbers of every order; 0 where something else stands."""
        numbers = orders.str.split(" ").explode()
        return numbers.cast(pl.UInt16, strict=False).fill_null(0).to_numpy().reshape(-1, self._n_items)

    def _lines(self, replies: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Position, item and value of every line of every reply; all 0 where a line is not ordinary."""
        lines = replies.str.strip_chars(_BLANKS).str.split("\n").explode()
        ordinary = {line: read for line in lines.unique() if (read := self._parser.ordinary_line(line))}
        codes = lines.cast(pl.Enum(list(ordinary)), strict=False).to_physical().cast(pl.UInt32)
        table = np.array([*ordinary.values(), (0, 0, 0)], np.int32)
        at = codes.fill_null(len(ordinary)).to_numpy().reshape(-1, self._n_items)
        return table[at, 0], table[at, 1], table[at, 2]

    def _one_by_one(self, sheets: pl.DataFrame, found: AnswerColumns) -> None:
        """Fill in sheets with care, those that are alike once."""
        alike = sheets.group_by("reply", "order").agg("row")
        for reply, order_text, rows in alike.iter_rows():
            order = tuple(map(int, order_text.split()))
            answers = self._parser.parse(reply, order)
            places = {number: place for place, number in enumerate(order, 1)}
            at = np.ix_(rows, [answer.item - 1 for answer in answers])
            found.values[at] = [answer.value or 0 for answer in answers]
            found.statuses[at] = [_CODES[answer.status] for answer in answers]
            found.positions[at] = [places[answer.item] for answer in answers]


def _by_item(items: NDArray[Any], figures: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The figures that stand beside item numbers, in the order of these, and the rows that hold each item once."""
    n_items = items.shape[1]
    # numbers that no item has are put aside at 0
    items = np.where(items <= n_items, items, 0).astype(np.intp)
    ordered = np.zeros((len(items), n_items + 1), figures.dtype)
    seen = np.zeros(ordered.shape, np.bool_)
    np.put_along_axis(ordered, items, np.broadcast_to(figures, items.shape), axis=1)
    np.put_along_axis(seen, items, True, axis=1)
    return ordered[:, 1:], np.asarray(seen[:, 1:].all(axis=1))
