from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SUBSCALES, Scores
from emotionbench.analysis import analyse
from emotionbench.comparisons.change import change_blocks
from emotionbench.comparisons.precision import Precision, plans, precisions, split
from emotionbench.materials import catalogue
from emotionbench.statistics.decision_study import half_width
from emotionbench.statistics.generalizability import NOT_SHARED, ONE_FACTOR, ONE_REPEAT, variance_components
from emotionbench.store import Store
from engine_helpers import run_here

NAMES = {"MOOD": SUBSCALES}
FACTORS = ("fear-1", "fear-2", "anger-1", "anger-2", "anger-3", "guilt-1")


def independent(n_repeats: int = 4, n_situations: int = 5, **constant: Any) -> Scores:
    """Scores of ``up`` with situations of SD 2 and repeats of SD 1; baselines of SD 1.5."""
    generator = np.random.default_rng(3)
    scores = Scores(**constant)
    for _ in range(12):
        scores.baseline(20 + generator.normal(0, 1.5))
    for factor in FACTORS:
        of_factor = generator.normal(0, 3)
        for number in range(n_situations):
            mean = 24 + of_factor + generator.normal(0, 2)
            for repeat in range(n_repeats):
                scores.evoked(f"{factor}-{number + 1}", mean + generator.normal(), repeat=repeat)
    return scores


def people() -> Scores:
    """Three persons a situation, each with a before and after."""
    generator = np.random.default_rng(4)
    scores = Scores(kind="human")
    for factor in FACTORS:
        for number in range(4):
            moved = generator.normal(3, 2)
            for person in range(3):
                before = generator.normal(20, 5)
                session = f"{factor} {number} {person}"
                scores.pair(
                    session, f"{factor}-{number + 1}", before, before + moved + generator.normal(), repeat=person
                )
    return scores


def of(scores: Scores, subscale: str = "up") -> Precision:
    (found,) = (part for part in precisions(scores.frame(), NAMES) if part.subscale == subscale)
    return found


def test_components_are_those_of_the_scores() -> None:
    scores = independent()
    found = of(scores)
    rows = [row for row in scores.rows if row["subscale"] == "up"]
    evoked = [row for row in rows if row["condition"] == "evoked"]
    columns = [[row[name] for row in evoked] for name in ("value", "factor", "situation", "repeat")]
    baseline = [row["value"] for row in rows if row["condition"] == "baseline"]
    assert found.components == variance_components(*columns, baseline=baseline)
    assert (found.n_scores, found.most_situations) == (120, 5)
    assert (found.respondent, found.subscale, found.subscale_name) == ("someone", "up", "Up")


def test_the_precision_now_is_that_of_the_tables() -> None:
    scores = independent()
    found = of(scores)
    (block,) = change_blocks(scores.frame(), NAMES, [], by="factor")
    for row in found.rows:
        contrasts = [shown.contrasts["up"] for shown in block.rows if shown.kind == row.row]
        widths = [(c.high - c.low) / 2 for c in contrasts if c.high is not None and c.low is not None]
        assert row.half_width == pytest.approx(float(np.median(widths)))
        assert (row.n_rows, row.n_intervals) == (len(contrasts), len(widths))
        assert row.predicted is not None
    assert [(row.row, row.n_factors) for row in found.rows] == [("factor", 1), ("emotion", 2), ("overall", 6)]


def test_rows_say_how_many_factors_share_a_variance() -> None:
    # the emotions have 2, 3 and 1 factors: of six factors the median has 2.5 in its emotion
    assert [(row.row, row.n_pooled) for row in of(independent()).rows] == [
        ("factor", 2),
        ("emotion", 2),
        ("overall", 6),
    ]


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_the_design_at_hand_is_predicted_as_it_is(design: str) -> None:
    generator = np.random.default_rng(11)
    scores = Scores(design=design)
    for _ in range(0 if design == "paired" else 40):
        scores.baseline(20 + generator.normal(0, 1.5))
    for emotion in ("anger", "fear", "guilt", "jealousy", "anxiety", "depression", "frustration", "embarrassment"):
        for factor in range(4):
            for number in range(5):
                change, situation = generator.normal(4, 2), f"{emotion}-{factor + 1}-{number + 1}"
                for repeat in range(4):
                    before, after = 20.0, 20 + change + generator.normal()
                    if design == "paired":
                        scores.pair(f"{situation} {repeat}", situation, before, after, repeat=repeat)
                    else:
                        scores.evoked(situation, after, repeat=repeat)
    found = of(scores)
    assert [row.n_pooled for row in found.rows] == [4, 4, 32]
    for row in found.rows:
        assert row.predicted is not None
        assert row.half_width == pytest.approx(row.predicted.half_width, rel=0.1)


def test_recorded_people_are_predicted_as_they_are(upstream: Path, tmp_path: Path) -> None:
    recorded = upstream / "EmotionBench/results/PANAS Test/crowd.xlsx"
    assert run_here(tmp_path, ["import", "emotionbench-crowd", str(recorded), "--store", "s.db"]).returncode == 0
    with Store(str(tmp_path / "s.db"), writable=False) as store:
        analysis = analyse(store)
    found = precisions(analysis.labelled_scores, analysis.subscale_names)
    assert [part.subscale for part in found] == ["positive", "negative"]
    for part in found:
        for row in part.rows:
            assert row.predicted is not None
            assert row.half_width == pytest.approx(row.predicted.half_width, rel=0.1)


def test_plans_are_for_the_row_that_is_asked_about() -> None:
    found = of(independent())
    made = plans(found, "emotion", 1.0)
    assert [plan.n_repeats for plan in made] == [1, 2, 3, 5, 10, 20]
    assert found.components is not None
    for plan in made:
        assert plan.n_factors == 2
        assert plan.half_width is not None
        assert plan.half_width <= 1
    best = split(found, "overall", 400)
    assert best.n_situations == 5
    assert best.half_width == half_width(found.components, 5, best.n_repeats, best.n_baseline, n_factors=6).half_width  # type: ignore[arg-type]
    of_factor = split(found, "factor", 60)
    assert (of_factor.n_factors, of_factor.n_pooled) == (1, 2)
    assert {(plan.n_factors, plan.n_pooled) for plan in plans(found, "factor", 2.0)} == {(1, 2)}
    wider = split(found, "overall", 400, max_situations=30)
    assert wider.n_situations is not None
    assert wider.n_situations > 5


def test_people_are_the_repeats_of_their_situations() -> None:
    found = of(people())
    assert found.components is not None
    assert found.components.is_paired
    assert found.components.repeat.variance.why == NOT_SHARED
    # the change varies by 1 from person to person, however far apart persons are before
    assert found.components.residual.variance.value == pytest.approx(1, rel=0.5)
    assert found.row("overall").half_width is not None
    plan = split(found, "emotion", 96)
    assert plan.n_baseline == plan.n_situations * plan.n_repeats * plan.n_factors  # type: ignore[operator]


def test_respondents_and_subscales_are_kept_apart() -> None:
    frame = pl.concat([independent().frame(), independent(respondent="other").frame()])
    found = precisions(frame, NAMES)
    assert [(part.respondent, part.subscale) for part in found] == [
        ("someone", "up"),
        ("someone", "down"),
        ("other", "up"),
        ("other", "down"),
    ]


def test_scores_that_never_vary_need_no_more() -> None:
    found = of(independent(), "down")
    assert found.components is not None
    assert found.components.situation.variance.value == 0
    assert found.row("factor").half_width is None
    assert found.row("factor").why == "the scores do not vary"
    assert plans(found, "factor", 1.0)[0].half_width == 0


def test_one_repeat_is_planned_with_as_far_as_it_goes() -> None:
    found = of(independent(n_repeats=1))
    assert found.components is not None
    assert found.components.situation.variance.why == ONE_REPEAT
    one, two, *_ = plans(found, "factor", 2.0)
    assert one.half_width is not None
    assert (two.half_width, two.why) == (None, ONE_REPEAT)
    assert split(found, "factor", 100).n_repeats == 1


@pytest.mark.parametrize(
    "scores",
    [
        Scores().baseline(1).baseline(2),
        Scores().evoked("fear-1-1", 3),
        Scores().baseline(1).evoked("fear-1-1", None),
        Scores().baseline(1).baseline(3).evoked("fear-1-1", 3).evoked("fear-1-2", 4),
        independent(n_situations=1),
        Scores(design="paired").pair("a", "fear-1-1", 1, None),
    ],
)
def test_whatever_is_missing_there_are_figures_or_reasons(scores: Scores) -> None:
    for found in precisions(scores.frame(), NAMES):
        answer = {**asdict(found), "plans": [asdict(plan) for plan in plans(found, "factor", 1.0)]}
        answer["split"] = asdict(split(found, "factor", 50))
        json.dumps(answer, allow_nan=False)
        assert (found.components is None) == (found.why is not None)
        for plan in (*plans(found, "emotion", 1.0), split(found, "emotion", 50)):
            assert (plan.half_width is None) == (plan.why is not None)
        for row in found.rows:
            assert (row.half_width is None) == (row.why is not None)


def test_one_factor_alone_has_no_variance_of_factors() -> None:
    scores = Scores().baseline(1).baseline(3)
    for number in range(3):
        for repeat in range(2):
            scores.evoked(f"fear-1-{number + 1}", number * 2 + repeat, repeat=repeat)
    found = of(scores)
    assert found.components is not None
    assert found.components.factor.variance.why == ONE_FACTOR
    assert found.row("emotion").half_width == found.row("factor").half_width


# the order of items


@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_what_order_does_is_told_where_answers_are_given(slope: float) -> None:
    instrument = catalogue.instrument("panas")
    names = {"MOOD": {key: subscale.name for key, subscale in instrument.subscales.items()}}
    generator = np.random.default_rng(5)
    scores, answers = independent(n_repeats=6), []
    frame = scores.frame().with_columns(subscale=pl.col("subscale").replace({"up": "positive", "down": "negative"}))
    for administration in frame["administration"].unique(maintain_order=True):
        order = generator.permutation(instrument.n_items)
        for position, item in enumerate(order.tolist(), 1):
            value = 3 + slope * (position - 10.5) + generator.normal(0, 0.5)
            answers.append((administration, item + 1, position, value))
    given = pl.DataFrame(answers, schema=["administration", "item", "position", "value"], orient="row")
    found, _ = precisions(frame, names, answers=given, instruments={"MOOD": instrument})
    assert found.components is not None
    assert found.components.order is not None
    # ten of twenty positions: 10 × 10 / 19 of the variance of the position effects
    expected = slope**2 * np.var(np.arange(20)) * 100 / 19
    assert found.components.order.variance.value == pytest.approx(expected, rel=0.25, abs=0.02)
    without, _ = precisions(frame, names)
    assert without.components is not None
    assert without.components.order is None
