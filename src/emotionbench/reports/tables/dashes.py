"""Dashes in a table, and the sentences below it that say why they stand there."""

from __future__ import annotations

from emotionbench.reports.phrases import HasBounds, bracketed, listed, number, signed
from emotionbench.reports.tables.cells import Cell


class Reasons:
    """Collects why figures, or their intervals, are missing: each reason once with the columns that it holds for."""

    def __init__(self) -> None:
        self._dashes: dict[str, dict[str, None]] = {}
        self._open: dict[str, dict[str, None]] = {}
        self._notes: dict[str, None] = {}

    def add(self, column: str, why: str | None) -> None:
        """Note a dash."""
        self._dashes.setdefault(why or "unknown", {})[column] = None

    def note(self, words: str) -> None:
        """Note a whole sentence."""
        self._notes[words] = None

    def cell(self, column: str, found: HasBounds, digits: int, *, sign: bool = False) -> Cell:
        """A figure with its interval, or a dash."""
        if found.value is None:
            self.add(column, found.why)
            return Cell("–")
        if found.low is None and found.why:
            self._open.setdefault(found.why, {})[column] = None
        shown = signed(found.value, digits) if sign else number(found.value, digits)
        return Cell(shown, bracketed(found.low, found.high, digits), order=found.value)

    def notes(self) -> tuple[str, ...]:
        """The sentences."""
        dashes = [f"Not estimable where a dash stands ({listed(of)}): {why}." for why, of in self._dashes.items()]
        ends = [f"No interval ({listed(of)}): {why}." for why, of in self._open.items()]
        return (*dashes, *ends, *self._notes)
