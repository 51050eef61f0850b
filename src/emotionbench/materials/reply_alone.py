"""How the answer to one item alone is asked for, where the probabilities of answers are read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from emotionbench.documents import shipped_content
from emotionbench.materials.protocols import Protocol

_TEXTS = Path(__file__).parent / "data" / "reply_alone.yaml"


def with_reply_alone(protocol: Protocol) -> Protocol:
    """The protocol with ``reply_alone`` in its language, where it has none of its own and there is one."""
    text = _texts().get(protocol.language)
    if protocol.reply_alone or text is None:
        return protocol
    return protocol.model_copy(update={"reply_alone": text})


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = shipped_content(_TEXTS.read_text(encoding="utf-8"))
    return texts
