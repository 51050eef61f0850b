"""Precision: where the variance of scores comes from, how wide the intervals are now, and what would narrow them."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import polars as pl

from emotionbench.comparisons.change import mean_change
from emotionbench.comparisons.parts import Part, parts_to_compare, scored
from emotionbench.materials.instruments import Instrument
from emotionbench.records import RespondentKind
from emotionbench.statistics.decision_study import Plan, best_split, half_width, needed_situations
from emotionbench.statistics.estimate import Estimate
from emotionbench.statistics.generalizability import (
    Dependability,
    VarianceComponents,
    dependability,
    variance_components,
)
from emotionbench.statistics.order_effects import position_effects, score_variance

Row = Literal["factor", "emotion", "overall"]
ROWS: tuple[Row, ...] = ("factor", "emotion", "overall")
REPEATS = (1, 2, 3, 5, 10, 20)
NO_SCORES = "no score after imagining"


@dataclass(frozen=True)
class RowPrecision:
    """The half-widths of one kind of row as they are now, raw points, 95 %.

    ``half_width`` is the median of the rows that have an interval (``n_intervals`` of ``n_rows``); null, with a
    ``why``, where none has. ``n_factors`` is the median number of factors that a row averages, ``n_pooled`` that of the
    factors over which the variance of its situations is pooled (of a factor those of its emotion), and ``predicted``
    what the components say of the same design.
    """

    row: Row
    n_rows: int
    n_intervals: int
    n_factors: int
    n_pooled: int
    half_width: float | None
    predicted: Plan | None
    why: str | None = None


@dataclass(frozen=True)
class Precision:
    """One subscale of one respondent: its components of variance, its factor means' coefficients, its rows now.

    ``design`` is ``independent`` (the score after imagining varies, and the baseline has a term of its own) or
    ``paired`` (the change within the session varies). For people, persons are the repeats of a situation.
    ``most_situations`` is the number of situations of the factor that has most.
    """

    respondent: str
    kind: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    subscale: str
    subscale_name: str
    n_scores: int
    most_situations: int
    components: VarianceComponents | None
    dependability: Dependability | None
    rows: tuple[RowPrecision, ...]
    why: str | None = None

    def row(self, row: Row) -> RowPrecision:
        """How precise this kind of row is now."""
        return next(found for found in self.rows if found.row == row)


def precisions(
    scores: pl.DataFrame,
    subscale_names: dict[str, dict[str, str]],
    *,
    answers: pl.DataFrame | None = None,
    instruments: Mapping[str, Instrument] | None = None,
) -> tuple[Precision, ...]:
    """The precision of every respondent × instrument × protocol × design × situation set, subscale by subscale.

    Parameters
    ----------
    scores
        One row per administration and subscale, as ``analysis.Analysis.labelled_scores``.
    subscale_names
        Instrument → subscale → name.
    answers, instruments
        One row per item (administration, item, position, value), and the instruments by label: what the order of items
        does is told where both are given.
    """
    return tuple(
        _Precision(part, subscale, answers, (instruments or {}).get(part.names.instrument)).found()
        for part in parts_to_compare(scores, subscale_names)
        for subscale in part.subscales
    )


def plans(found: Precision, row: Row, wanted: float, *, max_situations: int | None = None) -> tuple[Plan, ...]:
    """For several numbers of repeats, the plan of fewest administrations that gives ± ``wanted`` points at most.

    The plan of a factor supposes that the other factors of its emotion are asked as much, as the scores are.
    """
    if found.components is None:
        return (Plan(None, why=found.why),)
    of_row = found.row(row)
    return tuple(
        needed_situations(
            found.components,
            wanted,
            repeats,
            n_factors=of_row.n_factors,
            n_pooled=of_row.n_pooled,
            max_situations=max_situations,
        )
        for repeats in REPEATS
    )


def split(found: Precision, row: Row, n_administrations: int, *, max_situations: int | None = None) -> Plan:
    """The plan of at most so many administrations whose interval is narrowest.

    ``max_situations`` are those available for a factor; by default as many as the scores have. The plan of a factor
    supposes that the other factors of its emotion are asked as much.
    """
    if found.components is None:
        return Plan(None, n_administrations=n_administrations, why=found.why)
    of_row = found.row(row)
    return best_split(
        found.components,
        n_administrations,
        n_factors=of_row.n_factors,
        n_pooled=of_row.n_pooled,
        max_situations=max_situations or found.most_situations,
    )


class _Precision:
    """One subscale of one part."""

    def __init__(self, part: Part, subscale: str, answers: pl.DataFrame | None, instrument: Instrument | None) -> None:
        self.part, self.subscale = part, subscale
        self.answers, self.instrument = answers, instrument
        chosen = (pl.col("subscale") == subscale) & pl.col(part.compared).is_not_null()
        self.evoked = part.evoked.filter(chosen)

    def found(self) -> Precision:
        n_scores = self.evoked.height
        components = self._components() if n_scores else None
        most = self._most_situations()
        return Precision(
            **vars(self.part.names),
            subscale=self.subscale,
            subscale_name=self.part.subscales[self.subscale],
            n_scores=n_scores,
            most_situations=most,
            components=components,
            dependability=self._dependability(components) if components else None,
            rows=tuple(self._row(row, components) for row in ROWS),
            why=None if n_scores else NO_SCORES,
        )

    def _components(self) -> VarianceComponents:
        is_human = self.part.names.kind == RespondentKind.HUMAN
        return variance_components(
            self.evoked[self.part.compared].to_numpy().astype(float),
            self.evoked["factor"].cast(pl.String).to_numpy(),
            self.evoked["situation"].cast(pl.String).to_numpy(),
            None if is_human else self.evoked["repeat"].to_numpy(),
            baseline=None if self.part.is_paired else scored(self.part.baseline, self.subscale, "value"),
            order=self._order(),
        )

    def _order(self) -> Estimate | None:
        """What the order of items contributes to the variance of a score; of the change, twice, where it is paired."""
        if self.answers is None or self.instrument is None:
            return None
        subscale, rule = self.instrument.subscales[self.subscale], self.instrument.score
        rows = self.evoked.select("administration", "situation").join(self.answers, on="administration", how="inner")
        rows = rows.filter(pl.col("item").is_in(list(subscale.items)) & pl.col("value").is_not_null())
        ends = self.instrument.response_scale
        reversed_value = pl.lit(ends.reverse(0)) - pl.col("value")
        keyed = pl.when(pl.col("item").is_in(list(subscale.reverse))).then(reversed_value).otherwise(pl.col("value"))
        rows = rows.with_columns(keyed=keyed.cast(pl.Float64))
        effects = position_effects(
            rows["keyed"].to_numpy(),
            rows["item"].to_numpy(),
            rows["administration"].to_numpy(),
            rows["situation"].cast(pl.String).to_numpy(),
            rows["position"].to_numpy(),
            n_positions=self.instrument.n_items,
        )
        of_score = score_variance(effects, len(subscale.items), self.instrument.n_items, is_mean=rule.rule == "mean")
        factor = rule.multiply**2 * (2 if self.part.is_paired else 1)
        value, low, high = (None if x is None else x * factor for x in (of_score.value, of_score.low, of_score.high))
        return Estimate(value, low, high, of_score.level, of_score.why)

    def _dependability(self, components: VarianceComponents) -> Dependability:
        n_situations = max(1, round(components.n_situations / components.n_factors))
        return dependability(components, n_situations, max(1, round(components.n_repeats)), shared_runs=True)

    def _most_situations(self) -> int:
        counts = self.evoked.group_by("factor").agg(n=pl.col("situation").n_unique())["n"]
        return int(counts.max() or 0)  # type: ignore[arg-type]

    def _row(self, row: Row, components: VarianceComponents | None) -> RowPrecision:
        sets = list(self._factor_sets(row))
        n_factors, n_pooled = _median(map(len, sets)), _median(map(self._n_pooled, sets))
        widths, reasons = [], []
        for factors in sets:
            change = mean_change(self.part, self.subscale, factors)
            low, high = change.interval()
            if low is not None and high is not None:
                widths.append((high - low) / 2)
            else:
                reasons.append(change.why or "the scores do not vary")
        why = None if widths else (max(set(reasons), key=reasons.count) if reasons else NO_SCORES)
        predicted = self._predicted(components, n_factors, n_pooled) if components else None
        half = statistics.median(widths) if widths else None
        return RowPrecision(row, len(sets), len(widths), n_factors, n_pooled, half, predicted, why)

    def _predicted(self, components: VarianceComponents, n_factors: int, n_pooled: int) -> Plan:
        return half_width(
            components,
            max(1, round(components.n_situations / components.n_factors)),
            max(1, round(components.n_repeats)),
            components.n_baseline,
            n_factors=n_factors,
            n_pooled=n_pooled,
        )

    def _n_pooled(self, factors: Collection[str]) -> int:
        """Over how many factors the variance of situations is pooled: all of the emotions that these are of."""
        emotions = {self.part.factors[factor][0] for factor in factors}
        return sum(self.part.factors[factor][0] in emotions for factor in self._present)

    @cached_property
    def _present(self) -> tuple[str, ...]:
        """The factors with a score, emotion by emotion."""
        present = set(self.evoked["factor"].cast(pl.String).unique().to_list())
        return tuple(factor for factor in self.part.factors if factor in present)

    def _factor_sets(self, row: Row) -> Iterator[Collection[str]]:
        """The factors of every row of a kind, of those with a score."""
        factors = {factor: self.part.factors[factor][0] for factor in self._present}
        if row == "factor":
            yield from ([factor] for factor in factors)
        elif row == "emotion":
            for emotion in dict.fromkeys(factors.values()):
                yield [factor for factor, of_factor in factors.items() if of_factor == emotion]
        elif factors:
            yield list(factors)


def _median(counts: Iterable[int]) -> int:
    """The median, rounded; 1 of none."""
    return round(statistics.median(list(counts) or [1]))
