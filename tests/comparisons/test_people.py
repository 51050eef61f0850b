from __future__ import annotations

import math
from typing import Any

import pytest

from change_helpers import norm
from emotionbench.comparisons.people import People, people_of
from emotionbench.materials import catalogue
from emotionbench.materials.norms import Norm
from emotionbench.statistics.contrasts import Mean, stratified_mean

FACTORS = {"fear-1": (8.0, 30), "fear-2": (4.0, 20), "anger-1": (1.0, 50)}
MEANS = {"fear-1-1": 7.0, "fear-1-2": 9.0, "fear-2-1": 1.0, "fear-2-2": 7.0, "anger-1-1": 0.0, "anger-1-2": 2.0}


def situations(means: dict[str, float]) -> list[dict[str, Any]]:
    """Ten people each: the change on ``up``, and a score after that is 12 higher; ``down`` falls by 1 everywhere."""
    return [
        {
            "situation": situation,
            "factor": situation.rpartition("-")[0],
            "n": 10,
            "change": {"up": change, "down": -1.0},
            "evoked": {"up": 12.0 + change, "down": 11.0},
        }
        for situation, change in means.items()
    ]


def people(means: dict[str, float] | None = None) -> People:
    return People(norm(FACTORS, situations=situations(means or {})))


def test_what_people_know() -> None:
    found = people()
    assert found.knows("fear-1", "up")
    assert not found.knows("fear-1", "sideways")
    assert not found.knows("fear-9", "up")
    assert (found.n(["fear-1", "anger-1"]), found.n([])) == (80, 0)


def test_without_situations_the_person_is_the_unit() -> None:
    one = people().change(["fear-1"], "up")
    assert (one.n, one.value, one.sd) == (30, 8.0, 2.0)
    assert (one.standard_error, one.df) == (pytest.approx(2 / math.sqrt(30)), pytest.approx(29))
    both = people().change(["fear-1", "fear-2"], "up")
    parts = [4 / 30 / 4, 4 / 20 / 4]
    assert (both.n, both.value, both.sd) == (50, 6.0, pytest.approx(2.0))
    assert both.standard_error == pytest.approx(math.sqrt(sum(parts)))
    assert both.df == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 29 + parts[1] ** 2 / 19))
    assert people().means("up").values.size == 0


def test_with_situations_the_situation_is_the_unit() -> None:
    found = people(MEANS).change(["fear-1", "fear-2"], "up")
    expected = stratified_mean([7, 9, 1, 7], [1, 1, 2, 2])
    assert (found.n, found.value) == (50, 6.0)
    assert (found.standard_error, found.df, found.sd) == (expected.standard_error, expected.df, expected.sd)
    assert expected.standard_error == pytest.approx(math.sqrt((2 + 18) / 2 / 2 / 2))
    still = people(MEANS).change(["fear-1"], "down")
    assert (still.value, still.standard_error, still.df) == (-1.0, 0.0, None)


def test_the_mean_is_that_of_situations_where_they_are_the_unit() -> None:
    # 30 people of fear-1 change by 8 on average, but their two situations by 0 and 4
    skewed = people({"fear-1-1": 0.0, "fear-1-2": 4.0})
    found = skewed.change(["fear-1"], "up")
    assert (found.value, found.standard_error) == (2.0, pytest.approx(2.0))
    assert skewed.change_of_persons("fear-1", "up") == 8.0


def test_a_factor_without_situations_falls_back_on_persons() -> None:
    found = people({"fear-1-1": 7.0, "fear-1-2": 9.0})
    assert found.change(["fear-1"], "up").standard_error == pytest.approx(1.0)
    assert found.change(["fear-2"], "up").standard_error == pytest.approx(2 / math.sqrt(20))
    assert found.change(["fear-1", "fear-2"], "up") == people().change(["fear-1", "fear-2"], "up")


def test_scores_after_imagining_have_means_of_their_own() -> None:
    found = people(MEANS).evoked(["fear-1", "fear-2"], "up")
    assert found.value == 12 + 6
    assert found.standard_error == people(MEANS).change(["fear-1", "fear-2"], "up").standard_error
    assert people().evoked(["fear-1"], "up") == Mean(
        30, 20.0, pytest.approx(3 / math.sqrt(30)), pytest.approx(29), pytest.approx(3.0)
    )
    assert people(MEANS).means("up", "evoked").values.tolist() == [12.0, 14.0, 19.0, 21.0, 13.0, 19.0]


def test_means_by_situation_come_in_order_of_factor_and_situation() -> None:
    found = people(dict(reversed(MEANS.items()))).means("up")
    assert found.situations.tolist() == sorted(MEANS)
    assert found.factors.tolist() == ["anger-1", "anger-1", "fear-1", "fear-1", "fear-2", "fear-2"]
    assert found.emotions.tolist() == ["anger", "anger", "fear", "fear", "fear", "fear"]
    assert found.values.tolist() == [MEANS[situation] for situation in sorted(MEANS)]


def test_everyone_before() -> None:
    assert people().baseline("up") == Mean(100, 12.0, 0.3, 99, 3.0)
    assert (people().baseline_sd("up"), people().change_sd("up")) == (3.0, 2.0)
    for unknown in (people().baseline("sideways"), people().baseline_sd("sideways"), people().change_sd("sideways")):
        assert unknown is None


def test_a_norm_without_everyone_has_no_baseline() -> None:
    whole = norm(FACTORS)
    found = People(Norm.model_validate({**whole.model_dump(), "rows": whole.model_dump()["rows"][1:]}))
    assert (found.baseline("up"), found.baseline_sd("up"), found.change_sd("up")) == (None, None, None)
    assert found.change(["fear-1"], "up").value == 8.0


def test_people_of_a_norm_are_its_own() -> None:
    first, second = norm(FACTORS), norm({"fear-1": (3.0, 10)})
    assert people_of(first) is people_of(first)
    assert people_of(second).change(["fear-1"], "up").value == 3.0
    assert people_of(first).change(["fear-1"], "up").value == 8.0


@pytest.mark.parametrize("subscale", ["positive", "negative"])
def test_the_shipped_people_have_situations_for_every_factor(subscale: str) -> None:
    shipped = catalogue.norm("emotionbench-people")
    found = People(shipped)
    factors = [row.factor for row in shipped.rows if row.factor]
    assert set(found.means(subscale).factors) == set(factors)
    assert sum(one.n for one in shipped.situations) == found.n(factors) == shipped.n
    for factor in factors:
        own = [one for one in shipped.situations if one.factor == factor]
        row = shipped.factor_row(factor)
        assert row is not None
        assert sum(one.n for one in own) == row.n
        for moment in ("change", "evoked"):
            weighted = sum(one.n * getattr(one, moment)[subscale] for one in own) / row.n
            assert weighted == pytest.approx(getattr(row.subscales[subscale], moment).mean, abs=1e-5)
