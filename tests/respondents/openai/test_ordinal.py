from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.respondents.base import Answerer, AskFailure, Reply
from emotionbench.ways import LANGUAGES
from endpoint_helpers import ask_all, ask_one, failed, items, of_ten, reading, respondent, stopped
from endpoint_server import EndpointServer

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


def typed(server: EndpointServer, faults: str = "", **settings: Any) -> Answerer:
    return respondent(server.url, "ordinal", f"compatible/typed{faults}", **settings)


def test_items_that_wait_together_share_a_request(server: EndpointServer) -> None:
    questions = items()
    replies = ask_all(typed(server), questions)
    (body,) = server.bodies()
    assert list(body["questions"]) == [f"item_{number}" for number in range(1, 21)]
    assert {reply.request for reply in replies if isinstance(reply, Reply)} == {replies[0].request}  # type: ignore[union-attr]
    assert json.loads(replies[0].request)["body"] | {"path": "/v1/systemone"} == body  # type: ignore[union-attr]
    assert [reading(reply)["item"] for reply in replies] == list(range(1, 21))


def test_a_question_holds_the_item_and_its_answers_and_the_state_the_rest(server: EndpointServer) -> None:
    situation = catalogue.situation_set("everyday").situations[0]
    question = items(situation=situation)[6]
    ask_one(typed(server), question)
    (body,) = server.bodies()
    assert {key: value for key, value in body.items() if key not in ("path", "state")} == {
        "model": "typed",
        "questions": {
            "item_7": {
                "type": "choice",
                "instructions": question.instrument.text(7),
                "criteria": {str(value): label for value, label in question.instrument.response_scale.labels.items()},
            }
        },
    }
    assert situation.text in body["state"]
    assert question.instrument.instructions in body["state"]
    assert question.instrument.text(7) not in body["state"]
    assert "your answer alone" not in body["state"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("labels", ["none", "i"])
def test_the_state_says_nothing_of_how_to_write_in_any_language(
    server: EndpointServer, language: str, labels: Any
) -> None:
    question = items(form=Form(answers="logprobs", option_labels=labels, language=language), language=language)[6]
    ask_one(typed(server), question)
    (body,) = server.bodies()
    whole = question.messages[-1]["content"]
    assert whole.startswith(body["state"])
    assert whole.removeprefix(body["state"]).lstrip().startswith(question.instrument.text(7))


def test_a_reply_tells_the_probability_of_each_answer_and_the_mass(server: EndpointServer) -> None:
    question = items()[2]
    reply = ask_one(typed(server), question)
    expected = {"1": 0.1, "2": 0.2, "3": 0.4, "4": 0.2, "5": 0.1}
    assert reading(reply) == {"item": 3, "source": "anchors", "probabilities": expected, "mass": 0.9}
    assert (reply.text, reply.model_version) == ("3", "typed-1")
    found = distribution(reply.logprobs, question.instrument, question.form)
    assert isinstance(found, Distribution)
    assert (found.expected, found.mass) == (pytest.approx(3.0), 0.9)


def test_without_a_mass_none_is_told(server: EndpointServer) -> None:
    assert "mass" not in reading(ask_one(typed(server, "+no_mass"), items()[0]))


def test_the_tokens_of_a_request_are_dealt_out_among_its_items(server: EndpointServer) -> None:
    replies = [reply for reply in ask_all(typed(server), items()) if isinstance(reply, Reply)]
    assert sum(reply.input_tokens or 0 for reply in replies) == 127
    assert sum(reply.output_tokens or 0 for reply in replies) == 20


def test_at_most_twenty_items_share_a_request(server: EndpointServer) -> None:
    twice = [*items(), *items(order=tuple(range(20, 0, -1)))]  # one administration by id, and one state
    assert not [outcome for outcome in ask_all(typed(server), twice) if not isinstance(outcome, Reply)]
    assert [len(body["questions"]) for body in server.bodies()] == [20, 20]


def test_items_after_different_situations_share_none(server: EndpointServer) -> None:
    one, other = catalogue.situation_set("everyday").situations[:2]
    ask_all(typed(server), [items(situation=one)[0], items(situation=other)[0]])
    states = Counter(body["state"] for body in server.bodies())
    assert sorted(states.values()) == [1, 1]


def test_answers_behind_signs_are_told_by_their_sign(server: EndpointServer) -> None:
    form = Form(answers="logprobs", option_labels="a", option_order="descending")
    question = items(form=form)[0]
    reply = ask_one(typed(server), question)
    assert list(server.bodies()[0]["questions"]["item_1"]["criteria"]) == list("abcde")
    found = distribution(reply.logprobs, question.instrument, form)
    assert isinstance(found, Distribution)
    assert found.probabilities[5] == pytest.approx(0.1)


def test_a_score_has_levels_in_order(server: EndpointServer) -> None:
    form = Form(answers="logprobs", option_order="descending")
    question = items(form=form)[0]
    reply = ask_one(typed(server, typed="score"), question)
    asked = server.bodies()[0]["questions"]["item_1"]
    assert asked["type"] == "score"
    labels = question.instrument.response_scale.labels
    assert asked["criteria"] == [f"{value} = {labels[value]}" for value in range(1, 6)]
    assert reading(reply)["probabilities"] == {"1": 0.1, "2": 0.2, "3": 0.4, "4": 0.2, "5": 0.1}


def test_earlier_answers_of_the_conversation_belong_to_the_state(server: EndpointServer) -> None:
    form = Form(answers="logprobs", conversation="kept")
    first, second = items(form=form)[:2]
    history = (*first.messages, {"role": "assistant", "content": "4"}, second.messages[-1])
    object.__setattr__(second, "messages", history)
    ask_one(typed(server), second)
    state = server.bodies()[0]["state"]
    assert first.instrument.text(1) in state
    assert "\n\n4\n\n" in state
    assert first.instrument.text(2) not in state


@pytest.mark.parametrize("kind", ["choice", "score"])
def test_a_server_with_decisions_alone_is_asked_there(server: EndpointServer, kind: str) -> None:
    question = items()[0]
    reply = ask_one(typed(server, "+no_systemone", typed=kind), question)
    body = server.bodies()[-1]
    assert body["path"] == "/v1/decisions"
    assert body["questions"][0]["name"] == "item_1"
    if kind == "choice":
        assert body["questions"][0]["choices"][0]["value"] == "1"
        assert reading(reply)["probabilities"]["3"] == 0.4


def test_a_declined_question_is_a_failure_and_the_others_are_answered(server: EndpointServer) -> None:
    outcomes = ask_all(typed(server, "+no_systemone+declines"), items()[:3])
    declined = outcomes[0]
    assert isinstance(declined, AskFailure)
    assert (declined.kind, declined.may_pass) == ("rejected", False)
    assert "declined" in declined.message
    assert [isinstance(outcome, Reply) for outcome in outcomes] == [False, True, True]


def test_fewer_answers_than_items_leave_the_others_unanswered(server: EndpointServer) -> None:
    outcomes = ask_all(typed(server, "+fewer"), items()[:3])
    assert [isinstance(outcome, Reply) for outcome in outcomes] == [True, True, False]
    lacking = outcomes[2]
    assert isinstance(lacking, AskFailure)
    assert lacking.may_pass
    assert lacking.message.startswith("no answer to item 3, one of 3 asked in one request: it holds no answer")


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ("+stranger", "it tells a probability of 'seven', which is none of the answers"),
        ("+halved", "its probabilities sum to 0.5, not 1"),
        ("+words", "it tells 'likely' as a probability"),
    ],
)
def test_what_is_no_probability_of_an_answer_is_not_kept_as_one(server: EndpointServer, faults: str, said: str) -> None:
    failure = failed(typed(server, faults), items()[0])
    assert said in failure.message
    assert failure.kind == "malformed"


def test_what_cannot_be_asked_stops_the_run(server: EndpointServer) -> None:
    assert "--answers logprobs" in stopped(typed(server), items(form=None)[0])
    assert "at most 10 levels" in stopped(typed(server, typed="score"), items_of_eleven())
    assert not server.bodies()
    assert "no answer at" in stopped(typed(server, "+no_systemone+no_decisions"), items()[0])
    assert "no model 'typed+unknown'" in stopped(typed(server, "+unknown"), items()[0])


def items_of_eleven() -> Any:
    question = of_ten()[0]
    scale = question.instrument.response_scale.model_copy(update={"highest": 11})
    object.__setattr__(question, "instrument", question.instrument.model_copy(update={"response_scale": scale}))
    return question


def test_the_first_request_goes_alone_and_ends_all(server: EndpointServer) -> None:
    one, other = catalogue.situation_set("everyday").situations[:2]
    outcomes = ask_all(typed(server, "+unknown"), [*items(situation=one), *items(situation=other)])
    assert len(server.bodies()) == 1
    assert {type(outcome).__name__ for outcome in outcomes} == {"RespondentError"}
