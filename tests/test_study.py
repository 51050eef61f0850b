from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.study import RespondentSpec, Study, n_baselines, read_study, spec_of
from emotionbench.study_materials import materials_of
from small_studies import small

pytestmark = pytest.mark.usefixtures("small_home")


def read(folder: Path, text: str) -> Study:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return read_study(path)


def test_a_study_of_one_name_is_enough() -> None:
    study = Study(respondents="lexicon")
    assert study.respondents == (RespondentSpec(id="lexicon"),)
    assert (study.instruments, study.situations, study.protocol) == (("PANAS",), "everyday", "standard")
    assert (study.repeats, study.design, study.seed, study.kinds) == (1, "independent", 0, ("evoking",))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emotion": "anger"}, r"^study: emotion: unknown key; did you mean 'emotions'\?$"),
        ({"repeats": 0}, r"^study: repeats: Input should be greater than or equal to 1 \(found 0\)$"),
        ({"repeats": "3"}, r"^study: repeats: Input should be a valid integer \(found '3'\)$"),
        ({"repeats": True}, r"^study: repeats: Input should be a valid integer \(found True\)$"),
        ({"seed": -1}, r"^study: seed: "),
        ({"design": "between"}, r"^study: design: Input should be 'independent' or 'paired' \(found 'between'\)$"),
        ({"kinds": "evoking, sad"}, r"^study: kinds → entry 2: .*\(found 'sad'\)$"),
        ({"emotions": ""}, r"^study: emotions: "),
        ({"instruments": []}, r"^study: instruments: "),
        ({"situations_per_factor": 0}, r"^study: situations_per_factor: "),
        ({"respondents": ["a", "b", "a"]}, r"^study: two respondents are called 'a'; give one of them another 'name'$"),
        ({"respondents": [{"id": "a", "name": "b"}, "b"]}, r"^study: two respondents are called 'b'; "),
        ({"respondents": [{"name": "a"}]}, r"^study: respondents → entry 1 → id: missing; add it$"),
        ({"respondents": {"id": "a", "setings": {}}}, r"setings: unknown key; did you mean 'settings'\?$"),
        ({"execution": {"concurrency": 0}}, r"^study: execution → concurrency: .*\(found 0\)$"),
        ({"design": "paired", "baseline_repeats": 3}, r"^study: baseline_repeats: the paired design .*; leave it out$"),
    ],
)
def test_a_study_that_does_not_fit_together_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"recovery": True}, r"^study: recovery: what is calmed must have gone before in the same conversation; set"),
        ({"design": "paired", "situations": "none"}, r"^study: design: paired: without situations there is nothing to"),
        (
            {"design": "paired", "ways": {"conversation": "kept, fresh"}},
            r"^study: ways: conversation fresh: in the paired design all is one conversation; leave it out$",
        ),
        ({"ways": {}}, r"^study: ways: nothing is varied; "),
        (
            {"ways": {"template": "plain", "interaction": "x"}},
            r"^study: ways → interaction: unknown key; did you",
        ),
        ({"ways": ["template"]}, r"^study: ways: "),
    ],
)
def test_phases_and_ways_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        small(**changes)


def test_a_file_says_the_same_as_python(tmp_path: Path) -> None:
    text = """\
respondents:
  - lexicon
  - id: openai/gpt-4o-mini
    name: mini
    settings: {temperature: 0.0}
emotions: Anger, fear
kinds: [evoking, neutral]
repeats: 3
execution:
  timeout: 60
"""
    assert read(tmp_path, text) == Study(
        respondents=["lexicon", {"id": "openai/gpt-4o-mini", "name": "mini", "settings": {"temperature": 0.0}}],
        emotions=["Anger", "fear"],
        kinds=("evoking", "neutral"),
        repeats=3,
        execution={"timeout": 60},
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("respondents: a\nemotion: anger\n", "study.yaml:2: emotion: unknown key; did you mean 'emotions'?"),
        (
            "respondents:\n  - a\n  - a\n",
            "study.yaml:3: two respondents are called 'a'; give one of them another 'name'",
        ),
        (
            "respondents: a\nexecution:\n  concurency: 4\n",
            "study.yaml:3: execution → concurency: unknown key; did you mean 'concurrency'?",
        ),
        (
            "repeats: 2\ndesign: paired\nbaseline_repeats: 2\n",
            "study.yaml:3: baseline_repeats: the paired design has a baseline in each conversation; leave it out",
        ),
        ("respondents: [a\n", "study.yaml:2: not valid YAML: "),
        ("respondents: a\n7: b\n", "study.yaml:2: 7: Keys should be strings (found 7)"),
        ("", "study.yaml: the document: "),
    ],
)
def test_a_file_that_does_not_fit_names_file_line_and_fix(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(message)


def test_an_absent_file_is_an_error_of_the_study(tmp_path: Path) -> None:
    with pytest.raises(EmotionBenchError, match=r"absent\.yaml: cannot be read"):
        read_study(tmp_path / "absent.yaml")


def test_baselines_keep_up_with_the_largest_emotion_within_20_and_200() -> None:
    def count(**changes: Any) -> int:
        study = small(**changes)
        return n_baselines(study, materials_of(study).situations)

    assert count() == 20
    assert count(repeats=10) == 30
    assert count(repeats=1000) == 200
    assert count(repeats=10, emotions="fear") == 20
    assert count(baseline_repeats=0) == 0
    assert count(baseline_repeats=500) == 500
    assert count(design="paired", repeats=3) == 12


def test_baselines_are_shared_out_over_the_forms() -> None:
    def count(n_forms: int, **changes: Any) -> int:
        study = small(**changes)
        return n_baselines(study, materials_of(study).situations, n_forms)

    assert [count(n) for n in (1, 2, 3, 7, 20, 50)] == [20, 10, 7, 3, 1, 1]
    assert [count(n, repeats=4) for n in (1, 2, 10)] == [20, 10, 4]
    assert count(10, baseline_repeats=6) == 6
    assert count(10, design="paired", repeats=2) == 8
    assert count(10, situations="none", repeats=2) == 2


def test_no_address_and_no_execution_reach_the_spec() -> None:
    study = small(respondents=[{"id": "a", "settings": {"base_url": "http://u:secret@h", "temperature": 0.0}}])
    spec = spec_of(study)
    assert spec["respondents"] == [{"id": "a", "name": None, "settings": {"temperature": 0.0}}]
    assert "execution" not in spec
    assert study.respondents[0].settings["base_url"] == "http://u:secret@h"
