"""In which order rows are asked, and which can have an interval."""

from __future__ import annotations

import math

import pytest

from emotionbench.comparisons.narrowing import PartPlan, RowKind
from emotionbench.statistics.sequential import LEAST_DF


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
