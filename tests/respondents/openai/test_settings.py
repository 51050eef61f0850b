from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from emotionbench.respondents.openai.settings import Settings


@pytest.mark.parametrize(
    "address", ["http://localhost:8000/v1", "https://host.test", "http://user:word@h/v1?key=1", "http://[::1]:80/v1"]
)
def test_an_address(address: str) -> None:
    assert Settings(base_url=address).base_url == address


@pytest.mark.parametrize(
    "address", ["", "host/v1", "file:///v1", "http://.h/v1", "http://h..h/v1", "http:///v1", " http://h/v1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValidationError, match="is no http or https address"):
        Settings(base_url=address)


@pytest.mark.parametrize("extra", [{"a": {"password": "x"}}, {"a": [[{"Authorization": "x"}]]}, {"api-key": "x"}])
def test_a_secret_is_found_however_deep(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="may hold a key, and keys are not kept"):
        Settings(extra=extra)


def test_a_name_that_only_resembles_a_secret_s_is_taken() -> None:
    extra = {"max_thinking_tokens": 3, "tokenizer": "x", "reasoning": {"key_points": 1}}
    assert Settings(extra=extra).extra == extra


def test_settings_that_came_later_are_left_out_of_what_a_respondent_is_known_by() -> None:
    later = {"endpoint", "constrain", "examples", "scoring", "typed"}
    assert not later & Settings().model_dump(mode="json").keys()
    assert Settings(endpoint="completions").model_dump(mode="json")["endpoint"] == "completions"
