"""Why a printed arrow may differ from the paper's rule: another test, another level, another row's arrow.

Another rule explains arrows only if it does so beyond chance. Were D of T arrows merely wrong, at random places and
with either of the two other arrows, a rule that changes F of the T arrows would by chance mend x or more of them with
the hypergeometric probability of x places in common, times 1 / 2 for each. It is claimed where that, times the number
of rules tried, is below 0.05.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from emotionbench.published.recipes import Recipe
from emotionbench.published.recompute import ALPHA, Bench, arrow_of
from emotionbench.published.tables import PublishedCell
from emotionbench.statistics.contrasts import Contrast, Scores, f_then_t, one_sample_t, t_contrast, welch_t

CHANCE = 0.05
OTHER_LEVELS = (0.05, 0.001)


@dataclass(frozen=True)
class Marked:
    """A printed arrow beside the one that the paper's rule gives."""

    cell: PublishedCell
    recipe: Recipe
    arrow: str | None


@dataclass(frozen=True)
class Rule:
    """Another way to an arrow; ``arrow`` is None where it cannot be applied."""

    words: str
    arrow: Callable[[Bench, Recipe], str | None]


def explain_arrows(marked: Sequence[Marked], bench: Bench) -> dict[PublishedCell, str]:
    """Why printed arrows of one source differ from the paper's rule, by cell; what no rule explains is left out."""
    wrong = [one for one in marked if one.arrow is not None and one.arrow != one.cell.arrow]
    if not wrong:
        return {}
    found: list[tuple[float, str, list[Marked]]] = []
    rules = _rules(bench, wrong[0].recipe)
    for rule in rules:
        others = {one.cell: rule.arrow(bench, one.recipe) for one in marked}
        changed = [one for one in marked if others[one.cell] not in (None, one.arrow)]
        mended = [one for one in wrong if others[one.cell] == one.cell.arrow]
        expected = len(rules) * _by_chance(len(marked), len(changed), len(wrong), len(mended))
        if mended and expected < CHANCE:
            found.append((expected, rule.words, mended))
    explained: dict[PublishedCell, str] = {}
    for expected, words, mended in sorted(found, key=lambda one: one[0]):
        tried = f"{len(rules)} rules tried, {expected:.1g} expected by chance"
        tail = f"explains {len(mended)} of {len(wrong)} arrows that differ ({tried})"
        for one in mended:
            explained.setdefault(one.cell, f"arrow: {words}; {tail}")
    return explained


def _by_chance(n: int, n_changed: int, n_wrong: int, n_mended: int) -> float:
    """The probability that random errors would be mended so well; 0 < result <= 1."""
    ways = sum(
        comb(n_changed, x) * comb(n - n_changed, n_wrong - x) * 0.5**x
        for x in range(n_mended, min(n_changed, n_wrong) + 1)
    )
    return ways / comb(n, n_wrong)


def _rules(bench: Bench, recipe: Recipe) -> tuple[Rule, ...]:
    """The rules that can be tried for a source."""
    scores = bench.of(recipe.source)
    levels = [Rule(f"as at α = {level:g}", _at(level)) for level in OTHER_LEVELS]
    if scores is not None and scores.sheets.paired:
        return (
            *levels,
            Rule("as by the unpaired test", _unpaired),
            Rule("as by the test of situation means", _situations),
        )
    return (
        *levels,
        Rule("as by Student's t, whatever the variances", _tested(_student)),
        Rule("as by Welch's t, whatever the variances", _tested(welch_t)),
        Rule("as by the test of situation means", _situations),
    )


def _at(level: float) -> Callable[[Bench, Recipe], str | None]:
    def arrow(bench: Bench, recipe: Recipe) -> str | None:
        contrast = bench.contrast(recipe)
        return None if contrast is None else arrow_of(contrast, level)

    return arrow


def _tested(test: Callable[[Scores, Scores], Contrast]) -> Callable[[Bench, Recipe], str | None]:
    def arrow(bench: Bench, recipe: Recipe) -> str | None:
        arrays = bench.arrays(recipe)
        return None if arrays is None else arrow_of(test(arrays[0], arrays[1]), ALPHA)

    return arrow


def _unpaired(bench: Bench, recipe: Recipe) -> str | None:
    return _tested(lambda before, after: f_then_t(before, after, ALPHA))(bench, recipe)


def _student(before: Scores, after: Scores) -> Contrast:
    gap, df = float(after.mean() - before.mean()), before.size + after.size - 2
    squares = float(((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum())
    if df < 1 or squares == 0:
        return Contrast(gap, "Student's t", note="the scores do not vary")
    return t_contrast("Student's t", gap, float(np.sqrt(squares / df * (1 / before.size + 1 / after.size))), df)


def _situations(bench: Bench, recipe: Recipe) -> str | None:
    """The situation as the unit: their means against the defaults, or the means of people's changes against none."""
    arrays, scores = bench.arrays(recipe), bench.of(recipe.source)
    if arrays is None or scores is None:
        return None
    before, after, paired = arrays
    codes = scores.situation_codes(recipe)
    values = after - before if paired else after
    means = np.bincount(codes, values) / np.bincount(codes) if codes.size else values
    return arrow_of(one_sample_t(means) if paired else welch_t(before, means), ALPHA)
