"""What a server's echo of a prompt says of the answer at its end: the log-probability of all its tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from emotionbench.respondents.openai.next_tokens import as_logarithm

_BLANKS = str.maketrans({"▁": " ", "Ġ": " ", "Ċ": "\n"})


class Unscored(Exception):
    """Why an echo says nothing of its answer."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer with its tokens as the server cut them, and the natural-log probability of them all."""

    answer: str
    tokens: tuple[str, ...]
    logarithm: float


def scored(logprobs: Any, prompt: str, answer: str) -> Scored:
    """What an echo of ``prompt + " " + answer`` says of the answer.

    Its tokens are those that begin, by ``text_offset``, where the prompt ends, up to where the answer does; tokens
    that were written behind it are left out. An Unscored says why there is no such thing: no log-probabilities of the
    prompt, or tokens that begin elsewhere than the answer.
    """
    tokens, logarithms, offsets = _columns(logprobs)
    # a token that opens every text is counted by some servers, and is no part of the prompt
    ahead = 0 if not tokens or prompt.startswith(_plain(tokens[0])) else len(tokens[0])
    ahead = ahead if offsets[1:] and offsets[1] == ahead else 0
    begin, end = (len(prompt) + ahead, len(prompt) + ahead + 1 + len(answer))
    places = [place for place, offset in enumerate(offsets) if begin <= offset < end]
    if not places or offsets[places[0]] != begin:
        raise Unscored("its tokens do not begin where the answer does")
    own = tuple(tokens[place] for place in places)
    if _plain("".join(own)).strip() != answer:
        raise Unscored(f"the tokens {list(own)} stand where the answer {answer!r} was put")
    found = [as_logarithm(logarithms[place]) for place in places]
    total = math.fsum(value for value in found if value is not None)
    if None in found or not math.isfinite(total):
        raise Unscored("it holds no log-probabilities of the prompt")
    return Scored(answer, own, min(total, 0.0))


def chances(found: Sequence[Scored]) -> dict[str, float]:
    """Answer → its probability.

    An answer whose tokens begin those of a longer one (``1``, ``0`` begins with ``1``) is only what is left of it.
    """
    shares = {one.answer: math.exp(one.logarithm) for one in found}
    whole = dict(shares)
    for longer in found:
        shorter = [one for one in found if one is not longer and longer.tokens[: len(one.tokens)] == one.tokens]
        if shorter:
            nearest = max(shorter, key=lambda one: len(one.tokens))
            shares[nearest.answer] = max(0.0, shares[nearest.answer] - whole[longer.answer])
    return shares


def _columns(logprobs: Any) -> tuple[list[str], list[float | None], list[int]]:
    columns = [logprobs.get(name) for name in ("tokens", "token_logprobs", "text_offset")] if _is_map(logprobs) else []
    if not columns or not all(isinstance(column, list) and len(column) > 1 for column in columns):
        raise Unscored("it holds no log-probabilities of the prompt")
    tokens, logarithms, offsets = columns
    well_formed = (
        len(tokens) == len(logarithms) == len(offsets)
        and all(isinstance(token, str) for token in tokens)
        and all(value is None or isinstance(value, int | float) for value in logarithms)
        and all(isinstance(offset, int) for offset in offsets)
    )
    if not well_formed:
        raise Unscored("its log-probabilities cannot be read")
    if offsets[0] < 0 or offsets != sorted(offsets):
        offsets = [0, *accumulate(map(len, tokens[:-1]))]  # SGLang tells none: -1 everywhere
    return tokens, logarithms, offsets


def _is_map(content: Any) -> bool:
    return isinstance(content, Mapping)


def _plain(token: str) -> str:
    return token.translate(_BLANKS)
