from __future__ import annotations

import pytest

from emotionbench.records import Message
from emotionbench.respondents.conversations import folded


def said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


USER, REPLY, NEXT = said("user", "Hello"), said("assistant", "Hi"), said("user", "And now?")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((said("system", "Be brief."), USER, REPLY, NEXT), (said("user", "Be brief.\n\nHello"), REPLY, NEXT)),
        ((said("system", "A."), said("system", "B."), USER), (said("user", "A.\n\nB.\n\nHello"),)),
        ((USER, REPLY, NEXT), (USER, REPLY, NEXT)),
    ],
)
def test_the_system_text_stands_before_the_first_user_message(
    messages: tuple[Message, ...], expected: tuple[Message, ...]
) -> None:
    assert folded(messages) == expected
