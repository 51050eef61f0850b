"""The changes of imported files, against a computation of our own straight from the cells."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from statistics import mean

import pytest

from engine_helpers import run_here

POSITIVE = {1, 3, 5, 9, 10, 12, 14, 16, 17, 19}


def changes_in_the_cells(path: Path) -> dict[str, tuple[float, float]]:
    """Emotion → mean positive and negative sum of its columns, less the default's."""
    with path.open(encoding="utf-8", newline="") as file:
        header, _, *rows = csv.reader(file)
    sums: dict[str, list[tuple[int, int]]] = {}
    for column, name in enumerate(header):
        if "_test-" in name:
            cells = [int(row[column]) for row in rows]
            order = [int(row[1]) for row in rows]
            positive = sum(value for number, value in zip(order, cells, strict=True) if number in POSITIVE)
            sums.setdefault(name.split("_")[0].split("-")[0].lower(), []).append((positive, sum(cells) - positive))
    default = sums.pop("general")
    return {
        emotion: (
            mean(p for p, _ in found) - mean(p for p, _ in default),
            mean(n for _, n in found) - mean(n for _, n in default),
        )
        for emotion, found in sums.items()
    }


@pytest.mark.parametrize("model", ["gpt-3.5-turbo", "davinci-003", "llama2-7b"])
def test_changes_of_imported_files_are_those_of_their_cells(model: str, tmp_path: Path, upstream: Path) -> None:
    original = upstream / "EmotionBench"
    path = original / "results/PANAS Test" / f"{model}-PANAS-testing.csv"
    files = [
        "--questionnaires",
        str(original / "questionnaires.json"),
        "--situations",
        str(original / "situations.json"),
    ]
    imported = run_here(tmp_path, ["import", "emotionbench-csv", str(path), *files])
    assert imported.returncode == 0, imported.stderr
    published = ["table", "--json", "--protocol", "emotionbench-2024"]
    (block,) = json.loads(run_here(tmp_path, published).stdout)["changes"]
    found = {
        row["emotion"]: (row["contrasts"]["positive"]["difference"], row["contrasts"]["negative"]["difference"])
        for row in block["rows"]
        if row["kind"] == "emotion"
    }
    expected = changes_in_the_cells(path)
    assert set(found) == set(expected)
    for emotion, change in expected.items():
        assert found[emotion] == pytest.approx(change, abs=1e-9)
