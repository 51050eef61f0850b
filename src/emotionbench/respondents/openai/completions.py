"""Base models behind ``/v1/completions``: a few-shot questionnaire to continue, or to score the answers of.

Probabilities are read at the place where the answer to one item begins, in one of two manners. ``next`` asks for the
likeliest next tokens, and once more behind a part that leaves open which answer it is (``1`` of 10). ``echo`` lets the
server score a prompt for each answer, all its tokens, and so needs no list that is long enough to hold all answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

from emotionbench.respondents.base import Capabilities, Question, Reply
from emotionbench.respondents.gate import Gate
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.bodies import constant_fields, most_tokens, seed_of
from emotionbench.respondents.openai.connection import Connection
from emotionbench.respondents.openai.echoes import Scored, Unscored, chances, scored
from emotionbench.respondents.openai.exchanging import Body, Exchange, Exchanging
from emotionbench.respondents.openai.few_shot import answers_shown, document
from emotionbench.respondents.openai.next_tokens import Step, likeliest, listed, n_listed, to_follow
from emotionbench.respondents.openai.replies import Complaint, Response

EXAMPLES = 3
MOST_LISTED = 20
FEWEST_LISTED = 5
"""What OpenAI's own completions list, tried where a server refuses more without saying how many it takes."""
MOST_STEPS = 12
PLAIN_TEMPERATURE = 1.0
"""At which probabilities are read, as some servers list those of the temperature that is asked for."""
CUT_CHARACTER = "\N{REPLACEMENT CHARACTER}"
OTHER_SCORING = "set scoring: next in its settings"
MORE_LISTED = "set scoring: echo in its settings, or ask it with --answers drawn"
DRAWN = "ask it with --answers drawn"


@dataclass(frozen=True, slots=True)
class CompletionWay:
    """What a server takes: seeds, how many tokens it lists, and how many it must write behind an echo."""

    seed: bool
    n_listed: int = MOST_LISTED
    n_behind_echo: int = 0


class _Requests(Exchanging[CompletionWay]):
    """Requests to ``/v1/completions``; ``echoes`` where they ask for the scores of a prompt."""

    missing_fix = "set endpoint: chat in its settings if the model chats, or check base_url"

    def __init__(self, connection: Connection, way: CompletionWay, *, echoes: bool) -> None:
        super().__init__(connection, way)
        self.echoes = echoes

    def other_way(self, way: CompletionWay, complaint: Complaint) -> CompletionWay | None:
        """Without a seed, with fewer tokens listed, or with one behind the echo."""
        if way.seed and complaint.refuses("seed"):
            return replace(way, seed=False)
        if _is_of_probabilities(complaint) and not self.echoes:
            limits = [int(number) for number in re.findall(r"\b\d{1,3}\b", complaint.words)]
            fewer = [number for number in limits if 1 <= number < way.n_listed]
            return replace(way, n_listed=max(fewer, default=min(FEWEST_LISTED, way.n_listed)))
        if self.echoes and way.n_behind_echo == 0 and complaint.refuses("max_tokens"):
            return replace(way, n_behind_echo=1)
        return None

    def refused(self, complaint: Complaint) -> None:
        """Stop where the server tells no probabilities."""
        if _is_of_probabilities(complaint):
            said = replies.excerpt(complaint.words, self.connection.redact)
            what = f"{self.connection.shown_url} tells no such probabilities (HTTP {complaint.status}: {said})"
            raise self.connection.hopeless(what, OTHER_SCORING if self.echoes else DRAWN)

    def lacking(self, content: Any) -> str | None:
        """One choice at least."""
        return None if _choices(content) else "choices"


class Completions:
    """One base model behind ``/v1/completions``. Until the first success requests go one at a time.

    Of its settings, ``examples`` (default 3) is the number of solved questionnaires before the one that is put, and
    ``scoring`` the manner in which probabilities are read.
    """

    def __init__(self, connection: Connection) -> None:
        self.record = connection.record
        self.capabilities = Capabilities(logprobs=True, seed=True)
        settings = self.record.settings
        self._n_examples: int = settings.get("examples", EXAMPLES)
        self._echoes = settings.get("scoring") == "echo"
        self._connection = connection
        self._requests = _Requests(connection, CompletionWay(settings["send_seed"]), echoes=self._echoes)
        self._gate = Gate()

    async def ask(self, question: Question) -> Reply:
        """Put the question once; an AskFailure or RespondentError names what came instead of an answer."""
        if self._gate.one_at_a_time:
            return await self._gate.through(partial(self._negotiate, question))
        return await self._negotiate(question)

    async def close(self) -> None:
        """Release connections; a later ``ask`` opens new ones."""
        self._gate.reset()
        await self._connection.close()

    async def _negotiate(self, question: Question) -> Reply:
        """Put a question, in as many requests as it takes."""
        form = question.form
        if form is None or not form.reads_probabilities:
            reply = await self._draw(question)
        else:
            reply = await (self._read_echo if self._echoes else self._read_next)(question)
        self._requests.has_succeeded = True
        return reply

    async def _draw(self, question: Question) -> Reply:
        """Let the model continue the answers; what the prompt already says of them opens the reply."""
        prompt = document(question, self._n_examples)

        def body_of(way: CompletionWay) -> Body:
            settings = self.record.settings
            fields = {"model": settings["model"], "stop": list(prompt.stop), **constant_fields(settings)}
            temperature = question.form.temperature if question.form else None
            if temperature is not None:
                fields["temperature"] = temperature
            most = most_tokens(settings, question)
            seed = {"seed": seed_of(question)} if way.seed else {}
            limit = {} if most is None else {"max_tokens": most}
            return {**fields, **limit, **seed, "prompt": prompt.text}

        exchange = await self._requests.exchange(body_of)
        reply = self._reply([exchange])
        return replace(reply, text=prompt.begun + reply.text)

    async def _read_next(self, question: Question) -> Reply:
        """List the likeliest tokens where the answer begins, and behind each part that leaves the answer open."""
        answers = tuple(answers_shown(question.instrument, question.form).values())
        prompt = document(question, self._n_examples).text
        steps: list[Step] = []
        exchanges: list[Exchange] = []
        waiting = [""]
        while waiting and len(steps) < MOST_STEPS:
            after = waiting.pop(0)
            exchange = await self._requests.exchange(self._listing(prompt + re.sub("[▁Ġ]", " ", after)))
            step = Step(after, listed(_choice(exchange).get("logprobs"), self._requests.way.n_listed))
            if not after:
                self._check_listed(step, exchange, answers)
            if step.tokens:
                steps.append(step)
                waiting += to_follow(step, answers)
            exchanges.append(exchange)
        reading = {"item": question.shown[0], "source": "vocabulary", "steps": [step.stored() for step in steps]}
        return self._read(exchanges, reading, likeliest(steps, answers))

    async def _read_echo(self, question: Question) -> Reply:
        """Let the server score the prompt with each answer behind it, in one request."""
        answers = tuple(answers_shown(question.instrument, question.form).values())
        prompt = document(question, self._n_examples).text

        def body_of(way: CompletionWay) -> Body:
            asked = {"echo": True, "max_tokens": way.n_behind_echo, "logprobs": 1}
            return self._scoring() | asked | {"prompt": [f"{prompt} {answer}" for answer in answers]}

        exchange = await self._requests.exchange(body_of)
        found = chances(self._scored(exchange, prompt, answers))
        reading = {"item": question.shown[0], "source": "vocabulary", "probabilities": found}
        return self._read([exchange], reading, max(found, key=lambda answer: found[answer]))

    def _listing(self, prompt: str) -> Callable[[CompletionWay], Body]:
        """Makes the body that asks for the tokens that may follow a prompt."""

        def body_of(way: CompletionWay) -> Body:
            return self._scoring() | {"max_tokens": 1, "logprobs": way.n_listed, "prompt": prompt}

        return body_of

    def _scoring(self) -> Body:
        settings = self.record.settings
        fields = {"model": settings["model"], **settings["extra"]}
        return fields if settings["temperature"] is None else {**fields, "temperature": PLAIN_TEMPERATURE}

    def _check_listed(self, step: Step, exchange: Exchange, answers: Sequence[str]) -> None:
        """Raise where the tokens of the first place cannot be read as the probabilities of the answers."""
        if not step.tokens and CUT_CHARACTER in str(_choice(exchange).get("text")):
            message = f"{self._connection.shown_url} told no probabilities, as it wrote half a character"
            raise self._connection.failure("malformed", message, exchange.request)
        if not step.tokens:
            self._tells_none(exchange, "tells no log-probabilities, or some that cannot be read", DRAWN)
        n_told, n_answers = n_listed(_choice(exchange).get("logprobs")), len(answers)
        if n_told < n_answers:
            what = f"lists {n_told} tokens, and there are {n_answers} answers to tell apart"
            self._tells_none(exchange, what, MORE_LISTED)

    def _scored(self, exchange: Exchange, prompt: str, answers: Sequence[str]) -> list[Scored]:
        choices = _choices(exchange.content)
        if len(choices) != len(answers):
            what = f"answered {len(choices)} of {len(answers)} prompts that were sent together"
            self._tells_none(exchange, what, OTHER_SCORING)
        try:
            pairs = zip(choices, answers, strict=True)
            return [scored(choice.get("logprobs"), prompt, answer) for choice, answer in pairs]
        except Unscored as problem:
            self._tells_none(exchange, f"echoes the prompt, but {problem}", OTHER_SCORING)

    def _tells_none(self, exchange: Exchange, what: str, fix: str) -> NoReturn:
        """Raise what an answer without what was asked for means: the end of the run, if there never was one with it."""
        what = f"{self._connection.shown_url} {what}"
        if not self._requests.has_succeeded:
            raise self._connection.hopeless(what, fix)
        raise self._connection.failure("malformed", what, exchange.request)

    def _read(self, exchanges: Sequence[Exchange], reading: Mapping[str, Any], answer: str | None) -> Reply:
        """The reply with its reading; its words are the likeliest answer, or else what the model wrote."""
        reply = self._reply(exchanges)
        told = self._connection.redact(json.dumps(reading))
        return replace(reply, text=reply.text.strip() if answer is None else answer, logprobs=told)

    def _reply(self, exchanges: Sequence[Exchange]) -> Reply:
        """What several requests brought, as one reply in the words of the first."""
        found = [self._one_reply(exchange) for exchange in exchanges]
        return replies.joined(found[0], found)

    def _one_reply(self, exchange: Exchange) -> Reply:
        """Read like a reply of chat completions, of which only the place of the words differs."""
        chat = {**exchange.content, "choices": [_as_chat(_choice(exchange))]}
        response, redact = Response(exchange.response.status, json.dumps(chat)), self._connection.redact
        return replace(replies.reply(response, exchange.request, redact), response=redact(exchange.response.text))


def _is_of_probabilities(complaint: Complaint) -> bool:
    return complaint.of_request and bool(re.search(r"log_?probs|\becho\b", complaint.words))


def _choices(content: Any) -> list[Mapping[str, Any]]:
    """The choices of a response in the order of its prompts; empty where it holds none."""
    found = content.get("choices") if isinstance(content, dict) else None
    choices = [choice for choice in found if isinstance(choice, Mapping)] if isinstance(found, list) else []
    return sorted(choices, key=lambda choice: index if isinstance(index := choice.get("index"), int) else 0)


def _choice(exchange: Exchange) -> Mapping[str, Any]:
    return _choices(exchange.content)[0]


def _as_chat(choice: Mapping[str, Any]) -> dict[str, Any]:
    text = choice.get("text")
    message = {"content": text} if isinstance(text, str) else None
    return {**choice, "message": message, "logprobs": None}
