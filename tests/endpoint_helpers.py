"""What the tests of completions and of typed questions share: respondents at a server, and items put to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import Form
from emotionbench.materials.instruments import ResponseScale
from emotionbench.materials.reply_alone import with_reply_alone
from emotionbench.records import Message
from emotionbench.respondents.base import Answerer, AskFailure, Question, Reply
from emotionbench.respondents.openai.compatible import build
from emotionbench.study import Execution, RespondentSpec
from emotionbench.wording import Wording
from putting import Put, put

LOGPROBS = Form(answers="logprobs")
Outcome = Reply | BaseException


def respondent(url: str, endpoint: str, model: str = "compatible/base", **settings: Any) -> Answerer:
    """A respondent at this server; ``settings`` are its own."""
    spec = RespondentSpec(id=model, settings={"base_url": url, "endpoint": endpoint, **settings})
    return build(spec, put().protocol, Execution(timeout=60, concurrency=8))


def items(name: str = "PANAS", form: Form | None = LOGPROBS, language: str = "en", **changes: Any) -> list[Question]:
    """Every message of one administration; with ``LOGPROBS`` one an item."""
    made = put(name, language=language, form=form, **changes)
    return questions_of(replace(made, protocol=with_reply_alone(made.protocol)))


def of_ten(form: Form = LOGPROBS) -> list[Question]:
    """PANAS with answers from 1 to 10."""
    made = put(form=form)
    scale = ResponseScale(lowest=1, highest=10, labels={1: "least", 10: "most"})
    longer = made.instrument.model_copy(update={"response_scale": scale})
    return questions_of(replace(made, instrument=longer, protocol=with_reply_alone(made.protocol)))


def questions_of(made: Put, history: tuple[Message, ...] = ()) -> list[Question]:
    wording = Wording(made.instrument, made.protocol, made.form)
    return [
        Question(
            made.administration,
            made.instrument,
            made.protocol,
            made.situation,
            wording.messages(made.administration, made.situation, history, part),
            1,
            made.form,
            part,
        )
        for part in range(1, made.administration.n_messages + 1)
    ]


def ask_all(answerer: Answerer, questions: Sequence[Question]) -> list[Outcome]:
    """Ask these at once, in an event loop of their own; what came of each, in their order."""

    async def go() -> list[Outcome]:
        try:
            return await asyncio.gather(*map(answerer.ask, questions), return_exceptions=True)
        finally:
            await answerer.close()

    return asyncio.run(go())


def ask_one(answerer: Answerer, question: Question) -> Reply:
    (outcome,) = ask_all(answerer, [question])
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def reading(reply: Outcome) -> dict[str, Any]:
    """What a reply tells of its item."""
    assert isinstance(reply, Reply), reply
    assert reply.logprobs is not None
    found: dict[str, Any] = json.loads(reply.logprobs)
    return found


def stopped(answerer: Answerer, question: Question) -> str:
    """The message of the error that stops a run."""
    with pytest.raises(RespondentError) as caught:
        ask_one(answerer, question)
    return str(caught.value)


def failed(answerer: Answerer, question: Question) -> AskFailure:
    with pytest.raises(AskFailure) as caught:
        ask_one(answerer, question)
    return caught.value
