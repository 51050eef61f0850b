"""The probability of every allowed answer, from the model's logits at the places where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emotionbench.respondents.local.forward import Computed, Forward
from emotionbench.respondents.local.prefix import Tokens
from emotionbench.respondents.local.spellings import Node, Path

NEGLIGIBLE = 1e-9
"""Spellings that begin less probably than this are not followed any further."""
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Reading:
    """The probability of each answer of one sequence, and how many of its tokens another had already needed."""

    probabilities: tuple[float, ...]
    n_shared: int


class Reader:
    """Reads the probabilities of one set of answers: P(answer) is the sum over its spellings in the tree ``root``.

    They are those of the whole vocabulary at temperature 1: what the model would write unhindered.
    """

    def __init__(self, forward: Forward, root: Node, n_answers: int) -> None:
        self.forward, self.root, self.n_answers = forward, root, n_answers
        # one way over several tokens is computed with what comes before it, and costs no pass of its own
        self.along: Path = min(root.paths(), key=lambda path: (len(path), path), default=())

    def read(self, sequences: Sequence[Tokens]) -> list[Reading]:
        """The reading of each of these distinct token sequences."""
        computed = self.forward.shared(sequences, self.along)
        totals = np.zeros((len(sequences), self.n_answers))
        self._follow(computed, totals, self._along(computed, totals))
        found = np.clip(totals, 0.0, 1.0).tolist()
        return [Reading(tuple(row), n) for row, n in zip(found, computed.n_shared, strict=True)]

    def _along(self, computed: Computed, totals: Floats) -> dict[Path, Floats]:
        """Add what the places along the way give; the ways that leave it, with their probability by sequence."""
        rows, reached = np.arange(len(totals)), np.ones(len(totals))
        leaving: dict[Path, Floats] = {}
        for n in range(len(self.along) + 1):
            here = self.along[:n]
            found = self._visit(self.root.at(here), computed.logits[:, n], (rows, reached), totals)
            if n < len(self.along):
                reached = found.pop(self.along[n])
            leaving.update({(*here, token): reach for token, reach in found.items()})
        return leaving

    def _follow(self, computed: Computed, totals: Floats, leaving: dict[Path, Floats]) -> None:
        """Add what other ways give, a token further each time, for the sequences where they are not negligible."""
        sofar = computed.sofar.without_last(len(self.along))
        while leaving:
            pairs = [(path, row) for path, reach in leaving.items() for row in np.flatnonzero(reach > NEGLIGIBLE)]
            further: dict[Path, Floats] = {}
            for first in range(0, len(pairs), len(totals)):
                some = pairs[first : first + len(totals)]
                branch = sofar.copy([computed.rows[row] for _, row in some])
                _, logits = self.forward.extend(branch, [np.array(path, np.int32) for path, _ in some], 1)
                for path in dict.fromkeys(path for path, _ in some):
                    places = [place for place, (other, _) in enumerate(some) if other == path]
                    rows = np.array([some[place][1] for place in places])
                    here = rows, leaving[path][rows]
                    for token, reach in self._visit(self.root.at(path), logits[places, 0], here, totals).items():
                        further.setdefault((*path, token), np.zeros(len(totals)))[rows] = reach
            leaving = further

    def _visit(self, node: Node, logits: Any, here: tuple[Rows, Floats], totals: Floats) -> dict[int, Floats]:
        """Add what ends at a place to the totals of the rows that are ``here``; the probability of what follows it."""
        rows, reached = here
        normal = torch.logsumexp(logits, -1, keepdim=True)

        def probabilities(tokens: Sequence[int]) -> Floats:
            found: Floats = torch.exp(logits[:, list(tokens)] - normal).double().cpu().numpy()
            return found * reached[:, None]

        if node.ends:
            ended = probabilities(tuple(node.ends))
            for column, place in enumerate(node.ends.values()):
                totals[rows, place] += ended[:, column]
        if node.answer is not None:
            totals[rows, node.answer] += reached - probabilities(node.goes_on).sum(axis=1)
        return dict(zip(node.children, probabilities(tuple(node.children)).T, strict=True)) if node.children else {}
