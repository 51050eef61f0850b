"""Cells recomputed from raw answers: exact values, and arrows and n by the paper's rule.

The paper pools all runs: a change is the mean score after its situations less the mean default, tested by an F-test and
then Student's or Welch's t at α = .01 (Huang et al., 2024, section 4.2); people's, by the paired t their arrows follow.
Scores are whole numbers times one factor, so every mean is a fraction and none is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emotionbench.published.printed import HALF, exact_root
from emotionbench.published.raw import BLANK, COUNTERPARTS, Raw, Sheets, Whole
from emotionbench.published.recipes import Figure, Key, Keying, Recipe, Subset, recipe_of
from emotionbench.published.tables import (
    COUNTERPARTS_OF,
    DEFAULT,
    EMOTIONS,
    OVERALL,
    PublishedCell,
    published_cells,
)
from emotionbench.statistics.contrasts import Contrast, f_then_t, one_sample_t

ALPHA = 0.01
ARROWS = {"↑": "u", "↓": "d", "−": "n", "?": None}
Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Recomputed:
    """A cell's value from the raw answers, its arrow (None where no test is possible or none is meant), and its n.

    ``n`` counts the administrations scored (of people: persons), ``n_excluded`` those left out for want of an answer.
    """

    value: Fraction
    arrow: str | None
    n: int
    n_excluded: int


class Bench:
    """Raw answers, and every figure that can be made of them; what is summed once is kept."""

    def __init__(self, raw: Raw, cells: Iterable[PublishedCell] | None = None) -> None:
        self.sheets = raw.sheets
        self.printed: dict[Key, Fraction] = {}
        for cell in published_cells() if cells is None else cells:
            recipe = recipe_of(cell)
            if recipe is not None and recipe.quantity != "spread":
                self.printed.setdefault(recipe.key, Fraction(cell.value))
        self._of_source = {source: SourceScores(sheets) for source, sheets in raw.sheets.items()}

    def of(self, source: str) -> SourceScores | None:
        """The scores of one source, None where its raw file is not here."""
        return self._of_source.get(source)

    def recompute(self, recipe: Recipe) -> Recomputed | None:
        """The cell that the paper's recipe makes; None where no administration of it is scored."""
        figure, scores = self.figure(recipe), self.of(recipe.source)
        if figure is None or scores is None:
            return None
        n, n_excluded = scores.counts(recipe)
        arrow = self.arrow(recipe) if recipe.quantity == "change" else None
        return Recomputed(figure.value, arrow, n, n_excluded)

    def figure(self, recipe: Recipe) -> Figure | None:
        """The value that a recipe makes; None where it cannot be made of what is here."""
        if recipe.printed is not None:
            value = self.printed.get(recipe.printed)
            return None if value is None else Figure(value * recipe.sign)
        found = self._figure(recipe)
        return None if found is None else Figure(found.value * recipe.sign, found.slack)

    def _figure(self, recipe: Recipe) -> Figure | None:
        scores = self.of(recipe.source)
        if scores is None:
            return None
        if recipe.quantity == "spread":
            spread = scores.spread(recipe)
            return None if spread is None else Figure(spread)
        if recipe.average.startswith("printed"):
            return self._mean_of_printed(recipe, scores)
        parts = scores.parts(recipe)
        values = [self._part(recipe, part, scores) for part in parts]
        if not values or any(value is None for value in values):
            return None
        known = [value for value in values if value is not None]
        return Figure(sum((one.value for one in known), Fraction(0)) / len(known), max(one.slack for one in known))

    def _mean_of_printed(self, recipe: Recipe, scores: SourceScores) -> Figure | None:
        rows = scores.rows_within(recipe.row, factors=recipe.average == "printed factors")
        values = [self.printed.get((recipe.source, row, recipe.affect)) for row in rows]
        known = [value for value in values if value is not None]
        return Figure(sum(known, Fraction(0)) / len(known)) if known and len(known) == len(values) else None

    def _part(self, recipe: Recipe, chosen: Chosen, scores: SourceScores) -> Figure | None:
        level = scores.mean(recipe, chosen)
        if level is None or recipe.quantity == "level":
            return None if level is None else Figure(level)
        subtracted = self._subtracted(recipe, chosen, scores)
        return None if subtracted is None else Figure(level - subtracted.value, subtracted.slack)

    def _subtracted(self, recipe: Recipe, chosen: Chosen, scores: SourceScores) -> Figure | None:
        """What a change subtracts from the evoked level."""
        if recipe.minus == "none":
            return Figure(Fraction(0))
        if recipe.minus in ("default", "evoked"):
            row = DEFAULT if recipe.minus == "default" else recipe.row
            return self._level_of(recipe, recipe.other or "", row)
        affect = recipe.minus_affect or recipe.affect
        of_affect = replace(recipe, affect=affect)
        if scores.sheets.paired and recipe.minus == "own":
            value = scores.mean_before(recipe, chosen, affect)
        elif recipe.minus == "everyone" and not scores.sheets.paired:
            value = None
        elif not scores.sheets.is_baseline.any():
            return self._level_of(of_affect, COUNTERPARTS_OF, DEFAULT) if recipe.source == COUNTERPARTS else None
        else:
            value = scores.mean(of_affect, scores.default(recipe.subset))
        if value is None:
            return None
        return Figure(value * 2 if recipe.minus == "twice" else value)

    def _level_of(self, recipe: Recipe, source: str, row: str) -> Figure | None:
        """The mean level of another source; its printed default where its raw file is not here."""
        scores = self.of(source)
        if scores is not None:
            there = replace(recipe, source=source, row=row, subset=None)
            value = scores.mean(there, scores.chosen(row, None))
            return None if value is None else Figure(value)
        printed = self.printed.get((source, row, recipe.affect)) if row == DEFAULT else None
        return None if printed is None else Figure(printed, HALF)

    def arrow(self, recipe: Recipe) -> str | None:
        """``u``, ``d`` or ``n`` by the paper's rule; None where no test is possible."""
        contrast = self.contrast(recipe)
        return None if contrast is None else arrow_of(contrast, ALPHA)

    def contrast(self, recipe: Recipe) -> Contrast | None:
        """The paper's test of a change."""
        arrays = self.arrays(recipe)
        if arrays is None:
            return None
        before, after, paired = arrays
        return one_sample_t(after - before) if paired else f_then_t(before, after, ALPHA)

    def arrays(self, recipe: Recipe) -> tuple[NDArray[np.float64], NDArray[np.float64], bool] | None:
        """The scores before and after that a change compares, and whether they are pairs."""
        scores = self.of(recipe.source)
        if scores is None or recipe.row == DEFAULT:
            return None
        chosen = scores.chosen(recipe.row, recipe.subset)
        if scores.sheets.paired:
            return (*scores.pairs(recipe, chosen), True)
        reference = scores if scores.sheets.is_baseline.any() else self.of(COUNTERPARTS_OF)
        if reference is None:
            return None
        before = reference.floats(recipe, reference.default(recipe.subset))
        return before, scores.floats(recipe, chosen), False


def arrow_of(contrast: Contrast, alpha: float) -> str | None:
    """The published file's letter for a contrast; scores that are all alike before and after have not changed."""
    if contrast.p is None and contrast.difference == 0:
        return "n"
    return ARROWS[contrast.arrow(alpha)]


class SourceScores:
    """The scores of one source under any keying, and which administrations belong to which row."""

    def __init__(self, sheets: Sheets) -> None:
        self.sheets = sheets
        self._totals: dict[tuple[str, Keying], tuple[Whole, Chosen]] = {}
        self._chosen: dict[tuple[str, Subset | None], Chosen] = {}
        self._means: dict[tuple[str, Keying, bytes], Fraction | None] = {}
        self._labels = np.array([row or DEFAULT for row in sheets.rows])
        self._emotions = np.array([emotion or DEFAULT for emotion in sheets.emotions])

    def totals(self, affect: str, keying: Keying) -> tuple[Whole, Chosen]:
        """The whole-number total of every sheet, and whether it counts; multiply by ``factor`` for the score."""
        known = self._totals.get((affect, keying))
        if known is None:
            known = self._totals[affect, keying] = self._total(affect, keying)
        return known

    def _total(self, affect: str, keying: Keying) -> tuple[Whole, Chosen]:
        items = self.sheets.items(affect)
        columns = np.array(items) - 1
        answers, valid = self.sheets.answers[:, columns], self.sheets.valid[:, columns]
        keyed = np.array([number in self.sheets.reversed_items for number in items])
        turned = {"keyed": keyed, "none": keyed & False, "all": keyed | True}[keying.reverse]
        ends = self.sheets.instrument.response_scale.reverse(0)
        blank = answers == BLANK
        if keying.outside:
            valid = ~blank
        if keying.blank_as_zero:
            valid, answers = valid | blank, np.where(blank, 0, answers)
        totals = np.asarray(np.where(turned, ends - answers, answers).sum(axis=1), np.int64)
        return totals, np.asarray(valid.all(axis=1), np.bool_)

    def factor(self, affect: str, keying: Keying) -> Fraction:
        """What a total is multiplied by."""
        rule = self.sheets.instrument.score
        by_item = (rule.rule == "mean") != keying.per_item
        return Fraction(rule.multiply) ** keying.multiplied / (len(self.sheets.items(affect)) if by_item else 1)

    def chosen(self, row: str, subset: Subset | None) -> Chosen:
        """The administrations of a table row: a factor's, an emotion's, all evoked, or the defaults."""
        if row == DEFAULT:
            return self.default(subset)
        known = self._chosen.get((row, subset))
        if known is None:
            if row == OVERALL:
                known = ~self.sheets.is_baseline
            else:
                known = (self._emotions if row in EMOTIONS else self._labels) == row
            known = self._chosen[row, subset] = known & self._within(subset, row)
        return known

    def default(self, subset: Subset | None) -> Chosen:
        """The administrations before any situation."""
        chosen = self.sheets.is_baseline
        if subset is not None and subset.kind in ("first baselines", "first repeats"):
            return np.asarray(chosen & (self.sheets.repeats < subset.number))
        return chosen & self._within(subset, DEFAULT) if subset is not None and subset.kind == "order" else chosen

    def _within(self, subset: Subset | None, row: str) -> Chosen:
        """The administrations that a subset leaves."""
        sheets = self.sheets
        everything = np.ones(len(sheets.rows), dtype=bool)
        if subset is None or subset.kind == "first baselines":
            return everything
        if subset.kind == "first repeats":
            return np.asarray(sheets.repeats < subset.number)
        if subset.kind == "order":
            return np.asarray(sheets.orders == subset.number)
        if subset.kind == "first situations":
            return np.asarray(sheets.situations < subset.number)
        if subset.kind == "without situation":
            return np.asarray(sheets.situations != subset.number)
        parts = self.rows_within(row)
        left_out = parts[subset.number] if subset.number < len(parts) else None
        return everything if left_out is None else np.asarray((self._labels != left_out) & (self._emotions != left_out))

    def rows_within(self, row: str, *, factors: bool = False) -> tuple[str, ...]:
        """The factors of an emotion's row; the emotions (or all factors) of the overall row; none of a factor's."""
        if row == OVERALL and not factors:
            return tuple(emotion for emotion in EMOTIONS if emotion in self._present)
        if row == OVERALL or row in EMOTIONS:
            return tuple(one for one in self._factors if row in (OVERALL, one.rpartition("-")[0]))
        return ()

    @cached_property
    def _present(self) -> frozenset[str]:
        return frozenset(self._emotions.tolist())

    @cached_property
    def _factors(self) -> tuple[str, ...]:
        return tuple(sorted(set(self._labels.tolist()) - {DEFAULT}))

    def parts(self, recipe: Recipe) -> list[Chosen]:
        """The groups of administrations whose means a figure averages."""
        whole = self.chosen(recipe.row, recipe.subset)
        if recipe.average == "pooled":
            return [whole]
        if recipe.average == "situations":
            return [whole & (self._situations == code) for code in sorted(set(self._situations[whole].tolist()))]
        rows = self.rows_within(recipe.row, factors=recipe.average == "factors")
        return [whole & self.chosen(row, None) for row in rows]

    @cached_property
    def _situations(self) -> Whole:
        """A number for every situation, over all factors."""
        keys = list(zip(self._labels.tolist(), self.sheets.situations.tolist(), strict=True))
        places = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        return np.array([places[key] for key in keys], dtype=np.int64)

    def situation_codes(self, recipe: Recipe) -> Whole:
        """The situation, from 0, of every evoked score that a recipe's row counts."""
        used = self._used(recipe, self.chosen(recipe.row, recipe.subset))
        return np.unique(self._situations[used], return_inverse=True)[1]

    def mean(self, recipe: Recipe, chosen: Chosen) -> Fraction | None:
        """The mean score of some administrations, None where none is scored; of people's evoked, only whole pairs."""
        key = (recipe.affect, recipe.keying, chosen.tobytes())
        if key not in self._means:
            totals, counts = self.totals(recipe.affect, recipe.keying)
            used = chosen & counts & self._has_pair(recipe)
            n = int(used.sum())
            total = Fraction(int(totals[used].sum()), n) if n else None
            self._means[key] = None if total is None else total * self.factor(recipe.affect, recipe.keying)
        return self._means[key]

    @cached_property
    def _before(self) -> Whole:
        """The row of the default of the same session, −1 where there is none."""
        defaults = {
            session: index
            for index, (session, first) in enumerate(zip(self.sheets.sessions, self.sheets.is_baseline, strict=True))
            if first
        }
        return np.array([defaults.get(session, -1) for session in self.sheets.sessions], dtype=np.int64)

    def _has_pair(self, recipe: Recipe) -> Chosen:
        """Which administrations are whole: all, but of people's evoked only those whose default is scored too."""
        _, counts = self.totals(recipe.affect, recipe.keying)
        if not self.sheets.paired:
            return np.ones(counts.size, dtype=bool)
        return np.asarray(self.sheets.is_baseline | ((self._before >= 0) & counts[self._before]))

    def mean_before(self, recipe: Recipe, chosen: Chosen, affect: str) -> Fraction | None:
        """The mean default of the same persons."""
        used = self._used(recipe, chosen)
        totals, counts = self.totals(affect, recipe.keying)
        rows = self._before[used]
        rows = rows[counts[rows]]
        if not rows.size:
            return None
        return Fraction(int(totals[rows].sum()), int(rows.size)) * self.factor(affect, recipe.keying)

    def _used(self, recipe: Recipe, chosen: Chosen) -> Chosen:
        _, counts = self.totals(recipe.affect, recipe.keying)
        return np.asarray(chosen & counts & self._has_pair(recipe))

    def pairs(self, recipe: Recipe, chosen: Chosen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The scores before and after of the same persons."""
        used = self._used(recipe, chosen)
        totals, _ = self.totals(recipe.affect, recipe.keying)
        factor = float(self.factor(recipe.affect, recipe.keying))
        return np.asarray(totals[self._before[used]] * factor, float), np.asarray(totals[used] * factor, float)

    def floats(self, recipe: Recipe, chosen: Chosen) -> NDArray[np.float64]:
        """The scores of some administrations as floating-point numbers, for tests."""
        totals, _ = self.totals(recipe.affect, recipe.keying)
        factor = float(self.factor(recipe.affect, recipe.keying))
        return np.asarray(totals[self._used(recipe, chosen)] * factor)

    def counts(self, recipe: Recipe) -> tuple[int, int]:
        """How many administrations of a recipe's row are scored, and how many are left out."""
        chosen = self.chosen(recipe.row, recipe.subset)
        n = int(self._used(recipe, chosen).sum())
        return n, int(chosen.sum()) - n

    def spread(self, recipe: Recipe) -> Fraction | None:
        """The SD that a recipe names; None where fewer than two scores say how they vary."""
        totals, _ = self.totals(recipe.affect, recipe.keying)
        row = {"evoked": OVERALL, "defaults": DEFAULT}.get(recipe.spread, recipe.row)
        chosen = self.chosen(row, recipe.subset)
        if recipe.spread == "all":
            chosen = np.ones(len(self.sheets.rows), dtype=bool)
        used = self._used(recipe, self.chosen(OVERALL, None) if recipe.spread == "changes" else chosen)
        values = totals[used]
        if recipe.spread == "changes":
            if not self.sheets.paired:
                return None
            values = values - totals[self._before[used]]
        return None if values.size < 2 else _spread(values.tolist(), recipe) * self.factor(recipe.affect, recipe.keying)


def _spread(values: Sequence[int], recipe: Recipe) -> Fraction:
    n = len(values)
    squares = sum(value * value for value in values) - Fraction(sum(values) ** 2, n)
    divisor = {"population": n, "error": n * (n - 1)}.get(recipe.spread, n - 1)
    return exact_root(Fraction(squares) / divisor)
