"""How far back a model's layers look, and masks for them that count tokens where its own would count places.

A layer with a sliding window sees that many last tokens, one with chunks those of the same chunk. transformers finds
them by places in the batch, padding included, and forgets the keys of places that are out of reach. Rows that go on
from one another have padding in their midst, so that a place is farther away than its token: both must count tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch

CHUNKED, SLIDING = "chunked_attention", "sliding_attention"


@dataclass(frozen=True)
class Windows:
    """Kind of layer → how many tokens it sees (None: all), for a model that has some that do not see all.

    ``config`` is that of the model's text.
    """

    sizes: Mapping[str, int | None]
    config: Any

    @property
    def least(self) -> int:
        """The fewest tokens that any layer sees."""
        return min(size for size in self.sizes.values() if size is not None)

    def cache(self) -> Any:
        """An empty one, whose layers keep all that they are given, so that rows can be taken back."""
        from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer  # noqa: PLC0415

        cache, whole = _cache(self.config), cast(Any, DynamicLayer)
        cache.layers = [whole() if type(layer) is DynamicSlidingWindowLayer else layer for layer in cache.layers]
        return cache

    def masks(self, counted: Any, positions: Any, dtype: Any) -> Any:
        """What each new place may attend to, as the model takes it: one mask, or one for each kind of layer.

        ``counted`` (rows × places, new ones last) says which places hold a token; ``positions`` (rows × new places)
        which token of its row each new one is. Masks are rows × 1 × new places × places. Every new place sees itself,
        so that what stands where no token is has a defined value, too.
        """
        tokens, asking = (counted.cumsum(1) - 1)[:, None], positions[:, :, None]
        n_new, n_places = positions.shape[1], counted.shape[1]
        itself = torch.ones(n_new, n_places, dtype=torch.bool, device=counted.device)
        itself = itself.tril(n_places - n_new) & itself.triu(n_places - n_new)
        before = counted[:, None] & (tokens <= asking)
        made = {}
        for kind, size in self.sizes.items():
            if size is None:
                within = before
            elif kind == CHUNKED:
                within = before & (tokens // size == asking // size)
            else:
                within = before & (tokens > asking - size)
            made[kind] = self._written((within | itself)[:, None], dtype)
        return made if len(made) > 1 else next(iter(made.values()))

    def _written(self, mask: Any, dtype: Any) -> Any:
        """True and false where attention takes them, else what is added to its scores."""
        if self.config._attn_implementation == "sdpa":
            return mask
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, torch.finfo(dtype).min)


def windows_of(model: Any) -> Windows | None:
    """The windows of a model; None where all its layers see everything."""
    config = model.config.get_text_config(decoder=True) if hasattr(model.config, "get_text_config") else model.config
    if not any(getattr(config, name, None) for name in ("sliding_window", "attention_chunk_size")):
        return None
    found = [getattr(layer, "sliding_window", None) for layer in _cache(config).layers]
    alike = SLIDING if getattr(config, "sliding_window", None) else CHUNKED
    kinds = getattr(config, "layer_types", None) or [alike] * len(found)
    # layers that look at what another has kept have no size of their own
    sizes = dict.fromkeys(kinds) | {kind: size for kind, size in zip(kinds, found, strict=False) if size}
    return Windows(sizes, config) if any(sizes.values()) else None


def _cache(config: Any) -> Any:
    from transformers import DynamicCache  # noqa: PLC0415

    return DynamicCache(config=config)
