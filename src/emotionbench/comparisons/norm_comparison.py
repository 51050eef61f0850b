"""A respondent's own scores beside people's: who does it say it is, before any situation?

Its baseline scores are compared with the published mean, SD and n of every group of people that there is a norm of,
subscale by subscale. What varies on the respondent's side are its answers from administration to administration; on
people's side it is persons. So the interval says how sure the difference between this respondent and the mean of
people is; it says nothing of other respondents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from emotionbench.comparisons.inference import adjusted
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.score_norms import NormGroup, ScoreNorm
from emotionbench.materials.score_ranges import score_range
from emotionbench.records import Condition, RespondentKind
from emotionbench.statistics.contrasts import ROUNDING, Contrast, Moments, moments
from emotionbench.statistics.effect_sizes import EffectSize
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.summaries import glass_delta, mean_of, percentile_of, welch_of

GROUP = ["respondent", "kind", "instrument", "protocol", "design"]
SAME_EVERY_TIME = "every administration has the same score, so that interval, g and p rest on people's spread alone"
ADMINISTRATIONS = "n counts administrations: repeats of one respondent are not persons"


MANY_FORMS = (
    "many forms are averaged, and the interval counts administrations as if forms had nothing in common; what forms do:"
    " emotionbench ways"
)


@dataclass(frozen=True)
class NormComparison:
    """One subscale of one respondent beside one group of people.

    Attributes
    ----------
    norm, group
        The id of the norm, and the name of the group in it.
    lowest, highest
        What a score can be.
    n, n_excluded
        Administrations with a score, and how many have none, by reason.
    own, people
        n, mean and SD (n − 1) of the respondent's administrations and of the group.
    contrast
        Respondent − people in raw points: Welch's t from these figures, Hedges' g by the average of both variances;
        p adjusted over the subscales of respondent × instrument × protocol × design × norm × group.
    delta
        The difference in SDs of people (Glass's delta).
    percentile
        0 to 100: where the respondent's mean lies among people whose scores are normal with the group's mean and SD.
    notes
        What to bear in mind.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    norm: str
    group: str
    subscale: str
    name: str
    lowest: float
    highest: float
    n: int
    n_excluded: dict[str, int]
    own: Moments
    people: Moments
    contrast: Contrast
    delta: EffectSize
    percentile: Estimate
    notes: tuple[str, ...]

    @property
    def own_interval(self) -> tuple[float | None, float | None]:
        """The 95 % interval of the respondent's own mean; null ends where its scores do not say how they vary."""
        return mean_of(self.own).interval()


def norm_comparisons(
    scores: pl.DataFrame, instruments: Mapping[str, Instrument], norms: Sequence[ScoreNorm]
) -> tuple[NormComparison, ...]:
    """Every respondent's baseline scores beside every group of people that a norm of its instrument holds.

    Parameters
    ----------
    scores
        Labelled scores, one row per administration and subscale, with the columns of ``GROUP`` and ``administration``,
        ``condition``, ``outcome``, ``subscale`` and ``value`` (null where not scored).
    instruments
        By the label in ``scores``.
    norms
        Those that name an instrument's id or family (in any letter case) are taken, in the order given.
    """
    found: list[NormComparison] = []
    baseline = scores.filter(pl.col("condition") == Condition.BASELINE)
    for key, group in baseline.group_by(GROUP, maintain_order=True):
        labels = dict(zip(GROUP, map(str, key), strict=True))
        own = _Own(labels, instruments[labels["instrument"]], group)
        for norm in norms_for(own.instrument, norms):
            for people in norm.groups:
                found += own.beside(norm, people)
    return tuple(found)


def norms_for(instrument: Instrument, norms: Sequence[ScoreNorm]) -> Iterator[ScoreNorm]:
    """The norms that name this instrument or its family."""
    names = {instrument.id.casefold(), instrument.base.casefold()}
    return (norm for norm in norms if names & {name.casefold() for name in norm.instruments})


class _Own:
    """The baseline scores of one respondent on one instrument."""

    def __init__(self, labels: dict[str, str], instrument: Instrument, scores: pl.DataFrame) -> None:
        self.labels, self.instrument, self._scores = labels, instrument, scores

    def beside(self, norm: ScoreNorm, group: NormGroup) -> Iterator[NormComparison]:
        """One comparison for each subscale that the group has figures of, in the instrument's order."""
        keys = [key for key in self.instrument.subscales if key in group.subscales]
        people = {key: Moments(group.n, group.subscales[key].mean, group.subscales[key].sd) for key in keys}
        family = " × ".join([*self.labels.values(), norm.id, group.name])
        contrasts = adjusted([welch_of(people[key], self._moments[key]) for key in keys], family)
        for key, contrast in zip(keys, contrasts, strict=True):
            yield self._comparison((norm.id, group.name, key), people[key], contrast)

    def _comparison(self, names: tuple[str, str, str], people: Moments, contrast: Contrast) -> NormComparison:
        norm, group, key = names
        own = self._moments[key]
        delta = glass_delta(people, own)
        lowest, highest = score_range(self.instrument, key)
        return NormComparison(
            **self.labels,
            norm=norm,
            group=group,
            subscale=key,
            name=self.instrument.subscales[key].name,
            lowest=lowest,
            highest=highest,
            n=own.n,
            n_excluded=self._excluded.get(key, {}),
            own=own,
            people=people,
            contrast=contrast,
            delta=delta,
            percentile=percentile_of(delta),
            notes=tuple(self._notes(own)),
        )

    def _notes(self, own: Moments) -> Iterator[str]:
        if self.labels["kind"] != RespondentKind.HUMAN:
            yield ADMINISTRATIONS
        if re.match(r"\d+ forms", self.labels["protocol"]):
            yield MANY_FORMS
        if own.sd == 0:
            yield SAME_EVERY_TIME

    @cached_property
    def _moments(self) -> dict[str, Moments]:
        """Subscale → n, mean and SD of its scores."""
        return {key: self._moments_of(key) for key in self.instrument.subscales}

    def _moments_of(self, key: str) -> Moments:
        own = self._scores.filter((pl.col("subscale") == key) & pl.col("value").is_not_null())
        values = own["value"].to_numpy().astype(float)
        found = moments(values)
        if found.sd is None or np.ptp(values) > ROUNDING * max(1.0, float(np.abs(values).max())):
            return found
        # means of equal scores miss them by their rounding, which is no spread
        return replace(found, mean=float(values[0]), sd=0.0)

    @cached_property
    def _excluded(self) -> dict[str, dict[str, int]]:
        """Subscale → outcome → administrations without a score."""
        lost = self._scores.filter(pl.col("value").is_null())
        counts = (
            lost.group_by("subscale", pl.col("outcome").cast(pl.String)).agg(n=pl.len()).sort("subscale", "outcome")
        )
        found: dict[str, dict[str, int]] = {}
        for subscale, outcome, n in counts.iter_rows():
            found.setdefault(str(subscale), {})[str(outcome)] = int(n)
        return found
