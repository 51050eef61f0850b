"""Exact probabilities: spellings found, numbers equal to plain passes one by one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from local_helpers import ask, by_hand, local, questions, replies
from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emotionbench.respondents.local.forward import Forward  # noqa: E402
from emotionbench.respondents.local.prefix import Tokens  # noqa: E402
from emotionbench.respondents.local.reading import Reader  # noqa: E402
from emotionbench.respondents.local.spellings import Answers, spellings, token_texts  # noqa: E402

FIVE = Answers(tuple("12345"), are_signs=False)
TEN = Answers(tuple(map(str, range(11))), are_signs=False)
LETTERS = Answers(tuple("abc"), are_signs=True)
ROMAN = Answers(("i", "ii", "iii", "iv"), are_signs=True)


@pytest.fixture(scope="module")
def model(tiny_llama: TinyLlama) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(tiny_llama.folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def tokenizer(tiny_llama: TinyLlama) -> Any:
    return transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)


@pytest.fixture(scope="module")
def texts(tokenizer: Any) -> list[str]:
    return token_texts(tokenizer)


@pytest.fixture(scope="module")
def sequences(tokenizer: Any) -> list[Tokens]:
    beginnings = ("You lost your keys again. ", "A friend forgot your birthday, and you are at home alone. ", "")
    items = ("Interested", "Upset", "Very nervous indeed")
    written = [f"<|user|>{begins}How do you feel? {item}</s><|assistant|>" for begins in beginnings for item in items]
    return [np.array(tokenizer(text, add_special_tokens=False)["input_ids"], np.int32) for text in written]


@pytest.mark.parametrize("answers", [FIVE, TEN, LETTERS], ids=["1-5", "0-10", "letters"])
def test_equal_to_plain_passes_one_by_one(
    model: Any, tokenizer: Any, texts: list[str], sequences: list[Tokens], answers: Answers
) -> None:
    root = spellings(tokenizer, texts, answers)
    found = Reader(Forward(model), root, len(answers.shown)).read(sequences)
    for tokens, reading in list(zip(sequences, found, strict=True))[::4]:
        expected = by_hand(model, tokens.tolist(), root, len(answers.shown))
        assert np.allclose(reading.probabilities, expected, rtol=0, atol=1e-5)
        assert sum(expected) > 0.01


def test_one_alone_reads_as_in_a_batch(model: Any, tokenizer: Any, texts: list[str], sequences: list[Tokens]) -> None:
    reader = Reader(Forward(model), spellings(tokenizer, texts, TEN), 11)
    together = reader.read(sequences)
    for tokens, reading in zip(sequences, together, strict=True):
        assert np.allclose(reader.read([tokens])[0].probabilities, reading.probabilities, rtol=0, atol=1e-5)


def test_shared_beginnings_are_computed_once(
    model: Any, tokenizer: Any, texts: list[str], sequences: list[Tokens]
) -> None:
    forward = Forward(model)
    forward.shared(sequences)
    assert forward.n_tokens < 0.6 * sum(map(len, sequences))


def test_a_reading_as_it_is_stored(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder)
    asked = questions(answerer, 20, ways={"answers": "logprobs"})
    got = replies(ask(answerer, asked))
    for question, reply in zip(asked, got, strict=True):
        reading = json.loads(reply.logprobs or "")
        assert (reading["item"], reading["source"]) == (question.shown[0], "vocabulary")
        assert list(reading["probabilities"]) == list("12345")
        assert reading["mass"] == pytest.approx(sum(reading["probabilities"].values()), abs=1e-12)
        assert reply.text in "12345"
        assert reply.input_tokens is not None
        assert reply.cached_tokens is not None
        assert 0 <= reply.cached_tokens < reply.input_tokens
    assert sum(reply.cached_tokens == 0 for reply in got) == 1


def test_the_same_words_are_read_once(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder)
    asked = questions(answerer, 40, ways={"answers": "logprobs"})
    assert len({question.messages for question in map(_frozen, asked)}) == 20
    got = replies(ask(answerer, asked))
    by_item: dict[int, set[str | None]] = {}
    for question, reply in zip(asked, got, strict=True):
        by_item.setdefault(question.shown[0], set()).add(reply.logprobs)
    assert {len(readings) for readings in by_item.values()} == {1}
    assert sum(reply.cached_tokens == reply.input_tokens for reply in got) == 20


def _frozen(question: Any) -> Any:
    class Words:
        messages = json.dumps(question.messages)

    return Words
