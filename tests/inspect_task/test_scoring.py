"""Scores of samples with replies that are known."""

from __future__ import annotations

import json
import math
import warnings
from typing import Any

import pytest

from emotionbench.engine.lane import Wordings
from emotionbench.imports.inspect_metadata import administration_notes
from emotionbench.plan import Plan
from emotionbench.records import Administration, Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

with warnings.catch_warnings():
    # Inspect's imports are not ours to mend
    warnings.simplefilter("ignore")
    from emotionbench.inspect_task.scoring import key_of, score_of

SMALL: dict[str, Any] = {"respondents": ["uniform"], "situations": "none", "repeats": 1}


def session_of(**changes: Any) -> tuple[Administration, Wordings]:
    study = Study(**SMALL, **changes)
    materials = materials_of(study)
    respondent = Respondent.of(RespondentKind.LLM, "m", {})
    ((administration,),) = Plan(study, materials, (respondent,))
    return administration, Wordings(materials)


def scored(administration: Administration, wordings: Wordings, *replies: dict[str, Any]) -> Any:
    own = [{"administration": administration.id, "part": 1, **reply} for reply in replies]
    return score_of(administration_notes((administration,)), own, wordings)


def sheet(value: int, n: int = 20) -> str:
    return "\n".join(f"{number}: {value}" for number in range(1, n + 1))


def test_a_whole_reply_has_every_score() -> None:
    found = scored(*session_of(), {"reply": sheet(3)})
    assert found.value == {"positive": 30.0, "negative": 30.0}
    assert found.metadata == {"n_valid": {"positive": "10 of 10", "negative": "10 of 10"}, "answers": {"valid": 20}}
    assert found.reason is None


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I'm sorry, but I can't help with that.", "refusal"),
        ("", "no_response"),
        (sheet(9), "invalid_response_format"),
    ],
)
def test_what_cannot_be_scored_is_nan_and_says_why(reply: str, reason: str) -> None:
    found = scored(*session_of(), {"reply": reply})
    assert all(math.isnan(value) for value in found.value.values())
    assert found.reason == reason


def test_a_message_that_was_never_answered_is_missing() -> None:
    found = scored(*session_of())
    assert found.metadata["answers"] == {"missing": 20}
    assert found.reason == "no_response"


def test_probabilities_score_as_what_is_expected_of_them() -> None:
    administration, wordings = session_of(ways={"answers": ["logprobs"]})
    replies = []
    for part in range(1, administration.n_messages + 1):
        (item,) = administration.shown(part)
        chances = {"1": 0.5, "2": 0.5} if item > 1 else {"1": 0.0, "5": 1.0}
        reading = {"item": item, "source": "vocabulary", "probabilities": chances, "mass": 1.0}
        replies.append({"part": part, "reply": "1", "reading": json.dumps(reading)})
    found = scored(administration, wordings, *replies)
    # item 1 of PANAS is a positive one
    assert found.value == pytest.approx({"positive": 9 * 1.5 + 5, "negative": 15.0})
    assert found.metadata["answers"] == {"valid": 20}
    replies[0]["reading"] = None
    fewer = scored(administration, wordings, *replies)
    assert fewer.metadata["answers"] == {"valid": 19, "missing": 1}


@pytest.mark.parametrize(("paired", "key"), [(True, "evoked_positive"), (False, "positive")])
def test_scores_of_a_conversation_say_their_condition(paired: bool, key: str) -> None:
    assert key_of("positive", "evoked", paired=paired) == key
