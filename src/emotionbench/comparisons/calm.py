"""Whether a respondent is moved by what should move it, comes back from it, and stays calm where it is told to.

Three findings of each part: the manipulation check (situations against the counterparts of the same scenes), recovery
(what a calming message undoes of the change), and steadiness (the change under a persona against that under none).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from emotionbench.comparisons.differences import contrast_between
from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import EVOKING, Part, SituationMeans, parts_to_compare
from emotionbench.materials.forms import NOBODY, Form
from emotionbench.statistics.contrasts import Contrast, matched
from emotionbench.statistics.contrasts import change as against_none
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.ratios import ratio


@dataclass(frozen=True)
class Manipulation:
    """Evoking situations against their ``counterparts`` (neutral or positive), scene by scene.

    ``contrast`` is the change after the situation less that after its counterpart; ``n_scenes`` have both.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    subscale: str
    counterparts: str
    n_scenes: int
    evoked_change: float | None
    control_change: float | None
    contrast: Contrast


@dataclass(frozen=True)
class Recovery:
    """What calming undoes: ``evoked`` and ``left`` are the changes from the baseline after imagining and after calming.

    ``undone`` is the contrast evoked − left within conversations (negative where calming adds to the change), and
    ``share`` = 1 − left / evoked: 1 is all of it, 0 none. ``n`` counts conversations, ``n_situations`` their
    situations.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    subscale: str
    emotion: str | None
    n: int
    n_situations: int
    evoked: float | None
    left: float | None
    undone: Contrast
    share: Estimate


@dataclass(frozen=True)
class Steadiness:
    """The change under a persona (``protocol``) less that under none (``against``), situation by situation."""

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    against: str
    persona: str
    subscale: str
    n_situations: int
    change: float | None
    change_without: float | None
    contrast: Contrast


@dataclass(frozen=True)
class Calm:
    """All three of one respondent."""

    manipulations: tuple[Manipulation, ...]
    recoveries: tuple[Recovery, ...]
    steadiness: tuple[Steadiness, ...]


def calms(
    scores: pl.DataFrame, subscale_names: dict[str, dict[str, str]], forms: Mapping[str, Form]
) -> tuple[Calm, ...]:
    """The three findings of one respondent; none where nothing was asked that tells of them.

    ``scores`` and ``subscale_names`` as for ``change.change_blocks``; ``forms`` by the label that stands as protocol.
    """
    parts = list(parts_to_compare(scores, subscale_names))
    found = Calm(
        tuple(found for part in parts for found in _manipulations(part)),
        tuple(found for part in parts for found in _recoveries(part)),
        tuple(found for first, second in _told_apart(parts, forms) for found in _steadiness(first, second, forms)),
    )
    return (found,) if found.manipulations or found.recoveries or found.steadiness else ()


def _manipulations(part: Part) -> list[Manipulation]:
    found = [
        _manipulation(part, part.counterparts(kind), kind, key)
        for kind in part.controls["situation_kind"].unique().sort().to_list()
        for key in part.subscales
    ]
    return _with_adjusted(found, f"situations against counterparts: {part.names}")


def _manipulation(part: Part, controls: Part, kind: str, key: str) -> Manipulation:
    own, others = part.means(key), controls.means(key)
    shared = own.minus(others, ()) if own.values.size and others.values.size else None
    scenes = shared.situations.tolist() if shared else []
    # the baseline is the same on both sides, and cancels
    contrast = (
        matched(shared.over(), *(_chosen(means, scenes).over() for means in (others, own)))
        if shared is not None and scenes
        else Contrast(None, "paired t", note="no scene has both")
    )
    sides = [_among(side, means, scenes, key) for side, means in ((part, own), (controls, others))]
    return Manipulation(**asdict(part.names), subscale=key, counterparts=kind, n_scenes=len(scenes),
                        evoked_change=sides[0], control_change=sides[1], contrast=contrast)  # fmt: skip


def _among(part: Part, means: SituationMeans, scenes: Sequence[str], key: str) -> float | None:
    """The change over these scenes, every factor once."""
    chosen = _chosen(means, scenes)
    value = chosen.over().value if chosen.values.size else None
    before = 0.0 if part.is_paired else part.baseline_mean(key).value
    return None if value is None or before is None else value - before


def _chosen(means: SituationMeans, scenes: Sequence[str]) -> SituationMeans:
    at = [place for place, name in enumerate(means.situations.tolist()) if name in set(scenes)]
    return SituationMeans(means.emotions[at], means.factors[at], means.situations[at], means.values[at])


def _recoveries(part: Part) -> list[Recovery]:
    calmed = part.recovered
    if not calmed.evoked.height:
        return []
    emotions: list[str | None] = [*part.emotions, *([None] if len(part.emotions) > 1 else [])]
    found = [_recovery(part, calmed, key, emotion) for emotion in emotions for key in part.subscales]
    return _with_adjusted(found, f"recovery: {part.names}")


def _recovery(part: Part, calmed: Part, key: str, emotion: str | None) -> Recovery:
    factors = tuple(factor for factor, (of, _) in part.factors.items() if emotion in (None, of))
    evoked, left = _in_both(part, calmed, key)
    at = evoked.of(factors)
    first, second = evoked.values[at], left.values[at]
    labels = SituationMeans(evoked.emotions[at], evoked.factors[at], evoked.situations[at], first)
    means = [replace(labels, values=values).over() for values in (first, second, first + second, first - second)]
    return Recovery(
        **asdict(part.names),
        subscale=key,
        emotion=emotion,
        n=_both(part, calmed, key).filter(pl.col("factor").is_in(factors)).height,
        n_situations=int(at.sum()),
        evoked=means[0].value,
        left=means[1].value,
        undone=against_none(means[3]),
        share=_undone(ratio(means[1], means[0], means[2])),
    )


def _both(part: Part, calmed: Part, key: str) -> pl.DataFrame:
    """The conversations that have both changes, after an evoking situation: ``change`` and ``left``."""
    evoking = (pl.col("situation_kind") == EVOKING) & (pl.col("subscale") == key) & pl.col("change").is_not_null()
    left = calmed.evoked.filter(evoking).select("session", left="change")
    return part.evoked.filter(evoking).join(left, on="session", how="inner", maintain_order="left")


def _in_both(part: Part, calmed: Part, key: str) -> tuple[SituationMeans, SituationMeans]:
    """The mean changes of every situation over the conversations that have both: evoked, and left after calming."""
    means = (
        _both(part, calmed, key)
        .group_by("emotion", "factor", "situation", maintain_order=True)
        .agg(pl.col("change", "left").mean())
        .sort("factor", "situation")
    )
    labels = (means[name].cast(pl.String).to_numpy().astype(np.str_) for name in ("emotion", "factor", "situation"))
    emotions, factors, situations = labels
    evoked, left = (means[name].to_numpy().astype(float) for name in ("change", "left"))
    return (
        SituationMeans(emotions, factors, situations, evoked),
        SituationMeans(emotions, factors, situations, left),
    )


def _undone(left: Estimate) -> Estimate:
    """The share undone, of the share left."""
    if left.value is None:
        return replace(left, why="no evoked change to undo")
    value, low, high = (None if end is None else 1 - end for end in (left.value, left.high, left.low))
    return replace(left, value=value, low=low, high=high)


def _told_apart(parts: Sequence[Part], forms: Mapping[str, Form]) -> Iterator[tuple[Part, Part]]:
    """Parts that differ in the persona alone: the one without first."""
    by_rest: dict[Any, dict[str, Part]] = {}
    for part in parts:
        form = forms.get(part.names.protocol)
        if form is not None and form.persona is not None and part.evoked.height:
            rest = form.model_copy(update={"persona": None, "persona_text": None}).id
            names = part.names
            key = (names.respondent, names.instrument, names.design, names.situation_set, rest)
            by_rest.setdefault(key, {})[form.persona] = part
    for by_persona in by_rest.values():
        without = by_persona.get(NOBODY)
        yield from ((without, part) for name, part in by_persona.items() if without is not None and name != NOBODY)


def _steadiness(without: Part, told: Part, forms: Mapping[str, Form]) -> list[Steadiness]:
    factors = tuple(factor for factor in without.factors if factor in told.factors)
    found = []
    for key in told.subscales:
        apart = told.means(key).minus(without.means(key), ()) if told.means(key).values.size else None
        scenes = apart.situations.tolist() if apart else []
        found.append(
            Steadiness(
                **asdict(told.names),
                against=without.names.protocol,
                persona=str(forms[told.names.protocol].persona),
                subscale=key,
                n_situations=len(scenes),
                change=_among(told, told.means(key), scenes, key),
                change_without=_among(without, without.means(key), scenes, key),
                contrast=contrast_between(without, told, key, factors),
            )
        )
    return _with_adjusted(found, f"{told.names.protocol} against {without.names.protocol}: {told.names.respondent}")


def _with_adjusted(found: list[Any], family: str) -> list[Any]:
    """The findings with the p of their contrasts adjusted for being tested together."""
    name = "undone" if found and isinstance(found[0], Recovery) else "contrast"
    together = adjusted([getattr(one, name) for one in found], family)
    return [replace(one, **{name: contrast}) for one, contrast in zip(found, together, strict=True)]
