"""A small norm of scores of MOOD-6 (``small_materials``), as text and as a model, and scores to set beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from change_helpers import SCHEMA
from emotionbench.comparisons.norm_comparison import NormComparison, norm_comparisons
from emotionbench.documents import parse_document
from emotionbench.errors import MaterialError
from emotionbench.materials.score_norms import ScoreNorm
from small_materials import instrument

NORM = """\
id: mood-people
name: Moods of people
instruments: [MOOD-6]
source: Made up for the tests.
licence: Apache-2.0
groups:
  - name: women
    n: 112
    subscales:
      up: {mean: 10.2, sd: 2.1}
      down: {mean: 4.4, sd: 1.3}
  - name: men
    n: 57
    subscales:
      up: {mean: 9.0, sd: 2.4}
      down: {mean: 4.1, sd: 1.2}
"""


def norm(text: str = NORM) -> ScoreNorm:
    return parse_document(text, ScoreNorm, MaterialError, where="mood.yaml")


def frame(up: Sequence[float | None], down: Sequence[float | None] | None = None, **labels: Any) -> pl.DataFrame:
    """Baseline administrations of MOOD-6, each with a score for ``up`` and one for ``down`` (5 where not given)."""
    constant = {
        "respondent": "someone",
        "kind": "llm",
        "instrument": "MOOD-6",
        "protocol": "plain",
        "design": "independent",
        "condition": "baseline",
        **labels,
    }
    rows = [
        {
            **dict.fromkeys(SCHEMA),
            "administration": f"{constant['respondent']} {number}",
            "repeat": number,
            "outcome": "answered" if value is not None else "refused",
            **constant,
            "subscale": subscale,
            "value": value,
        }
        for number, both in enumerate(zip(up, down or [5.0] * len(up), strict=True))
        for subscale, value in zip(("up", "down"), both, strict=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def comparisons(*frames: pl.DataFrame, norms: Sequence[ScoreNorm] | None = None) -> tuple[NormComparison, ...]:
    """Everything in the frames beside the small norm, or those given."""
    return norm_comparisons(pl.concat(frames), {"MOOD-6": instrument()}, [norm()] if norms is None else norms)
