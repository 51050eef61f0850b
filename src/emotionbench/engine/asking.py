"""One administration being asked: until there is a reply, with every attempt recorded."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from emotionbench.engine.ledger import Ledger
from emotionbench.engine.pace import Pace
from emotionbench.engine.took import Takings
from emotionbench.errors import RespondentError
from emotionbench.parsing import n_valid
from emotionbench.records import Attempt
from emotionbench.respondents.base import Answerer, AskFailure, Question, Reply
from emotionbench.store.schema import CUT_OFF
from emotionbench.study import Study
from emotionbench.study_materials import Materials

FAILURES_IN_A_ROW = 10


@dataclass
class Tally:
    """A run so far, in administrations; ``n_elsewhere`` are being asked by another process.

    ``took`` says what the attempts took that this run recorded, whoever else asks in the same store.
    """

    n_planned: int
    n_earlier: int = 0
    n_answered: int = 0
    n_failed: int = 0
    n_elsewhere: int = 0
    n_incomplete: int = 0
    n_attempts: int = 0
    interrupted: bool = False
    last_failure: str | None = None
    took: Takings = field(default_factory=Takings)

    @property
    def n_open(self) -> int:
        """Administrations that still have no response."""
        return self.n_planned - self.n_earlier - self.n_answered


class Answered(NamedTuple):
    """What asking one message brought: the best reply (None where every attempt failed) and its valid answers."""

    reply: str | None
    n_valid: int


@dataclass(frozen=True)
class Shared:
    """What the lanes of one run share."""

    study: Study
    materials: Materials
    ledger: Ledger
    tally: Tally
    stopping: asyncio.Event
    watch: Callable[[Tally], None]


class Asker:
    """Asks one respondent: retries what may pass, re-asks what is incomplete, gives up when everything fails."""

    def __init__(self, shared: Shared, answerer: Answerer) -> None:
        self.shared, self.answerer = shared, answerer
        self.retries, self.reask = shared.study.execution.retries, shared.study.reask
        self.pace = Pace(shared.study.execution)
        self.took = shared.tally.took.of(answerer.record.id)
        self.n_at_once = answerer.capabilities.at_once or shared.study.execution.concurrency
        self.room = asyncio.Semaphore(self.n_at_once)
        self.failures_in_a_row: deque[str] = deque(maxlen=FAILURES_IN_A_ROW)

    async def answer(self, question: Question, numbers: Iterator[int]) -> Answered:
        """Ask until there is a reply, and again while it leaves items unanswered and that is allowed.

        ``question.attempt`` is the number of the first attempt; ``numbers`` gives attempts those they are kept under,
        as they end: several messages of one administration may be asked at once.
        """
        best = Answered(None, 0)
        for again in range(self.reask + 1):
            question, reply = await self._retried(_next(question) if again else question, numbers)
            if reply is None:
                break
            n_given = n_valid_of(question, reply.text)
            self.took.n_cut_off += is_cut_off(question, reply, n_given)
            if best.reply is None or n_given > best.n_valid:
                best = Answered(reply.text, n_given)
            if n_given == len(question.shown):
                break
        return best

    async def _retried(self, question: Question, numbers: Iterator[int]) -> tuple[Question, Reply | None]:
        """Ask, and again after a pause where the failure may pass; the last question asked, and its reply if any."""
        for retry in range(self.retries + 1):
            question = _next(question) if retry else question
            outcome = await self._once(question, numbers)
            if isinstance(outcome, Reply):
                self.failures_in_a_row.clear()
                return question, outcome
            if retry == self.retries or not self.pace.may_retry(outcome) or self.shared.stopping.is_set():
                self._give_up_if_all_fail(outcome)
                break
            await self.pace.hold(outcome, retry)
        return question, None

    async def _once(self, question: Question, numbers: Iterator[int]) -> Reply | AskFailure:
        """One attempt, recorded."""
        await self.pace.wait()
        outcome: Reply | AskFailure
        async with self.room:
            started_at, start = now(), time.perf_counter()
            try:
                outcome = await self.answerer.ask(question)
            except AskFailure as failure:
                outcome = failure
        seconds = time.perf_counter() - start
        attempt = attempt_of(question, outcome, started_at, seconds, number=next(numbers))
        self.shared.tally.n_attempts += 1
        self.took.count(attempt)
        await self.shared.ledger.add(attempt)
        return outcome

    def _give_up_if_all_fail(self, failure: AskFailure) -> None:
        self.shared.tally.last_failure = f"{self.answerer.record.name}: {failure.message}"
        self.failures_in_a_row.append(failure.kind)
        if len(self.failures_in_a_row) == FAILURES_IN_A_ROW and not self.shared.stopping.is_set():
            raise RespondentError(
                f"{FAILURES_IN_A_ROW} administrations in a row failed, the last with: {failure.message}",
                where=self.answerer.record.name,
                fix="mend that and run the same command again; everything answered so far is kept",
            )


def best_reply(question: Question, replies: Sequence[str]) -> str | None:
    """The reply with the most valid answers, the earliest of equals; None where there is none."""
    return max(replies, key=lambda reply: n_valid_of(question, reply), default=None)


def n_valid_of(question: Question, text: str) -> int:
    """How many of the items that the question puts have a valid answer in this reply."""
    if question.form is not None and (question.form.recites or question.form.reads_probabilities):
        return len(question.shown)  # whatever is recited is an answer, and so is any distribution
    return n_valid(text, question.instrument, question.shown, question.form)


def is_cut_off(question: Question, reply: Reply, n_given: int) -> bool:
    """Whether a reply, with so many valid answers, leaves items open because it reached the limit of tokens."""
    return reply.finish_reason in CUT_OFF and n_given < len(question.shown)


def _next(question: Question) -> Question:
    """The same question, put once more."""
    return replace(question, attempt=question.attempt + 1)


def attempt_of(
    question: Question, outcome: Reply | AskFailure, started_at: str, seconds: float, *, number: int
) -> Attempt:
    """The attempt that a question and what came of it make."""
    if isinstance(outcome, AskFailure):
        return Attempt(
            administration=question.administration.id,
            number=number,
            request=outcome.request,
            response=None,
            reply=None,
            error=outcome.message,
            error_kind=outcome.kind,
            started_at=started_at,
            seconds=seconds,
            part=question.part,
        )
    return Attempt(
        administration=question.administration.id,
        number=number,
        request=outcome.request,
        response=outcome.response,
        reply=outcome.text,
        error=None,
        error_kind=None,
        started_at=started_at,
        seconds=seconds,
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        model_version=outcome.model_version,
        finish_reason=outcome.finish_reason,
        logprobs=outcome.logprobs,
        part=question.part,
        cached_tokens=outcome.cached_tokens,
        reasoning_tokens=outcome.reasoning_tokens,
    )


def now() -> str:
    """This moment, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
