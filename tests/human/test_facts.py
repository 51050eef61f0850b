"""What exclusion rules judge by is what the pages of a person say."""

from __future__ import annotations

from typing import Any

import pytest

from emotionbench.human.facts import excluded, n_words, person_facts
from emotionbench.survey import Exclusions, PersonFacts


def sheet(seconds: float = 40.0, **content: Any) -> tuple[float, dict[str, Any]]:
    usual = {"n_items": 20, "n_missing": 0, "n_checks": 1, "n_failed_checks": 0, "same_answer": False}
    return seconds, {**usual, **content}


def pages(**changes: tuple[float, dict[str, Any]]) -> dict[str, tuple[float, dict[str, Any]]]:
    """A whole session of two instruments; ``changes`` by page, with ``_`` for ``-``."""
    usual = {
        "about": (9.0, {"answers": {"age": 30}}),
        "after-2": sheet(16.0, n_items=8),
        "after-1": sheet(60.0),
        "before-1": sheet(),
        "before-2": sheet(8.0, n_items=8),
        "situation": (31.5, {"reflection": "Somebody took my seat."}),
        "end": (3.0, {"choice": "finish"}),
    }
    return {**usual, **{page.replace("_", "-"): sent for page, sent in changes.items()}}


def test_the_facts_of_a_whole_session_come_in_the_order_of_its_sheets() -> None:
    found = person_facts("complete", pages(after_1=sheet(60.0, n_missing=2, n_failed_checks=1, same_answer=True)))
    assert found == PersonFacts(
        outcome="complete",
        n_failed_checks=1,
        seconds_an_item=(2.0, 1.0, 3.0, 2.0),
        same_answers=(False, False, True, False),
        n_missing=2,
        reading_seconds=31.5,
        n_words=4,
    )


def test_counts_add_up_over_sheets() -> None:
    of_one = sheet(n_missing=2, n_failed_checks=1)
    found = person_facts("complete", pages(before_1=of_one, after_1=of_one))
    assert (found.n_missing, found.n_failed_checks) == (4, 2)


def test_ten_sheets_come_by_number_and_not_by_letter() -> None:
    sent = {f"before-{number}": sheet(20.0 * number) for number in (10, 2, 1)}
    assert person_facts(None, sent).seconds_an_item == (1.0, 2.0, 10.0)


def test_what_was_not_reached_is_not_there() -> None:
    assert person_facts(None, {}) == PersonFacts(outcome=None)
    found = person_facts(None, {"about": (9.0, {"answers": {}}), "before-1": sheet()})
    assert (found.reading_seconds, found.n_words, found.seconds_an_item) == (None, None, (2.0,))


@pytest.mark.parametrize(
    ("content", "n"),
    [({"reflection": ""}, 0), ({}, None), ({"n_words": 12}, 12), ({"reflection": "two words", "n_words": 9}, 2)],
)
def test_a_deleted_account_is_known_by_its_number_of_words(content: dict[str, Any], n: int | None) -> None:
    assert person_facts("complete", {"situation": (5.0, content)}).n_words == n


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        ("  …!? — ", 0),
        ("I didn't see the mother-in-law, twice.", 6),
        ("Il l’a prise à 5 h 30", 7),
        ("席を取られました", 8),
        ("他抢了我的座位 again", 8),
        ("سرق أحدهم مقعدي", 3),
    ],
)
def test_words_are_counted_in_every_writing(text: str, n: int) -> None:
    assert n_words(text) == n


@pytest.mark.parametrize(
    ("rules", "changes", "reason"),
    [
        ({}, {}, None),
        ({"failed_checks": 1}, {"after_1": sheet(n_failed_checks=1)}, "failed_checks"),
        ({"failed_checks": 2}, {"after_1": sheet(n_failed_checks=1)}, None),
        ({"seconds_an_item": 0.7}, {"before_2": sheet(5.5, n_items=8)}, "too_fast"),
        ({"seconds_an_item": 0.7}, {"before_2": sheet(5.6, n_items=8)}, None),
        ({"same_answer": True}, {"after_2": sheet(same_answer=True)}, "same_answer"),
        ({"missing_items": 3}, {"after_2": sheet(n_missing=2), "before_1": sheet(n_missing=1)}, "missing_items"),
        ({"reading_seconds": 5}, {"situation": (4.9, {})}, "read_too_fast"),
        ({"reflection_words": 5}, {}, "no_reflection"),
        ({"reflection_words": 4}, {}, None),
        ({"reflection_words": 1}, {"situation": (20.0, {})}, "no_reflection"),
    ],
)
def test_each_rule_leaves_out_whom_it_names(rules: dict[str, Any], changes: dict[str, Any], reason: str | None) -> None:
    assert excluded(Exclusions(**rules), "complete", pages(**changes)) == reason


def test_who_did_not_finish_needs_no_rule() -> None:
    assert excluded(Exclusions(), None, pages()) == "unfinished"
    assert excluded(Exclusions(), "screened_out", {"about": (9.0, {"answers": {"age": 3}})}) == "screened_out"
    assert excluded(Exclusions(failed_checks=1), "failed_checks", pages(after_1=sheet(n_failed_checks=1))) == (
        "failed_checks"
    )
