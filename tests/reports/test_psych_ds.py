"""The rules of Psych-DS 1.5.1 as its schema and its validator have them."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from emotionbench.reports.psych_ds import data_name
from emotionbench.reports.survey_files import survey_files
from emotionbench.reports.survey_records import read_survey
from survey_people import Visitor, opened, study_of, take_part

FILE_NAME = re.compile(r"([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")
KEYWORDS = {"study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description"}
DATASET = {
    "name",
    "description",
    "schemaVersion",
    "identifier",
    "version",
    "inLanguage",
    "keywords",
    "measurementTechnique",
    "variableMeasured",
}
PROPERTY = {"name", "description", "unitText"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    study = study_of({"name": "How it feels (1)", "instruments": ["PANAS", "ECL-8"]})
    with opened(tmp_path_factory.mktemp("psych-ds") / "s.db", study) as store:
        for label in ("a", "b"):
            take_part(store, study, Visitor(label, reflection=f'{label}, "quoted",\r\nlines'))
        take_part(store, study, Visitor("c", stops_before="situation"))
        return survey_files(read_survey(store), "psych-ds")


@pytest.fixture(scope="module")
def description(files: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files["dataset_description.json"].decode("utf-8"))
    return found


def data_files(files: dict[str, bytes]) -> dict[str, list[list[str]]]:
    found = {name.removeprefix("data/"): content for name, content in files.items() if name.startswith("data/")}
    return {
        name: list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
        for name, content in found.items()
    }


def test_the_folder_has_what_is_required_and_recommended(files: dict[str, bytes]) -> None:
    assert {"dataset_description.json", "README.md", "CHANGES.md"} <= set(files)
    assert {name.partition("/")[0] for name in files if "/" in name} == {"data", "documentation", "materials"}
    assert all(content for content in files.values())
    assert not [name for name in files if name.endswith(".parquet")]


def test_data_files_are_named_by_keywords_of_the_standard(files: dict[str, bytes]) -> None:
    names = list(data_files(files))
    assert names[0] == "study-Howitfeels1_description-answers_data.csv"
    for name in names:
        assert FILE_NAME.fullmatch(name)
        assert {part.split("-")[0] for part in name.split("_")[:-1]} <= KEYWORDS


def test_a_name_without_letters_still_makes_a_file_name() -> None:
    assert data_name("気持ち", "people") == "study-survey_description-people_data.csv"


def test_metadata_are_json_ld_of_a_dataset_of_schema_org(description: dict[str, Any]) -> None:
    assert description["@context"] == "https://schema.org/"
    assert description["@type"] == "Dataset"
    assert set(description) - {"@context", "@type"} == DATASET
    assert all(description[key] for key in ("name", "description", "variableMeasured"))
    assert "2 situations" in description["description"] or "3 situations" in description["description"]
    for variable in description["variableMeasured"]:
        assert variable["@type"] == "PropertyValue"
        assert set(variable) - {"@type"} <= PROPERTY
        assert all(isinstance(value, str) and value for value in variable.values())


def test_every_column_is_a_variable_and_every_variable_a_column(
    files: dict[str, bytes], description: dict[str, Any]
) -> None:
    variables = [one["name"] for one in description["variableMeasured"]]
    assert len(set(variables)) == len(variables)
    columns = {column for rows in data_files(files).values() for column in rows[0]}
    assert set(variables) == columns
    labels = next(one for one in description["variableMeasured"] if one["name"] == "value")["description"]
    assert "PANAS: 1 = very slightly or not at all" in labels


def test_data_files_are_rectangular_with_one_header_and_the_keys_that_the_readme_names(
    files: dict[str, bytes],
) -> None:
    readme = files["README.md"].decode()
    for name, (header, *rows) in data_files(files).items():
        assert len(set(header)) == len(header)
        assert rows
        assert {len(row) for row in rows} == {len(header)}
        told = re.search(rf"{name}`: .*; no two rows share (.*)\.", readme)
        assert told
        key = [header.index(column) for column in re.split(r", | and ", told.group(1))]
        assert len({tuple(row[place] for place in key) for row in rows}) == len(rows)


def test_codebook_and_study_lie_where_the_standard_has_room_for_them(files: dict[str, bytes]) -> None:
    assert {"documentation/codebook.csv", "documentation/codebook.md", "materials/study.json"} <= set(files)
    assert b"3 people" in files["CHANGES.md"]
