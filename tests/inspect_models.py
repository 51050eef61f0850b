"""A provider of Inspect AI for tests, ``scripted``: what it says, tells and raises is decided by the model's name.

Importing this registers it; ``scripted/whole`` answers everything, ``scripted/half+hang`` half of it or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from typing import Any, ClassVar

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelCall,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    modelapi,
)
from inspect_ai.model._model import RetryDecision
from inspect_ai.tool import ToolChoice, ToolInfo

from emotionbench.respondents.inspect.asking import CAPABILITIES, OPENAI_LIKE
from mock_server import answers

CHANCES = {"4": 0.7, " 4": 0.1, "3": 0.15, "I": 0.05}
"""Token → its probability behind the blank that each answer alone begins with; empty: no probabilities are told."""
REFUSAL = "I'm sorry, but as an AI I do not have feelings and cannot answer these questions."

BLOCKED = "This prompt was blocked: content_policy_violation."
"""What a server says that refuses a request, which Inspect writes down as an answer."""


class Down(Exception):
    """A server that is down for now."""

    status_code = 503


class Limited(Exception):
    """Too many requests."""

    status_code = 429


class Unsigned(Exception):
    """A wrong key, which the error repeats."""

    status_code = 401


class Refused(Exception):
    """A request that will never do."""

    status_code = 400


class Scripted(ModelAPI):
    """What ``scripted/NAME`` is."""

    asked: ClassVar[list[tuple[list[ChatMessage], GenerateConfig]]] = []
    """Every request of this process: its messages and settings."""
    failed: ClassVar[set[str]] = set()
    """The prompts that a fault struck."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (as Inspect has it)
        **model_args: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, ["SCRIPTED_API_KEY"], config)
        if "unknown" in model_args:
            raise TypeError("unexpected keyword argument 'unknown'")

    def should_retry(self, ex: BaseException) -> RetryDecision:
        if isinstance(ex, Limited):
            return RetryDecision.rate_limit(retry_after=2.5)
        return RetryDecision.transient() if isinstance(ex, Down) else RetryDecision.no()

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  (as Inspect calls it)
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput | tuple[ModelOutput, ModelCall]:
        Scripted.asked.append((input, config))
        name, _, fault = self.model_name.partition("+")
        prompt = input[-1].text
        if fault:
            await self._fail(fault, prompt)
        choice = _choice(self._reply(name, prompt), config)
        if name == "thinks":
            choice.message.content = [ContentReasoning(reasoning="Hm: 5"), ContentText(text=choice.message.text)]
        usage = ModelUsage(
            input_tokens=40,
            output_tokens=20,
            total_tokens=75,
            input_tokens_cache_read=10,
            input_tokens_cache_write=5,
            reasoning_tokens=7,
        )
        output = ModelOutput(model="scripted-2026", choices=[choice], usage=usage)
        call = ModelCall.create(
            {"model": self.model_name, "messages": [m.text for m in input], "extra_headers": {"id": "random"}},
            {"said": choice.message.text},
        )
        if fault == "blocked" and digest(prompt) % 3 == 0:
            output = ModelOutput.from_content("scripted-2026", BLOCKED, stop_reason="content_filter")
            call.set_error({"error": {"message": BLOCKED}})
        return output, call

    async def _fail(self, fault: str, prompt: str) -> None:
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "once" and prompt in Scripted.failed:
            return
        if fault == "once":
            Scripted.failed.add(prompt)
        if fault == "blocked" or (fault == "sometimes" and digest(prompt) % 3):
            return
        raise {
            "down": Down("overloaded"),
            "once": Down("HTTP 503: overloaded"),
            "limited": Limited("Rate limit reached"),
            "unsigned": Unsigned("Incorrect API key: sk-scripted-secret-0123"),
            "refused": Refused("against our policy"),
            "warm": Refused("Unsupported value: 'temperature' does not support 0.0 with this model"),
            "absent": Refused("The model does not exist"),
            "sometimes": Refused("against our policy"),
            "bug": ZeroDivisionError("division by zero"),
        }[fault]

    def _reply(self, name: str, prompt: str) -> str:
        if name == "refuses":
            return REFUSAL
        if "\n1" not in prompt:
            return "4"
        lines = answers(prompt).splitlines()
        if name == "half" and digest(prompt) % 2:
            return "\n".join(lines[:-1])
        if name == "json":
            values = [int(line.rpartition(": ")[2]) for line in lines]
            return json.dumps({str(place): value for place, value in enumerate(values, 1)})
        return "\n".join(lines)


def digest(prompt: str) -> int:
    """A number that only the prompt decides."""
    return hashlib.sha256(prompt.encode()).digest()[0]


def _choice(text: str, config: GenerateConfig) -> ChatCompletionChoice:
    message = ChatMessageAssistant(content=text, model="scripted-2026")
    logprobs = None
    if config.logprobs:
        top = [TopLogprob(token=token, logprob=math.log(p)) for token, p in CHANCES.items()]
        blank = Logprob(token="\n", logprob=0.0, top_logprobs=[TopLogprob(token="\n", logprob=0.0)] if top else [])
        first = Logprob(token="4", logprob=math.log(0.7), top_logprobs=top)
        logprobs = Logprobs(content=[blank, first])
    return ChatCompletionChoice(message=message, stop_reason="stop", logprobs=logprobs)


@modelapi(name="scripted")
def scripted() -> type[ModelAPI]:
    """Register the provider."""
    return Scripted


CAPABILITIES["scripted"] = OPENAI_LIKE
