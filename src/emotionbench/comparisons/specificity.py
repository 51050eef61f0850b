"""Does a situation stir its own emotion, or mere negativity? Evoked emotion × answered emotion.

For instruments whose subscales are emotions, such as the Eight Emotions Checklist: a subscale answers to an emotion
where its key is the emotion's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.parts import EVOKING, Part, parts_to_compare
from emotionbench.comparisons.tally import NO_BASELINE
from emotionbench.statistics.contrasts import Mean, gap, plain_mean, stratified_mean
from emotionbench.statistics.dominance import Dominance, dominance, hits
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.proportions import wilson

FEWEST = 2
NO_BASELINES = "the baseline is not scored"
NO_SITUATIONS = "no situation of an evoked emotion has all emotions scored"


@dataclass(frozen=True)
class SpecificityCell:
    """The change of one answered emotion, in raw points, after situations of one evoked emotion."""

    evoked: str
    answered: str
    change: Estimate
    n_situations: int


@dataclass(frozen=True)
class EmotionSpecificity:
    """One evoked emotion's situations: ``dominance`` (raw points) and ``hits`` (0 to 1) as in ``Specificity``."""

    emotion: str
    dominance: Estimate
    hits: Estimate
    n_situations: int
    n_administrations: int


@dataclass(frozen=True)
class Specificity:
    """Whether the emotion that a situation is meant to stir changes more than the others.

    Attributes
    ----------
    emotions
        Those both evoked and answered, with the subscales' names in ``answered``; all else is left out.
    cells
        Changes from the baseline, row by row: ``cells[i][j]`` is emotion j after situations of emotion i. Repeats are
        averaged first, the factors of an emotion count once each, intervals are Welch's (changes within sessions, and
        Student's interval, where the design is paired).
    dominance
        Mean over evoked emotions of the change of the own emotion minus the mean change of the others, in raw
        points: 0 where all emotions move alike, whatever they do. The baseline cancels out of it (see
        ``statistics.dominance``), except where the design is paired: there it is made of changes within sessions.
    hits, chance
        Share of situations whose own emotion changes most (ties count in parts), the mean over evoked emotions, with
        Wilson's interval, taking the baseline as it is; and what it is for whoever ignores the situation: one over
        the number of emotions. Of single emotions it says little: one that always changes most has all hits.
    n_situations, n_administrations, n_excluded
        Evoking situations and administrations that have all emotions scored (and a baseline of their own where
        the design is paired), and the administrations left out by reason; cells count their own situations.
    n_baseline, n_baseline_excluded
        The same of baselines.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    emotions: tuple[str, ...]
    answered: dict[str, str]
    n_baseline: int
    n_baseline_excluded: dict[str, int]
    n_situations: int
    n_administrations: int
    n_excluded: dict[str, int]
    cells: tuple[tuple[SpecificityCell, ...], ...]
    dominance: Estimate
    by_emotion: tuple[EmotionSpecificity, ...]
    hits: Estimate
    chance: float


def specificities(scores: pl.DataFrame, subscale_names: dict[str, dict[str, str]]) -> tuple[Specificity, ...]:
    """The specificity of every part of ``scores`` in which two emotions or more are both evoked and answered.

    Parameters
    ----------
    scores
        One row per administration and subscale, as ``analysis.Analysis.labelled_scores``.
    subscale_names
        Instrument → subscale key → name.
    """
    found = []
    for part in parts_to_compare(scores, subscale_names):
        emotions = tuple(emotion for emotion in part.emotions if emotion in part.subscales)
        if len(emotions) >= FEWEST:
            found.append(_Matrix(part, emotions).specificity())
    return tuple(found)


class _Matrix:
    """The situations of one part as rows, the emotions as columns."""

    def __init__(self, part: Part, emotions: tuple[str, ...]) -> None:
        self.part, self.emotions = part, emotions
        of_kind = part.evoked.filter((pl.col("situation_kind") == EVOKING) & pl.col("emotion").is_in(emotions))
        self.evoked = self._wide(of_kind, part.compared)
        self.baseline = self._wide(part.baseline, "value")

    def specificity(self) -> Specificity:
        n_baseline, n_baseline_excluded = self._counts(self.baseline)
        n_administrations, n_excluded = self._counts(self.evoked)
        found = self._dominance()
        hit = self._hits()
        return Specificity(
            **asdict(self.part.names),
            emotions=self.emotions,
            answered={emotion: self.part.subscales[emotion] for emotion in self.emotions},
            n_baseline=n_baseline,
            n_baseline_excluded=n_baseline_excluded,
            n_situations=self.situations.height,
            n_administrations=n_administrations,
            n_excluded=n_excluded,
            cells=tuple(tuple(self._row(emotion)) for emotion in self.emotions),
            dominance=_estimate(found.overall, NO_SITUATIONS),
            by_emotion=tuple(self._by_emotion(found, hit)),
            hits=_estimate_of_hits(hit, self.own),
            chance=1 / len(self.emotions),
        )

    def _wide(self, scores: pl.DataFrame, column: str) -> pl.DataFrame:
        """One row per administration with a column for each emotion, null where it has no score."""
        own = scores.filter(pl.col("subscale").is_in(self.emotions))
        values = (
            pl.col(column).filter(pl.col("subscale") == emotion).first().cast(pl.Float64).alias(f"_{emotion}")
            for emotion in self.emotions
        )
        labels = (pl.col(name).first() for name in ("emotion", "factor", "situation", "outcome"))
        has_score = pl.col("value").is_not_null().all().alias("has_score")
        wide = own.group_by("administration", maintain_order=True).agg(*labels, has_score, *values)
        return wide.with_columns(complete=pl.all_horizontal(pl.col(f"_{e}").is_not_null() for e in self.emotions))

    @cached_property
    def situations(self) -> pl.DataFrame:
        """Every situation with all emotions scored, repeats averaged, in order of factor and situation."""
        return (
            self.evoked.filter("complete")
            .group_by("emotion", "factor", "situation")
            .agg(pl.col(f"_{emotion}").mean() for emotion in self.emotions)
            .sort("factor", "situation")
        )

    @cached_property
    def own(self) -> NDArray[np.intp]:
        """The column of every situation's own emotion."""
        return np.array([self.emotions.index(emotion) for emotion in self.situations["emotion"]], dtype=np.intp)

    def _array(self, wide: pl.DataFrame) -> NDArray[np.float64]:
        return wide.select(f"_{emotion}" for emotion in self.emotions).to_numpy().astype(float)

    def _dominance(self) -> Dominance:
        factors = _texts(self.situations["factor"])
        before = None if self.part.is_paired else self._array(self.baseline.filter("complete"))
        return dominance(self._array(self.situations), self.own, factors, before)

    def _hits(self) -> NDArray[np.float64] | None:
        """Of every situation; None where there is no baseline to have changed from."""
        changes = self._array(self.situations)
        if not self.part.is_paired:
            before = [mean.value for mean in self.before.values() if mean is not None]
            if any(mean is None for mean in before):
                return None
            changes = changes - np.array(before, dtype=float)
        return hits(changes, self.own) if len(changes) else np.zeros(0)

    def _row(self, evoked: str) -> Iterator[SpecificityCell]:
        of_emotion = self.evoked.filter(pl.col("emotion") == evoked)
        for answered in self.emotions:
            means = (
                of_emotion.filter(pl.col(f"_{answered}").is_not_null())
                .group_by("factor", "situation")
                .agg(pl.col(f"_{answered}").mean())
                .sort("factor", "situation")
            )
            after = stratified_mean(means[f"_{answered}"].to_numpy(), _texts(means["factor"]))
            before = self.before[answered]
            change = after if before is None else gap(before, after)
            why = None if before is None or before.n else NO_BASELINES
            yield SpecificityCell(evoked, answered, _estimate(change, why), means.height)

    @cached_property
    def before(self) -> dict[str, Mean | None]:
        """Every emotion's mean baseline; None where changes are within sessions."""
        means = {e: plain_mean(self.baseline[f"_{e}"].drop_nulls().to_numpy()) for e in self.emotions}
        return dict.fromkeys(self.emotions) if self.part.is_paired else {**means}

    def _by_emotion(self, found: Dominance, hit: NDArray[np.float64] | None) -> Iterator[EmotionSpecificity]:
        complete = self.evoked.filter("complete")
        lacks_baseline = not self.part.is_paired and not self.baseline["complete"].any()
        for column, (emotion, mean) in enumerate(zip(self.emotions, found.by_kind, strict=True)):
            is_own = self.own == column
            yield EmotionSpecificity(
                emotion,
                _estimate(mean, NO_BASELINES if lacks_baseline else NO_SITUATIONS),
                _estimate_of_hits(None if hit is None else hit[is_own], self.own[is_own]),
                int(is_own.sum()),
                complete.filter(pl.col("emotion") == emotion).height,
            )

    def _counts(self, wide: pl.DataFrame) -> tuple[int, dict[str, int]]:
        """Administrations with every emotion, and the others by reason."""
        others = wide.filter(~pl.col("complete"))
        reason = pl.when("has_score").then(pl.lit(NO_BASELINE)).otherwise(pl.col("outcome").cast(pl.String))
        reasons = others.select(reason.alias("reason"))["reason"]
        return wide.height - others.height, dict(sorted(Counter(reasons).items()))


def _estimate_of_hits(hit: NDArray[np.float64] | None, own: NDArray[np.intp]) -> Estimate:
    """The mean over emotions of their share of hits, as of so many situations as would give the same precision."""
    if hit is None:
        return Estimate.none(NO_BASELINES)
    if not hit.size:
        return Estimate.none(NO_SITUATIONS)
    _, index, n = np.unique(own, return_inverse=True, return_counts=True)
    n_effective = n.size**2 / float(np.sum(1 / n))
    return wilson(float(np.mean(np.bincount(index, hit) / n)) * n_effective, n_effective)


def _texts(names: pl.Series) -> NDArray[np.str_]:
    return names.cast(pl.String).to_numpy().astype(np.str_)


def _estimate(mean: Mean, why: str | None = None) -> Estimate:
    """A mean with its interval; ``why`` says why there is none where that is known better."""
    low, high = mean.interval()
    if mean.value is None:
        return Estimate.none(why or mean.why or "no scores")
    return Estimate(mean.value, low, high, why=mean.why or ("the scores do not vary" if low is None else None))
