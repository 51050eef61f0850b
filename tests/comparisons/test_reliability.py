from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest

from emotionbench.collecting import ADMINISTRATION_SCHEMA
from emotionbench.comparisons.findings import Frames
from emotionbench.comparisons.reliability import EVERYONE_ONCE, Consistency, Reliability, reliabilities
from emotionbench.materials.instruments import Instrument
from emotionbench.records import Answer, AnswerStatus
from emotionbench.scoring import score
from emotionbench.statistics.reliability import cronbach_alpha, intraclass, mcdonald_omega, split_half

INSTRUMENT = Instrument.model_validate(
    {
        "id": "MOOD",
        "name": "Mood",
        "edition": "first",
        "language": "en",
        "validated": False,
        "source": "Made up for the tests.",
        "licence": "Apache-2.0",
        "instructions": "How do you feel?",
        "response_scale": {"lowest": 1, "highest": 5},
        "items": ["glad", "gloomy", "merry", "cheerful", "angry", "cross", "livid"],
        "subscales": {
            "up": {"name": "Up", "items": [1, 2, 3, 4], "reverse": [2]},
            "down": {"name": "Down", "items": [5, 6, 7]},
        },
        "score": {"rule": "sum"},
    }
)
Sheet = Sequence[int | None]


def framed(administrations: pl.DataFrame, answers: pl.DataFrame, scores: pl.DataFrame) -> Frames:
    labelled = administrations.drop("n_valid", "n_items").join(scores, on="administration", how="inner")
    return Frames(administrations, answers, scores, labelled, {"MOOD": INSTRUMENT})


class Sheets:
    """Collects administrations with all their answers, as a store gives them."""

    def __init__(self, **constant: Any) -> None:
        self.constant = {
            "respondent": "someone",
            "kind": "llm",
            "instrument": "MOOD",
            "protocol": "plain",
            "design": "independent",
            "outcome": "answered",
            "n_items": 7,
            **constant,
        }
        self.administrations: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.scores: list[dict[str, Any]] = []

    def put(self, sheet: Sheet | None, situation: str | None = None, repeat: int = 0, **changes: Any) -> None:
        """One administration; without a sheet it got no reply."""
        identifier = f"{self.constant['respondent']} {len(self.administrations)}"
        labels = {"condition": "evoked" if situation else "baseline", "situation": situation, "repeat": repeat}
        valid = [value for value in sheet or () if value is not None]
        row = {**dict.fromkeys(ADMINISTRATION_SCHEMA), **self.constant, **labels, **changes, "n_valid": len(valid)}
        self.administrations.append({**row, "administration": identifier})
        answers = [
            Answer(item, value, AnswerStatus.VALID if value is not None else AnswerStatus.MISSING)
            for item, value in enumerate(sheet or (), 1)
        ]
        self.answers += [
            {
                "administration": identifier,
                "item": a.item,
                "position": a.item,
                "value": a.value,
                "status": a.status.value,
            }
            for a in answers
        ]
        for one in score(answers, INSTRUMENT):
            self.scores.append({"administration": identifier, "subscale": one.subscale, "value": one.value})

    def frames(self) -> Frames:
        text, number = pl.String, pl.Int64
        administrations = pl.DataFrame(self.administrations, schema=ADMINISTRATION_SCHEMA, orient="row")
        answers = {"administration": text, "item": number, "position": number, "value": number, "status": text}
        scores = {"administration": text, "subscale": text, "value": pl.Float64}
        return framed(
            administrations,
            pl.DataFrame(self.answers, schema=answers, orient="row"),
            pl.DataFrame(self.scores, schema=scores, orient="row"),
        )

    def found(self, subscale: str = "up") -> Reliability:
        (one,) = (found for found in reliabilities(self.frames()) if found.subscale == subscale)
        return one


def sheets_of(n: int, seed: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """n sheets of seven answers from 1 to 5; the second item runs against the others."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, (n, 1))
    answers = 3 + common * np.array([1, -1, 1, 1, 0.7, 0.7, 0.7]) + rng.normal(0, 0.7, (n, 7))
    return np.clip(np.rint(answers), 1, 5).astype(np.int64)


def keyed(sheets: Any) -> Any:
    """The items of ``up`` with the reverse-keyed one reversed."""
    table = np.array(sheets, dtype=float)[..., :4]
    table[..., 1] = 6 - table[..., 1]
    return table


@dataclass
class Model:
    """Ten situations with four repeats each, and twelve baselines."""

    baseline: Any
    evoked: Any

    @classmethod
    def made(cls) -> Model:
        rng = np.random.default_rng(3)
        of_situation = np.rint(rng.normal(0, 1, (10, 1, 1)) * np.array([1, -1, 1, 1, 1, 1, 1]))
        return cls(sheets_of(12), np.clip(sheets_of(40, 2).reshape(10, 4, 7) + of_situation, 1, 5).astype(int))

    def sheets(self, **constant: Any) -> Sheets:
        collected = Sheets(**constant)
        for sheet in self.baseline.tolist():
            collected.put(sheet)
        for situation, repeats in enumerate(self.evoked.tolist()):
            for repeat, sheet in enumerate(repeats):
                collected.put(sheet, f"fear-1-{situation}", repeat)
        return collected


def of_condition(found: Reliability, condition: str) -> Consistency:
    (one,) = (one for one in found.consistency if one.condition == condition)
    return one


def test_the_baseline_counts_by_administration_with_reversed_items_reversed() -> None:
    model = Model.made()
    found = of_condition(model.sheets().found(), "baseline")
    table = keyed(model.baseline)
    assert (found.unit, found.n_units, found.n_excluded, found.n_administrations) == ("administration", 12, 0, 12)
    for measured, expected in (
        (found.alpha, cronbach_alpha(table)),
        (found.omega, mcdonald_omega(table)),
        (found.split_half, split_half(table)),
    ):
        assert measured.value == pytest.approx(expected.value)
        assert (measured.low, measured.why) == (pytest.approx(expected.low) if expected.low else None, expected.why)
    assert found.alpha.value is not None
    assert found.alpha.value > 0.5 > (cronbach_alpha(model.baseline[:, :4]).value or 0)


def test_after_imagining_the_situation_is_the_unit_of_a_model() -> None:
    model = Model.made()
    found = of_condition(model.sheets().found(), "evoked")
    assert (found.unit, found.n_units, found.n_excluded, found.n_administrations) == ("situation", 10, 0, 40)
    of_situations = cronbach_alpha(keyed(model.evoked).mean(axis=1))
    assert (found.alpha.value, found.alpha.low) == pytest.approx((of_situations.value, of_situations.low))
    pooled = cronbach_alpha(keyed(model.evoked).reshape(-1, 4))
    assert found.alpha.value != pytest.approx(pooled.value, abs=1e-3)


def test_the_person_is_the_unit_of_people_throughout() -> None:
    people = Sheets(kind="human", design="paired")
    before, after = sheets_of(30), sheets_of(30, 2)
    for person in range(30):
        people.put(before[person].tolist(), session=f"p{person}")
        people.put(after[person].tolist(), f"fear-1-{person % 3}", session=f"p{person}")
    found = people.found()
    assert of_condition(found, "baseline").alpha.value == pytest.approx(cronbach_alpha(keyed(before)).value)
    evoked = of_condition(found, "evoked")
    assert (evoked.unit, evoked.n_units) == ("administration", 30)
    assert evoked.alpha.value == pytest.approx(cronbach_alpha(keyed(after)).value)
    (retest,) = found.retest
    assert (retest.single.why, retest.mean.why, retest.n_situations) == (EVERYONE_ONCE, EVERYONE_ONCE, 0)


def test_what_is_missing_is_left_out_and_counted() -> None:
    model = Model.made()
    sheets = model.sheets()
    sheets.put([1, None, 3, 4, 5, 5, 5])
    sheets.put(None, outcome="server_error")
    sheets.put([None] * 7, "fear-1-98")
    sheets.put(None, "fear-1-99", outcome="server_error")
    up, down = sheets.found("up"), sheets.found("down")
    complete = of_condition(model.sheets().found("up"), "baseline")
    found = of_condition(up, "baseline")
    assert (found.n_units, found.n_excluded, found.n_administrations) == (12, 2, 14)
    assert found.alpha == complete.alpha
    assert (of_condition(down, "baseline").n_units, of_condition(down, "baseline").n_excluded) == (13, 1)
    evoked = of_condition(up, "evoked")
    assert (evoked.n_units, evoked.n_excluded, evoked.n_administrations) == (10, 2, 42)


def test_an_item_missing_in_one_repeat_leaves_the_mean_of_the_others() -> None:
    sheets = Sheets()
    tables = sheets_of(20).reshape(10, 2, 7)
    for situation, (first, second) in enumerate(tables.tolist()):
        sheets.put(first, f"fear-1-{situation}", 0)
        sheets.put([None, *second[1:]] if situation == 0 else second, f"fear-1-{situation}", 1)
    expected = keyed(tables).mean(axis=1)
    expected[0, 0] = tables[0, 0, 0]
    found = of_condition(sheets.found(), "evoked")
    assert (found.n_units, found.n_excluded) == (10, 0)
    assert found.alpha.value == pytest.approx(cronbach_alpha(expected).value)


def test_repeats_agree_as_the_intraclass_correlation_of_their_scores_says() -> None:
    model = Model.made()
    (found,) = model.sheets().found().retest
    scores = keyed(model.evoked).sum(axis=2)
    expected = intraclass(scores)
    assert (found.condition, found.n_situations, found.n_excluded, found.n_repeats) == ("evoked", 10, 0, 4)
    assert (found.single, found.mean) == (expected.single, expected.mean)


def test_situations_without_every_repeat_are_left_out_and_counted() -> None:
    model = Model.made()
    sheets = model.sheets()
    sheets.put([1, 2, 3, 4, 5, 5, 5], "fear-1-98", 0)
    for repeat in range(4):
        sheets.put([1, 2, None if repeat == 2 else 3, 4, 5, 5, 5], "fear-1-99", repeat)
    (up,), (down,) = sheets.found("up").retest, sheets.found("down").retest
    (complete,) = model.sheets().found("up").retest
    assert (up.n_situations, up.n_excluded, up.single) == (10, 2, complete.single)
    assert (down.n_situations, down.n_excluded) == (11, 1)


def test_the_order_of_rows_does_not_matter() -> None:
    sheets = Model.made().sheets()
    frames = sheets.frames()
    shuffled = framed(
        *(
            frame.sample(fraction=1, shuffle=True, seed=seed)
            for seed, frame in enumerate((frames.administrations, frames.answers, frames.scores))
        )
    )
    assert asdict(reliabilities(shuffled)[0])["retest"] == asdict(reliabilities(frames)[0])["retest"]
    one, other = (of_condition(reliabilities(each)[0], "evoked") for each in (shuffled, frames))
    assert one.alpha.value == pytest.approx(other.alpha.value)


def test_respondents_and_subscales_are_kept_apart() -> None:
    one, other = Model.made().sheets(), Sheets(respondent="other")
    for sheet in sheets_of(5, 9).tolist():
        other.put(sheet)
    one.administrations += other.administrations
    one.answers += other.answers
    one.scores += other.scores
    found = reliabilities(one.frames())
    assert [(r.respondent, r.subscale, r.subscale_name, r.n_items) for r in found] == [
        ("someone", "up", "Up", 4),
        ("someone", "down", "Down", 3),
        ("other", "up", "Up", 4),
        ("other", "down", "Down", 3),
    ]
    assert found[0] == Model.made().sheets().found()
    assert found[2].retest == ()
    assert of_condition(found[2], "baseline").n_units == 5


@pytest.mark.parametrize(
    ("sheet", "why"), [([1] * 7, "fewer than 2 items vary"), (None, "fewer than 3 units with every item answered")]
)
def test_a_respondent_that_never_varies_or_never_answers_says_why(sheet: Sheet | None, why: str) -> None:
    sheets = Sheets()
    for number in range(5):
        sheets.put(sheet)
        sheets.put(sheet, f"fear-1-{number}", 0)
        sheets.put(sheet, f"fear-1-{number}", 1)
    found = sheets.found()
    for one in found.consistency:
        assert (one.alpha.value, one.alpha.why) == (None, why)
    (retest,) = found.retest
    assert retest.single.value is None
    assert retest.single.why is not None


def test_everything_is_ready_for_json() -> None:
    found = reliabilities(Model.made().sheets().frames())
    assert json.loads(json.dumps([asdict(one) for one in found], allow_nan=False))[0]["retest"][0]["n_repeats"] == 4
