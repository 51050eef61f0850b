"""When the retention of people ends, and which studies of one name hold people."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from emotionbench.store import Store, schema

DAY = 86_400.0


@dataclass(frozen=True)
class Due:
    """``n`` people still can be led to; ``n_overdue`` of them for too long. ``next_at``: when the next one's time ends.

    ``next_at`` is in seconds since 1970 UTC; None where nobody is left whose time has not ended.
    """

    n: int
    n_overdue: int
    next_at: float | None


@dataclass(frozen=True)
class Version:
    """One study of a name: its hash, how many people consented to it, and when it was first served, ISO 8601."""

    hash: str
    n_people: int
    created_at: str


def due(store: Store, study: str, days: int, now: float) -> Due:
    """Whose retention of ``days`` after their last page has ended, and when the next one's does."""
    person = schema.participant.c
    end = now - days * DAY
    query = select(
        func.count(),
        func.count().filter(person.seen_at < end),
        func.min(person.seen_at).filter(person.seen_at >= end),
    ).where(person.study == study, person.code.is_not(None))
    with store.reading() as connection:
        n, n_overdue, first_seen = connection.execute(query).one()
    return Due(n, n_overdue, None if first_seen is None else float(first_seen) + days * DAY)


def versions(store: Store, name: str) -> list[Version]:
    """Every study of this name in the store that somebody consented to, the oldest first."""
    study, person = schema.study.c, schema.participant.c
    query = (
        select(study.hash, func.count(), study.created_at)
        .join(schema.participant, person.study == study.hash)
        .where(study.name == name)
        .group_by(study.hash, study.created_at)
        .order_by(study.created_at, study.hash)
    )
    with store.reading() as connection:
        return [Version(*row) for row in connection.execute(query)]
