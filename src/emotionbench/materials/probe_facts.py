"""What probes need to know of materials: which end of a subscale is desirable, and which texts are unpublished.

Both stand in small files of the package; files of the same name in the home of added materials add to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from emotionbench.documents import Document, DocumentT, read_document
from emotionbench.errors import MaterialError
from emotionbench.materials.catalogue import SHIPPED, home
from emotionbench.materials.instruments import LongText, ShortText

Names = Annotated[tuple[ShortText, ...], Field(strict=False)]


class Desirability(Document):
    """Instrument → subscale → the end at which people would rather be seen; ``source`` says by whose judgement."""

    source: LongText
    instruments: dict[ShortText, dict[ShortText, Literal["high", "low"]]]


class Controls(Document):
    """Ids of instruments and sets of situations whose texts are not published; ``source`` says why and since when."""

    source: LongText
    instruments: Names = ()
    situation_sets: Names = ()


Directions = Mapping[str, Mapping[str, int]]
"""Instrument → subscale → 1 where high scores are desirable, −1 where low ones are."""


@dataclass(frozen=True)
class ProbeFacts:
    """Both, as comparisons take them; ids in lower case."""

    directions: Directions
    control_instruments: frozenset[str]
    control_sets: frozenset[str]

    def direction(self, instrument: str, subscale: str) -> int:
        """1 or −1; 0 where nobody has said which end is desirable."""
        return self.directions.get(instrument.casefold(), {}).get(subscale, 0)


def probe_facts() -> ProbeFacts:
    """Read the files; a MaterialError names file and line of what does not fit."""
    desirability = [*_read("desirability.yaml", Desirability)]
    controls = [*_read("controls.yaml", Controls)]
    return ProbeFacts(
        {
            name.casefold(): {key: 1 if end == "high" else -1 for key, end in ends.items()}
            for found in desirability
            for name, ends in found.instruments.items()
        },
        frozenset(name.casefold() for found in controls for name in found.instruments),
        frozenset(name.casefold() for found in controls for name in found.situation_sets),
    )


def _read(name: str, model: type[DocumentT]) -> list[DocumentT]:
    paths: list[Path] = [SHIPPED / name, home() / name]
    return [_read_unchanged(path, path.stat().st_mtime_ns, model) for path in paths if path.is_file()]


@lru_cache(maxsize=16)
def _read_unchanged(path: Path, _modified: int, model: type[DocumentT]) -> DocumentT:
    return read_document(path, model, MaterialError)
