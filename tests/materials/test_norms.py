from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from emotionbench.materials import catalogue
from emotionbench.materials.norms import Movement, Norm

PEOPLE = catalogue.norm("emotionbench-people")


def movement(**changes: Any) -> dict[str, Any]:
    moments = {"mean": 1.0, "sd": 1.0}
    return {"baseline": moments, "evoked": moments, "change": moments, "r": 0.5, **changes}


def test_a_row_is_found_by_emotion_and_factor() -> None:
    everyone, anger, factor = PEOPLE.row(), PEOPLE.row("anger"), PEOPLE.row("anger", "anger-2")
    assert everyone is not None
    assert anger is not None
    assert factor is not None
    assert (everyone.emotion, everyone.factor) == (None, None)
    assert (anger.emotion, anger.factor) == ("anger", None)
    assert PEOPLE.factor_row("anger-2") == factor
    assert PEOPLE.row("awe") is None
    assert PEOPLE.factor_row("anger-9") is None


def test_people_are_counted_once_in_factors_emotions_and_everyone() -> None:
    everyone = PEOPLE.row()
    assert everyone is not None
    factors = [row for row in PEOPLE.rows if row.factor]
    emotions = [row for row in PEOPLE.rows if row.emotion and not row.factor]
    assert (len(factors), len(emotions), len(PEOPLE.rows)) == (36, 8, 45)
    assert sum(row.n for row in factors) == sum(row.n for row in emotions) == everyone.n == 1266
    for emotion in emotions:
        assert sum(row.n for row in factors if row.emotion == emotion.emotion) == emotion.n


@pytest.mark.parametrize("subscale", ["positive", "negative"])
def test_means_of_the_parts_make_the_mean_of_the_whole(subscale: str) -> None:
    everyone = PEOPLE.row()
    assert everyone is not None
    whole = everyone.subscales[subscale]
    for part in ("baseline", "evoked", "change"):
        weighted = sum(row.n * getattr(row.subscales[subscale], part).mean for row in PEOPLE.rows if row.factor)
        assert getattr(whole, part).mean == pytest.approx(weighted / everyone.n, abs=1e-5)


def test_change_is_what_before_after_and_their_correlation_make_it() -> None:
    for row in PEOPLE.rows:
        for moved in row.subscales.values():
            before, after = moved.baseline, moved.evoked
            assert moved.change.mean == pytest.approx(after.mean - before.mean, abs=1e-5)
            variance = before.sd**2 + after.sd**2 - 2 * moved.r * before.sd * after.sd
            assert moved.change.sd == pytest.approx(math.sqrt(variance), abs=1e-4)


def test_the_norm_fits_the_instrument_and_the_factors_that_ship() -> None:
    assert PEOPLE.instrument == "PANAS"
    subscales = set(catalogue.instrument("PANAS").subscales)
    assert all(set(row.subscales) == subscales for row in PEOPLE.rows)
    factors = {row.factor for row in PEOPLE.rows if row.factor}
    assert factors == set(catalogue.situation_set("everyday").factors)


@pytest.mark.parametrize(
    "changes", [{"r": 1.01}, {"r": -1.01}, {"change": {"mean": 0.0, "sd": -0.1}}, {"change": {"mean": 0.0}}, {"p": 0.5}]
)
def test_what_no_sample_can_have_is_refused(changes: dict[str, Any]) -> None:
    assert Movement.model_validate(movement())
    with pytest.raises(ValidationError):
        Movement.model_validate(movement(**changes))


def test_a_norm_of_nobody_is_refused() -> None:
    content = PEOPLE.model_dump()
    assert Norm.model_validate(content) == PEOPLE
    alone = {**content["rows"][0], "n": 1}
    changes: list[dict[str, Any]] = [{"rows": []}, {"source_sha256": "abc"}, {"rows": [alone]}]
    for broken in changes:
        with pytest.raises(ValidationError):
            Norm.model_validate({**content, **broken})


def test_situations_belong_to_factors_and_have_every_subscale() -> None:
    content = PEOPLE.model_dump()
    first = content["situations"][0]
    lacking = {moment: {"positive": 1.0} for moment in ("change", "evoked")}
    for changes, words in (
        ({"factor": "anger-9"}, "situation 'anger-1-1': factor 'anger-9' has no row"),
        ({"change": lacking["change"]}, "situation 'anger-1-1' lacks subscale 'negative'"),
        ({"evoked": lacking["evoked"]}, "situation 'anger-1-1' lacks subscale 'negative'"),
        ({"n": 0}, "greater than or equal to 1"),
    ):
        with pytest.raises(ValidationError, match=words):
            Norm.model_validate({**content, "situations": [{**first, **changes}]})
    # both are optional
    assert Norm.model_validate({**content, "situations": [], "agreement": {}}).situations == ()


def test_people_agree_with_people_within_their_splits() -> None:
    assert set(PEOPLE.agreement) == {"positive", "negative"}
    for found in PEOPLE.agreement.values():
        assert found.n_splits == 1000
        for one in (found.correlation, found.concordance):
            assert -1 <= one.low < one.value < one.high <= 1
        # concordance is never farther from 0 than the correlation
        assert found.concordance.value <= found.correlation.value
