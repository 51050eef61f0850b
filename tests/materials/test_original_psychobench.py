from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.original_psychobench import (
    COMMIT,
    FILES,
    LICENCE,
    REPOSITORY,
    convert,
    convert_norms,
    convert_questionnaires,
)
from emotionbench.materials.original_psychobench_facts import FACTS, NORM_FACTS
from emotionbench.materials.originals import ORIGINALS, add

# groups of people and how many they are, as published
N = {
    "BFI": [6076],
    "EPQ-R": [693, 878],
    "DTDD": [577],
    "BSRI": [58, 50, 76, 75],
    "CABIN": [477],
    "ICB": [254],
    "ECR-R": [388],
    "GSE": [19120],
    "LOT-R": [1288],
    "LMS": [5973, 274],
    "EIS": [111, 218],
    "WLEIS": [418],
    "Empathy": [112],
}
MADE_UP: dict[str, Any] = {
    "name": "GSE",
    "questions": {"1": "I can brew tea.", "2": "I can pour it."},
    "prompt": "numbers from 1 to 4",
    "scale": 5,
    "reverse": [],
    "compute_mode": "SUM",
    "categories": [
        {
            "cat_name": "Overall",
            "cat_questions": [1, 2],
            "crowd": [{"crowd_name": "Crowd", "mean": 5, "std": 1.25, "n": 30}],
        }
    ],
}


def written(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "questionnaires.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def test_the_published_file_is_pinned() -> None:
    original = ORIGINALS["psychobench"]
    assert (original.repository, original.commit) == (REPOSITORY, COMMIT)
    assert re.fullmatch("[0-9a-f]{40}", COMMIT)
    (file,) = original.files
    assert file.url == f"https://raw.githubusercontent.com/CUHK-ARISE/PsychoBench/{COMMIT}/questionnaires.json"
    assert file.sha256 == FILES[0][1]
    assert "GNU" in LICENCE
    assert "no commercial use" in LICENCE


def test_an_instrument_and_its_norm_are_converted(tmp_path: Path) -> None:
    path = written(tmp_path, MADE_UP, {"name": "16P", "categories": []})
    gse = convert_questionnaires(path)["GSE"]
    norm = convert_norms(path)["GSE"]
    assert [item.text for item in gse.items] == ["I can brew tea.", "I can pour it."]
    assert gse.response_scale.labels == {1: "disagree", 2: "somewhat disagree", 3: "somewhat agree", 4: "agree"}
    assert (norm.id, norm.instruments) == ("psychobench-GSE", ("GSE",))
    (group,) = norm.groups
    assert (group.name, group.n) == ("people of 25 countries", 30)
    assert (group.subscales["overall"].mean, group.subscales["overall"].sd) == (5, 1.25)
    assert "Scholz" in norm.source
    assert REPOSITORY in norm.source


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "GSSE"}, r"'GSSE': is none of PsychoBench's questionnaires; did you mean 'GSE'\?"),
        ({"scale": 4}, r"'GSE': 'scale' is 4, but reversing on 1 to 4 needs 5"),
        (
            {"categories": [{**MADE_UP["categories"][0], "crowd": [{"crowd_name": "A", "mean": 1, "std": 0, "n": 3}]}]},
            r"categories → entry 1 → crowd → entry 1 → std",
        ),
        (
            {"categories": [{**MADE_UP["categories"][0], "crowd": [{"crowd_name": "A", "mean": 1, "std": 1}]}]},
            r"categories → entry 1 → crowd → entry 1 → n: missing",
        ),
        ({"categories": [{"cat_name": "Overall", "cat_questions": [1, 2]}]}, r"'GSE': groups"),
    ],
)
def test_a_malformed_entry_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    (tmp_path / "staged").mkdir()
    written(tmp_path, {**MADE_UP, **changes})
    with pytest.raises(MaterialError, match=message):
        convert(tmp_path, tmp_path / "staged")
    assert list((tmp_path / "staged").iterdir()) == []


def test_a_group_of_two_sizes_is_told(tmp_path: Path) -> None:
    one = MADE_UP["categories"][0]
    other = {"cat_name": "Brew", "cat_questions": [1], "crowd": [{"crowd_name": "Crowd", "mean": 2, "std": 1, "n": 31}]}
    path = written(tmp_path, {**MADE_UP, "categories": [one, other]})
    with pytest.raises(MaterialError, match="group 'Crowd' is of 30 and of 31"):
        convert_norms(path)


def test_thirteen_are_added_with_their_norms(upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(tmp_path / "home"))
    added = add("psychobench", source=upstream, home=tmp_path / "home").converted
    assert set(added.instruments) == set(N) == set(FACTS) == set(NORM_FACTS)
    assert "16 Personalities" in added.left_out[0]
    assert "third party" in added.left_out[0]
    norms = {norm.instruments[0]: norm for norm in catalogue.score_norms()}
    assert {name: [group.n for group in norm.groups] for name, norm in norms.items()} == N
    for name in added.instruments:
        instrument = catalogue.instrument(name)
        assert instrument.trait
        assert instrument.validated
        assert REPOSITORY in instrument.source
        for group in norms[name].groups:
            assert list(group.subscales) == list(instrument.subscales)
            ends = instrument.response_scale.lowest, instrument.response_scale.highest
            if instrument.score.rule == "mean":
                assert all(ends[0] < moments.mean < ends[1] for moments in group.subscales.values())


def test_the_norms_are_the_files_figures(upstream: Path) -> None:
    norms = convert_norms(upstream / "PsychoBench" / "questionnaires.json")
    women = next(group for group in norms["EPQ-R"].groups if group.name == "women").subscales
    assert [(key, m.mean, m.sd) for key, m in women.items()] == [
        ("extraversion", 14.14, 5.06),
        ("psychoticism", 5.73, 3.85),
        ("neuroticism", 12.47, 5.06),
        ("lie", 6.88, 3.97),
    ]
    (people,) = norms["DTDD"].groups
    assert (people.subscales["narcissism"].mean, people.subscales["narcissism"].sd) == (4.88, 1.8)
    usa = norms["LMS"].groups[1]
    assert (usa.name, usa.subscales["motivator"].mean) == ("people of the USA", 3.59)
    assert norms["BFI"].instruments == ("BFI", "BFI-44")


def test_sds_of_the_bsri_are_standard_errors_times_the_root_of_n(upstream: Path) -> None:
    path = upstream / "PsychoBench" / "questionnaires.json"
    raw = next(one for one in json.loads(path.read_text(encoding="utf-8")) if one["name"] == "BSRI")
    crowds = [crowd for category in raw["categories"] for crowd in category["crowd"]]
    errors = [crowd["std"] / math.sqrt(crowd["n"]) for crowd in crowds]
    assert errors == pytest.approx([round(error, 2) for error in errors], abs=1e-9)
    rounded = [m.sd for group in convert_norms(path)["BSRI"].groups for m in group.subscales.values()]
    assert rounded == [0.69, 0.76, 0.64, 0.99, 0.7, 0.87, 0.87, 0.87]


def test_what_was_wrong_in_the_file_is_right_and_said(upstream: Path) -> None:
    path = upstream / "PsychoBench" / "questionnaires.json"
    found = convert_questionnaires(path)
    mends = {name: " ".join(instrument.mends) for name, instrument in found.items()}
    assert found["DTDD"].subscales["narcissism"].items == (9, 10, 11, 12)
    assert "narcissism" in mends["DTDD"]
    assert found["EPQ-R"].subscales["psychoticism"].name == "Psychoticism"
    assert "'Pschoticism'" in mends["EPQ-R"]
    assert "1 minus its answer" in mends["EPQ-R"]
    assert found["CABIN"].subscales["business-initiatives"].items == (121, 122, 123, 124)
    assert "'Business Iniatives'" in mends["CABIN"]
    assert "Items 1, 2, 5 and 6" in mends["ICB"]
    assert all(
        text.rstrip().endswith(".") and text.count(".") > 1 for text in (found["ICB"].text(n) for n in (1, 2, 5, 6))
    )
    assert "Items 41 to 60 are fillers" in str(found["BSRI"].note)
    assert "Items 2, 5, 6 and 8 are fillers" in str(found["LOT-R"].note)
    texts = " ".join(item.text for instrument in found.values() for item in instrument.items)
    names = " ".join(subscale.name for instrument in found.values() for subscale in instrument.subscales.values())
    for wrong in (
        "SEM",
        "sEEM",
        "panaer",
        "parmer",
        " toa ",
        "patty",
        "have use ",
        "Pschot",
        "Iniat",
        "WoodWork",
        "?.",
    ):
        assert wrong not in texts + names


def test_only_the_items_of_the_reader_are_cut_at_a_full_stop(upstream: Path) -> None:
    """What the original's reader cuts: items with a full stop before their end; no instrument but the ICB has any."""
    found = convert_questionnaires(upstream / "PsychoBench" / "questionnaires.json")
    cut = {
        name: [number for number, item in enumerate(instrument.items, 1) if "." in item.text[:-1]]
        for name, instrument in found.items()
    }
    assert {name: numbers for name, numbers in cut.items() if numbers} == {"ICB": [1, 2, 5, 6]}


def test_our_words_stand_in_for_the_originals(upstream: Path) -> None:
    path = upstream / "PsychoBench" / "questionnaires.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    prompts = " ".join(f"{entry['prompt']} {entry['inner_setting']}" for entry in entries).casefold()
    for instrument in convert_questionnaires(path).values():
        words = instrument.instructions.casefold().split()
        runs = [" ".join(words[start : start + 6]) for start in range(len(words) - 5)]
        assert not [run for run in runs if run in prompts]
