"""Many readings of the items of one instrument at once: in columns, and one by one what is written otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.distribution_columns import (
    CODES,
    READ,
    REASONS,
    ReadingColumns,
    Settled,
    gathered_of_known,
    gathered_of_listed,
    settled,
)
from emotionbench.parsing.probabilities import Distribution, DistributionReader, Why
from emotionbench.parsing.spelling_columns import MOST_ANSWERS, Speller
from emotionbench.parsing.spellings import Spellings
from emotionbench.parsing.told_columns import ToldColumns, known, listed

__all__ = ["READ", "REASONS", "ReadingColumns", "ReadingParser"]

AT_ONCE = 20_000
"""So many readings are taken apart at once; their tokens take some 50 MB."""
_Row = tuple[int, float, float, float, int]


class ReadingParser:
    """Reads what was told of the items of one instrument in one form.

    The figures are those of ``probabilities.DistributionReader`` to 1e-12 of the range of answers (its square, for
    variances), since sums are taken in another order; which readings have a distribution, and why not, is the same.
    """

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        self._reader = DistributionReader(instrument, form)
        self._n_items = instrument.n_items
        spellings = Spellings(instrument.response_scale, form)
        self._speller = Speller(spellings) if len(spellings.answers) <= MOST_ANSWERS else None

    def parse(self, told: pl.Series, items: NDArray[np.int64]) -> ReadingColumns:
        """What each reading says of the item that was shown; of another item it says nothing that can be used."""
        texts = told.unique()
        at = np.arange(len(told))
        if len(texts) == len(told):
            texts = told
        else:
            keyed = pl.DataFrame({"told": texts, "at": np.arange(len(texts))})
            joined = told.to_frame("told").join(keyed, on="told", how="left", nulls_equal=True, maintain_order="left")
            at = joined["at"].to_numpy()
        of_item, read = self._different(texts)
        found = ReadingColumns.empty(len(told))
        found.put(np.arange(len(told)), read, at)
        strange = (found.codes == READ) & (of_item[at] != items)
        found.codes[strange] = CODES[Why.MALFORMED]
        found.expected[strange] = found.variances[strange] = found.masses[strange] = 0
        return found

    def _different(self, texts: pl.Series) -> tuple[NDArray[np.int64], ReadingColumns]:
        """The item of each reading, and what it says; those written as we write them in columns."""
        of_item, found = np.zeros(len(texts), np.int64), ReadingColumns.empty(len(texts))
        unread = np.ones(len(texts), np.bool_)
        for begin in range(0, len(texts), AT_ONCE):
            for told, read in self._in_columns(texts.slice(begin, AT_ONCE)):
                sure = np.flatnonzero(~read.is_unsure)
                rows = told.rows[sure] + begin
                found.put(rows, read.columns, sure)
                of_item[rows], unread[rows] = told.items[sure], False
        rest = np.flatnonzero(unread)
        rows_of_rest = itertools.chain.from_iterable(map(self._row, texts.gather(rest)))
        table = np.fromiter(rows_of_rest, np.float64, 5 * len(rest)).reshape(-1, 5)
        of_item[rest] = table[:, 0]
        one_by_one = ReadingColumns(table[:, 1], table[:, 2], table[:, 3], table[:, 4].astype(np.uint8))
        found.put(rest, one_by_one, np.arange(len(rest)))
        return of_item, found

    def _in_columns(self, texts: pl.Series) -> Iterator[tuple[ToldColumns, Settled]]:
        """The readings that are written as we write them, and what they tell."""
        if self._speller is None:
            return
        told = listed(texts)
        if len(told.rows):
            yield told, settled(gathered_of_listed(told, self._speller), told, self._speller.values, self._n_items)
        if len(told.rows) < len(texts):
            told = known(texts)
            yield told, settled(gathered_of_known(told, self._speller), told, self._speller.values, self._n_items)

    def _row(self, told: str | None) -> _Row:
        """Item, expected answer, its variance, mass (NaN where not told) and code."""
        found = self._reader.read(told)
        if not isinstance(found, Distribution):
            return 0, 0.0, 0.0, 0.0, CODES[found.why]
        mass = float("nan") if found.mass is None else found.mass
        return found.item, *found.moments, mass, READ
