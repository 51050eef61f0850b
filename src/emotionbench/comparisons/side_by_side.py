"""Respondents beside each other: how their changes differ over the situations that they imagined.

A linear mixed model of mean changes by situation (repeats averaged), respondents fixed and situations crossing them as
random intercepts, says how much of the variance is what a situation does to all respondents alike, and how much to one
alone. Each pair is then compared as ``differences`` does it, situation by situation: this is the model's contrast for
two respondents, without supposing that the others in the store vary as these do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from emotionbench.comparisons.differences import contrast_between
from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.mixed import MixedModel, fit_mixed


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
    factors = tuple(dict.fromkeys(factor for part in parts for factor in part.factors))
    pairs = tuple(
        Pair(names[i], names[j], contrast_between(parts[i], parts[j], key, factors))
        for i, j in combinations(range(len(parts)), 2)
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
