"""The tokens that a server lists at one place with their log-probabilities, and what they say of answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST_BEGUN = 1e-3
"""A token that only begins an answer is followed up from this probability on."""
_AROUND = " \t\r\n\"'“”‘’«»([*_`▁Ġ"

Listed = list[tuple[str, float]]
"""Token and natural-log probability."""


@dataclass(frozen=True, slots=True)
class Step:
    """What may follow ``after``, a part of the answer ("" where it begins)."""

    after: str
    tokens: Listed

    def stored(self) -> dict[str, Any]:
        """The step as it is kept with the attempt."""
        return {"after": self.after, "tokens": [list(token) for token in self.tokens]}


def listed(logprobs: Any) -> Listed:
    """The tokens at the first place after the prompt, likeliest first; empty where none are told.

    In the shape of OpenAI's completions (``top_logprobs`` a list of token → log-probability) or of its chat completions
    (``content`` a list of places with ``top_logprobs``), as some servers answer either endpoint.
    """
    if not isinstance(logprobs, Mapping):
        return []
    if isinstance(logprobs.get("content"), list):
        place = logprobs["content"][0] if logprobs["content"] else None
        found = _of_place(place) if isinstance(place, Mapping) else []
    else:
        found = _of_columns(logprobs)
    return sorted(found, key=lambda token: -token[1])


def to_follow(step: Step, answers: Iterable[str]) -> list[str]:
    """The parts of an answer behind which the tokens of a step leave open which answer it is, likeliest first.

    Such as ``1`` where 10 is an answer, too; or a blank alone. What ``step.after`` says stands before each. Where all
    longer answers are tokens themselves, nothing is left open: who has a token for 10 does not write it as 1 and 0.
    The token I may always be the word, not the sign.
    """
    answers = tuple(answers)
    folded = [answer.casefold() for answer in answers]
    plus = "+" if any(answer.startswith("-") for answer in answers) else ""
    whole = {(step.after + token).strip(_AROUND).casefold() for token, _ in step.tokens}
    parts = {}
    for token, logarithm in step.tokens:
        part = step.after + token
        bare = part.strip(_AROUND)
        core = bare.casefold().removeprefix(plus)
        if token and part not in parts and logarithm >= math.log(LEAST_BEGUN) and not part.endswith("\n"):
            longer = {answer for answer in folded if answer.startswith(core) and answer != core}
            is_open = bool(longer) and not (core and longer <= whole) and not is_word(bare, answers)
            parts[part] = is_open or (bare == "I" and "I" in answers)
    return [part for part, is_open in parts.items() if is_open]


def is_word(bare: str, answers: Iterable[str]) -> bool:
    """Whether a token, without what is around it, is the word I and none of the signs i, ii …"""
    return bare == "I" and "i" in answers


def likeliest(steps: Sequence[Step], answers: Iterable[str]) -> str | None:
    """The answer with the highest probability; None where no token is the beginning of one."""
    answers = tuple(answers)
    by_core = {answer.casefold(): answer for answer in answers}
    known = {step.after: step.tokens for step in steps}
    chances = dict.fromkeys(by_core.values(), 0.0)

    def walk(before: str, weight: float) -> None:
        for token, logarithm in known[before]:
            part, p = before + token, weight * math.exp(logarithm)
            core = part.strip(_AROUND).casefold()
            if token and part in known:
                walk(part, p)
            elif is_word(part.strip(_AROUND), answers):
                continue
            elif core in by_core:
                chances[by_core[core]] += p
            elif before.strip(_AROUND).casefold() in by_core and not token.lstrip()[:1].isalnum():
                chances[by_core[before.strip(_AROUND).casefold()]] += p

    walk("", 1.0)
    best = max(chances, key=lambda answer: chances[answer])
    return best if chances[best] > 0 else None


def _of_place(place: Mapping[str, Any]) -> Listed:
    tops = place.get("top_logprobs")
    entries = [entry for entry in tops if isinstance(entry, Mapping)] if isinstance(tops, list) else []
    own = [place] if all(entry.get("token") != place.get("token") for entry in entries) else []
    return [pair for entry in (*entries, *own) if (pair := _pair(entry.get("token"), entry.get("logprob")))]


def _of_columns(logprobs: Mapping[str, Any]) -> Listed:
    tops = logprobs.get("top_logprobs")
    first = tops[0] if isinstance(tops, list) and tops else None
    if not isinstance(first, Mapping):
        return []
    return [pair for token, logarithm in first.items() if (pair := _pair(token, logarithm))]


def _pair(token: Any, logarithm: Any) -> tuple[str, float] | None:
    is_number = isinstance(logarithm, int | float) and not isinstance(logarithm, bool)
    if not isinstance(token, str) or not is_number or not math.isfinite(logarithm):
        return None
    return token, min(float(logarithm), 0.0)
