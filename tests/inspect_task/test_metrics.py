"""Means and changes over samples whose scores are known, by hand."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    # Inspect's imports are not ours to mend
    warnings.simplefilter("ignore")
    from inspect_ai.scorer import SampleScore, Score

    from emotionbench.inspect_task.metrics import changes, means


def scored(condition: str, situation: str | None, **values: float) -> SampleScore:
    """An administration by itself; a situation is named emotion-factor-number."""
    emotion, factor, _ = (situation or "--").split("-")
    about = {
        "instrument": "PANAS",
        "design": "independent",
        "condition": condition,
        "emotion": emotion or None,
        "factor": f"{emotion}-{factor}" if situation else None,
        "situation": situation,
    }
    return SampleScore(score=Score(value=dict(values)), sample_metadata=about)


def paired(situation: str, **values: float) -> SampleScore:
    """A conversation with a baseline and what came after it."""
    found = scored("evoked", situation, **values)
    assert found.sample_metadata is not None
    notes = [{"condition": "baseline"}, {"condition": "evoked"}]
    found.sample_metadata |= {"design": "paired", "emotionbench": notes}
    return found


def of(metric: Any, *scores: SampleScore) -> dict[str, float]:
    found: dict[str, float] = metric(list(scores))
    return found


def test_means_are_by_condition_and_leave_out_what_is_unscored() -> None:
    found = of(
        means(),
        scored("baseline", None, positive=10.0, negative=math.nan),
        scored("baseline", None, positive=20.0, negative=8.0),
        scored("evoked", "anger-1-1", positive=4.0),
    )
    assert found == {"PANAS positive baseline": 15.0, "PANAS negative baseline": 8.0, "PANAS positive evoked": 4.0}


def test_repeats_count_within_their_situation_and_each_factor_once() -> None:
    found = of(
        changes(),
        scored("baseline", None, negative=10.0),
        scored("evoked", "anger-1-1", negative=20.0),
        scored("evoked", "anger-1-1", negative=30.0),
        scored("evoked", "anger-1-2", negative=15.0),
        scored("evoked", "anger-2-1", negative=10.0),
        scored("evoked", "fear-1-1", negative=12.0),
    )
    # factor 1: the mean of 25 and 15; factor 2: 10
    assert found == {"PANAS negative change anger": 5.0, "PANAS negative change fear": 2.0}


def test_a_conversation_is_compared_with_its_own_baseline() -> None:
    found = of(
        changes(),
        paired("anger-1-1", baseline_negative=10.0, evoked_negative=14.0),
        paired("anger-2-1", baseline_negative=30.0, evoked_negative=28.0),
        paired("anger-2-2", baseline_negative=math.nan, evoked_negative=50.0),
    )
    assert found == {"PANAS negative change anger": 1.0}


def test_without_anything_to_compare_with_there_is_no_change() -> None:
    assert of(changes(), scored("evoked", "anger-1-1", negative=20.0)) == {}


@pytest.mark.parametrize("metric", [means, changes])
def test_a_sample_that_was_not_scored_is_left_out(metric: Any) -> None:
    unscored = scored("baseline", None)
    unscored.score.value = "I"
    assert of(metric(), unscored) == {}
