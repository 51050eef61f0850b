from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.alignment import alignments
from emotionbench.comparisons.differences import Difference, differences
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.parts import parts_to_compare
from emotionbench.reports.change_table import NOT_A_FEELING, Table
from emotionbench.reports.difference_table import difference_notes, difference_tables
from emotionbench.statistics.estimate import Estimate

NAMES = ("before", "after")


def scores(*ups: float, baselines: tuple[float, ...] = (10, 11, 12, 11), last: str = "anger-1-1") -> Scores:
    """Four situations of one factor, and one that stands alone; ``down`` never varies."""
    found = Scores()
    for up in baselines:
        found.baseline(up)
    for number, up in enumerate(ups, 1):
        found.evoked(f"fear-1-{number}", up)
    return found.evoked(last, 12)


def compared(first: Scores, second: Scores) -> Difference:
    one, other = (list(parts_to_compare(side.frame(), {"MOOD": SUBSCALES})) for side in (first, second))
    (found,) = differences(one, other)
    return found


def found(**changes: Any) -> Difference:
    return compared(scores(20, 21, 22, 23), scores(31, 32, 31, 34, **changes))


def tables(asked: Difference, by: Any = "emotion") -> list[Table]:
    return difference_tables(asked, NAMES, Inference(), by)


def test_a_table_for_each_subscale() -> None:
    up, down = tables(found())
    assert up.title == "Up · MOOD · independent · protocol plain · tiny, the same situations"
    assert down.title.startswith("Down · MOOD")
    assert up.header == ("", "situations", "before", "after", "difference", "95 % interval", "effect")


def test_rows_by_hand() -> None:
    default, anger, fear, overall = tables(found())[0].rows
    assert default[:5] == ("Default", "", "11.0", "11.0", "○ 0.0")
    assert anger[:5] == ("Anger", "1", "+1.0", "+1.0", "? 0.0")
    assert anger[5:] == ("none: one unit only, so that nothing says how units vary", "")
    assert fear[:5] == ("Fear", "4", "+10.5", "+21.0", "↑ +10.5")
    assert fear[5].startswith("[")
    assert "d_av +" in fear[6]
    assert overall[:2] == ("Overall", "5")


def test_what_does_not_vary_has_no_interval() -> None:
    rows = tables(found())[1].rows
    assert [row[4:] for row in rows[2:3]] == [("? 0.0", "none: the differences do not vary", "")]
    assert rows[0][4:] == ("? 0.0", "none: the scores do not vary", "")


def test_factors_are_indented_above_their_emotion() -> None:
    rows = tables(found(), "factor")[0].rows
    assert [row[0] for row in rows] == [
        "Default",
        "  anger cause 1",
        "Anger",
        "  fear cause 1",
        "Fear",
        "Overall",
    ]


def test_lines_set_off_the_default_and_the_overall() -> None:
    assert tables(found())[0].ruled == {1, 3}
    assert tables(found(), "factor")[0].ruled == {1, 5}


def test_without_scores_a_row_says_why() -> None:
    silent = Scores().baseline(None, None).evoked("fear-1-1", None, None).evoked("anger-1-1", None, None)
    rows = tables(compared(scores(20, 21, 22, 23), silent))[0].rows
    assert rows[0] == ("Default", "", "11.0", "", "not estimable: no scored baseline", "", "")
    assert rows[1] == ("Anger", "0", "", "", "not estimable: no factor with scores on both sides", "", "")


def test_arrows_follow_the_level_that_is_asked_for() -> None:
    asked = found()
    fear = next(row for row in asked.rows if row.label == "Fear").contrasts["up"]
    assert fear.p_holm is not None
    for alpha, shown in ((fear.p_holm * 1.01, "↑"), (fear.p_holm * 0.99, "○")):
        inference = Inference.of("standard", alpha)
        (row,) = [row for row in difference_tables(asked, NAMES, inference)[0].rows if row[0] == "Fear"]
        assert row[4] == f"{shown} +10.5"
        assert f"α = {alpha:g}" in " ".join(difference_notes([asked], (), inference))


def test_other_situations_are_said_in_title_and_notes() -> None:
    other = found(last="anger-1-2")
    assert tables(other)[0].title.endswith("tiny, not the same situations")
    words = "Where the situations are not the same, only factors are shared"
    assert any(note.startswith(words) for note in difference_notes([found(), other], (), Inference()))
    assert not any(note.startswith(words) for note in difference_notes([found()], (), Inference()))


@pytest.mark.parametrize("headline", [Estimate(0.5, 0.1, 0.9), Estimate.none("no baseline")])
def test_notes_begin_with_alignments_and_end_with_what_a_self_report_is(headline: Estimate) -> None:
    (aligned,) = alignments(scores(20, 21).frame(), {"MOOD": SUBSCALES}, [norm({"fear-1": (3.0, 9)})])
    one = replace(aligned, headline=headline, verdict="A verdict.")
    first, second, rule, *_, last = difference_notes([found()], [("before", one), ("after", one)], Inference())
    shown = "0.50 [0.10, 0.90]" if headline.value else "not estimable: no baseline"
    assert (first, second) == (f"before: alignment {shown}. A verdict.", f"after: alignment {shown}. A verdict.")
    assert "second − first" in rule
    assert last == NOT_A_FEELING
