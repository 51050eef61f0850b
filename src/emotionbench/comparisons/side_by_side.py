"""Respondents beside each other: changes over the situations that all of them imagined, by a linear mixed model.

One row is a respondent's mean change in one situation (repeats averaged). Respondents are the fixed part, situations
cross them as random intercepts, and what a situation does to one respondent and not to another is the residual: so
neither repeats nor situations that stir everyone count as evidence twice. A baseline of its own adds its uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.statistics.contrasts import Contrast, Mean, gap, t_contrast
from emotionbench.statistics.mixed import MixedModel, fit_mixed

TEST = "mixed model, Satterthwaite's t"


@dataclass(frozen=True)
class Pair:
    """Second − first in raw points of change."""

    first: str
    second: str
    contrast: Contrast


@dataclass(frozen=True)
class SideBySide:
    """All respondents who imagined the same situations with one instrument, on one subscale.

    ``situation_variance`` is that of what situations do to all respondents alike, ``residual_variance`` that of what
    they do to one alone (with the noise that is left of repeats); null where ``why`` says so.
    """

    instrument: str
    protocol: str
    situation_set: str
    subscale: str
    respondents: tuple[str, ...]
    n_situations: int
    n_left_out: int
    situation_variance: float | None
    residual_variance: float | None
    pairs: tuple[Pair, ...]
    why: str | None = None


def side_by_side(scores: pl.DataFrame, subscale_names: dict[str, dict[str, str]]) -> tuple[SideBySide, ...]:
    """Compare all respondents of ``scores`` (as for ``change.change_blocks``) with each other."""
    together: dict[tuple[str, str, str], list[Part]] = {}
    for part in parts_to_compare(scores, subscale_names):
        names = part.names
        if names.situation_set:
            together.setdefault((names.instrument, names.protocol, names.situation_set), []).append(part)
    return tuple(found for asked, parts in together.items() for found in _subscales(asked, parts))


def _subscales(asked: tuple[str, str, str], parts: Sequence[Part]) -> Iterator[SideBySide]:
    if len(parts) < 2:
        return
    found = [_compared(asked, parts, key) for key in parts[0].subscales]
    family = "pairs of respondents × subscales"
    together = iter(adjusted([pair.contrast for one in found for pair in one.pairs], family))
    for one in found:
        pairs = tuple(Pair(pair.first, pair.second, next(together)) for pair in one.pairs)
        yield SideBySide(**{**vars(one), "pairs": pairs})


def _compared(asked: tuple[str, str, str], parts: Sequence[Part], key: str) -> SideBySide:
    names = tuple(_name(part, parts) for part in parts)
    situations = [dict(zip(*_situations(part, key), strict=True)) for part in parts]
    shared = sorted(set.intersection(*(set(own) for own in situations)))
    n_left_out = len(set.union(*(set(own) for own in situations))) - len(shared)
    if len(shared) < 2:
        why = "fewer than two situations that all of them imagined"
        return SideBySide(*asked, key, names, len(shared), n_left_out, None, None, (), why)
    values = np.array([[own[situation] for situation in shared] for own in situations])
    model = _fit(values)
    baselines = [Mean(0, 0.0, 0.0, None, 0.0) if part.is_paired else part.baseline_mean(key) for part in parts]
    pairs = tuple(
        Pair(names[i], names[j], _contrast(model, i, j, baselines)) for i, j in combinations(range(len(parts)), 2)
    )
    variance = model.variances["situation"]
    return SideBySide(*asked, key, names, len(shared), n_left_out, variance, model.residual, pairs, model.why)


def _name(part: Part, parts: Sequence[Part]) -> str:
    """The respondent, with its design where it answered in both."""
    names = part.names
    alike = [other for other in parts if other.names.respondent == names.respondent]
    return names.respondent if len(alike) == 1 else f"{names.respondent} ({names.design})"


def _situations(part: Part, key: str) -> tuple[list[str], list[float]]:
    means = part.means(key)
    return means.situations.tolist(), means.values.tolist()


def _fit(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> MixedModel:
    """``values`` has shape (respondents, situations)."""
    n_respondents, n_situations = values.shape
    fixed = np.kron(np.eye(n_respondents), np.ones((n_situations, 1)))
    return fit_mixed(values.ravel(), fixed, {"situation": np.tile(np.arange(n_situations), n_respondents)})


def _contrast(model: MixedModel, first: int, second: int, baselines: Sequence[Mean]) -> Contrast:
    weights = np.zeros(len(baselines))
    weights[first], weights[second] = -1.0, 1.0
    found = model.contrast(weights)
    after = Mean(0, found.estimate, found.standard_error, found.df, None, found.why)
    apart = gap(gap(baselines[first], baselines[second]), after)
    if apart.value is None or not apart.standard_error or apart.df is None:
        return Contrast(apart.value, TEST, note=apart.why or "the changes do not vary")
    # the spread of a situation's change within one respondent, as in d_av
    variance = (model.variances["situation"] or 0.0) + (model.residual or 0.0)
    return t_contrast(TEST, apart.value, apart.standard_error, apart.df, {"d_av": math.sqrt(variance)})
