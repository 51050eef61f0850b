"""Two one-sided tests: whether a difference is reliably smaller than a margin.

Source: Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for assessing
the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15, 657-680.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

ALPHA = 0.05


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference lies within ± ``margin``, in raw points.

    ``low`` to ``high`` is the interval of confidence 1 − 2 alpha: the difference is equivalent to none where all of it
    lies within the margin, which is where p < alpha. ``p``, ``low``, ``high`` and ``is_equivalent`` are null together,
    with the reason in ``why``.
    """

    margin: float
    p: float | None
    low: float | None = None
    high: float | None = None
    is_equivalent: bool | None = None
    why: str | None = None


def tost(difference: float, standard_error: float, df: float, margin: float, *, alpha: float = ALPHA) -> Equivalence:
    """Test |true difference| ≥ margin; p is the greater of the two one-sided p-values of t with df.

    ``df`` may be infinite: the normal distribution. Raises a ValueError for a margin that is not above 0, or an alpha
    outside 0 to 0.5.
    """
    if not 0 < margin < math.inf:
        raise ValueError(f"margin {margin} is not a number above 0")
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha {alpha} is not between 0 and 0.5")
    if not 0 < standard_error < math.inf:
        return Equivalence(margin, None, why="the scores do not vary")
    if not df > 0:
        return Equivalence(margin, None, why="no degrees of freedom")
    p = max(_upper_tail(df, bound / standard_error) for bound in (margin + difference, margin - difference))
    half = standard_error * _quantile(df, 1 - alpha)
    return Equivalence(margin, p, float(difference - half), float(difference + half), p < alpha)


def _upper_tail(df: float, t: float) -> float:
    return float(special.ndtr(-t) if math.isinf(df) else special.stdtr(df, -t))


def _quantile(df: float, p: float) -> float:
    return float(special.ndtri(p) if math.isinf(df) else special.stdtrit(df, p))
