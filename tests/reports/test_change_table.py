from __future__ import annotations

import pytest

from change_helpers import PUBLISHED, Scores, norm
from emotionbench.comparisons.change import ChangeBlock, PeopleChange
from emotionbench.comparisons.inference import Inference
from emotionbench.reports.change_table import change_table, footnotes, signed
from emotionbench.statistics.contrasts import Contrast


def scores(**labels: str) -> Scores:
    """Fear goes up beyond doubt, anger does not move, and its second factor cannot be tested."""
    found = Scores(**labels)
    for up in (10, 11, 12, 11):
        found.baseline(up, up + 10)
    for up in (30, 31, 32, 31):
        found.evoked("fear-1-1", up, up - 20).evoked("anger-1-1", up - 20, up - 10)
    return found.evoked("anger-2-1", 12, 12)


def block(theirs: str = "theirs", inference: Inference = PUBLISHED) -> ChangeBlock:
    people = norm({"fear-1": (8.04, 30), "anger-1": (-1.26, 40)}, situation_set=theirs)
    return scores().block([people], by="factor", inference=inference)


def test_the_table_of_the_paper_with_people_beside_it() -> None:
    table = change_table(block(), "emotion")
    assert table.header == ("", "n", "Up", "people", "Down", "people")
    assert table.rows == (
        ("Default", "4", "11.0 ± 0.8", "12.0 ± 3.0", "21.0 ± 0.8", "12.0 ± 3.0"),
        ("Anger", "5 (2)", "○ +0.2", "", "○ −1.8", ""),
        ("Fear", "4 (1)", "↑ +20.0", "+8.0", "↓ −10.0", "−1.0"),
        ("Overall", "9 (3)", "○ +9.0", "", "○ −5.4", ""),
    )
    assert table.n_text == 1


def test_factors_stand_indented_above_their_emotion() -> None:
    table = change_table(block())
    assert [row[0] for row in table.rows] == [
        "Default",
        "  anger cause 1",
        "  anger cause 2",
        "Anger",
        "  fear cause 1",
        "Fear",
        "Overall",
    ]
    assert table.rows[1][2:4] == ("○ 0.0", "−1.3")
    assert table.rows[2][1:4] == ("1 (1)", "? +1.0", "")


def test_lines_set_off_the_default_and_what_is_beyond_one_emotion() -> None:
    with_controls = scores().control("fear-1-1", "neutral", 11).control("fear-1-1", "positive", 12).block()
    table = change_table(with_controls)
    assert [row[0] for row in table.rows][3:] == ["Overall", "Neutral counterparts", "Positive counterparts"]
    assert table.ruled == {1, 3, 4, 5}


def test_without_people_their_columns_are_left_out() -> None:
    table = change_table(scores().block())
    assert table.header == ("", "n", "Up", "Down")
    assert {len(row) for row in table.rows} == {4}
    assert "people" not in " ".join(footnotes([scores().block()]))


def test_missing_figures_are_not_zeros() -> None:
    table = change_table(Scores().baseline(None, None).evoked("fear-1-1", None, None).block())
    assert table.rows == (("Default", "0", "", ""), ("Fear", "0 (0)", "no scores", "no scores"))
    one = change_table(Scores().baseline(3).evoked("fear-1-1", 4).block())
    assert one.rows == (("Default", "1", "3.0", "5.0"), ("Fear", "1 (1)", "? +1.0", "? 0.0"))


@pytest.mark.parametrize(
    ("kind", "theirs", "words"),
    [
        ("llm", "tiny", "someone [language model] · MOOD · independent · protocol plain · situations tiny"),
        (
            "synthetic",
            "other",
            "someone [synthetic] · MOOD · independent · protocol plain · situations tiny, other texts",
        ),
    ],
)
def test_the_title_says_who_what_and_how(kind: str, theirs: str, words: str) -> None:
    found = scores(kind=kind).block([norm({"fear-1": (8.0, 30)}, situation_set=theirs)])
    title = change_table(found).title
    assert title.startswith(words)
    assert ("other texts than people's" in title) is (theirs != "tiny")


@pytest.mark.parametrize(
    ("inference", "alpha", "rule"),
    [(Inference(), "α = 0.05", "Unit: the situation"), (PUBLISHED, "α = 0.01", "By the published rule")],
)
def test_the_notes_say_what_is_counted_and_tested(inference: Inference, alpha: str, rule: str) -> None:
    notes = footnotes([block(inference=inference)])
    assert alpha in notes[0]
    assert notes[1].startswith(rule)
    assert notes[-1].startswith("A self-report is a text, not a feeling")


def test_the_notes_say_what_was_left_out_once() -> None:
    missing = scores().baseline(None, None).evoked("fear-1-1", None).evoked("anger-1-1", 3, None)
    missing.control("fear-1-1", "neutral", 3)
    for by in ("emotion", "factor"):
        notes = footnotes([missing.block(by=by)])
        assert any("Left out, for want of a score: 2 incomplete, 1 refused" in note for note in notes)
    assert not any("Left out" in note for note in footnotes([block()]))


def test_the_notes_warn_of_yardsticks_and_of_other_texts() -> None:
    synthetic = scores(kind="synthetic").block()
    assert any("yardsticks, not findings" in note for note in footnotes([block(), synthetic]))
    assert not any("yardsticks" in note for note in footnotes([block()]))
    assert any("the text is not" in note for note in footnotes([block("theirs")]))
    assert not any("the text is not" in note for note in footnotes([block("tiny")]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.26, "+1.3"), (-1.26, "−1.3"), (0.0, "0.0"), (0.04, "0.0"), (-0.04, "0.0"), (-0.06, "−0.1"), (40, "+40.0")],
)
def test_changes_carry_their_sign_unless_they_round_to_nothing(value: float, shown: str) -> None:
    assert signed(value) == shown


def test_a_significant_change_that_rounds_to_nothing_still_points() -> None:
    row = block().rows[0]
    tiny = Contrast(0.04, "paired t", 9.0, 99.0, 1e-6)
    found = ChangeBlock(
        **{
            **vars(block()),
            "rows": (
                type(row)(
                    **{
                        **vars(row),
                        "contrasts": {"up": tiny, "down": tiny},
                        "people": {"up": PeopleChange(0.01, 9), "down": None},
                    }
                ),
            ),
        }
    )
    assert change_table(found).rows[1][2:] == ("↑ 0.0", "0.0", "↑ 0.0", "")
