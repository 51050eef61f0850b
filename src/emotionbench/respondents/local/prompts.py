"""Conversations as a tokenizer's chat template writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionbench.errors import RespondentError
from emotionbench.records import Message
from emotionbench.respondents.conversations import folded
from emotionbench.respondents.local.prefix import Tokens

PROBE = "Speak as if it were 1897."


class Prompts:
    """Writes conversations as tokens. ``has_system`` says whether the template takes a system message as such.

    One that does not gets the system text before the first user message.
    """

    def __init__(self, tokenizer: Any, where: str) -> None:
        self.tokenizer, self.where = tokenizer, where
        self.has_system = self._takes_system()

    def tokens(self, conversations: Sequence[tuple[Message, ...]]) -> list[Tokens]:
        """Each conversation, up to where the respondent's turn begins."""
        texts = [self.text(messages) for messages in conversations]
        found = self.tokenizer(texts, add_special_tokens=False, return_attention_mask=False, verbose=False)["input_ids"]
        return [np.array(ids, np.int32) for ids in found]

    def text(self, messages: tuple[Message, ...]) -> str:
        """A conversation as the model reads it; a RespondentError where its template refuses it."""
        try:
            return self._written(messages if self.has_system else folded(messages))
        except Exception as problem:  # noqa: BLE001  # a template is a program, and raises what it likes
            raise RespondentError(f"the chat template refuses the conversation: {problem}", where=self.where) from None

    def _written(self, messages: Sequence[Message]) -> str:
        # templates may change what they are given
        copies = [dict(message) for message in messages]
        return str(self.tokenizer.apply_chat_template(copies, tokenize=False, add_generation_prompt=True))

    def _takes_system(self) -> bool:
        try:
            written = self._written(({"role": "system", "content": PROBE}, {"role": "user", "content": "Hello"}))
        except Exception:  # noqa: BLE001  # likewise
            return False
        return PROBE in written
