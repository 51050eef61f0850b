"""Calm and recovery: situations against counterparts, what calming undoes, and the change when told to stay calm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from emotionbench.comparisons.calm import Calm, Manipulation, Recovery, Steadiness
from emotionbench.comparisons.findings import Findings
from emotionbench.reports.phrases import bracketed, count, estimated, number, p_value, signed
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing
from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.estimate import Estimate

WHO = (Column("respondent", is_text=True), Column("instrument and form", is_text=True))


def calm_tables(
    findings: Findings, *, by_emotion: bool = True, names: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[PageTable, ...]:
    """The tables that have rows, in the order of a study's phases; recovery by emotion, or over all of them.

    ``names`` are those of subscales by instrument and key; where they are not given, keys stand for them.
    """
    calm = [_named(one, names) for one in findings.calm] if names else findings.calm
    made = (_manipulations(calm), _recoveries(calm, by_emotion), _steadiness(calm))
    return tuple(table for table in made if table.rows)


def _named(calm: Calm, names: Mapping[str, Mapping[str, str]]) -> Calm:
    """The same with the names of subscales for their keys."""

    def name(one: Manipulation | Recovery | Steadiness) -> str:
        return names.get(one.instrument, {}).get(one.subscale, one.subscale)

    return Calm(
        tuple(replace(one, subscale=name(one)) for one in calm.manipulations),
        tuple(replace(one, subscale=name(one)) for one in calm.recoveries),
        tuple(replace(one, subscale=name(one)) for one in calm.steadiness),
    )


def _manipulations(found: Sequence[Calm]) -> PageTable:
    columns = ("subscale", "counterparts", "scenes", "after the situation", "after its counterpart", "difference", "p")
    return PageTable(
        name="manipulation-check",
        title="Manipulation check: situations against their counterparts",
        columns=(*WHO, *(Column(name, is_text=place < 2) for place, name in enumerate(columns))),
        rows=tuple(_manipulation(one) for calm in found for one in calm.manipulations),
        notes=(
            "Changes from the baseline in raw points, of the same scenes in their evoking and their neutral or positive"
            " version, scene by scene; p adjusted by Holm. Where the difference is none, the scene does it and not"
            " what happens in it.",
        ),
        n_lead=2,
    )


def _manipulation(one: Manipulation) -> Row:
    return Row(
        (
            *_who(one),
            Cell(one.subscale),
            Cell(one.counterparts),
            Cell(count(one.n_scenes)),
            _signed(one.evoked_change),
            _signed(one.control_change),
            *_tested(one.contrast),
        )
    )


def _recoveries(found: Sequence[Calm], by_emotion: bool) -> PageTable:
    columns = ("emotion", "subscale", "n (situations)", "evoked", "left after calming", "undone", "p", "share undone")
    return PageTable(
        name="recovery",
        title="Recovery: what the calming message undoes",
        columns=(*WHO, *(Column(name, is_text=place < 2) for place, name in enumerate(columns))),
        rows=tuple(_recovery(one) for calm in found for one in _kept(calm.recoveries, by_emotion)),
        notes=(
            "Within one conversation: baseline, situation, calming message. Share undone: 1 is all of the evoked"
            " change, 0 none of it, negative where calming adds to it; Fieller's 95 % interval. n: conversations; p"
            " adjusted by Holm.",
        ),
        n_lead=2,
    )


def _kept(recoveries: Sequence[Recovery], by_emotion: bool) -> Sequence[Recovery]:
    over_all = [one for one in recoveries if one.emotion is None]
    return recoveries if by_emotion or not over_all else over_all


def _recovery(one: Recovery) -> Row:
    emotion = one.emotion.capitalize() if one.emotion else "Overall"
    n = f"{count(one.n)} ({count(one.n_situations)})"
    cells = (Cell(emotion), Cell(one.subscale), Cell(n), _signed(one.evoked), _signed(one.left))
    return Row((*_who(one), *cells, *_tested(one.undone), _share(one.share)))


def _steadiness(found: Sequence[Calm]) -> PageTable:
    columns = ("told to be", "subscale", "situations", "change, told so", "change without", "difference", "p")
    return PageTable(
        name="steadiness",
        title="The change under a persona, against that under none",
        columns=(*WHO, *(Column(name, is_text=place < 2) for place, name in enumerate(columns))),
        rows=tuple(_steady(one) for calm in found for one in calm.steadiness),
        notes=("The same situations in two forms that differ in the persona alone; p adjusted by Holm.",),
        n_lead=2,
    )


def _steady(one: Steadiness) -> Row:
    cells = (Cell(one.persona), Cell(one.subscale), Cell(count(one.n_situations)))
    return Row((*_who(one), *cells, _signed(one.change), _signed(one.change_without), *_tested(one.contrast)))


def _who(one: Manipulation | Recovery | Steadiness) -> Iterable[Cell]:
    return Cell(one.respondent), Cell(f"{one.instrument} · {one.protocol}")


def _signed(value: float | None) -> Cell:
    return missing("no scores") if value is None else Cell(signed(value))


def _tested(contrast: Contrast) -> tuple[Cell, Cell]:
    if contrast.difference is None:
        return missing(contrast.note or "no scores"), Cell("")
    aside = bracketed(contrast.low, contrast.high) if contrast.low is not None else contrast.note or ""
    return Cell(signed(contrast.difference), aside), Cell(p_value(contrast.p_holm) if contrast.p is not None else "")


def _share(found: Estimate) -> Cell:
    if found.value is None:
        return missing(found.why or "not estimable")
    if found.low is None:
        return Cell(number(found.value, 2), found.why or "")
    return Cell(*estimated(found))
