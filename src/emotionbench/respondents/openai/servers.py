"""Where the server of a respondent is, and what signs requests to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import yarl

from emotionbench.errors import RespondentError
from emotionbench.respondents import credentials
from emotionbench.respondents.credentials import Credentials
from emotionbench.respondents.openai.providers import Provider
from emotionbench.respondents.openai.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """The base URL of a server and its key. ``key_env`` is the name of the variable of the key, if one is known."""

    url: yarl.URL = field(repr=False)
    credentials: Credentials
    key_env: str | None

    def under(self, path: str) -> yarl.URL:
        """The address of a path below the base URL, also where the base was written with that path."""
        base = self.url.path.rstrip("/").removesuffix(f"/{path}")
        return self.url.with_path(f"{base}/{path}", keep_query=True)


def server_of(where: str, provider: Provider, settings: Settings) -> Server:
    """The server that settings, or else the provider, name; a RespondentError at ``where`` says what is missing."""
    base = settings.base_url or provider.base_url
    if base is None:
        raise RespondentError("no server is known", where=where, fix="set base_url in its settings")
    key_env = settings.api_key_env or provider.key_env
    address = yarl.URL(base).with_fragment(None)
    found = credentials.find(key_env, address, where)
    if settings.base_url is None and key_env and not found.source:
        raise RespondentError(f"no key for {base}", where=where, fix=f"set {key_env} in the environment")
    if settings.api_key_env and not found.source:
        raise RespondentError(f"{settings.api_key_env} holds no key", where=where, fix="set it in the environment")
    path = address.path.rstrip("/").removesuffix("/chat/completions")
    return Server(address.with_user(None).with_path(path, keep_query=True), found, key_env)
