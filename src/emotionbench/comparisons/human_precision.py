"""How precise the changes of a study with people will be: from how people of a norm vary, before anybody is asked.

The situation is the unit, as in the analysis (``change.contrast_of``): the change of a situation is the mean over its
persons, and varies by σ²_situation + σ²_person / n. A row's interval follows from that variance and from the numbers of
situations (``statistics.expected_width``). That people will vary as those of the norm did is supposed, no more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from emotionbench.materials.norms import Norm
from emotionbench.statistics.expected_width import ExpectedWidth, expected_width
from emotionbench.statistics.nested_summaries import NestedVariances, nested_variances

Row = Literal["factor", "emotion", "overall"]
ROWS: tuple[Row, ...] = ("factor", "emotion", "overall")
NO_SITUATIONS = "the norm holds no situations, so that nothing says how situations vary"


@dataclass(frozen=True)
class Spread:
    """How people's change on one subscale varies in a norm, as standard deviations in raw points.

    ``person`` around the mean of their situation, ``situation`` around that of its factor, ``factor`` around that of
    its emotion, ``overall`` of all factors. ``n_people``, ``n_situations`` and ``n_factors`` are those it comes from.
    """

    subscale: str
    person: float
    situation: float
    factor: float
    overall: float
    n_people: int
    n_situations: int
    n_factors: int

    def of_situation(self, n_people: float) -> float:
        """The variance of the mean change of a situation around its factor's, with so many people (``inf`` is one)."""
        return self.situation**2 + self.person**2 / n_people


@dataclass(frozen=True)
class Expected:
    """The half-widths to be expected of one kind of row with ``n_people`` a situation, raw points, 95 %.

    ``least`` and ``most`` are those of the row of the narrowest and of the widest interval (they differ as rows have
    more or fewer situations). None with a ``why`` where no row has an interval; where only some have none, ``why``
    says so, too. ``is_pooled`` is False where a row's situations had to be taken as one stratum.
    """

    row: Row
    n_people: float
    least: float | None
    most: float | None
    is_pooled: bool = True
    why: str | None = None


def spread_of(norm: Norm, subscale: str) -> Spread | None:
    """How people's change varies over persons, situations and factors; None where the norm cannot tell."""
    rows = [row for row in norm.rows if row.factor is not None and subscale in row.subscales]
    numbers = {row.factor: number for number, row in enumerate(rows)}
    emotions = {emotion: number for number, emotion in enumerate(dict.fromkeys(row.emotion for row in rows))}
    own = [one for one in norm.situations if one.factor in numbers]
    imagined = {one.factor for one in own}
    if not own or imagined < set(numbers):
        return None
    try:
        found = nested_variances(
            [one.change[subscale] for one in own],
            [one.n for one in own],
            [numbers[one.factor] for one in own],
            [row.subscales[subscale].change.sd for row in rows],
            [emotions[row.emotion] for row in rows],
        )
    except ValueError:
        return None
    return _spread(subscale, found, sum(one.n for one in own), len(own), len(rows))


def expected_widths(
    spread: Spread, factors: Mapping[str, tuple[str, int]], n_people: Sequence[float]
) -> tuple[Expected, ...]:
    """What to expect of every kind of row, for each number of people a situation (of those who stay).

    Parameters
    ----------
    factors
        Factor id → its emotion, and how many of its situations people are given.
    n_people
        People a situation; ``math.inf`` for as many as one likes. There is no overall row where there is one emotion.
    """
    kinds = [row for row in ROWS if row != "overall" or len({emotion for emotion, _ in factors.values()}) > 1]
    return tuple(_expected(spread, factors, row, n) for row in kinds for n in n_people)


def _expected(spread: Spread, factors: Mapping[str, tuple[str, int]], row: Row, n_people: float) -> Expected:
    emotions = [emotion for emotion, _ in factors.values()]
    numbers = {emotion: number for number, emotion in enumerate(dict.fromkeys(emotions))}
    pools = np.array([numbers[emotion] for emotion in emotions])
    counts = np.array([n for _, n in factors.values()])
    sets = {
        "factor": list(np.eye(len(emotions), dtype=bool)),
        "emotion": [pools == number for number in numbers.values()],
        "overall": [np.ones(len(emotions), dtype=bool)],
    }[row]
    strata = {"factor": 0.0, "emotion": spread.factor, "overall": spread.overall}[row]
    variance = spread.of_situation(n_people)
    found = [expected_width(counts, pools, of_row, variance, strata_variance=strata**2) for of_row in sets]
    return _together(row, n_people, found)


def _together(row: Row, n_people: float, found: Sequence[ExpectedWidth]) -> Expected:
    widths = [one.half_width for one in found if one.half_width is not None]
    why = next((one.why for one in found if one.why), None)
    is_pooled = all(one.is_pooled for one in found)
    return Expected(row, n_people, min(widths, default=None), max(widths, default=None), is_pooled, why)


def _spread(subscale: str, found: NestedVariances, n_people: int, n_situations: int, n_factors: int) -> Spread:
    person, situation, factor, overall = map(math.sqrt, (found.person, found.situation, found.factor, found.overall))
    return Spread(subscale, person, situation, factor, overall, n_people, n_situations, n_factors)
