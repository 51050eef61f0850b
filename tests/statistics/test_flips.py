from __future__ import annotations

from itertools import combinations
from time import process_time

import numpy as np
import pytest
from numpy.typing import NDArray

from emotionbench.statistics.flips import LEAST_GROUPS, NO_PAIRS, FlipFindings, Flips, flip_findings

Sheets = NDArray[np.float64]


def found_of(sheets: Sheets, forms: NDArray[np.generic], ways: dict[str, NDArray[np.intp]]) -> FlipFindings:
    """Sheets are administrations × items."""
    who, items = np.indices(sheets.shape)
    return flip_findings((who.ravel(), items.ravel(), sheets.ravel()), forms, ways)


def plain(sheets: Sheets, pairs: list[tuple[int, int]]) -> tuple[int, float, float]:
    """Number of pairs of answers, the share that differ, and by how much, from the pairs themselves."""
    apart = np.concatenate([sheets[a] - sheets[b] for a, b in pairs]) if pairs else np.zeros(0)
    apart = np.abs(apart[np.isfinite(apart)])
    return apart.size, float(np.mean(apart > 0)), float(np.mean(apart))


def example(seed: int = 0) -> tuple[Sheets, NDArray[np.intp], dict[str, NDArray[np.intp]]]:
    rng = np.random.default_rng(seed)
    forms = rng.integers(0, 12, 40)
    ways = {"a": forms % 2, "b": forms // 2 % 3, "c": forms // 6}
    sheets = rng.integers(1, 6, (40, 7)).astype(float)
    sheets[rng.random(sheets.shape) < 0.1] = np.nan
    return sheets, forms, ways


def test_counts_are_those_of_the_pairs_themselves() -> None:
    sheets, forms, ways = example()
    found = found_of(sheets, forms, ways)
    every = list(combinations(range(40), 2))
    expected = {"repeats": [(a, b) for a, b in every if forms[a] == forms[b]]}
    expected["any"] = [(a, b) for a, b in every if forms[a] != forms[b]]
    for way in ways:
        expected[way] = [(a, b) for a, b in every if [name for name in ways if ways[name][a] != ways[name][b]] == [way]]
    named = {"repeats": found.repeats, "any": found.any_forms, **found.by_way}
    for name, pairs in expected.items():
        flips = named[name]
        assert (flips.n_pairs, flips.share.value, flips.points.value) == pytest.approx(plain(sheets, pairs)), name


def test_chance_is_what_answers_drawn_at_random_do() -> None:
    sheets, forms, ways = example(1)
    found = found_of(sheets, forms, ways)
    values = sheets[np.isfinite(sheets)]
    apart = np.abs(values[:, None] - values[None, :])
    assert found.chance_share == pytest.approx(np.mean(apart > 0))
    assert found.chance_points == pytest.approx(apart.mean())
    assert found.n_answers == values.size
    assert found.n_missing == sheets.size - values.size
    assert found.n_administrations == 40


def test_answers_that_one_way_alone_flips() -> None:
    forms = np.repeat(np.arange(8), 3)
    ways = {"language": forms % 4, "order": forms // 4}
    # the first of five items is answered 1 in one order and 4 in the other, whatever the language
    sheets = np.full((24, 5), 2.0)
    sheets[:, 0] = np.where(ways["order"] == 1, 4.0, 1.0)
    found = found_of(sheets, forms, ways)
    assert (found.repeats.share.value, found.by_way["language"].share.value) == (0.0, 0.0)
    assert found.by_way["order"].share.value == pytest.approx(1 / 5)
    assert found.by_way["order"].points.value == pytest.approx(3 / 5)
    assert found.by_way["order"].n_groups == 4
    assert found.repeats.n_groups == 8


def test_forms_that_differ_in_more_than_one_way_are_not_compared() -> None:
    forms = np.arange(6)
    found = found_of(np.ones((6, 2)), forms, {"a": np.arange(6), "b": np.arange(6)})
    assert found.by_way["a"].n_pairs == found.by_way["b"].n_pairs == found.repeats.n_pairs == 0
    assert found.by_way["a"].share.why == NO_PAIRS
    assert found.any_forms.n_pairs == 15 * 2


def interval(flips: Flips) -> tuple[float, float]:
    assert flips.share.low is not None
    assert flips.share.high is not None
    return flips.share.low, flips.share.high


@pytest.mark.parametrize("n_forms", [25, 60])
def test_intervals_cover_though_items_of_a_form_flip_together(n_forms: int) -> None:
    rng = np.random.default_rng(n_forms)
    forms = np.repeat(np.arange(n_forms), 2)
    covered = []
    for _ in range(300):
        # each form has its own chance to flip: that of all is 0.3 on average
        chance = rng.beta(3, 7, n_forms)
        sheets = np.full((2 * n_forms, 10), 2.0)
        sheets[1::2] += rng.random((n_forms, 10)) < chance[:, None]
        low, high = interval(found_of(sheets, forms, {"a": forms}).repeats)
        covered.append(low <= 0.3 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_intervals_of_one_way_cover() -> None:
    rng = np.random.default_rng(2)
    forms = np.arange(60)
    ways = {"order": forms % 2, "rest": forms // 2}
    covered = []
    for _ in range(300):
        sheets = np.full((60, 8), 3.0)
        sheets[1::2] += rng.random((30, 8)) < 0.2
        low, high = interval(found_of(sheets, forms, ways).by_way["order"])
        covered.append(low <= 0.2 <= high)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_few_groups_have_no_interval() -> None:
    sheets = np.array([[1.0, 2], [1, 3], [2, 2], [2, 2]])
    found = found_of(sheets, np.array([0, 0, 1, 1]), {"a": np.array([0, 0, 1, 1])}).repeats
    assert found.share.value == pytest.approx(1 / 4)
    assert (found.share.low, found.share.why) == (
        None,
        f"fewer than {LEAST_GROUPS} groups of forms, too few for an interval",
    )


def test_answers_that_never_flip_have_no_interval_but_a_share() -> None:
    forms = np.repeat(np.arange(10), 2)
    found = found_of(np.full((20, 3), 4.0), forms, {"a": forms % 2, "b": forms // 2})
    assert (found.repeats.share.value, found.repeats.share.low) == (0.0, None)
    assert found.repeats.share.why == "groups of forms do not differ: no interval"
    assert (found.chance_share, found.chance_points) == (0.0, 0.0)


def test_no_valid_answer_at_all() -> None:
    found = found_of(np.full((4, 2), np.nan), np.arange(4), {"a": np.arange(4)})
    assert (found.chance_share, found.n_answers, found.n_missing) == (None, 0, 8)
    assert found.repeats.share.why == found.any_forms.share.why == found.by_way["a"].points.why == NO_PAIRS


def test_words_and_numbers_are_the_same_forms() -> None:
    sheets, forms, ways = example(3)
    words = {way: codes.astype(str).astype(object) for way, codes in ways.items()}
    assert found_of(sheets, forms.astype(str).astype(object), words) == found_of(sheets, forms, ways)
    assert found_of(sheets, forms * 100_000 + 7, ways) == found_of(sheets, forms, ways)


def test_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="as many"):
        flip_findings(([0, 1], [0], [1.0, 2.0]), [0, 1], {"a": [0, 1]})
    with pytest.raises(ValueError, match="2, one an administration"):
        flip_findings(([0, 1], [0, 0], [1.0, 2.0]), [0, 1], {"a": [0]})


def test_a_million_answers_take_little_time() -> None:
    rng = np.random.default_rng(0)
    forms = np.tile(np.arange(2500), 10)
    ways = {"a": forms % 10, "b": forms // 10 % 5, "c": forms // 50 % 5, "d": forms // 250 % 5, "e": forms // 1250}
    sheets = rng.integers(1, 6, (25_000, 44)).astype(float)
    start = process_time()
    found = found_of(sheets, forms, ways)
    assert process_time() - start < 8
    assert found.repeats.share.value == pytest.approx(0.8, abs=0.01)
    assert found.repeats.n_pairs == 2500 * 45 * 44
