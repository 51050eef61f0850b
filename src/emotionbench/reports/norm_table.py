"""Respondents beside people's norms: a table for each respondent, instrument and norm, for page, terminal and files."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.norm_comparison import MANY_FORMS, NormComparison
from emotionbench.materials.score_norms import ScoreNorm
from emotionbench.reports.change_table import Table, shown_arrow
from emotionbench.reports.phrases import (
    bracketed,
    count,
    excluded,
    kind_word,
    listed,
    number,
    p_value,
    signed,
)
from emotionbench.reports.tables.cells import Cell, Column, PageTable, Row, missing, slug
from emotionbench.statistics.contrasts import Contrast, Moments
from emotionbench.statistics.estimate import Estimate

NARROW_RANGE = 10.0
"""Scores that cannot be farther apart than this are shown with two decimals, others with one."""
NEARLY_ALL = 99.9
NOT_A_PERSON = (
    "A self-report is a text, not a personality: the figures say how a questionnaire made for people is answered."
)
HOW_SURE = (
    "n counts administrations (not scored): repeats of one respondent are not persons. The interval says how sure the"
    " distance of this respondent, asked in this way, from the mean of people is, and nothing of other respondents."
)
SYNTHETIC = "Respondents marked synthetic are computed, not asked: they are yardsticks, not findings."


def norm_page_tables(
    comparisons: Iterable[NormComparison], inference: Inference, not_validated: Iterable[str] = ()
) -> list[PageTable]:
    """A table for each respondent, instrument, protocol, design and norm, its groups one below the other.

    ``inference`` says from which adjusted p on a difference has an arrow; ``not_validated`` are labels of instruments.
    """
    doubtful = set(not_validated)
    return [
        replace(_table(rows, inference, doubtful), name=name) for name, rows in blocks_of(comparisons, "norms").items()
    ]


def norm_tables(
    comparisons: Iterable[NormComparison], inference: Inference, not_validated: Iterable[str] = ()
) -> list[Table]:
    """The same as tables of text cells, with a line above every group but the first."""
    return [_ruled(table) for table in norm_page_tables(comparisons, inference, not_validated)]


def norm_notes(
    comparisons: Sequence[NormComparison], norms: Sequence[ScoreNorm], inference: Inference
) -> tuple[str, ...]:
    """What must be known to read the tables; ``norms`` tell where the figures of people come from."""
    if not comparisons:
        return ()
    kinds = {one.kind for one in comparisons}
    used = dict.fromkeys(one.norm for one in comparisons)
    sources = {norm.id: norm.source for norm in norms}
    notes = [
        "difference: respondent − people in raw points [95 % interval, each for itself]; ↑ ↓ where it differs from"
        f" none at α = {inference.alpha:g} (Welch's t, p adjusted by Holm over the subscales of a group), ○ where it"
        " does not, ? where no test is possible. p: adjusted.",
        "g: Hedges' g by the average of both variances [95 %]. percentile: where the respondent's mean would lie"
        " among people if their scores were normal with that mean and SD [95 %].",
    ]
    notes += [HOW_SURE] if kinds - {"human"} else []
    if any(MANY_FORMS in one.notes for one in comparisons):
        notes.append(f"{MANY_FORMS[0].upper()}{MANY_FORMS[1:]}.")
    notes += _constant(comparisons)
    notes += _not_tested(comparisons)
    notes += _lost(comparisons)
    notes += [f"{norm}: {sources[norm]}" for norm in used if norm in sources]
    notes += [SYNTHETIC] if "synthetic" in kinds else []
    return (*notes, NOT_A_PERSON)


def digits_of(lowest: float, highest: float) -> int:
    """How many decimals scores that can be so low and so high are shown with."""
    return 2 if highest - lowest <= NARROW_RANGE else 1


def title_of(one: NormComparison, doubtful: Iterable[str] = ()) -> str:
    """Whose scores on which instrument, and how it was asked."""
    doubt = " (not validated)" if one.instrument in set(doubtful) else ""
    return (
        f"{one.respondent} [{kind_word(one.kind)}] · {one.instrument}{doubt} · {one.design} · protocol {one.protocol}"
    )


def blocks_of(comparisons: Iterable[NormComparison], lead: str) -> dict[str, list[NormComparison]]:
    """What stands in one table or figure, under a file name that begins with ``lead`` and that no other has."""
    blocks: dict[tuple[str, ...], list[NormComparison]] = {}
    for one in comparisons:
        names = (one.instrument, one.norm, one.respondent, one.protocol, one.design, one.kind)
        blocks.setdefault(names, []).append(one)
    found: dict[str, list[NormComparison]] = {}
    for block, rows in blocks.items():
        name = slug(lead, block[0], *block[2:5])
        # long names are cut, and may then be alike
        alike = sum(other == name or other.startswith(f"{name}-again-") for other in found)
        found[f"{name}-again-{alike}" if alike else name] = rows
    return found


def _table(rows: list[NormComparison], inference: Inference, doubtful: set[str]) -> PageTable:
    first = rows[0]
    groups = list(dict.fromkeys(one.group for one in rows))
    has_groups = len(groups) > 1
    names = ("n", "mean ± SD", "people", "difference", "g", "percentile", "p")
    columns = [Column("group", is_text=True)] if has_groups else []
    columns += [Column("subscale", is_text=True), *(Column(name, is_quiet=name in ("n", "people")) for name in names)]
    people = "" if has_groups else f": {people_of(first)}"
    return PageTable(
        name="",
        title=title_of(first, doubtful),
        subtitle=f"norm {first.norm}{people}",
        columns=tuple(columns),
        rows=tuple(_row(one, inference, has_groups=has_groups) for one in rows),
        n_lead=1 if has_groups else 0,
    )


def _ruled(table: PageTable) -> Table:
    ends = itertools.accumulate(len(rows) for _, rows in table.led) if table.n_lead else ()
    return replace(table.plain(), ruled=frozenset(end for end in ends if end < len(table.rows)))


def _row(one: NormComparison, inference: Inference, *, has_groups: bool) -> Row:
    digits, lost = digits_of(one.lowest, one.highest), sum(one.n_excluded.values())
    lead = [Cell(people_of(one))] if has_groups else []
    return Row(
        (
            *lead,
            Cell(one.name),
            Cell(count(one.n), f"({count(lost)})" if lost else "", order=one.n),
            _moments(one.own, digits),
            _moments(one.people, digits),
            *_difference(one.contrast, inference, digits),
            _percentile(one.percentile),
            Cell(p_value(one.contrast.p_holm), order=one.contrast.p_holm),
        )
    )


def people_of(one: NormComparison) -> str:
    """``women, n 878``."""
    return f"{one.group}, n {count(one.people.n)}"


def _moments(found: Moments, digits: int) -> Cell:
    if found.mean is None:
        return missing("no scores")
    spread = "" if found.sd is None else f" ± {number(found.sd, digits)}"
    return Cell(f"{number(found.mean, digits)}{spread}", order=found.mean)


def _difference(contrast: Contrast, inference: Inference, digits: int) -> tuple[Cell, Cell]:
    """The difference with its arrow and interval, and Hedges' g."""
    if contrast.difference is None:
        return missing(contrast.note or "no scores"), Cell("–")
    shown = f"{shown_arrow(inference.arrow(contrast))} {signed(contrast.difference, digits)}"
    difference = Cell(shown, bracketed(contrast.low, contrast.high, digits), order=contrast.difference)
    g = next((effect for effect in contrast.effects if effect.name == "hedges_g" and effect.value is not None), None)
    if g is None or g.value is None:
        return difference, Cell("–")
    return difference, Cell(signed(g.value, 2), bracketed(g.low, g.high, 2), order=g.value)


def _percentile(found: Estimate) -> Cell:
    if found.value is None:
        return Cell("–")
    if found.low is None or found.high is None:
        return Cell(percent(found.value), order=found.value)
    value, low, high = (percent(end) for end in (found.value, found.low, found.high))
    return Cell(value, "" if value == low == high else f"[{low}, {high}]", order=found.value)


def percent(value: float) -> str:
    """A percentile as it is read: ``0.4``, ``63``, ``99.7``, ``> 99.9``: decimals only near the ends."""
    if value > NEARLY_ALL:
        return f"> {NEARLY_ALL}"
    if value < 100 - NEARLY_ALL:
        return "< 0.1"
    return number(value, 0 if 1 <= round(value, 1) <= 99 else 1)


def _constant(comparisons: Sequence[NormComparison]) -> Iterator[str]:
    """Where a respondent's scores have no spread at all."""
    shown = {(one.respondent, one.instrument, one.name): one.own.sd == 0 for one in comparisons}
    for respondent in dict.fromkeys(one.respondent for one in comparisons):
        flat: dict[str, list[str]] = {}
        for (whose, instrument, name), is_flat in shown.items():
            if whose == respondent and is_flat:
                flat.setdefault(instrument, []).append(name)
        if flat:
            where = listed(
                instrument
                if all(is_flat for (whose, of, _), is_flat in shown.items() if (whose, of) == (respondent, instrument))
                else f"{instrument} ({listed(names)})"
                for instrument, names in flat.items()
            )
            yield (
                f"{respondent}: every administration has the same score on {where}: interval, g and p rest on the"
                " spread of people alone, as if the next administration could not differ."
            )


def _not_tested(comparisons: Sequence[NormComparison]) -> Iterator[str]:
    """Why there are question marks and dashes, each reason once."""
    reasons: dict[str, dict[str, None]] = {}
    for one in comparisons:
        if one.contrast.note:
            reasons.setdefault(one.contrast.note, {})[f"{one.respondent}, {one.instrument}"] = None
    for why, whose in reasons.items():
        yield f"{listed(whose)}: ? or – since {why}."


def _lost(comparisons: Sequence[NormComparison]) -> Iterator[str]:
    """How many scores were not to be had, counted once for each subscale."""
    lost: dict[tuple[str, ...], Mapping[str, int]] = {
        (one.respondent, one.instrument, one.protocol, one.design, one.subscale): one.n_excluded for one in comparisons
    }
    total = sum((Counter(dict(of_one)) for of_one in lost.values()), Counter[str]())
    if total:
        yield f"Left out, for want of a score: {excluded(total)} (scores of subscales; see: emotionbench status)."
