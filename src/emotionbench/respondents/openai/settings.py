"""The settings of a model behind an OpenAI-compatible server, as a user writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal

import orjson
import yarl
from pydantic import Field, JsonValue, field_validator

from emotionbench.documents import Document, left_out
from emotionbench.respondents import credentials

OWN_FIELDS = frozenset(
    (
        *("model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stream", "n"),
        *("prompt", "echo", "logprobs", "state", "input", "questions"),
    )
)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


class Settings(Document):
    """How a model is reached and asked.

    ``api_key_env`` is the name of the environment variable of the key, never the key. ``temperature`` overrides the
    protocol's; null sends none. ``max_tokens`` limits one reply; 1,024 hold the answers to some 100 items, and a model
    that reasons before it answers needs more (8,192, say); null sends none. ``send_seed`` sends a seed that follows
    from the administration and the attempt. ``system_role: false`` puts the system text before the first user message.
    ``endpoint`` is chat completions; or ``completions``, which continue a text, for base models; or ``ordinal``, typed
    questions that are answered with a probability for each answer. ``extra`` is added to the body of every request.

    Where probabilities are read, ``constrain`` says what holds the reply to the answers: a ``grammar`` (llama.cpp), a
    ``choice`` (vLLM), nothing (``none``), or what the provider is known to have (``auto``). For base models,
    ``examples`` is the number of solved questionnaires before the one that is put, and ``scoring`` whether the
    likeliest next tokens are listed (``next``) or a prompt with each answer is scored (``echo``). ``typed`` is the kind
    of typed question: a ``choice`` among the answers, or a ``score``, whose levels some servers name themselves.
    """

    base_url: str | None = None
    api_key_env: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1, lt=2**31)] | None = 1024
    send_seed: bool = False
    system_role: bool = True
    endpoint: Literal["chat", "completions", "ordinal"] = left_out("chat")
    constrain: Literal["auto", "none", "grammar", "choice"] = left_out("auto")
    examples: Annotated[int, Field(ge=0, le=20)] = left_out(3)
    scoring: Literal["next", "echo"] = left_out("next")
    typed: Literal["choice", "score"] = left_out("choice")
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str | None) -> str | None:
        if value is not None and not _is_address(value):
            shown = credentials.masked(value)
            raise ValueError(f"{shown!r} is no http or https address; write it like http://localhost:8000/v1")
        return value

    @field_validator("api_key_env")
    @classmethod
    def _check_variable(cls, value: str | None) -> str | None:
        # what was written may be the key itself, so it is not repeated
        if value is not None and not _VARIABLE.fullmatch(value):
            raise ValueError("not the name of an environment variable in capitals, such as OPENAI_API_KEY")
        return value

    @field_validator("extra")
    @classmethod
    def _check_extra(cls, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        own = sorted(OWN_FIELDS & value.keys())
        if own:
            raise ValueError(f"{own[0]!r} is set elsewhere or cannot be set; take it out of extra")
        secret = next((name for name in _names(value) if credentials.SECRET_NAME.search(name)), None)
        if secret is not None:
            raise ValueError(f"{secret!r} may hold a key, and keys are not kept; name a variable in api_key_env")
        try:
            json.dumps(value, allow_nan=False)
            orjson.dumps(value)
        except (ValueError, TypeError):
            raise ValueError("holds a number that JSON cannot write; take it out") from None
        return value


def _names(value: JsonValue) -> Iterator[str]:
    """Every key in it, however deep."""
    if isinstance(value, list):
        for entry in value:
            yield from _names(entry)
    elif isinstance(value, dict):
        for name, entry in value.items():
            yield name
            yield from _names(entry)


def _is_address(text: str) -> bool:
    try:
        address = yarl.URL(text)
    except ValueError:
        return False
    host = address.host or ""
    is_name = bool(host) and not re.search(r"\s|^\.|\.\.", host)
    return address.scheme in {"http", "https"} and is_name and not text[0].isspace()
