"""The people of a study in its store: who takes part, what they sent, which situation they got, and their deletion.

Every function is one transaction. Times are given by the caller: ``now`` in seconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from emotionbench.records import Administration, Attempt
from emotionbench.store.database import Store

Why = Literal["full", "quota"]


@dataclass(frozen=True)
class Person:
    """One who consented; ``submitted`` maps the pages sent to their content, in no order."""

    id: str
    study: str
    session: str
    language: str
    situation: str | None
    place: int | None
    demographics: dict[str, Any] | None
    outcome: str | None
    code: str | None
    submitted: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """How a person came in: keyed hashes of a panel's ids, or the hash of an invitation, or neither."""

    person: str | None = None
    visit: str | None = None
    invitation: str | None = None


@dataclass(frozen=True)
class Sent:
    """One page as it was sent; ``record`` is the administration and attempt of a sheet."""

    page: str
    seconds: float
    submitted_at: str
    content: dict[str, Any]
    record: tuple[Administration, Attempt] | None = None
    demographics: dict[str, Any] | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Limits:
    """What an allocation keeps to; ``lapse`` in seconds since a person's last page."""

    lapse: float
    n: int | None = None
    n_per_situation: int | None = None
    quotas: tuple[tuple[str, str, int], ...] = ()


def begin(store: Store, person: Person, arrival: Arrival, *, started_at: str, now: float) -> Person | None:
    """Let a person in who consented; the same id again changes nothing and returns the same person.

    None where the panel's person takes part already under another id, or the invitation is used by another (or gone).
    """
    raise NotImplementedError


def find(store: Store, identifier: str, study: str) -> Person | None:
    """The person of this study with this id."""
    raise NotImplementedError


def seen(store: Store, identifier: str, now: float) -> None:
    """Keep that the person is there, so that the reservation holds; written at most once a minute for each."""
    raise NotImplementedError


def allocate(
    store: Store, identifier: str, cells: Sequence[str], limits: Limits, *, seed: int, now: float
) -> Person | Why | None:
    """Give a person a situation (content hash) of ``cells``: the least filled, ties at random by seed and person.

    Filled means: complete, or not ended and seen within ``limits.lapse`` (those who failed checks do not fill).
    A person who has one keeps it. ``full`` where the study or every situation has its number, ``quota`` where a quota
    of an answer of the person has; nothing is written then. None where there is no such person. Two at once never get
    the same place of a situation.
    """
    raise NotImplementedError


def submit(store: Store, identifier: str, sent: Sent, *, now: float) -> bool:
    """Keep a page, with its administration and attempt; False, and nothing changed, where it was sent before.

    False also where the person is not there (any more) or has ended, except for ``end`` and ``pleasant``, which come
    after the outcome. The draft of the page goes.
    """
    raise NotImplementedError


def save_draft(store: Store, identifier: str, page: str, content: dict[str, Any]) -> None:
    """Keep what was entered so far in place of what was kept before; nothing where the page was sent."""
    raise NotImplementedError


def draft(store: Store, identifier: str, page: str) -> dict[str, Any] | None:
    """What was entered on a page so far."""
    raise NotImplementedError


def withdraw(store: Store, identifier: str, reason: str = "withdrawn") -> bool:
    """Delete all of a person: administrations, attempts, pages, drafts, recruitment; only a count stays.

    The bytes go too: SQLite overwrites what it deletes, and its log is emptied. False where there is no such person.
    """
    raise NotImplementedError


def recruited(store: Store, study: str, person: str) -> tuple[str, str] | None:
    """The participant's id and the visit's hash of a panel's person in this study."""
    raise NotImplementedError


def invite(store: Store, study: str, invitations: Sequence[str]) -> None:
    """Keep the hashes of new invitations."""
    raise NotImplementedError


def invited(store: Store, study: str, invitation: str) -> tuple[bool, str | None] | None:
    """Whether an invitation was used, and by whom (None once deleted); None where there is no such invitation."""
    raise NotImplementedError


def is_full(store: Store, study: str, limits: Limits, *, now: float) -> bool:
    """Whether the study has its number of complete and running sessions."""
    raise NotImplementedError


def expire(store: Store, study: str, *, before: float, then: Literal["anonymise", "delete"]) -> int:
    """End the retention of people last seen before a time; how many there were.

    ``anonymise`` deletes code, recruitment, drafts and free texts, and replaces the id, so that no link leads there any
    more; ``delete`` deletes all as ``withdraw`` does, counted as ``retention``.
    """
    raise NotImplementedError
