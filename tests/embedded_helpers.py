"""What the tests of embedded respondents share: making one, and asking it what a study asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from emotionbench.documents import content_hash
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import AnswerStatus, Message
from emotionbench.respondents import base
from emotionbench.respondents.base import Answerer, Question, Reply
from emotionbench.study import Execution, RespondentSpec, Study
from emotionbench.study_materials import materials_of
from emotionbench.wording import Wording

PROTOCOL = catalogue.protocol("standard")
LONG_ITEMS = Instrument.model_validate(
    {
        "id": "moods",
        "name": "Moods",
        "edition": "1",
        "language": "en",
        "validated": False,
        "source": "a test",
        "licence": "Apache-2.0",
        "instructions": "How much is this so?",
        "response_scale": {"lowest": 0, "highest": 3},
        "items": [
            "I have felt happy and full of joy.",
            "I have felt sad and hopeless.",
            "I have moved the chairs this week.",
            "I have sat where others sat.",
        ],
        "subscales": {
            "mood": {"name": "Mood", "items": [1, 2, 3]},
            "misery": {"name": "Misery", "items": [4], "reverse": [4]},
        },
        "score": {"rule": "sum"},
    }
)


def make(respondent: str, name: str | None = None, **settings: Any) -> Answerer:
    return base.build(RespondentSpec(id=respondent, name=name, settings=settings), PROTOCOL, Execution())


def reply_to(answerer: Answerer, question: Question) -> Reply:
    return asyncio.run(answerer.ask(question))


def conversations(answerer: Answerer, **changes: Any) -> Iterator[list[tuple[Question, Reply]]]:
    """What a study asks, session by session, with the replies; the later questions continue the conversation."""
    study = Study(**{"respondents": ("uniform",), "factors": ("anger-1", "fear-2"), **changes})
    materials = materials_of(study)
    instruments = {content_hash(instrument): instrument for instrument in materials.instruments}
    situations = {content_hash(situation): situation for situation in materials.situations}
    for session in Plan(study, materials, (answerer.record,)):
        history: tuple[Message, ...] = ()
        turns = []
        for administration in session:
            instrument = instruments[administration.instrument]
            situation = situations[administration.situation] if administration.situation else None
            messages = Wording(instrument, materials.protocols[0]).messages(administration, situation, history)
            question = Question(administration, instrument, materials.protocols[0], situation, messages, 1)
            reply = reply_to(answerer, question)
            history = (*messages, {"role": "assistant", "content": reply.text})
            turns.append((question, reply))
        yield turns


def turns(answerer: Answerer, **changes: Any) -> list[tuple[Question, Reply]]:
    """Every question of a study with its reply."""
    return [turn for session in conversations(answerer, **changes) for turn in session]


@cache
def baseline() -> Question:
    """A question of PANAS before any situation."""
    return turns(make("uniform"), situations_per_factor=1)[0][0]


def of_instrument(question: Question, instrument: Instrument) -> Question:
    """The question with another instrument, its items shown last to first."""
    administration = replace(
        question.administration,
        instrument=content_hash(instrument),
        order=tuple(range(instrument.n_items, 0, -1)),
    )
    return replace(question, administration=administration, instrument=instrument)


def values_in(question: Question, reply: Reply) -> dict[int, int]:
    """Item number → value as the parser reads the reply; every answer has to be valid."""
    answers = parse(reply.text, question.instrument, question.administration.order)
    assert [answer.status for answer in answers] == [AnswerStatus.VALID] * question.instrument.n_items
    return {answer.item: answer.value for answer in answers if answer.value is not None}
