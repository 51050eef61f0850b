from __future__ import annotations

from typing import Any

import pytest

from emotionbench.respondents.openai.typed_questions import Told, Typed, Unanswered, body, told

UPSET = Typed("item_3", "Upset", {"1": "not at all", "2": "", "3": "very"})


def test_systemone_takes_named_questions_with_options_or_levels() -> None:
    assert body("systemone", "choice", "Now.", [UPSET]) == {
        "state": "Now.",
        "questions": {
            "item_3": {
                "type": "choice",
                "instructions": "Upset",
                "criteria": {"1": "not at all", "2": None, "3": "very"},
            }
        },
    }
    asked = body("systemone", "score", "Now.", [UPSET])["questions"]["item_3"]
    assert asked == {"type": "score", "instructions": "Upset", "criteria": ["1 = not at all", "2", "3 = very"]}


def test_decisions_take_a_list_of_questions() -> None:
    asked = body("decisions", "choice", "Now.", [UPSET])
    assert asked == {
        "input": "Now.",
        "questions": [
            {
                "type": "choice",
                "name": "item_3",
                "instructions": "Upset",
                "choices": [
                    {"value": "1", "description": "not at all"},
                    {"value": "2"},
                    {"value": "3", "description": "very"},
                ],
            }
        ],
    }
    levels = body("decisions", "score", "Now.", [UPSET])["questions"][0]["levels"]
    assert levels == [{"label": "1 = not at all"}, {"label": "2"}, {"label": "3 = very"}]


@pytest.mark.parametrize(
    ("content", "kind", "mass"),
    [
        ({"answers": {"item_3": {"probabilities": {"1": 0.2, "2": 0.3, "3": 0.5}}}}, "choice", None),
        ({"answers": {"item_3": {"probabilities": {"0": 0.2, "1": 0.3, "2": 0.5}, "label_mass": 0.7}}}, "score", 0.7),
        (
            {
                "answers": {"item_3": {"probabilities": {"1": 0.2, "2": 0.3, "3": 0.5}}},
                "diagnostics": {"item_3": {"label_mass": 0.8}},
            },
            "choice",
            0.8,
        ),
        (
            {
                "answers": [
                    {"name": "item_2", "probabilities": [{"value": "1", "probability": 1.0}]},
                    {
                        "name": "item_3",
                        "probabilities": [
                            {"value": value, "label": "x", "probability": p}
                            for value, p in ((0, 0.2), (1, 0.3), (2, 0.5))
                        ],
                    },
                ]
            },
            "score",
            None,
        ),
    ],
)
def test_every_shape_tells_the_same(content: Any, kind: Any, mass: float | None) -> None:
    assert told(content, kind, UPSET) == Told({"1": 0.2, "2": 0.3, "3": 0.5}, mass)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "no answer"),
        ({"probabilities": {}}, "no probabilities of a choice"),
        ({"probabilities": ["x"]}, "no probabilities of a choice"),
        ({"probabilities": {"1": 0.5, "2": 0.5, "4": 0.0}}, "'4', which is none of the answers"),
        ({"probabilities": {"1": 0.5, "2": 0.2}}, "sum to 0.7"),
        ({"probabilities": {"1": float("nan"), "2": 1.0}}, "tells nan"),
        ({"probabilities": {"1": -0.5, "2": 1.5}}, "tells -0.5"),
        ({"probabilities": {"1": True}}, "tells True"),
        ({"probabilities": {"1": 1.0}, "label_mass": 7}, "tells 7"),
        ({"type": "refusal"}, "declined"),
    ],
)
def test_what_is_no_answer_says_why(answer: dict[str, Any], why: str) -> None:
    answers = {"item_3": answer} if answer else {}
    with pytest.raises(Unanswered, match=why):
        told({"answers": answers}, "choice", UPSET)
