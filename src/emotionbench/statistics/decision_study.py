"""The decision study: how wide an interval a design gives, and which design gives the one that is wanted.

The change of a row is the mean over its F factors of the means of their situations, less the mean of the baseline. With
S situations a factor, each put R times, and B baselines its variance is

    (σ²_situation + σ²_repeat-level / R) / (F S) + σ²_baseline / B,

where σ²_repeat-level is all that varies from one repeat of a situation to the next, and its interval is Student's t
with Satterthwaite's degrees of freedom, P (S − 1) of the situations and B − 1 of the baseline: the interval that
``contrasts.difference`` of ``contrasts.stratified_mean`` will have. P is the number of factors over which the variance
of situations is pooled, S situations of each: those of an emotion for the row of one of its factors, the row's own
otherwise (over several pools of one variance Satterthwaite's degrees of freedom come to the same, F (S − 1)). Where
before and after share a session there is no baseline term, and an administration is both. A half-width is that of the
interval at the true components; what a study then gets varies around it.

Sources: Brennan, R. L. (2001). Generalizability theory. Springer, chapters 1 and 3. Satterthwaite, F. E. (1946). An
approximate distribution of estimates of variance components. Biometrics Bulletin, 2, 110-114.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.estimate import LEVEL
from emotionbench.statistics.generalizability import ONE_REPEAT, VarianceComponents

Array = NDArray[np.float64]
Counts = NDArray[np.intp]
SITUATIONS_AT_MOST = 10_000
BASELINES_AT_MOST = 100_000
CANDIDATES = 100
ADMINISTRATIONS_AT_MOST = 1_000_000
NO_SITUATIONS_APART = "one situation a factor, so that nothing says how situations vary"


@dataclass(frozen=True)
class Plan:
    """A design and the half-width (raw points) of the interval it gives; null where ``why`` says so.

    ``n_situations`` are those of each of ``n_factors`` factors; ``n_administrations`` are all of the row, baselines
    among them (where before and after share a session, both). The half-width supposes as many situations of each of
    ``n_pooled`` factors, over which the variance of situations is pooled; administrations of those beyond ``n_factors``
    belong to other rows and are not counted here.
    """

    half_width: float | None
    n_situations: int | None = None
    n_repeats: int | None = None
    n_baseline: int | None = None
    n_factors: int = 1
    n_administrations: int | None = None
    df: float | None = None
    level: float = LEVEL
    why: str | None = None
    n_pooled: int = 1


def half_width(
    components: VarianceComponents,
    n_situations: int,
    n_repeats: int,
    n_baseline: int,
    *,
    n_factors: int = 1,
    n_pooled: int | None = None,
    level: float = LEVEL,
) -> Plan:
    """The plan of this design with its half-width; ``n_baseline`` is ignored where components are of paired changes.

    ``n_pooled`` factors share the variance of situations, the row's ``n_factors`` among them; these alone where it is
    not given.
    """
    _check(level, n_situations=n_situations, n_repeats=n_repeats)
    row = _Row.of(n_factors, n_pooled, level)
    parts = _Parts.of(components, n_repeats)
    if isinstance(parts, str):
        return row.no_plan(parts, n_situations, n_repeats, n_baseline)
    if n_situations < 2:
        return row.no_plan(NO_SITUATIONS_APART, n_situations, n_repeats, n_baseline)
    if not parts.is_paired and n_baseline < 2:
        return row.no_plan("fewer than two baselines", n_situations, n_repeats, n_baseline)
    margin, df = parts.margins(n_situations, n_repeats, n_baseline, row)
    before = n_situations * n_repeats * n_factors if parts.is_paired else n_baseline
    return Plan(
        half_width=float(margin),
        n_situations=n_situations,
        n_repeats=n_repeats,
        n_baseline=before,
        n_administrations=n_situations * n_repeats * n_factors + before,
        df=float(df),
        **row._asdict(),
    )


def needed_situations(
    components: VarianceComponents,
    wanted: float,
    n_repeats: int,
    n_baseline: int | None = None,
    *,
    n_factors: int = 1,
    n_pooled: int | None = None,
    max_situations: int | None = None,
    level: float = LEVEL,
) -> Plan:
    """The plan of fewest administrations whose half-width is at most ``wanted``, with ``n_repeats`` of each situation.

    With ``n_baseline`` the fewest situations that do; without it, baselines are chosen as well. ``max_situations`` are
    those available for each factor; ``n_pooled`` as in ``half_width``. Without such a plan there is a ``why``.
    """
    _check(level, n_repeats=n_repeats)
    row = _Row.of(n_factors, n_pooled, level)
    if not np.isfinite(wanted) or wanted <= 0:
        raise ValueError(f"a half-width of {wanted} points is not above 0")
    parts = _Parts.of(components, n_repeats)
    if isinstance(parts, str):
        return row.no_plan(parts, None, n_repeats, n_baseline)
    search = _Search(parts, n_repeats, row, wanted)
    most = min(max_situations or SITUATIONS_AT_MOST, SITUATIONS_AT_MOST)
    found = search.fewest(most, n_baseline)
    if found is None:
        return row.no_plan(_why_not(max_situations, n_baseline), None, n_repeats, n_baseline)
    return half_width(components, found[0], n_repeats, found[1], **row._asdict())


def best_split(
    components: VarianceComponents,
    n_administrations: int,
    *,
    n_factors: int = 1,
    n_pooled: int | None = None,
    max_situations: int | None = None,
    max_repeats: int | None = None,
    level: float = LEVEL,
) -> Plan:
    """The plan of at most ``n_administrations`` with the narrowest interval: situations, repeats and baselines.

    ``n_pooled`` as in ``half_width``.
    """
    _check(level, n_administrations=n_administrations)
    row = _Row.of(n_factors, n_pooled, level)
    if n_administrations > ADMINISTRATIONS_AT_MOST:
        raise ValueError(f"more than {ADMINISTRATIONS_AT_MOST} administrations")
    repeats_known = _Parts.of(components, 2)
    parts = _Parts.of(components, 1)
    if isinstance(parts, str):
        return replace(row.no_plan(parts), n_administrations=n_administrations)
    unit = n_factors * (2 if parts.is_paired else 1)
    baseline = 0 if parts.is_paired else 2
    room = (n_administrations - baseline) // unit
    if room < 2:
        why = f"too few administrations: two situations of each of {n_factors} factors and two baselines need more"
        return replace(row.no_plan(why), n_administrations=n_administrations)
    most_repeats = 1 if isinstance(repeats_known, str) else max_repeats or room
    situations, repeats = _splits(room, min(max_situations or room, room), most_repeats)
    if not situations.size:
        return row.no_plan(NO_SITUATIONS_APART)
    left = n_administrations - situations * repeats * unit
    margins, _ = parts.margins(situations, repeats, left, row)
    best = int(np.argmin(margins))
    n_baseline = 0 if parts.is_paired else int(left[best])
    return half_width(components, int(situations[best]), int(repeats[best]), n_baseline, **row._asdict())


def _splits(room: int, most_situations: int, most_repeats: int) -> tuple[Counts, Counts]:
    """Situations and repeats worth trying.

    At the same cost more situations always beat more repeats, so that repeats are only tried where situations run out.
    """
    one = np.arange(2, most_situations + 1)
    few = np.arange(max(2, most_situations - 20), most_situations + 1)
    pairs = [(one, np.ones_like(one))]
    for s in few.tolist():
        repeats = np.arange(2, min(room // s, most_repeats) + 1)
        pairs.append((np.full(repeats.size, s), repeats))
    return np.concatenate([s for s, _ in pairs]), np.concatenate([r for _, r in pairs])


class _Row(NamedTuple):
    """The row that is planned: its factors, those that share its variance of situations, its interval's level."""

    n_factors: int
    n_pooled: int
    level: float

    @classmethod
    def of(cls, n_factors: int, n_pooled: int | None, level: float) -> _Row:
        _check(level, n_factors=n_factors)
        if n_pooled is not None and n_pooled < n_factors:
            raise ValueError(f"n_pooled {n_pooled} leaves out some of the row's {n_factors} factors")
        return cls(n_factors, n_factors if n_pooled is None else n_pooled, level)

    def no_plan(
        self, why: str, n_situations: int | None = None, n_repeats: int | None = None, n_baseline: int | None = None
    ) -> Plan:
        return Plan(None, n_situations, n_repeats, n_baseline, why=why, **self._asdict())


@dataclass(frozen=True)
class _Parts:
    """What a design needs of the components."""

    situation: float
    repeat_level: float
    baseline: float
    is_paired: bool

    @classmethod
    def of(cls, components: VarianceComponents, n_repeats: int) -> _Parts | str:
        """The variances; or why they are not known for so many repeats."""
        situation, level = components.situation.variance, components.repeat_level
        if level is None:
            return components.residual.variance.why or "the residual cannot be estimated"
        if situation.value is None and (situation.why != ONE_REPEAT or n_repeats > 1):
            return situation.why or "the variance of situations cannot be estimated"
        baseline = components.baseline.variance if components.baseline else None
        if baseline is not None and baseline.value is None:
            return f"baseline: {baseline.why}"
        return cls(situation.value or 0.0, level, (baseline.value if baseline else None) or 0.0, baseline is None)

    def margins(
        self, n_situations: ArrayLike, n_repeats: ArrayLike, n_baseline: ArrayLike, row: _Row
    ) -> tuple[Array, Array]:
        """Half-widths and degrees of freedom of designs, arrays of one shape."""
        s, r, b = (np.asarray(part, dtype=float) for part in (n_situations, n_repeats, n_baseline))
        evoked = (self.situation + self.repeat_level / r) / (row.n_factors * s)
        used = evoked**2 / (row.n_pooled * (s - 1))
        variance = evoked
        if not self.is_paired:
            before = self.baseline / b
            variance, used = evoked + before, used + before**2 / (b - 1)
        df = np.where(used > 0, variance**2 / np.where(used > 0, used, 1.0), row.n_pooled * (s - 1))
        return np.asarray(special.stdtrit(df, (1 + row.level) / 2) * np.sqrt(variance)), np.asarray(df)

    def of_situations(self, n_repeats: int) -> float:
        """The variance of a situation's mean."""
        return self.situation + self.repeat_level / n_repeats


@dataclass(frozen=True)
class _Search:
    """Designs that give a wanted half-width."""

    parts: _Parts
    n_repeats: int
    row: _Row
    wanted: float

    def suffices(self, situations: Counts, baselines: Counts) -> NDArray[np.bool_]:
        """Whether designs are narrow enough."""
        margins, _ = self.parts.margins(situations, self.n_repeats, baselines, self.row)
        return np.asarray(margins <= self.wanted)

    def fewest(self, most: int, n_baseline: int | None) -> tuple[int, int] | None:
        """Situations a factor and baselines of the design of fewest administrations."""
        situations = np.arange(2, most + 1)
        given = 2 if self.parts.is_paired else BASELINES_AT_MOST if n_baseline is None else max(n_baseline, 2)
        usable = situations[self.suffices(situations, np.full(situations.size, given))]
        if not usable.size:
            return None
        if self.parts.is_paired or n_baseline is not None:
            return int(usable[0]), given
        # with variances a / s and σ² / b and costs c s + b, the best s is the least possible times 1 + √(σ² / (a c))
        ratio = self.n_repeats * self.parts.of_situations(self.n_repeats)
        beyond = 1 + math.sqrt(self.parts.baseline / ratio) if ratio > 0 else 1.0
        usable = usable[usable <= 2 * usable[0] * beyond + 10]
        step = max(1, usable.size // CANDIDATES)
        s, b = self._cheapest(usable[::step])
        near = usable[np.abs(usable - s) < step]
        return (s, b) if step == 1 else self._cheapest(near)

    def _cheapest(self, situations: Counts) -> tuple[int, int]:
        low, high = np.full(situations.size, 2), np.full(situations.size, BASELINES_AT_MOST)
        for _ in range(math.ceil(math.log2(BASELINES_AT_MOST)) + 1):
            middle = (low + high) // 2
            enough = self.suffices(situations, middle)
            low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
        best = int(np.argmin(situations * self.n_repeats * self.row.n_factors + high))
        return int(situations[best]), int(high[best])


def _why_not(max_situations: int | None, n_baseline: int | None) -> str:
    situations = f"{max_situations} situations a factor" if max_situations else "any number of situations"
    baselines = "" if n_baseline is None else f" and {n_baseline} baselines"
    return f"not reached with {situations}{baselines}"


def _check(level: float, **counts: int) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, not {count}")
