"""How reliable scores are: consistency of items (α, ω, split halves) and agreement of repeats (ICC).

Arrays are units × items, or situations × repeats, of shape (n, k), with NaN for what is missing. Units with anything
missing are left out first, and every n here is the n after that. Items that do not vary are left out too, and named
in ``why``. Coefficients are those of the sum of raw items, whose variances differ, not of standardised ones.

Sources: Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297-334.
Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient twenty.
Psychometrika, 30, 357-370. McDonald, R. P. (1999). Test theory. Erlbaum. McGraw, K. O., & Wong, S. P. (1996). Forming
inferences about some intraclass correlation coefficients. Psychological Methods, 1, 30-46. Hamada, M., & Weerahandi,
S. (2000). Measurement system assessment via generalized inference. Journal of Quality Technology, 32, 241-253.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate

Array = NDArray[np.float64]
ROUNDING = 1e-9
LEAST_UNITS = 3
LEAST_UNIQUENESS = 0.005
LEAST_LOG = math.log(LEAST_UNIQUENESS)
STEPS = 200
SETTLED = 1e-10
LONGEST_STEP = 2.0
MOST_SPLITS = 1000
DRAWS = 10_000
NEGATIVE = "the items covary negatively on average"
NO_SPREAD = "situations differ less than repeats of one do"


@dataclass(frozen=True)
class Intraclass:
    """Agreement of repeats on situations, two-way random, absolute: of one repeat, ICC(2,1), and of their mean, (2,k).

    ``n`` situations had all ``k`` repeats.
    """

    single: Estimate
    mean: Estimate
    n: int
    k: int


def cronbach_alpha(items: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Cronbach's α with Feldt's interval: (1 − α) / (1 − true α) is F with n − 1 and (n − 1)(k − 1) df.

    Exact where items are parallel and normal. α is negative, and ``why`` says so, where items covary negatively.
    """
    found = _Items.of(items, least_items=2)
    if isinstance(found, Estimate):
        return found
    covariance, n, k = found.covariance, found.n, found.k
    total = float(covariance.sum())
    if total <= ROUNDING * float(np.trace(covariance)):
        return Estimate.none("the sum of the items does not vary")
    alpha = k / (k - 1) * (1 - float(np.trace(covariance)) / total)
    tail, df = (1 - level) / 2, (n - 1, (n - 1) * (k - 1))
    low, high = (1 - (1 - alpha) * float(special.fdtri(*df, p)) for p in (1 - tail, tail))
    why = found.joined(NEGATIVE if alpha < 0 else None)
    return Estimate(alpha, low, high, level, why)


def mcdonald_omega(items: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """McDonald's ω total of one factor: (Σλ)² / ((Σλ)² + Σψ), loadings and uniquenesses by maximum likelihood.

    The interval is that of the delta method on the logit of ω, from the expected information of normal items.
    """
    found = _Items.of(items, least_items=3)
    if isinstance(found, Estimate):
        return found
    if found.n <= found.k:
        return Estimate.none(f"{found.n} units for {found.k} items: fewer than a factor needs")
    if float(found.covariance.sum() - np.trace(found.covariance)) <= 0:
        return Estimate.none(NEGATIVE)
    fitted = fit_one_factor(found.correlation)
    if fitted is None:
        return Estimate.none("no factor could be fitted: items are all but determined by each other")
    loadings, uniquenesses = fitted[0] * found.sds, fitted[1] * found.sds**2
    common, unique = float(loadings.sum()) ** 2, float(uniquenesses.sum())
    omega = common / (common + unique)
    error = _error_of_log_ratio(loadings, uniquenesses, found.n)
    if error is None:
        return Estimate(omega, level=level, why=found.joined("the information is singular: no interval"))
    quantile = float(special.stdtrit(found.n - 1, (1 + level) / 2))
    logit = math.log(common / unique)
    low, high = (float(special.expit(logit + sign * quantile * error)) for sign in (-1, 1))
    return Estimate(omega, low, high, level, found.joined(None))


def split_half(items: ArrayLike, *, seed: int = 0) -> Estimate:
    """The mean over splits of the items into halves of their correlation, stepped up by Spearman and Brown's formula.

    All splits where there are at most 1,000, else 1,000 random ones. No interval: α's is that of a mean split.
    """
    found = _Items.of(items, least_items=2)
    if isinstance(found, Estimate):
        return found
    halves = _halves(found.k, seed)
    covariance = found.covariance
    first, rest = halves @ covariance, (1 - halves) @ covariance
    variances = np.stack([(first * halves).sum(axis=1), (rest * (1 - halves)).sum(axis=1)])
    if variances.min() <= ROUNDING * float(np.trace(covariance)):
        return Estimate.none("the sum of a half does not vary")
    r = (first * (1 - halves)).sum(axis=1) / np.sqrt(variances.prod(axis=0))
    mean = float(r.mean())
    if mean <= 0:
        return Estimate.none(NEGATIVE)
    stepped = np.where(r > 0, 2 * r / (1 + np.abs(r)), r)
    return Estimate(float(stepped.mean()), why=found.joined("an interval is not given for split halves"))


def intraclass(scores: ArrayLike, *, level: float = LEVEL) -> Intraclass:
    """ICC(2,1) and ICC(2,k) of situations × repeats, shape (n, k).

    The intervals are generalised ones (Hamada & Weerahandi), from 10,000 draws with a fixed seed. The F-based interval
    of McGraw & Wong covers as well where n is at most 36, but only 84 to 90 % where 180 situations have 3 or 5 repeats
    that differ in level; these cover 93 to 97 % in all. ICC(2,k) has no value where ICC(2,1) is negative.
    """
    y = _complete(scores)
    n, k = y.shape
    why = _why_no_icc(y)
    if why:
        return Intraclass(Estimate.none(why), Estimate.none(why), n, k)
    rows, columns, error = squares = _mean_squares(y)
    single = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    mean = (rows - error) / (rows + (columns - error) / n)
    low, high = _interval_of_icc(squares, n, k, level)
    if single < 0:
        return Intraclass(Estimate(single, low, high, level, NO_SPREAD), Estimate.none(NO_SPREAD), n, k)
    below, above = (k * end / (1 + (k - 1) * end) for end in (low, high))
    return Intraclass(Estimate(single, low, high, level), Estimate(mean, below, above, level), n, k)


def _why_no_icc(y: Array) -> str | None:
    n, k = y.shape
    if n < LEAST_UNITS:
        return f"fewer than {LEAST_UNITS} situations with all repeats"
    if k < 2:
        return "fewer than two repeats"
    if np.ptp(y) <= ROUNDING * max(1.0, float(np.abs(y).max())):
        return "the scores do not vary"
    if np.ptp(y - y.mean(axis=1, keepdims=True)) <= ROUNDING * max(1.0, float(np.abs(y).max())):
        return "repeats do not differ at all"
    return None


def fit_one_factor(correlation: Array) -> tuple[Array, Array] | None:
    """Loadings and uniquenesses of one factor by maximum likelihood, each of shape (k,); null where it is not found.

    Newton's method on log uniquenesses (Jöreskog, 1967; Clarke, 1970), which are kept at log 0.005 or more, as in R's
    factanal; the loadings follow from them.
    """
    try:
        inverse = np.linalg.inv(correlation)
    except np.linalg.LinAlgError:
        return None
    start = (1 - 0.5 / correlation.shape[0]) / np.diag(inverse)
    if not (np.linalg.eigvalsh(correlation)[0] > ROUNDING and (start > 0).all()):
        return None
    x, at = np.log(np.maximum(start, LEAST_UNIQUENESS)), math.inf
    step = np.zeros_like(x)
    for _ in range(STEPS):
        there, slope, curvature, loadings = _profile(correlation, np.maximum(x + step, LEAST_LOG))
        if there > at + SETTLED and np.abs(step).max() > SETTLED:
            step = step / 2
            continue
        x, at = np.maximum(x + step, LEAST_LOG), there
        # a uniqueness at its bound stays there while the discrepancy falls beyond it
        free = (x > LEAST_LOG) | (slope < 0)
        if not free.any() or np.abs(slope[free]).max() < SETTLED:
            return loadings, np.exp(x)
        step = np.zeros_like(x)
        step[free] = -np.linalg.lstsq(curvature[np.ix_(free, free)], slope[free])[0]
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), ROUNDING))
    return None


def _profile(correlation: Array, x: Array) -> tuple[float, Array, Array, Array]:
    """The discrepancy at log uniquenesses x with the best loadings: value, slope, curvature, and the loadings."""
    roots = np.exp(x / 2)
    values, vectors = np.linalg.eigh(correlation / np.outer(roots, roots))
    top, first, rest, others = values[-1], vectors[:, -1], values[:-1], vectors[:, :-1]
    loadings = roots * first * math.sqrt(max(float(top) - 1, 0.0))
    loadings = loadings if loadings.sum() >= 0 else -loadings
    slope = np.square(others) @ (1 - rest)
    within = others @ others.T
    exact = ((others * rest) @ others.T) * within
    weights = (1 - rest) * (rest + top) / np.maximum(top - rest, ROUNDING)
    exact += ((others * weights) @ others.T) * np.outer(first, first)
    # far from the minimum the exact curvature may point the wrong way; its expectation does not
    curvature = exact if np.linalg.eigvalsh(exact)[0] > ROUNDING else within**2
    return float((rest - np.log(rest) - 1).sum()), slope, curvature, loadings


def _information(loadings: Array, uniquenesses: Array) -> Array:
    """The expected information of (λ, ψ) per unit, shape (2k, 2k), by the rank-one inverse of Σ = λλ' + ψ."""
    weighted = loadings / uniquenesses
    inverse = np.diag(1 / uniquenesses) - np.outer(weighted, weighted) / (1 + float(loadings @ weighted))
    turned = inverse @ loadings
    of_both = inverse * turned
    of_loadings = np.outer(turned, turned) + float(loadings @ turned) * inverse
    return np.block([[of_loadings, of_both], [of_both.T, inverse**2 / 2]])


def _error_of_log_ratio(loadings: Array, uniquenesses: Array, n: int) -> float | None:
    """Standard error of log(Σψ / (Σλ)²)."""
    k = loadings.size
    information = _information(loadings, uniquenesses)
    slope = np.concatenate([np.full(k, -2 / loadings.sum()), np.full(k, 1 / uniquenesses.sum())])
    try:
        variance = float(slope @ np.linalg.solve(information, slope)) / (n - 1)
    except np.linalg.LinAlgError:
        return None
    return math.sqrt(variance) if 0 < variance < math.inf else None


def _halves(k: int, seed: int) -> Array:
    """Which items are in the first half, 1 or 0, of shape (splits, k); the first half of odd k is the smaller."""
    size, is_even = k // 2, k % 2 == 0
    n_splits = math.comb(k, size) // (2 if is_even else 1)
    if n_splits <= MOST_SPLITS:
        # where k is even the splits come in pairs that mirror each other: those with the first item are half of them
        chosen = np.array(list(islice(combinations(range(k), size), n_splits)))
    else:
        chosen = np.argsort(np.random.default_rng(seed).random((MOST_SPLITS, k)), axis=1)[:, :size]
    halves = np.zeros((len(chosen), k))
    np.put_along_axis(halves, chosen, 1.0, axis=1)
    return halves


def _mean_squares(y: Array) -> tuple[float, float, float]:
    """Of rows, columns and what is left."""
    n, k = y.shape
    of_rows, of_columns = y.mean(axis=1, keepdims=True), y.mean(axis=0, keepdims=True)
    rest = y - of_rows - of_columns + y.mean()
    return (
        k * float(of_rows.var(ddof=1)),
        n * float(of_columns.var(ddof=1)),
        float(np.square(rest).sum()) / ((n - 1) * (k - 1)),
    )


def _interval_of_icc(squares: tuple[float, float, float], n: int, k: int, level: float) -> tuple[float, float]:
    """The interval of ICC(2,1): the coefficient over draws of what the three mean squares may be estimates of."""
    draws = np.random.default_rng(0)
    rows, columns, error = (
        square * df / draws.chisquare(df, DRAWS)
        for square, df in zip(squares, (n - 1, k - 1, (n - 1) * (k - 1)), strict=True)
    )
    of_rows, of_columns = (rows - error) / k, np.maximum(columns - error, 0) / n
    tail = (1 - level) / 2
    low, high = np.quantile(of_rows / (of_rows + of_columns + error), [tail, 1 - tail])
    return float(low), float(high)


def _complete(values: ArrayLike) -> Array:
    """The rows of a table without missing values."""
    table = np.asarray(values, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"an array of shape (units, items) is needed, not of {table.ndim} dimensions")
    found: Array = table[~np.isnan(table).any(axis=1)]
    return found


@dataclass(frozen=True)
class _Items:
    """The covariance of items that vary, and why others are not in it."""

    covariance: Array
    n: int
    left_out: str | None

    @classmethod
    def of(cls, items: ArrayLike, *, least_items: int) -> _Items | Estimate:
        table = _complete(items)
        n = table.shape[0]
        if n < LEAST_UNITS:
            return Estimate.none(f"fewer than {LEAST_UNITS} units with every item answered")
        constant = np.flatnonzero(np.ptp(table, axis=0) <= ROUNDING * np.maximum(1.0, np.abs(table).max(axis=0)))
        varying = np.delete(table, constant, axis=1)
        if varying.shape[1] < least_items:
            return Estimate.none(f"fewer than {least_items} items vary")
        one = "1 item does not vary and is left out"
        several = f"{constant.size} items do not vary and are left out"
        why = (None, one)[constant.size] if constant.size < 2 else several
        return cls(np.cov(varying, rowvar=False), n, why)

    @property
    def k(self) -> int:
        return int(self.covariance.shape[0])

    @property
    def sds(self) -> Array:
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def correlation(self) -> Array:
        found: Array = np.asarray(self.covariance / np.outer(self.sds, self.sds), dtype=float)
        return found

    def joined(self, why: str | None) -> str | None:
        """Both reasons, or the one that there is."""
        return "; ".join(reason for reason in (self.left_out, why) if reason) or None
