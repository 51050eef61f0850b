"""``survey export`` as a researcher types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.survey.export import command
from emotionbench.errors import EmotionBenchError
from survey_people import Visitor, opened, study_of, take_part


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two surveys in one store."""
    where = tmp_path_factory.mktemp("export") / "s.db"
    for name, labels in {"feelings": "abc", "others": "d"}.items():
        study = study_of({"name": name})
        with opened(where, study) as opened_store:
            for label in labels:
                take_part(opened_store, study, Visitor(label))
    return str(where)


def asked(store: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--store", store, *arguments])


def test_the_files_of_one_survey(store: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    found = asked(store, str(folder), "--study", "feelings")
    assert found.exit_code == 0, found.output
    assert "3 people of “feelings”, 6 sheets: 9 files in" in found.output
    assert len(list(folder.iterdir())) == 9
    study = json.loads((folder / "study.json").read_text())
    again = asked(store, str(folder), "--study", study["hash"][:8])
    assert again.exit_code == 0
    assert len(list(folder.iterdir())) == 9


def test_psych_ds(store: str, tmp_path: Path) -> None:
    found = asked(store, str(tmp_path / "out"), "--study", "others", "--layout", "psych-ds")
    assert found.exit_code == 0, found.output
    assert (tmp_path / "out" / "data" / "study-others_description-people_data.csv").is_file()


def test_codes_are_written_apart(store: str, tmp_path: Path) -> None:
    found = asked(store, "--codes", str(tmp_path / "codes.csv"), "--study", "feelings")
    assert found.exit_code == 0, found.output
    assert "3 codes in" in found.output
    lines = (tmp_path / "codes.csv").read_text().splitlines()
    assert lines == ["code,outcome", *sorted(f"{Visitor(label).code},complete" for label in "abc")]


@pytest.mark.parametrize("arguments", [(), ("out", "--codes", "codes.csv")])
def test_either_answers_or_codes(store: str, arguments: tuple[str, ...]) -> None:
    found = asked(store, *arguments)
    assert found.exit_code == 2
    assert "give a FOLDER for the answers, or --codes" in found.output


def test_which_survey_must_be_said(store: str, tmp_path: Path) -> None:
    found = asked(store, str(tmp_path / "out"))
    assert isinstance(found.exception, EmotionBenchError)
    assert "choose with --study one of: feelings (" in str(found.exception)
    assert not (tmp_path / "out").exists()
