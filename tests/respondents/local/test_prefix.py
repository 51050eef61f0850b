"""Which beginnings are shared: small sequences by hand, and properties of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.respondents.local.prefix import Tokens, share


def tokens(*texts: str) -> list[Tokens]:
    return [np.array([ord(letter) for letter in text], np.int32) for text in texts]


def test_items_of_one_administration_share_all_up_to_the_item() -> None:
    sequences = tokens("situation A: sad?", "situation A: mad?", "situation B: sad?", "situation B: mad?")
    plan = share(sequences)
    assert {(group.members, group.end) for group in plan.groups} == {((0, 1), 13), ((2, 3), 13)} or {
        (tuple(sorted(group.members)), group.end) for group in plan.groups
    } == {((0, 1), 13), ((2, 3), 13)}
    assert plan.start == len("situation ")
    assert plan.n_tokens(sequences) == 10 + 2 * 3 + 4 * 4


def test_what_shares_nothing_is_computed_whole() -> None:
    sequences = tokens("abc", "xyz", "qrstuv")
    plan = share(sequences)
    assert (plan.start, len(plan.groups)) == (0, 3)
    assert plan.n_tokens(sequences) == 12


def test_one_sequence_alone() -> None:
    sequences = tokens("alone")
    assert share(sequences).n_tokens(sequences) == 5


def test_a_sequence_that_another_continues_keeps_its_last_token() -> None:
    sequences = tokens("abcd", "abcdef")
    plan = share(sequences)
    assert [group.end for group in plan.groups] == [3]
    assert plan.n_tokens(sequences) == 3 + 1 + 3


@given(st.sets(st.text("ab", min_size=2, max_size=12), min_size=1, max_size=30))
def test_every_sequence_is_in_one_group_whose_beginning_it_shares(texts: set[str]) -> None:
    sequences = tokens(*sorted(texts))
    plan = share(sequences)
    assert sorted(place for group in plan.groups for place in group.members) == list(range(len(sequences)))
    for group in plan.groups:
        assert group.end >= 1
        assert plan.start <= group.end
        begins = {sequences[place][: group.end].tobytes() for place in group.members}
        assert len(begins) == 1
        assert all(len(sequences[place]) > group.end for place in group.members)
    assert plan.n_tokens(sequences) <= sum(map(len, sequences))


@pytest.mark.parametrize("n", [2, 5])
def test_the_more_share_the_less_is_computed(n: int) -> None:
    sequences = tokens(*("shared by all " * 3 + letter for letter in "abcdefgh"[:n]))
    assert share(sequences).n_tokens(sequences) == 42 + n
