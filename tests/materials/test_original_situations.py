from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.original_situations import EDITION, read_situations

MADE_UP = {
    "emotions": [
        {
            "name": "Anger",
            "factors": [
                {"name": "Noise, at Night", "scenarios": ["A drum next door. ", "A drum upstairs."]},
                {"name": "Queues", "scenarios": ["Somebody pushes in."]},
            ],
        },
        {"name": "Fear", "factors": [{"name": "Heights", "scenarios": ["The ladder sways."]}]},
    ]
}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "situations.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_ids_count_from_one_in_file_order_and_names_stay(tmp_path: Path) -> None:
    found = read_situations(written(tmp_path, MADE_UP))
    assert found.id == "emotionbench"
    assert [situation.id for situation in found.situations] == ["anger-1-1", "anger-1-2", "anger-2-1", "fear-1-1"]
    assert found.factors == {"anger-1": "Noise, at Night", "anger-2": "Queues", "fear-1": "Heights"}
    assert found.situations[0].text == "A drum next door."
    assert {situation.kind for situation in found.situations} == {"evoking"}


def test_changed_texts_do_not_pass_for_the_published_edition(tmp_path: Path) -> None:
    edition = read_situations(written(tmp_path, MADE_UP)).situations[0].edition
    assert edition.startswith("sha256 ")
    assert edition != EDITION


def test_the_csv_of_the_same_content_is_the_same_set(tmp_path: Path) -> None:
    path = tmp_path / "situations.csv"
    rows = [
        ["Anger-0", "Anger-1", "Fear-0"],
        ["Noise, at Night", "Queues", "Heights"],
        ["A drum next door. ", "Somebody pushes in.", "The ladder sways."],
        ["A drum upstairs."],
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert read_situations(path) == read_situations(written(tmp_path, MADE_UP))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"emotions": [\n}', r"situations\.json:2: not valid JSON"),
        ([], r"situations\.json: no list 'emotions'"),
        ({"emotions": []}, "holds no emotion"),
        ({"emotions": [{"name": "Anger"}]}, r"emotion 'Anger': factors: missing"),
        ({"emotions": [3]}, r"situations\.json: emotion 1"),
        (
            {"emotions": [{"name": "Anger", "factors": [{"name": "Queues", "scenarios": ["a", 7]}]}]},
            r"emotion 'Anger': factors → entry 1 → scenarios → entry 2: .*7",
        ),
        (
            {"emotions": [{"name": "Anger", "factors": [{"name": "Queues", "scenarios": ["  "]}]}]},
            r"emotion 'Anger': factors → entry 1 → situations → entry 1 → text",
        ),
        ({"emotions": [{"name": "So-so", "factors": [{"name": "Q", "scenarios": ["a"]}]}]}, "emotion 'So-so': "),
    ],
)
def test_a_malformed_file_names_file_entry_and_misfit(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(MaterialError, match=message):
        read_situations(written(tmp_path, content))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Anger-0\nNoise\n", "fewer than three rows"),
        ("Anger\nNoise\nA drum.\n", "column 1 is 'Anger'"),
        ("Anger-1\nNoise\nA drum.\n", "column 'Anger-1' comes where 0 is due"),
        ("Anger-0,Anger-1\nNoise,Queues\nA drum.,\n", r"factors → entry 2 → scenarios"),
    ],
)
def test_a_malformed_csv_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "situations.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MaterialError, match=message):
        read_situations(path)


def test_a_missing_file_or_other_bytes_are_told(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="cannot be read"):
        read_situations(tmp_path / "situations.json")
    (tmp_path / "situations.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MaterialError, match="cannot be read"):
        read_situations(tmp_path / "situations.json")


def test_the_original_has_428_situations_in_36_factors(upstream: Path) -> None:
    found = read_situations(upstream / "EmotionBench" / "situations.json")
    assert len(found.situations) == 428
    assert found.factors == catalogue.situation_set("everyday").factors
    assert {situation.edition for situation in found.situations} == {EDITION}
    counts = [sum(s.factor == factor for s in found.situations) for factor in found.factors]
    assert counts[:9] == [13, 11, 15, 14, 35, 11, 16, 9, 9]
    assert read_situations(upstream / "EmotionBench" / "situations" / "situations.csv") == found
