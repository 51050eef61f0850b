"""What people cannot be put is refused before anybody is asked, with what could be put instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import EmotionBenchError, MaterialError, StudyError
from emotionbench.human.study import human_study
from emotionbench.materials import catalogue
from survey_studies import english, human, in_languages, read

OTHER_SUPPORT = [{"name": "Another", "reach": "112"}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"situations": "none", "design": None},
            "situations: people imagine a situation; name a set, such as everyday",
        ),
        (
            {"ways": {"template": ["plain", "brief"], "language": ["en"], "item_order": ["given"]}, "protocol": None},
            "ways: varies item_order, template, and people are asked in one way;"
            " keep what varies the asking of models in a study of its own",
        ),
        (
            {"demographics": ["age", "gendr"]},
            "survey → demographics: unknown question 'gendr'; known: age, gender, education, country;"
            " or write out a question of your own",
        ),
        (
            {"screening": {"gender": ["woman", "wman"]}},
            "survey: 'wman' is no answer to 'gender'; answers: another, man, woman",
        ),
        (
            {"screening": {"gender": {"lowest": 18}}},
            "survey → screening → gender: does not fit the question; name values: another, man, woman",
        ),
        (
            {"screening": {"age": ["18"]}},
            "survey → screening → age: does not fit the question; give lowest or highest",
        ),
        (
            {"collection": {"quotas": [{"question": "education", "value": "phd", "n": 9}]}},
            "survey: 'phd' is no answer to 'education'; answers: bachelor, graduate, primary, secondary, vocational",
        ),
        (
            {
                "demographics": ["age", {"id": "pet", "text": "?", "options": [{"value": "cat", "text": "Cat"}]}],
                "screening": {"pet": ["dog"]},
            },
            "survey: 'dog' is no answer to 'pet'; answers: cat",
        ),
        (
            {"languages": ["en", "nl"]},
            "situations 'everyday' have no texts in language 'nl'; they have: en, ar, de, es, fr, it, ja, ko, ru, zh",
        ),
        (
            {"languages": ["en", "de"], "kinds": ["evoking", "neutral"]},
            "situations 'everyday': no situation of kind neutral stands in every language asked in;"
            " leave out these kinds, or ask in fewer languages",
        ),
        (
            {"instruments": ["PANAS"], "evoked_by": {"PANAS": ["guilt"]}},
            "evoked_by: no instrument is put after situations of anger, fear; choose other emotions or instruments",
        ),
    ],
)
def test_what_people_cannot_be_put_is_refused_with_what_can(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EmotionBenchError) as caught:
        human(english(**changes))
    assert str(caught.value) == message


def test_a_study_without_a_survey_is_no_study_of_people() -> None:
    with pytest.raises(StudyError, match=r"^survey: has no survey, which says what people are asked; see docs/"):
        human_study(read(english()).model_copy(update={"survey": None}))


def test_pages_must_be_there_in_the_language(small_home: Path) -> None:
    folder = small_home / "instruments"
    german = (catalogue.SHIPPED / "instruments" / "PANAS-de.yaml").read_text(encoding="utf-8")
    dutch = german.replace("id: PANAS-de", "id: PANAS-nl").replace("language: de", "language: nl")
    (folder / "PANAS-nl.yaml").write_text(dutch, encoding="utf-8")
    tiny = (small_home / "situations" / "tiny" / "anger.yaml").read_text(encoding="utf-8")
    (small_home / "situations" / "tiny" / "nl").mkdir()
    translated = tiny.replace("language: en", "language: nl")
    (small_home / "situations" / "tiny" / "nl" / "anger.yaml").write_text(translated, encoding="utf-8")
    with pytest.raises(MaterialError, match=r"^the pages of the survey have no words in 'nl'; they have: ar, de, "):
        human(english(situations="tiny", emotions=["anger"], languages=["nl"]))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": {"ja": None}}, "title"),
        ({"consent": {"ja": None}}, "consent"),
        ({"contact": {"ja": None}}, "contact"),
        ({"debriefing": {"ja": None}}, "debriefing"),
        (
            {"support": [{"name": "All", "reach": "1"}, {"name": {"en": "One"}, "reach": "2"}]},
            "support → entry 2 → name",
        ),
        (
            {"demographics": ["age", {"id": "pet", "text": {"en": "Pet?"}, "kind": "text"}]},
            "demographics → pet",
        ),
        (
            {
                "demographics": [
                    "age",
                    {"id": "pet", "text": "?", "options": [{"value": "cat", "text": {"en": "Cat"}}]},
                ]
            },
            "demographics → pet → cat",
        ),
    ],
)
def test_a_text_that_is_not_there_in_a_language_is_named_by_its_place(changes: dict[str, Any], place: str) -> None:
    assert human(in_languages("en", "ja"))
    with pytest.raises(StudyError) as caught:
        human(in_languages("en", "ja", **changes))
    assert str(caught.value) == f"survey → {place}: has no text in 'ja'; add ja: … to it"


def test_one_text_for_all_languages_will_do() -> None:
    study = human(in_languages("en", "ja", title="Feelings", support=OTHER_SUPPORT))
    assert list(study.editions) == ["en", "ja"]
