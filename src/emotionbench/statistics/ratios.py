"""The ratio of two means of the same units, with Fieller's interval.

Source: Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B, 16,
175-185.
"""

from __future__ import annotations

import math

from scipy import special

from emotionbench.statistics.contrasts import Mean
from emotionbench.statistics.estimate import LEVEL, Estimate


def ratio(numerator: Mean, denominator: Mean, total: Mean, level: float = LEVEL) -> Estimate:
    """Numerator / denominator, of means over the same units; ``total`` is the mean over the units of the two's sums.

    The sum's variance tells how the two covary. Where the denominator does not differ from 0 at this level, no
    interval is bounded and there is no estimate.
    """
    top, bottom = numerator.value, denominator.value
    errors = numerator.standard_error, denominator.standard_error, total.standard_error
    if top is None or bottom is None or None in errors:
        return Estimate(None, None, None, level, numerator.why or denominator.why or total.why or "no scores")
    of_top, of_bottom, of_sum = (float(error or 0.0) ** 2 for error in errors)
    covariance = (of_sum - of_top - of_bottom) / 2
    df = min((mean.df for mean in (numerator, denominator) if mean.df is not None), default=None)
    if df is None:
        if not bottom:
            return Estimate(None, None, None, level, "the denominator is 0")
        return Estimate(top / bottom, None, None, level, "the units do not vary")
    squared_t = float(special.stdtrit(df, (1 + level) / 2)) ** 2
    a = bottom**2 - squared_t * of_bottom
    if a <= 0:
        return Estimate(None, None, None, level, "the denominator does not differ from 0")
    b, c = top * bottom - squared_t * covariance, top**2 - squared_t * of_top
    spread = math.sqrt(max(b * b - a * c, 0.0)) / a
    return Estimate(top / bottom, b / a - spread, b / a + spread, level)
