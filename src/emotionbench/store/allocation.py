"""How full the situations of a study are, and which of them a person is given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from emotionbench.store import schema
from emotionbench.store.people_rows import json_text

_PERSON = schema.participant.c


@dataclass(frozen=True)
class Tally:
    """A study's sessions that fill a situation.

    ``filled`` counts them by situation and ``next_place`` is the first place there that nobody has; a situation that
    nobody was ever given is in neither. ``with_answer`` counts them by an answer: a question and its value.
    """

    filled: dict[str, int]
    next_place: dict[str, int]
    with_answer: dict[tuple[str, str], int]

    @property
    def n(self) -> int:
        """All of them."""
        return sum(self.filled.values())


def fills(since: float) -> ColumnElement[bool]:
    """Whether a participant fills the situation given: complete, or not ended and seen after ``since``."""
    runs = _PERSON.outcome.is_(None) & (_PERSON.seen_at > since)
    return _PERSON.situation.is_not(None) & or_(_PERSON.outcome == "complete", runs)


def tally(connection: Connection, study: str, answers: Collection[tuple[str, str]], *, since: float) -> Tally:
    """Count what fills the situations of a study, and how many of these people gave each of some answers."""
    filling = fills(since)
    counts = [func.count().filter(filling & _gave(connection, key, value)) for key, value in answers]
    rows = connection.execute(
        select(_PERSON.situation, func.count().filter(filling), func.max(_PERSON.place), *counts)
        .where(_PERSON.study == study, _PERSON.situation.is_not(None))
        .group_by(_PERSON.situation)
    ).all()
    totals = [sum(column) for column in zip(*(row[3:] for row in rows), strict=True)] or [0] * len(answers)
    return Tally(
        {row[0]: row[1] for row in rows},
        {row[0]: row[2] + 1 for row in rows},
        dict(zip(answers, totals, strict=True)),
    )


def least_filled(tally: Tally, cells: Iterable[str], *, most: int | None, label: str) -> str | None:
    """The cell that fewest fill; ties are decided by the SHA-256 of ``label|cell``. None where all hold ``most``."""
    free = [cell for cell in cells if most is None or tally.filled.get(cell, 0) < most]
    return min(free, key=lambda cell: (tally.filled.get(cell, 0), _draw(f"{label}|{cell}")), default=None)


def matched(quotas: Iterable[tuple[str, str, int]], demographics: dict[str, Any]) -> dict[tuple[str, str], int]:
    """The quotas that a person's own answers fall under, the smallest number where two are of one answer."""
    found: dict[tuple[str, str], int] = {}
    for question, value, n in quotas:
        if demographics.get(question) is not None and str(demographics[question]) == value:
            found[question, value] = min(n, found.get((question, value), n))
    return found


def _gave(connection: Connection, question: str, value: str) -> ColumnElement[bool]:
    """Whether a participant gave an answer, as a text or as a whole number.

    Looks for it as ``json_text`` writes it. That is several times as fast as taking everybody's JSON apart, and as
    exact: within a text a quotation mark has a backslash before it.
    """
    written = [json_text({question: value})[1:-1]]
    if value.lstrip("-").isdecimal():
        written += [f"{json_text({question: 0})[1:-2]}{value}{end}" for end in ",}"]
    place_of = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return or_(*(place_of(_PERSON.demographics, each) > 0 for each in written))


def _draw(label: str) -> bytes:
    return sha256(label.encode()).digest()
