"""Conversations in the shape that a model takes."""

from __future__ import annotations

from emotionbench.records import Message


def folded(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The conversation with its system text put before its first user message."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    first = next((index for index, message in enumerate(rest) if message["role"] == "user"), None)
    if system and first is not None:
        rest[first] = {"role": "user", "content": "\n\n".join([*system, rest[first]["content"]])}
    return tuple(rest)
