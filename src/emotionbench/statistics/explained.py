"""How much of the variance of scores each way of asking explains.

A linear model of scores with the main effects of the ways (template, language, …) and the named interactions of two.
Each term has its sum of squares of type II: what it adds to all terms that do not contain it (Langsrud, 2003), so that
designs need not be balanced. What the terms leave is split, where forms were repeated, into what forms still differ by
(all other interactions of the ways) and what one form differs by from repeat to repeat (pure error). Terms are tested
against the former, since repeats of one form are not independent of each other.

ω² is the share of the variance of a single score, (SS − df × MS) / (SS total + MS) with the forms' mean square, and 0
rather than less. Its interval joins the noncentral F's limits of the term with those of all other terms and of the
repeats (MOVER for a ratio, Donner & Zou, 2012); the partial ω² has the noncentral F's interval alone (Steiger, 2004).
By simulation at 95 %, grids and fractions of 60 to 200 forms with shares between 0 and 60 %, they cover 94 to 99 %.
``variance`` takes a way's levels for a random draw: Henderson's method III, with a modified large-sample interval.

Sources: Langsrud, Ø. (2003). ANOVA for unbalanced data: use type II instead of type III sums of squares. Statistics and
Computing, 13, 163-167. Donner, A., & Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal
mean and standard deviation. Statistical Methods in Medical Research, 21, 347-359. Steiger, J. H. (2004). Beyond the F
test. Psychological Methods, 9, 164-182. Searle, S. R., Casella, G., & McCulloch, C. E. (1992). Variance components,
chapter 5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from emotionbench.statistics.adjustment import holm
from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.generalizability import Component, mls_interval
from emotionbench.statistics.noncentral_f import noncentrality_interval
from emotionbench.statistics.ways_design import Collapsed, Design, collapsed

Array = NDArray[np.float64]
Interval = tuple[float, float]
ROUNDING = 1e-9
NO_SPREAD = "the scores do not vary"
NOTHING_LEFT = "the ways leave nothing over, so that there is no error to test against"
NO_FORMS_LEFT = "no more forms than effects, so that there is no error to test against"
NOT_REPEATED = "no form was repeated, so that forms and repeats cannot be told apart"
INSEPARABLE = "it cannot be told apart from other ways"


@dataclass(frozen=True)
class Term:
    """One way of asking, or an interaction of two.

    ``eta_squared``, ``omega_squared`` and ``partial`` (ω² of what the other terms leave) are shares, 0 to 1;
    ``variance`` is in squared points. ``note`` names what the term is confounded with; where it is wholly so, ``df`` is
    0 and all figures are null.
    """

    name: str
    ways: tuple[str, ...]
    n_levels: int
    df: int
    sum_of_squares: float | None
    eta_squared: float | None
    omega_squared: Estimate
    partial: Estimate
    variance: Estimate
    f: float | None = None
    p: float | None = None
    p_holm: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class Explained:
    """Where the variance of scores over forms comes from.

    ``together`` is the share (ω²) of all terms. ``form`` and ``repeat`` are variances (squared points) with their
    shares: what forms differ by beyond the terms, and repeats of one form; ``rest`` is both. Shares of terms, form and
    repeat add up to 1 where the design is balanced and none is cut off at 0. ``p_holm`` of terms adjusts over them.
    """

    terms: tuple[Term, ...]
    together: Estimate
    form: Component
    repeat: Component
    rest: Component
    n_scores: int
    n_forms: int
    n_repeated: int
    df_form: int
    df_repeat: int
    why: str | None = None

    def term(self, *ways: str) -> Term:
        """The term of these ways; a KeyError where there is none."""
        for found in self.terms:
            if set(found.ways) == set(ways):
                return found
        raise KeyError(ways)


def explained(
    scores: ArrayLike,
    forms: ArrayLike,
    ways: Mapping[str, ArrayLike],
    interactions: Sequence[tuple[str, str]] = (),
    *,
    level: float = LEVEL,
) -> Explained:
    """Split the variance of scores over the ways of asking.

    Parameters
    ----------
    scores, forms
        One score per administration and the code of its form, shape (n,), without missing values.
    ways
        Way of asking → its level for each score, shape (n,). All scores of one form have the same levels.
    interactions
        Pairs of ways whose interaction is a term of its own.

    Raises
    ------
    ValueError
        For missing scores, shapes that do not fit, a form with two levels of a way, or an interaction of unknown ways.
    """
    by_form = collapsed(scores, forms, ways)
    return _Split(by_form, Design(by_form.ways, interactions, by_form.counts), level).found()


@dataclass(frozen=True)
class _Error:
    """What terms are tested against: mean square of forms, and the repeats' in units of it with its limits."""

    square: float
    df: int
    ratio: float = 1.0
    ratio_limits: Interval = (1.0, 1.0)


class _Split:
    """The sums of squares of one set of scores."""

    def __init__(self, by_form: Collapsed, design: Design, level: float) -> None:
        self.by_form, self.design, self.level = by_form, design, level
        self.n, self.n_forms = by_form.n, by_form.counts.size
        root = np.sqrt(by_form.counts)
        self.projected = design.basis.T @ (root * by_form.means)
        between = float(by_form.counts @ by_form.means**2)
        self.within, self.df_within = by_form.within, self.n - self.n_forms
        self.total = between + self.within
        self.model = float(self.projected @ self.projected)
        self.df_error = self.n_forms - design.rank
        self.left = max(between - self.model, 0.0)
        self.why = self._why()
        self.error = self._error() if self.why is None else None

    def _why(self) -> str | None:
        if self.total <= (ROUNDING * self.by_form.size) ** 2 * self.n:
            return NO_SPREAD
        if self.df_error <= 0:
            return NO_FORMS_LEFT
        return NOTHING_LEFT if self.left <= ROUNDING * self.total else None

    def _error(self) -> _Error:
        square = self.left / self.df_error
        if not self.df_within:
            return _Error(square, self.df_error)
        ratio = self.within / self.df_within / square
        tail = (1 - self.level) / 2
        low, high = (float(special.fdtri(self.df_within, self.df_error, p)) for p in (tail, 1 - tail))
        return _Error(square, self.df_error, ratio, (ratio / high, ratio / low))

    def found(self) -> Explained:
        terms = [self._term(name) for name in self.design.terms]
        adjusted = holm([term.p for term in terms])
        form, repeat, rest = self._remainder()
        return Explained(
            terms=tuple(replace(term, p_holm=p) for term, p in zip(terms, adjusted, strict=True)),
            together=self._share(self.model, self.design.rank - 1, others=(0.0, 0)),
            form=form,
            repeat=repeat,
            rest=rest,
            n_scores=self.n,
            n_forms=self.n_forms,
            n_repeated=int(np.sum(self.by_form.counts > 1)),
            df_form=self.df_error,
            df_repeat=self.df_within,
            why=self.why,
        )

    def _term(self, name: str) -> Term:
        ways, n_levels, note = self.design.terms[name], self.design.n_levels(name), self.design.confounding(name)
        square, df, weight = self.design.type_two(name, self.projected)
        if df == 0 or self.total <= 0 or self.why == NO_SPREAD:
            none = Estimate.none(NO_SPREAD if df else note or INSEPARABLE)
            return Term(name, ways, n_levels, df, None, None, none, none, none, note=note)
        bare = Term(
            name,
            ways,
            n_levels,
            df,
            square,
            square / self.total,
            self._share(square, df, (max(self.model - square, 0.0), self.design.rank - 1 - df)),
            self._partial(square, df),
            self._variance(square, df, weight),
            note=note,
        )
        if self.error is None:
            return bare
        f = square / df / self.error.square
        return replace(bare, f=f, p=float(special.fdtrc(df, self.error.df, f)))

    def _limits(self, square: float, df: int) -> tuple[float, Interval]:
        """Noncentrality of a sum of squares, as ω² has it, and its interval."""
        if self.error is None or df <= 0:
            return 0.0, (0.0, 0.0)
        found = square / self.error.square
        return found - df, noncentrality_interval(found / df, (df, self.error.df), self.level)

    def _share(self, square: float, df: int, others: tuple[float, int]) -> Estimate:
        """ω² of the total, with the interval of λ / (λ of the others + forms + repeats) taken to a share."""
        if self.error is None or df <= 0:
            return Estimate.none(self.why or INSEPARABLE)
        own, limits = self._limits(square, df)
        other, other_limits = self._limits(*others)
        whole = (self.total + self.error.square) / self.error.square
        rest = whole - own
        repeats = self.n - self.n_forms
        low, high = (
            math.hypot(other - other_limits[end], repeats * (self.error.ratio - self.error.ratio_limits[end]))
            for end in (0, 1)
        )
        ends = _ratio_interval((max(own, 0.0), limits), (rest, (max(rest - low, ROUNDING), rest + high)))
        value = max(own, 0.0) / whole
        low, high = (end / (1 + end) for end in ends)
        return Estimate(value, min(low, value), max(high, value), self.level)

    def _partial(self, square: float, df: int) -> Estimate:
        if self.error is None:
            return Estimate.none(self.why or INSEPARABLE)
        own, limits = self._limits(square, df)
        value, low, high = (max(one, 0.0) / (max(one, 0.0) + self.n_forms) for one in (own, *limits))
        return Estimate(value, min(low, value), max(high, value), self.level)

    def _variance(self, square: float, df: int, weight: float) -> Estimate:
        if self.error is None:
            return Estimate.none(self.why or INSEPARABLE)
        mean_square, error = square / df, (self.error.square, float(self.error.df))
        value = max(mean_square - error[0], 0.0) / weight
        low, high = (end / weight for end in mls_interval((mean_square, float(df)), error, 1.0, self.level))
        return Estimate(value, min(low, value), max(high, value), self.level)

    def _remainder(self) -> tuple[Component, Component, Component]:
        """What forms differ by beyond the terms, repeats of one form, and both."""
        if self.error is None:
            none = Component(Estimate.none(self.why or NO_SPREAD))
            return none, none, none
        tail = (1 - self.level) / 2
        whole = (self.total + self.error.square) / self.n
        if not self.df_within:
            rest = chi_square_interval(self.error.square, self.error.df, tail)
            none = Component(Estimate.none(NOT_REPEATED))
            both = Estimate(self.error.square, *rest, self.level)
            return none, none, Component(both, self.error.square / whole)
        pure = self.within / self.df_within
        repeat = Estimate(pure, *chi_square_interval(pure, self.df_within, tail), self.level)
        per_form = self.design.form_weight() / self.error.df
        value = max(self.error.square - pure, 0.0) / per_form
        squares = (self.error.square, float(self.error.df)), (pure, float(self.df_within))
        low, high = (end / per_form for end in mls_interval(*squares, 1.0, self.level)) if pure > 0 else (value, value)
        form = Estimate(value, min(low, value), max(high, value), self.level)
        rest_why = "an interval is given for its two parts"
        return (
            Component(form, value / whole),
            Component(repeat, pure / whole),
            Component(Estimate(value + pure, level=self.level, why=rest_why), (value + pure) / whole),
        )


def chi_square_interval(mean_square: float, df: int, tail: float) -> Interval:
    """The χ² interval of the variance that a mean square of normal values estimates."""
    return mean_square * df / float(special.chdtri(df, tail)), mean_square * df / float(special.chdtri(df, 1 - tail))


def _ratio_interval(above: tuple[float, Interval], below: tuple[float, Interval]) -> Interval:
    """The interval of a ratio of independent estimates ≥ 0 from each one's value and limits (MOVER)."""
    (a, (a_low, a_high)), (b, (b_low, b_high)) = above, below
    a_low, a_high = min(a_low, a), max(a_high, a)

    def end(of_a: float, of_b: float, sign: int) -> float:
        across = of_b * (2 * b - of_b)
        if across <= 0:
            return 0.0 if sign < 0 else of_a / max(of_b, ROUNDING)
        inner = max((a * b) ** 2 - of_a * (2 * a - of_a) * across, 0.0)
        return max(a * b + sign * math.sqrt(inner), 0.0) / across

    return end(a_low, b_high, -1), end(a_high, b_low, 1)
