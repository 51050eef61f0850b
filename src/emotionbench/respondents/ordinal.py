"""Servers with typed ordinal questions: a probability for every answer, all items in one request."""

from __future__ import annotations

from emotionbench.respondents.openai_compatible import OpenAICompatible


class Ordinal(OpenAICompatible):
    """To be written."""
