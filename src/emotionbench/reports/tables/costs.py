"""Tokens and money: by respondent and instrument, by finding, and in a line."""

from __future__ import annotations

from collections.abc import Sequence

from emotionbench.comparisons.costs import CostRow, FindingCost, Spent
from emotionbench.materials.prices import dollars_text
from emotionbench.reports.phrases import count, number, plural
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing

NOT_TOLD = "–"
SPENT_NOTES = (
    "Per 1,000: what a thousand answered administrations cost, with what was asked again.",
    "Cached tokens are part of the input, reasoning tokens of the output and billed as such. ≥: some replies came"
    " without counts and are not in the sums. Failed attempts brought no count; a provider may have billed them.",
)
PRICE_NOTE = (
    "Prices age: the money is what the tokens cost by the list prices of the day named, not what was billed"
    " (emotionbench costs --help says how to give your own)."
)
FINDING_NOTE = (
    "Own: the administrations after the emotion's situations. With baseline: together with those without a situation"
    " that they are compared with, which in the independent design all emotions share. One point narrower: what the"
    " widest interval of the row, made one raw point narrower on each side, would cost more if new situations are"
    " added; more repeats of the same situations bring less."
)


def cost_tables(rows: Sequence[CostRow], findings: Sequence[FindingCost]) -> tuple[PageTable, ...]:
    """The tables that have rows."""
    return tuple(table for table in (spent_table(rows), finding_table(findings)) if table.rows)


def spent_table(rows: Sequence[CostRow]) -> PageTable:
    """What asking took by respondent and instrument."""
    names = ("answered", "attempts", "failed", "input", "cached", "output", "reasoning", "money", "per 1,000")
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "price of")),
        *(Column(name) for name in names),
    )
    notes = [*SPENT_NOTES] if rows else []
    if any(row.price_date for row in rows):
        notes.append(PRICE_NOTE)
    if any(row.n_batched for row in rows):
        n = sum(row.n_batched for row in rows if row.instrument is not None)
        notes.append(f"{plural(n, 'attempt')} came of batches and are counted at the price of one.")
    return PageTable("costs", "What asking took", columns, tuple(map(_row, rows)), tuple(notes))


def finding_table(findings: Sequence[FindingCost]) -> PageTable:
    """What each emotion's change cost."""
    names = ("answered", "own", "with baseline", "± now", "one point narrower")
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument", "emotion")),
        *(Column(name) for name in names),
    )
    notes = (FINDING_NOTE,) if findings else ()
    return PageTable("costs-of-findings", "What each finding cost", columns, tuple(map(_finding, findings)), notes)


def spent_line(found: Spent) -> str:
    """Tokens and money in one line: ``12,000 tokens in, 3,000 out; $0.0036``; nothing where nothing was counted."""
    if found.input_tokens is None or found.output_tokens is None:
        return ""
    parts = [f"{count(found.input_tokens)} tokens in"]
    parts += [f"{count(found.cached_tokens)} of them cached"] if found.cached_tokens else []
    parts += [f"{count(found.output_tokens)} out"]
    parts += [f"{count(found.reasoning_tokens)} of them reasoning"] if found.reasoning_tokens else []
    if found.dollars is None:
        money = found.why or ""
    else:
        money = f"at least {dollars_text(found.dollars)}" if found.n_uncounted else dollars_text(found.dollars)
    return f"{', '.join(parts)}; {money}" if found.dollars != 0 else ", ".join(parts)


def _row(row: CostRow) -> Row:
    found = row.spent
    counts = (found.input_tokens, found.cached_tokens, found.output_tokens, found.reasoning_tokens)
    return Row(
        (
            Cell(row.respondent),
            Cell(row.instrument or "all"),
            Cell(row.price_date or NOT_TOLD),
            *(_count(n) for n in (found.n_administrations, found.n_attempts, found.n_failed)),
            *map(_count, counts),
            _money(found),
            Cell(NOT_TOLD) if found.each is None else _dollars(1000 * found.each),
        )
    )


def _finding(found: FindingCost) -> Row:
    more = missing(found.why or "") if found.narrower is None else _dollars(found.narrower)
    return Row(
        (
            Cell(found.respondent),
            Cell(found.instrument),
            Cell(found.emotion),
            _count(found.own.n_administrations),
            _money(found.own),
            missing(found.why or "") if found.dollars is None else _dollars(found.dollars),
            Cell(NOT_TOLD if found.half_width is None else number(found.half_width, 2), order=found.half_width),
            more,
        )
    )


def _money(found: Spent) -> Cell:
    if found.dollars is None:
        return missing(found.why or "")
    least = "≥ " if found.n_uncounted and found.dollars else ""
    return Cell(least + dollars_text(found.dollars), order=found.dollars)


def _dollars(dollars: float) -> Cell:
    return Cell(dollars_text(dollars), order=dollars)


def _count(n: int | None) -> Cell:
    return Cell(NOT_TOLD) if n is None else Cell(count(n), order=n)
