"""The figures of a report: what each shows, in words and as a spec for any theme."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.change import ChangeBlock, ChangeRow
from emotionbench.reports.board import lowest_shown
from emotionbench.reports.contents import Report
from emotionbench.reports.figures.arrows import Arrow, arrows
from emotionbench.reports.figures.forest import Headline, forest
from emotionbench.reports.figures.heatmap import Field, heatmap
from emotionbench.reports.figures.scatter import Point, scatter
from emotionbench.reports.figures.theme import Spec, Theme
from emotionbench.reports.phrases import bracketed, number, signed
from emotionbench.reports.tables.cells import slug
from emotionbench.reports.tables.leaderboard import Entry
from emotionbench.reports.tables.specificity import ordered

MOST_PANELS = 3
"""Instruments with more subscales than this are shown as matrices alone."""
LONGEST_LABEL = 26
NORMAL = 1.959964
AXIS_STEP = 5.0
LEFT_OF_ZERO, RIGHT_OF_ONE = -20.0, 1.25


@dataclass(frozen=True)
class Heading:
    """What stands above figures that belong together; nothing where it has no name."""

    name: str = ""
    badge: str = ""
    setting: str = ""


@dataclass(frozen=True)
class Plate:
    """One figure under a ``heading``; ``name`` is unique and names its files, ``description`` tells it in words."""

    name: str
    heading: Heading
    caption: str
    aside: str
    description: str
    spec: Callable[[Theme], Spec]


def arrow_plates(report: Report) -> Iterator[Plate]:
    """Baseline to evoked by emotion: a plate for each block and subscale, axes shared within a subscale."""
    for block in report.blocks:
        if len(block.subscales) > MOST_PANELS:
            continue
        for key, name in block.subscales.items():
            panel = _arrows(block, key)
            if not panel:
                continue
            domain = _wide(
                [v for b in report.blocks if b.instrument == block.instrument for v in _ends(_arrows(b, key))]
            )
            title = report.title(block)
            yield Plate(
                slug("arrows", title, block.instrument, key),
                _heading(report, block),
                name,
                "",
                f"{title}, {name}: arrows from baseline to after imagining, by emotion. {_said(panel)}",
                _drawn(arrows, panel, name, domain),
            )


def scatter_plates(report: Report) -> Iterator[Plate]:
    """Respondent against people over factors: a plate for each block with people, and each subscale."""
    for block in report.blocks:
        found = report.alignment_of(block)
        if found is None or len(found.points) < MOST_PANELS:
            continue
        for key in found.margins:
            points = _points(found, key)
            if not points:
                continue
            title, name = report.title(block), block.subscales[key]
            yield Plate(
                slug("factors", title, block.instrument, key),
                _heading(report, block),
                name,
                _agreement(found, key),
                f"{title}, {name}: change of the respondent against people's over {len(points)} factors."
                f" {_agreement(found, key)}",
                _drawn(scatter, points, name, _wide(list(_reach(points))), ceiling_band(found, key)),
            )


def heat_plates(report: Report) -> Iterator[Plate]:
    """Emotions by respondents: a plate for each instrument of few subscales, and each of them."""
    for instrument in dict.fromkeys(block.instrument for block in report.blocks):
        blocks = [block for block in report.blocks if block.instrument == instrument and _shown_rows(block)]
        if not blocks or len(blocks[0].subscales) > MOST_PANELS:
            continue
        for key, name in blocks[0].subscales.items():
            labels = _labels(report, blocks)
            fields = [
                field for block, label in zip(blocks, labels, strict=True) for field in _fields(label, block, key)
            ]
            fields += _people_fields(blocks, key)
            largest = max((abs(field.value) for field in fields if field.value is not None), default=0.0) or 1.0
            yield Plate(
                slug("heatmap", instrument, key),
                Heading(instrument),
                name,
                "",
                f"Change of {name} by emotion and respondent, in raw points.",
                _drawn(heatmap, fields, largest, titles=(None, None)),
            )


def specificity_plates(report: Report) -> Iterator[Plate]:
    """Evoked emotion by answered emotion: a plate for each matrix, colours shared among them."""
    found = [one for one in ordered(report) if any(c.change.value is not None for row in one.cells for c in row)]
    changes = [abs(c.change.value) for one in found for row in one.cells for c in row if c.change.value is not None]
    for one in found:
        fields = [
            Field(
                cell.evoked.capitalize(),
                one.answered[cell.answered],
                cell.change.value,
                "–" if cell.change.value is None else signed(cell.change.value),
            )
            for row in one.cells
            for cell in row
        ]
        dominance = (
            f"dominance {signed(one.dominance.value, 2)} {bracketed(one.dominance.low, one.dominance.high, 2)}"
            if one.dominance.value is not None
            else f"dominance not estimable: {one.dominance.why}"
        )
        yield Plate(
            slug("specificity", one.respondent, one.instrument, one.design, one.situation_set),
            Heading(),
            _marked(report, one.respondent),
            f"{one.instrument}, {dominance}",
            f"{one.respondent}: emotion evoked by emotion answered. {dominance}.",
            _drawn(heatmap, fields, max(changes) or 1.0, titles=("answered", "evoked"), narrow=True),
        )


def forest_plate(found: tuple[Entry, ...]) -> Iterator[Plate]:
    """The leaderboard as a figure for papers."""
    rows = []
    low, high = max(lowest_shown(found), LEFT_OF_ZERO), RIGHT_OF_ONE
    for entry in found:
        headline = entry.alignment.headline if entry.alignment else None
        if headline is None or headline.value is None:
            continue
        ends = (low if headline.low is None else headline.low, high if headline.high is None else headline.high)
        synthetic = " (synthetic)" if entry.block.kind == "synthetic" else ""
        rows.append(Headline(entry.name + synthetic, *(min(max(v, low), high) for v in (headline.value, *ends))))
    if rows:
        yield Plate(
            "alignment",
            Heading(),
            "Alignment with people",
            "",
            "Alignment with 95 % intervals.",
            lambda theme: forest(rows, (low, high), theme),
        )


def ceiling_band(found: Alignment, key: str) -> float | None:
    """Within ± so many points of the identity line 95 % of factors of other people, as many as these, would lie.

    People's observed variance over factors holds a share 1 − r of noise, r being people's agreement with themselves;
    two groups of people differ by noise of both. None where the norm does not hold r.
    """
    ceiling = _ceiling(found, key)
    values = [p.people[key].value for p in found.points]
    known = [value for value in values if value is not None]
    if ceiling is None or len(known) < MOST_PANELS:
        return None
    mean = sum(known) / len(known)
    variance = sum((value - mean) ** 2 for value in known) / (len(known) - 1)
    return NORMAL * math.sqrt(2 * variance * max(0.0, 1 - ceiling))


def _heading(report: Report, block: ChangeBlock) -> Heading:
    setting = "" if report.common_setting else report.setting(block)
    return Heading(report.title(block), report.kinds[block.respondent], setting)


def _marked(report: Report, respondent: str) -> str:
    """A name with the mark of a synthetic respondent."""
    return f"{respondent} (synthetic)" if report.kinds.get(respondent) == "synthetic" else respondent


def _drawn(build: Callable[..., Spec], *parts: object, **named: object) -> Callable[[Theme], Spec]:
    return lambda theme: build(*parts, theme=theme, **named)


def _shown_rows(block: ChangeBlock) -> list[ChangeRow]:
    return [row for row in block.rows if row.kind in ("emotion", "overall")]


def _arrows(block: ChangeBlock, key: str) -> list[Arrow]:
    """The respondent's mean before and after by emotion. Both ends are on the scale of scores, so that floors show."""
    before = block.baseline[key].mean if key in block.baseline else None
    if before is None:
        return []
    start = block.people_baseline.get(key)
    found = []
    for row in _shown_rows(block):
        moved, people = row.contrasts[key].difference, row.people[key]
        if moved is None:
            continue
        human = (
            (start.mean, start.mean + people.change) if start and start.mean is not None and people else (None, None)
        )
        found.append(Arrow(row.label, before, before + moved, *human))
    return found


def _ends(panel: Iterable[Arrow]) -> Iterator[float]:
    for arrow in panel:
        yield from (v for v in (arrow.before, arrow.after, arrow.people_before, arrow.people_after) if v is not None)


def _said(panel: list[Arrow]) -> str:
    return "; ".join(f"{arrow.label} {number(arrow.before)} to {number(arrow.after)}" for arrow in panel) + "."


def _points(found: Alignment, key: str) -> list[Point]:
    points = []
    for point in found.points:
        own, people = point.respondent.get(key), point.people.get(key)
        if own is None or people is None or own.value is None or people.value is None:
            continue
        label = (
            f"{point.emotion.capitalize()}: {point.factor_name}; respondent {signed(own.value)}, people"
            f" {signed(people.value)} points"
        )
        points.append(Point(label, people.value, people.low, people.high, own.value, own.low, own.high))
    return points


def _reach(points: list[Point]) -> Iterator[float]:
    """What the panel's square must hold: points whole, intervals as far as they are not absurdly wide."""
    if not points:
        return
    values = [v for p in points for v in (p.own, p.people)]
    spread = (max(values) - min(values)) or 1.0
    yield 0.0
    for point in points:
        for end in (point.own, point.people, point.own_low, point.own_high, point.people_low, point.people_high):
            if end is not None and min(values) - spread / 2 <= end <= max(values) + spread / 2:
                yield end


def _ceiling(found: Alignment, key: str) -> float | None:
    """People's correlation with people; None where the norm does not hold it."""
    agreement = found.ceiling.get(key)
    return agreement.correlation.value if agreement else None


def _agreement(found: Alignment, key: str) -> str:
    r, ceiling = found.correlation[key], _ceiling(found, key)
    if r.value is None:
        return f"correlation not estimable: {r.why}"
    people = f", people with people {number(ceiling, 2)}" if ceiling is not None else ""
    return f"r = {number(r.value, 2)}{people}"


def _labels(report: Report, blocks: list[ChangeBlock]) -> list[str]:
    """Short names, told apart by a number where shortening makes them alike."""
    found: list[str] = []
    for block in blocks:
        title = report.title(block)
        short = title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1]}…"
        label = f"{short} (synthetic)" if block.kind == "synthetic" else short
        n_same = sum(one == label or one.startswith(f"{label} ·") for one in found)
        found.append(f"{label} · {n_same + 1}" if n_same else label)
    return found


def _fields(title: str, block: ChangeBlock, key: str) -> Iterator[Field]:
    for row in _shown_rows(block):
        contrast = row.contrasts[key]
        text = "–" if contrast.difference is None else signed(contrast.difference)
        yield Field(title, row.label, contrast.difference, text)


def _people_fields(blocks: list[ChangeBlock], key: str) -> Iterator[Field]:
    seen: dict[str, Field] = {}
    for block in blocks:
        for row in _shown_rows(block):
            people = row.people.get(key)
            if people and row.label not in seen:
                seen[row.label] = Field("people", row.label, people.change, signed(people.change))
    yield from seen.values()


def _wide(values: list[float]) -> tuple[float, float]:
    """An axis that holds all values, its ends at multiples of five."""
    low, high = min(values), max(values)
    low, high = math.floor(low / AXIS_STEP) * AXIS_STEP, math.ceil(high / AXIS_STEP) * AXIS_STEP
    return (low, high) if high > low else (low - AXIS_STEP, high + AXIS_STEP)
