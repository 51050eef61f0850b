"""What the errors of Inspect AI and of the libraries under it say, without asking a model."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.probabilities import Distribution, Unread, Why, distribution
from emotionbench.parsing.probability_columns import READ, REASONS, ReadingParser
from emotionbench.respondents.inspect.replies import (
    original,
    plain,
    reading_of,
    reply_of,
    request_json,
    status_in,
    status_of,
    words_of,
)

with warnings.catch_warnings():
    # Inspect's imports are not ours to mend
    warnings.simplefilter("ignore")
    from inspect_ai.model import ChatCompletionChoice, ChatMessageAssistant, ModelOutput, ModelUsage
    from inspect_ai.model import Logprob as Told
    from inspect_ai.model import Logprobs as AllTold
    from inspect_ai.model import TopLogprob as Likely

PANAS = catalogue.instrument("PANAS")
ANSWERS = {"4": 0.6, "3": 0.3, "2": 0.05, "1": 0.01, "5": 0.009, "I": 0.031}
NUMBERS = frozenset("12345")


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


def output(*places: tuple[str, Mapping[str, float]], usage: ModelUsage | None = None) -> ModelOutput:
    """What a model says that wrote these tokens, and told these probabilities at each."""
    content = [
        Told(token=written, logprob=logarithm(told.get(written, 0.001)), top_logprobs=likely(told))
        for written, told in places
    ]
    text = "".join(written for written, _ in places)
    choice = ChatCompletionChoice(message=ChatMessageAssistant(content=text), logprobs=AllTold(content=content))
    return ModelOutput(model="m", choices=[choice], usage=usage)


def likely(told: Mapping[str, float]) -> list[Likely]:
    return [Likely(token=token, logprob=logarithm(p)) for token, p in told.items()]


def logarithm(p: float) -> float:
    return math.log(p) if p > 0 else -math.inf if p == 0 else math.nan


def settled(told: str | None, instrument: Instrument = PANAS) -> Distribution | Unread:
    """What a reading tells, by itself and, which must be the same, in columns."""
    one = distribution(told, instrument)
    columns = ReadingParser(instrument).parse(pl.Series([told], dtype=pl.String), np.array([7]))
    if isinstance(one, Unread):
        assert REASONS[columns.codes[0] - 1] == one.why
    else:
        assert columns.codes[0] == READ
        assert (columns.expected[0], columns.variances[0]) == pytest.approx(one.moments)
        assert columns.masses[0] == pytest.approx(one.mass)
    return one


def read(*places: tuple[str, Mapping[str, float]], instrument: Instrument = PANAS) -> Distribution | Unread:
    return settled(reading_of(output(*places), 7), instrument)


def masses(*blanks: Mapping[str, float]) -> float:
    """The mass on answers behind blanks, with these probabilities at their places."""
    found = read(*[(next(iter(blank)), blank) for blank in blanks], ("4", ANSWERS))
    assert isinstance(found, Distribution)
    assert found.probabilities[4] == pytest.approx(0.6 / 0.969)
    assert found.mass is not None
    return found.mass


def test_what_stands_behind_a_blank_counts_as_much_as_the_blank() -> None:
    assert masses() == pytest.approx(0.969)
    assert masses({"\n": 0.3, "I": 0.7}) == pytest.approx(0.3 * 0.969)
    assert masses({"\n": 0.9, "I": 0.1}, {" ": 0.5, "As": 0.5}) == pytest.approx(0.9 * 0.5 * 0.969)
    assert masses({"Ċ": 0.8, "I": 0.2}, {'"': 0.5, "As": 0.5}) == pytest.approx(0.8 * 0.5 * 0.969)


def test_answers_before_a_blank_and_behind_it_are_added_up() -> None:
    found = read(("\n", {"\n": 0.3, "4": 0.5, "3": 0.2}), ("4", ANSWERS))
    assert isinstance(found, Distribution)
    assert found.mass == pytest.approx(0.7 + 0.3 * 0.969)
    assert found.probabilities[4] == pytest.approx((0.5 + 0.3 * 0.6) / found.mass)


def test_ten_is_told_from_one_in_every_spelling() -> None:
    scale = PANAS.response_scale.model_copy(update={"lowest": 0, "highest": 10, "labels": {}})
    ten = PANAS.model_copy(update={"response_scale": scale})
    first = {"1": 0.4, " 1": 0.2, **dict.fromkeys("023456789", 0.04)}
    behind = {"0": 0.75, ".": 0.25}
    found = read(("\n", {"\n": 1.0}), (" 1", first), ("0", behind), instrument=ten)
    assert isinstance(found, Distribution)
    assert found.probabilities[10] == pytest.approx(0.6 * 0.75 / 0.96)


def test_a_reply_whose_first_place_is_not_told_has_no_reading() -> None:
    assert reading_of(output(("4", {}), ("2", ANSWERS)), 7) is None
    assert reading_of(output(("4", {**ANSWERS, "3": math.nan}), ("2", ANSWERS)), 7) is None
    assert reading_of(ModelOutput(model="m"), 7) is None


def test_a_place_behind_a_blank_that_is_not_told_is_not_guessed() -> None:
    for untold in ({}, {**ANSWERS, "3": math.nan}):
        assert read(("\n", {"\n": 0.9, "I": 0.1}), ("4", untold), ("2", ANSWERS)) == Unread(7, Why.BEGUN)


def test_a_reply_that_ends_at_once_has_one_step() -> None:
    told = json.loads(reading_of(output(("", {"": 0.9, "4": 0.1}), ("4", ANSWERS)), 7) or "")
    assert [step["after"] for step in told["steps"]] == [""]


def test_a_token_without_probability_is_no_measure_of_what_is_not_listed() -> None:
    told = {"4": 0.6, "3": 0.2, "I": 0.1, "no": 0.0}
    assert settled(reading_of(output(("4", told)), 7)) == Unread(7, Why.UNSEEN)


def test_a_token_drawn_apart_from_the_likeliest_is_no_measure_either() -> None:
    apart = {"4": 0.4, "3": 0.3, "I": 0.1, "2": 0.07, "1": 0.06}
    for told in (apart, {"My": 0.001, **apart}):
        steps = json.loads(reading_of(output(("My", told)), 7) or "")["steps"]
        assert [token for token, _ in steps[0]["tokens"]] == list(apart)
        # 5 may have 0.06
        assert read(("My", told)) == Unread(7, Why.UNSEEN)
    likelier = {token: p for token, p in ANSWERS.items() if token != "4"}
    steps = json.loads(reading_of(output(("4", likelier)), 7) or "")["steps"]
    assert "4" not in dict(steps[0]["tokens"])


@pytest.mark.parametrize(
    ("reasoning", "total", "expected"),
    [(7, 75, 20), (7, 82, 27), (15_000, 75, 15_020), (None, 75, 20), (0, 75, 20)],
)
def test_reasoning_counts_as_output_also_where_it_is_counted_beside(
    reasoning: int | None, total: int, expected: int
) -> None:
    caches = {"input_tokens_cache_read": 10, "input_tokens_cache_write": 5}
    usage = ModelUsage(input_tokens=40, output_tokens=20, total_tokens=total, reasoning_tokens=reasoning, **caches)
    found = reply_of(output(("4", ANSWERS), usage=usage), "{}", "{}", str)
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens) == (55, expected, reasoning)
