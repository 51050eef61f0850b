"""The two-dimensional picture of all forms: principal components of the corners of the scores' space, and outliers.

Every subscale is taken to its range, 0 (lowest) to 1 (highest), so that possible scores fill a cube with 2^k corners.
The corners vary alike in every direction, their covariance is the unit matrix / 4: any two directions at right angles
are a pair of principal components, and software returns whichever comes first, with any sign. Here the pair is fixed:
subscale j (from 0, in the order given) points to (cos πj/k, sin πj/k) × √(2/k). No subscale counts more than another,
the cube's outline is a regular polygon of 2k sides, and pictures of different respondents can be laid over each other.
With two subscales these are the axes.

Outliers are DBSCAN's noise (Ester et al., 1996) in the picture. The original (Huang et al., 2024) uses a radius of 0.30
points on scores of 1 to 5, and 20 of its 2,500 forms as the least number of neighbours (the form itself is one). The
rule here is the same for any range and number of forms: a radius of 7.5 % of the range, and 0.8 % of the forms, at
least 4 (2 × dimensions). The area covered is that of the convex hull of the forms, of the outline's.

Source: Ester, M., Kriegel, H.-P., Sander, J., & Xu, X. (1996). A density-based algorithm for discovering clusters. KDD.
Huang, J., et al. (2024). On the reliability of psychological scales on large language models. EMNLP.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Point = tuple[float, float]
RADIUS = 0.075
NEIGHBOURS = 0.008
LEAST_NEIGHBOURS = 4
LEAST_FORMS = 5
NO_AREA = "the forms lie on a line or a point, so that they cover no area"
FEW_FORMS = f"fewer than {LEAST_FORMS} forms, too few for clusters and outliers"
CHOICE = (
    "corners vary alike in every direction, so that their components are not unique: every subscale is given "
    "a direction of its own and the same weight"
)


@dataclass(frozen=True, eq=False)
class Picture:
    """The forms as points.

    Attributes
    ----------
    points
        (F, 2), in the order of the forms; 0, 0 is the middle of all ranges, and a unit the length of one range.
    directions
        Where a subscale's whole range points, (k, 2): an arrow of length √(2/k) for each.
    outline
        What answers could reach at all: the corners of a convex polygon, counterclockwise, (2k, 2).
    clusters
        Number of each form's cluster from 0, by size; −1 for outliers, (F,).
    covered, covered_inside
        Share of the outline's area within the convex hull of all forms, and of those that are no outliers; null where
        ``why`` says so.
    shown
        Share of the forms' variance (in ranges) that the picture shows; null where they do not vary.
    radius, neighbours
        DBSCAN's parameters.
    """

    points: Array
    directions: Array
    outline: Array
    clusters: NDArray[np.intp]
    covered: float | None
    covered_inside: float | None
    shown: float | None
    radius: float
    neighbours: int
    why: str | None = None
    note: str = CHOICE

    @property
    def n_outliers(self) -> int:
        """Forms that belong to no cluster."""
        return int(np.sum(self.clusters < 0))

    @property
    def n_clusters(self) -> int:
        """Clusters of forms."""
        return int(self.clusters.max(initial=-1)) + 1


def picture(scores: ArrayLike, ranges: ArrayLike, *, radius: float = RADIUS, neighbours: int | None = None) -> Picture:
    """Project forms to the plane.

    Parameters
    ----------
    scores
        One row per form, one column per subscale, (F, k) with k ≥ 2, without missing values.
    ranges
        Lowest and highest score of every subscale, (k, 2).
    radius
        DBSCAN's, in ranges.
    neighbours
        DBSCAN's, the form itself included; 0.8 % of the forms, at least 4, where not given.

    Raises
    ------
    ValueError
        For missing scores, fewer than two subscales, or a range that is empty.
    """
    y, ends = np.asarray(scores, dtype=float), np.asarray(ranges, dtype=float)
    if y.ndim != 2 or y.shape[1] < 2 or not np.isfinite(y).all():
        raise ValueError("scores must be forms × subscales, two subscales or more, and not missing")
    if ends.shape != (y.shape[1], 2) or not (ends[:, 1] > ends[:, 0]).all():
        raise ValueError("each subscale needs a range, lowest and highest")
    directions = _directions(y.shape[1])
    shares = (y - ends[:, 0]) / (ends[:, 1] - ends[:, 0]) - 0.5
    points = shares @ directions
    least = max(LEAST_NEIGHBOURS, round(NEIGHBOURS * y.shape[0])) if neighbours is None else neighbours
    few = y.shape[0] < LEAST_FORMS
    clusters = np.zeros(y.shape[0], dtype=np.intp) if few else dbscan(points, radius, least)
    outline = _outline(directions)
    whole = area(outline)
    covered = area(hull(points)) / whole
    return Picture(
        points,
        directions,
        outline,
        clusters,
        covered if covered > 1e-12 else None,
        area(hull(points[clusters >= 0])) / whole if covered > 1e-12 else None,
        _shown(shares, points),
        radius,
        least,
        FEW_FORMS if few else None if covered > 1e-12 else NO_AREA,
    )


def _directions(k: int) -> Array:
    angles = np.pi * np.arange(k) / k
    found = math.sqrt(2 / k) * np.column_stack([np.cos(angles), np.sin(angles)])
    found[np.abs(found) < 1e-15] = 0.0
    return np.asarray(found)


def _outline(directions: Array) -> Array:
    """The polygon that the cube's corners fill: its sides are the directions, forth and back, in order of angle."""
    sides = np.vstack([directions, -directions])
    return np.asarray(-directions.sum(axis=0) / 2 + np.vstack([np.zeros(2), np.cumsum(sides, axis=0)[:-1]]))


def _shown(shares: Array, points: Array) -> float | None:
    whole = float(shares.var(axis=0).sum())
    return float(points.var(axis=0).sum()) / whole if whole > 1e-18 else None


def hull(points: Array) -> Array:
    """The corners of the convex hull of points (n, 2), counterclockwise (Andrew, 1979); the points where n < 3."""
    ordered = np.unique(points, axis=0)
    if len(ordered) < 3:
        return ordered

    def chain(some: list[Point]) -> list[Point]:
        found: list[Point] = []
        for point in some:
            while len(found) > 1 and _turn(found[-2], found[-1], point) <= 0:
                found.pop()
            found.append(point)
        return found[:-1]

    # numbers one by one are far quicker outside of arrays
    row = [(float(x), float(y)) for x, y in ordered.tolist()]
    return np.array(chain(row) + chain(row[::-1]))


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(corners: Array) -> float:
    """The area of a polygon from its corners in order (n, 2); 0 where n < 3."""
    if len(corners) < 3:
        return 0.0
    x, y = corners.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def dbscan(points: Array, radius: float, neighbours: int) -> NDArray[np.intp]:
    """DBSCAN's clusters of points (n, 2), numbered from 0 by size (then by first point); −1 for noise.

    A point with ``neighbours`` points or more within ``radius``, itself included, is a core; cores within ``radius`` of
    each other are one cluster, and other points within it of a core belong to the nearest core's.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415

    tree = cKDTree(points)
    is_core = tree.query_ball_point(points, radius, return_length=True) >= neighbours
    found = np.full(len(points), -1, dtype=np.intp)
    if not is_core.any():
        return found
    cores = points[is_core]
    labels = _connected(cores, radius)
    distances, nearest = cKDTree(cores).query(points)
    found = np.where(distances <= radius, labels[nearest], -1)
    sizes = np.bincount(found[found >= 0])
    order = np.argsort(-sizes, kind="stable")
    return np.asarray(np.where(found >= 0, np.argsort(order)[found], -1))


def _connected(cores: Array, radius: float) -> NDArray[np.intp]:
    """The component of every core, numbered by first core.

    In squares of which the diagonal is the radius all cores are connected; squares are, if their nearest cores are.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415
    from scipy.spatial import cKDTree  # noqa: PLC0415

    squares = np.floor(cores / (radius / math.sqrt(2) * (1 - 1e-9))).astype(np.int64)
    places, square_of = np.unique(squares, axis=0, return_inverse=True)
    square_of = square_of.reshape(-1)
    members = [cores[square_of == index] for index in range(len(places))]
    trees = [cKDTree(own) for own in members]
    pairs = cKDTree(places).query_pairs(math.sqrt(5) + 1e-9, output_type="ndarray")
    joined = [(a, b) for a, b in pairs if trees[a].query(members[b])[0].min() <= radius]
    rows, columns = np.array(joined, dtype=np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(rows.size), (rows, columns)), shape=(len(places), len(places)))
    of_cores = connected_components(graph, directed=False)[1][square_of]
    first = np.unique(of_cores, return_index=True)[1]
    return np.asarray(np.argsort(np.argsort(first))[of_cores])
