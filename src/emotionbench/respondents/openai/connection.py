"""The way to one endpoint of a server: what is sent there, and what it means where no answer comes.

Everything that is kept or shown of it is without secrets. ``post`` is the fast path of the engine.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import aiohttp
import orjson

from emotionbench.errors import RespondentError
from emotionbench.records import Respondent
from emotionbench.respondents import credentials
from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.openai import offers, replies
from emotionbench.respondents.openai.replies import Complaint, Response
from emotionbench.respondents.openai.servers import Server
from emotionbench.study import Execution

LARGEST_BODY = 8 * 2**20
MODELS_TIMEOUT = 10.0


class Connection:
    """HTTP to one endpoint, for one respondent; ``path`` is where it stands below the server's base URL.

    ``shown_url`` is the address as it may be shown. Sessions open with the first request, and again after ``close``.
    """

    def __init__(self, record: Respondent, server: Server, execution: Execution, path: str) -> None:
        self.record, self.server = record, server
        self.redact = server.credentials.redact
        self._execution = execution
        self._session: aiohttp.ClientSession | None = None
        self.go_to(path)

    def go_to(self, path: str) -> None:
        """Send what follows to this path."""
        self.path, self._url = path, self.server.under(path)
        self.shown_url = self.redact(str(self._url.with_query(None)))
        self._request_start = f'{{"url": {json.dumps(self.shown_url)}, "body": '

    async def close(self) -> None:
        """Release connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def request_of(self, body: str) -> str:
        """A request as an attempt keeps it, made of its body; secrets in the body are still there."""
        return f"{self._request_start}{body}}}"

    async def post(self, fields: dict[str, Any]) -> tuple[str, Response]:
        """Send a body; return the request, as ``request_of`` makes it, and the response, whatever its status.

        An AskFailure (timeout, connection, malformed) where none comes, a RespondentError where none ever will.
        """
        body = orjson.dumps(fields)
        request = self.request_of(body.decode())
        session = self._session or self._open_session()
        try:
            async with session.post(self._url, data=body, allow_redirects=False) as response:
                return request, await _whole(response)
        except _TooLarge:
            message = f"the response of {self.shown_url} is larger than {LARGEST_BODY >> 20} MiB; it was not read"
            raise self.failure("malformed", message, request) from None
        except TimeoutError:
            message = f"no answer from {self.shown_url} within {self._execution.timeout:g} s"
            raise self.failure("timeout", message, request) from None
        except aiohttp.ClientConnectorCertificateError as problem:
            raise self.hopeless(f"{self.shown_url}: {problem}", "check base_url and the certificates here") from None
        except aiohttp.InvalidURL:
            raise self.hopeless(f"{self.shown_url} cannot be asked", "check base_url") from None
        except aiohttp.ClientResponseError as problem:
            message = f"{self.shown_url} does not speak HTTP: {problem.message}"
            raise self.failure("malformed", message, request) from None
        except (aiohttp.ClientError, OSError) as problem:
            message = f"{self.shown_url}: {problem or type(problem).__name__}"
            raise self.failure("connection", message, request) from None

    def failure(self, kind: str, message: str, request: str) -> AskFailure:
        """A failure of one request that may go well another time; the ``request`` is as ``post`` returned it."""
        clean = replies.storable(self.redact(message))
        return AskFailure(kind, clean, request=self.redact(request), may_pass=True)

    def hopeless(self, what: str, fix: str) -> RespondentError:
        """An error that every later request would meet, too."""
        return RespondentError(self.redact(what), where=self.record.name, fix=self.redact(fix))

    async def stop_if_hopeless(self, complaint: Complaint, response: Response, temperature: float | None) -> None:
        """Raise a RespondentError where every later request would fail in the same way.

        ``temperature`` is the one that was asked for, None where none was.
        """
        said = f"HTTP {complaint.status}: {replies.excerpt(complaint.words, self.redact)}"
        if complaint.of_key:
            raise self.hopeless(*self._key_refused(said))
        if complaint.of_money:
            raise self.hopeless(f"the account is used up ({said})", "add credit there, then run again")
        if 300 <= complaint.status < 400:
            raise self.hopeless(
                f"{self.shown_url} redirects to {credentials.masked(response.location or 'nowhere')}",
                "set base_url to the address that answers",
            )
        if complaint.refuses("temperature") and temperature is not None:
            what = f"the model refuses temperature {temperature} ({said})"
            raise self.hopeless(what, "set 'temperature: null' in its settings, or pass --temperature default")
        if complaint.refuses("response_format"):
            what = f"the model does not hold its replies to a JSON schema ({said})"
            raise self.hopeless(what, "ask it with --answers drawn")
        if complaint.of_model:
            model = self.record.settings["model"]
            raise self.hopeless(f"no model {model!r} at {self.shown_url} ({said})", await self._models_there(model))

    def _key_refused(self, said: str) -> tuple[str, str]:
        source, variable = self.server.credentials.source, self.server.key_env
        if source:
            return f"{self.shown_url} refuses the key in {source} ({said})", f"check {source}"
        if variable:
            return f"{self.shown_url} wants a key ({said})", f"set {variable} in the environment"
        fix = "put the key into an environment variable and its name into api_key_env in the settings"
        return f"{self.shown_url} wants a key ({said})", fix

    async def _models_there(self, model: str) -> str:
        """What the server offers, as a fix to propose."""
        timeout = aiohttp.ClientTimeout(total=min(MODELS_TIMEOUT, self._execution.timeout))
        session = self._session or self._open_session()
        try:
            async with session.get(self.server.under("models"), timeout=timeout, allow_redirects=False) as response:
                names = offers.names((await _whole(response)).text) if response.ok else []
        except (aiohttp.ClientError, OSError, _TooLarge):
            names = []
        return offers.fix(model, names)

    def _open_session(self) -> aiohttp.ClientSession:
        self._session = open_session(
            self.server,
            aiohttp.ClientTimeout(total=self._execution.timeout),
            aiohttp.TCPConnector(limit=self._execution.concurrency, ttl_dns_cache=300),
            {"Content-Type": "application/json"},
        )
        return self._session


def open_session(
    server: Server,
    timeout: aiohttp.ClientTimeout,
    connector: aiohttp.BaseConnector | None = None,
    headers: dict[str, str] | None = None,
) -> aiohttp.ClientSession:
    """A session whose requests say who asks and are signed; it keeps no cookies."""
    return aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            **(headers or {}),
            "User-Agent": f"emotionbench/{version('emotionbench')}",
            **server.credentials.headers(),
        },
    )


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
