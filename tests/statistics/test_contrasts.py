from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import betainc

from emotionbench.statistics.contrasts import (
    Contrast,
    Mean,
    Moments,
    change,
    difference,
    equal_variances_p,
    f_then_t,
    gap,
    moments,
    one_sample_t,
    plain_mean,
    stratified_mean,
    welch_t,
)

FIXTURE = Path(__file__).parents[1] / "fixtures" / "stratified_means.json"

# R's data sets "sleep" (extra by group) and "ToothGrowth" (len by supp)
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# fmt: off
JUICE = [15.2, 21.5, 17.6, 9.7, 14.5, 10.0, 8.2, 9.4, 16.5, 9.7, 19.7, 23.3, 23.6, 26.4, 20.0,
         25.2, 25.8, 21.2, 14.5, 27.3, 25.5, 26.4, 22.4, 24.5, 24.8, 30.9, 26.4, 27.3, 29.4, 23.0]
VITAMIN = [4.2, 11.5, 7.3, 5.8, 6.4, 10.0, 11.2, 11.2, 5.2, 7.0, 16.5, 16.5, 15.2, 17.3, 22.5,
           17.3, 13.6, 14.5, 18.8, 15.5, 23.6, 18.5, 33.9, 25.5, 26.4, 32.5, 26.7, 21.5, 23.3, 29.5]
# fmt: on

SCORES = st.lists(st.integers(10, 50), min_size=2, max_size=30).map(lambda values: np.array(values, dtype=float))


def two_sided(t: float, df: float) -> float:
    """The two-sided p of Student's t by the incomplete beta function (Abramowitz & Stegun 26.7.1)."""
    return float(betainc(df / 2, 0.5, df / (df + t**2)))


def summed(values: NDArray[np.float64]) -> tuple[int, float, float]:
    """n, mean and variance (n − 1) by plain sums."""
    n = len(values)
    mean = sum(values.tolist()) / n
    return n, mean, sum((value - mean) ** 2 for value in values.tolist()) / (n - 1)


# against published and worked numbers


def test_student_and_welch_agree_with_r_on_sleep() -> None:
    # t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939; var.equal: df = 18, p = 0.07919
    welch, student = welch_t(SLEEP_1, SLEEP_2), f_then_t(SLEEP_1, SLEEP_2)
    assert (welch.test, student.test) == ("Welch's t", "Student's t")
    assert welch.difference == student.difference == pytest.approx(1.58)
    assert (welch.t, welch.df, welch.p) == pytest.approx((1.8608, 17.776, 0.07939), rel=5e-5, abs=5e-6)
    assert (student.t, student.df, student.p) == pytest.approx((1.8608, 18, 0.07919), rel=5e-5, abs=5e-6)


def test_pairs_agree_with_r_on_sleep() -> None:
    # t.test(sleep1, sleep2, paired = TRUE): t = -4.0621, df = 9, p-value = 0.002833
    found = one_sample_t(np.array(SLEEP_2) - np.array(SLEEP_1))
    assert found.difference == pytest.approx(1.58)
    assert found.test == "paired t"
    assert (found.t, found.df, found.p) == pytest.approx((4.0621, 9, 0.002833), rel=5e-5, abs=5e-7)


def test_welch_agrees_with_r_on_tooth_growth() -> None:
    # t.test(len ~ supp, data = ToothGrowth): t = 1.9153, df = 55.309, p-value = 0.06063
    found = welch_t(VITAMIN, JUICE)
    assert (found.t, found.df, found.p) == pytest.approx((1.9153, 55.309, 0.06063), rel=5e-5, abs=5e-6)


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        # var.test: F = 0.79834, num df = 9, denom df = 9, p-value = 0.7427
        (SLEEP_1, SLEEP_2, 0.7427),
        # var.test: F = 0.6386, num df = 29, denom df = 29, p-value = 0.2331
        (JUICE, VITAMIN, 0.2331),
    ],
)
def test_the_f_test_agrees_with_r(first: list[float], second: list[float], p: float) -> None:
    assert equal_variances_p(np.array(first), np.array(second)) == pytest.approx(p, abs=5e-5)
    assert equal_variances_p(np.array(second), np.array(first)) == pytest.approx(p, abs=5e-5)


def test_a_difference_by_hand() -> None:
    # means 2 and 5, variances 1 and 1 of three each: t = 3 / sqrt(2/3)
    found = f_then_t([1, 2, 3], [4, 5, 6])
    assert (found.difference, found.test, found.df) == (3.0, "Student's t", 4.0)
    assert found.t == pytest.approx(3 / math.sqrt(2 / 3))
    # p of t with 4 df in closed form: 1 − (3/2)(s − s³/3), s = t / sqrt(t² + 4)
    s = math.sqrt(13.5 / 17.5)
    assert found.p == pytest.approx(1 - 1.5 * (s - s**3 / 3))


# against the formulas


@given(SCORES, SCORES)
def test_welch_follows_its_formula(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    found = welch_t(first, second)
    (n, mean, variance), (m, other, other_variance) = summed(first), summed(second)
    assert found.difference == pytest.approx(other - mean)
    if variance == other_variance == 0:
        assert (found.t, found.df, found.p, found.note) == (None, None, None, "the scores do not vary")
        return
    error, other_error = variance / n, other_variance / m
    t = (other - mean) / math.sqrt(error + other_error)
    df = (error + other_error) ** 2 / (error**2 / (n - 1) + other_error**2 / (m - 1))
    assert (found.t, found.df, found.p) == pytest.approx((t, df, two_sided(t, df)), rel=1e-9, abs=1e-12)


@given(SCORES, SCORES, st.sampled_from([0.001, 0.01, 0.05, 0.2]))
def test_the_f_test_decides_between_student_and_welch(
    first: NDArray[np.float64], second: NDArray[np.float64], alpha: float
) -> None:
    found = f_then_t(first, second, alpha)
    if found.t is None:
        return
    if equal_variances_p(first, second) < alpha:
        assert found == welch_t(first, second)
        return
    (n, mean, variance), (m, other, other_variance) = summed(first), summed(second)
    pooled = ((n - 1) * variance + (m - 1) * other_variance) / (n + m - 2)
    t = (other - mean) / math.sqrt(pooled * (1 / n + 1 / m))
    assert found.test == "Student's t"
    assert (found.t, found.df, found.p) == pytest.approx((t, n + m - 2, two_sided(t, n + m - 2)), rel=1e-9, abs=1e-12)


@given(SCORES)
def test_changes_follow_their_formula(changes: NDArray[np.float64]) -> None:
    found = one_sample_t(changes - 30)
    n, mean, variance = summed(changes - 30)
    assert found.difference == pytest.approx(mean)
    if variance == 0:
        assert (found.t, found.p, found.note) == (None, None, "the changes do not vary")
        return
    t = mean / math.sqrt(variance / n)
    assert (found.t, found.df, found.p) == pytest.approx((t, n - 1, two_sided(t, n - 1)), rel=1e-9, abs=1e-12)


@given(SCORES, SCORES)
def test_the_f_test_follows_its_formula(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    (n, _, variance), (m, _, other) = summed(first), summed(second)
    p = equal_variances_p(first, second)
    if variance == 0 or other == 0:
        assert p == (1.0 if variance == other else 0.0)
        return
    # P(F ≤ f) is the incomplete beta function at d₁f / (d₁f + d₂)
    d1, d2 = n - 1, m - 1
    below = float(betainc(d1 / 2, d2 / 2, d1 * variance / (d1 * variance + d2 * other)))
    assert p == pytest.approx(2 * min(below, 1 - below), abs=1e-9)


def test_the_rule_takes_one_percent_unless_told() -> None:
    # variance ratio 9 with 8 and 8 df: two-sided p between .001 and .01
    narrow = np.array([-4, -3, -2, -1, 0, 1, 2, 3, 4], dtype=float)
    wide = 3 * narrow + 1
    assert 0.001 < equal_variances_p(narrow, wide) < 0.01
    assert f_then_t(narrow, wide).test == "Welch's t"
    assert f_then_t(narrow, wide, 0.001).test == "Student's t"
    # variance ratio 5: p between .01 and .05
    wider = math.sqrt(5) * narrow
    assert 0.01 < equal_variances_p(narrow, wider) < 0.05
    assert f_then_t(narrow, wider).test == "Student's t"
    assert f_then_t(narrow, wider, 0.05).test == "Welch's t"


# signs


@given(SCORES, SCORES)
def test_turning_the_sides_round_turns_the_sign_alone(first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
    for test in (welch_t, f_then_t):
        one, other = test(first, second), test(second, first)
        assert one.difference == -other.difference  # type: ignore[operator]
        assert (one.test, one.note) == (other.test, other.note)
        assert one.p == (None if other.p is None else pytest.approx(other.p))
        assert one.t == (None if other.t is None else pytest.approx(-other.t))


@pytest.mark.parametrize(
    ("contrast", "arrow"),
    [
        (f_then_t([10, 11, 12, 10], [30, 31, 32, 31]), "↑"),
        (f_then_t([30, 31, 32, 31], [10, 11, 12, 10]), "↓"),
        (one_sample_t([20, 21, 19, 20]), "↑"),
        (one_sample_t([-20, -21, -19, -20]), "↓"),
        (f_then_t([10, 20, 30], [11, 20, 30]), "−"),
        (f_then_t([10, 10], [30, 30]), "?"),
        (f_then_t([], [30, 30]), "?"),
    ],
)
def test_an_arrow_points_where_the_second_side_lies(contrast: Contrast, arrow: str) -> None:
    assert contrast.arrow(0.01) == arrow


def test_an_arrow_needs_a_p_below_alpha() -> None:
    at = Contrast(1.0, "t", 2.0, 9.0, 0.01)
    assert (at.arrow(0.01), at.arrow(0.010001)) == ("−", "↑")


# what cannot be tested


@pytest.mark.parametrize(
    ("contrast", "difference", "note"),
    [
        (f_then_t([], []), None, "no scores"),
        (welch_t([], [1, 2]), None, "no scores"),
        (f_then_t([1, 2], []), None, "no scores"),
        (one_sample_t([]), None, "no scores"),
        (f_then_t([10], [20, 30]), 15.0, "fewer than two scores on one side"),
        (welch_t([10, 20], [30]), 15.0, "one unit only, so that nothing says how units vary"),
        (one_sample_t([4]), 4.0, "one unit only, so that nothing says how units vary"),
        (f_then_t([10, 10, 10], [30, 30]), 20.0, "the scores do not vary"),
        (welch_t([10, 10], [10, 10]), 0.0, "the scores do not vary"),
        (one_sample_t([5, 5, 5]), 5.0, "the changes do not vary"),
        (one_sample_t([0, 0]), 0.0, "the changes do not vary"),
    ],
)
def test_what_cannot_be_tested_says_why(contrast: Contrast, difference: float | None, note: str) -> None:
    assert (contrast.difference, contrast.note) == (difference, note)
    assert (contrast.t, contrast.df, contrast.p) == (None, None, None)


def test_rounding_is_not_variation() -> None:
    thirds = [sum([0.1] * 3), 0.3, 0.3]
    assert len(set(thirds)) == 2
    assert one_sample_t(thirds).note == "the changes do not vary"
    assert welch_t(thirds, [value + 1 for value in thirds]).note == "the scores do not vary"
    assert f_then_t([1e8 + 1, 1e8 + 2], [1e8 + 1, 1e8 + 3]).p is not None


def test_one_side_without_variation_is_welchs() -> None:
    # a model at temperature 0 gives one baseline: t = (2 − 3) / sqrt(1 / 3), df = 2
    found = f_then_t([3, 3, 3], [1, 2, 3])
    assert (found.test, found.note) == ("Welch's t", None)
    assert (found.difference, found.t, found.df) == pytest.approx((-1, -math.sqrt(3), 2))
    # p of t with 2 df in closed form: 1 − t / sqrt(t² + 2)
    assert found.p == pytest.approx(1 - math.sqrt(3 / 5))


@given(
    st.lists(st.sampled_from([10.0, 10.1, 1 / 3, 50.0]), max_size=6),
    st.lists(st.sampled_from([10.0, 50.0]), max_size=6),
)
def test_no_figure_is_ever_infinite_or_not_a_number(first: list[float], second: list[float]) -> None:
    for found in (f_then_t(first, second), welch_t(first, second), one_sample_t(first)):
        figures = [figure for figure in (found.difference, found.t, found.df, found.p) if figure is not None]
        assert all(math.isfinite(figure) for figure in figures)
        assert all(type(figure) is float for figure in figures)
        assert (found.p is None) == (found.t is None) == (found.note is not None)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], Moments(0, None, None)),
        ([4], Moments(1, 4.0, None)),
        ([2, 4, 4, 4, 5, 5, 7, 9], Moments(8, 5.0, math.sqrt(32 / 7))),
        ([3, 3], Moments(2, 3.0, 0.0)),
    ],
)
def test_moments_by_hand(scores: Any, expected: Moments) -> None:
    found = moments(scores)
    assert (found.n, found.mean) == (expected.n, expected.mean)
    assert found.sd == (None if expected.sd is None else pytest.approx(expected.sd))


# how often a true null is rejected

STUDIES, ALPHA = 1000, 0.05
SD_OF_SUMS = math.sqrt(10 * 2)  # ten items drawn from 1 to 5 with equal chances
TOLERATED = (0.03, 0.07)  # the standard error of a rate of .05 in 1,000 studies is .007
SEED = 20


def null_studies(n_situations: int, repeats: int, sd_of_situations: float, seed: int = SEED) -> tuple[Any, Any]:
    """Sums of ten uniform answers, before and after, where situations differ and their mean effect is none.

    Arrays of shape (studies, baselines) and (studies, situations, repeats).
    """
    rng = np.random.default_rng(seed)
    before = rng.integers(1, 6, (STUDIES, 20, 10)).sum(axis=2)
    after = rng.integers(1, 6, (STUDIES, n_situations, repeats, 10)).sum(axis=3)
    return before, after + rng.normal(0, sd_of_situations, (STUDIES, n_situations, 1))


def rejected(contrasts: list[Contrast]) -> float:
    return sum(contrast.p is not None and contrast.p < ALPHA for contrast in contrasts) / len(contrasts)


def by_situation(before: Any, after: Any) -> float:
    return rejected([welch_t(b, a.mean(axis=1)) for b, a in zip(before, after, strict=True)])


def pooled(before: Any, after: Any) -> float:
    return rejected([f_then_t(b, a.ravel(), 0.01) for b, a in zip(before, after, strict=True)])


@pytest.mark.parametrize(("n_situations", "repeats"), [(12, 1), (12, 5), (60, 2)])
def test_a_respondent_that_ignores_situations_is_rejected_at_alpha(n_situations: int, repeats: int) -> None:
    before, after = null_studies(n_situations, repeats, 0.0)
    assert TOLERATED[0] <= by_situation(before, after) <= TOLERATED[1]
    assert TOLERATED[0] <= pooled(before, after) <= TOLERATED[1]


@pytest.mark.parametrize(("n_situations", "repeats"), [(5, 10), (12, 10)])
def test_situations_as_the_unit_hold_alpha_where_the_pooled_rule_does_not(n_situations: int, repeats: int) -> None:
    before, after = null_studies(n_situations, repeats, SD_OF_SUMS)
    assert TOLERATED[0] <= by_situation(before, after) <= TOLERATED[1]
    assert pooled(before, after) > 2 * ALPHA


def test_changes_by_situation_hold_alpha_in_pairs_too() -> None:
    rng = np.random.default_rng(SEED)
    changes = rng.normal(0, SD_OF_SUMS, (STUDIES, 12, 10)) + rng.normal(0, SD_OF_SUMS, (STUDIES, 12, 1))
    assert TOLERATED[0] <= rejected([one_sample_t(c.mean(axis=1)) for c in changes]) <= TOLERATED[1]
    assert rejected([one_sample_t(c.ravel()) for c in changes]) > 3 * ALPHA


# means over strata


def r_cases() -> list[Any]:
    """Scores, factors and emotions with the means that R's lm gives, each over some of the factors."""
    cases: list[Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))["cases"]
    return [(case, one) for case in cases for one in case["means"]]


@pytest.mark.parametrize(("case", "expected"), r_cases())
def test_means_over_strata_are_those_of_rs_linear_models(case: Any, expected: Any) -> None:
    counted = np.isin(case["factors"], expected["factors"])
    found = stratified_mean(case["scores"], case["factors"], case["emotions"], counted)
    figures = (found.value, found.standard_error, found.df, *found.interval())
    names = ("value", "standard_error", "df", "low", "high")
    assert figures == pytest.approx(tuple(expected[name] for name in names), rel=1e-9)
    assert (found.n, found.why) == (int(counted.sum()), None)


def test_every_stratum_counts_once_by_hand() -> None:
    # factor a: 1, 3 (mean 2); factor b: 5, 6, 10 (mean 7): 2 + 14 squares over 1 + 2 degrees of freedom
    found = stratified_mean([1, 5, 3, 6, 10], ["a", "b", "a", "b", "b"])
    variance = 16 / 3
    assert (found.n, found.value, found.df) == (5, 4.5, pytest.approx(3))
    assert found.sd == pytest.approx(math.sqrt(variance))
    assert found.standard_error == pytest.approx(math.sqrt(variance * (1 / 2 + 1 / 3) / 4))


def test_strata_left_out_still_tell_how_units_vary() -> None:
    found = stratified_mean([1, 3, 5, 6, 10], ["a", "a", "b", "b", "b"], counted=[True, True, False, False, False])
    assert (found.n, found.value, found.df) == (2, 2.0, pytest.approx(3))
    assert found.standard_error == pytest.approx(math.sqrt(16 / 3 / 2))
    # of another pool they tell nothing
    apart = stratified_mean([1, 3, 5, 6, 10], list("aabbb"), list("xxyyy"), [True, True, False, False, False])
    assert (apart.standard_error, apart.df, apart.sd) == pytest.approx((1.0, 1, math.sqrt(2)))


def test_a_stratum_of_one_unit_borrows_the_spread_of_its_pool() -> None:
    found = stratified_mean([1, 3, 9], ["a", "a", "b"], counted=[False, False, True])
    assert (found.n, found.value, found.standard_error, found.df) == (1, 9.0, pytest.approx(math.sqrt(2)), 1)


def test_one_unit_a_stratum_is_taken_as_one_stratum() -> None:
    found = stratified_mean([1, 3, 8], ["a", "b", "c"])
    assert found == plain_mean([1, 3, 8])
    # factors of two pools, one of which has one unit a stratum: all chosen units make the variance
    mixed = stratified_mean([1, 3, 8, 9], list("abcc"), list("xyyy"))
    assert mixed.value == pytest.approx((1 + 3 + 8.5) / 3)
    sd = np.std([1, 3, 8, 9], ddof=1)
    assert (mixed.sd, mixed.df) == (pytest.approx(sd), 3)
    assert mixed.standard_error == pytest.approx(sd * math.sqrt((1 + 1 + 2 / 4) / 9))


@pytest.mark.parametrize(
    ("found", "n", "value", "why"),
    [
        (stratified_mean([], []), 0, None, "no scores"),
        (stratified_mean([1, 2], ["a", "b"], counted=[False, False]), 0, None, "no scores"),
        (stratified_mean([4], ["a"]), 1, 4.0, "one unit only, so that nothing says how units vary"),
        (
            stratified_mean([4, 5], ["a", "b"], counted=[True, False]),
            1,
            4.0,
            "one unit only, so that nothing says how units vary",
        ),
    ],
)
def test_a_mean_without_uncertainty_says_why(found: Mean, n: int, value: float | None, why: str) -> None:
    assert found == Mean(n, value, why=why)
    assert found.interval() == (None, None)


def test_units_that_do_not_vary_have_no_interval() -> None:
    for found in (stratified_mean([2, 2, 7, 7], list("aabb")), stratified_mean([2, 2], list("ab"))):
        assert (found.standard_error, found.df, found.sd, found.why) == (0.0, None, 0.0, None)
        assert found.interval() == (None, None)


@given(SCORES)
def test_one_stratum_is_a_plain_mean(scores: NDArray[np.float64]) -> None:
    found = stratified_mean(scores, ["only"] * len(scores))
    n, mean, variance = summed(scores)
    assert (found.n, found.value) == (n, pytest.approx(mean))
    assert found.standard_error == pytest.approx(math.sqrt(variance / n), abs=1e-9)


def test_intervals_of_means_are_students() -> None:
    low, high = Mean(5, 10.0, 2.0, 4.0, 3.0).interval()
    # t with 4 df at .975 is 2.776445
    assert (low, high) == pytest.approx((10 - 2 * 2.776445, 10 + 2 * 2.776445), abs=1e-5)
    narrow = Mean(5, 10.0, 2.0, 4.0, 3.0).interval(0.9)
    assert narrow == pytest.approx((10 - 2 * 2.131847, 10 + 2 * 2.131847), abs=1e-5)


# differences of means


def test_variances_of_both_sides_add() -> None:
    first, second = Mean(4, 10.0, 3.0, 3.0, 6.0), Mean(25, 14.0, 4.0, 24.0, 20.0)
    apart = gap(first, second)
    assert (apart.n, apart.value, apart.standard_error, apart.sd) == (25, 4.0, 5.0, 20.0)
    assert apart.df == pytest.approx(625 / (81 / 3 + 256 / 24))
    found = difference(first, second)
    assert (found.difference, found.standard_error, found.df) == (4.0, 5.0, apart.df)
    assert (found.low, found.high) == pytest.approx(apart.interval())
    assert [effect.name for effect in found.effects] == ["hedges_g"]


def test_a_side_that_does_not_vary_adds_nothing() -> None:
    still = Mean(9, 1.0, 0.0, None, 0.0)
    moving = Mean(4, 3.0, 0.5, 3.0, 1.0)
    assert gap(still, moving) == Mean(4, 2.0, 0.5, pytest.approx(3.0), 1.0)
    assert gap(still, still) == Mean(9, 0.0, 0.0, None, 0.0)
    assert difference(still, still).note == "the scores do not vary"


@pytest.mark.parametrize(
    ("first", "second", "value", "why"),
    [
        (Mean(0, None, why="no scores"), Mean(2, 1.0, 1.0, 1.0, 1.0), None, "no scores"),
        (Mean(2, 1.0, 1.0, 1.0, 1.0), Mean(0, None, why="no scores"), None, "no scores"),
        (Mean(1, 1.0, why="one only"), Mean(2, 3.0, 1.0, 1.0, 1.0), 2.0, "one only"),
        (Mean(2, 1.0, 1.0, 1.0, 1.0), Mean(1, 3.0, why="one only"), 2.0, "one only"),
    ],
)
def test_what_one_side_lacks_the_difference_lacks(first: Mean, second: Mean, value: float | None, why: str) -> None:
    apart, found = gap(first, second), difference(first, second)
    assert (apart.value, apart.standard_error, apart.why) == (value, None, why)
    assert (found.difference, found.p, found.low, found.note) == (value, None, None, why)


def test_a_row_whose_own_scores_do_not_vary_has_no_average_sd() -> None:
    # the error comes from other rows of the emotion, whose situations do vary
    pooled = Mean(2, 3.0, standard_error=0.5, df=6.0, sd=1.0)
    effects = {effect.name: effect for effect in change(pooled, [10.0, 10.0], [13.0, 13.0]).effects}
    assert (effects["d_av"].value, effects["d_av"].why) == (None, "the scores do not vary")
    assert effects["d_z"].value == pytest.approx(3.0)


def test_change_has_the_effect_sizes_of_pairs() -> None:
    before, after = np.array([10.0, 12, 15, 11]), np.array([14.0, 13, 21, 14])
    found = change(plain_mean(after - before), before, after)
    assert (found.difference, found.df, found.test) == (3.5, 3, "paired t")
    d_z, d_av = found.effects
    sd = np.std(after - before, ddof=1)
    average = math.sqrt((np.var(before, ddof=1) + np.var(after, ddof=1)) / 2)
    assert (d_z.name, d_z.value) == ("d_z", pytest.approx(3.5 / sd))
    assert (d_av.name, d_av.value) == ("d_av", pytest.approx(3.5 / average))
    assert [effect.name for effect in change(plain_mean(after - before)).effects] == ["d_z"]


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 1 / 3, 30.0]), st.integers(0, 3), st.booleans()), min_size=1, max_size=12
    )
)
def test_no_mean_is_ever_infinite_or_not_a_number(units: list[tuple[float, int, bool]]) -> None:
    scores, strata, counted = zip(*units, strict=True)
    found = stratified_mean(scores, strata, [stratum // 2 for stratum in strata], counted)
    figures = (found.value, found.standard_error, found.df, found.sd, *found.interval())
    assert all(figure is None or math.isfinite(figure) for figure in figures)
    assert (found.value is None) == (not any(counted))
    assert (found.standard_error is None) == (found.why is not None)
    assert (found.df is None) == (not found.standard_error)
