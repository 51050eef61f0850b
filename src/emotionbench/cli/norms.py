"""``emotionbench norms``: how people score and how far they move, norms of one's own, respondents beside people.

There are two kinds, kept apart: norms of scores (how groups of people score) and norms of change (how far people move
from before to after imagining a situation).
"""

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
from emotionbench.documents import Document
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.materials import catalogue, norm_files
from emotionbench.materials.norms import Norm
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
DONE = {"added": "added", "replaced": "replaced", "unchanged": "is there already, just so:"}


@click.group("norms")
def group() -> None:
    """List how people score and move; add norms of your own; set respondents beside people."""


@group.command("list")
@click.option("--changes", is_flag=True, help="Only norms of change.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure: of scores, or with --changes those.")
def list_norms(*, changes: bool, as_json: bool) -> None:
    """List every norm that respondents can be set beside: of scores, and of change by imagining situations."""
    of_scores, of_change = catalogue.score_norms(), norm_files.norms()
    if as_json:
        shown: Sequence[Document] = of_change if changes else of_scores
        click.echo(json.dumps([norm.model_dump(mode="json") for norm in shown], indent=1, ensure_ascii=False))
        return
    tables = [_list_table(of_scores)] if of_scores and not changes else []
    if not of_scores and not changes:
        click.echo(f"no norm of scores yet; {HOW_TO_GET_NORMS}")
    more = "source and licence of each: emotionbench norms list --json (--changes for norms of change)"
    print_tables(console(), [*tables, _changes_table(of_change)], [more])


@group.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of another norm with the same id.")
def add(file: Path, *, replace: bool) -> None:
    """Check a norm of your own (YAML or JSON) and keep it with the added materials.

    A norm of scores names its instruments, and for every group of people n, and mean and sd (n − 1) by subscale. A norm
    of change is what `emotionbench survey norm` writes.
    """
    if norm_files.is_of_change(file):
        _add_of_change(file, replace=replace)
        return
    added = add_score_norm(file, replace=replace)
    done = DONE[added.outcome]
    of = ", ".join(added.norm.instruments)
    people = ", ".join(f"{one.name} (n {one.n:,})" for one in added.norm.groups)
    click.echo(f"{done} norm {added.norm.id} of {of}: {people}\n{added.file}")


def _add_of_change(file: Path, *, replace: bool) -> None:
    added = norm_files.add_norm(file, replace=replace)
    norm = added.norm
    click.echo(
        f"{DONE[added.outcome]} norm of change {norm.id} on {norm.instrument}: {norm.name} (n {norm.n:,},"
        f" situations {norm.situation_set})\n{added.file}"
    )


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


def _changes_table(norms: Sequence[Norm]) -> Table:
    rows = tuple(
        (
            norm.id,
            norm.instrument,
            norm.situation_set,
            f"{norm.n:,}",
            str(sum(row.factor is not None for row in norm.rows)),
            str(len(norm.situations)),
        )
        for norm in norms
    )
    header = ("norm", "instrument", "situations of", "n", "factors", "situations")
    return Table("How far people move, in the order in which a table takes them", header, rows, n_text=3)
