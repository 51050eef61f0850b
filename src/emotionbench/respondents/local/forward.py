"""Passes through a model over batches that go on from what was computed before."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from emotionbench.errors import RespondentError
from emotionbench.respondents.local.prefix import Tokens, share
from emotionbench.respondents.local.windows import windows_of

ELSEWHERE = "ask it through a server, such as vllm/… or llamacpp/…"


@dataclass
class Sofar:
    """Rows that have been computed: their keys and values, which places of these count, how many do."""

    cache: Any
    counts: Any
    lengths: Any

    def select(self, rows: Sequence[int]) -> Sofar:
        """These rows, in this order, possibly several times; they take the place of those that were here."""
        index = torch.tensor(rows, device=self.lengths.device)
        if len(rows) != len(self.lengths) or rows != list(range(len(rows))):
            self.cache.batch_select_indices(index)
        return Sofar(self.cache, self.counts[index], self.lengths[index])

    def copy(self, rows: Sequence[int]) -> Sofar:
        """These rows, beside those that are here, which stay as they are."""
        cache = copy(self.cache)
        cache.layers = [copy(layer) for layer in self.cache.layers]
        return Sofar(cache, self.counts, self.lengths).select(rows)

    def without_last(self, n: int) -> Sofar:
        """All but the last ``n`` places."""
        if n:
            self.cache.crop(-n)
        return Sofar(self.cache, self.counts[:, : self.counts.shape[1] - n], self.lengths - n)


@dataclass(frozen=True)
class Computed:
    """Logits at the last places of sequences, in their order; what goes on from them, in the order ``rows`` says.

    ``n_shared``: how many tokens of each had been computed for another.
    """

    logits: Any
    sofar: Sofar
    rows: tuple[int, ...]
    n_shared: tuple[int, ...]


class Forward:
    """A model whose passes are counted; ``n_tokens`` without, ``n_slots`` with the padding."""

    def __init__(self, model: Any) -> None:
        self.model, self.device, self.windows = model, model.device, windows_of(model)
        self.n_tokens = self.n_slots = 0
        known = inspect.signature(model.forward).parameters
        self._keep_name = next((name for name in ("logits_to_keep", "num_logits_to_keep") if name in known), None)

    def extend(self, sofar: Sofar | None, rows: Sequence[Tokens], keep: int = 0) -> tuple[Sofar, Any]:
        """Go on with a row of tokens for each row so far; the logits of the last ``keep`` places, in float32.

        Where they are wanted, rows are padded before, so that these places are the same; ``sofar`` must then be given,
        since a place that can attend to nothing has no defined value. Otherwise they are padded behind. What a window
        lets a token see is counted in tokens, wherever the padding is.
        """
        width = max(map(len, rows))
        ids, counts = np.empty((len(rows), width), np.int64), np.zeros((len(rows), width), bool)
        for place, row in enumerate(rows):
            span = slice(width - len(row), width) if keep else slice(len(row))
            # what stands in a place that does not count is unseen, but must be a token that the model knows
            ids[place, :], counts[place, span] = row[0] if len(row) else 1, True
            ids[place, span] = row
        self.n_tokens, self.n_slots = self.n_tokens + int(counts.sum()), self.n_slots + counts.size
        fresh = torch.from_numpy(counts).to(self.device)
        before = sofar.lengths[:, None] if sofar else 0
        positions = (fresh.cumsum(1) - 1).clamp(min=0) + before
        counted = torch.cat((sofar.counts, fresh), 1) if sofar else fresh
        kept = {self._keep_name: max(keep, 1)} if self._keep_name else {}
        mask, cache = counted.long(), sofar.cache if sofar else None
        if self.windows:
            mask = self.windows.masks(counted, positions, self.model.dtype)
            cache = sofar.cache if sofar else self.windows.cache()
        with torch.inference_mode():
            out = self.model(
                input_ids=torch.from_numpy(ids).to(self.device),
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                **kept,
            )
        if getattr(out, "past_key_values", None) is None:
            raise RespondentError("the model keeps no keys and values to go on from", fix=ELSEWHERE)
        lengths = fresh.sum(1) + (sofar.lengths if sofar else 0)
        return Sofar(out.past_key_values, counted, lengths), out.logits[:, -max(keep, 1) :].float()

    def disagreement(self, tokens: Tokens) -> float:
        """How far what follows ``tokens`` and their first half differs when the half is shared, and the rest padded.

        From 0 to 1: the larger total variation against a plain pass of each.
        """
        both = [tokens, tokens[: max(len(tokens) // 2, 2)]]
        found = []
        for sequence, logits in zip(both, self.shared(both).logits[:, -1], strict=True):
            with torch.inference_mode():
                plain = self.model(input_ids=torch.from_numpy(sequence.astype(np.int64))[None].to(self.device))
            difference = torch.softmax(logits.double(), -1) - torch.softmax(plain.logits[0, -1].double(), -1)
            found.append(float(difference.abs().sum() / 2))
        return float(np.max(found))

    def shared(self, sequences: Sequence[Tokens], ending: Sequence[int] = ()) -> Computed:
        """Compute distinct sequences, shared beginnings once, each followed by ``ending``.

        The logits are those of each sequence's last token and of every token of the ending.
        """
        plan, sofar = share(sequences), None
        if plan.start:
            sofar, _ = self.extend(None, [sequences[0][: plan.start]])
        sofar = sofar.select([0] * len(plan.groups)) if sofar else None
        sofar, _ = self.extend(sofar, [sequences[group.members[0]][plan.start : group.end] for group in plan.groups])
        sofar = sofar.select([place for place, group in enumerate(plan.groups) for _ in group.members])
        order = [place for group in plan.groups for place in group.members]
        ends = [group.end for group in plan.groups for _ in group.members]
        extra = np.array(ending, np.int32)
        rows = [np.concatenate((sequences[place][end:], extra)) for place, end in zip(order, ends, strict=True)]
        sofar, logits = self.extend(sofar, rows, 1 + len(ending))
        back = np.argsort(order).tolist()
        first = {group.members[0] for group in plan.groups}
        reused = [plan.start if place in first else end for place, end in zip(order, ends, strict=True)]
        reused[0] = 0
        return Computed(logits[back], sofar, tuple(back), tuple(reused[row] for row in back))
