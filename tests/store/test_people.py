"""People come in once, send each page once, and leave nothing but a count; one at a time and all at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from random import Random
from threading import Barrier
from typing import Any

import pytest

from emotionbench.store import Store, people
from emotionbench.store.people import Arrival, CodeTaken, Limits, Person, Sent
from people_helpers import (
    CELLS,
    LAPSE,
    LIMITS,
    NOW,
    OTHER_STUDY,
    STARTED,
    STUDY,
    allocated,
    counts,
    digits,
    go_through,
    let_in,
    person,
    prepare,
    rows,
    sent,
    sheet,
)

pytestmark = pytest.mark.xdist_group("postgres")
PANEL = Arrival(person="p" * 64, visit="v" * 64)
INVITED = Arrival(invitation="i" * 64)


@pytest.fixture
def store(any_store: Store) -> Store:
    prepare(any_store)
    return any_store


def begin(store: Store, one: Person, arrival: Arrival, now: float = NOW) -> Person | None:
    return people.begin(store, one, arrival, started_at=STARTED, now=now)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls return that start together, each in a thread of its own."""
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_a_person_comes_in_once(store: Store) -> None:
    assert begin(store, person(), Arrival()) == person()
    again = replace(person(), session=digits("another"), code="ANOTHER", language="ja")
    assert begin(store, again, PANEL, now=NOW + 500) == person()
    (row,) = rows(store, "participant")
    assert (row["seen_at"], row["started_at"], row["code"]) == (NOW, STARTED, person().code)
    assert rows(store, "recruitment") == []


def test_a_person_is_found_in_their_study_alone(store: Store) -> None:
    one = go_through(store, "one", "a dog barked")
    go_through(store, "two")
    found = people.find(store, one.id, STUDY)
    assert found is not None
    assert replace(found, submitted={}) == replace(one, outcome="complete")
    assert found.submitted == {
        "before-1": {"n_items": 2, "n_missing": 0},
        "situation": {"reflection": "a dog barked"},
        "after-1": {"n_items": 2, "n_missing": 0},
    }
    assert people.find(store, one.id, OTHER_STUDY) is None
    assert people.find(store, digits("nobody"), STUDY) is None


def test_somebody_of_a_panel_takes_part_once_in_a_study(store: Store) -> None:
    assert begin(store, person("one"), PANEL) is not None
    assert begin(store, person("two"), PANEL) is None
    assert begin(store, person("one"), PANEL) == person("one")
    assert begin(store, person("three", study=OTHER_STUDY), PANEL) is not None
    assert people.recruited(store, STUDY, "p" * 64) == (person("one").id, "v" * 64)
    assert people.recruited(store, STUDY, "q" * 64) is None
    assert counts(store)["participant"] == 2


def test_an_invitation_lets_one_person_in(store: Store) -> None:
    people.invite(store, STUDY, ["i" * 64, "j" * 64])
    people.invite(store, STUDY, ["i" * 64])
    assert people.invited(store, STUDY, "i" * 64) == (False, None)
    assert people.invited(store, OTHER_STUDY, "i" * 64) is None
    assert begin(store, person("none"), Arrival(invitation="k" * 64)) is None
    assert begin(store, person("elsewhere", study=OTHER_STUDY), INVITED) is None
    assert begin(store, person("one"), INVITED) is not None
    assert begin(store, person("two"), INVITED) is None
    assert begin(store, person("one"), INVITED) == person("one")
    people.invite(store, STUDY, ["i" * 64])
    assert people.invited(store, STUDY, "i" * 64) == (True, person("one").id)
    assert people.invited(store, STUDY, "j" * 64) == (False, None)
    assert counts(store)["participant"] == 1


def test_a_code_that_another_has_is_to_be_drawn_again(store: Store) -> None:
    let_in(store, "one")
    people.invite(store, STUDY, ["i" * 64])
    arrival = replace(PANEL, invitation="i" * 64)
    with pytest.raises(CodeTaken):
        begin(store, person("two", code=person("one").code), arrival)
    assert (counts(store)["participant"], counts(store)["recruitment"]) == (1, 0)
    assert people.invited(store, STUDY, "i" * 64) == (False, None)
    assert begin(store, person("two"), arrival) is not None


def test_nobody_comes_in_without_a_code(store: Store) -> None:
    with pytest.raises(ValueError, match="completion code"):
        begin(store, person(code=None), Arrival())


@pytest.mark.parametrize("arrival", [PANEL, INVITED])
def test_one_of_many_who_come_at_once_by_the_same_way_gets_in(store: Store, arrival: Arrival) -> None:
    people.invite(store, STUDY, ["i" * 64])
    found = at_once(*(lambda label=label: begin(store, person(label), arrival) for label in range(6)))
    (there,) = [one for one in found if one is not None]
    assert [row["id"] for row in rows(store, "participant")] == [there.id]
    if arrival is PANEL:
        assert people.recruited(store, STUDY, "p" * 64) == (there.id, "v" * 64)
    else:
        assert people.invited(store, STUDY, "i" * 64) == (True, there.id)


@pytest.mark.parametrize("arrival", [Arrival(), PANEL, INVITED])
def test_a_consent_sent_twice_at_once_lets_one_person_in(store: Store, arrival: Arrival) -> None:
    people.invite(store, STUDY, ["i" * 64])
    drawn = [person("one", code=f"CODE{number}") for number in range(6)]
    found = at_once(*(lambda one=one: begin(store, one, arrival) for one in drawn))
    assert len({one.code for one in found}) == 1
    assert counts(store)["participant"] == 1


def test_a_sign_of_life_is_written_once_a_minute(store: Store) -> None:
    one = let_in(store)
    for later, kept in ((0, 0), (59, 0), (60, 60), (119, 60), (150, 150), (100, 150)):
        people.seen(store, one.id, NOW + later)
        assert rows(store, "participant")[0]["seen_at"] == NOW + kept
    people.seen(store, digits("nobody"), NOW)


def test_a_page_is_kept_with_all_that_belongs_to_it(store: Store) -> None:
    one = let_in(store)
    answers = {"age": 34, "gender": "woman", "country": None}
    about = sent("about", {"answers": answers}, demographics=answers)
    people.save_draft(store, one.id, "about", {"age": "3"})
    assert people.submit(store, one.id, about, now=NOW + 5)
    (row,) = rows(store, "participant")
    assert (row["seen_at"], row["outcome"]) == (NOW + 5, None)
    assert rows(store, "draft") == []
    with_situation = people.allocate(store, one.id, CELLS, LIMITS, seed=1, now=NOW)
    assert isinstance(with_situation, Person)
    assert with_situation.demographics == answers
    page = sheet(with_situation, "after-1", outcome="failed_checks")
    assert page.record is not None
    assert people.submit(store, one.id, page, now=NOW + 9)
    (asked,), (tried,) = rows(store, "administration"), rows(store, "attempt")
    assert (asked["id"], asked["session"], asked["item_order"]) == (page.record[0].id, one.session, "2 1")
    assert (tried["administration"], tried["response"]) == (asked["id"], page.record[1].response)
    found = people.find(store, one.id, STUDY)
    assert found is not None
    assert (found.outcome, found.demographics, set(found.submitted)) == (
        "failed_checks",
        answers,
        {"about", "after-1"},
    )
    assert [row["seconds"] for row in rows(store, "submission")] == [12.5, 12.5]


def test_a_page_sent_again_changes_nothing(store: Store) -> None:
    one = allocated(store)
    assert people.submit(store, one.id, sheet(one), now=NOW)
    before = {name: rows(store, name) for name in ("participant", "submission", "administration", "attempt")}
    again = replace(sheet(one, "after-1", "complete"), page="before-1", demographics={"age": 1})
    assert not people.submit(store, one.id, again, now=NOW + 100)
    assert {name: rows(store, name) for name in before} == before


def test_a_page_sent_twice_at_once_is_kept_once(store: Store) -> None:
    one = allocated(store)
    found = at_once(*[lambda: people.submit(store, one.id, sheet(one), now=NOW)] * 8)
    assert sorted(found) == [False] * 7 + [True]
    assert (counts(store)["submission"], counts(store)["administration"], counts(store)["attempt"]) == (1, 1, 1)


def test_after_the_outcome_only_the_end_can_come(store: Store) -> None:
    one = go_through(store, "one")
    assert not people.submit(store, one.id, sheet(one, "after-2"), now=NOW)
    assert people.submit(store, one.id, sent("end", {"choice": "pleasant"}, outcome="failed_checks"), now=NOW)
    assert people.submit(store, one.id, sent("pleasant"), now=NOW)
    found = people.find(store, one.id, STUDY)
    assert found is not None
    assert found.outcome == "complete"
    assert "after-2" not in found.submitted


def test_nobody_sends_for_one_who_is_not_there_or_under_another_session(store: Store) -> None:
    one, two = allocated(store, "one"), allocated(store, "two")
    assert not people.submit(store, digits("nobody"), sent("about"), now=NOW)
    with pytest.raises(ValueError, match="is not of session"):
        people.submit(store, one.id, sheet(two), now=NOW)
    assert counts(store)["submission"] == 0


def drafts(store: Store, identifier: str) -> dict[str, Any]:
    found = people.find(store, identifier, STUDY)
    assert found is not None
    return found.drafts


def test_a_draft_is_replaced_and_ends_with_its_page(store: Store) -> None:
    one = let_in(store)
    assert drafts(store, one.id).get("about") is None
    people.save_draft(store, one.id, "about", {"age": "3"})
    people.save_draft(store, one.id, "about", {"age": "34"})
    people.save_draft(store, one.id, "situation", {"reflection": "a"})
    assert drafts(store, one.id).get("about") == {"age": "34"}
    assert people.submit(store, one.id, sent("about"), now=NOW)
    people.save_draft(store, one.id, "about", {"age": "35"})
    assert drafts(store, one.id).get("about") is None
    assert drafts(store, one.id).get("situation") == {"reflection": "a"}
    people.save_draft(store, digits("nobody"), "about", {})
    assert counts(store)["draft"] == 1


def test_drafts_saved_at_once_leave_one(store: Store) -> None:
    one = let_in(store)
    contents = [{"age": str(number)} for number in range(6)]
    at_once(*(lambda content=content: people.save_draft(store, one.id, "about", content) for content in contents))
    assert drafts(store, one.id).get("about") in contents
    assert counts(store)["draft"] == 1


def test_who_withdraws_leaves_a_count(store: Store) -> None:
    people.invite(store, STUDY, ["i" * 64])
    assert begin(store, person("gone"), replace(PANEL, invitation="i" * 64)) is not None
    gone, stays = go_through(store, "gone"), go_through(store, "stays")
    people.save_draft(store, gone.id, "end", {"choice": "finish"})
    before = counts(store)
    assert people.withdraw(store, gone.id)
    assert not people.withdraw(store, gone.id)
    left = {"participant": 1, "submission": 3, "draft": 0, "recruitment": 0, "administration": 2, "attempt": 2}
    assert before == {
        "participant": 2,
        "submission": 6,
        "draft": 1,
        "recruitment": 1,
        "administration": 4,
        "attempt": 4,
    }
    assert counts(store) == left
    assert people.find(store, stays.id, STUDY) is not None
    assert people.invited(store, STUDY, "i" * 64) == (True, None)
    assert rows(store, "departure") == [{"study": STUDY, "reason": "withdrawn", "n": 1}]
    people.withdraw(store, stays.id)
    assert rows(store, "departure") == [{"study": STUDY, "reason": "withdrawn", "n": 2}]
    assert set(counts(store).values()) == {0}


def test_nothing_is_left_of_one_who_withdraws_while_sending(store: Store) -> None:
    for number in range(10):
        one = allocated(store, number)
        calls = [
            partial(people.submit, store, one.id, sheet(one, "before-1"), now=NOW),
            partial(people.submit, store, one.id, sheet(one, "after-1"), now=NOW),
            partial(people.save_draft, store, one.id, "situation", {"reflection": "a"}),
        ]
        assert at_once(*calls, partial(people.withdraw, store, one.id))[-1] is True
        assert set(counts(store).values()) == {0}
    assert rows(store, "departure") == [{"study": STUDY, "reason": "withdrawn", "n": 10}]


def test_nobody_waits_for_each_other_in_a_circle(store: Store) -> None:
    """Everything at once, on few people: no deadlock, no error, and the books are right at the end."""
    departed: list[bool] = []
    anonymised: list[int] = []

    def goes_about(seed: int) -> None:
        draw = Random(seed)
        for _ in range(50):
            label = draw.randrange(12)
            one = person(label)
            step = draw.randrange(9)
            if step <= 3:
                begin(store, one, replace(PANEL, person=f"{label // 2:064d}"), now=NOW - draw.randrange(3))
            elif step == 4:
                people.allocate(store, one.id, CELLS, Limits(lapse=LAPSE, n=4), seed=1, now=NOW)
            elif step == 5:
                people.submit(store, one.id, sheet(one, draw.choice(["before-1", "after-1"])), now=NOW)
            elif step == 6:
                people.save_draft(store, one.id, "situation", {"reflection": "a"})
            elif step == 7:
                departed.append(people.withdraw(store, one.id))
            else:
                anonymised.append(people.expire(store, STUDY, before=NOW - 1, then="anonymise"))

    at_once(*(partial(goes_about, seed) for seed in range(6)))
    assert sum(departed) == rows(store, "departure")[0]["n"]
    assert sum(anonymised) == sum(row["code"] is None for row in rows(store, "participant")) > 0
    present = {row["session"] for row in rows(store, "participant")}
    assert {row["session"] for row in rows(store, "administration")} <= present
    given = [(row["situation"], row["place"]) for row in rows(store, "participant") if row["situation"]]
    assert len(set(given)) == len(given)
    assert len(rows(store, "recruitment")) == sum(row["code"] is not None for row in rows(store, "participant"))


def test_the_end_of_retention_keeps_neither_own_words_nor_times_of_day(store: Store) -> None:
    begin(store, person("old"), Arrival(), now=NOW - 100)
    about = {"age": 34, "country": "Freedonia"}
    first = Sent("about", 3.0, STARTED, {"answers": about}, demographics=about)
    assert people.submit(store, person("old").id, first, now=NOW - 100)
    account = {"reflection": "my neighbour's dog", "n_words": 3}
    assert people.submit(store, person("old").id, Sent("situation", 3.0, STARTED, account), now=NOW - 100)
    one = allocated(store, "old")
    assert people.submit(store, one.id, sheet(one, "before-1"), now=NOW - 100)
    assert people.expire(store, STUDY, before=NOW, then="anonymise", own_words=["country"]) == 1
    (row,) = rows(store, "participant")
    assert json.loads(row["demographics"]) == {"age": 34, "country": None}
    pages = {one["page"]: json.loads(one["content"]) for one in rows(store, "submission")}
    assert pages["about"] == {"answers": {"age": 34, "country": None}}
    assert pages["situation"] == {"n_words": 3}
    day = STARTED[:10]
    assert row["started_at"] == day
    assert {one["submitted_at"] for one in rows(store, "submission")} == {day}
    assert all(len(one["started_at"]) == 10 for one in rows(store, "attempt"))
    assert row["seen_at"] % 86_400 == 0


def test_who_finds_every_place_taken_is_turned_away_once(store: Store) -> None:
    begin(store, person("waits"), Arrival(), now=NOW)
    people.turn_away(store, person("waits").id)
    found = people.find(store, person("waits").id, STUDY)
    assert found is not None
    assert found.outcome == "full"
    begin(store, person("in"), Arrival(), now=NOW)
    one = allocated(store, "in")
    people.turn_away(store, one.id)
    kept = people.find(store, one.id, STUDY)
    assert kept is not None
    assert kept.outcome is None


def test_the_end_of_retention_cuts_what_leads_to_a_person(store: Store) -> None:
    people.invite(store, STUDY, ["i" * 64])
    assert begin(store, person("old"), replace(PANEL, invitation="i" * 64), now=NOW - 100) is not None
    old = go_through(store, "old", "my neighbour's dog", now=NOW - 100)
    people.save_draft(store, old.id, "end", {"choice": "finish"})
    fresh = go_through(store, "fresh", "a bus", now=NOW)
    before = counts(store)
    assert people.expire(store, STUDY, before=NOW - 100, then="anonymise") == 0
    assert people.expire(store, OTHER_STUDY, before=NOW + 1, then="anonymise") == 0
    assert people.expire(store, STUDY, before=NOW, then="anonymise") == 1
    assert counts(store) == {**before, "recruitment": 0, "draft": 0}
    row = next(row for row in rows(store, "participant") if row["session"] == old.session)
    assert row["id"] not in (old.id, fresh.id)
    assert (row["code"], row["situation"], row["place"], row["outcome"]) == (None, old.situation, old.place, "complete")
    assert people.find(store, old.id, STUDY) is None
    anonymous = people.find(store, row["id"], STUDY)
    assert anonymous is not None
    assert anonymous.submitted["situation"] == {}
    assert anonymous.submitted["before-1"] == {"n_items": 2, "n_missing": 0}
    assert people.invited(store, STUDY, "i" * 64) == (True, None)
    kept = people.find(store, fresh.id, STUDY)
    assert kept is not None
    assert kept.submitted["situation"] == {"reflection": "a bus"}
    assert people.expire(store, STUDY, before=NOW, then="anonymise") == 0
    assert rows(store, "departure") == []
    assert begin(store, person("old"), Arrival()) is None


def test_the_end_of_retention_can_delete(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "AT_ONCE", 2)
    for number in range(5):
        go_through(store, number, now=NOW - 100)
    fresh = go_through(store, "fresh", now=NOW)
    assert people.expire(store, STUDY, before=NOW - 50, then="delete") == 5
    assert counts(store) == {
        "participant": 1,
        "submission": 3,
        "draft": 0,
        "recruitment": 0,
        "administration": 2,
        "attempt": 2,
    }
    assert people.find(store, fresh.id, STUDY) is not None
    assert rows(store, "departure") == [{"study": STUDY, "reason": "retention", "n": 5}]
    assert people.expire(store, STUDY, before=NOW - 50, then="delete") == 0


def test_a_study_is_full_with_complete_and_running_sessions(store: Store) -> None:
    limits = Limits(lapse=LAPSE, n=2)
    go_through(store, "complete")
    let_in(store, "without a situation")
    assert not people.is_full(store, STUDY, limits, now=NOW)
    allocated(store, "running")
    assert people.is_full(store, STUDY, limits, now=NOW + LAPSE - 1)
    assert not people.is_full(store, STUDY, limits, now=NOW + LAPSE)
    assert not people.is_full(store, STUDY, LIMITS, now=NOW)
    assert not people.is_full(store, OTHER_STUDY, limits, now=NOW)
