from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from emotionbench.errors import RecordingError
from emotionbench.imports.emotionbench_crowd import read_crowd
from emotionbench.imports.recording import Recording
from emotionbench.materials import catalogue
from emotionbench.records import Condition, Design, RespondentKind

ADJECTIVES = [item.text for item in catalogue.instrument("PANAS").items]


def sheet_of(*people: Sequence[Any], adjectives: Sequence[str] = ADJECTIVES) -> list[list[Any]]:
    """The rows of a crowd sheet: each person is a label, a demographic cell, 20 answers before and 20 after."""
    labels = ["Info", "Country?"]
    labels += [f"How is it now? - {text}" for text in adjectives] + [f"And then? - {text}" for text in adjectives]
    return [[row, label, *(person[row] for person in people)] for row, label in enumerate(labels)]


def person(label: str | None, before: Sequence[Any] = (2,) * 20, after: Sequence[Any] = (3,) * 20) -> list[Any]:
    return [label, "Erewhon", *before, *after]


def read(tmp_path: Path, rows: list[list[Any]], title: str = "Raw") -> Recording:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    workbook.save(tmp_path / "crowd.xlsx")
    workbook.close()
    return read_crowd(tmp_path / "crowd.xlsx")


def test_a_person_is_a_session_of_two_administrations(tmp_path: Path) -> None:
    recording = read(tmp_path, sheet_of(person("Angry_F1S2"), person("Jealous_F2S3"), person("Angry_F1S2")))
    assert (recording.respondent.kind, recording.respondent.name) == (RespondentKind.HUMAN, "emotionbench-crowd")
    assert (recording.n_baseline, recording.n_evoked) == (3, 3)
    (before, first), (after, second) = recording.administrations[:2]
    assert (before.condition, after.condition) == (Condition.BASELINE, Condition.EVOKED)
    assert before.session == after.session
    assert {a.design for a, _ in recording.administrations} == {Design.PAIRED}
    assert len({a.session for a, _ in recording.administrations}) == 3
    assert len({a.id for a, _ in recording.administrations}) == 6
    assert before.situation is None
    assert [a.repeat for a, _ in recording.administrations] == [0, 0, 0, 0, 1, 1]
    assert json.loads(first.request)["cells"] == "C3:C22"
    assert json.loads(second.request)["cells"] == "C23:C42"
    assert str(first.reply).splitlines()[0] == "Interested: 2"
    assert str(second.reply).splitlines()[-1] == "Afraid: 3"


def test_the_situation_is_known_by_its_label_alone(tmp_path: Path) -> None:
    recording = read(tmp_path, sheet_of(person("Jealous_F2S3")))
    (situation,) = recording.situations.values()
    assert (situation.id, situation.factor, situation.set) == ("jealousy-2-3", "jealousy-2", "emotionbench")
    assert situation.factor_name == catalogue.situation_set("everyday").factors["jealousy-2"]
    assert (situation.edition, situation.text) == ("crowd", "Text of the original, not recorded in this file.")
    assert recording.administrations[1][0].situation in recording.situations


def test_rows_are_found_by_their_adjective(tmp_path: Path) -> None:
    shuffled = ADJECTIVES[::-1]
    recording = read(tmp_path, sheet_of(person("Fear_F5S1", before=[5] + [1] * 19), adjectives=shuffled))
    administration, attempt = recording.administrations[0]
    assert administration.order == tuple(range(20, 0, -1))
    assert str(attempt.reply).splitlines()[0] == "Afraid: 5"


def test_odd_cells_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = [None, " ", 3.0, 3.5, "abc", 9, "2", *[1] * 13]
    recording = read(tmp_path, sheet_of(person("Guilt_F1S1", before=odd, after=[None] * 20)))
    before, after = (str(attempt.reply).splitlines() for _, attempt in recording.administrations)
    values = [line.partition(": ")[2] for line in before]
    assert values[:7] == ["", "", "3", "3.5", "abc", "9", "2"]
    assert after[0] == "Interested: "
    assert len(after) == 20


def test_demographics_stay_in_the_file(tmp_path: Path) -> None:
    recording = read(tmp_path, sheet_of(person("Guilt_F1S1")))
    assert "Erewhon" not in repr(recording)


def test_columns_without_a_label_are_named(tmp_path: Path) -> None:
    recording = read(tmp_path, sheet_of(person("Guilt_F1S1"), person(None), [None] * 42))
    assert recording.n_evoked == 1
    assert recording.ignored_columns == ("D",)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("Angry F1S1", r"crowd\.xlsx: C1: unknown condition 'Angry F1S1'"),
        ("Angry_F6S1", r"crowd\.xlsx: C1: condition 'Angry_F6S1' names the unknown factor 'anger-6'"),
        ("Bliss_F1S1", "names the unknown factor 'bliss-1'"),
    ],
)
def test_an_unknown_condition_names_its_cell(tmp_path: Path, label: str, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read(tmp_path, sheet_of(person(label)))


def test_what_is_not_this_format_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no sheet 'Raw'; it has Other"):
        read(tmp_path, sheet_of(person("Angry_F1S1")), title="Other")
    with pytest.raises(RecordingError, match="holds no people"):
        read(tmp_path, [[None, "Info"]])
    with pytest.raises(RecordingError, match="1 rows are labelled '… - Afraid'; expected one before and one after"):
        read(tmp_path, sheet_of(person("Angry_F1S1"))[:-1])
    (tmp_path / "crowd.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(RecordingError, match=r"crowd\.xlsx: not an Excel workbook"):
        read_crowd(tmp_path / "crowd.xlsx")
    (tmp_path / "crowd.txt").write_bytes(b"not a workbook")
    with pytest.raises(RecordingError, match=r"crowd\.txt: not an Excel workbook"):
        read_crowd(tmp_path / "crowd.txt")
    with pytest.raises(RecordingError, match="cannot be read"):
        read_crowd(tmp_path / "nowhere.xlsx")


def test_the_originals_people(upstream: Path) -> None:
    recording = read_crowd(upstream / "EmotionBench" / "results" / "PANAS Test" / "crowd.xlsx")
    assert (recording.n_baseline, recording.n_evoked, recording.ignored_columns) == (1266, 1266, ())
    assert len(recording.situations) == 175
    assert len({administration.id for administration, _ in recording.administrations}) == 2532
    assert {a.order for a, _ in recording.administrations} == {tuple(range(1, 21))}
    assert {situation.factor for situation in recording.situations.values()} == set(
        catalogue.situation_set("everyday").factors
    )
