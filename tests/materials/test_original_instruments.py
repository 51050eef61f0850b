from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Item
from emotionbench.materials.original_instruments import convert_questionnaires, read_questionnaires

MADE_UP: dict[str, Any] = {
    "name": "TEA",
    "questions": {"1": "I like tea. ", "2": "I hate tea.", "3": "I own a pot."},
    "prompt": 'Send numbers from 1 to 4. SCENARIO 1 denotes "no", 2 = "hardly", 4 denotes "yes".',
    "inner_setting": "unused",
    "scale": 5,
    "reverse": [2],
    "compute_mode": "SUM",
    "categories": [
        {"cat_name": "Overall", "cat_questions": [1, 2, 3]},
        {"cat_name": "Love of Tea Scale", "cat_questions": [1, 2]},
        {"cat_name": "Behavioral Tea (POT)", "cat_questions": [3]},
    ],
}


def written(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "questionnaires.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def changed(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**MADE_UP, **changes}.items() if value is not None}


def test_a_questionnaire_is_converted_whole(tmp_path: Path) -> None:
    tea = convert_questionnaires(written(tmp_path, MADE_UP))["TEA"]
    assert tea.id == "TEA"
    assert not tea.validated
    assert (tea.response_scale.lowest, tea.response_scale.highest) == (1, 4)
    assert tea.response_scale.labels == {1: "no", 2: "hardly", 4: "yes"}
    assert tea.items == (Item(text="I like tea."), Item(text="I hate tea."), Item(text="I own a pot."))
    assert list(tea.subscales) == ["overall", "love-of-tea", "behavioral-tea"]
    assert tea.subscales["behavioral-tea"].name == "Behavioral Tea (POT)"
    assert [subscale.reverse for subscale in tea.subscales.values()] == [(2,), (2,), ()]


@pytest.mark.parametrize(("mode", "rule", "multiply"), [("SUM", "sum", 1), ("AVG", "mean", 1), ("SUM*2", "sum", 2)])
def test_compute_modes(tmp_path: Path, mode: str, rule: str, multiply: int) -> None:
    found = convert_questionnaires(written(tmp_path, changed(compute_mode=mode)))["TEA"].score
    assert (found.rule, found.multiply, found.min_valid) == (rule, multiply, None)


def test_labels_of_numbered_items_become_the_items_own(tmp_path: Path) -> None:
    prompt = (
        'numbers from 1 to 4. 1 denotes "never" and 4 denotes "daily" for question 1 to 1, and question 3 to 3. '
        '1 denotes "cold" while 4 denotes "hot" for question 2 to question 2.'
    )
    tea = convert_questionnaires(written(tmp_path, changed(prompt=prompt)))["TEA"]
    assert tea.response_scale.labels == {}
    assert [item.labels for item in tea.items] == [
        {1: "never", 4: "daily"},
        {1: "cold", 4: "hot"},
        {1: "never", 4: "daily"},
    ]


def test_labels_behind_those_of_numbered_items_are_for_the_rest(tmp_path: Path) -> None:
    prompt = 'numbers from 1 to 4. 1 denotes "never" for question 1 to 1. 1 denotes "no", 4 denotes "yes".'
    tea = convert_questionnaires(written(tmp_path, changed(prompt=prompt)))["TEA"]
    assert tea.response_scale.labels == {1: "no", 4: "yes"}
    assert [item.labels for item in tea.items] == [{1: "never"}, None, None]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": 4}, r"questionnaires\.json: 'TEA': 'scale' is 4, but reversing on 1 to 4 needs 5"),
        ({"prompt": "say something"}, "does not say 'numbers from A to B'"),
        ({"prompt": 'numbers from 1 to 4. 9 denotes "too much"'}, "response_scale: label for 9"),
        ({"compute_mode": "MAX"}, "unknown 'compute_mode' 'MAX'; known: SUM, AVG"),
        ({"reverse": [4]}, "'reverse' names 4, which is in no category"),
        ({"questions": {"1": "a", "3": "b"}}, "'questions' lacks 2"),
        ({"questions": {"1": "a", "2": "A", "3": "b"}}, "item 2 'A' stands twice"),
        ({"questions": {"1": "a", "2": "b", "3": ""}}, "'TEA': questions → 3"),
        ({"questions": None}, "questions: missing"),
        ({"categories": [{"cat_name": "All", "cat_questions": [1, 2, 3, 4]}]}, "names item 4; items are 1 to 3"),
        ({"categories": [{"cat_name": "All", "cat_questions": [1, "2"]}]}, "categories → entry 1 → cat_questions"),
        ({"categories": MADE_UP["categories"] * 2}, "category 'Overall' stands twice"),
        ({"name": None}, r"questionnaires\.json: entry 1: name: missing"),
    ],
)
def test_a_malformed_entry_names_file_entry_and_misfit(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(MaterialError, match=message):
        convert_questionnaires(written(tmp_path, changed(**changes)))


def test_other_content_is_told(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="'TEA': stands twice"):
        convert_questionnaires(written(tmp_path, MADE_UP, MADE_UP))
    with pytest.raises(MaterialError, match="not a list of questionnaires"):
        convert_questionnaires(written(tmp_path))


def panas_entry(**changes: Any) -> dict[str, Any]:
    ours = catalogue.instrument("PANAS")
    entry = {
        "name": "PANAS",
        "questions": {str(number): item.text for number, item in enumerate(ours.items, 1)},
        "prompt": "numbers from 1 to 5",
        "scale": 6,
        "reverse": [],
        "compute_mode": "SUM",
        "categories": [
            {"cat_name": "Positive Affect", "cat_questions": ours.subscales["positive"].items},
            {"cat_name": "Negative Affect", "cat_questions": ours.subscales["negative"].items},
        ],
    }
    return {**entry, **changes}


def test_panas_is_ours_where_items_and_keys_are_equal(tmp_path: Path) -> None:
    assert read_questionnaires(written(tmp_path, panas_entry()))["PANAS"] == catalogue.instrument("PANAS")


def test_panas_with_other_keys_is_the_converted_one(tmp_path: Path) -> None:
    other = read_questionnaires(written(tmp_path, panas_entry(reverse=[1])))["PANAS"]
    assert other.id == "emotionbench-PANAS"
    assert list(other.subscales) == ["positive", "negative"]


ITEMS_AND_ENDS = {
    "emotionbench-PANAS": (20, 1, 5),
    "AGQ": (29, 1, 7),
    "DASS-21": (21, 0, 3),
    "BDI": (21, 0, 3),
    "FDS": (28, 1, 5),
    "MJS": (24, 1, 7),
    "GASP": (16, 1, 7),
    "FSS": (52, 1, 5),
    "BFNE": (12, 1, 5),
}


def test_all_nine_of_the_original_convert(upstream: Path) -> None:
    found = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")
    shapes = {i.id: (i.n_items, i.response_scale.lowest, i.response_scale.highest) for i in found.values()}
    assert shapes == ITEMS_AND_ENDS
    # the GASP's question is ours, so that nobody has validated what is asked
    assert {name for name, instrument in found.items() if not instrument.validated} == {"GASP"}
    assert found["DASS-21"].score.multiply == 2
    assert found["AGQ"].subscales["overall"].reverse == (7, 18)
    assert found["AGQ"].subscales["physical-aggression"].reverse == (7,)
    assert found["BFNE"].subscales["overall"].reverse == (2, 4, 7, 10)
    assert list(found["MJS"].subscales) == ["cognitive-jealousy", "emotional-jealousy", "behavioral-jealousy"]
    labelled = {
        number for number, item in enumerate(found["MJS"].items, 1) if item.labels != found["MJS"].items[0].labels
    }
    assert labelled == set(range(9, 17))
    assert found["GASP"].note is not None
    assert "BDI-IA" in found["BDI"].edition
    unlabelled = {name for name, instrument in found.items() if not instrument.response_scale.labels}
    assert unlabelled == {"BDI", "MJS"}


def test_what_asks_about_dispositions_is_marked(upstream: Path) -> None:
    found = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json").values()
    assert {one.id for one in found if one.trait} == {"AGQ", "FDS", "MJS", "GASP", "FSS", "BFNE"}
    assert {one.id for one in found if one.trait is None} == {"emotionbench-PANAS", "DASS-21", "BDI"}
    assert "past week" in str(next(one.note for one in found if one.id == "DASS-21"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("AGQ", "Items 7 and 18 are reverse-keyed"),
        ("DASS-21", "sums are doubled"),
        ("BDI", "BDI-IA"),
        ("MJS", "Each item carries its own response labels"),
        ("MJS", "'Bahavioral Jealousy' of the file is named 'Behavioral Jealousy'"),
        ("GASP", "what is to be likely"),
    ],
)
def test_every_mend_is_recorded(upstream: Path, name: str, said: str) -> None:
    mends = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")[name].mends
    assert any(said in mend for mend in mends)


def test_every_item_of_the_gasp_says_what_is_to_be_likely(upstream: Path) -> None:
    gasp = convert_questionnaires(upstream / "EmotionBench" / "questionnaires.json")["GASP"]
    asked: dict[str, set[str]] = {}
    for key, subscale in gasp.subscales.items():
        for number in subscale.items:
            labels = gasp.items[number - 1].labels
            assert labels is not None
            assert labels[1].removeprefix("very unlikely that") == labels[7].removeprefix("very likely that")
            asked.setdefault(key, set()).add(labels[7])
    assert [len(labels) for labels in asked.values()] == [1, 1, 1, 1]
    assert len(set.union(*asked.values())) == 4


def test_our_words_stand_in_for_the_originals(upstream: Path) -> None:
    path = upstream / "EmotionBench" / "questionnaires.json"
    prompts = " ".join(entry["prompt"] for entry in json.loads(path.read_text(encoding="utf-8"))).casefold()
    for instrument in convert_questionnaires(path).values():
        words = instrument.instructions.casefold().split()
        runs = [" ".join(words[start : start + 6]) for start in range(len(words) - 5)]
        assert not [run for run in runs if run in prompts]
