"""What a run may spend: administrations, tokens, money; it ends before more is spent.

Sessions are whole: one is begun only if what it is expected to take, with what is expected of those under way, stays
within every limit; begun, it is finished. What an administration takes is expected to be as much as the dearest of its
kind so far, more where its text is longer; the first by the length of its texts, more where other replies of the
respondent took more than their texts told. Where the store holds enough of a kind from earlier runs, they tell it from
the start. Else, under a limit of tokens or money, at most one session more is under way than have been finished, so
that those first ones tell what a reply takes before many are asked at once. Batches cannot begin so slowly: of
respondents that have told nothing yet, as much goes out as takes a tenth of the limit by its texts.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from emotionbench.engine.expecting import Expecting, Foreseen, Price, Taken
from emotionbench.engine.lane import Feed, Pending, Wordings
from emotionbench.engine.ledger import Ledger
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.errors import StudyError
from emotionbench.materials.prices import load_prices
from emotionbench.records import Administration, Attempt
from emotionbench.respondents.base import Answerer
from emotionbench.respondents.prices import checked_price
from emotionbench.store import Store, reading, tokens
from emotionbench.study import Execution, Study

LIMITS = ("max_cost", "max_tokens", "max_administrations")
UNTRIED_SHARE = 0.1
"""As much of a limit, by the length of the texts, goes into batches before a reply has told what replies take."""


@dataclass(eq=False)
class Hold:
    """Administrations under way: what is still expected of them, and what each of them has taken."""

    expected: Taken
    inputs: dict[str, Foreseen]
    taken: dict[str, Taken] = field(default_factory=lambda: defaultdict(Taken))
    replied: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """The messages of each that have a reply."""

    @property
    def respondent(self) -> str:
        """Who is asked."""
        return next(iter(self.inputs.values())).respondent


class Budget:
    """The limits of one run, shared by its respondents, and what has been spent of them.

    ``n_uncounted`` replies came without the server's count of tokens: theirs are estimated by the length of the texts.
    ``batched``: at the prices of batches.
    """

    def __init__(self, execution: Execution, prices: Mapping[str, Price], *, batched: bool = False) -> None:
        self.limits, self.expecting = execution, Expecting(prices, batched=batched)
        self.measures_tokens = execution.max_tokens is not None or execution.max_cost is not None
        self.n_asked, self.spent, self.n_uncounted = 0, Taken(), 0
        self._ended_by: str | None = None
        self._holds: set[Hold] = set()
        self._expected = Taken()
        self._untried: defaultdict[str, Taken] = defaultdict(Taken)
        """What is expected of all under way; and by respondent, where one has told nothing yet of what it takes."""
        self._n_under_way = Counter[str]()
        self._of_administration: dict[str, Hold] = {}
        self._n_finished = 0
        self._freed = asyncio.Event()

    @property
    def limits_anything(self) -> bool:
        """Whether there is a limit at all."""
        return any(getattr(self.limits, name) is not None for name in LIMITS)

    @property
    def ended(self) -> str | None:
        """Which limit ended the run, and what has been spent by now; None while none has."""
        return None if self._ended_by is None else self._account(self._ended_by)

    def recall(self, store: Store, respondents: Collection[str]) -> None:
        """Learn from what these respondents (ids) answered in the store before, where that matters."""
        if self.measures_tokens:
            self.expecting.remember(tokens.dearest(store, respondents))

    async def begin(
        self, session: Sequence[Administration], wordings: Wordings, gone: Callable[[], bool]
    ) -> Hold | None:
        """Leave to ask these administrations of a session; None where they would exceed a limit.

        Waits while it hangs on what those under way will have taken; None as well once the run is ``gone``.
        """
        hold = self._hold(session, wordings)
        while not (self.ended or gone()):
            exceeded = self._exceeded(len(session), hold.expected)
            is_slow_start = self.measures_tokens and len(self._holds) > self._n_finished and not self._is_recalled(hold)
            if exceeded is None and not is_slow_start:
                self._enter(hold, len(session))
                return hold
            if not self._may_pass(exceeded):
                break
            await self.freed()
        self._freed.set()
        return None

    def take(self, session: Sequence[Administration], wordings: Wordings, n_new: int) -> Hold | None:
        """Leave to put these administrations into a batch; None where there is no room now, or (``ended``) ever.

        ``n_new`` of them are asked for the first time in this run.
        """
        hold = self._hold(session, wordings)
        exceeded = None if self.ended else self._exceeded(n_new, hold.expected)
        if self.ended or not self._may_pass(exceeded) or exceeded or not self._is_tried_enough(hold):
            return None
        self._enter(hold, n_new)
        return hold

    def adopt(self, administration: Administration, wordings: Wordings, n_new: int) -> Hold:
        """What another process has sent, and this one sees to: it counts as asked by this run, whatever its limits."""
        hold = self._hold([administration], wordings)
        self._enter(hold, n_new)
        return hold

    async def freed(self) -> None:
        """Wait until something under way is finished, or a limit has ended the run; not where nothing is under way."""
        if self._holds and not self.ended:
            self._freed.clear()
            await self._freed.wait()

    def spend(self, attempt: Attempt) -> None:
        """Count what an attempt took, as the server says; estimated where it says nothing of a reply."""
        hold = self._of_administration.get(attempt.administration)
        if hold is None:
            return
        foreseen = hold.inputs[attempt.administration]
        taken = self.charge(attempt, foreseen.respondent, foreseen.words)
        self._change(hold, hold.expected.less(taken))
        hold.taken[attempt.administration] = hold.taken[attempt.administration].plus(taken)
        if attempt.reply is not None:
            hold.replied[attempt.administration].add(attempt.part)

    def charge(self, attempt: Attempt, respondent: str, words: float) -> Taken:
        """Count what an attempt took, and return it; its input takes ``words`` where the server says nothing of it."""
        read, written = attempt.input_tokens, attempt.output_tokens
        if attempt.reply is not None and (read is None or written is None):
            self.n_uncounted += 1
            read, written = read or round(words), written or round(tokens_of(attempt.reply))
        cost = self.expecting.cost(respondent, read or 0, written or 0, attempt.cached_tokens or 0)
        taken = Taken((read or 0) + (written or 0), cost)
        self.spent = self.spent.plus(taken)
        return taken

    def finish(self, hold: Hold) -> None:
        """A session is finished: nothing more is expected of it, and what it took is what the next may take."""
        self._change(hold, Taken())
        self._holds.remove(hold)
        self._n_under_way[hold.respondent] -= 1
        for identifier, foreseen in hold.inputs.items():
            del self._of_administration[identifier]
            taken = hold.taken.get(identifier)
            if taken is not None and taken != Taken():  # what failed says nothing of what a reply takes
                self.expecting.learn(foreseen, taken, len(hold.replied[identifier]))
        if not self._holds:
            self._expected = Taken()
        if self.expecting.knows(hold.respondent) or not self._n_under_way[hold.respondent]:
            self._untried.pop(hold.respondent, None)
        self._n_finished += 1
        self._freed.set()

    def _enter(self, hold: Hold, n_new: int) -> None:
        self.n_asked += n_new
        self._holds.add(hold)
        self._n_under_way[hold.respondent] += 1
        self._of_administration.update(dict.fromkeys(hold.inputs, hold))
        expected, hold.expected = hold.expected, Taken()
        self._change(hold, expected)

    def _change(self, hold: Hold, expected: Taken) -> None:
        """So much is still expected of what is under way."""
        self._expected = self._expected.less(hold.expected).plus(expected)
        if not self.expecting.knows(hold.respondent):
            self._untried[hold.respondent] = self._untried[hold.respondent].less(hold.expected).plus(expected)
        hold.expected = expected

    def _hold(self, session: Sequence[Administration], wordings: Wordings) -> Hold:
        texts = wordings if self.measures_tokens else None
        inputs = {administration.id: self.expecting.foresee(administration, texts) for administration in session}
        expected = Taken()
        for foreseen in inputs.values():
            expected = expected.plus(self.expecting.of(foreseen))
        return Hold(expected, inputs)

    def _exceeded(self, n: int, expected: Taken) -> str | None:
        """The limit that ``n`` more administrations, with what is expected of them and of those under way, exceed."""
        limits, total = self.limits, self.spent.plus(expected).plus(self._expected)
        if limits.max_administrations is not None and self.n_asked + n > limits.max_administrations:
            return "max_administrations"
        if limits.max_cost is not None and total.cost > limits.max_cost:
            return "max_cost"
        if limits.max_tokens is not None and total.tokens > limits.max_tokens:
            return "max_tokens"
        return None

    def _may_pass(self, exceeded: str | None) -> bool:
        """Whether there may be room once what is under way is finished; else the limit ends the run."""
        if exceeded is None or (self._holds and exceeded != "max_administrations"):
            return True
        self._ended_by = exceeded
        self._freed.set()
        return False

    def _is_recalled(self, hold: Hold) -> bool:
        return all(self.expecting.recalls(foreseen.kind) for foreseen in hold.inputs.values())

    def _is_tried_enough(self, hold: Hold) -> bool:
        """Whether so much may be asked of a respondent before it has told what its replies take; one session may."""
        if self.expecting.knows(hold.respondent) or not self._n_under_way[hold.respondent]:
            return True
        total = hold.expected
        for expected in self._untried.values():
            total = total.plus(expected)
        limits = self.limits.max_tokens, self.limits.max_cost
        tokens, cost = (float("inf") if most is None else UNTRIED_SHARE * most for most in limits)
        return total.tokens <= tokens and total.cost <= cost

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
        self._under_way: dict[asyncio.Task[object] | None, Hold] = {}

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
