"""From a study to its administrations: pure and seeded; the same study gives the same ids and orders anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from emotionbench.documents import content_hash
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Condition, Design, Putting, Respondent, identify
from emotionbench.study import Materials, Study, n_baselines

Session = tuple[Administration, ...]
"""Administrations that are asked one after another: one alone, or baseline and evoked of one conversation."""


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
        study, materials = self.study, self.materials
        cells = [_Cell(study, materials, respondent, instrument) for instrument in materials.instruments]
        situations = [(situation, content_hash(situation)) for situation in materials.situations]
        if study.design == "independent":
            for repeat in range(n_baselines(study, materials)):
                for cell in cells:
                    yield (cell.administration(Condition.BASELINE, None, repeat),)
        for repeat in range(study.repeats):
            for situation, situation_hash in situations:
                for cell in cells:
                    yield cell.session(situation, situation_hash, repeat)

    @property
    def n_administrations(self) -> int:
        """How many administrations the whole plan holds."""
        study, materials = self.study, self.materials
        evoked = study.repeats * len(materials.situations)
        baselines = n_baselines(study, materials)
        return len(self.respondents) * len(materials.instruments) * (evoked + baselines)


class _Cell:
    """One respondent × instrument, with the hashes computed once."""

    def __init__(self, study: Study, materials: Materials, respondent: Respondent, instrument: Instrument) -> None:
        self.putting = Putting(
            respondent.id,
            content_hash(instrument),
            content_hash(materials.protocol),
            Design(study.design),
            study.seed,
        )
        self.n_items = instrument.n_items

    def session(self, situation: Situation, situation_hash: str, repeat: int) -> Session:
        condition = Condition.EVOKED if situation.kind == "evoking" else Condition.CONTROL
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
            }
        )
        return (
            self.administration(Condition.BASELINE, None, repeat, session, beside=situation_hash),
            self.administration(condition, situation_hash, repeat, session),
        )

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
        cell = cell_of(self.putting.seed, self.putting.instrument, condition, situation or beside)
        return self.putting.administration(
            condition, situation, repeat, session, item_order(self.n_items, cell, repeat)
        )


def cell_of(seed: int, instrument: str, condition: str, situation: str | None) -> str:
    """The cell within which item orders are balanced over repeats; the same for every respondent.

    ``situation`` is that of the session for the baseline of a paired conversation, so that orders differ between
    conversations there too.
    """
    return f"{seed}|{instrument}|{condition}|{situation}"


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
    return tuple(relabelled[index] for index in rows[row])


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
