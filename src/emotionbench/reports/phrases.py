"""How figures and names are written wherever a report is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from emotionbench.reports.change_table import KIND_NOTES

MINUS = "−"
OPEN = "open"
SMALLEST_P = 0.001
REASONS = {
    "no_reply": "no reply",
    "rate_limited": "rate limited",
    "out_of_range": "out of range",
}

EFFECTS = {"hedges_g": "Hedges’ g", "d_z": "d_z", "d_av": "d_av"}


class HasBounds(Protocol):
    """A figure with an interval: an Estimate, an EffectSize."""

    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def why(self) -> str | None: ...  # noqa: D102


def number(value: float, digits: int = 1) -> str:
    """A figure with a true minus; no sign on what rounds to zero."""
    rounded = round(value, digits) or 0.0
    return f"{rounded:.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign; none on what rounds to zero."""
    rounded = round(value, digits) or 0.0
    return f"{rounded:+.{digits}f}".replace("-", MINUS) if rounded else f"{0:.{digits}f}"


def bracketed(low: float | None, high: float | None, digits: int = 1) -> str:
    """``[−1.2, 3.4]``; an open end is ``open``; nothing where both are."""
    if low is None and high is None:
        return ""
    ends = (OPEN if end is None else number(end, digits) for end in (low, high))
    return f"[{', '.join(ends)}]"


def to(low: float | None, high: float | None, digits: int = 2) -> str:
    """``0.12 to 0.80``, for sentences; an open end says so."""
    start, end = (OPEN if limit is None else number(limit, digits) for limit in (low, high))
    return f"{start} to {end}"


def p_value(p: float | None) -> str:
    """``.012``, ``< .001``, ``> .999``; a dash where there is no test."""
    if p is None:
        return "–"
    if p < SMALLEST_P:
        return "< .001"
    if p > 1 - SMALLEST_P:
        return "> .999"
    return f"{p:.3f}".removeprefix("0")


def count(value: int) -> str:
    """``12,600``."""
    return f"{value:,}"


def plural(n: int, one: str, many: str | None = None) -> str:
    """``1 respondent``, ``2 respondents``."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


def not_estimable(why: str | None) -> str:
    """What stands where a figure cannot be had."""
    return f"not estimable: {why}" if why else "not estimable"


def estimated(found: HasBounds, digits: int = 2, *, sign: bool = False) -> tuple[str, str]:
    """A figure and its interval as two texts; what cannot be had says why in the second."""
    if found.value is None:
        return "–", not_estimable(getattr(found, "why", None))
    shown = signed(found.value, digits) if sign else number(found.value, digits)
    return shown, bracketed(found.low, found.high, digits) or getattr(found, "why", None) or ""


def open_ends(named: Iterable[tuple[str, HasBounds]]) -> tuple[str, ...]:
    """A note for each reason that an interval has one open end, with whose intervals these are."""
    whose: dict[str, list[str]] = {}
    for name, found in named:
        if found.value is not None and (found.low is None) != (found.high is None):
            why = (found.why or "no end could be found").removeprefix("the interval is open: ")
            whose.setdefault(why, []).append(name)
    return tuple(f"An end is open ({listed(dict.fromkeys(names))}): {why}." for why, names in whose.items())


def excluded(reasons: Mapping[str, int]) -> str:
    """``3 refused, 1 unparseable``; empty where nothing was left out."""
    return ", ".join(f"{count(n)} {reason_word(reason)}" for reason, n in sorted(reasons.items()) if n)


def reason_word(reason: str) -> str:
    """A stored reason as people read it."""
    return REASONS.get(reason, reason.replace("_", " "))


def kind_word(kind: str) -> str:
    """``synthetic``, ``people``, ``language model``."""
    return KIND_NOTES.get(kind, kind)


def p_equals(p: float | None) -> str:
    """``= .012``, ``< .001``, for sentences."""
    shown = p_value(p)
    return shown if shown[0] in "<>" else f"= {shown}"


def share(value: float | None, digits: int = 0) -> str:
    """``12 %`` of a share between 0 and 1; a dash for none."""
    return "–" if value is None else f"{number(100 * value, digits)} %"
