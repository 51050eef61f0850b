from __future__ import annotations

from pathlib import Path

import pytest

from audit_helpers import FACTORS, N_DEFAULTS, columns_of, write_clone, write_columns, write_people
from emotionbench.errors import RecordingError
from emotionbench.imports.emotionbench_csv import read_csv
from emotionbench.parsing import parse
from emotionbench.published.raw import COUNTERPARTS, PANAS_FOLDER, SCALES_FOLDER, Raw, read_raw
from emotionbench.published.recipes import Keying
from emotionbench.published.recompute import Bench
from emotionbench.scoring import score

N_EVOKED = sum(FACTORS.values()) * 12


def states(raw: Raw) -> dict[str, str]:
    return {file.path.rpartition("/")[2]: file.state for file in raw.files}


def test_the_clone_or_the_folder_that_holds_it(tmp_path: Path) -> None:
    write_clone(tmp_path / "EmotionBench", models=["davinci-003"], scales=["AGQ"])
    assert set(read_raw(tmp_path).sheets) == set(read_raw(tmp_path / "EmotionBench").sheets) == {"davinci-003", "AGQ"}


def test_a_folder_without_raw_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no raw file of the original: .*; give the clone of EmotionBench"):
        read_raw(tmp_path)
    with pytest.raises(RecordingError, match="no raw file"):
        read_raw(tmp_path / "nowhere")


def test_absent_files_are_named(small_raw: Raw) -> None:
    found = states(small_raw)
    absent = {name for name, state in found.items() if state == "absent"}
    assert {"crowd.xlsx", "gpt-4-PANAS-testing.csv", "gpt-3.5-turbo-BDI-testing.csv"} <= absent
    assert "gpt-3.5-turbo-positive-PANAS-testing.csv" in absent
    assert found["gpt-3.5-turbo-PANAS-testing.csv"] == found["gpt-3.5-turbo-AGQ-testing.csv"] == "read"


def test_files_that_cannot_be_read_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    root = write_clone(tmp_path, scales=[])
    (root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv").write_bytes(b"\xff\xfe\x00")
    (root / PANAS_FOLDER / "crowd.xlsx").write_bytes(b"no workbook")
    (root / PANAS_FOLDER / "davinci-003-PANAS-testing.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    raw = read_raw(root)
    why = {file.path.rpartition("/")[2]: file.why for file in raw.files if file.state == "unreadable"}
    assert set(why) == {"gpt-4-PANAS-testing.csv", "crowd.xlsx", "davinci-003-PANAS-testing.csv"}
    assert "not an Excel workbook" in str(why["crowd.xlsx"])
    assert "no column of answers" in str(why["davinci-003-PANAS-testing.csv"])
    assert set(raw.sheets) == {"gpt-3.5-turbo"}


def test_files_of_no_published_table_are_named(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=["gpt-3.5-turbo", "some-model"], scales=[])
    write_columns(root / SCALES_FOLDER / "gpt-4-AGQ-testing.csv", columns_of({"Anger": 1}, 9, 1), 9)
    found = states(read_raw(root))
    assert found["some-model-PANAS-testing.csv"] == found["gpt-4-AGQ-testing.csv"] == "unpublished"


@pytest.mark.parametrize("name", ["gpt-3.5-turbo-positive", "gpt-3.5-turbo-Neutral"])
def test_counterparts_are_known_by_their_name(tmp_path: Path, name: str) -> None:
    raw = read_raw(write_clone(tmp_path, models=["gpt-3.5-turbo", name], scales=[]))
    assert set(raw.sheets) == {"gpt-3.5-turbo", COUNTERPARTS}
    assert "gpt-3.5-turbo-positive-PANAS-testing.csv" not in {
        file.path.rpartition("/")[2] for file in raw.files if file.state == "absent"
    }


def test_blank_columns_and_impossible_answers_are_kept_and_counted(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=[], scales=[])
    columns = columns_of(FACTORS, 20, 3)
    names = list(columns)
    columns[names[0]] = [""] * 20
    columns[names[-1]] = ["0", *columns[names[-1]][1:]]
    columns[names[-2]] = [f"{value}.0" for value in columns[names[-2]]]
    write_columns(root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv", columns, 20)
    raw = read_raw(root)
    (account,) = (file for file in raw.files if file.state == "read")
    assert (account.n_administrations, account.n_incomplete) == (N_DEFAULTS + N_EVOKED, 2)
    sheets = raw.sheets["gpt-4"]
    assert sheets.answers[0].tolist() == [-1] * 20
    assert (sheets.answers[-1, 0], sheets.valid[-1, 0], sheets.valid[-2].all()) == (0, False, True)


def test_totals_are_the_scores(tmp_path: Path) -> None:
    """The audit sums whole columns at once; each sum is the score that the one way of scoring gives."""
    root = write_clone(tmp_path)
    bench = Bench(read_raw(root))
    for source, file, affects in [
        ("davinci-003", f"{PANAS_FOLDER}/davinci-003-PANAS-testing.csv", {"P": "positive", "N": "negative"}),
        ("AGQ", f"{SCALES_FOLDER}/gpt-3.5-turbo-AGQ-testing.csv", {"": "overall"}),
        ("DASS-21", f"{SCALES_FOLDER}/gpt-3.5-turbo-DASS-21-testing.csv", {"": "overall"}),
    ]:
        recording = read_csv(root / file, root / "questionnaires.json", root / "situations.json")
        scores = bench.of(source)
        assert scores is not None
        for affect, subscale in affects.items():
            totals, counts = scores.totals(affect, Keying())
            expected = [
                next(
                    one.value
                    for one in score(
                        parse(str(attempt.reply), recording.instrument, administration.order), recording.instrument
                    )
                    if one.subscale == subscale
                )
                for administration, attempt in recording.administrations
            ]
            assert (totals * float(scores.factor(affect, Keying()))).tolist() == expected
            assert counts.all()


def test_people_are_pairs(tmp_path: Path) -> None:
    write_people(tmp_path / PANAS_FOLDER / "crowd.xlsx", [("Angry_F1S1", [2] * 20, [3] * 20)])
    sheets = read_raw(tmp_path).sheets["crowd"]
    assert sheets.paired
    assert sheets.rows == (None, "Anger-0")
    assert sheets.items("P") == (1, 3, 5, 9, 10, 12, 14, 16, 17, 19)
