"""Figures of the ways of asking, and of calm and recovery."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from emotionbench.comparisons.calm import Calm, Recovery
from emotionbench.comparisons.ways import FormsPicture, InstrumentWays, SubscaleWays, WaysOfAsking
from emotionbench.comparisons.ways_outcomes import Outcome
from emotionbench.reports.figures.dumbbells import Dumbbell, dumbbells
from emotionbench.reports.figures.forms import Field, FormPoint, forms_picture
from emotionbench.reports.figures.shares import Share, share_bars
from emotionbench.reports.figures.theme import Spec, Theme
from emotionbench.reports.phrases import kind_word, number, plural, share, signed
from emotionbench.reports.plates import Heading, Plate
from emotionbench.reports.tables.cells import slug
from emotionbench.reports.tables.ways import OUTCOMES
from emotionbench.reports.tables.ways_levels import plain
from emotionbench.statistics.corners import LEAST_FORMS

Names = Mapping[str, Mapping[str, str]]
OTHERS = "others"
MOST_LEVELS = 10


def share_plates(found: Iterable[WaysOfAsking], names: Names) -> Iterator[Plate]:
    """Where the variance lies: a plate for each respondent, instrument and outcome with ways to show."""
    for one in _each(found):
        own = names.get(one.instrument, {})
        for outcome, words in OUTCOMES.items():
            shares = list(_shares(one, outcome, own))
            if not shares:
                continue
            left = _left(one, outcome)
            said = "; ".join(f"{s.way} on {s.subscale.lower()} {100 * s.value:.1f} %" for s in shares)
            yield Plate(
                slug("ways-shares", outcome, one.respondent, one.instrument),
                _heading(one),
                f"Where the variance lies, {words}",
                left,
                f"{one.respondent}, {one.instrument}, {words}: shares of the variance by way of asking. {said}. {left}",
                _drawn(share_bars, shares),
            )


def picture_plates(found: Iterable[WaysOfAsking], names: Names) -> Iterator[Plate]:
    """All forms in the plane: a plate for each respondent, instrument and outcome of two subscales or more."""
    for one in _each(found):
        own = names.get(one.instrument, {})
        for outcome, picture in one.pictures.items():
            if len(picture.forms) < LEAST_FORMS:
                continue
            way = telling_way(one, outcome, picture)
            points = _points(picture, way)
            field = Field(
                [(float(x), float(y)) for x, y in picture.picture.outline],
                [
                    (own.get(key, key), float(x), float(y))
                    for key, (x, y) in zip(picture.subscales, picture.picture.directions, strict=True)
                ],
            )
            aside = _picture_words(picture)
            yield Plate(
                slug("ways-forms", outcome, one.respondent, one.instrument),
                _heading(one),
                f"All forms, {OUTCOMES[outcome]}",
                aside,
                f"{one.respondent}, {one.instrument}: every form as a point among all that answers could say. {aside}",
                _drawn(forms_picture, points, field, plain(way) if way else ""),
            )


def recovery_plates(found: Iterable[Calm], names: Names) -> Iterator[Plate]:
    """Evoked change and what calming leaves of it: a plate for each respondent, instrument and subscale."""
    panels: dict[tuple[str, str, str, str, str, str], list[Recovery]] = {}
    for calm in found:
        for one in calm.recoveries:
            key = (one.respondent, one.kind, one.instrument, one.protocol, one.situation_set, one.subscale)
            panels.setdefault(key, []).append(one)
    drawn = {key: _dumbbells(own) for key, own in panels.items()}
    domains: dict[tuple[str, str], list[float]] = {}
    for key, bells in drawn.items():
        domains.setdefault((key[2], key[5]), [0.0]).extend(v for bell in bells for v in (bell.evoked, bell.left))
    for key, bells in drawn.items():
        respondent, kind, instrument, protocol, situation_set, subscale = key
        if not bells:
            continue
        name = names.get(instrument, {}).get(subscale, subscale)
        said = "; ".join(f"{bell.label} {signed(bell.evoked)} to {signed(bell.left)}" for bell in bells)
        yield Plate(
            slug("recovery", respondent, instrument, protocol, situation_set, subscale),
            Heading(respondent, kind_word(kind), f"{instrument} · {protocol}"),
            name,
            "",
            f"{respondent}, {name}: change after imagining, and what is left after calming. {said}.",
            _drawn(dumbbells, bells, name, _around(domains[instrument, subscale])),
        )


def telling_way(one: InstrumentWays, outcome: Outcome, picture: FormsPicture) -> str | None:
    """The way that explains most, on average over subscales; the first one where none can be told."""
    sums: dict[str, float] = dict.fromkeys(picture.levels, 0.0)
    for subscale in _of(one, outcome):
        for term in subscale.explained.terms if subscale.explained else ():
            if len(term.ways) == 1 and term.ways[0] in sums:
                sums[term.ways[0]] += term.omega_squared.value or 0.0
    return max(sums, key=lambda way: sums[way]) if sums else None


def _around(values: Sequence[float]) -> tuple[float, float]:
    """An axis that holds all values with a little room."""
    room = 0.08 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _each(found: Iterable[WaysOfAsking]) -> Iterator[InstrumentWays]:
    for each in found:
        yield from each.instruments


def _of(one: InstrumentWays, outcome: Outcome) -> list[SubscaleWays]:
    return [found for found in one.subscales if found.outcome == outcome]


def _heading(one: InstrumentWays) -> Heading:
    return Heading(one.respondent, kind_word(one.kind), one.instrument)


def _shares(one: InstrumentWays, outcome: Outcome, names: Mapping[str, str]) -> Iterator[Share]:
    for subscale in _of(one, outcome):
        for term in subscale.explained.terms if subscale.explained else ():
            found = term.omega_squared
            if found.value is not None:
                way = " × ".join(map(plain, term.ways))
                yield Share(way, names.get(subscale.subscale, subscale.subscale), found.value, found.low, found.high)


def _left(one: InstrumentWays, outcome: Outcome) -> str:
    """What the ways do not explain, on average over subscales."""
    rests = [
        min(found.explained.rest.share, 1.0)
        for found in _of(one, outcome)
        if found.explained and found.explained.rest.share is not None
    ]
    if not rests:
        return ""
    return f"left to their combinations and to repeats: {share(sum(rests) / len(rests))}"


def _points(picture: FormsPicture, way: str | None) -> list[FormPoint]:
    levels = picture.levels[way] if way else ("",) * len(picture.forms)
    names = list(dict.fromkeys(sorted(levels)))
    shown = set(names if len(names) <= MOST_LEVELS else names[: MOST_LEVELS - 1])
    places = zip(picture.picture.points, levels, picture.picture.clusters, strict=True)
    return [
        FormPoint(float(x), float(y), level if level in shown else OTHERS, bool(cluster < 0))
        for (x, y), level, cluster in places
    ]


def _picture_words(found: FormsPicture) -> str:
    drawn = found.picture
    parts = [plural(len(found.forms), "form")]
    if drawn.why is None or drawn.n_outliers:
        parts.append(plural(drawn.n_outliers, "outlier"))
    if drawn.covered is not None:
        parts.append(f"covering {share(drawn.covered, 1)} of what answers could say")
    if drawn.shown is not None and len(found.subscales) > 2:
        parts.append(f"{share(drawn.shown)} of their variance is seen")
    if found.n_incomplete:
        parts.append(f"{plural(found.n_incomplete, 'form')} without a score on every subscale not shown")
    return "; ".join(parts)


def _dumbbells(found: Sequence[Recovery]) -> list[Dumbbell]:
    return [
        Dumbbell(
            one.emotion.capitalize() if one.emotion else "Overall",
            one.evoked,
            one.left,
            "–" if one.share.value is None else number(one.share.value, 2),
        )
        for one in found
        if one.evoked is not None and one.left is not None
    ]


def _drawn(build: Callable[..., Spec], *parts: object) -> Callable[[Theme], Spec]:
    return lambda theme: build(*parts, theme=theme)
