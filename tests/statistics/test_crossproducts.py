from __future__ import annotations

import math

import numpy as np
import pytest

from emotionbench.statistics.crossproducts import CrossProducts


def test_the_gradient_is_the_criterions() -> None:
    generator = np.random.default_rng(5)
    terms = tuple(generator.integers(0, size, 90) for size in (4, 12, 7))
    x = np.linalg.qr(np.column_stack([np.ones(90), generator.normal(size=90)]))[0]
    products = CrossProducts(x, generator.normal(size=90), terms)
    for theta in (np.array([0.5, 1.0, 2.0]), np.array([0.0, 0.7, 0.0])):
        slopes = products.at(theta).slopes
        for k in range(3):
            step = np.eye(3)[k] * 1e-6
            above = products.at(np.sqrt(theta**2 + step)).criterion
            assert slopes[k] == pytest.approx((above - products.at(theta).criterion) / 1e-6, rel=1e-4, abs=1e-4)


def test_the_criterion_is_that_of_the_whole_covariance_matrix() -> None:
    generator = np.random.default_rng(6)
    terms = tuple(generator.integers(0, size, 40) for size in (5, 9))
    x, y = np.linalg.qr(generator.normal(size=(40, 2)))[0], generator.normal(size=40)
    theta = np.array([0.8, 1.7])
    whole = np.eye(40)
    for ratio, codes in zip(theta, terms, strict=True):
        whole += ratio**2 * (codes[:, None] == codes)
    inverse = np.linalg.inv(whole)
    of_x = x.T @ inverse @ x
    projected = inverse - inverse @ x @ np.linalg.solve(of_x, x.T @ inverse)
    rss = y @ projected @ y
    expected = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(of_x)[1] + 38 * (1 + math.log(2 * math.pi * rss / 38))
    assert CrossProducts(x, y, terms).at(theta).criterion == pytest.approx(expected)


@pytest.mark.parametrize("limit", [16_000_000, 0])
def test_many_levels_are_counted_either_way(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(9)
    terms = tuple(generator.integers(0, size, 200) for size in (4, 30, 7))
    x, y = np.linalg.qr(generator.normal(size=(200, 2)))[0], generator.normal(size=200)
    theta = np.array([0.8, 1.7, 0.3])
    expected = CrossProducts(x, y, terms).at(theta)
    monkeypatch.setattr("emotionbench.statistics.crossproducts.GRAMS_AT_MOST", limit)
    found = CrossProducts(x, y, terms).at(theta)
    assert found.criterion == pytest.approx(expected.criterion)
    assert found.slopes == pytest.approx(expected.slopes)
