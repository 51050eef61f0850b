"""The key of a server: sent in one header, and kept out of everything that is shown or stored."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable

import yarl

from emotionbench.errors import RespondentError

MASK = "***"
SHORTEST_SECRET = 6
"""Shorter ones are dummies such as ``none``; masking ``1`` would change what was answered."""

SECRET_NAME = re.compile(
    r"^(key|api[_-]?key|token|auth|authorization|headers?|credentials?)$|secret|password|(access|auth|bearer|api)[_-]?token$",
    re.IGNORECASE,
)
"""Fields of a request body that can only hold what must not be kept."""
_SECRET_PARAMETER = re.compile(r"key|token|secret|signature|^sig$|auth|pass|^code$", re.IGNORECASE)
_URL_SECRETS = re.compile(r"[^/?#]*@|(?<=[?]).*", re.DOTALL)


class Credentials:
    """What a request is signed with. Neither ``repr`` nor ``str`` shows it.

    ``source`` is where it was found: the name of an environment variable, or ``base_url``; null where there is none.
    """

    __slots__ = ("_header", "_secrets", "source")

    def __init__(self, source: str | None, header: str, secrets: Iterable[str]) -> None:
        self.source, self._header = source, header
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        self._secrets = tuple(sorted(spellings, key=len, reverse=True))

    def __repr__(self) -> str:
        return f"Credentials(source={self.source!r})"

    def headers(self) -> dict[str, str]:
        """The header to send; empty where there is no key."""
        return {"Authorization": self._header} if self.source else {}

    def redact(self, text: str) -> str:
        """``text`` with every secret of at least six characters replaced by ``***``."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text


def find(key_env: str | None, url: yarl.URL, where: str) -> Credentials:
    """The key in the environment variable ``key_env``, or the user and password in ``url``, or none.

    A RespondentError, placed at ``where``, says that there are both, or that one cannot be sent.
    """
    key = os.environ.get(key_env, "").strip() if key_env else ""
    in_url = [value for name, value in url.query.items() if _SECRET_PARAMETER.search(name)]
    if url.user is not None or url.password is not None:
        if key:
            what = f"base_url holds a user and password, and {key_env} is set too; only one can be sent"
            raise RespondentError(what, where=where, fix=f"take them out of base_url, or unset {key_env}")
        return _from_url(url, in_url, where)
    if not key:
        return Credentials(None, "", in_url)
    if not (key.isascii() and key.isprintable()) or " " in key:
        what = f"{key_env} holds a space, a line break or a character that no key has"
        raise RespondentError(what, where=where, fix="set it anew")
    return Credentials(key_env, f"Bearer {key}", [key, *in_url])


def masked(url: str) -> str:
    """An address as the user wrote it, without the user, password and query in it."""
    return _URL_SECRETS.sub(lambda found: MASK + "@" * found[0].endswith("@"), url)


def _from_url(url: yarl.URL, in_url: list[str], where: str) -> Credentials:
    user, password = url.user or "", url.password or ""
    if ":" in user:
        raise RespondentError("base_url: its user holds a colon, which cannot be sent", where=where, fix="use another")
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return Credentials("base_url", f"Basic {encoded}", [password, encoded, *in_url])


def _spellings(secret: str) -> set[str]:
    """The ways a server may write a secret: as it is, and escaped in JSON."""
    if len(secret) < SHORTEST_SECRET:
        return set()
    return {secret, json.dumps(secret)[1:-1], secret.replace("/", "\\/")}
