"""Files of requests that providers work on for hours: what is in them, who sees to them, and what came of each.

A batch is written down before it is sent (``writing``, then ``open``), so that a process that dies at any moment leaves
what the next one needs: requests in an open batch are not asked again. Each request becomes at most one attempt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, delete, func, insert, null, select, tuple_, update

from emotionbench.records import Administration, Attempt
from emotionbench.store import schema
from emotionbench.store.among import among, keys
from emotionbench.store.database import Store
from emotionbench.store.reading import administration_of
from emotionbench.store.writing import ATTEMPT_FIELDS, add_new

WRITING, OPEN, COLLECTED, LOST = "writing", "open", "collected", "lost"
ROWS_AT_ONCE = 1_000
_BATCH, _ROW = schema.batch.c, schema.batch_request.c


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the store knows it; ``file_id`` and ``provider_id`` are the provider's, null until they are known."""

    id: str
    respondent: str
    worker: str | None
    file_id: str | None
    provider_id: str | None
    state: str
    n_requests: int
    submitted_at: str


class Asked(NamedTuple):
    """One request of a batch: a message of an administration, and its body as JSON."""

    administration: str
    part: int
    body: str


class Awaited(NamedTuple):
    """A request of a batch that no attempt came of yet."""

    administration: Administration
    part: int
    body: str


class Open(NamedTuple):
    """An open batch for people to read: the name of its respondent instead of the id."""

    respondent: str
    provider_id: str | None
    n_requests: int
    submitted_at: str


def begin(store: Store, batch: Batch) -> None:
    """Write down an empty batch; it is in the state ``writing``, in which nothing of it has been sent."""
    row = {field.name: getattr(batch, field.name) for field in fields(batch)}
    with store.writing() as connection:
        connection.execute(insert(schema.batch).values(row))


def add(store: Store, batch: str, requests: Sequence[Asked]) -> None:
    """Add requests to a batch that is being written."""
    rows = [{"batch": batch, "attempt": None, **request._asdict()} for request in requests]
    with store.writing() as connection:
        add_new(connection, schema.batch_request, rows)
        _change(connection, batch, n_requests=_BATCH.n_requests + len(rows))


def seal(store: Store, batch: str, submitted_at: str) -> None:
    """The batch is whole and about to be sent: from now on its requests are asked."""
    with store.writing() as connection:
        _change(connection, batch, state=OPEN, submitted_at=submitted_at)


def note_file(store: Store, batch: str, file_id: str) -> None:
    """Keep the provider's id of the uploaded file."""
    with store.writing() as connection:
        _change(connection, batch, file_id=file_id)


def note_taken(store: Store, batch: str, provider_id: str) -> None:
    """Keep the provider's id of the batch, which it has taken."""
    with store.writing() as connection:
        _change(connection, batch, provider_id=provider_id)


def discard(store: Store, batch: str) -> None:
    """Forget a batch that the provider never took, with its requests."""
    with store.writing() as connection:
        connection.execute(delete(schema.batch).where(_BATCH.id == batch, _BATCH.provider_id.is_(None)))


def take_over(store: Store, respondent: str, worker: str) -> list[Batch]:
    """The open batches of a respondent that nobody sees to: they are this worker's now, the oldest first.

    Batches whose writer died before they were whole are forgotten: nothing of them was sent.
    """
    nobodys = and_(_BATCH.respondent == respondent, _BATCH.worker.is_(None))
    with store.writing() as connection:
        connection.execute(delete(schema.batch).where(nobodys, _BATCH.state == WRITING))
        connection.execute(update(schema.batch).where(nobodys, _BATCH.state == OPEN).values(worker=worker))
        mine = and_(_BATCH.respondent == respondent, _BATCH.worker == worker, _BATCH.state == OPEN)
        rows = connection.execute(select(schema.batch).where(mine).order_by(_BATCH.submitted_at, _BATCH.id))
        return [Batch(*row) for row in rows]


def requests(store: Store, batch: str) -> Iterator[Asked]:
    """The requests of a batch in the order of its file; held a thousand at a time."""
    last = ("", 0)
    while True:
        with store.reading() as connection:
            rows = connection.execute(
                select(_ROW.administration, _ROW.part, _ROW.body)
                .where(_ROW.batch == batch, tuple_(_ROW.administration, _ROW.part) > last)
                .order_by(_ROW.administration, _ROW.part)
                .limit(ROWS_AT_ONCE)
            ).all()
        if not rows:
            return
        yield from (Asked(*row) for row in rows)
        last = (rows[-1].administration, rows[-1].part)


def awaited(store: Store, batch: str, administrations: Sequence[str]) -> dict[tuple[str, int], Awaited]:
    """What no attempt came of yet, of these administrations, by administration and part."""
    query = (
        select(schema.administration, _ROW.part, _ROW.body)
        .join(schema.batch_request, _ROW.administration == schema.administration.c.id)
        .where(_ROW.batch == batch, _ROW.attempt.is_(None), _ROW.administration.in_(administrations))
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return {(row.id, row.part): Awaited(administration_of(row), row.part, row.body) for row in rows}


def collect(store: Store, batch: str, attempts: Sequence[Attempt]) -> int:
    """Append what came of requests of a batch, numbered behind the attempts there are; return how many were new.

    All of it is kept, or none. What came of a request that was collected before is left out, so that collecting
    anew what was broken off does no harm.
    """
    names = [attempt.administration for attempt in attempts]
    with store.writing() as connection:
        # two that collect the same batch at once take turns
        connection.execute(update(schema.batch).where(_BATCH.id == batch).values(state=_BATCH.state))
        waiting = _waiting(connection, batch, names)
        numbers = _last_numbers(connection, names)
        new = []
        for attempt in attempts:
            if (attempt.administration, attempt.part) in waiting:
                waiting.remove((attempt.administration, attempt.part))
                numbers[attempt.administration] = numbers.get(attempt.administration, 0) + 1
                new.append(replace(attempt, number=numbers[attempt.administration]))
        add_new(connection, schema.attempt, [{name: getattr(a, name) for name in ATTEMPT_FIELDS} for a in new])
        for attempt in new:
            this = and_(_ROW.batch == batch, _ROW.administration == attempt.administration, _ROW.part == attempt.part)
            connection.execute(update(schema.batch_request).where(this).values(attempt=attempt.number, body=None))
    return len(new)


def unanswered(store: Store, batch: str) -> set[str]:
    """The administrations of which a request in the batch brought no attempt."""
    query = select(_ROW.administration).where(_ROW.batch == batch, _ROW.attempt.is_(None)).distinct()
    with store.reading() as connection:
        return set(connection.execute(query).scalars())


def close(store: Store, batch: str) -> str:
    """Nothing more will come of the batch; what did not come is free to be asked anew. Return its last state."""
    with store.writing() as connection:
        came = select(func.count()).where(_ROW.batch == batch, _ROW.attempt.is_not(None))
        state = COLLECTED if connection.execute(came).scalar_one() else LOST
        _change(connection, batch, state=state, worker=None)
        connection.execute(update(schema.batch_request).where(_ROW.batch == batch).values(body=null()))
    return state


def in_open_batches(store: Store, administrations: Sequence[str]) -> set[str]:
    """Those of the administrations that have a request in an open batch: they are being asked."""
    with store.reading() as connection:
        open_ones = connection.execute(select(_BATCH.id).where(_BATCH.state == OPEN)).scalars().all()
        if not open_ones:
            return set()
        asked = among(connection.dialect.name, _ROW.administration)
        query = select(_ROW.administration).where(asked, _ROW.batch.in_(open_ones)).distinct()
        return set(connection.execute(query, keys(connection, administrations)).scalars())


def open_batches(store: Store) -> list[Open]:
    """The open batches, the oldest first."""
    query = (
        select(schema.respondent.c.name, _BATCH.provider_id, _BATCH.n_requests, _BATCH.submitted_at)
        .join(schema.respondent, schema.respondent.c.id == _BATCH.respondent)
        .where(_BATCH.state == OPEN)
        .order_by(_BATCH.submitted_at, _BATCH.id)
    )
    with store.reading() as connection:
        return [Open(*row) for row in connection.execute(query)]


def batched_attempts() -> Select[tuple[str, int]]:
    """A query for the attempts that came of batches, and so cost less: administration and number."""
    return select(_ROW.administration, _ROW.attempt.label("number")).where(_ROW.attempt.is_not(None))


def _change(connection: Connection, batch: str, **values: Any) -> None:
    connection.execute(update(schema.batch).where(_BATCH.id == batch).values(**values))


def _waiting(connection: Connection, batch: str, administrations: Sequence[str]) -> set[tuple[str, int]]:
    """Administration and part of the requests that nothing came of yet."""
    query = select(_ROW.administration, _ROW.part).where(
        _ROW.batch == batch, _ROW.attempt.is_(None), _ROW.administration.in_(administrations)
    )
    return {(row.administration, row.part) for row in connection.execute(query)}


def _last_numbers(connection: Connection, administrations: Sequence[str]) -> dict[str, int]:
    table = schema.attempt.c
    query = (
        select(table.administration, func.max(table.number))
        .where(table.administration.in_(administrations))
        .group_by(table.administration)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
