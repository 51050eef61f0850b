"""What the order of items does to answers, and through them to scores.

Every administration has an order of its own, so that at the level of scores an effect of order is part of the residual.
At the level of items it shows: answers are higher or lower at some positions, whatever the item.

The model: answer = item within situation + administration + b(position) + error. b is estimated by least squares; its
variance over the N positions, σ_b² = Σ b² / N with Σ b = 0, is freed of the noise of that estimate: the explained sum
of squares over the error's mean square is noncentral F, with noncentrality λ = σ_b² N tr(K) / ((N − 1) s²) for the
information matrix K of the positions (exact where all positions are equally informative, as in random or balanced
orders).

The score: the sum of n items whose positions are n of N without replacement has the variance n σ_b² (N − n) / (N − 1)
from b alone (the mean of them 1 / n² of it), as the sum of n draws from a finite population (Cochran, 1977, theorem
2.2). With n = N every position is drawn, and the order cannot move the sum.

Source: Cochran, W. G. (1977). Sampling techniques (3rd ed.). Wiley.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
NO_ERROR = "the answers do not vary within item and situation"
NO_POSITIONS = "the orders do not tell position from item"


@dataclass(frozen=True)
class PositionEffects:
    """b(position): ``effects`` in points of an answer, by position, with mean 0; empty where there are none.

    ``variance`` is σ_b², freed of noise; ``p`` is that of the F-test that no position matters.
    """

    effects: tuple[float, ...]
    variance: Estimate
    p: float | None
    n_answers: int
    n_administrations: int


def position_effects(
    answers: ArrayLike,
    items: ArrayLike,
    administrations: ArrayLike,
    situations: ArrayLike,
    positions: ArrayLike,
    *,
    n_positions: int,
    level: float = LEVEL,
) -> PositionEffects:
    """How answers depend on where their item is shown.

    Parameters
    ----------
    answers, items, administrations, situations, positions
        One row per answer, shape (n,): value, codes, and the position shown, 1 to ``n_positions``. An administration
        must hold every item once (those of one subscale, say); others are left out.
    n_positions
        Items of the whole instrument, N.
    """
    y, place = np.asarray(answers, dtype=float), np.asarray(positions).astype(np.intp) - 1
    if y.size and not (np.isfinite(y).all() and place.min() >= 0 and place.max() < n_positions):
        raise ValueError(f"answers must not be missing, positions must be 1 to {n_positions}")
    item, administration, situation = (
        np.unique(np.asarray(codes), return_inverse=True)[1].reshape(-1)
        for codes in (items, administrations, situations)
    )
    if y.size:
        whole = np.bincount(administration)[administration] == item.max() + 1
        y, place, item, administration, situation = (
            part[whole] for part in (y, place, item, administration, situation)
        )
    n_administrations = int(np.unique(administration).size)
    if n_administrations < 2:
        why = "fewer than two complete administrations"
        return PositionEffects((), Estimate.none(why), None, y.size, n_administrations)
    cells = _codes(situation * (int(item.max()) + 1) + item)
    rows = _Centred(y, place, n_positions, (cells, _codes(administration), _codes(situation)))
    return replace(rows.effects(level), n_answers=y.size, n_administrations=n_administrations)


def score_variance(effects: PositionEffects, n_items: int, n_positions: int, *, is_mean: bool = False) -> Estimate:
    """The variance of a score of ``n_items`` of ``n_positions`` items that their positions make; see the module."""
    if not 1 <= n_items <= n_positions:
        raise ValueError(f"{n_items} items cannot be drawn from {n_positions}")
    factor = n_items * (n_positions - n_items) / (n_positions - 1) if n_positions > 1 else 0.0
    factor /= n_items**2 if is_mean else 1
    found = effects.variance
    value, low, high = (None if part is None else part * factor for part in (found.value, found.low, found.high))
    return replace(found, value=value, low=low, high=high)


def _codes(values: Codes) -> Codes:
    return np.unique(values, return_inverse=True)[1].reshape(-1)


class _Centred:
    """Cross-products of positions and answers, free of the means of item within situation and of administration.

    Within a situation items and administrations are crossed and complete, so that both are removed by subtracting their
    means and adding the situation's.
    """

    def __init__(self, y: Array, place: Codes, n_positions: int, levels: tuple[Codes, Codes, Codes]) -> None:
        self.n_positions = n_positions
        self.information: Array = np.diag(np.bincount(place, minlength=n_positions)).astype(float)
        self.moments: Array = np.bincount(place, y, minlength=n_positions).astype(float)
        self.square = float(y @ y)
        self.df = y.size
        for codes, sign in zip(levels, (-1, -1, 1), strict=True):
            counts = np.bincount(codes)
            met = np.bincount(codes * n_positions + place, minlength=counts.size * n_positions)
            share = met.reshape(-1, n_positions) / counts[:, None]
            sums = np.bincount(codes, y)
            self.information = self.information + sign * (share.T @ (share * counts[:, None]))
            self.moments = self.moments + sign * (share.T @ sums)
            self.square += sign * float(np.sum(sums**2 / counts))
            self.df += sign * counts.size

    def effects(self, level: float) -> PositionEffects:
        free = self.n_positions - 1
        sizes = np.linalg.eigvalsh(self.information)
        if free < 1 or int(np.sum(sizes > 1e-8 * max(1.0, float(sizes[-1])))) < free:
            return PositionEffects((), Estimate.none(NO_POSITIONS), None, 0, 0)
        inverse = np.linalg.pinv(self.information, rcond=1e-10, hermitian=True)
        b = inverse @ self.moments
        explained = float(b @ self.moments)
        df = self.df - free
        error = (self.square - explained) / df if df > 0 else 0.0
        if error <= 1e-9 * max(1.0, self.square / max(self.df, 1)):
            return PositionEffects(tuple(b.tolist()), Estimate.none(NO_ERROR), None, 0, 0)
        unit = error * free / (self.n_positions * float(np.trace(self.information)))
        f = explained / error
        ends = [max(0.0, _noncentrality(f, free, p)) * unit for p in ((1 + level) / 2, (1 - level) / 2)]
        variance = Estimate(min(max(0.0, f - free) * unit, ends[1]), ends[0], ends[1], level)
        return PositionEffects(tuple(b.tolist()), variance, float(special.fdtrc(free, df, f / free)), 0, 0)


def _noncentrality(square: float, df: int, p: float) -> float:
    """The λ ≥ 0 for which noncentral χ² with ``df`` is below ``square`` with probability p; 0 where there is none."""
    if float(special.chdtr(df, square)) <= p:
        return 0.0
    low, high = 0.0, max(1.0, square) * 2 + 100
    while float(special.chndtr(square, df, high)) > p:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if float(special.chndtr(square, df, middle)) > p else (low, middle)
    return low if math.isfinite(low) else 0.0
