from __future__ import annotations

import json
from pathlib import Path

import pytest

from asking import make, sent
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.respondents.base import Question
from emotionbench.respondents.openai.compatible import OpenAICompatible
from mock_logprobs import ON_ANSWERS, chances
from mock_server import MockServer
from reading_helpers import TEN, failing, questions, read, stopping

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.fixture
def home(small_home: Path) -> Path:
    (small_home / "instruments" / "TEN-3.yaml").write_text(TEN, encoding="utf-8")
    return small_home


def distribution_of(answerer: OpenAICompatible, question: Question) -> Distribution:
    reply, _ = read(answerer, question)
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution), found
    return found


def expected(question: Question) -> dict[int, float]:
    return {int(answer): p for answer, p in chances([dict(one) for one in question.messages]).items()}


def test_one_request_tells_the_distribution_and_the_mass(fresh: MockServer) -> None:
    answerer = make(fresh)
    question = questions(answerer)[6]
    reply, reading = read(answerer, question)
    assert reading.keys() == {"item", "source", "steps"}
    assert (reading["item"], reading["source"]) == (question.shown[0], "vocabulary")
    assert [step["after"] for step in reading["steps"]] == [""]
    assert fresh.stats()["n_requests"] == 1
    assert json.loads(reply.response)["choices"][0]["message"]["content"] == reply.text
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert found.probabilities == pytest.approx(expected(question))
    assert found.mass == pytest.approx(ON_ANSWERS)


def test_the_body_asks_for_one_token_and_its_twenty_likeliest(fresh: MockServer) -> None:
    answerer = make(fresh)
    read(answerer, questions(answerer)[0])
    body = sent(fresh)
    body.pop("messages")
    assert body == {
        "model": "mock",
        "temperature": 0.0,
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 20,
    }
    answerer = make(fresh, "openai/mock", temperature=None, max_tokens=None)
    read(answerer, questions(answerer)[0])
    assert sent(fresh)["max_completion_tokens"] == 1
    assert "temperature" not in sent(fresh)


def test_a_server_that_takes_a_number_gets_one_and_answers_in_columns(fresh: MockServer) -> None:
    answerer = make(fresh, "together/mock")
    question = questions(answerer)[0]
    assert distribution_of(answerer, question).probabilities == pytest.approx(expected(question))
    assert sent(fresh)["logprobs"] == 20
    assert "top_logprobs" not in sent(fresh)


@pytest.mark.parametrize(("fault", "n_told", "n_refused"), [("few_logprobs", 5, 1), ("vague_logprobs", 10, 1)])
def test_fewer_are_asked_for_where_the_server_says_so_once(
    fresh: MockServer, fault: str, n_told: int, n_refused: int
) -> None:
    answerer = make(fresh, f"compatible/mock+{fault}")
    for question in questions(answerer)[:3]:
        _, reading = read(answerer, question)
        assert len(reading["steps"][0]["tokens"]) == n_told
    assert fresh.stats()["n_requests"] == 3 + n_refused


@pytest.mark.usefixtures("home")
def test_too_few_to_hold_the_answers_stop_and_say_how_many_are_needed(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock+few_logprobs")
    message = stopping(answerer, questions(answerer, "TEN-3")[0])
    assert "tells the probabilities of 5 tokens, and TEN-3 has 11 answers (0 to 10), which take 11 or more" in message
    assert "--answers drawn" in message
    assert fresh.stats()["n_requests"] == 2


@pytest.mark.parametrize(
    ("fault", "words"), [("no_logprobs", "property 'logprobs' is unsupported"), ("refuse", "comes without")]
)
def test_a_server_without_probabilities_stops_at_the_first_request(fresh: MockServer, fault: str, words: str) -> None:
    answerer = make(fresh, f"compatible/mock+{fault}")
    message = stopping(answerer, questions(answerer)[0])
    assert words in message
    assert f"compatible/mock+{fault}" in message
    assert "--answers drawn" in message
    assert fresh.stats()["n_requests"] == 1


def test_one_reply_without_probabilities_among_others_may_be_asked_again(fresh: MockServer) -> None:
    answerer = make(fresh, "openrouter/mock", api_key_env=None)
    first, second = questions(answerer)[:2]
    read(answerer, first)
    answerer.record.settings["model"] = "mock+refuse"
    failure = failing(answerer, second)
    assert (failure.kind, failure.may_pass) == ("malformed", True)


@pytest.mark.usefixtures("home")
def test_a_tokeniser_with_a_token_for_ten_needs_one_request(fresh: MockServer) -> None:
    answerer = make(fresh)
    question = questions(answerer, "TEN-3")[0]
    # twenty tokens hold the eleven answers without a blank, and most with one
    assert distribution_of(answerer, question).probabilities == pytest.approx(expected(question), abs=0.02)
    assert fresh.stats()["n_requests"] == 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("provider", ["vllm", "llamacpp"])
def test_a_server_that_continues_an_answer_tells_ten_from_one(fresh: MockServer, provider: str) -> None:
    answerer = make(fresh, f"{provider}/mock-digits", constrain="none")
    question = questions(answerer, "TEN-3")[0]
    reply, reading = read(answerer, question)
    assert [step["after"] for step in reading["steps"]] == ["", "1"]
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert found.probabilities == pytest.approx(expected(question), abs=0.01)
    body = sent(fresh)
    assert body["messages"][-1] == {"role": "assistant", "content": "1"}
    assert body["max_tokens"] == 1
    flags = {"add_generation_prompt": False, "continue_final_message": True} if provider == "vllm" else {}
    assert {key: body[key] for key in ("add_generation_prompt", "continue_final_message") if key in body} == flags
    assert [json.loads(text)["model"] for text in map(json.dumps, json.loads(reply.response))] == ["mock-digits"] * 2
    assert [one["body"]["model"] for one in json.loads(reply.request)] == ["mock-digits"] * 2


@pytest.mark.usefixtures("home")
def test_a_server_that_continues_nothing_cannot_tell_ten_from_one(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock-digits")
    failure = failing(answerer, questions(answerer, "TEN-3")[0])
    assert (failure.kind, failure.may_pass) == ("rejected", False)
    assert "cannot tell the answer 1 from 10" in failure.message
    assert "llamacpp or vllm" in failure.message


def test_a_beginning_that_hardly_counts_does_not_stop_the_reading(fresh: MockServer) -> None:
    """A quotation mark has 3 %, and an answer is not among the five tokens that are told."""
    answerer = make(fresh, "compatible/mock-quoted+few_logprobs")
    found = [read(answerer, question)[1]["steps"] for question in questions(answerer)]
    listed = [{token for token, _ in steps[0]["tokens"]} for steps in found]
    assert any('"' in tokens and not set("12345") <= tokens for tokens in listed)
    assert {len(steps) for steps in found} == {1}


def test_a_choice_holds_the_answers_where_the_conversation_goes_on(fresh: MockServer) -> None:
    answerer = make(fresh, "vllm/mock")
    question = questions(answerer, conversation=["kept"])[0]
    reply, reading = read(answerer, question)
    assert reading["source"] == "masked"
    assert reading["mass"] == pytest.approx(ON_ANSWERS)
    assert reply.text in set("12345")
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert found.probabilities == pytest.approx(expected(question))
    assert found.mass == pytest.approx(ON_ANSWERS)
    bodies = [one["body"] for one in json.loads(reply.request)]
    assert [body.get("structured_outputs") for body in bodies] == [{"choice": list("12345")}, None]


def test_a_choice_that_the_server_does_not_know_is_given_up_unless_it_was_set(fresh: MockServer) -> None:
    answerer = make(fresh, "vllm/mock+no_structured_outputs")
    _, reading = read(answerer, questions(answerer, conversation=["kept"])[0])
    assert reading["source"] == "vocabulary"
    assert answerer.manner.constrain == "none"
    answerer = make(fresh, "vllm/mock+no_structured_outputs", constrain="choice")
    assert failing(answerer, questions(answerer, conversation=["kept"])[0]).kind == "rejected"


def test_the_setting_is_part_of_the_respondent_and_its_default_is_not(fresh: MockServer) -> None:
    plain, none = make(fresh, "vllm/mock"), make(fresh, "vllm/mock", constrain="none")
    assert plain.record.id != none.record.id
    assert "constrain" not in plain.record.settings
    assert make(fresh, "vllm/mock", constrain="auto").record.id == plain.record.id


def test_a_blank_before_the_answer_is_learnt_once_and_is_part_of_the_way(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock-blank")
    first, second = questions(answerer)[:2]
    reply, reading = read(answerer, first)
    assert [step["after"] for step in reading["steps"]] == ["", " "]
    found = distribution(reply.logprobs, first.instrument, first.form)
    assert isinstance(found, Distribution)
    assert found.probabilities == pytest.approx(expected(first))
    assert found.mass == pytest.approx(0.96 * ON_ANSWERS)
    assert reply.text.strip() in set("12345")
    assert fresh.stats()["n_requests"] == 2
    read(answerer, second)
    assert fresh.stats()["n_requests"] == 3
    assert sent(fresh)["max_tokens"] == 2


def test_what_is_lost_among_other_tokens_is_read_behind_a_choice(fresh: MockServer) -> None:
    answerer = make(fresh, "vllm/mock-lost")
    question = questions(answerer)[0]
    reply, reading = read(answerer, question)
    assert reading["source"] == "masked"
    assert reading["mass"] == 0.0
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert found.probabilities == pytest.approx(expected(question))
    bodies = [one["body"] for one in json.loads(reply.request)]
    assert [body.get("structured_outputs") for body in bodies] == [None, {"choice": list("12345")}]


@pytest.mark.parametrize("conversation", ["fresh", "kept"])
def test_what_comes_from_before_a_choice_is_not_taken_for_what_it_left(fresh: MockServer, conversation: str) -> None:
    answerer = make(fresh, "vllm/mock-lost-deaf")
    _, reading = read(answerer, questions(answerer, conversation=[conversation])[0])
    assert reading["source"] == "vocabulary"
    assert "mass" not in reading
