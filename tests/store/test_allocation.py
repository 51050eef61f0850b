"""Situations stay balanced, limits hold and places are one's own, whoever comes when, and all at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from typing import Any

import pytest

from emotionbench.store import Store, people
from emotionbench.store.allocation import Tally, least_filled, matched, tally
from emotionbench.store.people import Limits, Person
from people_helpers import (
    CELLS,
    LAPSE,
    LIMITS,
    NOW,
    OTHER_STUDY,
    STARTED,
    STUDY,
    allocate_all,
    allocated,
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
TWO = CELLS[:2]


@pytest.fixture
def store(any_store: Store) -> Store:
    prepare(any_store)
    return any_store


def allocate(store: Store, of: Person | str, cells: Any = CELLS, limits: Limits = LIMITS, now: float = NOW) -> Any:
    identifier = of if isinstance(of, str) else of.id
    return people.allocate(store, identifier, cells, limits, seed=1, now=now)


def who_answered(store: Store, label: object, **answers: Any) -> Person:
    one = let_in(store, label)
    assert people.submit(store, one.id, sent("about", demographics=answers), now=NOW)
    return one


def places(store: Store) -> list[tuple[str, int]]:
    return [(row["situation"], row["place"]) for row in rows(store, "participant") if row["situation"]]


def test_ties_are_decided_by_the_hash_of_seed_person_and_cell(store: Store) -> None:
    for label in range(5):
        one = let_in(store, label)
        found = people.allocate(store, one.id, CELLS, LIMITS, seed=20 + label, now=NOW)
        assert isinstance(found, Person)
        draws = {cell: sha256(f"{20 + label}|{one.id}|{cell}".encode()).hexdigest() for cell in CELLS}
        assert found.situation == min(CELLS, key=draws.__getitem__)
        people.withdraw(store, one.id)


def test_ties_fall_on_every_cell_about_as_often() -> None:
    n = 7000
    found = Counter(least_filled(Tally({}, {}, {}), CELLS, most=None, label=f"1|{digits(k)}") for k in range(n))
    assert sum((found[cell] - n / 7) ** 2 / (n / 7) for cell in CELLS) < 22.5  # chi-square, 6 df, p = 0.001


def test_the_least_filled_is_given_next() -> None:
    counted = Tally({CELLS[0]: 2, CELLS[1]: 1, CELLS[2]: 1}, {}, {})
    assert least_filled(counted, CELLS[:3], most=None, label="x") in CELLS[1:3]
    assert least_filled(counted, CELLS[:4], most=None, label="x") == CELLS[3]
    assert least_filled(counted, CELLS[:1], most=2, label="x") is None
    assert least_filled(counted, CELLS[:1], most=3, label="x") == CELLS[0]
    assert least_filled(counted, (), most=None, label="x") is None


def test_quotas_are_those_of_the_answers_given() -> None:
    quotas = (("gender", "woman", 3), ("gender", "man", 4), ("age", "34", 5), ("gender", "woman", 2))
    assert matched(quotas, {"gender": "woman", "age": 34}) == {("gender", "woman"): 2, ("age", "34"): 5}
    assert matched((("gender", "None", 1),), {"gender": None}) == {}


def test_an_answer_is_counted_where_it_was_given_and_nowhere_else(store: Store) -> None:
    others: list[dict[str, Any]] = [
        {"age": 3, "words": "a"},
        {"age": 345, "words": "a"},
        {"old_age": 34, "words": '"age":34, "age":34} "words":"b"'},
        {"words": "B", "age": None},
        {"words": "b c"},
        {"words": "bü\\"},
    ]
    for number, answers in enumerate(others):
        assert isinstance(allocate(store, who_answered(store, number, **answers)), Person)
    looked_for = [("age", "34"), ("words", "b"), ("words", "bü\\")]
    for n, answers in enumerate(
        ({}, {"age": 34, "words": "b"}, {"words": "b", "age": 34}, {"age": "34", "words": "b"})
    ):
        allocate(store, who_answered(store, f"with {n}", **answers))
        with store.reading() as connection:
            found = tally(connection, STUDY, looked_for, since=NOW - 1).with_answer
        assert list(found.values()) == [n, n, 1]


def test_one_who_has_a_situation_keeps_it(store: Store) -> None:
    one = allocated(store, "one")
    allocated(store, "two")
    later = allocate(store, one, cells=CELLS[:1], limits=Limits(lapse=0, n=0), now=NOW + 9)
    assert later == one
    assert allocate(store, digits("nobody")) is None


def test_one_who_was_screened_out_gets_none(store: Store) -> None:
    one = let_in(store)
    assert people.submit(store, one.id, sent("about", outcome="screened_out"), now=NOW)
    found = allocate(store, one)
    assert (found.outcome, found.situation) == ("screened_out", None)


def test_who_failed_or_left_or_lapsed_makes_room(store: Store) -> None:
    two_in_all, later = Limits(lapse=LAPSE, n=2), NOW + 60
    first, second = (allocate(store, let_in(store, label), TWO) for label in ("first", "second"))
    waits = let_in(store, "waits", now=later)
    assert allocate(store, waits, TWO, two_in_all, now=later) == "full"
    assert people.submit(store, first.id, sheet(first, "after-1", "failed_checks"), now=later)
    third = allocate(store, waits, TWO, two_in_all, now=later)
    assert third.situation == first.situation
    fourth = let_in(store, "fourth", now=later)
    assert allocate(store, fourth, TWO, two_in_all, now=NOW + LAPSE - 1) == "full"
    assert allocate(store, fourth, TWO, two_in_all, now=NOW + LAPSE).situation == second.situation
    fifth = let_in(store, "fifth", now=later)
    assert allocate(store, fifth, TWO, two_in_all, now=later) == "full"
    people.withdraw(store, third.id)
    people.withdraw(store, second.id)
    assert allocate(store, fifth, TWO, two_in_all, now=later).situation == first.situation


def test_one_who_comes_back_after_the_lapse_counts_again(store: Store) -> None:
    one = allocate(store, let_in(store, "one"), TWO)
    people.seen(store, one.id, NOW + 2 * LAPSE)
    found = allocate(store, let_in(store, "two", now=NOW + 2 * LAPSE), TWO, now=NOW + 2 * LAPSE)
    assert found.situation != one.situation
    assert allocate(store, one, TWO, now=NOW + 2 * LAPSE).situation == one.situation


def test_an_allocation_is_a_sign_of_life(store: Store) -> None:
    one = let_in(store)
    allocate(store, one, now=NOW + 30)
    assert rows(store, "participant")[0]["seen_at"] == NOW + 30


def test_places_count_up_in_a_situation_and_a_study(store: Store) -> None:
    for label in range(4):
        allocate(store, let_in(store, label), CELLS[:1])
    elsewhere = people.begin(
        store, person("elsewhere", study=OTHER_STUDY), people.Arrival(), started_at=STARTED, now=NOW
    )
    assert elsewhere is not None
    assert allocate(store, elsewhere, CELLS[:1]).place == 0
    assert allocate(store, let_in(store, "other situation"), CELLS[1:2]).place == 0
    people.withdraw(store, digits("id 1"))
    assert allocate(store, let_in(store, "after a gap"), CELLS[:1]).place == 4
    people.withdraw(store, digits("id after a gap"))
    assert allocate(store, let_in(store, "after the last left"), CELLS[:1]).place == 4


def test_limits_hold(store: Store) -> None:
    of_each = Limits(lapse=LAPSE, n_per_situation=2)
    found = [allocate(store, let_in(store, label), TWO, of_each) for label in range(5)]
    assert [one if isinstance(one, str) else one.place for one in found[2:]] == [1, 1, "full"]
    assert rows(store, "participant")[-1]["situation"] is None
    in_all = Limits(lapse=LAPSE, n=5)
    assert isinstance(allocate(store, let_in(store, "fifth"), CELLS, in_all), Person)
    assert allocate(store, let_in(store, "sixth"), CELLS, in_all) == "full"
    assert isinstance(allocate(store, digits("id sixth"), CELLS, Limits(lapse=LAPSE, n=6)), Person)


def test_quotas_hold_for_those_who_gave_the_answer(store: Store) -> None:
    limits = Limits(lapse=LAPSE, quotas=(("gender", "woman", 2), ("age", "34", 1)))
    assert isinstance(allocate(store, who_answered(store, 1, gender="woman", age=20), CELLS, limits), Person)
    assert isinstance(allocate(store, who_answered(store, 2, gender="man", age=34), CELLS, limits), Person)
    assert allocate(store, who_answered(store, 3, gender="woman", age=34), CELLS, limits) == "quota"
    assert isinstance(allocate(store, who_answered(store, 4, gender="woman", age=21), CELLS, limits), Person)
    assert allocate(store, who_answered(store, 5, gender="woman", age=22), CELLS, limits) == "quota"
    assert isinstance(allocate(store, who_answered(store, 6, gender="man"), CELLS, limits), Person)
    assert isinstance(allocate(store, let_in(store, "no answers"), CELLS, limits), Person)
    full = Limits(lapse=LAPSE, n=1, quotas=limits.quotas)
    assert allocate(store, digits("id 5"), CELLS, full) == "full"
    people.withdraw(store, digits("id 4"))
    assert isinstance(allocate(store, digits("id 5"), CELLS, limits), Person)


def test_sixty_at_once_from_six_processes_are_balanced(store: Store) -> None:
    everyone = [let_in(store, label).id for label in range(60)]
    where = store.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(6, mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(allocate_all, [where] * 6, [everyone[number::6] for number in range(6)])) == 60
    found = places(store)
    assert sorted(Counter(cell for cell, _ in found).values()) == [8, 8, 8, 9, 9, 9, 9]
    assert len(set(found)) == 60
    assert {place for _, place in found} == set(range(9))


@pytest.mark.parametrize(
    ("limits", "n"),
    [
        (Limits(lapse=LAPSE, n=10), 10),
        (Limits(lapse=LAPSE, n_per_situation=2), 14),
        (Limits(lapse=LAPSE, quotas=(("gender", "woman", 9),)), 9),
    ],
)
def test_limits_hold_when_all_come_at_once(store: Store, limits: Limits, n: int) -> None:
    everyone = [who_answered(store, label, gender="woman") for label in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: allocate(store, one, CELLS, limits), everyone))
    assert sum(isinstance(one, Person) for one in found) == n
    assert len(set(places(store))) == len(places(store)) == n


def test_one_who_asks_many_times_at_once_gets_one(store: Store) -> None:
    one = let_in(store)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: allocate(store, one), range(8)))
    assert len({each.situation for each in found}) == 1
    assert [each.place for each in found] == [0] * 8


def test_balance_holds_under_drop_out(store: Store) -> None:
    """Every third leaves in silence; those who come after the reservations lapsed fill what they left."""

    def comes(number: int, now: float, *, stays: bool) -> None:
        one = allocate(store, let_in(store, number, now=now), now=now)
        if stays:
            people.submit(store, one.id, sheet(one, "after-1", "complete"), now=now)

    for number in range(42):
        comes(number, NOW + number * LAPSE / 10, stays=number % 3 != 0)
    for number in range(42, 56):
        comes(number, NOW + 100 * LAPSE, stays=True)
    done = Counter(row["situation"] for row in rows(store, "participant") if row["outcome"] == "complete")
    assert done == dict.fromkeys(CELLS, 6)


def test_the_whole_way_is_counted(store: Store) -> None:
    one = go_through(store, "one")
    assert allocate(store, let_in(store, "two"), [str(one.situation)], Limits(lapse=0, n_per_situation=1)) == "full"
    assert people.is_full(store, STUDY, Limits(lapse=0, n=1), now=NOW + 10**9)
