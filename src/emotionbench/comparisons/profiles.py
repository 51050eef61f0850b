"""Mean changes of factors on both sides, with the covariance of their sampling errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.parts import Part, SituationMeans
from emotionbench.comparisons.people import People

Array = NDArray[np.float64]
MINIMUM = 2


@dataclass(frozen=True)
class Profiles:
    """Both sides of a comparison.

    ``changes`` and ``people`` have shape (K, S), factors × subscales, in raw points; ``errors``, (2KS, 2KS), is the
    covariance of the sampling errors of both, flattened, and ``df`` the degrees of freedom of either side's.
    """

    subscales: tuple[str, ...]
    changes: Array
    people: Array
    errors: Array
    df: tuple[float, float]

    def of(self, subscales: tuple[str, ...]) -> Profiles:
        """Only these subscales."""
        columns = [self.subscales.index(key) for key in subscales]
        n_factors, n_all = self.changes.shape
        kept = [
            side * n_factors * n_all + factor * n_all + column
            for side in (0, 1)
            for factor in range(n_factors)
            for column in columns
        ]
        return Profiles(
            subscales, self.changes[:, columns], self.people[:, columns], self.errors[np.ix_(kept, kept)], self.df
        )


def profiles(
    part: Part, people: People, factors: tuple[str, ...], subscales: tuple[str, ...], *, is_made_from_norm: bool
) -> Profiles | str:
    """Both sides over factors; or, in words, why there are none.

    How situations vary within factors is pooled over all factors. A respondent made from the norm has people's
    estimates for its truth: it shares their errors and adds its own.
    """
    if not subscales:
        return "people did not answer any of these subscales"
    if not factors:
        return "no factor that people imagined has scores"
    ids, values = _by_situation([part.means(key) for key in subscales], factors)
    if not all(ids):
        return "a factor has no situation with a score"
    baseline = _baseline(part, subscales)
    if baseline is None:
        return "no baseline" if not part.baseline.height else "too few scored baselines"
    spread = _pooled(values)
    if spread is None:
        return "one situation a factor, so that nothing says how situations vary"
    start, start_errors = baseline
    n_situations = np.array([len(of_factor) for of_factor in ids])
    human_ids, human_values = _by_situation([people.means(key) for key in subscales], factors)
    of_people = _people_errors(people, factors, subscales, human_values)
    # the baseline's error, and that of runs, is the same for all factors
    runs = [part.run_effect(key) for key in subscales]
    common = start_errors + np.diag([effect.variance_of_mean if effect else 0.0 for effect in runs])
    of_own = _blocks(spread, n_situations) + np.kron(np.ones((len(factors), len(factors))), common)
    shared = np.zeros_like(of_own)
    if is_made_from_norm:
        of_own, shared = of_own + of_people, of_people
    elif part.names.situation_set == people.norm.situation_set and ids == human_ids:
        both = [np.hstack([own, human]) for own, human in zip(values, human_values, strict=True)]
        joint = _pooled(both)
        if joint is not None:
            shared = _blocks(joint[: len(subscales), len(subscales) :], n_situations)
    changes = np.array([own.mean(axis=0) for own in values]) - start
    human_changes = [[people.change([factor], key).value for key in subscales] for factor in factors]
    return Profiles(
        subscales,
        changes,
        np.array(human_changes, dtype=float),
        np.block([[of_own, shared], [shared.T, of_people]]),
        (float(np.sum(n_situations - 1)), _people_df(people, factors, human_values)),
    )


def _by_situation(means: Sequence[SituationMeans], factors: tuple[str, ...]) -> tuple[list[list[str]], list[Array]]:
    """For each factor the situations where every subscale has a mean, and these means, (n, S)."""
    found = [dict(zip(one.situations.tolist(), one.values.tolist(), strict=True)) for one in means]
    complete = set.intersection(*(set(one) for one in found))
    factor_of = dict(zip(means[0].situations.tolist(), means[0].factors.tolist(), strict=True))
    ids = [sorted(one for one in complete if factor_of[one] == factor) for factor in factors]
    return ids, [np.array([[one[i] for one in found] for i in of]).reshape(len(of), len(found)) for of in ids]


def _people_errors(people: People, factors: tuple[str, ...], subscales: tuple[str, ...], values: list[Array]) -> Array:
    """The covariance (KS, KS) of people's mean changes, from their situations.

    Where the norm has no situations, it is over persons, and subscales count as uncorrelated.
    """
    spread = _pooled(values)
    if spread is not None and all(len(of_factor) for of_factor in values):
        return _blocks(spread, np.array([len(of_factor) for of_factor in values]))
    variances = [(people.change([factor], key).standard_error or 0.0) ** 2 for factor in factors for key in subscales]
    return np.diag(variances)


def _people_df(people: People, factors: tuple[str, ...], values: list[Array]) -> float:
    """Degrees of freedom of people's variances: of situations within factors, or else of persons within factors."""
    n_units = sum(len(of_factor) for of_factor in values) or people.n(factors)
    return float(max(n_units - len(factors), 1))


def _pooled(by_factor: list[Array]) -> Array | None:
    """Covariance (S, S) of situations within factors, over all factors that have several; None where none has."""
    several = [values - values.mean(axis=0) for values in by_factor if len(values) >= MINIMUM]
    if not several:
        return None
    degrees = sum(len(values) - 1 for values in several)
    return np.asarray(sum(values.T @ values for values in several) / degrees)


def _blocks(spread: Array, n_situations: NDArray[np.intp]) -> Array:
    """The covariance of factors' means: one block a factor, none between factors."""
    return np.asarray(np.kron(np.diag(1 / n_situations), spread))


def _baseline(part: Part, subscales: tuple[str, ...]) -> tuple[Array, Array] | None:
    """The baseline's means (S,) and the covariance of their errors; nothing to subtract where sessions are paired."""
    if part.is_paired:
        return np.zeros(len(subscales)), np.zeros((len(subscales), len(subscales)))
    wide = (
        part.baseline.filter(pl.col("value").is_not_null())
        .pivot(on="subscale", index="administration", values="value")
        .drop_nulls()
    )
    if wide.height < MINIMUM or any(key not in wide.columns for key in subscales):
        return None
    values = wide.select(subscales).to_numpy().astype(float)
    return values.mean(axis=0), np.cov(values.T).reshape(len(subscales), -1) / len(values)
