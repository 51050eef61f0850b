"""Where each provider of OpenAI-compatible chat completions lives, and which environment variable holds its key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from emotionbench.respondents.base import Capabilities
from emotionbench.respondents.openai.told import AS_OPENAI, Manner

CHAT = Capabilities(logprobs=True, seed=True, json_schema=True)
WITHOUT_LOGPROBS = replace(CHAT, logprobs=False)
TokenLimit = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The defaults of one provider.

    ``base_url`` is null where only the user knows it. ``key_env`` is the name of the environment variable of the key,
    null where none is needed. ``token_limit`` is the field that is tried first to limit the tokens of a reply.
    ``capabilities`` are those of the provider's interface as it documents them; a model may have fewer, and says so
    when asked. ``manner`` is how probabilities are asked for.
    """

    base_url: str | None
    key_env: str | None = None
    token_limit: TokenLimit = "max_tokens"
    capabilities: Capabilities = CHAT
    manner: Manner = AS_OPENAI


PROVIDERS = {
    "openai": Provider(
        "https://api.openai.com/v1", "OPENAI_API_KEY", "max_completion_tokens", capabilities=replace(CHAT, batch=True)
    ),
    "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY", manner=Manner(as_number=True)),
    # refuses logprobs with an error
    "groq": Provider(
        "https://api.groq.com/openai/v1", "GROQ_API_KEY", capabilities=replace(WITHOUT_LOGPROBS, batch=True)
    ),
    # json_object alone; has no seed
    "deepseek": Provider(
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        capabilities=Capabilities(logprobs=True),
    ),
    # calls its seed random_seed
    "mistral": Provider(
        "https://api.mistral.ai/v1", "MISTRAL_API_KEY", capabilities=replace(WITHOUT_LOGPROBS, seed=False)
    ),
    "fireworks": Provider("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "vllm": Provider("http://localhost:8000/v1", manner=Manner(constrain="choice", continues="flag")),
    "sglang": Provider("http://localhost:30000/v1", manner=Manner(continues="flag")),
    "llamacpp": Provider("http://localhost:8080/v1", manner=Manner(constrain="grammar", continues="last")),
    "ollama": Provider("http://localhost:11434/v1"),
    # takes the field and tells nothing
    "lmstudio": Provider("http://localhost:1234/v1", capabilities=WITHOUT_LOGPROBS),
    # nobody knows what it has
    "compatible": Provider(None, capabilities=replace(CHAT, batch=True)),
}
