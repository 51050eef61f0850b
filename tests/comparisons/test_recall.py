from __future__ import annotations

import pytest

from emotionbench.comparisons.recall import recalled_items, recalled_key, recalled_text, words_of
from emotionbench.materials import catalogue

PANAS = catalogue.instrument("PANAS")
ITEMS = ("I like to sing.", "I own a dog.", "Trains are late.")


def test_lines_are_read_with_and_without_numbers_and_marks() -> None:
    reply = "4. **I like to sing**\n5: i own a dog\n- Trains are late."
    assert [(one.verbatim, one.in_place) for one in recalled_items(reply, ITEMS, 4)] == [(1, 1), (1, 1), (1, 1)]


def test_an_item_out_of_its_place_is_recalled_but_not_in_place() -> None:
    found = recalled_items("4. Trains are late\n5. I own a dog\n6. I like to sing", ITEMS, 4)
    assert [(one.verbatim, one.in_place) for one in found] == [(1, 0), (1, 1), (1, 0)]


def test_a_slip_is_like_and_not_to_the_word() -> None:
    found = recalled_items("4. I like to sings", ITEMS, 4)[0]
    assert found.verbatim == 0
    assert found.likeness >= 0.9
    assert found.in_place == 1


def test_runs_of_words_are_counted() -> None:
    found = recalled_items("I own a cat", ("I own a dog and a cat",), 1)[0]
    # of the four runs of four words none stands there whole
    assert found.runs == 0
    assert recalled_text("and then own a dog and", "I own a dog and a cat").runs == pytest.approx(1 / 4)


def test_short_items_may_stand_in_one_line() -> None:
    found = recalled_items("Guilty, Scared, Hostile and so on", ("Guilty", "Scared", "Hostile"), 6)
    assert [one.verbatim for one in found] == [1, 1, 0]


def test_who_writes_down_every_word_recalls_nothing() -> None:
    words = [f"word{k}" for k in range(50)]
    assert sum(one.verbatim for one in recalled_items("\n".join(words), words[-5:], 1)) == 0


def test_nothing_written_recalls_nothing() -> None:
    assert [one.likeness for one in recalled_items("", ITEMS, 4)] == [0, 0, 0]
    assert recalled_text("", "I own a dog").runs == 0


def test_reasoning_is_not_what_is_recited() -> None:
    assert recalled_items("<think>I own a dog</think>\nNo idea", ITEMS, 4)[1].verbatim == 0


def test_a_key_is_read_with_ranges_and_reverse_marks() -> None:
    said = recalled_key("Positive affect: 1, 3R, 5-7\n**Negative Affect**: 2 (reversed), 4", PANAS)
    assert said[1] == ("positive", False)
    assert said[3] == ("positive", True)
    assert [said[k] for k in (5, 6, 7)] == [("positive", False)] * 3
    assert said[2] == ("negative", True)
    assert 8 not in said


def test_what_a_key_gives_to_two_subscales_is_left_out() -> None:
    assert recalled_key("Positive affect: 1, 2\nNegative affect: 2, 99", PANAS) == {1: ("positive", False)}
    assert recalled_key("I do not know: 1, 2", PANAS) == {}


def test_words_alone_count() -> None:
    assert words_of(" “Quite — a\nBIT”! ") == "quite a bit"
