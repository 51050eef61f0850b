"""A balanced fraction of a full grid of ways of asking: few rows that still tell every factor's effect apart.

A grid of factors with 5, 5, 10, 5 and 2 levels has 2,500 rows; a fraction of 250 has every level equally often, and
every pair of levels of two factors as equally often as 250 allows, so that main effects and the named two-way
interactions can be told apart by least squares. Every factor's levels are dealt out in equal shares; then rows swap
levels, which leaves the shares as they are, for as long as that makes the tables of two and three factors more even.
The best of several such fractions is taken.

The same arguments give the same rows on every machine and version: the search reckons in whole numbers only, and
chance comes from SHAKE-256 of the seed.

Sources: Xu, H. (2002). An algorithm for constructing orthogonal and nearly-orthogonal arrays with mixed levels and
small runs. Technometrics, 44, 356-368. Nguyen, N.-K. (1996). A note on the construction of near-orthogonal arrays with
mixed levels and economic run size. Technometrics, 38, 279-283.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emotionbench.errors import StudyError
from emotionbench.grids import Grid, Pair, Row, Rows, Term

TIMES_PARAMETERS = 2
MOST_STARTS, ROWS_IN_STARTS, BATCHES = 8, 1_000, 10
LEAST_SWEEPS, MOST_VISITS = 3, 10_000
ROWS_IN_SWEEP, MOST_PARTNERS = 1_000, 256
LEAST = 1e-12
PAIR_WEIGHT, NAMED_WEIGHT = 32, 16
LARGEST_TABLE, MOST_TRIPLES = 1_000_000, 200


@dataclass(frozen=True)
class Balance:
    """How even a fraction is, and how much it tells compared with the full grid.

    Attributes
    ----------
    n
        Rows.
    n_parameters
        Of the model: 1 + those of the main effects + those of the named interactions.
    level_spread
        Factor by factor, how often its commonest level occurs less how often its rarest does; 0 or 1 in a fraction.
    pair_spread, worst_pair
        The same for pairs of levels of two factors: the largest over all pairs of factors, and which factors these are
        (null where fewer than two vary).
    d_efficiency
        Information a row compared with the full grid, 0 to 1: det(X'X/n) to the power 1 / ``n_parameters``, with
        contrasts that are orthonormal in the full grid. 0 says that something is not estimable.
    condition
        Largest over least eigenvalue of X'X/n; 1 in the full grid, null where something is not estimable.
    """

    n: int
    n_parameters: int
    level_spread: tuple[int, ...]
    pair_spread: int
    worst_pair: Pair | None
    d_efficiency: float
    condition: float | None


def fraction(
    levels: Sequence[int],
    n: int,
    *,
    seed: int,
    interactions: Sequence[Pair] = (),
    names: Sequence[str] = (),
) -> tuple[Row, ...]:
    """``n`` distinct rows of the grid of factors with so many ``levels`` each, as even as ``n`` allows.

    Rows are level indices from 0, one for each factor, in the order of the grid (the last factor moves fastest). Every
    level of a factor occurs equally often, give or take one. The model with all main effects and the named
    ``interactions`` (pairs of factor indices) is estimable. The full grid where ``n`` is as large or larger.
    ``names`` is what errors call the factors.

    Raises
    ------
    StudyError
        If ``n`` is too small for that: it names what is not estimable, and the smallest n that would do.
    """
    grid = Grid.of(levels, interactions)
    if n < 1:
        raise StudyError(f"a fraction of {n} rows", fix="ask for at least one row")
    if n >= grid.n_rows:
        return tuple(itertools.product(*map(range, grid.levels)))
    found = _estimable(grid, n, seed)
    if found is None:
        raise _not_estimable(grid, n, seed, names)
    return tuple(sorted(_as_rows(found)))


def smallest_n(levels: Sequence[int], interactions: Sequence[Pair] = ()) -> int:
    """A sensible size: at least twice as many rows as the model has parameters, and every pair of levels in it.

    A multiple of the numbers of levels (of as many of them as fit into such a size), so that they come out even; at
    most the full grid.
    """
    grid = Grid.of(levels, interactions)
    least = max(TIMES_PARAMETERS * grid.n_parameters, math.prod(sorted(grid.levels)[-2:]))
    step = 1
    for count in sorted(grid.levels, reverse=True):
        joint = math.lcm(step, count)
        step = joint if joint <= least else step
    return min(-(-least // step) * step, grid.n_rows)


def balance(rows: Sequence[Row], levels: Sequence[int], interactions: Sequence[Pair] = ()) -> Balance:
    """How even rows of a grid are; ``interactions`` belong to the model whose information is told.

    Raises a StudyError for no rows, and for rows that are not of this grid.
    """
    grid = Grid.of(levels, interactions)
    found = _checked(rows, grid)
    pairs = itertools.combinations(grid.varied, 2)
    spreads = {(a, b): _spread(found[:, a] * grid.levels[b] + found[:, b], grid.cells((a, b))) for a, b in pairs}
    worst = max(spreads, key=lambda pair: spreads[pair], default=None)
    estimable = grid.rank(found) == grid.n_parameters
    eigenvalues = np.linalg.eigvalsh(grid.information(found))
    return Balance(
        n=len(found),
        n_parameters=grid.n_parameters,
        level_spread=tuple(_spread(found[:, k], count) for k, count in enumerate(grid.levels)),
        pair_spread=spreads[worst] if worst else 0,
        worst_pair=worst,
        d_efficiency=float(np.exp(np.log(np.maximum(eigenvalues, LEAST)).mean())) if estimable else 0.0,
        condition=float(eigenvalues[-1] / max(eigenvalues[0], LEAST)) if estimable else None,
    )


def _estimable(grid: Grid, n: int, seed: int) -> Rows | None:
    """The most even of several fractions that tells all parameters apart; None where none does.

    As even as can be is sometimes blind to an effect where rows are hardly more than parameters: then rows are taken
    as they were dealt.
    """
    if n < grid.n_parameters:
        return None
    for batch in range(BATCHES):
        for search in _searches(grid, n, f"{seed}|{n}|{batch}", as_dealt=batch > 0):
            rows = search.fraction()
            if grid.rank(rows) == grid.n_parameters:
                return rows
    return None


def _searches(grid: Grid, n: int, label: str, *, as_dealt: bool = False) -> list[_Search]:
    """Fractions of n distinct rows from several starts, the most even first."""
    n_starts = min(max(ROWS_IN_STARTS // n, 1), MOST_STARTS)
    searches = [_Search(grid, n, f"{label}|{start}") for start in range(n_starts)]
    for search in () if as_dealt else searches:
        search.settle()
    return sorted((search for search in searches if search.part()), key=lambda search: search.unevenness)


def _not_estimable(grid: Grid, n: int, seed: int, names: Sequence[str]) -> StudyError:
    """What n rows cannot tell apart, and from how many on they can."""
    searches = _searches(grid, n, f"{seed}|{n}|0")
    rows = searches[0].fraction() if searches else np.zeros((0, len(grid.levels)), dtype=np.int64)
    rank = grid.rank(rows)
    lost = [
        " × ".join(names[k] if k < len(names) else f"factor {k}" for k in term)
        for term in grid.terms
        if rank - grid.rank(rows, [other for other in grid.terms if other != term]) < grid.degrees(term)
    ]
    enough = max(n + 1, grid.n_parameters)
    while enough < grid.n_rows and _estimable(grid, enough, seed) is None:
        enough += 1
    what = f"{n} rows of {grid.n_rows:,} cannot estimate {', '.join(lost)} ({grid.n_parameters} parameters in all)"
    better = smallest_n(grid.levels, grid.interactions)
    return StudyError(what, fix=f"ask for at least {enough} rows" + (f", better {better}" if better > enough else ""))


def _tables(grid: Grid) -> dict[Term, int]:
    """The sets of factors whose tables are to come out even, with the weight of each.

    All pairs; what keeps the named interactions apart from the rest; and all triples as far as they are not too
    many, so that interactions that are not named bias as little as may be.
    """
    triples = list(itertools.combinations(grid.varied, 3))
    weights: dict[Term, int] = dict.fromkeys(triples, 1) if len(triples) <= MOST_TRIPLES else {}
    named = [term for term in grid.terms if len(term) == 2]
    for first, second in itertools.product(named, grid.terms):
        if not set(first) & set(second):
            weights[tuple(sorted((*first, *second)))] = NAMED_WEIGHT
    weights |= dict.fromkeys(itertools.combinations(grid.varied, 2), PAIR_WEIGHT)
    weights.setdefault(grid.varied, 1)
    return {factors: weight for factors, weight in weights.items() if grid.cells(factors) <= LARGEST_TABLE}


class _Order:
    """Orders drawn one after another from SHAKE-256 of a label."""

    def __init__(self, label: str) -> None:
        self._label, self._drawn = label, 0

    def of(self, n: int) -> Rows:
        """The numbers from 0 below n in the next order."""
        self._drawn += 1
        stream = hashlib.shake_256(f"{self._label}|{self._drawn}".encode()).digest(8 * n)
        return np.frombuffer(stream, dtype=">u8").argsort(kind="stable").astype(np.int64)


class _Search:
    """One fraction in the making: rows, and the tables of factors that are to come out even.

    Unevenness is the sum over tables of weight × cells × (sum of squared counts): what it exceeds its least possible
    value by measures how far effects are mixed with one another (Xu, 2002). Where more than half of the grid is asked
    for, the rows are those to leave out: what an even fraction leaves is even too.
    """

    def __init__(self, grid: Grid, n: int, label: str) -> None:
        self.grid, self._order = grid, _Order(label)
        self._is_rest = 2 * n > grid.n_rows
        self._n = grid.n_rows - n if self._is_rest else n
        self._rows = np.zeros((self._n, len(grid.levels)), dtype=np.int64)
        for k in grid.varied:
            self._rows[:, k] = self._order.of(self._n) % grid.levels[k]
        tables = _tables(grid)
        cells = np.array([grid.cells(factors) for factors in tables], dtype=np.int64)
        self._strides = np.zeros((len(tables), len(grid.levels)), dtype=np.int64)
        for table, factors in enumerate(tables):
            for place, k in enumerate(factors):
                self._strides[table, k] = grid.cells(factors[:place])
        self._weights = np.array(list(tables.values()), dtype=np.int64) * cells
        # all tables lie in one array of counts, so that a swap is weighed in all of them at once
        self._codes = self._strides @ self._rows.T + (np.cumsum(cells) - cells)[:, None]
        self._counts = np.bincount(self._codes.ravel(), minlength=int(cells.sum()))
        self._of_factor = {k: np.flatnonzero(self._strides[:, k]) for k in grid.varied}

    @property
    def unevenness(self) -> int:
        """How uneven the tables are; less is better."""
        return int(self._weights @ self._counts[self._codes].sum(axis=1))

    def fraction(self) -> Rows:
        """The rows of the fraction."""
        if not self._is_rest:
            return self._rows.copy()
        left_out = set(_as_rows(self._rows))
        return np.array([row for row in itertools.product(*map(range, self.grid.levels)) if row not in left_out])

    def settle(self) -> None:
        """Swap until no swap is found that makes the tables more even."""
        a_sweep = len(self.grid.varied) * min(self._n, ROWS_IN_SWEEP)
        for _ in range(max(MOST_VISITS // max(a_sweep, 1), LEAST_SWEEPS)):
            if not sum(self._sweep(k) for k in self.grid.varied):
                return

    def part(self) -> bool:
        """Swap until no row stands twice, at the least cost in evenness; False where that cannot be had."""
        while len(taken := set(rows := _as_rows(self._rows))) < self._n:
            first = dict(zip(reversed(rows), reversed(range(self._n)), strict=True))
            twice = next(i for i, row in enumerate(rows) if first[row] < i)
            swap = min(self._partings(twice, taken), default=None)
            if swap is None:
                return False
            self._swap(swap[1], twice, swap[2])
        return True

    def _swap(self, k: int, i: int, j: int) -> None:
        """Swap the levels of factor k between rows i and j."""
        tables = self._of_factor[k]
        apart = int(self._rows[j, k] - self._rows[i, k])
        for row, step in ((i, apart), (j, -apart)):
            self._rows[row, k] += step
            self._counts[self._codes[tables, row]] -= 1
            self._codes[tables, row] += step * self._strides[tables, k]
            self._counts[self._codes[tables, row]] += 1

    def _sweep(self, k: int) -> int:
        """For every row, the best swap of its level of factor k with another row's; how many made tables more even."""
        n_swaps = 0
        for i in self._order.of(self._n)[:ROWS_IN_SWEEP].tolist():
            others = self._others()
            growth = self._growth(k, i, others)
            best = int(growth.argmin())
            if growth[best] < 0:
                self._swap(k, i, int(others[best]))
                n_swaps += 1
        return n_swaps

    def _others(self) -> Rows:
        """The rows to swap with: all of them, or as many at random as can be weighed quickly."""
        return np.arange(self._n) if self._n <= MOST_PARTNERS else self._order.of(self._n)[:MOST_PARTNERS]

    def _growth(self, k: int, i: int, others: Rows) -> Rows:
        """By how much unevenness grows if row i swaps its level of factor k with each of the others."""
        tables, counts = self._of_factor[k], self._counts
        apart = self._rows[others, k] - self._rows[i, k]
        steps = self._strides[tables, k, None] * apart
        own, theirs = self._codes[tables, i, None], self._codes[tables][:, others]
        growth = counts[own + steps] + counts[theirs - steps] - counts[own] - counts[theirs] + 2
        # rows that differ in nothing else of a table only change places in it
        growth[(own + steps == theirs) | (apart == 0)] = 0
        return np.asarray(2 * (self._weights[tables] @ growth))

    def _partings(self, i: int, taken: set[Row]) -> Iterator[tuple[int, int, int]]:
        """Growth, factor and partner of each swap that gives row i and its partner values that no row has."""
        rows, others = _as_rows(self._rows), self._others()
        for k in self.grid.varied:
            for growth, j in zip(self._growth(k, i, others).tolist(), others.tolist(), strict=True):
                mine = (*rows[i][:k], rows[j][k], *rows[i][k + 1 :])
                its = (*rows[j][:k], rows[i][k], *rows[j][k + 1 :])
                if mine != its and mine not in taken and its not in taken:
                    yield growth, k, j


def _as_rows(grid: Rows) -> list[Row]:
    return [tuple(row) for row in grid.tolist()]


def _checked(rows: Sequence[Row], grid: Grid) -> Rows:
    """The rows as an array, (n, factors)."""
    for row in rows:
        if len(row) != len(grid.levels) or not all(0 <= at < n for at, n in zip(row, grid.levels, strict=True)):
            raise StudyError(f"row {tuple(row)} is not of the grid with levels {list(grid.levels)}")
    if not rows:
        raise StudyError("no rows", fix="give at least one row of the grid")
    return np.array(rows, dtype=np.int64)


def _spread(codes: Rows, n_cells: int) -> int:
    """How often the commonest cell occurs less how often the rarest does."""
    return int(np.ptp(np.bincount(codes, minlength=n_cells)))
