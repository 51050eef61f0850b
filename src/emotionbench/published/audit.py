"""The audit: every published cell that raw files exist for, recomputed, compared and where possible explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from emotionbench.published.arrows import Marked, explain_arrows
from emotionbench.published.identities import Explanation, Suspect, explain
from emotionbench.published.printed import agrees
from emotionbench.published.raw import Raw, RawFile, read_raw
from emotionbench.published.recipes import Recipe, recipe_of
from emotionbench.published.recompute import Bench, Recomputed
from emotionbench.published.tables import PublishedCell, published_cells

OTHER_TABLES = ("table14", "table15")
"""Tables that print figures of others again: no further evidence, so they are searched by themselves."""


@dataclass(frozen=True)
class AuditedCell:
    """A published cell beside what the raw answers give.

    Values are raw points. ``value_agrees`` is whether the exact value rounds to the printed digit (at an exact tie both
    neighbours agree); ``arrow_agrees`` is None where no arrow is printed or no test is possible. ``n`` counts the
    administrations scored, of people persons; ``n_excluded`` those left out for want of an answer. ``explanation`` is a
    sentence, None where the cell agrees or nothing explains it.
    """

    table: str
    respondent: str
    row: str
    affect: str
    published: float
    published_arrow: str | None
    value: float
    arrow: str | None
    n: int
    n_excluded: int
    value_agrees: bool
    arrow_agrees: bool | None
    explanation: str | None

    @property
    def agrees(self) -> bool:
        """Whether value and arrow agree as far as they can be compared."""
        return self.value_agrees and self.arrow_agrees is not False


@dataclass(frozen=True)
class TableAudit:
    """One respondent's (or scale's) cells of one table; ``n_published`` counts those without raw files too."""

    table: str
    respondent: str
    n_published: int
    cells: tuple[AuditedCell, ...]

    @property
    def n_values_agree(self) -> int:
        """Cells whose value agrees to the printed digit."""
        return sum(cell.value_agrees for cell in self.cells)

    @property
    def n_arrows(self) -> int:
        """Cells whose arrow can be compared."""
        return sum(cell.arrow_agrees is not None for cell in self.cells)

    @property
    def n_arrows_agree(self) -> int:
        """Cells whose arrow agrees."""
        return sum(cell.arrow_agrees is True for cell in self.cells)

    @property
    def n_explained(self) -> int:
        """Cells that do not agree and that an identity explains."""
        return sum(cell.explanation is not None for cell in self.cells)

    @property
    def disagreeing(self) -> tuple[AuditedCell, ...]:
        """The cells whose value or arrow does not agree."""
        return tuple(cell for cell in self.cells if not cell.agrees)


@dataclass(frozen=True)
class Audit:
    """The published tables against the raw files."""

    tables: tuple[TableAudit, ...]
    files: tuple[RawFile, ...]

    @property
    def cells(self) -> tuple[AuditedCell, ...]:
        """Every cell that raw files exist for."""
        return tuple(cell for table in self.tables for cell in table.cells)

    def files_in(self, state: str) -> tuple[RawFile, ...]:
        """The files that were read, absent, unreadable or unpublished."""
        return tuple(file for file in self.files if file.state == state)


@dataclass(frozen=True)
class _Compared:
    cell: PublishedCell
    recipe: Recipe
    found: Recomputed

    @property
    def value_agrees(self) -> bool:
        return agrees(self.found.value, Fraction(self.cell.value))

    @property
    def arrow_agrees(self) -> bool | None:
        if self.cell.arrow is None or self.found.arrow is None:
            return None
        return self.found.arrow == self.cell.arrow


def audit(path: Path) -> Audit:
    """Audit the published tables with the raw files of the original under ``path``.

    A RecordingError means that there is no raw file at all; single files that are absent or cannot be read are named
    in ``files``, and the cells that rest on them are left out.
    """
    return audit_raw(read_raw(path))


def audit_raw(raw: Raw, cells: Sequence[PublishedCell] | None = None) -> Audit:
    """The same with files that are read; ``cells`` in place of the published ones."""
    published = published_cells() if cells is None else tuple(cells)
    bench = Bench(raw, published)
    compared = list(_compared(published, bench))
    explanations = _explanations(compared, bench)
    audited: dict[tuple[str, str], list[AuditedCell]] = {(cell.table, cell.respondent): [] for cell in published}
    n_published = dict.fromkeys(audited, 0)
    for cell in published:
        n_published[cell.table, cell.respondent] += 1
    for one in compared:
        audited[one.cell.table, one.cell.respondent].append(_audited(one, explanations.get(one.cell)))
    tables = tuple(TableAudit(*key, n_published[key], tuple(found)) for key, found in audited.items())
    return Audit(tables, raw.files)


def _compared(published: Iterable[PublishedCell], bench: Bench) -> Iterable[_Compared]:
    for cell in published:
        recipe = recipe_of(cell)
        found = bench.recompute(recipe) if recipe is not None else None
        if recipe is not None and found is not None:
            yield _Compared(cell, recipe, found)


def _explanations(compared: Sequence[_Compared], bench: Bench) -> dict[PublishedCell, str]:
    groups: dict[tuple[str, str], list[_Compared]] = {}
    for one in compared:
        table = one.cell.table if one.cell.table in OTHER_TABLES else ""
        groups.setdefault((one.recipe.source, table), []).append(one)
    explained: dict[PublishedCell, str] = {}
    for group in groups.values():
        suspects = [Suspect(one.cell, one.recipe, one.found.value) for one in group if not one.value_agrees]
        values = explain(suspects, bench)
        carried = {one.cell: found for one in group if (found := _carried(one, values.get(one.cell), bench))}
        marked = [
            Marked(one.cell, one.recipe, one.found.arrow)
            for one in group
            if one.arrow_agrees is not None and one.cell not in carried
        ]
        arrows = carried | explain_arrows(marked, bench)
        for one in group:
            parts = [str(found[one.cell]) for found in (values, arrows) if one.cell in found]
            if parts:
                explained[one.cell] = "; ".join(parts)
    return explained


def _carried(one: _Compared, explanation: Explanation | None, bench: Bench) -> str | None:
    """Whether a printed arrow that differs came along with the value."""
    if explanation is None or one.arrow_agrees is not False:
        return None
    there = bench.arrow(explanation.recipe)
    return "arrow: that of the same figure" if there == one.cell.arrow else None


def _audited(one: _Compared, explanation: str | None) -> AuditedCell:
    cell, found = one.cell, one.found
    return AuditedCell(
        cell.table,
        cell.respondent,
        cell.row,
        cell.affect,
        float(cell.value),
        cell.arrow,
        float(found.value),
        found.arrow,
        found.n,
        found.n_excluded,
        one.value_agrees,
        one.arrow_agrees,
        explanation,
    )


def as_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain values: ``cells`` as issued, then ``tables`` with their counts and ``files``."""
    place, figures = ("table", "respondent", "row", "affect"), ("published", "published_arrow", "value", "arrow", "n")
    keys = (*place, *figures, "value_agrees", "arrow_agrees", "explanation")
    counts = ("table", "respondent", "n_published", "n_values_agree", "n_arrows", "n_arrows_agree", "n_explained")
    return {
        "cells": [{key: getattr(cell, key) for key in keys} for cell in audit.cells],
        "tables": [
            {key: getattr(table, key) for key in counts} | {"n_recomputed": len(table.cells)} for table in audit.tables
        ],
        "files": [vars(file) for file in audit.files],
    }
