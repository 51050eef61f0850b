"""Figures that could not be had of norms, calm and the ways of asking, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from emotionbench.comparisons.calm import Calm
from emotionbench.comparisons.norm_comparison import NormComparison
from emotionbench.comparisons.ways import InstrumentWays
from emotionbench.reports.contents import Report
from emotionbench.reports.phrases import listed

UNKNOWN = "unknown"


class Lack(NamedTuple):
    """One figure that could not be had, of whom, and why."""

    what: str
    who: str
    why: str


def placed(lacks: Iterable[tuple[str, Lack]], everywhere: set[str]) -> Iterator[Lack]:
    """The same figure lacking in several places (subscales, conditions) as one, which names them unless it is all."""
    places: dict[Lack, list[str]] = {}
    for place, lack in lacks:
        places.setdefault(lack, []).append(place)
    for lack, where in places.items():
        named = "" if everywhere <= set(where) else f" ({listed(dict.fromkeys(where))})"
        yield lack._replace(what=f"{lack.what}{named}")


def extra_lacks(report: Report) -> Iterator[Lack]:
    """Of the sections that only some stores have something for."""
    names = report.analysis.subscale_names
    yield from _beside_norms(report.extras.norms)
    for calm in report.findings.calm:
        yield from _calm(calm)
    for each in report.extras.ways:
        for one in each.instruments:
            yield from _ways(one, names.get(one.instrument, {}))


def _beside_norms(found: Iterable[NormComparison]) -> Iterator[Lack]:
    own: dict[tuple[str, str], list[NormComparison]] = {}
    for one in found:
        own.setdefault((one.respondent, one.instrument), []).append(one)
    for (respondent, instrument), rows in own.items():
        who = f"{respondent} ({instrument})"
        lacks = [
            (one.name.lower(), Lack("comparison with norms", who, one.contrast.note or UNKNOWN))
            for one in rows
            if one.contrast.difference is None
        ]
        lacks += [
            (one.name.lower(), Lack("test against norms", who, one.contrast.note or UNKNOWN))
            for one in rows
            if one.contrast.difference is not None and one.contrast.p is None
        ]
        yield from placed(lacks, {one.name.lower() for one in rows})


def _calm(found: Calm) -> Iterator[Lack]:
    lacks: dict[str, list[tuple[str, Lack]]] = {}
    for one in found.recoveries:
        where = f"{one.protocol}, {one.emotion or 'overall'}: {one.subscale}"
        own = lacks.setdefault(f"{one.respondent} ({one.instrument})", [])
        if one.share.value is None:
            own.append((where, Lack("share undone", "", one.share.why or UNKNOWN)))
    everywhere = {f"{one.protocol}, {one.emotion or 'overall'}: {one.subscale}" for one in found.recoveries}
    for who, own in lacks.items():
        yield from (lack._replace(who=who) for lack in placed(own, everywhere))


def _ways(found: InstrumentWays, names: dict[str, str]) -> Iterator[Lack]:
    who = f"{found.respondent} ({found.instrument})"
    lacks: list[tuple[str, Lack]] = []
    for one in found.subscales:
        where = f"{one.outcome} of {names.get(one.subscale, one.subscale).lower()}"
        if one.why:
            lacks.append((where, Lack("what the ways of asking do", who, one.why)))
        elif one.explained is not None and one.explained.why:
            lacks.append((where, Lack("where the variance lies", who, one.explained.why)))
        elif one.explained is not None and one.explained.repeat.share is None:
            why = one.explained.repeat.variance.why or UNKNOWN
            lacks.append((where, Lack("the share of repeats in the variance", who, why)))
    every = {f"{one.outcome} of {names.get(one.subscale, one.subscale).lower()}" for one in found.subscales}
    yield from placed(lacks, every)
