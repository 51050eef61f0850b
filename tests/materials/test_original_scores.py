"""Every instrument of the originals: an answer sheet scored by hand, and the shape that it was published with."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.imports.emotionbench_csv import read_csv
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.original_instruments import convert_questionnaires as convert_emotionbench
from emotionbench.materials.original_psychobench import convert_questionnaires as convert_psychobench
from emotionbench.parsing import parse
from emotionbench.records import Answer, AnswerStatus, Condition
from emotionbench.scoring import score
from golden_emotionbench import EMOTIONBENCH, Sheet
from golden_psychobench import PSYCHOBENCH

GOLDEN = {**EMOTIONBENCH, **PSYCHOBENCH}
# items, lowest, highest, rule, factor, items of each subscale
SHAPES = {
    "emotionbench-PANAS": (20, 1, 5, "sum", 1, [10, 10]),
    "AGQ": (29, 1, 7, "sum", 1, [29, 9, 5, 7, 8]),
    "DASS-21": (21, 0, 3, "sum", 2, [7, 7, 7, 21]),
    "BDI": (21, 0, 3, "sum", 1, [21]),
    "FDS": (28, 1, 5, "sum", 1, [28, 7, 7, 7, 7]),
    "MJS": (24, 1, 7, "sum", 1, [8, 8, 8]),
    "GASP": (16, 1, 7, "sum", 1, [4, 4, 4, 4]),
    "FSS": (52, 1, 5, "sum", 1, [52, 13, 13, 12, 8, 6]),
    "BFNE": (12, 1, 5, "sum", 1, [12]),
    "BFI": (44, 1, 5, "mean", 1, [8, 9, 9, 8, 10]),
    "EPQ-R": (100, 0, 1, "sum", 1, [23, 32, 24, 21]),
    "DTDD": (12, 1, 9, "mean", 1, [4, 4, 4]),
    "BSRI": (60, 1, 7, "mean", 1, [20, 20]),
    "CABIN": (164, 1, 5, "mean", 1, [4] * 41),
    "ICB": (8, 1, 6, "mean", 1, [8]),
    "ECR-R": (36, 1, 7, "mean", 1, [18, 18]),
    "GSE": (10, 1, 4, "sum", 1, [10]),
    "LOT-R": (10, 0, 4, "sum", 1, [6]),
    "LMS": (9, 1, 5, "mean", 1, [3, 3, 3]),
    "EIS": (33, 1, 5, "sum", 1, [33]),
    "WLEIS": (16, 1, 7, "mean", 1, [4, 4, 4, 4]),
    "Empathy": (10, 1, 7, "mean", 1, [10]),
}


@pytest.fixture(scope="module")
def instruments(upstream: Path) -> dict[str, Instrument]:
    found = [
        *convert_emotionbench(upstream / "EmotionBench" / "questionnaires.json").values(),
        *convert_psychobench(upstream / "PsychoBench" / "questionnaires.json").values(),
    ]
    return {instrument.id: instrument for instrument in found}


def scores_of(values: list[int], instrument: Instrument) -> dict[str, float | None]:
    answers = [Answer(number, value, AnswerStatus.VALID) for number, value in enumerate(values, 1)]
    return {one.subscale: one.value for one in score(answers, instrument)}


def test_nine_and_thirteen_are_covered(instruments: dict[str, Instrument]) -> None:
    assert len(EMOTIONBENCH) == 9
    assert len(PSYCHOBENCH) == 13
    assert set(instruments) == set(GOLDEN) == set(SHAPES)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_sheet_scores_what_it_scores_by_hand(instruments: dict[str, Instrument], name: str) -> None:
    sheet: Sheet = GOLDEN[name]
    found = scores_of(sheet.values, instruments[name])
    assert found == pytest.approx(sheet.scores, abs=1e-12)
    assert set(found) == set(sheet.scores)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_keys_are_those_published(instruments: dict[str, Instrument], name: str) -> None:
    subscales = instruments[name].subscales
    for key in GOLDEN[name].keys:
        items, reverse = GOLDEN[name].key(key)
        assert (sorted(subscales[key].items), sorted(subscales[key].reverse)) == (sorted(items), sorted(reverse)), key


@pytest.mark.parametrize("name", SHAPES)
def test_range_rule_and_sizes_are_those_published(instruments: dict[str, Instrument], name: str) -> None:
    one = instruments[name]
    scale, rule = one.response_scale, one.score
    sizes = [len(subscale.items) for subscale in one.subscales.values()]
    assert (one.n_items, scale.lowest, scale.highest, rule.rule, rule.multiply, sizes) == SHAPES[name]


@pytest.mark.parametrize("name", GOLDEN)
def test_scores_reach_both_ends_and_reversing_mirrors_them(instruments: dict[str, Instrument], name: str) -> None:
    one = instruments[name]
    scale = one.response_scale
    for key, subscale in one.subscales.items():
        most = [scale.lowest if number in subscale.reverse else scale.highest for number in range(1, one.n_items + 1)]
        least = [scale.lowest + scale.highest - value for value in most]
        n = len(subscale.items) * one.score.multiply if one.score.rule == "sum" else 1
        assert (scores_of(least, one)[key], scores_of(most, one)[key]) == (scale.lowest * n, scale.highest * n)


def test_recorded_answers_score_with_the_keys_and_the_factor(upstream: Path) -> None:
    folder = upstream / "EmotionBench"
    means: dict[str, tuple[float, float]] = {}
    for name in ("AGQ", "DASS-21", "FDS"):
        file = folder / "results" / "Challenging Bench" / f"gpt-3.5-turbo-{name}-testing.csv"
        recording = read_csv(file, folder / "questionnaires.json", folder / "situations.json")
        scored, raw = [], []
        for administration, attempt in recording.administrations:
            if administration.condition is Condition.BASELINE:
                answers = parse(str(attempt.reply), recording.instrument, administration.order)
                scored.append(next(s.value for s in score(answers, recording.instrument) if s.subscale == "overall"))
                raw.append(sum(answer.value or 0 for answer in answers))
        means[name] = (sum(value or 0 for value in scored) / 10, sum(raw) / 10)
    assert means["AGQ"] == pytest.approx((117.3, 128.3))
    assert means["DASS-21"] == pytest.approx((65.0, 32.5))
    assert means["FDS"] == pytest.approx((91.6, 91.6))
