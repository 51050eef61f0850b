from __future__ import annotations

import pytest

from emotionbench.reports.survey_codebook import (
    answer_variables,
    people_variables,
    scoring,
    scoring_in_words,
    seconds_name,
)
from emotionbench.reports.survey_frames import survey_frames
from emotionbench.reports.survey_records import SurveyRecords, read_survey
from small_materials import INSTRUMENT, changed, instrument
from survey_people import Visitor, opened, study_of, take_part

OWN_LABELS = changed(
    changed(INSTRUMENT, "  - Heavy\n", "  - {text: Heavy, labels: {1: light, 4: heavy}}\n"),
    "  - Quick\n",
    "  - {text: Quick, labels: {1: light, 4: heavy}}\n",
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> SurveyRecords:
    """People in two languages."""
    asked = ["gender", {"id": "why", "text": {"en": "Why |\n now?", "de": "Warum jetzt?"}, "kind": "text"}, "age"]
    study = study_of(languages=["en", "de"], demographics=asked)
    with opened(tmp_path_factory.mktemp("codebook") / "s.db", study) as store:
        take_part(store, study, Visitor("a"))
        take_part(store, study, Visitor("b", language="de"))
        return read_survey(store)


def values(records: SurveyRecords, name: str) -> str:
    return next(v.values for one in survey_frames(records) for v in one.variables if v.name == name)


def meaning(records: SurveyRecords, name: str) -> str:
    return next(v.meaning for one in survey_frames(records) for v in one.variables if v.name == name)


def test_response_labels_stand_in_every_language(records: SurveyRecords) -> None:
    labels = values(records, "value")
    assert "PANAS: 1 = very slightly or not at all, 2 = a little," in labels
    german = next(one for one in records.instruments if one.language == "de")
    assert f"PANAS-de: 1 = {german.response_scale.labels[1]}, 2 = " in labels


def test_options_stand_in_the_words_that_people_read(records: SurveyRecords) -> None:
    assert values(records, "gender").startswith("woman = Woman / Frau; man = Man / Mann; ")
    assert meaning(records, "gender").startswith("“What is your gender? / ")
    assert meaning(records, "why").startswith("“Why | now? / Warum jetzt?”, in the person's own words")
    assert "apostrophe" in meaning(records, "why")
    assert "apostrophe" not in meaning(records, "gender")
    assert values(records, "language") == "en, de"


def test_labels_of_single_items_are_told_by_item(records: SurveyRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    own = instrument(OWN_LABELS)
    monkeypatch.setitem(records.__dict__, "instruments", (own,))
    labels = next(v.values for v in answer_variables(records) if v.name == "value")
    assert labels == "MOOD-6: 1 = no, 2, 3, 4 = yes; MOOD-6 item 2, 3: 1 = light, 4 = heavy"
    every = own.model_copy(update={"items": tuple(own.items[1:3]), "subscales": {}})
    monkeypatch.setitem(records.__dict__, "instruments", (every,))
    labels = next(v.values for v in answer_variables(records) if v.name == "value")
    assert labels == "MOOD-6 item 1, 2: 1 = light, 4 = heavy"


def test_a_name_means_one_thing_in_all_files(records: SurveyRecords) -> None:
    found: dict[str, str] = {}
    for one in survey_frames(records):
        for variable in one.variables:
            assert found.setdefault(variable.name, repr(variable)) == repr(variable)


def test_every_page_has_its_own_words(records: SurveyRecords) -> None:
    pages = ["about", "before-1", "before-2", "situation", "after-1", "end", "pleasant"]
    told = {v.name: v.meaning for v in people_variables(records, {}, pages) if v.name.startswith("seconds_")}
    assert list(told) == [seconds_name(page) for page in pages]
    assert len(set(told.values())) == len(pages)
    assert "questionnaire 2 before the situation" in told["seconds_before_2"]


def test_scoring_holds_all_it_takes() -> None:
    small = instrument()
    found = scoring([small])["MOOD-6"]
    assert found["validated"] is False
    assert found["subscales"] == {
        "up": {"name": "Up", "items": [1, 3, 4, 5], "reverse": [4]},
        "down": {"name": "Down", "items": [2, 6], "reverse": []},
    }
    assert list(scoring_in_words(small)) == [
        "MOOD-6: sum of a subscale's items; all items valid; reversed items count 5 − value",
        "MOOD-6, up (Up): items 1, 3, 4, 5; reversed: 4",
        "MOOD-6, down (Down): items 2, 6",
    ]
    doubled = small.model_copy(update={"score": small.score.model_copy(update={"multiply": 2, "min_valid": 2})})
    assert next(scoring_in_words(doubled)) == (
        "MOOD-6: sum of a subscale's items, times 2; from 2 valid items on, prorated; reversed items count 5 − value"
    )


def test_every_column_has_a_meaning_and_a_type(records: SurveyRecords) -> None:
    for one in survey_frames(records):
        assert [variable.name for variable in one.variables] == one.frame.columns
        assert all(variable.meaning and variable.type for variable in one.variables)
