"""Ranks and information of small grids, by hand and by NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from emotionbench.grids import Grid

LEVELS = (3, 2, 4)
WHOLE = np.array(list(itertools.product(*map(range, LEVELS))))


def test_terms_and_parameters() -> None:
    grid = Grid.of((3, 1, 4), [(2, 0), (0, 2), (0, 1)])
    assert grid.varied == (0, 2)
    assert grid.terms == ((0,), (2,), (0, 2))
    assert grid.n_parameters == 1 + 2 + 3 + 6
    assert (grid.n_rows, grid.cells((0, 2)), grid.degrees((0, 2))) == (12, 12, 6)


@pytest.mark.parametrize("interactions", [[], [(0, 2)], [(0, 1), (1, 2)]])
def test_the_full_grid_has_full_rank_and_the_identity_for_information(interactions: list[tuple[int, int]]) -> None:
    grid = Grid.of(LEVELS, interactions)
    assert grid.rank(WHOLE) == grid.n_parameters
    assert grid.information(WHOLE) == pytest.approx(np.eye(grid.n_parameters), abs=1e-12)


def test_ranks_are_those_of_numpy() -> None:
    rng = np.random.default_rng(5)
    grid = Grid.of(LEVELS, [(0, 2)])
    for n in range(1, 20):
        rows = WHOLE[rng.choice(len(WHOLE), n, replace=False)]
        assert grid.rank(rows) == np.linalg.matrix_rank(grid.information(rows), tol=1e-9)
    assert grid.rank(WHOLE, terms=[(1,)]) == 2
    assert grid.rank(WHOLE[:0]) == 0
