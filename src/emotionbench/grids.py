"""Grids of factors: the rows that they have, and the linear model that is fitted to rows of one.

The model has the mean, every factor's main effect and the interactions of named pairs of factors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotionbench.errors import StudyError

Row = tuple[int, ...]
"""A level index from 0 for every factor."""
Pair = tuple[int, int]
Term = tuple[int, ...]
"""The factors of a main effect (one) or an interaction (two)."""
Rows = NDArray[np.int64]

PRIME = 2_147_483_647


@dataclass(frozen=True)
class Grid:
    """Factors with so many ``levels`` each, and the model to be fitted: ``interactions`` are the named pairs in it."""

    levels: tuple[int, ...]
    interactions: tuple[Pair, ...]

    @classmethod
    def of(cls, levels: Sequence[int], interactions: Sequence[Pair]) -> Grid:
        """Checked: at least one factor, at least one level each, interactions of two different factors."""
        if not levels or min(levels) < 1:
            raise StudyError(f"a grid with levels {list(levels)}", fix="give every factor at least one level")
        for pair in interactions:
            if len(set(pair)) != 2 or not all(0 <= k < len(levels) for k in pair):
                fix = f"name two different factors, counted from 0 to {len(levels) - 1}"
                raise StudyError(f"no interaction {tuple(pair)} among {len(levels)} factors", fix=fix)
        pairs = dict.fromkeys((min(pair), max(pair)) for pair in interactions)
        return cls(tuple(int(count) for count in levels), tuple(pairs))

    @property
    def n_rows(self) -> int:
        """Rows of the full grid."""
        return math.prod(self.levels)

    @cached_property
    def varied(self) -> tuple[int, ...]:
        """The factors with more than one level."""
        return tuple(k for k, count in enumerate(self.levels) if count > 1)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """What is to be estimated beside the mean: the factors that vary, and the named pairs of them."""
        named = (pair for pair in self.interactions if set(pair) <= set(self.varied))
        return (*((k,) for k in self.varied), *named)

    @cached_property
    def n_parameters(self) -> int:
        """The mean and the degrees of freedom of all terms."""
        return 1 + sum(map(self.degrees, self.terms))

    def degrees(self, term: Term) -> int:
        """Degrees of freedom of a main effect or an interaction."""
        return math.prod(self.levels[k] - 1 for k in term)

    def cells(self, factors: Term) -> int:
        """How many combinations of levels these factors have."""
        return math.prod(self.levels[k] for k in factors)

    def rank(self, rows: Rows, terms: Sequence[Term] | None = None) -> int:
        """How many parameters of the mean and these terms (all by default) the rows tell apart."""
        columns = [np.ones((len(rows), 1), dtype=np.int64)]
        for term in self.terms if terms is None else terms:
            columns.append(_products([np.eye(self.levels[k], dtype=np.int64)[rows[:, k], 1:] for k in term]))
        return _rank(np.hstack(columns))

    def information(self, rows: Rows) -> NDArray[np.float64]:
        """X'X/n with contrasts that make it the identity in the full grid."""
        columns = [np.ones((len(rows), 1))]
        columns += [_products([_contrasts(self.levels[k])[rows[:, k]] for k in term]) for term in self.terms]
        matrix = np.hstack(columns)
        return np.asarray(matrix.T @ matrix / len(rows))


def _products(blocks: Sequence[NDArray[np.generic]]) -> NDArray[Any]:
    """The columns of a term: every column of one factor times every column of the next, row by row."""
    found = np.asarray(blocks[0])
    for block in blocks[1:]:
        n_columns = found.shape[1] * block.shape[1]
        found = (found[:, :, None] * np.asarray(block)[:, None, :]).reshape(len(found), n_columns)
    return found


def _contrasts(count: int) -> NDArray[np.float64]:
    """Helmert contrasts of so many levels, (levels, levels − 1): sum 0, mean square 1, at right angles."""
    found = np.zeros((count, count - 1))
    for column in range(count - 1):
        found[: column + 1, column] = 1
        found[column + 1, column] = -(column + 1)
        found[:, column] *= math.sqrt(count / ((column + 1) * (column + 2)))
    return found


def _rank(columns: Rows) -> int:
    """The rank of a matrix of whole numbers, by elimination modulo a large prime: exact, where floats would guess."""
    left, rank = columns % PRIME, 0
    for column in range(left.shape[1]):
        pivots = np.flatnonzero(left[rank:, column])
        if not pivots.size:
            continue
        left[[rank, rank + pivots[0]]] = left[[rank + pivots[0], rank]]
        left[rank] = left[rank] * pow(int(left[rank, column]), -1, PRIME) % PRIME
        below = rank + 1 + np.flatnonzero(left[rank + 1 :, column])
        left[below] = (left[below] - left[below, column, None] * left[rank] % PRIME) % PRIME
        rank += 1
    return rank
