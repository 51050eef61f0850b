from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.generalizability import variance_components
from emotionbench.statistics.nested_summaries import nested_variances


def summaries(scores: list[list[list[float]]]) -> tuple[list[float], list[int], list[int], list[float]]:
    """Means and sizes of situations, their factors, and the SDs of factors, of scores by factor and situation."""
    means = [float(np.mean(one)) for situations in scores for one in situations]
    sizes = [len(one) for situations in scores for one in situations]
    factors = [number for number, situations in enumerate(scores) for _ in situations]
    sds = [float(np.std(np.concatenate(situations), ddof=1)) for situations in scores]
    return means, sizes, factors, sds


def test_worked_by_hand() -> None:
    """Two situations of two persons: within 2 + 8 = 10 on 2 df; between 4 · 4 = 16 on 1 df; n₀ = 2."""
    found = nested_variances(*summaries([[[1.0, 3.0], [4.0, 8.0]]]), [0])
    assert (found.person_df, found.situation_df) == (2, 1)
    assert found.person == pytest.approx(5.0)
    assert found.situation == pytest.approx((16.0 - 5.0) / 2)
    assert (found.factor, found.overall) == (0.0, 0.0)


def test_balanced_it_is_what_reml_finds_of_the_scores_themselves() -> None:
    random = np.random.default_rng(3)
    scores = [
        [(random.normal(0, 3) + centre + random.normal(0, 4, 6)).tolist() for _ in range(5)] for centre in (0, 4, 9, 1)
    ]
    found = nested_variances(*summaries(scores), [0, 0, 1, 1])
    flat = np.array(scores).ravel()
    factors, situations = np.repeat(np.arange(4), 30), np.repeat(np.arange(20), 6)
    reml = variance_components(flat, factors, situations)
    assert found.person == pytest.approx(reml.residual.variance.value, rel=1e-4)
    assert found.situation == pytest.approx(reml.situation.variance.value, rel=1e-3)
    assert found.overall == pytest.approx(reml.factor.variance.value, rel=1e-3)


def test_unequal_numbers_are_without_bias() -> None:
    """Over many norms of 8 emotions the components come to what was planted (Monte Carlo error about 1 %)."""
    random = np.random.default_rng(11)
    planted = {"person": 64.0, "situation": 12.0, "factor": 9.0}
    found: dict[str, list[float]] = {key: [] for key in planted}
    for _ in range(150):
        scores, pools = [], []
        for emotion in range(8):
            for _ in range(4):
                centre = 5 * emotion + random.normal(0, 3)
                sizes = random.integers(3, 10, size=int(random.integers(3, 7)))
                scores.append(
                    [(centre + random.normal(0, 12**0.5) + random.normal(0, 8, n)).tolist() for n in sizes.tolist()]
                )
                pools.append(emotion)
        one = nested_variances(*summaries(scores), pools)
        for key, values in found.items():
            values.append(getattr(one, key))
    for key, values in found.items():
        error = float(np.std(values) / np.sqrt(len(values)))
        assert abs(float(np.mean(values)) - planted[key]) < 3.5 * error, key
        assert error < 0.08 * planted[key]


def test_nothing_falls_below_zero() -> None:
    """Situations that differ by less than persons would make them differ."""
    found = nested_variances(*summaries([[[0.0, 10.0], [0.0, 10.0]], [[0.0, 10.0], [0.0, 10.1]]]), [0, 0])
    assert (found.situation, found.factor, found.overall) == (0.0, 0.0, 0.0)
    assert found.person > 0


@pytest.mark.parametrize(
    ("means", "sizes", "factors", "sds"),
    [
        ([1.0, 2.0], [1, 1], [0, 0], [0.7]),
        ([1.0], [5], [0], [0.7]),
        ([1.0, 2.0], [5, 5], [0, 0], [0.7, 0.7]),
    ],
)
def test_what_cannot_tell_is_refused(
    means: list[float], sizes: list[int], factors: list[int], sds: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"factor|situation"):
        nested_variances(means, sizes, factors, sds, [0] * len(sds))
