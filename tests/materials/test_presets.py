from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError, StudyError
from emotionbench.materials import catalogue
from emotionbench.study import Study, read_study
from emotionbench.study_materials import materials_of
from emotionbench.ways import LANGUAGES

OURS = """\
id: ours
name: Ours
source: Written for the tests.
study:
  instruments: [MOOD-6, PANAS]
  situations: tiny
  repeats: 3
  evoked_by:
    MOOD-6: [anger]
    PANAS: [fear]
  ways:
    template: [plain]
    option_labels: [none, a]
"""


@pytest.fixture
def ours(small_home: Path) -> Path:
    path = small_home / "presets" / "ours.yaml"
    path.parent.mkdir()
    path.write_text(OURS, encoding="utf-8")
    return path


def small(**changes: Any) -> Study:
    return Study(respondents="lexicon", protocol="ours", **changes)


def test_the_presets_that_ship() -> None:
    assert {preset.id for preset in catalogue.presets()} >= {"challenging", "reliability-2024", "stability"}
    for preset in catalogue.presets():
        assert catalogue.preset(preset.id.upper()) == preset
        study = Study(respondents="lexicon", protocol=preset.id)
        assert study.name == preset.id
        assert "protocol" not in study.model_fields_set
    assert catalogue.preset("standard") is None
    assert catalogue.preset(None) is None


def test_reliability_2024_is_the_published_grid() -> None:
    study = Study(respondents="lexicon", protocol="reliability-2024")
    assert study.ways is not None
    assert [len(levels) for levels in study.ways.levels.values()] == [5, 5, 10, 5, 2, 1, 1]
    assert study.ways.n_forms == study.ways.n_grid == 2500
    assert set(study.ways.levels["language"]) == set(LANGUAGES)
    assert (study.situations, study.instruments, study.ways.items_per_message) == ("none", ("BFI-44",), (22,))


def test_challenging_puts_each_questionnaire_after_its_own_emotion() -> None:
    study = Study(respondents="lexicon", protocol="challenging")
    assert study.instruments == ("AGQ", "DASS-21", "BDI", "FDS", "MJS", "GASP", "FSS", "BFNE")
    emotions = [emotion for name in study.instruments for emotion in study.evoked_by[name]]
    assert emotions == ["anger", "anxiety", "depression", "frustration", "jealousy", "guilt", "fear", "embarrassment"]
    assert study.ways is None


def test_stability_asks_with_and_without_calm_before_and_after_calming() -> None:
    study = Study(respondents="lexicon", protocol="stability", factors="fear-1", situations_per_factor=1)
    assert (study.design, study.recovery) == ("paired", True)
    assert study.kinds == ("evoking", "neutral", "positive")
    materials = materials_of(study)
    assert {way.form and way.form.persona for way in materials.ways} == {"none", "calm"}
    assert {situation.kind for situation in materials.situations} == set(study.kinds)


def test_what_is_given_stands_above_what_a_preset_brings(ours: Path) -> None:
    study = small(repeats=1, ways={"option_labels": ["I"]})
    assert (study.name, study.situations, study.repeats) == ("ours", "tiny", 1)
    assert study.ways is not None
    assert study.ways.levels == {"template": ("plain",), "option_labels": ("I",)}
    assert small(name="mine").name == "mine"


def test_a_preset_can_be_asked_with_fewer_of_its_instruments(ours: Path) -> None:
    assert small().evoked_by == {"MOOD-6": ("anger",), "PANAS": ("fear",)}
    for one in ("panas", ["PANAS"]):
        study = small(instruments=one)
        assert study.evoked_by == {"PANAS": ("fear",)}
        assert {s.emotion for s in materials_of(study).situations} == {"fear"}
    given = small(instruments="PANAS", evoked_by={"PANAS": ["anger"]})
    assert given.evoked_by == {"PANAS": ("anger",)}


def test_a_preset_in_a_file_is_the_same_study(ours: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("respondents: lexicon\nprotocol: OURS\nrepeats: 2\n", encoding="utf-8")
    assert read_study(path) == small(repeats=2)


def test_a_preset_that_brings_nonsense_is_refused(ours: Path) -> None:
    ours.write_text(OURS.replace("repeats: 3", "repeats: -3"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"^study: repeats: "):
        small()
    ours.write_text(OURS + "more: x\n", encoding="utf-8")
    with pytest.raises(MaterialError, match=r"^ours\.yaml:14: more: unknown key"):
        small()


def test_an_unknown_protocol_suggests_presets_too() -> None:
    with pytest.raises(MaterialError, match=r"unknown protocol 'stabilty'; did you mean 'stability'\?"):
        materials_of(Study(respondents="lexicon", protocol="stabilty"))
