"""In which order rows are asked, and which can have an interval."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from emotionbench.comparisons import narrowing
from emotionbench.comparisons.narrowing import PartPlan, RowKind, look
from emotionbench.comparisons.parts import Names, Part
from emotionbench.statistics.sequential import LEAST_DF, Need, Spread, ahead, is_enough, spread_of

N_BASELINES = 20
SUBSCALES = {"up": "Up", "down": "Down"}


def plan(n_factors: int = 2, n_situations: int = 12, n_repeats: int = 3) -> PartPlan:
    factors = {f"a-{f}": tuple(f"a-{f}-{place}" for place in range(n_situations)) for f in range(n_factors)}
    return PartPlan({"anger": factors}, n_repeats, 40)


def test_everything_is_asked_once_situations_before_repeats() -> None:
    (row,) = plan().rows("emotion")
    assert len(row.queue) == len(set(row.queue)) == 2 * 12 * 3
    first = row.queue[: row.n_first]
    n_once = 1 + math.ceil(LEAST_DF / 2)
    assert sum(repeat == 0 for _, repeat in first) == 2 * n_once
    assert sum(repeat == 1 for _, repeat in first) == 2 * 2
    then = [repeat for _, repeat in row.queue[row.n_first :]]
    assert then == sorted(then)


def test_factors_are_asked_by_turns() -> None:
    (row,) = plan().rows("emotion")
    assert [situation for situation, _ in row.queue[:4]] == ["a-0-0", "a-1-0", "a-0-1", "a-1-1"]


def test_the_first_wave_tells_the_variance_well_enough_to_stop() -> None:
    for n_factors in (1, 2, 4, 13):
        (row,) = plan(n_factors, n_situations=40).rows("emotion")
        begun = {situation for situation, _ in row.queue[: row.n_first]}
        assert len(begun) - n_factors >= LEAST_DF


def test_one_repeat_asks_nothing_again() -> None:
    (row,) = plan(n_repeats=1).rows("emotion")
    assert {repeat for _, repeat in row.queue} == {0}
    assert row.n_first == 2 * (1 + math.ceil(LEAST_DF / 2))


def test_a_factor_s_row_has_its_own_situations_and_the_emotion_s_pool() -> None:
    first, second = plan().rows("factor")
    assert {situation[:3] for situation, _ in first.queue} == {"a-0"}
    assert (first.label, second.label) == ("a-0", "a-1")
    assert set(first.of_pool) == {"a-0", "a-1"}
    assert plan().first_units() == [unit for row in plan().rows("emotion") for unit in row.queue[: row.n_first]]


@pytest.mark.parametrize(
    ("n_factors", "n_situations", "per", "has"),
    [(2, 1, "factor", False), (2, 1, "emotion", True), (1, 1, "emotion", False), (1, 2, "factor", True)],
)
def test_rows_without_an_interval_are_told_before(n_factors: int, n_situations: int, per: RowKind, has: bool) -> None:
    assert all(row.has_interval == has for row in plan(n_factors, n_situations).rows(per))


def part(asked: PartPlan, n_repeats: int, sd: float = 2.0, noise: float = 2.0) -> Part:
    """Scores of every situation so many times, and of the baselines."""
    draws = np.random.default_rng(1)
    rows: list[dict[str, object]] = []
    for factor, situations in asked.emotions["anger"].items():
        for situation in situations:
            level = dict(zip(SUBSCALES, draws.normal(0, sd, 2), strict=True))
            labels = {"condition": "evoked", "emotion": "anger", "factor": factor, "situation": situation}
            rows += [
                {**labels, "repeat": repeat, "subscale": key, "value": 30 + level[key] + draws.normal(0, noise)}
                for repeat in range(n_repeats)
                for key in SUBSCALES
            ]
    rows += [
        {"condition": "baseline", "repeat": repeat, "subscale": key, "value": draws.normal(25, noise)}
        for repeat in range(N_BASELINES)
        for key in SUBSCALES
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    ids = pl.concat_str("condition", pl.col("situation").fill_null(""), "repeat", separator="|")
    scores = frame.with_columns(
        administration=ids, session=ids, factor_name="factor", situation_kind=pl.lit("evoking"), situation_set=None
    )
    return Part(scores, Names("m", "llm", "I", "p", "independent", "s"), SUBSCALES)


@pytest.mark.parametrize("wanted", [1.0, 2.0, 3.5])
def test_a_row_is_judged_by_what_all_that_is_left_would_give(wanted: float) -> None:
    asked = plan(n_situations=8, n_repeats=6)
    scores = part(asked, n_repeats=2)
    tried = {(situation, repeat) for own in asked.emotions["anger"].values() for situation in own for repeat in (0, 1)}
    seen = look(scores, asked, "factor", wanted, tried=tried, n_baselines=N_BASELINES)
    n_scored = N_BASELINES
    left_baselines = asked.n_baselines - N_BASELINES
    for row, standing in zip(asked.rows("factor"), seen.standings, strict=True):
        to_come = [(0, unit[0]) for unit in row.queue if unit not in tried]
        counts = [dict.fromkeys(row.situations[row.label], 2)]
        need = Need(spreads(scores), ahead(counts, to_come, other_df=7), 16)
        assert standing.best == need.widths(n_scored + left_baselines)[-1]
        assert standing.is_far == need.is_far(wanted, n_scored + left_baselines)
        half = standing.half_width
        assert half is not None
        assert standing.is_done == is_enough(need, half, wanted, n_scored, left_baselines)
        assert (standing.n_situations, standing.n_administrations) == (8, 16)


def spreads(scores: Part) -> tuple[Spread, ...]:
    """How both factors together vary, by subscale."""
    found = []
    for key in SUBSCALES:
        own = scores.evoked.filter(subscale=key)
        baseline = scores.baseline.filter(subscale=key)["value"]
        spread = spread_of(own["value"], own["situation"].to_numpy(), own["factor"].to_numpy(), baseline.to_numpy())
        assert spread is not None
        found.append(spread)
    return tuple(found)


def test_what_the_rows_of_an_emotion_share_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*given: object) -> Spread | None:
        calls.append(given)
        return spread_of(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(narrowing, "spread_of", counted)
    asked = plan(n_factors=5)
    look(part(asked, 2), asked, "factor", 1.0, tried=set(), n_baselines=N_BASELINES)
    assert len(calls) == len(SUBSCALES)


def test_where_scores_do_not_vary_the_row_is_done_and_says_so() -> None:
    asked = plan(n_factors=1)
    same = part(asked, 1, sd=0, noise=0)
    tried = {(situation, 0) for situation in asked.emotions["anger"]["a-0"]}
    (standing,) = look(same, asked, "emotion", 1.0, tried=tried, n_baselines=N_BASELINES).standings
    assert (standing.outcome, standing.is_done) == ("reached", True)
    assert (standing.half_width, standing.why) == (0, "the scores do not vary")
