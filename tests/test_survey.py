"""The survey of a study: who may take part, who is left out and why, and what does not fit together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emotionbench.errors import StudyError
from emotionbench.survey import (
    OUTCOMES,
    Eligibility,
    Exclusions,
    PersonFacts,
    Question,
    Survey,
    check_languages,
    in_language,
)
from survey_studies import FILE, english, in_languages, line_of, read


def survey(**changes: Any) -> Survey:
    found = read(english(**changes)).survey
    assert found is not None
    return found


def refusal(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        read(text)
    return str(caught.value)


# texts


def test_a_text_is_for_all_languages_or_for_each() -> None:
    assert in_language("Feelings", "ja") == "Feelings"
    assert in_language({"en": "Feelings", "ja": "気持ち"}, "ja") == "気持ち"
    assert in_language({"en": "Feelings"}, "ja") is None


def test_what_is_lacking_in_a_language_is_listed_by_its_place() -> None:
    pet = {"id": "pet", "text": {"en": "Pet?"}, "options": [{"value": "cat", "text": {"en": "Cat"}}]}
    found = read(in_languages("en", "ja", demographics=["age", pet], title="One for all")).survey
    assert found is not None
    assert found.texts_lacking("en") == []
    assert found.texts_lacking("ja") == ["demographics → pet", "demographics → pet → cat"]
    assert found.texts_lacking("ar") == [
        "consent", "contact", "debriefing", "support → entry 1 → name", "demographics → pet", "demographics → pet → cat"
    ]  # fmt: skip


def test_the_first_language_that_lacks_a_text_is_named() -> None:
    found = read(in_languages("en", "ja")).survey
    assert found is not None
    check_languages(found, ("ja", "en"))
    with pytest.raises(StudyError, match=r"^survey → title: has no text in 'de'; add de: … to it$"):
        check_languages(found, ("en", "de", "ar"))


# who may take part


@pytest.mark.parametrize(
    ("rule", "admitted", "refused"),
    [
        ({"lowest": 18}, [18, 19, 120], [17, 0, -1, None, "18", "old"]),
        ({"highest": 65}, [65, 0], [66, None, "65"]),
        ({"lowest": 18, "highest": 65}, [18, 65], [17, 66, None]),
        ({"values": ("woman", "man")}, ["woman", "man"], ["another", "Woman", "", None, 5]),
        ({"values": ("4",)}, ["4", 4], ["5", 5, None]),
    ],
)
def test_an_answer_lets_a_person_take_part_or_not(
    rule: dict[str, Any], admitted: list[Any], refused: list[Any]
) -> None:
    eligibility = Eligibility(**rule)
    assert [answer for answer in [*admitted, *refused] if eligibility.admits(answer)] == admitted


def test_a_list_of_answers_is_a_rule() -> None:
    found = survey(screening={"gender": ["woman", "another"], "age": {"lowest": 18, "highest": 65}})
    assert found.screening == {
        "gender": Eligibility(values=("woman", "another")),
        "age": Eligibility(lowest=18, highest=65),
    }


# who is left out

RULES = Exclusions(
    failed_checks=2,
    seconds_an_item=0.7,
    same_answer=True,
    missing_items=5,
    reading_seconds=4,
    reflection_words=3,
)
FINE = PersonFacts(
    outcome="complete",
    n_failed_checks=1,
    seconds_an_item=(0.7, 2.0),
    same_answers=(False, False),
    n_missing=4,
    reading_seconds=4.0,
    n_words=3,
)
FAULTS: dict[str, dict[str, Any]] = {
    "unfinished": {"outcome": None},
    "screened_out": {"outcome": "screened_out"},
    "failed_checks": {"n_failed_checks": 2},
    "too_fast": {"seconds_an_item": (5.0, 0.69)},
    "same_answer": {"same_answers": (False, True)},
    "missing_items": {"n_missing": 5},
    "read_too_fast": {"reading_seconds": 3.99},
    "no_reflection": {"n_words": 2},
}
"""Reasons in the order in which they are given, with the least that brings each about."""


@pytest.mark.parametrize("reason", FAULTS)
def test_each_rule_leaves_out_those_who_just_break_it(reason: str) -> None:
    assert RULES.reason(FINE) is None
    assert RULES.reason(replace(FINE, **FAULTS[reason])) == reason


@pytest.mark.parametrize("reason", FAULTS)
def test_the_first_of_several_reasons_is_the_one_that_counts(reason: str) -> None:
    reasons = list(FAULTS)
    later: dict[str, Any] = {}
    for one in reversed(reasons[reasons.index(reason) :]):
        later |= FAULTS[one]
    if reason != "unfinished":
        later.setdefault("outcome", "complete")
    assert RULES.reason(replace(FINE, **later)) == reason


@pytest.mark.parametrize("reason", FAULTS)
def test_without_rules_only_those_who_did_not_finish_or_were_screened_out_are_left_out(reason: str) -> None:
    needs_no_rule = reason in ("unfinished", "screened_out")
    assert Exclusions().reason(replace(FINE, **FAULTS[reason])) == (reason if needs_no_rule else None)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"failed_checks": 2}, "failed_checks"),
        ({"seconds_an_item": 0.7}, "too_fast"),
        ({"same_answer": True}, "same_answer"),
        ({"missing_items": 5}, "missing_items"),
        ({"reading_seconds": 4.0}, "read_too_fast"),
        ({"reflection_words": 3}, "no_reflection"),
    ],
)
def test_each_rule_works_alone(rules: dict[str, Any], reason: str) -> None:
    broken: dict[str, Any] = {}
    for one in FAULTS.values():
        broken |= one
    broken["outcome"] = "complete"
    assert Exclusions(**rules).reason(replace(FINE, **broken)) == reason
    assert Exclusions(**rules).reason(FINE) is None


def test_what_was_asked_for_and_is_not_there_falls_short() -> None:
    assert RULES.reason(replace(FINE, n_words=None)) == "no_reflection"
    assert RULES.reason(replace(FINE, reading_seconds=None)) == "read_too_fast"
    assert RULES.reason(replace(FINE, seconds_an_item=(), same_answers=())) is None


def test_how_a_session_ended_is_judged_by_the_rules_and_not_twice() -> None:
    assert set(OUTCOMES) == {"complete", "screened_out", "full", "failed_checks"}
    assert Exclusions().reason(replace(FINE, outcome="full")) == "full"
    failed = replace(FINE, outcome="failed_checks", n_failed_checks=2)
    assert RULES.reason(failed) == "failed_checks"
    assert Exclusions().reason(failed) is None


# days


@pytest.mark.parametrize("written", ["2030-01-31", '"2030-01-31"', "'2030-01-31'"])
def test_a_day_can_be_written_with_and_without_quotes(written: str) -> None:
    text = english(collection={"closes": "DAY"})
    found = read(text.replace("DAY", written)).survey
    assert found is not None
    assert found.collection.closes == "2030-01-31"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("2030-01-31 10:00:00", "'2030-01-31T10:00:00'"),
        ("tomorrow", "'tomorrow'"),
        ('"31.1.2030"', "'31.1.2030'"),
        ('"2030-1-31"', "'2030-1-31'"),
    ],
)
def test_what_is_no_day_is_refused_with_its_line(written: str, found: str) -> None:
    text = english(collection={"closes": "DAY"}).replace("DAY", written)
    message = refusal(text)
    assert message.startswith(f"{FILE}:{line_of(text, 'closes:')}: survey → collection → closes: ")
    assert message.endswith(f"(found {found})")


# what does not fit


CAT = {"value": "cat", "text": "Cat"}


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"demographics": ["age", "gender", "age"]}, "- age", "demographics: 'age' is asked twice"),
        (
            {"demographics": ["age", {"id": "age", "text": "?", "kind": "text"}]},
            "- id: age",
            "demographics: 'age' is asked twice",
        ),
        (
            {"screening": {"sleep": {"lowest": 1}}},
            "sleep:",
            "screening: 'sleep' is not asked; add it to demographics",
        ),
        (
            {"collection": {"quotas": [{"question": "sleep", "value": "8", "n": 1}]}},
            "- question: sleep",
            "quotas: 'sleep' is not asked; add it to demographics",
        ),
        (
            {"attention_checks": 1, "exclusions": {"failed_checks": 2}},
            "failed_checks: 2",
            "exclusions: failed_checks 2, but attention_checks is 1",
        ),
        (
            {"attention_checks": 0},
            "failed_checks: 1",
            "exclusions: failed_checks 1, but attention_checks is 0",
        ),
        (
            {"reflection": False, "exclusions": {"reflection_words": 3}},
            "reflection_words: 3",
            "exclusions: reflection_words needs reflection: true",
        ),
        ({"attention_checks": 11}, "attention_checks:", "survey → attention_checks: Input should be less than "),
        ({"reading_seconds": -1}, "reading_seconds:", "survey → reading_seconds: Input should be greater than "),
        (
            {"exclusions": {"failed_checks": 0}},
            "failed_checks:",
            "survey → exclusions → failed_checks: Input should be ",
        ),
        ({"exclusions": {"seconds": 1}}, "seconds:", "survey → exclusions → seconds: unknown key"),
        ({"title": None}, "survey:", "survey → title: missing; add it"),
        ({"support": []}, "support:", "survey → support: "),
        ({"languages": []}, "languages:", "survey → languages: "),
        ({"languages": ["EN"]}, "- EN", "survey → languages → entry 1: "),
        (
            {"collection": {"completion": {"done": {"code": "A"}}}},
            "done:",
            "survey → collection → completion → done: Input should be 'complete', 'screened_out', 'full' or",
        ),
        (
            {"collection": {"completion": {"complete": {"redirect": "http://example.org"}}}},
            "redirect:",
            "survey → collection → completion → complete → redirect: ",
        ),
        (
            {"collection": {"completion": {"complete": {"code": "a b"}}}},
            "code:",
            "survey → collection → completion → complete → code: ",
        ),
        ({"collection": {"links": "closed"}}, "links:", "survey → collection → links: "),
        ({"collection": {"n": 0}}, "n: 0", "survey → collection → n: "),
        ({"collection": {"closes": "2030-02-29"}}, "closes:", "closes: there is no day 2030-02-29"),
        ({"languages": ["en", "en"]}, "languages:", "languages: 'en' stands twice"),
        (
            {"screening": {"age": {"lowest": 30, "highest": 20}}},
            "age:",
            "survey → screening → age: lowest 30 is above highest 20, which admits nobody",
        ),
        (
            {"screening": {"age": None, "gender": {"values": ["man"], "lowest": 3}}},
            "gender:",
            "survey → screening → gender: give either the values that admit, or lowest and highest of a number",
        ),
        (
            {"exclusions": {"seconds_an_item": float("inf")}},
            "seconds_an_item:",
            "survey → exclusions → seconds_an_item: ",
        ),
        ({"title": ""}, "title:", "survey → title: "),
    ],
)
def test_what_does_not_fit_names_file_line_and_fix(changes: dict[str, Any], line: str, message: str) -> None:
    text = english(**changes)
    found = refusal(text)
    # the last such line: of two that are the same the second is at fault
    number = [number for number, one in enumerate(text.splitlines(), 1) if one.strip().startswith(line)][-1]
    assert found.startswith(f"{FILE}:{number}: {message}")


def test_a_day_that_there_is_not_is_refused_without_quotes_too() -> None:
    text = english(collection={"closes": "DAY"}).replace("DAY", "2030-02-31")
    assert refusal(text).startswith(f"{FILE}: not valid YAML: day ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "options belong to a choice, and a choice needs them"),
        ({"kind": "text", "options": [CAT]}, "options belong to a choice, and a choice needs them"),
        ({"options": [CAT, CAT]}, "two options have the same value"),
        ({"kind": "number", "lowest": 1}, "a number needs lowest and highest, in this order"),
        ({"kind": "number", "lowest": 2, "highest": 2}, "a number needs lowest and highest, in this order"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"question 'pet': {message}"):
        Question(id="pet", text="?", **changes)
    assert refusal(english(demographics=["age", {"id": "pet", "text": "?", **changes}])).startswith(f"{FILE}:")


def test_questions_of_ones_own_stand_beside_the_standard_ones() -> None:
    found = survey(
        demographics=[
            "age",
            {"id": "pet", "text": "Which pet?", "options": [CAT, {"value": "dog", "text": "Dog"}]},
            {"id": "sleep", "text": "Hours?", "kind": "number", "lowest": 0, "highest": 24},
            {"id": "job", "text": "Work?", "kind": "text"},
        ]
    )
    first, *own = found.demographics
    assert first == "age"
    assert [(one.id, one.kind) for one in own if not isinstance(one, str)] == [
        ("pet", "choice"),
        ("sleep", "number"),
        ("job", "text"),
    ]


def test_a_survey_of_the_least_asks_nothing_besides() -> None:
    none = dict.fromkeys(
        ("demographics", "screening", "reading_seconds", "reflection", "attention_checks", "exclusions", "collection")
    )
    found = survey(**none)
    assert (found.demographics, found.screening, found.languages) == ((), {}, None)
    assert (found.reading_seconds, found.reflection, found.attention_checks) == (0, False, 0)
    assert found.positive_ending
    assert found.exclusions == Exclusions()
    assert (found.collection.n, found.collection.closes, found.collection.links) == (None, None, "open")
    assert (found.collection.reservation_minutes, found.collection.retention_days) == (60.0, 365)
    assert found.collection.then == "anonymise"
