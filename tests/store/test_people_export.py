from __future__ import annotations

from dataclasses import fields

import pytest

from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, people, people_export
from emotionbench.store.columns import snapshot
from emotionbench.web.opening import open_survey
from survey_people import NOW, Visitor, study_of, take_part

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(scope="module")
def study() -> HumanStudy:
    return study_of()


@pytest.fixture
def store(any_store: Store, study: HumanStudy) -> Store:
    open_survey(any_store, study)
    return any_store


def test_a_study_is_listed_once_somebody_came(store: Store, study: HumanStudy) -> None:
    with snapshot(store) as connection:
        assert people_export.served(connection) == []
    take_part(store, study, Visitor("a"))
    with snapshot(store) as connection:
        (found,) = people_export.served(connection)
    assert (found.hash, found.name, found.n_people, found.departures) == (study.hash, "feelings", 1, {})
    assert found.spec["survey"]["title"] == "How situations feel"
    people.withdraw(store, Visitor("a").id)
    with snapshot(store) as connection:
        (gone,) = people_export.served(connection)
    assert (gone.n_people, gone.departures) == (0, {"withdrawn": 1})


def test_everybody_stands_with_all_pages_in_the_order_of_a_hash(store: Store, study: HumanStudy) -> None:
    for label in "abcdef":
        take_part(store, study, Visitor(label))
    take_part(store, study, Visitor("early", stops_before="about"))
    with snapshot(store) as connection:
        found = people_export.people(connection, study.hash)
        other = people_export.people(connection, "0" * 64)
    assert other == []
    sessions = [person.session for person in found]
    assert sessions == sorted(sessions)
    assert len(set(sessions)) == 7
    (early,) = [person for person in found if person.outcome is None]
    assert (early.pages, early.situation, early.demographics) == ({}, None, {})
    one = next(person for person in found if person.outcome == "complete")
    assert set(one.pages) == {"about", "before-1", "situation", "after-1", "end"}
    assert one.pages["situation"] == (21.5, {"reflection": "Somebody took my seat."})
    assert one.demographics == {"age": 30, "gender": "woman", "country": "Chile"}


def test_sheets_are_those_of_the_study_with_what_was_shown_and_sent(store: Store, study: HumanStudy) -> None:
    other = study_of({"name": "another", "seed": 8})
    open_survey(store, other)
    take_part(store, other, Visitor("elsewhere"))
    person = take_part(store, study, Visitor("a"))
    with snapshot(store) as connection:
        found = list(people_export.sheets(connection, study.hash))
    assert {sheet.administration.session for sheet in found} == {person.session}
    assert {sheet.request["page"] for sheet in found} == {"before-1", "after-1"}
    assert all(set(sheet.response) == {"answers", "checks", "times", "seconds"} for sheet in found)
    assert all(len(sheet.reply.splitlines()) == 20 for sheet in found)


def test_codes_are_of_those_who_came_to_an_end(store: Store, study: HumanStudy) -> None:
    take_part(store, study, Visitor("a"))
    take_part(store, study, Visitor("b", outcome="failed_checks", fails_checks=True))
    take_part(store, study, Visitor("young", outcome="screened_out"))
    take_part(store, study, Visitor("left", stops_before="after-1"))
    with snapshot(store) as connection:
        found = people_export.codes(connection, study.hash)
    expected = {"a": "complete", "b": "failed_checks", "young": "screened_out"}
    assert found == sorted((Visitor(label).code, outcome) for label, outcome in expected.items())
    people.expire(store, study.hash, before=NOW + 1, then="anonymise")
    with snapshot(store) as connection:
        assert people_export.codes(connection, study.hash) == []
        assert len(people_export.people(connection, study.hash)) == 4


def test_nothing_says_who_or_when() -> None:
    names = {field.name for kind in (people_export.TakenPart, people_export.SentSheet) for field in fields(kind)}
    assert names.isdisjoint({"id", "code", "place", "started_at", "seen_at", "submitted_at", "person", "visit"})
