"""Who took part in a study with people, and who is left out of the figures by which rule declared beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emotionbench.comparisons.participation import RETENTION, UNFINISHED, WITHDRAWN, Exclusion, Participation
from emotionbench.reports.change_table import Table
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, slug

ONCE = "Everybody is counted once: left out for the first of these reasons that applies."
WITHDRAWN_NOTE = "Of who withdrew nothing is kept but the count."
DEPARTURES = {WITHDRAWN: "withdrew", RETENTION: "deleted at the end of retention"}
WORDS: dict[str, Callable[[float | None], str]] = {
    UNFINISHED: lambda _: "did not finish",
    "screened_out": lambda _: "screened out",
    "full": lambda _: "found every place taken",
    "failed_checks": lambda n: (
        "failed an attention check" if n in (None, 1) else f"failed {n:g} or more attention checks"
    ),
    "too_fast": lambda seconds: f"a sheet faster than {_figure(seconds)} s an item",
    "same_answer": lambda _: "one answer to all items of a sheet",
    "missing_items": lambda n: "left out an item" if n in (None, 1) else f"left out {n:g} or more items",
    "read_too_fast": lambda seconds: f"left the situation before {_figure(seconds)} s",
    "no_reflection": lambda n: "did not tell the situation" if n in (None, 1) else f"told it in fewer than {n:g} words",
}


def people_page_table(found: Participation) -> PageTable:
    """One study: from everybody who consented to those whose answers are compared."""
    rows = [_row("consented", found.n_consented)]
    rows += [_row(DEPARTURES.get(reason, reason), n, is_part=True) for reason, n in found.departures.items()]
    rows += [_row(words_of(one), one.n, is_part=True) for one in found.exclusions if one.reason == UNFINISHED]
    rows.append(_row("came to an end", found.n_finished))
    rows += [_row(words_of(one), one.n, is_part=True) for one in found.exclusions if one.reason != UNFINISHED]
    rows.append(_row("compared", found.n_kept, is_last=True))
    notes = (ONCE, WITHDRAWN_NOTE) if found.departures.get(WITHDRAWN) else (ONCE,)
    return PageTable(
        name=slug("people", found.respondent),
        title=f"Who took part: {found.respondent}",
        columns=(Column("", is_text=True), Column("people")),
        rows=tuple(rows),
        notes=notes,
    )


def people_tables(found: Iterable[Participation]) -> list[Table]:
    """The same as text, for the terminal and Markdown."""
    return [people_page_table(one).plain() for one in found]


def people_notes(found: Iterable[Participation]) -> tuple[str, ...]:
    """What must be known to read them, each note once."""
    return tuple(dict.fromkeys(note for one in found for note in people_page_table(one).notes))


def people_sentences(found: Iterable[Participation]) -> Iterator[str]:
    """The same in words, for a paragraph of methods."""
    for one in found:
        left = [f"{exclusion.n:,} {words_of(exclusion)}" for exclusion in one.exclusions if exclusion.n]
        left += [f"{n:,} {DEPARTURES.get(reason, reason)}" for reason, n in one.departures.items() if n]
        out = f", not among them: {'; '.join(left)}" if left else ""
        yield f"Of {one.n_consented:,} people who consented ({one.respondent}) {one.n_kept:,} are compared{out}."


def words_of(one: Exclusion) -> str:
    """The reason with the limit that was declared."""
    words = WORDS.get(one.reason)
    return words(one.limit) if words else one.reason.replace("_", " ")


def _row(label: str, n: int, *, is_part: bool = False, is_last: bool = False) -> Row:
    return Row((Cell(f"  – {label}" if is_part else label), Cell(f"{n:,}", order=n)), "overall" if is_last else "")


def _figure(limit: float | None) -> str:
    return "the declared number of" if limit is None else f"{limit:g}"
