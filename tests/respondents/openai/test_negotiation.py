from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from asking import PROTOCOL, ask, ask_many, failing, in_loop, make, make_questions, stopping
from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Form
from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.study import Execution
from mock_server import MockServer

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.mark.parametrize(
    ("model", "n_refused", "expected"),
    [
        ("openai/mock", 0, "max_completion_tokens"),
        ("openai/mock+plain_tokens", 1, "max_tokens"),
        ("vllm/mock", 0, "max_tokens"),
        ("vllm/mock+completion_tokens", 1, "max_completion_tokens"),
    ],
)
def test_the_name_of_the_token_limit_is_negotiated_once(
    fresh: MockServer, model: str, n_refused: int, expected: str
) -> None:
    answerer = make(fresh, model)
    replies = [reply for reply in ask_many(answerer) if isinstance(reply, Reply)]
    assert fresh.stats()["n_requests"] == 20 + n_refused
    fields = [json.loads(reply.request)["body"].keys() & {"max_tokens", "max_completion_tokens"} for reply in replies]
    assert fields == [{expected}] * 20


def test_refusing_both_names_of_the_token_limit_is_a_rejection(fresh: MockServer) -> None:
    assert failing(make(fresh, "openai/mock+plain_tokens+completion_tokens")).kind == "rejected"
    assert fresh.stats()["n_requests"] == 2


def test_system_role_seed_and_token_limit_are_all_given_up_in_one_ask(fresh: MockServer) -> None:
    answerer = make(fresh, "openai/mock+no_system+plain_tokens+no_seed", send_seed=True)
    body = json.loads(ask(answerer).request)["body"]
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert PROTOCOL.system is not None
    assert body["messages"][0]["content"].startswith(PROTOCOL.system.format(lowest=1, highest=5) + "\n\n")
    assert "seed" not in body
    assert body["max_tokens"] == 1024
    assert fresh.stats()["n_requests"] == 4
    ask(answerer)
    assert fresh.stats()["n_requests"] == 5


def test_a_system_role_is_not_given_up_after_a_success(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock+no_system")
    with_system = make_questions(answerer, 1)[0]
    without = replace(with_system, messages=with_system.messages[1:])

    async def first_without_then_with() -> Reply:
        await answerer.ask(without)
        return await answerer.ask(with_system)

    with pytest.raises(AskFailure) as caught:
        in_loop(answerer, first_without_then_with)
    assert caught.value.kind == "rejected"


def test_a_persona_is_not_folded_into_what_the_user_says(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock+no_system")
    persona = Form(persona="a", persona_text="You are A.")
    question = replace(make_questions(answerer, 1)[0], form=persona)
    with pytest.raises(RespondentError, match="takes no system message, and a persona is one; leave personas out"):
        in_loop(answerer, lambda: answerer.ask(question))
    assert fresh.stats()["n_requests"] == 1


@pytest.mark.parametrize("fault", ["401", "404"])
def test_a_wrong_key_or_model_costs_one_request(fresh: MockServer, fault: str) -> None:
    answerer = make(fresh, f"compatible/mock+{fault}")
    assert all(isinstance(outcome, RespondentError) for outcome in ask_many(answerer))
    assert fresh.stats()["n_requests"] == 1


def test_requests_go_one_at_a_time_until_the_first_success(mock_server: Callable[..., MockServer]) -> None:
    slow = mock_server("--latency", "20", "--fault", "500")
    assert all(isinstance(outcome, AskFailure) for outcome in ask_many(make(slow), 5))
    assert (slow.stats()["n_requests"], slow.stats()["max_at_once"]) == (5, 1)


def test_requests_go_together_after_the_first_success(mock_server: Callable[..., MockServer]) -> None:
    slow = mock_server("--latency", "100", "--fault", "500:2")
    outcomes = ask_many(make(slow))
    assert [isinstance(outcome, AskFailure) for outcome in outcomes] == [True] * 2 + [False] * 18
    assert slow.stats()["max_at_once"] > 1


def test_a_hanging_server_is_waited_for_twice_not_once_a_request(mock_server: Callable[..., MockServer]) -> None:
    hanging = mock_server("--fault", "hang")
    answerer = make(hanging, execution=Execution(timeout=0.3, concurrency=100))
    start = time.perf_counter()
    assert all(isinstance(outcome, AskFailure) for outcome in ask_many(answerer))
    assert time.perf_counter() - start < 10 * 0.3


def test_after_close_a_stopped_respondent_may_be_asked_again(fresh: MockServer) -> None:
    answerer = make(fresh, "compatible/mock+401:1")
    assert "wants a key" in stopping(answerer)
    assert ask(answerer).text
