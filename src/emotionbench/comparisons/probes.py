"""All probes of one store: option position, acquiescence, social desirability, contamination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from emotionbench.comparisons.probe_frames import ProbeFrames
from emotionbench.comparisons.probes_agreement import Acquiescence, acquiescences
from emotionbench.comparisons.probes_desirability import Desirability, desirabilities
from emotionbench.comparisons.probes_position import PositionBias, position_biases
from emotionbench.comparisons.probes_recitation import Contamination, Recitation, recitations
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.probe_facts import ProbeFacts


@dataclass(frozen=True)
class Probes:
    """What the probes show; each is empty where nothing was asked that tells of it."""

    positions: tuple[PositionBias, ...] = ()
    acquiescences: tuple[Acquiescence, ...] = ()
    desirabilities: tuple[Desirability, ...] = ()
    recitations: tuple[Recitation, ...] = ()
    contaminations: tuple[Contamination, ...] = ()


def probes(frames: ProbeFrames, editions: Mapping[str, Instrument], replies: pl.DataFrame, facts: ProbeFacts) -> Probes:
    """Everything that a store tells of biases and contamination; see the modules of the single probes.

    ``replies`` are those of the probes of contamination: administration (as in the frames), reply, situation_text.
    """
    labels = frames.administrations.select(
        "administration", pl.col("respondent", "kind", "edition", "form", "situation", "situation_set").cast(pl.String)
    )
    told = replies.join(labels, on="administration", how="inner", maintain_order="left")
    scored = frames.scores.join(told.select("administration"), on="administration", how="semi")
    recited, compared = recitations(told, scored, editions, frames.forms, facts)
    return Probes(position_biases(frames), acquiescences(frames), desirabilities(frames, facts), recited, compared)
