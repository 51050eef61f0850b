from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emotionbench.statistics.alignment import alignment
from emotionbench.statistics.estimate import Estimate

STUDIES = 1000
SITUATIONS, PEOPLE_SITUATIONS, BASELINES = 12, 5, 150
NO_ERRORS = np.zeros((32, 32))


def people(n_factors: int = 8, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal([-5, 10], [2, 3], (n_factors, 2))


# without any noise it is the definition


def test_the_three_marks_of_the_scale_without_noise() -> None:
    h = people()
    average = np.tile(h.mean(axis=0), (8, 1))
    assert alignment(h, h, NO_ERRORS).value == pytest.approx(1)
    assert alignment(average, h, NO_ERRORS).value == pytest.approx(0)
    halfway = alignment((h + average) / 2, h, NO_ERRORS)
    assert halfway.value == pytest.approx(1 - 1 / 4)
    none = alignment(np.zeros_like(h), h, NO_ERRORS)
    expected = 1 - np.sum(h**2) / np.sum((h - h.mean(axis=0)) ** 2)
    assert none.value == pytest.approx(expected)
    assert expected < 0


def test_what_is_far_on_one_subscale_is_far() -> None:
    h = people()
    moved = h + np.array([0.0, 6.0])
    found = alignment(moved, h, NO_ERRORS)
    assert found.value == pytest.approx(1 - 36 * 8 / np.sum((h - h.mean(axis=0)) ** 2))


def test_noise_on_either_side_is_taken_off() -> None:
    h = people()
    errors = np.diag([1.0] * 16 + [2.0] * 16)
    found = alignment(h + 1, h, errors)
    gaps = np.sum(np.ones((8, 2))) / 8 - 2 * (1 + 2)
    spread = np.sum((h - h.mean(axis=0)) ** 2) / 8 - 2 * 2 * (1 - 1 / 8)
    assert found.value == pytest.approx(1 - gaps / spread)


# what cannot be estimated


def test_few_factors_and_people_who_do_not_differ_say_why() -> None:
    h = people(2)
    assert alignment(h, h, np.zeros((8, 8))) == Estimate.none("fewer than 3 factors that people imagined too")
    alike = np.full((8, 2), 4.0)
    found = alignment(alike, alike, np.eye(32))
    assert found.value is None
    assert found.why == "people's changes do not differ between these factors beyond chance"


def test_an_interval_that_is_open_says_so() -> None:
    h = np.array([[0.0], [2.0], [4.0]])
    found = alignment(h + 3, h, np.eye(6) * 0.7)
    assert found.value is not None
    assert found.high is not None
    assert found.low is None
    assert "open" in (found.why or "")
    # open at both ends is no estimate
    assert alignment(h + 1, h, np.eye(6) * 0.7).value is None


# how often the interval holds the truth


def study(rng: Any, m: Any, h: Any) -> Estimate:
    """One study: situations vary within factors on both sides, and all changes share one noisy baseline."""
    n_factors = len(h)
    own = m[:, None] + rng.normal(0, 4, (n_factors, SITUATIONS, 2))
    human = h[:, None] + rng.normal(0, 5, (n_factors, PEOPLE_SITUATIONS, 2))
    baselines = rng.normal(0, 4, (BASELINES, 2))
    size = 2 * n_factors
    errors = np.zeros((2 * size, 2 * size))
    errors[:size, :size] = np.kron(np.ones((n_factors, n_factors)), np.cov(baselines.T) / BASELINES)
    errors[:size, :size] += np.kron(np.eye(n_factors), pooled(own) / SITUATIONS)
    errors[size:, size:] = np.kron(np.eye(n_factors), pooled(human) / PEOPLE_SITUATIONS)
    df = (n_factors * (SITUATIONS - 1), n_factors * (PEOPLE_SITUATIONS - 1))
    return alignment(own.mean(axis=1) - baselines.mean(axis=0), human.mean(axis=1), errors, df=df)


def pooled(values: Any) -> Any:
    apart = (values - values.mean(axis=1, keepdims=True)).reshape(-1, 2)
    return apart.T @ apart / (values.shape[0] * (values.shape[1] - 1))


@pytest.mark.parametrize(("share", "shift"), [(1.0, 0.0), (0.5, 0.0), (0.0, 0.0), (0.0, 4.0)])
def test_intervals_cover_what_is_true(share: float, shift: float) -> None:
    """``share`` of what tells people's factors apart, ``shift`` points away from people's average."""
    rng = np.random.default_rng(5)
    covered, n_none, values, truths = 0, 0, [], []
    for _ in range(STUDIES):
        h = people(36, rng.integers(1 << 30))
        centre = h.mean(axis=0)
        m = centre + share * (h - centre) + shift
        truth = 1 - np.sum((m - h) ** 2) / np.sum((h - centre) ** 2)
        found = study(rng, m, h)
        if found.value is None:
            n_none += 1
            continue
        low = -np.inf if found.low is None else found.low
        high = np.inf if found.high is None else found.high
        covered += low <= truth <= high
        values.append(found.value)
        truths.append(truth)
    # people's factors can look alike by chance, and then nothing is claimed
    assert n_none < 0.03 * STUDIES
    assert 0.93 <= covered / (STUDIES - n_none) <= 0.97
    assert np.median(values) == pytest.approx(np.median(truths), abs=0.15)
