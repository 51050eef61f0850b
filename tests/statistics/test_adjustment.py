from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from emotionbench.statistics.adjustment import benjamini_hochberg, holm

R = json.loads((Path(__file__).parents[1] / "fixtures" / "effect_sizes.json").read_text())["adjusted"]
METHODS = pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
Adjust = Callable[[Sequence[float | None]], tuple[float | None, ...]]
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@METHODS
def test_adjusted_p_values_agree_with_r(adjust: Adjust) -> None:
    assert adjust(R["p"]) == pytest.approx(R[adjust.__name__], rel=1e-9)


@given(P_VALUES)
def test_holm_follows_its_definition(p_values: list[float]) -> None:
    n = len(p_values)
    order = sorted(range(n), key=p_values.__getitem__)
    expected, greatest = [0.0] * n, 0.0
    for rank, index in enumerate(order):
        greatest = max(greatest, min(1.0, (n - rank) * p_values[index]))
        expected[index] = greatest
    assert holm(p_values) == pytest.approx(expected)


@given(P_VALUES)
def test_benjamini_hochberg_agrees_with_scipy(p_values: list[float]) -> None:
    assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values))


def test_both_agree_with_statsmodels() -> None:
    for n in (1, 2, 7, 40):
        p_values = np.random.default_rng(n).random(n) ** 3
        assert holm(p_values.tolist()) == pytest.approx(multipletests(p_values, method="holm")[1])
        assert benjamini_hochberg(p_values.tolist()) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


@METHODS
def test_what_has_no_test_stays_null_and_does_not_count(adjust: Adjust) -> None:
    one, two, three = adjust([0.01, 0.04, 0.03])
    assert adjust([None, 0.01, None, 0.04, 0.03]) == (None, one, None, two, three)
    assert adjust([]) == ()
    assert adjust([None]) == (None,)
    assert adjust([0.3, None]) == (0.3, None)


def test_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx((0.04, 0.03, 0.04))


@METHODS
@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan"), float("inf")])
def test_what_is_no_p_value_is_refused(adjust: Adjust, wrong: float) -> None:
    with pytest.raises(ValueError, match="is not a p-value"):
        adjust([0.5, wrong])


def test_holm_holds_the_rate_of_any_false_rejection() -> None:
    p = np.random.default_rng(1).random((2000, 8))
    rejected = [any(q < 0.05 for q in holm(own.tolist()) if q is not None) for own in p]
    assert 0.035 <= np.mean(rejected) <= 0.06
