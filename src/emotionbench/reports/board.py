"""The leaderboard as the page draws it: per cent along one axis that all rows share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import kind_word, number
from emotionbench.reports.tables.leaderboard import WORST, Entry, open_ends_of

LOWEST, HIGHEST, FARTHEST = -0.3, 1.2, 2.0
FURTHER_MARKS = (-1.0, -3.0, -10.0, -30.0, -100.0)


@dataclass(frozen=True)
class Tick:
    """A mark on the axis, ``at`` per cent of its width; those of 0 and 1 are strong."""

    at: float
    words: str
    strong: bool


@dataclass(frozen=True)
class Drawing:
    """One interval in per cent of the axis, and whether it goes on beyond it."""

    value: float
    low: float
    high: float
    open_low: bool
    open_high: bool


@dataclass(frozen=True)
class BoardRow:
    """One respondent's row."""

    entry: Entry
    kind: str
    setting: str
    drawing: Drawing | None
    order: float
    calm_order: float
    n_order: int


@dataclass(frozen=True)
class Board:
    """Rows, the highest alignment first, and the axis that they share; ``setting`` where it is that of all rows."""

    rows: tuple[BoardRow, ...]
    ticks: tuple[Tick, ...]
    setting: str | None
    is_compressed: bool
    notes: tuple[str, ...] = ()

    @property
    def has_parts(self) -> bool:
        """Whether alignment is shown by subscale."""
        return any(row.entry.by_subscale for row in self.rows)


class Axis:
    """Alignment along a line: even from 0 to the right, by logarithm to the left, where it has no end."""

    def __init__(self, lowest: float, highest: float = HIGHEST) -> None:
        self.lowest, self.highest = lowest, highest
        self._left, self._right = _stretched(lowest), _stretched(highest)

    def place(self, value: float) -> float:
        """Per cent of the line, cut off at its ends."""
        share = (_stretched(value) - self._left) / (self._right - self._left)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self) -> tuple[Tick, ...]:
        """0 and 1, and further down as far as the line reaches."""
        further = [at for at in FURTHER_MARKS if at > self.lowest]
        return tuple(Tick(self.place(at), number(at, 0), at in (0.0, 1.0)) for at in (*further[::-1], 0.0, 1.0))


def board(report: Report, found: Sequence[Entry]) -> Board:
    """Draw the leaderboard."""
    axis = Axis(lowest_shown(found), highest_shown(found))
    rows = tuple(_row(report, entry, axis) for entry in found)
    settings = {row.setting for row in rows}
    common = settings.pop() if len(settings) == 1 else None
    return Board(rows, axis.ticks(), common, axis.lowest < FURTHER_MARKS[0], open_ends_of(tuple(found)))


def lowest_shown(found: Sequence[Entry]) -> float:
    """Where the axis begins: a little below the lowest end of an interval."""
    headlines = [entry.alignment.headline for entry in found if entry.alignment]
    lows = [h.low if h.low is not None else h.value for h in headlines if h.value is not None]
    lowest = min((low for low in lows if low is not None), default=LOWEST)
    return min(LOWEST, lowest * 1.15)


def highest_shown(found: Sequence[Entry]) -> float:
    """Where the axis ends: a little above the highest end of an interval, and not far beyond people."""
    headlines = [entry.alignment.headline for entry in found if entry.alignment]
    highs = [high for h in headlines if h.value is not None and (high := h.high or h.value)]
    return min(FARTHEST, max([HIGHEST, *(high + 0.05 for high in highs)]))


def _stretched(value: float) -> float:
    return value if value >= 0 else -math.log1p(-value)


def _row(report: Report, entry: Entry, axis: Axis) -> BoardRow:
    calm = entry.alignment.calm.value if entry.alignment else None
    return BoardRow(
        entry=entry,
        kind=kind_word(entry.block.kind),
        setting=report.setting(entry.block),
        drawing=_drawing(entry, axis),
        order=entry.order if entry.order != WORST else -1e9,
        calm_order=-1e9 if calm is None else calm,
        n_order=report.n_administrations(entry.block),
    )


def _drawing(entry: Entry, axis: Axis) -> Drawing | None:
    headline = entry.alignment.headline if entry.alignment else None
    if headline is None or headline.value is None:
        return None
    low = axis.lowest if headline.low is None else headline.low
    high = axis.highest if headline.high is None else headline.high
    return Drawing(
        axis.place(headline.value),
        axis.place(low),
        axis.place(high),
        headline.low is None or low < axis.lowest,
        headline.high is None or high > axis.highest,
    )
