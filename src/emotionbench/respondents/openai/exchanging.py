"""What the endpoints beside chat completions share: requests that are made anew where a server names a field."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from emotionbench.respondents.base import AskFailure
from emotionbench.respondents.openai import replies
from emotionbench.respondents.openai.connection import Connection
from emotionbench.respondents.openai.replies import Complaint, Response

Body = dict[str, Any]
WayT = TypeVar("WayT")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that the server answered; ``content`` is its response as JSON, ``request`` as it is stored."""

    request: str
    response: Response
    content: Any


class Exchanging(Generic[WayT]):
    """Requests to one endpoint. ``way`` is what its server takes, as far as it has shown.

    ``has_succeeded`` is for who asks to set, once an answer could be read. An endpoint of its own overrides what it
    knows better: ``other_way``, ``refused`` and ``lacking``. ``missing_fix``: what to do where it is not there.
    """

    missing_fix = "check base_url"

    def __init__(self, connection: Connection, way: WayT) -> None:
        self.connection, self.way = connection, way
        self.has_succeeded = False

    async def exchange(self, body_of: Callable[[WayT], Body]) -> Exchange:
        """Send a body, and again in another way as long as the server complains about a field that has one.

        An AskFailure where no answer comes, a RespondentError where none ever will.
        """
        ways = [self.way]
        while True:
            fields = body_of(ways[-1])
            request, response = await self.connection.post(fields)
            if response.ok:
                content = self._content(response, request)
                self.way = ways[-1]
                return Exchange(self.connection.redact(request), response, content)
            complaint = replies.complaint(response)
            other = self.other_way(ways[-1], complaint)
            if other is None or other in ways:
                self.refused(complaint)
                await self._stop_if_hopeless(complaint, response, fields.get("temperature"))
                raise replies.failure(complaint, response, request, self.connection.redact)
            ways.append(other)

    def other_way(self, way: WayT, complaint: Complaint) -> WayT | None:
        """The way that meets the complaint; None where none does."""
        return None

    def refused(self, complaint: Complaint) -> None:
        """Raise what a complaint that no way meets means at this endpoint alone."""

    def lacking(self, content: Any) -> str | None:
        """What an answer lacks without which it is none, in a word; None where it is complete."""
        return None

    def _content(self, response: Response, request: str) -> Any:
        try:
            content = json.loads(response.text)
        except (ValueError, RecursionError):
            raise self._incomplete("JSON", response, request) from None
        lacking = self.lacking(content)
        if lacking:
            raise self._incomplete(lacking, response, request)
        return content

    def _incomplete(self, lacking: str, response: Response, request: str) -> AskFailure:
        words = replies.excerpt(response.text, self.connection.redact)
        return self.connection.failure("malformed", f"HTTP {response.status} without {lacking}: {words}", request)

    async def _stop_if_hopeless(self, complaint: Complaint, response: Response, temperature: float | None) -> None:
        if lacks_path(complaint):
            said = replies.excerpt(complaint.words, self.connection.redact)
            what = f"no answer at {self.connection.shown_url} (HTTP {complaint.status}: {said})"
            raise self.connection.hopeless(what, self.missing_fix)
        await self.connection.stop_if_hopeless(complaint, response, temperature)


def lacks_path(complaint: Complaint) -> bool:
    """Whether the server has no such endpoint, as far as is told; a model that is unknown is another matter."""
    unknown_model = Complaint(400, complaint.words).of_model
    return complaint.status in {404, 405, 501} and not unknown_model
