from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from emotionbench.materials.forms import Form
from emotionbench.parsing import parse
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.records import AnswerStatus
from emotionbench.respondents.base import Answerer, Question, Reply
from emotionbench.respondents.openai.few_shot import document
from endpoint_helpers import (
    LOGPROBS,
    ask_all,
    ask_one,
    failed,
    items,
    of_ten,
    reading,
    respondent,
    stopped,
)
from endpoint_server import EndpointServer
from llama_server import LlamaServer
from tiny_llama import TinyLlama

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.fixture(scope="module")
def running() -> Iterator[EndpointServer]:
    server = EndpointServer.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: EndpointServer) -> EndpointServer:
    running.reset()
    return running


def base(server: EndpointServer, faults: str = "", **settings: Any) -> Answerer:
    return respondent(server.url, "completions", f"compatible/base{faults}", **settings)


def echoing(server: EndpointServer, faults: str = "") -> Answerer:
    return base(server, faults, scoring="echo")


def told(reply: Reply, question: Question) -> Distribution:
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution), found
    return found


def test_a_drawn_reply_is_the_begun_line_and_what_the_model_went_on_with(server: EndpointServer) -> None:
    (question,) = items(form=None)
    reply = ask_one(base(server), question)
    assert reply.text.startswith("Interested: ")
    answers = parse(reply.text, question.instrument, question.shown, None)
    assert {answer.status for answer in answers} == {AnswerStatus.VALID}
    assert (reply.input_tokens, reply.output_tokens, reply.model_version) == (10, 1, "base")


def test_the_exact_request_and_response_are_kept(server: EndpointServer) -> None:
    (question,) = items(form=None)
    reply = ask_one(base(server, temperature=0.5, max_tokens=77, extra={"top_k": 3}), question)
    request = json.loads(reply.request)
    assert request["url"] == f"{server.url}/completions"
    (body,) = server.bodies()
    assert request["body"] | {"path": "/v1/completions"} == body
    assert body.pop("prompt") == document(question, 3).text
    assert body == {
        "path": "/v1/completions",
        "model": "base",
        "stop": ["\n\n", "\n# "],
        "temperature": 0.5,
        "max_tokens": 77,
        "top_k": 3,
    }
    assert json.loads(reply.response)["choices"][0]["text"] in reply.text


def test_the_number_of_examples_is_a_setting(server: EndpointServer) -> None:
    (question,) = items(form=None)
    ask_one(base(server, examples=1), question)
    assert server.bodies()[0]["prompt"] == document(question, 1).text


def test_reasoning_has_room_and_no_names_before_it(server: EndpointServer) -> None:
    (question,) = items(form=Form(chain_of_thought=True, temperature=0.25))
    ask_one(base(server, max_tokens=100), question)
    (body,) = server.bodies()
    assert (body["max_tokens"], body["temperature"], body["stop"]) == (2148, 0.25, ["\n# "])


def test_the_provider_s_own_name_of_the_limit_is_chat_s(
    server: EndpointServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    ask_one(respondent(server.url, "completions", "openai/base"), items(form=None)[0])
    assert server.bodies()[0]["max_tokens"] == 1024
    assert "max_completion_tokens" not in server.bodies()[0]


def test_a_refused_seed_is_left_out(server: EndpointServer) -> None:
    ask_one(base(server, "+no_seed", send_seed=True), items(form=None)[0])
    assert ["seed" in body for body in server.bodies()] == [True, False]


@pytest.mark.parametrize("faults", ["", "+like_chat"])
def test_next_tokens_are_listed_where_the_answer_begins(server: EndpointServer, faults: str) -> None:
    question = items()[6]
    reply = ask_one(base(server, faults), question)
    (body,) = server.bodies()
    assert (body["max_tokens"], body["logprobs"]) == (1, 20)
    assert body["prompt"] == document(question, 3).text
    found = reading(reply)
    assert (found["item"], found["source"], reply.text) == (7, "vocabulary", "3")
    (step,) = found["steps"]
    assert step["after"] == ""
    assert step["tokens"][0] == [" 3", pytest.approx(math.log(0.4))]
    read = told(reply, question)
    assert read.mass == pytest.approx(0.89)
    assert read.probabilities[3] == pytest.approx(0.44 / 0.89)


def test_probabilities_are_those_at_temperature_1_unless_none_may_be_sent(server: EndpointServer) -> None:
    ask_one(base(server, temperature=0.0), items()[0])
    ask_one(base(server, temperature=None), items()[0])
    assert [body.get("temperature") for body in server.bodies()] == [1.0, None]


def test_an_answer_that_may_go_on_is_asked_further(server: EndpointServer) -> None:
    question = of_ten()[0]
    reply = ask_one(base(server), question)
    found = reading(reply)
    assert [step["after"] for step in found["steps"]] == ["", " 1"]
    prompts = [body["prompt"] for body in server.bodies()]
    assert prompts[1] == f"{prompts[0]} 1"
    # both requests are kept, and their tokens counted
    assert [one["body"]["prompt"] for one in json.loads(reply.request)] == prompts
    assert len(json.loads(reply.response)) == 2
    assert (reply.input_tokens, reply.output_tokens) == (20, 2)
    read = told(reply, question)
    total = 0.89
    assert read.probabilities[10] == pytest.approx(0.2 * 0.3 / total)
    assert read.probabilities[1] == pytest.approx(0.2 * 0.7 / total)


@pytest.mark.parametrize("faults", ["", "+opened", "+writes_one", "+opened+writes_one"])
def test_an_echo_scores_every_answer_in_one_request(server: EndpointServer, faults: str) -> None:
    question = items()[6]
    reply = ask_one(echoing(server, faults), question)
    body = server.bodies()[-1]
    assert body["prompt"] == [f"{document(question, 3).text} {value}" for value in range(1, 6)]
    assert (body["echo"], body["logprobs"], body["max_tokens"]) == (True, 1, int("writes_one" in faults))
    found = reading(reply)
    expected = {"1": 0.2, "2": 0.1, "3": 0.4, "4": 0.1, "5": 0.05}
    assert found["probabilities"] == {answer: pytest.approx(p) for answer, p in expected.items()}
    assert (found["source"], reply.text) == ("vocabulary", "3")
    assert told(reply, question).mass == pytest.approx(0.85)


def test_an_echo_tells_1_from_10(server: EndpointServer) -> None:
    question = of_ten()[0]
    found = reading(ask_one(echoing(server), question))["probabilities"]
    assert found["10"] == pytest.approx(0.2 * 0.3)
    assert found["1"] == pytest.approx(0.2 * 0.7)


def test_a_server_with_fewer_places_is_asked_for_fewer(server: EndpointServer) -> None:
    answerer, questions = base(server, "+most_5"), items()
    ask_all(answerer, questions[:2])
    assert [body["logprobs"] for body in server.bodies()] == [20, 5, 5]


def test_too_few_places_for_the_answers_stop_the_run(server: EndpointServer) -> None:
    message = stopped(base(server, "+most_5"), of_ten()[0])
    assert "lists 5 tokens, and there are 10 answers to tell apart; set scoring: echo" in message
    assert "lists 2 tokens, and there are 5 answers" in stopped(base(server, "+few"), items()[0])


@pytest.mark.parametrize(
    ("faults", "scoring", "said", "fix"),
    [
        ("+without_logprobs", "next", "tells no log-probabilities", "--answers drawn"),
        ("+refuses_logprobs", "next", "tells no such probabilities (HTTP 400: Unrecognized", "--answers drawn"),
        ("+refuses_echo", "echo", "tells no such probabilities (HTTP 400: Setting 'echo'", "scoring: next"),
        ("+no_echo", "echo", "it holds no log-probabilities of the prompt", "scoring: next"),
        ("+nulls", "echo", "it holds no log-probabilities of the prompt", "scoring: next"),
        ("+cut_elsewhere", "echo", "its tokens do not begin where the answer does", "scoring: next"),
        ("+one_choice", "echo", "answered 1 of 5 prompts", "scoring: next"),
        ("+no_completions", "next", "no answer at http", "endpoint: chat"),
        ("+chat_model", "next", "This is a chat model", "endpoint: chat"),
        ("+unknown", "next", "no model 'base+unknown'", "base_url"),
    ],
)
def test_what_a_server_cannot_do_stops_the_run_at_once(
    server: EndpointServer, faults: str, scoring: str, said: str, fix: str
) -> None:
    message = stopped(base(server, faults, scoring=scoring), items()[0])
    assert said in message
    assert fix in message
    assert "\n" not in message


def test_half_a_character_is_no_reading_and_asked_again(server: EndpointServer) -> None:
    failure = failed(base(server, "+half_character"), items()[0])
    assert (failure.kind, failure.may_pass) == ("malformed", True)
    assert json.loads(failure.request)["body"]["max_tokens"] == 1


@pytest.mark.parametrize("form", [None, LOGPROBS])
@pytest.mark.parametrize("scoring", ["next", "echo"])
def test_a_response_without_choices_is_malformed(server: EndpointServer, form: Form | None, scoring: str) -> None:
    failure = failed(base(server, "+no_choice", scoring=scoring), items(form=form)[0])
    assert (failure.kind, failure.may_pass) == ("malformed", True)
    assert "without choices" in failure.message


def test_the_first_request_goes_alone(server: EndpointServer) -> None:
    outcomes = ask_all(base(server, "+no_completions"), items())
    assert len(outcomes) == 20
    assert len(server.bodies()) == 1


def test_a_real_server_draws(llama_server: LlamaServer) -> None:
    (question,) = items(form=None)
    reply = ask_one(respondent(llama_server.url, "completions", "llamacpp/tiny", max_tokens=40), question)
    assert reply.text.startswith("Interested:")
    assert len(reply.text) > len("Interested:")
    assert reply.input_tokens
    assert reply.input_tokens > 200
    assert reply.output_tokens
    assert reply.output_tokens <= 40


def next_of(tiny: TinyLlama, text: str) -> dict[str, float]:
    """What transformers makes of the same weights: token → log-probability behind a text."""
    import torch  # noqa: PLC0415
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    tokenizer, model = AutoTokenizer.from_pretrained(tiny.folder), AutoModelForCausalLM.from_pretrained(tiny.folder)
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
    with torch.inference_mode():
        logarithms = model(ids).logits[0, -1].log_softmax(-1)
    return {tokenizer.decode([number]): float(logarithm) for number, logarithm in enumerate(logarithms)}


@pytest.mark.slow
def test_a_real_server_tells_what_transformers_tells(llama_server: LlamaServer, tiny_llama: TinyLlama) -> None:
    question = items()[0]
    answerer = respondent(llama_server.url, "completions", "llamacpp/tiny")
    (found,) = reading(ask_retried(answerer, question))["steps"]
    expected = next_of(tiny_llama, document(question, 3).text)
    told = {token: math.exp(logarithm) for token, logarithm in found["tokens"] if "\ufffd" not in token and token}
    assert len(told) >= 10
    for token, p in told.items():
        assert p == pytest.approx(math.exp(expected[token]), abs=1e-3), token


@pytest.mark.slow
def test_a_real_server_is_asked_further_where_1_may_become_10(llama_server: LlamaServer, tiny_llama: TinyLlama) -> None:
    question = of_ten()[0]
    answerer = respondent(llama_server.url, "completions", "llamacpp/tiny")
    steps = {step["after"]: dict(step["tokens"]) for step in reading(ask_retried(answerer, question))["steps"]}
    after = next(part for part in steps if part.strip() == "1")
    expected = next_of(tiny_llama, document(question, 3).text + after)
    assert math.exp(steps[after]["0"]) == pytest.approx(math.exp(expected["0"]), abs=1e-3)


@pytest.mark.slow
def test_a_real_server_without_scores_of_prompts_is_told_apart(llama_server: LlamaServer) -> None:
    answerer = respondent(llama_server.url, "completions", "llamacpp/tiny", scoring="echo")
    assert "scoring: next" in stopped(answerer, items()[0])


def ask_retried(answerer: Answerer, question: Question) -> Reply:
    """The first reply: a random model may write half a character, of which llama.cpp tells nothing."""
    for attempt in range(1, 6):
        (outcome,) = ask_all(answerer, [replace(question, attempt=attempt)])
        if isinstance(outcome, Reply):
            return outcome
    raise AssertionError(outcome)
