"""Probabilities read by batch: the one request that a reading begins with, and what is made of its one reply."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, get_args

from emotionbench.records import Respondent
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.openai import readings
from emotionbench.respondents.openai.compatible import OpenAICompatible
from emotionbench.respondents.openai.providers import TokenLimit
from emotionbench.respondents.openai.told import Manner, Put


class AskAnew(AskFailure):
    """What came is no reading, for the manner in which it was asked; that is another now."""


def put_of(answerer: OpenAICompatible, question: Question) -> Put | None:
    """What a reading asks first; None where the question is no reading.

    A RespondentError where the provider tells too few tokens for the answers.
    """
    if question.form is None or not question.form.reads_probabilities:
        return None
    try:
        _driven(readings.read(_Once(answerer, answerer.manner, None), question))
    except _Wanted as wanted:
        return wanted.put
    raise RuntimeError("a reading that asks nothing")


def reading_of(answerer: OpenAICompatible, question: Question, reply: Reply, body: str) -> Reply:
    """The reply with its reading, where the question is one; an AskFailure where that takes more than one request.

    ``body`` is that of the request, which shows in which manner it was asked.
    """
    if question.form is None or not question.form.reads_probabilities:
        return reply
    sent = json.loads(body)
    n_tokens = next(sent[limit] for limit in get_args(TokenLimit) if limit in sent)
    n_before = n_tokens - max(map(len, readings.answers_of(question)))
    manner = replace(answerer.manner, n_told=sent["top_logprobs"], n_before=n_before)
    return _driven(readings.read(_Once(answerer, manner, reply), question))


class _Wanted(Exception):
    def __init__(self, put: Put) -> None:
        super().__init__()
        self.put = put


class _Once:
    """A respondent of which one reply is known, or that is to be asked once and has not been."""

    def __init__(self, answerer: OpenAICompatible, manner: Manner, reply: Reply | None) -> None:
        self.record: Respondent = answerer.record
        self.answerer, self.manner, self.reply = answerer, manner, reply
        self.has_learnt = self.has_replied = False

    @property
    def has_told(self) -> bool:
        return self.answerer.has_told

    @has_told.setter
    def has_told(self, told: bool) -> None:
        self.answerer.has_told = told

    def learn(self, manner: Manner) -> None:
        self.answerer.learn(manner)
        self.has_learnt = True

    async def put(self, _: Question, put: Put) -> Reply:
        if self.reply is None:
            raise _Wanted(put)
        if self.has_learnt:
            raise AskAnew("malformed", "the answer does not begin yet", request=self.reply.request, may_pass=True)
        if self.has_replied:
            what = "takes a second request, and a batch has one: ask it without --batch"
            raise AskFailure("rejected", what, request=self.reply.request, may_pass=False)
        self.has_replied = True
        return self.reply


def _driven(reading: Coroutine[Any, Any, Reply]) -> Reply:
    """What a coroutine returns that waits for nothing."""
    try:
        reading.send(None)
    except StopIteration as end:
        reply: Reply = end.value
        return reply
    finally:
        reading.close()
    raise RuntimeError("a reading that waits")
