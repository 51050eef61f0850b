"""What a server says of its models (``GET /models``), and which of them may have been meant."""

from __future__ import annotations

import json
from collections.abc import Sequence

from emotionbench.respondents.openai.replies import storable

MOST_NAMED = 10


def names(text: str) -> list[str]:
    """The ids in a response: of a list, or of a list under ``data``; none where it holds neither."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    entries = content.get("data") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        return []
    found = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return [storable(name) for name in found if isinstance(name, str)]


def fix(model: str, offered: Sequence[str]) -> str:
    """What to do where ``model`` is not there: at most ten of those that are, nearest name first."""
    if not offered:
        return "check the model's name and base_url, which most often ends in /v1"
    from rapidfuzz import fuzz, process  # noqa: PLC0415  (wanted only where a model is not there)

    ranked = process.extract(model, offered, scorer=fuzz.WRatio, limit=MOST_NAMED)
    more = len(offered) - len(ranked)
    return f"models there: {', '.join(name for name, _, _ in ranked)}" + (f" and {more} more" if more else "")
