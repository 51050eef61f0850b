from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.order_effects import PositionEffects, position_effects, score_variance

N_ITEMS = 20


def answers(
    generator: np.random.Generator,
    b: np.ndarray[Any, Any],
    n_situations: int = 8,
    n_repeats: int = 6,
    halo: float = 0.5,
) -> dict[str, Any]:
    """Answers in random orders: items differ by situation, administrations by their halo, positions by ``b``."""
    columns: dict[str, list[Any]] = {name: [] for name in ("answers", "items", "administrations", "situations")}
    columns["positions"] = []
    for situation in range(n_situations):
        of_items = generator.normal(3, 1, N_ITEMS)
        for repeat in range(n_repeats):
            order = generator.permutation(N_ITEMS)
            shift = generator.normal(0, halo)
            columns["answers"].append(of_items + b[order] + shift + generator.normal(0, 0.7, N_ITEMS))
            columns["items"].append(np.arange(N_ITEMS))
            columns["administrations"].append(np.full(N_ITEMS, f"{situation}.{repeat}"))
            columns["situations"].append(np.full(N_ITEMS, situation))
            columns["positions"].append(order + 1)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def only(columns: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: column[rows] for name, column in columns.items()}


SLOPE = 0.08 * (np.arange(N_ITEMS) - 9.5)
NONE = np.zeros(N_ITEMS)


def test_a_planted_slope_is_found() -> None:
    found = position_effects(**answers(np.random.default_rng(1), SLOPE, 20), n_positions=N_ITEMS)
    assert found.n_answers == 20 * 6 * 20
    assert found.n_administrations == 120
    assert sum(found.effects) == pytest.approx(0, abs=1e-9)
    assert found.effects == pytest.approx(SLOPE, abs=0.35)
    assert np.corrcoef(found.effects, SLOPE)[0, 1] > 0.95
    assert found.variance.value == pytest.approx(SLOPE.var(), rel=0.3)
    assert found.p is not None
    assert found.p < 1e-6


def test_no_effect_is_found_where_there_is_none() -> None:
    # corrected for noise: on average nothing, in 5 % significant, intervals cover 0
    generator = np.random.default_rng(2)
    found = [position_effects(**answers(generator, NONE), n_positions=N_ITEMS) for _ in range(300)]
    rejected = np.mean([f.p is not None and f.p < 0.05 for f in found])
    assert 0.02 <= rejected <= 0.08
    assert np.median([f.variance.value for f in found]) < 0.002
    assert np.mean([f.variance.low == 0 for f in found]) > 0.95


def test_intervals_of_the_variance_cover() -> None:
    generator = np.random.default_rng(3)
    b = SLOPE / 2
    found = [position_effects(**answers(generator, b, 5, 5), n_positions=N_ITEMS).variance for _ in range(800)]
    assert 0.93 <= np.mean([not estimate.excludes(b.var()) for estimate in found]) <= 0.97
    assert np.mean([estimate.value for estimate in found]) == pytest.approx(b.var(), rel=0.1)


def test_the_items_of_one_subscale_are_enough() -> None:
    columns = answers(np.random.default_rng(4), SLOPE, 30)
    found = position_effects(**only(columns, columns["items"] % 2 == 0), n_positions=N_ITEMS)
    assert np.corrcoef(found.effects, SLOPE)[0, 1] > 0.9


@pytest.mark.parametrize("n_items", [1, 4, 10, 19, 20])
@pytest.mark.parametrize("is_mean", [False, True])
def test_the_variance_of_a_score_is_that_of_drawn_positions(n_items: int, is_mean: bool) -> None:
    generator = np.random.default_rng(5)
    b = np.sin(np.arange(N_ITEMS)) * 2
    b -= b.mean()
    drawn = np.argsort(generator.random((20000, N_ITEMS)), axis=1)[:, :n_items]
    totals = b[drawn].mean(axis=1) if is_mean else b[drawn].sum(axis=1)
    effects = PositionEffects(tuple(b), Estimate(b.var(), b.var() / 2, b.var() * 2), 0.01, 0, 0)
    found = score_variance(effects, n_items, N_ITEMS, is_mean=is_mean)
    assert found.value == pytest.approx(totals.var(), rel=0.05, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((found.value / 2, found.value * 2))  # type: ignore[operator]


def test_one_order_for_all_cannot_tell_position_from_item() -> None:
    columns = answers(np.random.default_rng(6), SLOPE)
    found = position_effects(**{**columns, "positions": columns["items"] + 1}, n_positions=N_ITEMS)
    assert (found.effects, found.p) == ((), None)
    assert found.variance == Estimate.none("the orders do not tell position from item")


def test_answers_that_never_vary_have_no_error_to_tell_from() -> None:
    columns = answers(np.random.default_rng(7), NONE)
    found = position_effects(**{**columns, "answers": columns["items"] % 5}, n_positions=N_ITEMS)
    assert found.variance == Estimate.none("the answers do not vary within item and situation")


def test_incomplete_administrations_are_left_out() -> None:
    columns = answers(np.random.default_rng(8), SLOPE)
    whole = only(columns, columns["administrations"] != "0.0")
    missing = only(columns, (columns["administrations"] != "0.0") | (columns["items"] > 0))
    assert position_effects(**missing, n_positions=N_ITEMS) == position_effects(**whole, n_positions=N_ITEMS)
    few = only(columns, columns["administrations"] == "0.0")
    assert position_effects(**few, n_positions=N_ITEMS).variance.why == "fewer than two complete administrations"
    none = position_effects([], [], [], [], [], n_positions=N_ITEMS)
    assert none.variance.value is None


def test_positions_and_items_are_checked() -> None:
    with pytest.raises(ValueError, match="1 to 20"):
        position_effects([1, 2], [0, 1], [0, 0], [0, 0], [0, 1], n_positions=N_ITEMS)
    effects = PositionEffects((), Estimate(1.0), None, 0, 0)
    with pytest.raises(ValueError, match="21 items"):
        score_variance(effects, 21, N_ITEMS)
