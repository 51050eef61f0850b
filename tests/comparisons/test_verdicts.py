from __future__ import annotations

import pytest

from emotionbench.comparisons.verdicts import alignment_verdict, calm_verdict
from emotionbench.statistics.estimate import Estimate


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.01, 1.4, "Closer to these people than other people would be"),
        (-3.0, -0.01, "Farther from people than their average change"),
        (-0.2, 1.0, "Undecided"),
        (0.0, 1.0, "Undecided"),
        (-0.2, 0.99, "No closer to people than an answer that ignores the situation"),
        (0.0, 0.5, "No closer to people than an answer that ignores the situation"),
        (-0.5, 0.0, "No closer to people than an answer that ignores the situation"),
        (0.01, 1.0, "Not told apart from people"),
        (1.0, 1.5, "Not told apart from people"),
        (0.01, 0.99, "Closer to people than any answer that ignores the situation, but not as close"),
        (None, None, "Undecided"),
        (None, 0.5, "No closer to people"),
        (None, -0.5, "Farther from people"),
        (0.5, None, "Not told apart from people"),
        (-0.5, None, "Undecided"),
        (1.5, None, "Closer to these people than other people"),
    ],
)
def test_alignment_in_words_follows_its_interval(low: float | None, high: float | None, words: str) -> None:
    # whatever the figure itself: the words claim no more than the interval does
    for value in (low if low is not None else -9.0, high if high is not None else 9.0):
        assert alignment_verdict(Estimate(value, low, high)).startswith(words)


def test_alignment_that_cannot_be_had_says_why() -> None:
    assert alignment_verdict(Estimate.none("no baseline")) == "Alignment is not estimable: no baseline."


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Estimate(2.34, 1.0, 3.7), "Calmer than people: 2.3 points less negative affect after the situations."),
        (Estimate(-2.36, -4.0, -1.0), "Less calm than people: 2.4 points more negative affect after the situations."),
        (Estimate(2.0, -1.0, 5.0), "Reports about as much negative affect after the situations as people do."),
        (Estimate(0.0, 0.0, 0.0), "Reports about as much negative affect after the situations as people do."),
        (Estimate.none("no scores"), "Calm is not estimable: no scores."),
    ],
)
def test_calm_in_words(found: Estimate, words: str) -> None:
    assert calm_verdict(found) == words


def test_without_an_interval_nobody_is_as_calm_as_people() -> None:
    found = calm_verdict(Estimate(30.0, why="one unit only"))
    assert found == "Whether it is as calm as people cannot be told: one unit only."
