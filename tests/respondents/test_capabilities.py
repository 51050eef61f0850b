from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Form
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Capabilities
from emotionbench.respondents.capabilities import check_able
from emotionbench.respondents.embedded import Embedded

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
