"""The generation settings that a question makes, and the settings that a log of Inspect amounts to."""

from __future__ import annotations

from typing import Any

import pytest

from emotionbench.materials.forms import Form
from emotionbench.respondents.inspect.asking import (
    Settings,
    generation,
    generation_of_form,
    record_of,
    settings_of_config,
)
from endpoint_helpers import LOGPROBS, items

NOTHING: dict[str, Any] = {"config": {}, "temperature": None, "top_p": None, "max_tokens": None, "send_seed": False}


def test_named_settings_go_before_those_of_config_and_null_is_not_sent() -> None:
    settings = {**NOTHING, "config": {"top_k": 3}, "temperature": 0.5, "max_tokens": 7}
    assert generation(settings, items(form=None)[0]) == {"top_k": 3, "temperature": 0.5, "max_tokens": 7}
    assert generation(NOTHING, items(form=None)[0]) == {}


@pytest.mark.parametrize(
    ("form", "max_tokens", "expected"),
    [
        (Form(temperature=0.25), 10, {"temperature": 0.25}),
        (Form(chain_of_thought=True), 10, {"max_tokens": 2058}),
        (Form(chain_of_thought=True), None, {}),
        (LOGPROBS, 10, {"logprobs": True, "top_logprobs": 20, "max_tokens": 16}),
    ],
)
def test_what_a_form_asks_for(form: Form, max_tokens: int | None, expected: dict[str, Any]) -> None:
    assert generation_of_form(items(form=form)[0], max_tokens) == expected


def test_messages_have_seeds_of_their_own() -> None:
    seeds = {generation({**NOTHING, "send_seed": True}, question)["seed"] for question in items()}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_what_a_log_was_made_with_is_the_respondent_that_a_run_would_be() -> None:
    config = {"temperature": 0.5, "max_tokens": 1024, "max_connections": 3, "max_retries": 2, "top_k": 4}
    found = settings_of_config(config, {"device": "cpu", "api_key": "sk-secret"})
    asked = Settings(temperature=0.5, config={"top_k": 4}, model_args={"device": "cpu"})
    assert record_of("hf/m", found) == record_of("hf/m", asked)
