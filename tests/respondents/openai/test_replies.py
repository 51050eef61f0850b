from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.respondents.openai.replies import (
    Response,
    complaint,
    failure,
    joined,
    reply,
    seconds_until,
    storable,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KNOWN = ("choices", "message", "content", "text", "refusal", "usage", "prompt_tokens", "model", "error", "logprobs")
SHAPED = st.recursive(
    JSON,
    lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(st.sampled_from(KNOWN), inner, max_size=4),
    max_leaves=12,
)


def same(text: str) -> str:
    return text


def read(content: Any) -> Reply:
    text = content if isinstance(content, str) else json.dumps(content)
    return reply(Response(200, text), "{}", same)


def said(message: Any, **more: Any) -> Reply:
    return read({"choices": [{"message": message, **more}]})


@given(SHAPED)
def test_any_json_is_a_reply_or_a_failure(content: Any) -> None:
    try:
        found = read(content)
    except AskFailure as problem:
        assert problem.may_pass  # noqa: PT017
    else:
        found.text.encode()
        assert "\0" not in found.text


@given(st.text())
def test_any_text_with_an_error_status_is_a_failure_of_one_line(text: str) -> None:
    response = Response(500, text)
    message = failure(complaint(response), response, "{}", same).message
    assert len(message) <= 220
    assert "\n" not in message


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "a"}, "a"),
        ({"content": None}, ""),
        ({}, ""),
        ({"content": [{"type": "text", "text": "a"}, {"type": "image"}, "b", {"type": "text", "text": "c"}]}, "abc"),
        ({"content": [{"type": "thinking", "thinking": [{"text": "no"}]}, {"type": "text", "text": "yes"}]}, "yes"),
        ({"content": None, "refusal": "I will not"}, "I will not"),
        ({"content": "cut \ud83d"}, "cut \N{REPLACEMENT CHARACTER}"),
        ({"content": "nul \0"}, "nul \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_the_words_within_a_message(message: Any, text: str) -> None:
    assert said(message).text == text


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<html>",
        "[1, 2",
        "[" * 100_000,
        "null",
        {},
        {"choices": None},
        {"choices": [None]},
        {"choices": [{}]},
        {"choices": [{"message": None}]},
        {"choices": [{"message": {"content": 5}}]},
        {"error": {"message": "upstream", "code": 502}},
    ],
)
def test_what_holds_no_answer_is_malformed(content: Any) -> None:
    with pytest.raises(AskFailure) as caught:
        read(content)
    assert caught.value.kind == "malformed"
    assert caught.value.may_pass


def test_a_malformed_response_is_quoted_to_200_characters() -> None:
    with pytest.raises(AskFailure, match=r": a{200}$"):
        read("a" * 1000)


def test_an_answer_that_broke_off_is_a_failure_of_the_server() -> None:
    with pytest.raises(AskFailure, match="broke off") as caught:
        said({"content": "Interes"}, finish_reason="error", error={"code": 502, "message": "upstream"})
    assert caught.value.kind == "server"


def test_counts_that_are_no_counts_are_null() -> None:
    usage = {"prompt_tokens": 2**40, "completion_tokens": True}
    found = read({"choices": [{"message": {"content": "a"}}], "usage": usage})
    assert (found.input_tokens, found.output_tokens) == (None, None)


def test_version_and_logprobs_are_kept() -> None:
    choice = {"message": {"content": "a"}, "logprobs": {"content": []}, "finish_reason": "length"}
    found = read({"choices": [choice], "model": "m-1", "system_fingerprint": None})
    assert (found.model_version, found.finish_reason, found.logprobs) == ("m-1", "length", '{"content": []}')


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("2.5", 2.5),
        ("-3", 0.0),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert seconds_until(header) == seconds


def test_retry_after_as_a_date_to_come() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=100)
    seconds = seconds_until(format_datetime(moment, usegmt=True))
    assert seconds is not None
    assert 90 < seconds <= 100


def openai_error(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


def heard(status: int, content: Any) -> Any:
    return complaint(Response(status, content if isinstance(content, str) else json.dumps(content)))


REFUSED_LIMIT = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."


@pytest.mark.parametrize(
    ("status", "content", "field"),
    [
        (400, openai_error(REFUSED_LIMIT, code="unsupported_parameter", param="max_tokens"), "max_tokens"),
        (400, {"object": "error", "message": "max_tokens is not allowed", "code": 400}, "max_tokens"),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "input": 1}]}, "seed"),
        (422, {"message": {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}}, "seed"),
        (400, {"error": {"message": "Provider error", "metadata": {"raw": '{"m": "unknown field seed"}'}}}, "seed"),
        (400, "unknown field seed", "seed"),
    ],
)
def test_a_refused_field_is_heard_in_every_shape(status: int, content: Any, field: str) -> None:
    assert heard(status, content).refuses_name(field)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, openai_error("max_tokens is too large: 9999. This model supports at most 4096 completion tokens")),
        (400, openai_error("Invalid value: this model's maximum context length is 2048; max_tokens is 4096")),
        (500, openai_error(REFUSED_LIMIT)),
        (400, {"detail": [{"loc": ["body"], "msg": "not permitted", "input": {"max_tokens": 3}}]}),
        (400, openai_error("max_completion_tokens is not supported")),
    ],
)
def test_a_size_an_echo_or_another_field_is_no_refused_name(status: int, content: Any) -> None:
    assert not heard(status, content).refuses_name("max_tokens")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("System role not supported", True),
        ("Unsupported value: 'messages[0].role' does not support 'system' with this model.", True),
        ("Developer instruction is not enabled for models/gemma-3", True),
        ("Conversation roles must alternate user/assistant/user/assistant/...", True),
        ("Your input was flagged by our system", False),
        ("The system prompt was flagged and is not allowed under the content policy", False),
        ("The system is unavailable", False),
        ("Your message was lost at stage 'system'", False),
    ],
)
def test_a_refused_system_role(message: str, expected: bool) -> None:
    assert heard(400, openai_error(message)).refuses_system_role is expected


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (404, "not json"),
        (404, {"error": "model 'x' not found, try pulling it first"}),
        (400, openai_error("The model `x` does not exist", code="model_not_found")),
        (400, {"error": {"message": "x is not a valid model ID", "code": 400}}),
        (400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model"}),
        (400, openai_error("Model Not Exist")),
    ],
)
def test_an_unknown_model_is_heard_in_every_shape(status: int, content: Any) -> None:
    assert heard(status, content).of_model


def test_a_context_that_is_too_long_is_about_no_model() -> None:
    assert not heard(400, openai_error("This model's maximum context length is 2048 tokens")).of_model


def test_a_flagged_prompt_is_about_no_key() -> None:
    assert not heard(403, {"error": {"message": "Your input was flagged by moderation"}}).of_key
    assert heard(403, {"error": {"message": "Country not supported"}}).of_key


@pytest.mark.parametrize(
    ("message", "code", "expected"),
    [
        ("You exceeded your current quota", "insufficient_quota", True),
        ("You exceeded your current quota, retry in 20 s", "RESOURCE_EXHAUSTED", False),
    ],
)
def test_only_an_account_that_is_used_up_stops(message: str, code: str, expected: bool) -> None:
    assert heard(429, openai_error(message, code=code)).of_money is expected


@given(st.text(st.characters(exclude_categories=[])))
def test_storable_text_is_text_for_every_database(text: str) -> None:
    kept = storable(text)
    kept.encode()
    assert "\0" not in kept
    assert storable(kept) == kept


@pytest.mark.parametrize(
    ("usage", "cached", "reasoning"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 64}}, 64, None),
        ({"prompt_cache_hit_tokens": 32, "prompt_cache_miss_tokens": 8}, 32, None),
        ({"prompt_tokens_details": {"cached_tokens": 0}, "prompt_cache_hit_tokens": 32}, 0, None),
        ({"completion_tokens_details": {"reasoning_tokens": 512}}, None, 512),
        ({"prompt_tokens_details": None, "completion_tokens_details": "none"}, None, None),
        ({"prompt_tokens_details": {"cached_tokens": -1}, "completion_tokens_details": {}}, None, None),
        (None, None, None),
    ],
)
def test_cached_and_reasoning_tokens(usage: Any, cached: int | None, reasoning: int | None) -> None:
    found = read({"choices": [{"message": {"content": "x"}}], "usage": usage})
    assert (found.cached_tokens, found.reasoning_tokens) == (cached, reasoning)


@pytest.mark.parametrize(
    ("prompt", "written", "reasoning", "total", "output"),
    [
        (100, 60, 15_000, None, 15_060),
        (100, 60, 40, 200, 100),
        (100, 60, 40, 160, 60),
        (100, 60, 40, None, 60),
        (None, 60, 40, 200, 60),
        (100, 60, 0, 160, 60),
        (100, 60, None, 160, 60),
        (100, None, 40, 200, None),
        (100, 60, 2**31 - 1, None, None),
    ],
)
def test_reasoning_counts_as_output_also_where_a_server_counts_it_beside(
    prompt: int | None, written: int | None, reasoning: int | None, total: int | None, output: int | None
) -> None:
    details = {"completion_tokens_details": {"reasoning_tokens": reasoning}}
    usage = {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": total, **details}
    found = read({"choices": [{"message": {"content": "x"}}], "usage": usage})
    assert (found.output_tokens, found.reasoning_tokens) == (output, reasoning)


def test_a_count_that_one_of_several_requests_lacks_is_no_count_of_all() -> None:
    first = Reply("a", "b", "", input_tokens=5, output_tokens=1, cached_tokens=2, reasoning_tokens=0)
    second = Reply("c", "d", "", input_tokens=7, output_tokens=None, cached_tokens=1, reasoning_tokens=None)
    found = joined(first, [first, second])
    assert (found.request, found.response) == ("[a, c]", "[b, d]")
    assert (found.input_tokens, found.output_tokens) == (12, None)
    assert (found.cached_tokens, found.reasoning_tokens) == (3, None)
