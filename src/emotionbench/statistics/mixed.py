"""Linear mixed models with random intercepts, fitted by restricted maximum likelihood (REML).

The model is y = Xβ + Σ Z_k b_k + e with b_k ~ N(0, θ_k² σ² I) and e ~ N(0, σ² I); the terms may be crossed or nested in
any way. The criterion is profiled over β and σ, as in Bates et al. (2015), and minimised over θ ≥ 0 with its analytic
gradient. Contrasts of coefficients have Satterthwaite's degrees of freedom.

Nothing here is ever infinite or not a number: what cannot be told is null, and ``why`` says for what reason.

Sources: Bates, D., Mächler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models using lme4.
Journal of Statistical Software, 67(1). Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components,
chapter 6 (the derivatives). Giesbrecht, F. G., & Burns, J. C. (1985). Two-stage analysis based on a mixed model.
Biometrics, 41, 477-486, and Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package. Journal
of Statistical Software, 82(13) (degrees of freedom).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.crossproducts import CrossProducts, Profile
from emotionbench.statistics.estimate import LEVEL

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
ROUNDING = 1e-9
STEP = 1e-4
"""Relative step of the central differences of the gradient."""
LARGE_THETA = 1e4
NO_VARIATION = "the values do not vary beyond the fixed part"
NO_ROWS_LEFT = "no more rows than coefficients, so that nothing says how rows vary"
EXACT_SUM = "the values are an exact sum of the terms: there is no residual to test against"


@dataclass(frozen=True)
class MixedContrast:
    """A weighted sum of coefficients: its t-test against zero and its interval; null where ``why`` says so."""

    estimate: float | None
    standard_error: float | None = None
    df: float | None = None
    t: float | None = None
    p: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = LEVEL
    why: str | None = None


@dataclass(frozen=True, eq=False)
class MixedModel:
    """A fitted model.

    Attributes
    ----------
    names, coefficients, covariance
        Of the fixed part: (p,), (p,), and (p, p) or null. Where columns of the fixed part depend on each other the
        coefficients are those of least norm; contrasts say which sums are determined.
    variances
        Term → variance of its levels, 0 on the boundary, null where it cannot be told from the rest.
    residual
        Variance of rows within all terms; null where it cannot be had.
    criterion
        −2 × the restricted log-likelihood, as lme4's ``REMLcrit``.
    n
        Rows.
    is_singular
        Whether a term's variance lies on the boundary at 0.
    notes
        Term → why its variance is null.
    why
        Why there is no uncertainty; null where there is.
    parameters, parameter_covariance
        The variances that are not on the boundary, the residual's last under the name '' (J,), and the asymptotic
        covariance of their estimates (J, J).
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array | None
    variances: dict[str, float | None]
    residual: float | None
    criterion: float | None
    n: int
    is_singular: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    why: str | None = None
    parameters: tuple[str, ...] = ()
    parameter_covariance: Array = field(default_factory=lambda: np.zeros((0, 0)))
    covariance_gradient: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))
    row_space: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def contrast(self, weights: ArrayLike, level: float = LEVEL) -> MixedContrast:
        """Σ weights × coefficients, weights of shape (p,), with Satterthwaite's t-test and interval."""
        c = np.asarray(weights, dtype=float)
        if c.shape != self.coefficients.shape or not np.isfinite(c).all():
            raise ValueError(f"weights must be {self.coefficients.size} finite numbers, one a coefficient")
        if not 0 < level < 1:
            raise ValueError(f"level {level} is not between 0 and 1")
        outside = c - self.row_space @ (self.row_space.T @ c)
        if np.abs(outside).max(initial=0.0) > 1e-7 * max(1.0, float(np.abs(c).max(initial=0.0))):
            return MixedContrast(None, level=level, why="the fixed part does not determine this sum of coefficients")
        estimate = float(c @ self.coefficients)
        if self.covariance is None:
            return MixedContrast(estimate, level=level, why=self.why)
        variance = float(c @ self.covariance @ c)
        gradient = np.einsum("i,jik,k->j", c, self.covariance_gradient, c)
        spread = float(gradient @ self.parameter_covariance @ gradient)
        if variance <= 0 or spread <= 0:
            why = self.why or "this sum of coefficients has no uncertainty"
            return MixedContrast(estimate, 0.0, level=level, why=why)
        error, df = math.sqrt(variance), 2 * variance**2 / spread
        t = estimate / error
        margin = float(special.stdtrit(df, (1 + level) / 2)) * error
        p = float(2 * special.stdtr(df, -abs(t)))
        return MixedContrast(estimate, error, df, t, p, estimate - margin, estimate + margin, level)


def fit_mixed(y: ArrayLike, fixed: ArrayLike | Mapping[str, ArrayLike], groups: Mapping[str, ArrayLike]) -> MixedModel:
    """Fit a linear mixed model with a random intercept for every term of ``groups``.

    Parameters
    ----------
    y
        Values, shape (n,).
    fixed
        The fixed part, shape (n, p) with its intercept if there is to be one, or its columns by name.
    groups
        Term → the level of each row, shape (n,), numbers or strings. No term gives ordinary least squares.

    Raises
    ------
    ValueError
        For missing values, shapes that do not fit together, or no rows at all.
    """
    values, (names, x) = np.asarray(y, dtype=float), _fixed(fixed)
    if values.ndim != 1 or not values.size:
        raise ValueError("y must be one-dimensional and not empty")
    if x.shape[0] != values.size:
        raise ValueError(f"fixed has {x.shape[0]} rows, y has {values.size}")
    if not (np.isfinite(values).all() and np.isfinite(x).all()):
        raise ValueError("y and fixed must not hold missing or infinite values")
    terms = {name: _codes(name, codes, values.size) for name, codes in groups.items()}
    return _Fit(values, x, names, terms).model()


def _fixed(fixed: ArrayLike | Mapping[str, ArrayLike]) -> tuple[tuple[str, ...], Array]:
    if isinstance(fixed, Mapping):
        columns = [np.asarray(column, dtype=float) for column in fixed.values()]
        if not columns:
            raise ValueError("fixed holds no column")
        return tuple(fixed), np.column_stack(columns)
    x = np.asarray(fixed, dtype=float)
    if x.ndim != 2 or not x.shape[1]:
        raise ValueError("fixed must have two dimensions, rows × coefficients")
    return tuple(f"x{number}" for number in range(x.shape[1])), x


def _codes(name: str, codes: ArrayLike, n: int) -> Codes:
    given = np.asarray(codes)
    if given.shape != (n,):
        raise ValueError(f"the levels of {name!r} must be {n}, one a row")
    if given.dtype == object:
        if any(code is None or (isinstance(code, float) and math.isnan(code)) for code in given):
            raise ValueError(f"the levels of {name!r} must not be missing")
        given = given.astype(str)
    if given.dtype.kind == "f" and np.isnan(given).any():
        raise ValueError(f"the levels of {name!r} must not be missing")
    return np.unique(given, return_inverse=True)[1].reshape(-1)


class _Fit:
    """One model from its rows; the terms that can be told apart are kept."""

    def __init__(self, y: Array, x: Array, names: tuple[str, ...], terms: dict[str, Codes]) -> None:
        self.y, self.x, self.names, self.terms = y, x, names, terms
        left, sizes, right = np.linalg.svd(x, full_matrices=False)
        rank = int(np.sum(sizes > sizes.max(initial=0.0) * max(x.shape) * np.finfo(float).eps))
        self.basis, self.sizes, self.rows = left[:, :rank], sizes[:rank], right[:rank].T
        self.start = self.basis.T @ y
        self.rest = y - self.basis @ self.start
        self.notes = self._undetermined()
        self.kept = {name: codes for name, codes in terms.items() if name not in self.notes}

    def model(self) -> MixedModel:
        n, rank = self.basis.shape
        if n <= rank:
            return self._without_uncertainty(NO_ROWS_LEFT, None)
        scale = float(np.abs(self.y).max())
        if float(np.abs(self.rest).max()) <= ROUNDING * max(scale, np.finfo(float).tiny):
            return self._without_uncertainty(NO_VARIATION, 0.0)
        # the criterion does not change when values are scaled but for a constant, and rounding then is alike for all
        unit = math.sqrt(float(self.rest @ self.rest) / (n - rank))
        products = CrossProducts(self.basis, self.rest / unit, tuple(self.kept.values()))
        if self.kept and self._is_saturated(self.kept, unit):
            return self._saturated(self._without_idle(unit))
        theta = minimised(products)
        return self._model(products, theta, unit)

    def _undetermined(self) -> dict[str, str]:
        """Terms whose variance cannot be told from the rest, and why."""
        notes: dict[str, str] = {}
        seen: list[tuple[str, Codes]] = []
        for name, codes in self.terms.items():
            n_levels = int(codes.max()) + 1
            sums = np.column_stack([np.bincount(codes, column) for column in self.basis.T]) if self.basis.size else 0.0
            same = [other for other, known in seen if _same_partition(codes, known)]
            if n_levels == 1:
                notes[name] = "one level only"
            elif n_levels == codes.size:
                notes[name] = "every level holds one row only, so that it cannot be told from the residual"
            elif float(np.sum(np.square(sums))) >= codes.size * (1 - ROUNDING):
                notes[name] = "the fixed part holds all its levels"
            elif same:
                notes[name] = f"its levels are those of {same[0]!r}"
            else:
                seen.append((name, codes))
        return notes

    def _without_uncertainty(self, why: str, residual: float | None) -> MixedModel:
        p = len(self.names)
        known = residual is not None
        variances: dict[str, float | None] = dict.fromkeys(self.terms, 0.0 if known else None)
        return MixedModel(
            self.names,
            self._coefficients(self.start),
            np.zeros((p, p)) if known else None,
            variances,
            residual,
            None,
            self.y.size,
            is_singular=known and bool(self.terms),
            notes={} if known else dict.fromkeys(self.terms, why),
            why=why,
            covariance_gradient=np.zeros((0, p, p)),
            row_space=self.rows,
        )

    def _is_saturated(self, terms: dict[str, Codes], unit: float) -> bool:
        """Whether nothing is left of the values but the levels of these terms."""
        products = CrossProducts(self.basis, self.rest / unit, tuple(terms.values()))
        return bool(products.at(np.full(len(terms), LARGE_THETA)).rss < 1e-7 * (products.n - products.n_fixed))

    def _without_idle(self, unit: float) -> dict[str, Codes]:
        """The terms without those that explain nothing of saturated values; one within which another lies stays."""
        kept = dict(self.kept)
        for name, codes in self.kept.items():
            others = {other: known for other, known in kept.items() if other != name}
            is_outer = any(_is_within(known, codes) for known in others.values())
            if others and not is_outer and self._is_saturated(others, unit):
                kept = others
        return kept

    def _saturated(self, kept: dict[str, Codes]) -> MixedModel:
        """Rows of the same levels agree: each combination counts once, and the finest term is what varies."""
        key = np.column_stack([self.x, *kept.values()])
        first = np.sort(np.unique(key, axis=0, return_index=True)[1])
        finest = [name for name, codes in kept.items() if np.unique(codes[first]).size == first.size]
        if first.size == self.y.size or not finest:
            found = self._without_uncertainty(EXACT_SUM, None)
            return replace(found, residual=0.0)
        others = {name: np.unique(c[first], return_inverse=True)[1] for name, c in kept.items() if name != finest[0]}
        found = _Fit(self.y[first], self.x[first], self.names, others).model()
        variances: dict[str, float | None] = {name: None if name in self.notes else 0.0 for name in self.terms}
        variances |= {**found.variances, finest[0]: found.residual}
        return replace(
            found,
            variances=variances,
            residual=0.0,
            criterion=None,
            n=self.y.size,
            notes={**self.notes, **found.notes},
            parameters=tuple(name or finest[0] for name in found.parameters),
        )

    def _coefficients(self, of_basis: Array) -> Array:
        return np.asarray(self.rows @ (of_basis / self.sizes))

    def _model(self, products: CrossProducts, theta: Array, unit: float) -> MixedModel:
        profile = products.at(theta)
        n_free = products.n - products.n_fixed
        sigma2 = profile.rss / n_free
        back = self.rows / self.sizes
        covariance = back @ profile.fixed_inverse @ back.T * sigma2 * unit**2
        found = dict(zip(self.kept, (theta**2 * sigma2 * unit**2).tolist(), strict=True))
        free = [index for index, value in enumerate(theta) if value > 0]
        parameters, gradient = _uncertainty(products, theta, sigma2, free)
        names = list(self.kept)
        return MixedModel(
            self.names,
            self._coefficients(self.start + profile.fixed * unit),
            covariance,
            {name: found.get(name) for name in self.terms},
            sigma2 * unit**2,
            profile.criterion + 2 * float(np.log(self.sizes).sum()) + 2 * n_free * math.log(unit),
            products.n,
            is_singular=len(free) < len(theta),
            notes=self.notes,
            parameters=(*(names[index] for index in free), ""),
            parameter_covariance=parameters * unit**4,
            covariance_gradient=np.array([back @ part @ back.T for part in gradient]),
            row_space=self.rows,
        )


def _is_within(inner: Codes, outer: Codes) -> bool:
    """Whether each level of one term belongs to one level of another."""
    return bool(np.unique(inner * (int(outer.max()) + 1) + outer).size == inner.max() + 1)


def _same_partition(one: Codes, other: Codes) -> bool:
    return _is_within(one, other) and _is_within(other, one)


def minimised(products: CrossProducts) -> Array:
    """The θ (K,) at which the profiled criterion is least; exactly 0 for terms on the boundary."""
    from scipy import optimize  # noqa: PLC0415

    n_terms = products.n_terms
    if not n_terms:
        return np.zeros(0)

    def criterion(theta: Array) -> tuple[float, Array]:
        profile = products.at(theta)
        return profile.criterion, 2 * theta * profile.slopes

    def search(start: Array, open_terms: NDArray[np.bool_]) -> Array:
        bounds = [(0.0, None) if is_open else (0.0, 0.0) for is_open in open_terms]
        options = {"ftol": 1e-14, "gtol": 1e-6, "maxiter": 200}
        return np.asarray(
            optimize.minimize(criterion, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        )

    open_terms = np.ones(n_terms, dtype=bool)
    theta = search(products.start(), open_terms)
    for _ in range(2 * n_terms):
        # the criterion is even in θ, so that its slope in θ says nothing at 0: the slope in θ² does
        at_zero = np.where(theta < 0.05, 0.0, theta)
        moved = at_zero != theta
        if moved.any() and products.at(at_zero).criterion <= products.at(theta).criterion + 1e-7:
            theta = search(at_zero, at_zero > 0)
        profile = products.at(theta)
        leaving = (theta == 0) & (profile.slopes < -1e-7)
        if not leaving.any():
            break
        theta = search(np.where(leaving, 0.1, theta), (theta > 0) | leaving)
    return theta


def _uncertainty(products: CrossProducts, theta: Array, sigma2: float, free: list[int]) -> tuple[Array, Array]:
    """Covariance (J, J) of the free variances and the residual's; slopes (J, p, p) of the coefficients' in them."""
    tau = np.append(theta[free] ** 2 * sigma2, sigma2)

    def profile_at(variances: Array) -> Profile:
        ratios = np.zeros(theta.size)
        ratios[free] = np.sqrt(variances[:-1] / variances[-1])
        return products.at(ratios)

    def slopes(variances: Array) -> Array:
        return profile_at(variances).variance_slopes(variances[-1], free)

    hessian = np.empty((tau.size, tau.size))
    for index, value in enumerate(tau):
        step = np.zeros(tau.size)
        step[index] = STEP * value
        hessian[index] = (slopes(tau + step) - slopes(tau - step)) / (2 * STEP * value)
    # in units of each variance, so that what counts as a flat direction does not depend on their sizes
    scaled = (hessian + hessian.T) / 2 * np.outer(tau, tau)
    lengths, directions = np.linalg.eigh(scaled)
    known = lengths > 1e-8 * max(1.0, float(lengths.max()))
    inverse = (directions[:, known] / lengths[known]) @ directions[:, known].T
    return 2 * inverse * np.outer(tau, tau), products.at(theta).covariance_slopes(free)
