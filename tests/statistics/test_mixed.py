from __future__ import annotations

import json
import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotionbench.statistics.contrasts import plain_mean
from emotionbench.statistics.crossproducts import CrossProducts
from emotionbench.statistics.mixed import MixedModel, fit_mixed

FIXTURE = json.loads((Path(__file__).parents[1] / "fixtures/mixed_models.json").read_text(encoding="utf-8"))
MODELS = {model["name"]: model for model in FIXTURE["models"]}


def fitted(model: dict[str, Any]) -> MixedModel:
    return fit_mixed(model["y"], model["fixed"], model["groups"])


def ones(n: int) -> np.ndarray[Any, Any]:
    return np.ones((n, 1))


# against lme4 and lmerTest


def test_the_fixture_holds_every_kind_of_design() -> None:
    assert len(MODELS) == 6
    assert {len(model["groups"]) for model in MODELS.values()} == {1, 2, 3}


@pytest.mark.parametrize("name", MODELS)
def test_estimates_agree_with_lme4(name: str) -> None:
    model = MODELS[name]
    found = fitted(model)
    assert found.covariance is not None
    assert found.coefficients == pytest.approx(model["coefficients"], rel=1e-5)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(model["standard_errors"], rel=1e-5)
    assert found.variances == pytest.approx(model["variances"], rel=1e-5, abs=1e-9)
    assert found.residual == pytest.approx(model["residual"], rel=1e-5)
    assert found.criterion == pytest.approx(model["criterion"], abs=1e-6)
    assert found.is_singular == (min(model["variances"].values()) < 1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_contrasts_agree_with_lmertest(name: str) -> None:
    model = MODELS[name]
    found = fitted(model)
    for expected in model["contrasts"]:
        contrast = found.contrast(expected["weights"])
        assert contrast.df == pytest.approx(expected["df"], rel=1e-4)
        assert contrast.p == pytest.approx(expected["p"], rel=1e-3, abs=1e-12)
        for key in ("estimate", "standard_error", "t", "low", "high"):
            assert getattr(contrast, key) == pytest.approx(expected[key], rel=1e-5, abs=1e-5)


# against what can be had in closed form


def test_balanced_one_way_rows_give_the_mean_squares() -> None:
    generator = np.random.default_rng(3)
    scores = generator.normal(0, 2, (12, 1)) + generator.normal(0, 1, (12, 5)) + 30
    found = fit_mixed(scores.ravel(), ones(60), {"situation": np.repeat(np.arange(12), 5)})
    between, within = 5 * scores.mean(axis=1).var(ddof=1), scores.var(axis=1, ddof=1).mean()
    assert found.residual == pytest.approx(within, rel=1e-6)
    assert found.variances["situation"] == pytest.approx((between - within) / 5, rel=1e-6)
    # the mean's test is the t-test of the situations' means
    contrast, by_situation = found.contrast([1.0]), plain_mean(scores.mean(axis=1))
    assert contrast.df == pytest.approx(11, rel=1e-5)
    assert (contrast.low, contrast.high) == pytest.approx(by_situation.interval(), rel=1e-6)


def test_no_term_is_ordinary_least_squares() -> None:
    generator = np.random.default_rng(4)
    x = np.column_stack([np.ones(30), generator.normal(size=30)])
    y = x @ [1.0, 2.0] + generator.normal(size=30)
    found = fit_mixed(y, {"intercept": x[:, 0], "slope": x[:, 1]}, {})
    expected, rss, *_ = np.linalg.lstsq(x, y)
    assert found.names == ("intercept", "slope")
    assert found.coefficients == pytest.approx(expected)
    assert found.residual == pytest.approx(rss[0] / 28)
    assert found.contrast([0, 1]).df == pytest.approx(28, rel=1e-6)


@pytest.mark.parametrize(("factor", "shift"), [(1e-6, 0.0), (1e6, 0.0), (1.0, 1e5)])
def test_units_do_not_matter(factor: float, shift: float) -> None:
    model = MODELS["crossed, unbalanced"]
    found = fit_mixed(np.array(model["y"]) * factor + shift, model["fixed"], model["groups"])
    for term, variance in model["variances"].items():
        assert found.variances[term] == pytest.approx(variance * factor**2, rel=1e-4)
    assert found.contrast([0, 1, 0]).df == pytest.approx(model["contrasts"][0]["df"], rel=1e-3)


def test_levels_may_be_words() -> None:
    model = MODELS["nested"]
    words = {term: [f"level {code}" for code in codes] for term, codes in model["groups"].items()}
    found = fit_mixed(model["y"], model["fixed"], words)
    assert found.variances == pytest.approx(model["variances"], rel=1e-5)


def test_a_variance_leaves_the_boundary_where_the_search_ended_there() -> None:
    # the least criterion must be at least as good as on a grid
    generator = np.random.default_rng(11)
    for _ in range(3):
        a, b = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
        y = generator.normal(size=24) + generator.normal(0, 0.3, 6)[a]
        found = fit_mixed(y, ones(24), {"a": a, "b": b})
        products = CrossProducts(ones(24) / math.sqrt(24), y - y.mean(), (a, b))
        grid = [
            products.at(np.array([one, two])).criterion
            for one in np.arange(0, 2, 0.25)
            for two in np.arange(0, 2, 0.25)
        ]
        assert found.criterion is not None
        assert found.criterion - math.log(24) <= min(grid) + 1e-8


# what cannot be told apart


def test_rows_that_agree_within_their_levels_count_once() -> None:
    # a respondent without chance in it: every repeat of a situation has the same score
    means = np.array([10.0, 14.0, 11.0, 19.0, 16.0])
    found = fit_mixed(np.repeat(means, 4), ones(20), {"situation": np.repeat(np.arange(5), 4)})
    assert found.residual == 0
    assert found.variances == {"situation": pytest.approx(means.var(ddof=1))}
    contrast, expected = found.contrast([1.0]), plain_mean(means)
    assert (contrast.df, contrast.low, contrast.high) == pytest.approx((4, *expected.interval()), rel=1e-6)


def test_terms_that_hold_them_are_still_estimated() -> None:
    generator = np.random.default_rng(8)
    factor, situation = np.repeat(np.arange(8), 12), np.repeat(np.arange(32), 3)
    means = generator.normal(0, 2, 8)[np.arange(32) // 4] + generator.normal(size=32)
    found = fit_mixed(means[situation], ones(96), {"factor": factor, "situation": situation})
    alone = fit_mixed(means, ones(32), {"factor": np.arange(32) // 4})
    assert found.variances == pytest.approx({"factor": alone.variances["factor"], "situation": alone.residual})
    assert found.contrast([1]).df == pytest.approx(alone.contrast([1]).df)


def test_an_exact_sum_of_terms_leaves_nothing_to_test_against() -> None:
    a, b = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    found = fit_mixed(np.array([1, 5, 2, 9])[a] + np.array([0, 3, 7])[b], ones(12), {"a": a, "b": b})
    assert found.residual == 0
    assert "exact sum" in str(found.why)
    contrast = found.contrast([1])
    assert (contrast.estimate, contrast.p, contrast.why) == (pytest.approx(4.25 + 10 / 3), None, found.why)


@pytest.mark.parametrize(
    ("codes", "note"),
    [
        ([0] * 6, "one level only"),
        (list(range(6)), "every level holds one row only, so that it cannot be told from the residual"),
        ([0, 0, 0, 1, 1, 1], "the fixed part holds all its levels"),
        ([5, 5, 3, 3, 4, 4], "its levels are those of 'first'"),
    ],
)
def test_a_term_that_cannot_be_told_apart_says_why(codes: list[int], note: str) -> None:
    x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    y = [1.0, 2.0, 4.0, 3.0, 7.0, 5.0]
    found = fit_mixed(y, x, {"first": [0, 0, 1, 1, 2, 2], "other": codes})
    alone = fit_mixed(y, x, {"first": [0, 0, 1, 1, 2, 2]})
    assert found.notes == {"other": note}
    assert found.variances == {"first": alone.variances["first"], "other": None}
    assert found.contrast([0, 1]) == alone.contrast([0, 1])


def test_dependent_columns_leave_what_they_determine() -> None:
    model = MODELS["nested"]
    x = np.array(model["fixed"])
    found = fit_mixed(model["y"], np.column_stack([x, x[:, 1]]), model["groups"])
    expected = fitted(model).contrast([0, 1, 0])
    assert astuple(found.contrast([0, 1, 0, 1]))[:7] == pytest.approx(astuple(expected)[:7], rel=1e-5)
    alone = found.contrast([0, 1, 0, 0])
    assert alone.estimate is None
    assert alone.why == "the fixed part does not determine this sum of coefficients"


def test_too_few_rows_give_coefficients_alone() -> None:
    found = fit_mixed([1.0, 3.0], [[1, 0], [1, 1]], {"situation": [0, 1]})
    assert found.contrast([0, 1]).estimate == pytest.approx(2)
    assert found.contrast([0, 1]).p is None
    assert found.why == "no more rows than coefficients, so that nothing says how rows vary"


def test_values_that_do_not_vary_have_no_test() -> None:
    found = fit_mixed([4.1] * 6, ones(6), {"situation": [0, 0, 1, 1, 2, 2]})
    assert found.variances == {"situation": 0.0}
    assert found.contrast([1]).standard_error == 0
    assert found.contrast([1]).why == "the values do not vary beyond the fixed part"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 1 / 3, 50.0]), st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)),
        min_size=1,
        max_size=9,
    )
)
def test_no_figure_is_ever_infinite_or_not_a_number(rows: list[tuple[float, int, int, int]]) -> None:
    y, a, b, x = (np.array(column) for column in zip(*rows, strict=True))
    found = fit_mixed(y, np.column_stack([np.ones(y.size), x]), {"a": a, "b": b})
    figures = [*found.coefficients, *found.variances.values(), found.residual, found.criterion]
    for contrast in (found.contrast([1, 0]), found.contrast([0, 1])):
        figures += astuple(contrast)[:7]
        assert (contrast.p is None) == (contrast.why is not None)
    assert all(math.isfinite(figure) for figure in figures if figure is not None)


# what is refused


@pytest.mark.parametrize(
    ("y", "fixed", "codes", "message"),
    [
        ([1, math.nan], [[1], [1]], [0, 1], "missing"),
        ([1, 2], [[1], [math.inf]], [0, 1], "missing or infinite"),
        ([1, 2], [[1], [1]], [0, math.nan], "must not be missing"),
        ([1, 2], [[1], [1]], ["a", None], "must not be missing"),
        ([1, 2], [[1], [1]], [0], "must be 2, one a row"),
        ([1, 2], [[1]], [0, 1], "fixed has 1 rows"),
        ([1, 2], [1, 1], [0, 1], "two dimensions"),
        ([], [[1]], [], "not empty"),
        ([1, 2], {}, [0, 1], "no column"),
    ],
)
def test_what_does_not_fit_together_is_refused(y: Any, fixed: Any, codes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_mixed(y, fixed, {"situation": codes})


def test_weights_and_level_are_checked() -> None:
    found = fitted(MODELS["one term, few rows"])
    with pytest.raises(ValueError, match="3 finite numbers"):
        found.contrast([1, 0])
    with pytest.raises(ValueError, match="between 0 and 1"):
        found.contrast([1, 0, 0], level=95)
