"""Fractions of a grid: how even they are, what they tell apart, and what they refuse."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from emotionbench.errors import StudyError
from emotionbench.fractions import Balance, balance, fraction, smallest_n

FORMS = (5, 5, 10, 5, 2)
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def dummies(rows: list[tuple[int, ...]] | tuple[tuple[int, ...], ...], levels: tuple[int, ...]) -> Floats:
    """The mean and each level but the first as 0 and 1, made without the module's own code."""
    columns = [[1.0] * len(rows)]
    for k, count in enumerate(levels):
        columns += [[float(row[k] == level) for row in rows] for level in range(1, count)]
    return np.array(columns).T


def most_uneven_pair(rows: tuple[tuple[int, ...], ...], levels: tuple[int, ...]) -> int:
    spreads = []
    for a, b in itertools.combinations(range(len(levels)), 2):
        counts = Counter((row[a], row[b]) for row in rows)
        cells = [counts[cell] for cell in itertools.product(range(levels[a]), range(levels[b]))]
        spreads.append(max(cells) - min(cells))
    return max(spreads)


@cache
def forms(n: int) -> tuple[tuple[int, ...], ...]:
    """A fraction of the 2,500 forms; made once, for the larger ones take a second or two."""
    return fraction(FORMS, n, seed=3)


@pytest.mark.parametrize(("n", "pair_spread", "d_efficiency"), [(250, 1, 0.999), (100, 2, 0.999), (50, 2, 0.99)])
def test_the_2500_forms(n: int, pair_spread: int, d_efficiency: float) -> None:
    rows = forms(n)
    assert len(set(rows)) == n
    for k, count in enumerate(FORMS):
        assert Counter(row[k] for row in rows) == dict.fromkeys(range(count), n // count)
    assert most_uneven_pair(rows, FORMS) <= pair_spread
    found = balance(rows, FORMS)
    assert found.pair_spread == most_uneven_pair(rows, FORMS)
    assert found.d_efficiency > d_efficiency
    assert found.n_parameters == np.linalg.matrix_rank(dummies(rows, FORMS)) == 23


@pytest.mark.parametrize(
    ("levels", "n"),
    [((2,) * 7, 8), ((2,) * 11, 12), ((3,) * 4, 9), ((3, 3, 3, 2), 18), ((2, 2, 2, 4), 8)],
)
def test_orthogonal_arrays_are_found_where_there_are(levels: tuple[int, ...], n: int) -> None:
    found = balance(fraction(levels, n, seed=0), levels)
    assert (found.pair_spread, set(found.level_spread)) == (0, {0})
    assert found.d_efficiency == pytest.approx(1)
    assert found.condition == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_any_fraction_is_even_and_estimable(levels: list[int], data: st.DataObject) -> None:
    grid = int(np.prod(levels))
    n_parameters = 1 + sum(count - 1 for count in levels)
    n = data.draw(st.integers(n_parameters, max(grid, n_parameters)))
    rows = fraction(levels, n, seed=data.draw(st.integers(0, 5)))
    assert len(set(rows)) == len(rows) == min(n, grid)
    assert list(rows) == sorted(rows)
    for k, count in enumerate(levels):
        occurs = Counter(row[k] for row in rows)
        assert set(occurs) <= set(range(count))
        assert max(occurs.values()) - min(occurs[level] for level in range(count)) <= 1
    assert np.linalg.matrix_rank(dummies(rows, tuple(levels))) == n_parameters


def test_250_of_2500_take_seconds() -> None:
    started = time.process_time()
    assert len(fraction(FORMS, 250, seed=11)) == 250
    assert time.process_time() - started < 5


def test_the_same_rows_on_every_machine() -> None:
    """The digest was taken with NumPy 2.4; whole numbers are reckoned alike by every version."""
    digests = {
        seed: hashlib.sha256(repr(fraction((4, 3, 3, 2), 24, seed=seed)).encode()).hexdigest()[:16] for seed in (0, 1)
    }
    assert digests == {0: "94c94f33dc46e188", 1: "6d76ed5c6af8eee7"}


def test_n_as_large_as_the_grid_gives_the_grid() -> None:
    whole = tuple(itertools.product(range(2), range(3)))
    assert fraction((2, 3), 6, seed=0) == fraction((2, 3), 99, seed=4) == whole
    assert balance(whole, (2, 3), [(0, 1)]) == Balance(6, 6, (0, 0), 0, (0, 1), pytest.approx(1), pytest.approx(1))


def test_more_than_half_of_the_grid_leaves_an_even_rest() -> None:
    rows = fraction(FORMS, 2400, seed=2)
    assert len(set(rows)) == 2400
    assert balance(rows, FORMS).level_spread == (0,) * 5
    assert balance(rows, FORMS).pair_spread <= 2


@pytest.mark.parametrize(
    ("levels", "n", "interactions"), [((2,) * 4, 6, []), ((2,) * 5, 6, []), ((2,) * 4, 6, [(0, 1)])]
)
def test_the_evenest_rows_are_not_taken_where_they_are_blind_to_an_effect(
    levels: tuple[int, ...], n: int, interactions: list[tuple[int, int]]
) -> None:
    found = balance(fraction(levels, n, seed=0, interactions=interactions), levels, interactions)
    assert found.condition is not None
    assert set(found.level_spread) == {0}


def test_factors_of_one_level_stand_in_every_row() -> None:
    rows = fraction((1, 2, 1, 3), 4, seed=0, interactions=[(0, 1)])
    assert {(row[0], row[2]) for row in rows} == {(0, 0)}
    assert balance(rows, (1, 2, 1, 3)).n_parameters == 4
    assert fraction((1, 1), 5, seed=0) == ((0, 0),)
    assert balance([(0, 0)], (1, 1)).worst_pair is None


def test_a_named_interaction_can_be_told_apart_and_costs_rows() -> None:
    interactions = [(0, 2)]
    rows = fraction(FORMS, 120, seed=0, interactions=interactions)
    found = balance(rows, FORMS, interactions)
    assert found.n_parameters == 23 + 4 * 9
    assert {(row[0], row[2]) for row in rows} == set(itertools.product(range(5), range(10)))
    products = [
        [float(row[0] == a and row[2] == b) for row in rows] for a, b in itertools.product(range(1, 5), range(1, 10))
    ]
    whole = np.hstack([dummies(rows, FORMS), np.array(products).T])
    assert np.linalg.matrix_rank(whole) == found.n_parameters
    # better than the same number of rows that were chosen without it
    assert found.d_efficiency > balance(forms(120), FORMS, interactions).d_efficiency
    assert found.d_efficiency > 0.9


def test_d_efficiency_and_condition_by_hand() -> None:
    # 2 × 2 with one row missing: X'X/3 = ((1, 1/3, 1/3), (1/3, 1, -1/3), (1/3, -1/3, 1)), eigenvalues 4/3, 4/3, 1/3
    found = balance([(1, 0), (0, 1), (1, 1)], (2, 2))
    assert found.d_efficiency == pytest.approx((16 / 27) ** (1 / 3))
    assert found.condition == pytest.approx(4)
    assert (found.level_spread, found.pair_spread) == ((1, 1), 1)
    blind = balance([(0, 0), (1, 1)], (2, 2))
    assert (blind.d_efficiency, blind.condition) == (0.0, None)


@pytest.mark.parametrize(("n", "spread"), [(250, 1.01), (100, 1.02), (50, 1.1)])
def test_planted_main_effects_are_recovered_at_the_stated_rate(n: int, spread: float) -> None:
    """Least squares on the fraction: 95 % intervals hold the planted effects 95 % of the time, and are as narrow as
    they would be on as many rows of the full grid."""
    rows = forms(n)
    matrix = dummies(rows, FORMS)
    rng = np.random.default_rng(7)
    effects = rng.normal(0, 0.5, matrix.shape[1])
    n_studies, sd = 2_000, 1.0
    answers = (matrix @ effects)[:, None] + rng.normal(0, sd, (n, n_studies))
    inverse = np.linalg.inv(matrix.T @ matrix)
    estimates = inverse @ matrix.T @ answers
    df = n - matrix.shape[1]
    variances = ((answers - matrix @ estimates) ** 2).sum(axis=0) / df
    margins = stats.t.ppf(0.975, df) * np.sqrt(np.diag(inverse)[:, None] * variances)
    covered = (np.abs(estimates - effects[:, None]) <= margins).mean(axis=1)
    # 23 rates of 2,000 studies each: the standard error of one is 0.005
    assert covered.min() > 0.93
    assert covered.max() < 0.97
    assert covered.mean() == pytest.approx(0.95, abs=0.005)
    whole = dummies(tuple(itertools.product(*map(range, FORMS))), FORMS)
    best = np.diag(np.linalg.inv(whole.T @ whole / len(whole) * n))
    assert (np.sqrt(np.diag(inverse)[1:] / best[1:])).max() < spread * 1.05


def test_an_interaction_that_is_not_named_hardly_biases_main_effects() -> None:
    """A true interaction of two factors, left out of the model, must not pass for a main effect of a third."""
    rows = forms(250)
    matrix = dummies(rows, FORMS)
    joint = np.random.default_rng(2).normal(0, 1, (5, 10))
    joint -= joint.mean(axis=0) + joint.mean(axis=1)[:, None] - joint.mean()
    answers = np.array([joint[row[0], row[2]] for row in rows])
    bias = np.linalg.lstsq(matrix, answers, rcond=None)[0][1:]
    assert np.abs(bias).max() < 0.2  # 0.35 to 0.5 where 250 rows are drawn by chance


def test_sensible_sizes() -> None:
    assert smallest_n(FORMS) == 50
    assert smallest_n(FORMS, [(0, 2)]) == 120
    assert smallest_n((2, 2, 2)) == 8  # the whole grid
    assert smallest_n((1,)) == 1
    assert smallest_n((7, 11, 13)) == 143  # no multiple of all three that is not the grid
    for levels in (FORMS, (3, 4, 4), (2,) * 9):
        n = smallest_n(levels)
        found = balance(fraction(levels, n, seed=0), levels)
        assert found.n_parameters * 2 <= n
        assert set(found.level_spread) == {0}


def test_too_few_rows_say_what_is_lost_and_how_many_would_do() -> None:
    with pytest.raises(StudyError) as refused:
        fraction(FORMS, 20, seed=0, names=["template", "wording", "language", "labels", "order"])
    message = str(refused.value)
    assert message.startswith("20 rows of 2,500 cannot estimate ")
    assert "language" in message
    assert message.endswith("(23 parameters in all); ask for at least 23 rows, better 50")
    fraction(FORMS, 23, seed=0)


def test_too_few_rows_for_an_interaction_name_it() -> None:
    with pytest.raises(StudyError, match=r"cannot estimate .*first × factor 2.*ask for at least 59 rows, better 120"):
        fraction(FORMS, 50, seed=0, interactions=[(2, 0)], names=["first", "second"])


def test_two_factors_with_their_interaction_need_the_grid() -> None:
    with pytest.raises(StudyError, match=r"ask for at least 6 rows$"):
        fraction((2, 3), 5, seed=0, interactions=[(0, 1)])


@pytest.mark.parametrize(
    ("levels", "n", "interactions", "message"),
    [
        ((), 3, [], "a grid with levels []"),
        ((3, 0), 3, [], "a grid with levels [3, 0]; give every factor at least one level"),
        ((3, 2), 0, [], "a fraction of 0 rows; ask for at least one row"),
        ((3, 2), 4, [(0, 0)], "no interaction (0, 0) among 2 factors"),
        ((3, 2), 4, [(0, 2)], "name two different factors, counted from 0 to 1"),
        ((3, 2), 4, [(-1, 0)], "no interaction (-1, 0)"),
    ],
)
def test_nonsense_is_refused(
    levels: tuple[int, ...], n: int, interactions: list[tuple[int, int]], message: str
) -> None:
    with pytest.raises(StudyError) as refused:
        fraction(levels, n, seed=0, interactions=interactions)
    assert message in str(refused.value)


@pytest.mark.parametrize("rows", [[(0, 2)], [(0,)], [(-1, 0)], []])
def test_rows_of_another_grid_have_no_balance(rows: list[tuple[int, ...]]) -> None:
    with pytest.raises(StudyError):
        balance(rows, (2, 2))
