from __future__ import annotations

from typing import Any

import pytest

from emotionbench.reports.figures.drawing import inline_svg, svg
from emotionbench.reports.figures.norms import Curve, Strip, norm_strips
from emotionbench.reports.figures.theme import PAGE, PAPER
from emotionbench.reports.norm_plates import norm_plates, strips_of
from norm_helpers import comparisons, frame

UP, DOWN = [12.0, 14.0, 11.0, 13.0, 15.0], [4.0, 5.0, 4.0, 5.0, 4.0]
STRIPS = [
    Strip("Up", 4, 16, (Curve("women", 10.2, 2.1), Curve("men", 9.0, 4.2)), 13.0, 11.0, 18.0, "91 · 80"),
    Strip('Down "\\', 2, 8, (Curve("women", 4.4, 1.3),), None),
]


def values(spec: dict[str, Any], kind: str) -> list[list[dict[str, Any]]]:
    """The rows of every layer whose mark is of this kind."""
    return [layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == kind]


def test_a_plate_for_each_respondent_and_norm() -> None:
    found = comparisons(frame(UP, DOWN), frame([9.0], respondent="else"), frame([None], [None], respondent="nobody"))
    plates = list(norm_plates(found, ["MOOD-6"]))
    assert [plate.heading.name.split(" ")[0] for plate in plates] == ["someone", "else"]
    assert len({plate.name for plate in plates}) == 2
    first = plates[0]
    assert "MOOD-6 (not validated)" in first.heading.name
    assert first.aside == "women, n 112; men, n 57"
    assert "Up: 13.0, people 10.2, 9.0, percentile 91 · 95." in first.description
    for plate in plates:
        assert svg(plate.spec(PAPER)).startswith("<svg")


def test_a_strip_holds_all_groups_and_the_respondents_own_interval() -> None:
    up, down = strips_of(comparisons(frame(UP, DOWN)))
    assert [(curve.group, curve.mean, curve.sd) for curve in up.curves] == [
        ("women, n 112", 10.2, 2.1),
        ("men, n 57", 9.0, 2.4),
    ]
    assert (up.label, up.lowest, up.highest, up.value) == ("Up", 4, 16, 13.0)
    # 13 ± t(.975, 4) × √(2.5 / 5)
    assert (up.low, up.high) == pytest.approx((13 - 1.963, 13 + 1.963), abs=1e-3)
    assert down.label == "Down"
    assert strips_of(comparisons(frame([12.0] * 3)))[0].low is None


def test_curves_end_where_scores_do_and_areas_are_alike() -> None:
    spec = norm_strips(STRIPS, PAPER)
    (points,) = values(spec, "area")
    up = [point for point in points if point["row"] == 0]
    assert min(point["at"] for point in up) == 4
    assert max(point["at"] for point in up) == 16
    heights = {group: max(0 - point["top"] for point in up if point["group"] == group) for group in ("women", "men")}
    assert heights["men"] == pytest.approx(heights["women"] / 2, abs=0.01)
    (top,) = [point for point in up if point["group"] == "women" and point["top"] == min(p["top"] for p in up)]
    assert top["at"] == pytest.approx(10.2, abs=0.1)


def test_the_interval_ends_where_the_axis_does_and_no_score_has_no_dot() -> None:
    (dots,) = values(norm_strips(STRIPS, PAPER), "point")
    assert dots == [{"row": 0, "label": "Up", "value": 13.0, "low": 11.0, "high": 16}]


def test_several_groups_have_a_legend_and_one_has_none() -> None:
    def legend(strips: list[Strip]) -> object:
        (line,) = [layer for layer in norm_strips(strips, PAPER)["layer"] if layer["mark"]["type"] == "line"]
        return line["encoding"]["strokeDash"]["legend"]

    assert legend(STRIPS) is not None
    assert legend(STRIPS[1:]) is None
    drawn = svg(norm_strips(STRIPS, PAPER))
    for text in (">women<", ">men<", ">Up<", "Down", ">91 · 80<", ">percentile<"):
        assert text in drawn


def test_it_follows_the_page_and_stands_alone_on_paper() -> None:
    on_page, on_paper = (svg(norm_strips(STRIPS, theme)) for theme in (PAGE, PAPER))
    assert "var(--accent)" in on_page
    assert "var(--people)" in on_page
    assert "var(--" not in on_paper
    assert svg(norm_strips(STRIPS, PAPER)) == on_paper
    assert "<title>Up</title>" in inline_svg(norm_strips(STRIPS, PAGE), "what it shows")


def test_many_subscales_stand_closer() -> None:
    few, many = norm_strips(STRIPS, PAPER), norm_strips(STRIPS * 10, PAPER)
    assert many["height"] / 20.78 < few["height"] / 2.78
