"""Batch endpoints as OpenAI has them: a file of requests goes up, files of responses come down, for half the price.

``POST /files``, ``POST /batches``, ``GET /batches/ID``, ``GET /batches``, ``GET /files/ID/content``.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from typing import Any, get_args

import aiohttp

from emotionbench.errors import RespondentError
from emotionbench.respondents.base import Answerer, AskFailure, Question, Reply
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.batch_readings import put_of, reading_of
from emotionbench.respondents.openai.compatible import OpenAICompatible, Way
from emotionbench.respondents.openai.connection import open_session
from emotionbench.respondents.openai.providers import PROVIDERS, TokenLimit
from emotionbench.respondents.openai.replies import Complaint, Response

MOST_REQUESTS, MOST_BYTES = 50_000, 200_000_000
"""Of one file; what providers take."""
LONGEST_LINE = 64 * 2**20
TAG = "emotionbench_batch"
"""The key under which the provider is told our own id of a batch."""
WINDOW = "24h"
ENDED = frozenset(("completed", "failed", "expired", "cancelled"))
PAGE, MOST_PAGES = 100, 50
SILENCE = 300.0
"""Seconds without a byte after which a transfer is given up; a whole file may take as long as it takes."""
ENDPOINT = "/v1/chat/completions"
TOKEN_LIMITS: tuple[TokenLimit, ...] = get_args(TokenLimit)
WAYS = tuple(field.name for field in fields(Way))

_TOO_LARGE = re.compile(
    r"too (large|big|many (requests|lines))|(file|batch).{0,40}(size|exceed)|maximum", re.IGNORECASE
)
_QUEUE_FULL = re.compile(r"token_limit_exceeded|enqueued|queue.{0,20}(full|limit)", re.IGNORECASE)


class TooMuch(Exception):
    """The provider does not take a batch of this size: of a file ever, of the queue (``of_queue``) now."""

    def __init__(self, words: str, *, of_queue: bool) -> None:
        super().__init__(words)
        self.words, self.of_queue = words, of_queue


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch stands, as the provider says; ``problems`` is what it says is wrong, with line numbers (from 1)."""

    id: str
    status: str
    n_requests: int
    n_done: int
    n_failed: int
    files: tuple[str, ...]
    problems: tuple[tuple[int | None, str], ...]
    pause: float | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED

    @property
    def too_much(self) -> TooMuch | None:
        """What is wrong where the batch failed for its size alone."""
        words = "; ".join(text for _, text in self.problems)
        if self.status != "failed" or any(line for line, _ in self.problems):
            return None
        if _QUEUE_FULL.search(words):
            return TooMuch(words, of_queue=True)
        return TooMuch(words, of_queue=False) if _TOO_LARGE.search(words) else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an output or error file: whose it is, and the response or the error that came."""

    custom_id: str
    response: Response | None
    error: tuple[str, str]


def check_batches(answerer: Answerer) -> OpenAICompatible:
    """The respondent, if it takes batches; else a RespondentError that says what to do instead."""
    if isinstance(answerer, OpenAICompatible) and answerer.capabilities.batch:
        return answerer
    able = [name for name, provider in PROVIDERS.items() if provider.capabilities.batch]
    fix = f"run it without --batch; providers that take batches of chats: {', '.join(able)}"
    raise RespondentError("takes no batches", where=answerer.record.name, fix=fix)


class Batches:
    """The batch endpoints behind one respondent.

    Every call raises an AskFailure where it may be tried again, a RespondentError where that is of no use.
    """

    def __init__(self, answerer: OpenAICompatible) -> None:
        self.answerer, self.name = answerer, answerer.record.name
        self._server, self.redact = answerer.connection.server, answerer.connection.redact
        self._refused: set[Way] = set()
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Release connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def body(self, question: Question) -> str:
        """The body of the request that puts a question, as JSON; what is stored is what is sent."""
        answerer = self.answerer
        fields = answerer.body(question, answerer.way, put_of(answerer, question))
        return self.redact(json.dumps(fields, ensure_ascii=False))

    def line(self, custom_id: str, body: str) -> bytes:
        """The line of a batch file for one request."""
        start = {"custom_id": custom_id, "method": "POST", "url": ENDPOINT}
        return f'{json.dumps(start)[:-1]}, "body": {body}}}\n'.encode()

    async def upload(self, lines: Iterator[bytes], name: str) -> str:
        """Send a file of lines, held on disk and never in memory; return the provider's id of it."""
        with tempfile.TemporaryFile() as file:
            file.writelines(lines)
            file.seek(0)
            form = aiohttp.FormData()
            form.add_field("purpose", "batch")
            form.add_field("file", file, filename=f"{name}.jsonl", content_type="application/jsonl")
            found = await self._json("POST", "files", data=form)
        return self._text(found, "id")

    async def submit(self, file_id: str, ours: str) -> Standing:
        """Have the requests of a file worked on; the provider is told our own id, too."""
        wanted = {
            "input_file_id": file_id,
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": {TAG: ours},
        }
        return self._standing(await self._json("POST", "batches", json=wanted))

    async def look(self, provider_id: str) -> Standing | None:
        """Where a batch stands; None where the provider knows no such batch."""
        try:
            return self._standing(await self._json("GET", f"batches/{provider_id}", absent=True))
        except LookupError:
            return None

    async def find(self, ours: str, file_id: str | None) -> Standing | None:
        """The batch that the provider was told our id of, or that has this file; None where it has none."""
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._json(
                "GET", "batches", params={"limit": str(PAGE), **({"after": after} if after else {})}
            )
            entries = [entry for entry in page.get("data") or [] if isinstance(entry, dict)]
            for entry in entries:
                told = entry.get("metadata") or {}
                if told.get(TAG) == ours or (file_id is not None and entry.get("input_file_id") == file_id):
                    return self._standing(entry)
            if not entries or not page.get("has_more"):
                return None
            after = self._text(entries[-1], "id")
        return None

    async def lines(self, file_id: str) -> AsyncGenerator[Line]:
        """The lines of a file of responses, one at a time; a LookupError where the provider has no such file."""
        async with self._called("GET", f"files/{file_id}/content", absent=True) as response:
            rest = b""
            async for chunk in response.content.iter_any():
                *whole, rest = (rest + chunk).split(b"\n")
                for raw in whole:
                    if (line := line_of(raw)) is not None:
                        yield line
                if len(rest) > LONGEST_LINE:
                    raise self._failure("malformed", f"a line of {file_id} is longer than {LONGEST_LINE >> 20} MiB")
            if (line := line_of(rest)) is not None:
                yield line

    def request(self, body: str) -> str:
        """A request as an attempt keeps it."""
        return self.answerer.connection.request_of(body)

    def read(self, question: Question, line: Line, body: str) -> Reply:
        """What one request brought; an AskFailure where that is no answer."""
        request = self.request(body)
        if line.response is None:
            kind, message = line.error
            raise AskFailure(kind, self._clean(message), request=request, may_pass=kind != "rejected")
        if line.response.ok:
            reply = replies.reply(line.response, request, self.redact)
            return reading_of(self.answerer, question, reply, body)
        raise replies.failure(replies.complaint(line.response), line.response, request, self.redact)

    def adapt(self, question: Question, body: str, response: Response) -> bool:
        """Whether asking in another way meets what the provider complains of; if so, that is how it is asked now.

        A RespondentError where the provider says that it tells no probabilities.
        """
        answerer, asked = self.answerer, _way_of(json.loads(body), self.answerer.way)
        complaint, put = replies.complaint(response), put_of(self.answerer, question)
        self._refused.add(asked)
        other = answerer.other_way(asked, complaint, question, put)
        if other is None or other in self._refused:
            return False
        changed = {name: getattr(other, name) for name in WAYS if getattr(other, name) != getattr(asked, name)}
        answerer.way = replace(answerer.way, **changed)
        return True

    async def stop_if_hopeless(self, response: Response, body: str) -> None:
        """Raise a RespondentError where every later request would fail in the same way."""
        complaint, temperature = replies.complaint(response), json.loads(body).get("temperature")
        await self.answerer.connection.stop_if_hopeless(complaint, response, temperature)

    def _standing(self, found: dict[str, Any]) -> Standing:
        counts, problems = found.get("request_counts") or {}, (found.get("errors") or {}).get("data") or []
        return Standing(
            id=self._text(found, "id"),
            status=str(found.get("status")),
            n_requests=_count(counts.get("total")),
            n_done=_count(counts.get("completed")),
            n_failed=_count(counts.get("failed")),
            files=tuple(found[key] for key in ("output_file_id", "error_file_id") if isinstance(found.get(key), str)),
            problems=tuple(self._problem(problem) for problem in problems if isinstance(problem, dict)),
            pause=replies.seconds_until(found.get("retry_after")),
        )

    def _problem(self, problem: dict[str, Any]) -> tuple[int | None, str]:
        words = [str(problem[key]) for key in ("code", "message") if problem.get(key)]
        line = problem.get("line")
        return (line if isinstance(line, int) else None, self._clean(": ".join(words) or "no reason given"))

    async def _json(self, method: str, path: str, **sending: Any) -> dict[str, Any]:
        """The object that a call brings."""
        async with self._called(method, path, **sending) as response:
            text = (await response.read()).decode("utf-8", "replace")
            pause = response.headers.get("Retry-After")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise self._failure("malformed", f"{path}: no JSON object: {replies.excerpt(text, self.redact)}")
        return {**found, "retry_after": pause}

    @asynccontextmanager
    async def _called(
        self, method: str, path: str, *, absent: bool = False, **sending: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response that says it is one; with ``absent``, a LookupError where there is nothing of that id."""
        url = self._server.under(path)
        try:
            async with self._opened().request(method, url, allow_redirects=False, **sending) as response:
                if not 200 <= response.status < 300:
                    text = (await response.content.read(2**20)).decode("utf-8", "replace")
                    headers = response.headers
                    refusal = Response(response.status, text, headers.get("Retry-After"), headers.get("Location"))
                    if response.status == 404 and absent:
                        raise LookupError(path)
                    await self._refuse(refusal, path, is_get=method == "GET")
                yield response
        except TimeoutError:
            raise self._failure("timeout", f"{path}: no answer for {SILENCE:g} s") from None
        except (aiohttp.ClientError, OSError) as problem:
            raise self._failure("connection", f"{path}: {problem or type(problem).__name__}") from None

    async def _refuse(self, response: Response, path: str, *, is_get: bool) -> None:
        """Raise what an error status means."""
        complaint = replies.complaint(response)
        said = f"HTTP {response.status}: {replies.excerpt(complaint.words, self.redact)}"
        if response.status in {404, 405, 501} and not _names_model(complaint):
            endpoint = self.redact(str(self._server.under(path.split("/", maxsplit=1)[0]).with_query(None)))
            what = f"nothing takes batches at {endpoint} ({said})"
            raise RespondentError(what, where=self.name, fix="run it without --batch")
        if not is_get and _QUEUE_FULL.search(complaint.words):
            raise TooMuch(said, of_queue=True)
        too_large = response.status in {400, 422} and _TOO_LARGE.search(complaint.words)
        if not is_get and (response.status == 413 or too_large):
            raise TooMuch(said, of_queue=False)
        await self.answerer.connection.stop_if_hopeless(complaint, response, None)
        failure = replies.failure(complaint, response, path, self.redact)
        if not failure.may_pass:
            raise RespondentError(f"refuses the batch ({said})", where=self.name, fix="mend that, or leave out --batch")
        raise failure

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            silent = aiohttp.ClientTimeout(total=None, sock_connect=60, sock_read=SILENCE)
            self._session = open_session(self._server, silent)
        return self._session

    def _failure(self, kind: str, message: str) -> AskFailure:
        return AskFailure(kind, self._clean(message), request="", may_pass=True)

    def _clean(self, text: str) -> str:
        return replies.storable(self.redact(text))

    def _text(self, found: dict[str, Any], key: str) -> str:
        value = found.get(key)
        if not isinstance(value, str) or not value:
            raise self._failure("malformed", f"the server's object has no {key!r}")
        return value


def _way_of(body: dict[str, Any], now: Way) -> Way:
    """The way in which a request was made; as it is now, where the request does not show it."""
    limits = {name for name in TOKEN_LIMITS if name in body} or {now.token_limit}
    had_system = any(message["role"] == "system" for message in body.get("messages", ()))
    n_told = body.get("top_logprobs", now.manner.n_told)
    return replace(
        now,
        token_limit=limits.pop(),
        system_role=had_system,
        seed="seed" in body,
        manner=replace(now.manner, n_told=n_told),
    )


def _names_model(complaint: Complaint) -> bool:
    return "model" in complaint.words.casefold()


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def line_of(raw: bytes) -> Line | None:
    """A line of a file of responses; None where it is none."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("custom_id"), str):
        return None
    response, error = found.get("response"), found.get("error")
    if isinstance(response, dict) and isinstance(response.get("status_code"), int):
        text = json.dumps(response.get("body"), ensure_ascii=False)
        return Line(found["custom_id"], Response(response["status_code"], text), ("", ""))
    error = error if isinstance(error, dict) else {}
    code, message = str(error.get("code") or ""), str(error.get("message") or "no response and no reason")
    kind = "expired" if re.search("expired|cancel", code) else "server" if "server" in code else "rejected"
    return Line(found["custom_id"], None, (kind, f"{code}: {message}" if code else message))
