"""Whole studies over HTTP against a llama.cpp server that nobody here wrote, with a tiny model made here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotionbench.analysis import analyse
from emotionbench.engine import run
from emotionbench.materials import catalogue
from emotionbench.materials.forms import Form
from emotionbench.parsing import parse
from emotionbench.parsing.probabilities import Distribution, distribution
from emotionbench.records import AnswerStatus, Attempt
from emotionbench.store import Store, reading
from emotionbench.study import Study
from llama_server import LlamaServer
from reading_helpers import TEN
from tiny_llama import TinyLlama

CLOSE = 1e-3
NextTokens = Callable[[list[dict[str, str]], str], dict[str, float]]

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def home(small_home: Path) -> Path:
    (small_home / "instruments" / "TEN-3.yaml").write_text(TEN, encoding="utf-8")
    return small_home


@pytest.fixture(scope="session")
def next_tokens(tiny_llama: TinyLlama) -> NextTokens:
    """The same weights in this process: what may follow a conversation and a beginning of the reply."""
    import torch  # noqa: PLC0415 (takes seconds, and most tests do without)
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

    tokenizer = AutoTokenizer.from_pretrained(tiny_llama.folder)
    model = AutoModelForCausalLM.from_pretrained(tiny_llama.folder)
    vocabulary = {index: token for token, index in tokenizer.get_vocab().items()}

    def follow(messages: list[dict[str, str]], begun: str = "") -> dict[str, float]:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) + begun
        ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
        with torch.no_grad():
            chances = model(ids).logits[0, -1].softmax(-1)
        return {vocabulary[index]: chance for index, chance in enumerate(chances.tolist())}

    return follow


def study(server: LlamaServer, answers: str, instrument: str = "MOOD-6", **changes: Any) -> Study:
    settings = {"base_url": server.url, **changes.pop("settings", {})}
    spec: dict[str, Any] = {
        "respondents": [{"id": "llamacpp/tiny", "settings": settings}],
        "instruments": [instrument],
        "situations": "tiny",
        "emotions": ["fear"],
        "repeats": 1,
        "baseline_repeats": 1,
        "ways": {"answers": [answers], **changes.pop("ways", {})},
        "execution": {"retries": 0},
    }
    return Study(**{**spec, **changes})


def attempts(store: Path) -> list[Attempt]:
    with Store(store) as opened:
        return [one for each in reading.administrations(opened) for one in reading.attempts(opened, each.id)]


def read_all(asked: Study, store: Path) -> list[Attempt]:
    tally = run(asked, store)
    assert (tally.n_failed, tally.n_open) == (0, 0)
    found = attempts(store)
    assert found
    return found


def body_of(attempt: Attempt, number: int = 0) -> dict[str, Any]:
    made = json.loads(attempt.request)
    body: dict[str, Any] = (made[number] if isinstance(made, list) else made)["body"]
    return body


def distribution_of(attempt: Attempt, instrument: str, form: Form) -> Distribution:
    found = distribution(attempt.logprobs, catalogue.instrument(instrument), form)
    assert isinstance(found, Distribution), found
    return found


def test_drawn_answers(llama_server: LlamaServer, tmp_path: Path) -> None:
    found = read_all(study(llama_server, "drawn", settings={"max_tokens": 24}), tmp_path / "s.db")
    assert len(found) == 2
    assert all(attempt.reply and attempt.output_tokens and attempt.logprobs is None for attempt in found)


@pytest.mark.parametrize("labels", ["none", "a", "I"])
@pytest.mark.parametrize("instrument", ["MOOD-6", "TEN-3"])
def test_json_answers_are_all_valid(llama_server: LlamaServer, tmp_path: Path, instrument: str, labels: str) -> None:
    asked = study(llama_server, "json", instrument, ways={"option_labels": [labels]}, settings={"max_tokens": 400})
    form = Form(answers="json", option_labels=labels)
    for attempt in read_all(asked, tmp_path / "s.db"):
        assert attempt.reply is not None
        items = catalogue.instrument(instrument)
        answers = parse(attempt.reply, items, tuple(range(1, items.n_items + 1)), form)
        assert {answer.status for answer in answers} == {AnswerStatus.VALID}, attempt.reply


@pytest.mark.parametrize("constrain", ["none", "grammar"])
@pytest.mark.parametrize("system_role", [True, False])
def test_probabilities_are_those_of_the_weights(
    llama_server: LlamaServer, tmp_path: Path, next_tokens: NextTokens, constrain: str, system_role: bool
) -> None:
    asked = study(llama_server, "logprobs", settings={"constrain": constrain, "system_role": system_role})
    found = read_all(asked, tmp_path / "s.db")
    assert len(found) == 2 * 6
    for attempt in found:
        told = json.loads(attempt.logprobs or "")
        assert told["source"] == "vocabulary"
        chances = next_tokens(body_of(attempt)["messages"], "")
        for token, logarithm in told["steps"][0]["tokens"]:
            if token in set("1234"):
                assert math.exp(logarithm) == pytest.approx(chances[token], abs=CLOSE)
        own = {value: chances[str(value)] for value in range(1, 5)}
        read = distribution_of(attempt, "MOOD-6", Form(answers="logprobs"))
        total = sum(own.values())
        assert read.probabilities == pytest.approx({value: p / total for value, p in own.items()}, abs=0.01)
        assert read.mass == pytest.approx(total, abs=0.01)


def test_the_probability_of_ten_is_told_from_that_of_one(
    llama_server: LlamaServer, tmp_path: Path, next_tokens: NextTokens
) -> None:
    asked = study(llama_server, "logprobs", "TEN-3", settings={"constrain": "none"})
    n_continued = 0
    for attempt in read_all(asked, tmp_path / "s.db"):
        told, made = json.loads(attempt.logprobs or ""), json.loads(attempt.request)
        assert told["source"] == "vocabulary"
        assert [step["after"] for step in told["steps"]] == ["", "1"]
        messages = body_of(attempt)["messages"]
        first, second = next_tokens(messages, ""), next_tokens(messages, "1")
        for step, chances in zip(told["steps"], (first, second), strict=True):
            for token, logarithm in step["tokens"]:
                if token in {*"0123456789", ""}:
                    assert math.exp(logarithm) == pytest.approx(chances[token or "</s>"], abs=CLOSE)
        # where the model wrote 1 and more, the second place is there already
        if isinstance(made, list):
            n_continued += 1
            assert body_of(attempt, 1)["messages"] == [*messages, {"role": "assistant", "content": "1"}]
            assert len(json.loads(attempt.response or "")) == len(made) == 2
            assert attempt.output_tokens == 3
    assert n_continued


def test_what_is_not_among_the_likeliest_tokens_is_read_behind_a_grammar(
    llama_server: LlamaServer, tmp_path: Path, next_tokens: NextTokens
) -> None:
    """The model leans to the digits from 6 so little that they are seldom among the likeliest twenty tokens."""
    n_masked = 0
    for attempt in read_all(study(llama_server, "logprobs", "TEN-3"), tmp_path / "s.db"):
        if json.loads(attempt.logprobs or "")["source"] == "vocabulary":
            continue
        n_masked += 1
        messages = body_of(attempt)["messages"]
        first, second = next_tokens(messages, ""), next_tokens(messages, "1")
        digits = sum(first[digit] for digit in "0123456789")
        own = {value: first[str(value)] / digits for value in range(10)}
        ten = second["0"] / (second["0"] + second["</s>"])
        read = distribution_of(attempt, "TEN-3", Form(answers="logprobs"))
        assert read.probabilities == pytest.approx({**own, 10: own[1] * ten, 1: own[1] * (1 - ten)}, abs=CLOSE)
        assert read.unseen < CLOSE
        assert read.mass == pytest.approx(digits, abs=0.05)
        assert read.mass < 0.95
        assert "grammar" in body_of(attempt, 1)
        assert attempt.reply in {str(value) for value in range(11)}
    assert n_masked


def test_without_a_grammar_what_is_not_listed_stays_in_doubt(llama_server: LlamaServer, tmp_path: Path) -> None:
    asked = study(llama_server, "logprobs", "TEN-3", settings={"constrain": "none"})
    instrument = catalogue.instrument("TEN-3")
    found = [distribution(one.logprobs, instrument) for one in read_all(asked, tmp_path / "s.db")]
    assert any(not isinstance(one, Distribution) or one.unseen > CLOSE for one in found)


def test_a_kept_conversation_holds_the_respondents_own_answers(llama_server: LlamaServer, tmp_path: Path) -> None:
    found = read_all(study(llama_server, "logprobs", ways={"conversation": ["kept"]}), tmp_path / "s.db")
    last = max(found, key=lambda attempt: attempt.part)
    said = [message["content"] for message in body_of(last)["messages"] if message["role"] == "assistant"]
    earlier = sorted((one for one in found if one.administration == last.administration), key=lambda one: one.part)
    assert said == [attempt.reply for attempt in earlier[:-1]]
    assert all(answer.strip() in set("1234") for answer in said)


@pytest.mark.parametrize("instrument", ["MOOD-6", "TEN-3"])
def test_scores_are_made_of_the_expected_answers(llama_server: LlamaServer, tmp_path: Path, instrument: str) -> None:
    store = tmp_path / "s.db"
    found = read_all(study(llama_server, "logprobs", instrument), store)
    form = Form(answers="logprobs")
    expected = {}
    for attempt in found:
        item = json.loads(attempt.logprobs or "")["item"]
        expected[attempt.administration, item] = distribution_of(attempt, instrument, form).expected
    analysis = analyse(store)
    told = {(row["administration"], row["item"]): row for row in analysis.readings.iter_rows(named=True)}
    assert {key: row["expected"] for key, row in told.items()} == pytest.approx(expected)
    assert all(0 < row["mass"] < 1 for row in told.values())
    subscale = catalogue.instrument(instrument).subscales
    for row in analysis.scores.iter_rows(named=True):
        items = subscale[row["subscale"]]
        scale = catalogue.instrument(instrument).response_scale
        values = [
            scale.lowest + scale.highest - value if item in items.reverse else value
            for (administration, item), value in expected.items()
            if administration == row["administration"] and item in items.items
        ]
        total = sum(values) / (len(values) if catalogue.instrument(instrument).score.rule == "mean" else 1)
        assert row["value"] == pytest.approx(total)


def test_a_second_run_asks_nothing_and_a_wider_one_only_what_is_missing(
    llama_server: LlamaServer, tmp_path: Path
) -> None:
    store = tmp_path / "s.db"
    asked = study(llama_server, "logprobs")
    first = read_all(asked, store)
    assert run(asked, store).n_attempts == 0
    wider = run(study(llama_server, "logprobs", emotions=["fear", "anger"]), store)
    assert wider.n_open == 0
    assert len(attempts(store)) == len(first) + wider.n_attempts
    assert wider.n_attempts == 3 * 6
