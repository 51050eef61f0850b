from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from emotionbench.analysis import ADMINISTRATION_SCHEMA, Analysis
from emotionbench.collecting import COMPACT_ANSWERS_SCHEMA
from emotionbench.errors import EmotionBenchError
from emotionbench.materials.instruments import Instrument
from emotionbench.reports.files import export_frame, write_frame
from small_materials import instrument

ADMINISTRATION: dict[str, Any] = {
    "administration": "a1",
    "respondent": "someone",
    "kind": "llm",
    "instrument": "MOOD",
    "edition": "MOOD",
    "protocol": "plain",
    "form": None,
    "design": "independent",
    "condition": "evoked",
    "emotion": "fear",
    "factor": "fear-1",
    "factor_name": "Heights",
    "situation": "fear-1-1",
    "situation_kind": "evoking",
    "situation_set": "tiny",
    "repeat": 0,
    "session": None,
    "outcome": "incomplete",
    "n_valid": 1,
    "n_items": 2,
}


def two_items() -> Instrument:
    texts = {number: item.model_copy() for number, item in enumerate(instrument().items)}
    bright, dull = (texts[n].model_copy(update={"text": text}) for n, text in enumerate(('Bright, "so"', "Dull\nday")))
    return instrument().model_copy(update={"items": (bright, dull)})


@pytest.fixture
def analysis() -> Analysis:
    return Analysis(
        administrations=pl.DataFrame([ADMINISTRATION], schema=ADMINISTRATION_SCHEMA),
        compact_answers=pl.DataFrame(
            [(0, 1, 2, 3, "valid"), (0, 2, 1, None, "refused")], schema=COMPACT_ANSWERS_SCHEMA, orient="row"
        ),
        compact_scores=pl.DataFrame(
            [(0, "up", 3.5, 1, 1, None), (0, "down", None, 0, 1, None)],
            schema=["administration", "subscale", "value", "n_valid", "n_items", "variance"],
            schema_overrides={"variance": pl.Float64},
            orient="row",
        ),
        instruments={ADMINISTRATION["instrument"]: two_items()},
        respondents={},
        editions={ADMINISTRATION["edition"]: two_items()},
        forms={},
        probe_replies=pl.DataFrame(),
    )


def test_scores_have_a_row_each_with_the_counts_of_their_subscale(analysis: Analysis) -> None:
    frame = export_frame(analysis, "scores")
    assert frame.columns[:11] == [
        "respondent",
        "instrument",
        "condition",
        "emotion",
        "factor",
        "situation",
        "repeat",
        "subscale",
        "value",
        "n_valid",
        "n_items",
    ]
    assert frame.select("situation", "subscale", "value", "n_valid", "n_items").rows() == [
        ("fear-1-1", "up", 3.5, 1, 1),
        ("fear-1-1", "down", None, 0, 1),
    ]


def test_answers_have_a_row_each_with_item_position_and_status(analysis: Analysis) -> None:
    frame = export_frame(analysis, "answers")
    assert frame.select("administration", "item", "position", "value", "status").rows() == [
        ("a1", 1, 2, 3, "valid"),
        ("a1", 2, 1, None, "refused"),
    ]


def test_administrations_have_a_row_each_with_their_outcome(analysis: Analysis) -> None:
    frame = export_frame(analysis, "administrations")
    assert frame.select("administration", "outcome", "n_valid", "n_items").rows() == [("a1", "incomplete", 1, 2)]


def test_a_table_reads_back_the_same(analysis: Analysis, tmp_path: Path) -> None:
    for what in ("answers", "scores", "administrations"):
        frame = export_frame(analysis, what)
        write_frame(frame, tmp_path / "t.parquet")
        assert pl.read_parquet(tmp_path / "t.parquet").equals(frame)
        write_frame(frame, tmp_path / "t.csv")
        assert pl.read_csv(tmp_path / "t.csv", schema=frame.schema).equals(frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.csv", "t.parquet"]


@pytest.mark.parametrize("name", ["t.txt", "t", "t.CSV", "t.xlsx"])
def test_an_unknown_kind_of_file_is_refused(analysis: Analysis, tmp_path: Path, name: str) -> None:
    with pytest.raises(EmotionBenchError, match=r"unknown kind of file; name it \.csv or \.parquet$"):
        write_frame(analysis.scores, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_an_error_of_the_file(analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(
        EmotionBenchError, match=r"absent/t\.csv: cannot be written: .*; check its folder and free space"
    ):
        write_frame(analysis.scores, tmp_path / "absent" / "t.csv")


def test_what_cannot_be_replaced_is_left_as_it_is(analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(EmotionBenchError, match=r"t\.csv: cannot be written: "):
        write_frame(analysis.scores, tmp_path / "t.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_draft_that_fails_leaves_the_earlier_file(
    analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text("earlier", encoding="utf-8")

    def fill_up(_: pl.DataFrame, draft: Path) -> None:
        draft.write_text("half a ro", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", fill_up)
    with pytest.raises(EmotionBenchError, match="cannot be written: No space left on device"):
        write_frame(analysis.scores, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
