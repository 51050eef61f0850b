"""What came of a batch: the lines of its files become attempts, a few hundred at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from emotionbench.engine.asking import Tally, attempt_of, best_reply, is_cut_off, n_valid_of
from emotionbench.engine.lane import Wordings
from emotionbench.engine.took import Took
from emotionbench.errors import RespondentError
from emotionbench.records import Administration, Attempt
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.openai.batch_readings import AskAnew
from emotionbench.respondents.openai.batches import Batches, Line, Standing
from emotionbench.respondents.openai.replies import Response
from emotionbench.store import Store, batches, reading
from emotionbench.study import Study

LINES_AT_ONCE = 200
NO_LINE = 0
"""In the place of a part: the provider took a request and told nothing of it."""


@dataclass
class Fates:
    """What became, in this run, of what was asked: administrations that failed for good or came incomplete, requests
    that are asked anew, by administration and part, as their reply leaves items open; and how often a request failed.
    """

    failed: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    reasked: set[tuple[str, int]] = field(default_factory=set)
    n_failures: Counter[tuple[str, int]] = field(default_factory=Counter)


class Collecting:
    """Keeps what came of the batches of one respondent.

    What failed and may pass goes into a further batch, as often as the study has ``retries``; so may what the provider
    took and never answered.
    """

    def __init__(
        self,
        store: Store,
        provider: Batches,
        wordings: Wordings,
        tally: Tally,
        study: Study,
        *,
        spend: Callable[[Attempt], None],
    ) -> None:
        self.store, self.provider, self.wordings, self.tally, self.spend = store, provider, wordings, tally, spend
        self.reask, self.retries = study.reask, study.execution.retries
        self.fates = Fates()
        self.again = False
        """Whether something failed only for the way it was asked, which is another now."""

    async def collect(self, batch: batches.Batch, standing: Standing) -> None:
        """Keep everything that came of an ended batch, and close it.

        Collecting may be broken off at any moment: what was kept is not kept again. A RespondentError where nothing
        came, or where all failed, and would again.
        """
        came = _Came(batch, self.tally.took.of(batch.respondent, batched=True))
        for file_id in standing.files:
            try:
                await self._file(came, file_id)
            except LookupError:
                self._trouble(f"the provider no longer has {file_id}")
        if standing.problems:
            await asyncio.to_thread(self._refused_lines, came, standing)
        elif standing.status != "failed":
            for name in await asyncio.to_thread(batches.unanswered, self.store, batch.id):
                self._failed((name, NO_LINE), may_pass=True)
        state = await asyncio.to_thread(batches.close, self.store, batch.id)
        if came.n_replies:
            return
        if came.hopeless is not None:
            raise came.hopeless
        if came.refused is not None:
            await self.provider.stop_if_hopeless(*came.refused)
        if state == batches.LOST:
            raise self._lost(standing)

    def _lost(self, standing: Standing) -> RespondentError:
        words = "; ".join(text for _, text in standing.problems)
        if standing.status == "failed":
            what = f"the provider refused the batch {standing.id}: {words or 'it gives no reason'}"
            return RespondentError(
                what, where=self.provider.name, fix="mend that and run the same command again, or leave out --batch"
            )
        what = f"nothing came of the batch {standing.id}, which is {standing.status}"
        return RespondentError(what, where=self.provider.name, fix="the same command asks what was in it anew")

    async def _file(self, came: _Came, file_id: str) -> None:
        waiting: list[Line] = []
        async with aclosing(self.provider.lines(file_id)) as lines:
            async for line in lines:
                waiting.append(line)
                if len(waiting) == LINES_AT_ONCE:
                    await self._take_in(came, waiting)
                    waiting = []
        await self._take_in(came, waiting)

    async def _take_in(self, came: _Came, lines: list[Line]) -> None:
        """Keep what some lines say, and count what it took."""
        for attempt in await asyncio.to_thread(self._keep, came, lines):
            self.spend(attempt)

    def _keep(self, came: _Came, lines: list[Line]) -> list[Attempt]:
        """Make attempts of some lines, and keep them in one commit."""
        by_key = {key: line for line in lines if (key := key_of(line.custom_id)) is not None}
        names = sorted({administration for administration, _ in by_key})
        awaited = batches.awaited(self.store, came.batch.id, names)
        attempts: list[Attempt] = []
        outcomes: list[tuple[Question, Reply | AskFailure]] = []
        for key, asked in awaited.items():
            if (line := by_key.get(key)) is None:
                continue
            question = self._question(asked)
            outcome = self._outcome(came, question, asked, line)
            submitted, number = came.batch.submitted_at, question.attempt
            attempts.append(attempt_of(question, outcome, submitted, came.seconds, number=number))
            outcomes.append((question, outcome))
        came.n_kept += batches.collect(self.store, came.batch.id, attempts)
        self.tally.n_attempts += len(attempts)
        for attempt in attempts:
            came.took.count(attempt)
        for question, outcome in outcomes:
            self._note(came, question, outcome)
        return attempts

    def _outcome(self, came: _Came, question: Question, asked: batches.Awaited, line: Line) -> Reply | AskFailure:
        try:
            reply = self.provider.read(question, line, asked.body)
        except AskFailure as failure:
            self.again |= isinstance(failure, AskAnew)
            if line.response is not None and not line.response.ok:
                self._refused(came, question, asked.body, line.response)
            self._trouble(failure.message)
            return failure
        except RespondentError as problem:
            came.hopeless = problem
            return AskFailure("rejected", problem.what, request=self.provider.request(asked.body), may_pass=False)
        came.n_replies += 1
        return reply

    def _refused(self, came: _Came, question: Question, body: str, response: Response) -> None:
        came.refused = (response, body)
        try:
            self.again |= self.provider.adapt(question, body, response)
        except RespondentError as problem:
            came.hopeless = problem

    def _question(self, asked: batches.Awaited) -> Question:
        """The question, as far as reading its reply needs it: without what was said before in its conversation."""
        try:
            return self.wordings.question(asked.administration, part=asked.part)
        except KeyError:
            self.know_whole_store()
            return self.wordings.question(asked.administration, part=asked.part)

    def know_whole_store(self) -> None:
        """A batch may hold administrations of another study of this store."""
        stored, known = reading.materials(self.store), self.wordings
        known.instruments.update(stored.instruments)
        known.protocols.update(stored.protocols)
        known.forms.update(stored.forms)
        known.situations.update(stored.situations)

    def _note(self, came: _Came, question: Question, outcome: Reply | AskFailure) -> None:
        """Whether a reply leaves items open, and is to be asked for again."""
        key, name = (question.administration.id, question.part), question.administration.id
        if isinstance(outcome, AskFailure):
            if not self.again:  # else it is asked in another way
                self._failed(key, may_pass=outcome.may_pass)
            return
        n_given = n_valid_of(question, outcome.text)
        came.took.n_cut_off += is_cut_off(question, outcome, n_given)
        if n_given == len(question.shown):
            self.fates.reasked.discard(key)
            self.fates.incomplete.discard(name)
            return
        self.fates.incomplete.add(name)
        if self.reask:
            self.fates.reasked.add(key)

    def _failed(self, key: tuple[str, int], *, may_pass: bool) -> None:
        """Whether a request that failed is asked once more in this run."""
        self.fates.n_failures[key] += 1
        if not may_pass or self.fates.n_failures[key] > self.retries:
            self.fates.failed.add(key[0])

    def _refused_lines(self, came: _Came, standing: Standing) -> None:
        """The requests that the provider names as what is wrong with the file are attempts that failed."""
        wrong = {line: words for line, words in standing.problems if line}
        last = max(wrong, default=0)
        for number, asked in enumerate(islice(batches.requests(self.store, came.batch.id), last), 1):
            if number in wrong:
                line = Line(custom_id(asked.administration, asked.part), None, ("rejected", wrong[number]))
                self._keep(came, [line])

    def _trouble(self, words: str) -> None:
        self.tally.last_failure = f"{self.provider.name}: {words}"

    def is_reasked(self, administration: Administration, earlier: reading.Progress) -> bool:
        """Whether a reply left items open, and is asked for again."""
        parts = range(1, administration.n_messages + 1)
        return any(self._is_reasked((administration.id, part), earlier.replies.get(part, ())) for part in parts)

    def wants(self, question: Question, replies: tuple[str, ...]) -> str | None:
        """The best reply there is, or None where the question is to be asked (again)."""
        if self._is_reasked((question.administration.id, question.part), replies):
            return None
        return best_reply(question, replies)

    def _is_reasked(self, key: tuple[str, int], replies: tuple[str, ...]) -> bool:
        return key in self.fates.reasked and len(replies) <= self.reask


class _Came:
    """What came of one batch so far: the attempts kept, the replies among them, and a refusal if there was one.

    ``took``: what this run's batches of the respondent took.
    """

    def __init__(self, batch: batches.Batch, took: Took) -> None:
        self.batch, self.took = batch, took
        self.seconds = max((datetime.now(UTC) - datetime.fromisoformat(batch.submitted_at)).total_seconds(), 0.0)
        self.n_kept = self.n_replies = 0
        self.refused: tuple[Response, str] | None = None
        self.hopeless: RespondentError | None = None


def custom_id(administration: str, part: int) -> str:
    """What a request is called in the files of a batch."""
    return f"{administration}-{part}"


def key_of(called: str) -> tuple[str, int] | None:
    """Administration and part of what was called so; None where it is none of ours."""
    administration, _, part = called.rpartition("-")
    return (administration, int(part)) if administration and part.isdecimal() else None
