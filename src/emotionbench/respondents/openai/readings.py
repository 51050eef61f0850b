"""The probabilities of the answers to one item, as chat servers tell them: how they are asked for, and put together.

A server tells the likeliest tokens at each place of its reply. What is told is the model's at temperature 1: it is
asked at that, or at 0, where servers tell the same, whatever temperature the study sets; and with nothing cut off where
what it tells is from after its sampling (llama.cpp's ``post_sampling_probs``). Where the likeliest tokens leave
answers out, and the server can hold its reply to the answers (a grammar, a choice), their probabilities are read from
behind that mask, and how much of the probability was on answers comes from before it. Where answers begin alike (1 and
10) the server continues the beginning.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any, Protocol

from emotionbench.errors import RespondentError
from emotionbench.materials.forms import option_values, symbols
from emotionbench.records import Respondent
from emotionbench.respondents.base import AskFailure, Question, Reply
from emotionbench.respondents.openai.next_tokens import Step, to_follow
from emotionbench.respondents.openai.replies import joined
from emotionbench.respondents.openai.told import (
    Constraint,
    Held,
    Manner,
    Place,
    Put,
    beginnings,
    core,
    places,
    share_of,
)

MOST_STEPS = 8
MOST_BEGUN = 0.05
"""A beginning that is not continued stops the reading only where it has more than this share of the answers'."""
ALMOST_ALL, ALMOST_NONE = 0.99, 1e-3
INSTEAD = "ask it with --answers drawn, or use a server that tells them, such as llamacpp or vllm"


class Teller(Protocol):
    """A respondent that can be asked for probabilities; ``has_told`` is set once it gave some."""

    record: Respondent
    has_told: bool

    @property
    def manner(self) -> Manner:
        """How it is asked now."""
        ...

    async def put(self, question: Question, put: Put) -> Reply:
        """Send one request."""
        ...

    def learn(self, manner: Manner) -> None:
        """Ask in this manner from now on."""
        ...


def answers_of(question: Question) -> tuple[str, ...]:
    """The answers as they are shown: numbers, or signs without their mark."""
    scale = question.instrument.response_scale
    signs = symbols(scale, question.form)
    return tuple(signs.values()) if signs else tuple(map(str, sorted(option_values(scale, question.form))))


async def read(teller: Teller, question: Question) -> Reply:
    """The reply to a question about one item, with its reading as ``logprobs``.

    The reading is JSON: the ``item``; the ``source`` of the probabilities, the whole ``vocabulary`` or what a
    constraint left (``masked``); ``steps``, the tokens that may stand where the answer begins and, where needed, behind
    a first part of it; behind a constraint the ``mass``, the probability of answers before it.

    Where several requests were made, ``request`` and ``response`` are JSON lists of them all, and tokens are summed.
    A RespondentError says where the server tells no probabilities, or too few; an AskFailure where one reply has none.
    """
    return await _Reading(teller, question).reply()


class _Reading:
    """One item being read."""

    def __init__(self, teller: Teller, question: Question) -> None:
        self.teller, self.question = teller, question
        self.answers = answers_of(question)
        self.replies: list[Reply] = []
        self.own: Reply | None = None

    async def reply(self) -> Reply:
        self._check_room()
        form = self.question.form
        if self._constraint() == "choice" and form is not None and not form.starts_anew:
            return await self._chosen()
        own = await self._own("held" if self._constraint() == "grammar" else "free")
        if self._constraint() != "none" and self._lacks_answers(own):
            steps = await self._behind_mask()
            if steps:
                return self._whole("masked", steps, share_of(self.answers, own))
        return self._whole("vocabulary", await self._steps(own, "free"))

    async def _own(self, held: Held) -> list[Place]:
        """The places of the respondent's own words."""
        put = Put(self.answers, held)
        own = await self._told(put)
        if own[0].text.isspace() and len(own) == 1 and not self.teller.manner.n_before:
            self.teller.learn(replace(self.teller.manner, n_before=1))
            own = await self._told(put)
        self.own = self.replies[-1]
        return own

    async def _chosen(self) -> Reply:
        """The reply where the conversation goes on, and so holds an answer: a choice, and what was told without it."""
        own = await self._own("held")
        if not self._is_masked(own[0]):
            return self._whole("vocabulary", await self._steps(own, "free"))
        free = await self._told(Put(self.answers))
        return self._whole("masked", await self._steps(own, "held"), share_of(self.answers, free))

    def _lacks_answers(self, told: list[Place]) -> bool:
        """Whether an answer is not listed that could have more than next to nothing."""
        place = next((place for place in told if not place.text.isspace()), told[-1])
        listed = {core(token) for token, _ in place.tokens}
        is_missing = any(not listed & beginnings([answer]) for answer in self.answers)
        return is_missing and sum(math.exp(p) for _, p in place.tokens) < 1 - ALMOST_NONE

    async def _behind_mask(self) -> list[Step]:
        """What a constraint leaves; nothing where the server does not say."""
        if self._constraint() == "choice":
            told = await self._told(Put(self.answers, "held"))
            return await self._steps(told, "held") if self._is_masked(told[0]) else []
        told = await self._told(Put(self.answers, "after"))
        if not told[0].after or not self._fitting(told[0], ""):
            return []
        return await self._steps(told[:1], "after")

    def _fitting(self, place: Place, begun: str) -> list[tuple[str, float]]:
        """The tokens that fit the answers behind a beginning, with the probabilities that the mask leaves them."""
        rests = [answer[len(begun) :] for answer in self.answers if answer.startswith(begun)]
        fit = [
            pair
            for pair in place.tokens
            if any(pair[0] == rest or (pair[0] and rest.startswith(pair[0])) for rest in rests)
        ]
        total = sum(math.exp(p) for _, p in fit)
        return [(token, p - math.log(total)) for token, p in fit] if total > 0 else []

    def _constraint(self) -> Constraint:
        """What the reply is held by; a choice only where each answer is one character, so that one place tells it."""
        constrain = self.teller.manner.constrain
        return "none" if constrain == "choice" and max(map(len, self.answers)) > 1 else constrain

    def _is_masked(self, place: Place) -> bool:
        """Whether what was told is what a choice left: a server that does not know the field passes over it."""
        others = sum(math.exp(p) for token, p in place.tokens if core(token) not in map(str.casefold, self.answers))
        return others < ALMOST_NONE and sum(math.exp(p) for _, p in place.tokens) > ALMOST_ALL

    async def _told(self, put: Put) -> list[Place]:
        """The places that one request tells, one at least."""
        reply = await self.teller.put(self.question, put)
        told = places(reply.logprobs, self.teller.manner.n_told)
        self._check_room()
        if not told and not self.teller.has_told:
            raise RespondentError(
                "the reply comes without the probabilities of tokens that were asked for, or with some that cannot be"
                " read",
                where=self.teller.record.name,
                fix=INSTEAD,
            )
        if not told:
            message = "the reply comes without probabilities that can be read, unlike others before"
            raise AskFailure("malformed", message, request=reply.request, may_pass=True)
        self.teller.has_told = True
        self.replies.append(reply)
        return told

    def _check_room(self) -> None:
        n_told, n_answers = self.teller.manner.n_told, len(self.answers)
        if n_told < n_answers:
            raise RespondentError(
                f"tells the probabilities of {n_told} tokens, and {self.question.instrument.id} has {n_answers} answers"
                f" ({self.answers[0]} to {self.answers[-1]}), which take {n_answers} or more",
                where=self.teller.record.name,
                fix=INSTEAD,
            )

    async def _steps(self, told: list[Place], held: Held) -> list[Step]:
        """What was told where the answer begins, and behind each part that leaves open which answer it is."""
        written = ""
        path: dict[str, Place | None] = {}
        for place_told in told:
            path[_plain(written)] = place_told
            written += place_told.text
        steps = [self._step("", told[0], held)]
        known, waiting = {""}, to_follow(steps[0], self.answers)
        while waiting and len(steps) < MOST_STEPS:
            part = _plain(waiting.pop(0))
            if part in known:
                continue
            known.add(part)
            place = path.get(part)
            if place is None:
                place = await self._continued(part, steps, held)
            if place is not None:
                steps.append(self._step(part, place, held))
                waiting += to_follow(steps[-1], self.answers)
        return steps

    def _step(self, part: str, place: Place, held: Held) -> Step:
        return Step(part, self._fitting(place, part) if held == "after" else place.tokens)

    async def _continued(self, part: str, steps: list[Step], held: Held) -> Place | None:
        """What follows a beginning of the answer; None where that need not, or cannot, be asked."""
        if not part.strip():
            return None  # chat templates cut blanks off
        if self.teller.manner.continues != "no":
            return (await self._told(Put(self.answers, held, part)))[0]
        begun = core(part).removeprefix("+")
        longer = {answer for answer in self.answers if answer.casefold().startswith(begun) and len(answer) > len(begun)}
        tokens = {core(token) for token, _ in steps[0].tokens}
        if {answer.casefold() for answer in longer} <= tokens:
            return None  # who has a token for 10 does not write it as 1 and 0
        if self._hardly_begun(part, steps[0]):
            return None  # what is in doubt then is told with the distribution
        message = (
            f"cannot tell the answer {part} from {min(longer)}, which begins alike: the server continues no answer;"
            " ask it with --answers drawn, or use a server that does, such as llamacpp or vllm"
        )
        raise AskFailure("rejected", message, request=self.replies[0].request, may_pass=False)

    def _hardly_begun(self, part: str, first: Step) -> bool:
        """Whether so little of the probability of answers is in doubt that the item can be read without asking."""
        begun = sum(math.exp(p) for token, p in first.tokens if _plain(token) == part)
        answers = {answer.casefold() for answer in self.answers}
        return begun <= MOST_BEGUN * sum(math.exp(p) for token, p in first.tokens if core(token) in answers)

    def _whole(self, source: str, steps: list[Step], mass: float | None = None) -> Reply:
        reading: dict[str, Any] = {"item": self.question.shown[0], "source": source}
        reading["steps"] = [step.stored() for step in steps]
        if mass is not None:
            reading["mass"] = mass
        own = replace(self.own or self.replies[0], logprobs=json.dumps(reading))
        return joined(own, self.replies)


def _plain(part: str) -> str:
    """A part of an answer without the blanks around it; a blank alone stays."""
    return part.strip() or part
