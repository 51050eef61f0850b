"""p-values adjusted for the family of tests that they belong to.

A null p-value stands for a comparison that has no test. It stays null and does not count in the family.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PValues = Sequence[float | None]


def holm(p_values: PValues) -> tuple[float | None, ...]:
    """Adjust so that the chance of any false rejection stays below alpha (Holm 1979), whatever the dependence.

    In the order given. Raises a ValueError for a p outside 0 to 1.
    """
    tested, order = _tested(p_values)
    multiplied = tested[order] * np.arange(tested.size, 0, -1)
    return _placed(p_values, order, np.maximum.accumulate(multiplied))


def benjamini_hochberg(p_values: PValues) -> tuple[float | None, ...]:
    """Adjust so that the expected share of false rejections stays below alpha (Benjamini & Hochberg 1995).

    For independent or positively dependent tests. In the order given. Raises a ValueError for a p outside 0 to 1.
    """
    tested, order = _tested(p_values)
    multiplied = tested[order] * tested.size / np.arange(1, tested.size + 1)
    return _placed(p_values, order, np.minimum.accumulate(multiplied[::-1])[::-1])


def _tested(p_values: PValues) -> tuple[Array, NDArray[np.intp]]:
    """The p-values that are there, and their order from the least."""
    tested = np.array([p for p in p_values if p is not None], dtype=float)
    wrong = tested[~((tested >= 0) & (tested <= 1))]
    if wrong.size:
        raise ValueError(f"{wrong[0]} is not a p-value; p-values are between 0 and 1")
    return tested, np.argsort(tested, kind="stable")


def _placed(p_values: PValues, order: NDArray[np.intp], adjusted: Array) -> tuple[float | None, ...]:
    """Adjusted p-values, at most 1, back where each came from."""
    back = np.empty_like(adjusted)
    back[order] = np.minimum(adjusted, 1.0)
    found = iter(back.tolist())
    return tuple(None if p is None else next(found) for p in p_values)
