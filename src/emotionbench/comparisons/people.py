"""People's side of a comparison, from a norm: means over factors, with how sure they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from emotionbench.comparisons.parts import SituationMeans
from emotionbench.materials.norms import Moments, Norm, NormRow
from emotionbench.statistics.contrasts import Mean


class People:
    """The people of one norm.

    Where the norm has situations, the situation is the unit here too: the spread of their means holds both how
    situations and how persons differ. Otherwise the person is.
    """

    def __init__(self, norm: Norm) -> None:
        self.norm = norm
        self._means: dict[tuple[str, str], SituationMeans] = {}
        self._changes: dict[tuple[str, ...], Mean] = {}
        self._rows = {row.factor: row for row in norm.rows if row.factor is not None}

    def knows(self, factor: str, subscale: str) -> bool:
        """Whether people imagined situations of this factor and answered this subscale."""
        row = self._rows.get(factor)
        return row is not None and subscale in row.subscales

    def n(self, factors: Sequence[str]) -> int:
        """How many people imagined situations of these factors."""
        return sum(self._rows[factor].n for factor in factors)

    def change(self, factors: Sequence[str], subscale: str) -> Mean:
        """The mean change over factors, each counted once."""
        key = (*factors, subscale)
        if key not in self._changes:
            self._changes[key] = self._mean(factors, subscale, "change")
        return self._changes[key]

    def change_of_persons(self, factor: str, subscale: str) -> float:
        """The mean change of the persons of one factor, each counted once."""
        return self._rows[factor].subscales[subscale].change.mean

    def evoked(self, factors: Sequence[str], subscale: str) -> Mean:
        """The mean score after imagining over factors, each counted once."""
        return self._mean(factors, subscale, "evoked")

    def baseline(self, subscale: str) -> Mean | None:
        """Everyone's mean before imagining; a person is the unit."""
        everyone = self.norm.row()
        if everyone is None or subscale not in everyone.subscales:
            return None
        return _by_person(everyone, subscale, "baseline")

    def change_sd(self, subscale: str) -> float | None:
        """Everyone's standard deviation of change."""
        return self._sd(subscale, "change")

    def baseline_sd(self, subscale: str) -> float | None:
        """Everyone's standard deviation before imagining."""
        return self._sd(subscale, "baseline")

    def means(self, subscale: str, moment: str = "change") -> SituationMeans:
        """The mean change (or ``evoked`` score) of every situation; none where the norm has no situations."""
        if (subscale, moment) not in self._means:
            self._means[subscale, moment] = self._by_situation(subscale, moment)
        return self._means[subscale, moment]

    def _by_situation(self, subscale: str, moment: str) -> SituationMeans:
        found = sorted(self.norm.situations, key=lambda one: (one.factor, one.situation))
        emotions = {row.factor: row.emotion for row in self.norm.rows}
        return SituationMeans(
            np.array([emotions[one.factor] for one in found], dtype=np.str_),
            np.array([one.factor for one in found], dtype=np.str_),
            np.array([one.situation for one in found], dtype=np.str_),
            np.array([(one.change if moment == "change" else one.evoked)[subscale] for one in found], dtype=float),
        )

    def _sd(self, subscale: str, moment: str) -> float | None:
        everyone = self.norm.row()
        return (
            None if everyone is None or subscale not in everyone.subscales else _moments(everyone, subscale, moment).sd
        )

    def _mean(self, factors: Sequence[str], subscale: str, moment: str) -> Mean:
        parts = [_by_person(self._rows[factor], subscale, moment) for factor in factors]
        value = float(np.mean([part.value for part in parts]))
        n = self.n(factors)
        by_situation = self.means(subscale, moment)
        if set(factors) <= set(by_situation.factors):
            spread = by_situation.over(factors)
            return Mean(n, spread.value, spread.standard_error, spread.df, spread.sd, spread.why)
        variances = [(part.standard_error or 0.0) ** 2 / len(parts) ** 2 for part in parts]
        used = sum(v**2 / (part.df or 1) for v, part in zip(variances, parts, strict=True))
        sd = math.sqrt(float(np.mean([(part.sd or 0.0) ** 2 for part in parts])))
        return Mean(n, value, math.sqrt(sum(variances)), sum(variances) ** 2 / used if used else None, sd)


_known: dict[int, People] = {}


def people_of(norm: Norm) -> People:
    """The people of this very norm, made once: their means are asked for again and again."""
    # norms cannot be hashed; People holds on to its norm, so that no other can get the same id
    return _known.setdefault(id(norm), People(norm))


def _moments(row: NormRow, subscale: str, moment: str) -> Moments:
    movement = row.subscales[subscale]
    return {"baseline": movement.baseline, "evoked": movement.evoked, "change": movement.change}[moment]


def _by_person(row: NormRow, subscale: str, moment: str) -> Mean:
    found = _moments(row, subscale, moment)
    return Mean(row.n, found.mean, found.sd / math.sqrt(row.n), row.n - 1, found.sd)
