"""From answers to subscale scores; a missing answer stays missing and is counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


@dataclass(frozen=True)
class ExpectedScoreColumns(ScoreColumns):
    """Scores of many sheets of distributions: ``values`` are the means that drawn answers would have.

    ``variances`` are those of scores of drawn answers, the answers to different items being drawn independently of
    each other; 0 where ``scored`` is false.
    """

    variances: NDArray[np.float64]


def score_columns(values: NDArray[Any], valid: NDArray[np.bool_], instrument: Instrument) -> ScoreColumns:
    """Score every subscale of many sheets at once, each as ``score`` does.

    ``values`` and ``valid`` have a row for each sheet and a column for each item in the order of item numbers; values
    that are not valid are not looked at.
    """
    columns = [_score_column(subscale, values, valid, instrument) for subscale in instrument.subscales.values()]
    found, scored, n_valid = (np.stack(column, axis=1) for column in zip(*columns, strict=True))
    return ScoreColumns(found, scored, n_valid)


def expected_score(
    moments: Mapping[int, tuple[float, float]], instrument: Instrument
) -> tuple[tuple[Score, float | None], ...]:
    """Score every subscale of one sheet of distributions: the expected score, and its variance (None where no score).

    ``moments`` are the mean and the variance of the answer to each item that has a distribution; see
    ``expected_score_columns``.
    """
    table = np.zeros((2, 1, instrument.n_items))
    valid = np.zeros((1, instrument.n_items), np.bool_)
    for item, of_item in moments.items():
        table[:, 0, item - 1], valid[0, item - 1] = of_item, True
    found = expected_score_columns(table[0], table[1], valid, instrument)
    scores = []
    for place, (key, subscale) in enumerate(instrument.subscales.items()):
        n_valid, scored = int(found.n_valid[0, place]), bool(found.scored[0, place])
        value, variance = float(found.values[0, place]), float(found.variances[0, place])
        one = Score(key, value if scored else None, n_valid, len(subscale.items))
        scores.append((one, variance if scored else None))
    return tuple(scores)


def expected_score_columns(
    expected: NDArray[np.float64], variances: NDArray[np.float64], valid: NDArray[np.bool_], instrument: Instrument
) -> ExpectedScoreColumns:
    """Score every subscale of many sheets of distributions: the mean and the variance of the score ``score`` gives.

    ``expected`` and ``variances`` of every item's answer are of shape (sheets, items), as is ``valid``, which says
    whether the item has a distribution; else they are not looked at. A score is a weighted sum of answers: its mean is
    that of their means, and its variance the sum of theirs, each times its weight squared.
    """
    columns = [
        _expected_column(subscale, expected, variances, valid, instrument) for subscale in instrument.subscales.values()
    ]
    found, scored, n_valid, spread = (np.stack(column, axis=1) for column in zip(*columns, strict=True))
    return ExpectedScoreColumns(found, scored, n_valid, spread)


def _expected_column(
    subscale: Subscale,
    expected: NDArray[np.float64],
    variances: NDArray[np.float64],
    valid: NDArray[np.bool_],
    instrument: Instrument,
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.float64]]:
    columns = np.array(subscale.items) - 1
    given = valid[:, columns]
    is_reversed = np.isin(subscale.items, subscale.reverse)
    keyed = np.where(is_reversed, instrument.response_scale.reverse(0) - expected[:, columns], expected[:, columns])
    n_valid, n_items = np.asarray(given.sum(axis=1), np.int64), len(subscale.items)
    # of each valid answer; with all of them the sum of ten 3s is 30 and no 29.999…
    whole = 1.0 if instrument.score.rule == "mean" else float(n_items)
    weight = np.where(n_valid == n_items, whole / n_items, whole / np.maximum(n_valid, 1)) * instrument.score.multiply
    scored = n_valid >= (instrument.score.min_valid or n_items)
    # in one layout, so that a sheet's last digit does not hang on how many others are scored with it
    sums, spreads = (
        np.ascontiguousarray(np.where(given, figures, 0.0)).sum(axis=1) for figures in (keyed, variances[:, columns])
    )
    found, spread = sums * weight, spreads * weight**2
    return np.where(scored, found, 0.0), scored, n_valid, np.where(scored, spread, 0.0)


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
