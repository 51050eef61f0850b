"""Servers with typed ordinal questions: a probability for every answer, the items of an administration in one request.

The words around an item are the state that is asked about, the item is the question, and the answers with their labels
are its options. Items of one administration that wait at the same time share a request, as far as they share a state.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import MARK
from emotionbench.respondents.base import AskFailure, Capabilities, Question, Reply
from emotionbench.respondents.gate import Gate
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.connection import Connection
from emotionbench.respondents.openai.exchanging import Body, Exchange, Exchanging, lacks_path
from emotionbench.respondents.openai.few_shot import PARAGRAPH, answers_shown, labels_shown
from emotionbench.respondents.openai.replies import Complaint
from emotionbench.respondents.openai.typed_questions import MOST_LEVELS, Kind, Path, Typed, Unanswered, body, told

MOST_TOGETHER = 20
GATHER_SECONDS = 0.005
"""How long the first of the items that share a request waits for the others."""
NOT_READ = "answers typed questions with probabilities, and writes nothing", "ask it with --answers logprobs"
"""What is wrong with drawing its answers, and what mends it."""


class _OtherPath(Exception):
    """The server may have the other endpoint."""


@dataclass(frozen=True, slots=True)
class _Together:
    """Questions that go in one request about one state, and what came of each."""

    state: str
    questions: list[Question] = field(default_factory=list)
    outcomes: list[asyncio.Future[Reply]] = field(default_factory=list)

    def share(self, outcomes: Sequence[Reply | AskFailure]) -> None:
        """Tell each question its outcome, unless nobody waits for it any more."""
        for waiting, outcome in zip(self.outcomes, outcomes, strict=True):
            if waiting.done():
                continue
            if isinstance(outcome, Reply):
                waiting.set_result(outcome)
            else:
                waiting.set_exception(outcome)


class _Requests(Exchanging[None]):
    """Requests to ``/v1/systemone``, or to ``/v1/decisions`` once the server showed that it has no such thing."""

    missing_fix = "use endpoint: chat or completions, or a server and model that answer typed questions"

    @property
    def path(self) -> Path:
        """Where they go now."""
        return "systemone" if self.connection.path == "systemone" else "decisions"

    def refused(self, complaint: Complaint) -> None:
        """Go on to the other endpoint, by an _OtherPath, unless the first has answered before."""
        may_have_other = complaint.status in {404, 405} and lacks_path(complaint)
        if may_have_other and self.path == "systemone" and not self.has_succeeded:
            self.connection.go_to("decisions")
            raise _OtherPath


class Ordinal:
    """One model behind ``/v1/systemone``, or ``/v1/decisions`` where the server has no such thing.

    Of its settings, ``typed`` says as what an item is asked: as a ``choice`` among the answers (the default), or as a
    ``score``, for servers whose models were trained for levels in order. Until the first success requests go one at a
    time, and ``concurrency`` of them later.
    """

    def __init__(self, connection: Connection, concurrency: int) -> None:
        self.record = connection.record
        # each request holds the items of many questions, and connections are limited by themselves
        at_once = MOST_TOGETHER * concurrency
        self.capabilities = Capabilities(drawn=False, logprobs=True, temperature=False, at_once=at_once)
        self._kind: Kind = self.record.settings.get("typed", "choice")
        self._connection, self._requests, self._gate = connection, _Requests(connection, None), Gate()
        self._open: dict[tuple[str, str], _Together] = {}
        # waiting for a connection would count as waiting for an answer
        self._room = asyncio.Semaphore(concurrency)

    async def ask(self, question: Question) -> Reply:
        """Put the question, together with others of its administration that are put at the same time."""
        self._check(question)
        state = _state(question)
        key = (question.administration.id, state)
        together = self._open.get(key)
        leads = together is None
        if together is None:
            together = self._open[key] = _Together(state)
        outcome: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        together.questions.append(question)
        together.outcomes.append(outcome)
        if len(together.questions) == MOST_TOGETHER:
            del self._open[key]
        if leads:
            await self._lead(key, together)
        return await outcome

    async def close(self) -> None:
        """Release connections; a later ``ask`` opens new ones."""
        self._gate.reset()
        await self._connection.close()

    async def _lead(self, key: tuple[str, str], together: _Together) -> None:
        """Wait for the others, then ask all; whatever happens, each of them hears of it."""
        try:
            await asyncio.sleep(GATHER_SECONDS)
            if self._open.get(key) is together:
                del self._open[key]
            if self._gate.one_at_a_time:
                await self._gate.through(partial(self._negotiate, together))
            else:
                await self._negotiate(together)
        except (AskFailure, RespondentError) as problem:
            for outcome in together.outcomes:
                if not outcome.done():
                    outcome.set_exception(problem)
        finally:
            if self._open.get(key) is together:
                del self._open[key]
            for outcome in together.outcomes:
                outcome.cancel()  # which leaves those alone that have one

    async def _negotiate(self, together: _Together) -> Reply:
        """Send what was gathered, and share out what came; the first reply stands for all."""
        typed = _all_typed(self._kind, together.questions)

        def body_of(_: None) -> Body:
            settings, path = self.record.settings, self._requests.path
            return {"model": settings["model"], **settings["extra"], **body(path, self._kind, together.state, typed)}

        async with self._room:
            try:
                exchange = await self._requests.exchange(body_of)
            except _OtherPath:
                exchange = await self._requests.exchange(body_of)
        outcomes = self._outcomes(exchange, typed, together.questions)
        together.share(outcomes)
        answered = [outcome for outcome in outcomes if isinstance(outcome, Reply)]
        if not answered:
            raise next(outcome for outcome in outcomes if isinstance(outcome, AskFailure))
        self._requests.has_succeeded = True
        return answered[0]

    def _outcomes(
        self, exchange: Exchange, typed: Sequence[Typed], questions: Sequence[Question]
    ) -> list[Reply | AskFailure]:
        """What one response says to each of the questions."""
        shares = _shares(exchange.content, len(typed))
        outcomes: list[Reply | AskFailure] = []
        for one, question, (n_in, n_out) in zip(typed, questions, shares, strict=True):
            try:
                found = told(exchange.content, self._kind, one)
            except Unanswered as why:
                outcomes.append(self._unanswered(why, question, len(typed), exchange))
                continue
            reading = {"item": question.shown[0], "source": "anchors", "probabilities": found.probabilities}
            reply = Reply(
                request=exchange.request,
                response=self._connection.redact(exchange.response.text),
                text=max(found.probabilities, key=lambda answer: found.probabilities[answer]),
                input_tokens=n_in,
                output_tokens=n_out,
                model_version=_model(exchange.content, self._connection.redact),
                logprobs=json.dumps(reading if found.mass is None else {**reading, "mass": found.mass}),
            )
            outcomes.append(reply)
        return outcomes

    def _unanswered(self, why: Unanswered, question: Question, n_asked: int, exchange: Exchange) -> AskFailure:
        item, kind = question.shown[0], "malformed" if why.may_pass else "rejected"
        words = replies.excerpt(exchange.response.text, self._connection.redact)
        message = f"no answer to item {item}, one of {n_asked} asked in one request: {why}: {words}"
        clean = replies.storable(self._connection.redact(message))
        return AskFailure(kind, clean, request=exchange.request, may_pass=why.may_pass)

    def _check(self, question: Question) -> None:
        """Raise where this question cannot be put as a typed one."""
        form, scale = question.form, question.instrument.response_scale
        if form is None or not form.reads_probabilities:
            raise self._connection.hopeless(*NOT_READ)
        n_answers = scale.highest - scale.lowest + 1
        if self._kind == "score" and n_answers > MOST_LEVELS:
            what = f"a score has at most {MOST_LEVELS} levels, and {question.instrument.id} has {n_answers} answers"
            raise self._connection.hopeless(what, "set typed: choice in its settings")


def asked(path: Path, kind: Kind, questions: Sequence[Question]) -> dict[str, Any]:
    """What asks questions of one state in one request, without the name of the model."""
    return body(path, kind, _state(questions[0]), _all_typed(kind, questions))


def _all_typed(kind: Kind, questions: Sequence[Question]) -> list[Typed]:
    return [_typed(one, ascending=kind == "score") for one in questions]


def _state(question: Question) -> str:
    """The conversation without the item and without how its answer is to be written, which the server says itself."""
    *before, last = (message["content"] for message in question.messages)
    reply = _how_to_reply(question)
    put = last.rpartition(reply)[0] if reply and reply in last else last
    ahead, found, behind = put.rpartition(question.instrument.text(question.shown[0]))
    rest = behind.partition("\n")[2].strip()
    return PARAGRAPH.join(filter(None, [*before, ahead.rstrip() if found else put, rest if found else ""]))


def _how_to_reply(question: Question) -> str:
    """The words that ask for the answer alone, as they stand in the question; "" without any."""
    form, scale, template = question.form, question.instrument.response_scale, question.protocol.reply_alone
    if template is None:
        return ""
    if form is None or not form.has_signs:
        return template.format(lowest=scale.lowest, highest=scale.highest)
    signs = [f"{sign}{MARK}" for sign in answers_shown(question.instrument, form).values()]
    return template.format(lowest=signs[0], highest=signs[-1])


def _typed(question: Question, *, ascending: bool) -> Typed:
    """The item as a typed question, its answers as listed or from lowest to highest; its name says its number alone."""
    number = question.shown[0]
    labels = labels_shown(question.instrument, question.instrument.items[number - 1])
    shown = answers_shown(question.instrument, question.form)
    in_order = sorted(shown) if ascending else shown
    options = {shown[value]: labels.get(value, "") for value in in_order}
    return Typed(f"item_{number}", question.instrument.text(number), options)


def _shares(content: Any, n: int) -> list[tuple[int | None, int | None]]:
    """The tokens in and out of a response, dealt out among n questions so that they sum to what they were."""
    usage = content.get("usage") if isinstance(content, dict) else None
    usage = usage if isinstance(usage, dict) else {}
    dealt = [_dealt(usage.get(name), n) for name in ("input_tokens", "output_tokens")]
    return list(zip(*dealt, strict=True))


def _dealt(count: Any, n: int) -> list[int | None]:
    n_tokens = replies.token_count(count)
    if n_tokens is None:
        return [None] * n
    each, left = divmod(n_tokens, n)
    return [each + (place < left) for place in range(n)]


def _model(content: Any, redact: replies.Redact) -> str | None:
    name = content.get("model") if isinstance(content, dict) else None
    return replies.storable(redact(name)) if isinstance(name, str) else None
