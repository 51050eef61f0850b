"""What the tests of readings share: questions about one item, put to a respondent at the mock server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asking import in_loop
from emotionbench.errors import RespondentError
from emotionbench.plan import Plan
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.openai.compatible import OpenAICompatible
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
from emotionbench.wording import Wording

TEN = """\
id: TEN-3
name: Three Ladders
edition: "1"
language: en
validated: false
source: Written for the tests.
licence: Apache-2.0
instructions: Say how high you stand now.
response_scale:
  lowest: 0
  highest: 10
  labels:
    0: at the foot
    10: at the top
items: [Calm, Tense, Proud]
subscales:
  all: {name: All, items: [1, 2, 3]}
score: {rule: mean}
"""


def questions(answerer: OpenAICompatible, instrument: str = "PANAS", **ways: Any) -> list[Question]:
    """One question about each item of one baseline, in the order shown."""
    levels = {"answers": ["logprobs"], **ways}
    study = Study(
        respondents=("compatible/mock",), instruments=(instrument,), situations="none", repeats=1, ways=levels
    )
    materials = materials_of(study)
    way = materials.ways[0]
    administration = next(iter(Plan(study, materials, (answerer.record,))))[0]
    wording = Wording(way.instrument, way.protocol, way.form)
    return [
        Question(
            administration,
            way.instrument,
            way.protocol,
            None,
            wording.messages(administration, None, (), part),
            1,
            way.form,
            part,
        )
        for part in range(1, administration.n_messages + 1)
    ]


def read(answerer: OpenAICompatible, question: Question) -> tuple[Reply, dict[str, Any]]:
    """The reply and its reading."""
    reply: Reply = in_loop(answerer, lambda: answerer.ask(question))
    return reply, json.loads(reply.logprobs or "null")


def failing(answerer: OpenAICompatible, question: Question) -> AskFailure:
    with pytest.raises(AskFailure) as caught:
        in_loop(answerer, lambda: answerer.ask(question))
    return caught.value


def stopping(answerer: OpenAICompatible, question: Question) -> str:
    with pytest.raises(RespondentError) as caught:
        in_loop(answerer, lambda: answerer.ask(question))
    return str(caught.value)
