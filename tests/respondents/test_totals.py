from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotionbench.errors import RespondentError
from emotionbench.materials.norms import Moments
from emotionbench.respondents.embedded import seeded
from emotionbench.respondents.totals import SUPPORT, Array, Totals, spread, totals, totals_after

FLOOR = Moments(mean=13.617694, sd=5.497607)
EVOKED = Moments(mean=24.05, sd=9.75)


def moments(probabilities: Array) -> tuple[float, float]:
    mean = probabilities @ SUPPORT
    return float(mean), float(np.sqrt(probabilities @ (SUPPORT - mean) ** 2))


def joint(before: Moments, after: Moments, r: float) -> Array:
    """The probabilities of first (rows) and second total."""
    rows = np.array([row.probabilities for row in totals_after(before, after, r)])
    joined: Array = np.array(totals(before).probabilities)[:, None] * rows
    return joined


def correlation(probabilities: Array) -> float:
    (mean_1, sd_1), (mean_2, sd_2) = moments(probabilities.sum(axis=1)), moments(probabilities.sum(axis=0))
    return float((SUPPORT - mean_1) @ probabilities @ (SUPPORT - mean_2) / sd_1 / sd_2)


@settings(max_examples=60, deadline=None)
@given(st.floats(10.2, 49.8), st.floats(0.05, 0.95))
def test_mean_and_sd_are_exact_wherever_they_can_be(mean: float, share: float) -> None:
    smallest, largest = np.sqrt(mean % 1 * (1 - mean % 1)), np.sqrt((mean - 10) * (50 - mean))
    sd = float(smallest + share * (largest - smallest))
    found = totals(Moments(mean=mean, sd=sd))
    assert moments(np.array(found.probabilities)) == pytest.approx((mean, sd), abs=1e-6)
    assert sum(found.probabilities) == pytest.approx(1)


def test_wide_moments_give_the_discretised_bell_curve() -> None:
    found = np.log(totals(Moments(mean=30, sd=3)).probabilities)
    assert np.diff(found, 2) == pytest.approx(-1 / 9, rel=1e-3)


def test_sd_beyond_that_of_equal_chances_bends_to_the_ends() -> None:
    found = totals(Moments(mean=30, sd=16)).probabilities
    assert np.argmin(found) == 20
    assert np.diff(found[:21]).max() < 0
    assert found == pytest.approx(found[::-1])


@pytest.mark.parametrize("r", [-0.6, -0.3, 0.0, 0.3, 0.85])
def test_second_total_has_its_moments_and_correlation(r: float) -> None:
    probabilities = joint(FLOOR, EVOKED, r)
    assert moments(probabilities.sum(axis=1)) == pytest.approx((FLOOR.mean, FLOOR.sd), abs=1e-6)
    assert moments(probabilities.sum(axis=0)) == pytest.approx((EVOKED.mean, EVOKED.sd), abs=1e-6)
    assert correlation(probabilities) == pytest.approx(r, abs=1e-6)


def test_without_correlation_the_first_total_changes_nothing() -> None:
    alone = totals(EVOKED).probabilities
    for row in totals_after(FLOOR, EVOKED, 0.0):
        assert row.probabilities == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "sd"), [(9.0, 2.0), (10.0, 0.0), (51.0, 1.0), (20.0, 0.0), (20.5, 0.4), (20.0, 17.4), (float("nan"), 1.0)]
)
def test_moments_that_no_total_has_are_an_error(mean: float, sd: float) -> None:
    with pytest.raises(RespondentError, match=rf"no total of 10 answers from 1 to 5 has mean {mean:g} and SD {sd:g}; "):
        totals(Moments(mean=mean, sd=sd))


@pytest.mark.parametrize("r", [0.9, -0.71, 1.0, -1.0])
def test_correlation_beyond_reach_is_an_error(r: float) -> None:
    # a linear programme over all joint distributions with these moments puts the limits at −0.707 and 0.891
    with pytest.raises(RespondentError, match=f"correlation {r:g} with the one before; check"):
        totals_after(FLOOR, Moments(mean=24.0, sd=9.7), r)


def test_draw_is_the_inverse_of_the_distribution_function() -> None:
    found = Totals.of(np.array([0.25, 0.0, 0.5, 0.25] + [0.0] * 37))
    assert [found.draw(u) for u in (0.0, 0.2499, 0.25, 0.7499, 0.75, 0.9999)] == [10, 10, 12, 12, 13, 13]


def test_draw_stays_in_range_where_the_probabilities_fall_short_of_one() -> None:
    assert Totals.of(np.full(41, 1 / 41 - 1e-12)).draw(1 - 2**-53) == 50


@settings(deadline=None)
@given(st.integers(10, 50), st.lists(st.floats(0, 1, exclude_max=True), min_size=10, max_size=10))
def test_spread_keeps_total_and_range(total: int, uniforms: list[float]) -> None:
    answers = spread(total, uniforms)
    assert len(answers) == 10
    assert sum(answers) == total
    assert all(1 <= answer <= 5 for answer in answers)


@pytest.mark.parametrize("uniform", [0.0, 1 - 2**-53])
@pytest.mark.parametrize("total", range(10, 51))
def test_spread_takes_the_ends_of_the_unit_interval(total: int, uniform: float) -> None:
    assert sum(spread(total, [uniform] * 10)) == total


def test_every_sheet_with_the_total_is_equally_likely() -> None:
    sheets = [sheet for sheet in product(range(1, 3), repeat=10) if sum(sheet) == 12]
    sheets += [tuple(3 if place == own else 1 for place in range(10)) for own in range(10)]
    counts = Counter(tuple(spread(12, seeded(f"sheet {n}", 10))) for n in range(5500))
    assert set(counts) == set(sheets)
    assert sum((counts[sheet] - 100) ** 2 / 100 for sheet in sheets) < 91.9  # chi-squared, 54 df, p = .001
