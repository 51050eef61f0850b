from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from embedded_helpers import LONG_ITEMS, baseline, make, of_instrument, reply_to, turns, values_in
from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Form
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.respondents.base import Question, Reply


def test_uniform_gives_every_value_equally_often() -> None:
    answerer = make("uniform")
    asked = turns(answerer, baseline_repeats=200, situations_per_factor=1)
    counts = Counter(value for question, reply in asked for value in values_in(question, reply).values())
    n = sum(counts.values())
    assert set(counts) == {1, 2, 3, 4, 5}
    assert sum((count - n / 5) ** 2 / (n / 5) for count in counts.values()) < 18.5  # chi-squared, 4 df, p = .001


def test_uniform_stays_within_a_response_scale_from_zero() -> None:
    answerer = make("uniform")
    asked = [of_instrument(question, LONG_ITEMS) for question, _ in turns(answerer, baseline_repeats=40)]
    found = {value for question in asked for value in values_in(question, reply_to(answerer, question)).values()}
    assert found == {0, 1, 2, 3}


@pytest.mark.parametrize(("settings", "value"), [({}, 3), ({"value": None}, 3), ({"value": 5}, 5)])
def test_constant_gives_one_value(settings: dict[str, Any], value: int) -> None:
    for question, reply in turns(make("constant", **settings)):
        assert set(values_in(question, reply).values()) == {value}


def test_middle_is_rounded_down() -> None:
    answerer = make("constant")
    question = of_instrument(baseline(), LONG_ITEMS)
    assert set(values_in(question, reply_to(answerer, question)).values()) == {1}


@pytest.mark.parametrize("value", [0, 6, -1])
def test_constant_outside_the_response_scale_is_an_error(value: int) -> None:
    question = baseline()
    with pytest.raises(RespondentError, match=rf"PANAS: value {value} is outside the response scale 1 to 5; set"):
        reply_to(make("constant", value=value), question)


@pytest.mark.parametrize("value", [True, 2.5, "3"])
def test_constant_takes_whole_numbers_only(value: object) -> None:
    with pytest.raises(RespondentError, match=r"value: .*integer"):
        make("constant", value=value)


def test_value_is_part_of_who_answers() -> None:
    assert make("constant", name="C").record.id != make("constant", name="C", value=2).record.id


def told(respondent: str, form: Form, **settings: Any) -> tuple[Question, Reply]:
    question = replace(baseline(), form=form)
    question = replace(question, administration=replace(question.administration, n_messages=20), part=4)
    return question, reply_to(make(respondent, **settings), question)


@pytest.mark.parametrize(
    ("respondent", "chances"), [("uniform", dict.fromkeys(range(1, 6), 0.2)), ("constant", {3: 1.0})]
)
def test_they_tell_how_likely_their_answers_are(respondent: str, chances: dict[int, float]) -> None:
    question, reply = told(respondent, Form(answers="logprobs"))
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert found.item == question.shown[0]
    assert {value: p for value, p in found.probabilities.items() if p} == pytest.approx(chances)
    assert (found.mass, found.unseen) == (1, 0)
    assert int(reply.text) in chances


def test_they_tell_them_under_the_signs_that_were_shown() -> None:
    form = Form(answers="logprobs", option_labels="A", option_order="descending")
    question, reply = told("constant", form, value=4)
    found = distribution(reply.logprobs, question.instrument, form)
    assert isinstance(found, Distribution)
    assert found.expected == 4
    assert reply.text == "B)"


def test_they_tell_nothing_where_answers_are_drawn() -> None:
    assert reply_to(make("uniform"), baseline()).logprobs is None
    assert make("uniform").capabilities.logprobs
    assert make("constant").capabilities.logprobs


@pytest.mark.parametrize("respondent", ["human-norm", "lexicon", "planted"])
def test_who_draws_items_together_has_no_probabilities_to_tell(respondent: str) -> None:
    assert not make(respondent).capabilities.logprobs
