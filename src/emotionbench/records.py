"""The frozen rows that pass between stages: facts first, then what is derived from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypedDict

from emotionbench.documents import canonical_json, content_hash

ID_LENGTH = 32


def identify(key: dict[str, Any]) -> str:
    """The id of what ``key`` describes: 32 hexadecimal digits of its SHA-256, the same on every machine."""
    return content_hash(key)[:ID_LENGTH]


class RespondentKind(StrEnum):
    """Who answers."""

    LLM = "llm"
    HUMAN = "human"
    SYNTHETIC = "synthetic"


class Condition(StrEnum):
    """When an instrument is answered: before or after which kind of situation; or that its texts are asked for."""

    BASELINE = "baseline"
    EVOKED = "evoked"
    CONTROL = "control"
    RECOVERED = "recovered"
    PROBE = "probe"


class Design(StrEnum):
    """Whether before and after share a conversation (``paired``) or each is a fresh one (``independent``)."""

    INDEPENDENT = "independent"
    PAIRED = "paired"


class AnswerStatus(StrEnum):
    """What a reply said about one item."""

    VALID = "valid"
    MISSING = "missing"
    OUT_OF_RANGE = "out_of_range"
    REFUSED = "refused"
    UNPARSEABLE = "unparseable"


class Message(TypedDict):
    """One turn of a conversation as chat servers take it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Respondent:
    """Who is asked: one language model with its settings, one human sample, or one synthetic answerer.

    ``settings`` holds what changes the answers (temperature, say), never a key or an address.
    """

    id: str
    kind: RespondentKind
    name: str
    settings: dict[str, Any]

    @classmethod
    def of(cls, kind: RespondentKind, name: str, settings: dict[str, Any]) -> Respondent:
        """A respondent with the id that its kind, name and settings give it."""
        return cls(identify({"kind": kind.value, "name": name, "settings": settings}), kind, name, settings)


@dataclass(frozen=True, slots=True)
class Administration:
    """One instrument put to one respondent once, under one condition, in one form.

    ``instrument``, ``protocol``, ``situation`` and ``form`` are content hashes of materials; without a form the
    protocol says all. ``order`` lists the 1-based item numbers in the order shown; it follows from ``seed`` and the
    cell, and is not part of the id, nor is ``n_messages``: in how many messages the items are put.
    ``session`` joins the before and after of one person or conversation.
    """

    id: str
    respondent: str
    instrument: str
    protocol: str
    design: Design
    condition: Condition
    situation: str | None
    repeat: int
    seed: int
    session: str | None
    order: tuple[int, ...]
    form: str | None = None
    n_messages: int = 1

    def key(self) -> dict[str, Any]:
        """What makes the administration the one it is; its id is ``identify`` of this."""
        # without a form the key is what it was before there were any, so that ids in older stores hold
        return self._key() if self.form is None else {**self._key(), "form": self.form}

    def shown(self, part: int) -> tuple[int, ...]:
        """The item numbers of one message, counted from 1; the items are spread evenly over the messages."""
        if self.n_messages == 1:
            return self.order
        n_items = len(self.order)
        begin, end = ((n_items * place) // self.n_messages for place in (part - 1, part))
        return self.order[begin:end]

    def _key(self) -> dict[str, Any]:
        return {
            "respondent": self.respondent,
            "instrument": self.instrument,
            "protocol": self.protocol,
            "design": self.design.value,
            "condition": self.condition.value,
            "situation": self.situation,
            "repeat": self.repeat,
            "seed": self.seed,
            "session": self.session,
        }


@dataclass(frozen=True, slots=True)
class Putting:
    """What many administrations have in common: who is asked what, in which words and design."""

    respondent: str
    instrument: str
    protocol: str
    design: Design
    seed: int
    form: str | None = None
    n_messages: int = 1

    def administration(
        self, condition: Condition, situation: str | None, repeat: int, session: str | None, order: tuple[int, ...]
    ) -> Administration:
        """One administration, with the id that its parts give it."""
        before, after_condition, after_repeat, after_session, end = _key_texts(self)
        named = f'{before}"{condition.value}"{after_condition}{repeat}{after_repeat}'
        whole = f"{named}{_quoted(session)}{after_session}{_quoted(situation)}{end}"
        return Administration(
            hashlib.sha256(whole.encode()).hexdigest()[:ID_LENGTH],
            self.respondent,
            self.instrument,
            self.protocol,
            self.design,
            condition,
            situation,
            repeat,
            self.seed,
            session,
            order,
            self.form,
            self.n_messages,
        )


_APART = "\x00"


@lru_cache(maxsize=1024)
def _key_texts(putting: Putting) -> tuple[str, ...]:
    """The canonical JSON of a key around its condition, repeat, session and situation, which come in this order.

    ``identify(administration.key())`` of many administrations takes most of the time of planning otherwise.
    """
    same = Administration(
        "", putting.respondent, putting.instrument, putting.protocol, putting.design, Condition.BASELINE, None, 0,
        putting.seed, None, (), putting.form,
    ).key()  # fmt: skip
    varying = dict.fromkeys(("condition", "repeat", "session", "situation"), _APART)
    return tuple(canonical_json(same | varying).split(canonical_json(_APART)))


def _quoted(digits: str | None) -> str:
    return "null" if digits is None else f'"{digits}"'


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of an administration and what came back: a response or an error, never both, never neither.

    ``request`` and ``response`` are the exact texts; ``reply`` is the respondent's words within the response.
    ``part`` counts, from 1, the messages over which an administration spreads its items.
    """

    administration: str
    number: int
    request: str
    response: str | None
    reply: str | None
    error: str | None
    error_kind: str | None
    started_at: str
    seconds: float
    input_tokens: int | None = None
    output_tokens: int | None = None
    model_version: str | None = None
    finish_reason: str | None = None
    logprobs: str | None = None
    part: int = 1
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One item's value, null unless ``status`` is ``valid``."""

    item: int
    value: int | None
    status: AnswerStatus


@dataclass(frozen=True, slots=True)
class Score:
    """One subscale's value, null where the instrument's rule does not allow a score of ``n_valid`` answers."""

    subscale: str
    value: float | None
    n_valid: int
    n_items: int
