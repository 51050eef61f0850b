from __future__ import annotations

from pathlib import Path

import pytest

from emotionbench.reports.board import HIGHEST, LOWEST, Axis, board
from emotionbench.reports.tables.leaderboard import entries, leaderboard
from report_helpers import make_store, report_of


def test_the_axis_is_even_right_of_zero_and_keeps_the_order_left_of_it() -> None:
    axis = Axis(-20.0)
    assert axis.place(-20.0) == 0
    assert axis.place(HIGHEST) == 100
    assert axis.place(0.5) == pytest.approx((axis.place(0) + axis.place(1)) / 2, abs=0.01)
    places = [axis.place(value) for value in (-100, -20, -5, -1, -0.2, 0, 0.3, 1, 3)]
    assert places == sorted(places)
    assert [tick.words for tick in axis.ticks()] == ["−10", "−3", "−1", "0", "1"]
    assert [tick.words for tick in Axis(LOWEST).ticks()] == ["0", "1"]


def test_open_ends_reach_the_end_of_the_axis_and_say_so(tmp_path: Path) -> None:
    found = entries(report_of(make_store(tmp_path / "s.db")))
    drawn = board(report_of(tmp_path / "s.db"), found)
    for entry, row in zip(found, drawn.rows, strict=True):
        headline = entry.alignment.headline if entry.alignment else None
        assert headline is not None
        assert row.drawing is not None
        assert row.drawing.open_low == (headline.low is None)
        assert 0 <= row.drawing.low <= row.drawing.value <= row.drawing.high <= 100


def test_the_table_for_files_holds_the_same(tmp_path: Path) -> None:
    found = entries(report_of(make_store(tmp_path / "s.db", respondents=["constant"], instruments=["ECL-8"])))
    (cells,) = leaderboard(found, "t").plain().rows
    assert cells[0] == "constant [synthetic]"
    assert cells[2] == "not estimable: no human norm for this instrument"
    assert "straight-lining" in cells[5]
