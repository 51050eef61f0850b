"""``survey preregister`` as a researcher types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.survey.preregister import command
from emotionbench.errors import EmotionBenchError
from emotionbench.human.study import human_study
from emotionbench.study import read_study
from survey_people import STUDY, SURVEY


@pytest.fixture
def study(tmp_path: Path) -> Path:
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps({**STUDY, "survey": {**SURVEY, "collection": {"n": 200}}}))
    return file


def asked(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_the_text_goes_to_the_terminal_or_a_file(study: Path, tmp_path: Path) -> None:
    found = asked(study)
    assert found.exit_code == 0, found.output
    assert found.output.startswith("# Pre-registration: How situations feel (feelings)\n")
    assert human_study(read_study(study)).hash in found.output
    out = tmp_path / "registered.md"
    told = asked(study, "--out", out)
    assert told.exit_code == 0, told.output
    assert out.read_text(encoding="utf-8") == found.output
    marks = found.output.count("**[to fill in]**") - 1
    assert f"{marks} places to fill in" in told.output


def test_another_number_can_be_tried(study: Path) -> None:
    found = asked(study, "--n", 50)
    assert "50 completed sessions in all (the study says 200), about 5 for each of 10 situations." in found.output
    assert "| 2.5 people (half of it) | 5 people (as planned) | 10 people (twice) | any number |" in found.output
    assert asked(study, "--n", 0).exit_code == 2


def test_a_study_without_a_survey_is_a_users_error(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("name: models\nrespondents: [lexicon]\n")
    found = asked(file)
    assert isinstance(found.exception, EmotionBenchError)
    assert "has no survey" in str(found.exception)
