"""The headline of every respondent: alignment, calm, baseline, flags."""

from __future__ import annotations

from dataclasses import dataclass

from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.change import ChangeBlock
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import (
    bracketed,
    count,
    estimated,
    kind_word,
    listed,
    number,
    open_ends,
    plural,
    signed,
    to,
)
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing
from emotionbench.statistics.estimate import Estimate

NO_NORM = "no human norm for this instrument"
PEOPLE = "people are the yardstick"
WORST = float("-inf")
MOST_NAMED = 4


@dataclass(frozen=True)
class Entry:
    """One row of the leaderboard, in words and in figures for the drawing."""

    block: ChangeBlock
    alignment: Alignment | None
    name: str
    verdict: str
    headline: Cell
    by_subscale: tuple[tuple[str, Cell], ...]
    calm: Cell
    baseline: tuple[tuple[str, Cell], ...]
    flags: tuple[tuple[str, str], ...]
    n: str
    n_situations: str

    @property
    def order(self) -> float:
        """What rows are sorted by at first."""
        value = self.alignment.headline.value if self.alignment else None
        return WORST if value is None else value


def entries(report: Report) -> tuple[Entry, ...]:
    """A row for every comparison with people, and one for every respondent that has none."""
    compared = {block.respondent for block in report.blocks if report.alignment_of(block)}
    shown = [b for b in report.blocks if report.alignment_of(b) or b.respondent not in compared]
    kept: dict[object, ChangeBlock] = {}
    for block in shown:
        key = (block.respondent, id(report.alignment_of(block)) if report.alignment_of(block) else None)
        kept.setdefault(key, block)
    return tuple(_entry(report, block) for block in kept.values())


def leaderboard(found: tuple[Entry, ...], title: str) -> PageTable:
    """The same as a table for files."""
    columns = (
        Column("respondent", is_text=True),
        Column("instrument", is_text=True),
        Column("alignment"),
        Column("alignment by subscale"),
        Column("calm"),
        Column("baseline gap"),
        Column("flags", is_text=True),
        Column("n"),
        Column("situations"),
    )
    rows = tuple(
        Row(
            (
                Cell(entry.name, badge=kind_word(entry.block.kind)),
                Cell(entry.block.instrument),
                entry.headline,
                Cell("; ".join(f"{name} {cell.plain}" for name, cell in entry.by_subscale)),
                entry.calm,
                Cell("; ".join(f"{name} {cell.plain}" for name, cell in entry.baseline)),
                Cell(", ".join(short for short, _ in entry.flags) or "none"),
                Cell(entry.n),
                Cell(entry.n_situations),
            )
        )
        for entry in found
    )
    return PageTable("leaderboard", title, columns, rows, open_ends_of(found))


def _entry(report: Report, block: ChangeBlock) -> Entry:
    found = report.alignment_of(block)
    why = PEOPLE if block.kind == "human" else NO_NORM
    names = block.subscales
    return Entry(
        block=block,
        alignment=found,
        name=report.title(block),
        verdict=found.verdict if found else f"Alignment is not estimable: {why}.",
        headline=_headline(found) if found else missing(f"not estimable: {why}"),
        by_subscale=_by_subscale(found, names) if found else (),
        calm=_calm(found) if found else missing(why),
        baseline=tuple((names[key], _gap(gap)) for key, gap in found.baseline.items()) if found else (),
        flags=tuple(report.flags_of(block).items()),
        n=count(report.n_administrations(block)),
        n_situations=count(report.n_situations(block)),
    )


def _headline(found: Alignment) -> Cell:
    value, interval = estimated(found.headline, 2)
    order = WORST if found.headline.value is None else found.headline.value
    return Cell(value, interval, order=order, is_missing=found.headline.value is None)


def _by_subscale(found: Alignment, names: dict[str, str]) -> tuple[tuple[str, Cell], ...]:
    """Alignment of each subscale alone; nothing where there is only one, or no alignment at all."""
    if found.headline.value is None or len(found.by_subscale) == 1:
        return ()
    return tuple((names[key], _figure(one)) for key, one in found.by_subscale.items())


def _figure(found: Estimate) -> Cell:
    value, interval = estimated(found, 2)
    return Cell(value, interval, is_missing=found.value is None)


def _calm(found: Alignment) -> Cell:
    value, interval = estimated(found.calm, 1, sign=True)
    order = WORST if found.calm.value is None else found.calm.value
    return Cell(value, interval, order=order, is_missing=found.calm.value is None)


def _gap(gap: object) -> Cell:
    contrast = gap.contrast  # type: ignore[attr-defined]
    if contrast.difference is None:
        return missing(f"not estimable: {contrast.note}")
    return Cell(signed(contrast.difference), bracketed(contrast.low, contrast.high), order=contrast.difference)


def open_ends_of(found: tuple[Entry, ...]) -> tuple[str, ...]:
    """Why ends of intervals of alignment are open."""
    named: list[tuple[str, Estimate]] = []
    for entry in found:
        if entry.alignment:
            named.append((entry.name, entry.alignment.headline))
            if entry.by_subscale:
                names = entry.block.subscales
                parts = entry.alignment.by_subscale.items()
                named += [(f"{entry.name}, {names[key].lower()}", one) for key, one in parts]
    return open_ends(named)


def one_sentence(found: tuple[Entry, ...]) -> str:
    """The answer, for those who read nothing else: of language models where there are any.

    The highest alignment is that of point estimates; whose intervals overlap with it is said with it.
    """
    compared = [entry for entry in found if entry.alignment and entry.alignment.headline.value is not None]
    if not compared:
        why = next((entry.verdict for entry in found), "The store holds no comparison.")
        return f"Nobody here can be compared with people. {why}"
    models = [entry for entry in compared if entry.block.kind == "llm"]
    among = models or compared
    best = max(among, key=lambda entry: entry.order)
    headline = _headline_of(best)
    figure = f"{number(headline.value or 0.0, 2)}{_interval(headline)}. {best.verdict}"
    if len(among) == 1:
        return f"{_named(best)}: alignment {figure}"
    noun = "language models" if models else "respondents"
    overlapping = _overlapping(best, [entry for entry in among if entry is not best])
    return f"Of {len(among)} {noun}, {_named(best)} has the highest alignment: {figure}{overlapping}"


def _headline_of(entry: Entry) -> Estimate:
    return entry.alignment.headline if entry.alignment else Estimate.none(NO_NORM)


def _named(entry: Entry) -> str:
    return f"{entry.name} (synthetic)" if entry.block.kind == "synthetic" else entry.name


def _overlapping(best: Entry, others: list[Entry]) -> str:
    """Whose intervals overlap with that of the highest; an open end reaches as far as it likes."""
    low = _headline_of(best).low
    highs = [(_named(other), _headline_of(other).high) for other in others]
    names = [name for name, high in highs if low is None or high is None or high >= low]
    if not names:
        return ""
    if len(names) <= MOST_NAMED:
        return f" Its interval overlaps {'that' if len(names) == 1 else 'those'} of {listed(names)}."
    return f" Its interval overlaps those of {plural(len(names), 'other')}."


def _interval(headline: Estimate) -> str:
    if headline.low is None and headline.high is None:
        return " (its interval open at both ends)"
    return f" (95\N{NO-BREAK SPACE}% interval {to(headline.low, headline.high)})"
