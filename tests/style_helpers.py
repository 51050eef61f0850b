"""Administrations with answers made by hand or by a generator, as ``Analysis`` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from emotionbench.analysis import ADMINISTRATION_SCHEMA
from emotionbench.comparisons.response_style import ResponseStyle, response_styles
from emotionbench.materials.instruments import Instrument
from emotionbench.plan import item_order
from emotionbench.records import Answer, AnswerStatus
from emotionbench.scoring import score

Value = int | str
ANSWER_SCHEMA = {
    "administration": pl.String,
    "item": pl.Int64,
    "position": pl.Int64,
    "value": pl.Int64,
    "status": pl.String,
}
SCORE_SCHEMA = {"administration": pl.String, "subscale": pl.String, "value": pl.Float64}


class Filled:
    """Collects filled-in answer sheets of one instrument; a word in place of a value is its status."""

    def __init__(self, instrument: Instrument, **constant: Any) -> None:
        self.instrument = instrument
        self.constant = {
            "respondent": "someone",
            "kind": "llm",
            "instrument": instrument.id,
            "protocol": "plain",
            "design": "independent",
            **constant,
        }
        self.administrations: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.scores: list[dict[str, Any]] = []

    def baseline(self, values: Sequence[Value], **changes: Any) -> Filled:
        return self.add(values, condition="baseline", **changes)

    def evoked(self, situation: str, values: Sequence[Value], **changes: Any) -> Filled:
        return self.add(values, condition="evoked", situation=situation, situation_set="tiny", **changes)

    def add(self, values: Sequence[Value], *, order: Sequence[int] | None = None, **labels: Any) -> Filled:
        """An administration; with no values at all it got no reply."""
        number = f"{self.constant['respondent']} {len(self.administrations)}"
        shown = list(order or range(1, len(values) + 1))
        n_valid = sum(isinstance(value, int) for value in values)
        lost = next((value for value in values if isinstance(value, str)), "server")
        row = {
            "administration": number,
            "outcome": "answered" if n_valid == self.instrument.n_items else "incomplete" if n_valid else lost,
            "n_valid": n_valid,
            "n_items": self.instrument.n_items,
            **self.constant,
            **labels,
        }
        self.administrations.append({**dict.fromkeys(ADMINISTRATION_SCHEMA), **row})
        found = [
            Answer(item, value, AnswerStatus.VALID)
            if isinstance(value, int)
            else Answer(item, None, AnswerStatus(value))
            for item, value in enumerate(values, 1)
        ]
        self.answers += [
            {
                "administration": number,
                "item": answer.item,
                "position": shown.index(answer.item) + 1,
                "value": answer.value,
                "status": answer.status.value,
            }
            for answer in found
        ]
        self.scores += [
            {"administration": number, "subscale": each.subscale, "value": each.value}
            for each in score(found, self.instrument)
        ]
        return self

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        return (
            pl.DataFrame(self.administrations, ADMINISTRATION_SCHEMA),
            pl.DataFrame(self.answers, ANSWER_SCHEMA),
            pl.DataFrame(self.scores, SCORE_SCHEMA),
        )

    def styles(self) -> tuple[ResponseStyle, ...]:
        return response_styles(*self.frames(), {self.instrument.id: self.instrument})

    def style(self) -> ResponseStyle:
        (found,) = self.styles()
        return found

    def many(self, values: Any, *, condition: str = "baseline", repeats: int = 1, seed: int = 0) -> Filled:
        """A sheet for each row of ``values``, in orders as planned; ``repeats`` of each situation unless baseline."""
        table = np.asarray(values)
        for number, row in enumerate(table.tolist()):
            cell, repeat = (0, number) if condition == "baseline" else divmod(number, repeats)
            situation = None if condition == "baseline" else f"fear-1-{cell}"
            order = item_order(self.instrument.n_items, f"{seed}|{condition}|{cell}", repeat)
            self.add(row, order=order, condition=condition, situation=situation, repeat=repeat)
        return self
