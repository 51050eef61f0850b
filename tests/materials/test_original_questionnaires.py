from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emotionbench.errors import MaterialError
from emotionbench.materials.original_facts import Facts
from emotionbench.materials.original_questionnaires import Origin, Questionnaire, entries, instrument_of, subscale_key

ORIGIN = Origin("https://github.com/someone/tea", "Nobody may use it.", ids={"TEA": "my-tea"})
FACTS = Facts(
    name="Tea Inventory",
    edition="3 items",
    source="Made up.",
    licence="Free.",
    instructions="Say how much.",
    note="Brewed for the tests.",
    trait=True,
    mends=("Milk comes first.",),
    subscale_names={"Lvoe of Tea": "Love of Tea", "Absent": "Never named"},
    misprints={2: ("tae", "tea")},
    labels={1: "no", 4: "yes"},
    item_labels={"pots": {1: "no pot", 4: "some"}},
)
RAW: dict[str, Any] = {
    "name": "TEA",
    "questions": {"1": "I like tea. ", "2": "I hate tae.", "3": "I own a pot."},
    "prompt": 'numbers from 1 to 4, 1 denotes "unused"',
    "scale": 5,
    "reverse": [2],
    "compute_mode": "AVG",
    "categories": [
        {"cat_name": "Lvoe of Tea", "cat_questions": [1, 2]},
        {"cat_name": "Pots", "cat_questions": [3]},
    ],
}


def converted(facts: Facts = FACTS, **changes: Any) -> Any:
    return instrument_of(Questionnaire.model_validate({**RAW, **changes}), facts, ORIGIN, "here")


def test_what_the_facts_say_is_done_and_said() -> None:
    tea = converted()
    assert (tea.id, tea.name, tea.trait, tea.note) == ("my-tea", "Tea Inventory", True, "Brewed for the tests.")
    assert tea.source == "Made up. The items are those of https://github.com/someone/tea."
    assert tea.licence == "Free. Nobody may use it."
    assert [item.text for item in tea.items] == ["I like tea.", "I hate tea.", "I own a pot."]
    assert tea.response_scale.labels == {1: "no", 4: "yes"}
    assert [item.labels for item in tea.items] == [None, None, {1: "no pot", 4: "some"}]
    assert {key: subscale.name for key, subscale in tea.subscales.items()} == {
        "love-of-tea": "Love of Tea",
        "pots": "Pots",
    }
    assert tea.subscales["love-of-tea"].reverse == (2,)
    assert tea.mends == (
        "Milk comes first.",
        "The subscale 'Lvoe of Tea' of the file is named 'Love of Tea'.",
        "Item 2 of the file has 'tae' for 'tea'.",
    )


def test_without_labels_of_ours_those_of_the_prompt_stand() -> None:
    assert converted(replace(FACTS, labels={})).response_scale.labels == {1: "unused"}


def test_what_is_to_be_mended_must_be_there() -> None:
    with pytest.raises(
        MaterialError, match=r"here: item 2 lacks 'tae', which is to be mended; give the original's file"
    ):
        converted(questions={**RAW["questions"], "2": "I hate tea."})


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Physical Aggression Scale", "physical-aggression"),
        ("Social Fears (SOC)", "social-fears"),
        ("Others' emotion appraisal (OEA)", "others-emotion-appraisal"),
        ("Construction/Woodwork", "construction-woodwork"),
        ("Lvoe of Tea", "love-of-tea"),
        ("Negative Affect", "negative"),
    ],
)
def test_keys_of_subscales(name: str, key: str) -> None:
    (category,) = Questionnaire.model_validate(
        {**RAW, "categories": [{"cat_name": name, "cat_questions": [1]}]}
    ).categories
    assert subscale_key(category, FACTS) == key


def test_entries_say_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "questionnaires.json"
    path.write_text('[{"name": "LEFT", "odd": true}, {"name": "TEA"}]', encoding="utf-8")
    with pytest.raises(MaterialError, match=r"questionnaires\.json: 'TEA': questions: missing"):
        list(entries(path, leave_out=frozenset({"LEFT"})))
    with pytest.raises(MaterialError, match=r"questionnaires\.json: 'LEFT': questions: missing"):
        list(entries(path))
