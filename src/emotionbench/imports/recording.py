"""What a file of recorded answers becomes: one respondent, its materials, and an attempt for every administration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotionbench.documents import Document, canonical_json, content_hash
from emotionbench.errors import RecordingError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.situations import Situation
from emotionbench.records import (
    Administration,
    Attempt,
    Condition,
    Design,
    Putting,
    Respondent,
    RespondentKind,
)
from emotionbench.wording import answer_lines

RECORDED = "recorded"
SEED = 0


@dataclass(frozen=True)
class Recording:
    """The answers of one file as records.

    ``materials`` holds every instrument, protocol and situation whose content hash an administration names.
    ``n_renumbered`` counts administrations that share respondent, situation and test number with an earlier column
    and were therefore given the next free repeat. ``ignored_columns`` names the columns that hold no administration.
    """

    respondent: Respondent
    materials: tuple[Document, ...]
    administrations: tuple[tuple[Administration, Attempt], ...]
    n_renumbered: int = 0
    ignored_columns: tuple[str, ...] = ()

    @property
    def n_baseline(self) -> int:
        """Administrations before any situation."""
        return sum(administration.condition is Condition.BASELINE for administration, _ in self.administrations)

    @property
    def n_evoked(self) -> int:
        """Administrations after a situation."""
        return len(self.administrations) - self.n_baseline

    @property
    def instrument(self) -> Instrument:
        """The one instrument of the file."""
        return next(material for material in self.materials if isinstance(material, Instrument))

    @property
    def situations(self) -> dict[str, Situation]:
        """The situations by content hash."""
        found = (material for material in self.materials if isinstance(material, Situation))
        return {content_hash(situation): situation for situation in found}


@dataclass(frozen=True)
class Source:
    """The file that answers come from: its name and the SHA-256 of its bytes."""

    name: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Source:
        """The source at ``path``; a RecordingError where it cannot be read."""
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise RecordingError(f"cannot be read: {problem}", where=str(path), fix="check the path") from None
        return cls(path.name, hashlib.sha256(content).hexdigest())

    def respondent(self, kind: RespondentKind, name: str) -> Respondent:
        """The respondent whose answers the file holds; another file makes another respondent."""
        return Respondent.of(kind, name, {RECORDED: "emotionbench", "sha256": self.sha256})


@dataclass(frozen=True)
class Column:
    """The recorded answers of one administration.

    ``values`` are the cells as text in the order shown, ``order`` the 1-based item numbers that they answer, ``cells``
    their place in the file (``D3:D22``), ``prompt`` what the file says was put before them.
    """

    name: str
    condition: Condition
    situation: str | None
    repeat: int
    session: str | None
    order: tuple[int, ...]
    values: tuple[str, ...]
    cells: str
    prompt: str | None = None


class Recorder:
    """Makes administrations and attempts of the columns of one file."""

    def __init__(
        self, source: Source, respondent: Respondent, instrument: Instrument, protocol: Protocol, design: Design
    ) -> None:
        self.source, self.instrument = source, instrument
        self._putting = Putting(respondent.id, content_hash(instrument), content_hash(protocol), design, SEED)

    def record(self, column: Column) -> tuple[Administration, Attempt]:
        """The administration of a column and its one attempt.

        Its reply has a line ``Interested: 4`` for every item in the order shown; where the instrument's items are long,
        ``3: 4`` with the position at which the item was shown, as models are asked to reply to such instruments.
        """
        administration = self._putting.administration(
            column.condition, column.situation, column.repeat, column.session, column.order
        )
        return administration, self._attempt(administration.id, column)

    def _attempt(self, administration: str, column: Column) -> Attempt:
        request = {
            "source": self.source.name,
            "sha256": self.source.sha256,
            "column": column.name,
            "cells": column.cells,
        }
        if column.prompt is not None:
            request["prompt"] = column.prompt
        reply = answer_lines(self.instrument, column.order, dict(zip(column.order, column.values, strict=True)))
        return Attempt(
            administration=administration,
            number=1,
            request=canonical_json(request),
            response=reply,
            reply=reply,
            error=None,
            error_kind=None,
            started_at=RECORDED,
            seconds=0.0,
        )


def numbered(wanted: Sequence[tuple[object, int]]) -> tuple[list[int], int]:
    """A repeat for every (cell, test number), unique within its cell, and how many could not keep their number.

    The first to ask for a number gets it; a later one gets the next number that nobody in its cell asks for.
    """
    highest: dict[object, int] = {}
    for cell, number in wanted:
        highest[cell] = max(highest.get(cell, -1), number)
    taken: set[tuple[object, int]] = set()
    repeats = []
    for cell, number in wanted:
        repeat = number
        if (cell, number) in taken:
            highest[cell] += 1
            repeat = highest[cell]
        taken.add((cell, repeat))
        repeats.append(repeat)
    return repeats, sum(repeat != number for repeat, (_, number) in zip(repeats, wanted, strict=True))
