"""From a study to its administrations: pure and seeded; the same study gives the same ids and orders anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from emotionbench.documents import Document, content_hash
from emotionbench.materials.forms import Form
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Condition, Design, Putting, Respondent, identify
from emotionbench.study import Study, n_baselines
from emotionbench.study_materials import Materials, Way

Session = tuple[Administration, ...]
"""Administrations that are asked one after another: one alone, or the phases of one conversation."""


@dataclass(frozen=True)
class Plan:
    """The sessions of a study, made one at a time; iterate as often as you like."""

    study: Study
    materials: Materials
    respondents: tuple[Respondent, ...]

    def __iter__(self) -> Iterator[Session]:
        for respondent in self.respondents:
            yield from self.of(respondent)

    def of(self, respondent: Respondent) -> Iterator[Session]:
        """The sessions of one respondent, repeat by repeat, so that an early stop leaves a balanced part."""
        study = self.study
        hashes = Hashes()
        ways = [PlannedWay(study, way, respondent, hashes) for way in self.materials.ways]
        if study.design == "independent":
            counted = [(way, way.n_baselines(study, self._n_forms)) for way in ways]
            for repeat in range(max((n for _, n in counted), default=0)):
                for way, n in counted:
                    if repeat < n:
                        yield (way.administration(way.without_situation, None, repeat),)
        rounds = max((len(way.situations) for way in ways), default=0)
        for repeat in range(study.repeats):
            for place in range(rounds):
                for way in ways:
                    if place < len(way.situations):
                        yield way.session(*way.situations[place], repeat)

    @property
    def n_administrations(self) -> int:
        """How many administrations the whole plan holds."""
        study = self.study
        phases = 2 if study.recovery else 1
        of_each = (
            study.repeats * len(way.situations) * phases
            + n_baselines(study, way.situations, self._n_forms, probe=way.probe)
            for way in self.materials.ways
        )
        return len(self.respondents) * sum(of_each)

    @property
    def _n_forms(self) -> int:
        return self.study.ways.n_forms if self.study.ways else 1


class Hashes:
    """Content hashes, each document's computed once."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    def of(self, document: Document) -> str:
        """The content hash of a document, which must live as long as this does: it is known by its identity."""
        if id(document) not in self._known:
            self._known[id(document)] = content_hash(document)
        return self._known[id(document)]


class PlannedWay:
    """One way of asking, put to one respondent: its sessions, with the hashes computed once.

    ``situations`` are those that it is put after, each with its hash; ``putting`` is what all its administrations
    have in common.
    """

    def __init__(self, study: Study, way: Way, respondent: Respondent, hashes: Hashes) -> None:
        form, n_items = way.form, way.instrument.n_items
        self.putting = Putting(
            respondent.id,
            hashes.of(way.instrument),
            hashes.of(way.protocol),
            Design(study.design),
            study.seed,
            hashes.of(form) if form else None,
            form.n_messages(n_items) if form else 1,
        )
        self.n_items, self.form, self.way = n_items, form, way
        self.recovers, self.probe = study.recovery, way.probe
        self.situations = [(situation, hashes.of(situation)) for situation in way.situations]

    def n_baselines(self, study: Study, n_forms: int) -> int:
        """How many administrations there are without a situation, in a study that asks in so many forms."""
        return n_baselines(study, self.way.situations, n_forms, probe=self.probe)

    @property
    def without_situation(self) -> Condition:
        """What is asked of nothing imagined: how things are, or a probe."""
        return Condition.PROBE if self.probe else Condition.BASELINE

    def session(self, situation: Situation, situation_hash: str, repeat: int) -> Session:
        """What is asked at one repeat of a situation: one administration, or in the paired design all its phases."""
        condition = Condition.EVOKED if situation.kind == "evoking" else Condition.CONTROL
        if self.probe:
            condition = Condition.PROBE
        putting = self.putting
        if putting.design is Design.INDEPENDENT:
            return (self.administration(condition, situation_hash, repeat),)
        session = identify(
            {
                "respondent": putting.respondent,
                "instrument": putting.instrument,
                "protocol": putting.protocol,
                "situation": situation_hash,
                "repeat": repeat,
                "seed": putting.seed,
                **({"form": putting.form} if putting.form else {}),
            }
        )
        phases = (
            self.administration(Condition.BASELINE, None, repeat, session, beside=situation_hash),
            self.administration(condition, situation_hash, repeat, session),
        )
        if not self.recovers:
            return phases
        return (*phases, self.administration(Condition.RECOVERED, situation_hash, repeat, session))

    def administration(
        self,
        condition: Condition,
        situation: str | None,
        repeat: int,
        session: str | None = None,
        *,
        beside: str | None = None,
    ) -> Administration:
        """One administration; ``beside`` is the situation that a paired baseline shares its conversation with."""
        putting = self.putting
        cell = cell_of(putting.seed, putting.instrument, condition, situation or beside, putting.form)
        order = shown_order(self.n_items, cell, repeat, self.form)
        return putting.administration(condition, situation, repeat, session, order)


def cell_of(seed: int, instrument: str, condition: str, situation: str | None, form: str | None = None) -> str:
    """The cell within which item orders are balanced over repeats; the same for every respondent.

    ``situation`` is that of the session for the baseline of a paired conversation, so that orders differ between
    conversations there too; ``form`` the hash of the form, where there is one.
    """
    cell = f"{seed}|{instrument}|{condition}|{situation}"
    return f"{cell}|{form}" if form else cell


def shown_order(n_items: int, cell: str, repeat: int, form: Form | None = None) -> tuple[int, ...]:
    """The item numbers in the order shown: balanced over repeats, or where the form says so the instrument's own."""
    if form is not None and form.item_order == "given":
        return tuple(range(1, n_items + 1))
    return item_order(n_items, cell, repeat)


def item_order(n_items: int, cell: str, repeat: int) -> tuple[int, ...]:
    """The 1-based item numbers in the order shown at this repeat of a cell.

    Repeats walk through the rows of a Williams square of the items, relabelled at random for each full walk:
    within the first, second, … ``n_items`` repeats every item visits every position once, and within a full walk
    (``n_items`` repeats, twice that where odd) every item follows every other equally often.

    Source: Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of
    treatments. Australian Journal of Scientific Research A, 2, 149-168.
    """
    rows = williams_square(n_items)
    walk, row = divmod(repeat, len(rows))
    relabelled = _shuffled(n_items, f"{cell}|{walk}")
    return tuple([relabelled[index] for index in rows[row]])


@lru_cache(maxsize=64)
def williams_square(n_items: int) -> Sequence[tuple[int, ...]]:
    """The rows of a Williams square of 0-based items: n rows where n is even, 2 n where it is odd."""
    zigzag = tuple(_zigzag(n_items))
    rows = [tuple((value + shift) % n_items for value in zigzag) for shift in range(n_items)]
    if n_items % 2 and n_items > 1:
        rows += [tuple(reversed(row)) for row in rows]
    return tuple(rows)


def _zigzag(n_items: int) -> Iterator[int]:
    """0, 1, n − 1, 2, n − 2, …"""
    low, high = 0, n_items
    for step in range(n_items):
        if step % 2 == 0 and step:
            high -= 1
            yield high
        else:
            yield low
            low += 1


@lru_cache(maxsize=4096)
def _shuffled(n_items: int, label: str) -> tuple[int, ...]:
    """The numbers 1 to n in an order that only ``label`` decides, on every machine and version alike."""
    return tuple(sorted(range(1, n_items + 1), key=lambda number: _digest(f"{label}|{number}")))


def _digest(label: str) -> int:
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")
