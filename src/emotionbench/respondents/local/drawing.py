"""Replies drawn token by token, many at once, each by its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from emotionbench.respondents.local.forward import Forward
from emotionbench.respondents.local.prefix import Tokens

ROWS_AT_ONCE = 32
"""Rows for which noise is made together."""
MIXING = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""The constants of SplitMix64 (Steele, Lea & Flood, 2014)."""


@dataclass
class Draw:
    """A reply to be drawn: from which sequence (by its place), how hot, by which seed, how long, and what came."""

    sequence: int
    temperature: float
    seed: int
    most: int
    tokens: list[int] = field(default_factory=list)
    ended: bool = False
    n_shared: int = 0

    @property
    def done(self) -> bool:
        """Whether the reply has ended or may have no more tokens."""
        return self.ended or len(self.tokens) == self.most


def draw(
    forward: Forward,
    sequences: Sequence[Tokens],
    draws: Sequence[Draw],
    ends: frozenset[int],
    go_on: Callable[[], bool],
) -> None:
    """Fill in the draws from distinct sequences; ``ends`` are tokens that end a reply; stops short unless ``go_on``.

    A draw takes the token of the highest logit plus Gumbel noise, which only its seed decides, or at temperature 0 of
    the highest logit. So a change in the last digits of the probabilities, as another batch makes it, changes a token
    only about as often as it is large; with one number for each token and summed probabilities it would be far more.
    """
    computed = forward.shared(sequences)
    active = list(draws)
    rows = [computed.rows[one.sequence] for one in active]
    for one in active:
        one.n_shared = computed.n_shared[one.sequence]
    sofar, logits = computed.sofar.select(rows), computed.logits[[one.sequence for one in active], -1]
    while go_on():
        for one, token in zip(active, _chosen(logits, active), strict=True):
            one.ended = token in ends
            if not one.ended:
                one.tokens.append(token)
        left = [place for place, one in enumerate(active) if not one.done]
        if not left:
            return
        if len(left) < len(active):
            active, sofar = [active[place] for place in left], sofar.select(left)
        sofar, logits = forward.extend(sofar, [np.array(one.tokens[-1:], np.int32) for one in active], 1)
        logits = logits[:, -1]


def _chosen(logits: Any, active: Sequence[Draw]) -> list[int]:
    """The next token of each."""
    chosen = logits.argmax(-1).tolist()
    warm = [place for place, one in enumerate(active) if one.temperature > 0]
    for first in range(0, len(warm), ROWS_AT_ONCE):
        some = warm[first : first + ROWS_AT_ONCE]
        temperatures = torch.tensor([active[place].temperature for place in some], device=logits.device)
        noisy = logits[some].double() / temperatures.double()[:, None] + _gumbel(
            [active[place] for place in some], logits
        )
        for place, token in zip(some, noisy.argmax(-1).tolist(), strict=True):
            chosen[place] = token
    return [int(token) for token in chosen]


def _gumbel(draws: Sequence[Draw], like: Any) -> Any:
    """Standard Gumbel noise for each token, from seed, place in the reply and token alone (SplitMix64)."""
    starts = [_signed(one.seed * MIXING[0] + len(one.tokens) * MIXING[1]) for one in draws]
    tokens = torch.arange(like.shape[1], device=like.device)
    mixed = torch.tensor(starts, device=like.device)[:, None] + tokens * _signed(MIXING[2])
    for shift, factor in ((30, MIXING[1]), (27, MIXING[2])):
        mixed = (mixed ^ _shifted(mixed, shift)) * _signed(factor)
    uniform = (_shifted(mixed ^ _shifted(mixed, 31), 11).double() + 0.5) * 2.0**-53
    return -torch.log(-torch.log(uniform))


def _shifted(numbers: Any, by: int) -> Any:
    """A shift to the right that brings in zeros, whatever the sign."""
    return (numbers >> by) & ((1 << (64 - by)) - 1)


def _signed(number: int) -> int:
    """The lowest 64 bits as a signed number."""
    return (number + 2**63) % 2**64 - 2**63
