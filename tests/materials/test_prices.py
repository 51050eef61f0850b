"""Prices: found by model, those of the user first, and never below nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.errors import MaterialError
from emotionbench.materials.prices import Price, Prices, load_prices, price_of

ENTRY = "  - {{provider: {0}, model: {1}, input: {2}, output: 2, date: 2026-11-21, source: a contract}}\n"


def file_of(folder: Path, *entries: tuple[str, str, float | str], name: str = "prices.yaml") -> Path:
    path = folder / name
    path.write_text("prices:\n" + "".join(ENTRY.format(*entry) for entry in entries), encoding="utf-8")
    return path


def price(**changes: object) -> Price:
    known = {"provider": "p", "model": "m", "input": 2.0, "output": 8.0, "date": "2026-11-21", "source": "s"}
    return Price.model_validate({**known, **changes})


def test_the_shipped_prices_have_a_date_and_a_source_each() -> None:
    shipped = load_prices().by_model.values()
    providers = {one.provider for one in shipped}
    assert providers >= {"openai", "anthropic", "google", "mistral", "deepseek", "groq", "together", "fireworks"}
    for one in shipped:
        assert one.date.startswith("2026-")
        assert one.source.startswith("https://")
        assert 0 < one.input <= one.output
        assert one.cached is None or one.cached < one.input


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("GPT-4o-Mini", "gpt-4o-mini"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),  # a name of its own goes before the prefix
        ("gpt-4-0613", "gpt-4"),
        ("gpt-3.5-turbo-0613", "gpt-3.5-turbo-0613"),
        ("gpt-4o-mini-audio", None),
        ("gpt-4o-minimal", None),
        ("gpt-4-32k", None),
        ("gpt-4-1106-preview", None),
        ("gpt-5-pro-turbo", None),
        ("gpt-4", "gpt-4"),
        ("gpt", None),
        ("", None),
    ],
)
def test_a_dated_name_is_priced_as_its_model_and_another_model_is_not(model: str, entry: str | None) -> None:
    found = price_of("OpenAI", model)
    assert (found and found.model) == entry


def test_anthropic_names_with_dates() -> None:
    dated = {name: price_of("anthropic", name) for name in ("claude-opus-4-20250514", "claude-opus-4-5-20251101")}
    assert [one and one.input for one in dated.values()] == [15, 5]
    assert price_of("anthropic", "claude-opus-4-99-20300101") is None
    assert price_of("nobody", "claude-opus-4") is None


def test_the_users_prices_go_before_the_shipped_and_a_file_named_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(tmp_path))
    file_of(tmp_path, ("OpenAI", "gpt-4o-mini", 7), ("compatible", "mine", 1))
    named = file_of(tmp_path, ("compatible", "mine", 0.5), name="mine.yaml")
    assert (price_of("openai", "gpt-4o-mini") or price()).input == 7
    assert (price_of("openai", "gpt-4o") or price()).input == 2.5
    assert (price_of("compatible", "mine") or price()).input == 1
    with_file = load_prices(named)
    assert (with_file.of_model("compatible", "mine") or price()).input == 0.5
    assert (with_file.of_model("openai", "gpt-4o-mini") or price()).input == 7
    file_of(tmp_path, ("openai", "gpt-4o-mini", 9))
    assert (price_of("openai", "gpt-4o-mini") or price()).input == 9


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([("a", "b", 1), ("a", "c", -1)], r"prices.yaml:3: .*entry 2 → input.*greater than or equal to 0"),
        ([("a", "b", ".nan")], r"prices.yaml:2: "),
        ([("a", "b", ".inf")], r"prices.yaml:2: "),
        ([("a", "b", "cheap")], r"prices.yaml:2: "),
        ([("a", "b", 1), ("A", "B", 2)], r"prices.yaml:3: A/B has two prices; keep one"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(
    entries: list[tuple[str, str, float | str]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(MaterialError, match=message):
        load_prices(file_of(tmp_path, *entries))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"input": "inputs"}, "did you mean 'input'"),
        ({"date: 2026-01-01, ": ""}, "date: missing"),
        ({"2026-01-01": "soon"}, "date: .*soon"),
        ({"2026-01-01": "'2026-13-01'"}, "date: .*2026-13-01"),
        ({"2026-01-01": "2026-13-01"}, "month must be in"),
        ({"source: s": "source: s, batch_discount: 2"}, "batch_discount"),
        ({"  - {provider: a": "  {provider: a"}, "prices.yaml:1: prices: should be a list"),
        ({"}": ""}, "not valid YAML"),
    ],
)
def test_a_wrong_key_or_day_is_named(changed: dict[str, str], message: str, tmp_path: Path) -> None:
    text = "prices:\n  - {provider: a, model: b, input: 1, output: 1, date: 2026-01-01, source: s}\n"
    for what, by in changed.items():
        text = text.replace(what, by)
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MaterialError, match=message) as caught:
        load_prices(path)
    assert str(caught.value).startswith("prices.yaml:")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="cannot be read"):
        load_prices(tmp_path / "none.yaml")


def test_what_tokens_cost() -> None:
    plain = price(cached=0.5, batch_discount=0.25)
    assert plain.cost(1_000_000, 0) == 2
    assert plain.cost(0, 500_000) == 4
    assert plain.cost(1_000_000, 0, 400_000) == pytest.approx(0.6 * 2 + 0.4 * 0.5)
    assert plain.cost(1_000_000, 1_000_000, batched=True) == pytest.approx(0.75 * 10)
    # what has no price of its own costs as much as any
    assert price().cost(1_000_000, 0, 1_000_000) == 2
    assert price().cost(1_000_000, 0, batched=True) == 2


def test_more_cached_than_sent_is_all_cached() -> None:
    assert price(cached=0.5).cost(1_000_000, 0, 3_000_000) == 0.5


@given(
    read=st.integers(-5, 10**9),
    written=st.integers(-5, 10**9),
    cached=st.integers(-5, 10**10),
    batched=st.booleans(),
    cached_price=st.none() | st.floats(0, 100),
)
def test_no_cost_is_below_nothing(
    read: int, written: int, cached: int, *, batched: bool, cached_price: float | None
) -> None:
    one = price(cached=cached_price, batch_discount=1)
    assert one.cost(read, written, cached, batched=batched) >= 0


def test_free_is_what_costs_nothing_by_the_token() -> None:
    assert price(input=0, output=0).is_free
    assert not price(input=0).is_free
    assert Prices.of().of_model("p", "m") is None
