"""How a model is asked through Inspect AI: the settings of a respondent, and the request that a question makes.

Nothing here imports Inspect: generation settings are plain values, named as in its ``GenerateConfig``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

from pydantic import Field, JsonValue, field_validator

from emotionbench.documents import Document
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import THINKING_TOKENS, Capabilities, Question
from emotionbench.respondents.openai.schemas import response_format

PREFIX = "inspect"
MAX_TOKENS = 1024
ALONE_TOKENS = 16
"""Enough for one answer alone; the fewest that some servers take."""
TOP_LOGPROBS = 20
"""The most that servers give."""

NAMED = ("temperature", "top_p", "max_tokens")
"""The generation settings that a respondent has by name; others stand under ``config``."""
# fmt: off
NOT_FOR_USERS = frozenset((
    "seed", "num_choices", "logprobs", "top_logprobs", "prompt_logprobs", "response_schema", "system_message",
    "max_retries", "timeout", "attempt_timeout", "stream_idle_timeout", "max_connections", "adaptive_connections",
    "cache", "batch", "fallback_models", "fail_on_refusal", "extra_headers", "modalities", "max_tool_output",
    "parallel_tool_calls", "internal_tools",
))
# fmt: on
"""What follows from the form or from how the run goes about, would answer for another model, or may hold a key."""
OPERATIONAL = NOT_FOR_USERS - {"seed", "num_choices", "system_message", "fallback_models", "modalities"}
"""Of these, what changes no answer, or follows from the form."""
SECRET = re.compile(r"(^|_)(key|token|secret|password|credentials?|auth|authorization|headers?)$", re.IGNORECASE)

OPENAI_LIKE = Capabilities(logprobs=True, seed=True, json_schema=True)
_SCHEMA_ONLY = Capabilities(json_schema=True)
_WITHOUT_LOGPROBS = Capabilities(seed=True, json_schema=True)
_NEITHER = Capabilities()
CAPABILITIES = {
    **dict.fromkeys(("openai", "openai-api", "together", "grok", "vllm", "sglang", "llama-cpp-python"), OPENAI_LIKE),
    **dict.fromkeys(("openrouter", "fireworks", "moonshot", "hf-inference-providers"), OPENAI_LIKE),
    **dict.fromkeys(("openai-api-completions", "vllm-completions"), Capabilities(logprobs=True, seed=True)),
    "google": Capabilities(logprobs=True, json_schema=True),
    "hf": Capabilities(logprobs=True, seed=True),
    "sagemaker": OPENAI_LIKE,
    **dict.fromkeys(("anthropic", "bedrock"), _SCHEMA_ONLY),
    **dict.fromkeys(("mistral", "groq", "ollama", "litellm-proxy", "meta", "perplexity"), _WITHOUT_LOGPROBS),
    **dict.fromkeys(("sambanova", "cloudflare", "deepseek", "mockllm"), _WITHOUT_LOGPROBS),
    "azureai": Capabilities(seed=True),
}
"""Of the providers that come with Inspect AI 0.3.285; of others nothing is known, and nothing is promised."""


class Settings(Document):
    """How a model is asked through Inspect AI.

    ``temperature`` overrides the protocol's; null sends none. ``max_tokens`` limits a reply; null leaves it to Inspect.
    ``send_seed`` sends a seed that follows from the administration and the attempt. ``system_role: false`` puts the
    system text before the first user message. ``config`` holds further fields of Inspect's ``GenerateConfig``, such as
    ``reasoning_effort``; ``model_args`` what its provider takes, never keys: these stand in the environment, and
    ``api_key_env`` may name the variable.
    """

    base_url: str | None = None
    api_key_env: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = MAX_TOKENS
    send_seed: bool = False
    system_role: bool = True
    config: dict[str, JsonValue] = Field(default_factory=dict)
    model_args: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("config")
    @classmethod
    def _check_config(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        own = sorted((NOT_FOR_USERS | set(NAMED)) & value.keys())
        if own:
            raise ValueError(f"{own[0]!r} is set elsewhere or cannot be set; take it out of config")
        return _writable(value)

    @field_validator("model_args")
    @classmethod
    def _check_model_args(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        secret = next((name for name in value if SECRET.search(name)), None)
        if secret is not None:
            raise ValueError(f"{secret!r} may hold a key, and keys are not kept; put it into the environment")
        return _writable(value)


def _writable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        raise ValueError("holds a number that JSON cannot write; take it out") from None
    return value


def record_of(model: str, settings: Settings, name: str | None = None) -> Respondent:
    """The respondent that a model, named ``provider/model`` as Inspect does, makes with these settings."""
    changes_answers = settings.model_dump(mode="json", exclude={"base_url", "api_key_env"})
    return Respondent.of(
        RespondentKind.LLM, name or f"{PREFIX}/{model}", {"provider": PREFIX, "model": model, **changes_answers}
    )


def settings_of_config(config: Mapping[str, Any], model_args: Mapping[str, Any]) -> Settings:
    """The settings that generation settings of Inspect (those that are not null) amount to; what only runs it is left.

    They are not validated: what a user of Inspect may set goes beyond what a study can.
    """
    named: dict[str, Any] = {name: config.get(name) for name in NAMED}
    others = {name: value for name, value in config.items() if name not in NAMED and name not in OPERATIONAL}
    arguments = {name: value for name, value in model_args.items() if not SECRET.search(name)}
    return Settings.model_construct(**named, config=others, model_args=arguments)


def capabilities_of(model: str) -> Capabilities:
    """What the provider of ``provider/model`` can do."""
    return CAPABILITIES.get(model.partition("/")[0], _NEITHER)


def generation(settings: Mapping[str, Any], question: Question) -> dict[str, Any]:
    """The fields of ``GenerateConfig`` for one question; ``settings`` are those of the respondent's record."""
    fields = {**settings["config"], **{name: settings[name] for name in NAMED if settings[name] is not None}}
    if settings["send_seed"]:
        fields["seed"] = _seed(question)
    return {**fields, **generation_of_form(question, settings["max_tokens"])}


def generation_of_form(question: Question, max_tokens: int | None) -> dict[str, Any]:
    """The fields of ``GenerateConfig`` that a question's form asks for; ``max_tokens`` limits replies else."""
    form, fields = question.form, dict[str, Any]()
    if form is None:
        return fields
    if form.temperature is not None:
        fields["temperature"] = form.temperature
    if form.chain_of_thought and max_tokens is not None:
        fields["max_tokens"] = max_tokens + THINKING_TOKENS
    if form.reads_probabilities:
        fields |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS, "max_tokens": ALONE_TOKENS}
    if form.answers == "json":
        asked = response_format(question)["json_schema"]
        fields["response_schema"] = {"name": asked["name"], "json_schema": asked["schema"], "strict": asked["strict"]}
    return fields


def _seed(question: Question) -> int:
    """A seed from 0 to 2³¹ − 1: another for every administration, attempt and message, so that repeats differ."""
    label = f"{question.administration.id}|{question.attempt}|{question.part}"
    return int.from_bytes(sha256(label.encode()).digest()[:4], "big") >> 1
