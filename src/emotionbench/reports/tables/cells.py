"""A table as it stands on the page, and the same as plain text for files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from emotionbench.reports.change_table import Table

RowKind = Literal["", "default", "emotion", "factor", "overall", "control"]
SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 60


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table.

    ``aside`` is smaller beside or below it (an interval), ``order`` what it is sorted by where its text is no number,
    ``key`` what is shown when it is chosen, ``badge`` a word that marks it. ``is_missing`` marks words that stand for a
    figure that could not be had.
    """

    text: str = ""
    aside: str = ""
    order: float | str | None = None
    key: str | None = None
    badge: str = ""
    is_missing: bool = False

    @property
    def plain(self) -> str:
        """Everything of it in one line."""
        badge = f" [{self.badge}]" if self.badge else ""
        if self.is_missing and self.aside:
            return self.aside + badge
        return f"{self.text}{badge} {self.aside}".strip()


@dataclass(frozen=True)
class Column:
    """A column's heading; figures are set to the right."""

    name: str
    is_text: bool = False
    is_quiet: bool = False
    group: str = ""


@dataclass(frozen=True)
class Row:
    """One row; a ``factor`` row unfolds below the ``emotion`` row of the same ``group``."""

    cells: tuple[Cell, ...]
    kind: RowKind = ""
    group: str = ""


@dataclass(frozen=True)
class PageTable:
    """A table of the report. ``name`` is unique in it and names its files."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    subtitle: str = ""
    is_sortable: bool = False
    n_lead: int = 0
    """So many columns from the left stand on the page as a heading above the rows that share them."""

    @property
    def n_text(self) -> int:
        """How many columns from the left hold text."""
        for index, column in enumerate(self.columns):
            if not column.is_text:
                return index
        return len(self.columns)

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns on the page."""
        return self.columns[self.n_lead :]

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """Headings above the page's headings, with how many columns each spans; empty where no column has one."""
        if not any(column.group for column in self.shown_columns):
            return ()
        spans = groupby(column.group for column in self.shown_columns)
        return tuple((name, len(list(of_group))) for name, of_group in spans)

    @property
    def led(self) -> tuple[tuple[tuple[Cell, ...], tuple[Row, ...]], ...]:
        """The rows under the leading cells that they share; a row's own cells are what is left."""
        found = groupby(self.rows, key=lambda row: row.cells[: self.n_lead])
        return tuple(
            (lead, tuple(replace(row, cells=row.cells[self.n_lead :]) for row in rows)) for lead, rows in found
        )

    @property
    def sections(self) -> tuple[tuple[Row, ...], ...]:
        """Rows that belong together: each emotion followed by its factors, every other row alone."""
        found: list[list[Row]] = []
        for row in self.rows:
            if row.kind == "factor" and found:
                found[-1].append(row)
            else:
                found.append([row])
        return tuple(map(tuple, found))

    def plain(self) -> Table:
        """The same as text cells for Markdown, LaTeX and CSV."""
        header = tuple(f"{c.group}: {c.name}" if c.group and c.name else c.group or c.name for c in self.columns)
        rows = tuple(tuple(_plain(cell, row, i) for i, cell in enumerate(row.cells)) for row in self.rows)
        ruled = {
            index
            for index, row in enumerate(self.rows)
            if row.kind in ("overall", "control") or (index and self.rows[index - 1].kind == "default")
        }
        title = f"{self.title} ({self.subtitle})" if self.subtitle else self.title
        return Table(title, header, rows, n_text=max(1, self.n_text), ruled=frozenset(ruled))


def slug(*parts: str) -> str:
    """Names as one that a file can have."""
    return SLUG.sub("-", "-".join(parts).lower()).strip("-")[:LONGEST_SLUG] or "table"


def text(value: str, **more: object) -> Cell:
    """A cell of words."""
    return Cell(value, **more)  # type: ignore[arg-type]


def missing(why: str) -> Cell:
    """A cell that says why there is no figure."""
    return Cell("–", why, is_missing=True)


def _plain(cell: Cell, row: Row, index: int) -> str:
    return f"  {cell.plain}" if row.kind == "factor" and index == 0 else cell.plain
