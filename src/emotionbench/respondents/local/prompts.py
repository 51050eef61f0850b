"""Conversations as a tokenizer's chat template writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emotionbench.errors import RespondentError
from emotionbench.records import Message
from emotionbench.respondents.conversations import folded
from emotionbench.respondents.local.prefix import Tokens

PROBE, QUESTION = "Speak as if it were 1897.", "Which of 7 answers is yours?"
MEND = "mend its chat_template.jinja, or ask it through a server, which may have a template of its own"


class Prompts:
    """Writes conversations as tokens. ``has_system`` says whether the template takes a system message as such.

    One that does not gets the system text before the first user message. A RespondentError where the template cannot
    write a single question.
    """

    def __init__(self, tokenizer: Any, where: str) -> None:
        self.tokenizer, self.where = tokenizer, where
        self._check_question()
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
            said = f"the chat template refuses the conversation: {str(problem).rstrip('.')}"
            raise RespondentError(said, where=self.where, fix=MEND) from None

    def _written(self, messages: Sequence[Message]) -> str:
        # templates may change what they are given
        copies = [dict(message) for message in messages]
        return str(self.tokenizer.apply_chat_template(copies, tokenize=False, add_generation_prompt=True))

    def _check_question(self) -> None:
        try:
            written = self._written(({"role": "user", "content": QUESTION},))
        except Exception as problem:  # noqa: BLE001  # likewise
            said = f"the chat template does not work: {str(problem).rstrip('.')}"
            raise RespondentError(said, where=self.where, fix=MEND) from None
        if QUESTION not in written:
            raise RespondentError("the chat template leaves out what the user says", where=self.where, fix=MEND)

    def _takes_system(self) -> bool:
        try:
            written = self._written(({"role": "system", "content": PROBE}, {"role": "user", "content": QUESTION}))
        except Exception:  # noqa: BLE001  # likewise
            return False
        return PROBE in written
