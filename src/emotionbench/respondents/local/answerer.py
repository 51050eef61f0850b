"""Language models in this process: ``local/FOLDER`` or ``local/OWNER/NAME``, with torch and transformers.

The engine asks many questions at once; what is waiting is answered together, in one thread of its own. The model is
loaded when it is first asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from emotionbench.documents import Document
from emotionbench.errors import EmotionBenchError, RespondentError
from emotionbench.materials.protocols import Protocol
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import AskFailure, Capabilities, Question, Reply, settings_of
from emotionbench.respondents.local import loading
from emotionbench.study import Execution, RespondentSpec

if TYPE_CHECKING:
    from emotionbench.respondents.local.batch import Batches

OWN_TEMPERATURE = 1.0
"""Where neither settings nor protocol say: the model's probabilities as they are."""


class Settings(Document):
    """How a model is loaded and asked.

    ``device`` auto is CUDA where there is one. ``dtype`` auto is float32 on a CPU and as saved on a GPU.
    ``temperature`` overrides the protocol's; null is 1, the model's probabilities as they are. ``max_tokens`` limits
    one reply. ``batch_size`` is the most questions computed at once. ``revision`` is a commit, branch or tag on the
    hub.
    """

    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] = 1024
    batch_size: Annotated[int, Field(ge=1)] = 256
    revision: str | None = None


def build(spec: RespondentSpec, protocol: Protocol, execution: Execution) -> Local:
    """Make the respondent ``local/PATH_OR_NAME``; a RespondentError says what is missing before anything is asked.

    Its record holds what changes answers: name, the files' identity, dtype, temperature, limit; no path, no device.
    """
    settings = settings_of(spec, Settings)
    path_or_name = spec.id.partition("/")[2]
    if not path_or_name.strip():
        raise RespondentError("names no model", where=repr(spec.id), fix="write local/FOLDER or local/OWNER/NAME")
    loading.import_libraries()
    source = loading.find(path_or_name, settings.revision)
    config = loading.config_of(source)
    device = loading.device_of(settings.device)
    dtype = loading.dtype_of(settings.dtype, device, config)
    given = "temperature" in settings.model_fields_set
    asked = settings.temperature if given else protocol.temperature
    temperature = OWN_TEMPERATURE if asked is None else asked
    version = loading.identity(source, config)
    kept = {
        "provider": "local",
        "model": source.name,
        "revision": version,
        "dtype": dtype,
        "temperature": temperature,
        "max_tokens": settings.max_tokens,
    }
    record = Respondent.of(RespondentKind.LLM, spec.name or f"local/{source.name}", kept)
    tokenizer = loading.tokenizer_of(source)

    def load(go_on: Callable[[], bool]) -> Batches:
        from emotionbench.respondents.local.batch import Batches, Manner  # noqa: PLC0415

        model = loading.model_of(source, device, dtype)
        manner = Manner(temperature, settings.max_tokens, settings.batch_size, version)
        return Batches(model, prompts, manner, go_on)

    from emotionbench.respondents.local.prompts import Prompts  # noqa: PLC0415

    prompts = Prompts(tokenizer, record.name)
    return Local(record, load, prompts.has_system, settings.batch_size)


class Local:
    """One model in process. Questions wait until no more come for a turn of the event loop, or a batch is full."""

    def __init__(
        self, record: Respondent, load: Callable[[Callable[[], bool]], Batches], has_system: bool, batch_size: int
    ) -> None:
        self.record, self.batch_size = record, batch_size
        # while a batch is computed, the next one gathers
        self.capabilities = Capabilities(logprobs=True, seed=True, system_role=has_system, at_once=2 * batch_size)
        self._load = load
        self._batches: Batches | None = None
        self._waiting: list[tuple[Question, asyncio.Future[Reply]]] = []
        self._serving: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._closing = threading.Event()

    async def ask(self, question: Question) -> Reply:
        """Put the question with all that wait; raise AskFailure for this one, RespondentError to stop the run."""
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answered))
        if self._serving is None or self._serving.done():
            self._closing.clear()
            self._serving = asyncio.create_task(self._serve())
        return await answered

    async def close(self) -> None:
        """End the thread, in the middle of a reply if need be; the model stays, and a later ``ask`` goes on."""
        self._closing.set()
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._thread is not None:
            self._thread.shutdown()
        self._serving = self._thread = None

    async def _serve(self) -> None:
        """Answer what waits until nothing does."""
        while self._waiting:
            await self._gather()
            some, self._waiting = self._waiting[: self.batch_size], self._waiting[self.batch_size :]
            some = [(question, answered) for question, answered in some if not answered.done()]
            if some:
                await self._answer(some)

    async def _gather(self) -> None:
        n_before = -1
        while n_before < len(self._waiting) < self.batch_size:
            n_before = len(self._waiting)
            await asyncio.sleep(0)

    async def _answer(self, some: list[tuple[Question, asyncio.Future[Reply]]]) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self.record.name)
        questions = [question for question, _ in some]
        try:
            outcomes: list[Any] = await asyncio.get_running_loop().run_in_executor(self._thread, self._work, questions)
        except EmotionBenchError as problem:
            outcomes = [problem] * len(some)
        except Exception as problem:  # noqa: BLE001  # torch raises what it likes, and nobody may wait for ever
            said = next(iter(str(problem).strip().splitlines()), "")
            outcomes = [self._broken(f"{type(problem).__name__}: {said}")] * len(some)
        for (_, answered), outcome in zip(some, outcomes, strict=True):
            if answered.done():
                continue
            if isinstance(outcome, AskFailure | EmotionBenchError):
                answered.set_exception(outcome)
            else:
                answered.set_result(outcome)

    def _work(self, questions: list[Question]) -> list[Reply | AskFailure]:
        if self._batches is None:
            self._batches = self._load(lambda: not self._closing.is_set())
        return self._batches.answer(questions)

    def _broken(self, said: str) -> RespondentError:
        return RespondentError(
            f"the model failed ({said})",
            where=self.record.name,
            fix="try 'device: cpu' or another dtype in its settings; all answers so far are kept",
        )
