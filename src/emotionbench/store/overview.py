"""How a running study stands: who is in it and how far, in one state of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from emotionbench.store import allocation, schema
from emotionbench.store.columns import snapshot
from emotionbench.store.database import Store

AT_ONCE = 500
OPTIONAL_PAGE = "pleasant"
_PERSON, _SENT = schema.participant.c, schema.submission.c
Pages = dict[str, tuple[float, dict[str, Any]]]
"""By page: seconds from its first display to its being sent, and what was sent that is no answer to an item."""


class Standing(NamedTuple):
    """One person who consented; ``n_sent`` counts the pages sent, but the pleasant scene at the end."""

    id: str
    situation: str | None
    outcome: str | None
    seen_at: float
    n_sent: int

    @property
    def version(self) -> tuple[str | None, int]:
        """Changes whenever something of the person does that figures are made of, but when they were seen."""
        return self.outcome, self.n_sent


@dataclass(frozen=True)
class Overview:
    """All of a study at one moment.

    ``sent`` holds the pages of those people whose ``version`` differs from the one that was known; ``departures``
    counts those who were deleted, by reason; ``tally`` is what the limits of the study are held against.
    """

    people: tuple[Standing, ...]
    sent: dict[str, Pages]
    departures: dict[str, int]
    tally: allocation.Tally


Known = Mapping[str, tuple[str | None, int]]
"""The versions of the people whose pages were read before, by id."""


def overview(store: Store, study: str, answers: Sequence[tuple[str, str]], *, since: float, known: Known) -> Overview:
    """Read it, but not the pages of people who are as they were ``known``.

    ``answers`` are questions and values that quotas are of; people seen after ``since`` hold their place.
    """
    with snapshot(store) as connection:
        people = _standings(connection, study)
        changed = [one.id for one in people if known.get(one.id) != one.version]
        return Overview(
            people,
            _pages(connection, changed),
            _departures(connection, study),
            allocation.tally(connection, study, answers, since=since),
        )


def _standings(connection: Connection, study: str) -> tuple[Standing, ...]:
    """Everybody of the study, in no order."""
    sent = (
        select(_SENT.participant, func.count().label("n"))
        .where(_SENT.page != OPTIONAL_PAGE)
        .group_by(_SENT.participant)
        .subquery()
    )
    query = (
        select(_PERSON.id, _PERSON.situation, _PERSON.outcome, _PERSON.seen_at, func.coalesce(sent.c.n, 0))
        .outerjoin_from(schema.participant, sent, sent.c.participant == _PERSON.id)
        .where(_PERSON.study == study)
    )
    return tuple(Standing._make(row) for row in connection.execute(query).all())


def _pages(connection: Connection, people: Sequence[str]) -> dict[str, Pages]:
    """The pages that these people sent; nobody is left out."""
    found: dict[str, Pages] = {one: {} for one in people}
    for first in range(0, len(people), AT_ONCE):
        query = select(_SENT.participant, _SENT.page, _SENT.seconds, _SENT.content).where(
            _SENT.participant.in_(people[first : first + AT_ONCE]), _SENT.page != OPTIONAL_PAGE
        )
        for participant, page, seconds, content in connection.execute(query):
            found[participant][page] = (seconds, json.loads(content))
    return found


def _departures(connection: Connection, study: str) -> dict[str, int]:
    table = schema.departure.c
    rows = connection.execute(select(table.reason, table.n).where(table.study == study))
    return {row.reason: row.n for row in rows}
