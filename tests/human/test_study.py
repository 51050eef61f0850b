"""A study for people: its languages, what people are put, and what makes it the study that it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emotionbench.documents import content_hash
from emotionbench.errors import StudyError
from emotionbench.human.study import ASKED, HumanStudy
from emotionbench.materials import catalogue
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import Study, spec_of
from emotionbench.study_materials import materials_of, study_hash
from emotionbench.survey import Survey
from emotionbench.ways import LANGUAGES
from survey_studies import english, human, in_languages, read

OWN = {"id": "sleep", "text": "Hours of sleep?", "kind": "number", "lowest": 0, "highest": 24}
OTHER_SUPPORT = [{"name": "Another", "reach": "112"}]


def small(**changes: Any) -> HumanStudy:
    """The survey around the small materials: two instruments, four situations and their counterparts."""
    given: dict[str, Any] = {
        "instruments": ["MOOD-6", "PANAS"],
        "situations": "tiny",
        "situations_per_factor": None,
        **changes,
    }
    return human(english(**given))


def ids(study: HumanStudy, language: str = "en") -> list[str]:
    return [situation.id for situation in study.editions[language].situations.values()]


# languages


def test_a_survey_in_one_language_needs_no_form() -> None:
    study = human(english())
    (edition,) = study.editions.values()
    assert (edition.language, edition.form, edition.pages) == ("en", None, catalogue.pages("en"))
    assert [instrument.id for instrument, _ in edition.put] == ["PANAS"]
    assert ids(study) == [f"{emotion}-{n}-1" for emotion, n in EMOTIONS]
    assert study.name == "feelings"


EMOTIONS = [("anger", n) for n in range(1, 6)] + [("fear", n) for n in range(1, 6)]


def test_each_language_has_its_form_its_pages_and_its_texts() -> None:
    study = human(in_languages("ja", "en", "ar"))
    assert list(study.editions) == ["ja", "en", "ar"]
    for language, edition in study.editions.items():
        assert edition.form is not None
        assert edition.form.model_dump(exclude_none=True) == {"language": language}
        assert edition.language == edition.pages.language == language
        assert {instrument.language for instrument, _ in edition.put} == {language}
        assert {situation.language for situation in edition.situations.values()} == {language}
        assert ids(study, language) == ids(study, "en")
        assert edition.hash_of(edition.form) == content_hash(edition.form)
        assert edition.hash_of(edition.pages) == content_hash(edition.pages)


def test_one_language_that_is_named_is_a_form_too() -> None:
    (edition,) = human(in_languages("de")).editions.values()
    assert edition.form is not None
    assert (edition.language, edition.form.language) == ("de", "de")


def test_the_languages_that_models_are_asked_in_are_those_of_people_unless_the_survey_names_its_own() -> None:
    texts = in_languages("en", "de", languages=None, ways={"language": ["en", "de"]})
    assert sorted(human(texts).editions) == ["de", "en"]
    fewer = in_languages("en", "de", languages=["de"], ways={"language": ["en", "de"]})
    assert list(human(fewer).editions) == ["de"]


def test_an_instrument_in_another_language_brings_its_language_along() -> None:
    (edition,) = human(in_languages("de", languages=None, instruments=["PANAS-de"])).editions.values()
    assert (edition.language, edition.form) == ("de", None)
    assert {situation.language for situation in edition.situations.values()} == {"de"}


def test_instruments_of_two_languages_are_put_in_the_one_that_the_survey_names() -> None:
    mixed = {"instruments": ["PANAS", "ECL-8-de"]}
    with pytest.raises(StudyError) as caught:
        human(english(**mixed))
    assert str(caught.value) == (
        "instruments: instruments are in en and de; name the language that all are to be in: survey: {languages: [en]}"
    )
    (edition,) = human(english(**mixed, languages=["en"])).editions.values()
    assert [instrument.id for instrument, _ in edition.put] == ["PANAS", "ECL-8"]


# what is put


def test_an_instrument_is_put_around_the_situations_of_its_emotions_alone(small_home: Path) -> None:
    edition = small(evoked_by={"PANAS": ["fear"]}).editions["en"]
    around = {
        situation.id: [instrument.id for instrument in edition.instruments(key)]
        for key, situation in edition.situations.items()
    }
    assert around == {
        "anger-1-1": ["MOOD-6"], "anger-1-2": ["MOOD-6"], "anger-2-1": ["MOOD-6"], "fear-1-1": ["MOOD-6", "PANAS"]
    }  # fmt: skip
    assert {key: content_hash(situation) for key, situation in edition.situations.items()} == {
        key: key for key in edition.situations
    }


def test_documents_are_all_that_people_are_put_each_once() -> None:
    study = human(in_languages("en", "ja", instruments=["PANAS", "ECL-8"]))
    found = [content_hash(document) for document in study.documents]
    # in each language two instruments, ten situations, pages, a form; and the pleasant counterparts, in English alone
    assert len(set(found)) == len(found) == 2 * (2 + 10 + 1 + 1) + 10
    for edition in study.editions.values():
        expected = {content_hash(edition.pages), content_hash(edition.form), *edition.situations}
        expected |= {content_hash(instrument) for instrument, _ in edition.put}
        assert expected <= set(found)


def test_a_pleasant_scene_is_the_positive_counterpart_where_there_is_one(small_home: Path) -> None:
    study = small()
    scenes = {
        situation.id: study.pleasant_scene("en", key) for key, situation in study.editions["en"].situations.items()
    }
    own = catalogue.pages("en").pleasant_scene
    assert scenes == {
        "anger-1-1": "Someone lets you go in front.", "anger-1-2": own, "anger-2-1": own, "fear-1-1": own
    }  # fmt: skip


def test_a_pleasant_scene_is_in_the_language_of_the_person() -> None:
    study = human(in_languages("en", "ar"))
    for language, edition in study.editions.items():
        for key, situation in edition.situations.items():
            scene = study.pleasant_scene(language, key)
            assert scene != situation.text
            assert (scene == edition.pages.pleasant_scene) == (language == "ar")


def test_all_languages_are_those_that_the_pages_have() -> None:
    text = english(languages=["all"], demographics=[], screening=None)
    assert sorted(human(text).editions) == sorted(LANGUAGES)


def test_all_people_are_one_respondent() -> None:
    study = human(english())
    assert study.respondent == Respondent.of(RespondentKind.HUMAN, "people of feelings", {"survey": study.hash})


# what makes it the study that it is


@pytest.mark.parametrize(
    "collection",
    [
        {"n": 401},
        {"n": None},
        {"n_per_situation": 9},
        {"quotas": [{"question": "gender", "value": "woman", "n": 200}]},
        {"closes": "2031-05-01"},
        {"links": "single-use"},
        {"panel": "prolific"},
        {"completion": {"complete": {"code": "ABC", "redirect": "https://example.org/done"}}},
        {"reservation_minutes": 5},
        {"retention_days": 30},
        {"then": "delete"},
    ],
)
def test_how_collecting_goes_about_leaves_the_study_what_it_is(collection: dict[str, Any]) -> None:
    own, changed = human(english()), human(english(collection=collection))
    assert changed.survey.collection != own.survey.collection
    assert (changed.hash, changed.respondent, changed.spec) == (own.hash, own.respondent, own.spec)


@pytest.mark.parametrize(
    "changes",
    [
        {"respondents": ["uniform"]},
        {"repeats": 3},
        {"design": "independent"},
        {"protocol": "plain-en"},
        {"reask": 1},
        {"recovery": True, "protocol": "plain-en"},
        {"execution": {"concurrency": 1}},
    ],
)
def test_how_models_are_asked_is_no_part_of_the_study_of_people(changes: dict[str, Any]) -> None:
    assert human(english(**changes)).hash == human(english()).hash


SURVEY_CHANGES: dict[str, Any] = {
    "title": "Another title",
    "consent": "Other words to agree to.",
    "contact": "Somebody else",
    "debriefing": "Something else",
    "support": OTHER_SUPPORT,
    "languages": ["en"],
    "demographics": ["age", "gender", "education", OWN],
    "screening": {"age": {"lowest": 21}},
    "reading_seconds": 2,
    "reflection": False,
    "attention_checks": 2,
    "positive_ending": False,
    "exclusions": {"same_answer": True},
}


@pytest.mark.parametrize("name", SURVEY_CHANGES)
def test_what_people_agree_to_and_are_judged_by_makes_another_study(name: str) -> None:
    own, changed = human(english()), human(english(**{name: SURVEY_CHANGES[name]}))
    assert changed.hash != own.hash
    assert changed.respondent.id != own.respondent.id


def test_no_part_of_the_survey_was_forgotten_above() -> None:
    assert set(SURVEY_CHANGES) == set(Survey.model_fields) - {"collection"}


@pytest.mark.parametrize(
    "exclusions",
    [
        {"failed_checks": None},
        {"seconds_an_item": 0.7},
        {"missing_items": 3},
        {"reading_seconds": 2.5},
        {"reflection_words": 3},
    ],
)
def test_every_rule_of_exclusion_is_part_of_the_study(exclusions: dict[str, Any]) -> None:
    assert human(english(exclusions=exclusions)).hash != human(english()).hash


STUDY_CHANGES: dict[str, Any] = {
    "name": "others",
    "instruments": ["PANAS", "ECL-8"],
    "situations": "tiny",
    "emotions": ["anger"],
    "factors": ["anger-1", "fear-1"],
    "kinds": ["evoking", "neutral"],
    "situations_per_factor": 2,
    "seed": 8,
    "evoked_by": {"PANAS": ["fear"]},
}


@pytest.mark.parametrize("name", STUDY_CHANGES)
def test_what_people_are_put_makes_another_study(name: str, small_home: Path) -> None:
    assert human(english(**{name: STUDY_CHANGES[name]})).hash != human(english()).hash


def test_no_part_of_what_people_are_put_was_forgotten_above() -> None:
    assert set(STUDY_CHANGES) == set(ASKED)
    about_models = {"respondents", "repeats", "baseline_repeats", "design", "protocol", "reask", "ways", "recovery"}
    assert set(Study.model_fields) - set(ASKED) == about_models | {"execution", "survey"}


def test_other_words_on_the_pages_make_another_study(small_home: Path) -> None:
    own = human(english())
    text = (catalogue.SHIPPED / "pages" / "en.yaml").read_text(encoding="utf-8")
    assert text.count("go_on: Continue") == 1
    path = small_home / "pages" / "en.yaml"
    path.parent.mkdir()
    path.write_text(text.replace("go_on: Continue", "go_on: Next"), encoding="utf-8")
    assert human(english()).hash != own.hash


def test_the_spec_holds_what_is_asked_and_nothing_of_how_people_are_found() -> None:
    study = human(english(evoked_by={"PANAS": ["fear"]}, collection={"closes": "2031-05-01"}))
    assert study.spec.keys() == {*ASKED, "survey", "materials"}
    assert study.spec["survey"].keys() == set(Survey.model_fields) - {"collection"}
    assert study.spec["seed"] == 7
    assert study.spec["survey"]["exclusions"]["failed_checks"] == 1


def test_a_study_of_models_stays_what_it_is_when_a_survey_is_added() -> None:
    with_people = read(english(repeats=2, protocol="standard"))
    alone = with_people.model_copy(update={"survey": None})
    assert with_people.survey is not None
    assert spec_of(with_people) == spec_of(alone)
    assert "survey" not in spec_of(with_people)
    assert study_hash(with_people, materials_of(with_people)) == study_hash(alone, materials_of(alone))

    def planned(study: Study) -> list[str]:
        plan = Plan(study, materials_of(study), (Respondent.of(RespondentKind.SYNTHETIC, "lexicon", {}),))
        return [administration.id for session in plan for administration in session]

    assert len(planned(alone)) == 2 * 2 * 10
    assert planned(with_people) == planned(alone)


PRINT = """
from survey_studies import in_languages, human
study = human(in_languages("en", "ar", "ja", instruments=["PANAS", "ECL-8"]))
print(study.hash, study.respondent.id)
print(*(one for edition in study.editions.values() for one in edition.situations))
"""


def test_a_fresh_process_with_another_hash_seed_finds_the_same_study() -> None:
    def printed(seed: str) -> str:
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", PRINT]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    study = human(in_languages("en", "ar", "ja", instruments=["PANAS", "ECL-8"]))
    first = printed("1")
    assert first.splitlines()[0] == f"{study.hash} {study.respondent.id}"
    assert len(first.splitlines()[1].split()) == 30
    assert printed("4242") == first
