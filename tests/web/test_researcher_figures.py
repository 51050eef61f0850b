"""The researcher's figures, of people whose every page is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, schema
from emotionbench.survey import Exclusions
from emotionbench.web.opening import open_survey
from emotionbench.web.researcher_figures import Counts, Figures, PageLine, Spread, Watch, duration, rules_in_words
from researcher_helpers import MINUTE, NOW, People, site_of
from survey_studies import english, human, in_languages

AGO = NOW - 11 * MINUTE
Study = Callable[[str], People]


@pytest.fixture
def of_study(tmp_path: Path) -> Iterator[Study]:
    """Opens a survey by its text."""
    stores: list[Store] = []

    def open_one(text: str) -> People:
        stores.append(Store(tmp_path / f"{len(stores)}.db"))
        study = human(text)
        open_survey(stores[-1], study)
        return People(stores[-1], study)

    yield open_one
    for store in stores:
        store.close()


def shown(people: People, now: float = NOW) -> Figures:
    return Watch(site_of(people.store, people.study)).figures(now)


def lines_of(figures: Figures) -> dict[tuple[str, str], Counts]:
    return {(line.name, line.language): line.counts for group in figures.groups for line in group.lines}


def test_a_study_before_anybody_came(of_study: Study) -> None:
    figures = shown(of_study(english()))
    assert (figures.state, figures.n_people, figures.n_complete, figures.n_ended) == ("Open", 0, 0, 0)
    assert figures.whole == Spread(0)
    assert all(line.n_reached == 0 for line in figures.pages)
    assert figures.checks == ((0, 0), (1, 0))
    assert all(counts == Counts() for counts in lines_of(figures).values())


def test_everybody_is_counted_once(of_study: Study) -> None:
    people = of_study(english())
    first, second = people.situations[:2]
    people.of(6, first, outcome="complete")
    people.of(5, first, outcome="complete", seen_at=AGO)
    people.of(5, second, outcome="failed_checks")
    people.of(3, first)
    people.of(2, second, seen_at=AGO)
    people.of(1, None, outcome="screened_out")
    people.of(0, None)
    people.of(1, None, seen_at=AGO, outcome="full")
    people.save()
    with people.store.writing() as connection:
        rows = [("withdrawn", 5), ("retention", 7)]
        connection.execute(
            insert(schema.departure), [{"study": people.study.hash, "reason": why, "n": n} for why, n in rows]
        )
    figures = shown(people)
    assert dict(figures.people) == {
        "complete": 2,
        "failed_checks": 1,
        "now": 2,
        "left": 1,
        "screened_out": 1,
        "full": 1,
    }
    assert figures.n_people == 8
    assert (figures.n_withdrawn, figures.n_expired) == (5, 7)
    assert figures.n_met_full == 1
    names = {people.study.editions["en"].situations[key].id: key for key in (first, second)}
    counted = {key: counts for key, counts in lines_of(figures).items() if counts != Counts()}
    assert {names[name]: counts for (name, _), counts in counted.items()} == {
        first: Counts(n_complete=2, n_now=1),
        second: Counts(n_left=1, n_failed=1),
    }
    whole = Counts(2, 1, 1, 1)
    assert [line.counts for line in figures.kinds] == [whole]
    assert next(group.counts for group in figures.groups if group.name == "anger") == whole


def test_under_way_is_who_was_seen_in_the_last_ten_minutes(of_study: Study) -> None:
    people = of_study(english())
    people.of(2, people.situations[0], seen_at=NOW - 599)
    people.of(2, people.situations[0], seen_at=NOW - 601)
    people.save()
    assert shown(people).people == {"now": 1, "left": 1}
    assert shown(people, NOW + 5).people == {"left": 2}


def test_who_reached_a_page_sent_it_is_on_it_or_left_there(of_study: Study) -> None:
    people = of_study(english())
    situation = people.situations[0]
    for n_sent, seen_at in ((0, AGO), (1, NOW), (1, AGO), (3, NOW), (4, AGO), (4, AGO)):
        people.of(n_sent, situation, seen_at=seen_at)
    people.of(1, None, outcome="screened_out")
    people.of(4, situation, outcome="complete", seen_at=AGO)
    people.of(6, situation, outcome="complete", seen_at=AGO)
    people.save()
    assert [(line.name, line.n_reached, line.n_sent, line.n_now, line.n_left) for line in shown(people).pages] == [
        ("Questions about the person", 9, 8, 0, 1),
        ("PANAS, before", 7, 5, 1, 1),
        ("Situation", 5, 5, 0, 0),
        ("PANAS, after", 5, 4, 1, 0),
        ("Debriefing", 4, 1, 0, 3),
    ]


def test_pages_depend_on_the_situation_where_its_instruments_do(of_study: Study) -> None:
    people = of_study(english(instruments=["PANAS", "ECL-8"], evoked_by={"ECL-8": ["anger"]}))
    situations = people.study.editions["en"].situations
    for emotion in ("anger", "fear"):
        people.of(3, next(key for key, one in situations.items() if one.emotion == emotion))
    people.save()
    assert [(line.name, line.n_sent, line.n_now) for line in shown(people).pages] == [
        ("Questions about the person", 2, 0),
        ("PANAS, before", 2, 0),
        ("ECL-8, before", 1, 0),
        ("Situation", 1, 1),
        ("PANAS, after", 0, 1),
        ("ECL-8, after", 0, 0),
        ("Debriefing", 0, 0),
    ]


def test_a_study_that_asks_nothing_about_the_person(of_study: Study) -> None:
    people = of_study(english(demographics=None, screening=None))
    people.of(2, people.situations[0])
    people.of(0, None, outcome="full")
    people.save()
    figures = shown(people)
    assert [(line.name, line.n_reached) for line in figures.pages][:3] == [
        ("PANAS, before", 1),
        ("Situation", 1),
        ("PANAS, after", 1),
    ]
    assert (figures.n_met_full, figures.n_people) == (1, 2)


def test_times_are_those_of_complete_people_and_of_five_at_least(of_study: Study) -> None:
    people = of_study(english())
    for seconds in (10, 20, 30, 40):
        people.of(6, people.situations[0], outcome="complete", seconds=seconds)
    people.of(5, people.situations[0], outcome="failed_checks", seconds=500)
    people.save()
    few = shown(people)
    assert few.whole == Spread(4)
    assert few.pages[-1].spread == Spread(5, "30 s", ("20 s", "40 s"))
    people.of(6, people.situations[0], outcome="complete", seconds=1000)
    people.save()
    # five pages each; the scene after the end is none of them
    assert shown(people).whole == Spread(5, "2 min 30 s", ("1 min 40 s", "3 min 20 s"))


def test_checks_and_exclusions_are_of_those_who_answered_every_sheet(of_study: Study) -> None:
    people = of_study(
        english(attention_checks=2, exclusions={"failed_checks": 2, "seconds_an_item": 0.7, "reflection_words": 3})
    )
    situation = people.situations[0]
    people.of(5, situation, outcome="complete", seconds=60)
    people.of(5, situation, outcome="complete", seconds=60, content={"before-1": {"n_failed_checks": 1}})
    each = {"n_failed_checks": 1}
    people.of(5, situation, outcome="failed_checks", seconds=1, content={"before-1": each, "after-1": each})
    people.of(5, situation, outcome="complete", seconds=13.9)
    people.of(5, situation, outcome="complete", seconds=60, content={"situation": {"reflection": "a bus"}})
    people.of(3, situation, seconds=1)
    people.of(1, None, outcome="screened_out", seconds=1)
    people.save()
    figures = shown(people)
    assert figures.checks == ((0, 3), (1, 1), (2, 1))
    assert figures.n_ended == 5
    assert figures.exclusions == (
        ("attention checks failed: 2 or more", 1),
        ("a sheet answered in less than 0.7 s an item", 1),
        ("an account of the situation of fewer than 3 words", 1),
    )


def test_a_study_without_checks_or_rules_shows_none(of_study: Study) -> None:
    figures = shown(of_study(english(attention_checks=0, exclusions=None)))
    assert (figures.checks, figures.exclusions) == ((), ())


def test_every_rule_has_its_words() -> None:
    rules = Exclusions(
        failed_checks=1, seconds_an_item=1.5, same_answer=True, missing_items=2, reading_seconds=5, reflection_words=3
    )
    assert len(rules_in_words(rules)) == len(Exclusions.model_fields)
    assert rules_in_words(Exclusions()) == []


def test_quotas_count_who_holds_a_place(of_study: Study) -> None:
    people = of_study(english(collection={"quotas": [{"question": "gender", "value": "woman", "n": 3}]}))
    woman, man = {"gender": "woman", "age": 30}, {"gender": "man"}
    people.of(6, people.situations[0], outcome="complete", demographics=woman, seen_at=NOW - 1e6)
    people.of(6, people.situations[0], outcome="complete", demographics=man)
    people.of(2, people.situations[0], demographics=woman, seen_at=NOW - 59 * MINUTE)
    people.of(2, people.situations[0], demographics=woman, seen_at=NOW - 61 * MINUTE)
    people.save()
    (quota,) = shown(people).quotas
    assert (quota.answer, quota.n, quota.of) == ("gender: woman", 2, 3)


def test_a_study_is_full_when_nobody_new_is_let_in(of_study: Study) -> None:
    people = of_study(english(collection={"n": 2, "closes": "2031-05-01"}))
    people.of(6, people.situations[0], outcome="complete")
    people.save()
    assert shown(people).state == "Open"
    assert shown(people).state_explained == "Until the end of 2031-05-01 (UTC)."
    people.of(2, people.situations[1])
    people.save()
    full = shown(people)
    assert full.state == "Full"
    assert full.state_explained.startswith("1 place is held for people under way.")
    assert shown(people, NOW + 61 * MINUTE).state == "Open"


def test_a_study_is_full_when_every_situation_is(of_study: Study) -> None:
    people = of_study(english(collection={"n": None, "n_per_situation": 1}))
    for situation in people.situations[1:]:
        people.of(6, situation, outcome="complete")
    people.save()
    assert shown(people).state == "Open"
    people.of(6, people.situations[0], outcome="complete")
    people.save()
    figures = shown(people)
    assert (figures.state, figures.n_wanted) == ("Full", None)


def test_a_study_is_closed_after_its_last_day(of_study: Study) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert shown(of_study(english(collection={"closes": "2020-01-31"}))).state == "Closed"
    assert shown(of_study(english(collection={"closes": today}))).state == "Open"


def test_situations_of_every_language_stand_apart(of_study: Study) -> None:
    people = of_study(in_languages("en", "de"))
    english_one = next(iter(people.study.editions["en"].situations))
    german_one = next(iter(people.study.editions["de"].situations))
    people.of(6, english_one, outcome="complete")
    people.of(6, german_one, outcome="complete", language="de")
    people.of(2, german_one, language="de")
    people.save()
    figures = shown(people)
    assert figures.has_several_languages
    counted = {key: counts for key, counts in lines_of(figures).items() if counts != Counts()}
    assert counted == {("anger-1-1", "en"): Counts(1), ("anger-1-1", "de"): Counts(1, 1)}
    assert figures.groups[0].counts == Counts(2, 1)


def test_conditions_are_counted_apart(of_study: Study) -> None:
    people = of_study(english(kinds=["evoking", "neutral"]))
    (situations,) = [edition.situations for edition in people.study.editions.values()]
    neutral = next(key for key, one in situations.items() if one.kind == "neutral")
    people.of(6, neutral, outcome="complete")
    people.save()
    assert [(line.name, line.counts.n_complete) for line in shown(people).kinds] == [("evoking", 0), ("neutral", 1)]


def test_figures_follow_what_happens(of_study: Study) -> None:
    people = of_study(english())
    watch = Watch(site_of(people.store, people.study))
    one, other = people.of(2, people.situations[0]), people.of(5, people.situations[0], outcome="complete")
    people.save()
    assert (watch.figures(NOW).people, watch.figures(NOW).checks) == ({"now": 1, "complete": 1}, ((0, 1), (1, 0)))
    table = schema.participant
    with people.store.writing() as connection:
        sheet = '{"n_items": 20, "n_failed_checks": 1}'
        rows = [("situation", "{}"), ("after-1", sheet)]
        connection.execute(
            insert(schema.submission),
            [{"participant": one, "page": p, "seconds": 1.0, "submitted_at": "", "content": c} for p, c in rows],
        )
        connection.execute(update(table).where(table.c.id == one).values(outcome="failed_checks"))
        connection.execute(delete(table).where(table.c.id == other))
    after = watch.figures(NOW)
    assert (after.people, after.checks) == ({"failed_checks": 1}, ((0, 0), (1, 1)))
    assert after.pages[-2:] == (
        PageLine("PANAS, after", 1, 1, 0, 0, Spread(1)),
        PageLine("Debriefing", 1, 0, 1, 0, Spread(0)),
    )


def test_durations_read_as_people_say_them() -> None:
    assert [duration(s) for s in (0, 41.4, 59.6, 60, 3599.4, 3600, 7380)] == [
        "0 s", "41 s", "1 min 0 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "2 h 3 min",
    ]  # fmt: skip


def test_another_study_in_the_store_is_not_counted(of_study: Study) -> None:
    people = of_study(english())
    other: HumanStudy = human(english(seed=8))
    open_survey(people.store, other)
    people.of(2, people.situations[0])
    people.save()
    assert Watch(site_of(people.store, other)).figures(NOW).n_people == 0
