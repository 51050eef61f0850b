"""A tiny Llama with random weights, made here: a folder as transformers reads it, and the same as a GGUF file.

Its tokenizer has learnt the shipped texts; digits are tokens of their own, so that "10" takes two. Its answers mean
nothing, but they lean to what a model would say: every token has a constant leaning besides what its context gives it,
and that of digits, a few letters and the end of a message is high. So some allowed answers are likely, none is certain,
and part of the mass falls on words such as "I".

The fixture ``tiny_llama`` gives one to all tests of a session; ``python tests/tiny_llama.py FOLDER`` makes one by hand.
"""

# ruff: noqa: PLC0415 (what makes the model takes seconds to import, and most tests do without)
from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy as np

N_TOKENS, HIDDEN, LAYERS, HEADS, KEY_HEADS, CONTEXT = 1024, 128, 2, 2, 1, 2048
SPECIAL = ("<pad>", "<s>", "</s>", "<|user|>", "<|assistant|>", "<|system|>")
BOS, EOS, PAD = 1, 2, 0
CHAT_TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
LEANINGS = {**dict.fromkeys("12345", 8.5), **dict.fromkeys("67890", 6.5), **dict.fromkeys("abcdeI", 6.0), "</s>": 7.0}
"""Token → how far its constant part stands above that of other tokens, in logits."""
FOLLOWING = 1.5
"""How many logits the context moves a token by, as a standard deviation."""
LLAMA_CPP_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


@dataclass(frozen=True)
class TinyLlama:
    """The same weights twice: ``folder`` for transformers, ``gguf`` for llama.cpp."""

    folder: Path
    gguf: Path


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> TinyLlama:
    """The model, made once a session; tests skip where the libraries that make it are not installed."""
    for library in ("torch", "transformers", "tokenizers", "gguf"):
        pytest.importorskip(library)
    return make(tmp_path_factory.mktemp("tiny-llama"))


def make(folder: Path) -> TinyLlama:
    """Write the model into a folder; the same on every machine with the same versions of the libraries."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer, model = _tokenizer(), _model()
    _lean(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    gguf_path = folder / "tiny.gguf"
    _write_gguf(gguf_path, model, json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))
    return TinyLlama(folder, gguf_path)


def _texts() -> Iterator[str]:
    shipped = files("emotionbench.materials") / "data"
    for kind in ("instruments", "protocols", "situations/everyday"):
        paths = sorted((path for path in (shipped / kind).iterdir() if path.is_file()), key=lambda path: path.name)
        yield from (path.read_text(encoding="utf-8") for path in paths)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=N_TOKENS,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bare.train_from_iterator(_texts(), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare, bos_token="<s>", eos_token="</s>", pad_token="<pad>", model_max_length=CONTEXT
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _model() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=N_TOKENS,
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=CONTEXT,
        bos_token_id=BOS,
        eos_token_id=EOS,
        pad_token_id=PAD,
        initializer_range=0.04,
        tie_word_embeddings=False,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return LlamaForCausalLM(config).float().eval()


def _lean(model: Any, tokenizer: Any) -> None:
    """Give each token its leaning, through a place of the hidden state that all tokens fill and no layer writes to."""
    import torch

    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight[0] = 0
            layer.mlp.down_proj.weight[0] = 0
        embedding, head = model.model.embed_tokens.weight, model.lm_head.weight
        embedding /= embedding[:, 1:].norm(dim=1, keepdim=True)
        embedding[:, 0] = 1.0
        head[:, 0] = 0
        asked = tokenizer.apply_chat_template([{"role": "user", "content": "How do you feel?"}], tokenize=False)
        ids = tokenizer(asked + "<|assistant|>", return_tensors="pt", add_special_tokens=False).input_ids
        hidden = model.model(ids).last_hidden_state[0, -1]
        head *= FOLLOWING / (head @ hidden).std()
        vocabulary = tokenizer.get_vocab()
        for token, leaning in LEANINGS.items():
            head[vocabulary[token], 0] = leaning / hidden[0]


def _write_gguf(path: Path, model: Any, tokenizer: dict[str, Any]) -> None:
    import gguf

    config = model.config
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_file_type(0)
    writer.add_vocab_size(N_TOKENS)
    _add_tokenizer(writer, tokenizer)
    for name, tensor in model.state_dict().items():
        writer.add_tensor(*_named(name, tensor.float().numpy()))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokenizer(writer: Any, tokenizer: dict[str, Any]) -> None:
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    tokens = sorted(vocabulary, key=lambda token: vocabulary[token])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    control, normal = 3, 1
    writer.add_token_types([control if token in SPECIAL else normal for token in tokens])
    writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in merges])
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _named(name: str, tensor: np.ndarray) -> tuple[str, np.ndarray]:
    """A tensor's name and content as llama.cpp has them."""
    import numpy as np

    whole = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    stem = name.removesuffix(".weight")
    if stem in whole:
        return f"{whole[stem]}.weight", np.ascontiguousarray(tensor)
    _, _, layer, rest = stem.split(".", 3)
    for part, n_heads in (("q_proj", HEADS), ("k_proj", KEY_HEADS)):
        if part in rest:  # rotated pairs stand side by side there, half a head apart here
            halves = tensor.reshape(n_heads, 2, tensor.shape[0] // n_heads // 2, *tensor.shape[1:])
            tensor = halves.swapaxes(1, 2).reshape(tensor.shape)
    return f"blk.{layer}.{LLAMA_CPP_NAMES[rest]}.weight", np.ascontiguousarray(tensor)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    print(make(target).gguf)
