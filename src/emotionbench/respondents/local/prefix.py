"""Which beginnings token sequences share, so that each is computed once: one of all, one for each group, the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Tokens = NDArray[np.int32]
WORTH_A_PASS = 0.02
"""A pass of its own for what all share must spare this part of all tokens."""


@dataclass(frozen=True)
class Group:
    """Sequences (by their place) that share their first ``end`` tokens."""

    members: tuple[int, ...]
    end: int


@dataclass(frozen=True)
class Sharing:
    """A plan: ``start`` tokens shared by all, then by group, then each its own; every sequence keeps at least one.

    Every group begins with at least one token, so that padding before the ends always has something to attend to.
    """

    start: int
    groups: tuple[Group, ...]

    def n_tokens(self, sequences: Sequence[Tokens]) -> int:
        """How many tokens are computed this way."""
        own = sum(len(sequences[place]) - group.end for group in self.groups for place in group.members)
        return self.start + sum(group.end - self.start for group in self.groups) + own


def share(sequences: Sequence[Tokens]) -> Sharing:
    """The plan that computes the fewest tokens in three passes; sequences are distinct and have two tokens or more."""
    order = sorted(range(len(sequences)), key=lambda place: sequences[place].astype(">i4").tobytes())
    lengths = np.array([len(sequences[place]) for place in order])
    shared = _shared_with_next([sequences[place] for place in order], lengths)
    start = int(shared.min()) if shared.size else 0
    cuts, ends = min(
        (_grouped(shared, lengths, int(level)) for level in np.unique(np.maximum(shared, 1))),
        key=lambda found: _cost(found, lengths, start),
        default=(np.array([0]), np.array([0])),
    )
    if start * (len(cuts) - 1) < WORTH_A_PASS * lengths.sum():
        start = 0
    bounds = [*cuts.tolist(), len(order)]
    members = [tuple(order[first:last]) for first, last in pairwise(bounds)]
    return _with_lone_ones(sequences, start, [Group(*pair) for pair in zip(members, ends.tolist(), strict=True)])


def _shared_with_next(ordered: Sequence[Tokens], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many tokens each sequence but the last shares with the next, short of a whole sequence."""
    table = np.full((len(ordered), int(lengths.max()) + 1), -1, np.int32)
    for row, tokens in zip(table, ordered, strict=True):
        row[: len(tokens)] = tokens
    same = np.logical_and.accumulate(table[1:] == table[:-1], axis=1).sum(axis=1)
    shared: NDArray[np.int64] = np.minimum(same, np.minimum(lengths[1:], lengths[:-1]) - 1)
    return shared


def _grouped(
    shared: NDArray[np.int64], lengths: NDArray[np.int64], level: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where groups begin if neighbours that share at least ``level`` tokens stay together, and what each shares."""
    cuts = np.concatenate(([0], np.flatnonzero(shared < level) + 1))
    inside = np.minimum.reduceat(np.append(np.where(shared < level, lengths[:-1], shared), lengths[-1]), cuts)
    sizes = np.diff(np.append(cuts, len(lengths)))
    return cuts, np.where(sizes > 1, inside, 0)


def _cost(found: tuple[NDArray[np.int64], NDArray[np.int64]], lengths: NDArray[np.int64], start: int) -> int:
    cuts, ends = found
    sizes = np.diff(np.append(cuts, len(lengths)))
    ends = np.maximum(ends, start)
    return int(start + (ends - start).sum() + lengths.sum() - (ends * sizes).sum())


def _with_lone_ones(sequences: Sequence[Tokens], start: int, groups: list[Group]) -> Sharing:
    """The plan in which what is alone ends with as many tokens as the longest end of a group, not with all of its own.

    The ends of all sequences are computed side by side, as wide as the longest.
    """
    widths = [len(sequences[place]) - group.end for group in groups if group.end for place in group.members]
    placed = []
    for group in groups:
        length = len(sequences[group.members[0]])
        alone = max(length - max(widths), start) if widths else start
        placed.append(Group(group.members, group.end or max(min(alone, length - 1), 1)))
    return Sharing(start, tuple(placed))
