"""How a published figure is made of answers: the paper's recipe, and what may be changed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from emotionbench.published.raw import COUNTERPARTS, SCALES_OF
from emotionbench.published.tables import DEFAULT, DEFAULT_SD, OVERALL, PublishedCell

CALM_RESPONDENTS = {"without": SCALES_OF}
"""Table 14's changes without the calming prompt are those of this respondent in tables 8 to 11."""
FINE_TUNED_RESPONDENTS = {"LLaMA-3.1-8B vanilla": "llama3.1-8b"}
"""The respondent of table 15 that is measured in tables 8 to 11 as well."""

Key = tuple[str, str, str]
"""Source, row and affect of a figure."""


@dataclass(frozen=True)
class Keying:
    """How the answers to an instrument become one number.

    ``reverse`` says which items are reversed: the reverse-keyed ones, none, or all. ``multiplied`` is how often the
    instrument's multiplier is applied. ``per_item`` divides by the number of items where the instrument does not, or
    the other way round. ``outside`` counts numbers outside the response scale as they stand, ``blank_as_zero`` blanks
    as 0; without them such a sheet has no score.
    """

    reverse: Literal["keyed", "none", "all"] = "keyed"
    multiplied: int = 1
    per_item: bool = False
    outside: bool = False
    blank_as_zero: bool = False


@dataclass(frozen=True)
class Subset:
    """Which administrations alone are counted; ``kind`` says how ``number`` (from 0) is meant."""

    kind: Literal["first repeats", "first baselines", "order", "first situations", "without situation", "without part"]
    number: int


@dataclass(frozen=True)
class Recipe:
    """How one figure is made.

    Attributes
    ----------
    source, row, affect
        Whose answers after the situations of which table row; the row ``Default`` is before any situation.
    quantity
        ``change`` (evoked − default), ``level`` (a mean) or ``spread`` (an SD).
    minus
        What a change subtracts: the ``own`` default (of people: of the same persons), ``none``, ``everyone``'s default,
        ``twice`` the own, or the ``default`` or ``evoked`` level in the same row of the source that ``other`` names.
    minus_affect
        The affect of what is subtracted; None for the same.
    average
        Over all administrations together (``pooled``), over the means of factors, emotions or situations, or over the
        printed figures of factors or emotions.
    spread
        Which SD: with n − 1 (``sample``), with n (``population``), the standard ``error``, of the evoked scores, of
        the changes, of the defaults, or of all scores.
    printed
        Take the printed figure of this key instead of computing one.
    """

    source: str
    row: str
    affect: str
    quantity: Literal["change", "level", "spread"]
    keying: Keying = field(default_factory=Keying)
    minus: Literal["own", "none", "everyone", "twice", "default", "evoked"] = "own"
    other: str | None = None
    minus_affect: str | None = None
    average: Literal["pooled", "factors", "emotions", "situations", "printed factors", "printed emotions"] = "pooled"
    spread: Literal["sample", "population", "error", "evoked", "changes", "defaults", "all"] = "sample"
    subset: Subset | None = None
    sign: int = 1
    printed: Key | None = None

    @property
    def key(self) -> Key:
        """The source, row and affect."""
        return self.source, self.row, self.affect


@dataclass(frozen=True)
class Figure:
    """A computed value, exact but for ``slack`` where it is made of figures known to a printed digit only."""

    value: Fraction
    slack: Fraction = Fraction(0)


def recipe_of(cell: PublishedCell) -> Recipe | None:
    """The paper's recipe of a cell; None where no raw file could hold its answers."""
    source = _source(cell)
    if source is None:
        return None
    if cell.table == "table15":
        row = DEFAULT if cell.row.startswith("Default") else OVERALL
        return Recipe(source, row, cell.affect, "spread" if cell.row.endswith("SD") else "level")
    if cell.row in (DEFAULT, DEFAULT_SD):
        return Recipe(source, DEFAULT, cell.affect, "level" if cell.row == DEFAULT else "spread")
    return Recipe(source, cell.row, cell.affect, "change")


def _source(cell: PublishedCell) -> str | None:
    if cell.table in ("defaults", "tables_8_11", "table13_5"):
        return cell.respondent
    if cell.table == "table12":
        return COUNTERPARTS
    renamed = {"table14": CALM_RESPONDENTS, "table15": FINE_TUNED_RESPONDENTS}.get(cell.table, {})
    return renamed.get(cell.respondent)
