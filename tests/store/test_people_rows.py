"""JSON that both databases keep and can look into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.store import Store, people
from emotionbench.store.people import Limits, Person
from emotionbench.store.people_rows import json_text, parsed
from people_helpers import CELLS, LAPSE, NOW, STUDY, let_in, prepare, sent

ODD = "a\0b\ud800c \"'; DROP TABLE participant; -- \u202e 🙂 \\u0000"
KEPT = ODD.replace("\0", "\ufffd").replace("\ud800", "\ufffd")


ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(st.dictionaries(ANY_TEXT, st.lists(ANY_TEXT) | st.integers() | st.booleans() | st.none()))
def test_what_can_be_kept_comes_back(content: dict[str, Any]) -> None:
    text = json_text(content)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")
    if not any("\0" in one or any("\ud800" <= sign <= "\udfff" for sign in one) for one in _texts(content)):
        assert parsed(text) == content


def _texts(content: dict[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        yield key
        yield from value if isinstance(value, list) else ()


def test_no_number_that_is_none_is_kept() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text({"seconds": float("nan")})


@pytest.mark.xdist_group("postgres")
def test_odd_answers_keep_nobody_from_being_counted(any_store: Store) -> None:
    prepare(any_store)
    limits = Limits(lapse=LAPSE, quotas=(("gender", "woman", 2), ("words", KEPT, 2)))
    found = []
    for label in range(3):
        one = let_in(any_store, label)
        answers = {"gender": "woman", "words": ODD}
        assert people.submit(any_store, one.id, sent("about", {"answers": answers}, demographics=answers), now=NOW)
        found.append(people.allocate(any_store, one.id, CELLS, limits, seed=1, now=NOW))
    assert found[2] == "quota"
    assert isinstance(found[1], Person)
    assert found[1].submitted == {"about": {"answers": {"gender": "woman", "words": KEPT}}}
    assert people.find(any_store, found[1].id, STUDY) == found[1]
