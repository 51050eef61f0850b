"""What the response of a chat completions server says: a reply, a failure, or a complaint about the request."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import orjson

from emotionbench.respondents.base import AskFailure, Reply

EXCERPT = 200
DEEPEST_COMPLAINT, LONGEST_COMPLAINT = 6, 4000
LARGEST_COUNT = 2**31 - 1
ANY_REQUEST_ERROR = "invalid_request_error"
"""The type that comes with every complaint, whatever it is about."""

Redact = Callable[[str], str]

_REFUSAL = re.compile(
    r"support|allow|permit|accept|invalid|unknown|unrecogni[sz]ed|unexpected|extra|forbidden|deprecated|enabled"
    r"|must|should|only|instead|range|default",
    re.IGNORECASE,
)
_SIZE = re.compile(r"too (large|small|long|high|low)|maximum|exceed|at (most|least)|(less|greater) than", re.IGNORECASE)
_SYSTEM_ROLE = re.compile(
    r"['\"`]system['\"`]|system[ _]?(role|message|prompt|instruction)|role[: ]+system|developer instruction"
    r"|roles must alternate|only user and assistant roles",
    re.IGNORECASE,
)
_UNKNOWN_MODEL = re.compile(
    r"model_not_found|invalid_model"
    r"|\bmodel\b.{0,200}\b(does not exist|not exist|not found)|(not a valid|invalid|unknown|no such) model\b",
    re.IGNORECASE | re.DOTALL,
)
_NO_MONEY = re.compile(r"insufficient[ _](quota|balance|credits)", re.IGNORECASE)
_MODERATION = re.compile(r"moderation|flagged|content[ _](policy|filter)", re.IGNORECASE)


class Response(NamedTuple):
    """A whole HTTP response: ``text`` is its body as UTF-8, with U+FFFD where it is not."""

    status: int
    text: str
    retry_after: str | None = None
    location: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the server says that it answered."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server says is wrong with a request: its words, codes and names of fields, never the request it echoes."""

    status: int
    words: str

    def refuses(self, field: str) -> bool:
        """Whether the complaint is about having the body field ``field``, or about the value it has."""
        return self.of_request and bool(re.search(rf"\b{field}\b", self.words) and _REFUSAL.search(self.words))

    def refuses_name(self, field: str) -> bool:
        """Whether the complaint is about having the body field ``field``, not about its value."""
        return self.refuses(field) and not _SIZE.search(self.words)

    @property
    def refuses_system_role(self) -> bool:
        """Whether the server does not take a system message."""
        named = self.of_request and _SYSTEM_ROLE.search(self.words)
        return bool(named and _REFUSAL.search(self.words) and not _MODERATION.search(self.words))

    @property
    def of_request(self) -> bool:
        """Whether the body is what is wrong."""
        return self.status in {400, 422}

    @property
    def of_model(self) -> bool:
        """Whether the server does not know the model, or not the address."""
        return self.status == 404 or (self.of_request and bool(_UNKNOWN_MODEL.search(self.words)))

    @property
    def of_key(self) -> bool:
        """Whether the key is missing, wrong, or not allowed to use the model."""
        return self.status == 401 or (self.status == 403 and not _MODERATION.search(self.words))

    @property
    def of_money(self) -> bool:
        """Whether the account is used up: a wait would not help."""
        return self.status == 402 or (self.status == 429 and bool(_NO_MONEY.search(self.words)))


def complaint(response: Response) -> Complaint:
    """Read the error that a server sent in any of the shapes that are about."""
    try:
        content = _read(response.text)
    except (ValueError, RecursionError):
        return Complaint(response.status, response.text[:LONGEST_COMPLAINT])
    words = "; ".join(dict.fromkeys(_words(content, 0))) or response.text
    return Complaint(response.status, words[:LONGEST_COMPLAINT])


def failure(found: Complaint, response: Response, request: str, redact: Redact) -> AskFailure:
    """What a response with an error status means for this one request."""
    kind, may_pass = "rejected", False
    if found.status == 429:
        kind, may_pass = "rate_limited", True
    elif found.status in {408, 409, 425} or found.status >= 500:
        kind, may_pass = "server", True
    pause = seconds_until(response.retry_after) if may_pass else None
    message = f"HTTP {found.status}: {excerpt(found.words, redact)}"
    return AskFailure(kind, message, request=redact(request), may_pass=may_pass, retry_after=pause)


def reply(response: Response, request: str, redact: Redact) -> Reply:
    """Read an answer; an AskFailure of kind ``malformed`` or ``server`` where it is none.

    Output tokens are all that are paid for as such, reasoning among them: see ``output_count``.
    """
    try:
        content = _read(response.text)
    except ValueError as problem:
        raise _malformed(f"not JSON ({problem})", response, request, redact) from None
    except RecursionError:
        raise _malformed("JSON nested too deep", response, request, redact) from None
    choice = _first_choice(content)
    message = choice.get("message") if choice else None
    if choice and (choice.get("error") or choice.get("finish_reason") == "error"):
        words = excerpt(response.text, redact)
        raise AskFailure("server", f"broke off: {words}", request=redact(request), may_pass=True)
    text = _said(message) if isinstance(message, dict) else None
    if choice is None or text is None:
        raise _malformed("JSON without an answer in choices", response, request, redact)
    usage = content.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    logprobs = choice.get("logprobs")
    input_tokens = token_count(usage.get("prompt_tokens"))
    reasoning = token_count(_within(usage, "completion_tokens_details").get("reasoning_tokens"))
    written, total = token_count(usage.get("completion_tokens")), token_count(usage.get("total_tokens"))
    return Reply(
        request=redact(request),
        response=redact(response.text),
        text=storable(redact(text)),
        input_tokens=input_tokens,
        output_tokens=output_count(written, reasoning, input_tokens, total),
        model_version=_model_version(content, redact),
        finish_reason=_name(choice.get("finish_reason"), redact),
        logprobs=redact(json.dumps(logprobs)) if logprobs else None,
        cached_tokens=_cached(usage),
        reasoning_tokens=reasoning,
    )


def joined(first: Reply, replies: Sequence[Reply]) -> Reply:
    """``first`` with what several requests took: all they sent and brought as JSON lists, and their tokens summed.

    A sum is null where one of the requests came without a count: what is known would be too few.
    """
    if len(replies) == 1:
        return first
    return replace(
        first,
        request=f"[{', '.join(reply.request for reply in replies)}]",
        response=f"[{', '.join(reply.response for reply in replies)}]",
        input_tokens=_sum(reply.input_tokens for reply in replies),
        output_tokens=_sum(reply.output_tokens for reply in replies),
        cached_tokens=_sum(reply.cached_tokens for reply in replies),
        reasoning_tokens=_sum(reply.reasoning_tokens for reply in replies),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else token_count(sum(count for count in known if count is not None))


def output_count(written: int | None, reasoning: int | None, prompt: int | None, total: int | None) -> int | None:
    """The tokens of the output, those of reasoning among them, as they are paid for; null where not told.

    Most servers count reasoning within what was ``written`` (OpenAI's ``completion_tokens``), some beside it (xAI).
    It is beside where it is more than that, or where ``total`` is ``prompt``, ``written`` and ``reasoning`` together.
    """
    if written is None or not reasoning:
        return written
    is_beside = reasoning > written or (prompt is not None and total == prompt + written + reasoning)
    return token_count(written + reasoning) if is_beside else written


def _read(text: str) -> Any:
    """JSON, also as servers write it that is none: with NaN, with half of a character; a ValueError where it is not."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _cached(usage: dict[str, Any]) -> int | None:
    """Tokens of the prompt that the server took from its cache; DeepSeek has a name of its own for them."""
    own = _within(usage, "prompt_tokens_details").get("cached_tokens")
    return token_count(usage.get("prompt_cache_hit_tokens") if own is None else own)


def _within(usage: dict[str, Any], key: str) -> dict[str, Any]:
    found = usage.get(key)
    return found if isinstance(found, dict) else {}


def excerpt(text: str, redact: Redact) -> str:
    """The first 200 characters of what came, on one line, without secrets; ``an empty body`` where nothing did."""
    return storable(" ".join(redact(text).split()))[:EXCERPT] or "an empty body"


def storable(text: str) -> str:
    """``text`` as every database takes it: U+FFFD for a lone surrogate or a NUL."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def seconds_until(retry_after: str | None) -> float | None:
    """The pause that a Retry-After header asks for, in seconds; null if it holds neither a number nor an HTTP date."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        return _seconds_until_date(retry_after)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until_date(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    # a date in "-0000" comes without a zone; HTTP dates are in GMT
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _malformed(what: str, response: Response, request: str, redact: Redact) -> AskFailure:
    message = f"HTTP {response.status} with {redact(what)}: {excerpt(response.text, redact)}"
    return AskFailure("malformed", message, request=redact(request), may_pass=True)


def _first_choice(content: Any) -> dict[str, Any] | None:
    choices = content.get("choices") if isinstance(content, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _said(message: dict[str, Any]) -> str | None:
    """The words of a message: its content, else its refusal, else nothing (""); null where the content is no text."""
    content = message.get("content")
    if isinstance(content, str) and content:
        return content
    if isinstance(content, list):
        return "".join(part if isinstance(part, str) else _text_of(part) for part in content)
    if content in (None, ""):
        refusal = message.get("refusal")
        return refusal if isinstance(refusal, str) else ""
    return None


def _text_of(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def _model_version(content: dict[str, Any], redact: Redact) -> str | None:
    model, fingerprint = _name(content.get("model"), redact), _name(content.get("system_fingerprint"), redact)
    return f"{model} {fingerprint}" if model and fingerprint else model or fingerprint or None


def _name(value: Any, redact: Redact) -> str | None:
    return storable(redact(value)) if isinstance(value, str) else None


def token_count(value: Any) -> int | None:
    """A number of tokens as a database takes it; None where ``value`` is none."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT
    return value if is_count else None


def _words(content: Any, depth: int) -> list[str]:
    """The strings in an error body that speak about the request, not those that repeat it."""
    if depth > DEEPEST_COMPLAINT:
        return []
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [word for part in content for word in _words(part, depth + 1)]
    if not isinstance(content, dict):
        return []
    words = []
    if isinstance(content.get("loc"), list):
        words.append(".".join(str(step) for step in content["loc"]))
    for key in ("message", "msg", "detail", "error", "metadata", "raw", "param", "code", "type"):
        words += _words(content.get(key), depth + 1)
    return [word for word in words if word != ANY_REQUEST_ERROR]
