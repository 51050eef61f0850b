"""What one person is put: sheets whose orders are balanced over people, checks among their items, pages in order."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from emotionbench.documents import content_hash
from emotionbench.human.session import (
    Check,
    PlannedSheet,
    next_page,
    pages_of,
    sheets_of,
)
from emotionbench.human.study import HumanStudy
from emotionbench.records import Condition, Design
from survey_studies import english, human, in_languages

PEOPLE = [f"{number:032x}" for number in range(300)]


@cache
def study(n_checks: int = 1) -> HumanStudy:
    """Two instruments around situations of anger and fear."""
    return human(english(instruments=["PANAS", "ECL-8"], attention_checks=n_checks, exclusions={"failed_checks": None}))


def session_of(of: HumanStudy, person: str) -> str:
    """A session of somebody's own; in the survey it is random."""
    return sha256(f"{of.hash}|{person}".encode()).hexdigest()[:32]


def first(of: HumanStudy, language: str = "en") -> str:
    """The hash of the first situation."""
    return next(iter(of.editions[language].situations))


def sheets(person: str = "someone", place: int = 0, *, n_checks: int = 1) -> tuple[PlannedSheet, ...]:
    of = study(n_checks)
    return sheets_of(of, "en", first(of), place, session_of(of, person))


# sheets


def test_a_person_answers_every_instrument_before_and_after_one_situation() -> None:
    of, found = study(), sheets(place=3)
    assert [(one.page, one.instrument.id) for one in found] == [
        ("before-1", "PANAS"), ("before-2", "ECL-8"), ("after-1", "PANAS"), ("after-2", "ECL-8")
    ]  # fmt: skip
    asked = [one.administration for one in found]
    assert [one.condition for one in asked] == [Condition.BASELINE] * 2 + [Condition.EVOKED] * 2
    assert [one.situation for one in asked] == [None] * 2 + [first(of)] * 2
    for one, planned in zip(asked, found, strict=True):
        assert (one.respondent, one.instrument) == (of.respondent.id, content_hash(planned.instrument))
        assert one.protocol == content_hash(of.editions["en"].pages)
        assert (one.design, one.repeat, one.seed, one.form) == (Design.PAIRED, 3, 7, None)
        assert one.session == session_of(of, "someone")
        assert sorted(one.order) == list(range(1, planned.instrument.n_items + 1))
    assert len({one.id for one in asked}) == 4


def test_in_each_language_a_person_is_put_its_materials_and_its_form() -> None:
    of = human(in_languages("en", "ar", "ja"))
    for language, edition in of.editions.items():
        for one in sheets_of(of, language, first(of, language), 0, "session"):
            assert edition.form is not None
            assert one.instrument.language == language
            assert one.administration.form == content_hash(edition.form)
            assert one.administration.protocol == content_hash(edition.pages)


def test_neutral_and_positive_situations_are_controls(small_home: Path) -> None:
    of = human(english(situations="tiny", kinds=["evoking", "neutral", "positive"], instruments=["MOOD-6"]))
    found = {
        situation.kind: sheets_of(of, "en", key, 0, "session")[1].administration.condition
        for key, situation in of.editions["en"].situations.items()
    }
    expected = {"evoking": Condition.EVOKED, "neutral": Condition.CONTROL, "positive": Condition.CONTROL}
    assert found == expected


def test_only_the_instruments_of_a_situation_are_put_around_it(small_home: Path) -> None:
    of = human(english(situations="tiny", instruments=["MOOD-6", "PANAS"], evoked_by={"MOOD-6": ["fear"]}))
    put = {
        situation.emotion: [(one.page, one.instrument.id) for one in sheets_of(of, "en", key, 0, "session")]
        for key, situation in of.editions["en"].situations.items()
    }
    assert put["anger"] == [("before-1", "PANAS"), ("after-1", "PANAS")]
    assert put["fear"] == [("before-1", "MOOD-6"), ("before-2", "PANAS"), ("after-1", "MOOD-6"), ("after-2", "PANAS")]


# sessions and ids


def test_two_people_at_one_place_share_their_orders_and_no_administration() -> None:
    one, another = sheets(PEOPLE[0]), sheets(PEOPLE[1])
    assert [s.administration.order for s in one] == [s.administration.order for s in another]
    assert not {s.administration.id for s in one} & {s.administration.id for s in another}


PRINT = """
from emotionbench.human.session import sheets_of
from survey_studies import in_languages, human
study = human(in_languages("en", "ar", "ja", instruments=["PANAS", "ECL-8"], attention_checks=5))
for language, edition in study.editions.items():
    for place, situation in enumerate(edition.situations):
        for one in sheets_of(study, language, situation, place, f"session {place}"):
            print(one.page, one.administration.id, *one.administration.order, *one.checks)
"""


def test_a_fresh_process_with_another_hash_seed_puts_the_same() -> None:
    def printed(seed: str) -> str:
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", PRINT]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    once = printed("1")
    assert len(once.splitlines()) == 3 * 10 * 4
    assert printed("4242") == once


# item orders


@pytest.mark.parametrize("page", ["before-1", "after-1", "before-2", "after-2"])
def test_over_the_people_of_a_situation_every_item_visits_every_position_once(page: str) -> None:
    orders = [_order(page, place) for place in range(len(_order(page, 0)))]
    n = len(orders[0])
    for position in range(n):
        assert sorted(order[position] for order in orders) == list(range(1, n + 1))
    followed = Counter(pair for order in orders for pair in pairwise(order))
    assert len(followed) == n * (n - 1)
    assert set(followed.values()) == {1}


def _order(page: str, place: int) -> tuple[int, ...]:
    return next(one.administration.order for one in sheets(place=place) if one.page == page)


def test_orders_before_and_after_and_in_another_situation_are_others() -> None:
    of = study()
    here, there = list(of.editions["en"].situations)[:2]
    session = session_of(of, "someone")
    orders = [
        one.administration.order
        for situation in (here, there)
        for one in sheets_of(of, "en", situation, 0, session)
        if one.instrument.id == "PANAS"
    ]
    assert len(set(orders)) == 4


# attention checks


@pytest.mark.parametrize("n", range(11))
def test_so_many_checks_stand_evenly_on_the_sheets_never_two_behind_one_item(n: int) -> None:
    for person in PEOPLE[:30]:
        found = sheets(person, n_checks=n)
        counts = [len(one.checks) for one in found]
        assert sum(counts) == n
        assert max(counts) - min(counts) <= 1
        for one in found:
            behind = [check.behind for check in one.checks]
            assert behind == sorted(set(behind))
            assert all(1 <= place <= one.instrument.n_items for place in behind)


def test_a_check_asks_for_an_answer_of_its_sheets_response_scale() -> None:
    for person in PEOPLE[:50]:
        for one in sheets(person, n_checks=6):
            assert all(check.value in one.instrument.response_scale.labels for check in one.checks)


def test_a_check_asks_for_an_answer_that_has_a_label(small_home: Path) -> None:
    of = human(english(situations="tiny", instruments=["MOOD-6"], attention_checks=4))
    asked = {
        check.value
        for person in PEOPLE[:50]
        for one in sheets_of(of, "en", first(of), 0, session_of(of, person))
        for check in one.checks
    }
    assert asked == {1, 4}


def test_where_no_answer_has_a_label_a_check_asks_for_any(small_home: Path) -> None:
    path = small_home / "instruments" / "MOOD-6.yaml"
    text = path.read_text(encoding="utf-8")
    labels = "  labels:\n    1: no\n    4: yes\n"
    assert labels in text
    path.write_text(text.replace(labels, ""), encoding="utf-8")
    of = human(english(situations="tiny", instruments=["MOOD-6"], attention_checks=4))
    asked = {
        check.value
        for person in PEOPLE[:50]
        for one in sheets_of(of, "en", first(of), 0, session_of(of, person))
        for check in one.checks
    }
    assert asked == {1, 2, 3, 4}


def test_a_check_asks_for_an_answer_of_the_line_that_it_stands_behind(small_home: Path) -> None:
    path = small_home / "instruments" / "MOOD-6.yaml"
    text = path.read_text(encoding="utf-8")
    assert "  - Quick\n" in text
    own = "  - {text: Quick, labels: {2: a bit, 3: a lot}}\n"
    path.write_text(text.replace("  - Quick\n", own), encoding="utf-8")
    of = human(english(situations="tiny", instruments=["MOOD-6"], attention_checks=6))
    quick = next(n for n, item in enumerate(of.editions["en"].put[0][0].items, 1) if item.text == "Quick")
    asked: dict[bool, set[int]] = {True: set(), False: set()}
    for person in PEOPLE[:50]:
        for one in sheets_of(of, "en", first(of), 0, session_of(of, person)):
            for check in one.checks:
                asked[one.administration.order[check.behind - 1] == quick].add(check.value)
    assert asked == {True: {2, 3}, False: {1, 4}}


def test_more_checks_than_items_are_as_many_as_there_are_items(small_home: Path) -> None:
    path = small_home / "instruments" / "MOOD-2.yaml"
    text = (small_home / "instruments" / "MOOD-6.yaml").read_text(encoding="utf-8")
    for old, new in (
        ("id: MOOD-6", "id: MOOD-2"),
        ("  - Quick\n  - Dull\n  - Warm\n  - Cold\n", ""),
        ("items: [1, 3, 4, 5]\n    reverse: [4]", "items: [1]"),
        ("items: [2, 6]", "items: [2]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    of = human(english(situations="tiny", instruments=["MOOD-2"], attention_checks=10))
    for one in sheets_of(of, "en", first(of), 0, "session"):
        assert [check.behind for check in one.checks] == [1, 2]


def test_checks_are_the_same_whenever_they_are_asked_for_and_differ_between_people() -> None:
    def checks(person: str) -> list[tuple[Check, ...]]:
        return [one.checks for one in sheets(person, n_checks=3)]

    assert checks(PEOPLE[0]) == checks(PEOPLE[0])
    assert len({str(checks(person)) for person in PEOPLE}) > 0.99 * len(PEOPLE)


def test_over_people_one_check_stands_on_every_sheet_behind_every_item_and_asks_for_every_answer() -> None:
    found = [(one.page, check) for person in PEOPLE for one in sheets(person) for check in one.checks]
    assert len(found) == len(PEOPLE)
    on_page = Counter(page for page, _ in found)
    assert set(on_page) == {"before-1", "before-2", "after-1", "after-2"}
    assert min(on_page.values()) > len(PEOPLE) / 4 / 2
    on_panas = [check for page, check in found if page.endswith("-1")]
    assert {check.behind for check in on_panas} == set(range(1, 21))
    values = Counter(check.value for check in on_panas)
    assert set(values) == {1, 2, 3, 4, 5}
    assert min(values.values()) > len(on_panas) / 5 / 2


def test_checks_do_not_change_what_is_administered() -> None:
    with_checks = {one.administration.order for one in sheets(n_checks=10)}
    assert with_checks == {one.administration.order for one in sheets(n_checks=0)}


# pages


def test_pages_come_in_this_order() -> None:
    assert pages_of(study(), 2) == ("about", "before-1", "before-2", "situation", "after-1", "after-2", "end")


def test_without_questions_about_the_person_there_is_no_page_for_them() -> None:
    assert pages_of(human(english(demographics=[], screening=None)), 1) == ("before-1", "situation", "after-1", "end")


def test_the_next_page_is_the_first_that_was_not_sent() -> None:
    pages = pages_of(study(), 1)
    assert [next_page(pages, pages[:n]) for n in range(len(pages) + 1)] == [*pages, None]
    assert next_page(pages, {"end", "about", "after-1"}) == "before-1"


def test_something_pleasant_comes_last_and_only_for_those_who_want_it() -> None:
    pages = pages_of(study(), 1)
    assert next_page(pages, pages, wants_pleasant=True) == "pleasant"
    assert next_page(pages, pages[:-1], wants_pleasant=True) == "end"
    assert next_page(pages, [*pages, "pleasant"], wants_pleasant=True) is None
