"""Own against others: by hand, and with the coverage that its intervals promise."""

from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.contrasts import Mean
from emotionbench.statistics.dominance import dominance, hits, mean_of, own_minus_others

N_STUDIES = 2_000


def test_own_minus_the_mean_of_the_others() -> None:
    values = [[4.0, 1.0, 2.0], [2.0, 2.0, 2.0]]
    assert own_minus_others(values, [0, 2]) == pytest.approx([2.5, 0.0], abs=0)


def test_hits_share_ties() -> None:
    changes = [[3.0, 1.0, 0.0], [2.0, 2.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]]
    assert hits(changes, [0, 1, 2, 2]) == pytest.approx([1.0, 0.5, 1 / 3, 0.0])


def test_two_kinds_by_hand() -> None:
    after, own = [[5.0, 1.0], [3.0, 1.0], [1.0, 2.0], [1.0, 4.0]], [0, 0, 1, 1]
    found = dominance(after, own, ["a", "a", "b", "b"], [[2.0, 1.0], [2.0, 1.0]])
    assert [mean.value for mean in found.by_kind] == [pytest.approx(3.0 - 1.0), pytest.approx(2.0 + 1.0)]
    # the baseline's own-minus-others is +1 for the one and −1 for the other
    assert found.overall.value == pytest.approx(2.5)
    assert found.overall.standard_error == pytest.approx(np.sqrt(1.0 / 4 + 1.0 / 4))


def test_the_baseline_cancels_out_of_the_overall_but_not_of_each_kind() -> None:
    rng = np.random.default_rng(2)
    after, own, factors = rng.normal(size=(24, 3)), np.repeat([0, 1, 2], 8), np.repeat(np.arange(6), 4)
    baselines = (rng.normal((shift, 0, 0), 1, (20, 3)) for shift in (0, 9))
    low, high = (dominance(after, own, factors, baseline) for baseline in baselines)
    assert low.overall == high.overall
    assert low.by_kind[0].value is not None
    assert high.by_kind[0].value is not None
    assert low.by_kind[0].value - high.by_kind[0].value > 7
    by_kind = [mean.value for mean in high.by_kind if mean.value is not None]
    assert np.mean(by_kind) == pytest.approx(high.overall.value)


def test_one_situation_of_a_kind_leaves_no_interval() -> None:
    found = dominance([[5.0, 1.0], [3.0, 1.0], [1.0, 2.0]], [0, 0, 1], [0, 0, 1], None)
    assert found.overall.value == pytest.approx(2.0)
    assert found.overall.standard_error is None
    assert "one unit" in (found.overall.why or "")


def test_a_kind_without_situations_leaves_no_mean() -> None:
    assert dominance([[5.0, 1.0]], [0], [0], None).overall.value is None
    assert mean_of([Mean(2, 1.0, 0.0), Mean(2, 3.0, 0.0)]).standard_error == 0.0


def test_coverage_with_a_few_situations_and_a_noisy_baseline() -> None:
    """Situations vary in all emotions at once and in each; 4 kinds of unequal spread, 2 factors of 4 situations."""
    rng = np.random.default_rng(20)
    m, own = 4, np.repeat(np.arange(4), 8)
    factors, boost = np.repeat(np.arange(8), 4), np.array([0.0, 0.5, 1.0, 2.0])
    spread, factor_means = np.array([0.3, 0.6, 1.0, 1.5])[own, None], rng.normal(0, 0.5, (8, 1))[factors]
    covered = np.zeros(1 + m)
    for _ in range(N_STUDIES):
        after = 2 + factor_means + rng.normal(0, 1, (32, 1)) + rng.normal(0, 1, (32, m)) * spread
        after[np.arange(32), own] += boost[own]
        found = dominance(after, own, factors, 1 + rng.normal(0, 1, (10, m)) + rng.normal(0, 1, (10, 1)))
        for index, (mean, true) in enumerate(zip((found.overall, *found.by_kind), (boost.mean(), *boost), strict=True)):
            low, high = mean.interval()
            assert low is not None
            assert high is not None
            covered[index] += low <= true <= high
    assert np.all(covered / N_STUDIES >= 0.93), covered / N_STUDIES
    assert np.all(covered / N_STUDIES <= 0.97), covered / N_STUDIES
