"""Passes that go on from what was computed before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emotionbench.respondents.local.forward import Forward  # noqa: E402
from emotionbench.respondents.local.prefix import Tokens  # noqa: E402


@pytest.fixture(scope="module")
def model(tiny_llama: TinyLlama) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(tiny_llama.folder, dtype=torch.float32).eval()


def tokens(*numbers: int) -> Tokens:
    return np.array(numbers, np.int32)


def plain(model: Any, sequence: Tokens) -> Any:
    """The logits of the last place, by one whole pass."""
    with torch.inference_mode():
        return model(input_ids=torch.from_numpy(sequence.astype(np.int64))[None]).logits[0, -1]


def test_going_on_from_a_copy_leaves_what_was_there(model: Any) -> None:
    forward = Forward(model)
    sofar, _ = forward.extend(None, [tokens(5, 6, 7), tokens(8, 9)])
    forward.extend(sofar.copy([1, 1]), [tokens(10), tokens(11, 12)], keep=1)
    _, logits = forward.extend(sofar, [tokens(13), tokens(14, 15)], keep=1)
    assert torch.allclose(logits[0, -1], plain(model, tokens(5, 6, 7, 13)), atol=1e-4)
    assert torch.allclose(logits[1, -1], plain(model, tokens(8, 9, 14, 15)), atol=1e-4)


def test_what_is_taken_back_was_never_read(model: Any) -> None:
    forward = Forward(model)
    sofar, _ = forward.extend(None, [tokens(5, 6, 7)])
    _, logits = forward.extend(sofar.without_last(2), [tokens(9)], keep=1)
    assert torch.allclose(logits[0, -1], plain(model, tokens(5, 9)), atol=1e-4)


def test_tokens_are_counted_without_their_padding(model: Any) -> None:
    forward = Forward(model)
    forward.extend(None, [tokens(5, 6, 7), tokens(8)])
    assert (forward.n_tokens, forward.n_slots) == (4, 6)


def test_a_usual_model_agrees_with_itself(model: Any) -> None:
    assert Forward(model).disagreement(tokens(*range(5, 25))) < 1e-4
