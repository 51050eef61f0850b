from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import RecordingError
from emotionbench.imports.emotionbench_csv import read_csv
from emotionbench.imports.recording import Recording
from emotionbench.materials.protocols import Protocol
from emotionbench.parsing import parse
from emotionbench.records import Condition, Design, RespondentKind
from emotionbench.scoring import score

QUESTIONNAIRES = [
    {
        "name": "TEA",
        "questions": {"1": "I like tea.", "2": "I hate tea.", "3": "7. is my number"},
        "prompt": "numbers from 1 to 5",
        "scale": 6,
        "reverse": [2],
        "compute_mode": "SUM",
        "categories": [{"cat_name": "Overall", "cat_questions": [1, 2, 3]}],
    },
    {
        "name": "GREEN-TEA",
        "questions": {"1": "Green, please."},
        "prompt": "numbers from 1 to 5",
        "scale": 6,
        "reverse": [],
        "compute_mode": "SUM",
        "categories": [{"cat_name": "Overall", "cat_questions": [1]}],
    },
]
SITUATIONS = {
    "emotions": [{"name": "Anger", "factors": [{"name": "Queues", "scenarios": ["She pushes in.", "He does."]}]}]
}
QUESTION = ["question-0", "prompt", "1. I hate tea.", "2. 7. is my number", "3. I like tea."]
ORDER = ["order-0", "prompt", "2", "3", "1"]
BASELINE = ["General_test-0_order-0", " ", "1", "2", "5"]
EVOKED = ["Anger-0_scenario-0_test-4_order-0", 'Think of this: "She pushes in."', "3", "4", "5"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "questionnaires.json").write_text(json.dumps(QUESTIONNAIRES), encoding="utf-8")
    (tmp_path / "situations.json").write_text(json.dumps(SITUATIONS), encoding="utf-8")
    return tmp_path


def read(folder: Path, *columns: Sequence[str], name: str = "some-model-TEA-testing.csv", **options: Any) -> Recording:
    """Read a file of these columns, each from its header down; a column that ends early leaves short rows."""
    height = max(map(len, columns))
    rows = [[column[row] if row < len(column) else "" for column in columns] for row in range(height)]
    for row in rows:
        while len(row) > 1 and row[-1] == "":
            row.pop()
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return read_csv(path, folder / "questionnaires.json", folder / "situations.json", **options)


def replies(recording: Recording) -> list[list[str]]:
    return [str(attempt.reply).splitlines() for _, attempt in recording.administrations]


def test_every_column_is_an_administration(folder: Path) -> None:
    recording = read(folder, QUESTION, ORDER, BASELINE, EVOKED)
    (baseline, first), (evoked, second) = recording.administrations
    assert (recording.n_baseline, recording.n_evoked, recording.n_renumbered) == (1, 1, 0)
    assert (baseline.condition, baseline.situation, baseline.repeat) == (Condition.BASELINE, None, 0)
    assert (evoked.condition, evoked.repeat, evoked.design) == (Condition.EVOKED, 4, Design.INDEPENDENT)
    assert baseline.order == evoked.order == (2, 3, 1)
    assert baseline.id != evoked.id
    assert first.reply == "1: 1\n2: 2\n3: 5"
    assert json.loads(first.request)["cells"] == "C3:C5"
    assert "prompt" not in json.loads(first.request)
    assert json.loads(second.request)["prompt"] == EVOKED[1]


def test_the_respondent_and_instrument_come_from_the_file_name(folder: Path) -> None:
    recording = read(folder, QUESTION, ORDER, BASELINE)
    assert (recording.respondent.kind, recording.respondent.name) == (RespondentKind.LLM, "some-model")
    assert recording.instrument.id == "TEA"
    assert [m.id for m in recording.materials if isinstance(m, Protocol)] == ["emotionbench-2024"]


def test_the_longest_instrument_name_wins_and_arguments_win_over_names(folder: Path) -> None:
    green = read(folder, ["order-0", "", "1"], ["General_test-0_order-0", "", "3"], name="m-green-tea-testing.csv")
    assert (green.respondent.name, green.instrument.id) == ("m", "GREEN-TEA")
    told = read(folder, QUESTION, ORDER, BASELINE, name="answers.csv", respondent="other", instrument="tea")
    assert (told.respondent.name, told.instrument.id) == ("other", "TEA")
    assert read(folder, QUESTION, ORDER, BASELINE, name="answers.csv", instrument="tea").respondent.name == "answers"


def test_a_situation_with_the_recorded_text_is_the_files(folder: Path) -> None:
    (situation,) = read(folder, QUESTION, ORDER, EVOKED).situations.values()
    assert (situation.id, situation.text, situation.factor_name) == ("anger-1-1", "She pushes in.", "Queues")
    assert situation.edition.startswith("sha256")


def test_a_situation_with_another_text_is_the_recorded_one(folder: Path) -> None:
    other = ["Anger-0_scenario-1_test-0_order-0", 'Think of this: "They say, "Next!" to him."', "3", "4", "5"]
    bare = ["Anger-0_scenario-0_test-0_order-0", 'She said "no" to me: nobody', "3", "4", "5"]
    recording = read(folder, QUESTION, ORDER, EVOKED, other, bare)
    found = [recording.situations[str(a.situation)] for a, _ in recording.administrations]
    assert [s.id for s in found] == ["anger-1-1", "anger-1-2", "anger-1-1"]
    assert [s.text for s in found[1:]] == ['They say, "Next!" to him.', 'She said "no" to me: nobody']
    assert [s.edition for s in found[1:]] == ["recorded", "recorded"]
    assert len(recording.materials) == 2 + 3


def test_a_column_without_prompt_is_read_as_the_others_of_its_situation(folder: Path) -> None:
    other = ["Anger-0_scenario-1_test-0_order-0", "He waits.", "3", "4", "5"]
    blank = ["Anger-0_scenario-1_test-1_order-0", " ", "3", "4", "5"]
    alone = ["Anger-0_scenario-0_test-0_order-0", " ", "3", "4", "5"]
    recording = read(folder, QUESTION, ORDER, blank, other, alone)
    assert [recording.situations[str(a.situation)].text for a, _ in recording.administrations] == [
        "He waits.",
        "He waits.",
        "She pushes in.",
    ]


def test_odd_cells_are_kept_as_they_are(folder: Path) -> None:
    odd = ["General_test-1_order-0", " ", " ", "4/5", "ab\ncd"]
    blank = ["General_test-2_order-0"]
    recording = read(folder, QUESTION, ORDER, BASELINE, odd, blank)
    assert replies(recording)[1:] == [
        ["1: ", "2: 4/5", "3: ab cd"],
        ["1: ", "2: ", "3: "],
    ]


def test_each_order_is_its_own(folder: Path) -> None:
    second = ["order-1", "", "1.0", "2.0", "3.0"]
    in_second = ["General_test-0_order-1", "", "5", "4", "3"]
    recording = read(folder, QUESTION, ORDER, second, BASELINE, in_second)
    assert [a.order for a, _ in recording.administrations] == [(2, 3, 1), (1, 2, 3)]
    assert replies(recording)[1][0] == "1: 5"


def test_columns_that_share_a_number_are_all_kept(folder: Path) -> None:
    second = ["order-1", "", "1", "2", "3"]
    in_second = ["General_test-0_order-1", "", "5", "4", "3"]
    repeated = ["General_test-0_order-0.1", "", "5", "4", "3"]
    recording = read(folder, QUESTION, ORDER, second, BASELINE, in_second, BASELINE, repeated)
    assert [a.repeat for a, _ in recording.administrations] == [0, 1, 2, 3]
    assert len({a.id for a, _ in recording.administrations}) == 4
    assert recording.n_renumbered == 3


def test_columns_that_hold_no_answers_are_named(folder: Path) -> None:
    recording = read(folder, QUESTION, ORDER, BASELINE, ["remarks", "none"])
    assert recording.ignored_columns == ("D 'remarks'",)


def test_without_an_order_column_the_texts_give_the_order(folder: Path) -> None:
    recording = read(folder, QUESTION, BASELINE)
    assert recording.administrations[0][0].order == (2, 3, 1)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([QUESTION, ORDER], r"some-model-TEA-testing\.csv: no column of answers; the original names them"),
        ([BASELINE], "no column 'order-0' and none 'question-0'"),
        ([[*ORDER[:4], "2"], BASELINE], r"'order-0' holds 2, 3, 2; expected each of 1 to 3 once"),
        ([ORDER[:4], BASELINE[:4]], r"'order-0' holds 2, 3, ; expected each of 1 to 3 once"),
        ([[*ORDER, "4"], [*BASELINE, "1"]], "row 6 lies below the 3 items of TEA"),
        (
            [[*QUESTION[:2], "1. I like tea.", "2. 7. is my number", "3. I hate tea."], ORDER, BASELINE],
            r"row 3: 'order-0' says item 2 'I hate tea\.', but 'question-0' has the text of item 1 'I like tea\.'",
        ),
        (
            [[*QUESTION[:2], "1. I love tea.", *QUESTION[3:]], ORDER, BASELINE],
            r"A3: '1\. I love tea\.' is no item of TEA \(its item 1 is 'I like tea\.'\)",
        ),
        (
            [ORDER, ["Angst-0_scenario-0_test-0_order-0", "", "1", "1", "1"]],
            r"column B 'Angst-0_scenario-0_test-0_order-0': unknown emotion 'Angst'",
        ),
        (
            [ORDER, ["Anger-0_scenario-2_test-0_order-0", "", "1", "1", "1"]],
            r"column B 'Anger-0_scenario-2_test-0_order-0': the situations given have no 'anger-1-3'",
        ),
    ],
)
def test_what_is_not_this_format_is_told(folder: Path, columns: list[list[str]], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read(folder, *columns)


def test_an_instrument_that_nobody_names_is_told(folder: Path) -> None:
    with pytest.raises(RecordingError, match="does not say which instrument"):
        read(folder, QUESTION, ORDER, BASELINE, name="answers.csv")
    with pytest.raises(RecordingError, match=r"unknown instrument 'TEE'"):
        read(folder, QUESTION, ORDER, BASELINE, instrument="TEE")


@pytest.mark.parametrize(("content", "message"), [(b"", "is empty"), (b"\xff\xfe\x00", "not a CSV file")])
def test_other_files_are_told(folder: Path, content: bytes, message: str) -> None:
    path = folder / "m-TEA-testing.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        read_csv(path, folder / "questionnaires.json", folder / "situations.json")


def test_a_missing_file_is_told(folder: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        read_csv(folder / "m-TEA-testing.csv", folder / "questionnaires.json", folder / "situations.json")


def recorded(upstream: Path, part: str, name: str) -> Recording:
    original = upstream / "EmotionBench"
    return read_csv(
        original / "results" / part / f"{name}-testing.csv",
        original / "questionnaires.json",
        original / "situations.json",
    )


def baseline_scores(recording: Recording, subscale: str) -> list[float]:
    values = []
    for administration, attempt in recording.administrations:
        if administration.condition is Condition.BASELINE:
            scores = score(parse(str(attempt.reply), recording.instrument, administration.order), recording.instrument)
            values += [one.value for one in scores if one.subscale == subscale]
    return values


@pytest.mark.parametrize(
    ("name", "n_evoked", "positive", "negative"),
    [
        ("gpt-3.5-turbo-PANAS", 1750, 39.22, 26.32),
        ("davinci-003-PANAS", 1750, 47.70, 25.86),
        ("llama2-7b-PANAS", 1737, 42.98, 34.24),
    ],
)
def test_the_originals_panas_files(upstream: Path, name: str, n_evoked: int, positive: float, negative: float) -> None:
    recording = recorded(upstream, "PANAS Test", name)
    assert (recording.n_baseline, recording.n_evoked, recording.n_renumbered) == (50, n_evoked, 0)
    assert recording.ignored_columns == ()
    assert recording.instrument.id == "PANAS"
    assert len(recording.situations) == 175
    assert sum(situation.edition == "recorded" for situation in recording.situations.values()) == 107
    for subscale, expected in (("positive", positive), ("negative", negative)):
        values = baseline_scores(recording, subscale)
        assert sum(values) / len(values) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("instrument", "n_evoked", "mean", "sd"),
    [("AGQ", 250, 117.3, 9.6), ("FDS", 200, 91.6, 8.1), ("DASS-21", 200, 65.0, None)],
)
def test_the_originals_other_files(
    upstream: Path, instrument: str, n_evoked: int, mean: float, sd: float | None
) -> None:
    recording = recorded(upstream, "Challenging Bench", f"gpt-3.5-turbo-{instrument}")
    assert (recording.n_baseline, recording.n_evoked) == (10, n_evoked)
    values = baseline_scores(recording, "overall")
    found = sum(values) / len(values)
    assert found == pytest.approx(mean, abs=0.05)
    if sd is not None:
        assert (sum((value - found) ** 2 for value in values) / (len(values) - 1)) ** 0.5 == pytest.approx(sd, abs=0.05)
