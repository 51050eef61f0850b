"""How sheets were filled in, whatever they say: one value throughout, the same each time, by position.

A sheet is one administration's valid answers. Answers come as flat arrays with codes, so that millions are counted at
once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
MINIMUM = 2
NO_ROOM = 1e-9
"""Share of the information below which residuals say nothing: one contrast of two sheets is all there is."""


@dataclass(frozen=True)
class Sheets:
    """Valid answers in flat arrays of equal length, in any order.

    Attributes
    ----------
    values
        Whole numbers on the response scale.
    positions
        Where the item stood, in any unit that counts up by one.
    items, sheets
        0-based codes of the item (below ``n_items``) and of the sheet.
    cells
        The 0-based cell (a situation, or the baseline) of every sheet, shape (n_sheets,); sheets without a valid
        answer have one too.
    n_items
        How many items the instrument has.
    """

    values: Array
    positions: Array
    items: Codes
    sheets: Codes
    cells: Codes
    n_items: int

    @property
    def n_sheets(self) -> int:
        """How many sheets there are, those without a valid answer among them."""
        return int(self.cells.size)

    def by_sheet(self, weights: Array | None = None) -> Array:
        """The sum of ``weights`` of every sheet's answers, their number where none are given; shape (n_sheets,)."""
        return np.bincount(self.sheets, weights, self.n_sheets).astype(float)


@dataclass(frozen=True)
class PositionEffect:
    """By how much the same item, in the same cell, is answered higher in the last position than in the first.

    ``points`` are raw points; ``p`` is two-sided, against no effect. ``n_sheets`` and ``n_cells`` were compared.
    """

    points: Estimate
    p: float | None
    n_sheets: int
    n_cells: int


def count_of_one_value(answers: Sheets) -> tuple[int, int]:
    """Sheets whose valid answers are all one value, and how many sheets have the two answers that this takes."""
    n, total, squares = (answers.by_sheet(weights) for weights in (None, answers.values, answers.values**2))
    several = n >= MINIMUM
    # whole numbers, so that the comparison is exact
    return int(np.sum(several & (n * squares == total**2))), int(several.sum())


def count_of_unvarying_cells(answers: Sheets) -> tuple[int, int]:
    """Cells in which every item got one value each time, and how many cells have an item answered at least twice."""
    if not answers.values.size:
        return 0, 0
    codes = answers.cells[answers.sheets] * answers.n_items + answers.items
    shape = (int(answers.cells.max()) + 1, answers.n_items)
    n, total, squares = (
        np.bincount(codes, weights, shape[0] * shape[1]).reshape(shape)
        for weights in (None, answers.values, answers.values**2)
    )
    compared = (n >= MINIMUM).any(axis=1)
    varies = (n * squares != total**2).any(axis=1)
    return int(np.sum(compared & ~varies)), int(compared.sum())


def normalised_entropy(counts: ArrayLike) -> float | None:
    """Shannon's entropy of the answers over the log of the number of values: 0 = one value only, 1 = all equally often.

    ``counts`` has one figure for each value that the response scale allows, at least two; null where all are 0.
    """
    n = np.asarray(counts, dtype=float)
    if not n.sum():
        return None
    shares = n[n > 0] / n.sum()
    return float(max(0.0, -np.sum(shares * np.log(shares)) / math.log(n.size)))


def weighted_answers(answers: Sheets, weights: Array) -> tuple[Array, Codes]:
    """The weighted sum of items of every sheet that answered all items of weight, and the cells of these sheets.

    ``weights`` has one figure for each item; items of weight 0 are not looked at.
    """
    needed = (weights != 0).astype(float)
    complete = answers.by_sheet(needed[answers.items]) == needed.sum()
    return answers.by_sheet(weights[answers.items] * answers.values)[complete], answers.cells[complete]


def position_effect(answers: Sheets, span: float) -> PositionEffect:
    """Does an item's position predict its value?

    Values are regressed on positions within item × cell, both as deviations from the mean of their item and cell; the
    slope is multiplied by ``span``, the distance from the first to the last position. Cells with one sheet are
    taken together as one cell: orders are drawn apart from situations, so the comparison stays fair.

    The sheet is the cluster: answers of one sheet may hang together in any way. Centring makes sheets of a cell
    depend on each other, and with few repeats hides a good part of the variance; each sheet's squared sum is therefore
    divided by what is left of it under independent answers, 1 − 1/m − w (m: sheets of the cell, w: its share of the
    information on the slope), which is the correction of Bell and McCaffrey for this design. The degrees of freedom
    are Satterthwaite's under the same assumption.

    Source: Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with
    multi-stage samples. Survey Methodology, 28, 169-181.
    """
    cells = _pooled_cells(answers)
    codes = cells[answers.sheets] * answers.n_items + answers.items
    positions = _centred(answers.positions, codes)
    values = _centred(answers.values, codes)
    weights, products = answers.by_sheet(positions**2), answers.by_sheet(positions * values)
    used = weights > 0
    counts = int(used.sum()), int(np.unique(cells[used]).size)
    if not used.any():
        return PositionEffect(Estimate.none("no item stood in different positions"), None, *counts)
    weights, products, codes = weights[used], products[used], np.unique(cells[used], return_inverse=True)[1]
    information = float(weights.sum())
    slope = float(products.sum()) / information
    left = 1 - 1 / np.bincount(codes)[codes] - weights / information
    if left.min() < NO_ROOM:
        return PositionEffect(Estimate(slope * span, why="too few administrations for an interval"), None, *counts)
    if not np.any(values):
        return PositionEffect(Estimate(0.0, why="no item's answers vary"), None, *counts)
    variance = float(np.sum((products - slope * weights) ** 2 / left)) / information**2
    df = _degrees_of_freedom(weights, left, codes)
    return _tested(slope * span, math.sqrt(variance) * span, df, counts)


def _degrees_of_freedom(weights: Array, left: Array, cells: Codes) -> float:
    """Satterthwaite's for a sum of squares of correlated sheets: (trace of their covariance)² / trace of its square.

    ``weights`` are the sheets' variances. Sheets a and b of one cell of m covary by √(w_a w_b) / (m (m − 1)), for that
    is how orders drawn at random are related once they are centred, and all by −w_a w_b / Σw, for the slope that was
    taken out; each is divided by √(left_a left_b).
    """
    m = np.bincount(cells)
    within = 1 / np.maximum(m * (m - 1), 1)

    def by_cell(power: float, divisor: Array) -> Array:
        return np.asarray(np.bincount(cells, weights**power / divisor), dtype=float)

    # the square of the difference multiplied out, so that every term is a product of sums
    terms = ((1.0, within**2), (1.5, -2 * within / weights.sum()), (2.0, np.full(m.size, weights.sum() ** -2.0)))
    pairs = sum(
        float(np.sum(factor * (by_cell(power, left) ** 2 - by_cell(2 * power, left**2)))) for power, factor in terms
    )
    elsewhere = by_cell(2, left)
    pairs += (float(elsewhere.sum()) ** 2 - float(np.sum(elsewhere**2))) / float(weights.sum()) ** 2
    return float(weights.sum()) ** 2 / (float(np.sum(weights**2)) + pairs)


def _tested(points: float, error: float, df: float, counts: tuple[int, int]) -> PositionEffect:
    if error <= NO_ROOM * max(1.0, abs(points)):
        return PositionEffect(Estimate(points, why="positions explain the answers wholly"), None, *counts)
    margin = float(special.stdtrit(df, (1 + LEVEL) / 2)) * error
    p = float(2 * special.stdtr(df, -abs(points / error)))
    return PositionEffect(Estimate(points, points - margin, points + margin), p, *counts)


def _pooled_cells(answers: Sheets) -> Codes:
    """The cell of every sheet, with cells of one answered sheet taken together."""
    answered = answers.by_sheet() > 0
    n_of_cell = np.bincount(answers.cells, answered.astype(float))
    alone = n_of_cell[answers.cells] < MINIMUM
    return np.where(alone, n_of_cell.size, answers.cells)


def _centred(figures: Array, codes: Codes) -> Array:
    """Deviations from the mean of the code; exactly 0 where all of a code are one whole number."""
    n = np.maximum(np.bincount(codes), 1)
    return figures - (np.bincount(codes, figures) / n)[codes]
