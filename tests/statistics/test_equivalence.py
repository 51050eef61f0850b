from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special
from statsmodels.stats import weightstats

from emotionbench.statistics.equivalence import Equivalence, tost

R = json.loads((Path(__file__).parents[1] / "fixtures" / "effect_sizes.json").read_text())["equivalence"]
STUDIES = 4000


@pytest.mark.parametrize("row", R, ids=lambda row: f"{row['difference']}")
def test_it_agrees_with_r(row: dict[str, Any]) -> None:
    found = tost(row["difference"], row["standard_error"], row["df"], row["margin"])
    assert (found.p, found.low, found.high) == pytest.approx((row["p"], row["low"], row["high"]), abs=1e-9)
    assert found.is_equivalent == (row["p"] < 0.05)
    assert found.margin == row["margin"]


def test_it_agrees_with_statsmodels() -> None:
    values = np.random.default_rng(1).normal(0.2, 1, 25)
    p = weightstats.DescrStatsW(values).ttost_mean(-0.6, 0.6)[0]
    found = tost(values.mean(), values.std(ddof=1) / 5, 24, 0.6)
    assert found.p == pytest.approx(p)
    assert all(type(figure) is float for figure in (found.p, found.low, found.high))


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("difference", [-1.0, -0.62, -0.3, 0.0, 0.3, 0.62, 1.0])
def test_equivalent_is_where_the_interval_lies_within_the_margin(difference: float, alpha: float) -> None:
    found = tost(difference, 0.2, 9, 0.8, alpha=alpha)
    assert found.low is not None
    assert found.high is not None
    assert found.is_equivalent == (found.low > -0.8 and found.high < 0.8)
    assert found.high - difference == pytest.approx(0.2 * special.stdtrit(9, 1 - alpha))


def test_infinitely_many_degrees_of_freedom_are_the_normal_distribution() -> None:
    found = tost(0.5, 0.25, math.inf, 1.0)
    assert found.p == pytest.approx(special.ndtr(-2))
    assert found.p == pytest.approx(tost(0.5, 0.25, 1e9, 1.0).p, abs=1e-6)


@pytest.mark.parametrize(
    ("found", "why"),
    [(tost(1, 0, 5, 1), "the scores do not vary"), (tost(1, 1, 0, 1), "no degrees of freedom")],
)
def test_what_cannot_be_tested_says_why(found: Equivalence, why: str) -> None:
    assert found == Equivalence(1, None, None, None, None, why)


@pytest.mark.parametrize("margin", [0.0, -1.0, math.inf, math.nan])
def test_a_margin_is_above_nothing(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        tost(0, 1, 5, margin)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, math.nan])
def test_an_alpha_is_between_none_and_a_half(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        tost(0, 1, 5, 1, alpha=alpha)


@pytest.mark.parametrize(("n", "margin"), [(6, 2.0), (20, 1.0), (60, 0.2)])
def test_what_lies_at_the_margin_is_called_equivalent_at_most_as_often_as_alpha(n: int, margin: float) -> None:
    values = np.random.default_rng(n).normal(margin, 1, (STUDIES, n))
    errors = values.std(axis=1, ddof=1) / math.sqrt(n)
    found = [tost(mean, error, n - 1, margin) for mean, error in zip(values.mean(axis=1), errors, strict=True)]
    rate = np.mean([one.is_equivalent for one in found])
    assert rate <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / STUDIES)
    if margin > 0.5:  # with a wide margin the rate is alpha itself
        assert rate >= 0.05 - 3 * math.sqrt(0.05 * 0.95 / STUDIES)
