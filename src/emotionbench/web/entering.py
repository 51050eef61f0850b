"""What a person entered on a page: taken, sent back with what is wrong, or refused because no page of ours sends it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from emotionbench.human.facts import n_words
from emotionbench.human.session import END, PLEASANT, SITUATION, PlannedSheet
from emotionbench.materials.pages import Pages
from emotionbench.survey import MOST_WRITTEN
from emotionbench.web.questions import Asking
from emotionbench.wording import sheet as lines_of

MOST_BYTES = 64 * 1024
MOST_FIELDS = 400
A_DAY_IN_MS = 86_400_000
FORM_TYPE = "application/x-www-form-urlencoded"
LEAVE_OUT = "leave_out"
AROUND = frozenset({"csrf", LEAVE_OUT, "times"})


class Refused(Exception):
    """A request that no page of ours makes."""


@dataclass(frozen=True)
class Entered:
    """What was entered on a page.

    ``values`` are the fields as they were sent, to be shown again; ``errors`` the messages by field, empty where the
    page can be taken as it is.
    """

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form, each once; Refused for anything else."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except (ValueError, UnicodeDecodeError):
        raise Refused("not a form") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("a field twice")
    if any("\x00" in text for pair in pairs for text in pair):
        raise Refused("no text")
    return found


def known_only(values: Mapping[str, str], names: set[str]) -> None:
    """Refuse a form that has fields that its page has not."""
    if set(values) - names - AROUND:
        raise Refused("unknown field")


def about(values: dict[str, str], asking: tuple[Asking, ...], pages: Pages) -> Entered:
    """Answers to the questions about the person; each may be left out."""
    known_only(values, {asked.name for asked in asking})
    content: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for asked in asking:
        text = values.get(asked.name, "").strip()
        if asked.kind == "choice":
            content[asked.name] = _chosen(text, {value for value, _ in asked.options})
        elif asked.kind == "number":
            content[asked.name] = _number(text)
            if text and not _lies_in(content[asked.name], asked):
                errors[asked.name] = pages.number_between.format(lowest=asked.lowest, highest=asked.highest)
        else:
            content[asked.name] = text or None
            if len(text) > asked.most:
                errors[asked.name] = pages.too_long.format(most=asked.most)
    return Entered(_short(values), errors, {"answers": content})


def sheet(values: dict[str, str], planned: PlannedSheet, pages: Pages) -> Entered:
    """Answers to the items of a sheet; lines left out are asked for once more, and then taken as missing."""
    order = planned.administration.order
    shown = lines_of(planned.instrument, order)
    items = {f"item-{number}": number for number in order}
    checks = {f"check-{place}": place for place in range(1, len(planned.checks) + 1)}
    known_only(values, {*items, *checks})
    offered = {line.number: {str(value) for value, _ in line.options} for line in shown.lines}
    for name, number in items.items():
        _chosen(values.get(name, ""), offered[number])
    for name, place in checks.items():
        _chosen(values.get(name, ""), offered[order[planned.checks[place - 1].behind - 1]])
    answers = {number: int(values[name]) for name, number in items.items() if values.get(name)}
    checked = {place: int(values[name]) for name, place in checks.items() if values.get(name)}
    left_out = [name for name in (*items, *checks) if not values.get(name)]
    errors = {} if values.get(LEAVE_OUT) else dict.fromkeys(left_out, pages.choose_one)
    content = {"answers": answers, "checks": checked, "times": _times(values.get("times", ""), {*items, *checks})}
    return Entered(_short(values), errors, content)


def situation(values: dict[str, str], seconds_left: int, *, asks: bool, again: bool, pages: Pages) -> Entered:
    """The person's own account; an empty one is asked for once. Not taken before the reading time is over."""
    known_only(values, {"reflection"} if asks else set())
    text = values.get("reflection", "").replace("\r\n", "\n").strip()
    errors = {}
    if seconds_left > 0:
        errors["situation"] = pages.read_longer.format(seconds=seconds_left)
    elif len(text) > MOST_WRITTEN:
        errors["reflection"] = pages.too_long.format(most=MOST_WRITTEN)
    elif asks and not text and not again:
        errors["reflection"] = pages.write_something
    if not asks:
        return Entered({}, errors)
    # the number of words outlives the words, which are deleted when the retention ends
    return Entered({"reflection": text[: 2 * MOST_WRITTEN]}, errors, {"reflection": text, "n_words": n_words(text)})


def ending(values: dict[str, str], page: str, *, offers_pleasant: bool) -> Entered:
    """The choice at the end: to finish, or to read something pleasant first."""
    if page == PLEASANT:
        known_only(values, set())
        return Entered({})
    known_only(values, {"choice"})
    choice = values.get("choice") or "finish"
    _chosen(choice, {"finish", PLEASANT} if offers_pleasant else {"finish"})
    return Entered({}, {}, {"choice": choice})


def seconds_to_read(least: int, first_shown: float, now: float) -> int:
    """Whole seconds of reading that are still to pass."""
    # a clock that was set back must not make anybody wait for longer than the study says
    return min(least, max(0, math.ceil(least - (now - first_shown))))


def is_sheet(page: str) -> bool:
    """Whether a page is an instrument."""
    return page not in {SITUATION, END, PLEASANT} and "-" in page


def _chosen(text: str, allowed: set[str]) -> str | None:
    if text and text not in allowed:
        raise Refused("no such answer")
    return text or None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def _lies_in(number: int | None, asked: Asking) -> bool:
    return number is not None and asked.lowest <= number <= asked.highest


def _short(values: dict[str, str]) -> dict[str, str]:
    """What is kept to be shown again; never more than a person can have meant."""
    return {name: text[: 2 * MOST_WRITTEN] for name, text in values.items() if name not in {"csrf", LEAVE_OUT}}


def _times(text: str, names: set[str]) -> dict[str, int]:
    """Milliseconds from the display of the page to the last choice of each line, as the script measured them."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("times") from None
    if not isinstance(found, dict) or not all(
        name in names and type(time) is int and 0 <= time <= A_DAY_IN_MS for name, time in found.items()
    ):
        raise Refused("times")
    return found
