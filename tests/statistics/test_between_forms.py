from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from emotionbench.statistics.agreement import correlation
from emotionbench.statistics.between_forms import ONE_FORM, between_forms, retest_correlation
from emotionbench.statistics.explained import NO_SPREAD, NOT_REPEATED

R = json.loads((Path(__file__).parents[1] / "fixtures" / "ways_of_asking.json").read_text())["repeats"]


@pytest.mark.parametrize("case", R, ids=lambda case: f"{len(case['table'])} forms")
def test_variances_agree_with_lme4_and_shares_with_psych(case: dict[str, float | list[list[float]]]) -> None:
    table = np.array(case["table"])
    found = between_forms(table.ravel(), np.repeat(np.arange(len(table)), table.shape[1]))
    assert found.sd_form.value**2 == pytest.approx(case["form"], rel=1e-5)  # type: ignore[operator]
    assert found.sd_repeat.value**2 == pytest.approx(case["rest"], rel=1e-5)  # type: ignore[operator]
    assert found.share.value == pytest.approx(case["icc"])
    assert found.share.high == pytest.approx(case["high"])
    assert found.share.low == pytest.approx(max(0.0, case["low"]))  # type: ignore[type-var]


@pytest.mark.parametrize("unequal", [False, True])
def test_intervals_cover(unequal: bool) -> None:
    rng = np.random.default_rng(int(unequal))
    forms = np.repeat(np.arange(40), rng.integers(1, 6, 40) if unequal else 4)
    covered = []
    for _ in range(500):
        found = between_forms(20 + rng.normal(0, 0.7, 40)[forms] + rng.normal(0, 1, forms.size), forms)
        pairs = ((found.sd_form, 0.7), (found.sd_repeat, 1.0), (found.share, 0.49 / 1.49), (found.mean, 20.0))
        covered.append([one.low <= truth <= one.high for one, truth in pairs])  # type: ignore[operator]
    assert np.mean(covered, axis=0).min() >= 0.92
    assert np.mean(covered) <= 0.98


def test_unequal_repeats_have_the_weight_that_the_expected_square_has() -> None:
    rng = np.random.default_rng(0)
    forms = np.repeat(np.arange(6), [1, 2, 9, 1, 3, 2])
    y = rng.normal(0, 2, 6)[forms] + rng.normal(0, 0.3, forms.size)
    z = np.eye(6)[forms]
    means = np.linalg.lstsq(z, y)[0][forms]
    around = np.eye(forms.size) - 1 / forms.size
    square, pure = float(means @ around @ means) / 5, float(np.sum((y - means) ** 2)) / 12
    weight = np.trace(z.T @ around @ z) / 5
    found = between_forms(y, forms)
    assert found.sd_form.value == pytest.approx(np.sqrt((square - pure) / weight))
    assert found.share.value == pytest.approx((square - pure) / (square - pure + weight * pure))


def test_the_error_of_a_mean_over_forms_is_what_random_forms_show() -> None:
    rng = np.random.default_rng(0)
    form, repeat = rng.normal(0, 2, 3000), rng.normal(0, 1, (3000, 2))
    found = between_forms((form[:, None] + repeat).ravel(), np.repeat(np.arange(3000), 2))
    for k, r, expected in ((1, 1, np.sqrt(5)), (4, 1, np.sqrt(5 / 4)), (4, 2, np.sqrt((4 + 0.5) / 4))):
        assert found.error(k, r) == pytest.approx(expected, rel=0.04)
    assert found.coefficient(2.0) == pytest.approx(4 / 9, abs=0.02)
    assert found.coefficient(2.0, 10) == pytest.approx(4 / 4.5, abs=0.02)
    needed = found.forms_needed(1.0)
    assert needed is not None
    assert 1.96 * (found.error(needed) or 0) <= 1.0 < 1.96 * (found.error(needed - 1) or 0)


def test_without_repeats_only_single_scores_are_known() -> None:
    found = between_forms([1.0, 2, 3, 6], range(4))
    assert found.sd_single.value == pytest.approx(np.std([1, 2, 3, 6], ddof=1))
    assert found.sd_form.why == found.sd_repeat.why == found.share.why == NOT_REPEATED
    assert found.error(4) == pytest.approx(found.sd_single.value / 2)  # type: ignore[operator]
    assert found.error(1, 2) is None
    assert found.coefficient(1.0, 1, 2) is None
    assert found.mean.value == 3.0


def test_forms_count_once_in_the_mean() -> None:
    assert between_forms([0, 0, 0, 9], [1, 1, 1, 2]).mean.value == 4.5


def test_one_form_and_no_spread_say_so() -> None:
    alone = between_forms([1.0, 2, 3], [7, 7, 7])
    assert alone.sd_form.why == alone.mean.why == ONE_FORM
    assert alone.sd_repeat.value == pytest.approx(1.0)
    assert alone.error() is None
    still = between_forms([4.0, 4, 4, 4], [0, 0, 1, 1])
    assert (still.sd_form.value, still.sd_form.why, still.share.why) == (0.0, NO_SPREAD, NO_SPREAD)
    assert still.forms_needed(1.0) == 1
    same = between_forms([1.0, 1, 2, 2, 5, 5], [0, 0, 1, 1, 2, 2])
    assert same.share.value == 1.0
    assert same.sd_form.value == pytest.approx(np.std([1, 2, 5], ddof=1))


def test_forms_needed_of_no_margin_is_not_known() -> None:
    assert between_forms([1.0, 2, 3], range(3)).forms_needed(0.0) is None


@pytest.mark.parametrize("n", [301, 800])
def test_the_correlation_of_many_forms_is_the_jackknife_s(n: int) -> None:
    rng = np.random.default_rng(n)
    form = rng.normal(30, 2, n)
    first, second = form + rng.normal(0, 1, n), form + rng.standard_t(4, n)
    found, expected = retest_correlation(first, second), correlation(first, second)
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high), abs=1e-9
    )


def test_the_correlation_of_few_forms_and_of_none_that_vary() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(0, 1, 20), rng.normal(0, 1, 20)
    assert retest_correlation(first, second) == correlation(first, second)
    still = np.full(400, 0.1)
    assert retest_correlation(still, rng.normal(0, 1, 400)).value is None
    lonely = np.append(still, 9.0)
    assert retest_correlation(lonely, lonely).why == "one side does not vary, or no more than one form does"
    same = rng.normal(0, 1, 400)
    assert (retest_correlation(same, same).value, retest_correlation(same, same).low) == (pytest.approx(1.0), None)
    with pytest.raises(ValueError, match="400 values on one side and 401"):
        retest_correlation(same, lonely)
