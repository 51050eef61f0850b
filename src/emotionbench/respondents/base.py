"""What every respondent is to the engine, and how one is found by its id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar

from pydantic import ValidationError

from emotionbench.documents import Document, explain
from emotionbench.errors import RespondentError, nearest
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.protocols import Protocol as AskingProtocol
from emotionbench.materials.situations import Situation
from emotionbench.records import Administration, Message, Respondent
from emotionbench.study import Execution, RespondentSpec

ENTRY_POINTS = "emotionbench.respondents"
THINKING_TOKENS = 2048
"""What is added to the most tokens of a reply where a form asks for a chain of thought."""


@dataclass(frozen=True, slots=True)
class Question:
    """One message of an administration, ready to be asked: its materials, the conversation to send, which attempt.

    ``part`` counts the messages of the administration from 1; ``form`` is None where the protocol says all.
    """

    administration: Administration
    instrument: Instrument
    protocol: AskingProtocol
    situation: Situation | None
    messages: tuple[Message, ...]
    attempt: int
    form: Form | None = None
    part: int = 1

    @property
    def shown(self) -> tuple[int, ...]:
        """The items that this message puts, in the order shown."""
        return self.administration.shown(self.part)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the exact request and response, and the respondent's words within it (possibly none: "").

    ``cached_tokens`` are among the ``input_tokens``, ``reasoning_tokens`` among the ``output_tokens``.
    """

    request: str
    response: str
    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    model_version: str | None = None
    finish_reason: str | None = None
    logprobs: str | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class AskFailure(Exception):
    """One request that brought no response. The engine records it, and asks again where ``may_pass``.

    ``retry_after`` is the pause in seconds that the server asked for, if it did.
    """

    def __init__(
        self, kind: str, message: str, *, request: str, may_pass: bool, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.request = kind, message, request
        self.may_pass, self.retry_after = may_pass, retry_after


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a respondent can do, as far as is known before it is asked; a study that needs more is refused.

    ``drawn``: write a reply. ``logprobs``: tell the probabilities of answers. ``seed``, ``temperature``: take one.
    ``system_role``: take a system message as such. ``json_schema``: hold a reply to a schema. ``batch``: take many
    requests in a file, for less money.
    ``at_once`` is how many questions it takes together; None leaves that to the study's ``concurrency``.
    """

    drawn: bool = True
    logprobs: bool = False
    seed: bool = False
    system_role: bool = True
    temperature: bool = True
    json_schema: bool = False
    batch: bool = False
    at_once: int | None = None


class Answerer(Protocol):
    """A respondent that can be asked. ``ask`` raises AskFailure for one request, RespondentError to stop the run."""

    record: Respondent
    capabilities: Capabilities

    async def ask(self, question: Question) -> Reply:
        """Put the question; return the reply, or raise AskFailure or RespondentError."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


Builder = Callable[[RespondentSpec, AskingProtocol, Execution], Answerer]


def build(spec: RespondentSpec, protocol: AskingProtocol, execution: Execution) -> Answerer:
    """Make the respondent that ``spec.id`` names: ``provider/model``, or the name of an embedded one.

    The part before the first slash is an entry point of the group ``emotionbench.respondents``.
    """
    return _load(check_known(spec))(spec, protocol, execution)


def check_known(spec: RespondentSpec) -> EntryPoint:
    """The entry point that makes this respondent; a RespondentError if there is none."""
    known = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    name = spec.id.split("/")[0].casefold()
    if name not in known:
        hint = f"{nearest(name, known)} (a model is named provider/model: openai/gpt-4o-mini)"
        raise RespondentError(f"unknown respondent {spec.id!r}", fix=hint)
    return known[name]


def _load(entry: EntryPoint) -> Builder:
    builder: Builder = entry.load()
    return builder


SettingsT = TypeVar("SettingsT", bound=Document)


def settings_of(spec: RespondentSpec, model: type[SettingsT]) -> SettingsT:
    """The settings of a respondent as its own validated model; a RespondentError names the key that does not fit."""
    try:
        return model.model_validate(spec.settings)
    except ValidationError as problem:
        raise RespondentError(explain(problem.errors()[0], model), where=f"settings of {spec.id!r}") from None
