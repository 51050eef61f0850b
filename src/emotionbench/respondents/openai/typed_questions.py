"""The two shapes in which servers take typed questions, and what their answers say.

``systemone`` (vLLM, transformers, SGLang, llama.cpp, Ollama and hosted decision models): a state and named questions;
an answer per name with a probability per option. ``decisions`` (OpenAI's): an input and a list of questions; a list of
answers. Both know ``choice``, one of several named options, and ``score``, one of several levels in order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["choice", "score"]
Path = Literal["systemone", "decisions"]

ROUNDING = 0.02
"""By so much the probabilities of all options may sum to another number than 1."""
MOST_LEVELS = 10


class Unanswered(Exception):
    """Why there is no answer to one question; ``may_pass`` if another try may bring one."""

    def __init__(self, why: str, *, may_pass: bool = True) -> None:
        super().__init__(why)
        self.may_pass = may_pass


@dataclass(frozen=True, slots=True)
class Typed:
    """One question: its name, its text, and each answer as shown → its label in words ("" without one)."""

    name: str
    text: str
    options: Mapping[str, str]

    @property
    def levels(self) -> list[str]:
        """The options as one text each: ``1 = a little``."""
        return [f"{answer} = {label}" if label else answer for answer, label in self.options.items()]


@dataclass(frozen=True, slots=True)
class Told:
    """Each answer → its probability among the answers (sum 1), and the mass on answers at all, where it was told."""

    probabilities: dict[str, float]
    mass: float | None


def body(path: Path, kind: Kind, state: str, questions: Sequence[Typed]) -> dict[str, Any]:
    """What asks these questions about one state; the name of the model is left to add."""
    if path == "systemone":
        return {"state": state, "questions": {typed.name: _of_systemone(kind, typed) for typed in questions}}
    return {"input": state, "questions": [_of_decisions(kind, typed) for typed in questions]}


def _of_systemone(kind: Kind, typed: Typed) -> dict[str, Any]:
    named = {answer: label or None for answer, label in typed.options.items()}
    return {"type": kind, "instructions": typed.text, "criteria": typed.levels if kind == "score" else named}


def _of_decisions(kind: Kind, typed: Typed) -> dict[str, Any]:
    asked = {"type": kind, "name": typed.name, "instructions": typed.text}
    if kind == "score":
        return {**asked, "levels": [{"label": level} for level in typed.levels]}
    named = typed.options.items()
    return {**asked, "choices": [{"value": value} | ({"description": said} if said else {}) for value, said in named]}


def told(content: Any, kind: Kind, typed: Typed) -> Told:
    """What a response says of one question; an Unanswered says why it is no answer.

    The mass is ``label_mass``, beside the probabilities or under ``diagnostics`` (vLLM). Nothing is told where the
    server declined the question, left it out, named an option that it was not given, or where the probabilities of all
    do not sum to 1.
    """
    answer = _answer(content, typed.name)
    if answer.get("type") == "refusal":
        raise Unanswered("the server declined the question", may_pass=False)
    found = _by_option(answer.get("probabilities"), kind)
    names = map(str, range(len(typed.options))) if kind == "score" else iter(typed.options)
    known = dict(zip(names, typed.options, strict=True))
    shares: dict[str, float] = {}
    for name, probability in found.items():
        shown = known.get(name)
        if shown is None:
            raise Unanswered(f"it tells a probability of {name!r}, which is none of the answers")
        shares[shown] = _share(probability)
    if abs(math.fsum(shares.values()) - 1) > ROUNDING:
        raise Unanswered(f"its probabilities sum to {math.fsum(shares.values()):.3g}, not 1")
    mass = answer.get("label_mass", _diagnosed(content, typed.name))
    return Told(shares, None if mass is None else _share(mass))


def _answer(content: Any, name: str) -> Mapping[str, Any]:
    answers = content.get("answers") if isinstance(content, Mapping) else None
    if isinstance(answers, Mapping):
        found = answers.get(name)
    else:
        listed = answers if isinstance(answers, list) else []
        found = next((one for one in listed if isinstance(one, Mapping) and one.get("name") == name), None)
    if not isinstance(found, Mapping):
        raise Unanswered("it holds no answer to this item")
    return found


def _by_option(probabilities: Any, kind: Kind) -> dict[str, Any]:
    """Option → probability, from a map or a list of values with their probabilities."""
    if isinstance(probabilities, Mapping) and probabilities:
        return {str(name): share for name, share in probabilities.items()}
    if isinstance(probabilities, list) and probabilities and all(isinstance(one, Mapping) for one in probabilities):
        return {str(one.get("value")): one.get("probability") for one in probabilities}
    raise Unanswered(f"it holds no probabilities of a {kind}")


def _diagnosed(content: Mapping[str, Any], name: str) -> Any:
    diagnostics = content.get("diagnostics")
    found = diagnostics.get(name) if isinstance(diagnostics, Mapping) else None
    return found.get("label_mass") if isinstance(found, Mapping) else None


def _share(found: Any) -> float:
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if not is_number or not 0 <= found <= 1 + ROUNDING:
        raise Unanswered(f"it tells {found!r} as a probability")
    return min(float(found), 1.0)
