"""Figures of respondents among people: one for each respondent, instrument and norm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from emotionbench.comparisons.norm_comparison import NormComparison
from emotionbench.reports.figures.norms import Curve, Strip, norm_strips
from emotionbench.reports.figures.theme import Spec, Theme
from emotionbench.reports.norm_table import blocks_of, digits_of, people_of, percent, title_of
from emotionbench.reports.phrases import number
from emotionbench.reports.plates import Heading, Plate

CAPTION = "Where the respondent's scores lie among people's"


def norm_plates(comparisons: Iterable[NormComparison], not_validated: Iterable[str] = ()) -> Iterator[Plate]:
    """A plate for each respondent, instrument, protocol, design and norm; ``not_validated`` are labels."""
    doubtful = set(not_validated)
    for name, rows in blocks_of(comparisons, "norms-of").items():
        strips = strips_of(rows)
        groups = list(dict.fromkeys(map(people_of, rows)))
        title = title_of(rows[0], doubtful)
        if not any(strip.value is not None for strip in strips):
            continue
        yield Plate(
            name,
            Heading(title),
            CAPTION,
            "; ".join(groups),
            f"{title}: {CAPTION.lower()} ({'; '.join(groups)}). {_said(strips)}",
            _drawn(strips),
        )


def strips_of(rows: Iterable[NormComparison]) -> list[Strip]:
    """The comparisons of one respondent, instrument and norm, a strip for every subscale."""
    found: dict[str, list[NormComparison]] = {}
    for one in rows:
        found.setdefault(one.subscale, []).append(one)
    return [_strip(of_subscale) for of_subscale in found.values()]


def _strip(of_subscale: list[NormComparison]) -> Strip:
    """One subscale with the curves of all groups; the interval is that of the respondent's own mean."""
    first = of_subscale[0]
    curves = tuple(
        Curve(people_of(one), one.people.mean, one.people.sd)
        for one in of_subscale
        if one.people.mean is not None and one.people.sd
    )
    low, high = first.own_interval
    percentiles = [one.percentile.value for one in of_subscale]
    aside = " · ".join("–" if value is None else percent(value) for value in percentiles)
    return Strip(first.name, first.lowest, first.highest, curves, first.own.mean, low, high, aside)


def _said(strips: list[Strip]) -> str:
    """Every subscale in words."""
    return " ".join(
        f"{strip.label}: no scores." if strip.value is None else f"{strip.label}: {_shown(strip)}." for strip in strips
    )


def _shown(strip: Strip) -> str:
    digits = digits_of(strip.lowest, strip.highest)
    means = ", ".join(number(curve.mean, digits) for curve in strip.curves)
    return f"{number(strip.value or 0.0, digits)}, people {means}, percentile {strip.aside}"


def _drawn(strips: list[Strip]) -> Callable[[Theme], Spec]:
    return lambda theme: norm_strips(strips, theme)
