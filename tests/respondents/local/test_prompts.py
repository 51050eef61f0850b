"""Conversations as chat templates write them, and templates that refuse."""

from __future__ import annotations

from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.records import Message
from emotionbench.respondents.local.prompts import Prompts
from tiny_llama import TinyLlama

transformers = pytest.importorskip("transformers")

PLAIN = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}>"
WITHOUT_SYSTEM = "{% for m in messages if m['role'] != 'system' %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}>"
USER_ALONE = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ raise_exception('no turns') }}{% endif %}"
    "[{{ m['role'] }}]{{ m['content'] }}{% endfor %}>"
)
CONVERSATION: tuple[Message, ...] = ({"role": "system", "content": "S"}, {"role": "user", "content": "U"})


def prompts(tiny: TinyLlama, template: str) -> Prompts:
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(tiny.folder)
    tokenizer.chat_template = template
    return Prompts(tokenizer, "local/m")


def test_a_system_message_goes_where_the_template_puts_it(tiny_llama: TinyLlama) -> None:
    assert prompts(tiny_llama, PLAIN).text(CONVERSATION) == "[system]S[user]U>"


def test_a_template_that_drops_system_messages_gets_their_text_with_the_user_s(tiny_llama: TinyLlama) -> None:
    found = prompts(tiny_llama, WITHOUT_SYSTEM)
    assert not found.has_system
    assert found.text(CONVERSATION) == "[user]S\n\nU>"


def test_a_conversation_that_the_template_refuses_stops_the_run(tiny_llama: TinyLlama) -> None:
    found = prompts(tiny_llama, USER_ALONE)
    with pytest.raises(
        RespondentError, match="local/m: the chat template refuses the conversation: no turns; mend its"
    ):
        found.text((*CONVERSATION, {"role": "assistant", "content": "A"}))


def test_tokens_are_those_of_the_text_without_any_added(tiny_llama: TinyLlama) -> None:
    found = prompts(tiny_llama, PLAIN)
    (tokens,) = found.tokens([CONVERSATION])
    assert found.tokenizer.decode(tokens) == found.text(CONVERSATION)
