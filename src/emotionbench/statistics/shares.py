"""Mean shares with intervals that hold near 0 and 1 too, and their differences.

A unit's value is a share from 0 to 1 (of its repeats, say). Such values vary at most as much as yes and no with the
same mean, so that Wilson's interval, made for yes and no, is wide enough for their mean. Differences take their
interval from those of both sides (Newcombe's hybrid score interval).

Source: Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of
eleven methods. Statistics in Medicine, 17, 873-890.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from emotionbench.statistics.estimate import LEVEL, Estimate
from emotionbench.statistics.proportions import wilson


def mean_share(values: ArrayLike, *, chance: float = 0.0, level: float = LEVEL) -> Estimate:
    """The mean of shares, shape (n,), beyond chance: 0 is what chance brings, 1 is all.

    Raises a ValueError for a share outside 0 to 1, or a chance that is not below 1.
    """
    shares = np.asarray(values, dtype=float)
    if not 0 <= chance < 1 or (shares.size and not (shares.min() >= 0 and shares.max() <= 1)):
        raise ValueError("shares are from 0 to 1, and chance is below 1")
    found = wilson(float(shares.sum()), shares.size, level)
    value, low, high = (
        None if end is None else (end - chance) / (1 - chance) for end in (found.value, found.low, found.high)
    )
    return replace(found, value=value, low=low, high=high)


def share_difference(first: Estimate, second: Estimate) -> Estimate:
    """Second − first of independent shares, each with its interval; null with the reason where one has none."""
    for side in (first, second):
        if side.value is None or side.low is None or side.high is None:
            return Estimate.none(side.why or "no share on one side")
    a, low_a, high_a = (float(end or 0.0) for end in (first.value, first.low, first.high))
    b, low_b, high_b = (float(end or 0.0) for end in (second.value, second.low, second.high))
    apart = b - a
    below = math.hypot(b - low_b, high_a - a)
    above = math.hypot(high_b - b, a - low_a)
    return Estimate(apart, apart - below, apart + above, first.level)
