"""Respondents that read nothing: every item drawn at random, or every item the same."""

from __future__ import annotations

from emotionbench.documents import Document
from emotionbench.errors import RespondentError
from emotionbench.materials.protocols import Protocol
from emotionbench.respondents.base import Question, settings_of
from emotionbench.respondents.embedded import Chances, Embedded, Values, draws, embedded
from emotionbench.study import Execution, RespondentSpec


class UniformSettings(Document):
    """There is nothing to set."""


class ConstantSettings(Document):
    """``value`` is the answer to every item; null takes the middle of the response scale, rounded down."""

    value: int | None = None


def build_uniform(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Embedded:
    """Make the respondent whose every answer is equally likely to be any value of the response scale."""
    settings = settings_of(spec, UniformSettings)
    return embedded(spec, settings.model_dump(mode="json"), _uniform, tell=_equally_likely)


def build_constant(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Embedded:
    """Make the respondent whose every answer is the same; asked beyond a response scale, it raises RespondentError."""
    settings = settings_of(spec, ConstantSettings)
    return embedded(
        spec,
        settings.model_dump(mode="json"),
        lambda question: dict.fromkeys(_items(question), _constant(question, settings.value)),
        tell=lambda question: {_constant(question, settings.value): 1.0},
    )


def _uniform(question: Question) -> Values:
    scale = question.instrument.response_scale
    n_values = scale.highest - scale.lowest + 1
    uniforms = draws(question, "items", question.instrument.n_items)
    return {number: scale.lowest + int(uniform * n_values) for number, uniform in enumerate(uniforms, 1)}


def _equally_likely(question: Question) -> Chances:
    scale = question.instrument.response_scale
    values = range(scale.lowest, scale.highest + 1)
    return dict.fromkeys(values, 1 / len(values))


def _items(question: Question) -> range:
    return range(1, question.instrument.n_items + 1)


def _constant(question: Question, value: int | None) -> int:
    scale = question.instrument.response_scale
    if value is None:
        value = (scale.lowest + scale.highest) // 2
    if value not in scale:
        raise RespondentError(
            f"value {value} is outside the response scale {scale.lowest} to {scale.highest}",
            where=f"constant, asked {question.instrument.id}",
            fix="set another value, or leave it out for the middle",
        )
    return value
