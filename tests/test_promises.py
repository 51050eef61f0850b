"""What the default analysis promises, by simulation through the whole comparison: fixed seeds, many studies at once.

Every study is a respondent of its own. Situations differ in what they do, and repeats of one situation share it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SCHEMA
from emotionbench.comparisons.change import contrast_of
from emotionbench.comparisons.differences import differences
from emotionbench.comparisons.inference import Inference, adjusted
from emotionbench.comparisons.parts import Part, parts_to_compare, scored
from emotionbench.statistics.contrasts import f_then_t, one_sample_t

pytestmark = pytest.mark.xdist_group("promises")  # the studies are made once

STUDIES = 1200
FACTORS, SITUATIONS, REPEATS, BASELINES = 3, 4, 5, 40
TRUE_CHANGE = 4.0
FACTOR_IDS = [f"fear-{number + 1}" for number in range(FACTORS)]
NAMES = {"MOOD": {"down": "Down"}}


@cache
def studies(change: float, design: str = "independent", seed: int = 3, run_sd: float = 0.0) -> pl.DataFrame:
    """Labelled scores of ``STUDIES`` respondents: one emotion, its factors, their situations, repeats of each."""
    rng = np.random.default_rng(seed)
    of_situations = rng.normal(0, 3, (STUDIES, FACTORS, SITUATIONS, 1))
    noise = rng.normal(0, 3, (STUDIES, FACTORS, SITUATIONS, REPEATS))
    of_runs = rng.normal(0, run_sd, (STUDIES, 1, 1, REPEATS)) if run_sd else 0.0
    after = 20 + change + of_situations + of_runs + noise
    cells = [(f, s, r) for f in range(FACTORS) for s in range(SITUATIONS) for r in range(REPEATS)]
    rows: dict[str, list[Any]] = {
        "respondent": [], "condition": [], "factor": [], "situation": [], "session": [], "repeat": [], "value": []
    }  # fmt: skip
    before = rng.normal(20, 3, (STUDIES, BASELINES if design == "independent" else len(cells)))
    for study in range(STUDIES):
        sessions = [f"{study}-{i}" for i in range(len(cells))] if design == "paired" else [None] * len(cells)
        starts = before[study]
        rows["respondent"] += [f"study {study}"] * (len(starts) + len(cells))
        rows["condition"] += ["baseline"] * len(starts) + ["evoked"] * len(cells)
        rows["factor"] += [None] * len(starts) + [f"fear-{f + 1}" for f, _, _ in cells]
        rows["situation"] += [None] * len(starts) + [f"fear-{f + 1}-{s + 1}" for f, s, _ in cells]
        rows["repeat"] += [*range(len(starts)), *(r for _, _, r in cells)]
        rows["session"] += (sessions if design == "paired" else [None] * len(starts)) + sessions
        shift = starts - 20 if design == "paired" else 0.0
        rows["value"] += [*starts, *(after[study].ravel() + shift)]
    frame = pl.DataFrame(rows).with_row_index("administration")
    is_evoked = pl.col("condition") == "evoked"
    constant = {"kind": "llm", "instrument": "MOOD", "protocol": "plain", "subscale": "down", "outcome": "answered"}
    return frame.with_columns(
        *(pl.lit(value).alias(name) for name, value in constant.items()),
        pl.lit(design).alias("design"),
        pl.col("administration").cast(pl.String),
        pl.when(is_evoked).then(pl.lit("fear")).alias("emotion"),
        pl.col("factor").alias("factor_name"),
        pl.when(is_evoked).then(pl.lit("evoking")).alias("situation_kind"),
        pl.when(is_evoked).then(pl.lit("tiny")).alias("situation_set"),
        pl.lit(4).cast(pl.Int64).alias("n_valid"),
        pl.lit(4).cast(pl.Int64).alias("n_items"),
    ).select(list(SCHEMA))


@cache
def parts(change: float, design: str = "independent", run_sd: float = 0.0) -> list[Part]:
    return list(parts_to_compare(studies(change, design, run_sd=run_sd), NAMES))


@cache
def default(change: float, design: str, kind: str) -> list[Any]:
    """The contrasts of all studies by the default rule: of every factor, or of the emotion."""
    wanted = [[factor] for factor in FACTOR_IDS] if kind == "factor" else [None]
    return [contrast_of(part, "down", factors) for part in parts(change, design) for factors in wanted]


@cache
def published(change: float, design: str) -> list[Any]:
    """The contrasts of the emotion by the published rule."""
    found = []
    for part in parts(change, design):
        after = scored(part.evoked, "down", part.compared)
        before = scored(part.baseline, "down", "value")
        found.append(one_sample_t(after) if part.is_paired else f_then_t(before, after))
    return found


@pytest.mark.parametrize("design", ["independent", "paired"])
@pytest.mark.parametrize("kind", ["factor", "emotion"])
def test_where_nothing_changes_the_default_rejects_at_alpha_and_the_published_rule_far_more(
    design: str, kind: str
) -> None:
    assert 0.035 <= np.mean([contrast.p < 0.05 for contrast in default(0.0, design, kind)]) <= 0.065
    assert np.mean([contrast.p < 0.05 for contrast in published(0.0, design)]) > 0.12


def test_arrows_within_a_family_point_by_mistake_at_most_as_often_as_alpha() -> None:
    inference = Inference()
    of_factors = default(0.0, "independent", "factor")
    families = [of_factors[start : start + FACTORS] for start in range(0, len(of_factors), FACTORS)]
    mistaken = [any(inference.arrow(one) in "↑↓" for one in adjusted(family, "factors")) for family in families]
    assert 0.03 <= np.mean(mistaken) <= 0.065


@pytest.mark.parametrize("design", ["independent", "paired"])
@pytest.mark.parametrize("kind", ["factor", "emotion"])
def test_intervals_of_changes_cover(design: str, kind: str) -> None:
    found = default(TRUE_CHANGE, design, kind)
    assert 0.93 <= np.mean([c.low <= TRUE_CHANGE <= c.high for c in found]) <= 0.97
    assert np.mean([c.low <= TRUE_CHANGE <= c.high for c in published(TRUE_CHANGE, design)]) < 0.9


def test_intervals_cover_where_whole_runs_differ() -> None:
    found = [contrast_of(part, "down") for part in parts(TRUE_CHANGE, run_sd=3.0)[:600]]
    assert 0.92 <= np.mean([c.low <= TRUE_CHANGE <= c.high for c in found]) <= 0.98
    without = [part.means("down").over() for part in parts(TRUE_CHANGE, run_sd=3.0)[:600]]
    narrow = [abs(mean.value - 20 - TRUE_CHANGE) <= 2 * mean.standard_error for mean in without]
    assert np.mean(narrow) < 0.85


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_intervals_of_effect_sizes_cover(design: str) -> None:
    # one situation's mean varies by 3 between situations and 3 / √5 within; where paired, the shared start cancels
    sd = np.sqrt(9 + 9 / REPEATS)
    true = TRUE_CHANGE / (np.sqrt((sd**2 + 9) / 2) if design == "independent" else sd)
    name = {"independent": "hedges_g", "paired": "d_z"}[design]
    effects = [
        next(effect for effect in contrast.effects if effect.name == name)
        for contrast in default(TRUE_CHANGE, design, "emotion")
    ]
    assert 0.93 <= np.mean([effect.low <= true <= effect.high for effect in effects]) <= 0.97


@pytest.mark.parametrize("is_matched", [True, False])
def test_intervals_of_differences_between_respondents_cover(is_matched: bool) -> None:
    frame = studies(TRUE_CHANGE)
    if not is_matched:
        other = pl.when(pl.col("respondent").str.ends_with("1")).then(pl.col("situation") + "-b")
        frame = frame.with_columns(other.otherwise("situation").alias("situation"))
    found_parts = list(parts_to_compare(frame, NAMES))
    found = [differences([one], [other])[0] for one, other in zip(found_parts[::2], found_parts[1::2], strict=True)]
    emotion = [row.contrasts["down"] for difference in found for row in difference.rows if row.kind == "emotion"]
    assert 0.93 <= np.mean([c.low <= 0 <= c.high for c in emotion]) <= 0.975
