"""What each way of asking moves, and each of its levels against the rest: the two tables of levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from emotionbench.comparisons.ways import SubscaleWays
from emotionbench.comparisons.ways_verdicts import ONE_DECIMAL_FROM, Matters, WayVerdict
from emotionbench.reports.phrases import bracketed, count, listed, number, p_value, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row
from emotionbench.reports.tables.dashes import Reasons
from emotionbench.statistics.levels import LevelContrast, LevelMean

ANSWERS = {"yes": "yes", "no": "no", "unclear": "cannot be told yet", None: "not estimable"}
MOVES_NOTE = (
    "Means of levels are adjusted for the other ways. The gap is between the highest and the lowest; its 95 % interval"
    " allows for these having been picked from all levels. A way changes the conclusion where its gap is surely more"
    " than what matters, or where a level has the other sign, or lies on the other side of people's mean."
)
LEVELS_NOTE = (
    "Difference: the level − the mean of the other levels of its way, adjusted for the other ways, in raw points with"
    " its 95 % interval; g: the same in standard deviations of what the ways leave over. p adjusted by Holm over all"
    " levels of all ways of a subscale. Of two levels, the second stands against the first."
)


def plain(name: str) -> str:
    """A way as it is read."""
    return name.replace("_", " ")


def points_digits(matters: Matters) -> int:
    """How many decimals points of this range are shown with."""
    return 1 if matters.highest - matters.lowest >= ONE_DECIMAL_FROM else 2


def move_table(bare: PageTable, found: Sequence[tuple[str, SubscaleWays]]) -> PageTable:
    """A row for each subscale and way: lowest and highest level, their gap, what matters, the verdict."""
    reasons = Reasons()
    rows = [
        Row((Cell(name), Cell(_matters(one.matters)), *_move(verdict, one, reasons)))
        for name, one in found
        for verdict in one.verdicts
    ]
    columns = (
        *(Column(name, is_text=True) for name in ("subscale", "matters", "way", "lowest level", "highest level")),
        Column("gap"),
        Column("changes the conclusion?", is_text=True),
    )
    notes = (MOVES_NOTE, sources(found), *reasons.notes()) if rows else ()
    return replace(bare, columns=columns, rows=tuple(rows), notes=notes, n_lead=2)


def _matters(matters: Matters) -> str:
    return f"{matters.words(matters.points)} points matter"


def sources(found: Sequence[tuple[str, SubscaleWays]]) -> str:
    """Where what matters comes from."""
    by_source: dict[str, dict[str, None]] = {}
    for name, one in found:
        by_source.setdefault(one.matters.source, {})[name.lower()] = None
    if len(by_source) == 1:
        return f"What matters: {next(iter(by_source))}."
    return f"What matters: {'; '.join(f'{source} ({listed(names)})' for source, names in by_source.items())}."


def _move(verdict: WayVerdict, one: SubscaleWays, reasons: Reasons) -> Iterator[Cell]:
    digits, gap = points_digits(one.matters), verdict.gap
    means = {(m.way, m.level): m.mean for m in one.levels.means} if one.levels else {}
    yield Cell(plain(verdict.way))
    for level in (gap.lowest, gap.highest):
        mean = means[verdict.way, level].value if level is not None else None
        yield Cell("–") if level is None else Cell(level, "" if mean is None else f"({number(mean, digits)})")
    yield reasons.cell("gap", gap.gap, digits)
    yield Cell(ANSWERS[verdict.changes_conclusion], _flips(verdict))


def _flips(verdict: WayVerdict) -> str:
    parts = [f"other sign with {listed(verdict.flips_sign)}"] if verdict.flips_sign else []
    parts += [f"other side of people with {listed(verdict.flips_side)}"] if verdict.flips_side else []
    return "; ".join(parts)


def level_table(bare: PageTable, found: Sequence[tuple[str, SubscaleWays]]) -> PageTable:
    """A row for each subscale, way and level: its mean, and how it differs from the rest."""
    reasons, rows = Reasons(), []
    for name, one in found:
        if one.levels is None:
            continue
        contrasts = {(c.way, c.level): c for c in one.levels.contrasts}
        rows += [
            Row((Cell(name), *_level(mean, contrasts.get((mean.way, mean.level)), one, reasons)))
            for mean in one.levels.means
        ]
    columns = (
        *(Column(name, is_text=True) for name in ("subscale", "way", "level")),
        Column("forms", is_quiet=True),
        *(Column(name) for name in ("mean", "difference", "g", "p")),
    )
    notes = (LEVELS_NOTE, *reasons.notes()) if rows else ()
    return replace(bare, columns=columns, rows=tuple(rows), notes=notes, n_lead=1)


def _level(mean: LevelMean, contrast: LevelContrast | None, one: SubscaleWays, reasons: Reasons) -> Iterator[Cell]:
    digits = points_digits(one.matters)
    yield from (Cell(plain(mean.way)), Cell(mean.level), Cell(count(mean.n_forms), order=mean.n_forms))
    yield reasons.cell("mean", mean.mean, digits)
    if contrast is None:
        yield from (Cell(""), Cell(""), Cell(""))
        return
    found = contrast.adjusted
    if found.difference is None:
        reasons.add("difference", found.note)
        yield from (Cell("–"), Cell("–"), Cell("–"))
        return
    if found.p is None:
        reasons.add("p", found.note)
    yield Cell(signed(found.difference, digits), bracketed(found.low, found.high, digits), order=found.difference)
    g = next((effect for effect in found.effects if effect.name == "hedges_g"), None)
    yield Cell("–") if g is None else reasons.cell("g", g, 2, sign=True)
    yield Cell(p_value(found.p_holm), order=found.p_holm)
