"""A synthetic respondent with known properties, to see what a probe or a comparison shows of them.

Its answer to an item, on the response scale before it is rounded, is the sum of

* its own: stable, from ``seed``: a level for each subscale, and for each item a little apart from it, centred within
  the keyed and within the reverse-keyed ones, so that it agrees as much with one pole as it disagrees with the other;
* ``change`` after a situation, away from the desirable end of each subscale (up, where neither end is desirable): by
  the situation's emotion, or by its kind (``evoking``, ``neutral``, ``positive``); times 1 − ``recovery`` in the
  condition recovered, and times ``calm`` under the persona calm;
* ``acquiescence``, whichever way the item is keyed;
* ``desirability`` × log₂ of the number of items shown at once, towards the desirable end;
* ``effects`` of ways of asking: points on the score, shared by the items of each subscale;
* noise, normal with SD ``noise``.

It is rounded at random up or down, so that its mean is kept, and cut off at the ends of the response scale. With
probability ``position`` an answer is the option listed first, whatever the item says. What it has ``memorised`` it
recites to the word; what not, it makes up of words that it was shown or that stand in no questionnaire of emotionbench.
Everything that is not set is absent.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Annotated

from pydantic import Field

from emotionbench.documents import Document
from emotionbench.materials.forms import RECITE_SITUATION, TARGET_SCORE, Form, option_values
from emotionbench.materials.instruments import Instrument, ShortText
from emotionbench.materials.probe_facts import ProbeFacts, probe_facts
from emotionbench.materials.protocols import Protocol
from emotionbench.materials.recitation import (
    LOW,
    Label,
    ending,
    key_of,
    n_shown,
    parts_of,
    sum_of_score,
    targets_of,
)
from emotionbench.records import Condition
from emotionbench.respondents.base import Question, settings_of
from emotionbench.respondents.embedded import Embedded, Values, draws, embedded, seeded
from emotionbench.study import Execution, RespondentSpec

ALL, PUBLISHED = "all", "published"
LEVELS = 0.3, 0.7
"""Where a subscale may lie by itself, as shares of the response scale: so far from its ends that little is cut off."""
SPREAD = 0.25
"""By how many points of the response scale the items of a subscale lie apart from its mean, at most."""
CALM = "calm"
MADE_UP = (
    *("amber", "basket", "candle", "dizzy", "elbow", "ferry", "gravel", "hollow", "ivory", "jacket", "kettle"),
    *("lantern", "meadow", "nickel", "orchard", "pebble", "quilt", "ribbon", "saddle", "timber", "umbrella", "velvet"),
)
"""Words that stand in no questionnaire of emotionbench."""
Share = Annotated[float, Field(ge=0, le=1, strict=False)]
Points = Annotated[float, Field(strict=False, allow_inf_nan=False)]


class Settings(Document):
    """What is planted; see the module. ``memorised``: instruments, sets of situations, ``published`` or ``all``."""

    seed: Annotated[int, Field(ge=0)] = 0
    noise: Annotated[float, Field(ge=0, strict=False, allow_inf_nan=False)] = 0.5
    change: dict[ShortText, Points] = Field(default_factory=dict)
    recovery: Points = 0.0
    calm: Points = 1.0
    position: Share = 0.0
    acquiescence: Points = 0.0
    desirability: Points = 0.0
    memorised: Annotated[tuple[ShortText, ...], Field(strict=False)] = ()
    effects: dict[ShortText, dict[ShortText, Points]] = Field(default_factory=dict)


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Embedded:
    """Make the respondent."""
    settings = settings_of(spec, Settings)
    planted = Planted(settings)
    return embedded(spec, settings.model_dump(mode="json"), planted.fill, planted.recite)


class Planted:
    """Answers by the rule of this module."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.facts: ProbeFacts = probe_facts()
        self._own: dict[str, dict[int, float]] = {}
        self._homes: dict[str, dict[int, Label]] = {}

    def fill(self, question: Question) -> Values:
        """A value for every item."""
        instrument, form = question.instrument, question.form
        if form is not None and form.probe == TARGET_SCORE and self._knows(question):
            return _to_target(instrument, targets_of(instrument, form.target or LOW))
        means = self._means(question)
        n, scale = instrument.n_items, instrument.response_scale
        noise, rounding, pulled = (draws(question, purpose, n) for purpose in ("noise", "rounding", "position"))
        values = {}
        for number in range(1, n + 1):
            exact = means[number] + self.settings.noise * _normal(noise[number - 1])
            rounded = math.floor(exact + rounding[number - 1])
            values[number] = min(max(rounded, scale.lowest), scale.highest)
            if pulled[number - 1] < self.settings.position:
                values[number] = option_values(scale, form)[0]
        return values

    def recite(self, question: Question) -> str:
        """What it has memorised, or what it makes up."""
        instrument, knows = question.instrument, self._knows(question)
        if question.form is None or question.form.probe == RECITE_SITUATION:
            text = question.situation.text if question.situation else ""
            return ending(text) if knows else _mixed(question, len(ending(text).split()))
        if question.form.probe == "recite_key":
            return _key_lines(instrument, key_of(instrument) if knows else _random_key(question))
        numbers = range(n_shown(instrument) + 1, instrument.n_items + 1)
        return "\n".join(
            f"{k}: {instrument.text(k) if knows else _mixed(question, len(instrument.text(k).split()), k)}"
            for k in numbers
        )

    def _means(self, question: Question) -> dict[int, float]:
        """The expected answer to every item, but for position and the ends of the response scale."""
        key = question.administration.instrument
        if key not in self._own:
            self._own[key] = _own_answers(question.instrument, self.settings.seed)
            self._homes[key] = _homes(question.instrument)
        settings, instrument = self.settings, question.instrument
        moved = self._change(question)
        shown_at_once = math.log2(len(question.shown))
        homes, means = self._homes[key], {}
        for number, own in self._own[key].items():
            subscale, is_reversed = homes.get(number, ("", False))
            direction = self.facts.direction(instrument.base, subscale)
            keyed = -(direction or 1) * moved + direction * settings.desirability * shown_at_once
            if subscale:
                keyed += self._effect(question.form) * _share_of_score(instrument, subscale)
            means[number] = own + settings.acquiescence + (-keyed if is_reversed else keyed)
        return means

    def _change(self, question: Question) -> float:
        """Points away from the desirable end."""
        situation, settings = question.situation, self.settings
        if situation is None:
            return 0.0
        by_emotion = settings.change.get(situation.emotion) if situation.kind == "evoking" else None
        moved = settings.change.get(situation.kind, 0.0) if by_emotion is None else by_emotion
        if question.administration.condition is Condition.RECOVERED:
            moved *= 1 - settings.recovery
        return moved * (settings.calm if question.form is not None and question.form.persona == CALM else 1.0)

    def _effect(self, form: Form | None) -> float:
        """Points that the form adds to every score."""
        levels = form.levels() if form else {}
        return sum(self.settings.effects.get(way, {}).get(level, 0.0) for way, level in levels.items())

    def _knows(self, question: Question) -> bool:
        """Whether what the probe asks about is among what it has memorised."""
        known = {name.casefold() for name in self.settings.memorised}
        of_situations = question.form is not None and question.form.probe == RECITE_SITUATION
        name = question.situation.set if of_situations and question.situation else question.instrument.base
        controls = self.facts.control_sets if of_situations else self.facts.control_instruments
        is_published = name.casefold() not in controls and not question.instrument.paraphrase
        return ALL in known or name.casefold() in known or (PUBLISHED in known and is_published)


@lru_cache(maxsize=4096)
def _normal(uniform: float) -> float:
    return NormalDist().inv_cdf(min(max(uniform, 1e-12), 1 - 1e-12))


def _homes(instrument: Instrument) -> dict[int, Label]:
    """The smallest subscale of every item that is in one, and its direction there."""
    by_size = sorted(instrument.subscales.items(), key=lambda one: -len(one[1].items))
    return {number: (key, number in subscale.reverse) for key, subscale in by_size for number in subscale.items}


def _own_answers(instrument: Instrument, seed: int) -> dict[int, float]:
    """Its own answer to every item, before any bias; the same in all editions of an instrument."""
    scale, homes = instrument.response_scale, _homes(instrument)
    span, label = scale.highest - scale.lowest, f"{seed}|{instrument.base}"
    poles: dict[Label, list[int]] = {}
    for number in range(1, instrument.n_items + 1):
        poles.setdefault(homes.get(number, (f"item {number}", False)), []).append(number)
    own: dict[int, float] = {}
    for (subscale, is_reversed), numbers in poles.items():
        level = LEVELS[0] + (LEVELS[1] - LEVELS[0]) * seeded(f"{label}|{subscale}", 1)[0]
        mean = scale.lowest + span * (1 - level if is_reversed else level)
        apart = [SPREAD * (2 * seeded(f"{label}|{number}", 1)[0] - 1) for number in numbers]
        centre = sum(apart) / len(apart)
        own.update({k: mean + offset - centre for k, offset in zip(numbers, apart, strict=True)})
    return own


def _share_of_score(instrument: Instrument, subscale: str) -> float:
    """By how many points every item has to move for the score to move by one."""
    n = len(instrument.subscales[subscale].items) if instrument.score.rule == "sum" else 1
    return 1 / (n * instrument.score.multiply)


def _to_target(instrument: Instrument, targets: dict[str, float]) -> Values:
    """Answers that make the scores, as even as whole numbers allow."""
    scale = instrument.response_scale
    values = dict.fromkeys(range(1, instrument.n_items + 1), (scale.lowest + scale.highest) // 2)
    for key, target in targets.items():
        subscale = instrument.subscales[key]
        each, more = divmod(sum_of_score(instrument, key, target) or 0, len(subscale.items))
        for place, number in enumerate(subscale.items):
            keyed = each + (place < more)
            values[number] = scale.reverse(keyed) if number in subscale.reverse else keyed
    return values


def _key_lines(instrument: Instrument, key: dict[int, Label]) -> str:
    lines = []
    for name in parts_of(instrument):
        numbers = [f"{k}R" if is_reversed else str(k) for k, (own, is_reversed) in sorted(key.items()) if own == name]
        lines.append(f"{instrument.subscales[name].name}: {', '.join(numbers)}")
    return "\n".join(lines)


def _random_key(question: Question) -> dict[int, Label]:
    """The labels of the true key, dealt out at random."""
    key = key_of(question.instrument)
    by_chance = draws(question, "key", len(key))
    dealt = [label for _, label in sorted(zip(by_chance, key.values(), strict=True))]
    return dict(zip(key, dealt, strict=True))


def _mixed(question: Question, n_words: int, number: int = 0) -> str:
    """So many words: half of them at random out of what was shown, half made up."""
    shown = question.messages[-1]["content"].split()
    found = draws(question, f"words {number}", 2 * n_words)
    return " ".join(
        shown[int(found[2 * k + 1] * len(shown))]
        if found[2 * k] < 0.5
        else MADE_UP[int(found[2 * k + 1] * len(MADE_UP))]
        for k in range(n_words)
    )
