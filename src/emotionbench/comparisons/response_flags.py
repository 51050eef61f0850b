"""What a reader must know of the answers before believing a comparison, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from emotionbench.records import AnswerStatus, Condition

if TYPE_CHECKING:
    from emotionbench.comparisons.response_style import ResponseStyle, ScoreEnds

NEAR_END = 0.05
"""A mean within this part of the range from its end has nowhere to go: of 10 to 50, two points are left."""
AT_END = 0.80
"""Where so many scores are at the end, four in five could not move farther whatever happened."""
STRAIGHT_LINING = 0.20
"""Twice the share of careless sheets that surveys of people usually find (10–12 %; Meade & Craig, 2012), and more than
chance: what uniform answers give is added to it."""
MIDPOINT = 0.60
"""Most answers say neither yes nor no; answers by chance would put a fifth there on a scale of five."""
NO_VARIATION = 0.50
"""From here on, repeats are copies more often than not."""
ORDER_P = 0.001
"""Stricter than .05, since every respondent, instrument and condition is looked at."""
ORDER_SHARE = 0.05
"""A twentieth of the response scale from first to last position; less is of no account even where it is certain."""
ACQUIESCENCE_SHARE = 0.10
"""A tenth of the response scale; the interval has to exclude none as well."""
LOST = 0.05
"""Above 5 % missing, those who answer may be others than those who do not (Schafer, 1999)."""

FEW = 2
WHEN = {
    Condition.BASELINE.value: "before",
    Condition.EVOKED.value: "after",
    Condition.CONTROL.value: "after neutral or positive situations",
    Condition.RECOVERED.value: "after calming",
}
LOST_WORDS = {
    AnswerStatus.REFUSED.value: ("refused", "were refused"),
    AnswerStatus.UNPARSEABLE.value: ("unparseable", "could not be read"),
    AnswerStatus.MISSING.value: ("missing", "are missing"),
    AnswerStatus.OUT_OF_RANGE.value: ("out of range", "lie outside the response scale"),
}
End = Literal["floor", "ceiling"]


@dataclass(frozen=True)
class Flag:
    """A warning: ``code`` for programs, ``short`` for a table's cell, ``text`` a sentence without its full stop.

    ``extent`` orders flags of one code: a share, or the size of an effect in raw points.
    """

    code: str
    short: str
    text: str
    extent: float


def together(styles: Iterable[ResponseStyle]) -> tuple[Flag, ...]:
    """One flag of each code over several conditions: the one of largest extent, in order of first appearance."""
    largest: dict[str, Flag] = {}
    for style in styles:
        for flag in style.flags:
            if flag.code not in largest or flag.extent > largest[flag.code].extent:
                largest[flag.code] = flag
    return tuple(largest.values())


def flags_of(style: ResponseStyle, before: ResponseStyle | None) -> tuple[Flag, ...]:
    """The flags of one condition; ``before`` is the baseline of the same respondent and instrument."""
    when = WHEN.get(style.condition, style.condition)
    found = [*_lost(style, when), *_no_reply(style, when)]
    if style.condition in (Condition.BASELINE, Condition.EVOKED):
        found += [*_at_end(style, before, "floor"), *_at_end(style, before, "ceiling")]
    return (*found, *_one_value(style, when), *_unvarying(style, when), *_order(style, when), *_agreeing(style, when))


def _lost(style: ResponseStyle, when: str) -> Iterator[Flag]:
    for status, (short, words) in LOST_WORDS.items():
        rate = style.rates[status]
        if rate.value is not None and rate.value >= LOST:
            text = f"{_percent(rate.value)} of the answers {when} {words} ({rate.count:,} of {rate.n:,})"
            yield Flag(status, f"{short} {_percent(rate.value)}", text, rate.value)


def _no_reply(style: ResponseStyle, when: str) -> Iterator[Flag]:
    """Administrations whose every attempt failed; what was replied to is counted among the answers."""
    failed = {outcome: share for outcome, share in style.unanswered.items() if outcome not in LOST_WORDS}
    rate = sum(share.count for share in failed.values()) / style.n_administrations
    if rate >= LOST:
        reasons = _listed(f"{outcome.replace('_', ' ')} {share.count:,}" for outcome, share in failed.items())
        text = f"{_percent(rate)} of the administrations {when} got no reply ({reasons})"
        yield Flag("no_reply", f"no reply {_percent(rate)}", text, rate)


def _at_end(style: ResponseStyle, before: ResponseStyle | None, end: End) -> Iterator[Flag]:
    is_after = style.condition != Condition.BASELINE
    known = {ends.subscale for ends in before.ends if _is_at(ends, end)} if before and is_after else set()
    at_end = [ends for ends in style.ends if _is_at(ends, end) and ends.subscale not in known]
    if not at_end:
        return
    many = len(at_end) > 1
    keys = [ends.subscale.replace("_", " ") for ends in at_end]
    who = _listed(keys) if len(keys) <= FEW else f"{len(keys)} of {len(style.ends)} subscales"
    names = _listed(ends.name[0].lower() + ends.name[1:] for ends in at_end)
    if is_after:
        consequence = f"a larger {'fall' if end == 'floor' else 'rise'} could not be seen"
    else:
        consequence = f"{'they' if many else 'it'} cannot go {'down' if end == 'floor' else 'up'}"
    yield Flag(
        f"{end}_after" if is_after else end,
        f"{who} at {end}{' after' if is_after else ''}",
        f"{names} {'are' if many else 'is'} at the {end} of the scale {'after' if is_after else 'before'}"
        f" ({_means(at_end)}): {consequence}",
        len(at_end) / len(style.ends),
    )


def _is_at(ends: ScoreEnds, end: End) -> bool:
    if ends.mean is None:
        return False
    limit, share = (ends.lowest, ends.at_lowest) if end == "floor" else (ends.highest, ends.at_highest)
    is_near = abs(ends.mean - limit) <= NEAR_END * (ends.highest - ends.lowest)
    return is_near or (share.value is not None and share.value >= AT_END)


def _means(at_end: list[ScoreEnds]) -> str:
    """``10.0 of 10–50``, or ``1.0 and 1.2 of 1–5`` where subscales share a range."""
    ranges = {(ends.lowest, ends.highest) for ends in at_end}
    if len(ranges) == 1:
        ((lowest, highest),) = ranges
        return f"{_listed(_number(ends.mean) for ends in at_end)} of {lowest:g}–{highest:g}"
    return ", ".join(f"{_number(ends.mean)} of {ends.lowest:g}–{ends.highest:g}" for ends in at_end)


def _one_value(style: ResponseStyle, when: str) -> Iterator[Flag]:
    lining, midpoint = style.straight_lining, style.midpoint
    if lining.value is not None and lining.value >= STRAIGHT_LINING + _chance(style):
        share = _percent(lining.value)
        text = f"{share} of the answer sheets {when} are one value throughout ({lining.count:,} of {lining.n:,})"
        yield Flag("straight_lining", f"straight-lining {share}", text, lining.value)
    if midpoint.value is not None and midpoint.value >= MIDPOINT:
        share = _percent(midpoint.value)
        text = f"{share} of the answers {when} are the midpoint of the response scale"
        yield Flag("midpoint", f"midpoint {share}", text, midpoint.value)


def _chance(style: ResponseStyle) -> float:
    """The share of sheets that would be one value throughout if answers were drawn at random."""
    return float(style.n_values ** -(max(2.0, style.n_valid / max(style.straight_lining.n, 1)) - 1))


def _unvarying(style: ResponseStyle, when: str) -> Iterator[Flag]:
    same = style.no_variation
    if same.value is None or same.value < NO_VARIATION:
        return
    where = "" if same.count == same.n else f" in {_percent(same.value)} of the situations put more than once"
    text = f"answers {when} do not vary over repeats{where}: p-values over repeats mean nothing"
    yield Flag("no_variation", "no variation over repeats", text, same.value)


def _order(style: ResponseStyle, when: str) -> Iterator[Flag]:
    points, p = style.position.points.value, style.position.p
    if points is None or p is None or p >= ORDER_P or abs(points) < ORDER_SHARE * (style.n_values - 1):
        return
    text = f"positions predict answers {when}: {_signed(points)} points from first to last (p < .001)"
    yield Flag("order", f"order effect {_signed(points)}", text, abs(points))


def _agreeing(style: ResponseStyle, when: str) -> Iterator[Flag]:
    found = style.acquiescence
    if found.value is None or not found.excludes(0) or abs(found.value) < ACQUIESCENCE_SHARE * (style.n_values - 1):
        return
    verb, side = ("agrees", "above") if found.value > 0 else ("disagrees", "below")
    text = (
        f"{verb} with statements and with their opposites alike {when}:"
        f" {_number(abs(found.value))} points {side} the middle of the response scale"
    )
    yield Flag("acquiescence", f"acquiescence {_signed(found.value)}", text, abs(found.value))


def _percent(share: float) -> str:
    """``12 %``; what is not all is never shown as 100 %."""
    return f"{min(round(100 * share), 99) if share < 1 else 100} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{round(value, 1) or 0.0:.1f}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
