"""Scores and answers of a respondent who is asked in many forms, with planted effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from emotionbench.comparisons.ways_outcomes import WAYS

COLUMNS = ("respondent", "kind", "instrument", "condition", "emotion", "factor", "situation", "form", "subscale", *WAYS)
SCHEMA: dict[str, Any] = {
    "administration": pl.Int64,
    **dict.fromkeys(COLUMNS, pl.String),
    "repeat": pl.Int64,
    "value": pl.Float64,
}
GRID = {"language": ("de", "en", "ja", "zh"), "option_order": ("ascending", "descending"), "template": ("a", "b", "c")}


def frame(rows: Sequence[Mapping[str, Any]], **more: Any) -> pl.DataFrame:
    """Rows of outcomes, with what they leave out; ``more`` names further columns and their types."""
    common = {"respondent": "model", "kind": "llm", "instrument": "MOOD", "condition": "baseline", "repeat": 0}
    filled = []
    for number, row in enumerate(rows):
        levels = {way: row[way] for way in WAYS if way in row}
        form = " · ".join(f"{way} {level}" for way, level in levels.items()) or "plain"
        filled.append({"administration": number, "subscale": "calm", "form": form, **common, **row})
    return pl.DataFrame(filled, schema={**SCHEMA, **more})


@dataclass(frozen=True)
class Asked:
    """How often and of whom forms are asked, and how scores vary; ``keep`` names the forms of the grid that are put."""

    repeats: int = 1
    noise: float = 1.0
    form_noise: float = 0.0
    keep: Sequence[int] | None = None
    seed: int = 0
    situations: Sequence[str] = ()
    change: float = 0.0
    respondent: str = "model"
    subscales: Sequence[str] = ("calm",)
    centre: float = 30.0


def outcomes(
    ways: Mapping[str, Sequence[str]] = GRID, effects: Mapping[tuple[str, str], float] | None = None, **asked: Any
) -> pl.DataFrame:
    """A score per form, repeat and subscale: centre + effects + the form's own + noise; ``asked`` as ``Asked``.

    With situations there is one more for each of them, evoked; effects then are on the change, as is ``change``.
    """
    how = Asked(**asked)
    rng = np.random.default_rng(how.seed)
    rows, number = [], 0
    forms = list(product(*ways.values()))
    for index in range(len(forms)) if how.keep is None else how.keep:
        levels = dict(zip(ways, forms[index], strict=True))
        moved = sum((effects or {}).get(pair, 0.0) for pair in levels.items())
        own = {subscale: rng.normal(0, how.form_noise) for subscale in how.subscales}
        for repeat, situation in product(range(how.repeats), (None, *how.situations)):
            at = how.change + moved if situation else 0.0 if how.situations else moved
            condition = "evoked" if situation else "baseline"
            for subscale in how.subscales:
                value = how.centre + at + own[subscale] + rng.normal(0, how.noise)
                place = {"condition": condition, "situation": situation, "repeat": repeat, "subscale": subscale}
                whose = {"administration": number, "respondent": how.respondent, "value": value}
                rows.append({**whose, **place, **levels})
            number += 1
    return frame(rows)


def answers(scores: pl.DataFrame, n_items: int = 6, flip: float = 0.2, seed: int = 0) -> pl.DataFrame:
    """Answers to items, 1 to 5, of every administration; so many of them are drawn at random."""
    rng = np.random.default_rng(seed)
    administrations = scores["administration"].unique(maintain_order=True).to_list()
    usual = rng.integers(1, 6, n_items)
    given = np.where(rng.random((len(administrations), n_items)) < flip, rng.integers(1, 6, n_items), usual)
    who, items = np.indices(given.shape)
    return pl.DataFrame(
        {
            "administration": np.array(administrations)[who.ravel()],
            "item": items.ravel() + 1,
            "value": given.ravel(),
        }
    )


NO_ANSWERS = pl.DataFrame(schema={"administration": pl.Int64, "item": pl.Int64, "value": pl.Int64})
