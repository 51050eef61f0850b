"""The table of people says in words who was left out by which declared limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emotionbench.comparisons.participation import Exclusion, Participation
from emotionbench.reports.people_table import (
    ONCE,
    WITHDRAWN_NOTE,
    people_notes,
    people_page_table,
    people_sentences,
    people_tables,
    words_of,
)

US = Participation(
    respondent="people of us",
    study="us",
    n_consented=1_212,
    n_finished=1_201,
    departures={"withdrawn": 4, "retention": 1},
    exclusions=(Exclusion("unfinished", None, 6), Exclusion("failed_checks", 2, 1), Exclusion("same_answer", None, 0)),
    n_kept=1_200,
)


def test_rows_go_from_who_consented_to_who_is_compared() -> None:
    (table,) = people_tables([US])
    assert table.title == "Who took part: people of us"
    assert table.rows == (
        ("consented", "1,212"),
        ("– withdrew", "4"),
        ("– deleted at the end of retention", "1"),
        ("– did not finish", "6"),
        ("came to an end", "1,201"),
        ("– failed 2 or more attention checks", "1"),
        ("– one answer to all items of a sheet", "0"),
        ("compared", "1,200"),
    )
    assert table.ruled == {7}


def test_notes_stand_once() -> None:
    assert people_notes([US, US]) == (ONCE, WITHDRAWN_NOTE)
    nobody = replace(US, departures={"withdrawn": 0})
    assert people_notes([nobody]) == (ONCE,)
    assert people_notes([]) == ()


def test_tables_of_two_studies_have_names_of_their_own() -> None:
    other = replace(US, respondent="people of them")
    assert [people_page_table(one).name for one in (US, other)] == ["people-people-of-us", "people-people-of-them"]


@pytest.mark.parametrize(
    ("reason", "limit", "words"),
    [
        ("screened_out", None, "screened out"),
        ("full", None, "found every place taken"),
        ("failed_checks", 1, "failed an attention check"),
        ("failed_checks", 3, "failed 3 or more attention checks"),
        ("failed_checks", None, "failed an attention check"),
        ("too_fast", 0.7, "a sheet faster than 0.7 s an item"),
        ("missing_items", 1, "left out an item"),
        ("missing_items", 5, "left out 5 or more items"),
        ("read_too_fast", 5.0, "left the situation before 5 s"),
        ("no_reflection", 1, "did not tell the situation"),
        ("no_reflection", 4, "told it in fewer than 4 words"),
        ("of_tomorrow", None, "of tomorrow"),
    ],
)
def test_reasons_in_words(reason: str, limit: float | None, words: str) -> None:
    assert words_of(Exclusion(reason, limit, 1)) == words


def test_the_same_in_a_sentence() -> None:
    (words,) = people_sentences([US])
    assert words == (
        "Of 1,212 people who consented (people of us) 1,200 are compared, not among them: 6 did not finish; 1 failed 2"
        " or more attention checks; 4 withdrew; 1 deleted at the end of retention."
    )
    everybody = replace(US, n_consented=5, n_kept=5, departures={"withdrawn": 0}, exclusions=())
    assert list(people_sentences([everybody])) == ["Of 5 people who consented (people of us) 5 are compared."]
