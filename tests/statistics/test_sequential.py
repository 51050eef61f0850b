"""Asking until an interval is narrow enough: what is expected, what is chosen next, and that intervals still cover."""

from __future__ import annotations

import numpy as np
import pytest

from adaptive_simulation import Case, coverage, studies
from emotionbench.statistics.contrasts import gap, plain_mean, stratified_mean
from emotionbench.statistics.sequential import (
    LEAST_DF,
    Ahead,
    Need,
    Spread,
    Told,
    ahead,
    half_widths,
    is_enough,
    least_half_width,
    next_wave,
    spread_of,
)


def varying(between: float, within: float, baseline: float | None, *, df_within: int = 10_000) -> Spread:
    """A spread known from 15 situations, each put once, and 13 baselines."""
    return Spread(between, within, baseline, Told(between + within, 1.0, 14, df_within, 12 if baseline else 0))


def scores(n_factors: int, n_situations: int, n_repeats: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    values = random.normal(0, 3, (n_factors, n_situations, 1)) + random.normal(
        0, 1, (n_factors, n_situations, n_repeats)
    )
    factors, situations, _ = np.indices(values.shape)
    return values.ravel(), (factors * n_situations + situations).ravel(), factors.ravel()


def test_variances_are_those_of_the_analysis_of_variance() -> None:
    spread = spread_of([1, 3, 5, 7, 2, 2], ["a", "a", "b", "b", "c", "c"], [0, 0, 0, 0, 0, 0], [1, 2, 3])
    assert spread is not None
    assert spread.within == pytest.approx((2 + 2 + 0) / 3)
    assert spread.between == pytest.approx(np.var([2, 6, 2], ddof=1) - spread.within / 2)
    assert spread.baseline == pytest.approx(1)
    assert spread.told == Told(float(np.var([2, 6, 2], ddof=1)), 0.5, 2, 3, 2)


def test_what_cannot_be_told_is_none_and_one_repeat_counts_as_between() -> None:
    assert spread_of([1, 2], ["a", "b"], ["x", "y"]) is None
    assert spread_of([1, 2], ["a", "b"], ["x", "x"], [1]) is None
    assert spread_of([1, 2], ["a", "b"], ["x", "x"]) == Spread(0.5, 0.0, None, Told(0.5, 1.0, 1, 0))


@pytest.mark.parametrize("n_repeats", [2, 5])
def test_the_width_expected_now_is_that_of_the_interval_of_a_balanced_design(n_repeats: int) -> None:
    values, situations, factors = scores(4, 5, n_repeats)
    baseline = np.random.default_rng(1).normal(0, 2, 15)
    means = np.bincount(situations, values) / n_repeats
    low, high = gap(plain_mean(baseline), stratified_mean(means, np.repeat(np.arange(4), 5))).interval()
    spread = spread_of(values, situations, factors, baseline)
    now = ahead([{f"{f}-{s}": n_repeats for s in range(5)} for f in range(4)], [])
    assert low is not None
    assert high is not None
    assert spread is not None
    assert half_widths(spread, now, 15)[0] == pytest.approx((high - low) / 2)


def test_what_is_ahead_is_what_will_be() -> None:
    later = ahead([{"a": 1, "b": 1}, {"c": 2}], [(0, "a"), (1, "d"), (0, "e")])
    assert later.n_units == 3
    for n, counts in enumerate(
        [
            [{"a": 1, "b": 1}, {"c": 2}],
            [{"a": 2, "b": 1}, {"c": 2}],
            [{"a": 2, "b": 1}, {"c": 2, "d": 1}],
            [{"a": 2, "b": 1, "e": 1}, {"c": 2, "d": 1}],
        ]
    ):
        then = ahead(counts, [])
        assert (later.between[n], later.within[n], later.df[n]) == pytest.approx(
            (then.between[0], then.within[0], then.df[0])
        )


def test_without_degrees_of_freedom_nothing_is_narrow() -> None:
    alone = ahead([{"a": 2}], [(0, "b")])
    widths = half_widths(varying(1.0, 1.0, None), alone, 0)
    assert np.isinf(widths[0])
    assert np.isfinite(widths[1])
    assert np.isinf(half_widths(varying(1.0, 1.0, 1.0), alone, 1)).all()


def many(n_situations: int = 30, n_repeats: int = 4, asked: int = 15) -> Ahead:
    """A row of one factor, ``asked`` of whose situations were put once."""
    units = [(0, f"s{place}") for _ in range(n_repeats) for place in range(n_situations)]
    return ahead([{f"s{place}": 1 for place in range(asked)}], units[asked:])


def test_a_wave_goes_no_farther_than_is_needed_and_at_most_doubles() -> None:
    need = Need((varying(4.0, 1.0, None),), many(), 15)
    near = next_wave([need], float(need.widths(0)[3]) + 1e-6, 0, 0)
    assert near.units == (3,)
    assert next_wave([need], float(need.widths(0)[40]), 0, 0).units == (15,)


def test_baselines_are_asked_where_they_narrow_more_than_situations() -> None:
    noisy = Need((varying(0.5, 0.5, 50.0),), many(), 15)
    wave = next_wave([noisy], float(noisy.widths(60)[0]), 13, 187)
    assert wave.n_baselines == 13
    steady = Need((varying(30.0, 1.0, 0.5),), many(), 15)
    wave = next_wave([steady], float(steady.widths(13)[12]), 13, 187)
    assert (wave.units[0] >= 10, wave.n_baselines <= 2) == (True, True)


def test_there_is_always_something_next_while_anything_is_left() -> None:
    need = Need((varying(0.0, 0.0, 0.0),), many(), 15)
    assert next_wave([need], 1.0, 13, 5).units[0] > 0
    finished = Need((varying(1.0, 1.0, 1.0),), ahead([{"a": 1, "b": 1}], []), 2)
    assert next_wave([finished], 1e-6, 13, 5).n_baselines > 0
    assert next_wave([finished], 1e-6, 13, 0) == next_wave([finished], 9.0, 13, 0)


def test_few_situations_are_all_asked_however_wide_is_wanted() -> None:
    units = [(0, f"s{place}") for _ in range(8) for place in range(4)]
    few = Need((varying(1.0, 4.0, None),), ahead([{f"s{place}": 2 for place in range(4)}], units), 8)
    assert few.row.df[-1] < LEAST_DF
    assert not is_enough(few, 0.1, 1e6, 0, 0)


def test_an_interval_that_is_narrow_by_chance_is_not_enough() -> None:
    need = Need((varying(4.0, 1.0, None),), many(), 15)
    now = float(need.widths(0)[0])
    assert is_enough(need, now, now + 1e-9, 0, 0)
    assert not is_enough(need, now / 2, now * 0.9, 0, 0)


def test_where_nothing_is_to_come_the_least_width_is_the_width() -> None:
    values, situations, factors = scores(4, 5, 3)
    baseline = np.random.default_rng(1).normal(0, 2, 15)
    means = np.bincount(situations, values) / 3
    low, high = gap(plain_mean(baseline), stratified_mean(means, np.repeat(np.arange(4), 5))).interval()
    spread = spread_of(values, situations, factors, baseline)
    assert spread is not None
    assert low is not None
    assert high is not None
    now = ahead([{f"{f}-{s}": 3 for s in range(5)} for f in range(4)], [])
    assert least_half_width(spread, now, 15) == pytest.approx((high - low) / 2)


def test_what_may_be_noise_of_repeats_is_not_taken_to_stay() -> None:
    row = many(n_situations=15, n_repeats=10)
    known, guessed, untold = (varying(9.0, 2.0, None, df_within=df) for df in (10_000, 2, 0))
    expected = half_widths(known, row, 0)[-1]
    widths = [least_half_width(spread, row, 0) for spread in (known, guessed, untold)]
    assert 0.6 * expected < widths[0] < expected
    assert widths[1] < 0.3 * expected
    assert widths[2] == 0
    steady = varying(9.0, 0.0, None)
    assert least_half_width(steady, row, 0) == pytest.approx(half_widths(steady, row, 0)[-1])


def test_noise_that_stays_is_wide_whatever_situations_do() -> None:
    row = many(n_situations=15, n_repeats=10)
    noise = varying(0.0, 16.0, None)
    assert 0.4 < least_half_width(noise, row, 0) / half_widths(noise, row, 0)[-1] < 0.8


def test_situations_and_baselines_to_come_leave_room() -> None:
    few, all_there = many(n_situations=40, n_repeats=1), many(n_situations=15, n_repeats=1)
    spread = varying(9.0, 0.0, None)
    assert least_half_width(spread, few, 0) < 0.85 * half_widths(spread, few, 0)[-1]
    noisy = varying(0.001, 0.0, 9.0)
    assert least_half_width(noisy, all_there, 13) == pytest.approx(half_widths(noisy, all_there, 13)[-1])
    assert least_half_width(noisy, all_there, 100) < 0.85 * half_widths(noisy, all_there, 100)[-1]


def test_a_width_that_never_can_be_told_is_not_said_to_be_far() -> None:
    alone = ahead([{"a": 1}], [(0, "a")])
    assert least_half_width(varying(1.0, 1.0, None), alone, 0) == np.inf
    assert not Need((varying(1.0, 1.0, None),), alone, 1).is_far(1.0, 0)


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1.0, 1e4])
def test_the_noncentral_bound_holds_from_little_noise_to_much(scale: float) -> None:
    random = np.random.default_rng(4)
    truth = random.normal(0, 3, 12)
    exceeded = 0
    for _ in range(400):
        now = truth + random.normal(0, np.sqrt(scale), 12)
        told = Told(float(now.var(ddof=1)), 1.0, 11, 10_000)
        row = Ahead(np.array([1 / 12, 1 / 12]), np.array([1 / 12, 0.0]), np.array([11.0, 11.0]))
        bound = least_half_width(Spread(0.0, scale, None, told), row, 0, level=0.9)
        final = half_widths(Spread(float(truth.var(ddof=1)), 0.0, None, told), row, 0)[-1]
        exceeded += bound > final
    assert exceeded <= 0.1 * 400 + 3 * np.sqrt(400 * 0.1 * 0.9)


REACHABLE = [
    Case(1, 5, 10, 50, (0.01, 4.0, 4.0), 1.1),
    Case(1, 12, 10, 50, (0.5, 4.0, 4.0), 0.95),
    Case(4, 5, 10, 50, (2.0, 2.0, 2.0), 1.02),
    Case(5, 12, 3, 60, (4.0, 0.5, 4.0), 0.95),
]


def test_out_of_reach_is_said_falsely_less_than_once_in_a_hundred_rows() -> None:
    found = [(case, ended) for case in REACHABLE for ended in studies(case, 60, seed=21)]
    reached = [ended.full <= case.wanted * case.full_half_width for case, ended in found]
    assert 0.3 < np.mean(reached) < 0.8  # else nothing could be said falsely
    false = sum(ended.is_false_alarm(case.wanted * case.full_half_width) for case, ended in found)
    assert false <= 0.01 * len(found) + 2 * np.sqrt(0.01 * len(found))


def test_out_of_reach_is_said_early_where_it_is() -> None:
    for case in (Case(4, 5, 10, 50, (2.0, 2.0, 2.0), 0.5), Case(1, 12, 10, 50, (0.5, 4.0, 4.0), 0.5)):
        n_units = case.n_factors * case.n_situations * case.n_repeats
        found = list(studies(case, 30, seed=9))
        assert all(ended.full > case.wanted * case.full_half_width for ended in found)
        said = [ended.said_far_after for ended in found if ended.said_far_after is not None]
        assert len(said) == len(found)
        assert np.mean(said) < 0.5 * n_units


@pytest.mark.parametrize(
    "case",
    [
        Case(1, 5, 6, 30, (2.0, 2.0, 2.0), 1.1),
        Case(1, 20, 3, 50, (1.0, 3.0, 3.0), 1.6),
        Case(3, 5, 6, 50, (2.0, 2.0, 2.0), 1.3),
        Case(3, 6, 6, 50, (2.0, 2.0, 2.0), 1.3, skewed=True),
    ],
)
def test_intervals_cover_after_stopping(case: Case) -> None:
    share, error = coverage(case, 150, seed=11)
    assert share >= 0.94 - 2 * error


def test_stopping_at_the_first_narrow_look_would_not_cover() -> None:
    share, error = coverage(Case(1, 5, 10, 50, (2.0, 2.0, 2.0), 1.1), 300, seed=2, naive=True)
    assert share < 0.94 - 2 * error


def test_less_is_asked_where_less_is_wanted() -> None:
    n_asked = []
    for wanted in (1.05, 1.5, 2.5):
        found = list(studies(Case(3, 10, 5, 60, (2.0, 2.0, 2.0), wanted), 20, seed=5))
        n_asked.append(sum(ended.n_units + ended.n_baselines for ended in found) / 20)
    assert n_asked[0] > 1.3 * n_asked[1] > 1.3 * n_asked[2]
