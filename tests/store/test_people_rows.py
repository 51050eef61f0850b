"""JSON that both databases keep and can look into."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.store import Store, people
from emotionbench.store.people import Limits, Person
from emotionbench.store.people_rows import json_text, parsed
from people_helpers import CELLS, LAPSE, NOW, STUDY, let_in, prepare, sent

ODD = "a\0b\ud800c \"'; DROP TABLE participant; -- \u202e 🙂 \\u0000"
KEPT = ODD.replace("\0", "\ufffd").replace("\ud800", "\ufffd")


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text() | st.integers()))
def test_what_can_be_kept_comes_back(content: dict[str, str | int]) -> None:
    found = parsed(json_text(content))
    assert found is not None
    assert found.keys() == content.keys()
    for key, value in content.items():
        if isinstance(value, int) or not any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value):
            assert found[key] == value
        else:
            assert isinstance(found[key], str)
            assert len(found[key]) == len(value)


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
