from __future__ import annotations

from pathlib import Path

from emotionbench.reports.headline import CHANGES, SCORES, WAYS, head
from emotionbench.reports.tables.leaderboard import entries
from form_helpers import make_forms, make_traits
from report_helpers import make_store, report_of


def test_changes_beside_people_come_first_and_other_sections_follow(tmp_path: Path) -> None:
    report = report_of(make_forms(tmp_path / "s.db"))
    found = head(report, entries(report))
    assert found.title == CHANGES
    assert [one.section for one in found.also] == ["ways"]
    assert found.also[0].words.startswith("uniform (synthetic) on PANAS: ")


def test_without_situations_the_ways_are_the_answer(tmp_path: Path) -> None:
    report = report_of(make_forms(tmp_path / "s.db", situations="none", factors=None, situations_per_factor=None))
    found = head(report, entries(report))
    assert (found.title, found.also) == (WAYS, ())
    assert found.answer.startswith("uniform (synthetic) on PANAS: ")


def test_with_nothing_to_compare_it_says_so(tmp_path: Path, small_home: Path) -> None:
    report = report_of(make_traits(tmp_path / "s.db"))
    found = head(report, entries(report))
    assert (found.title, found.also) == (SCORES, ())
    assert found.answer.startswith("Scores of 2 respondents on MOOD-6.")


def test_a_plain_store_has_one_sentence(tmp_path: Path) -> None:
    report = report_of(make_store(tmp_path / "s.db"))
    assert head(report, entries(report)).also == ()
