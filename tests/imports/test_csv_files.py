from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.errors import RecordingError
from emotionbench.imports.csv_files import folded_text, named, rows_of, whole_number
from emotionbench.materials import catalogue

PANAS, ECL = catalogue.instrument("PANAS"), catalogue.instrument("ECL-8")
KNOWN = {"LOT": PANAS, "LOT-R": ECL}


def test_rows_are_read_with_or_without_a_mark_and_line_breaks_in_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffa,"b\nc"\r\n1,\r\n'.encode())
    assert rows_of(path) == [["a", "b\nc"], ["1", ""]]


@pytest.mark.parametrize(("content", "said"), [(b"", "is empty"), (b"\xff\xfe\x00", "not a CSV file")])
def test_what_is_no_csv_is_told(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=f"^a.csv: {said}"):
        rows_of(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        rows_of(tmp_path / "nowhere.csv")


def test_the_longest_name_that_fits_is_meant() -> None:
    path = Path("x.csv")
    assert named(path, "gpt-4-lot-r", KNOWN, (None, None)) == ("gpt-4", ECL)
    assert named(path, "gpt-4-LOT", KNOWN, (None, None)) == ("gpt-4", PANAS)
    assert named(path, "gpt-4-LOT", KNOWN, ("me", "lot-R")) == ("me", ECL)
    assert named(path, "night", KNOWN, (None, "LOT")) == ("night", PANAS)


def test_a_name_that_says_nothing_is_told() -> None:
    with pytest.raises(RecordingError, match=r"x\.csv: its name does not say .* known: LOT, LOT-R"):
        named(Path("x.csv"), "night", KNOWN, (None, None))
    with pytest.raises(RecordingError, match=r"unknown instrument 'LOTR'; did you mean 'LOT-R'"):
        named(Path("x.csv"), "night", KNOWN, (None, "LOTR"))


def test_cells() -> None:
    assert [whole_number(cell) for cell in ("3", " 3.0 ", "", "x", "-3", "3.5", "٣")] == [3, 3, 0, 0, 0, 0, 0]
    assert folded_text(" Is\u00a0 Talkative.\n") == "is talkative."
