"""Whether every row of a store still is what its hash says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from emotionbench.documents import content_hash
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.plan import cell_of, shown_order
from emotionbench.records import Administration, Respondent, RespondentKind, identify
from emotionbench.store import Store, reading, schema, sessions
from emotionbench.store.sessions import SentSheet
from emotionbench.wording import answer_lines

TABLES = ("material", "respondent", "study", "participant", "administration", "attempt")
"""The tables that are verified."""


@dataclass(frozen=True)
class Fault:
    """A row that does not hold."""

    table: str
    key: str
    what: str


def verify(store: Store) -> Iterator[Fault]:
    """Re-hash materials, respondents and planned ids, re-derive item orders; yield what does not hold.

    Of people of a survey also whether their administrations are of the situation and the place that they were given,
    and whether every reply is what they sent.
    """
    verifier = _Verifier()
    for row in reading.rows(store, "material"):
        yield from verifier.material(row)
    for row in reading.rows(store, "respondent"):
        yield from verifier.respondent(row)
    for row in reading.rows(store, "study"):
        yield from verifier.study(row)
    for row in reading.rows(store, "participant"):
        yield from (Fault("participant", row["id"], what) for what in verifier.participant(row))
    for row in reading.rows(store, "administration"):
        verifier.note_session(row)
    for row in reading.rows(store, "administration"):
        yield from (Fault("administration", row["id"], what) for what in verifier.administration(row))
    yield from (Fault("attempt", key, what) for key, what in reading.broken_attempts(store))
    with store.reading() as connection:
        for one in sessions.sent_sheets(connection):
            yield from (Fault("attempt", one.administration, what) for what in verifier.sent(one))


def n_checked(store: Store) -> dict[str, int]:
    """How many rows there are to verify, by table."""
    with store.reading() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(schema.metadata.tables[name])).scalar_one()
            for name in TABLES
        }


class _Verifier:
    """What the rows read so far say about those to come."""

    def __init__(self) -> None:
        self.hashes: set[str] = set()
        self.instruments: dict[str, Instrument] = {}
        self.forms: dict[str, Form] = {}
        self.is_recorded: dict[str, bool] = {}
        self.situation_of_session: dict[str, str] = {}
        self.given: dict[str, tuple[str | None, int | None]] = {}

    def material(self, row: dict[str, Any]) -> Iterator[Fault]:
        self.hashes.add(row["hash"])
        try:
            holds = content_hash(json.loads(row["content"])) == row["hash"]
        except ValueError:
            yield Fault("material", row["hash"], f"content of {row['name']!r} is not JSON")
            return
        if not holds:
            yield Fault("material", row["hash"], f"content of {row['name']!r} does not hash to the key")
        elif row["kind"] == "instrument":
            self.instruments[row["hash"]] = Instrument.model_validate_json(row["content"])
        elif row["kind"] == "form":
            self.forms[row["hash"]] = Form.model_validate_json(row["content"])

    def study(self, row: dict[str, Any]) -> Iterator[Fault]:
        """Of a study of people, whose rules decide who is compared, whether its spec still is what its hash says."""
        spec = json.loads(row["spec"])
        if "survey" in spec and content_hash(spec) != row["hash"]:
            yield Fault("study", row["hash"], f"the spec of {row['name']!r} does not hash to the key")

    def respondent(self, row: dict[str, Any]) -> Iterator[Fault]:
        try:
            settings = json.loads(row["settings"])
            holds = Respondent.of(RespondentKind(row["kind"]), row["name"], settings).id == row["id"]
        except ValueError:
            settings, holds = {}, False
        self.is_recorded[row["id"]] = "recorded" in settings
        if not holds:
            yield Fault("respondent", row["id"], "kind, name and settings do not hash to the id")

    def participant(self, row: dict[str, Any]) -> Iterator[str]:
        """Remember which situation a person was given, and as the how manieth."""
        self.given[row["session"]] = (row["situation"], row["place"])
        if row["situation"] is not None:
            # who stopped before imagining has a baseline, whose order follows from what was to come
            self.situation_of_session[row["session"]] = row["situation"]
            if row["situation"] not in self.hashes:
                yield "situation is not in the store"

    def note_session(self, row: dict[str, Any]) -> None:
        """Remember the situation of a conversation: the order of its baseline follows from it."""
        if row["session"] and row["situation"]:
            self.situation_of_session[row["session"]] = row["situation"]

    def administration(self, row: dict[str, Any]) -> Iterator[str]:
        for name, known in (
            ("respondent", self.is_recorded),
            ("instrument", self.hashes),
            ("protocol", self.hashes),
            ("situation", self.hashes),
            ("form", self.hashes),
        ):
            if row[name] is not None and row[name] not in known:
                yield f"{name} is not in the store"
        try:
            administration = reading.administration_of(SimpleNamespace(**row))
        except ValueError as problem:
            yield f"cannot be read: {problem}"
            return
        if identify(administration.key()) != administration.id:
            yield "its columns do not hash to the id"
        yield from self._order(administration)
        yield from self._place(administration)

    def _order(self, administration: Administration) -> Iterator[str]:
        instrument = self.instruments.get(administration.instrument)
        if instrument is None:
            return
        form = self.forms.get(administration.form or "")
        if administration.n_messages != (form.n_messages(instrument.n_items) if form else 1):
            yield "is spread over another number of messages than its form says"
        if sorted(administration.order) != list(range(1, instrument.n_items + 1)):
            yield "item order does not hold every item once"
        elif not self.is_recorded.get(administration.respondent) and administration.order != self._planned(
            administration
        ):
            yield "item order is not the planned one"

    def _place(self, administration: Administration) -> Iterator[str]:
        given = self.given.get(administration.session or "")
        if given is None:
            return
        situation, place = given
        if administration.situation not in (None, situation):
            yield "situation is not the one that the person was given"
        if administration.repeat != place:
            yield "repeat is not the person's place within the situation"

    def sent(self, one: SentSheet) -> Iterator[str]:
        """Whether the reply that is read says what the person sent."""
        instrument = self.instruments.get(one.instrument)
        if instrument is None:
            return
        try:
            answers = {int(number): value for number, value in json.loads(one.response)["answers"].items()}
            said = answer_lines(instrument, tuple(map(int, one.item_order.split())), answers)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            yield "its response is not what a page sends"
            return
        if said != one.reply:
            yield "its reply is not what was sent"

    def _planned(self, administration: Administration) -> tuple[int, ...]:
        situation = administration.situation or self.situation_of_session.get(administration.session or "")
        form = administration.form
        cell = cell_of(administration.seed, administration.instrument, administration.condition, situation, form)
        return shown_order(len(administration.order), cell, administration.repeat, self.forms.get(form or ""))
