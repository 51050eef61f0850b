"""Where each provider of OpenAI-compatible chat completions lives, and which environment variable holds its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emotionbench.respondents.base import Capabilities

CHAT = Capabilities(logprobs=True, seed=True, json_schema=True)
TokenLimit = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The defaults of one provider.

    ``base_url`` is null where only the user knows it. ``key_env`` is the name of the environment variable of the key,
    null where none is needed. ``token_limit`` is the field that is tried first to limit the tokens of a reply.
    ``capabilities`` are those of the provider's interface; a model may have fewer, and says so when asked.
    """

    base_url: str | None
    key_env: str | None = None
    token_limit: TokenLimit = "max_tokens"
    capabilities: Capabilities = CHAT


PROVIDERS = {
    "openai": Provider("https://api.openai.com/v1", "OPENAI_API_KEY", "max_completion_tokens"),
    "openrouter": Provider("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "together": Provider("https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "groq": Provider("https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "deepseek": Provider("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "mistral": Provider("https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    "fireworks": Provider("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "vllm": Provider("http://localhost:8000/v1"),
    "sglang": Provider("http://localhost:30000/v1"),
    "llamacpp": Provider("http://localhost:8080/v1"),
    "ollama": Provider("http://localhost:11434/v1"),
    "lmstudio": Provider("http://localhost:1234/v1"),
    "compatible": Provider(None),
}
