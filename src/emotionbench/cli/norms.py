"""``emotionbench norms``: how people score, norms of one's own, and respondents beside people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.inference import ALPHA, Inference
from emotionbench.comparisons.norm_comparison import NormComparison, norm_comparisons, norms_for
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.materials import catalogue
from emotionbench.materials.score_norm_files import add_score_norm
from emotionbench.materials.score_norms import ScoreNorm
from emotionbench.records import Condition
from emotionbench.reports.change_table import Table
from emotionbench.reports.norm_table import norm_notes, norm_tables
from emotionbench.reports.render import markdown, print_tables

HOW_TO_GET_NORMS = (
    "add your own with: emotionbench norms add FILE; PsychoBench's come with: emotionbench materials add psychobench"
)
MOST_NAMED = 3


@click.group("norms")
def group() -> None:
    """List how people score; add norms of your own; set respondents beside people."""


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
def list_norms(*, as_json: bool) -> None:
    """List every norm of scores that respondents can be set beside."""
    norms = catalogue.score_norms()
    if as_json:
        click.echo(json.dumps([norm.model_dump(mode="json") for norm in norms], indent=1, ensure_ascii=False))
        return
    if not norms:
        click.echo(f"no norm of scores yet; {HOW_TO_GET_NORMS}")
        return
    print_tables(console(), [_list_table(norms)], ["source and licence of each: emotionbench norms list --json"])


@group.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of another norm with the same id.")
def add(file: Path, *, replace: bool) -> None:
    """Check a norm of your own (YAML) and keep it with the added materials.

    It names its instruments, and for every group of people n, and mean and sd (n − 1) by subscale.
    """
    added = add_score_norm(file, replace=replace)
    done = {"added": "added", "replaced": "replaced", "unchanged": "is there already, just so:"}[added.outcome]
    of = ", ".join(added.norm.instruments)
    people = ", ".join(f"{one.name} (n {one.n:,})" for one in added.norm.groups)
    click.echo(f"{done} norm {added.norm.id} of {of}: {people}\n{added.file}")


@group.command("compare")
@click.option("--instrument", "names", multiple=True, metavar="ID", help="Only this instrument; may be repeated.")
@click.option(
    "--alpha",
    type=float,
    default=ALPHA["standard"],
    show_default=True,
    metavar="P",
    help="Level of the tests; p is adjusted by Holm.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def compare(names: tuple[str, ...], alpha: float, store_name: str, *, as_markdown: bool, as_json: bool) -> None:
    """Set every respondent's scores before imagining beside people's: difference, effect size, percentile."""
    inference = Inference.of("standard", alpha)
    with open_for_reading(store_name) as store:
        analysis = analyse(store)
    norms = catalogue.score_norms()
    labels = _labels(analysis, names, store_name)
    found, without = _compared(analysis, labels, norms, store_name)
    if as_json:
        content = {"comparisons": [asdict(one) for one in found], "without_norm": without}
        click.echo(json.dumps(content, indent=1, ensure_ascii=False))
        return
    not_validated = [label for label, instrument in analysis.instruments.items() if not instrument.validated]
    tables = norm_tables(found, inference, not_validated)
    notes = list(norm_notes(found, norms, inference))
    if without:
        notes.append(f"No norm of {', '.join(without)}: {HOW_TO_GET_NORMS}.")
    if as_markdown:
        click.echo(markdown(tables, notes), nl=False)
    else:
        print_tables(console(), tables, notes)


def _labels(analysis: Analysis, names: Sequence[str], store_name: str) -> list[str]:
    """The labels of the instruments that were named, by label, id or family; all where none was."""
    if not names:
        return list(analysis.instruments)
    found: dict[str, None] = {}
    for name in names:
        own = [
            label
            for label, instrument in analysis.instruments.items()
            if name.casefold() in {label.casefold(), instrument.id.casefold(), instrument.base.casefold()}
        ]
        if not own:
            fix = nearest(name, analysis.instruments)
            raise EmotionBenchError(f"no answers to instrument {name!r}", where=store_name, fix=fix)
        found |= dict.fromkeys(own)
    return list(found)


def _compared(
    analysis: Analysis, labels: Sequence[str], norms: Sequence[ScoreNorm], store_name: str
) -> tuple[tuple[NormComparison, ...], list[str]]:
    """The comparisons, and the instruments that no norm is of; an error where there is nothing to compare."""
    with_norm = [label for label in labels if any(norms_for(analysis.instruments[label], norms))]
    without = [label for label in labels if label not in with_norm]
    if not with_norm:
        raise EmotionBenchError(f"no norm of {_some(labels)}", where=store_name, fix=HOW_TO_GET_NORMS)
    scores = analysis.labelled_scores
    found = norm_comparisons(scores.filter(scores["instrument"].is_in(with_norm)), analysis.instruments, norms)
    if not found:
        raise EmotionBenchError(
            f"no administration of {_some(with_norm)} before imagining ({Condition.BASELINE.value})",
            where=store_name,
            fix="put it without situations: emotionbench run --situations none",
        )
    return found, without


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - MOST_NAMED
    return ", ".join(labels[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _list_table(norms: Sequence[ScoreNorm]) -> Table:
    rows: list[tuple[str, ...]] = []
    for norm in norms:
        for place, one in enumerate(norm.groups):
            head = (norm.id, ", ".join(norm.instruments)) if place == 0 else ("", "")
            rows.append((*head, one.name, f"{one.n:,}", str(len(one.subscales))))
    header = ("norm", "instruments", "group", "n", "subscales")
    return Table("How people score", header, tuple(rows), n_text=3)
