from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from change_helpers import SUBSCALES, Scores, norm
from emotionbench.comparisons.alignment import Alignment, alignments
from emotionbench.comparisons.change import ChangeBlock, change_blocks
from emotionbench.comparisons.findings import Findings
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.response_style import ResponseStyle
from emotionbench.materials.instruments import Instrument
from emotionbench.reports.summary_table import NO_FLAG, alignment_of, estimate, styles_of, summary_notes, summary_table
from emotionbench.statistics.estimate import Estimate
from style_helpers import Filled

MOOD = Instrument.model_validate(
    {
        "id": "MOOD",
        "name": "Mood",
        "edition": "first",
        "language": "en",
        "validated": False,
        "source": "Made up for the tests.",
        "licence": "Apache-2.0",
        "instructions": "How do you feel?",
        "response_scale": {"lowest": 1, "highest": 5},
        "items": ["glad", "merry", "gloomy", "angry"],
        "subscales": {"up": {"name": "Up", "items": [1, 2]}, "down": {"name": "Down", "items": [3, 4]}},
        "score": {"rule": "sum"},
    }
)


def scores(name: str, **constant: Any) -> Scores:
    """Two baselines and three situations, one of them without a score."""
    found = Scores(respondent=name, **constant).baseline(10).baseline(11).evoked("fear-1-1", 12).evoked("fear-1-2", 14)
    return found.evoked("fear-2-1", 9).evoked("anger-1-1", None, None)


def block(name: str, **constant: Any) -> ChangeBlock:
    (found,) = change_blocks(scores(name, **constant).frame(), {"MOOD": SUBSCALES}, [])
    return found


def alignment(name: str, headline: Estimate, calm: Estimate | None = None, **constant: Any) -> Alignment:
    (found,) = alignments(scores(name, **constant).frame(), {"MOOD": SUBSCALES}, [norm({"fear-1": (3.0, 9)})])
    return replace(found, headline=headline, calm=calm or Estimate(-1.25, -2.0, -0.5))


def styles(name: str, *sheets: tuple[Any, ...], **constant: Any) -> tuple[ResponseStyle, ...]:
    filled = Filled(MOOD, respondent=name, repeat=0, **constant)
    for sheet in sheets:
        filled.baseline(sheet)
    return filled.styles()


def made(*blocks: ChangeBlock, **parts: Any) -> Findings:
    return Findings(Inference(), changes=blocks, **parts)


def test_a_row_says_who_what_and_how_close() -> None:
    table = summary_table(
        made(block("a", kind="synthetic"), alignments=(alignment("a", Estimate(0.614, -0.401, 0.8), kind="synthetic"),))
    )
    assert table.header == ("", "instrument", "flags", "n", "alignment", "calm")
    # two baselines and three scored administrations after; the refused one does not count
    assert table.rows == (("a [synthetic]", "MOOD", NO_FLAG, "5", "0.61 [−0.40, 0.80]", "−1.2 [−2.0, −0.5]"),)
    assert table.n_text == 3


def test_the_closest_to_people_come_first_and_those_without_a_figure_last() -> None:
    values = {"far": -3.0, "near": 0.9, "middle": 0.2}
    found = made(
        block("nobody knows"),
        *(block(name) for name in values),
        block("not estimable"),
        alignments=(
            *(alignment(name, Estimate(value, value - 1, value + 1)) for name, value in values.items()),
            alignment("not estimable", Estimate.none("no baseline"), Estimate.none("no scores")),
        ),
    )
    rows = summary_table(found).rows
    names = [row[0].split(" [")[0] for row in rows]
    assert names[:3] == ["near", "middle", "far"]
    assert set(names[3:]) == {"nobody knows", "not estimable"}
    by_name = dict(zip(names, rows, strict=True))
    assert by_name["nobody knows"][4:] == ("no norm", "")
    assert by_name["not estimable"][4:] == ("not estimable: no baseline", "not estimable: no scores")
    assert by_name["far"][4] == "−3.00 [−4.00, −2.00]"


def test_parts_of_one_respondent_are_told_apart() -> None:
    paired = replace(block("a"), design="paired")
    rows = summary_table(made(block("a"), paired, block("b"))).rows
    assert sorted(row[1] for row in rows) == ["MOOD", "MOOD · independent", "MOOD · paired"]


def test_alignment_belongs_to_the_same_part() -> None:
    own, other = alignment("a", Estimate(0.5, 0.1, 0.9)), alignment("b", Estimate(0.7, 0.1, 0.9))
    found = made(block("a"), block("b"), alignments=(other, own))
    assert alignment_of(found, block("a")) == own
    assert alignment_of(found, replace(block("a"), design="paired")) is None
    assert alignment_of(made(block("a")), block("a")) is None


def test_flags_are_short_in_the_table_and_whole_below_it() -> None:
    lost = styles("a", ("refused",) * 4, (1, 2, 3, 4))
    found = made(block("a"), block("b"), styles=(*lost, *styles("b", (1, 2, 3, 4), (2, 1, 4, 3))))
    rows = {row[0]: row for row in summary_table(found).rows}
    assert rows["a [language model]"][2].startswith("refused 50 %")
    assert rows["b [language model]"][2] == NO_FLAG
    notes = summary_notes(found)
    assert "a, MOOD: 50 % of the answers before were refused (4 of 8)." in notes
    assert not any(note.startswith("b, MOOD") for note in notes)
    assert styles_of(found, block("a")) == list(lost)
    assert styles_of(found, replace(block("a"), design="paired")) == []


def test_notes_explain_what_is_shown_and_what_is_not() -> None:
    aligned = alignment("a", Estimate(0.5, 0.1, 0.9))
    notes = summary_notes(made(block("a"), alignments=(aligned,), problems=("precisions of b: no answers",)))
    assert notes[0].startswith("alignment [95 % interval]: 1 = as close to people's changes as people are")
    assert any(aligned.verdict in note for note in notes)
    assert notes[-1] == "Not computed: precisions of b: no answers"
    assert summary_notes(made(block("a"))) == ()


def test_nothing_makes_an_empty_table() -> None:
    assert summary_table(made()).rows == ()


@pytest.mark.parametrize(
    ("found", "sign", "shown"),
    [
        (Estimate(0.605, 0.4, 0.8), False, "0.60 [0.40, 0.80]"),
        (Estimate(-0.615, -1.0, 0.8), False, "−0.61 [−1.00, 0.80]"),
        (Estimate(0.5, None, 0.8, why="open"), False, "0.50 [open, 0.80]"),
        (Estimate(2.04, 1.0, 3.0), True, "+2.0 [1.00, 3.00]"),
        (Estimate(2.0, why="one unit only"), False, "2.00 (no interval: one unit only)"),
        (Estimate.none("no scores"), True, "not estimable: no scores"),
    ],
)
def test_an_estimate_as_text(found: Estimate, sign: bool, shown: str) -> None:
    assert estimate(found, 2, sign=sign) == shown
