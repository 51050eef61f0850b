"""Many readings of the items of one instrument at once; those that are alike are read once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.probabilities import Distribution, DistributionReader, Why

REASONS = tuple(why.value for why in Why)
"""Why an item has no distribution, in the order of their codes from 1; 0 is that it has one."""
READ = 0
_CODES = {why: code for code, why in enumerate(Why, 1)}
_Row = tuple[int, float, float, float, int]


@dataclass(frozen=True)
class ReadingColumns:
    """What readings tell, a row for each; the figures are 0 where ``codes`` is not ``READ``.

    Attributes
    ----------
    expected, variances
        float64; mean and variance of the answer.
    masses
        float64; the probability that the answer is on the response scale, NaN where it was not told.
    codes
        uint8; ``READ``, or the place in ``REASONS``, from 1, of why there is no distribution.
    """

    expected: NDArray[np.float64]
    variances: NDArray[np.float64]
    masses: NDArray[np.float64]
    codes: NDArray[np.uint8]

    @classmethod
    def empty(cls, n: int) -> ReadingColumns:
        """Rows without a distribution, since nothing came back."""
        zeros = np.zeros((3, n))
        return cls(zeros[0], zeros[1], zeros[2], np.full(n, _CODES[Why.ABSENT], np.uint8))

    def put(self, rows: NDArray[np.intp], others: ReadingColumns, their_rows: NDArray[np.intp]) -> None:
        """Replace rows by rows of others."""
        for own, theirs in zip(vars(self).values(), vars(others).values(), strict=True):
            own[rows] = theirs[their_rows]


class ReadingParser:
    """Reads what was told of the items of one instrument in one form."""

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        self._reader = DistributionReader(instrument, form)

    def parse(self, told: pl.Series, items: NDArray[np.int64]) -> ReadingColumns:
        """What each reading says of the item that was shown; of another item it says nothing that can be used."""
        texts = told.unique()
        rows = itertools.chain.from_iterable(map(self._row, texts))
        table = np.fromiter(rows, np.float64, 5 * len(texts)).reshape(-1, 5)
        of_item, expected, variances, masses, codes = table.T
        keyed = pl.DataFrame({"told": texts, "at": np.arange(len(texts))})
        joined = told.to_frame("told").join(keyed, on="told", how="left", nulls_equal=True, maintain_order="left")
        at = joined["at"].to_numpy()
        found = ReadingColumns(expected[at], variances[at], masses[at], codes[at].astype(np.uint8))
        strange = (found.codes == READ) & (of_item[at] != items)
        found.codes[strange] = _CODES[Why.MALFORMED]
        found.expected[strange] = found.variances[strange] = found.masses[strange] = 0
        return found

    def _row(self, told: str | None) -> _Row:
        """Item, expected answer, its variance, mass (NaN where not told) and code."""
        found = self._reader.read(told)
        if not isinstance(found, Distribution):
            return 0, 0.0, 0.0, 0.0, _CODES[found.why]
        mass = float("nan") if found.mass is None else found.mass
        return found.item, *found.moments, mass, READ
