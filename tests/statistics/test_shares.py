from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.shares import mean_share, share_difference


def test_yes_and_no_have_wilsons_interval() -> None:
    found = mean_share([1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
    # Newcombe (1998), method 3: 8 of 10
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))


def test_differences_are_newcombes() -> None:
    # Newcombe (1998), table II, method 10: 56/70 − 48/80
    first, second = mean_share([1] * 48 + [0] * 32), mean_share([1] * 56 + [0] * 14)
    found = share_difference(first, second)
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=1e-4), pytest.approx(0.3339, abs=1e-4))


def test_beyond_chance_0_is_chance_and_1_is_all() -> None:
    assert mean_share([0.5, 0.5, 0.5], chance=0.5).value == pytest.approx(0)
    assert mean_share([1, 1, 1], chance=0.5).value == pytest.approx(1)
    assert mean_share([0, 0, 0], chance=0.5).value == pytest.approx(-1)


def test_nothing_asked_has_no_share_and_no_difference() -> None:
    assert mean_share([]).value is None
    found = share_difference(mean_share([1.0]), Estimate.none("nobody was asked"))
    assert (found.value, found.why) == (None, "nobody was asked")


@pytest.mark.parametrize("wrong", [[1.2], [-0.1]])
def test_a_share_lies_between_0_and_1(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        mean_share(wrong)


@pytest.mark.parametrize(("repeats", "shares"), [(1, (0.1, 0.5)), (3, (0.9, 0.2)), (5, (0.02, 0.02))])
def test_95_percent_of_intervals_hold_the_difference(repeats: int, shares: tuple[float, float]) -> None:
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(500):
        sides = [
            mean_share(rng.binomial(repeats, share, n) / repeats) for share, n in zip(shares, (12, 30), strict=True)
        ]
        found = share_difference(*sides)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= shares[1] - shares[0] <= found.high
    assert held / 500 >= 0.93
