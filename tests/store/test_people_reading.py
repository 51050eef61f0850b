"""One statement brings all of a person: what was sent, what was begun, and when they were last seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from emotionbench.store import Store, people
from people_helpers import NOW, STUDY, counts, let_in, prepare, sent

pytestmark = pytest.mark.xdist_group("postgres")


def test_a_person_is_found_with_pages_sent_and_begun(any_store: Store) -> None:
    prepare(any_store)
    one, other = let_in(any_store), let_in(any_store, "other")
    assert one.drafts == {}
    assert people.submit(any_store, one.id, sent("about", {"answers": {"age": 34}}), now=NOW + 1)
    people.save_draft(any_store, one.id, "before-1", {"values": {"item-1": "2"}})
    people.save_draft(any_store, one.id, "situation", {"values": {}})
    people.save_draft(any_store, other.id, "about", {"values": {"age": "5"}})
    found = people.find(any_store, one.id, STUDY)
    assert found is not None
    assert found.submitted == {"about": {"answers": {"age": 34}}}
    assert found.drafts == {"before-1": {"values": {"item-1": "2"}}, "situation": {"values": {}}}
    assert found.seen_at == NOW + 1
    unsent = people.find(any_store, other.id, STUDY)
    assert unsent is not None
    assert (unsent.submitted, unsent.drafts, unsent.seen_at) == ({}, {"about": {"values": {"age": "5"}}}, NOW)


def test_a_draft_beside_its_page_never_outlives_it(any_store: Store) -> None:
    prepare(any_store)
    for number in range(10):
        one = let_in(any_store, number)
        with ThreadPoolExecutor(4) as threads:
            drafts = [
                threads.submit(people.save_draft, any_store, one.id, "about", {"values": {"age": str(age)}})
                for age in range(3)
            ]
            page = threads.submit(people.submit, any_store, one.id, sent("about"), now=NOW)
        for draft in drafts:
            draft.result()
        assert page.result()
    assert counts(any_store)["draft"] == 0
