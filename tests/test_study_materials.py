from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import EmotionBenchError, MaterialError, StudyError
from emotionbench.study import Study
from emotionbench.study_materials import materials_of, size_of, study_hash
from small_studies import small

pytestmark = pytest.mark.usefixtures("small_home")


def chosen(**changes: Any) -> list[str]:
    return [situation.id for situation in materials_of(small(**changes)).situations]


@pytest.mark.parametrize(
    "emotions",
    ["anger, fear", "ANGER,Fear", ["Anger", "fear"], ("fear", "anger"), " fear ,anger, ", "all", "All", None],
)
def test_emotions_come_in_any_letter_case_and_order(emotions: Any) -> None:
    assert chosen(emotions=emotions) == ["anger-1-1", "anger-1-2", "anger-2-1", "fear-1-1"]


def test_factors_and_kinds_restrict_what_is_imagined() -> None:
    assert chosen(emotions="fear") == ["fear-1-1"]
    assert chosen(factors="ANGER-2, fear-1") == ["anger-2-1", "fear-1-1"]
    assert chosen(factors="anger-2", emotions="anger") == ["anger-2-1"]
    assert chosen(kinds="neutral") == ["anger-1-1-neutral", "fear-1-1-neutral"]
    assert chosen(kinds="evoking, positive", emotions="anger", factors="anger-1") == [
        "anger-1-1",
        "anger-1-1-positive",
        "anger-1-2",
    ]


def test_so_many_situations_of_each_factor_and_kind_are_the_first_ones() -> None:
    assert chosen(situations_per_factor=1) == ["anger-1-1", "anger-2-1", "fear-1-1"]
    assert chosen(situations_per_factor=2) == ["anger-1-1", "anger-1-2", "anger-2-1", "fear-1-1"]
    assert chosen(situations_per_factor=1, kinds=["evoking", "neutral"], emotions="anger") == [
        "anger-1-1",
        "anger-1-1-neutral",
        "anger-2-1",
    ]


def test_the_shipped_bank_gives_every_factor_its_share() -> None:
    materials = materials_of(Study(respondents="lexicon", situations_per_factor=5))
    assert len(materials.situations) == 36 * 5
    assert len(materials_of(Study(respondents="lexicon")).situations) >= 432


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emotions": "angr"}, r"^emotions: unknown emotion 'angr'; did you mean 'anger'\?$"),
        ({"emotions": "anger, joy"}, r"^emotions: unknown emotion 'joy'; known: anger, fear$"),
        ({"factors": "anger-9"}, r"^factors: unknown factor 'anger-9'; did you mean 'anger-"),
        ({"emotions": "fear", "factors": "anger-1"}, r"^situations 'tiny': no situation of kind evoking .*; widen "),
        ({"emotions": "fear", "kinds": "positive"}, r"^situations 'tiny': no situation of kind positive .*; widen "),
        ({"respondents": []}, r"^nobody to ask; name a respondent"),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        materials_of(small(**changes))


@pytest.mark.parametrize("changes", [{"instruments": "PANSA"}, {"protocol": "plan"}, {"situations": "tniy"}])
def test_unknown_materials_suggest_the_near_name(changes: dict[str, Any]) -> None:
    with pytest.raises(MaterialError, match=r"unknown .*; did you mean '(PANAS|plain|tiny)'\?"):
        materials_of(small(**changes))


def test_an_instrument_named_twice_is_put_once() -> None:
    assert [i.id for i in materials_of(small(instruments="MOOD-6, mood-6, PANAS, panas")).instruments] == [
        "MOOD-6",
        "PANAS",
    ]


def test_the_hash_follows_what_is_asked_and_nothing_else() -> None:
    def hashed(**changes: Any) -> str:
        study = small(**changes)
        return study_hash(study, materials_of(study))

    base = hashed()
    assert hashed(name="another", execution={"concurrency": 1}) == base
    settings = {"temperature": 0.0}
    at = {"id": "openai/x", "settings": settings}
    moved = {**at, "settings": {**settings, "base_url": "http://u:p@host/v1", "api_key_env": "KEY"}}
    assert hashed(respondents=[moved]) == hashed(respondents=[at])
    others = [
        hashed(seed=1),
        hashed(repeats=2),
        hashed(emotions="anger"),
        hashed(design="paired"),
        hashed(protocol="standard"),
        hashed(instruments="PANAS"),
        hashed(respondents=[at]),
        hashed(respondents=[{"id": "openai/x", "settings": {"temperature": 1.0}}]),
    ]
    assert len({base, *others}) == 9


def test_the_hash_is_the_same_on_every_machine() -> None:
    study = small(repeats=2, emotions="fear")
    assert study_hash(study, materials_of(study)) == "532ea84d3f777e1121e89140cfcfe32830d4c7a8f56f147cebba723f82c93148"


def test_without_situations_an_instrument_is_put_as_often_as_it_is_repeated() -> None:
    study = small(situations="none", repeats=4)
    materials = materials_of(study)
    assert (materials.situation_set, materials.situations) == (None, ())
    assert (size_of(study).n_baselines, size_of(study).n_after) == (4, 0)
    assert size_of(small(situations="none", baseline_repeats=9)).n_administrations == 9


def test_each_instrument_can_have_emotions_of_its_own() -> None:
    study = small(instruments="MOOD-6, PANAS, ECL-8", evoked_by={"mood-6": "anger", "PANAS": ["fear"]})
    found = {way.instrument.id: [s.id for s in way.situations] for way in materials_of(study).ways}
    assert found == {
        "MOOD-6": ["anger-1-1", "anger-1-2", "anger-2-1"],
        "PANAS": ["fear-1-1"],
        "ECL-8": ["anger-1-1", "anger-1-2", "anger-2-1", "fear-1-1"],
    }
    assert size_of(study).n_after == 3 + 1 + 4
    only_fear = small(instruments="MOOD-6, PANAS", evoked_by={"MOOD-6": "anger", "PANAS": "fear"}, emotions="fear")
    assert [way.instrument.id for way in materials_of(only_fear).ways] == ["PANAS"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"evoked_by": {"PANAS": "anger"}}, r"^evoked_by: 'PANAS' is not an instrument of the study; known: MOOD-6$"),
        ({"evoked_by": {"MOOD-6": "joy"}}, r"^emotions: unknown emotion 'joy'; known: anger, fear$"),
        (
            {"evoked_by": {"MOOD-6": "anger"}, "emotions": "fear"},
            r"^evoked_by: no instrument is put after situations of fear; choose other emotions or instruments$",
        ),
        ({"instruments": "PANAS-de"}, r"^situations 'tiny' have no texts in language 'de'; they have: en$"),
        (
            {"instruments": "PANAS-de", "situations": "none"},
            r"^protocol 'plain' has its words in 'en' alone, and PANAS-de is in 'de'; leave it out",
        ),
        (
            {"instruments": "PANAS-de", "situations": "none", "protocol": "plain-de", "ways": {"persona": "none,hero"}},
            r"^persona 'hero' would be told in 'en', and PANAS-de is in 'de'; ask in that language",
        ),
        (
            {"instruments": "PANAS", "protocol": "plain", "recovery": True, "design": "paired"},
            r"^protocol 'plain' has no words for the time after; choose a template, such as plain-en$",
        ),
    ],
)
def test_what_does_not_go_together_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(EmotionBenchError, match=message):
        materials_of(small(**changes))


def test_a_translation_can_be_named_itself_and_asked_in_its_language() -> None:
    def asked(instruments: str, *languages: str) -> set[tuple[str, str]]:
        study = Study(respondents="x", instruments=instruments, situations="none", ways={"language": languages})
        return {(way.instrument.id, way.protocol.id) for way in materials_of(study).ways}

    assert asked("PANAS-de", "de") == {("PANAS-de", "plain-de")}
    assert asked("PANAS-de", "en", "fr") == {("PANAS", "plain-en"), ("PANAS-fr", "plain-fr")}
    # named twice, it is put once in each form
    assert asked("PANAS, panas-DE", "de") == {("PANAS-de", "plain-de")}


def test_the_first_situations_of_a_factor_are_the_first_that_all_languages_have(small_home: Path) -> None:
    own = small_home / "situations" / "tiny"
    (own / "de").mkdir()
    english = (own / "anger.yaml").read_text(encoding="utf-8")
    german = english.replace("language: en", "language: de").replace(
        """      - id: anger-1-1
        text: Someone steps in front of you.
        neutral: Someone stands in front of you.
        positive: Someone lets you go in front.
""",
        "",
    )
    assert "anger-1-1" not in german
    (own / "de" / "anger.yaml").write_text(german, encoding="utf-8")
    study = Study(
        respondents="x", situations="tiny", emotions="anger", situations_per_factor=1, ways={"language": "en, de"}
    )
    found = {way.instrument.language: [s.id for s in way.situations] for way in materials_of(study).ways}
    assert found == {"en": ["anger-1-2", "anger-2-1"], "de": ["anger-1-2", "anger-2-1"]}
    assert size_of(study).n_after == 4


def test_the_hash_knows_ways_and_is_as_before_without_them() -> None:
    def hashed(**changes: Any) -> str:
        study = small(**changes)
        return study_hash(study, materials_of(study))

    assert hashed(ways=None, recovery=False, evoked_by={}) == hashed()
    found = [
        hashed(),
        hashed(ways={"option_order": "ascending"}),
        hashed(ways={"option_order": "descending"}),
        hashed(ways={"option_order": "descending, ascending"}),
        hashed(evoked_by={"MOOD-6": "anger, fear"}),
    ]
    assert len(set(found)) == len(found)


def test_every_document_of_a_study_is_there_once() -> None:
    materials = materials_of(small(instruments="MOOD-6, PANAS", ways={"option_order": "ascending, descending"}))
    assert (len(materials.ways), len(materials.instruments), len(materials.forms)) == (4, 2, 2)
    assert (len(materials.protocols), len(materials.situations)) == (1, 4)
    assert len(materials.documents) == 2 + 1 + 2 + 4
