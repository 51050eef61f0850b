from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import StoreError
from emotionbench.reports.survey_records import chosen, read_codes, read_survey
from emotionbench.store import Store, schema
from emotionbench.store.people_export import Served
from survey_people import Visitor, opened, study_of, take_part


def served(name: str, start: str) -> Served:
    return Served(start + "0" * 60, name, {}, "0", 3, {})


def test_the_one_survey_is_found_without_a_word() -> None:
    only = served("one", "abcd")
    assert chosen([only], None, "s.db") is only


def test_among_several_a_name_or_the_beginning_of_a_hash_decides() -> None:
    first, second, third = served("one", "abcd"), served("two", "abef"), served("two", "ffff")
    studies = [first, second, third]
    assert chosen(studies, "one", "s.db") is first
    assert chosen(studies, "ABE", "s.db") is second
    with pytest.raises(StoreError, match=r"several surveys; choose with --study one of: one \(abcd"):
        chosen(studies, None, "s.db")
    with pytest.raises(StoreError, match=r"several surveys are called 'two'.*two \(abef00000000\), two \(ffff"):
        chosen(studies, "two", "s.db")
    with pytest.raises(StoreError, match=r"no survey 'three'; choose with --study one of: one"):
        chosen(studies, "three", "s.db")
    with pytest.raises(StoreError, match="nobody has taken part"):
        chosen([], None, "s.db")


def test_questions_come_in_the_words_that_people_read(tmp_path: Path) -> None:
    own: list[Any] = [
        "gender",
        "age",
        "country",
        {
            "id": "pet",
            "text": {"en": "Any pet?", "de": "Ein Haustier?"},
            "options": [
                {"value": "cat", "text": {"en": "A cat", "de": "Eine Katze"}},
                {"value": "no", "text": {"en": "None", "de": "Keines"}},
            ],
        },
        {"id": "hours", "text": "Hours of sleep", "kind": "number", "lowest": 0, "highest": 24},
    ]
    study = study_of(languages=["en", "de"], demographics=own)
    with opened(tmp_path / "s.db", study) as store:
        for label in ("a", "b"):
            take_part(store, study, Visitor(label, language="de"))
        take_part(store, study, Visitor("c"))
        found = read_survey(store)
    assert found.languages == ("en", "de")
    gender, age, country, pet, hours = found.questions
    assert (gender.kind, gender.options["woman"]["en"]) == ("choice", "Woman")
    assert gender.texts["de"] != gender.texts["en"]
    assert (age.kind, age.unit, country.kind) == ("number", "years", "text")
    assert pet.options["cat"] == {"de": "Eine Katze", "en": "A cat"}
    assert (hours.kind, hours.bounds, hours.texts) == (
        "number",
        (0, 24),
        {"de": "Hours of sleep", "en": "Hours of sleep"},
    )
    assert [one.id for one in found.instruments] == ["PANAS", "PANAS-de"]


def test_exclusions_are_the_studys_own(tmp_path: Path) -> None:
    study = study_of()
    with opened(tmp_path / "s.db", study) as store:
        sessions = {
            label: take_part(store, study, visitor).session
            for label, visitor in {
                "stays": Visitor("a"),
                "too_fast": Visitor("b", seconds=13.9),
                "failed_checks": Visitor("c", leaves_checks_out=True, outcome="failed_checks"),
                "screened_out": Visitor("d", outcome="screened_out"),
                "unfinished": Visitor("e", stops_before="situation"),
            }.items()
        }
        found = read_survey(store)
    expected = {session: None if label == "stays" else label for label, session in sessions.items()}
    assert found.reasons == expected


def test_a_survey_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    study = study_of()
    with opened(tmp_path / "s.db", study) as store:
        take_part(store, study, Visitor("a"))
        with store.writing() as connection:
            connection.execute(schema.study.update().values(spec='{"survey": {"title": 3}}'))
        with pytest.raises(StoreError, match="the survey of study 'feelings' cannot be read"):
            read_survey(store)


def test_codes_need_no_readable_survey(tmp_path: Path) -> None:
    study = study_of()
    with opened(tmp_path / "s.db", study) as store:
        take_part(store, study, Visitor("a"))
        assert read_codes(store, "feelings") == [(Visitor("a").code, "complete")]
        with pytest.raises(StoreError, match="no survey 'x'"):
            read_codes(store, "x")
    with Store(tmp_path / "empty.db") as empty, pytest.raises(StoreError, match="nobody has taken part"):
        read_codes(empty)
