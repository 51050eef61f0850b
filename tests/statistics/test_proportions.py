"""Wilson's interval: published figures, ends, and what cannot be had."""

from __future__ import annotations

import pytest

from emotionbench.statistics.proportions import wilson


def test_interval_of_a_worked_example() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263 is 0.2553 to 0.3662
    found = wilson(81, 263)
    assert found.value == pytest.approx(81 / 263)
    assert found.low == pytest.approx(0.2553, abs=5e-5)
    assert found.high == pytest.approx(0.3662, abs=5e-5)


@pytest.mark.parametrize(("hits", "low", "high"), [(0, 0.0, 0.1611), (20, 0.8389, 1.0)])
def test_ends_stay_shares(hits: int, low: float, high: float) -> None:
    found = wilson(hits, 20)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_ties_count_in_parts_and_nothing_has_no_share() -> None:
    assert wilson(2.5, 10).value == 0.25
    assert wilson(0, 0).value is None
    assert wilson(0, 0).why == "nothing to take a share of"
