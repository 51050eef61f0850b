"""Drawn replies: the same whatever else is in the batch, and as the model's own passes would have them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emotionbench.materials.forms import Form
from local_helpers import ask, local, questions, replies
from tiny_llama import TinyLlama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
stats = pytest.importorskip("scipy.stats")

from emotionbench.respondents.local.drawing import Draw, draw  # noqa: E402
from emotionbench.respondents.local.forward import Forward  # noqa: E402
from emotionbench.respondents.local.prefix import Tokens  # noqa: E402
from emotionbench.respondents.local.reading import Reader  # noqa: E402
from emotionbench.respondents.local.spellings import Answers, spellings, token_texts  # noqa: E402

LIMIT = 12


@pytest.fixture(scope="module")
def model(tiny_llama: TinyLlama) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(tiny_llama.folder, dtype=torch.float32).eval()


def test_replies_do_not_depend_on_the_batch(tiny_llama: TinyLlama) -> None:
    one_by_one, together, in_threes = (
        local(tiny_llama.folder, max_tokens=LIMIT, batch_size=size) for size in (256, 256, 3)
    )
    asked = questions(together, 8)
    texts = [reply.text for reply in replies(ask(together, asked))]
    assert len(set(texts)) > 4
    assert [reply.text for reply in replies(ask(one_by_one, asked, at_once=False))] == texts
    assert [reply.text for reply in replies(ask(in_threes, asked[::-1]))] == texts[::-1]


def test_another_attempt_is_another_draw(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder, max_tokens=LIMIT)
    asked = questions(answerer, 4)
    first, again, second = (
        [reply.text for reply in replies(ask(answerer, some))]
        for some in (asked, asked, [replace(question, attempt=2) for question in asked])
    )
    assert first == again
    assert first != second


def test_greedy_at_temperature_0(tiny_llama: TinyLlama, model: Any) -> None:
    answerer = local(tiny_llama.folder, max_tokens=LIMIT, temperature=0)
    question = questions(answerer, 1)[0]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)
    ids = tokenizer.apply_chat_template(list(question.messages), add_generation_prompt=True, return_dict=False)
    with torch.inference_mode():
        expected = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=LIMIT)[0, len(ids) :].tolist()
    reply = replies(ask(answerer, [question]))[0]
    found = json.loads(reply.response)["tokens"]
    assert found == [token for token in expected if token != tokenizer.eos_token_id]
    assert reply.input_tokens == len(ids)
    assert reply.output_tokens == len(expected)


def test_a_reply_ends_with_the_token_that_ends_it_or_at_the_limit(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder, max_tokens=3)
    got = replies(ask(answerer, questions(answerer, 12)))
    assert {reply.finish_reason for reply in got} <= {"stop", "length"}
    assert all(reply.output_tokens is not None and 1 <= reply.output_tokens <= 3 for reply in got)
    assert all(reply.output_tokens == 3 for reply in got if reply.finish_reason == "length")
    assert not any("</s>" in reply.text for reply in got)


def test_a_forms_temperature_and_room_for_thoughts(tiny_llama: TinyLlama) -> None:
    answerer = local(tiny_llama.folder, max_tokens=2)
    asked = [replace(question, form=Form(temperature=0.5)) for question in questions(answerer, 1)]
    assert json.loads(replies(ask(answerer, asked))[0].request)["temperature"] == 0.5
    cold = [replace(question, form=Form(temperature=0.0)) for question in questions(answerer, 2)]
    one, other = replies(ask(answerer, [cold[0], replace(cold[0], attempt=5)]))
    assert one.text == other.text


def test_first_tokens_follow_the_models_probabilities(model: Any) -> None:
    """2,000 draws by seeds in a row; fixed, so that this is no lottery."""
    sequence = np.array([3, 40, 41, 42, 2, 4], np.int32)
    draws = [Draw(0, 0.7, 7000 + number, 1) for number in range(2000)]
    draw(Forward(model), [sequence], draws, frozenset(), lambda: True)
    with torch.inference_mode():
        logits = model(torch.tensor([sequence.tolist()])).logits[0, -1].double()
    expected = torch.softmax(logits / 0.7, -1).numpy() * len(draws)
    counted = Counter(one.tokens[0] for one in draws)
    likely = np.flatnonzero(expected >= 5)
    observed = np.array([counted[int(token)] for token in likely])
    rest = len(draws) - observed.sum(), len(draws) - expected[likely].sum()
    p = stats.chisquare([*observed, rest[0]], [*expected[likely], rest[1]]).pvalue
    assert p > 0.01
    flat = stats.chisquare([*observed, rest[0]], np.full(len(likely) + 1, len(draws) / (len(likely) + 1))).pvalue
    assert flat < 1e-6


def test_stops_when_it_is_told_to(model: Any) -> None:
    draws = [Draw(0, 1.0, 5, 50)]
    turns = iter([True, True, False])
    draw(Forward(model), [np.array([3, 40, 4], np.int32)], draws, frozenset(), lambda: next(turns))
    assert (len(draws[0].tokens), draws[0].done) == (2, False)


def test_drawn_answers_approach_the_probabilities_read(tiny_llama: TinyLlama, model: Any) -> None:
    """3,000 replies of three tokens, of which those that begin with an answer are counted; a fixed seed."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_llama.folder)
    shown, forward = tuple("12345"), Forward(model)
    sequence: Tokens = np.array(tokenizer("<|user|>How upset?</s><|assistant|>")["input_ids"], np.int32)
    root = spellings(tokenizer, token_texts(tokenizer), Answers(shown, are_signs=False))
    read = np.array(Reader(forward, root, 5).read([sequence])[0].probabilities)
    draws = [Draw(0, 1.0, 11_000 + number, 3) for number in range(3000)]
    draw(forward, [sequence], draws, frozenset([tokenizer.eos_token_id]), lambda: True)
    begins = Counter(tokenizer.decode(one.tokens).removeprefix(" ")[:1] for one in draws)
    observed = np.array([begins[answer] for answer in shown])
    seen = [*observed, len(draws) - observed.sum()]
    expected = np.array([*read, 1 - read.sum()]) * len(draws)
    assert observed.sum() > 30
    kept = expected >= 1
    assert (
        stats.chisquare(np.array(seen)[kept], expected[kept] * np.array(seen)[kept].sum() / expected[kept].sum()).pvalue
        > 0.01
    )
