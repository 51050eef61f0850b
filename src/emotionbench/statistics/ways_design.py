"""The linear model of ways of asking: its columns over forms, which of them can be told apart, and sums of squares.

Scores of one form share their row, so that everything is done on forms, weighted by how often each was put. The columns
are one indicator per level (and per cell of an interaction); they are taken to an orthonormal basis once, and each
smaller model is a few coordinates in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
TOLERANCE = 1e-9
"""Singular values below this part of the largest count as 0: columns are 0 and 1, so that there is no doubtful case."""
TIMES = " × "


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Scores by form: means around the mean of all scores, counts (F,), squares within forms, levels by way (F,).

    ``size`` is the largest absolute score, for what counts as rounding; ``forms`` are the forms' codes in order.
    """

    means: Array
    counts: Array
    within: float
    ways: dict[str, NDArray[np.str_]]
    n: int
    size: float
    centre: float
    forms: NDArray[np.str_]


def collapsed(scores: ArrayLike, forms: ArrayLike, ways: Mapping[str, ArrayLike]) -> Collapsed:
    """Scores (n,) by their form (n,); a ValueError for missing scores, wrong shapes, or a form with two levels."""
    y = np.asarray(scores, dtype=float)
    if y.ndim != 1 or not y.size or not np.isfinite(y).all():
        raise ValueError("scores must be one-dimensional, not empty and not missing")
    labels = {name: np.asarray(column).astype(np.str_) for name, column in {"forms": forms, **ways}.items()}
    for name, column in labels.items():
        if column.shape != y.shape:
            raise ValueError(f"{column.size} of {name!r} for {y.size} scores; each score needs its own")
    names, first, codes, counts = np.unique(
        labels.pop("forms"), return_index=True, return_inverse=True, return_counts=True
    )
    for name, column in labels.items():
        if (column != column[first][codes]).any():
            raise ValueError(f"a form has two levels of {name!r}")
    centre = float(y.mean())
    means = np.bincount(codes, y - centre) / counts
    rest = y - centre - means[codes]
    size = max(1.0, float(np.abs(y).max()))
    of_forms = {name: column[first] for name, column in labels.items()}
    return Collapsed(means, counts.astype(float), float(rest @ rest), of_forms, y.size, size, centre, names)


class Design:
    """The columns of main effects and named interactions of two, over forms.

    Parameters
    ----------
    ways
        Way → level of each form, shape (F,).
    interactions
        Pairs of ways; a ValueError where one is not among them, or both are the same.
    counts
        How often each form was put, shape (F,); once where not given.
    """

    def __init__(
        self,
        ways: Mapping[str, ArrayLike],
        interactions: Sequence[tuple[str, str]] = (),
        counts: ArrayLike | None = None,
    ) -> None:
        levels = {name: np.unique(np.asarray(column), return_inverse=True) for name, column in ways.items()}
        n_forms = next(iter(levels.values()))[1].size if levels else np.asarray(counts).size
        self.counts = np.ones(n_forms) if counts is None else np.asarray(counts, dtype=float)
        self.levels = {name: tuple(map(str, found[0])) for name, found in levels.items()}
        self.codes: dict[str, Codes] = {name: found[1].reshape(-1) for name, found in levels.items()}
        self.terms: dict[str, tuple[str, ...]] = {name: (name,) for name in ways}
        for one, other in interactions:
            if one not in levels or other not in levels or one == other:
                raise ValueError(f"{one!r} and {other!r} are not two of the ways: {', '.join(levels)}")
            self.terms[TIMES.join((one, other))] = (one, other)
        self._build()

    def _build(self) -> None:
        columns = {"": np.ones((self.counts.size, 1))}
        columns |= {name: indicators(self.cells(name)) for name in self.terms}
        self.x = np.hstack(list(columns.values()))
        ends = np.cumsum([part.shape[1] for part in columns.values()])
        self.places = {
            name: slice(end - part.shape[1], end) for (name, part), end in zip(columns.items(), ends, strict=True)
        }
        q, r = np.linalg.qr(self.x * np.sqrt(self.counts)[:, None])
        left, sizes, right = np.linalg.svd(r, full_matrices=False)
        self.rank = int(np.sum(sizes > TOLERANCE * sizes[0]))
        kept = slice(None, self.rank)
        self.basis, self.sizes, self.rows = q @ left[:, kept], sizes[kept], right[kept].T
        self._coordinates = left[:, kept].T @ r

    def cells(self, name: str) -> Codes:
        """The level of each form, or the cell of an interaction, as codes from 0, shape (F,)."""
        first, *others = (self.codes[way] for way in self.terms[name])
        for other in others:
            first = first * (int(other.max()) + 1) + other
        return np.unique(first, return_inverse=True)[1].reshape(-1)

    def n_levels(self, name: str) -> int:
        """How many levels a way has, or how many cells of an interaction were put."""
        return int(self.cells(name).max()) + 1

    def type_two(self, name: str, projected: Array) -> tuple[float, int, float]:
        """Sum of squares of type II, its df, and the weight of the variance of random levels in its mean square.

        ``projected`` are the scores' coordinates in the basis, shape (rank,).
        """
        added, weight = self._added[name]
        return float(np.sum((added.T @ projected) ** 2)), added.shape[1], weight

    @cached_property
    def _added(self) -> dict[str, tuple[Array, float]]:
        """What each term adds to all that do not contain it: a basis (rank, df), and its mean square."""
        found = {}
        for name, ways in self.terms.items():
            without = self.space(["", *(other for other, theirs in self.terms.items() if not set(ways) <= set(theirs))])
            own = self._coordinates[:, self.places[name]]
            beyond = own - without @ (without.T @ own)
            added = _orthonormal(beyond, float(np.linalg.norm(own)))
            found[name] = added, float(np.sum(beyond**2)) / max(added.shape[1], 1)
        return found

    def space(self, names: Sequence[str]) -> Array:
        """An orthonormal basis (rank, k) of what these terms span; '' is the mean."""
        columns = np.hstack([self._coordinates[:, self.places[name]] for name in names])
        return _orthonormal(columns, float(np.linalg.norm(columns)))

    def form_weight(self) -> float:
        """The weight of the forms' variance in the residual sum of squares: n − Σ n_f² |q_f|²."""
        leverage = np.sum(self.basis**2, axis=1)
        return float(self.counts.sum() - self.counts @ leverage)

    def confounding(self, name: str) -> str | None:
        """What cannot be told apart of a term, and from what; null where all can."""
        own = self.terms[name]
        expected = int(np.prod([len(self.levels[way]) - 1 for way in own]))
        if expected == 0:
            return "one level only"
        df = self._added[name][0].shape[1]
        if df == expected:
            return None
        few = f"{expected - df} of its {expected} differences " if df else ""
        return f"{few}cannot be told apart from {self._partners(name, expected) or 'the other ways together'}"

    def _partners(self, name: str, expected: int) -> str:
        """The terms that alone hold some of a term's differences, by name; '' where none does."""
        own = self.terms[name]
        mains = 0 if len(own) == 1 else sum(len(self.levels[way]) - 1 for way in own)
        if self.space(["", name]).shape[1] < 1 + mains + expected:
            return "its own ways, since some combinations were never put"
        found = []
        for other, ways in self.terms.items():
            both = self.space(["", other, name]).shape[1]
            if not set(own) & set(ways) and both < self.space(["", other]).shape[1] + mains + expected:
                found.append(repr(other))
        return " and ".join(found)

    @cached_property
    def pseudo_inverse(self) -> Array:
        """Scores of forms → coefficients of least norm, by least squares with weights: (columns, F)."""
        return np.asarray((self.rows / self.sizes) @ (self.basis * np.sqrt(self.counts)[:, None]).T)


def indicators(codes: Codes) -> Array:
    """One column of 0 and 1 per code."""
    found = np.zeros((codes.size, int(codes.max()) + 1))
    found[np.arange(codes.size), codes] = 1.0
    return found


def _orthonormal(columns: Array, size: float) -> Array:
    """An orthonormal basis of the columns' space; what is below ``TOLERANCE`` × ``size`` counts as nothing."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, sizes > TOLERANCE * max(size, 1.0)])
