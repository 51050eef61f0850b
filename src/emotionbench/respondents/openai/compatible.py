"""Language models behind a server that speaks OpenAI's chat completions: the fast path of the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import aiohttp
import orjson
import yarl

from emotionbench.errors import RespondentError, nearest
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents import credentials
from emotionbench.respondents.base import AskFailure, Question, Reply, settings_of
from emotionbench.respondents.capabilities import PERSONA_FIX
from emotionbench.respondents.conversations import folded
from emotionbench.respondents.credentials import Credentials
from emotionbench.respondents.openai import readings, replies, told
from emotionbench.respondents.openai.providers import PROVIDERS, Provider, TokenLimit
from emotionbench.respondents.openai.replies import Complaint, Response
from emotionbench.respondents.openai.schemas import response_format
from emotionbench.respondents.openai.settings import Settings
from emotionbench.respondents.openai.told import AS_OPENAI, Manner, Put
from emotionbench.study import Execution, RespondentSpec

LARGEST_BODY = 8 * 2**20
THINKING_TOKENS = 2048
"""What is added to ``max_tokens`` where a form asks for a chain of thought."""
MODELS_NAMED, MODELS_TIMEOUT = 10, 10.0


@dataclass(frozen=True, slots=True)
class Way:
    """What a server takes, as far as it has shown: the name of the token limit, system messages, seeds.

    ``manner`` is how it is asked for probabilities.
    """

    token_limit: TokenLimit
    system_role: bool
    seed: bool
    manner: Manner = AS_OPENAI


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go and what signs them. ``key_env`` is the name of the variable of the key, if one is known."""

    url: yarl.URL = field(repr=False)
    credentials: Credentials
    key_env: str | None


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> OpenAICompatible:
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
    server = _server(spec.id, PROVIDERS[name], settings)
    manner = PROVIDERS[name].manner
    if settings.constrain != "auto":
        manner = replace(manner, constrain=settings.constrain, may_fall_back=False)
    way = Way(PROVIDERS[name].token_limit, settings.system_role, settings.send_seed, manner)
    changes_answers = settings.model_dump(mode="json", exclude={"base_url", "api_key_env"})
    record = Respondent.of(
        RespondentKind.LLM, spec.name or spec.id, {"provider": name, "model": model, **changes_answers}
    )
    if settings.endpoint == "completions":
        from emotionbench.respondents.openai.completions import Completions  # noqa: PLC0415

        return Completions(record, server, way, execution)
    if settings.endpoint == "ordinal":
        from emotionbench.respondents.openai.ordinal import Ordinal  # noqa: PLC0415

        return Ordinal(record, server, way, execution)
    return OpenAICompatible(record, server, way, execution)


def _server(where: str, provider: Provider, settings: Settings) -> Server:
    base = settings.base_url or provider.base_url
    if base is None:
        raise RespondentError("no server is known", where=where, fix="set base_url in its settings")
    key_env = settings.api_key_env or provider.key_env
    address = yarl.URL(base).with_fragment(None)
    found = credentials.find(key_env, address, where)
    if settings.base_url is None and key_env and not found.source:
        raise RespondentError(f"no key for {base}", where=where, fix=f"set {key_env} in the environment")
    if settings.api_key_env and not found.source:
        raise RespondentError(f"{settings.api_key_env} holds no key", where=where, fix="set it in the environment")
    path = address.path.rstrip("/").removesuffix("/chat/completions")
    return Server(address.with_user(None).with_path(path, keep_query=True), found, key_env)


class OpenAICompatible:
    """One model behind chat completions. ``ask`` never retries; it changes its way where the server names a field.

    Until the first success requests go one at a time, so that a wrong key or model costs one request; one that times
    out lets the others go, so that a server that hangs is not waited for once a request.
    """

    def __init__(self, record: Respondent, server: Server, way: Way, execution: Execution) -> None:
        self.record = record
        able = PROVIDERS[record.settings["provider"]].capabilities
        self.capabilities = replace(able, system_role=way.system_role)
        self._server, self._way, self._execution = server, way, execution
        self._redact = server.credentials.redact
        self._url = _under(server.url, "chat/completions")
        self._shown_url = self._redact(str(self._url.with_query(None)))
        self._request_start = f'{{"url": {json.dumps(self._shown_url)}, "body": '
        self._constant = _constant_fields(record.settings)
        self._session: aiohttp.ClientSession | None = None
        self._first = asyncio.Lock()
        self._one_at_a_time, self._has_succeeded = True, False
        self._stopped_by: RespondentError | None = None
        self.has_told = False

    async def ask(self, question: Question) -> Reply:
        """Put the question once; an AskFailure or RespondentError names what came instead of an answer."""
        if self._one_at_a_time:
            async with self._first:
                if self._stopped_by is not None:
                    raise self._stopped_by
                if self._one_at_a_time:
                    return await self._ask_first(question)
        return await self._negotiate(question)

    async def close(self) -> None:
        """Release connections; a later ``ask`` opens new ones."""
        session, self._session, self._first = self._session, None, asyncio.Lock()
        self._stopped_by = None
        if session is not None:
            await session.close()

    async def _ask_first(self, question: Question) -> Reply:
        try:
            reply = await self._negotiate(question)
        except AskFailure as failure:
            self._one_at_a_time = failure.kind != "timeout"
            raise
        except RespondentError as problem:
            self._stopped_by = problem
            raise
        self._one_at_a_time = False
        return reply

    async def _negotiate(self, question: Question) -> Reply:
        """Put the question, in as many requests as it takes."""
        if question.form is not None and question.form.reads_probabilities:
            return await readings.read(self, question)
        return await self.put(question)

    @property
    def manner(self) -> Manner:
        """How the server is asked for probabilities, as far as it has shown."""
        return self._way.manner

    def learn(self, manner: Manner) -> None:
        """Ask for probabilities in this manner from now on."""
        self._way = replace(self._way, manner=manner)

    async def put(self, question: Question, put: Put | None = None) -> Reply:
        """Send the request, and again in another way as long as the server complains about a field that has one.

        With ``put``, a request for probabilities; the reply holds them as the server wrote them.
        """
        ways = [self._way]
        while True:
            way = ways[-1]
            fields = self._body(question, way, put)
            body = orjson.dumps(fields)
            request = f"{self._request_start}{body.decode()}}}"
            response = await self._post(body, request)
            if response.ok:
                reply = replies.reply(response, request, self._redact)
                self._way, self._has_succeeded = way, True
                return reply
            complaint = replies.complaint(response)
            other = self._other_told_way(way, complaint, put) if put else None
            other = other or self._other_way(way, complaint, question)
            if other is None or other in ways:
                await self._stop_if_hopeless(complaint, response, fields.get("temperature"))
                raise replies.failure(complaint, response, request, self._redact)
            ways.append(other)

    def _body(self, question: Question, way: Way, put: Put | None = None) -> dict[str, Any]:
        settings, form = self.record.settings, question.form
        messages = question.messages if way.system_role else folded(question.messages)
        body = {"model": settings["model"], "messages": messages, **self._constant}
        if form is not None and form.temperature is not None:
            body["temperature"] = form.temperature
        limit = self._most_tokens(question)
        if limit is not None:
            body[way.token_limit] = limit
        if way.seed:
            body["seed"] = _seed(question)
        if form is not None and form.answers == "json" and not form.recites:
            body["response_format"] = response_format(question)
        return body if put is None else told.body(body, put, way.manner, way.token_limit)

    def _most_tokens(self, question: Question) -> int | None:
        """How long a reply may be, in tokens; more where a form asks for a chain of thought."""
        limit: int | None = self.record.settings["max_tokens"]
        thinks = question.form is not None and question.form.chain_of_thought
        return limit if limit is None else limit + (THINKING_TOKENS if thinks else 0)

    def _other_told_way(self, way: Way, complaint: Complaint, put: Put) -> Way | None:
        """The way in which probabilities may be had; a RespondentError where the server says that it tells none."""
        other = told.other_manner(way.manner, complaint, put)
        if other is None and told.refuses_probabilities(complaint):
            said = f"HTTP {complaint.status}: {replies.excerpt(complaint.words, self._redact)}"
            raise self._hopeless(
                f"{self._shown_url} does not tell the probabilities of tokens ({said})", readings.INSTEAD
            )
        return None if other is None else replace(way, manner=other)

    def _other_way(self, way: Way, complaint: Complaint, question: Question | None = None) -> Way | None:
        """The way that meets the complaint; null where none does.

        A system role is given up only before the first success: later, it would change the form within a study. It is
        not given up for a persona: a RespondentError.
        """
        if self.record.settings["max_tokens"] is not None and complaint.refuses_name(way.token_limit):
            other: TokenLimit = "max_tokens" if way.token_limit == "max_completion_tokens" else "max_completion_tokens"
            return replace(way, token_limit=other)
        if way.seed and complaint.refuses("seed"):
            return replace(way, seed=False)
        has_system = way.system_role and question and any(message["role"] == "system" for message in question.messages)
        if not (has_system and complaint.refuses_system_role):
            return None
        if question and question.form is not None and question.form.persona_text:
            raise self._hopeless("the model takes no system message, and a persona is one", PERSONA_FIX)
        return None if self._has_succeeded else replace(way, system_role=False)

    async def _stop_if_hopeless(self, complaint: Complaint, response: Response, temperature: float | None) -> None:
        """Raise a RespondentError where every later request would fail in the same way."""
        said = f"HTTP {complaint.status}: {replies.excerpt(complaint.words, self._redact)}"
        if complaint.of_key:
            raise self._hopeless(*self._key_refused(said))
        if complaint.of_money:
            raise self._hopeless(f"the account is used up ({said})", "add credit there, then run again")
        if 300 <= complaint.status < 400:
            raise self._hopeless(
                f"{self._shown_url} redirects to {credentials.masked(response.location or 'nowhere')}",
                "set base_url to the address that answers",
            )
        if complaint.refuses("temperature") and temperature is not None:
            what = f"the model refuses temperature {temperature} ({said})"
            raise self._hopeless(what, "set 'temperature: null' in its settings, or pass --temperature default")
        if complaint.refuses("response_format"):
            what = f"the model does not hold its replies to a JSON schema ({said})"
            raise self._hopeless(what, "ask it with --answers drawn")
        if complaint.of_model:
            model = self.record.settings["model"]
            raise self._hopeless(f"no model {model!r} at {self._shown_url} ({said})", await self._models_there(model))

    def _key_refused(self, said: str) -> tuple[str, str]:
        source, variable = self._server.credentials.source, self._server.key_env
        if source:
            return f"{self._shown_url} refuses the key in {source} ({said})", f"check {source}"
        if variable:
            return f"{self._shown_url} wants a key ({said})", f"set {variable} in the environment"
        fix = "put the key into an environment variable and its name into api_key_env in the settings"
        return f"{self._shown_url} wants a key ({said})", fix

    def _hopeless(self, what: str, fix: str) -> RespondentError:
        return RespondentError(self._redact(what), where=self.record.name, fix=self._redact(fix))

    async def _post(self, body: bytes, request: str) -> Response:
        session = self._open_session()
        try:
            async with session.post(self._url, data=body, allow_redirects=False) as response:
                return await _whole(response)
        except _TooLarge:
            message = f"the response of {self._shown_url} is larger than {LARGEST_BODY >> 20} MiB; it was not read"
            raise self._failure("malformed", message, request) from None
        except TimeoutError:
            message = f"no answer from {self._shown_url} within {self._execution.timeout:g} s"
            raise self._failure("timeout", message, request) from None
        except aiohttp.ClientConnectorCertificateError as problem:
            raise self._hopeless(f"{self._shown_url}: {problem}", "check base_url and the certificates here") from None
        except aiohttp.InvalidURL:
            raise self._hopeless(f"{self._shown_url} cannot be asked", "check base_url") from None
        except aiohttp.ClientResponseError as problem:
            message = f"{self._shown_url} does not speak HTTP: {problem.message}"
            raise self._failure("malformed", message, request) from None
        except (aiohttp.ClientError, OSError) as problem:
            message = f"{self._shown_url}: {problem or type(problem).__name__}"
            raise self._failure("connection", message, request) from None

    def _failure(self, kind: str, message: str, request: str) -> AskFailure:
        clean = replies.storable(self._redact(message))
        return AskFailure(kind, clean, request=self._redact(request), may_pass=True)

    async def _models_there(self, model: str) -> str:
        """What the server offers, nearest name first, as a fix to propose."""
        timeout = aiohttp.ClientTimeout(total=min(MODELS_TIMEOUT, self._execution.timeout))
        try:
            async with self._open_session().get(
                _under(self._server.url, "models"), timeout=timeout, allow_redirects=False
            ) as response:
                names = _model_names((await _whole(response)).text) if response.ok else []
        except (aiohttp.ClientError, OSError, _TooLarge):
            names = []
        if not names:
            return "check the model's name and base_url, which most often ends in /v1"
        from rapidfuzz import fuzz, process  # noqa: PLC0415  (wanted only where a model is not there)

        ranked = process.extract(model, names, scorer=fuzz.WRatio, limit=MODELS_NAMED)
        more = len(names) - len(ranked)
        return f"models there: {', '.join(name for name, _, _ in ranked)}" + (f" and {more} more" if more else "")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._execution.concurrency, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(total=self._execution.timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": f"emotionbench/{version('emotionbench')}",
                    **self._server.credentials.headers(),
                },
            )
        return self._session


class _TooLarge(Exception):
    """A response above ``LARGEST_BODY``."""


async def _whole(response: aiohttp.ClientResponse) -> Response:
    """Read a response to its end; raise _TooLarge, and hang up, as soon as it is known to be too large."""
    chunks, size = [], 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > LARGEST_BODY:
            response.close()
            raise _TooLarge
        chunks.append(chunk)
    text = b"".join(chunks).decode("utf-8", "replace")
    headers = response.headers
    return Response(response.status, text, headers.get("Retry-After"), headers.get("Location"))


def _under(base: yarl.URL, path: str) -> yarl.URL:
    return base.with_path(f"{base.path.rstrip('/')}/{path}", keep_query=True)


def _constant_fields(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The body fields that are the same in every request."""
    fields = {key: settings[key] for key in ("temperature", "top_p") if settings[key] is not None}
    return {**fields, **settings["extra"]}


def _seed(question: Question) -> int:
    """A seed from 0 to 2³¹ − 1: another for every administration and attempt, so that repeats are not one draw."""
    label = f"{question.administration.id}|{question.attempt}"
    if question.form is not None and question.form.starts_anew:
        label += f"|{question.part}"  # messages that are asked side by side have the same number of attempts before
    return int.from_bytes(sha256(label.encode()).digest()[:4], "big") >> 1


def _model_names(text: str) -> list[str]:
    """The ids in a ``GET /models`` response: a list, or a list under ``data``."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return []
    entries = content.get("data") if isinstance(content, dict) else content
    if not isinstance(entries, list):
        return []
    names = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return [replies.storable(name) for name in names if isinstance(name, str)]
