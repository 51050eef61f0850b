"""What it costs to ask a respondent."""

from __future__ import annotations

from emotionbench.errors import RespondentError
from emotionbench.materials.prices import FILE, Price, Prices, load_prices
from emotionbench.records import Respondent, RespondentKind

OWN_SERVERS = frozenset(("local", "vllm", "sglang", "llamacpp", "ollama", "lmstudio"))
"""Providers that are the user's own machine, where nothing is paid by the token."""
INSPECT = "inspect"
INSPECT_OWN = OWN_SERVERS | {"hf", "llama-cpp-python", "transformer_lens", "mockllm"}
FREE = Price(
    provider="own",
    model="any",
    input=0,
    output=0,
    cached=0,
    batch_discount=0,
    date="2026-01-01",
    source="asked on the user's own machine",
)


def price_of_respondent(record: Respondent, prices: Prices | None = None) -> Price | None:
    """What a respondent's tokens cost, by the provider and model in its settings; None where no price is known.

    People, embedded respondents, models in process and servers of one's own cost 0, unless ``prices`` (if none are
    given: those that count) say otherwise. A model that Inspect AI asks costs what its own provider asks.
    """
    if record.kind is not RespondentKind.LLM:
        return FREE
    provider, model, own = _named(record)
    known = load_prices() if prices is None else prices
    return known.of_model(provider, model) or (FREE if own else None)


def checked_price(record: Respondent, prices: Prices | None = None) -> Price:
    """The price of a respondent; a RespondentError says how to give one where none is known."""
    price = price_of_respondent(record, prices)
    if price is None:
        provider, model, _ = _named(record)
        raise RespondentError(
            f"no price is known for {provider}/{model}",
            where=record.name,
            fix=f"add one to {FILE} in the folder of added materials, or to a file that --prices names: "
            f"emotionbench costs --example {provider}/{model} prints an entry to fill in",
        )
    return price


def _named(record: Respondent) -> tuple[str, str, bool]:
    """The provider, the model, and whether they are the user's own machine."""
    provider, model = str(record.settings.get("provider", "")), str(record.settings.get("model", ""))
    if provider != INSPECT:
        return provider, model, provider in OWN_SERVERS
    provider, _, model = model.partition("/")
    return provider, model, provider in INSPECT_OWN
