"""Totals of ten answers from 1 to 5, drawn so that their mean, SD and correlation are exactly those wanted.

A total lies in 10 … 50, and people's totals crowd at the floor, so that a rounded and clipped normal would miss its
mean and SD. The distributions here are the least presuming ones (of maximum entropy) among all that have the moments:
p(k) ∝ exp(a k + b k²), and after a known total j: p(k | j) ∝ exp(a k + b k² + c j k).
The parameters minimise a convex function whose gradient is the difference of the moments from those wanted.

Source: Jaynes, E. T. (1957). Information theory and statistical mechanics. Physical Review, 106, 620-630.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, root
from scipy.special import logsumexp

from emotionbench.errors import RespondentError
from emotionbench.materials.norms import Moments

N_ITEMS, LOWEST, HIGHEST = 10, 1, 5
LEAST, MOST = N_ITEMS * LOWEST, N_ITEMS * HIGHEST
SUPPORT = np.arange(LEAST, MOST + 1, dtype=float)
TOLERANCE = 1e-8
OPTIONS = {"gtol": 1e-10, "maxiter": 100}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Totals:
    """A distribution of totals: ``probabilities`` of 10 … 50, shape (41,)."""

    probabilities: tuple[float, ...]
    cumulative: tuple[float, ...]

    @classmethod
    def of(cls, probabilities: Array) -> Totals:
        """The distribution with these probabilities, shape (41,), which sum to 1."""
        values = tuple(probabilities.tolist())
        return cls(values, tuple(accumulate(values)))

    def draw(self, uniform: float) -> int:
        """The total that a uniform draw from [0, 1) stands for (inverse of the distribution function)."""
        # the last sum may fall short of 1 by rounding
        return min(LEAST + bisect_right(self.cumulative, uniform), MOST)


@cache
def totals(wanted: Moments) -> Totals:
    """The distribution of totals with this mean and SD (both to 1e-6); a RespondentError if there is none."""
    z = _standardised(wanted)
    features = np.stack([z, z**2])[:, None, :]
    family = _Family(np.ones(1), features, np.array([0.0, 1.0]))
    return Totals.of(family.fitted(f"mean {wanted.mean:g} and SD {wanted.sd:g}")[0])


@cache
def totals_after(before: Moments, wanted: Moments, r: float) -> tuple[Totals, ...]:
    """The distributions of a second total, one for each first total from 10 to 50.

    Where the first total is drawn from ``totals(before)``, the second one has the mean and SD of ``wanted`` and the
    correlation ``r`` with the first (all to 1e-6). A RespondentError if no distribution does.
    """
    z, z_before = _standardised(wanted), _standardised(before)
    weights = np.array(totals(before).probabilities)
    shape = (len(SUPPORT), len(SUPPORT))
    features = np.stack([np.broadcast_to(z, shape), np.broadcast_to(z**2, shape), z_before[:, None] * z])
    family = _Family(weights, features, np.array([0.0, 1.0, r]))
    found = family.fitted(f"mean {wanted.mean:g}, SD {wanted.sd:g} and correlation {r:g} with the one before")
    return tuple(Totals.of(row) for row in found)


def _standardised(wanted: Moments) -> Array:
    if not (LEAST < wanted.mean < MOST and wanted.sd > 0):
        raise _unreachable(f"mean {wanted.mean:g} and SD {wanted.sd:g}")
    return (SUPPORT - wanted.mean) / wanted.sd


@dataclass(frozen=True)
class _Family:
    """Distributions of points within groups, p(point | group) ∝ exp(parameters · features).

    ``weights`` (groups,) are the probabilities of the groups; ``features`` is (features, groups, points) and
    ``wanted`` (features,) the expectations that they are to have.
    """

    weights: Array
    features: Array
    wanted: Array

    def fitted(self, what: str) -> Array:
        """The probabilities, shape (groups, points), with the expectations wanted; ``what`` names them in an error."""
        start = np.zeros(len(self.wanted))
        # the bell curve, which has mean 0 and variance 1 where the ends are far away
        start[1] = -0.5
        near = minimize(
            self.objective, start, jac=self.gradient, hess=self.curvature, method="trust-exact", options=OPTIONS
        )
        # a minimum is known to half the digits of the function only; the root of the gradient to all of them
        solved = root(self.gradient, near.x, jac=self.curvature, tol=1e-13)
        if not np.abs(self.gradient(solved.x)).max() < TOLERANCE:
            raise _unreachable(what)
        return self.probabilities(solved.x)

    def probabilities(self, parameters: Array) -> Array:
        exponents = np.tensordot(parameters, self.features, axes=1)
        return np.asarray(np.exp(exponents - logsumexp(exponents, axis=1, keepdims=True)))

    def objective(self, parameters: Array) -> float:
        """The convex function whose minimum has the expectations wanted."""
        log_sums = logsumexp(np.tensordot(parameters, self.features, axes=1), axis=1)
        return float(self.weights @ log_sums - parameters @ self.wanted)

    def gradient(self, parameters: Array) -> Array:
        """The expectations less those wanted."""
        given = self.probabilities(parameters)
        return np.asarray(np.einsum("gp,fgp->fg", given, self.features) @ self.weights - self.wanted)

    def curvature(self, parameters: Array) -> Array:
        """The second derivatives: the expected covariances of the features within groups."""
        given = self.probabilities(parameters)
        centred = self.features - np.einsum("gp,fgp->fg", given, self.features)[:, :, None]
        weighted = centred * (self.weights[:, None] * given)
        return np.asarray(np.tensordot(weighted, centred, axes=((1, 2), (1, 2))))


def _unreachable(what: str) -> RespondentError:
    return RespondentError(
        f"no total of {N_ITEMS} answers from {LOWEST} to {HIGHEST} has {what}", fix="check the moments of the norm"
    )


def spread(total: int, uniforms: Sequence[float]) -> list[int]:
    """Ten answers with this total, from ten uniform draws; every such sheet of answers is equally likely."""
    answers = []
    above = total - LEAST
    for n_after, uniform in zip(reversed(range(N_ITEMS)), uniforms, strict=True):
        rank = uniform * _WAYS[n_after + 1][above]
        extra = 0
        while rank >= _WAYS[n_after][above - extra]:
            rank -= _WAYS[n_after][above - extra]
            extra += 1
        answers.append(LOWEST + extra)
        above -= extra
    return answers


def _count_ways() -> list[list[int]]:
    """``[n][s]``: in how many ways n answers, each counted from the lowest, sum to s."""
    ways = [[1] + [0] * (MOST - LEAST)]
    for _ in range(N_ITEMS):
        last = ways[-1]
        ways.append([sum(last[max(0, s - (HIGHEST - LOWEST)) : s + 1]) for s in range(len(last))])
    return ways


_WAYS = _count_ways()
