"""Importing the reliability study's and PsychoBench's recorded answers, as a user types it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from engine_helpers import run_here
from llmpersonality_helpers import write_clone, write_json

ENTRY = {
    "info": {"template": "t1", "language": "De", "version": "v2", "label": "al", "order": "r"},
    "raw": {"3": 5, "1": 4, "4": 1, "2": 2},
    "data": {"Openness": 4.0, "Neuroticism": 4.75},
}
META = {"name_exp": "night", "questionnaire_name": "BFI"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    clone = write_clone(tmp_path / "clone")
    write_json(clone / "save/save.json", {"meta": META, "data": [ENTRY]})
    return clone


def test_administrations_in_forms_become_rows(clone: Path) -> None:
    arguments = ["import", "llmpersonality", "save/save.json", "--questionnaires", "dataset/questionnaires.json"]
    found = run_here(clone, [*arguments, "--respondent", "night-owl", "--store", "s.db"])
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines() == [
        "night-owl: 1 baseline and 0 evoked administrations; answers: 4 valid; kept in s.db",
        "means stated in the file: 2, of which 1 are not what the answers score",
        "  entry 1, neuroticism: 4.75 in the file, 5 by its answers",
    ]
    assert run_here(clone, ["verify", "--store", "s.db"]).stdout == "every row holds\n"


def test_a_fault_is_one_line_and_keeps_nothing(clone: Path) -> None:
    (clone / "save/save.json").write_text('{"meta": ', encoding="utf-8")
    arguments = ["import", "llmpersonality", "save/save.json", "--questionnaires", "dataset/questionnaires.json"]
    found = run_here(clone, [*arguments, "--store", "s.db"])
    assert found.returncode != 0
    assert found.stderr.startswith("error: save.json:1: not valid JSON")
    assert len(found.stderr.splitlines()) == 1
    assert not (clone / "s.db").exists()


def test_psychobench_answers_become_rows(tmp_path: Path, upstream: Path) -> None:
    path = upstream / "PsychoBench/questionnaires.json"
    gse = next(entry for entry in json.loads(path.read_text(encoding="utf-8")) if entry["name"] == "GSE")
    numbers = list(gse["questions"])
    answers = ["4", "", *["3"] * (len(numbers) - 2)]
    with (tmp_path / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(zip(["order-0", *numbers], ["shuffle0-test0", *answers], strict=True))
    files = ["mine.csv", "--questionnaires", str(path), "--instrument", "gse", "--respondent", "me"]
    found = run_here(tmp_path, ["import", "psychobench", *files, "--store", "s.db"])
    assert found.stdout == (
        "me: 1 baseline and 0 evoked administrations; answers: 9 valid, 1 missing; kept in s.db\n"
    ), found.stderr
    refused = run_here(tmp_path, ["import", "psychobench", "mine.csv", "--questionnaires", str(path)])
    assert "its name does not say which instrument it is of" in refused.stderr
