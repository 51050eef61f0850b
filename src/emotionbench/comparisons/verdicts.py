"""What figures say, in words: one sentence each, so that nobody has to remember which way a sign points."""

from __future__ import annotations

from emotionbench.statistics.contrasts import Contrast
from emotionbench.statistics.estimate import Estimate


def alignment_verdict(found: Estimate) -> str:
    """What the headline says."""
    if found.value is None:
        return f"Alignment is not estimable: {found.why}."
    return _alignment_in_words(*_ends(found))


def _ends(found: Estimate) -> tuple[float, float]:
    low = found.low if found.low is not None else float("-inf")
    high = found.high if found.high is not None else float("inf")
    return low, high


def _alignment_in_words(low: float, high: float) -> str:
    if low > 1:
        return "Closer to these people than other people would be: were its answers made from theirs?"
    if high < 0:
        return "Farther from people than their average change, given to every situation, would be."
    if low <= 0 and high >= 1:
        return "Undecided: the interval reaches from no better than ignoring the situation to as close as people."
    if low <= 0:
        return "No closer to people than an answer that ignores the situation could be."
    if high >= 1:
        return "Not told apart from people: the interval holds 1, as close as people are to each other, and not 0."
    return "Closer to people than any answer that ignores the situation, but not as close as people are to each other."


def calm_verdict(found: Estimate, baseline: Contrast | None = None) -> str:
    """What ``calm`` says, and how much of it was there before: ``baseline`` is respondent − people."""
    if found.value is None:
        return f"Calm is not estimable: {found.why}."
    if found.low is None or found.high is None:
        return f"Whether it is as calm as people cannot be told: {found.why}."
    points = f"{abs(found.value):.1f} points"
    if not found.excludes(0):
        return "Reports about as much negative affect after the situations as people do."
    before = _before(baseline)
    if found.value > 0:
        return f"Calmer than people: {points} less negative affect after the situations{before}."
    return f"Less calm than people: {points} more negative affect after the situations{before}."


def _before(baseline: Contrast | None) -> str:
    if baseline is None or baseline.difference is None:
        return ""
    side = "more" if baseline.difference > 0 else "less"
    return f" ({abs(baseline.difference):.1f} {side} before them)"
