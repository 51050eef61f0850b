from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from emotionbench.reports.board import HIGHEST, LOWEST, Axis, board
from emotionbench.reports.phrases import estimated, number
from emotionbench.reports.tables.leaderboard import Entry, entries, leaderboard, one_sentence, open_ends_of
from emotionbench.statistics.estimate import Estimate
from report_helpers import make_store, report_of

WHOLE: dict[str, object] = {"factors": None, "situations_per_factor": 2, "repeats": 1}


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
    found = entries(report_of(make_store(tmp_path / "s.db", **WHOLE)))
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
    assert cells[3] == ""
    assert "straight-lining" in cells[6]


def test_alignment_is_shown_and_written_by_subscale(tmp_path: Path) -> None:
    report = report_of(make_store(tmp_path / "s.db", **WHOLE))
    found = entries(report)
    written = leaderboard(found, "t").plain()
    assert written.header[3] == "alignment by subscale"
    assert board(report, found).has_parts
    for entry, cells in zip(found, written.rows, strict=True):
        assert [name for name, _ in entry.by_subscale] == ["Positive affect", "Negative affect"]
        parts = entry.alignment.by_subscale.values() if entry.alignment else ()
        assert [cell.text for _, cell in entry.by_subscale] == [number(one.value or 0.0, 2) for one in parts]
        assert all(f"{name} {cell.text} {cell.aside}" in cells[3] for name, cell in entry.by_subscale)


def with_alignment(entry: Entry, low: float | None, value: float, high: float | None) -> Entry:
    """The same respondent with another headline."""
    assert entry.alignment is not None
    found = replace(entry.alignment, headline=Estimate(value, low, high, why="the interval is open: few people"))
    return replace(entry, alignment=found)


def test_the_highest_is_named_with_those_whose_intervals_overlap(tmp_path: Path) -> None:
    first, second = entries(report_of(make_store(tmp_path / "s.db", **WHOLE)))
    best = with_alignment(first, 0.3, 0.6, 0.9)
    assert "overlaps" not in one_sentence((best, with_alignment(second, -0.1, 0.1, 0.2)))
    assert "Its interval overlaps that of" in one_sentence((best, with_alignment(second, -0.1, 0.1, 0.4)))
    assert "Its interval overlaps that of" in one_sentence((best, with_alignment(second, -0.1, 0.1, None)))


def test_an_open_end_is_called_open_and_has_its_reason(tmp_path: Path) -> None:
    first, _ = entries(report_of(make_store(tmp_path / "s.db", **WHOLE)))
    (note, *_) = open_ends_of((replace(with_alignment(first, None, 0.5, 0.9), by_subscale=()),))
    assert note == f"An end is open ({first.name}): few people."
    assert estimated(Estimate(0.5, None, 0.9)) == ("0.50", "[open, 0.90]")
    assert estimated(Estimate.none("too few")) == ("–", "not estimable: too few")
