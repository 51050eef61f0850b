"""Whether it matters where an option is listed: the same form with its options in both orders.

Listed from the highest, an option of value v stands where that of lowest + highest − v stood. A respondent that goes by
what options say chooses the same values in both orders, so that the places it chooses, 0 for the option listed first to
1 for the last, average 0.5 over both orders; one that goes by places is pulled from 0.5 to where it goes. The unit is
the administration: choices within one go together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.probe_frames import ALPHA, WHO, Array, ProbeFrames, asked_in_forms, level_mean, sheets
from emotionbench.materials.instruments import Instrument
from emotionbench.statistics.adjustment import holm
from emotionbench.statistics.contrasts import Contrast, difference
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.permutation import p_of_shares

ASCENDING, DESCENDING = "ascending", "descending"
MIDDLE = 0.5
Pull = Literal["first", "last", "other", "none", "unknown"]


@dataclass(frozen=True)
class ListedPlace:
    """Shares of all choices that fell on the option listed at ``place``, counted from 1, in both orders."""

    place: int
    ascending: float
    descending: float


@dataclass(frozen=True)
class PositionBias:
    """One respondent on one instrument with its options in both orders.

    Attributes
    ----------
    n_ascending, n_descending, n_incomplete
        Administrations compared, and those left out since not every item has a valid answer.
    places
        What was chosen, by place.
    mean_place
        Mean listed place of both orders, 0 (first) to 1 (last); 0.5 where places do not matter. Null, with the reason,
        where one order is missing.
    p_place, p_choices
        p (adjusted by Holm for there being two) that it is 0.5; and that the shares of the values chosen differ between
        the orders, by exchange of administrations.
    scores
        Subscale → score with descending options − score with ascending ones, in points; p adjusted by Holm.
    pull
        Where choices are drawn to: options listed first or last, ``other`` where choices differ in another way, none,
        or unknown.
    """

    respondent: str
    kind: str
    instrument: str
    design: str
    n_ascending: int
    n_descending: int
    n_incomplete: int
    places: tuple[ListedPlace, ...]
    mean_place: Estimate
    p_place: float | None
    p_choices: float | None
    scores: dict[str, Contrast]
    pull: Pull


def position_biases(frames: ProbeFrames) -> tuple[PositionBias, ...]:
    """The finding of every respondent × instrument that was asked with option orders varied."""
    asked = asked_in_forms(frames.administrations, frames.forms, "option_order")
    return tuple(
        _bias(dict(zip(WHO, map(str, key), strict=True)), group, frames)
        for key, group in asked.group_by(WHO, maintain_order=True)
    )


def _bias(names: dict[str, str], asked: pl.DataFrame, frames: ProbeFrames) -> PositionBias:
    instrument = frames.instruments[names["instrument"]]
    values, ids = sheets(frames.answers, asked, instrument.n_items)
    keys = asked.select(pl.col("administration").cast(pl.Float64), "level", "stratum")
    whole = pl.DataFrame({"administration": ids}).join(keys, on="administration", how="left", maintain_order="left")
    both = whole.select((pl.col("level").n_unique().over("stratum") > 1).alias("both"))["both"].to_numpy()
    compared, values = whole.filter(pl.Series(both)), values[both]
    turned = compared["level"].to_numpy() == DESCENDING
    apart = _content(compared, values, instrument)
    counts = _counts(values, instrument)
    p_choices = p_of_shares(counts, turned, compared["stratum"].to_numpy()) if compared.height else None
    p_place, p_choices = holm([apart.p, p_choices])
    return PositionBias(
        **names,
        n_ascending=int((~turned).sum()),
        n_descending=int(turned.sum()),
        n_incomplete=asked.height - whole.height,
        places=tuple(_places(counts, turned)),
        mean_place=_place(apart),
        p_place=p_place,
        p_choices=p_choices,
        scores=_scores(compared, frames, instrument, names),
        pull=_pull(apart, p_place, p_choices),
    )


def _content(compared: pl.DataFrame, values: Array, instrument: Instrument) -> Contrast:
    """Ascending − descending of the mean answer, as a share of the response scale."""
    scale = instrument.response_scale
    shares = (values.mean(axis=1) - scale.lowest) / (scale.highest - scale.lowest)
    found = compared.with_columns(value=pl.Series(shares, dtype=pl.Float64))
    sides = (level_mean(found.filter(pl.col("level") == order)) for order in (DESCENDING, ASCENDING))
    return difference(*sides)


def _place(apart: Contrast) -> Estimate:
    """The mean place: 0.5 and half of what the content seems to move with the order."""
    if apart.difference is None:
        return Estimate.none("not asked with options in both orders")
    low, high = (None if end is None else MIDDLE + end / 2 for end in (apart.low, apart.high))
    return Estimate(MIDDLE + apart.difference / 2, low, high, why=apart.note)


def _counts(values: Array, instrument: Instrument) -> Array:
    """How often every administration chose each value, from the lowest."""
    scale = instrument.response_scale
    return np.stack([(values == value).sum(axis=1) for value in range(scale.lowest, scale.highest + 1)], axis=1)


def _places(counts: Array, turned: NDArray[np.bool_]) -> Iterator[ListedPlace]:
    sums = [counts[~turned].sum(axis=0), counts[turned].sum(axis=0)[::-1]]
    if all(total.sum() for total in sums):
        up, down = (total / total.sum() for total in sums)
        for place, (first, second) in enumerate(zip(up.tolist(), down.tolist(), strict=True), 1):
            yield ListedPlace(place, first, second)


def _scores(
    compared: pl.DataFrame, frames: ProbeFrames, instrument: Instrument, names: dict[str, str]
) -> dict[str, Contrast]:
    keys = compared.with_columns(pl.col("administration").cast(frames.scores.schema["administration"]))
    scored = frames.scores.filter(pl.col("value").is_not_null()).join(keys, on="administration", how="inner")
    found = []
    for key in instrument.subscales:
        own = scored.filter(pl.col("subscale") == key)
        sides = (level_mean(own.filter(pl.col("level") == order)) for order in (ASCENDING, DESCENDING))
        found.append(difference(*sides))
    together = adjusted(found, f"option orders: {names['respondent']} on {names['instrument']}")
    return dict(zip(instrument.subscales, together, strict=True))


def _pull(apart: Contrast, p_place: float | None, p_choices: float | None) -> Pull:
    if apart.difference is None or (p_place is None and p_choices is None):
        return "unknown"
    if p_place is not None and p_place < ALPHA:
        return "first" if apart.difference < 0 else "last"
    return "other" if p_choices is not None and p_choices < ALPHA else "none"
