"""What attempts took, summed in the database: tokens as the servers counted them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from emotionbench.records import RespondentKind
from emotionbench.store import schema
from emotionbench.store.batches import batched_attempts
from emotionbench.store.database import Store

_ADMINISTRATION, _ATTEMPT, _RESPONDENT = schema.administration.c, schema.attempt.c, schema.respondent.c
_CELL = tuple(_ADMINISTRATION[name] for name in ("respondent", "instrument", "design", "condition", "situation"))
_BATCHED = batched_attempts().subquery("batched")


MOST_LOOKED_AT = 20_000
"""Enough to tell what replies take, and read in half a second."""
Cell = tuple[str, str, str, str, str | None]
"""Respondent, instrument, design, condition, situation."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The attempts of one respondent on one instrument in one design and condition, after one situation or none.

    ``respondent`` is its id; ``instrument`` and ``situation`` are content hashes. ``n_failed`` attempts brought no
    response, ``n_uncounted`` brought one without a count of its tokens. The sums are over the others; ``cached_tokens``
    are part of ``input_tokens`` and never more, ``reasoning_tokens`` part of ``output_tokens``; both are null where no
    server told them. ``batched``: asked in a batch, for less money.
    """

    respondent: str
    instrument: str
    design: str
    condition: str
    situation: str | None
    batched: bool
    n_attempts: int
    n_failed: int
    n_uncounted: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int | None
    reasoning_tokens: int | None

    @property
    def cell(self) -> Cell:
        """Whose, of what, in which design, when and after what."""
        return (self.respondent, self.instrument, self.design, self.condition, self.situation)


@dataclass(frozen=True, slots=True)
class Measured:
    """What messages of one putting took in the mean: of one instrument in one protocol and form.

    ``name`` is the respondent's; ``n`` counts the messages that the server counted the tokens of.
    """

    name: str
    instrument: str
    protocol: str
    form: str | None
    after_situation: bool
    n: int
    input_tokens: float
    output_tokens: float
    cached_tokens: float
    reasoning_tokens: float


@dataclass(frozen=True, slots=True)
class Dearest:
    """The most that a whole administration took of those of one respondent, instrument, form and condition.

    Each figure is the most of ``n`` administrations (``cached_tokens`` the fewest), retries and re-asks counted in.
    """

    respondent: str
    instrument: str
    form: str | None
    condition: str
    n: int
    tokens: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int


def usages(store: Store, *, since: str | None = None, respondents: Collection[str] | None = None) -> list[Usage]:
    """What was taken, of everybody but people, in a steady order.

    ``since`` (UTC, ISO 8601) leaves out attempts that began before; ``respondents`` (ids) all others.
    """
    keys = (*_CELL, _BATCHED.c.number.is_not(None).label("is_batched"))
    query = (
        select(*keys, func.count(), func.count(_ATTEMPT.error), _n_uncounted(), *_sums())
        .select_from(_asked().outerjoin(_BATCHED, _of_a_batch()))
        .where(*_chosen(since, respondents))
        .group_by(*keys)
        .order_by(*keys)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return [_usage(row) for row in rows]


def n_administrations(store: Store) -> dict[Cell, int]:
    """Administrations with a reply, by respondent, instrument, design, condition and situation; not people's."""
    query = (
        select(*_CELL, func.count(_ATTEMPT.administration.distinct()))
        .select_from(_asked())
        .where(*_chosen(None, None), _ATTEMPT.reply.is_not(None))
        .group_by(*_CELL)
    )
    with store.reading() as connection:
        return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in connection.execute(query)}


def answered_since(store: Store, since: str) -> set[str]:
    """The administrations to which a reply came of an attempt begun at ``since`` (UTC, ISO 8601) or later."""
    query = select(_ATTEMPT.administration).where(_ATTEMPT.started_at >= since, _ATTEMPT.reply.is_not(None))
    with store.reading() as connection:
        return set(connection.execute(query.distinct()).scalars())


def measured(store: Store, names: Collection[str]) -> list[Measured]:
    """What the messages that respondents of these names were sent took, for an estimate of more of them."""
    after = _ADMINISTRATION.situation.is_not(None).label("after_situation")
    keys = (_RESPONDENT.name, _ADMINISTRATION.instrument, _ADMINISTRATION.protocol, _ADMINISTRATION.form, after)
    query = (
        select(*keys, func.count(), *_sums())
        .select_from(_asked())
        .where(_RESPONDENT.name.in_(names), _is_counted())
        .group_by(*keys)
        .order_by(*keys)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    return [_mean(row) for row in rows]


def dearest(store: Store, respondents: Collection[str]) -> list[Dearest]:
    """What the administrations that these respondents (ids) answered in full took at most, where servers counted.

    Of a large store some administrations are looked at, ``MOST_LOOKED_AT`` in all.
    """
    whose = _ADMINISTRATION.respondent.in_(respondents)
    some = select(schema.administration).where(whose).limit(MOST_LOOKED_AT).subquery()
    keys = tuple(some.c[name] for name in ("respondent", "instrument", "form", "condition"))
    read, written, cached, _ = _sums()
    n_answered = func.count(_ATTEMPT.part.distinct()).filter(_ATTEMPT.reply.is_not(None))
    each = (
        select(*keys, read.label("read"), written.label("written"), func.coalesce(cached, 0).label("cached"))
        .select_from(schema.attempt.join(some, some.c.id == _ATTEMPT.administration))
        .where(_is_counted())
        .group_by(some.c.id, *keys, some.c.n_messages)
        .having(n_answered == some.c.n_messages)
        .subquery()
    )
    of = tuple(each.c[key.name] for key in keys)
    most = func.max(each.c.read + each.c.written), func.max(each.c.read), func.max(each.c.written)
    query = select(*of, func.count(), *most, func.min(each.c.cached)).group_by(*of).order_by(*of)
    with store.reading() as connection:
        return [Dearest(*row[:5], *map(int, row[5:])) for row in connection.execute(query)]


def _usage(row: Any) -> Usage:
    respondent, instrument, design, condition, situation, *figures = row
    batched, n, n_failed, n_uncounted, read, written, cached, own = figures
    return Usage(
        respondent,
        instrument,
        design,
        condition,
        situation,
        batched=bool(batched),
        n_attempts=n,
        n_failed=n_failed,
        n_uncounted=n_uncounted,
        input_tokens=int(read or 0),
        output_tokens=int(written or 0),
        cached_tokens=None if cached is None else int(cached),
        reasoning_tokens=None if own is None else int(own),
    )


def _mean(row: Any) -> Measured:
    name, instrument, protocol, form, after, n, *totals = row
    read, written, cached, own = (float(total or 0) / n for total in totals)
    return Measured(
        name,
        instrument,
        protocol,
        form,
        after_situation=bool(after),
        n=n,
        input_tokens=read,
        output_tokens=written,
        cached_tokens=cached,
        reasoning_tokens=own,
    )


def _of_a_batch() -> ColumnElement[bool]:
    """That an attempt came of a batch."""
    return and_(_BATCHED.c.administration == _ATTEMPT.administration, _BATCHED.c.number == _ATTEMPT.number)


def _asked() -> Any:
    return schema.attempt.join(schema.administration, _ADMINISTRATION.id == _ATTEMPT.administration).join(
        schema.respondent, _RESPONDENT.id == _ADMINISTRATION.respondent
    )


def _chosen(since: str | None, respondents: Collection[str] | None) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = [_RESPONDENT.kind != RespondentKind.HUMAN.value]
    if since is not None:
        chosen.append(_ATTEMPT.started_at >= since)
    if respondents is not None:
        chosen.append(_RESPONDENT.id.in_(respondents))
    return chosen


def _is_counted() -> ColumnElement[bool]:
    return _ATTEMPT.input_tokens.is_not(None) & _ATTEMPT.output_tokens.is_not(None)


def _n_uncounted() -> ColumnElement[int]:
    return func.count().filter(_ATTEMPT.response.is_not(None), ~_is_counted())


def _sums() -> list[ColumnElement[Any]]:
    """Input, output, cached and reasoning tokens of the attempts that were counted."""
    # a server that counts more tokens in its cache than it was sent is held to those
    cached = case((_ATTEMPT.cached_tokens > _ATTEMPT.input_tokens, _ATTEMPT.input_tokens), else_=_ATTEMPT.cached_tokens)
    columns = (_ATTEMPT.input_tokens, _ATTEMPT.output_tokens, cached, _ATTEMPT.reasoning_tokens)
    return [func.sum(column).filter(_is_counted()) for column in columns]
