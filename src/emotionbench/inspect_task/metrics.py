"""What Inspect shows of a whole task: means of each subscale by condition, and mean changes by emotion.

A mean is of situations: repeats are averaged, then each factor counts once, as in ``emotionbench table``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from inspect_ai.scorer import Metric, SampleScore, Value, metric

from emotionbench.imports.inspect_metadata import KEY
from emotionbench.records import Condition, Design


class _Scored(NamedTuple):
    """One score: whose it is, and the score of the same subscale before imagining where that is in the same sample."""

    instrument: str
    subscale: str
    condition: str
    emotion: str | None
    factor: str | None
    situation: str | None
    value: float
    before: float | None


@metric(name="means")
def means() -> Metric:
    """The mean of each subscale in each condition over all administrations, such as ``PANAS positive baseline``."""

    def of(scores: list[SampleScore]) -> Value:
        values: dict[str, list[float]] = defaultdict(list)
        for one in _scored(scores):
            values[f"{one.instrument} {one.subscale} {one.condition}"].append(one.value)
        return {key: fmean(found) for key, found in values.items()}

    return of


@metric(name="changes")
def changes() -> Metric:
    """The mean change of each subscale from baseline by emotion, such as ``PANAS negative change anger``."""

    def of(scores: list[SampleScore]) -> Value:
        found = list(_scored(scores))
        baselines: dict[tuple[str, str], list[float]] = defaultdict(list)
        moved: dict[tuple[str, str, str], list[_Scored]] = defaultdict(list)
        for one in found:
            if one.condition == Condition.BASELINE:
                baselines[one.instrument, one.subscale].append(one.value)
            elif one.condition == Condition.EVOKED and one.emotion:
                moved[one.instrument, one.subscale, one.emotion].append(one)
        changed = {key: _change(after, baselines.get(key[:2], ())) for key, after in moved.items()}
        return {
            f"{instrument} {subscale} change {emotion}": change
            for (instrument, subscale, emotion), change in changed.items()
            if change is not None
        }

    return of


def _change(after: Sequence[_Scored], baselines: Sequence[float]) -> float | None:
    """The mean change over factors; None where there is nothing to compare with."""
    if all(one.before is not None for one in after):
        return _over_factors([(one, one.value - (one.before or 0.0)) for one in after])
    # a conversation whose baseline could not be scored has no change
    paired = [(one, one.value - one.before) for one in after if one.before is not None]
    if paired:
        return _over_factors(paired)
    return _over_factors([(one, one.value) for one in after]) - fmean(baselines) if baselines else None


def _over_factors(values: Iterable[tuple[_Scored, float]]) -> float:
    """Repeats averaged within situations, situations within factors, and factors, each counted once."""
    situations: dict[tuple[str | None, str | None], list[float]] = defaultdict(list)
    for one, value in values:
        situations[one.factor, one.situation].append(value)
    factors: dict[str | None, list[float]] = defaultdict(list)
    for (factor, _), found in situations.items():
        factors[factor].append(fmean(found))
    return fmean(fmean(found) for found in factors.values())


def _scored(scores: Sequence[SampleScore]) -> Iterator[_Scored]:
    """Every subscale that has a score."""
    for sample in scores:
        about, values = sample.sample_metadata or {}, sample.score.value
        if not isinstance(values, dict):
            continue
        is_paired = about["design"] == Design.PAIRED
        conditions = [note["condition"] for note in about[KEY]] if is_paired else [about["condition"]]
        for condition in conditions:
            yield from _of_condition(about, values, condition, is_paired=is_paired)


def _of_condition(
    about: dict[str, Any], values: dict[str, Any], condition: str, *, is_paired: bool
) -> Iterator[_Scored]:
    prefix = f"{condition}_" if is_paired else ""
    for key, value in values.items():
        if not key.startswith(prefix) or not _is_score(value):
            continue
        subscale = key.removeprefix(prefix)
        before = values.get(f"{Condition.BASELINE}_{subscale}") if is_paired else None
        yield _Scored(
            about["instrument"],
            subscale,
            condition,
            about["emotion"],
            about["factor"],
            about["situation"],
            float(value),
            float(before) if before is not None and _is_score(before) else None,
        )


def _is_score(value: Any) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)
