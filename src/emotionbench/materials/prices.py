"""What providers ask for tokens: US dollars a million, each with the day it was read and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from emotionbench.documents import Document, fault, left_out, read_document
from emotionbench.errors import MaterialError
from emotionbench.materials.catalogue import SHIPPED, home
from emotionbench.materials.instruments import ShortText

FILE = "prices.yaml"
MILLION = 1_000_000
VERSION = re.compile(r"[-@](latest|\d{3,4}|\d{8}|\d{4}-\d{2}-\d{2})")
"""What may follow a model's name and still be that model: a date, the number of a version, or ``latest``."""

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)]


def _day(value: Any) -> Any:
    """YAML reads an unquoted day as one."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _list(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError("should be a list; begin each price with '- '")  # noqa: TRY004  # pydantic wants a ValueError
    return value


Day = Annotated[str, BeforeValidator(_day), Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class Price(Document):
    """What one model costs, in US dollars a million tokens; what a model reasons is billed as output.

    ``cached`` is what input costs that the provider still had; without it, as much as any. ``batch_discount`` is the
    share by which everything is cheaper in a batch (0.5: half the price); without it, batches are taken to cost as
    much. ``date`` is the day on which ``source`` was read.
    """

    provider: ShortText
    model: ShortText
    input: Dollars
    output: Dollars
    cached: Dollars | None = left_out()
    batch_discount: Annotated[float, Field(ge=0, le=1, strict=False)] | None = left_out()
    date: Day
    source: ShortText

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0, *, batched: bool = False) -> float:
        """US dollars for so many tokens; never below 0.

        ``cached_tokens`` are part of ``input_tokens`` (a server that counts more of them than there were is held to
        those), reasoning tokens part of ``output_tokens``.
        """
        read, written = max(input_tokens, 0), max(output_tokens, 0)
        cached = min(max(cached_tokens, 0), read)
        cached_price = self.input if self.cached is None else self.cached
        dollars = ((read - cached) * self.input + cached * cached_price + written * self.output) / MILLION
        return dollars * (1 - (self.batch_discount or 0)) if batched else dollars

    @property
    def is_free(self) -> bool:
        """Whether nothing is paid by the token."""
        return self.input == self.output == 0


class PriceFile(Document):
    """A file of prices: shipped, in the folder of added materials, or one that ``--prices`` names."""

    prices: Annotated[tuple[Price, ...], BeforeValidator(_list), Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for place, price in enumerate(self.prices):
            if _key(price) in seen:
                raise fault(f"{price.provider}/{price.model} has two prices; keep one", "prices", place)
            seen.add(_key(price))
        return self


@dataclass(frozen=True)
class Prices:
    """Prices by provider and model, in any letter case."""

    by_model: dict[tuple[str, str], Price]

    @classmethod
    def of(cls, *files: Iterable[Price]) -> Prices:
        """The prices of several files; where two name the same model, the later file counts."""
        return cls({_key(price): price for file in files for price in file})

    def of_model(self, provider: str, model: str) -> Price | None:
        """The price of a model, None where none is known.

        An entry of exactly this name counts; else the longest name that this one begins with and adds no more to than
        a date or version: ``gpt-4o-mini-2024-07-18`` is priced as ``gpt-4o-mini``, ``gpt-4o-audio`` not as ``gpt-4o``.
        """
        provider, model = provider.casefold(), model.casefold()
        for end in range(len(model), 0, -1):
            price = self.by_model.get((provider, model[:end]))
            if price is not None and (end == len(model) or VERSION.fullmatch(model[end:])):
                return price
        return None


def load_prices(file: str | Path | None = None) -> Prices:
    """The prices that count: those shipped, over them the user's own ``prices.yaml``, over them ``file``.

    A MaterialError names the line of a file that does not fit.
    """
    own = home() / FILE
    files = [SHIPPED / FILE, *([own] if own.is_file() else []), *([Path(file)] if file else [])]
    return Prices.of(*(_read(path, path.stat().st_mtime_ns if path.exists() else 0) for path in files))


def dollars_text(dollars: float) -> str:
    """An amount with two figures that mean something: ``$0.0036``, ``$0.42``, ``$12.30``, ``$1,234``."""
    if dollars == 0:
        return "$0"
    if dollars < 0.0001:
        return "under $0.0001"
    if dollars < 0.1:
        return f"${float(f'{dollars:.2g}'):.4f}".rstrip("0")
    return f"${dollars:,.2f}" if dollars < 1000 else f"${dollars:,.0f}"


def price_of(provider: str, model: str, prices: Prices | None = None) -> Price | None:
    """What a provider asks for a model, by ``Prices.of_model``; without ``prices``, by those that count."""
    return (load_prices() if prices is None else prices).of_model(provider, model)


@lru_cache(maxsize=16)
def _read(path: Path, _changed_at: int) -> tuple[Price, ...]:
    return read_document(path, PriceFile, MaterialError).prices


def _key(price: Price) -> tuple[str, str]:
    return price.provider.casefold(), price.model.casefold()
