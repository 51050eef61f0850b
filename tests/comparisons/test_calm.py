from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from change_helpers import SUBSCALES, Scores
from emotionbench.comparisons.calm import Calm, calms
from emotionbench.materials.forms import Form

NAMES = {"MOOD": SUBSCALES}


def of(scores: Scores, **forms: Form) -> Calm:
    (found,) = calms(scores.frame(), NAMES, forms)
    return found


def test_nothing_is_said_where_nothing_tells_of_it() -> None:
    scores = Scores().baseline(10).baseline(12).evoked("fear-1-1", 15).evoked("fear-1-2", 17)
    assert calms(scores.frame(), NAMES, {}) == ()


# the manipulation check


def with_counterparts(evoked: list[float], controls: list[float]) -> Scores:
    scores = Scores().baseline(10).baseline(12)
    for number, (after, control) in enumerate(zip(evoked, controls, strict=True), 1):
        scores.evoked(f"fear-1-{number}", after).control(f"fear-1-{number}", "neutral", control)
    return scores


def test_a_situation_is_set_against_the_counterpart_of_the_same_scene() -> None:
    scores = with_counterparts([20, 22, 27], [11, 12, 19]).evoked("fear-1-9", 50)
    found = {one.subscale: one for one in of(scores).manipulations}["up"]
    assert (found.counterparts, found.n_scenes) == ("neutral", 3)
    # the scene without a counterpart is left out: 23 − 11 and 14 − 11
    assert found.evoked_change == pytest.approx(12)
    assert found.control_change == pytest.approx(3)
    assert found.contrast.difference == pytest.approx(9)
    # of differences 9, 10, 8: t = 9 / (1 / √3)
    assert found.contrast.t == pytest.approx(9 * np.sqrt(3))
    assert found.contrast.n_tests == 1  # 'down' does not vary


def test_a_scene_that_does_it_all_by_itself_fails_the_check() -> None:
    found = of(with_counterparts([20, 25, 21], [21, 24, 21])).manipulations[0]
    assert found.contrast.difference == pytest.approx(0)
    assert found.contrast.p_holm == pytest.approx(1)


def test_counterparts_of_other_scenes_are_not_compared() -> None:
    scores = Scores().baseline(10).evoked("fear-1-1", 20).control("fear-1-2", "positive", 9)
    found = of(scores).manipulations[0]
    assert found.n_scenes == 0
    assert found.contrast.difference is None
    assert found.contrast.note == "no scene has both"


# recovery


def conversation(
    scores: Scores, situation: str, before: float, after: float, calmed: float, *, number: int = 0
) -> None:
    session = f"{situation} {number}"
    scores.pair(session, situation, before, after, repeat=number)
    scores.evoked(situation, calmed, condition="recovered", design="paired", session=session, repeat=number)


def test_the_share_undone_is_that_of_the_evoked_change() -> None:
    scores = Scores()
    for number, (rise, left) in enumerate([(10, 4), (12, 5), (8, 3)], 1):
        conversation(scores, f"fear-1-{number}", 10, 10 + rise, 10 + left)
    found = {one.subscale: one for one in of(scores).recoveries}["up"]
    assert (found.emotion, found.n, found.n_situations) == ("fear", 3, 3)
    assert (found.evoked, found.left) == (pytest.approx(10), pytest.approx(4))
    assert found.undone.difference == pytest.approx(6)
    assert found.share.value == pytest.approx(0.6)
    assert found.share.low is not None
    assert found.share.high is not None
    assert found.share.low < 0.6 < found.share.high


def test_nothing_evoked_leaves_nothing_to_undo() -> None:
    scores = Scores()
    rng = np.random.default_rng(4)
    for number in range(1, 7):
        conversation(scores, f"fear-1-{number}", 10, 10 + rng.normal(), 10 + rng.normal())
    found = of(scores).recoveries[0]
    assert found.share.value is None
    assert found.share.why == "no evoked change to undo"


def test_what_calming_leaves_is_no_part_of_the_change() -> None:
    scores = Scores()
    for number in range(1, 4):
        conversation(scores, f"fear-1-{number}", 10, 20 + number, 10 + number)
    block = scores.block()
    fear = next(row for row in block.rows if row.label == "Fear")
    assert fear.n == 3
    assert fear.contrasts["up"].difference == pytest.approx(12)


def test_95_percent_of_intervals_hold_the_planted_share() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(250):
        scores = Scores()
        for factor in (1, 2):
            for number in range(1, 7):
                rise = rng.normal(8, 3)
                for repeat in range(2):
                    before = rng.normal(15, 2)
                    evoked, calmed = before + rise + rng.normal(0, 2), before + 0.3 * rise + rng.normal(0, 2)
                    conversation(scores, f"fear-{factor}-{number}", before, evoked, calmed, number=repeat)
        share = of(scores).recoveries[0].share
        assert share.low is not None
        assert share.high is not None
        held += share.low <= 0.7 <= share.high
    assert 0.90 <= held / 250 <= 0.99


# steadiness


def told(persona: str, change: float, **constant: Any) -> Scores:
    scores = Scores(protocol=f"persona {persona}", **constant).baseline(10).baseline(12)
    for number in range(1, 4):
        scores.evoked(f"fear-1-{number}", 11 + change + number)
    return scores


def test_a_persona_is_set_against_none_situation_by_situation() -> None:
    scores = told("none", 8)
    scores.rows += told("calm", 3).rows
    found = of(scores, **{"persona none": Form(persona="none"), "persona calm": Form(persona="calm", persona_text="x")})
    steady = {one.subscale: one for one in found.steadiness}["up"]
    assert (steady.persona, steady.protocol, steady.against) == ("calm", "persona calm", "persona none")
    assert (steady.change, steady.change_without) == (pytest.approx(5), pytest.approx(10))
    assert steady.contrast.difference == pytest.approx(-5)
    assert steady.n_situations == 3


def test_forms_that_differ_in_more_than_the_persona_are_not_compared() -> None:
    scores = told("none", 8)
    scores.rows += told("calm", 3).rows
    forms = {
        "persona none": Form(persona="none", language="de"),
        "persona calm": Form(persona="calm", persona_text="x", language="en"),
    }
    assert calms(scores.frame(), NAMES, forms) == ()


def test_a_conversation_that_broke_off_before_calming_is_left_out_of_both_sides() -> None:
    scores = Scores()
    for number in range(1, 9):
        scores.pair(f"broken {number}", f"fear-1-{number}", 10, 30)
        conversation(scores, f"fear-1-{number}", 10, 12 + number % 2, 12, number=1)
    found = of(scores).recoveries[0]
    assert found.n == 8
    assert found.evoked == pytest.approx(2.5)
    assert found.undone.difference == pytest.approx(0.5)
    assert found.share.value == pytest.approx(0.2)
