from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from asking import KEY, PROTOCOL, ask, failing, in_loop, make, make_questions, sent, stopping
from emotionbench.records import Message, RespondentKind
from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.respondents.openai.compatible import build
from emotionbench.study import Execution, RespondentSpec
from mock_server import SLOW_PAUSE, SLOW_PIECES, MockServer

pytestmark = pytest.mark.usefixtures("no_keys")


def test_a_reply_holds_the_exact_request_and_response(fresh: MockServer) -> None:
    reply = ask(make(fresh))
    request = json.loads(reply.request)
    assert request["url"] == f"{fresh.url}/chat/completions"
    assert request["body"] == sent(fresh)
    assert json.loads(reply.response)["choices"][0]["message"]["content"] == reply.text
    lines = reply.text.splitlines()
    assert len(lines) == 20
    assert all(1 <= int(line.rpartition(": ")[2]) <= 5 for line in lines)
    assert reply.model_version == "mock fp_mock"
    assert reply.finish_reason == "stop"
    assert reply.input_tokens
    assert reply.output_tokens


def test_the_body_holds_the_settings_and_nothing_else(fresh: MockServer) -> None:
    ask(make(fresh, top_p=0.5, max_tokens=77, extra={"reasoning_effort": "low"}))
    body = sent(fresh)
    assert {key: value for key, value in body.items() if key != "messages"} == {
        "model": "mock",
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 77,
        "reasoning_effort": "low",
    }
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_the_model_is_all_after_the_first_slash(fresh: MockServer) -> None:
    ask(make(fresh, "openrouter/anthropic/claude-3.5"))
    assert sent(fresh)["model"] == "anthropic/claude-3.5"


@pytest.mark.parametrize(("settings", "expected"), [({}, 0.0), ({"temperature": None}, None), ({"temperature": 1}, 1)])
def test_the_temperature_is_the_settings_else_the_protocols(
    fresh: MockServer, settings: dict[str, Any], expected: float | None
) -> None:
    answerer = make(fresh, **settings)
    ask(answerer)
    assert sent(fresh).get("temperature") == expected
    assert answerer.record.settings["temperature"] == expected


def test_null_max_tokens_sends_none(fresh: MockServer) -> None:
    ask(make(fresh, max_tokens=None))
    assert not {"max_tokens", "max_completion_tokens"} & sent(fresh).keys()


def test_a_seed_is_sent_only_if_asked_for_and_differs_by_attempt(fresh: MockServer) -> None:
    ask(make(fresh))
    assert "seed" not in sent(fresh)
    seeds = []
    for attempt in (1, 1, 2):
        ask(make(fresh, send_seed=True), attempt=attempt)
        seeds.append(sent(fresh)["seed"])
    assert seeds[0] == seeds[1] != seeds[2]
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_without_a_system_role_its_text_opens_the_first_user_message(fresh: MockServer) -> None:
    messages: tuple[Message, ...] = (
        {"role": "system", "content": "S"},
        {"role": "user", "content": "U1"},
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "U2"},
    )
    ask(make(fresh, system_role=False), messages)
    assert sent(fresh)["messages"] == [{"role": "user", "content": "S\n\nU1"}, *messages[2:]]


def test_words_outside_ascii_travel_unharmed(fresh: MockServer) -> None:
    text = 'Zahlen — 数字 🙂 "quoted"\n\t\\'
    reply = ask(make(fresh), ({"role": "user", "content": text},))
    assert sent(fresh)["messages"][0]["content"] == text
    assert text in json.loads(reply.request)["body"]["messages"][0]["content"]


def test_a_second_run_after_close_opens_new_connections(fresh: MockServer) -> None:
    answerer = make(fresh)
    assert ask(answerer).text == ask(answerer).text


def test_the_record_holds_what_changes_answers_and_no_address_or_key(
    fresh: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    answerer = make(fresh, "openai/gpt-4o-mini", api_key_env="MY_KEY")
    record = answerer.record
    assert (record.kind, record.name) == (RespondentKind.LLM, "openai/gpt-4o-mini")
    assert record.settings == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "temperature": 0.0,
        "top_p": None,
        "max_tokens": 1024,
        "send_seed": False,
        "system_role": True,
        "extra": {},
    }
    assert KEY not in repr(record) + repr(answerer) + repr(vars(answerer))


def test_the_address_does_not_change_the_respondent_but_the_temperature_does(fresh: MockServer) -> None:
    one, other = make(fresh), make("http://elsewhere.test/v1")
    assert one.record.id == other.record.id
    assert one.record.id != make(fresh, temperature=1.0).record.id


def test_a_name_is_the_label_and_the_model_stays_in_the_settings() -> None:
    spec = RespondentSpec(id="vllm/org/model", name="Mine")
    record = build(spec, PROTOCOL, Execution()).record
    assert record.name == "Mine"
    assert record.settings["model"] == "org/model"


@pytest.mark.parametrize(
    ("fault", "kind", "may_pass", "words"),
    [
        ("html", "malformed", True, "<!DOCTYPE html>"),
        ("truncated", "malformed", True, "not JSON (Unterminated"),
        ("empty", "malformed", True, "an empty body"),
        ("no_choices", "malformed", True, "without an answer in choices"),
        ("huge", "malformed", True, "larger than 8 MiB"),
        ("429", "rate_limited", True, "HTTP 429: Rate limit reached"),
        ("500", "server", True, "HTTP 500: Internal error"),
        ("503", "server", True, "HTTP 503: Overloaded"),
        ("408", "server", True, "HTTP 408"),
        ("400", "rejected", False, "content policy"),
        ("drop", "connection", True, "/chat/completions"),
        ("reset", "connection", True, "/chat/completions"),
    ],
)
def test_a_failure_has_its_kind(fresh: MockServer, fault: str, kind: str, may_pass: bool, words: str) -> None:
    failure = failing(make(fresh, f"compatible/mock+{fault}"))
    assert (failure.kind, failure.may_pass) == (kind, may_pass)
    assert words in failure.message
    assert json.loads(failure.request)["body"]["model"] == f"mock+{fault}"
    assert fresh.stats()["n_requests"] == 1


@pytest.mark.parametrize(
    ("fault", "low", "high"), [("429", 0.0, 0.0), ("429-seconds", 1.0, 1.0), ("429-date", 0.0, 2.0)]
)
def test_a_rate_limit_says_how_long_to_wait(fresh: MockServer, fault: str, low: float, high: float) -> None:
    pause = failing(make(fresh, f"compatible/mock+{fault}")).retry_after
    assert pause is not None
    assert low <= pause <= high


def test_a_rate_limit_without_a_pause_has_none(fresh: MockServer) -> None:
    assert failing(make(fresh, "compatible/mock+429-bare")).retry_after is None


def test_a_server_that_never_answers_times_out(fresh: MockServer) -> None:
    failure = failing(make(fresh, "compatible/mock+hang", Execution(timeout=0.1)))
    assert (failure.kind, failure.may_pass) == ("timeout", True)
    assert "within 0.1 s" in failure.message


def test_a_body_that_comes_too_slowly_times_out_and_one_in_time_does_not(fresh: MockServer) -> None:
    seconds = SLOW_PIECES * SLOW_PAUSE
    assert failing(make(fresh, "compatible/mock+slow", Execution(timeout=seconds / 2))).kind == "timeout"
    assert ask(make(fresh, "compatible/mock+slow")).text


def test_nobody_listening_is_a_connection_failure(mock_server: Callable[..., MockServer]) -> None:
    gone = mock_server()
    gone.stop()
    failure = failing(make(gone.url))
    assert (failure.kind, failure.may_pass) == ("connection", True)


def test_a_server_that_dies_is_a_connection_failure(mock_server: Callable[..., MockServer]) -> None:
    mortal = mock_server("--die-after", "1")
    answerer = make(mortal)

    async def twice() -> tuple[Reply, AskFailure]:
        first, second = make_questions(answerer, 2)
        reply = await answerer.ask(first)
        with pytest.raises(AskFailure) as caught:
            await answerer.ask(second)
        return reply, caught.value

    reply, failure = in_loop(answerer, twice)
    assert reply.text
    assert failure.kind == "connection"
    mortal.process.wait(5)


def test_words_that_answer_nothing_are_replies_all_the_same(fresh: MockServer) -> None:
    assert ask(make(fresh, "compatible/mock+empty_content")).text == ""
    assert "As an AI".casefold() in ask(make(fresh, "compatible/mock+refuse")).text.casefold()
    assert "★" in ask(make(fresh, "compatible/mock+garbage")).text


@pytest.mark.parametrize("fault", ["401", "403"])
def test_a_refused_key_stops_and_names_its_variable(
    fresh: MockServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert stopping(make(fresh, f"openai/mock+{fault}")).endswith("check OPENAI_API_KEY")


def test_a_wanted_key_stops_and_names_the_variable_to_set(fresh: MockServer) -> None:
    assert "set OPENAI_API_KEY" in stopping(make(fresh, "openai/mock+401"))
    assert "api_key_env in the settings" in stopping(make(fresh, "vllm/mock+401"))
    url = fresh.url.replace("http://", "http://user:hush-hush@")
    assert stopping(make(url, "vllm/mock+401")).endswith("check base_url")


@pytest.mark.parametrize("fault", ["quota", "402"])
def test_a_used_up_account_stops(fresh: MockServer, fault: str) -> None:
    assert "add credit" in stopping(make(fresh, f"compatible/mock+{fault}"))


def test_an_unknown_model_stops_and_shows_the_nearest_names(fresh: MockServer) -> None:
    message = stopping(make(fresh, "compatible/gpt-4o-minni+404"))
    assert "no model 'gpt-4o-minni+404' at http://127.0.0.1" in message
    offered = message.partition("models there: ")[2]
    assert offered.startswith("gpt-4o-mini, ")
    assert offered.count("other-") == 9
    assert offered.endswith("and 21 more")


def test_a_wrong_path_stops_and_doubts_the_address(fresh: MockServer) -> None:
    message = stopping(make(fresh.url.removesuffix("/v1") + "/wrong"))
    assert "HTTP 404: Not Found" in message
    assert "check the model's name and base_url" in message


def test_a_refused_temperature_stops_rather_than_being_dropped(fresh: MockServer) -> None:
    message = stopping(make(fresh, "compatible/mock+no_temperature"))
    assert "refuses temperature 0.0" in message
    assert "set 'temperature: null'" in message
    assert fresh.stats()["n_requests"] == 1
    assert ask(make(fresh, "compatible/mock+no_temperature", temperature=None)).text


def test_a_redirect_stops_and_hides_secrets_in_it(fresh: MockServer) -> None:
    message = stopping(make(fresh, "compatible/mock+redirect"))
    assert "redirects to http://***@elsewhere.test/v1?***" in message
