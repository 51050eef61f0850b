from __future__ import annotations

import pytest

from emotionbench import errors
from emotionbench.errors import EmotionBenchError, MaterialError, nearest


def test_a_message_says_where_what_and_fix() -> None:
    problem = MaterialError("item 7 is unknown", where="panas.yaml:14", fix="remove it")
    assert str(problem) == "panas.yaml:14: item 7 is unknown; remove it"
    assert (problem.where, problem.what, problem.fix) == ("panas.yaml:14", "item 7 is unknown", "remove it")


def test_where_and_fix_may_be_left_out() -> None:
    assert str(EmotionBenchError("no such file")) == "no such file"
    assert str(EmotionBenchError("no such file", fix="check the path")) == "no such file; check the path"
    assert str(EmotionBenchError("no such file", where="here")) == "here: no such file"


def test_one_except_clause_catches_every_error() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 6
    assert all(issubclass(kind, EmotionBenchError) for kind in kinds)


@pytest.mark.parametrize(
    ("word", "meant"), [("angr", "anger"), ("ANGER", "anger"), ("embarassment", "embarrassment"), ("feer", "fear")]
)
def test_a_near_word_is_suggested_in_its_own_spelling(word: str, meant: str) -> None:
    assert nearest(word, ("fear", "anger", "embarrassment")) == f"did you mean '{meant}'?"


def test_letter_case_of_the_known_word_is_kept() -> None:
    assert nearest("panass", ("ECL-8", "PANAS")) == "did you mean 'PANAS'?"


def test_a_far_word_lists_what_is_known_in_order() -> None:
    assert nearest("zzz", ("fear", "anger")) == "known: anger, fear"
