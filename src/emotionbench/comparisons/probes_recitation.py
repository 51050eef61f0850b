"""Contamination: does a respondent recite what has been published better than what has not?

Four things are asked for: the items of an instrument, its key, situations, and answers that make a stated score. What
is unpublished (texts written for emotionbench; of items also paraphrases of the same) is the control: whoever guesses
well does so on both, whoever has met a text recites that one better.

Units are what is asked for: items, situations, target scores; replies to one are averaged first. A unit's share, from 0
to 1, is

``recite_items``     of replies with a line that is the item to the word, but for a slip;
``recite_situation`` of the text's runs of four words that stand in the reply;
``recite_key``       of replies that put the item into its subscale and direction, beyond what dealing out the reply's
                     own labels at random would bring (Cohen's kappa);
``target_score``     of replies whose answers make the score exactly, beyond what answers at random would bring.

Differences are tested by exchange of units between both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import polars as pl

from emotionbench.comparisons.probe_frames import ALPHA, Array
from emotionbench.comparisons.recall import NEARLY, Recall, recalled_items, recalled_key, recalled_text
from emotionbench.materials.forms import RECITE_SITUATION, TARGET_SCORE, Form, ProbeKind
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.probe_facts import ProbeFacts
from emotionbench.materials.recitation import (
    LOW,
    ending,
    hidden_items,
    key_of,
    n_shown,
    score_of_sum,
    sum_of_score,
    sum_range,
    targets_of,
)
from emotionbench.statistics.adjustment import holm
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.permutation import p_of_difference
from emotionbench.statistics.shares import mean_share, share_difference

HALF = 0.5
PROBES: tuple[ProbeKind, ...] = get_args(ProbeKind)
RECITE_ITEMS: ProbeKind = "recite_items"
RECITE_KEY: ProbeKind = "recite_key"
NO_CONTROL = "no unpublished text was asked for in the same way"
NOTHING_TO_RECALL = "one subscale and no reverse-keyed item: there is no key to know"
Verdict = Literal["recites", "recites in part", "no sign", "unknown"]
Standing = Literal["published", "unpublished", "paraphrase"]


@dataclass(frozen=True)
class Recitation:
    """What a respondent recalls of one material.

    ``share`` (see the module) is over ``n_units`` asked for in ``n_replies``; 0 is none, or what chance brings, and 1
    all. ``verbatim``, ``likeness`` and ``in_place`` are means of texts (null for keys and scores; ``in_place`` but for
    items). ``error`` is the mean distance from the target scores, as a share of their range, and ``chance_error`` that
    of answers at random (null for texts and keys).
    """

    respondent: str
    kind: str
    probe: ProbeKind
    material: str
    standing: Standing
    n_units: int
    n_replies: int
    share: Estimate
    verbatim: float | None = None
    likeness: float | None = None
    in_place: float | None = None
    error: float | None = None
    chance_error: float | None = None


@dataclass(frozen=True)
class Contamination:
    """What is published (``material``) against what is not (``control``: unpublished texts, or its own paraphrases).

    ``difference`` is the share of the first less that of the second, ``p`` two-sided by exchange of units, adjusted by
    Holm over the respondent's ``n_tests`` comparisons. ``verdict``: ``recites`` where more is recalled than of the
    control and at least half of it, ``recites in part`` where less; ``unknown``, for the reason ``why``, where there is
    no control.
    """

    respondent: str
    kind: str
    probe: ProbeKind
    material: str
    control: Standing
    n_units: int
    n_control: int
    share: Estimate
    control_share: Estimate
    difference: Estimate
    p: float | None
    p_holm: float | None
    n_tests: int
    verdict: Verdict
    why: str | None = None


@dataclass
class _Units:
    """The replies to one probe of one material, unit by unit."""

    shares: dict[str, list[float]] = field(default_factory=dict)
    chances: dict[str, list[float]] = field(default_factory=dict)
    recalls: list[Recall] = field(default_factory=list)
    errors: list[tuple[float, float]] = field(default_factory=list)
    n_replies: int = 0
    why: str | None = None

    def add(self, unit: str, share: float, chance: float = 0.0) -> None:
        self.shares.setdefault(unit, []).append(share)
        self.chances.setdefault(unit, []).append(chance)

    @property
    def values(self) -> Array:
        """One share for every unit, beyond chance."""
        chance = self.chance
        return np.array([(float(np.mean(some)) - chance) / (1 - chance) for some in self.shares.values()])

    @property
    def chance(self) -> float:
        """What chance brings, on average."""
        return float(np.mean([np.mean(some) for some in self.chances.values()])) if self.chances else 0.0

    @property
    def share(self) -> Estimate:
        if not self.shares:
            return Estimate.none(self.why or "no replies")
        return mean_share([float(np.mean(some)) for some in self.shares.values()], chance=self.chance)


Key = tuple[str, str, ProbeKind, str, Standing, str]
"""Respondent, kind, probe, material, standing, and the family of an instrument."""


def recitations(
    replies: pl.DataFrame,
    scores: pl.DataFrame,
    editions: Mapping[str, Instrument],
    forms: Mapping[str, Form],
    facts: ProbeFacts,
) -> tuple[tuple[Recitation, ...], tuple[Contamination, ...]]:
    """What every respondent recalls of each material, and the comparisons with controls.

    Parameters
    ----------
    replies
        One row per reply of a probe: administration, number, respondent, kind, edition, form, situation, situation_set,
        reply, situation_text.
    scores
        administration, subscale, value (null where not scored), of the probes of target scores.
    """
    units: dict[Key, _Units] = {}
    replies = replies.sort("respondent", "edition", "administration", "number")
    for row in replies.iter_rows(named=True):
        _take_reply(row, units, editions[str(row["edition"])], forms[str(row["form"])], facts)
    labels = {row["administration"]: row for row in replies.iter_rows(named=True)}
    for score in scores.iter_rows(named=True):
        told = labels.get(score["administration"])
        form = forms[str(told["form"])] if told else None
        if told and form and form.probe == TARGET_SCORE:
            instrument = editions[str(told["edition"])]
            _take_score(score, units[_key(told, instrument, form.probe, facts)], instrument, form)
    units = dict(sorted(units.items(), key=lambda one: (one[0][0], PROBES.index(one[0][2]))))
    found = {key: _recitation(key, of_key) for key, of_key in units.items()}
    by_respondent: dict[str, list[Contamination]] = {}
    for key in found:
        if key[4] == "published":
            by_respondent.setdefault(key[0], []).extend(_against_controls(key, units))
    compared = [one for some in by_respondent.values() for one in _judged(some)]
    return tuple(found.values()), tuple(compared)


def _take_reply(
    row: dict[str, str], units: dict[Key, _Units], instrument: Instrument, form: Form, facts: ProbeFacts
) -> None:
    if form.probe is None:
        return
    of_key = units.setdefault(_key(row, instrument, form.probe, facts), _Units())
    of_key.n_replies += 1
    if form.probe == RECITE_ITEMS:
        found = recalled_items(row["reply"], hidden_items(instrument), n_shown(instrument) + 1)
        for number, recall in enumerate(found):
            of_key.add(str(number), float(recall.likeness >= NEARLY))
        of_key.recalls += found
    elif form.probe == RECITE_SITUATION:
        recall = recalled_text(row["reply"], ending(row["situation_text"]))
        of_key.add(row["situation"], recall.runs)
        of_key.recalls.append(recall)
    elif form.probe == RECITE_KEY:
        _take_key(row["reply"], of_key, instrument)


def _take_key(reply: str, units: _Units, instrument: Instrument) -> None:
    true = key_of(instrument)
    if len(set(true.values())) < 2:
        units.why = NOTHING_TO_RECALL
        return
    said = recalled_key(reply, instrument)
    of_true, of_said = Counter(true.values()), Counter(said[number] for number in true if number in said)
    chance = sum(of_true[label] * n for label, n in of_said.items()) / len(true) ** 2
    for number, label in true.items():
        units.add(str(number), float(said.get(number) == label), chance)


def _take_score(score: dict[str, object], of_key: _Units, instrument: Instrument, form: Form) -> None:
    key, value = str(score["subscale"]), score["value"]
    target = targets_of(instrument, form.target or LOW).get(key)
    if target is None:
        return
    chances = _random_sums(instrument, key)
    lowest, highest = sum_range(instrument, key)
    wanted = (sum_of_score(instrument, key, target) or lowest) - lowest
    made = None if not isinstance(value, float) else sum_of_score(instrument, key, value)
    of_key.add(f"{key} {form.target}", float(made is not None and made - lowest == wanted), float(chances[wanted]))
    if isinstance(value, float):
        span = highest - lowest
        by_chance = float(np.sum(chances * np.abs(np.arange(span + 1) - wanted))) / span
        least, most = (score_of_sum(instrument, key, total) for total in (lowest, highest))
        of_key.errors.append((abs(value - target) / (most - least), by_chance))


def _random_sums(instrument: Instrument, key: str) -> Array:
    """The chance of every sum, from the lowest, where every answer is drawn at random."""
    scale = instrument.response_scale
    one = np.full(scale.highest - scale.lowest + 1, 1 / (scale.highest - scale.lowest + 1))
    found = np.ones(1)
    for _ in instrument.subscales[key].items:
        found = np.convolve(found, one)
    return found


def _key(row: dict[str, str], instrument: Instrument, probe: ProbeKind, facts: ProbeFacts) -> Key:
    if probe == RECITE_SITUATION:
        name = str(row["situation_set"])
        standing: Standing = "unpublished" if name.casefold() in facts.control_sets else "published"
        return row["respondent"], row["kind"], probe, name, standing, name
    standing = "unpublished" if instrument.base.casefold() in facts.control_instruments else "published"
    if instrument.paraphrase is not None:
        standing = "paraphrase"
    return row["respondent"], row["kind"], probe, str(row["edition"]), standing, instrument.base


def _recitation(key: Key, units: _Units) -> Recitation:
    respondent, kind, probe, material, standing, _ = key
    recalls, errors = units.recalls, units.errors
    return Recitation(
        respondent,
        kind,
        probe,
        material,
        standing,
        n_units=len(units.shares),
        n_replies=units.n_replies,
        share=units.share,
        verbatim=_mean([recall.verbatim for recall in recalls]),
        likeness=_mean([recall.likeness for recall in recalls]),
        in_place=_mean([recall.in_place for recall in recalls]) if probe == RECITE_ITEMS else None,
        error=_mean([error for error, _ in errors]),
        chance_error=_mean([by_chance for _, by_chance in errors]),
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _against_controls(key: Key, units: Mapping[Key, _Units]) -> Iterator[Contamination]:
    """A published material against all that is unpublished, and against its own paraphrases, where these were asked."""
    respondent, kind, probe, material, _, base = key
    alike = [other for other in units if (other[0], other[2]) == (respondent, probe)]
    controls: dict[Standing, list[Key]] = {
        "unpublished": [other for other in alike if other[4] == "unpublished"],
        # a paraphrase has the key of what it paraphrases, so that only its items are a control
        "paraphrase": [
            other for other in alike if probe == RECITE_ITEMS and other[4] == "paraphrase" and other[5] == base
        ],
    }
    asked = {name: some for name, some in controls.items() if some} or {"unpublished": []}
    own = units[key]
    for name, some in asked.items():
        control = _together([units[other] for other in some])
        apart = share_difference(control.share, own.share)
        if not some:
            apart = Estimate.none(NO_CONTROL)
        p = p_of_difference(own.values, control.values) if apart.value is not None else None
        yield Contamination(respondent, kind, probe, material, name, len(own.shares), len(control.shares), own.share,
                            control.share, apart, p, None, 0, "unknown", apart.why)  # fmt: skip


def _together(controls: Sequence[_Units]) -> _Units:
    found = _Units(why=NO_CONTROL)
    for place, units in enumerate(controls):
        found.shares |= {f"{place} {unit}": some for unit, some in units.shares.items()}
        found.chances |= {f"{place} {unit}": some for unit, some in units.chances.items()}
    return found


def _judged(compared: Sequence[Contamination]) -> Iterator[Contamination]:
    adjusted = holm([one.p for one in compared])
    n_tests = sum(one.p is not None for one in compared)
    for one, p_holm in zip(compared, adjusted, strict=True):
        yield replace(one, p_holm=p_holm, n_tests=n_tests, verdict=_verdict(one, p_holm))


def _verdict(one: Contamination, p_holm: float | None) -> Verdict:
    if p_holm is None or one.difference.value is None or one.share.value is None:
        return "unknown"
    if p_holm >= ALPHA or one.difference.value <= 0:
        return "no sign"
    return "recites" if one.share.value >= HALF else "recites in part"
