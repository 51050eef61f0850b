"""``emotionbench plan-precision``: how precise the changes are, and what design makes them as precise as is wanted."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

import click

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.precision import Precision, Row, plans, precisions, split
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables
from emotionbench.statistics.decision_study import ADMINISTRATIONS_AT_MOST, Plan
from emotionbench.statistics.generalizability import ONE_REPEAT, Component

ANSWERS_READ = 200_000
"""Administrations up to which the items are read as well, to tell what their order does."""
COMPONENTS = ("factor", "situation", "repeat", "residual", "order", "baseline")
SHARED_RUNS = (
    "Runs that situations share move all of them together (repeat); the intervals now hold this. Plans take every"
    " repeat to be one of its own, as studies made here ask it."
)
ROW_NOTES = {
    "factor": "one factor, the others of its emotion asked as often",
    "emotion": "one emotion, the mean of its factors",
    "overall": "all factors, their mean",
}


@click.command("plan-precision")
@click.option("--respondent", metavar="NAME", help="Only this respondent.")
@click.option("--half-width", "wanted", type=float, metavar="POINTS", help="Wanted: ± points. Default 1.")
@click.option("--administrations", "n", type=int, metavar="N", help="Given: administrations for a row.")
@click.option("--row", type=click.Choice(["factor", "emotion", "overall"]), default="emotion", show_default=True)
@click.option("--max-situations", type=click.IntRange(min=1), metavar="N", help="Situations available for a factor.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(
    respondent: str | None,
    wanted: float | None,
    n: int | None,
    row: Row,
    *,
    max_situations: int | None,
    store_name: str,
    as_json: bool,
) -> None:
    """Say how many situations and repeats give an interval of ± POINTS, or how best to split N administrations.

    Both follow from what the store's scores say about how factors, situations, repeats and baselines vary.
    """
    _check(wanted, n)
    with open_for_reading(store_name) as store:
        analysis = analyse(store)
        found = _chosen(analysis, respondent)
    if n is None:
        wanted = 1.0 if wanted is None else wanted
        planned = [plans(part, row, wanted, max_situations=max_situations) for part in found]
    else:
        planned = [(split(part, row, n, max_situations=max_situations),) for part in found]
    if as_json:
        pairs = zip(found, planned, strict=True)
        shown = [{**asdict(part), "plans": [asdict(plan) for plan in made]} for part, made in pairs]
        answer = {"row": row, "half_width": wanted, "administrations": n, "precision": shown}
        click.echo(json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False))
        return
    asked = f"± {wanted:g} points" if n is None else f"the best split of {n:,} administrations"
    title = f"For {asked} at 95 %, {ROW_NOTES[row]}"
    tables = [_components_table(found), _now_table(found), _plans_table(title, found, planned)]
    print_tables(console(), tables, _notes(found, planned))


def _check(wanted: float | None, n: int | None) -> None:
    if wanted is not None and n is not None:
        raise click.UsageError("give --half-width or --administrations, not both")
    if wanted is not None and not (math.isfinite(wanted) and wanted > 0):
        raise EmotionBenchError(f"--half-width {wanted:g} is not above 0", fix="give points of the score, such as 1.5")
    if n is not None and not 1 <= n <= ADMINISTRATIONS_AT_MOST:
        raise EmotionBenchError(
            f"--administrations {n} is not between 1 and {ADMINISTRATIONS_AT_MOST:,}", fix="give a number such as 500"
        )


def _chosen(analysis: Analysis, respondent: str | None) -> tuple[Precision, ...]:
    scores = analysis.labelled_scores
    if respondent is not None:
        known = analysis.administrations["respondent"].unique().to_list()
        if respondent not in known:
            raise EmotionBenchError(f"no respondent {respondent!r} in this store", fix=nearest(respondent, known))
        scores = scores.filter(scores["respondent"] == respondent)
    reads_items = analysis.administrations.height <= ANSWERS_READ
    return precisions(
        scores,
        analysis.subscale_names,
        answers=analysis.answers if reads_items else None,
        instruments=analysis.instruments,
    )


def _runs_matter(part: Precision) -> bool:
    return part.components is not None and part.components.repeat.variance.excludes(0)


def _labels(part: Precision) -> tuple[str, str]:
    return part.respondent, f"{part.instrument} {part.subscale_name}"


def _components_table(found: Sequence[Precision]) -> Table:
    rows = []
    for part in found:
        parts = [getattr(part.components, name) if part.components else None for name in COMPONENTS]
        rows.append((*_labels(part), *(_component(component) for component in parts)))
    header = ("respondent", "subscale", *COMPONENTS)
    return Table("Where the variance of a score comes from (points², and its share)", header, tuple(rows), n_text=2)


def _component(component: Component | None) -> str:
    if component is None or component.variance.value is None:
        return "–"
    share = "" if component.share is None else f" ({component.share:.0%})"
    return f"{component.variance.value:.2f}{share}"


def _now_table(found: Sequence[Precision]) -> Table:
    rows = []
    for part in found:
        halves = [row.half_width for row in part.rows]
        coefficient = part.dependability.relative.value if part.dependability else None
        cells = ["–" if half is None else f"± {half:.2f}" for half in halves]
        rows.append((*_labels(part), *cells, "–" if coefficient is None else f"{coefficient:.2f}"))
    header = ("respondent", "subscale", "a factor", "an emotion", "overall", "generalizability")
    return Table("Intervals of the change now (95 %, median over rows)", header, tuple(rows), n_text=2)


def _plans_table(title: str, found: Sequence[Precision], planned: Sequence[Sequence[Plan]]) -> Table:
    rows: list[tuple[str, ...]] = []
    ruled = set()
    for part, made in zip(found, planned, strict=True):
        ruled.add(len(rows))
        costs = [plan.n_administrations for plan in made if plan.half_width is not None and plan.n_administrations]
        for number, plan in enumerate(made):
            labels = _labels(part) if number == 0 else ("", "")
            is_cheapest = len(made) > 1 and plan.half_width is not None and plan.n_administrations == min(costs)
            rows.append((*labels, *_plan_cells(plan, is_paired=part.design == "paired", is_cheapest=is_cheapest)))
    header = ("respondent", "subscale", "situations a factor", "repeats", "baselines", "administrations", "interval")
    return Table(title, header, tuple(rows), n_text=2, ruled=frozenset(ruled - {0}))


def _plan_cells(plan: Plan, *, is_paired: bool, is_cheapest: bool) -> tuple[str, ...]:
    repeats = "–" if plan.n_repeats is None else str(plan.n_repeats)
    if plan.half_width is None:
        return "–", repeats, "–", "–", "not to be had"
    star = " *" if is_cheapest else ""
    baselines = "paired" if is_paired else str(plan.n_baseline)
    return str(plan.n_situations), repeats, baselines, f"{plan.n_administrations:,}{star}", f"± {plan.half_width:.2f}"


def _notes(found: Sequence[Precision], planned: Sequence[Sequence[Plan]]) -> tuple[str, ...]:
    notes = [
        "Variance: situation is within factor; repeat is what a run changes in all situations; order is what the order"
        " of items makes, a part of residual (or of repeat, where runs share their orders); baseline stands apart.",
        "Intervals count situations: more repeats of the same ones narrow them only as far as situations agree.",
    ]
    if any(len(made) > 1 for made in planned):
        notes.append("*: fewest administrations. Baselines are chosen to go with each row.")
    most = {part.most_situations for part in found if part.most_situations}
    if most:
        notes.append(f"The store has up to {max(most)} situations a factor; more of them have to be found or written.")
    if any(part.components and part.components.situation.variance.why == ONE_REPEAT for part in found):
        notes.append(f"Where there is {ONE_REPEAT}; plans are for one repeat.")
    if any(_runs_matter(part) for part in found):
        notes.append(SHARED_RUNS)
    reasons = {plan.why for made in planned for plan in made if plan.why}
    notes += [f"Not to be had: {reason}." for reason in sorted(reasons)]
    return tuple(notes)
