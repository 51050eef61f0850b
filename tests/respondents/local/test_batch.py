"""The answer that a reading is told with."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from emotionbench.respondents.local.batch import drawn_answer


def test_the_own_answer_follows_the_probabilities() -> None:
    probabilities = (0.02, 0.06, 0.02)
    assert [drawn_answer(probabilities, 1.0, number) for number in (0.0, 0.19, 0.21, 0.79, 0.81, 0.999)] == [
        0,
        0,
        1,
        1,
        2,
        2,
    ]
    assert drawn_answer(probabilities, 0.0, 0.999) == 1
    assert drawn_answer(probabilities, 0.5, 0.05) == 0
    assert drawn_answer(probabilities, 0.5, 0.15) == 1
    assert drawn_answer((0.0, 0.0), 1.0, 0.9) == 0
