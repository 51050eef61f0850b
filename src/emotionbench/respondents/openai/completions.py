"""Base models behind ``/v1/completions``: a few-shot questionnaire to continue, or to score the answers of.

Probabilities are read at the place where the answer to one item begins, in one of two manners. ``next`` asks for the
likeliest next tokens, and once more behind a part that leaves open which answer it is (``1`` of 10). ``echo`` lets the
server score a prompt for each answer, all its tokens, and so needs no list that is long enough to hold all answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from emotionbench.records import Respondent
from emotionbench.respondents.base import Capabilities, Question, Reply
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.compatible import Server, Way, _seed
from emotionbench.respondents.openai.echoes import Scored, Unscored, chances, scored
from emotionbench.respondents.openai.exchanging import Body, Exchange, Exchanging
from emotionbench.respondents.openai.few_shot import answers_shown, document
from emotionbench.respondents.openai.next_tokens import Step, likeliest, listed, to_follow
from emotionbench.respondents.openai.replies import Complaint, Response
from emotionbench.study import Execution

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
class CompletionWay(Way):
    """What a server takes: also how many tokens it lists, and how many it must write behind an echo."""

    n_listed: int = MOST_LISTED
    n_behind_echo: int = 0


class Completions(Exchanging):
    """One base model behind ``/v1/completions``.

    Of its settings, ``examples`` (default 3) is the number of solved questionnaires before the one that is put, and
    ``scoring`` the manner in which probabilities are read.
    """

    path = "completions"
    missing_fix = "set endpoint: chat in its settings if the model chats, or check base_url"

    def __init__(self, record: Respondent, server: Server, way: Way, execution: Execution) -> None:
        way = CompletionWay("max_tokens", way.system_role, way.seed)
        super().__init__(record, server, way, execution)
        self.capabilities = Capabilities(logprobs=True, seed=True)
        self._n_examples: int = record.settings.get("examples", EXAMPLES)
        self._echoes = record.settings.get("scoring") == "echo"

    async def _negotiate(self, question: Question) -> Reply:
        """Put a question, in as many requests as it takes."""
        form = question.form
        if form is None or not form.reads_probabilities:
            reply = await self._draw(question)
        else:
            reply = await (self._read_echo if self._echoes else self._read_next)(question)
        self._has_succeeded = True
        return reply

    async def _draw(self, question: Question) -> Reply:
        """Let the model continue the answers; what the prompt already says of them opens the reply."""
        prompt = document(question, self._n_examples)

        def body_of(way: Way) -> Body:
            fields = {"model": self.record.settings["model"], "stop": list(prompt.stop), **self._constant}
            temperature = question.form.temperature if question.form else None
            if temperature is not None:
                fields["temperature"] = temperature
            most, seed = self._most_tokens(question), {"seed": _seed(question)} if way.seed else {}
            limit = {} if most is None else {"max_tokens": most}
            return {**fields, **limit, **seed, "prompt": prompt.text}

        exchange = await self._exchange(body_of)
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
            exchange = await self._exchange(self._listing(prompt + re.sub("[▁Ġ]", " ", after)))
            step = Step(after, listed(_choice(exchange).get("logprobs")))
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

        def body_of(way: Way) -> Body:
            tokens = way.n_behind_echo if isinstance(way, CompletionWay) else 0
            asked = {"echo": True, "max_tokens": tokens, "logprobs": 1, "prompt": [f"{prompt} {a}" for a in answers]}
            return self._scoring() | asked

        exchange = await self._exchange(body_of)
        found = chances(self._scored(exchange, prompt, answers))
        reading = {"item": question.shown[0], "source": "vocabulary", "probabilities": found}
        return self._read([exchange], reading, max(found, key=lambda answer: found[answer]))

    def _listing(self, prompt: str) -> Callable[[Way], Body]:
        """Makes the body that asks for the tokens that may follow a prompt."""

        def body_of(way: Way) -> Body:
            n_listed = way.n_listed if isinstance(way, CompletionWay) else MOST_LISTED
            return self._scoring() | {"max_tokens": 1, "logprobs": n_listed, "prompt": prompt}

        return body_of

    def _scoring(self) -> Body:
        settings = self.record.settings
        fields = {"model": settings["model"], **settings["extra"]}
        return fields if settings["temperature"] is None else {**fields, "temperature": PLAIN_TEMPERATURE}

    def _check_listed(self, step: Step, exchange: Exchange, answers: Sequence[str]) -> None:
        """Raise where the tokens of the first place cannot be read as the probabilities of the answers."""
        if not step.tokens and CUT_CHARACTER in str(_choice(exchange).get("text")):
            message = f"{self._shown_url} told no probabilities, as it wrote half a character"
            raise self._failure("malformed", message, exchange.request)
        if not step.tokens:
            self._tells_none(exchange, f"{self._shown_url} tells no log-probabilities", DRAWN)
        if len(step.tokens) < len(answers):
            n_told, n_answers = len(step.tokens), len(answers)
            what = f"{self._shown_url} lists {n_told} tokens, and there are {n_answers} answers to tell apart"
            self._tells_none(exchange, what, MORE_LISTED)

    def _scored(self, exchange: Exchange, prompt: str, answers: Sequence[str]) -> list[Scored]:
        choices = _choices(exchange.content)
        if len(choices) != len(answers):
            what = f"{self._shown_url} answered {len(choices)} of {len(answers)} prompts that were sent together"
            self._tells_none(exchange, what, OTHER_SCORING)
        try:
            pairs = zip(choices, answers, strict=True)
            return [scored(choice.get("logprobs"), prompt, answer) for choice, answer in pairs]
        except Unscored as problem:
            self._tells_none(exchange, f"{self._shown_url} echoes the prompt, but {problem}", OTHER_SCORING)

    def _tells_none(self, exchange: Exchange, what: str, fix: str) -> NoReturn:
        """Raise what an answer without what was asked for means: the end of the run, if there never was one with it."""
        if not self._has_succeeded:
            raise self._hopeless(what, fix)
        raise self._failure("malformed", what, exchange.request)

    def _read(self, exchanges: Sequence[Exchange], reading: Mapping[str, Any], answer: str | None) -> Reply:
        """The reply with its reading; its words are the likeliest answer, or else what the model wrote."""
        reply = self._reply(exchanges)
        told = self._redact(json.dumps(reading))
        return replace(reply, text=reply.text.strip() if answer is None else answer, logprobs=told)

    def _reply(self, exchanges: Sequence[Exchange]) -> Reply:
        """What several requests brought: their texts as they are, or in a list, and all their tokens."""
        first, *others = [self._one_reply(exchange) for exchange in exchanges]
        if not others:
            return first
        replies = [first, *others]
        return replace(
            first,
            request=_as_list(reply.request for reply in replies),
            response=_as_list(reply.response for reply in replies),
            input_tokens=_sum(reply.input_tokens for reply in replies),
            output_tokens=_sum(reply.output_tokens for reply in replies),
            cached_tokens=_sum(reply.cached_tokens for reply in replies),
        )

    def _one_reply(self, exchange: Exchange) -> Reply:
        """Read like a reply of chat completions, of which only the place of the words differs."""
        chat = {**exchange.content, "choices": [_as_chat(_choice(exchange))]}
        read = replies.reply(exchange.response._replace(text=json.dumps(chat)), exchange.request, self._redact)
        return replace(read, response=self._redact(exchange.response.text))

    def _content(self, response: Response, request: str) -> Any:
        content = super()._content(response, request)
        if not _choices(content):
            words = replies.excerpt(response.text, self._redact)
            raise self._failure("malformed", f"HTTP {response.status} without choices: {words}", request)
        return content

    def _other_way(self, way: Way, complaint: Complaint, question: Question | None = None) -> Way | None:
        """The way that meets the complaint; null where none does."""
        if not isinstance(way, CompletionWay):
            return None
        if way.seed and complaint.refuses("seed"):
            return replace(way, seed=False)
        if _is_of_probabilities(complaint) and not self._echoes:
            limits = [int(number) for number in re.findall(r"\b\d{1,3}\b", complaint.words)]
            fewer = [number for number in limits if 1 <= number < way.n_listed]
            return replace(way, n_listed=max(fewer, default=min(FEWEST_LISTED, way.n_listed)))
        if self._echoes and way.n_behind_echo == 0 and complaint.refuses("max_tokens"):
            return replace(way, n_behind_echo=1)
        return None

    async def _stop_if_hopeless(self, complaint: Complaint, response: Response, temperature: float | None) -> None:
        if _is_of_probabilities(complaint):
            said = replies.excerpt(complaint.words, self._redact)
            fix = OTHER_SCORING if self._echoes else DRAWN
            raise self._hopeless(
                f"{self._shown_url} tells no such probabilities (HTTP {complaint.status}: {said})", fix
            )
        await super()._stop_if_hopeless(complaint, response, temperature)


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


def _as_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]"


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
