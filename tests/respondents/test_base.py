from __future__ import annotations

import pytest

from emotionbench.documents import Document
from emotionbench.errors import RespondentError
from emotionbench.respondents.base import check_known, settings_of
from emotionbench.study import RespondentSpec


class Settings(Document):
    temperature: float = 0.0


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("openai/gpt-4o-mini", "respondents.openai.compatible"),
        ("VLLM/org/model", "respondents.openai.compatible"),
        ("inspect/anthropic/claude", "respondents.inspect.model"),
        ("local/folder", "respondents.local.answerer"),
    ],
)
def test_what_stands_before_the_first_slash_says_who_makes_it(name: str, module: str) -> None:
    assert check_known(RespondentSpec(id=name)).value == f"emotionbench.{module}:build"


def test_an_unknown_respondent_is_told_what_was_meant() -> None:
    with pytest.raises(
        RespondentError, match=r"unknown respondent 'opnai/gpt-4o'; did you mean 'openai'\?.*provider/model"
    ):
        check_known(RespondentSpec(id="opnai/gpt-4o"))


def test_a_setting_that_does_not_fit_is_named_with_its_respondent() -> None:
    assert settings_of(RespondentSpec(id="m", settings={"temperature": 1}), Settings).temperature == 1.0
    with pytest.raises(RespondentError, match="settings of 'm': temprature: unknown key; did you mean 'temperature'"):
        settings_of(RespondentSpec(id="m", settings={"temprature": 1}), Settings)
