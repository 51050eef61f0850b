from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import spatial
from sklearn import cluster

from emotionbench.statistics.corners import FEW_FORMS, NO_AREA, area, dbscan, hull, picture

Array = NDArray[np.float64]


def clouds(seed: int, n: int = 150) -> Array:
    """Two clouds of points and some scattered ones."""
    rng = np.random.default_rng(seed)
    one, other = rng.normal(0, 0.05, (n, 2)), rng.normal(0.6, 0.03, (n // 2, 2))
    return np.vstack([one, other, rng.uniform(-1, 1, (20, 2))])


# the plane


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_the_plane_is_a_pair_of_principal_components_of_the_corners(k: int) -> None:
    corners = np.array(list(product([0.0, 1.0], repeat=k)))
    covariance = np.cov(corners.T, ddof=0)
    assert covariance == pytest.approx(np.eye(k) / 4)
    directions = picture(corners, [[0, 1]] * k).directions
    # two directions at right angles, of length 1, along each of which the corners have the (only) largest variance
    assert directions.T @ directions == pytest.approx(np.eye(2))
    assert np.var((corners - 0.5) @ directions, axis=0) == pytest.approx([0.25, 0.25])


def test_every_subscale_counts_alike() -> None:
    directions = picture(np.zeros((1, 5)), [[0, 1]] * 5).directions
    assert np.linalg.norm(directions, axis=1) == pytest.approx([np.sqrt(2 / 5)] * 5)
    assert directions[0] == pytest.approx([np.sqrt(2 / 5), 0])


def test_with_two_subscales_the_picture_is_their_plot() -> None:
    found = picture([[10, 50], [30, 30], [50, 10.0]], [[10, 50], [10, 50]])
    assert found.points == pytest.approx(np.array([[-0.5, 0.5], [0, 0], [0.5, -0.5]]))
    assert found.outline == pytest.approx(np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]))
    assert found.shown == pytest.approx(1.0)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 7])
def test_the_outline_is_the_hull_of_the_corners(k: int) -> None:
    corners = np.array(list(product([0.0, 1.0], repeat=k)))
    found = picture(corners, [[0, 1]] * k)
    assert area(found.outline) == pytest.approx(area(hull(found.points)))
    assert len(found.outline) == 2 * k
    assert area(found.outline) == pytest.approx(spatial.ConvexHull(found.points).volume)
    assert found.covered == pytest.approx(1.0)
    # each corner of the outline is one of the corners
    gaps = np.linalg.norm(found.outline[:, None] - found.points[None], axis=2).min(axis=1)
    assert gaps.max() < 1e-9


def test_subscales_are_taken_to_their_own_ranges() -> None:
    rng = np.random.default_rng(0)
    shares = rng.random((40, 3))
    ends = np.array([[1, 5], [10, 50], [0, 1]])
    scaled = ends[:, 0] + shares * (ends[:, 1] - ends[:, 0])
    assert picture(scaled, ends).points == pytest.approx(picture(shares, [[0, 1]] * 3).points)


def test_the_share_shown_is_that_of_the_variance_in_the_plane() -> None:
    rng = np.random.default_rng(1)
    shares = rng.random((2000, 5))
    assert picture(shares, [[0, 1]] * 5).shown == pytest.approx(2 / 5, abs=0.02)
    assert picture(np.full((6, 2), 0.3), [[0, 1]] * 2).shown is None


# area


def test_hull_and_area_by_hand() -> None:
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1], [1, 0.0]])
    assert area(hull(square)) == pytest.approx(4.0)
    assert len(hull(square)) == 4
    assert area(hull(np.array([[0, 0], [1, 1.0]]))) == 0.0
    assert area(hull(np.array([[0, 0], [1, 1], [2, 2], [3, 3.0]]))) == 0.0


def test_area_covered_agrees_with_qhull() -> None:
    rng = np.random.default_rng(3)
    found = picture(rng.random((200, 4)), [[0, 1]] * 4)
    expected = spatial.ConvexHull(found.points).volume / spatial.ConvexHull(found.outline).volume
    assert found.covered == pytest.approx(expected)
    assert found.covered_inside is not None
    assert found.covered_inside <= found.covered


def test_forms_on_a_line_cover_no_area() -> None:
    found = picture(np.column_stack([np.linspace(0, 1, 30)] * 2), [[0, 1]] * 2)
    assert (found.covered, found.covered_inside, found.why) == (None, None, NO_AREA)


# clusters and outliers


def plain_dbscan(points: Array, radius: float, neighbours: int) -> tuple[NDArray[np.bool_], int]:
    """Noise and the number of clusters, by the definition."""
    near = np.linalg.norm(points[:, None] - points[None], axis=2) <= radius
    core = near.sum(axis=1) >= neighbours
    noise = ~(near & core).any(axis=1)
    left, n_clusters = set(np.flatnonzero(core).tolist()), 0
    while left:
        open_ones, n_clusters = {left.pop()}, n_clusters + 1
        while open_ones:
            point = open_ones.pop()
            reached = left & set(np.flatnonzero(near[point] & core).tolist())
            left -= reached
            open_ones |= reached
    return noise, n_clusters


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("radius", "neighbours"), [(0.05, 4), (0.075, 8), (0.2, 4), (0.02, 6)])
def test_dbscan_is_as_its_definition_says(seed: int, radius: float, neighbours: int) -> None:
    points = clouds(seed)
    found = dbscan(points, radius, neighbours)
    noise, n_clusters = plain_dbscan(points, radius, neighbours)
    assert (found < 0).tolist() == noise.tolist()
    assert found.max() + 1 == n_clusters
    sizes = np.bincount(found[found >= 0])
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_dbscan_agrees_with_scikit_learn(seed: int) -> None:
    points = clouds(seed, 600)
    expected = cluster.DBSCAN(eps=0.06, min_samples=10).fit_predict(points)
    found = dbscan(points, 0.06, 10)
    assert (found < 0).tolist() == (expected < 0).tolist()
    core = cluster.DBSCAN(eps=0.06, min_samples=10).fit(points).core_sample_indices_
    # the same partition of cores, whatever their numbers
    pairs = set(zip(found[core].tolist(), expected[core].tolist(), strict=True))
    assert len(pairs) == len(np.unique(found[core])) == len(np.unique(expected[core]))


def test_dbscan_of_one_place_and_of_nothing_near() -> None:
    assert dbscan(np.zeros((30, 2)), 0.1, 5).tolist() == [0] * 30
    assert dbscan(np.arange(20.0).reshape(10, 2), 0.1, 3).tolist() == [-1] * 10


def test_a_planted_outlier_is_found_by_the_rule() -> None:
    rng = np.random.default_rng(0)
    scores = np.clip(rng.normal(3, 0.15, (300, 5)), 1, 5)
    scores[7] = [5, 5, 5, 1, 1]
    found = picture(scores, [[1, 5]] * 5)
    assert (found.radius, found.neighbours) == (0.075, 4)
    assert found.clusters[7] == -1
    assert found.n_outliers <= 3
    assert found.n_clusters == 1
    assert found.covered_inside < found.covered / 3  # type: ignore[operator]


def test_the_rule_is_the_originals_for_its_forms() -> None:
    rng = np.random.default_rng(0)
    found = picture(np.clip(rng.normal(3, 0.5, (2500, 5)), 1, 5), [[1, 5]] * 5)
    assert found.neighbours == 20
    assert found.radius * (5 - 1) == pytest.approx(0.30)


def test_few_forms_have_no_outliers() -> None:
    found = picture([[1, 5], [5, 1], [3, 3.0]], [[1, 5]] * 2)
    assert found.clusters.tolist() == [0, 0, 0]
    assert found.why == FEW_FORMS
    assert picture(np.random.default_rng(0).random((5, 2)), [[0, 1]] * 2, radius=2.0).n_outliers == 0


def test_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="two subscales or more"):
        picture([[1.0], [2.0]], [[0, 1]])
    with pytest.raises(ValueError, match="not missing"):
        picture([[1.0, np.nan]], [[0, 1]] * 2)
    with pytest.raises(ValueError, match="range"):
        picture([[1.0, 2]], [[0, 1], [1, 1]])


def test_on_the_original_s_recorded_forms(upstream: Path) -> None:
    rows = json.loads((upstream / "LLMPersonality" / "save" / "save.json").read_text())["data"]
    scores = np.array([list(row["data"].values()) for row in rows])
    found = picture(scores, [[1, 5]] * 5)
    assert (found.n_outliers, found.n_clusters, found.neighbours) == (40, 1, 20)
    assert found.covered == pytest.approx(0.1436, abs=1e-4)
    assert found.covered_inside == pytest.approx(0.0768, abs=1e-4)
