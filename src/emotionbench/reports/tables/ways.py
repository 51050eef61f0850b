"""What the ways of asking do to one respondent's answers on one instrument: verdicts in words, and the tables behind.

Shares of variance are in per cent, everything else in raw points. A dash has its reason below the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from emotionbench.comparisons.ways import InstrumentWays, OverForms, SubscaleWays, WaysOfAsking
from emotionbench.comparisons.ways_outcomes import Outcome
from emotionbench.reports.phrases import HasBounds, bracketed, count, kind_word, listed, number, p_value
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, slug
from emotionbench.reports.tables.dashes import Reasons
from emotionbench.reports.tables.ways_levels import level_table, move_table, plain, points_digits
from emotionbench.statistics.explained import Term
from emotionbench.statistics.flips import Flips
from emotionbench.statistics.generalizability import Component

OUTCOMES: Mapping[Outcome, str] = {"score": "score before imagining", "change": "change after imagining"}
VARIANCE_NOTE = (
    "Share: ω² of the variance of a single score, with its 95 % interval; F against what forms differ by beyond the"
    " ways; p adjusted by Holm over the ways of a subscale. What ways do not explain by themselves lies in their"
    " combinations and between repeats of one form."
)
FLIPS_NOTE = (
    "Pairs of answers to the same item before imagining. Chance: two answers drawn from all that were given, whatever"
    " the item."
)
ONE_FORM_NOTE = (
    "Mean: over forms, each counted once. ICC: agreement of one repeat of a form with another, ICC(2,1). One form, ±:"
    " within so many points of the mean of all forms a score from one of them lies, 95 times in 100. Forms needed:"
    " so many, put once each, bring their mean within what matters."
)
ENOUGH_NOTE = (
    "Dependability (absolute), 0 to 1: how far one random form tells these apart as the mean of all forms does; for"
    " subscales in shares of their ranges."
)
NORMAL = 1.959964


@dataclass(frozen=True)
class WaysTables:
    """Everything in words and tables of one respondent on one instrument.

    ``verdicts`` are one an outcome: its name, the overall sentence, and one sentence a way; ``notes`` say what is not
    in. ``tables`` are those that have rows, the shorter ones first; ``long`` names the others.
    """

    respondent: str
    kind: str
    instrument: str
    verdicts: tuple[tuple[str, str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    tables: tuple[PageTable, ...]
    long: frozenset[str]

    @property
    def setting(self) -> str:
        """Whose they are."""
        return f"{self.respondent} · {self.instrument}"

    @property
    def kind_words(self) -> str:
        """What kind of respondent it is."""
        return kind_word(self.kind)

    @property
    def short(self) -> tuple[PageTable, ...]:
        """Those that a terminal has room for."""
        return tuple(table for table in self.tables if table.name not in self.long)


def ways_tables(found: Iterable[WaysOfAsking], names: Mapping[str, Mapping[str, str]]) -> tuple[WaysTables, ...]:
    """One for each respondent and instrument; ``names`` are those of subscales by instrument and key."""
    return tuple(_Writer(one, names.get(one.instrument, {})).tables() for each in found for one in each.instruments)


def enough_table(found: Sequence[WaysOfAsking], names: Mapping[str, Mapping[str, str]]) -> PageTable:
    """How far one form is enough to tell subscales of a respondent, or respondents on a subscale, apart."""
    reasons, rows = Reasons(), []
    for each in found:
        for one in each.instruments:
            for outcome, profile in one.profiles.items():
                whose = (one.instrument, f"subscales of {one.respondent}", OUTCOMES[outcome])
                rows.append(_enough(whose, profile, reasons))
        for pair in each.respondents:
            key = names.get(pair.instrument, {}).get(pair.subscale, pair.subscale)
            whose = (pair.instrument, f"respondents on {key.lower()}", OUTCOMES[pair.outcome])
            rows.append(_enough(whose, pair.over_forms, reasons))
    columns = ("instrument", "told apart", "outcome", "how many", "forms", "one form", "all forms")
    return PageTable(
        "ways-enough",
        "One form instead of all",
        tuple(Column(name, is_text=place < 3, is_quiet=place in (3, 4)) for place, name in enumerate(columns)),
        tuple(rows),
        (ENOUGH_NOTE, *reasons.notes()) if rows else (),
    )


def _enough(names: tuple[str, str, str], found: OverForms, reasons: Reasons) -> Row:
    agreement, objects = found.agreement, found.objects
    return Row(
        (
            *map(Cell, names),
            Cell(count(len(objects))),
            Cell(count(agreement.k)),
            reasons.cell("one form", agreement.single, 2),
            reasons.cell("all forms", agreement.mean, 2),
        )
    )


class _Writer:
    """The tables of one respondent on one instrument."""

    def __init__(self, found: InstrumentWays, names: Mapping[str, str]) -> None:
        self.found, self.names = found, names
        self.setting = f"{found.respondent} [{kind_word(found.kind)}] · {found.instrument}"

    def tables(self) -> WaysTables:
        outcomes = [outcome for outcome in get_args(Outcome) if outcome in self.found.overall]
        made = [(self._moves(outcome), self._variance(outcome), self._levels(outcome)) for outcome in outcomes]
        short = [table for moves, variance, _ in made for table in (moves, variance)]
        long = [levels for *_, levels in made]
        every = [*short, self._flips(), self._one_form(), *long]
        return WaysTables(
            self.found.respondent,
            self.found.kind,
            self.found.instrument,
            tuple((OUTCOMES[o], self.found.overall[o], self.found.sentences[o]) for o in outcomes),
            tuple(self._left_out()),
            tuple(table for table in every if table.rows),
            frozenset(table.name for table in long),
        )

    def _of(self, outcome: Outcome) -> list[tuple[str, SubscaleWays]]:
        """Subscales with their names."""
        own = [one for one in self.found.subscales if one.outcome == outcome]
        return [(self.names.get(one.subscale, one.subscale), one) for one in own]

    def _left_out(self) -> Iterator[str]:
        """What is not in, each reason once with the subscales that it holds for."""
        reasons: dict[str, dict[str, None]] = {}
        everywhere = {self.names.get(one.subscale, one.subscale).lower() for one in self.found.subscales}
        for outcome in get_args(Outcome):
            for name, one in self._of(outcome):
                notes = list(one.notes)
                notes += [f"nothing can be compared, {one.why}"] if one.why else []
                if one.n_excluded:
                    notes.append(f"{count(one.n_excluded)} of {count(one.n_administrations)} without a score, not in")
                for note in notes:
                    reasons.setdefault(f"{OUTCOMES[outcome]}: {note}", {})[name.lower()] = None
        for reason, where in reasons.items():
            named = "" if everywhere <= set(where) else f" ({listed(where)})"
            yield f"{reason[0].upper()}{reason[1:]}{named}."

    def _table(self, what: str, outcome: Outcome | None, columns: Sequence[Column], rows: Iterable[Row]) -> PageTable:
        of = f", {OUTCOMES[outcome]}" if outcome else ""
        short = f"-{outcome}" if outcome else ""
        name = f"ways-{slug(what)}{short}-{slug(self.found.respondent, self.found.instrument)}"
        return PageTable(name, f"{what}{of}", tuple(columns), tuple(rows), subtitle=self.setting)

    def _variance(self, outcome: Outcome) -> PageTable:
        reasons, rows = Reasons(), []
        for name, one in self._of(outcome):
            if one.explained is None:
                continue
            split = one.explained
            lead = (Cell(name), Cell(f"{count(split.n_forms)} forms, {count(split.n_scores)} scores"))
            rows += [Row((*lead, *_term(term, split.df_form, reasons))) for term in split.terms]
            left = {"combinations of ways": split.form, "repeats of one form": split.repeat}
            if split.repeat.share is None:
                left = {"combinations and repeats together": split.rest}
            rows += [Row((*lead, *_rest(label, part, reasons))) for label, part in left.items()]
        columns = (
            *(Column(name, is_text=True) for name in ("subscale", "of", "way")),
            Column("levels", is_quiet=True),
            *(Column(name) for name in ("share, %", "F", "p")),
        )
        return _with(self._table("Where the variance lies", outcome, columns, rows), 2, VARIANCE_NOTE, reasons)

    def _moves(self, outcome: Outcome) -> PageTable:
        return move_table(self._table("What each way moves", outcome, (), ()), self._of(outcome))

    def _levels(self, outcome: Outcome) -> PageTable:
        return level_table(self._table("One level against the rest", outcome, (), ()), self._of(outcome))

    def _flips(self) -> PageTable:
        flips, reasons = self.found.flips, Reasons()
        columns = (
            Column("two answers to one item", is_text=True),
            Column("pairs", is_quiet=True),
            Column("differ, %"),
            Column("points apart"),
        )
        rows: list[Row] = []
        if flips is not None:
            kinds = {"repeats of one form": flips.repeats}
            kinds |= {f"forms that differ in {plain(way)} alone": one for way, one in flips.by_way.items()}
            kinds |= {"any two forms": flips.any_forms}
            rows = [_flip(label, one, reasons) for label, one in kinds.items()]
            if flips.chance_share is not None and flips.chance_points is not None:
                chance = (Cell(number(100 * flips.chance_share)), Cell(number(flips.chance_points, 2)))
                rows.append(Row((Cell("chance"), Cell(""), *chance), "overall"))
        missing: tuple[str, ...] = ()
        if flips is not None and flips.n_missing:
            missing = (f"{count(flips.n_missing)} of {count(flips.n_answers)} answers are not valid, and not in.",)
        return _with(self._table("Answers that flip", None, columns, rows), 0, FLIPS_NOTE, reasons, *missing)

    def _one_form(self) -> PageTable:
        reasons = Reasons()
        columns = (
            *(Column(name, is_text=True) for name in ("outcome", "subscale")),
            Column("forms", is_quiet=True),
            *(Column(name) for name in ("mean", "SD over forms", "SD of repeats", "ICC of repeats", "one form, ±")),
            Column("matters", is_quiet=True),
            Column("forms needed"),
        )
        rows = [
            Row((Cell(OUTCOMES[outcome]), *_one(name, one, reasons)))
            for outcome in get_args(Outcome)
            for name, one in self._of(outcome)
            if one.one_form is not None
        ]
        return _with(self._table("What one form is worth", None, columns, rows), 1, ONE_FORM_NOTE, reasons)


def _with(table: PageTable, n_lead: int, note: str, reasons: Reasons, *more: str) -> PageTable:
    """The table with its notes, where it has rows."""
    notes = (note, *more, *reasons.notes()) if table.rows else ()
    return PageTable(table.name, table.title, table.columns, table.rows, notes, subtitle=table.subtitle, n_lead=n_lead)


def _term(term: Term, df_error: int, reasons: Reasons) -> Iterator[Cell]:
    yield Cell(" × ".join(map(plain, term.ways)))
    yield Cell(count(term.n_levels))
    yield _percent(term.omega_squared, reasons)
    shown = "–" if term.f is None else number(term.f, 1)
    yield Cell(shown, f"({term.df}, {df_error})" if term.f is not None else "", order=term.f)
    yield Cell(p_value(term.p_holm), order=term.p_holm)
    if term.note:
        reasons.note(f"{' × '.join(map(plain, term.ways))}: {term.note}.")


def _rest(label: str, part: Component, reasons: Reasons) -> Iterator[Cell]:
    yield from (Cell(label), Cell(""))
    if part.share is None:
        reasons.add("share", part.variance.why)
    # where what ways explain is below what chance would, the rest would be more than all
    yield Cell("–" if part.share is None else number(100 * min(part.share, 1.0)), order=part.share)
    yield from (Cell(""), Cell(""))


def _percent(found: HasBounds, reasons: Reasons) -> Cell:
    if found.value is None:
        reasons.add("share", found.why)
        return Cell("–")
    low, high = (None if end is None else 100 * end for end in (found.low, found.high))
    return Cell(number(100 * found.value), bracketed(low, high), order=found.value)


def _flip(label: str, one: Flips, reasons: Reasons) -> Row:
    cells = (Cell(label), Cell(count(one.n_pairs), order=one.n_pairs))
    return Row((*cells, _percent(one.share, reasons), reasons.cell("points apart", one.points, 2)))


def _one(name: str, one: SubscaleWays, reasons: Reasons) -> Iterator[Cell]:
    found, digits = one.one_form, points_digits(one.matters)
    if found is None:
        return
    yield from (Cell(name), Cell(count(found.n_forms)), reasons.cell("mean", found.mean, digits))
    unsplit = found.sd_form.value is None and found.sd_single.value is not None
    yield reasons.cell("SD over forms", found.sd_single if unsplit else found.sd_form, digits)
    yield reasons.cell("SD of repeats", found.sd_repeat, digits)
    if one.retest is not None:
        yield reasons.cell("ICC of repeats", one.retest.agreement.single, 2)
    else:
        yield Cell("–")
    error, needed = found.error(), found.forms_needed(one.matters.points)
    yield Cell("–" if error is None else number(NORMAL * error, digits), order=error)
    yield Cell(number(one.matters.points, digits), order=one.matters.points)
    yield Cell("–" if needed is None else count(needed), order=needed)
    if unsplit:
        reasons.note("SD over forms: that of single scores, since no form was repeated.")
