"""What one person is put: the sheets before and after the situation, with attention checks, and the order of pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from emotionbench.human.study import Edition, HumanStudy
from emotionbench.materials.instruments import Instrument
from emotionbench.plan import cell_of, shown_order
from emotionbench.records import Administration, Condition, Design, Putting

ABOUT, SITUATION, END, PLEASANT = "about", "situation", "end", "pleasant"
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Check:
    """An instructed-response item: which answer to choose, shown behind so many items of its sheet (1 or more)."""

    behind: int
    value: int


@dataclass(frozen=True)
class PlannedSheet:
    """One instrument on one page (``before-1``, ``after-1``, …) and the administration that it makes."""

    page: str
    instrument: Instrument
    administration: Administration
    checks: tuple[Check, ...]


def sheets_of(study: HumanStudy, language: str, situation: str, place: int, session: str) -> tuple[PlannedSheet, ...]:
    """Every sheet of a person who imagines ``situation`` (a content hash) as the ``place``-th to do so, from 0.

    Item orders are balanced over the people of a situation, as over the repeats of a model.
    """
    person = _Person(study, study.editions[language], situation, place, session)
    instruments = person.edition.instruments(situation)
    of_kind = Condition.EVOKED if person.edition.situations[situation].kind == "evoking" else Condition.CONTROL
    planned = [
        (f"{moment}-{number}", instrument, person.administration(instrument, condition))
        for moment, condition in ((BEFORE, Condition.BASELINE), (AFTER, of_kind))
        for number, instrument in enumerate(instruments, 1)
    ]
    answers = [_answers(instrument, administration.order) for _, instrument, administration in planned]
    checks = _checks(study.survey.attention_checks, answers, session)
    return tuple(PlannedSheet(*sheet, own) for sheet, own in zip(planned, checks, strict=True))


@dataclass(frozen=True)
class _Person:
    """Who is put what: the common part of a person's administrations."""

    study: HumanStudy
    edition: Edition
    situation: str
    place: int
    session: str

    def administration(self, instrument: Instrument, condition: Condition) -> Administration:
        form = self.edition.form
        putting = Putting(
            self.study.respondent.id,
            self.edition.hash_of(instrument),
            self.edition.hash_of(self.edition.pages),
            Design.PAIRED,
            self.study.study.seed,
            self.edition.hash_of(form) if form else None,
        )
        cell = cell_of(putting.seed, putting.instrument, condition, self.situation, putting.form)
        order = shown_order(instrument.n_items, cell, self.place, form)
        shown = None if condition is Condition.BASELINE else self.situation
        return putting.administration(condition, shown, self.place, self.session, order)


def pages_of(study: HumanStudy, n_instruments: int) -> tuple[str, ...]:
    """The pages after consent, in order; what is read to end on is not among them."""
    numbers = range(1, n_instruments + 1)
    about = (ABOUT,) if study.survey.demographics else ()
    before, after = (tuple(f"{moment}-{number}" for number in numbers) for moment in (BEFORE, AFTER))
    return (*about, *before, SITUATION, *after, END)


def next_page(pages: Sequence[str], submitted: Collection[str], *, wants_pleasant: bool = False) -> str | None:
    """The first page that was not sent yet; None where all were."""
    whole = (*pages, PLEASANT) if wants_pleasant else tuple(pages)
    return next((page for page in whole if page not in submitted), None)


def _answers(instrument: Instrument, order: tuple[int, ...]) -> list[list[int]]:
    """The answers that each line offers, in the order shown: those with a label where there are labels."""
    scale = instrument.response_scale
    shared = sorted(scale.labels) or list(range(scale.lowest, scale.highest + 1))
    own = [instrument.items[number - 1].labels for number in order]
    return [shared if labels is None else sorted(labels) for labels in own]


def _checks(n: int, answers: Sequence[list[list[int]]], session: str) -> list[tuple[Check, ...]]:
    """``n`` checks spread evenly over the sheets, at most one behind an item; places and answers by the session.

    ``answers`` are those that each line of each sheet offers; a check asks for one of the line that it stands behind.
    """
    found: list[dict[int, Check]] = [{} for _ in answers]
    start = _draw(f"{session}|first", len(answers))
    for number in range(n):
        index = (start + number) % len(answers)
        lines, taken = answers[index], found[index]
        free = [behind for behind in range(1, len(lines) + 1) if behind not in taken]
        if free:
            behind = free[_draw(f"{session}|{number}|place", len(free))]
            values = lines[behind - 1]
            taken[behind] = Check(behind, values[_draw(f"{session}|{number}|value", len(values))])
    return [tuple(checks[behind] for behind in sorted(checks)) for checks in found]


def _draw(label: str, n: int) -> int:
    """A number from 0 to n − 1 that only ``label`` decides."""
    return int.from_bytes(sha256(label.encode()).digest()[:8], "big") % n
