"""What the tests of openai.compatible share: one respondent at the mock server, asked in an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.protocols import Protocol
from emotionbench.plan import Plan
from emotionbench.records import Message
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.openai.compatible import OpenAICompatible, build
from emotionbench.study import Execution, RespondentSpec, Study
from emotionbench.study_materials import materials_of
from emotionbench.wording import Wording
from mock_server import MockServer

KEY = "sk-test-0123456789abcdef"
PROTOCOL = catalogue.protocol("emotionbench-2024")


def make(
    server: MockServer | str,
    model: str = "compatible/mock",
    execution: Execution | None = None,
    protocol: Protocol = PROTOCOL,
    **settings: Any,
) -> OpenAICompatible:
    url = server if isinstance(server, str) else server.url
    spec = RespondentSpec(id=model, settings={"base_url": url, **settings})
    answerer = build(spec, protocol, execution or Execution(timeout=60, concurrency=100))
    assert isinstance(answerer, OpenAICompatible)
    return answerer


def make_questions(answerer: OpenAICompatible, n: int, protocol: Protocol = PROTOCOL) -> list[Question]:
    study = Study(respondents=("compatible/mock",), protocol=protocol.id)
    materials = materials_of(study)
    questions = []
    for session in Plan(study, materials, (answerer.record,)):
        for administration in session:
            if administration.situation is None:
                instrument = materials.instruments[0]
                messages = Wording(instrument, protocol).messages(administration, None)
                questions.append(Question(administration, instrument, protocol, None, messages, 1))
    return questions[:n]


def in_loop(answerer: OpenAICompatible, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def go() -> Any:
        try:
            return await work()
        finally:
            await answerer.close()

    return asyncio.run(go())


def ask(answerer: OpenAICompatible, messages: tuple[Message, ...] | None = None, attempt: int = 1) -> Reply:
    question = make_questions(answerer, 1)[0]
    changed = Question(
        question.administration, question.instrument, question.protocol, None, messages or question.messages, attempt
    )
    reply: Reply = in_loop(answerer, lambda: answerer.ask(changed))
    return reply


def failing(answerer: OpenAICompatible) -> AskFailure:
    with pytest.raises(AskFailure) as caught:
        ask(answerer)
    return caught.value


def stopping(answerer: OpenAICompatible) -> str:
    with pytest.raises(RespondentError) as caught:
        ask(answerer)
    return str(caught.value)


def sent(server: MockServer) -> dict[str, Any]:
    body: dict[str, Any] = server.stats()["last"]["body"]
    return body


def ask_many(answerer: OpenAICompatible, n: int = 20) -> list[Reply | BaseException]:
    """Ask n questions at once; replies and failures in the order of the questions."""

    async def go() -> list[Reply | BaseException]:
        asking = (answerer.ask(question) for question in make_questions(answerer, n))
        return await asyncio.gather(*asking, return_exceptions=True)

    outcomes: list[Reply | BaseException] = in_loop(answerer, go)
    return outcomes
