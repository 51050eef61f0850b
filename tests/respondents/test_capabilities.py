from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Answerer, Capabilities, build
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.embedded import Embedded
from emotionbench.study import Execution, RespondentSpec

ALL = Capabilities(logprobs=True, seed=True, system_role=True, temperature=True, json_schema=True, batch=True)


@dataclass
class Able(Embedded):
    """A respondent that says what it can do."""

    capabilities: Capabilities = ALL  # type: ignore[misc]  # of the embedded it follows from what they can


def respondent(**lacking: bool) -> Able:
    record = Respondent.of(RespondentKind.LLM, "some/model", {})
    return Able(record, lambda _: {}, capabilities=replace(ALL, **lacking))


@pytest.mark.parametrize(
    ("lacks", "form", "why"),
    [
        ("logprobs", {"answers": "logprobs"}, "does not tell the probabilities of its answers; .*--answers drawn"),
        ("json_schema", {"answers": "json"}, "JSON schema; .*--answers drawn"),
        ("temperature", {"temperature": 0.5}, "takes no temperature; leave temperature out"),
        ("drawn", {"answers": "json"}, "writes nothing; .*--answers logprobs"),
        ("system_role", {"persona": "a", "persona_text": "You are A."}, "takes no system message"),
    ],
)
def test_what_a_respondent_cannot_do_is_refused(lacks: str, form: dict[str, Any], why: str) -> None:
    asked = Form.model_validate(form)
    check_able(respondent(), [Form(), asked])
    with pytest.raises(RespondentError, match=f"^some/model: .*{why}"):
        check_able(respondent(**{lacks: False}), [Form(), asked])


def test_what_is_not_asked_for_is_not_missed() -> None:
    nothing = replace(ALL, **dict.fromkeys(("logprobs", "json_schema", "temperature", "system_role"), False))
    check_able(
        Able(respondent().record, lambda _: {}, capabilities=nothing),
        [Form(), Form(answers="drawn"), Form(persona="none"), Form(option_labels="a")],
    )


HERE = {"base_url": "http://127.0.0.1:1/v1"}
PERSONA = Form.model_validate({"persona": "a", "persona_text": "You are A."})


@pytest.mark.parametrize(
    ("model", "settings"), [("compatible/m", {**HERE}), ("inspect/mockllm/model", {}), ("ollama/m", {**HERE})]
)
def test_a_persona_is_not_folded_into_what_the_user_says(model: str, settings: dict[str, Any]) -> None:
    if model.startswith("inspect/"):
        pytest.importorskip("inspect_ai")
    check_able(built(model, settings), [PERSONA])
    folding = built(model, {**settings, "system_role": False})
    check_able(folding, [Form(), Form(option_labels="a")])
    with pytest.raises(RespondentError, match=r"a persona is one; leave personas out, or write their words into"):
        check_able(folding, [PERSONA])


def test_where_nobody_chats_a_persona_opens_the_text() -> None:
    check_able(built("compatible/m", {**HERE, "system_role": False, "endpoint": "completions"}), [PERSONA])


def test_a_model_of_inspect_s_that_tells_no_probabilities_is_refused_before_it_is_asked() -> None:
    pytest.importorskip("inspect_ai")
    with pytest.raises(RespondentError, match=r"does not tell the probabilities of its answers; .*--answers drawn"):
        check_able(built("inspect/mockllm/model", {}), [Form(answers="logprobs")])


@pytest.mark.parametrize("forms", [[], [Form()], [Form(answers="logprobs"), Form(option_labels="a")]])
def test_typed_questions_are_not_drawn(forms: list[Form]) -> None:
    typed = built("compatible/m", {**HERE, "endpoint": "ordinal"})
    check_able(typed, [Form(answers="logprobs")])
    with pytest.raises(RespondentError, match=r"compatible/m: answers typed questions.*--answers logprobs"):
        check_able(typed, forms)


def built(model: str, settings: dict[str, Any]) -> Answerer:
    return build(RespondentSpec(id=model, settings=settings), catalogue.protocol("standard"), Execution())
