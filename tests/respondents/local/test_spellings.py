"""Every way in which a tokenizer writes an answer, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.respondents.local.spellings import Answers, Node, spellings, token_texts
from tiny_llama import TinyLlama

transformers = pytest.importorskip("transformers")

FIVE = Answers(tuple("12345"), are_signs=False)
TEN = Answers(tuple(map(str, range(11))), are_signs=False)
LETTERS = Answers(tuple("abc"), are_signs=True)
ROMAN = Answers(("i", "ii", "iii", "iv"), are_signs=True)


@pytest.fixture(scope="module")
def tokenizer(tiny_llama: TinyLlama) -> Any:
    return transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)


@pytest.fixture(scope="module")
def texts(tokenizer: Any) -> list[str]:
    return token_texts(tokenizer)


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
