"""Replies drawn token by token, many at once, each by its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from emotionbench.respondents.local_forward import Forward
from emotionbench.respondents.local_prefix import Tokens

ROWS_AT_ONCE = 32
"""Rows whose probabilities are added up together in double precision."""


@dataclass
class Draw:
    """A reply to be drawn: from which sequence (by its place), how hot, with which uniform numbers, and what came.

    There is a number for every token that the reply may have.
    """

    sequence: int
    temperature: float
    numbers: Sequence[float]
    tokens: list[int] = field(default_factory=list)
    ended: bool = False
    n_shared: int = 0

    @property
    def done(self) -> bool:
        """Whether the reply has ended or may have no more tokens."""
        return self.ended or len(self.tokens) == len(self.numbers)


def draw(
    forward: Forward,
    sequences: Sequence[Tokens],
    draws: Sequence[Draw],
    ends: frozenset[int],
    go_on: Callable[[], bool],
) -> None:
    """Fill in the draws from distinct sequences; ``ends`` are tokens that end a reply; stops short unless ``go_on``.

    A draw takes the first token at which the summed probabilities pass its number, or at temperature 0 the likeliest,
    so that what else is in the batch changes nothing but the last digits of the probabilities.
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
        heat = torch.tensor([active[place].temperature for place in some], dtype=torch.float64, device=logits.device)
        summed = torch.softmax(logits[some].double() / heat[:, None], -1).cumsum(-1)
        numbers = torch.tensor(
            [active[place].numbers[len(active[place].tokens)] for place in some],
            dtype=torch.float64,
            device=logits.device,
        )
        found = torch.searchsorted(summed, (numbers * summed[:, -1])[:, None], right=True)[:, 0]
        for place, token in zip(some, found.clamp(max=summed.shape[1] - 1).tolist(), strict=True):
            chosen[place] = token
    return [int(token) for token in chosen]
