"""What the probes of contamination ask for from memory, and what is true: items, keys, situations, target scores."""

from __future__ import annotations

import math

from emotionbench.errors import StudyError
from emotionbench.materials.instruments import Instrument

MOST_SHOWN = 5
SHARE_SHOWN = 3
REVERSED = "reversed"
LOW, HIGH = "low", "high"
TARGETS = (LOW, HIGH)
"""The targets that fit every instrument: subscales a quarter up their range and three quarters, by turns."""
ROUNDING = 1e-9

Label = tuple[str, bool]
"""What a key says of an item: its subscale, and whether it is reverse-keyed there."""


def n_shown(instrument: Instrument) -> int:
    """How many items a respondent is shown before it continues: a third of them, at least 1 and at most 5."""
    return max(1, min(MOST_SHOWN, instrument.n_items // SHARE_SHOWN))


def hidden_items(instrument: Instrument) -> tuple[str, ...]:
    """The texts of the items to be recited, in the instrument's own order."""
    return tuple(item.text for item in instrument.items[n_shown(instrument) :])


def beginning(text: str) -> str:
    """The first half of a situation, by words."""
    words = text.split()
    return " ".join(words[: len(words) // 2])


def ending(text: str) -> str:
    """The other half, which is to be recited."""
    words = text.split()
    return " ".join(words[len(words) // 2 :])


def parts_of(instrument: Instrument) -> tuple[str, ...]:
    """The subscales that share no item: without an overall one where there are others."""
    counted = {number for subscale in instrument.subscales.values() for number in subscale.items}
    parts = tuple(key for key, subscale in instrument.subscales.items() if set(subscale.items) != counted)
    return parts or tuple(instrument.subscales)[:1]


def key_of(instrument: Instrument) -> dict[int, Label]:
    """The key: item number → subscale and direction; fillers have none."""
    return {
        number: (key, number in instrument.subscales[key].reverse)
        for key in parts_of(instrument)
        for number in instrument.subscales[key].items
    }


def targets_of(instrument: Instrument, target: str) -> dict[str, float]:
    """Subscale → the score to be made; each can be made by whole answers.

    ``low`` asks a quarter up the range of the first subscale, three quarters up that of the second and so by turns, so
    that one answer to all items will not do; ``high`` the other way round. ``NAME=SCORE; NAME=SCORE`` names scores.
    A StudyError says what no answers can make.
    """
    if target not in TARGETS:
        return dict(_named(instrument, one) for one in target.split(";"))
    first = target == LOW
    return {
        key: score_of_sum(instrument, key, _sum_at(instrument, key, 0.25 if (place % 2 == 0) == first else 0.75))
        for place, key in enumerate(parts_of(instrument))
    }


def score_of_sum(instrument: Instrument, key: str, total: int) -> float:
    """The score of a subscale whose keyed answers sum to ``total``."""
    share = len(instrument.subscales[key].items) if instrument.score.rule == "mean" else 1
    return total * instrument.score.multiply / share


def sum_of_score(instrument: Instrument, key: str, value: float) -> int | None:
    """The sum of keyed answers that makes a score; None where none does."""
    share = len(instrument.subscales[key].items) if instrument.score.rule == "mean" else 1
    total = value * share / instrument.score.multiply
    lowest, highest = sum_range(instrument, key)
    is_whole = math.isclose(total, round(total), abs_tol=ROUNDING)
    return round(total) if is_whole and lowest <= round(total) <= highest else None


def sum_range(instrument: Instrument, key: str) -> tuple[int, int]:
    """The least and the largest sum of keyed answers of a subscale."""
    n, scale = len(instrument.subscales[key].items), instrument.response_scale
    return n * scale.lowest, n * scale.highest


def _sum_at(instrument: Instrument, key: str, share: float) -> int:
    lowest, highest = sum_range(instrument, key)
    return lowest + round(share * (highest - lowest))


def _named(instrument: Instrument, one: str) -> tuple[str, float]:
    name, equals, value = (part.strip() for part in one.partition("="))
    where = f"target {one.strip()!r}"
    if not equals or name not in instrument.subscales:
        fix = f"write low, high, or NAME=SCORE with one of: {', '.join(instrument.subscales)}"
        raise StudyError(f"{instrument.id} has no such subscale", where=where, fix=fix)
    try:
        score = float(value)
    except ValueError:
        raise StudyError(f"{value!r} is no number", where=where, fix="write NAME=SCORE") from None
    if not math.isfinite(score) or sum_of_score(instrument, name, score) is None:
        lowest, highest = (score_of_sum(instrument, name, total) for total in sum_range(instrument, name))
        fix = f"scores of {name} go from {lowest:g} to {highest:g}, in steps that whole answers make"
        raise StudyError(f"no answers to {instrument.id} make this score", where=where, fix=fix)
    return name, score
