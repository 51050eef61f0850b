from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.runs import run_effect


def test_the_component_by_hand() -> None:
    # run means 1, 4; residuals ±0.5 in an alternating pattern
    scores = np.array([[1.5, 3.5], [0.5, 4.5], [1.5, 3.5], [0.5, 4.5]])
    found = run_effect(scores)
    assert found is not None
    assert (found.n_runs, found.n_situations) == (2, 4)
    mean_square = 4 * (1.5**2 + 1.5**2) / 1
    residual = 8 * 0.5**2 / 3
    assert found.sd**2 == pytest.approx((mean_square - residual) / 4)
    assert found.variance_of_mean == pytest.approx(found.sd**2 / 2)


def test_p_is_that_of_the_two_way_layout() -> None:
    from scipy import stats  # noqa: PLC0415

    rng = np.random.default_rng(4)
    scores = rng.normal(0, 2, (12, 5)) + rng.normal(0, 1, 5) + rng.normal(0, 3, (12, 1))
    found = run_effect(scores)
    assert found is not None
    # paired by situation: for two runs F is the square of the paired t
    two = run_effect(scores[:, :2])
    assert two is not None
    assert two.p == pytest.approx(stats.ttest_rel(scores[:, 0], scores[:, 1]).pvalue)


@pytest.mark.parametrize(
    "scores",
    [np.zeros((0, 5)), np.zeros((2, 5)), np.zeros((9, 1)), np.ones((9, 4)), np.repeat(np.arange(9.0)[:, None], 4, 1)],
)
def test_few_runs_or_no_variation_say_nothing(scores: np.ndarray) -> None:
    assert run_effect(scores) is None


def test_independent_repeats_are_seldom_taken_for_runs() -> None:
    rng = np.random.default_rng(9)
    p = [found.p for _ in range(3000) if (found := run_effect(rng.normal(0, 3, (30, 4)))) is not None]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.012)
    assert np.mean(np.array(p) < 0.001) < 0.003
