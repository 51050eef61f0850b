"""A reading by batch: what it asks first, and what is made of the one reply to it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from asking import make
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.respondents.openai.batch_readings import AskAnew, put_of, reading_of
from emotionbench.respondents.openai.compatible import OpenAICompatible
from emotionbench.respondents.openai.told import Put
from endpoint_helpers import LOGPROBS, items, of_ten

pytestmark = pytest.mark.usefixtures("no_keys")
HERE = "http://127.0.0.1:9/v1"


def answerer() -> OpenAICompatible:
    return make(HERE)


def reply_of(*places: dict[str, float], written: tuple[str, ...]) -> Reply:
    """A reply whose server told these log-probabilities, place by place."""
    content = [
        {"token": token, "logprob": -0.1, "top_logprobs": [{"token": t, "logprob": p} for t, p in place.items()]}
        for token, place in zip(written, places, strict=True)
    ]
    return Reply(request="{}", response="{}", text="".join(written), logprobs=json.dumps({"content": content}))


def body(asked: OpenAICompatible, **changes: Any) -> str:
    question = items()[0]
    return json.dumps({**asked.body(question, asked.way, put_of(asked, question)), **changes})


def test_a_reading_asks_for_the_answers_and_another_question_for_none() -> None:
    assert put_of(answerer(), items(form=LOGPROBS)[0]) == Put(tuple("12345"))
    assert put_of(answerer(), items(form=None)[0]) is None


def test_too_few_tokens_told_stop_before_anything_is_asked() -> None:
    asked = answerer()
    asked.learn(replace(asked.manner, n_told=3))
    with pytest.raises(RespondentError, match="tells the probabilities of 3 tokens"):
        put_of(asked, items()[0])


def test_one_reply_makes_a_reading() -> None:
    asked = answerer()
    told = {"1": -2.0, "2": -0.3, "3": -3.0, "4": -4.0, "5": -5.0}
    reply = reading_of(asked, items()[0], reply_of(told, written=("2",)), body(asked))
    found = json.loads(reply.logprobs or "")
    assert (found["item"], found["source"]) == (1, "vocabulary")
    assert dict(found["steps"][0]["tokens"]) == told
    assert asked.has_told


def test_a_blank_before_the_answer_is_asked_anew_with_room_for_it() -> None:
    asked = answerer()
    with pytest.raises(AskAnew):
        reading_of(asked, items()[0], reply_of({" ": -0.1, "1": -3.0}, written=(" ",)), body(asked))
    assert asked.manner.n_before == 1


def test_what_takes_a_second_request_is_rejected() -> None:
    asked = make(HERE, "llamacpp/mock")
    told = dict.fromkeys("1234567890", -2.3)
    question = of_ten()[0]
    sent = json.dumps(asked.body(question, asked.way, put_of(asked, question)))
    with pytest.raises(AskFailure, match="takes a second request, and a batch has one"):
        reading_of(asked, question, reply_of(told, written=("1",)), sent)


def test_a_reply_with_a_token_that_may_be_the_likeliest_is_no_reading() -> None:
    asked = answerer()
    told = {"3": math.nan, "4": -2.3, "2": -3.0, "1": -3.2, "5": -4.7}
    with pytest.raises(RespondentError, match="or with some that cannot be read"):
        reading_of(asked, items()[0], reply_of(told, written=("4",)), body(asked))
    reading_of(asked, items()[0], reply_of({**told, "3": -0.2}, written=("4",)), body(asked))
    with pytest.raises(AskFailure, match="without probabilities that can be read") as caught:
        reading_of(asked, items()[0], reply_of(told, written=("4",)), body(asked))
    assert (caught.value.kind, caught.value.may_pass) == ("malformed", True)


def test_a_token_beyond_those_asked_for_is_left_out() -> None:
    asked = answerer()
    told = {"1": -2.0, "2": -0.5, "3": -3.0, "4": -4.0, "5": -5.0}
    sent = body(asked, top_logprobs=5)
    reply = reading_of(asked, items()[0], reply_of({**told, "I": -6.0}, written=("I",)), sent)
    assert dict(json.loads(reply.logprobs or "")["steps"][0]["tokens"]) == told


def test_a_drawn_reply_is_left_as_it_is() -> None:
    asked, question = answerer(), items(form=None)[0]
    reply = Reply(request="{}", response="{}", text="1: 3")
    assert reading_of(asked, question, reply, "{}") is reply
