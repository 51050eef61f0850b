"""Acquiescence: agreement with statements and with their opposites.

A keyed item and a reverse-keyed one of the same subscale say opposite things. Whoever answers what they say lies as far
above the middle of the response scale on one pole as below it on the other; whoever tends to agree lies above it on
both. The mean of both poles, each counted half, less the middle is what agreement adds to every answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.probe_frames import ALPHA, WHO, ProbeFrames
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.recitation import parts_of
from emotionbench.records import Condition
from emotionbench.statistics.contrasts import Contrast, change, plain_mean

NO_POLES = "no reverse-keyed items"
Leaning = Literal["agrees", "disagrees", "none", "unknown"]


@dataclass(frozen=True)
class Acquiescence:
    """One subscale that has both poles.

    ``keyed`` and ``reversed_`` are the means of raw answers to the items of each pole, less the middle of the response
    scale, in its points; ``both`` is their mean against none over ``n`` administrations, p adjusted by Holm over the
    subscales. ``leaning`` says with what that leaves the respondent.
    """

    respondent: str
    kind: str
    instrument: str
    design: str
    subscale: str | None
    n_keyed: int
    n_reversed: int
    n: int
    keyed: float | None
    reversed_: float | None
    both: Contrast
    leaning: Leaning
    why: str | None = None


def acquiescences(frames: ProbeFrames) -> tuple[Acquiescence, ...]:
    """Every subscale with both poles; an instrument that has none gets one finding that says so.

    Of baseline administrations; where there is none, of all.
    """
    asked = frames.administrations.filter(pl.col("condition").cast(pl.String) != Condition.PROBE.value)
    found: list[Acquiescence] = []
    for key, group in asked.group_by(WHO, maintain_order=True):
        baseline = group.filter(pl.col("condition").cast(pl.String) == Condition.BASELINE.value)
        found += _of_instrument(
            dict(zip(WHO, map(str, key), strict=True)), baseline if baseline.height else group, frames
        )
    return tuple(found)


def _of_instrument(names: dict[str, str], asked: pl.DataFrame, frames: ProbeFrames) -> list[Acquiescence]:
    instrument = frames.instruments[names["instrument"]]
    subscales = [key for key in parts_of(instrument) if _has_both_poles(instrument, key)]
    if not subscales:
        nothing = Contrast(None, "paired t", note=NO_POLES)
        return [Acquiescence(**names, subscale=None, n_keyed=0, n_reversed=0, n=0, keyed=None, reversed_=None,
                             both=nothing, leaning="unknown", why=NO_POLES)]  # fmt: skip
    own = frames.answers.join(asked.select("administration"), on="administration", how="semi")
    found = [_of_subscale(names, own.filter(pl.col("value").is_not_null()), instrument, key) for key in subscales]
    together = adjusted([one.both for one in found], f"acquiescence: {names['respondent']} on {names['instrument']}")
    return [replace(one, both=both, leaning=_leaning(both)) for one, both in zip(found, together, strict=True)]


def _has_both_poles(instrument: Instrument, key: str) -> bool:
    subscale = instrument.subscales[key]
    return 0 < len(subscale.reverse) < len(subscale.items)


def _of_subscale(names: dict[str, str], answers: pl.DataFrame, instrument: Instrument, key: str) -> Acquiescence:
    subscale, scale = instrument.subscales[key], instrument.response_scale
    own = answers.filter(pl.col("item").is_in(subscale.items))
    whole = own.filter(pl.len().over("administration") == len(subscale.items)).sort("administration", "item")
    values = whole["value"].to_numpy().astype(float).reshape(-1, len(subscale.items))
    values = values - (scale.lowest + scale.highest) / 2
    turned = np.isin(sorted(subscale.items), subscale.reverse)
    poles = [values[:, ~turned].mean(axis=1), values[:, turned].mean(axis=1)]
    mean = plain_mean((poles[0] + poles[1]) / 2)
    keyed, reversed_ = (float(pole.mean()) if pole.size else None for pole in poles)
    return Acquiescence(
        **names,
        subscale=key,
        n_keyed=int((~turned).sum()),
        n_reversed=int(turned.sum()),
        n=mean.n,
        keyed=keyed,
        reversed_=reversed_,
        both=change(mean),
        leaning="unknown",
        why=None if mean.n else "no administration answers all its items",
    )


def _leaning(both: Contrast) -> Leaning:
    if both.p_holm is None or both.difference is None:
        return "unknown"
    if both.p_holm >= ALPHA:
        return "none"
    return "agrees" if both.difference > 0 else "disagrees"
