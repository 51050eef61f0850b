"""What the bodies of requests to chat completions and to completions have in common."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from emotionbench.respondents.base import THINKING_TOKENS, Question


def constant_fields(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body fields that are the same in every request of a respondent with these settings."""
    fields = {key: settings[key] for key in ("temperature", "top_p") if settings[key] is not None}
    return {**fields, **settings["extra"]}


def most_tokens(settings: Mapping[str, Any], question: Question) -> int | None:
    """How long a reply may be, in tokens, more where a form asks for a chain of thought; None where nothing says."""
    limit: int | None = settings["max_tokens"]
    thinks = question.form is not None and question.form.chain_of_thought
    return limit if limit is None else limit + (THINKING_TOKENS if thinks else 0)


def seed_of(question: Question) -> int:
    """A seed from 0 to 2³¹ − 1: another for every administration and attempt, so that repeats are not one draw."""
    label = f"{question.administration.id}|{question.attempt}"
    if question.form is not None and question.form.starts_anew:
        label += f"|{question.part}"  # messages that are asked side by side have the same number of attempts before
    return int.from_bytes(sha256(label.encode()).digest()[:4], "big") >> 1
