from __future__ import annotations

from dataclasses import replace

import pytest

from emotionbench.materials.forms import Form
from emotionbench.respondents.openai.bodies import constant_fields, most_tokens, seed_of
from endpoint_helpers import LOGPROBS, items


@pytest.mark.parametrize(
    ("limit", "form", "expected"),
    [
        (100, None, 100),
        (100, Form(chain_of_thought=True), 2148),
        (None, Form(chain_of_thought=True), None),
        (100, Form(option_labels="a"), 100),
    ],
)
def test_a_chain_of_thought_has_more_room(limit: int | None, form: Form | None, expected: int | None) -> None:
    assert most_tokens({"max_tokens": limit}, replace(items(form=None)[0], form=form)) == expected


def test_what_is_null_is_not_sent_and_extra_is() -> None:
    assert constant_fields({"temperature": 0.0, "top_p": None, "extra": {"k": 1}}) == {"temperature": 0.0, "k": 1}


def test_messages_asked_side_by_side_have_seeds_of_their_own() -> None:
    seeds = {seed_of(question) for question in items(form=LOGPROBS)}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_in_one_conversation_the_attempt_alone_tells_seeds_apart() -> None:
    first, second, *_ = items(form=Form(items_per_message=5))
    assert seed_of(first) == seed_of(replace(second, attempt=first.attempt))
    assert seed_of(first) != seed_of(replace(first, attempt=2))
