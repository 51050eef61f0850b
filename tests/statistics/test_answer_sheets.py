"""How sheets were filled in: counts by hand, the position slope against a regression, and its error rates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from emotionbench.plan import item_order
from emotionbench.statistics.answer_sheets import (
    Sheets,
    count_of_one_value,
    count_of_unvarying_cells,
    normalised_entropy,
    position_effect,
    weighted_answers,
)

N_STUDIES = 2_000
Array = NDArray[np.float64]


def sheets(values: Any, cells: Any, positions: Array | None = None) -> Sheets:
    """One row of ``values`` for each sheet, nan where an answer is missing; items in order unless positions say so."""
    table = np.asarray(values, dtype=float)
    n, n_items = table.shape
    shown = np.tile(np.arange(1.0, n_items + 1), (n, 1)) if positions is None else np.asarray(positions, dtype=float)
    given = ~np.isnan(table)
    items, numbers = np.meshgrid(np.arange(n_items), np.arange(n))
    return Sheets(table[given], shown[given], items[given], numbers[given], np.asarray(cells), n_items)


def planned(n_cells: int, repeats: int, n_items: int) -> tuple[Array, NDArray[np.intp]]:
    """Positions of items as the plan would show them, and the cell of every sheet."""
    orders = [item_order(n_items, f"cell {cell}", repeat) for cell in range(n_cells) for repeat in range(repeats)]
    return np.array([np.argsort(order) + 1.0 for order in orders]), np.repeat(np.arange(n_cells), repeats)


def test_one_value_throughout_needs_two_answers() -> None:
    nan = float("nan")
    answers = sheets([[3, 3, 3], [3, 3, 4], [nan, 2, 2], [nan, nan, 5], [nan] * 3], [0] * 5)
    assert count_of_one_value(answers) == (2, 3)


def test_cells_whose_repeats_are_copies() -> None:
    nan = float("nan")
    values = [[1, 5], [1, 5], [1, 5], [2, 5], [3, 3], [nan, 4], [4, nan], [2, nan], [2, 3]]
    #       copies          one item differs  alone   nothing twice        what was given twice is the same
    assert count_of_unvarying_cells(sheets(values, [0, 0, 1, 1, 2, 3, 3, 4, 4])) == (2, 3)
    assert count_of_unvarying_cells(sheets(np.full((2, 2), nan), [0, 0])) == (0, 0)


def test_entropy_between_one_value_and_all_alike() -> None:
    assert normalised_entropy([0, 7, 0, 0, 0]) == 0.0
    assert normalised_entropy([4, 4, 4, 4, 4]) == pytest.approx(1.0)
    assert normalised_entropy([1, 1, 0, 0]) == pytest.approx(0.5)
    assert normalised_entropy([0, 0]) is None


def test_weighted_answers_of_sheets_that_have_all_that_weigh() -> None:
    nan = float("nan")
    answers = sheets([[5, 1, 1], [4, nan, 2], [nan, 5, 5], [nan] * 3], [3, 1, 1, 0])
    values, cells = weighted_answers(answers, np.array([0.5, 0.0, 0.5]))
    assert values.tolist() == [3.0, 3.0]
    assert cells.tolist() == [3, 1]


def test_slope_is_that_of_a_regression_with_an_intercept_for_every_item_and_cell() -> None:
    rng = np.random.default_rng(4)
    positions, cells = planned(3, 4, 5)
    values = rng.integers(1, 6, (12, 5)).astype(float)
    values[2, 3] = np.nan
    answers = sheets(values, cells, positions)
    dummies = np.eye(15)[answers.items * 3 + cells[answers.sheets]]
    slope = np.linalg.lstsq(np.column_stack([answers.positions, dummies]), answers.values, rcond=None)[0][0]
    found = position_effect(answers, 4)
    assert found.points.value == pytest.approx(4 * slope)
    assert (found.n_sheets, found.n_cells) == (12, 3)


def test_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    positions, cells = planned(4, 2, 6)
    answers = sheets(rng.integers(1, 6, (8, 6)), cells, positions)
    mixed = rng.permutation(answers.values.size)
    names = ("values", "positions", "items", "sheets")
    shuffled = replace(answers, **{name: getattr(answers, name)[mixed] for name in names})
    first, second = position_effect(answers, 5), position_effect(shuffled, 5)
    assert first.points.low == pytest.approx(second.points.low)
    assert first.p == pytest.approx(second.p)


def test_situations_put_once_are_compared_with_each_other() -> None:
    rng = np.random.default_rng(6)
    positions, cells = planned(12, 1, 6)
    found = position_effect(sheets(rng.integers(1, 6, (12, 6)), cells, positions), 5)
    assert (found.n_sheets, found.n_cells) == (12, 1)
    assert found.p is not None


@pytest.mark.parametrize(
    ("values", "n_sheets", "why"),
    [
        (np.full((4, 6), 3.0), 4, "no item's answers vary"),
        (np.arange(12.0).reshape(2, 6), 2, "too few administrations"),
        (np.ones((1, 6)), 1, "no item stood in different positions"),
        (np.full((2, 6), np.nan), 2, "no item stood in different positions"),
    ],
)
def test_what_cannot_be_had_says_why(values: Array, n_sheets: int, why: str) -> None:
    positions, _ = planned(1, n_sheets, 6)
    found = position_effect(sheets(values, np.zeros(n_sheets, int), positions), 5)
    assert found.p is None
    assert found.points.low is None
    assert why in (found.points.why or "")


def test_one_order_for_all_says_nothing() -> None:
    found = position_effect(sheets(np.random.default_rng(7).integers(1, 6, (9, 6)), [0] * 9), 5)
    assert found.points.why == "no item stood in different positions"


def test_answers_that_are_their_position_have_no_error() -> None:
    positions, cells = planned(5, 2, 6)
    found = position_effect(sheets(positions, cells, positions), 5)
    assert found.points.value == pytest.approx(5.0)
    assert found.points.why == "positions explain the answers wholly"


def drifting(rng: np.random.Generator, positions: Array, cells: NDArray[np.intp]) -> Array:
    """Items differ in every cell, sheets in level, and each sheet drifts over its positions in a way of its own."""
    n, n_items = positions.shape
    of_item = rng.normal(3, 0.8, (int(cells.max()) + 1, n_items))[cells]
    drift = rng.normal(0, 0.1, (n, 1)) * (positions - positions.mean())
    return np.asarray(of_item + rng.normal(0, 0.7, (n, 1)) + drift + rng.normal(0, 0.6, (n, n_items)))


def is_found_naively(values: Array, positions: Array, cells: NDArray[np.intp]) -> bool:
    """Whether p < .05 if answers of a sheet were independent of each other."""
    x, y = positions.copy(), values.copy()
    for cell in np.unique(cells):
        x[cells == cell] -= x[cells == cell].mean(axis=0)
        y[cells == cell] -= y[cells == cell].mean(axis=0)
    slope = np.sum(x * y) / np.sum(x**2)
    df = x.size - np.unique(cells).size * x.shape[1] - 1
    error = np.sqrt(np.sum((y - slope * x) ** 2) / df / np.sum(x**2))
    return bool(abs(slope / error) > 1.96)


@pytest.mark.parametrize(("n_cells", "repeats", "n_items"), [(10, 2, 8), (1, 20, 20)])
def test_no_effect_is_found_in_five_percent_where_a_naive_test_is_off(n_cells: int, repeats: int, n_items: int) -> None:
    rng = np.random.default_rng(8)
    positions, cells = planned(n_cells, repeats, n_items)
    found = naive = 0
    for _ in range(N_STUDIES):
        values = np.clip(np.round(drifting(rng, positions, cells)), 1, 5)
        p = position_effect(sheets(values, cells, positions), n_items - 1).p
        found += p is not None and p < 0.05
        naive += is_found_naively(values, positions, cells)
    assert found / N_STUDIES == pytest.approx(0.05, abs=0.015)
    # the level of a sheet makes it timid, the drift of a sheet makes it bold
    assert abs(naive / N_STUDIES - 0.05) > 0.03


@pytest.mark.parametrize(("n_cells", "repeats", "n_items"), [(10, 2, 8), (1, 20, 20), (12, 1, 8), (1, 5, 8)])
def test_coverage_of_a_planted_effect(n_cells: int, repeats: int, n_items: int) -> None:
    rng = np.random.default_rng(9)
    positions, cells = planned(n_cells, repeats, n_items)
    covered = 0
    for _ in range(N_STUDIES):
        values = drifting(rng, positions, cells) + 0.05 * positions
        points = position_effect(sheets(values, cells, positions), n_items - 1).points
        assert points.low is not None
        assert points.high is not None
        covered += points.low <= 0.05 * (n_items - 1) <= points.high
    assert 0.93 <= covered / N_STUDIES <= 0.97, covered / N_STUDIES
