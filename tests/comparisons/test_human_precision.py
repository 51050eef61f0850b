from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from change_helpers import norm
from emotionbench.comparisons.human_precision import expected_widths, spread_of
from emotionbench.materials import catalogue
from emotionbench.materials.norms import Norm
from emotionbench.statistics.contrasts import stratified_mean
from emotionbench.statistics.expected_width import ONE_UNIT

FACTORS = {"fear-1": ("fear", 5), "fear-2": ("fear", 5), "anger-1": ("anger", 5), "anger-2": ("anger", 3)}


def shipped() -> Norm:
    return catalogue.norm("emotionbench-people")


def test_the_shipped_norm_in_figures() -> None:
    """Computed apart from the code, by the formulas in its docstring."""
    negative, positive = spread_of(shipped(), "negative"), spread_of(shipped(), "positive")
    assert negative is not None
    assert positive is not None
    assert (negative.n_people, negative.n_situations, negative.n_factors) == (1266, 175, 36)
    assert (negative.person, negative.situation) == (pytest.approx(8.4456, abs=1e-3), pytest.approx(3.5636, abs=1e-3))
    assert (positive.person, positive.situation) == (pytest.approx(8.2924, abs=1e-3), pytest.approx(2.3656, abs=1e-3))
    assert negative.of_situation(10) == pytest.approx(3.5636**2 + 8.4456**2 / 10, abs=0.02)
    assert negative.of_situation(math.inf) == pytest.approx(3.5636**2, abs=0.02)


def test_a_norm_without_situations_cannot_tell() -> None:
    assert spread_of(norm({"fear-1": (8.0, 30)}), "up") is None
    one: dict[str, Any] = {"n": 10, "change": {"up": 1.0, "down": 0.0}, "evoked": {"up": 1.0, "down": 0.0}}
    lone = norm({"fear-1": (8.0, 10)}, situations=[{"situation": "fear-1-1", "factor": "fear-1", **one}])
    assert spread_of(lone, "up") is None
    assert spread_of(shipped(), "sideways") is None


def test_simulated_people_give_these_widths() -> None:
    """People drawn as the norm says, averaged and compared as the analysis does, with situations as units."""
    spread = spread_of(shipped(), "negative")
    assert spread is not None
    n_people, random = 6, np.random.default_rng(8)
    factors = list(FACTORS)
    strata = np.repeat(np.arange(len(factors)), [n for _, n in FACTORS.values()])
    pools = np.array([emotion for emotion, _ in FACTORS.values()])[strata]
    rows = {
        "factor": strata == 3,
        "emotion": pools == "anger",
        "overall": np.ones(strata.size, bool),
    }
    centres = random.normal(0, 5, len(factors))
    widths: dict[str, list[float]] = {row: [] for row in rows}
    holds: dict[str, list[bool]] = {row: [] for row in rows}
    for _ in range(1500):
        situations = centres[strata] + random.normal(0, spread.situation, strata.size)
        persons = situations[:, None] + random.normal(0, spread.person, (strata.size, n_people))
        for row, chosen in rows.items():
            low, high = stratified_mean(persons.mean(axis=1), strata, pools, chosen).interval()
            assert low is not None
            assert high is not None
            widths[row].append((high - low) / 2)
            truth = float(np.mean(centres[np.unique(strata[chosen])]))
            holds[row].append(low <= truth <= high)
    for found in expected_widths(spread, FACTORS, [n_people]):
        error = float(np.std(widths[found.row]) / math.sqrt(1500))
        assert found.most == pytest.approx(float(np.mean(widths[found.row])), abs=4 * error), found.row
        assert float(np.mean(holds[found.row])) == pytest.approx(0.95, abs=0.02)


def test_rows_of_more_situations_are_narrower_and_people_help_only_so_far() -> None:
    spread = spread_of(shipped(), "negative")
    assert spread is not None
    found = {(one.row, one.n_people): one for one in expected_widths(spread, FACTORS, [5, 20, math.inf])}
    factor = found["factor", 5]
    assert factor.least is not None
    assert factor.most is not None
    assert factor.least < factor.most
    for row in ("factor", "emotion", "overall"):
        few, many, endless = (found[row, n].most for n in (5, 20, math.inf))
        assert few is not None
        assert many is not None
        assert endless is not None
        assert few > many > endless > 0
    # four times as many people do not halve an interval that situations widen
    assert (found["emotion", 5].most or 0) < 2 * (found["emotion", 20].most or 0)


def test_one_emotion_has_no_overall_row() -> None:
    spread = spread_of(shipped(), "positive")
    assert spread is not None
    found = expected_widths(spread, {"fear-1": ("fear", 2), "fear-2": ("fear", 2)}, [10])
    assert [one.row for one in found] == ["factor", "emotion"]


def test_one_situation_a_factor_has_an_interval_of_the_emotion_alone() -> None:
    spread = spread_of(shipped(), "positive")
    assert spread is not None
    found = {one.row: one for one in expected_widths(spread, {"fear-1": ("fear", 1), "fear-2": ("fear", 1)}, [10])}
    assert (found["factor"].most, found["factor"].why) == (None, ONE_UNIT)
    emotion = found["emotion"]
    assert emotion.most is not None
    assert not emotion.is_pooled
    more = {one.row: one for one in expected_widths(spread, {"fear-1": ("fear", 2), "fear-2": ("fear", 2)}, [10])}
    assert (more["emotion"].most or 0) < emotion.most
