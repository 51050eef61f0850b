"""From answers to subscale scores; a missing answer stays missing and is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class ScoreColumns:
    """Scores of many sheets of answers: a row for each sheet, a column for each subscale in the instrument's order.

    ``values`` is 0 where ``scored`` is false: there the rule does not allow a score.
    """

    values: NDArray[np.float64]
    scored: NDArray[np.bool_]
    n_valid: NDArray[np.int64]


def score_columns(values: NDArray[Any], valid: NDArray[np.bool_], instrument: Instrument) -> ScoreColumns:
    """Score every subscale of many sheets at once, each as ``score`` does.

    ``values`` and ``valid`` have a row for each sheet and a column for each item in the order of item numbers; values
    that are not valid are not looked at.
    """
    columns = [_score_column(subscale, values, valid, instrument) for subscale in instrument.subscales.values()]
    found, scored, n_valid = (np.stack(column, axis=1) for column in zip(*columns, strict=True))
    return ScoreColumns(found, scored, n_valid)


def _score_column(
    subscale: Subscale, values: NDArray[Any], valid: NDArray[np.bool_], instrument: Instrument
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    columns = np.array(subscale.items) - 1
    given, chosen = valid[:, columns], values[:, columns].astype(np.int64)
    is_reversed = np.isin(subscale.items, subscale.reverse)
    keyed = np.where(is_reversed, instrument.response_scale.reverse(0) - chosen, chosen)
    total = np.where(given, keyed, 0).sum(axis=1)
    n_valid, n_items = np.asarray(given.sum(axis=1), np.int64), len(subscale.items)
    mean = total / np.maximum(n_valid, 1)
    found = mean if instrument.score.rule == "mean" else np.where(n_valid == n_items, total, mean * n_items)
    scored = n_valid >= (instrument.score.min_valid or n_items)
    return np.where(scored, found * instrument.score.multiply, 0.0), scored, n_valid
