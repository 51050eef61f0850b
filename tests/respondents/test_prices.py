"""What it costs to ask a respondent: by its provider and model, nothing where it is one's own, unknown else."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.errors import RespondentError
from emotionbench.materials.prices import Prices
from emotionbench.records import Respondent, RespondentKind
from emotionbench.respondents.prices import FREE, checked_price, price_of_respondent


def llm(provider: str, model: str) -> Respondent:
    return Respondent.of(RespondentKind.LLM, f"{provider}/{model}", {"provider": provider, "model": model})


@pytest.mark.parametrize(
    ("who", "input_price"),
    [
        (llm("openai", "gpt-4o-mini-2024-07-18"), 0.15),
        (llm("inspect", "anthropic/claude-sonnet-4-5"), 3),
        (llm("inspect", "groq/openai/gpt-oss-20b"), 0.075),
        (llm("groq", "openai/gpt-oss-20b"), 0.075),
        (llm("inspect", "hf/some/model"), 0),
        (llm("local", "/a/folder"), 0),
        (llm("vllm", "meta-llama/Llama-3.1-8B"), 0),
        (llm("compatible", "gpt-4o-mini"), None),
        (llm("openrouter", "openai/gpt-4o-mini"), None),
        (llm("inspect", "azureai/gpt-4o"), None),
        (Respondent.of(RespondentKind.LLM, "recorded", {}), None),
        (Respondent.of(RespondentKind.SYNTHETIC, "lexicon", {}), 0),
        (Respondent.of(RespondentKind.HUMAN, "people", {}), 0),
    ],
)
def test_the_price_of_a_respondent(who: Respondent, input_price: float | None) -> None:
    price = price_of_respondent(who)
    assert (None if price is None else price.input) == input_price


def test_ones_own_server_costs_what_ones_own_prices_say() -> None:
    rented = FREE.model_copy(update={"provider": "vllm", "model": "m", "input": 0.1})
    assert (price_of_respondent(llm("vllm", "m"), Prices.of([rented])) or FREE).input == 0.1
    assert price_of_respondent(llm("vllm", "other"), Prices.of([rented])) == FREE
    assert price_of_respondent(llm("openai", "gpt-4o"), Prices.of([rented])) is None


def test_an_unknown_price_is_refused_with_how_to_give_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    with pytest.raises(RespondentError) as caught:
        checked_price(llm("compatible", "mine"))
    message = str(caught.value)
    assert message.startswith("compatible/mine: no price is known for compatible/mine; add one to prices.yaml")
    assert "emotionbench costs --example compatible/mine" in message
    assert checked_price(llm("vllm", "m")).is_free
