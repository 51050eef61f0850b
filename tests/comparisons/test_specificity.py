"""Specificity: a small matrix by hand, planted patterns, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from change_helpers import SCHEMA
from emotionbench import Study, analyse, run
from emotionbench.comparisons.change import change_blocks
from emotionbench.comparisons.specificity import Specificity, specificities
from emotionbench.statistics.contrasts import gap, plain_mean, stratified_mean
from emotionbench.statistics.proportions import wilson

EMOTIONS = {"anger": "Anger", "fear": "Fear", "guilt": "Guilt"}
Values = list[float | None]


class Felt:
    """Collects administrations with a value for anger, fear and guilt."""

    def __init__(self, **constant: Any) -> None:
        self.constant = {
            "respondent": "someone",
            "kind": "llm",
            "instrument": "THREE",
            "protocol": "plain",
            "design": "independent",
            "outcome": "answered",
            "repeat": 0,
            **constant,
        }
        self.rows: list[dict[str, Any]] = []

    def baseline(self, *values: float | None, **changes: Any) -> Felt:
        return self._add(values, {"condition": "baseline", **changes})

    def evoked(self, situation: str, *values: float | None, **changes: Any) -> Felt:
        emotion, number = situation.split("-")[:2]
        labels = {
            "condition": "evoked",
            "emotion": emotion,
            "factor": f"{emotion}-{number}",
            "factor_name": f"{emotion} {number}",
            "situation": situation,
            "situation_kind": "evoking",
            "situation_set": "tiny",
        }
        return self._add(values, {**labels, **changes})

    def pair(self, session: str, situation: str, before: Values, after: Values) -> Felt:
        self.baseline(*before, design="paired", session=session)
        return self.evoked(situation, *after, design="paired", session=session)

    def _add(self, values: tuple[float | None, ...], labels: dict[str, Any]) -> Felt:
        number = str(len(self.rows))
        outcome = {"outcome": "refused"} if None in values else {}
        for subscale, value in zip(EMOTIONS, values, strict=True):
            scored = {"administration": number, "subscale": subscale, "value": value, "n_valid": 1, "n_items": 1}
            self.rows.append({**dict.fromkeys(SCHEMA), **self.constant, **outcome, **labels, **scored})
        return self

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(self.rows, SCHEMA, orient="row")

    def specificity(self, names: dict[str, str] | None = None) -> Specificity:
        (found,) = specificities(self.frame(), {"THREE": names or EMOTIONS})
        return found


def three() -> Felt:
    """Two situations of each emotion: anger moves itself by 3, fear by 2, guilt everything alike by 1."""
    felt = Felt().baseline(1, 1, 1).baseline(2, 1, 0)
    felt.evoked("anger-1-1", 5, 1, 1).evoked("anger-1-2", 4, 1, 0)
    felt.evoked("fear-1-1", 1.5, 3, 0.5).evoked("fear-1-2", 1.5, 3, 0.5)
    return felt.evoked("guilt-1-1", 2.5, 2, 1.5).evoked("guilt-1-2", 2.5, 2, 1.5)


def test_matrix_by_hand() -> None:
    found = three().specificity()
    assert found.emotions == ("anger", "guilt", "fear")
    assert [[cell.change.value for cell in row] for row in found.cells] == [
        [3.0, 0.0, 0.0],
        [1.0, 1.0, 1.0],
        [0.0, 0.0, 2.0],
    ]
    assert [(cell.evoked, cell.answered) for cell in found.cells[2]] == [
        ("fear", "anger"),
        ("fear", "guilt"),
        ("fear", "fear"),
    ]
    assert [each.dominance.value for each in found.by_emotion] == [3.0, 0.0, 2.0]
    assert found.dominance.value == pytest.approx(5 / 3)
    assert found.hits.value == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert [each.hits.value for each in found.by_emotion] == [1.0, pytest.approx(1 / 3), 1.0]
    assert found.chance == pytest.approx(1 / 3)
    assert (found.n_baseline, found.n_situations, found.n_administrations) == (2, 6, 6)
    assert [each.n_situations for each in found.by_emotion] == [2, 2, 2]


def test_intervals_are_those_of_welch_over_situations() -> None:
    cell = three().specificity().cells[0][0]
    expected = gap(plain_mean([1, 2]), plain_mean([5, 4]))
    assert (cell.change.low, cell.change.high) == expected.interval()
    assert cell.n_situations == 2


def test_cells_are_the_changes_of_the_other_tables() -> None:
    rng = np.random.default_rng(3)
    felt = Felt()
    for _ in range(6):
        felt.baseline(*rng.integers(1, 6, 3).astype(float).tolist())
    for emotion in EMOTIONS:
        for factor in (1, 2):
            for situation in range(factor + 1):
                for _ in range(2):
                    felt.evoked(f"{emotion}-{factor}-{situation}", *rng.integers(1, 6, 3).astype(float).tolist())
    (block,) = change_blocks(felt.frame(), {"THREE": EMOTIONS}, ())
    rows = {row.emotion: row for row in block.rows if row.kind == "emotion"}
    for row in felt.specificity().cells:
        for cell in row:
            assert cell.change.value == pytest.approx(rows[cell.evoked].contrasts[cell.answered].difference)


def test_repeats_are_averaged_first() -> None:
    felt = three()
    for _ in range(50):
        felt.evoked("anger-1-1", 5, 1, 1)
    once, often = three().specificity(), felt.specificity()
    assert often.cells == once.cells
    assert often.dominance == once.dominance
    assert often.hits == once.hits
    assert (often.n_administrations, often.by_emotion[0].n_administrations) == (56, 52)


def test_paired_changes_are_within_sessions() -> None:
    felt = Felt(design="paired")
    felt.pair("a", "anger-1-1", [1, 1, 1], [3, 1, 1]).pair("b", "anger-1-2", [4, 2, 2], [5, 2, 2])
    felt.pair("c", "fear-1-1", [5, 1, 1], [5, 2, 1]).pair("d", "fear-1-2", [1, 1, 1], [1, 3, 1])
    found = felt.specificity({"anger": "Anger", "fear": "Fear"})
    assert [[cell.change.value for cell in row] for row in found.cells] == [[1.5, 0.0], [0.0, 1.5]]
    assert found.cells[0][0].change.low == pytest.approx(1.5 - 12.7062 * 0.5, rel=1e-4)
    assert (found.dominance.value, found.hits.value) == (1.5, 1.0)


def test_a_session_without_a_scored_before_is_left_out_and_counted() -> None:
    felt = Felt(design="paired")
    felt.pair("a", "anger-1-1", [1, 1, 1], [3, 1, 1]).pair("b", "anger-1-2", [4, 2, 2], [5, 2, 2])
    felt.pair("c", "fear-1-1", [1, None, 1], [1, 2, 1]).pair("d", "fear-1-2", [1, 1, 1], [1, 3, 1])
    found = felt.specificity()
    assert found.emotions == ("anger", "fear")
    assert found.n_excluded == {"baseline not scored": 1}
    assert found.n_baseline_excluded == {"refused": 1}
    assert found.cells[1][1].n_situations == 1
    assert found.cells[1][1].change.value == 2.0
    assert found.cells[1][1].change.why
    assert found.dominance.value == pytest.approx(1.75)
    assert found.dominance.low is None
    assert "one unit" in (found.dominance.why or "")


def test_missing_scores_count_where_they_are_missing_only() -> None:
    felt = three().evoked("anger-1-3", 5, None, 1).baseline(None, None, None)
    found = felt.specificity()
    assert found.n_excluded == {"refused": 1}
    assert found.n_baseline_excluded == {"refused": 1}
    assert [cell.n_situations for cell in found.cells[0]] == [3, 3, 2]
    assert found.by_emotion[0].n_situations == 2


def test_all_refused() -> None:
    felt = Felt()
    for situation in ("anger-1-1", "fear-1-1"):
        felt.evoked(situation, None, None, None)
    found = felt.baseline(None, None, None).specificity()
    assert found.n_situations == 0
    for estimate in (found.dominance, found.hits, found.cells[0][1].change, found.by_emotion[0].dominance):
        assert estimate.value is None
        assert estimate.why


def test_one_emotion_refused_leaves_the_others() -> None:
    felt = Felt().baseline(1, 1, 1).baseline(2, 1, 0).evoked("anger-1-1", 5, 1, 1).evoked("anger-1-2", 4, 1, 0)
    found = felt.evoked("fear-1-1", None, None, None).specificity()
    assert found.by_emotion[0].dominance.low is not None
    assert found.dominance.value is None
    assert found.dominance.why == "no situation of an evoked emotion has all emotions scored"


def test_without_a_baseline_only_what_needs_none_is_estimated() -> None:
    felt = three()
    felt.rows = [row for row in felt.rows if row["condition"] != "baseline"]
    found = felt.specificity()
    assert found.cells[0][0].change.why == "the baseline is not scored"
    assert found.by_emotion[0].dominance.why == "the baseline is not scored"
    assert found.hits.why == "the baseline is not scored"
    assert found.dominance == three().specificity().dominance


def test_answers_that_are_all_alike() -> None:
    felt = Felt()
    for _ in range(3):
        felt.baseline(3, 3, 3)
    for emotion in EMOTIONS:
        for number in (1, 2, 3):
            felt.evoked(f"{emotion}-1-{number}", 3, 3, 3)
    found = felt.specificity()
    assert (found.dominance.value, found.dominance.low, found.dominance.why) == (0.0, None, "the scores do not vary")
    expected = wilson(3, 9)
    assert found.hits.value == pytest.approx(found.chance)
    assert found.hits.low == pytest.approx(expected.low)
    assert found.hits.high == pytest.approx(expected.high)


def test_ignoring_the_situation_hits_by_chance_however_many_situations_an_emotion_has() -> None:
    felt = Felt().baseline(1, 1, 1).baseline(1, 1, 1)
    for emotion, n in (("anger", 9), ("fear", 2), ("guilt", 3)):
        for number in range(n):
            felt.evoked(f"{emotion}-1-{number}", 5, 2, 1)
    found = felt.specificity()
    assert found.hits.value == pytest.approx(1 / 3)
    assert found.hits.low is not None
    assert found.hits.high is not None
    assert found.hits.low < 1 / 3 < found.hits.high


@pytest.mark.parametrize("names", [{"up": "Up", "down": "Down"}, {"anger": "Anger", "calm": "Calm"}])
def test_instruments_of_something_else_have_none(names: dict[str, str]) -> None:
    assert specificities(three().frame(), {"THREE": names}) == ()


def test_one_emotion_evoked_has_none() -> None:
    assert specificities(Felt().baseline(1, 1, 1).evoked("anger-1-1", 3, 1, 1).frame(), {"THREE": EMOTIONS}) == ()


def test_control_situations_are_not_evoked() -> None:
    felt = three().evoked("anger-1-1-positive", 1, 5, 5, condition="control", situation_kind="positive")
    assert felt.specificity() == three().specificity()


def test_coverage_of_a_matrix_cell() -> None:
    """Factors and situations differ, two repeats each are averaged, and ten baselines are noisy."""
    rng = np.random.default_rng(17)
    factors, n_studies, covered = np.repeat(np.arange(4), 3), 2_000, 0
    factor_means = np.array([0.5, 1.0, 1.5, 1.0])[factors]
    for _ in range(n_studies):
        repeats = 2 + factor_means + rng.normal(0, 0.8, 12) + rng.normal(0, 0.5, (2, 12))
        low, high = gap(plain_mean(rng.normal(2, 0.7, 10)), stratified_mean(repeats.mean(axis=0), factors)).interval()
        assert low is not None
        assert high is not None
        covered += low <= 1.0 <= high
    assert 0.93 <= covered / n_studies <= 0.97, covered / n_studies


def test_a_store_end_to_end(tmp_path: Path) -> None:
    study = Study(
        respondents=["uniform", "constant"],
        instruments=["ECL-8", "PANAS"],
        emotions=["anger", "fear", "guilt"],
        situations_per_factor=2,
    )
    run(study, tmp_path / "s.db")
    analysis = analyse(tmp_path / "s.db")
    found = {each.respondent: each for each in specificities(analysis.labelled_scores, analysis.subscale_names)}
    assert [each.instrument for each in found.values()] == ["ECL-8", "ECL-8"]
    assert found["uniform"].emotions == ("anger", "guilt", "fear")
    assert found["uniform"].dominance.low is not None
    assert not found["uniform"].dominance.excludes(0)
    assert found["constant"].dominance.value == 0.0
