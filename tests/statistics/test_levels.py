from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels import api

from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.levels import (
    LONELY,
    NO_FORMS_LEFT,
    NOTHING_LEFT,
    UNDETERMINED,
    LevelContrast,
    LevelFindings,
    level_findings,
)

R = json.loads((Path(__file__).parents[1] / "fixtures" / "ways_of_asking.json").read_text())
WAYS = ("language", "labels", "order", "template")
Ways = dict[str, NDArray[np.intp]]


def grid(*sizes: int) -> Ways:
    table = np.array(list(product(*(range(size) for size in sizes))))
    return {f"way {number}": column for number, column in enumerate(table.T)}


def one(found: LevelFindings, way: str, level: object) -> LevelContrast:
    return next(c for c in found.contrasts if (c.way, c.level) == (way, str(level)))


def covers(contrast: Contrast, truth: float) -> bool:
    assert contrast.low is not None
    assert contrast.high is not None
    return contrast.low <= truth <= contrast.high


# against R and statsmodels


@pytest.mark.parametrize("row", R["contrasts"], ids=lambda row: f"{row['way']} {row['level']}")
def test_adjusted_differences_agree_with_r(row: dict[str, float | str]) -> None:
    rows = R["unbalanced"]
    found = one(level_findings(rows["score"], {way: rows[way] for way in WAYS}), str(row["way"]), row["level"]).adjusted
    figures = (found.difference, found.standard_error, found.df, found.low, found.high)
    assert figures == pytest.approx(tuple(row[name] for name in ("difference", "error", "df", "low", "high")), rel=1e-9)


def test_errors_agree_with_statsmodels() -> None:
    rng = np.random.default_rng(3)
    ways = {way: column[rng.permutation(60)[:40]] for way, column in grid(2, 5, 6).items()}
    y = rng.normal(0, 1 + ways["way 0"], 40)
    x = np.column_stack([ways["way 0"], np.ones(40), np.eye(5)[ways["way 1"]][:, 1:], np.eye(6)[ways["way 2"]][:, 1:]])
    expected = api.OLS(y, x.astype(float)).fit(cov_type="HC2")
    found = one(level_findings(y, ways), "way 0", 1).adjusted
    assert (found.difference, found.standard_error) == pytest.approx((expected.params[0], expected.bse[0]))


def test_the_plain_difference_is_welch_s() -> None:
    rng = np.random.default_rng(0)
    ways = grid(3, 8)
    y = rng.normal(0, 1, 24)
    found = one(level_findings(y, ways), "way 0", 1).plain
    inside = ways["way 0"] == 1
    expected = stats.ttest_ind(y[inside], y[~inside], equal_var=False)
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.difference == pytest.approx(y[inside].mean() - y[~inside].mean())


# what the figures mean


def test_in_a_full_grid_adjusted_and_plain_differences_are_the_same() -> None:
    y = np.random.default_rng(1).normal(0, 1, 60)
    for contrast in level_findings(y, grid(5, 4, 3)).contrasts:
        assert contrast.adjusted.difference == pytest.approx(contrast.plain.difference)
        assert contrast.n_forms + contrast.n_rest == 60


def test_where_ways_go_together_only_the_adjusted_difference_is_right() -> None:
    rng = np.random.default_rng(2)
    language = rng.integers(0, 3, 400)
    template = np.where(rng.random(400) < 0.8, language, rng.integers(0, 3, 400))
    y = 2.0 * (language == 1) + rng.normal(0, 0.3, 400)
    found = level_findings(y, {"language": language, "template": template})
    assert one(found, "template", 1).plain.difference > 1
    assert abs(one(found, "template", 1).adjusted.difference) < 0.15  # type: ignore[arg-type]
    assert one(found, "language", 1).adjusted.difference == pytest.approx(2.0, abs=0.15)
    adjusted = {mean.level: mean.mean.value for mean in found.means if mean.way == "template"}
    assert max(adjusted.values()) - min(adjusted.values()) < 0.15  # type: ignore[operator, type-var]


def test_other_levels_count_alike_however_often_they_were_put() -> None:
    way = np.repeat([0, 1, 2], [10, 90, 10])
    y = np.array([0.0, 3.0, 9.0])[way] + np.random.default_rng(0).normal(0, 0.01, 110)
    found = level_findings(y, {"way": way})
    assert one(found, "way", 0).adjusted.difference == pytest.approx(-6.0, abs=0.02)
    assert one(found, "way", 0).plain.difference == pytest.approx(-(90 * 3 + 10 * 9) / 100, abs=0.02)


def test_of_two_levels_the_second_is_compared_once() -> None:
    found = level_findings(np.random.default_rng(0).normal(0, 1, 20), {"order": np.repeat(["down", "up"], 10)})
    assert [(c.way, c.level) for c in found.contrasts] == [("order", "up")]
    assert found.contrasts[0].adjusted.n_tests == 1
    assert len(found.means) == 2


def test_tests_are_adjusted_together() -> None:
    y = np.random.default_rng(3).normal(0, 1, 60)
    found = level_findings(y, grid(5, 4, 3), family="these")
    p_values = sorted(c.adjusted.p for c in found.contrasts if c.adjusted.p is not None)
    assert len(p_values) == 12
    assert {(c.adjusted.family, c.adjusted.n_tests, c.plain.n_tests) for c in found.contrasts} == {("these", 12, 12)}
    least = min(found.contrasts, key=lambda c: c.adjusted.p or 1.0).adjusted
    assert least.p_holm == pytest.approx(min(1.0, p_values[0] * 12))
    assert least.p_bh == pytest.approx(min(p_values[i] * 12 / (i + 1) for i in range(12)))


def test_g_of_the_adjusted_difference_is_in_sds_of_what_is_left() -> None:
    rng = np.random.default_rng(4)
    ways = grid(2, 10, 10)
    y = 0.5 * ways["way 0"] + 3.0 * ways["way 1"] + rng.normal(0, 1, 200)
    found = one(level_findings(y, ways), "way 0", 1)
    assert found.adjusted.effects[0].value == pytest.approx(0.5, abs=0.3)
    assert found.plain.effects[0].value == pytest.approx(0.5 / np.sqrt(1 + 9 * 8.25), abs=0.05)


# rates


def test_intervals_cover_where_levels_vary_differently() -> None:
    rng = np.random.default_rng(5)
    ways = {way: column[rng.permutation(60)[:40]] for way, column in grid(2, 3, 10).items() if way != "way 2"}
    mean = 1.0 * ways["way 0"] + 0.4 * ways["way 1"]
    sd = np.where(ways["way 0"] == 1, 3.0, 1.0)
    covered = []
    for _ in range(250):
        found = one(level_findings(mean + rng.normal(0, sd), ways), "way 0", 1)
        covered.append(covers(found.adjusted, 1.0))
    assert 0.92 <= np.mean(covered) <= 0.98


def test_intervals_of_g_cover() -> None:
    rng = np.random.default_rng(6)
    ways = {way: column[rng.permutation(40)[:30]] for way, column in grid(2, 2, 10).items() if way != "way 2"}
    mean = 0.8 * ways["way 0"] + 0.5 * ways["way 1"]
    covered = []
    for _ in range(400):
        found = one(level_findings(mean + rng.normal(0, 1, 30), ways), "way 0", 1).adjusted.effects[0]
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= 0.8 <= found.high)
    assert 0.92 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize("top", [0.0, 0.3, 1.5])
def test_the_gap_holds_the_largest_true_difference(top: float) -> None:
    rng = np.random.default_rng(7)
    ways = {"way 0": np.arange(60) % 6}
    mean = np.array([0, 0, 0.2 * top, 0.5 * top, top, 0])[ways["way 0"]]
    covered, above = [], []
    for _ in range(150):
        gap = level_findings(mean + rng.normal(0, 0.5, 60), ways).gap("way 0").gap
        assert gap.low is not None
        assert gap.high is not None
        covered.append(gap.low <= top <= gap.high)
        above.append(gap.value - top if gap.value is not None else 0.0)
    assert np.mean(covered) >= 0.93
    # the gap itself is too large on average, since the two levels are picked: that is what the interval allows for
    assert np.mean(above) > 0


def test_of_null_forms_hardly_any_level_stands_out() -> None:
    rng = np.random.default_rng(8)
    ways = grid(4, 2, 5)
    least = []
    for _ in range(150):
        found = level_findings(rng.normal(0, 1, 40), ways)
        least.append(min(c.adjusted.p_holm or 1.0 for c in found.contrasts) < 0.05)
    assert np.mean(least) <= 0.085


# ends of the world


def test_a_way_that_cannot_be_told_apart_has_no_adjusted_figures() -> None:
    language = np.arange(40) % 4
    found = level_findings(
        np.random.default_rng(0).normal(0, 1, 40),
        {"language": language, "template": language, "c": np.arange(40) // 20},
    )
    assert one(found, "language", 1).adjusted.note == UNDETERMINED
    assert one(found, "language", 1).plain.p is not None
    assert found.gap("language").gap.why == UNDETERMINED
    assert (found.gap("language").lowest, found.gap("language").highest) == (None, None)
    assert found.gap("c").gap.low is not None


def test_a_level_of_one_form_has_a_difference_without_error() -> None:
    way = np.array([0] * 10 + [1] * 10 + [2])
    found = level_findings(np.random.default_rng(0).normal(0, 1, 21), {"way": way})
    lonely = one(found, "way", 2).adjusted
    assert lonely.difference is not None
    assert (lonely.standard_error, lonely.p, lonely.note) == (None, None, LONELY)
    assert one(found, "way", 0).adjusted.n_tests == 0 or one(found, "way", 0).adjusted.note == LONELY
    gap = found.gap("way").gap
    assert gap.value is not None
    assert (gap.low, gap.why) == (None, LONELY)


def test_forms_that_the_ways_determine_have_no_error() -> None:
    way = np.arange(12) % 3
    found = level_findings(way * 1.5, {"way": way})
    assert one(found, "way", 2).adjusted.note == NOTHING_LEFT
    assert (found.gap("way").gap.value, found.gap("way").gap.why) == (pytest.approx(3.0), NOTHING_LEFT)
    assert (found.gap("way").lowest, found.gap("way").highest) == ("0", "2")


def test_no_more_forms_than_effects() -> None:
    found = level_findings([1.0, 2, 4], {"way": [0, 1, 2]})
    assert one(found, "way", 2).adjusted.note == NO_FORMS_LEFT
    assert found.means[0].mean.value == pytest.approx(1.0)
    assert found.means[0].mean.why == NO_FORMS_LEFT


def test_one_level_only() -> None:
    found = level_findings([1.0, 2, 4], {"way": ["a", "a", "a"]})
    assert found.contrasts == ()
    assert found.gap("way").gap.why == "one level only"
    with pytest.raises(KeyError):
        found.gap("other")


def test_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="2 levels of 'a' for 3 scores"):
        level_findings([1, 2, 3], {"a": [0, 1]})
    with pytest.raises(ValueError, match="not missing"):
        level_findings([1, np.nan], {"a": [0, 1]})


def test_degrees_of_freedom_of_many_forms_are_all_but_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.random.default_rng(0).normal(0, 1, 2500)
    ways = grid(5, 5, 10, 5, 2)
    exact = level_findings(y, ways)
    monkeypatch.setattr("emotionbench.statistics.levels.MANY_FORMS", 1000)
    quick = level_findings(y, ways)
    for one_way, other in zip(exact.contrasts, quick.contrasts, strict=True):
        assert other.adjusted.df == pytest.approx(one_way.adjusted.df, rel=0.02)
