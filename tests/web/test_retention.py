"""Whose retention has ended, and which studies of one name hold people."""

from __future__ import annotations

from emotionbench.store import Store, people
from emotionbench.web.retention import DAY, Due, due, versions
from people_helpers import NOW, OTHER_STUDY, STUDY, let_in, prepare


def test_nobody_is_due_where_nobody_is(any_store: Store) -> None:
    prepare(any_store)
    assert due(any_store, STUDY, 30, NOW) == Due(0, 0, None)
    assert versions(any_store, "s") == []


def test_a_time_ends_so_many_days_after_the_last_page(any_store: Store) -> None:
    prepare(any_store)
    for label, days in {"late": 31, "just not": 30, "soon": 29, "new": 0}.items():
        let_in(any_store, label, now=NOW - days * DAY)
    assert due(any_store, STUDY, 30, NOW) == Due(4, 1, NOW)
    assert due(any_store, STUDY, 30, NOW + DAY / 2) == Due(4, 2, NOW + DAY)
    assert due(any_store, STUDY, 30, NOW + 60 * DAY) == Due(4, 4, None)
    assert due(any_store, OTHER_STUDY, 30, NOW) == Due(0, 0, None)


def test_those_who_are_anonymised_are_due_no_more(any_store: Store) -> None:
    prepare(any_store)
    let_in(any_store, "late", now=NOW - 31 * DAY)
    people.expire(any_store, STUDY, before=NOW - 30 * DAY, then="anonymise")
    assert due(any_store, STUDY, 30, NOW) == Due(0, 0, None)


def test_studies_of_a_name_are_those_that_somebody_came_to(any_store: Store) -> None:
    prepare(any_store)
    let_in(any_store, "one")
    let_in(any_store, "two")
    assert [(one.hash, one.n_people) for one in versions(any_store, "s")] == [(STUDY, 2)]
    assert versions(any_store, "another") == []
