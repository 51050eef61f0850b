"""What a run may spend: administrations, tokens, money; it ends before more is spent.

Sessions are whole: one is begun only if what it is expected to take, with what is expected of those under way, stays
within every limit; begun, it is finished. What an administration takes is expected to be as much as the dearest of its
kind so far, more where its text is longer; the first by the length of its texts. Under a limit of tokens or money at
most one session more is under way than have been finished, so that those first ones tell what a reply takes before
many are asked at once.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from emotionbench.engine.lane import Feed, Pending, Wordings
from emotionbench.engine.ledger import Ledger
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.errors import StudyError
from emotionbench.materials.prices import load_prices
from emotionbench.records import Administration, Attempt
from emotionbench.respondents.base import Answerer
from emotionbench.respondents.prices import checked_price
from emotionbench.store import Store, reading
from emotionbench.study import Execution, Study

LIMITS = ("max_cost", "max_tokens", "max_administrations")
TOKENS_OF_AN_ANSWER = 4
"""Tokens that a line of a reply is taken to have beside the item's text, before there is a reply to tell."""
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


@dataclass
class _Hold:
    """A session under way: what is still expected of it, and what each of its administrations has taken."""

    expected: Taken
    inputs: dict[str, tuple[Kind, float]]
    taken: dict[str, Taken] = field(default_factory=lambda: defaultdict(Taken))


class Budget:
    """The limits of one run, shared by its respondents, and what has been spent of them.

    ``ended`` says which limit ended the run, and how far it came; None while none has. ``n_uncounted`` replies came
    without the server's count of tokens: theirs are estimated by the length of the texts.
    """

    def __init__(self, execution: Execution, prices: Mapping[str, Price]) -> None:
        self.limits, self.prices = execution, prices
        self.measures_tokens = execution.max_tokens is not None or execution.max_cost is not None
        self.n_asked, self.spent, self.n_uncounted = 0, Taken(), 0
        self.ended: str | None = None
        self._holds: list[_Hold] = []
        self._of_administration: dict[str, _Hold] = {}
        self._dearest: dict[Kind, tuple[Taken, float]] = {}
        self._n_finished = 0
        self._freed = asyncio.Event()

    @property
    def limits_anything(self) -> bool:
        """Whether there is a limit at all."""
        return any(getattr(self.limits, name) is not None for name in LIMITS)

    async def begin(
        self, session: Sequence[Administration], wordings: Wordings, gone: Callable[[], bool]
    ) -> _Hold | None:
        """Leave to ask these administrations of a session; None where they would exceed a limit.

        Waits while it hangs on what those under way will have taken; None as well once the run is ``gone``.
        """
        hold = self._hold(session, wordings)
        while not (self.ended or gone()):
            exceeded = self._exceeded(len(session), hold.expected)
            is_slow_start = self.measures_tokens and len(self._holds) > self._n_finished
            if exceeded is None and not is_slow_start:
                self.n_asked += len(session)
                self._holds.append(hold)
                self._of_administration.update(dict.fromkeys(hold.inputs, hold))
                return hold
            if not self._holds or exceeded == "max_administrations":
                self.ended = self._account(str(exceeded))
                break
            self._freed.clear()
            await self._freed.wait()
        self._freed.set()
        return None

    def spend(self, attempt: Attempt) -> None:
        """Count what an attempt took, as the server says; estimated where it says nothing of a reply."""
        hold = self._of_administration.get(attempt.administration)
        if hold is None:
            return
        kind, words = hold.inputs[attempt.administration]
        read, written = attempt.input_tokens, attempt.output_tokens
        if attempt.reply is not None and (read is None or written is None):
            self.n_uncounted += 1
            read, written = read or round(words), written or round(tokens_of(attempt.reply))
        price = self.prices.get(kind[0])
        cost = price.cost(read or 0, written or 0, attempt.cached_tokens or 0) if price else 0.0
        taken = Taken((read or 0) + (written or 0), cost)
        self.spent, hold.expected = self.spent.plus(taken), hold.expected.less(taken)
        hold.taken[attempt.administration] = hold.taken[attempt.administration].plus(taken)

    def finish(self, hold: _Hold) -> None:
        """A session is finished: nothing more is expected of it, and what it took is what the next may take."""
        self._holds.remove(hold)
        for identifier, (kind, words) in hold.inputs.items():
            del self._of_administration[identifier]
            taken = hold.taken.get(identifier)
            if taken is not None and taken != Taken():  # what failed says nothing of what a reply takes
                dearest, longest = self._dearest.get(kind, (Taken(), 0.0))
                most = Taken(max(dearest.tokens, taken.tokens), max(dearest.cost, taken.cost))
                self._dearest[kind] = most, words if taken.tokens > dearest.tokens else longest
        self._n_finished += 1
        self._freed.set()

    def _hold(self, session: Sequence[Administration], wordings: Wordings) -> _Hold:
        expected, inputs = Taken(), {}
        for administration in session:
            kind = _kind(administration)
            words = written = 0.0
            if self.measures_tokens and kind not in self._dearest:
                words, written = _by_text(administration, wordings)
            elif self.measures_tokens:
                words = _by_text(administration, wordings)[0]
            inputs[administration.id] = (kind, words)
            known = kind in self._dearest
            one = self._known(kind, words) if known else self._first(kind[0], words, written, administration)
            expected = expected.plus(one)
        return _Hold(expected, inputs)

    def _known(self, kind: Kind, words: float) -> Taken:
        """As much as the dearest of its kind took, and more where its own text is longer."""
        dearest, of_words = self._dearest[kind]
        longer = max(words / of_words, 1.0) if of_words else 1.0
        return Taken(dearest.tokens * longer, dearest.cost * longer)

    def _first(self, respondent: str, words: float, written: float, administration: Administration) -> Taken:
        """What the first administration of a kind is expected to take, from the texts of one message."""
        n = administration.n_messages
        price = self.prices.get(respondent)
        return Taken(n * (words + written), price.cost(round(n * words), round(n * written)) if price else 0.0)

    def _exceeded(self, n: int, expected: Taken) -> str | None:
        """The limit that ``n`` more administrations, with what is expected of them and of those under way, exceed."""
        limits, total = self.limits, self.spent.plus(expected)
        for hold in self._holds:
            total = total.plus(hold.expected)
        if limits.max_administrations is not None and self.n_asked + n > limits.max_administrations:
            return "max_administrations"
        if limits.max_cost is not None and total.cost > limits.max_cost:
            return "max_cost"
        if limits.max_tokens is not None and total.tokens > limits.max_tokens:
            return "max_tokens"
        return None

    def _account(self, limit: str) -> str:
        """Which limit ended the run, and what it spent."""
        spent = [f"{self.n_asked:,} administrations asked"]
        if self.measures_tokens:
            about = "about " if self.n_uncounted else ""
            spent.append(f"{about}{round(self.spent.tokens):,} tokens")
        if self.limits.max_cost is not None:
            spent.append(f"{about}${self.spent.cost:.4f}")
        said = f"--{limit.replace('_', '-')} {getattr(self.limits, limit):g}: {', '.join(spent)}"
        if self.n_uncounted and self.measures_tokens:
            said += f" ({self.n_uncounted:,} replies without the server's count: estimated by their length)"
        return said


class BudgetedFeed(Feed):
    """A feed that gives out sessions as far as the budget goes; whoever asks for the next one is done with the last."""

    def __init__(
        self,
        next_chunk: Callable[[], list[Pending] | None],
        budget: Budget,
        wordings: Wordings,
        gone: Callable[[], bool],
    ) -> None:
        super().__init__(next_chunk)
        self.budget, self.wordings, self.gone = budget, wordings, gone
        self._under_way: dict[asyncio.Task[object] | None, _Hold] = {}

    async def next(self) -> Pending | None:
        """The next session that the budget allows; None after the last."""
        task = asyncio.current_task()
        last = self._under_way.pop(task, None)
        if last is not None:
            self.budget.finish(last)
        pending = None if self.budget.ended else await super().next()
        if pending is None:
            return None
        hold = await self.budget.begin(open_of(pending), self.wordings, self.gone)
        if hold is None:
            return None
        self._under_way[task] = hold
        return pending

    async def close(self) -> None:
        """As of any feed; what was under way is finished."""
        await super().close()
        for hold in self._under_way.values():
            self.budget.finish(hold)
        self._under_way.clear()


class CountingLedger(Ledger):
    """A ledger that tells the budget what every attempt took, and when all of them are kept."""

    def __init__(self, store: Store, budget: Budget) -> None:
        super().__init__(store)
        self.budget = budget
        self.n_added = self.n_kept = 0
        self._kept = asyncio.Event()

    async def add(self, attempt: Attempt) -> None:
        """Hand over an attempt."""
        self.budget.spend(attempt)
        self.n_added += 1
        await super().add(attempt)

    async def settled(self) -> None:
        """Wait until everything handed over is committed, or cannot be."""
        while self.n_kept < self.n_added and not self.failure:
            self._kept.clear()
            await self._kept.wait()

    async def _commit(self, group: Sequence[Attempt]) -> None:
        await super()._commit(group)
        self.n_kept += len(group)
        self._kept.set()


def open_of(pending: Pending) -> list[Administration]:
    """The administrations of a session that still lack a reply."""
    return [a for a in pending.session if not has_reply(pending.progress, a)]


def has_reply(progress: Mapping[str, reading.Progress], administration: Administration) -> bool:
    """Whether every message of the administration has a reply."""
    return len(progress.get(administration.id, reading.NOT_TRIED).replies) == administration.n_messages


MOST_REPEATS = 10
"""The most repeats where a precision is wanted and the study does not say."""


def with_most_repeats(study: Study) -> Study:
    """The study with ``MOST_REPEATS`` repeats where it wants a precision and says nothing of repeats."""
    if study.execution.precision is None or "repeats" in study.model_fields_set:
        return study
    return study.model_copy(update={"repeats": MOST_REPEATS})


def prices_for(execution: Execution, answerers: Sequence[Answerer]) -> dict[str, Price]:
    """The price of every respondent by its id, where money is limited; an error where one is not known."""
    if execution.max_cost is None:
        return {}
    prices = load_prices(execution.prices)
    return {answerer.record.id: checked_price(answerer.record, prices) for answerer in answerers}


def check_room(execution: Execution, n_phases: int) -> None:
    """Raise a StudyError where the administrations allowed are fewer than a session has."""
    most = execution.max_administrations
    if most is not None and most < n_phases:
        raise StudyError(
            f"{most} is fewer than the {n_phases} administrations of a session, which are asked together",
            where="execution: max_administrations",
            fix=f"allow {n_phases} or more",
        )


def _kind(administration: Administration) -> Kind:
    return administration.respondent, administration.instrument, administration.form, administration.condition.value


def _by_text(administration: Administration, wordings: Wordings) -> tuple[float, float]:
    """Tokens of a message and of its reply, by the length of the texts."""
    question = wordings.question(administration)
    read = sum(tokens_of(message["content"]) for message in question.messages)
    names = (question.instrument.text(n) if question.instrument.has_short_items else "" for n in question.shown)
    return read, sum(tokens_of(name) + TOKENS_OF_AN_ANSWER for name in names)
