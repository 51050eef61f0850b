"""Labelled scores made by hand, as ``Analysis.labelled_scores`` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from emotionbench.analysis import ADMINISTRATION_SCHEMA
from emotionbench.comparisons.change import ChangeBlock, change_blocks
from emotionbench.comparisons.inference import Inference
from emotionbench.materials.norms import Norm
from emotionbench.statistics.contrasts import Contrast

SUBSCALES = {"up": "Up", "down": "Down"}
NOT_COMPARED = ("n_valid", "n_items", "edition", "form")
SCHEMA = {key: kind for key, kind in ADMINISTRATION_SCHEMA.items() if key not in NOT_COMPARED} | {
    "subscale": pl.String,
    "value": pl.Float64,
    "n_valid": pl.Int64,
    "n_items": pl.Int64,
}
Sheet = list[dict[str, Any]]
PUBLISHED = Inference.of("emotionbench-2024")


def unadjusted(contrast: Contrast) -> Contrast:
    """The contrast as it was before it was tested together with others."""
    return replace(contrast, family=None, n_tests=None, p_holm=None, p_bh=None)


class Scores:
    """Collects administrations; each has a value for ``up`` and one for ``down``, null where it has no score."""

    def __init__(self, **constant: Any) -> None:
        self.constant = {
            "respondent": "someone",
            "kind": "llm",
            "instrument": "MOOD",
            "protocol": "plain",
            "design": "independent",
            "outcome": "answered",
            **constant,
        }
        self.rows: Sheet = []

    def baseline(self, up: float | None, down: float | None = 5.0, **changes: Any) -> Scores:
        return self._add(up, down, {"condition": "baseline", **changes})

    def evoked(self, situation: str, up: float | None, down: float | None = 5.0, **changes: Any) -> Scores:
        """``situation`` such as fear-1-2; its emotion and factor follow from it."""
        emotion, number = situation.split("-")[:2]
        origin = {
            "condition": "evoked",
            "emotion": emotion,
            "factor": f"{emotion}-{number}",
            "factor_name": f"{emotion} cause {number}",
            "situation": situation,
            "situation_kind": "evoking",
            "situation_set": "tiny",
        }
        return self._add(up, down, {**origin, **changes})

    def control(self, situation: str, kind: str, up: float) -> Scores:
        """The neutral or positive counterpart of a situation."""
        return self.evoked(f"{situation}-{kind}", up, condition="control", situation_kind=kind)

    def pair(self, session: str, situation: str, before: float | None, after: float | None, **changes: Any) -> Scores:
        """A session in which ``up`` goes from before to after and ``down`` stays at 5."""
        self.baseline(before, design="paired", session=session)
        return self.evoked(situation, after, design="paired", session=session, **changes)

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.rows, schema=SCHEMA, orient="row")

    def block(self, norms: Sequence[Norm] = (), **options: Any) -> ChangeBlock:
        (found,) = change_blocks(self.frame(), {"MOOD": SUBSCALES}, norms, **options)
        return found

    def _add(self, up: float | None, down: float | None, labels: dict[str, Any]) -> Scores:
        administration = f"{self.constant['respondent']} {len(self.rows)}"
        if up is None or down is None:
            labels = {"outcome": "refused" if up is None and down is None else "incomplete", **labels}
        for subscale, value in (("up", up), ("down", down)):
            scored = {"subscale": subscale, "value": value, "n_valid": 0 if value is None else 4, "n_items": 4}
            row = {**dict.fromkeys(SCHEMA), "administration": administration, "repeat": 0, **self.constant, **labels}
            self.rows.append({**row, **scored})
        return self


def norm(factors: dict[str, tuple[float, int]], **changes: Any) -> Norm:
    """People's change on ``up`` and how many they are, factor by factor; ``down`` always changes by −1."""

    def row(factor: str | None, change: float, n: int) -> dict[str, Any]:
        up, down = (
            {
                "baseline": {"mean": 12.0, "sd": 3.0},
                "evoked": {"mean": 12.0 + moved, "sd": 3.0},
                "change": {"mean": moved, "sd": 2.0},
                "r": 0.5,
            }
            for moved in (change, -1.0)
        )
        emotion = factor.split("-")[0] if factor else None
        return {"emotion": emotion, "factor": factor, "n": n, "subscales": {"up": up, "down": down}}

    content = {
        "id": "people",
        "name": "People",
        "instrument": "MOOD",
        "situation_set": "theirs",
        "source": "Made up for the tests.",
        "licence": "Apache-2.0",
        "source_sha256": "0" * 64,
        "n": 100,
        "n_excluded": 0,
        "rows": [row(None, 0.0, 100), *(row(factor, *people) for factor, people in factors.items())],
    }
    return Norm.model_validate({**content, **changes})
