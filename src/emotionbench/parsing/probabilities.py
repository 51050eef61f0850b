"""From the probabilities that a respondent told for one item to a distribution over the response scale.

What was told is kept with the attempt as JSON: the tokens at the place where the answer begins with their natural-log
probabilities, and where needed those behind a first part of it; or the probability of every answer. Every spelling of
an answer counts for it; nothing is guessed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing.spellings import Spellings
from emotionbench.records import AnswerStatus

MOST_UNSEEN = 0.05
"""With more than this share of the probability in doubt an item has no distribution."""
ROUNDING = 0.02
"""By so much probabilities may sum to more than 1, as those of half-precision servers do."""


class Why(StrEnum):
    """Why an item has no distribution."""

    ABSENT = "no probabilities came back"
    MALFORMED = "what came back cannot be read as probabilities"
    NOWHERE = "no answer of the response scale is listed"
    UNSEEN = "answers that are not listed could have more than 5 %"
    BEGUN = "how an answer that was begun goes on was not told"

    @property
    def status(self) -> AnswerStatus:
        """What the item counts as among answers."""
        return AnswerStatus.MISSING if self is Why.ABSENT else AnswerStatus.UNPARSEABLE


class Source(StrEnum):
    """Of what the probabilities are: the whole vocabulary, what a constraint left, the server's own per answer."""

    VOCABULARY = "vocabulary"
    MASKED = "masked"
    ANCHORS = "anchors"


@dataclass(frozen=True, slots=True)
class Distribution:
    """How likely each answer to one item is.

    Attributes
    ----------
    item
        The item's number in the instrument.
    probabilities
        Every value of the response scale → its probability, given that the answer is one; they sum to 1.
    mass
        The probability that the answer is one, 0 to 1; None where it was not told (behind a constraint).
    unseen
        At most this share of the distribution, 0 to 0.05, belongs to answers that were not listed, or to others than
        those for which it is counted.
    """

    item: int
    probabilities: Mapping[int, float]
    mass: float | None
    unseen: float

    @property
    def expected(self) -> float:
        """The mean answer, in points of the response scale."""
        return math.fsum(value * share for value, share in self.probabilities.items())

    @property
    def variance(self) -> float:
        """The variance of answers drawn from it, in squared points."""
        return self.moments[1]

    @property
    def moments(self) -> tuple[float, float]:
        """``expected`` and ``variance``."""
        mean = self.expected
        return mean, math.fsum((value - mean) ** 2 * share for value, share in self.probabilities.items())


@dataclass(frozen=True, slots=True)
class Unread:
    """An item without a distribution, and why; ``item`` is None where not even that could be read."""

    item: int | None
    why: Why


def distribution(told: str | None, instrument: Instrument, form: Form | None = None) -> Distribution | Unread:
    """The distribution that the stored reading of one item tells; see ``DistributionReader.read``."""
    return DistributionReader(instrument, form).read(told)


class _NotTold(Exception):
    """Why there is no distribution."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class _Sum:
    """The probability gathered so far: by answer, of answers begun, and the most that what is not listed can have."""

    by_value: dict[int, float]
    begun: float = 0.0
    doubtful: float = 0.0
    unlisted: float = 0.0


class _Listed(NamedTuple):
    """The tokens of one step, with their probabilities, and the sum and the least of these."""

    tokens: tuple[str, ...]
    probabilities: list[float]
    total: float
    least: float


_Told = dict[str, _Listed]
"""What stands before → what was told to follow."""


class DistributionReader:
    """Reads what was told of the items of one instrument in one form."""

    def __init__(self, instrument: Instrument, form: Form | None = None) -> None:
        self._spellings = Spellings(instrument.response_scale, form)
        self._n_items = instrument.n_items
        scale = instrument.response_scale
        self._nothing = dict.fromkeys(range(scale.lowest, scale.highest + 1), 0.0)

    def read(self, told: str | None) -> Distribution | Unread:
        """The distribution of the item that the reading names, or why there is none.

        All spellings of an answer are added up (see ``spellings.Spellings.of``), also tokens of the same text. A token
        that is an answer and may begin a longer one, as 1 begins 10, is divided by what was told to follow it; where
        that was not told it counts as the whole answer, and that it may not is part of ``unseen``, unless the longer
        answers are tokens themselves. Also in ``unseen``: what answers that are not listed could have, each no more
        than the least likely token listed, and all no more than the list leaves.
        """
        if told is None:
            return Unread(None, Why.ABSENT)
        item: int | None = None
        try:
            reading = json.loads(told)
            item = _whole(reading["item"], self._n_items)
            source = Source(reading["source"])
            given = _share(reading.get("mass"))
            gathered = self._known(reading) if "probabilities" in reading else self._gathered(reading["steps"])
        except _NotTold as problem:
            return Unread(item, problem.why)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError):
            return Unread(item, Why.MALFORMED)
        return self._settled(item, gathered, source, given)

    def _settled(self, item: int, found: _Sum, source: Source, given: float | None) -> Distribution | Unread:
        total = sum(found.by_value.values())
        if total <= 0:
            return Unread(item, Why.BEGUN if found.begun > 0 else Why.NOWHERE)
        doubt = found.begun + found.doubtful + found.unlisted
        unseen = doubt / (total + found.begun + found.unlisted)
        if unseen > MOST_UNSEEN:
            return Unread(item, Why.UNSEEN if found.unlisted > doubt / 2 else Why.BEGUN)
        mass = min(1.0, total) if given is None and source is Source.VOCABULARY else given
        return Distribution(item, {value: p / total for value, p in found.by_value.items()}, mass, unseen)

    def _known(self, reading: Mapping[str, Any]) -> _Sum:
        """What a respondent says that knows the probability of each answer; answers that it leaves out have none."""
        found = _Sum(dict(self._nothing))
        for shown, probability in reading["probabilities"].items():
            value = self._spellings.of(shown).value
            if value is None:
                raise _NotTold(Why.MALFORMED)
            found.by_value[value] += _probability(probability)
        if math.fsum(found.by_value.values()) > 1 + ROUNDING:
            raise _NotTold(Why.MALFORMED)
        return found

    def _gathered(self, steps: list[Mapping[str, Any]]) -> _Sum:
        found = _Sum(dict(self._nothing))
        told = {str(step["after"]): _listed(step["tokens"]) for step in steps}
        self._walk(found, told, "", 1.0)
        return found

    def _walk(self, found: _Sum, told: _Told, before: str, weight: float) -> None:
        """Add what stands behind ``before``, which has the probability ``weight``."""
        listed = self._after(told, before)
        if listed is None:
            raise _NotTold(Why.MALFORMED)
        spelled, by_value, goes_on = self._spellings.of, found.by_value, len(told) > 1
        texts = [before + token for token in listed.tokens] if before else listed.tokens
        # an answer that goes on may be one that is written in one token
        whole: set[str] = set()
        begun: set[str] = set()
        later: list[tuple[str, float]] = []
        for text, p, known in zip(texts, listed.probabilities, map(self._spellings.known, texts), strict=True):
            # an empty token ends what stands before it
            spelling = spelled(text, text == before) if known is None or text == before else known
            core, value, longer, ends = spelling
            if core is None:
                continue
            if value is not None:
                whole.add(core)
            if p > 0 and (longer or (goes_on and not ends)):
                begun.add(core)
                later.append((text, weight * p))
            elif value is not None:
                by_value[value] += weight * p
        for text, p in later:
            self._go_on(found, told, text, p, whole)
        left = self._spellings.n_not_begun(spelled(before).core if before else "", whole, begun)
        found.unlisted += weight * min(max(0.0, 1.0 - listed.total), left * listed.least)

    def _go_on(self, found: _Sum, told: _Told, text: str, p: float, whole: Set[str]) -> None:
        """Add the probability of a token that may begin a longer answer, or behind which more was told."""
        if self._after(told, text) is not None:
            self._walk(found, told, text, p)
            return
        spelling = self._spellings.of(text)
        if spelling.value is None:
            found.begun += p
            return
        found.by_value[spelling.value] += p
        if not spelling.longer <= whole:
            found.doubtful += p

    def _after(self, told: _Told, before: str) -> _Listed | None:
        """What was told to follow: behind this very text, or behind the same part of an answer in another spelling."""
        if before in told or not before:
            return told.get(before)
        core = self._spellings.of(before).core
        return told.get(core) if core else None


def _listed(tokens: list[list[Any]]) -> _Listed:
    """Tokens and their probabilities; a ValueError or TypeError where they are none."""
    texts, logarithms = zip(*tokens, strict=True)
    probabilities = list(map(math.exp, logarithms))
    total = sum(probabilities)
    # written so that NaN is none either
    if not total <= 1 + ROUNDING:
        raise ValueError
    return _Listed(texts, probabilities, total, min(probabilities))


def _probability(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 1 + ROUNDING:
        raise ValueError
    return float(found)


def _share(found: Any) -> float | None:
    return None if found is None else min(1.0, _probability(found))


def _whole(found: Any, highest: int) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= highest:
        raise ValueError
    return found
