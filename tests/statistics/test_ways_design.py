from __future__ import annotations

import numpy as np
import pytest

from emotionbench.statistics.ways_design import Design, collapsed, indicators


def test_scores_are_collapsed_to_means_of_forms_around_the_mean_of_all() -> None:
    found = collapsed([1, 3, 10, 6], ["b", "b", "a", "a"], {"language": ["en", "en", "de", "de"]})
    assert found.forms.tolist() == ["a", "b"]
    assert found.centre == 5.0
    assert found.means.tolist() == [3.0, -3.0]
    assert found.counts.tolist() == [2, 2]
    assert found.within == pytest.approx(2 + 8)
    assert found.ways["language"].tolist() == ["de", "en"]


def test_the_basis_is_orthonormal_and_spans_the_weighted_columns() -> None:
    rng = np.random.default_rng(0)
    ways = {"a": rng.integers(0, 3, 40), "b": rng.integers(0, 4, 40)}
    design = Design(ways, [("a", "b")], rng.integers(1, 5, 40))
    assert design.rank == np.linalg.matrix_rank(design.x) == 12
    assert design.basis.T @ design.basis == pytest.approx(np.eye(12), abs=1e-12)
    weighted = design.x * np.sqrt(design.counts)[:, None]
    assert design.basis @ (design.basis.T @ weighted) == pytest.approx(weighted, abs=1e-10)


def test_type_two_is_what_a_term_adds_to_all_that_do_not_contain_it() -> None:
    rng = np.random.default_rng(1)
    ways = {"a": rng.integers(0, 3, 50), "b": rng.integers(0, 2, 50), "c": rng.integers(0, 4, 50)}
    y = rng.normal(0, 1, 50)
    design = Design(ways, [("a", "b")])

    def left(*columns: np.ndarray) -> float:
        x = np.hstack([np.ones((50, 1)), *columns])
        return float(np.sum((y - x @ np.linalg.lstsq(x, y)[0]) ** 2))

    a, b, c = (indicators(ways[way]) for way in "abc")
    ab = indicators(design.cells("a × b"))
    projected = design.basis.T @ y
    assert design.type_two("a", projected)[:2] == (pytest.approx(left(b, c) - left(a, b, c)), 2)
    assert design.type_two("c", projected)[:2] == (pytest.approx(left(ab) - left(ab, c)), 3)
    assert design.type_two("a × b", projected)[:2] == (pytest.approx(left(a, b, c) - left(ab, c)), 2)


def test_the_weight_of_forms_is_the_trace_that_the_expected_square_has() -> None:
    rng = np.random.default_rng(2)
    counts = rng.integers(1, 6, 20)
    design = Design({"a": np.arange(20) % 3}, counts=counts)
    rows = np.repeat(np.arange(20), counts)
    z, x = indicators(rows), design.x[rows]
    outside = np.eye(rows.size) - x @ np.linalg.pinv(x)
    assert design.form_weight() == pytest.approx(np.trace(z.T @ outside @ z))
    assert Design({"a": np.arange(20) % 3}).form_weight() == pytest.approx(17)


def test_rounding_makes_no_rank() -> None:
    # 0.1 summed over levels is nowhere exactly what it is in the mean's column
    ways = {"a": np.arange(2500) % 10, "b": np.arange(2500) // 10 % 5, "same": np.arange(2500) % 10}
    design = Design(ways)
    assert design.rank == 1 + 9 + 4
    assert design.confounding("a") == "cannot be told apart from 'same'"
    assert design.confounding("b") is None


def test_no_way_at_all_is_the_mean() -> None:
    design = Design({}, counts=[1, 2, 1])
    assert (design.rank, design.terms) == (1, {})


@pytest.mark.parametrize("pair", [("a", "a"), ("a", "z"), ("z", "a")])
def test_interactions_are_of_two_known_ways(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="are not two of the ways: a, b"):
        Design({"a": [0, 1, 0], "b": [0, 0, 1]}, [pair])
