"""The state of a running study: everybody once, and the pages of those who changed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, insert, update

from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, schema
from emotionbench.store.overview import AT_ONCE, Overview, Standing, overview
from emotionbench.web.opening import open_survey
from researcher_helpers import NOW, People
from survey_studies import english, human

pytestmark = pytest.mark.xdist_group("postgres")
STUDY = human(english())
OTHER = human(english(seed=8))
FIRST, SECOND = list(STUDY.editions["en"].situations)[:2]


@pytest.fixture
def people(any_store: Store) -> People:
    for study in (STUDY, OTHER):
        open_survey(any_store, study)
    return People(any_store, STUDY)


def look(store: Store, study: HumanStudy = STUDY, known: dict[str, tuple[str | None, int]] | None = None) -> Overview:
    return overview(store, study.hash, [("gender", "woman")], since=NOW - 3600, known=known or {})


def versions(found: Overview) -> dict[str, tuple[str | None, int]]:
    return {one.id: one.version for one in found.people}


def test_a_study_without_people(people: People) -> None:
    found = look(people.store)
    assert (found.people, found.sent, found.departures, found.tally.n) == ((), {}, {}, 0)


def test_everybody_stands_where_their_pages_say(people: People) -> None:
    ids = [
        people.of(0),
        people.of(1, FIRST, seen_at=NOW - 50),
        people.of(4, FIRST, outcome="failed_checks"),
        people.of(6, SECOND, outcome="complete", seconds=3.5, demographics={"gender": "woman"}),
    ]
    people.save()
    found = look(people.store)
    assert sorted(found.people) == sorted(
        [
            Standing(ids[0], None, None, NOW, 0),
            Standing(ids[1], FIRST, None, NOW - 50, 1),
            Standing(ids[2], FIRST, "failed_checks", NOW, 4),
            Standing(ids[3], SECOND, "complete", NOW, 5),
        ],
        key=lambda one: one.id,
    )
    assert found.sent[ids[0]] == {}
    assert found.sent[ids[3]]["situation"] == (3.5, {"reflection": "I missed the bus and was late."})
    assert set(found.sent[ids[3]]) == {"about", "before-1", "situation", "after-1", "end"}
    assert found.tally.filled == {FIRST: 1, SECOND: 1}
    assert found.tally.with_answer == {("gender", "woman"): 1}


def test_only_pages_of_people_who_changed_are_read_again(people: People) -> None:
    stays, goes_on, ends, goes = (people.of(2, FIRST) for _ in range(4))
    people.save()
    known = versions(look(people.store))
    assert look(people.store, known=known).sent == {}
    table = schema.participant
    with people.store.writing() as connection:
        connection.execute(update(table).where(table.c.id == stays).values(seen_at=NOW + 5))
        connection.execute(update(table).where(table.c.id == ends).values(outcome="screened_out"))
        connection.execute(delete(table).where(table.c.id == goes))
        page = {"participant": goes_on, "page": "situation", "seconds": 1.0, "submitted_at": "", "content": "{}"}
        connection.execute(insert(schema.submission).values(page))
    new = people.of(1, SECOND)
    people.save()
    again = look(people.store, known=known)
    assert set(again.sent) == {goes_on, ends, new}
    assert set(again.sent[goes_on]) == {"about", "before-1", "situation"}
    assert {one.id for one in again.people} == {stays, goes_on, ends, new}


def test_another_study_is_another(people: People) -> None:
    people.of(2, FIRST)
    people.save()
    with people.store.writing() as connection:
        connection.execute(
            insert(schema.departure),
            [
                {"study": STUDY.hash, "reason": "withdrawn", "n": 3},
                {"study": OTHER.hash, "reason": "retention", "n": 4},
            ],
        )
    assert look(people.store).departures == {"withdrawn": 3}
    other = look(people.store, OTHER)
    assert (other.people, other.sent, other.departures) == ((), {}, {"retention": 4})


def test_many_people_take_few_queries(people: People) -> None:
    for _ in range(2 * AT_ONCE + 1):
        people.of(1, FIRST)
    people.save()
    asked: list[str] = []

    def note(*parts: object) -> None:
        if str(parts[2]).startswith("SELECT"):
            asked.append(str(parts[2]))

    event.listen(people.store.engine, "before_cursor_execute", note)
    found = look(people.store)
    assert len(found.sent) == 2 * AT_ONCE + 1
    assert all(set(pages) == {"about"} for pages in found.sent.values())
    assert len(asked) == 3 + 3
    asked.clear()
    look(people.store, known=versions(found))
    assert len(asked) == 3
