"""The figures of the EmotionBench paper as printed (NeurIPS 2024), cell by cell.

Changes are raw PANAS points, evoked − default; ``defaults`` hold mean and SD before any situation. ``Emotion-k`` is
the k-th factor of an emotion from 0, ``Emotion`` all of its factors, ``Overall`` all emotions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from emotionbench.errors import MaterialError

FILE = "published_tables.json"
DEFAULT, DEFAULT_SD, OVERALL = "Default", "Default SD", "Overall"
AFFECTS = ("P", "N")
EMOTIONS = ("Anger", "Anxiety", "Depression", "Frustration", "Jealousy", "Guilt", "Fear", "Embarrassment")
COUNTERPARTS_OF = "gpt-3.5-turbo"
TABLE_14_ROWS = (*(f"Anger-{factor}" for factor in range(5)), "Anger")

Arrow = Literal["u", "d", "n"]
Affect = Literal["P", "N"]
MeanAndSd = tuple[Decimal, Decimal]
Change = tuple[Arrow, Decimal]
Marked = Annotated[str, Field(pattern=r"^[udn]-?\d+\.\d$")]


class PublishedTables(BaseModel):
    """The file of published figures, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    defaults: dict[str, tuple[MeanAndSd, MeanAndSd]]
    tables_8_11: dict[str, dict[Affect, dict[str, Change]]]
    table12: dict[Affect, dict[str, Change]]
    table13_5: dict[str, tuple[MeanAndSd, str, tuple[Marked, ...], Marked]]
    table14: dict[Affect, dict[str, tuple[Decimal, ...]]]
    table15: dict[str, dict[str, MeanAndSd]]
    PoR: dict[str, Decimal]


@dataclass(frozen=True)
class PublishedCell:
    """One printed figure.

    ``table``, ``respondent``, ``row`` and ``affect`` together are unique. ``affect`` is ``P`` or ``N`` (positive,
    negative), or empty for the eight scales, where ``respondent`` is the scale's name. The SD of a default is a cell of
    its own in row ``Default SD``. ``arrow`` is ``u``, ``d`` or ``n``, None where none is printed.
    """

    table: str
    respondent: str
    row: str
    affect: str
    value: Decimal
    arrow: str | None = None


@cache
def published_tables() -> PublishedTables:
    """The published figures, shipped with the package; a MaterialError names what is malformed."""
    text = files("emotionbench.published").joinpath(FILE).read_text(encoding="utf-8")
    try:
        return PublishedTables.model_validate(json.loads(text, parse_float=Decimal, parse_int=Decimal))
    except ValueError as problem:
        raise MaterialError(str(problem), where=FILE, fix="install the package again") from None


def published_cells() -> tuple[PublishedCell, ...]:
    """Every printed figure, in the order of the tables."""
    found = published_tables()
    return (
        *_defaults(found),
        *(
            PublishedCell("tables_8_11", respondent, row, affect, value, arrow)
            for respondent, sides in found.tables_8_11.items()
            for affect, rows in sides.items()
            for row, (arrow, value) in rows.items()
        ),
        *(
            PublishedCell("table12", COUNTERPARTS_OF, row, affect, value, arrow)
            for affect, rows in found.table12.items()
            for row, (arrow, value) in rows.items()
        ),
        *_scales(found),
        *_calm(found),
        *_fine_tuned(found),
        *(PublishedCell("PoR", COUNTERPARTS_OF, row, "", share) for row, share in found.PoR.items()),
    )


def _defaults(found: PublishedTables) -> Iterator[PublishedCell]:
    for respondent, sides in found.defaults.items():
        for affect, (mean, sd) in zip(AFFECTS, sides, strict=True):
            yield PublishedCell("defaults", respondent, DEFAULT, affect, mean)
            yield PublishedCell("defaults", respondent, DEFAULT_SD, affect, sd)


def _scales(found: PublishedTables) -> Iterator[PublishedCell]:
    for scale, ((mean, sd), emotion, factors, average) in found.table13_5.items():
        yield PublishedCell("table13_5", scale, DEFAULT, "", mean)
        yield PublishedCell("table13_5", scale, DEFAULT_SD, "", sd)
        rows = [*((f"{emotion}-{factor}", mark) for factor, mark in enumerate(factors)), (emotion, average)]
        for row, mark in rows:
            yield PublishedCell("table13_5", scale, row, "", Decimal(mark[1:]), mark[0])


def _calm(found: PublishedTables) -> Iterator[PublishedCell]:
    for affect, prompts in found.table14.items():
        for prompt, values in prompts.items():
            for row, value in zip(TABLE_14_ROWS, values, strict=True):
                yield PublishedCell("table14", prompt, row, affect, value)


def _fine_tuned(found: PublishedTables) -> Iterator[PublishedCell]:
    for respondent, rows in found.table15.items():
        for row, (mean, sd) in rows.items():
            yield PublishedCell("table15", respondent, row, "N", mean)
            yield PublishedCell("table15", respondent, f"{row} SD", "N", sd)
