"""What Inspect AI's outputs and errors say: a reply, a failure, or that nothing further need be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from emotionbench.errors import RespondentError
from emotionbench.records import Message
from emotionbench.respondents.base import AskFailure, Reply
from emotionbench.respondents.openai.next_tokens import Listed, readable, without_apart
from emotionbench.respondents.openai.replies import Complaint, excerpt, output_count, storable

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, Logprob, Model, ModelCall, ModelOutput

Redact = Callable[[str], str]
LOGPROBS_FIX = "ask it with --answers drawn"
_STATUS = re.compile(r"\b(?:error code|status(?:[ _]code)?|http)\D{0,3}([45]\d\d)\b", re.IGNORECASE)
_TIMEOUT = re.compile(r"time(d[ _]?)?out", re.IGNORECASE)
_MALFORMED = re.compile(r"Validation|Decode|ResponseError")
_MARKUP = re.compile(r"\[/?(?:bold|blue|red|yellow|green|italic|underline)\]")
_OPENING = " \t\r\n\"'“”‘’«»([*_`▁ĠĊĉ"
"""What may stand before an answer, blanks also as tokenisers write them."""
_NOT_KEPT = {"extra_headers": True}


def chat_of(messages: tuple[Message, ...]) -> list[ChatMessage]:
    """A conversation as Inspect takes it."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser  # noqa: PLC0415

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [kinds[message["role"]](content=message["content"]) for message in messages]


def request_json(model: str, messages: list[dict[str, Any]], config: dict[str, Any], call: ModelCall | None) -> str:
    """The exact request where Inspect tells it, else the messages and generation settings that it was given."""
    if call is not None and call.request:
        sent = {name: value for name, value in call.request.items() if name not in _NOT_KEPT}
        return json.dumps({"model": model, "call": sent}, ensure_ascii=False)
    return json.dumps({"model": model, "messages": messages, "config": config}, ensure_ascii=False)


def response_json(output: ModelOutput, call: ModelCall | None) -> str:
    """What Inspect made of the response, and the provider's own where Inspect tells it."""
    read = output.model_dump(mode="json", exclude_none=True, exclude={"completion", "time"})
    raw = {"call": call.response} if call is not None and call.response is not None else {}
    return json.dumps({"output": read, **raw}, ensure_ascii=False)


def reply_of(output: ModelOutput, request: str, response: str, redact: Redact) -> Reply:
    """The reply that an output holds; an AskFailure of kind ``malformed`` where it holds none.

    Output tokens are all that are paid for as such, reasoning among them: see ``output_count``.
    """
    if not output.choices:
        said = excerpt(output.error or response, redact)
        raise AskFailure("malformed", f"an output without an answer: {said}", request=redact(request), may_pass=True)
    usage = output.usage
    cached = usage.input_tokens_cache_read if usage else None
    # Inspect counts what came from a cache or went into one apart
    prompt = usage.input_tokens + (cached or 0) + (usage.input_tokens_cache_write or 0) if usage else None
    reasoning = usage.reasoning_tokens if usage else None
    return Reply(
        request=storable(redact(request)),
        response=storable(redact(response)),
        text=storable(redact(output.choices[0].message.text)),
        input_tokens=prompt,
        output_tokens=output_count(usage.output_tokens, reasoning, prompt, usage.total_tokens) if usage else None,
        model_version=storable(redact(output.model)) or None,
        finish_reason=output.stop_reason,
        cached_tokens=cached,
        reasoning_tokens=reasoning,
    )


def reading_of(output: ModelOutput, item: int) -> str | None:
    """The probabilities of an answer alone as they are stored, of the whole vocabulary; None where there are none.

    The first step is the first place of the reply; each blank, quote or bracket that the model wrote there before an
    answer has a further step behind it, and so has the token with which the answer began. The first place whose
    likeliest tokens were not told, or cannot be read, ends it.
    """
    found = output.choices[0].logprobs if output.choices else None
    told = [(token.token, _likeliest(token)) for token in found.content] if found else []
    steps, written = list[dict[str, Any]](), ""
    for text, tokens in takewhile(lambda place: place[1], told):
        begun = written.lstrip(_OPENING)
        steps.append({"after": begun or written, "tokens": tokens})
        if begun or not text:
            break
        written += text
    if not steps:
        return None
    return json.dumps({"item": item, "source": "vocabulary", "steps": steps}, ensure_ascii=False)


def _likeliest(token: Logprob) -> Listed:
    """The likeliest tokens at one place, and the one written if it is likelier than one of them; none if not told."""
    if not token.top_logprobs:
        return []
    others = [(other.token, other.logprob) for other in token.top_logprobs]
    own = [] if any(text == token.token for text, _ in others) else [(token.token, token.logprob)]
    return without_apart(readable([*own, *others]), token.token)


class Faults:
    """Reads the errors of one model: ``of`` says whether one is of a request or of all."""

    def __init__(self, name: str, model: str, redact: Redact) -> None:
        self.name, self.model, self.redact = name, model, redact

    def of(self, problem: BaseException, request: str, asked: Model) -> AskFailure | RespondentError:
        """What an exception that Inspect raised means."""
        cause = original(problem)
        found = Complaint(status_of(cause) or 0, words_of(cause))
        said = excerpt(found.words, self.redact)
        if is_prerequisite(cause):
            return self.hopeless(said, "mend that and run the same command again")
        hopeless = self._hopeless(found, said, cause, asked)
        return hopeless or self._failure(cause, found, request, asked)

    def hopeless(self, what: str, fix: str) -> RespondentError:
        """An error that every later request would meet, too."""
        return RespondentError(self.redact(what), where=self.name, fix=fix)

    def _hopeless(self, found: Complaint, said: str, cause: BaseException, asked: Model) -> RespondentError | None:
        if found.of_key or (isinstance(cause, Exception) and asked.api.is_auth_failure(cause)):
            variables = ", ".join(getattr(asked.api, "api_key_vars", ())) or "the key in the environment"
            return self.hopeless(f"the provider refuses the key ({said})", f"check {variables}")
        if found.of_money:
            return self.hopeless(f"the account is used up ({said})", "add credit there, then run again")
        if found.refuses("temperature"):
            fix = "set 'temperature: null' in its settings, or pass --temperature default"
            return self.hopeless(f"the model refuses the temperature ({said})", fix)
        if found.refuses("logprobs") or found.refuses("top_logprobs"):
            return self.hopeless(f"the model does not tell probabilities ({said})", LOGPROBS_FIX)
        if found.of_model:
            return self.hopeless(f"no model {self.model!r} there ({said})", "check the model's name and base_url")
        return None

    def _failure(self, cause: BaseException, found: Complaint, request: str, asked: Model) -> AskFailure:
        decision = asked.api.should_retry(cause) if isinstance(cause, Exception) else False
        kind, may_pass = "rejected", bool(decision)
        if getattr(decision, "kind", None) == "rate_limit" or found.status == 429:
            kind, may_pass = "rate_limited", True
        elif _TIMEOUT.search(type(cause).__name__):
            kind, may_pass = "timeout", True
        elif found.status in {408, 409, 425} or found.status >= 500:
            kind, may_pass = "server", True
        elif not found.status and _MALFORMED.search(type(cause).__name__):
            kind, may_pass = "malformed", True
        elif may_pass:
            kind = "connection"
        status = f"HTTP {found.status}: " if found.status else f"{type(cause).__name__}: "
        pause = getattr(decision, "retry_after", None) if may_pass else None
        message = status + excerpt(found.words, self.redact)
        return AskFailure(kind, message, request=self.redact(request), may_pass=may_pass, retry_after=pause)


def original(problem: BaseException) -> BaseException:
    """The error that Inspect, or the library that it retries with, has wrapped."""
    for _ in range(5):
        last = getattr(problem, "last_attempt", None)
        inner = last.exception() if last is not None else problem.__cause__
        if inner is None or not (last is not None or type(problem).__name__ == "ModelGenerateError"):
            break
        problem = inner
    return problem


def status_of(problem: BaseException) -> int | None:
    """The HTTP status of an error, wherever its library keeps it."""
    response = getattr(problem, "response", None)
    kept = (getattr(response, "get", None) or (lambda *_: None))("ResponseMetadata") or {}
    candidates = (
        getattr(problem, "status_code", None),
        getattr(problem, "code", None),
        getattr(response, "status_code", None),
        kept.get("HTTPStatusCode") if isinstance(kept, dict) else None,
    )
    known = next((value for value in candidates if isinstance(value, int) and 100 <= value < 600), None)
    return known if known is not None else status_in(str(problem))


def status_in(words: str) -> int | None:
    """The HTTP status that an error's words name."""
    found = _STATUS.search(words)
    return int(found[1]) if found else None


def words_of(problem: BaseException) -> str:
    """What an error says, without markup for terminals."""
    message = getattr(problem, "message", None)
    return plain(message if isinstance(message, str) and message else str(problem) or type(problem).__name__)


def plain(text: str) -> str:
    """Text without the markup of terminals, on one line."""
    return " ".join(_MARKUP.sub("", text).removeprefix("ERROR: ").split())


def is_prerequisite(problem: BaseException) -> bool:
    """Whether Inspect says that something is missing here: a package, a key."""
    return type(problem).__name__ == "PrerequisiteError"
