"""The probabilities told of the items of one instrument as they come in, and the expected scores made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.collecting.sheets import score_frame
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.probabilities import Why
from emotionbench.parsing.probability_columns import READ, REASONS, ReadingColumns, ReadingParser
from emotionbench.scoring import expected_score_columns

COMPACT_READINGS_SCHEMA: dict[str, Any] = {
    "administration": pl.UInt32,
    "item": pl.UInt16,
    "position": pl.UInt16,
    "expected": pl.Float64,
    "variance": pl.Float64,
    "mass": pl.Float64,
    "why": pl.Enum(REASONS),
}
_NO_NUMBER = np.iinfo(np.int64).max
_REFUSED_TO_TELL = [why.status.value for why in Why]


class Readings:
    """What was told of one instrument, a row for each administration that reads probabilities, as far as taken in."""

    def __init__(self, instrument: Instrument, rows: NDArray[np.uint32], forms: dict[str, Form]) -> None:
        self._instrument, self._forms, self._rows = instrument, forms, rows
        self._parsers: dict[Any, ReadingParser] = {}
        n_cells = len(rows) * instrument.n_items
        self._best = ReadingColumns.empty(n_cells)
        self._numbers = np.full(n_cells, _NO_NUMBER, np.int64)
        self._positions = np.zeros(n_cells, np.uint16)

    def add(self, replies: pl.DataFrame) -> None:
        """Take in replies (row, number, part, logprobs, form, order), each of one item.

        The first from which a distribution can be read stays; where there is none, the first.
        """
        # of a form's levels the signs alone, and which of them stands first, decide how an answer is spelled
        manners = {label: f"{form.option_labels}|{form.option_order}" for label, form in self._forms.items()}
        # as texts: the column's own type knows only forms that were put
        form = pl.col("form").cast(pl.String)
        alike = replies.with_columns(manner=form.replace_strict(manners, return_dtype=pl.String))
        by_manner = alike.group_by("manner") if alike["manner"].n_unique() > 1 else [((alike["manner"][0],), alike)]
        for (manner,), some in by_manner:
            if manner not in self._parsers:
                self._parsers[manner] = ReadingParser(self._instrument, self._forms[str(some["form"][0])])
            self._add(some, self._parsers[manner])

    def _add(self, replies: pl.DataFrame, parser: ReadingParser) -> None:
        items = _shown(replies["order"], replies["part"].to_numpy())
        found = parser.parse(replies["logprobs"], items)
        cells = np.searchsorted(self._rows, replies["row"].to_numpy()) * self._instrument.n_items + items - 1
        number = replies["number"].to_numpy()
        first = np.lexsort((number, found.codes != READ, cells))
        at, index = np.unique(cells[first], return_index=True)
        best = first[index]
        had, has = (self._best.codes[at] == READ) & (self._numbers[at] != _NO_NUMBER), found.codes[best] == READ
        better = (has & ~had) | ((has == had) & (number[best] < self._numbers[at]))
        at, best = at[better], best[better]
        self._best.put(at, found, best)
        self._numbers[at] = number[best]
        self._positions[at] = replies["part"].to_numpy()[best]

    @property
    def _replied(self) -> NDArray[np.bool_]:
        """Which items got a reply, (administrations, items)."""
        return np.asarray(self._numbers != _NO_NUMBER).reshape(len(self._rows), self._instrument.n_items)

    @property
    def _valid(self) -> NDArray[np.bool_]:
        """Which items have a distribution, (administrations, items)."""
        return np.asarray(self._best.codes == READ).reshape(len(self._rows), self._instrument.n_items)

    def readings(self, numbers: NDArray[np.uint32]) -> pl.DataFrame:
        """``COMPACT_READINGS_SCHEMA``; ``numbers`` gives the new number of every row."""
        n_items = self._instrument.n_items
        replied = self._replied.any(axis=1)
        kept = np.repeat(replied, n_items)
        codes = self._best.codes[kept]
        reasons = pl.Series([None, *REASONS], dtype=pl.Enum(REASONS))
        read = pl.Series(codes == READ)
        frame = pl.DataFrame(
            {
                "administration": np.repeat(numbers[self._rows[replied]], n_items),
                "item": np.tile(np.arange(1, n_items + 1, dtype=np.uint16), int(replied.sum())),
                "position": self._positions[kept],
                "expected": self._best.expected[kept],
                "variance": self._best.variances[kept],
                "mass": self._best.masses[kept],
                "why": reasons.gather(pl.Series(codes)),
            }
        )
        figures = (pl.when(read).then(name).alias(name) for name in ("expected", "variance", "mass"))
        return frame.with_columns(*figures).with_columns(pl.col("mass").fill_nan(None))

    def scores(self, numbers: NDArray[np.uint32], tried: NDArray[np.bool_]) -> pl.DataFrame:
        """Administration, subscale, value, n_valid, n_items, variance of those that were tried."""
        kept = tried[self._rows]
        shape = (len(self._rows), self._instrument.n_items)
        expected, variances = (f.reshape(shape)[kept] for f in (self._best.expected, self._best.variances))
        found = expected_score_columns(expected, variances, self._valid[kept], self._instrument)
        return score_frame(numbers[self._rows[kept]], found, self._instrument, found.variances)

    def outcomes(self) -> pl.DataFrame:
        """Row, outcome (null where there was no reply), n_valid and n_items of every administration."""
        n_items, n_valid = self._instrument.n_items, self._valid.sum(axis=1)
        names = sorted(set(_REFUSED_TO_TELL))
        codes = self._best.codes.reshape(len(self._rows), n_items)
        status = np.array([-1, *(names.index(name) for name in _REFUSED_TO_TELL)])[codes]
        counts = np.stack([(status == place).sum(axis=1) for place in range(len(names))], axis=1)
        outcomes = [*names, "incomplete", "answered"]
        code = counts.argmax(axis=1)
        code[n_valid > 0] = outcomes.index("incomplete")
        code[n_valid == n_items] = outcomes.index("answered")
        replied = pl.Series(self._replied.any(axis=1))
        return pl.DataFrame(
            {"row": self._rows, "outcome": pl.Series(outcomes).gather(code), "n_valid": n_valid.astype(np.int64)}
        ).with_columns(pl.when(replied).then("outcome").alias("outcome"), pl.lit(n_items).alias("n_items"))


def _shown(orders: pl.Series, parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The item that each message put; an order is of many messages, and taken apart once."""
    different = orders.unique()
    items = different.str.split(" ").list.eval(pl.element().cast(pl.Int64))
    begins = np.cumsum(items.list.len().to_numpy(), dtype=np.int64) - items.list.len().to_numpy()
    codes = orders.cast(pl.Enum(different)).to_physical().to_numpy()
    found: NDArray[np.int64] = items.explode().to_numpy()[begins[codes] + parts - 1]
    return found
