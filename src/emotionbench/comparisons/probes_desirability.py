"""Social desirability: do scores move to the end that people would rather be seen at as more items are shown at once?

A respondent that sees one item answers a question; one that sees a whole questionnaire can tell that it is assessed.
The trend is the slope of the mean scores on log₂ of the number of items shown at once, every number counted alike, and
its error allows each its own variance (Satterthwaite).

Source: Salecha, A., et al. (2024). Large language models show human-like social desirability biases in survey
responses. https://arxiv.org/abs/2405.06058
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.probe_frames import ALPHA, WHO, ProbeFrames, asked_in_forms, level_mean
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.probe_facts import ProbeFacts
from emotionbench.statistics.contrasts import Contrast, Mean, difference, t_contrast

TREND = "t of the trend"
NO_DIRECTION = "nobody has said which end is desirable"
Shift = Literal["desirable", "undesirable", "none", "unknown"]


@dataclass(frozen=True)
class ShownAtOnce:
    """The mean score over ``n`` administrations in which ``n_shown`` items stood in a message (on average)."""

    n_shown: float
    n: int
    mean: float | None


@dataclass(frozen=True)
class Desirability:
    """One subscale, put with different numbers of items at once.

    ``direction`` is 1 where high scores are desirable, −1 where low ones are. ``trend`` is in points towards the
    desirable end for every doubling of the number of items shown at once, ``ends`` those with the most at once less
    those with the fewest; each adjusted by Holm over the subscales. ``shift`` is judged by the trend.
    """

    respondent: str
    kind: str
    instrument: str
    design: str
    subscale: str
    direction: int
    levels: tuple[ShownAtOnce, ...]
    trend: Contrast
    ends: Contrast
    shift: Shift
    why: str | None = None


def desirabilities(frames: ProbeFrames, facts: ProbeFacts) -> tuple[Desirability, ...]:
    """Every subscale of what was asked with several numbers of items per message."""
    asked = asked_in_forms(frames.administrations, frames.forms, "items_per_message")
    found: list[Desirability] = []
    for key, group in asked.group_by(WHO, maintain_order=True):
        names = dict(zip(WHO, map(str, key), strict=True))
        instrument = frames.instruments[names["instrument"]]
        shown = {
            label: instrument.n_items / form.n_messages(instrument.n_items) for label, form in frames.forms.items()
        }
        sized = group.with_columns(n_shown=pl.col("form").replace_strict(shown, return_dtype=pl.Float64))
        # what was put in one size only says nothing of sizes
        sizes = int(sized["n_shown"].n_unique())
        complete = sized.filter(pl.col("n_shown").n_unique().over("stratum") == sizes)
        if sizes > 1:
            found += _of_instrument(names, complete, frames, facts)
    return tuple(found)


def _of_instrument(
    names: dict[str, str], asked: pl.DataFrame, frames: ProbeFrames, facts: ProbeFacts
) -> list[Desirability]:
    instrument = frames.instruments[names["instrument"]]
    scored = frames.scores.filter(pl.col("value").is_not_null()).join(
        asked.select("administration", "n_shown", "stratum"), on="administration", how="inner"
    )
    found = [
        _of_subscale(names, scored.filter(pl.col("subscale") == key), instrument, key, facts)
        for key in instrument.subscales
    ]
    family = f"items at once: {names['respondent']} on {names['instrument']}"
    trends = adjusted([one.trend for one in found], family)
    ends = adjusted([one.ends for one in found], f"{family}, most against fewest")
    return [
        replace(one, trend=trend, ends=end, shift=_shift(trend))
        for one, trend, end in zip(found, trends, ends, strict=True)
    ]


def _of_subscale(
    names: dict[str, str], scored: pl.DataFrame, instrument: Instrument, key: str, facts: ProbeFacts
) -> Desirability:
    direction = facts.direction(instrument.base, key)
    sizes = scored["n_shown"].unique().sort().to_list()
    means = [level_mean(scored.filter(pl.col("n_shown") == size)) for size in sizes]
    towards = [_signed(mean, direction or 1) for mean in means]
    why = None if direction else NO_DIRECTION
    if len(sizes) < 2:
        why = "no scores with different numbers of items at once"
    nothing = Contrast(None, TREND, note=why)
    return Desirability(
        **names,
        subscale=key,
        direction=direction,
        levels=tuple(ShownAtOnce(size, mean.n, mean.value) for size, mean in zip(sizes, means, strict=True)),
        trend=nothing if why else trend_of([math.log2(size) for size in sizes], towards),
        ends=nothing if why else difference(towards[0], towards[-1]),
        shift="unknown",
        why=why,
    )


def trend_of(places: Sequence[float], means: Sequence[Mean]) -> Contrast:
    """The slope of independent means on their places, every place counted alike."""
    x = np.asarray(places, dtype=float) - float(np.mean(places))
    weights = x / float(x @ x)
    values = np.array([math.nan if mean.value is None else mean.value for mean in means])
    slope, n = float(weights @ values), sum(mean.n for mean in means)
    why = next((mean.why for mean in means if mean.standard_error is None), None)
    if why is not None or not math.isfinite(slope):
        return Contrast(slope if math.isfinite(slope) else None, TREND, note=why or "no scores", n=n)
    parts = [(weight * (mean.standard_error or 0.0)) ** 2 for weight, mean in zip(weights, means, strict=True)]
    used = sum(part**2 / mean.df for part, mean in zip(parts, means, strict=True) if mean.df)
    if not used:
        return Contrast(slope, TREND, note="the scores do not vary", n=n)
    return replace(t_contrast(TREND, slope, math.sqrt(sum(parts)), sum(parts) ** 2 / used), n=n)


def _signed(mean: Mean, direction: int) -> Mean:
    return replace(mean, value=None if mean.value is None else direction * mean.value)


def _shift(trend: Contrast) -> Shift:
    if trend.p_holm is None or trend.difference is None:
        return "unknown"
    if trend.p_holm >= ALPHA:
        return "none"
    return "desirable" if trend.difference > 0 else "undesirable"
