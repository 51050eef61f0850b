"""Shares with their interval."""

from __future__ import annotations

import math

from scipy import special

from emotionbench.statistics.estimate import LEVEL, Estimate


def wilson(hits: float, n: float, level: float = LEVEL) -> Estimate:
    """The share hits / n, between 0 and 1, with Wilson's score interval; null where n is 0.

    ``hits`` may be a fraction (ties counted in parts), and so may ``n`` (an effective number). Source: Wilson, E. B.
    (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical
    Association, 22, 209-212.
    """
    if n <= 0:
        return Estimate(None, level=level, why="nothing to take a share of")
    z = float(special.ndtri((1 + level) / 2))
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return Estimate(share, min(max(centre - margin, 0.0), share), max(min(centre + margin, 1.0), share), level)
