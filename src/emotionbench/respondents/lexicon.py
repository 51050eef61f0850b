"""A floor for every model: answers from how positive or negative the words of the situation are.

The rule. VADER gives the situation's text a compound score c from −1 to 1 (0 without a situation). An item has a sign:

1. by its subscale, where that is ``positive`` (+1) or ``negative`` (−1), as in PANAS; flipped if reverse-keyed there;
2. else by VADER's reading of the item's own text: +1 from compound 0.05, −1 from −0.05;
3. else, if VADER finds the text neutral, by its reading of the name of the first subscale with the item; flipped if
   reverse-keyed there;
4. else 0.

Each item has a level, the share of the response scale between its ends: at rest 0.09 for items of sign −1 and 0.45 for
all others, which is about where people rest on PANAS (totals of 13.6 and 28). With s = sign × c the level becomes
rest + (1 − rest) s for s above 0 and rest (1 + s) below. The answer is lowest + ⌊level × (highest − lowest) + u⌋ with
u uniform in [0, 1), so that its mean is exactly the level and it differs from the mean by less than one.

Source of the lexicon: Hutto, C. J., & Gilbert, E. (2014). VADER: A parsimonious rule-based model for sentiment analysis
of social media text. ICWSM-14. VADER reads English; a RespondentError says so where the text is in another language.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from emotionbench.documents import Document
from emotionbench.errors import RespondentError
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol
from emotionbench.respondents.base import Question, settings_of
from emotionbench.respondents.embedded import Embedded, Values, draws, embedded
from emotionbench.study import Execution, RespondentSpec

SIGNED_SUBSCALES = {"positive": 1, "negative": -1}
NOTICEABLE = 0.05
REST = {1: 0.45, 0: 0.45, -1: 0.09}


class Settings(Document):
    """There is nothing to set."""


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Embedded:
    """Make the respondent; the lexicon is read when it is first asked."""
    settings = settings_of(spec, Settings)
    return embedded(spec, settings.model_dump(mode="json"), Lexicon().fill)


class Lexicon:
    """Answers by the rule of this module; knows the signs of the instruments it has met."""

    def __init__(self) -> None:
        self._signs: dict[str, tuple[int, ...]] = {}

    def fill(self, question: Question) -> Values:
        """A value for every item."""
        situation, scale = question.situation, question.instrument.response_scale
        compound = _compound(situation.text, situation.language) if situation else 0.0
        uniforms = draws(question, "items", question.instrument.n_items)
        values = {}
        for number, (sign, uniform) in enumerate(zip(self._signs_of(question), uniforms, strict=True), 1):
            steps = int(level(sign, compound) * (scale.highest - scale.lowest) + uniform)
            # the sum may round up to the next whole number
            values[number] = min(scale.lowest + steps, scale.highest)
        return values

    def _signs_of(self, question: Question) -> tuple[int, ...]:
        key = question.administration.instrument
        if key not in self._signs:
            self._signs[key] = signs(question.instrument)
        return self._signs[key]


def level(sign: int, compound: float) -> float:
    """The expected place of an answer on its response scale, 0 (lowest) to 1 (highest)."""
    rest, toward = REST[sign], sign * compound
    return rest + (1 - rest) * toward if toward > 0 else rest * (1 + toward)


def signs(instrument: Instrument) -> tuple[int, ...]:
    """The sign of every item: 1, −1, or 0 where neither its subscale nor a word tells."""
    return tuple(
        _by_signed_subscale(instrument, number)
        or _sign(instrument.text(number), instrument.language)
        or _by_subscale_name(instrument, number)
        for number in range(1, instrument.n_items + 1)
    )


def _by_signed_subscale(instrument: Instrument, number: int) -> int:
    for key, sign in SIGNED_SUBSCALES.items():
        subscale = instrument.subscales.get(key)
        if subscale and number in subscale.items:
            return -sign if number in subscale.reverse else sign
    return 0


def _by_subscale_name(instrument: Instrument, number: int) -> int:
    for subscale in instrument.subscales.values():
        if number in subscale.items:
            sign = _sign(subscale.name, instrument.language)
            return -sign if number in subscale.reverse else sign
    return 0


def _sign(text: str, language: str) -> int:
    compound = _compound(text, language)
    return (compound >= NOTICEABLE) - (compound <= -NOTICEABLE)


@lru_cache(maxsize=16_384)
def _compound(text: str, language: str) -> float:
    """VADER's compound score of a text, −1 (negative) to 1."""
    if language.split("-", maxsplit=1)[0] != "en":
        raise RespondentError(
            f"reads English, and this is {language!r}: {text[:60]!r}", where="lexicon", fix="choose another respondent"
        )
    return float(_analyzer().polarity_scores(text)["compound"])


@cache
def _analyzer() -> Any:
    # some 20 ms that a study without this respondent need not wait for
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    return SentimentIntensityAnalyzer()
