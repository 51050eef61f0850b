"""Language models behind a server that speaks OpenAI's protocols: which respondent asks them, and that for chats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from emotionbench.errors import RespondentError, nearest
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Answerer, Question, Reply, settings_of
from emotionbench.respondents.capabilities import PERSONA_FIX
from emotionbench.respondents.conversations import folded
from emotionbench.respondents.gate import Gate
from emotionbench.respondents.openai import readings, replies, told
from emotionbench.respondents.openai.bodies import constant_fields, most_tokens, seed_of
from emotionbench.respondents.openai.connection import Connection
from emotionbench.respondents.openai.providers import PROVIDERS, TokenLimit
from emotionbench.respondents.openai.replies import Complaint
from emotionbench.respondents.openai.schemas import response_format
from emotionbench.respondents.openai.servers import server_of
from emotionbench.respondents.openai.settings import Settings
from emotionbench.respondents.openai.told import AS_OPENAI, Manner, Put
from emotionbench.study import Execution, RespondentSpec


@dataclass(frozen=True, slots=True)
class Way:
    """What a chat server takes, as far as it has shown: the name of the token limit, system messages, seeds.

    ``manner`` is how it is asked for probabilities.
    """

    token_limit: TokenLimit
    system_role: bool
    seed: bool
    manner: Manner = AS_OPENAI


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Answerer:
    """Make the respondent ``PROVIDER/MODEL``; a RespondentError says what is missing before anything is asked."""
    prefix, _, model = spec.id.partition("/")
    name = prefix.casefold()
    if name not in PROVIDERS:
        raise RespondentError(f"unknown provider {prefix!r}", where=spec.id, fix=nearest(name, PROVIDERS))
    if not model.strip():
        raise RespondentError("names no model", where=repr(spec.id), fix=f"write {name}/MODEL")
    settings = settings_of(spec, Settings)
    given = "temperature" in settings.model_fields_set
    settings = settings.model_copy(update={} if given else {"temperature": protocol.temperature})
    server = server_of(spec.id, PROVIDERS[name], settings)
    changes_answers = settings.model_dump(mode="json", exclude={"base_url", "api_key_env"})
    record = Respondent.of(
        RespondentKind.LLM, spec.name or spec.id, {"provider": name, "model": model, **changes_answers}
    )
    if settings.endpoint == "completions":
        from emotionbench.respondents.openai.completions import Completions  # noqa: PLC0415  (of base models alone)

        return Completions(Connection(record, server, execution, "completions"))
    if settings.endpoint == "ordinal":
        from emotionbench.respondents.openai.ordinal import Ordinal  # noqa: PLC0415  (of few servers)

        return Ordinal(Connection(record, server, execution, "systemone"), execution.concurrency)
    return OpenAICompatible(Connection(record, server, execution, "chat/completions"), _first_way(name, settings))


def _first_way(provider: str, settings: Settings) -> Way:
    """The way that is tried first: what the provider is known to take, and what settings say."""
    manner = PROVIDERS[provider].manner
    if settings.constrain != "auto":
        manner = replace(manner, constrain=settings.constrain, may_fall_back=False)
    return Way(PROVIDERS[provider].token_limit, settings.system_role, settings.send_seed, manner)


class OpenAICompatible:
    """One model behind chat completions. ``ask`` never retries; it changes its way where the server names a field.

    ``way`` is that in which it asks now. Until the first success requests go one at a time.
    """

    def __init__(self, connection: Connection, way: Way) -> None:
        self.record, self.connection, self.way = connection.record, connection, way
        able = PROVIDERS[self.record.settings["provider"]].capabilities
        self.capabilities = replace(able, system_role=way.system_role)
        self.has_told = False
        self._constant = constant_fields(self.record.settings)
        self._gate, self._has_succeeded = Gate(), False

    async def ask(self, question: Question) -> Reply:
        """Put the question once; an AskFailure or RespondentError names what came instead of an answer."""
        if self._gate.one_at_a_time:
            return await self._gate.through(partial(self._negotiate, question))
        return await self._negotiate(question)

    async def close(self) -> None:
        """Release connections; a later ``ask`` opens new ones."""
        self._gate.reset()
        await self.connection.close()

    async def _negotiate(self, question: Question) -> Reply:
        """Put the question, in as many requests as it takes."""
        if question.form is not None and question.form.reads_probabilities:
            return await readings.read(self, question)
        return await self.put(question)

    @property
    def manner(self) -> Manner:
        """How the server is asked for probabilities, as far as it has shown."""
        return self.way.manner

    def learn(self, manner: Manner) -> None:
        """Ask for probabilities in this manner from now on."""
        self.way = replace(self.way, manner=manner)

    async def put(self, question: Question, put: Put | None = None) -> Reply:
        """Send the request, and again in another way as long as the server complains about a field that has one.

        With ``put``, a request for probabilities; the reply holds them as the server wrote them.
        """
        ways = [self.way]
        while True:
            way = ways[-1]
            fields = self.body(question, way, put)
            request, response = await self.connection.post(fields)
            if response.ok:
                reply = replies.reply(response, request, self.connection.redact)
                self.way, self._has_succeeded = way, True
                return reply
            complaint = replies.complaint(response)
            other = self.other_way(way, complaint, question, put)
            if other is None or other in ways:
                await self.connection.stop_if_hopeless(complaint, response, fields.get("temperature"))
                raise replies.failure(complaint, response, request, self.connection.redact)
            ways.append(other)

    def body(self, question: Question, way: Way, put: Put | None = None) -> dict[str, Any]:
        """The body that puts a question in this way, for a reply or, with ``put``, for probabilities."""
        settings, form = self.record.settings, question.form
        messages = question.messages if way.system_role else folded(question.messages)
        body = {"model": settings["model"], "messages": messages, **self._constant}
        if form is not None and form.temperature is not None:
            body["temperature"] = form.temperature
        limit = most_tokens(settings, question)
        if limit is not None:
            body[way.token_limit] = limit
        if way.seed:
            body["seed"] = seed_of(question)
        if form is not None and form.answers == "json" and not form.recites:
            body["response_format"] = response_format(question)
        return body if put is None else told.body(body, put, way.manner, way.token_limit)

    def other_way(self, way: Way, complaint: Complaint, question: Question, put: Put | None = None) -> Way | None:
        """The way that meets the complaint; None where none does.

        A RespondentError where the server says that it tells no probabilities, or takes no persona.
        """
        return (self._other_told_way(way, complaint, put) if put else None) or self._other_written_way(
            way, complaint, question
        )

    def _other_told_way(self, way: Way, complaint: Complaint, put: Put) -> Way | None:
        other = told.other_manner(way.manner, complaint, put)
        if other is None and told.refuses_probabilities(complaint):
            said = f"HTTP {complaint.status}: {replies.excerpt(complaint.words, self.connection.redact)}"
            what = f"{self.connection.shown_url} does not tell the probabilities of tokens ({said})"
            raise self.connection.hopeless(what, readings.INSTEAD)
        return None if other is None else replace(way, manner=other)

    def _other_written_way(self, way: Way, complaint: Complaint, question: Question) -> Way | None:
        """Another name of the limit, no seed, no system role.

        A system role is given up only before the first success: later, it would change the form within a study. It is
        not given up for a persona: a RespondentError.
        """
        if self.record.settings["max_tokens"] is not None and complaint.refuses_name(way.token_limit):
            other: TokenLimit = "max_tokens" if way.token_limit == "max_completion_tokens" else "max_completion_tokens"
            return replace(way, token_limit=other)
        if way.seed and complaint.refuses("seed"):
            return replace(way, seed=False)
        has_system = way.system_role and any(message["role"] == "system" for message in question.messages)
        if not (has_system and complaint.refuses_system_role):
            return None
        if question.form is not None and question.form.persona_text:
            raise self.connection.hopeless("the model takes no system message, and a persona is one", PERSONA_FIX)
        return None if self._has_succeeded else replace(way, system_role=False)
