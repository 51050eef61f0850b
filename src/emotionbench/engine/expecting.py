"""What an administration is expected to take, by what those before it took; the first by the length of its texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from emotionbench.engine.lane import Wordings
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.records import Administration
from emotionbench.store.tokens import Dearest

TOKENS_OF_AN_ANSWER = 4
"""Tokens that a line of a reply is taken to have beside the item's text, before there is a reply to tell."""
ENOUGH = 10
"""Administrations of a kind that a store must hold to tell what the next will take."""
Kind = tuple[str, str, str | None, str]
"""Respondent, instrument, form and condition: what administrations of much the same length have in common."""


class Price(Protocol):
    """What a respondent's tokens cost, in US dollars."""

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0, *, batched: bool = False) -> float:
        """US dollars for so many tokens; ``cached_tokens`` are part of the input."""
        ...


class Taken(NamedTuple):
    """Tokens, in and out, and US dollars."""

    tokens: float = 0.0
    cost: float = 0.0

    def plus(self, other: Taken) -> Taken:
        """Both together."""
        return Taken(self.tokens + other.tokens, self.cost + other.cost)

    def less(self, other: Taken) -> Taken:
        """What is left of this after the other; never below 0."""
        return Taken(max(self.tokens - other.tokens, 0.0), max(self.cost - other.cost, 0.0))

    def times(self, by: Taken) -> Taken:
        """So many times the tokens, and so many times the money."""
        return Taken(self.tokens * by.tokens, self.cost * by.cost)

    def over(self, other: Taken) -> Taken:
        """How many times the other; 1 where the other is nothing."""
        return Taken(self.tokens / other.tokens if other.tokens else 1.0, self.cost / other.cost if other.cost else 1.0)

    def most(self, other: Taken) -> Taken:
        """The more of each."""
        return Taken(max(self.tokens, other.tokens), max(self.cost, other.cost))


ONCE = Taken(1.0, 1.0)


class Foreseen(NamedTuple):
    """An administration as its texts tell of it: tokens of a message (``words``), and what all of it would take."""

    kind: Kind
    n_messages: int
    words: float
    by_text: Taken

    @property
    def respondent(self) -> str:
        """Whose administration it is."""
        return self.kind[0]


class Expecting:
    """Learns from what was taken what will be; ``batched``: at the prices of batches."""

    def __init__(self, prices: Mapping[str, Price], *, batched: bool) -> None:
        self.prices, self.batched = prices, batched
        self._dearest: dict[Kind, tuple[Taken, float]] = {}
        self._stored: dict[Kind, Dearest] = {}
        self._recalled: set[Kind] = set()
        self._beyond: dict[str, Taken] = {}
        """How many times what its texts tell an administration of a respondent took, at most; never below 1."""

    def foresee(self, administration: Administration, wordings: Wordings | None) -> Foreseen:
        """What the texts tell of an administration; nothing without ``wordings``.

        The first of a kind of which enough is remembered is learned from that.
        """
        kind, n = _kind(administration), administration.n_messages
        if wordings is None:
            return Foreseen(kind, n, 0.0, Taken())
        words, written = _by_text(administration, wordings)
        cost = self.cost(kind[0], round(n * words), round(n * written))
        foreseen = Foreseen(kind, n, words, Taken(n * (words + written), cost))
        self._recall(foreseen)
        return foreseen

    def remember(self, stored: Iterable[Dearest]) -> None:
        """What earlier runs took; fewer than ``ENOUGH`` administrations of a kind tell nothing."""
        found = {(one.respondent, one.instrument, one.form, one.condition): one for one in stored if one.n >= ENOUGH}
        self._stored.update(found)

    def recalls(self, kind: Kind) -> bool:
        """Whether what such an administration takes was known before this run asked any."""
        return kind in self._recalled

    def _recall(self, foreseen: Foreseen) -> None:
        one = self._stored.pop(foreseen.kind, None)
        if one is not None:
            cost = self.cost(one.respondent, one.input_tokens, one.output_tokens, one.cached_tokens)
            self._recalled.add(foreseen.kind)
            self.learn(foreseen, Taken(one.tokens, cost), foreseen.n_messages)

    def of(self, foreseen: Foreseen) -> Taken:
        """As much as the dearest of its kind took, more where its own text is longer.

        The first of a kind as its texts tell, more where others of the respondent took more than theirs told.
        """
        if foreseen.kind not in self._dearest:
            return foreseen.by_text.times(self._beyond.get(foreseen.respondent, ONCE))
        dearest, of_words = self._dearest[foreseen.kind]
        longer = max(foreseen.words / of_words, 1.0) if of_words else 1.0
        return dearest.times(Taken(longer, longer))

    def knows(self, respondent: str) -> bool:
        """Whether a respondent has told what its replies take."""
        return respondent in self._beyond

    def learn(self, foreseen: Foreseen, taken: Taken, n_replied: int) -> None:
        """What an administration took for so many of its messages: for the others, as much each."""
        share = max(foreseen.n_messages / max(n_replied, 1), 1.0)
        whole = taken.times(Taken(share, share))
        dearest, longest = self._dearest.get(foreseen.kind, (Taken(), 0.0))
        self._dearest[foreseen.kind] = dearest.most(whole), foreseen.words if whole.tokens > dearest.tokens else longest
        beyond = self._beyond.get(foreseen.respondent, ONCE)
        self._beyond[foreseen.respondent] = beyond.most(whole.over(foreseen.by_text))

    def cost(self, respondent: str, read: int, written: int, cached: int = 0) -> float:
        """US dollars; 0 where money is not limited."""
        price = self.prices.get(respondent)
        return price.cost(read, written, cached, batched=self.batched) if price else 0.0


def _kind(administration: Administration) -> Kind:
    return administration.respondent, administration.instrument, administration.form, administration.condition.value


def _by_text(administration: Administration, wordings: Wordings) -> tuple[float, float]:
    """Tokens of a message and of its reply, by the length of the texts."""
    question = wordings.question(administration)
    read = sum(tokens_of(message["content"]) for message in question.messages)
    names = (question.instrument.text(n) if question.instrument.has_short_items else "" for n in question.shown)
    return read, sum(tokens_of(name) + TOKENS_OF_AN_ANSWER for name in names)
