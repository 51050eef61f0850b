"""A survey's files in the layout of Psych-DS, a community standard for datasets of psychology.

The rules kept here are those of its schema, version 1.5.1 (https://psych-ds.github.io/): ``dataset_description.json``
is JSON-LD of schema.org's type Dataset with name, description and, in ``variableMeasured``, every column of the data
files and no other; the data files lie in ``data`` and are called ``keyword-value_…_data.csv``, keywords in small
letters and from the standard's list, values in letters and digits alone; README, CHANGES, ``documentation`` and
``materials`` are recommended. Parquet files are no part of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import emotionbench
from emotionbench.reports.codebook import Variable
from emotionbench.reports.phrases import plural
from emotionbench.reports.survey_codebook import ANSWERS, CHECKS, NOTES, PEOPLE
from emotionbench.reports.survey_frames import SurveyFrame
from emotionbench.reports.survey_records import SurveyRecords
from emotionbench.survey import in_language

VERSION = "Psych-DS 1.5.1"
CONTEXT = "https://schema.org/"
KEYWORDS = ("emotion", "self-report", "imagined situations")
KEYS = {
    ANSWERS: "person, condition, edition and item",
    PEOPLE: "person",
    CHECKS: "person, condition, edition and check",
}
"""The columns that together are different in every row of a file."""
WHAT = {
    ANSWERS: "one row for each item of each questionnaire that a person sent",
    PEOPLE: "one row for each person",
    CHECKS: "one row for each attention check",
}


def dataset(
    records: SurveyRecords,
    frames: Sequence[SurveyFrame],
    tables: Mapping[str, bytes],
    documentation: Mapping[str, bytes],
    materials: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Every file of the dataset by its path; ``tables`` are the CSV files by the name of their frame."""
    names = {one.name: data_name(records.served.name, one.name) for one in frames}
    description = json.dumps(dataset_description(records, frames), indent=2, ensure_ascii=False, allow_nan=False)
    return {
        "dataset_description.json": f"{description}\n".encode(),
        "README.md": _readme(records, names).encode(),
        "CHANGES.md": _changes(records).encode(),
        **{f"data/{names[name]}": content for name, content in tables.items()},
        **{f"documentation/{name}": content for name, content in documentation.items()},
        **{f"materials/{name}": content for name, content in materials.items()},
    }


def data_name(study: str, frame: str) -> str:
    """The name of a data file: ``study-feelings_description-answers_data.csv``."""
    # values are letters and digits alone; what is left of a name in another script is nothing
    return f"study-{re.sub('[^a-zA-Z0-9]', '', study) or 'survey'}_description-{frame}_data.csv"


def dataset_description(records: SurveyRecords, frames: Iterable[SurveyFrame]) -> dict[str, Any]:
    """The metadata as JSON-LD; a column that several files have stands once."""
    served, survey = records.served, records.survey
    # a name means one thing in all files
    variables = {variable.name: variable for one in frames for variable in one.variables}
    return {
        "@context": CONTEXT,
        "@type": "Dataset",
        "name": in_language(survey.title, records.languages[0]) or served.name,
        "description": _description(records),
        "schemaVersion": VERSION,
        "identifier": served.hash,
        "version": "1.0.0",
        "inLanguage": list(records.languages),
        "keywords": list(dict.fromkeys([*KEYWORDS, *(one.base for one in records.instruments)])),
        "measurementTechnique": "Questionnaires in a web page, before and after an imagined situation",
        "variableMeasured": [_property(variable) for variable in variables.values()],
    }


def _property(variable: Variable) -> dict[str, str]:
    known = f" Values: {variable.values}." if variable.values not in ("", "any") else ""
    found = {
        "@type": "PropertyValue",
        "name": variable.name,
        "description": f"{variable.meaning[:1].upper()}{variable.meaning[1:]}.{known} Type: {variable.type}.",
    }
    return {**found, "unitText": variable.unit} if variable.unit else found


def _description(records: SurveyRecords) -> str:
    n = len(records.people)
    situations = len({person.situation for person in records.people if person.situation})
    names = ", ".join(dict.fromkeys(one.name for one in records.instruments)) or "no questionnaire yet"
    return (
        f"{plural(n, 'person', 'people')} answered for their feelings ({names}) before and after one imagined situation"
        f" each; {plural(situations, 'situation')}. Collected with emotionbench {records.served.package_version}; the"
        f" study has the SHA-256 {records.served.hash}."
    )


def _readme(records: SurveyRecords, names: Mapping[str, str]) -> str:
    files = "\n".join(f"- `data/{file}`: {WHAT[name]}; no two rows share {KEYS[name]}." for name, file in names.items())
    notes = "\n".join(f"- {note}" for note in NOTES)
    return (
        f"# {records.served.name}\n\n{_description(records)}\n\n## Files\n\n{files}\n"
        "- `documentation/codebook.md` (and `.csv`): what every column means, and how the questionnaires are scored.\n"
        "- `materials/study.json`: what people were asked, the rules declared before, and how many left.\n\n"
        f"## To know\n\n{notes}\n"
        "- Before it is published, the dataset needs an `author`, a `license` and a `citation` in"
        " `dataset_description.json`; questionnaires can have licences of their own.\n"
    )


def _changes(records: SurveyRecords) -> str:
    n = plural(len(records.people), "person", "people")
    return f"# Changes\n\n## 1.0.0\n\n- Written by emotionbench {emotionbench.__version__}, with {n}.\n"
