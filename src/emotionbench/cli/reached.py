"""What a run reached of the precision that was wanted, which limit ended it, and the exit code that says so."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from emotionbench.comparisons.narrowing import Outcome as RowOutcome
from emotionbench.comparisons.narrowing import Standing
from emotionbench.engine import Tally
from emotionbench.engine.run import Outcome
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables

SOME_FAILED, INTERRUPTED = 1, 130
WORDS: dict[RowOutcome, str] = {
    "reached": "yes",
    "nearly": "as near as it gets",
    "all asked": "no: all is asked",
    "open": "no: the run ended first",
    "none": "no interval",
}
NOTES = (
    "Interval: half the width of the 95 % interval of the change, of the subscale where it is widest.",
    "As near as it gets: all that is left would narrow it by less than 3 %; without --precision it is asked.",
)


def print_reached(out: Console, tally: Tally, wanted: float | None) -> None:
    """Print which limit ended the run, and where every row stands whose precision was wanted."""
    if not isinstance(tally, Outcome):
        return
    if tally.ended:
        click.echo(f"ended by {tally.ended}; the same command goes on where it was")
    if tally.standings and wanted is not None:
        n_reached = sum(one.outcome == "reached" for one in tally.standings)
        title = f"± {wanted:g} points wanted: {n_reached} of {len(tally.standings)} rows reached"
        print_tables(out, [reached_table(title, tally.standings)], _notes(tally.standings))


def reached_table(title: str, standings: Sequence[Standing]) -> Table:
    """Row, interval, situations and administrations asked, whether that is as wanted, or why not; by respondent."""
    rows: list[tuple[str, ...]] = []
    ruled, last = set(), None
    for one in standings:
        if last is not None and one.names != last:
            ruled.add(len(rows))
        head = f"{one.names.respondent} ({one.names.instrument})" if one.names != last else ""
        last = one.names
        half = f"± {one.half_width:.2f}" if one.half_width is not None and one.why is None else "–"
        cells = (half, f"{one.n_situations}", f"{one.n_administrations:,}", _said(one))
        rows.append((head, one.label, one.subscale, *cells))
    header = ("respondent", "row", "subscale", "interval", "situations", "administrations", "reached")
    return Table(title, header, tuple(rows), n_text=3, ruled=frozenset(ruled))


def _said(one: Standing) -> str:
    said = WORDS[one.outcome]
    if one.outcome == "nearly" and one.best is not None:
        return f"{said}: all would give ± {one.best:.2f}"
    return f"{said}: {one.why}" if one.why else said


def _notes(standings: Sequence[Standing]) -> tuple[str, ...]:
    return NOTES[:2] if any(one.outcome == "nearly" for one in standings) else NOTES[:1]


def exit_code(tally: Tally) -> int:
    """0 where all is answered or a limit ended the run as it was told to, 1 after failures, 130 after Ctrl-C."""
    if tally.interrupted and (tally.n_open or _is_unfinished(tally)):
        return INTERRUPTED
    if tally.n_failed and not tally.n_elsewhere:
        return SOME_FAILED
    is_ended = isinstance(tally, Outcome) and tally.ended is not None
    return SOME_FAILED if tally.n_open and not tally.n_elsewhere and not is_ended else 0


def _is_unfinished(tally: Tally) -> bool:
    return isinstance(tally, Outcome) and any(one.outcome == "open" for one in tally.standings)
