"""What the endpoints beside chat completions share: an address of their own, and bodies of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from emotionbench.records import Respondent
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.compatible import OpenAICompatible, Server, Way, _under
from emotionbench.respondents.openai.replies import Complaint, Response
from emotionbench.study import Execution

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that the server answered; ``content`` is its response as JSON, ``request`` as it is stored."""

    request: str
    response: Response
    content: Any


class Exchanging(OpenAICompatible):
    """A respondent whose requests go to ``path`` below the base URL, negotiated like those of chat completions."""

    path = "chat/completions"
    missing_fix = "check base_url"

    def __init__(self, record: Respondent, server: Server, way: Way, execution: Execution) -> None:
        super().__init__(record, server, way, execution)
        self._go_to(self.path)

    def _go_to(self, path: str) -> None:
        """Send what follows to this path."""
        base = self._server.url
        base = base.with_path(base.path.rstrip("/").removesuffix(f"/{path}"), keep_query=True)
        self.path, self._url = path, _under(base, path)
        self._shown_url = self._redact(str(self._url.with_query(None)))
        self._request_start = f'{{"url": {json.dumps(self._shown_url)}, "body": '

    async def _exchange(self, body_of: Callable[[Way], Body]) -> Exchange:
        """Send a body, and again in another way as long as the server complains about a field that has one."""
        ways = [self._way]
        while True:
            fields = body_of(ways[-1])
            body = orjson.dumps(fields)
            request = f"{self._request_start}{body.decode()}}}"
            response = await self._post(body, request)
            if response.ok:
                content = self._content(response, request)
                self._way = ways[-1]
                return Exchange(self._redact(request), response, content)
            complaint = replies.complaint(response)
            other = self._other_way(ways[-1], complaint)
            if other is None or other in ways:
                await self._stop_if_hopeless(complaint, response, fields.get("temperature"))
                raise replies.failure(complaint, response, request, self._redact)
            ways.append(other)

    def _content(self, response: Response, request: str) -> Any:
        try:
            return json.loads(response.text)
        except (ValueError, RecursionError):
            words = replies.excerpt(response.text, self._redact)
            raise self._failure("malformed", f"HTTP {response.status} without JSON: {words}", request) from None

    async def _stop_if_hopeless(self, complaint: Complaint, response: Response, temperature: float | None) -> None:
        if self._lacks_path(complaint):
            said = replies.excerpt(complaint.words, self._redact)
            what = f"no answer at {self._shown_url} (HTTP {complaint.status}: {said})"
            raise self._hopeless(what, self.missing_fix)
        await super()._stop_if_hopeless(complaint, response, temperature)

    def _lacks_path(self, complaint: Complaint) -> bool:
        """Whether the server has no such endpoint, as far as is told; a model that is unknown is another matter."""
        unknown_model = Complaint(400, complaint.words).of_model
        return complaint.status in {404, 405, 501} and not unknown_model
