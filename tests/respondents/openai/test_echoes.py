from __future__ import annotations

import math
from typing import Any

import pytest

from emotionbench.respondents.openai.echoes import Scored, Unscored, chances, scored

PROMPT = "Upset\n\n->"


def echo(tokens: list[str], logarithms: list[float | None]) -> dict[str, Any]:
    """Columns as a server tells them."""
    offsets, at = [], 0
    for token in tokens:
        offsets.append(at)
        at += len(token)
    return {"tokens": tokens, "token_logprobs": logarithms, "text_offset": offsets}


def test_all_tokens_of_the_answer_and_none_before_count() -> None:
    told = echo(["Upset", "\n\n", "->", " ", "1", "0"], [None, -9.0, -9.0, -0.5, -1.0, -0.25])
    assert scored(told, PROMPT, "10") == Scored("10", (" ", "1", "0"), -1.75)


def test_a_server_without_places_is_read_by_its_tokens() -> None:
    told = echo(["Upset", "\n\n", "->", " ", "1", "0", "\n"], [None, -9.0, -9.0, -0.5, -1.0, -0.25, -7.0])
    assert scored({**told, "text_offset": [-1] * 7}, PROMPT, "10").logarithm == -1.75


def test_what_was_written_behind_the_echo_does_not_count() -> None:
    told = echo(["Upset", "\n\n", "->", " 4", "\n"], [None, -9.0, -9.0, -0.5, -7.0])
    assert scored(told, PROMPT, "4").logarithm == -0.5


def test_a_token_that_opens_every_text_is_no_part_of_the_prompt() -> None:
    told = echo(["<s>", "Upset", "\n\n", "->", " 4"], [None, -1.0, -9.0, -9.0, -0.5])
    assert scored(told, PROMPT, "4").logarithm == -0.5


def test_tokens_with_the_blanks_of_their_tokeniser_are_the_same() -> None:
    told = echo(["Upset", "\n\n", "->", "▁4"], [None, -9.0, -9.0, -0.5])
    assert scored(told, PROMPT, "4").tokens == ("▁4",)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (None, "no log-probabilities of the prompt"),
        ({"content": []}, "no log-probabilities of the prompt"),
        (echo(["4"], [-1.0]), "no log-probabilities of the prompt"),
        (echo(["Upset", "\n\n", "->", " 4"], [None] * 4), "no log-probabilities of the prompt"),
        (echo(["Upset", "\n\n", "->", " 4"], [None, -1.0, -1.0]), "cannot be read"),
        (echo(["Upset", "\n\n", "->", " 4"], [None, -1.0, -1.0, math.nan]), "no log-probabilities of the prompt"),
        (echo(["Upset", "\n\n", "->", " 4"], [None, -1.0, -1.0, -(10**400)]), "no log-probabilities of the prompt"),
        (echo(["Upset", "\n\n", "-> 4"], [None, -1.0, -1.0]), "do not begin where the answer does"),
        (echo(["Upset", "\n\n", "->", " 5"], [None, -1.0, -1.0, -1.0]), "stand where the answer '4' was put"),
    ],
)
def test_an_echo_that_says_nothing_of_the_answer_says_why(told: Any, why: str) -> None:
    with pytest.raises(Unscored, match=why):
        scored(told, PROMPT, "4")


def test_an_answer_that_begins_a_longer_one_is_what_is_left_of_it() -> None:
    found = chances([Scored("1", (" 1",), math.log(0.5)), Scored("10", (" 1", "0"), math.log(0.2))])
    assert found == {"1": pytest.approx(0.3), "10": pytest.approx(0.2)}


def test_an_answer_with_a_token_of_its_own_takes_nothing_from_another() -> None:
    found = chances([Scored("1", (" 1",), math.log(0.5)), Scored("10", (" 10",), math.log(0.2))])
    assert found == {"1": pytest.approx(0.5), "10": pytest.approx(0.2)}


def test_of_three_that_begin_alike_each_is_its_own() -> None:
    lengths = {"i": 0.6, "ii": 0.3, "iii": 0.1}
    found = chances([Scored(sign, tuple(sign), math.log(p)) for sign, p in lengths.items()])
    assert found == {"i": pytest.approx(0.3), "ii": pytest.approx(0.2), "iii": pytest.approx(0.1)}
