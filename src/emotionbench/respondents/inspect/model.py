"""Language models of every provider that Inspect AI reaches: Anthropic, Google, Bedrock, Azure and many more.

Inspect's own retries and its cache are off, so that every failure and every draw is recorded, once, by the engine.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from emotionbench.errors import RespondentError, nearest
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Message
from emotionbench.respondents.base import AskFailure, Question, Reply, settings_of
from emotionbench.respondents.conversations import folded
from emotionbench.respondents.credentials import Credentials
from emotionbench.respondents.gate import Gate
from emotionbench.respondents.inspect.asking import (
    PREFIX,
    SECRET,
    Settings,
    capabilities_of,
    generation,
    record_of,
)
from emotionbench.respondents.inspect.replies import (
    LOGPROBS_FIX,
    Faults,
    chat_of,
    is_prerequisite,
    plain,
    reading_of,
    reply_of,
    request_json,
    response_json,
    words_of,
)
from emotionbench.respondents.openai.replies import excerpt, storable
from emotionbench.study import Execution, RespondentSpec

if TYPE_CHECKING:
    from inspect_ai.event import ModelEvent
    from inspect_ai.model import GenerateConfig, Model, ModelOutput


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> InspectModel:
    """Make the respondent ``inspect/PROVIDER/MODEL``; a RespondentError says what is missing, nothing asked yet."""
    model = spec.id.partition("/")[2]
    if "/" not in model.strip("/"):
        raise RespondentError(
            "names no provider and model", where=repr(spec.id), fix=f"write {PREFIX}/anthropic/claude-3-5-haiku-latest"
        )
    settings = settings_of(spec, Settings)
    if "temperature" not in settings.model_fields_set:
        settings = settings.model_copy(update={"temperature": protocol.temperature})
    return InspectModel(model, settings, execution, spec.name)


class _Sink:
    """Takes the event of one request, which holds what was sent and what came, before Inspect drops it."""

    event: ModelEvent | None = None

    def on_pending(self, event: ModelEvent) -> None:
        """Called before the request is sent."""
        self.event = event

    def on_complete(self, event: ModelEvent) -> None:
        """Called once it was answered, or failed."""
        # a copy, as Inspect takes the call out of most events
        self.event = event.model_copy()


class InspectModel:
    """One model behind Inspect AI's ``get_model``. ``ask`` never retries.

    Until the first success requests go one at a time.
    """

    def __init__(self, model: str, settings: Settings, execution: Execution, name: str | None = None) -> None:
        self.record = record_of(model, settings, name)
        self.capabilities = replace(capabilities_of(model), system_role=settings.system_role)
        self._model, self._settings, self._execution = model, settings, execution
        self._redact = credentials_of_environment(settings.api_key_env).redact
        self._faults = Faults(self.record.name, model, self._redact)
        self._gate = Gate()
        self._has_told = False
        if settings.send_seed and not self.capabilities.seed:
            raise self._faults.hopeless("the provider takes no seed", "leave send_seed out of its settings")
        self._reached: Model | None = self._reach()

    async def ask(self, question: Question) -> Reply:
        """Put the question once; an AskFailure or RespondentError names what came instead of an answer."""
        if self._gate.one_at_a_time:
            return await self._gate.through(partial(self._ask, question))
        return await self._ask(question)

    async def close(self) -> None:
        """Release connections; a later ``ask`` opens new ones."""
        reached, self._reached = self._reached, None
        self._gate.reset()
        if reached is not None:
            await reached.api.aclose()

    async def _ask(self, question: Question) -> Reply:
        messages = question.messages if self._settings.system_role else folded(question.messages)
        config = generation(self.record.settings, question)
        sink = _Sink()
        try:
            output = await self._generate(messages, config, sink)
        except TimeoutError:
            message = f"no answer from {self._model} within {self._execution.timeout:g} s"
            request = self._redact(self._request(messages, config, sink))
            raise AskFailure("timeout", message, request=request, may_pass=True) from None
        except Exception as problem:  # noqa: BLE001  (providers raise errors of their own libraries)
            request = storable(self._request(messages, config, sink))
            raise self._faults.of(problem, request, self._open()) from None
        return self._reply(question, output, self._request(messages, config, sink), sink)

    async def _generate(self, messages: tuple[Message, ...], config: dict[str, Any], sink: _Sink) -> ModelOutput:
        from inspect_ai.model._model import use_model_event_sink  # noqa: PLC0415

        async with asyncio.timeout(self._execution.timeout):
            with use_model_event_sink(sink):
                return await self._open().generate(chat_of(messages), config=self._config(config), cache=False)

    def _reply(self, question: Question, output: ModelOutput, request: str, sink: _Sink) -> Reply:
        call = sink.event.call if sink.event else None
        if call is not None and call.error:
            # some refusals by the server are made to look like the model's
            said = excerpt(output.completion, self._redact)
            raise AskFailure("rejected", f"refused: {said}", request=self._redact(request), may_pass=False)
        reply = reply_of(output, request, response_json(output, call), self._redact)
        if question.form is None or not question.form.reads_probabilities:
            return reply
        reading = reading_of(output, question.shown[0])
        if reading is None and self._has_told:
            message = "the reply comes without probabilities that can be read, unlike others before"
            raise AskFailure("malformed", message, request=reply.request, may_pass=True)
        if reading is None:
            raise self._faults.hopeless("the model was asked for probabilities and gave none", LOGPROBS_FIX)
        self._has_told = True
        return replace(reply, logprobs=storable(self._redact(reading)))

    def _request(self, messages: tuple[Message, ...], config: dict[str, Any], sink: _Sink) -> str:
        call = sink.event.call if sink.event else None
        return request_json(self._model, [dict(message) for message in messages], config, call)

    def _config(self, fields: dict[str, Any]) -> GenerateConfig:
        """Generation settings as Inspect takes them; a RespondentError names a field that it refuses."""
        model = _inspect_model().GenerateConfig
        operation = {"max_retries": 0, "max_connections": self._execution.concurrency}
        try:
            config: GenerateConfig = model(**{**self._settings.config, **fields, **operation})
        except ValidationError as problem:
            unknown = sorted(self._settings.config.keys() - model.model_fields.keys())
            found = problem.errors()[0]
            what = f"{'.'.join(map(str, found['loc']))}: {found['msg']}"
            if unknown:
                what = f"{unknown[0]}: unknown key; {nearest(unknown[0], model.model_fields)}"
            raise RespondentError(f"config → {what}", where=f"settings of {self.record.name!r}") from None
        return config

    def _open(self) -> Model:
        if self._reached is None:
            self._reached = self._reach()
        # the libraries of OpenAI, Anthropic, Groq and all that are like OpenAI ask twice more by themselves, unseen
        client: Any = getattr(self._reached.api, "client", None)
        if getattr(client, "max_retries", None):
            client.max_retries = 0
        return self._reached

    def _reach(self) -> Model:
        """The model as Inspect reaches it; a RespondentError where its provider, package or key is missing."""
        key = os.environ.get(self._settings.api_key_env or "", "").strip() or None
        try:
            found: Model = _inspect_model().get_model(
                self._model,
                config=self._config({}),
                base_url=self._settings.base_url,
                api_key=key,
                memoize=False,
                **self._settings.model_args,
            )
        except Exception as problem:  # noqa: BLE001  (a provider may refuse its arguments in any way)
            raise self._unreachable(problem) from None
        return found

    def _unreachable(self, problem: Exception) -> RespondentError:
        said = self._redact(plain(words_of(problem)))
        if is_prerequisite(problem):
            if "Install with: " in said:
                what, _, fix = said.partition("Install with: ")
                return self._faults.hopeless(what.strip().rstrip("."), fix)
            return self._faults.hopeless(said.rstrip("."), "set it in the environment")
        if "not recognized" in said:
            provider = self._model.partition("/")[0]
            return self._faults.hopeless(f"Inspect knows no provider {provider!r}", nearest(provider, _providers()))
        return self._faults.hopeless(
            f"Inspect cannot reach it: {said}", "check base_url and model_args in its settings"
        )


def _providers() -> list[str]:
    from inspect_ai._util.registry import registry_find, registry_unqualified_name  # noqa: PLC0415

    return [registry_unqualified_name(info) for info in registry_find(lambda info: info.type == "modelapi")]


def credentials_of_environment(own: str | None = None) -> Credentials:
    """Every key that may be sent: whatever in the environment is called one, and the variable named ``own``."""
    named = [value for name, value in os.environ.items() if SECRET.search(name) or name == own]
    return Credentials(None, "", filter(None, named))


def _inspect_model() -> Any:
    try:
        import inspect_ai.model  # noqa: PLC0415
    except ImportError:
        raise RespondentError(
            "Inspect AI is not installed", where=PREFIX, fix="pip install 'emotionbench[inspect]'"
        ) from None
    return inspect_ai.model
