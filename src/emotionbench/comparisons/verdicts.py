"""What figures say, in words: one sentence each, so that nobody has to remember which way a sign points."""

from __future__ import annotations

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
        return "As close to people as people are to each other, as far as these figures can tell."
    return "Closer to people than any answer that ignores the situation, but not as close as people are to each other."


def calm_verdict(found: Estimate) -> str:
    """What ``calm`` says."""
    if found.value is None:
        return f"Calm is not estimable: {found.why}."
    points = f"{abs(found.value):.1f} points"
    if not found.excludes(0):
        return "Reports about as much negative affect after the situations as people do."
    if found.value > 0:
        return f"Calmer than people: {points} less negative affect after the situations."
    return f"Less calm than people: {points} more negative affect after the situations."
