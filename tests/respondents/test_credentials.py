from __future__ import annotations

import json
from typing import Any

import pytest

from asking import KEY, PROTOCOL, ask, make
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.openai.compatible import build
from emotionbench.study import Execution, RespondentSpec
from mock_server import MockServer

pytestmark = pytest.mark.usefixtures("no_keys")


@pytest.mark.parametrize("provider", ["openai", "openrouter", "together", "groq", "deepseek", "mistral", "fireworks"])
def test_a_missing_key_is_named_before_any_call(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = f"{provider.upper()}_API_KEY"
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(RespondentError, match=f"set {variable}"):
        build(RespondentSpec(id=f"{provider}/m"), PROTOCOL, Execution())
    monkeypatch.setenv(variable, "  ")
    with pytest.raises(RespondentError, match=f"set {variable}"):
        build(RespondentSpec(id=f"{provider}/m"), PROTOCOL, Execution())


@pytest.mark.parametrize("provider", ["vllm", "sglang", "llamacpp", "ollama", "lmstudio", "Ollama"])
def test_local_servers_need_no_key(provider: str) -> None:
    assert build(RespondentSpec(id=f"{provider}/m"), PROTOCOL, Execution()).record.settings["model"] == "m"


def test_a_key_is_sent_where_there_is_one_and_no_header_where_there_is_none(
    fresh: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(make(fresh, "openai/mock"))
    assert "Authorization" not in fresh.stats()["last"]["headers"]
    monkeypatch.setenv("OPENAI_API_KEY", KEY + "\n")
    ask(make(fresh, "openai/mock"))
    assert fresh.stats()["last"]["headers"]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("spec_id", "settings", "expected"),
    [
        ("compatible/m", {}, "set base_url"),
        ("compatible/m", {"base_url": "localhost:8000"}, "write it like http"),
        ("compatible/m", {"base_url": "ftp://host/v1"}, "write it like http"),
        ("compatible/m", {"base_url": "http://"}, "write it like http"),
        ("compatible/m", {"base_url": "http://h:99999/"}, "write it like http"),
        ("compatible/m", {"base_url": "http://a b/v1"}, "write it like http"),
        ("compatible/m", {"base_url": "u:hidden@host/v1?key=hidden"}, r"'\*\*\*@host/v1\?\*\*\*'"),
        ("compatible/m", {"api_key_env": "sk-hidden"}, "not the name of an environment variable"),
        ("compatible/m", {"base_url": "http://h/v1", "api_key_env": "NOT_SET"}, "NOT_SET holds no key"),
        ("compatible/m", {"api_key": "sk-hidden"}, "did you mean 'api_key_env'"),
        ("compatible/m", {"extra": {"messages": []}}, "'messages' is set elsewhere"),
        ("compatible/m", {"extra": {"x": float("nan")}}, "JSON cannot write"),
        ("compatible/m", {"extra": {"a": [{"api_key": "sk-hidden"}]}}, "'api_key' may hold a key"),
        ("compatible/m", {"extra": {"x": 2**70}}, "JSON cannot write"),
        ("compatible/m", {"temperature": 3.0}, "temperature"),
        ("compatible/m", {"max_tokens": 0}, "max_tokens"),
        ("compatible/m", {"max_tokens": 2**70}, "max_tokens"),
        ("compatible", {"base_url": "http://h/v1"}, "write compatible/MODEL"),
        ("openai/", {"base_url": "http://h/v1"}, "write openai/MODEL"),
        ("opanai/m", {}, "did you mean 'openai'"),
    ],
)
def test_a_broken_spec_says_what_to_mend(spec_id: str, settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(RespondentError, match=expected) as caught:
        build(RespondentSpec(id=spec_id, settings=settings), PROTOCOL, Execution())
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("value", ["sk-with space", "sk-with\nbreak", "sk-ключ"])
def test_a_key_that_no_header_can_hold_is_named_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(RespondentError, match="OPENAI_API_KEY holds") as caught:
        build(RespondentSpec(id="openai/m"), PROTOCOL, Execution())
    assert value not in str(caught.value)


def test_user_password_and_query_of_the_address_are_sent_but_not_recorded(fresh: MockServer) -> None:
    url = fresh.url.replace("http://", "http://user:hush-hush@") + "/?api-version=1&key=hidden-one"
    reply = ask(make(url))
    last = fresh.stats()["last"]
    assert last["headers"]["Authorization"].startswith("Basic ")
    assert last["path"] == "/v1/chat/completions?api-version=1&key=hidden-one"
    assert json.loads(reply.request)["url"] == f"{fresh.url}/chat/completions"


def test_a_password_in_the_address_and_a_key_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with pytest.raises(RespondentError, match="only one can be sent") as caught:
        make("http://user:hush-hush@h/v1", api_key_env="MY_KEY")
    assert "hush-hush" not in str(caught.value)


def test_an_address_that_ends_in_the_path_of_the_call_is_taken_as_meant(fresh: MockServer) -> None:
    reply = ask(make(f"{fresh.url}/chat/completions"))
    assert json.loads(reply.request)["url"] == f"{fresh.url}/chat/completions"


@pytest.mark.parametrize("fault", ["400", "401", "402", "403", "404", "429", "500", "quota", "no_temperature"])
def test_a_key_that_the_server_repeats_is_masked_in_errors(
    fresh: MockServer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises((AskFailure, RespondentError)) as caught:
        ask(make(fresh, f"openai/mock+{fault}"))
    assert "Bearer ***" in str(caught.value)
    assert KEY not in str(caught.value) + getattr(caught.value, "request", "")
    assert caught.value.__cause__ is None


def test_a_key_that_the_model_repeats_is_masked_everywhere(fresh: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    reply = ask(make(fresh, "openai/mock+echo_key"), ({"role": "user", "content": f"my key is {KEY}"},))
    assert reply.text == "You sent Bearer ***"
    assert KEY not in repr(reply)


def test_a_dummy_key_does_not_mask_answers(fresh: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "1")
    assert "***" not in repr(ask(make(fresh, "openai/mock")))
