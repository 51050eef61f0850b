"""What a mixed model needs of its rows: cross-products, from which its REML criterion follows for any ratios θ.

The levels of the largest term make a diagonal block of Z'Z, which is eliminated first; what remains is a dense matrix
of the size of all other terms together (a Schur complement). So a fit costs little more than Cholesky factors of that
size, whatever the number of rows.

Notation: V = I + Σ θ_k² Z_k Z_k', P = V⁻¹ − V⁻¹X (X'V⁻¹X)⁻¹ X'V⁻¹, X orthonormal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
GRAMS_AT_MOST = 16_000_000
"""Numbers kept in memory for the cross-products by count of rows a level."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The criterion at one θ, and its derivatives.

    ``criterion`` is −2 × the restricted log-likelihood, profiled over β and σ²; ``rss`` is y'Py; ``fixed`` (p,) and
    ``fixed_inverse`` (p, p) are the coefficients and (X'V⁻¹X)⁻¹; ``traces`` and ``squares`` (K,) are tr(Z_k'PZ_k) and
    |Z_k'Py|²; ``loadings`` (K, p, p) are X'V⁻¹Z_kZ_k'V⁻¹X.
    """

    n: int
    theta: Array
    criterion: float
    rss: float
    fixed: Array
    fixed_inverse: Array
    traces: Array
    squares: Array
    loadings: Array

    @property
    def slopes(self) -> Array:
        """Derivatives of the criterion in θ_k², shape (K,)."""
        n_free = self.n - self.fixed.size
        return np.asarray(self.traces - self.squares * n_free / self.rss)

    def variance_slopes(self, sigma2: float, free: list[int]) -> Array:
        """Slopes of the criterion, not profiled, in the variances of the free terms and of the residual, last."""
        of_terms = (self.traces - self.squares / sigma2) / sigma2
        ratios = self.theta**2
        trace = self.n - self.fixed.size - float(ratios @ self.traces)
        square = self.rss - float(ratios @ self.squares)
        return np.append(of_terms[free], (trace - square / sigma2) / sigma2)

    def covariance_slopes(self, free: list[int]) -> Array:
        """Derivatives of the coefficients' covariance in the variances of the free terms and of the residual, last."""
        of_terms = self.fixed_inverse @ self.loadings @ self.fixed_inverse
        rest = self.fixed_inverse - np.tensordot(self.theta**2, of_terms, axes=1)
        return np.concatenate([of_terms[free], rest[None]])


class CrossProducts:
    """Cross-products of rows, X orthonormal (n, p), y (n,); ``at`` gives the criterion at θ, in the terms' order."""

    def __init__(self, x: Array, y: Array, terms: tuple[Codes, ...]) -> None:
        self.n, self.n_fixed = x.shape
        self.n_terms = len(terms)
        both = np.column_stack([x, y])
        self.both = both.T @ both
        sizes = [int(codes.max()) + 1 for codes in terms]
        # the largest term first: its block of Z'Z is the one that is eliminated
        self.order = sorted(range(self.n_terms), key=lambda k: -sizes[k])
        self.first = self.order[0] if self.order else None
        others = self.order[1:]
        self.term_of = np.repeat(np.array(others, dtype=int), [sizes[k] for k in others])
        starts = np.cumsum([0, *(sizes[k] for k in others)])
        self.rest = [terms[k] + start for k, start in zip(others, starts, strict=False)]
        self.n_rest = int(starts[-1])
        self.sums_rest = (
            _sums(np.concatenate(self.rest), np.tile(both, (len(others), 1)), self.n_rest)
            if others
            else (np.zeros((0, both.shape[1])))
        )
        self.gram_rest = self._gram_of_rest()
        if self.first is not None:
            codes = terms[self.first]
            self.counts = np.bincount(codes).astype(float)
            self.sums = _sums(codes, both, sizes[self.first])
            self.eliminated = _Eliminated(codes, self.rest, (sizes[self.first], self.n_rest), self.counts)

    def _gram_of_rest(self) -> Array:
        gram = np.zeros((self.n_rest, self.n_rest))
        for one in self.rest:
            for other in self.rest:
                pairs = np.bincount(one * self.n_rest + other, minlength=self.n_rest**2)
                gram += pairs.reshape(self.n_rest, self.n_rest)
        return gram

    def start(self) -> Array:
        """Where to begin the search: every θ at 1, as good as any for a criterion with one minimum in practice."""
        return np.ones(self.n_terms)

    def at(self, theta: Array) -> Profile:
        """The criterion and its derivatives at θ, shape (K,), each ≥ 0."""
        if self.first is None:
            return self._profile(theta, self.both, 0.0, np.zeros(0), [])
        ratio = float(theta[self.first]) ** 2
        a = 1 + ratio * self.counts
        weights = ratio / a
        inner = self.both - self.sums.T @ (self.sums * weights[:, None])
        log_det = float(np.log(a).sum())
        traces = np.zeros(self.n_terms)
        traces[self.first] = float(np.sum(self.counts / a))
        loads: list[Array] = [np.zeros(0)] * self.n_terms
        if not self.n_rest:
            loads[self.first] = self.sums / a[:, None]
            return self._profile(theta, inner, log_det, traces, loads)
        return self._with_rest(theta, (a, weights, inner, log_det), traces, loads)

    def _with_rest(
        self, theta: Array, first: tuple[Array, Array, Array, float], traces: Array, loads: list[Array]
    ) -> Profile:
        """The same where other terms remain after the largest one is eliminated."""
        # an explicit inverse: products are fast at every size, threaded triangular solvers of small matrices are not
        from scipy.linalg import lapack  # noqa: PLC0415

        a, weights, inner, log_det = first
        scale = theta[self.term_of]
        gram = self.gram_rest - self.eliminated.gram(weights)
        sums = self.sums_rest - self.eliminated.across_transposed(self.sums * weights[:, None])
        lower = np.linalg.cholesky(gram * np.outer(scale, scale) + np.eye(self.n_rest))
        inverse = lapack.dtrtri(lower, lower=1)[0] * scale
        half, half_sums = inverse @ gram, inverse @ sums
        by_level = np.diag(gram) - np.einsum("ij,ij->j", half, half)
        loads_rest = sums - half.T @ half_sums
        for k in self.order[1:]:
            chosen = self.term_of == k
            traces[k] = float(by_level[chosen].sum())
            loads[k] = loads_rest[chosen]
        largest = self.order[0]
        loads[largest] = (self.sums - self.eliminated.across(inverse.T @ half_sums)) / a[:, None]
        traces[largest] -= float(np.sum((inverse @ self.eliminated.gram(a**-2)) * inverse))
        log_det += 2 * float(np.log(np.diag(lower)).sum())
        return self._profile(theta, inner - half_sums.T @ half_sums, log_det, traces, loads)

    def _profile(self, theta: Array, inner: Array, log_det: float, traces: Array, loads: list[Array]) -> Profile:
        p = self.n_fixed
        lower = np.linalg.cholesky(inner[:p, :p])
        inverse = np.asarray(np.linalg.inv(inner[:p, :p]), dtype=float)
        fixed = inverse @ inner[:p, p]
        rss = max(float(inner[p, p] - inner[p, :p] @ fixed), np.finfo(float).tiny)
        n_free = self.n - p
        criterion = log_det + 2 * float(np.log(np.diag(lower)).sum())
        criterion += n_free * (1 + math.log(2 * math.pi * rss / n_free))
        squares = np.array([np.sum(np.square(load[:, p] - load[:, :p] @ fixed)) for load in loads])
        loadings: Array = np.array([load[:, :p].T @ load[:, :p] for load in loads], dtype=float).reshape(-1, p, p)
        traces = np.asarray(traces - np.einsum("ij,kji->k", inverse, loadings))
        return Profile(self.n, theta, criterion, rss, fixed, inverse, traces, squares, loadings)


class _Eliminated:
    """How the levels of the largest term meet those of all others: counts E, shape (first, rest), kept sparse."""

    def __init__(self, codes: Codes, rest: list[Codes], shape: tuple[int, int], counts: Array) -> None:
        from scipy import sparse  # noqa: PLC0415

        rows = np.tile(codes, len(rest))
        columns = np.concatenate(rest) if rest else np.zeros(0, dtype=int)
        self.met = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
        self.met.sum_duplicates()
        distinct, self.kind = np.unique(counts, return_inverse=True)
        self.firsts = np.unique(self.kind, return_index=True)[1]
        self.grams: Array | None = None
        if distinct.size * shape[1] ** 2 <= GRAMS_AT_MOST:
            parts = [self.met[self.kind == kind] for kind in range(distinct.size)]
            self.grams = np.array([self._product(part, part) for part in parts]).reshape(distinct.size, -1)
        self.n_rest = shape[1]

    @staticmethod
    def _product(one: Any, other: Any) -> Array:
        dense = one.nnz > 0.1 * one.shape[0] * one.shape[1]
        return np.asarray(one.toarray().T @ other.toarray() if dense else (one.T @ other).toarray())

    def gram(self, weights: Array) -> Array:
        """E' diag(weights) E; the weights are alike for levels of equally many rows."""
        if self.grams is not None:
            return (weights[self.firsts] @ self.grams).reshape(self.n_rest, self.n_rest)
        weighted = self.met.copy()
        weighted.data = weighted.data * np.repeat(weights, np.diff(self.met.indptr))
        return self._product(self.met, weighted)

    def across(self, values: Array) -> Array:
        """E × values."""
        return np.asarray(self.met @ values)

    def across_transposed(self, values: Array) -> Array:
        """E' × values."""
        return np.asarray(self.met.T @ values)


def _sums(codes: Codes, columns: Array, n_levels: int) -> Array:
    return np.column_stack([np.bincount(codes, column, minlength=n_levels) for column in columns.T])
