"""Keys in what others recorded: masked by their looks, as whoever reads it may not have them."""

from __future__ import annotations

import json
import re
from typing import Any

from emotionbench.respondents.credentials import MASK

_NAME, _QUOTE, _MANNER = r"(?:api[-_]?key|authorization)", r"\\*[\"']", r"(?:(?:Bearer|Basic|Token)\s+)?"
_NAMED = re.compile(
    rf"({_NAME}(?:{_QUOTE}\s*[:,]\s*{_QUOTE}|\s*[:=]\s*(?:{_QUOTE})?){_MANNER})[^\s\"'\\,;{{}}\[\]]{{6,}}",
    re.IGNORECASE,
)
"""The value of a header or field that is called a key: as JSON, as JSON within JSON, or as ``name: value``."""
_BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
"""Where no word goes on; within JSON a line may begin there, whose break is written as a letter."""
_BEARER = re.compile(rf"{_BEGIN}(Bearer\s+)[A-Za-z0-9._~+/*-]{{6,}}=*")
_KEY = re.compile(
    rf"{_BEGIN}(?:sk-[A-Za-z0-9_-]{{8,}}|(?:xai-|pplx-|nvapi-|gsk_|hf_|r8_)[A-Za-z0-9_-]{{16,}}"
    r"|AIza[A-Za-z0-9_-]{30,}|AKIA[A-Z0-9]{16})"
)
"""Keys as providers make them: OpenAI's, Anthropic's and those like them, xAI's, Google's, Amazon's and others'."""


def without_keys(text: str) -> str:
    """``text`` with ``***`` for whatever looks like a key; the quotes and names around it stay."""
    named = _NAMED.sub(rf"\1{MASK}", text)
    return _KEY.sub(MASK, _BEARER.sub(rf"\1{MASK}", named))


def fields_without_keys(fields: dict[str, Any]) -> dict[str, Any]:
    """The same of values that JSON can write, at any depth."""
    found: dict[str, Any] = json.loads(without_keys(json.dumps(fields, ensure_ascii=False)))
    return found
