from __future__ import annotations

import pytest

from emotionbench.respondents.openai import offers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"data": [{"id": "a"}, {"id": null}, 3, {"id": "b"}]}', ["a", "b"]),
        ('[{"id": "a"}]', ["a"]),
        ('{"data": "a"}', []),
        ("<html>", []),
        ("[" * 100_000, []),
    ],
)
def test_the_names_that_a_server_offers_in_either_shape(text: str, names: list[str]) -> None:
    assert offers.names(text) == names


def test_the_nearest_name_comes_first_and_the_rest_are_counted() -> None:
    offered = [*(f"other-{n}" for n in range(12)), "gpt-4o-mini"]
    found = offers.fix("gpt-4o-minni", offered)
    assert found.startswith("models there: gpt-4o-mini, other-")
    assert found.endswith(" and 3 more")
    assert offers.fix("gpt-4", ["gpt-4o"]) == "models there: gpt-4o"


def test_without_names_the_address_is_doubted() -> None:
    assert offers.fix("gpt-4", []).startswith("check the model's name and base_url")
