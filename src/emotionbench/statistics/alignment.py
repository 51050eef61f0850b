"""Alignment: how much of what tells people's changes apart, situation by situation, a respondent's changes share.

Let m be a respondent's true mean changes and h people's, over K factors and S subscales. With

    D = mean over factors of Σ (m − h)²        the squared distance between respondent and people
    V = mean over factors of Σ (h − h̄)²        the same for people's average change, given everywhere

alignment is 1 − D / V. It is 1 where the respondent's true changes are people's, 0 where it is as far from people as
the best answer that ignores the situation, and negative beyond.

What is observed is z = μ + error, μ = (m, h), with an estimated covariance Σ of the errors. A quadratic form z'Az has
expectation μ'Aμ + tr(AΣ); D and V are estimated without bias by subtracting tr(AΣ). The interval is Fieller's: every
ratio r for which D − r V, a quadratic form too, does not differ from 0. Its distribution there follows from its
cumulants 2^(k−1) (k−1)! [tr((AΣ)^k) + k μ'A(ΣA)^(k−1)μ] by Cornish and Fisher's expansion, with the μ nearest to what
is observed that has D = r V.

Sources: Searle, S. R. (1971). Linear Models, section 2.5 (cumulants of quadratic forms). Fieller, E. C. (1954). Some
problems in interval estimation. Journal of the Royal Statistical Society B, 16, 175-185. Cornish, E. A. & Fisher, R. A.
(1938). Moments and cumulants in the specification of distributions. Revue de l'Institut International de Statistique,
5, 307-320.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate

Array = NDArray[np.float64]
LEAST_FACTORS = 3
SMALLEST_STEP, FARTHEST_RATIO, TOLERANCE = 1e-2, 1e5, 1e-4
TINY = 1e-12
LEAST_QUANTILE = 0.5
"""The expansion can turn a strongly skewed tail inside out; an interval is never narrower than so many deviations."""


def alignment(
    changes: ArrayLike,
    people: ArrayLike,
    errors: ArrayLike,
    *,
    df: tuple[float, float] = (math.inf, math.inf),
    level: float = LEVEL,
) -> Estimate:
    """Estimate alignment with its confidence interval.

    Parameters
    ----------
    changes, people
        Mean changes in raw points, shape (K, S): factors × subscales.
    errors
        Covariance of the sampling errors of ``changes`` and ``people``, each flattened row by row: shape (2KS, 2KS).
    df
        Degrees of freedom that the variances in ``errors`` of either side were estimated with; infinite where known.
        What is subtracted for noise is uncertain itself where they are few.

    An end of the interval is null where it is open: people's changes then do not differ reliably between the factors.
    """
    m, h = np.asarray(changes, dtype=float), np.asarray(people, dtype=float)
    if m.shape[0] < LEAST_FACTORS:
        return Estimate.none(f"fewer than {LEAST_FACTORS} factors that people imagined too")
    forms = _Forms(m, h, np.asarray(errors, dtype=float), df)
    if not forms.v > 0:
        return Estimate.none("people's changes do not differ between these factors beyond chance")
    ratio = forms.d / forms.v
    critical = float(special.ndtri((1 + level) / 2))
    high, low = (forms.end(ratio, critical, side) for side in (-1, 1))
    if low is None and high is None:
        return Estimate.none("people's changes hardly differ between these factors beyond chance")
    open_ends = "the interval is open: people's changes hardly differ between these factors beyond chance"
    return Estimate(
        1 - ratio,
        None if low is None else 1 - low,
        None if high is None else 1 - high,
        level,
        open_ends if low is None or high is None else None,
    )


class _Forms:
    """D and V as quadratic forms of what was observed."""

    def __init__(self, m: Array, h: Array, errors: Array, df: tuple[float, float]) -> None:
        n_factors, n_subscales = m.shape
        size = n_factors * n_subscales
        unit, nothing = np.eye(size), np.zeros((size, size))
        centre = np.kron(np.eye(n_factors) - 1 / n_factors, np.eye(n_subscales))
        self.of_d = np.block([[unit, -unit], [-unit, unit]]) / n_factors @ errors
        self.of_v = np.block([[nothing, nothing], [nothing, centre]]) / n_factors @ errors
        both = self.of_d @ self.of_v + self.of_v @ self.of_d
        self.squares = (self.of_d @ self.of_d, both, self.of_v @ self.of_v)
        self.gaps, self.h, self.errors, self.n_factors = m - h, h, errors, n_factors
        self.spread = h - h.mean(axis=0)
        self.d = float(np.sum(self.gaps**2) / n_factors - np.trace(self.of_d))
        self.v = float(np.sum(self.spread**2) / n_factors - np.trace(self.of_v))
        self._split(m, errors[:size, :size], errors[:size, size:], centre)
        self._weigh_noise(errors[:size, :size], errors[:size, size:], errors[size:, size:], df)

    def _weigh_noise(self, own: Array, shared: Array, people: Array, df: tuple[float, float]) -> None:
        """What is subtracted for noise, by subscale: in D for either side, and in V; and how sure that is."""
        own_noise, shared_noise, self.people_noise = (
            np.diag(block).reshape(self.gaps.shape).sum(axis=0) / self.n_factors for block in (own, shared, people)
        )
        # what both sides share is estimated from their differences, with the respondent's degrees of freedom
        self.is_shared = bool(shared_noise.any())
        self.own_noise = own_noise - 2 * shared_noise + self.people_noise if self.is_shared else own_noise
        self.df = df

    def _of_noise(self, ratio: float) -> float:
        """The variance of what is subtracted for noise in D − ratio × V: each estimate's is 2 / df of its square."""
        of_v = ratio * (1 - 1 / self.n_factors)
        of_people = self.people_noise * (of_v if self.is_shared else 1 - of_v)
        return float(np.sum(2 * self.own_noise**2 / self.df[0] + 2 * of_people**2 / self.df[1]))

    def _split(self, m: Array, own_errors: Array, shared_errors: Array, centre: Array) -> None:
        """What m is made of: an offset from people's average, a share of people's spread, and what is like neither."""
        n_factors, n_subscales = self.h.shape
        offset = self.gaps.mean(axis=0)
        average = np.kron(np.ones((1, n_factors)), np.eye(n_subscales)) / n_factors
        between = np.hstack([average, -average])
        noise = np.diag(between @ self.errors @ between.T)
        self.offset = np.sign(offset) * np.sqrt(np.maximum(offset**2 - noise, 0))
        self.offset_noise = float(noise.sum())
        self.lacking = float(np.sum(np.minimum(offset**2 - noise, 0) * noise))
        apart = m - m.mean(axis=0)
        along = float(np.sum(apart * self.spread) / n_factors - np.trace(centre @ shared_errors) / n_factors)
        own = float(np.sum(apart**2) / n_factors - np.trace(centre @ own_errors) / n_factors)
        self.share = along / self.v if self.v > 0 else 0.0
        self.of_rest = max(own - self.share * along, 0.0)
        rest = apart - self.spread * float(np.sum(apart * self.spread) / max(np.sum(self.spread**2), TINY))
        self.rest = rest / max(math.sqrt(float(np.sum(rest**2) / n_factors)), TINY)

    def end(self, ratio: float, critical: float, side: int) -> float | None:
        """The ratio on one side of the estimate at which D − r V just differs from 0; null where there is none."""
        step = SMALLEST_STEP
        while not self._differs(ratio + side * step, critical):
            step *= 2
            if step > FARTHEST_RATIO:
                return None
        inside, outside = ratio + side * step / 2, ratio + side * step
        if step == SMALLEST_STEP:
            inside = ratio
        while abs(outside - inside) > TOLERANCE * max(1.0, abs(ratio)):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if self._differs(middle, critical) else (middle, outside)
        return (inside + outside) / 2

    def _differs(self, ratio: float, critical: float) -> bool:
        """Whether D − ratio × V lies outside the middle of its distribution, were it 0."""
        gap = self.d - ratio * self.v
        second, third, fourth = self._cumulants(ratio)
        if second <= 0:
            return gap != 0
        scale = math.sqrt(second)
        skewness, kurtosis = third / scale**3, fourth / second**2
        z = math.copysign(critical, gap)
        quantile = (
            z + (z**2 - 1) * skewness / 6 + (z**3 - 3 * z) * kurtosis / 24 - (2 * z**3 - 5 * z) * skewness**2 / 36
        )
        return abs(gap) > scale * max(abs(quantile), LEAST_QUANTILE)

    def _cumulants(self, ratio: float) -> tuple[float, float, float]:
        """The second to fourth cumulant of D − ratio × V where the true ratio is this one."""
        mean = self._mean(ratio)
        once = self.of_d - ratio * self.of_v
        # its square, from products that were made once
        twice = self.squares[0] - ratio * self.squares[1] + ratio**2 * self.squares[2]
        turned = self._turned(ratio, mean)
        carried = self.errors @ turned
        again = self.errors @ (once @ turned)
        # an offset smaller than its noise is supposed to be none, which overstates the variance on average; most of the
        # excess comes off, since all of it would understate where D is small (both by simulation)
        relief = 3 * self.lacking * min(1.0, max(ratio, 0.0) * self.v / max(self.offset_noise, TINY))
        noise = float(np.trace(twice))
        second = 2 * noise + 4 * float(turned @ carried) + max(relief, -noise) + self._of_noise(ratio)
        third = 8 * float(np.sum(twice * once.T)) + 24 * float(turned @ again)
        fourth = 48 * float(np.sum(twice * twice.T)) + 192 * float((once @ turned) @ again)
        return second, third, fourth

    def _turned(self, ratio: float, mean: Array) -> Array:
        """Aμ of D − ratio × V."""
        size = mean.size // 2
        shape = self.gaps.shape
        own, people = mean[:size].reshape(shape), mean[size:].reshape(shape)
        apart, centred = own - people, people - people.mean(axis=0)
        turned = np.concatenate([apart.ravel(), (-apart - ratio * centred).ravel()])
        return np.asarray(turned / self.n_factors)

    def _mean(self, ratio: float) -> Array:
        """The true (m, h) supposed at this ratio: the observed, drawn in until V is as estimated and D is ratio × V."""
        raw = float(np.sum(self.spread**2) / self.n_factors)
        people = self.spread * math.sqrt(self.v / raw)
        wanted = max(ratio * self.v, 0.0)
        of_offset = min(float(np.sum(self.offset**2)), wanted)
        of_rest = min(self.of_rest, wanted - of_offset)
        distance = math.sqrt((wanted - of_offset - of_rest) / self.v)
        share = 1 - math.copysign(distance, 1 - self.share)
        shrunk = math.sqrt(of_offset / max(float(np.sum(self.offset**2)), TINY))
        own = share * people + self.offset * shrunk + self.rest * math.sqrt(of_rest)
        return np.concatenate([own.ravel(), people.ravel()])
