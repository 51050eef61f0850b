"""The people of a study in its store: who takes part, what they sent, which situation they got, and their deletion.

Every function is one transaction. Times are given by the caller: ``now`` in seconds since 1970 UTC. Rows are locked in
one order, the study's before a participant's, so that no two wait for each other.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, delete, insert, select, update

from emotionbench.records import Administration, Attempt
from emotionbench.store import allocation, erasure, schema
from emotionbench.store.database import Store
from emotionbench.store.people_rows import (
    WHOLE_PERSON,
    add,
    count_departures,
    json_text,
    keep_draft,
    keep_record,
    lock_study,
    lock_study_of,
    locked,
    of_page,
    parsed,
)
from emotionbench.store.writing import add_new

Why = Literal["full", "quota"]
SEEN_SECONDS = 60.0
"""A sign of life is written no more often than this."""
AFTER_THE_OUTCOME = frozenset({"end", "pleasant"})
AT_ONCE = 500
"""People to a statement."""
_PERSON = schema.participant.c


@dataclass(frozen=True)
class Person:
    """One who consented; ``submitted`` maps the pages sent to their content, ``drafts`` those begun, in no order.

    ``seen_at`` is the last sign of life that was written, seconds since 1970 UTC.
    """

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
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen_at: float = field(default=0.0, compare=False)


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


class CodeTaken(Exception):
    """The completion code drawn for a person is another's; draw again."""


def begin(store: Store, person: Person, arrival: Arrival, *, started_at: str, now: float) -> Person | None:
    """Let a person in who consented; the same id again changes nothing and returns the same person.

    None where the panel's person takes part already under another id, the invitation is used by another (or gone), or
    the person of this id was anonymised. CodeTaken, and nothing is written, where another person has the code; a
    ValueError where there is no code, as that is the mark of those who were anonymised.
    """
    if person.code is None:
        raise ValueError("a person has a completion code from the beginning")
    with erasure.writing(store) as connection:
        if arrival.person is not None or arrival.invitation is not None:
            lock_study(connection, person.study)
        there = _person(connection, person.id)
        if there is not None:
            return there
        if not _is_let_in(connection, person.study, arrival):
            return None
        if not add(connection, schema.participant, _participant_row(person, started_at, now)):
            return _who_is_there(connection, person)
        _keep_arrival(connection, person, arrival)
        return _person(connection, person.id)


def find(store: Store, identifier: str, study: str) -> Person | None:
    """The person of this study with this id."""
    with store.looking_up() as connection:
        found = _person(connection, identifier)
    return found if found is not None and found.study == study else None


def seen(store: Store, identifier: str, now: float) -> None:
    """Keep that the person is there, so that the reservation holds; written at most once a minute for each."""
    is_due = (_PERSON.id == identifier) & (_PERSON.seen_at <= now - SEEN_SECONDS)
    with store.looking_up() as connection:  # reading first, as SQLite's writers wait for each other
        if connection.execute(select(_PERSON.id).where(is_due)).first() is None:
            return
    with erasure.writing(store) as connection:
        connection.execute(update(schema.participant).where(is_due).values(seen_at=now))


def allocate(
    store: Store, identifier: str, cells: Sequence[str], limits: Limits, *, seed: int, now: float
) -> Person | Why | None:
    """Give a person a situation (content hash) of ``cells``: the least filled, ties at random by seed and person.

    Filled means: complete, or not ended and seen within ``limits.lapse`` (those who failed checks do not fill).
    A person who has one keeps it. ``full`` where the study or every situation has its number, ``quota`` where a quota
    of an answer of the person has; nothing is written then. None where there is no such person. Somebody who ended
    before having one stays as they are.

    The place is one more than the highest that anybody present has, from 0: no two people present share one. People
    who are deleted leave a gap, or, where theirs was the highest, a place that is given again.
    """
    with erasure.writing(store) as connection:
        if not lock_study_of(connection, identifier):
            return None
        row = locked(connection, identifier)
        if row is None:
            return None
        if row.situation is None and row.outcome is None:
            refused = _give_situation(connection, row, cells, limits, seed=seed, now=now)
            if refused is not None:
                return refused
        return _person(connection, identifier)


def turn_away(store: Store, identifier: str) -> None:
    """Keep that a person found every place taken; nothing where the person has a situation or has ended."""
    person = schema.participant.c
    is_waiting = person.situation.is_(None) & person.outcome.is_(None)
    with store.writing() as connection:
        connection.execute(
            update(schema.participant).where((person.id == identifier) & is_waiting).values(outcome="full")
        )


def submit(store: Store, identifier: str, sent: Sent, *, now: float) -> bool:
    """Keep a page, with its administration and attempt; False, and nothing changed, where it was sent before.

    False also where the person is not there (any more) or has ended, except for ``end`` and ``pleasant``, which come
    after the outcome. The draft of the page goes. The first outcome stays. A ValueError where the administration is of
    another session, as it would outlive the person.
    """
    with erasure.writing(store) as connection:
        row = locked(connection, identifier)
        if row is None or not _may_send(row, sent.page):
            return False
        page = {
            "participant": identifier,
            "page": sent.page,
            "seconds": sent.seconds,
            "submitted_at": sent.submitted_at,
            "content": json_text(sent.content),
        }
        if not add(connection, schema.submission, page):
            return False
        if sent.record is not None:
            keep_record(connection, row.session, *sent.record)
        changes: dict[str, Any] = {"seen_at": now}
        if sent.demographics is not None:
            changes["demographics"] = json_text(sent.demographics)
        if sent.outcome is not None and row.outcome is None:
            changes["outcome"] = sent.outcome
        connection.execute(update(schema.participant).where(_PERSON.id == identifier).values(changes))
        connection.execute(delete(schema.draft).where(*of_page(schema.draft, identifier, sent.page)))
    return True


def save_draft(store: Store, identifier: str, page: str, content: dict[str, Any]) -> None:
    """Keep what was entered so far in place of what was kept before; nothing where the page was sent."""
    with erasure.writing(store) as connection:
        row = locked(connection, identifier)
        if row is None or not _may_send(row, page):
            return
        kept = {"participant": identifier, "page": page, "content": json_text(content)}
        connection.execute(keep_draft(connection.dialect.name), kept)


def withdraw(store: Store, identifier: str, reason: str = "withdrawn") -> bool:
    """Delete all of a person: administrations, attempts, pages, drafts, recruitment; only a count stays.

    An invitation stays used. False where there is no such person. The bytes go too: of SQLite's file and log at once,
    or at the next ``expire`` where others are reading or the file is large; PostgreSQL is told to free them, and what
    stays in its files, log and backups, ``erasure`` says.
    """
    with erasure.writing(store) as connection:
        row = locked(connection, identifier)
        if row is None:
            return False
        erasure.delete_people(connection, [row])
        count_departures(connection, row.study, reason, 1)
    erasure.scrub(store)
    return True


def recruited(store: Store, study: str, person: str) -> tuple[str, str] | None:
    """The participant's id and the visit's hash of a panel's person in this study."""
    table = schema.recruitment.c
    with store.looking_up() as connection:
        query = select(table.participant, table.visit).where(table.study == study, table.person == person)
        row = connection.execute(query).one_or_none()
    return None if row is None else (row.participant, row.visit)


def invite(store: Store, study: str, invitations: Sequence[str]) -> None:
    """Keep the hashes of new invitations."""
    rows = [{"id": invitation, "study": study, "participant": None, "used": 0} for invitation in invitations]
    with erasure.writing(store) as connection:
        add_new(connection, schema.invitation, rows)


def invited(store: Store, study: str, invitation: str) -> tuple[bool, str | None] | None:
    """Whether an invitation was used, and by whom (None once deleted); None where there is no such invitation."""
    with store.looking_up() as connection:
        return _invitation(connection, study, invitation)


def is_full(store: Store, study: str, limits: Limits, *, now: float) -> bool:
    """Whether the study has its number of complete and running sessions.

    Running are those with a situation whose person was seen within ``limits.lapse``, as ``allocate`` counts them.
    """
    if limits.n is None:
        return False
    with store.looking_up() as connection:
        return allocation.tally(connection, study, (), since=now - limits.lapse).n >= limits.n


def expire(
    store: Store,
    study: str,
    *,
    before: float,
    then: Literal["anonymise", "delete"],
    own_words: Collection[str] = (),
) -> int:
    """End the retention of people last seen before a time; how many there were, without those anonymised before.

    ``anonymise`` deletes code, recruitment, drafts and what was written in own words: accounts, and the answers about
    the person that ``own_words`` names. It replaces the id, so that no link leads there any more, and of times keeps
    the day alone. ``delete`` deletes all as ``withdraw`` does, counted as ``retention``. Also with nobody due, an
    SQLite file is written anew and its log emptied, so that nothing stays of earlier deletions.
    """
    is_due = (_PERSON.study == study) & (_PERSON.seen_at < before) & _PERSON.code.is_not(None)
    query = select(schema.participant).where(is_due).order_by(_PERSON.id).with_for_update()
    with erasure.writing(store) as connection:
        people = connection.execute(query).all()
        for first in range(0, len(people), AT_ONCE):
            part = people[first : first + AT_ONCE]
            if then == "delete":
                erasure.delete_people(connection, part)
            else:
                erasure.anonymise_people(connection, part, frozenset(own_words))
        if people and then == "delete":
            count_departures(connection, study, "retention", len(people))
    erasure.scrub(store, whole=True)
    return len(people)


def _person(connection: Connection, identifier: str) -> Person | None:
    rows = connection.execute(WHOLE_PERSON, {"id": identifier}).all()
    if not rows:
        return None
    row = rows[0]
    pages = [one for one in rows if one.page is not None]
    return Person(
        id=row.id,
        study=row.study,
        session=row.session,
        language=row.language,
        situation=row.situation,
        place=row.place,
        demographics=parsed(row.demographics),
        outcome=row.outcome,
        code=row.code,
        submitted={one.page: json.loads(one.content) for one in pages if not one.is_draft},
        drafts={one.page: json.loads(one.content) for one in pages if one.is_draft},
        seen_at=row.seen_at,
    )


def _is_let_in(connection: Connection, study: str, arrival: Arrival) -> bool:
    """Whether nobody took part as this person of a panel, and nobody used the invitation."""
    table = schema.recruitment.c
    if arrival.person is not None:
        query = select(table.participant).where(table.study == study, table.person == arrival.person)
        if connection.execute(query).first() is not None:
            return False
    if arrival.invitation is None:
        return True
    invitation = _invitation(connection, study, arrival.invitation)
    return invitation is not None and not invitation[0]


def _who_is_there(connection: Connection, person: Person) -> Person | None:
    """Who keeps a person from being added: they themselves, or nobody any more as they were anonymised since."""
    there = _person(connection, person.id)
    session = select(_PERSON.session).where(_PERSON.session == person.session)
    if there is None and connection.execute(session).first() is None:
        raise CodeTaken
    return there


def _keep_arrival(connection: Connection, person: Person, arrival: Arrival) -> None:
    """Keep where a person who was let in came from."""
    if arrival.person is not None:
        row = {"participant": person.id, "study": person.study, "person": arrival.person, "visit": arrival.visit or ""}
        connection.execute(insert(schema.recruitment).values(row))
    if arrival.invitation is not None:
        is_it = schema.invitation.c.id == arrival.invitation
        connection.execute(update(schema.invitation).where(is_it).values(participant=person.id, used=1))


def _invitation(connection: Connection, study: str, invitation: str) -> tuple[bool, str | None] | None:
    table = schema.invitation.c
    query = select(table.used, table.participant).where(table.id == invitation, table.study == study)
    row = connection.execute(query).one_or_none()
    return None if row is None else (bool(row.used), row.participant)


def _participant_row(person: Person, started_at: str, now: float) -> dict[str, Any]:
    return {
        "id": person.id,
        "study": person.study,
        "session": person.session,
        "language": person.language,
        "started_at": started_at,
        "seen_at": now,
        "code": person.code,
    }


def _give_situation(
    connection: Connection, row: Any, cells: Sequence[str], limits: Limits, *, seed: int, now: float
) -> Why | None:
    """Write the situation of a participant's row, while the study is locked; or say why there is none."""
    quotas = allocation.matched(limits.quotas, parsed(row.demographics) or {})
    tally = allocation.tally(connection, row.study, quotas, since=now - limits.lapse)
    if limits.n is not None and tally.n >= limits.n:
        return "full"
    cell = allocation.least_filled(tally, cells, most=limits.n_per_situation, label=f"{seed}|{row.id}")
    if cell is None:
        return "full"
    if any(tally.with_answer[answer] >= n for answer, n in quotas.items()):
        return "quota"
    given = {"situation": cell, "place": tally.next_place.get(cell, 0), "seen_at": now}
    connection.execute(update(schema.participant).where(_PERSON.id == row.id).values(given))
    return None


def _may_send(row: Any, page: str) -> bool:
    """Whether a page can still come from a participant: not once the outcome is there, but what comes after it."""
    return row.outcome is None or page in AFTER_THE_OUTCOME
