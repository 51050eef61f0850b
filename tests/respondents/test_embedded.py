from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emotionbench
from embedded_helpers import LONG_ITEMS, baseline, make, of_instrument, reply_to, turns, values_in
from emotionbench.errors import RespondentError
from emotionbench.records import RespondentKind
from emotionbench.respondents.embedded import draws, reply_text, seeded

RESPONDENTS = ("uniform", "constant", "lexicon", "human-norm")
ON_ANY_INSTRUMENT = ("uniform", "constant", "lexicon")


@pytest.mark.parametrize("respondent", RESPONDENTS)
@pytest.mark.parametrize("design", ["independent", "paired"])
def test_every_reply_is_read_as_valid_answers(respondent: str, design: str) -> None:
    kinds = ("evoking", "neutral", "positive")
    asked = turns(make(respondent), design=design, kinds=kinds, situations_per_factor=2)
    assert len({question.administration.condition for question, _ in asked}) == 3
    for question, reply in asked:
        assert len(values_in(question, reply)) == 20


@pytest.mark.parametrize("respondent", ON_ANY_INSTRUMENT)
@pytest.mark.parametrize("instrument", ["ECL-8", "long items"])
def test_other_instruments_are_read_as_valid_answers_too(respondent: str, instrument: str) -> None:
    answerer = make(respondent)
    for question, _ in turns(answerer, instruments="ECL-8", situations_per_factor=2):
        put = question if instrument == "ECL-8" else of_instrument(question, LONG_ITEMS)
        values_in(put, reply_to(answerer, put))


@pytest.mark.parametrize("respondent", RESPONDENTS)
def test_answers_follow_from_administration_and_attempt_alone(respondent: str) -> None:
    answerer, again = make(respondent), make(respondent)
    asked = turns(answerer, design="paired", situations_per_factor=2)
    for question, reply in reversed(asked):
        assert reply_to(again, question) == reply


@pytest.mark.parametrize("respondent", ["uniform", "lexicon", "human-norm"])
def test_another_attempt_or_administration_draws_anew(respondent: str) -> None:
    answerer = make(respondent)
    asked = turns(answerer, situations_per_factor=1)
    replies = {reply.text for _, reply in asked}
    replies |= {reply_to(answerer, replace(question, attempt=2)).text for question, _ in asked}
    assert len(replies) == 2 * len(asked)


def test_reply_carries_request_response_and_version() -> None:
    question, reply = turns(make("uniform"))[-1]
    assert json.loads(reply.request) == [dict(message) for message in question.messages]
    assert reply.response == reply.text
    assert reply.model_version == f"emotionbench {emotionbench.__version__}"


def test_request_keeps_letters_as_they_are() -> None:
    answerer = make("uniform")
    question = baseline()
    question = replace(question, messages=({"role": "user", "content": "Grüße, 感情"},))
    assert "Grüße, 感情" in reply_to(answerer, question).request


def test_short_items_are_repeated_in_the_order_shown() -> None:
    question = baseline()
    shown = question.administration.order
    lines = reply_text(question, {number: number for number in range(1, 21)}).split("\n")
    assert lines == [f"{question.instrument.text(number)}: {number}" for number in shown]


def test_long_items_are_numbered_as_shown() -> None:
    question = of_instrument(baseline(), LONG_ITEMS)
    assert reply_text(question, {1: 0, 2: 1, 3: 2, 4: 3}) == "1: 3\n2: 2\n3: 1\n4: 0"


@pytest.mark.parametrize("respondent", RESPONDENTS)
def test_is_a_synthetic_respondent_named_by_its_label(respondent: str) -> None:
    assert make(respondent).record.kind is RespondentKind.SYNTHETIC
    assert make(respondent).record.name == respondent
    assert make(respondent, name="Floor").record.name == "Floor"
    assert make(respondent, name="Floor").record.id != make(respondent).record.id
    asyncio.run(make(respondent).close())


@pytest.mark.parametrize("respondent", RESPONDENTS)
def test_unknown_setting_is_named(respondent: str) -> None:
    with pytest.raises(RespondentError, match=f"settings of '{respondent}'.*temperature"):
        make(respondent, temperature=1)


@pytest.mark.parametrize("respondent", RESPONDENTS)
def test_takes_no_model(respondent: str) -> None:
    with pytest.raises(RespondentError, match=f"{respondent}/large.*no models; write {respondent}$"):
        make(f"{respondent}/large")


def test_draws_are_the_same_on_every_machine() -> None:
    assert seeded("administration|1|items", 3) == [0.8265658689880959, 0.5371539727436554, 0.031650328220057755]


@settings(deadline=None)
@given(st.text(), st.integers(0, 50))
def test_draws_are_in_the_unit_interval(label: str, n: int) -> None:
    uniforms = seeded(label, n)
    assert len(uniforms) == n
    assert all(0 <= uniform < 1 for uniform in uniforms)


def test_draws_are_uniform_and_independent_between_purposes() -> None:
    question = baseline()
    first, second = draws(question, "one", 4000), draws(question, "two", 4000)
    for uniforms in (first, second):
        assert abs(sum(uniforms) / 4000 - 0.5) < 4 * (1 / 12 / 4000) ** 0.5
        assert abs(sum(uniform < 0.1 for uniform in uniforms) - 400) < 4 * 360**0.5
    products = sum((a - 0.5) * (b - 0.5) for a, b in zip(first, second, strict=True))
    assert abs(products / 4000) < 4 / 12 / 4000**0.5
