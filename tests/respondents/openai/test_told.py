from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.respondents.openai.replies import Complaint
from emotionbench.respondents.openai.told import (
    FEWER,
    Manner,
    Place,
    Put,
    body,
    other_manner,
    places,
    refuses_probabilities,
    share_of,
)

DIGITS = Put(tuple("12345"))
BASE = {"model": "m", "messages": ({"role": "user", "content": "?"},), "temperature": 0.0, "max_tokens": 1024}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("content", "token", "tokens", "top_logprobs", "top_probs", "logprob", "prob", "bytes")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def entry(*tops: tuple[str, float], key: str = "logprob") -> dict[str, Any]:
    listed = [{"token": token, key: value} for token, value in tops]
    return {**listed[0], f"top_{key}s": listed}


def test_each_place_has_its_likeliest_tokens() -> None:
    told = json.dumps({"content": [entry(("1", -0.1), ("I", -2.4)), entry(("0", -0.7), ("", -0.7))]})
    assert places(told) == [Place("1", [("1", -0.1), ("I", -2.4)]), Place("0", [("0", -0.7), ("", -0.7)])]


def test_what_is_told_from_behind_the_sampling_is_marked() -> None:
    found = places(json.dumps({"content": [entry(("3", 0.75), ("4", 0.25), ("5", 0.0), key="prob")]}))
    assert found == [Place("3", [("3", math.log(0.75)), ("4", math.log(0.25))], after=True)]


def test_columns_are_read_as_well() -> None:
    told = json.dumps({"tokens": ["3", "."], "token_logprobs": [-0.1, -1], "top_logprobs": [{"3": -0.1, "4": -2}]})
    assert places(told) == [Place("3", [("3", -0.1), ("4", -2.0)])]


@pytest.mark.parametrize("unreadable", ["NaN", "null", '"x"', "true", "Infinity", "0.5", "-1" + "0" * 400])
def test_a_token_that_may_be_the_likeliest_leaves_its_place_untold(unreadable: str) -> None:
    """The token 3 may have 0.8."""
    content = [
        entry(("I", -0.1), ("4", -3.0)),
        entry(("3", -77.0), ("4", math.log(0.1)), ("2", math.log(0.05)), ("1", math.log(0.04)), ("5", math.log(0.01))),
        entry(("I", -0.1), ("4", -3.0)),
    ]
    assert len(places(json.dumps({"content": content}))) == 3
    assert len(places(json.dumps({"content": content}).replace("-77.0", "-Infinity"))[1].tokens) == 4
    assert len(places(json.dumps({"content": content}).replace("-77.0", unreadable))) == 1
    columns = {"tokens": ["3"], "top_logprobs": [{"3": -77.0, "4": math.log(0.1)}]}
    assert places(json.dumps(columns).replace("-77.0", unreadable)) == []


@pytest.mark.parametrize("unreadable", ["NaN", "null", "-0.1"])
def test_a_probability_that_is_none_leaves_its_place_untold(unreadable: str) -> None:
    told = json.dumps({"content": [entry(("3", 0.75), ("4", 0.125), key="prob")]})
    assert places(told.replace("0.75", unreadable)) == []


def test_a_token_drawn_apart_from_the_likeliest_is_no_measure_of_what_is_not_listed() -> None:
    """The token 2 was drawn with 0.04, and 1, which is not told, may have 0.06."""
    tops = [(token, math.log(p)) for token, p in {"2": 0.04, "3": 0.3, "4": 0.2, "I": 0.1, "5": 0.06}.items()]
    assert places(json.dumps({"content": [entry(*tops)]})) == [Place("2", tops[1:])]
    behind = {"tokens": ["2"], "top_logprobs": [dict([*tops[1:], tops[0]])]}
    assert places(json.dumps(behind), 4) == [Place("2", tops[1:])]
    assert places(json.dumps(behind), 5) == [Place("2", [*tops[1:], tops[0]])]


def test_bytes_that_are_no_character_are_not_the_end_of_the_reply() -> None:
    tops = [{"token": "", "bytes": [221], "logprob": -1.0}, {"token": "", "bytes": [], "logprob": -2.0}]
    told = json.dumps({"content": [{"token": "1", "logprob": -0.5, "top_logprobs": tops}]})
    assert places(told)[0].tokens == [("\N{REPLACEMENT CHARACTER}", -1.0), ("", -2.0)]


@pytest.mark.parametrize(
    "told",
    [
        None,
        "null",
        "{}",
        '{"content": null}',
        '{"content": [{"token": "3", "logprob": -0.1, "top_logprobs": []}]}',
        '{"content": [{"token": "3", "logprob": -0.1}]}',
        '{"tokens": ["3"], "top_logprobs": null}',
    ],
)
def test_without_other_tokens_nothing_is_told(told: str | None) -> None:
    assert places(told) == []


@given(JSON)
def test_any_json_is_read_as_places_with_finite_numbers(told: Any) -> None:
    for place in places(json.dumps(told)):
        assert place.tokens
        assert all(math.isfinite(logarithm) and logarithm <= 0 for _, logarithm in place.tokens)


@pytest.mark.parametrize(
    ("put", "n_tokens"),
    [(DIGITS, 1), (Put(("0", "10")), 2), (Put(("i", "ii", "iii")), 3), (Put(("0", "10"), begun="1"), 1)],
)
def test_a_reply_is_as_long_as_the_longest_answer(put: Put, n_tokens: int) -> None:
    assert body(BASE, put, Manner(), "max_tokens")["max_tokens"] == n_tokens
    more = 0 if put.begun else 2
    assert body(BASE, put, Manner(n_before=2), "max_tokens")["max_tokens"] == n_tokens + more


@pytest.mark.parametrize(("asked", "sent"), [(0.7, 1.0), (2.0, 1.0), (1.0, 1.0), (0.0, 0.0)])
def test_probabilities_are_asked_for_at_a_temperature_that_does_not_change_them(asked: float, sent: float) -> None:
    assert body({**BASE, "temperature": asked}, DIGITS, Manner(), "max_tokens")["temperature"] == sent
    assert "temperature" not in body({"messages": ()}, DIGITS, Manner(), "max_tokens")


def test_the_word_i_is_no_mass_on_the_sign_i() -> None:
    told = [Place("I", [("I", math.log(0.6)), ("ii", math.log(0.3))])]
    assert share_of(("i", "ii", "iii"), told) == pytest.approx(0.3)


def test_a_grammar_lists_the_answers_and_may_begin_with_a_blank_unless_it_is_read_behind_it() -> None:
    manner, answers = Manner(constrain="grammar"), ("0", "1", "10")
    held = body(BASE, Put(answers, "held"), manner, "max_tokens")
    assert held["grammar"] == 'root ::= " "? ("0" | "1" | "10")'
    assert held["temperature"] == 0.0
    after = body(BASE, Put(answers, "after"), manner, "max_tokens")
    assert after["grammar"] == 'root ::= "0" | "1" | "10"'
    sampling = {key: after[key] for key in ("temperature", "top_k", "top_p", "min_p", "post_sampling_probs")}
    assert sampling == {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "post_sampling_probs": True}
    rest = body(BASE, Put(answers, "after", "1"), manner, "max_tokens")
    assert rest["grammar"] == 'root ::= "" | "0"'


def test_nothing_is_held_where_the_request_is_free() -> None:
    found = body(BASE, DIGITS, Manner(constrain="grammar"), "max_tokens")
    assert found.keys() == {*BASE, "logprobs", "top_logprobs"}


@pytest.mark.parametrize(
    ("words", "n_told"),
    [
        ("Invalid 'top_logprobs': integer above maximum value. Expected a value <= 5, but got 20 instead.", 5),
        ("body.top_logprobs: Input should be less than or equal to 8", 8),
        ("top_logprobs must be between 0 and 5", 5),
        ("Requested sample logprobs of 20, which is greater than max allowed: 7", 7),
        ("top_logprobs is out of range [0, 10]", 10),
        ("top_logprobs may be at most 11", 11),
        ("Invalid value for 'top_logprobs': too large", FEWER[0]),
    ],
)
def test_how_many_a_server_tells_is_learnt_from_its_words(words: str, n_told: int) -> None:
    other = other_manner(Manner(), Complaint(400, words), DIGITS)
    assert other == Manner(n_told=n_told)


@pytest.mark.parametrize(
    "words",
    [
        "property 'logprobs' is unsupported",
        "This model does not support the 'logprobs' parameter.",
        "Unsupported parameter: 'top_logprobs'",
        "top_logprobs: Extra inputs are not permitted",
    ],
)
def test_a_server_that_has_none_is_told_from_one_that_has_fewer(words: str) -> None:
    found = Complaint(400, words)
    assert other_manner(Manner(), found, DIGITS) is None
    assert refuses_probabilities(found)


def test_a_complaint_about_something_else_is_about_something_else() -> None:
    for words in ("This request goes against our content policy", "messages: at most 5 are allowed", "logprobs?"):
        found = Complaint(400, words)
        assert other_manner(Manner(), found, DIGITS) is None
        assert not refuses_probabilities(found)
    assert refuses_probabilities(Complaint(403, "You are not allowed to request logprobs from this model"))
    assert not refuses_probabilities(Complaint(500, "logprobs are not supported"))


def test_fewer_and_fewer_come_to_an_end() -> None:
    manner: Manner | None = Manner()
    counts = []
    while manner is not None:
        counts.append(manner.n_told)
        manner = other_manner(manner, Complaint(422, "Invalid 'top_logprobs': too large"), DIGITS)
    assert counts == [20, *FEWER]


def test_the_share_counts_all_spellings_and_goes_on_behind_a_blank() -> None:
    first = Place(" ", [(" ", math.log(0.5)), ("3", math.log(0.2)), (" 4", math.log(0.1)), ("I", math.log(0.2))])
    second = Place("3", [("3", math.log(0.6)), ("５", math.log(0.2)), ("3rd", math.log(0.2))])
    assert share_of(tuple("12345"), [first, second]) == pytest.approx(0.3 + 0.5 * 0.8)
    assert share_of(tuple("12345"), [Place("I", first.tokens), second]) == pytest.approx(0.3)
    assert share_of(("0", "10"), [Place("1", [("1", math.log(0.3)), ("7", math.log(0.7))])]) == pytest.approx(0.3)
