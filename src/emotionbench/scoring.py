"""From answers to subscale scores; a missing answer stays missing and is counted."""

from __future__ import annotations

from collections.abc import Iterable

from emotionbench.materials.instruments import Instrument, Subscale
from emotionbench.records import Answer, Score


def score(answers: Iterable[Answer], instrument: Instrument) -> tuple[Score, ...]:
    """Score every subscale of the instrument.

    A subscale with an answer missing, out of range, refused or unparseable scores null, unless the instrument's
    ``min_valid`` allows it: then the mean of the valid answers stands for the missing ones.
    """
    values = {answer.item: answer.value for answer in answers if answer.value is not None}
    return tuple(_score(key, subscale, values, instrument) for key, subscale in instrument.subscales.items())


def _score(key: str, subscale: Subscale, values: dict[int, int], instrument: Instrument) -> Score:
    reverse = instrument.response_scale.reverse
    keyed = [
        reverse(values[number]) if number in subscale.reverse else values[number]
        for number in subscale.items
        if number in values
    ]
    n_valid, n_items = len(keyed), len(subscale.items)
    if n_valid < (instrument.score.min_valid or n_items) or not keyed:
        return Score(key, None, n_valid, n_items)
    mean = sum(keyed) / n_valid
    value = mean if instrument.score.rule == "mean" else mean * n_items
    if n_valid == n_items and instrument.score.rule == "sum":
        value = float(sum(keyed))
    return Score(key, value * instrument.score.multiply, n_valid, n_items)
