"""Signed words: links of people, proofs that a form is ours, and hashes of what must not be kept as it is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadSignature, Signer, URLSafeSerializer

LEAST_SECRET = 32
HOURS = 3600
FORM_LIFE = 24 * HOURS
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
_ID_LENGTH = 32


@dataclass(frozen=True)
class Shown:
    """When a form was first shown, in seconds since 1970 UTC, and when this copy of it was."""

    first: float
    last: float


class Tokens:
    """Signs and checks with one secret; another secret accepts nothing of it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._links = Signer(secret, salt="link", digest_method=hashlib.sha256)
        self._forms = URLSafeSerializer(secret, salt="form", signer_kwargs={"digest_method": hashlib.sha256})
        self._tickets = URLSafeSerializer(secret, salt="ticket", signer_kwargs={"digest_method": hashlib.sha256})

    def link(self, person: str) -> str:
        """The unguessable part of a person's link."""
        return self._links.sign(person).decode()

    def person(self, link: str) -> str | None:
        """The person whose link this is; None where it was not signed here."""
        try:
            found = self._links.unsign(link).decode()
        except (BadSignature, UnicodeDecodeError):
            return None
        # one link, one spelling: others would each have a rate of their own
        return found if len(found) == _ID_LENGTH and self.link(found) == link else None

    def form(self, owner: str, page: str, first_shown: float) -> str:
        """What a form carries to prove that it was shown to ``owner`` on ``page``."""
        return str(self._forms.dumps([owner, page, first_shown, time.time()]))

    def shown(self, proof: str, owner: str, page: str) -> Shown | None:
        """When the form with this proof was shown; None where it is another's, another page's, forged or too old."""
        content = self._loaded(self._forms, proof)
        if not isinstance(content, list) or len(content) != 4 or content[:2] != [owner, page]:
            return None
        shown = Shown(float(content[2]), float(content[3]))
        return shown if time.time() - shown.last <= FORM_LIFE else None

    def ticket(self, content: dict[str, Any]) -> str:
        """What the consent form carries: whom it would let in, and how that person came."""
        return str(self._tickets.dumps({**content, "at": time.time()}))

    def admitted(self, ticket: str) -> dict[str, Any] | None:
        """The content of a ticket; None where it is forged or too old."""
        content = self._loaded(self._tickets, ticket)
        return content if isinstance(content, dict) and time.time() - content["at"] <= FORM_LIFE else None

    def keyed(self, *parts: str) -> str:
        """A hash (64 hexadecimal digits) that nobody without the secret can compute or compare."""
        text = "\x1f".join(parts)
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _loaded(serializer: URLSafeSerializer, text: str) -> Any:
        try:
            return serializer.loads(text)
        except BadSignature:
            return None


def new_person() -> str:
    """A random id that nobody can guess."""
    return secrets.token_hex(_ID_LENGTH // 2)


def new_code() -> str:
    """A random completion code, without letters that look alike."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def hash_of_invitation(word: str) -> str:
    """What the store keeps of an invitation's link."""
    return hashlib.sha256(word.encode()).hexdigest()
