"""Base models behind ``/v1/completions``: a few-shot questionnaire that the model continues."""

from __future__ import annotations

from emotionbench.respondents.openai_compatible import OpenAICompatible


class Completions(OpenAICompatible):
    """To be written."""
