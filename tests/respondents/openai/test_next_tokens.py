from __future__ import annotations

import math
from typing import Any

import pytest

from emotionbench.respondents.openai.next_tokens import Step, likeliest, listed, n_listed, to_follow, without_apart

FIVE, TEN = tuple("12345"), tuple(map(str, range(1, 11)))


def step(after: str = "", **chances: float) -> Step:
    """A step of tokens with their probabilities; an underscore stands for a blank."""
    return Step(after, [(token.replace("_", " "), math.log(p)) for token, p in chances.items()])


@pytest.mark.parametrize(
    "logprobs",
    [
        {"tokens": ["3"], "token_logprobs": [-0.5], "top_logprobs": [{"I": -2.0, "3": -0.5}], "text_offset": [9]},
        {
            "content": [
                {
                    "token": "3",
                    "logprob": -0.5,
                    "top_logprobs": [{"token": "I", "logprob": -2}, {"token": "3", "logprob": -0.5}],
                }
            ]
        },
        {"content": [{"token": "3", "logprob": -0.5, "top_logprobs": [{"token": "I", "logprob": -2.0}]}]},
    ],
)
def test_both_shapes_list_the_same_tokens(logprobs: Any) -> None:
    assert listed(logprobs) == [("3", -0.5), ("I", -2.0)]


@pytest.mark.parametrize(
    "logprobs",
    [None, {}, [], "x", {"content": []}, {"content": ["x"]}, {"top_logprobs": []}, {"top_logprobs": [None]}],
)
def test_nothing_is_listed_where_nothing_is_told(logprobs: Any) -> None:
    assert listed(logprobs) == []


def test_what_has_no_probability_is_left_out() -> None:
    assert listed({"top_logprobs": [{"1": -1.0, "2": -math.inf}]}) == [("1", -1.0)]
    assert listed({"top_logprobs": [{"1": -1.0, "2": -9999.0}]}) == [("1", -1.0), ("2", -9999.0)]


UNREADABLE = {"words": "x", "null": None, "true": True, "NaN": math.nan, "inf": math.inf, "5": 5, "huge": -(10**400)}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE)
def test_a_token_that_may_be_the_likeliest_leaves_its_place_untold(unreadable: Any) -> None:
    chances = {"4": math.log(0.1), "2": math.log(0.05), "3": unreadable}
    assert listed({"top_logprobs": [chances]}) == []
    tops = [{"token": token, "logprob": told} for token, told in chances.items()]
    assert listed({"content": [{"token": "4", "logprob": math.log(0.1), "top_logprobs": tops}]}) == []
    assert listed({"content": [{"token": "3", "logprob": unreadable, "top_logprobs": tops[:2]}]}) == []


@pytest.mark.parametrize("top", ["3", {"logprob": -1.0}, {"token": None, "logprob": -1.0}])
def test_a_token_whose_text_is_not_told_leaves_its_place_untold(top: Any) -> None:
    tops = [{"token": "4", "logprob": -0.5}, top]
    assert listed({"content": [{"token": "4", "logprob": -0.5, "top_logprobs": tops}]}) == []
    assert listed({"content": [{"top_logprobs": tops[:1]}]}) == [("4", -0.5)]


DRAWN = {"2": 0.04, "3": 0.3, "4": 0.2, "I": 0.1, "5": 0.08, "My": 0.06}
"""What is told of a place where 2 was drawn, though it is not among the five likeliest: 1 may have 0.06."""


def test_a_token_drawn_apart_from_the_likeliest_is_no_measure_of_what_is_not_listed() -> None:
    logarithms = {token: math.log(p) for token, p in DRAWN.items()}
    tops = [{"token": token, "logprob": logarithm} for token, logarithm in logarithms.items()]
    others = [*logarithms.items()][1:]
    ahead = {"tokens": ["2"], "top_logprobs": [logarithms]}
    as_chat, besides = ({"content": [{**tops[0], "top_logprobs": tops[begin:]}]} for begin in (0, 1))
    behind = {"tokens": ["2"], "top_logprobs": [dict([*others, *logarithms.items()])]}
    for told in (ahead, as_chat, besides):
        assert listed(told) == others
        assert n_listed(told) == 6
    assert listed(behind, 5) == others
    # that may be the last of six likeliest
    assert len(listed(behind, 6)) == len(listed(behind)) == 6


def test_a_drawn_token_stays_where_it_is_no_exception_or_nothing_likelier_is_left() -> None:
    likelier = [("2", math.log(0.1)), ("3", math.log(0.3)), ("4", math.log(0.05))]
    assert without_apart(likelier, "2", 2) == likelier
    assert without_apart(likelier, "4", 3) == likelier
    masked = [("2", math.log(0.04)), ("3", math.log(0.5)), ("4", math.log(0.46))]
    assert without_apart(masked, "2", 2) == masked
    assert without_apart(masked[:1], "2", 1) == masked[:1]


def test_rounding_above_0_is_cut() -> None:
    assert listed({"top_logprobs": [{"1": 1e-7}]}) == [("1", 0.0)]


def test_1_is_followed_where_10_is_an_answer() -> None:
    first = step(**{"_1": 0.5, "2": 0.3, "1": 0.1})
    assert to_follow(first, TEN) == [" 1", "1"]
    assert to_follow(first, FIVE) == []


def test_what_has_a_token_for_10_is_not_followed() -> None:
    assert to_follow(step(**{"1": 0.5, "10": 0.1}), TEN) == []


def test_a_blank_alone_is_followed_and_an_unlikely_part_is_not() -> None:
    assert to_follow(step(**{"_": 0.9, "3": 0.05}), FIVE) == [" "]
    assert to_follow(step(**{"2": 0.99, "1": 0.0005}), TEN) == []


def test_behind_a_part_only_its_own_answers_are_open() -> None:
    assert to_follow(step(" ", **{"1": 0.9, "0": 0.05}), TEN) == [" 1"]
    assert to_follow(step("1", **{"0": 0.9}), TEN) == []


def test_signs_that_begin_others_are_followed() -> None:
    signs = ("i", "ii", "iii", "iv", "v")
    assert to_follow(step(**{"_i": 0.5, "v": 0.3}), signs) == [" i"]


def test_the_token_i_is_followed_where_it_is_a_sign_and_not_where_it_is_a_word() -> None:
    upper, lower = ("I", "II", "III"), ("i", "ii", "iii")
    listed_all = step(**{"_I": 0.5, "II": 0.2, "III": 0.1})
    assert to_follow(listed_all, upper) == [" I"]
    assert to_follow(step(**{"I": 0.9, "iii": 0.05}), lower) == []
    assert likeliest([step(**{"I": 0.9, "ii": 0.05})], lower) == "ii"
    assert likeliest([listed_all, step(" I", **{"_am": 0.9, ")": 0.1})], upper) == "II"


def test_a_plus_is_followed_where_there_are_negative_answers() -> None:
    assert to_follow(step(**{"+": 0.5, "0": 0.3}), ("-1", "0", "1")) == ["+"]
    assert to_follow(step(**{"+": 0.5, "0": 0.3}), ("0", "1")) == []


def test_the_likeliest_answer_adds_up_its_spellings() -> None:
    first = step(**{"4": 0.35, "_3": 0.2, "3": 0.2, "I": 0.25})
    assert likeliest([first], FIVE) == "3"


def test_the_likeliest_answer_is_found_behind_a_part() -> None:
    first = step(**{"1": 0.6, "2": 0.4})
    assert likeliest([first, step("1", **{"0": 0.9, ".": 0.1})], TEN) == "10"
    assert likeliest([first, step("1", **{"0": 0.1, ".": 0.9})], TEN) == "1"


def test_without_an_answer_none_is_likeliest() -> None:
    assert likeliest([step(**{"I": 0.9})], FIVE) is None
