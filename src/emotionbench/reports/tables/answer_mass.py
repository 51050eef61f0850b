"""Answers read as probabilities: how much probability fell on answers, and how scores would vary if they were drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from emotionbench.comparisons.answer_mass import LOW_MASS, AnswerMass
from emotionbench.reports.phrases import count, kind_word, number, share
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing

MASS_NOTE = (
    "The answers were not drawn: the probability of every answer was read, item by item, and a score is what answers"
    " drawn from them would have on average. Mass: the probability that the answer is one of those allowed. SD of"
    " draws: how far a score of drawn answers would lie from that average. Response style and the consistency of items"
    " are of drawn answers, and have nothing to say here."
)
_FIGURES = ("items", "not read", "mass", "lowest", f"under {LOW_MASS:g}", "not told", "SD of draws")


def mass_tables(
    masses: Sequence[AnswerMass], names: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[PageTable, ...]:
    """The table, where there is anything in it.

    ``names`` are those of subscales by instrument and key; where they are not given, keys stand for them.
    """
    if not masses:
        return ()
    columns = (
        *(Column(name, is_text=True) for name in ("respondent", "instrument and form", "condition")),
        Column("sheets", is_quiet=True),
        *(Column(name) for name in _FIGURES),
    )
    rows = tuple(_row(one, (names or {}).get(one.instrument, {})) for one in masses)
    notes = (*mass_flags(masses), *_unread(masses))
    return (PageTable("answer-mass", "Answers as probabilities", columns, rows, notes, n_lead=2),)


def mass_flags(masses: Iterable[AnswerMass]) -> tuple[str, ...]:
    """A sentence for each condition in which the respondent would often have said something else."""
    return tuple(f"{one.respondent}, {_asked(one)}: {one.flag.text}." for one in masses if one.flag)


def _unread(masses: Iterable[AnswerMass]) -> Iterator[str]:
    """Why items have no distribution, each reason once."""
    found: dict[str, int] = {}
    for one in masses:
        for why, n in one.unread.items():
            found[why] = found.get(why, 0) + n
    for why, n in found.items():
        yield f"Not read: {why} ({count(n)} items)."


def _row(one: AnswerMass, names: Mapping[str, str]) -> Row:
    return Row(
        (
            Cell(one.respondent, badge=kind_word(one.kind)),
            Cell(_asked(one)),
            Cell(one.condition),
            Cell(count(one.n_administrations), order=one.n_administrations),
            Cell(count(one.n_items), order=one.n_items),
            Cell(count(one.n_items - one.n_read), order=one.n_items - one.n_read),
            _mass(one.mean_mass, one),
            _mass(one.lowest_mass, one),
            Cell(share(one.n_low / one.n_told), order=one.n_low / one.n_told) if one.n_told else Cell("–"),
            Cell(count(one.n_untold), order=one.n_untold),
            _spread(one, names),
        )
    )


def _asked(one: AnswerMass) -> str:
    return f"{one.instrument} · {one.design} · {one.protocol}"


def _mass(found: float | None, one: AnswerMass) -> Cell:
    if found is None:
        return missing(one.why or "not told")
    # 1.000 is said of nothing less
    shown = min(found, 0.999) if found < 1 else 1.0
    return Cell(number(shown, 3), order=found)


def _spread(one: AnswerMass, names: Mapping[str, str]) -> Cell:
    told = [(names.get(each.subscale, each.subscale), each) for each in one.spread]
    return Cell("; ".join(f"{name} {'–' if each.sd is None else number(each.sd)}" for name, each in told))
