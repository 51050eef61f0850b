"""What the errors of Inspect AI and of the libraries under it say, without asking a model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from emotionbench.respondents.inspect.replies import original, plain, request_json, status_in, status_of, words_of


def error(words: str = "no", **kept: Any) -> Exception:
    """An error as a provider's library raises it, with what it keeps."""
    found = Exception(words)
    vars(found).update(kept)
    return found


class ModelGenerateError(Exception):
    """Named as what Inspect wraps errors in."""


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (error(status_code=429), 429),
        (error(code=503), 503),
        (error(code="rate_limit"), None),
        (error(response=SimpleNamespace(status_code=401)), 401),
        (error(response={"ResponseMetadata": {"HTTPStatusCode": 400}}), 400),
        (error("Error code: 404 - not found"), 404),
        (error("took 500 tokens"), None),
    ],
)
def test_a_status_is_found_wherever_a_library_keeps_it(problem: Exception, status: int | None) -> None:
    assert status_of(problem) == status


@pytest.mark.parametrize(
    ("words", "status"),
    [("HTTP 429", 429), ("status_code=503", 503), ("http/2 200", None), ("status: 1404", None), ("", None)],
)
def test_the_status_that_words_name(words: str, status: int | None) -> None:
    assert status_in(words) == status


def test_the_error_below_what_inspect_wraps() -> None:
    cause, wrapped, retried = error("down"), ModelGenerateError("up"), error("last")
    wrapped.__cause__ = cause
    retried.last_attempt = SimpleNamespace(exception=lambda: wrapped)  # type: ignore[attr-defined]
    assert original(retried) is cause
    cause.__cause__ = error("deeper")
    assert original(retried) is cause


def test_words_are_on_one_line_and_never_empty() -> None:
    assert plain("ERROR: [bold]no[/bold]\n  key") == "no key"
    assert words_of(error("", message="said\nhere")) == "said here"
    assert words_of(ValueError()) == "ValueError"


def test_headers_are_not_kept_with_the_request() -> None:
    call: Any = SimpleNamespace(request={"messages": [], "extra_headers": {"x-key": "secret"}})
    assert request_json("m", [], {}, call) == '{"model": "m", "call": {"messages": []}}'
    assert request_json("m", [], {"top_k": 1}, None) == '{"model": "m", "messages": [], "config": {"top_k": 1}}'
