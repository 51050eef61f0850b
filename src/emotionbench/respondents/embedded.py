"""What the embedded respondents share: seeded draws, and answers written out as a model would send them."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import shake_256
from typing import Any

import emotionbench
from emotionbench.errors import RespondentError
from emotionbench.materials.forms import MARK, REASONING_END, symbols
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.base import Capabilities, Question, Reply
from emotionbench.study import RespondentSpec

IN_PROCESS = Capabilities(at_once=1)
"""Who answers in process gains nothing from several questions at once."""
IN_PROCESS_TELLING = Capabilities(at_once=1, logprobs=True)
"""The same, of who knows how likely each of its answers is."""
Values = Mapping[int, int]
"""Item number → value."""
Chances = Mapping[int, float]
"""Value → its probability; they sum to 1."""


@dataclass(slots=True)
class Embedded:
    """A respondent that answers in process: ``fill`` gives a value for every item, or raises RespondentError.

    ``recite`` says what it writes where texts are asked for instead of answers; ``tell``, where it knows them exactly
    and items do not hang together, the probabilities of its answers to the item shown.
    """

    record: Respondent
    fill: Callable[[Question], Values]
    recite: Callable[[Question], str] | None = None
    tell: Callable[[Question], Chances] | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return IN_PROCESS_TELLING if self.tell else IN_PROCESS

    async def ask(self, question: Question) -> Reply:
        """The values as a model would write them, one line an item in the order shown; or what it recites."""
        recites = question.form is not None and question.form.recites
        text = self._recited(question) if recites else reply_text(question, self.fill(question))
        return Reply(
            request=json.dumps(question.messages, ensure_ascii=False),
            response=text,
            text=text,
            model_version=f"emotionbench {emotionbench.__version__}",
            logprobs=told(question, self.tell(question)) if self.tell and reads_probabilities(question) else None,
        )

    def _recited(self, question: Question) -> str:
        return self.recite(question) if self.recite else "An embedded respondent has nothing to recite."

    async def close(self) -> None:
        """Nothing is held open."""


def embedded(
    spec: RespondentSpec,
    settings: dict[str, Any],
    fill: Callable[[Question], Values],
    recite: Callable[[Question], str] | None = None,
    *,
    tell: Callable[[Question], Chances] | None = None,
) -> Embedded:
    """The respondent that answers with ``fill``; ``settings`` are those that change its answers."""
    if "/" in spec.id:
        raise RespondentError(
            "an embedded respondent has no models", where=repr(spec.id), fix=f"write {spec.id.partition('/')[0]}"
        )
    record = Respondent.of(RespondentKind.SYNTHETIC, spec.name or spec.id, settings)
    return Embedded(record, fill, recite, tell)


def reads_probabilities(question: Question) -> bool:
    """Whether the question asks for the answer to one item alone, whose probabilities are read."""
    return question.form is not None and question.form.reads_probabilities


def told(question: Question, chances: Chances) -> str:
    """The probabilities of the answers to the item shown, as they are kept with an attempt."""
    signs = symbols(question.instrument.response_scale, question.form)
    probabilities = {signs[value] if signs else str(value): chance for value, chance in chances.items() if chance}
    (item,) = question.shown
    return json.dumps({"item": item, "source": "vocabulary", "probabilities": probabilities, "mass": 1.0})


def reply_text(question: Question, values: Values) -> str:
    """Lines ``item: answer``, or ``position: answer`` where items are too long to repeat, as the form wants them.

    Where the probabilities of one item's answers are read, its answer alone.
    """
    instrument = question.instrument
    signs = symbols(instrument.response_scale, question.form)
    answers = {number: f"{signs[value]}{MARK}" if signs else str(value) for number, value in values.items()}
    if reads_probabilities(question):
        lines = [answers[number] for number in question.shown]
    elif instrument.has_short_items:
        lines = [f"{instrument.text(number)}: {answers[number]}" for number in question.shown]
    else:
        lines = [f"{position}: {answers[number]}" for position, number in enumerate(question.shown, 1)]
    thinks = question.form is not None and question.form.chain_of_thought
    return "\n".join(["An embedded respondent has no thoughts to tell.", REASONING_END, *lines] if thinks else lines)


def draws(question: Question, purpose: str, n: int) -> list[float]:
    """``n`` uniform draws of this attempt, the same for every message of an administration that is spread over several.

    Other purposes draw independently.
    """
    # every message is an attempt of its own; what they put belongs to one sheet
    attempt = question.attempt - question.part + 1
    return seeded(f"{question.administration.id}|{attempt}|{purpose}", n)


def seeded(label: str, n: int) -> list[float]:
    """``n`` numbers, uniform in [0, 1), that only ``label`` decides, on every machine and version alike."""
    words = struct.unpack(f">{n}Q", shake_256(label.encode()).digest(8 * n))
    # 53 bits are what a float holds; with more, the largest would round to 1
    return [(word >> 11) * 2.0**-53 for word in words]
