"""The tokens that a server lists at one place with their log-probabilities, and what they say of answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDING = 0.02
"""By so much a log-probability may be above 0, as those of half-precision servers are."""
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


def listed(logprobs: Any, n_asked: int | None = None) -> Listed:
    """The likeliest tokens at the first place after the prompt, likeliest first; empty where none can be read.

    In the shape of OpenAI's completions (``top_logprobs`` a list of token → log-probability) or of its chat completions
    (``content`` a list of places with ``top_logprobs``), as some servers answer either endpoint. See ``readable`` and
    ``without_apart`` for what is left out; ``n_asked`` is how many tokens were asked for.
    """
    written, found = _told(logprobs)
    return sorted(without_apart(found, written, n_asked), key=lambda token: -token[1])


def n_listed(logprobs: Any) -> int:
    """How many tokens are told at the first place after the prompt, also the one written."""
    return len(_told(logprobs)[1])


def readable(told: Iterable[tuple[Any, Any]]) -> Listed:
    """The tokens of one place as they were told; none at all where one of them cannot be read.

    Since a token whose log-probability is not told (NaN, null, words, more than rounding above 0) may be the likeliest
    of all. Those of probability 0 (−inf) are left out, and what rounding put above 0 is cut.
    """
    found = []
    for token, told_of_it in told:
        number = as_logarithm(told_of_it)
        if not isinstance(token, str) or number is None:
            return []
        if number > -math.inf:
            found.append((token, min(number, 0.0)))
    return found


def as_logarithm(told: Any) -> float | None:
    """A log-probability, −inf at least and 0 at most but for rounding; None where ``told`` is none."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    # written so that NaN is none either
    return number if number <= ROUNDING else None


def without_apart(tokens: Listed, written: Any, n_asked: int | None = None) -> Listed:
    """``tokens``, in the order told, without the one written where that is told apart from the likeliest.

    A drawn token is told also where it is none of the likeliest: as the first, though less likely than all others, or
    as one more than was asked for. What is not listed may then be likelier than it, and so it says nothing of how
    likely that is at most; nor is a reading to depend on which token was drawn. Where what is listed leaves no more
    than the drawn token has, nothing can be likelier, and it stays.
    """
    if len(tokens) < 2:
        return tokens
    at = min(range(len(tokens)), key=lambda place: tokens[place][1])
    token, least = tokens[at]
    others = [*tokens[:at], *tokens[at + 1 :]]
    is_one_more = n_asked is not None and len(tokens) > n_asked
    is_apart = token == written and (at == 0 or is_one_more) and least < min(p for _, p in others)
    left = 1.0 - math.fsum(math.exp(p) for _, p in tokens)
    return others if is_apart and left > math.exp(least) else tokens


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


def _told(logprobs: Any) -> tuple[Any, Listed]:
    """The token written first, and all that are told of its place; ahead of them the one written if it is no other."""
    if not isinstance(logprobs, Mapping):
        return None, []
    if isinstance(logprobs.get("content"), list):
        place = logprobs["content"][0] if logprobs["content"] else None
        return _of_place(place) if isinstance(place, Mapping) else (None, [])
    tokens, tops = logprobs.get("tokens"), logprobs.get("top_logprobs")
    first = tops[0] if isinstance(tops, list) and tops else None
    written = tokens[0] if isinstance(tokens, list) and tokens else None
    return written, readable(first.items()) if isinstance(first, Mapping) else []


def _of_place(place: Mapping[str, Any]) -> tuple[Any, Listed]:
    written, tops = place.get("token"), place.get("top_logprobs")
    entries = [entry if isinstance(entry, Mapping) else {} for entry in tops] if isinstance(tops, list) else []
    is_other = isinstance(written, str) and all(entry.get("token") != written for entry in entries)
    own = [place] if is_other else []
    return written, readable((entry.get("token"), entry.get("logprob")) for entry in (*own, *entries))
