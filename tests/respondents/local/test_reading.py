"""Exact probabilities: spellings found, numbers equal to plain passes one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from local_helpers import ask, local, questions, replies
from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from emotionbench.respondents.local.batch import drawn_answer  # noqa: E402
from emotionbench.respondents.local.forward import Forward  # noqa: E402
from emotionbench.respondents.local.prefix import Tokens  # noqa: E402
from emotionbench.respondents.local.reading import Reader  # noqa: E402
from emotionbench.respondents.local.spellings import Answers, Node, spellings, token_texts  # noqa: E402

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


def by_hand(model: Any, tokens: list[int], node: Node, n_answers: int) -> np.ndarray[Any, Any]:
    """What a tree of spellings comes to, by one whole pass for each of its places."""
    with torch.inference_mode():
        following = torch.softmax(model(torch.tensor([tokens])).logits[0, -1].double(), -1).numpy()
    total = np.zeros(n_answers)
    for token, answer in node.ends.items():
        total[answer] += following[token]
    if node.answer is not None:
        total[node.answer] += 1 - following[list(node.goes_on)].sum()
    for token, child in node.children.items():
        total += following[token] * by_hand(model, [*tokens, token], child, n_answers)
    return total


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


def written(node: Node, texts: list[str], before: str = "") -> Iterator[tuple[str, int]]:
    """All spellings of a tree: the text, and the place of the answer."""
    yield from ((before + texts[token], answer) for token, answer in node.ends.items())
    if node.answer is not None:
        yield before, node.answer
    for token, child in node.children.items():
        yield from written(child, texts, before + texts[token])


def test_a_space_and_several_tokens(tokenizer: Any, texts: list[str]) -> None:
    found = dict(written(spellings(tokenizer, texts, TEN), texts))
    assert {found["10"], found[" 10"]} == {10}
    assert (found["1"], found[" 1"], found["0"], found[" 7"]) == (1, 1, 0, 7)
    assert "11" not in found


def test_one_is_not_the_beginning_of_ten(tokenizer: Any, texts: list[str]) -> None:
    one = spellings(tokenizer, texts, TEN).children[texts.index("1")]
    assert one.answer == 1
    assert {texts[token] for token in one.goes_on} == set("0123456789")
    assert spellings(tokenizer, texts, FIVE).ends[texts.index("1")] == 0


def test_full_width_digits_of_several_bytes(tokenizer: Any, texts: list[str]) -> None:
    root = spellings(tokenizer, texts, FIVE)
    for place, digit in enumerate("１２３４５"):
        path = tokenizer.encode(digit, add_special_tokens=False)
        assert len(path) > 1
        assert root.at(path[:-1]).ends[path[-1]] == place


def test_a_letter_that_begins_a_word_is_no_answer(tokenizer: Any, texts: list[str]) -> None:
    root = spellings(tokenizer, texts, LETTERS)
    goes_on = {texts[token] for token in root.children[texts.index("a")].goes_on}
    assert {"b", " b", "n"} <= goes_on
    assert ")" not in goes_on
    assert root.children[texts.index("A")].answer == 0


def test_the_word_i_is_not_the_sign_i(tokenizer: Any, texts: list[str]) -> None:
    root = spellings(tokenizer, texts, ROMAN)
    assert root.children[texts.index("i")].answer == 0
    capital = root.children.get(texts.index("I"))
    assert capital is None or capital.answer is None


def test_answers_as_the_form_shows_them() -> None:
    scale = catalogue.instrument("PANAS").response_scale
    assert Answers.of(scale, None) == FIVE
    assert Answers.of(scale, Form(option_labels="I", option_order="descending")).shown == ("V", "IV", "III", "II", "I")


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


def test_the_own_answer_follows_the_probabilities() -> None:
    probabilities = (0.02, 0.06, 0.02)
    assert [drawn_answer(probabilities, 1.0, number) for number in (0.0, 0.19, 0.21, 0.79, 0.81, 0.999)] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]
    assert drawn_answer(probabilities, 0.0, 0.999) == 1
    assert drawn_answer(probabilities, 0.5, 0.05) == 0
    assert drawn_answer(probabilities, 0.5, 0.15) == 1
    assert drawn_answer((0.0, 0.0), 1.0, 0.9) == 0
