"""Respondent against people: differences in changes, equivalence, agreement over factors, and the headline.

The situation is the unit on both sides. Where respondent and people imagined the same situations, they are compared
situation by situation, so that what a situation does to both cancels; otherwise only factors are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass

import polars as pl
from numpy.typing import ArrayLike

from emotionbench.comparisons.change import Kind, mean_change
from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import EVOKING, Part, SituationMeans, norm_for, parts_to_compare
from emotionbench.comparisons.people import people_of
from emotionbench.comparisons.profiles import Profiles, profiles
from emotionbench.comparisons.verdicts import alignment_verdict, calm_verdict
from emotionbench.errors import EmotionBenchError
from emotionbench.materials.norms import Norm
from emotionbench.statistics.agreement import concordance, correlation
from emotionbench.statistics.alignment import alignment
from emotionbench.statistics.contrasts import Contrast, Mean, difference, gap, matched
from emotionbench.statistics.equivalence import Equivalence, tost
from emotionbench.statistics.estimate import Estimate

NEGATIVE = "negative"
SHARE_OF_SD = 0.5
"""Default margin of equivalence, in standard deviations of people's change: a medium effect by Cohen's convention."""
NO_FACTORS = "no factor that people imagined has scores"


@dataclass(frozen=True)
class Gap:
    """Respondent − people in raw points, and whether it is small enough to count as none."""

    contrast: Contrast
    equivalence: Equivalence


@dataclass(frozen=True)
class GapRow:
    """The gaps of one factor, one emotion or overall, by subscale: differences in differences.

    ``n`` counts the respondent's administrations that could be compared, ``n_excluded`` the others by reason.
    """

    label: str
    emotion: str | None
    factor: str | None
    kind: Kind
    n: int
    n_excluded: dict[str, int]
    n_situations: int
    n_people: int
    gaps: dict[str, Gap]


@dataclass(frozen=True)
class Ceiling:
    """How far people agree with people over factors: split halves, stepped up; the ends hold 95 % of the splits."""

    correlation: Estimate
    concordance: Estimate
    n_splits: int


@dataclass(frozen=True)
class FactorPoint:
    """One factor's mean change on both sides, by subscale."""

    factor: str
    factor_name: str
    emotion: str
    n_situations: int
    n_people: int
    respondent: dict[str, Estimate]
    people: dict[str, Estimate]


@dataclass(frozen=True)
class Alignment:
    """How close one respondent's changes are to people's.

    ``headline`` is alignment over all subscales, 1 = people, 0 = the best answer that ignores the situation (see
    ``statistics.alignment``); ``calm`` is by how many raw points of negative affect it stays below people after the
    situations. ``margins`` are those of equivalence, in raw points by subscale.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    norm: str
    n_people: int
    n_factors: int
    shares_situations: bool
    is_made_from_norm: bool
    headline: Estimate
    verdict: str
    by_subscale: dict[str, Estimate]
    correlation: dict[str, Estimate]
    concordance: dict[str, Estimate]
    ceiling: dict[str, Ceiling | None]
    baseline: dict[str, Gap]
    calm: Estimate
    calm_verdict: str
    margins: dict[str, float]
    rows: tuple[GapRow, ...]
    points: tuple[FactorPoint, ...]


def alignments(
    scores: pl.DataFrame,
    subscale_names: dict[str, dict[str, str]],
    norms: Sequence[Norm],
    *,
    margin: float | None = None,
    made_from: Collection[tuple[str, str]] = (),
) -> tuple[Alignment, ...]:
    """Compare with people every part of ``scores`` whose instrument has a norm.

    Parameters
    ----------
    scores, subscale_names, norms
        As for ``change.change_blocks``.
    margin
        Equivalence margin in raw points, above 0; by default half a standard deviation of people's change.
    made_from
        (respondent, norm id) of respondents that draw their answers from the norm itself: they share people's sampling
        errors, which then do not count as a distance from people.
    """
    check_margin(margin)
    found = []
    for part in parts_to_compare(scores, subscale_names):
        norm = norm_for(part.names, norms)
        if norm is not None:
            is_made = (part.names.respondent, norm.id) in made_from
            found.append(_Alignment(part, norm, margin, is_made_from_norm=is_made).compare())
    return tuple(found)


def check_margin(margin: float | None) -> None:
    """Refuse a margin of equivalence that is none."""
    if margin is not None and not 0 < margin < float("inf"):
        raise EmotionBenchError(f"margin {margin} is not a number above 0", fix="give raw points, such as 2.5")


class _Alignment:
    """One part beside the people of its norm."""

    def __init__(self, part: Part, norm: Norm, margin: float | None, *, is_made_from_norm: bool) -> None:
        self.part, self.norm, self.margin, self.is_made = part, norm, margin, is_made_from_norm
        self.people = people_of(norm)
        everyone = norm.row()
        known = everyone.subscales if everyone else {}
        self.subscales = tuple(key for key in part.subscales if key in known)
        self.factors = tuple(
            factor
            for factor in part.factors
            if self.subscales
            and all(self.people.knows(factor, key) and part.means(key).scored([factor]) for key in self.subscales)
        )
        self.margins = {
            key: margin if margin is not None else SHARE_OF_SD * (self.people.change_sd(key) or 0.0)
            for key in self.subscales
        }

    def compare(self) -> Alignment:
        shared = profiles(self.part, self.people, self.factors, self.subscales, is_made_from_norm=self.is_made)
        headline = self._alignment(shared, self.subscales)
        calm = self._calm()
        points = self._points()
        return Alignment(
            **asdict(self.part.names),
            norm=self.norm.id,
            n_people=self.people.n(self.factors),
            n_factors=len(self.factors),
            shares_situations=bool(self.factors)
            and all(self._apart(self.factors, key) is not None for key in self.subscales),
            is_made_from_norm=self.is_made,
            headline=headline,
            verdict=alignment_verdict(headline),
            by_subscale={key: self._alignment(shared, (key,)) for key in self.subscales},
            correlation={key: self._agreement(correlation, points, key) for key in self.subscales},
            concordance={key: self._agreement(concordance, points, key) for key in self.subscales},
            ceiling={key: self._ceiling(key) for key in self.subscales},
            baseline={key: self._baseline(key) for key in self.subscales},
            calm=calm,
            calm_verdict=calm_verdict(calm, self._baseline(NEGATIVE).contrast if NEGATIVE in self.subscales else None),
            margins=self.margins,
            rows=self._rows(),
            points=points,
        )

    def _alignment(self, shared: Profiles | str, subscales: tuple[str, ...]) -> Estimate:
        if isinstance(shared, str):
            return Estimate.none(shared)
        chosen = shared.of(subscales)
        return alignment(chosen.changes, chosen.people, chosen.errors, df=chosen.df)

    def _agreement(
        self, measure: Callable[[ArrayLike, ArrayLike], Estimate], points: tuple[FactorPoint, ...], key: str
    ) -> Estimate:
        pairs = [(point.respondent[key].value, point.people[key].value) for point in points]
        both = [(own, human) for own, human in pairs if own is not None and human is not None]
        return measure([own for own, _ in both], [human for _, human in both])

    def _ceiling(self, key: str) -> Ceiling | None:
        found = self.norm.agreement.get(key)
        if found is None:
            return None
        correlation, concordance = (
            Estimate(one.value, one.low, one.high) for one in (found.correlation, found.concordance)
        )
        return Ceiling(correlation, concordance, found.n_splits)

    def _points(self) -> tuple[FactorPoint, ...]:
        return tuple(self._point(factor) for factor in self.factors)

    def _point(self, factor: str) -> FactorPoint:
        emotion, name = self.part.factors[factor]
        return FactorPoint(
            factor,
            name,
            emotion,
            self._n_situations((factor,)),
            self.people.n([factor]),
            {key: _estimate(mean_change(self.part, key, [factor])) for key in self.subscales},
            {key: _estimate(self.people.change([factor], key)) for key in self.subscales},
        )

    def _n_situations(self, factors: tuple[str, ...]) -> int:
        return max(int(self.part.means(key).of(factors).sum()) for key in self.subscales)

    def _rows(self) -> tuple[GapRow, ...]:
        wanted: list[tuple[Kind, str, str | None, str | None, tuple[str, ...]]] = []
        for emotion in self.part.emotions:
            own = tuple(factor for factor in self.factors if self.part.factors[factor][0] == emotion)
            wanted += [("factor", self.part.factors[factor][1], emotion, factor, (factor,)) for factor in own]
            if own:
                wanted.append(("emotion", emotion.capitalize(), emotion, None, own))
        if len(self.part.emotions) > 1 and self.factors:
            wanted.append(("overall", "Overall", None, None, self.factors))
        contrasts = self._contrasts([(kind, factors) for kind, *_, factors in wanted])
        return tuple(
            GapRow(
                label,
                emotion,
                factor,
                kind,
                counted.n,
                counted.n_excluded,
                counted.n_situations,
                self.people.n(factors),
                {key: self._gap(of_row[key], self.margins[key]) for key in self.subscales},
            )
            for (kind, label, emotion, factor, factors), of_row in zip(wanted, contrasts, strict=True)
            for counted in (self.part.tally.of(EVOKING, factors),)
        )

    def _contrasts(self, wanted: Sequence[tuple[Kind, tuple[str, ...]]]) -> list[dict[str, Contrast]]:
        """Respondent − people for each set of factors and subscale, p adjusted within each kind of row."""
        rows = [{key: self._difference(factors, key) for key in self.subscales} for _, factors in wanted]
        for kind in ("factor", "emotion", "overall"):
            chosen = [row for row, (own, _) in zip(rows, wanted, strict=True) if own == kind]
            family = f"{kind} rows × subscales: {self.part.names} against people"
            together = iter(adjusted([contrast for row in chosen for contrast in row.values()], family))
            for row in chosen:
                row.update({key: next(together) for key in row})
        return rows

    def _difference(self, factors: tuple[str, ...], key: str) -> Contrast:
        scored = self.part.means(key).scored(factors)
        if not scored:
            return Contrast(None, "Welch's t", note="no factor with scores")
        apart = self._apart(scored, key)
        if apart is None:
            return difference(self.people.change(scored, key), mean_change(self.part, key, scored))
        found = self.part.with_runs(apart.over(scored), key)
        if not self.part.is_paired:
            found = gap(self.part.baseline_mean(key), found)
        return matched(found, self.people.means(key).over(scored), self.part.means(key).over(scored))

    def _apart(self, factors: tuple[str, ...], key: str) -> SituationMeans | None:
        """Respondent − people, situation by situation; None where people did not imagine all that it did."""
        own, human = self.part.means(key), self.people.means(key)
        imagined = set(own.situations[own.of(factors)].tolist())
        if self.part.names.situation_set != self.norm.situation_set or not imagined <= set(human.situations.tolist()):
            return None
        return own.minus(human, factors)

    def _gap(self, contrast: Contrast, margin: float) -> Gap:
        if contrast.difference is None or contrast.standard_error is None or contrast.df is None:
            why = f"not estimable: {contrast.note}"
            return Gap(contrast, Equivalence(margin, None, None, None, None, why))
        if not margin > 0:
            why = "not estimable: people do not vary, so that there is no margin"
            return Gap(contrast, Equivalence(margin, None, None, None, None, why))
        found = tost(contrast.difference, contrast.standard_error, contrast.df, margin)
        return Gap(contrast, found)

    def _baseline(self, key: str) -> Gap:
        human = self.people.baseline(key)
        if human is None:
            return self._gap(Contrast(None, "Welch's t", note="people's baseline is not known"), self.margins[key])
        margin = self.margin or SHARE_OF_SD * (self.people.baseline_sd(key) or 0.0)
        return self._gap(difference(human, self.part.baseline_mean(key)), margin)

    def _calm(self) -> Estimate:
        if NEGATIVE not in self.subscales:
            return Estimate.none("the instrument has no negative affect")
        if not self.factors:
            return Estimate.none(NO_FACTORS)
        after = self.part.mean(NEGATIVE, "value", factors=self.factors)
        found = difference(after, self.people.evoked(self.factors, NEGATIVE))
        return Estimate(found.difference, found.low, found.high, why=found.note)


def _estimate(mean: Mean) -> Estimate:
    low, high = mean.interval()
    why = mean.why or ("no variation to estimate an interval from" if low is None else None)
    return Estimate(mean.value, low, high, why=why)
