"""One level of a way of asking against the rest, adjusted for the other ways, and how far a way moves scores at most.

The unit is the form: repeats of one are averaged first, since they are not independent. Adjusted figures come from the
linear model of all main effects, in which every level of the other ways counts alike, however often it was put. Since
scores may vary more at one level than at another, errors are HC2 (MacKinnon & White, 1985), with the degrees of freedom
of Bell & McCaffrey (2002), as CR2 has them where every unit is its own cluster. Hedges' g of an adjusted difference is
in standard deviations of what the ways leave over; that of the plain one is in standard deviations of the scores.

The gap of a way is between its highest and its lowest adjusted level. That these two were picked is allowed for: its
interval comes from those of all pairs of levels together (Bonferroni), and holds for the largest true difference.

Sources: MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with
improved finite sample properties. Journal of Econometrics, 29, 305-325. Bell, R. M., & McCaffrey, D. F. (2002). Bias
reduction in standard errors for linear regression with multi-stage samples. Survey Methodology, 28, 169-181.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.adjustment import benjamini_hochberg, holm
from emotionbench.statistics.contrasts import Contrast, t_contrast, welch_t
from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.ways_design import Design

Array = NDArray[np.float64]
ROUNDING = 1e-9
MINIMUM = 2
MANY_FORMS = 5000
"""From here on residuals count as uncorrelated in the degrees of freedom, which then are some hundreds and more."""
ADJUSTED = "t of the linear model, HC2"
UNDETERMINED = "it cannot be told apart from other ways"
LONELY = "a level rests on forms that nothing can be compared with"
NOTHING_LEFT = "the ways leave nothing over, so that there is no error to test against"
NO_FORMS_LEFT = "no more forms than effects, so that nothing says how forms vary"


@dataclass(frozen=True)
class LevelMean:
    """The mean of a level, in points: adjusted for the other ways, and plain; over ``n_forms`` forms."""

    way: str
    level: str
    n_forms: int
    mean: Estimate
    plain: float


@dataclass(frozen=True)
class LevelContrast:
    """One level − the mean of the other levels of its way (adjusted), or − all other forms (plain), in points.

    ``p_holm`` and ``p_bh`` adjust over all levels of all ways, adjusted and plain contrasts apart.
    """

    way: str
    level: str
    n_forms: int
    n_rest: int
    adjusted: Contrast
    plain: Contrast


@dataclass(frozen=True)
class Gap:
    """The difference of the highest and the lowest adjusted level of a way, in points.

    The interval holds for the largest difference of any two of the ``n_levels`` levels, whichever they truly are.
    """

    way: str
    n_levels: int
    lowest: str | None
    highest: str | None
    gap: Estimate


@dataclass(frozen=True)
class LevelFindings:
    """All levels of all ways: means, contrasts (of two-level ways only the second level's), and gaps by way."""

    means: tuple[LevelMean, ...]
    contrasts: tuple[LevelContrast, ...]
    gaps: tuple[Gap, ...]
    n_forms: int

    def gap(self, way: str) -> Gap:
        """That of one way; a KeyError where there is none."""
        return {found.way: found for found in self.gaps}[way]


def level_findings(
    scores: ArrayLike, ways: Mapping[str, ArrayLike], *, family: str | None = None, level: float = LEVEL
) -> LevelFindings:
    """Compare the levels of every way.

    Parameters
    ----------
    scores
        One score per form, shape (F,), without missing values.
    ways
        Way of asking → the level of each form, shape (F,).
    family
        What the tests that are adjusted together are called.

    Raises
    ------
    ValueError
        For missing scores or shapes that do not fit.
    """
    y = np.asarray(scores, dtype=float)
    if y.ndim != 1 or not y.size or not np.isfinite(y).all():
        raise ValueError("scores must be one-dimensional, not empty and not missing")
    labels = {way: np.asarray(column).astype(np.str_) for way, column in ways.items()}
    for way, column in labels.items():
        if column.shape != y.shape:
            raise ValueError(f"{column.size} levels of {way!r} for {y.size} scores; each form needs its own")
    fit = _Fit(y, Design(labels, counts=np.ones(y.size)), level)
    contrasts = [found for way in labels for found in fit.contrasts(way)]
    return LevelFindings(
        means=tuple(found for way in labels for found in fit.means(way)),
        contrasts=_adjusted(contrasts, family),
        gaps=tuple(fit.gap(way) for way in labels),
        n_forms=y.size,
    )


def _adjusted(contrasts: list[LevelContrast], family: str | None) -> tuple[LevelContrast, ...]:
    """Holm's and Benjamini and Hochberg's p over all contrasts, adjusted and plain ones apart."""

    def over(found: list[Contrast]) -> Iterator[Contrast]:
        p_values = [one.p for one in found]
        n_tests = sum(p is not None for p in p_values)
        for one, p_holm, p_bh in zip(found, holm(p_values), benjamini_hochberg(p_values), strict=True):
            yield replace(one, family=family, n_tests=n_tests, p_holm=p_holm, p_bh=p_bh)

    both = zip(over([one.adjusted for one in contrasts]), over([one.plain for one in contrasts]), strict=True)
    return tuple(
        replace(one, adjusted=adjusted, plain=plain) for one, (adjusted, plain) in zip(contrasts, both, strict=True)
    )


class _Fit:
    """The linear model of one set of forms; sums of its coefficients are sums of scores with weights."""

    def __init__(self, y: Array, design: Design, level: float) -> None:
        self.y, self.design, self.level = y, design, level
        basis = design.basis
        self.leverage = np.sum(basis**2, axis=1)
        self.rest = y - basis @ (basis.T @ y)
        self.df = y.size - design.rank
        square = float(self.rest @ self.rest)
        size = max(1.0, float(np.abs(y).max()))
        self.why: str | None = None
        if self.df <= 0:
            self.why = NO_FORMS_LEFT
        elif square <= (ROUNDING * size) ** 2 * y.size:
            self.why = NOTHING_LEFT
        self.sd = math.sqrt(square / self.df) if self.why is None else 0.0

    def means(self, way: str) -> Iterator[LevelMean]:
        codes, names = self.design.codes[way], self.design.levels[way]
        for index, name in enumerate(names):
            chosen = codes == index
            found = self._contrast(self._of_level(way, index), n=int(chosen.sum()))
            mean = Estimate(found.difference, found.low, found.high, self.level, found.note)
            yield LevelMean(way, name, int(chosen.sum()), mean, float(self.y[chosen].mean()))

    def contrasts(self, way: str) -> Iterator[LevelContrast]:
        codes, names = self.design.codes[way], self.design.levels[way]
        if len(names) < MINIMUM:
            return
        for index in range(1 if len(names) == MINIMUM else 0, len(names)):
            chosen = codes == index
            weights = np.full(len(names), -1 / (len(names) - 1))
            weights[index] = 1.0
            adjusted = self._contrast(self._among(way, weights), n=int(chosen.sum()))
            plain = welch_t(self.y[~chosen], self.y[chosen])
            n_forms, n_rest = int(chosen.sum()), int((~chosen).sum())
            yield LevelContrast(way, names[index], n_forms, n_rest, adjusted, plain)

    def gap(self, way: str) -> Gap:
        names = self.design.levels[way]
        pairs = list(combinations(range(len(names)), 2))
        if not pairs:
            return Gap(way, len(names), None, None, Estimate.none("one level only"))
        level = 1 - (1 - self.level) / len(pairs)
        found = []
        for low, high in pairs:
            weights = np.zeros(len(names))
            weights[low], weights[high] = -1.0, 1.0
            found.append(self._contrast(self._among(way, weights), level=level))
        known = [
            (abs(one.difference), one, pair)
            for one, pair in zip(found, pairs, strict=True)
            if one.difference is not None
        ]
        if len(known) < len(pairs):
            why = next((one.note for one in found if one.difference is None), None)
            return Gap(way, len(names), None, None, Estimate.none(why or UNDETERMINED))
        value, widest, pair = max(known, key=lambda one: one[0])
        lowest, highest = pair if (widest.difference or 0.0) >= 0 else pair[::-1]
        return Gap(way, len(names), names[lowest], names[highest], self._over_pairs(value, found))

    def _over_pairs(self, value: float, found: list[Contrast]) -> Estimate:
        """The interval of the largest true difference from those of all pairs, which hold together."""
        ends = [(one.low, one.high) for one in found if one.low is not None and one.high is not None]
        if len(ends) < len(found):
            return Estimate(value, level=self.level, why=next(one.note for one in found if one.low is None))
        low = max(max(low, -high, 0.0) for low, high in ends)
        return Estimate(value, low, max(max(-low, high) for low, high in ends), self.level)

    def _among(self, way: str, weights: Array) -> Array:
        """Coefficients' weights for a sum over the levels of one way."""
        found = np.zeros(self.design.x.shape[1])
        found[self.design.places[way]] = weights
        return found

    def _of_level(self, way: str, index: int) -> Array:
        """Coefficients' weights for the mean of a level over the levels of all other ways, each counted alike."""
        found = np.zeros(self.design.x.shape[1])
        for other, place in self.design.places.items():
            found[place] = 1.0 / (place.stop - place.start) if other != way else 0.0
        found[self.design.places[way].start + index] = 1.0
        return found

    def _contrast(self, weights: Array, *, n: int | None = None, level: float | None = None) -> Contrast:
        """A sum of coefficients with its HC2 error; null with the reason where the forms do not determine it."""
        rows = self.design.rows
        if np.abs(weights - rows @ (rows.T @ weights)).max() > 1e-7:
            return Contrast(None, ADJUSTED, note=UNDETERMINED, n=n)
        of_scores = self.design.basis @ ((rows.T @ weights) / self.design.sizes)
        value = float(of_scores @ self.y)
        if self.why is not None:
            return Contrast(value, ADJUSTED, note=self.why, n=n)
        used = np.abs(of_scores) > ROUNDING * float(np.abs(of_scores).max())
        if (used & (self.leverage > 1 - 1e-7)).any():
            return Contrast(value, ADJUSTED, note=LONELY, n=n)
        error, df = self._error(np.where(used, of_scores, 0.0))
        if not error > 0:
            return Contrast(value, ADJUSTED, note=NOTHING_LEFT, n=n)
        found = t_contrast(ADJUSTED, value, error, df, {"hedges_g": self.sd} if level is None else None)
        confidence = self.level if level is None else level
        margin = float(special.stdtrit(df, (1 + confidence) / 2)) * error
        return replace(found, n=n, low=value - margin, high=value + margin)

    def _error(self, of_scores: Array) -> tuple[float, float]:
        """HC2 standard error of Σ weights × scores, and Bell and McCaffrey's degrees of freedom."""
        free = np.where(of_scores == 0, 1.0, 1 - self.leverage)
        scaled = of_scores**2 / free
        variance = float(scaled @ self.rest**2)
        if self.y.size > MANY_FORMS:
            squares = float(np.sum(of_scores**4))
        else:
            inner = (self.design.basis * scaled[:, None]).T @ self.design.basis
            squares = float(scaled**2 @ (1 - 2 * self.leverage)) + float(np.sum(inner**2))
        return math.sqrt(variance), float(np.sum(of_scores**2)) ** 2 / squares if squares > 0 else 1.0
