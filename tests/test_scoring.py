from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.records import Answer, AnswerStatus, Score
from emotionbench.scoring import expected_score, expected_score_columns, score, score_columns
from small_materials import INSTRUMENT, changed, instrument

PANAS, CHECKLIST = catalogue.instrument("PANAS"), catalogue.instrument("ECL-8")
MOOD = instrument()
INVALID = [status for status in AnswerStatus if status is not AnswerStatus.VALID]


def sheet(*values: int | None) -> list[Answer]:
    """Answers to items 1, 2, …; None for a missing one."""
    return [
        Answer(number, value, AnswerStatus.MISSING if value is None else AnswerStatus.VALID)
        for number, value in enumerate(values, 1)
    ]


def scored(found: Instrument, *values: int | None) -> dict[str, tuple[float | None, int, int]]:
    return {s.subscale: (s.value, s.n_valid, s.n_items) for s in score(sheet(*values), found)}


def ruled(*lines: str) -> Instrument:
    """The small instrument with another score rule."""
    return instrument(changed(INSTRUMENT, "  rule: sum\n", "".join(f"  {line}\n" for line in lines)))


def test_panas_by_hand() -> None:
    # positive: items 1 3 5 9 10 12 14 16 17 19 = 3+5+2+2+4+4+2+2+3+5; the other ten are negative
    answers = (3, 1, 5, 2, 2, 3, 1, 4, 2, 4, 5, 4, 1, 2, 1, 2, 3, 2, 5, 3)
    assert scored(PANAS, *answers) == {"positive": (32.0, 10, 10), "negative": (23.0, 10, 10)}


@pytest.mark.parametrize(("value", "total"), [(1, 10.0), (3, 30.0), (5, 50.0)])
def test_panas_runs_from_10_to_50(value: int, total: float) -> None:
    assert scored(PANAS, *[value] * 20) == {"positive": (total, 10, 10), "negative": (total, 10, 10)}


def test_the_emotions_checklist_by_hand() -> None:
    found = scored(CHECKLIST, 5, 4, 1, 3, 2, 1, 4, 5)
    assert {key: value for key, (value, _, _) in found.items()} == {
        "anger": 5,
        "anxiety": 4,
        "depression": 1,
        "frustration": 3,
        "jealousy": 2,
        "guilt": 1,
        "fear": 4,
        "embarrassment": 5,
    }


# up: items 1, 3, 5 and 4 reversed on 1 to 4; down: items 2, 6
@pytest.mark.parametrize(
    ("lines", "up", "down"),
    [
        (("rule: sum",), 4 + 3 + 2 + (1 + 4 - 1), 2 + 4),
        (("rule: mean",), 13 / 4, 3.0),
        (("rule: sum", "multiply: 2"), 26, 12),
        (("rule: mean", "multiply: 3"), 39 / 4, 9.0),
        (("rule: sum", "min_valid: 1"), 13, 6),
    ],
)
def test_reversal_rule_and_multiple_by_hand(lines: tuple[str, ...], up: float, down: float) -> None:
    assert scored(ruled(*lines), 4, 2, 3, 1, 2, 4) == {"up": (up, 4, 4), "down": (down, 2, 2)}


@pytest.mark.parametrize(
    ("lines", "up", "down"),
    [
        # without min_valid one gap voids the subscale, and only that one
        (("rule: sum",), None, 6.0),
        (("rule: mean",), None, 3.0),
        # 4 + 2 + (5 − 1) of three items, prorated to four
        (("rule: sum", "min_valid: 2"), 10 / 3 * 4, 6.0),
        (("rule: mean", "min_valid: 2"), 10 / 3, 3.0),
        (("rule: sum", "min_valid: 2", "multiply: 2"), 10 / 3 * 8, 12.0),
    ],
)
def test_a_missing_answer_by_hand(lines: tuple[str, ...], up: float | None, down: float) -> None:
    found = scored(ruled(*lines), 4, 2, None, 1, 2, 4)
    assert found["up"] == (up if up is None else pytest.approx(up), 3, 4)
    assert found["down"] == (down, 2, 2)


def test_too_few_answers_score_nothing_and_are_counted() -> None:
    assert scored(ruled("rule: sum", "min_valid: 2"), 4, 2, None, None, None, None) == {
        "up": (None, 1, 4),
        "down": (None, 1, 2),
    }
    assert scored(ruled("rule: mean", "min_valid: 1"), None, None, None, None, None, None) == {
        "up": (None, 0, 4),
        "down": (None, 0, 2),
    }


@pytest.mark.parametrize("status", INVALID)
def test_every_status_but_valid_voids_the_subscale(status: AnswerStatus) -> None:
    answers = [*sheet(4, 2, 3, 1, 2), Answer(6, None, status)]
    assert score(answers, MOOD) == (Score("up", 13.0, 4, 4), Score("down", None, 1, 2))


def test_answers_that_are_not_there_are_missing() -> None:
    assert score([], MOOD) == (Score("up", None, 0, 4), Score("down", None, 0, 2))


ANSWERS = st.lists(st.integers(1, 4) | st.none(), min_size=6, max_size=6)


@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(values: list[int | None], shuffler: random.Random) -> None:
    answers = sheet(*values)
    shuffled = sorted(answers, key=lambda _: shuffler.random())
    assert score(shuffled, MOOD) == score(answers, MOOD)


PRORATED = {least: ruled("rule: sum", f"min_valid: {least}") for least in (1, 2)}


@given(ANSWERS, st.sampled_from([1, 2]))
def test_a_prorated_score_stays_within_the_range_of_the_subscale(values: list[int | None], least: int) -> None:
    for subscale, (value, n_valid, n_items) in scored(PRORATED[least], *values).items():
        numbers = MOOD.subscales[subscale].items
        assert n_valid == sum(values[number - 1] is not None for number in numbers)
        assert n_items == len(numbers)
        assert (value is None) == (n_valid < least)
        assert value is None or n_items - 1e-9 <= value <= 4 * n_items + 1e-9


@given(st.lists(st.integers(1, 4), min_size=6, max_size=6))
def test_reversing_every_answer_mirrors_every_score(values: list[int]) -> None:
    mirrored = scored(MOOD, *(5 - value for value in values))
    for subscale, (value, _, n_items) in scored(MOOD, *values).items():
        assert value is not None
        assert mirrored[subscale][0] == 5 * n_items - value


RULES = [
    MOOD,
    PANAS,
    CHECKLIST,
    *(ruled(*lines) for lines in [("rule: mean",), ("rule: sum", "multiply: 2"), ("rule: mean", "multiply: 3")]),
    *(ruled(f"rule: {rule}", "min_valid: 1", "multiply: 2") for rule in ("sum", "mean")),
    ruled("rule: sum", "min_valid: 2"),
    ruled("rule: mean", "min_valid: 2"),
]


@given(st.data(), st.sampled_from(RULES))
def test_columns_score_what_is_scored_one_by_one(data: st.DataObject, asked: Instrument) -> None:
    scale = asked.response_scale
    answer = st.integers(scale.lowest, scale.highest) | st.none()
    rows = data.draw(st.lists(st.lists(answer, min_size=asked.n_items, max_size=asked.n_items), max_size=5))
    valid = np.array([[value is not None for value in row] for row in rows], bool).reshape(-1, asked.n_items)
    # what stands in place of an answer that is not valid must not matter
    values = np.array([[99 if value is None else value for value in row] for row in rows], int).reshape(valid.shape)
    found = score_columns(values, valid, asked)
    one_by_one = [score(sheet(*row), asked) for row in rows]
    assert found.scored.shape == found.n_valid.shape == (len(rows), len(asked.subscales))
    assert found.n_valid.tolist() == [[s.n_valid for s in scores] for scores in one_by_one]
    assert np.where(found.scored, found.values, None).tolist() == [[s.value for s in scores] for scores in one_by_one]
    assert np.isfinite(found.values).all()


def test_columns_by_hand() -> None:
    values = np.array([[4, 2, 3, 1, 2, 4], [4, 2, 0, 1, 2, 4]], np.int32)
    found = score_columns(values, values > 0, MOOD)
    assert found.values.tolist() == [[13.0, 6.0], [0.0, 6.0]]
    assert found.scored.tolist() == [[True, True], [False, True]]
    assert found.n_valid.tolist() == [[4, 2], [3, 2]]


def test_expected_scores_by_hand() -> None:
    """Three items from 0 to 10, the second reversed, scores twice the mean."""
    rule = MOOD.score.model_copy(update={"rule": "mean", "multiply": 2})
    asked = MOOD.model_copy(update={"score": rule})
    (key, subscale), ends = next(iter(MOOD.subscales.items())), MOOD.response_scale
    moments = dict.fromkeys(subscale.items, (ends.lowest + 0.5, 0.25))
    found = {one.subscale: (one.value, variance) for one, variance in expected_score(moments, asked)}
    n, n_reversed = len(subscale.items), len(subscale.reverse)
    total = (n - n_reversed) * (ends.lowest + 0.5) + n_reversed * (ends.highest - 0.5)
    assert found[key] == pytest.approx((2 * total / n, 4 * 0.25 / n))


@given(st.data(), st.sampled_from(RULES))
def test_expected_scores_have_the_moments_of_scores_of_every_sheet(data: st.DataObject, asked: Instrument) -> None:
    """Two items may be answered in two ways each: all four sheets are scored, and weighed by how likely they are."""
    scale, n = asked.response_scale, asked.n_items
    answer = st.integers(scale.lowest, scale.highest)
    sure = data.draw(st.lists(answer | st.none(), min_size=n, max_size=n))
    chances = st.tuples(answer, answer, st.floats(0, 1))
    unsure = data.draw(st.dictionaries(st.integers(1, n), chances, min_size=0, max_size=2))
    moments = {item: (float(value), 0.0) for item, value in enumerate(sure, 1) if value is not None}
    moments |= {item: ((1 - p) * a + p * b, p * (1 - p) * (b - a) ** 2) for item, (a, b, p) in unsure.items()}
    sheets = [(1.0, dict(enumerate(sure, 1)))]
    for item, (a, b, p) in unsure.items():
        sheets = [(w * q, {**s, item: v}) for w, s in sheets for v, q in ((a, 1 - p), (b, p))]
    scores = [(weight, score(sheet(*(one[i] for i in range(1, n + 1))), asked)) for weight, one in sheets]
    for place, (found, variance) in enumerate(expected_score(moments, asked)):
        values = [(weight, of_sheet[place].value) for weight, of_sheet in scores]
        assert (found.n_valid, found.n_items) == (scores[0][1][place].n_valid, scores[0][1][place].n_items)
        if values[0][1] is None:
            assert (found.value, variance) == (None, None)
            continue
        mean = sum(weight * value for weight, value in values if value is not None)
        spread = sum(weight * (value - mean) ** 2 for weight, value in values if value is not None)
        assert found.value == pytest.approx(mean)
        assert variance == pytest.approx(spread, abs=1e-9)


def test_a_sheet_scores_the_same_alone_and_among_others() -> None:
    """To the last digit: what stands in a table must not hang on what else was read."""
    rng = np.random.default_rng(5)
    expected, variances = rng.uniform(1, 5, (50, 20)), rng.uniform(0, 2, (50, 20))
    together = expected_score_columns(expected, variances, np.ones((50, 20), bool), PANAS)
    for row in range(50):
        alone = expected_score_columns(expected[[row]], variances[[row]], np.ones((1, 20), bool), PANAS)
        assert (alone.values[0].tolist(), alone.variances[0].tolist()) == (
            together.values[row].tolist(),
            together.variances[row].tolist(),
        )
