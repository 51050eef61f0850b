"""Models whose layers see only so many tokens: the same answers as by plain passes, whatever shares a batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotionbench.errors import RespondentError
from local_helpers import ask, by_hand, local, questions, replies
from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emotionbench.respondents.local.drawing import Draw, draw  # noqa: E402
from emotionbench.respondents.local.forward import Forward  # noqa: E402
from emotionbench.respondents.local.prefix import Tokens  # noqa: E402
from emotionbench.respondents.local.reading import Reader  # noqa: E402
from emotionbench.respondents.local.spellings import Answers, spellings, token_texts  # noqa: E402
from emotionbench.respondents.local.windows import windows_of  # noqa: E402

WINDOW, N_TOKENS = 24, 1024
SIZES: dict[str, Any] = {
    **{"vocab_size": N_TOKENS, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2},
    **{"num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 2048},
    **{"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
}
MIXED: dict[str, Any] = {"layer_types": ["sliding_attention", "full_attention"], "head_dim": 16}
EXPERTS = {"num_local_experts": 2, "num_experts_per_tok": 1, "intermediate_size_mlp": 32}
CHUNKS = {"layer_types": ["chunked_attention", "full_attention"], "head_dim": 16, **EXPERTS}


def qwen2(_: int) -> Any:
    """All layers see everything: the control."""
    return transformers.Qwen2Config(**SIZES)


def mistral(window: int) -> Any:
    return transformers.MistralConfig(**SIZES, sliding_window=window)


def gemma3(window: int) -> Any:
    return transformers.Gemma3TextConfig(**SIZES, **MIXED, sliding_window=window)


def gemma2(window: int) -> Any:
    """Its attention adds masks to the scores, where the others' takes true and false."""
    return transformers.Gemma2Config(**SIZES, head_dim=16, sliding_window=window)


def llama4(window: int) -> Any:
    return transformers.Llama4TextConfig(**SIZES, **CHUNKS, attention_chunk_size=window)


def gemma3n(window: int) -> Any:
    """Its last two layers look at what the first two have kept."""
    layers = {"num_hidden_layers": 4, "layer_types": 2 * MIXED["layer_types"], "num_kv_shared_layers": 2}
    small = {"vocab_size_per_layer_input": N_TOKENS, "hidden_size_per_layer_input": 8, "laurel_rank": 4}
    sizes = {**SIZES, **MIXED, **layers, **small, "activation_sparsity_pattern": None}
    return transformers.Gemma3nTextConfig(**sizes, sliding_window=window)


def gpt_neo(window: int) -> Any:
    """A window that its configuration calls otherwise, and finds by places."""
    layers = {"num_layers": 2, "num_heads": 2, "attention_types": [[["global", "local"], 1]]}
    return transformers.GPTNeoConfig(vocab_size=N_TOKENS, hidden_size=32, window_size=window, **layers)


def mamba(_: int) -> Any:
    """What it has read is one state, not keys and values by token."""
    return transformers.MambaConfig(vocab_size=N_TOKENS, hidden_size=32, num_hidden_layers=1)


Kind = Callable[[int], Any]
USUAL, FURTHER = [qwen2, mistral, gemma3], [gemma2, llama4, gemma3n]


def kinds(some: list[Kind]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", some, ids=lambda kind: kind.__name__)


def made(kind: Kind, window: int = WINDOW) -> Any:
    """A model with random weights, large enough that what it sees matters."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = transformers.AutoModelForCausalLM.from_config(kind(window)).float().eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3 if weights.dim() > 1 else 1)
    return model


@pytest.fixture(scope="module")
def sequences() -> list[Tokens]:
    """Two beginnings with ends of several lengths, and some alone: below, at and above the window."""
    numbers = np.random.default_rng(0)

    def some(n: int) -> Tokens:
        return numbers.integers(6, N_TOKENS, n).astype(np.int32)

    long, short = some(WINDOW - 7), some(6)
    ended = [(long, 4), (long, 7), (long, 8), (short, 15), (short, 3), (short, 2 * WINDOW)]
    return [np.concatenate((beginning, some(n))) for beginning, n in ended] + [some(WINDOW), some(WINDOW + 1), some(9)]


def plain(model: Any, tokens: list[int]) -> Any:
    """The probabilities of what follows each place, by one whole pass without padding."""
    with torch.inference_mode():
        return torch.softmax(model(input_ids=torch.tensor([tokens])).logits[0].double(), -1)


@kinds([*USUAL, *FURTHER])
def test_shared_beginnings_with_an_ending_and_ways_that_leave_it(kind: Kind, sequences: list[Tokens]) -> None:
    model = made(kind)
    forward = Forward(model)
    computed = forward.shared(sequences, (7, 9))
    assert forward.n_tokens < sum(map(len, sequences)) + 2 * len(sequences)
    further = [np.array([11] * (1 + place % 3), np.int32) for place in range(len(sequences))]
    branch = computed.sofar.without_last(2).copy(computed.rows)
    _, left = forward.extend(branch, further, keep=1)
    for tokens, along, other, aside in zip(sequences, computed.logits, further, left, strict=True):
        expected = plain(model, [*tokens.tolist(), 7, 9])[-3:]
        assert torch.allclose(torch.softmax(along.double(), -1), expected, rtol=0, atol=1e-5)
        expected = plain(model, [*tokens.tolist(), *other.tolist()])[-1]
        assert torch.allclose(torch.softmax(aside[-1].double(), -1), expected, rtol=0, atol=1e-5)


@kinds(USUAL)
def test_readings_equal_plain_passes(kind: Kind, sequences: list[Tokens], tiny_llama: TinyLlama) -> None:
    model, tokenizer = made(kind), transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)
    root = spellings(tokenizer, token_texts(tokenizer), Answers(tuple(map(str, range(11))), are_signs=False))
    for tokens, reading in zip(sequences, Reader(Forward(model), root, 11).read(sequences), strict=True):
        expected = by_hand(model, tokens.tolist(), root, 11)
        assert np.allclose(reading.probabilities, expected, rtol=1e-3, atol=1e-8)
        assert sum(expected) > 1e-4


@kinds(USUAL)
def test_replies_do_not_depend_on_the_batch(kind: Kind, sequences: list[Tokens]) -> None:
    """The warm ones drawn alone are those drawn together; the cold ones are the model's own likeliest tokens."""
    model, length = made(kind), WINDOW // 2
    forward, ends = Forward(model), frozenset([2])

    def drawn(some: list[Tokens], temperature: float) -> list[list[int]]:
        draws = [Draw(place, temperature, 100 + len(tokens), length) for place, tokens in enumerate(some)]
        draw(forward, some, draws, ends, lambda: True)
        return [one.tokens for one in draws]

    assert drawn(sequences, 1.0) == [drawn([tokens], 1.0)[0] for tokens in sequences]
    for tokens, reply in zip(sequences, drawn(sequences, 0.0), strict=True):
        following = plain(model, [*tokens.tolist(), *reply])[len(tokens) - 1 : -1]
        assert reply == following.argmax(-1).tolist()


def sizes(kind: Kind) -> dict[str, int | None]:
    found = windows_of(made(kind))
    assert found is not None
    assert found.least == WINDOW
    return dict(found.sizes)


def test_windows_are_found_where_layers_have_them() -> None:
    assert windows_of(made(qwen2)) is None
    unused = transformers.Qwen2Config(**SIZES, use_sliding_window=False, sliding_window=WINDOW)
    assert windows_of(made(lambda _: unused)) is None
    some = transformers.Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=WINDOW, max_window_layers=1)
    for kind in (lambda _: some, gemma3, gemma3n):
        assert sizes(kind) == {"full_attention": None, "sliding_attention": WINDOW}
    assert sizes(mistral) == {"sliding_attention": WINDOW}
    assert sizes(llama4) == {"full_attention": None, "chunked_attention": WINDOW}


def saved(kind: Kind, tiny: TinyLlama, folder: Path, window: int) -> Path:
    """A folder of such a model, with the tiny model's tokenizer."""
    made(kind, window).save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(tiny.folder).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("beyond", [-1, 1, 200], ids=["fits", "just not", "far from it"])
@kinds([mistral, gemma3])
def test_a_study_of_prompts_about_as_long_as_the_window(
    kind: Kind, beyond: int, tiny_llama: TinyLlama, tmp_path: Path
) -> None:
    asked = questions(local(tiny_llama.folder), 60, ways={"answers": "logprobs"})[10:50]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)
    put = [list(question.messages) for question in asked]
    ids = [tokenizer.apply_chat_template(one, add_generation_prompt=True, return_dict=False) for one in put]
    window = max(map(len, ids)) - beyond
    answerer = local(saved(kind, tiny_llama, tmp_path / "m", window))
    got = replies(ask(answerer, asked))
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "m", dtype=torch.float32).eval()
    root = spellings(tokenizer, token_texts(tokenizer), Answers(tuple("12345"), are_signs=False))
    for tokens, reply in list(zip(ids, got, strict=True))[::7]:
        read = list(json.loads(reply.logprobs or "")["probabilities"].values())
        assert np.allclose(read, by_hand(model, tokens, root, 5), rtol=1e-3, atol=1e-8)


@kinds([gpt_neo, mamba])
def test_what_cannot_be_shared_is_seen_before_anything_is_answered(
    kind: Kind, tiny_llama: TinyLlama, tmp_path: Path
) -> None:
    answerer = local(saved(kind, tiny_llama, tmp_path / "m", WINDOW))
    for _ in range(2):
        outcome = ask(answerer, questions(answerer, 1))[0]
        assert isinstance(outcome, RespondentError)
        assert "through a server" in str(outcome)


def test_sharing_is_looked_at_again_where_prompts_outgrow_what_was_looked_at(
    tiny_llama: TinyLlama, tmp_path: Path
) -> None:
    answerer = local(saved(mistral, tiny_llama, tmp_path / "m", 250), max_tokens=1)
    replies(ask(answerer, questions(answerer, 1)))
    batches = answerer._batches
    assert batches is not None
    for checked, n, again in [(0, 2, False), (0, 3, True), (200, 250, False), (200, 251, True), (251, 400, False)]:
        batches._checked_to = checked
        assert batches._is_to_be_checked(n) == again
    batches._checked_to = 300
    assert batches._is_to_be_checked(600)


def test_a_reply_ends_where_the_model_can_read_no_more(tiny_llama: TinyLlama, tmp_path: Path) -> None:
    """Beyond its last position a model like this one has nothing to look up."""
    question = questions(local(tiny_llama.folder), 1)[0]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)
    n = len(tokenizer.apply_chat_template(list(question.messages), add_generation_prompt=True, return_dict=False))

    def gpt2(context: int) -> Any:
        return transformers.GPT2Config(vocab_size=N_TOKENS, n_embd=32, n_layer=1, n_head=2, n_positions=context)

    answerer = local(saved(gpt2, tiny_llama, tmp_path / "m", n + 10), max_tokens=50)
    reply = replies(ask(answerer, [question]))[0]
    assert (reply.finish_reason, reply.output_tokens) == ("length", 10)
    too_small = local(saved(gpt2, tiny_llama, tmp_path / "s", n + 7), max_tokens=50)
    assert "with its answer" in str(ask(too_small, [question])[0])
