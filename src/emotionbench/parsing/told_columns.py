"""Many stored readings as columns of tokens: what is written as we write it is taken apart as text, without JSON.

``json.dumps`` writes a reading in one way only; a regular expression says whether it is so written, and then the marks
between the tokens cannot stand within one. Everything else is left to the reader of single readings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
# no closing bracket, which ends lists and steps; and no quote before a comma, which ends a token
_PLAIN = r'[^"\\\]}\x00-\x1f]'
_ESCAPED = r"\\(?:[\\/bfnrt]|u[0-9a-fA-F]{4})"
_TEXT = rf'"(?:{_PLAIN}|{_ESCAPED}|(?:\\")+(?:[^"\\\]}}\x00-\x1f,]|{_ESCAPED}))*(?:\\")*"'
_HEAD = r'\{"item": [1-9][0-9]{0,3}, "source": "(?:vocabulary|masked|anchors)"'
_TAIL = rf'(?:, "mass": {_NUMBER})?\}}'
_TOKEN = rf"\[{_TEXT}, {_NUMBER}\]"
_STEP = rf'\{{"after": {_TEXT}, "tokens": \[{_TOKEN}(?:, {_TOKEN})*\]\}}'
_CHANCE = rf'"(?:{_PLAIN}|{_ESCAPED})*": {_NUMBER}'
STEPS = rf'^{_HEAD}, "steps": \[{_STEP}(?:, {_STEP})*\]{_TAIL}$'
CHANCES = rf'^{_HEAD}, "probabilities": \{{{_CHANCE}(?:, {_CHANCE})*\}}{_TAIL}$'


@dataclass(frozen=True)
class ToldColumns:
    """Readings as columns: a row for each reading, each of its steps (or its probabilities), and each token of these.

    Attributes
    ----------
    rows
        Which of the texts given these readings are; the others are not written in this way.
    items, are_whole, masses
        Of every reading: the item, whether it is of the whole vocabulary, and the mass as it was told (NaN where not).
    readings, afters
        Of every step, those of a reading side by side: its reading, and the place in ``after_texts`` of what stands
        before it.
    begins
        Of every step, and one more: its first token.
    tokens, figures
        Of every token: its place in ``texts``, and its log-probability (or probability).
    """

    rows: NDArray[np.intp]
    items: NDArray[np.int64]
    are_whole: NDArray[np.bool_]
    masses: NDArray[np.float64]
    readings: NDArray[np.intp]
    afters: NDArray[np.intp]
    after_texts: list[str]
    begins: NDArray[np.intp]
    tokens: NDArray[np.intp]
    texts: list[str]
    figures: NDArray[np.float64]


def listed(told: pl.Series) -> ToldColumns:
    """The readings that list tokens and their log-probabilities."""
    rows, own = _written(told, STEPS)
    pieces = own.str.split("]]}")
    n_pieces = pieces.list.len().to_numpy().astype(np.intp)
    is_step = np.ones(int(n_pieces.sum()), np.bool_)
    is_step[np.cumsum(n_pieces) - 1] = False
    split = _halves(pieces.explode().filter(pl.Series(is_step)), ', "tokens": [["')
    heads, codes = _coded(split[0])
    readings = np.repeat(np.arange(len(own)), n_pieces - 1)
    parsed = [_step_head(head) for head in heads]
    after_texts = list(dict.fromkeys(head["after"] for head in parsed))
    places = {text: place for place, text in enumerate(after_texts)}
    firsts = codes[np.cumsum(n_pieces - 1) - (n_pieces - 1)]
    return ToldColumns(
        rows,
        *_of_readings(parsed, firsts),
        _masses(pieces.list.last(), "]"),
        readings,
        np.array([places[head["after"]] for head in parsed], np.intp)[codes],
        after_texts,
        **_pairs(split[1], '", ', '], ["'),
    )


def known(told: pl.Series) -> ToldColumns:
    """The readings that name answers and their probabilities, as one step each."""
    rows, own = _written(told, CHANCES)
    head, behind = _halves(own, ', "probabilities": {"')
    body, tail = _halves(behind, "}")
    heads, codes = _coded(head)
    return ToldColumns(
        rows,
        *_of_readings([json.loads(head + "}") for head in heads], codes),
        _masses(tail, ""),
        np.arange(len(own)),
        np.zeros(len(own), np.intp),
        [""],
        **_pairs(body, '": ', ', "'),
    )


def _written(told: pl.Series, pattern: str) -> tuple[NDArray[np.intp], pl.Series]:
    rows = told.str.contains(pattern).fill_null(value=False).arg_true()
    return rows.to_numpy().astype(np.intp), told.gather(rows)


def _halves(texts: pl.Series, mark: str) -> tuple[pl.Series, pl.Series]:
    """What stands before the first mark, and behind it."""
    both = texts.str.splitn(mark, 2).struct
    return both.field("field_0"), both.field("field_1")


def _coded(texts: pl.Series) -> tuple[list[str], NDArray[np.intp]]:
    """The different texts, and the place of each among them."""
    different = texts.unique(maintain_order=True)
    codes = texts.cast(pl.Enum(different)).to_physical().to_numpy()
    return different.to_list(), codes.astype(np.intp)


def _step_head(head: str) -> dict[str, Any]:
    """What a step begins with; the first of a reading says the item and the source as well."""
    if head.startswith(", "):
        found: dict[str, Any] = json.loads(head[2:] + "}")
        return found
    reading = json.loads(head + "}]}")
    return {"item": reading["item"], "source": reading["source"], **reading["steps"][0]}


def _of_readings(heads: list[dict[str, Any]], codes: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    items = np.array([head.get("item", 0) for head in heads], np.int64)
    return items[codes], np.array([head.get("source") == "vocabulary" for head in heads], np.bool_)[codes]


def _masses(tails: pl.Series, mark: str) -> NDArray[np.float64]:
    numbers = tails.str.strip_prefix(f'{mark}, "mass": ').str.strip_suffix("}")
    return numbers.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()


def _pairs(bodies: pl.Series, inner: str, outer: str) -> dict[str, Any]:
    """The pairs of every body: ``begins``, ``tokens``, ``texts`` and ``figures`` of ``ToldColumns``."""
    words = bodies.str.replace_all(inner, outer, literal=True).str.split(outer)
    flat = words.explode()
    written, codes = _coded(flat.gather_every(2))
    return {
        "begins": np.concatenate([[0], np.cumsum(words.list.len().to_numpy().astype(np.intp) // 2)]),
        "tokens": codes,
        "texts": [json.loads(f'"{text}"') for text in written],
        "figures": flat.gather_every(2, 1).cast(pl.Float64).to_numpy(),
    }
