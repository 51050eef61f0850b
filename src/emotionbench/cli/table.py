"""``emotionbench table``: the findings, in the terminal, as Markdown or as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

import click
from rich.console import Console

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.change import Grain
from emotionbench.comparisons.findings import Findings, Section
from emotionbench.errors import StoreError
from emotionbench.records import Condition
from emotionbench.reports.change_table import Table, change_table, footnotes
from emotionbench.reports.people_table import people_notes, people_tables
from emotionbench.reports.render import markdown, print_tables
from emotionbench.reports.summary_table import summary_notes, summary_table
from emotionbench.reports.tables.answer_mass import MASS_NOTE, mass_tables
from emotionbench.reports.tables.calm import calm_tables
from emotionbench.reports.tables.indirect import indirect_tables

SHOWN: tuple[Section, ...] = ("changes", "alignments", "styles", "calm", "masses")
Command = TypeVar("Command", bound=Callable[..., None])


def inference_options(command: Command) -> Command:
    """``--protocol``, ``--alpha`` and ``--margin``: by which rules findings are made."""
    options = (
        click.option(
            "--protocol",
            type=click.Choice(["standard", "emotionbench-2024"]),
            default="standard",
            show_default=True,
            help="Rule of inference: situations counted, or the published one (every administration).",
        ),
        click.option("--alpha", type=float, metavar="P", help="Level of the tests. Default .05; published .01."),
        click.option(
            "--margin",
            type=float,
            metavar="POINTS",
            help="Margin of equivalence. Default half an SD of people's change.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


norm_option = click.option(
    "--norm",
    "norm_name",
    metavar="ID|FILE",
    help="Human norm to set respondents beside. Default: the store's own people, if any, else one that fits.",
)


@click.command("table")
@click.option("--by", type=click.Choice(["emotion", "factor"]), default="emotion", help="Rows. Default emotion.")
@inference_options
@norm_option
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(
    by: Grain,
    protocol: str,
    alpha: float | None,
    margin: float | None,
    store_name: str,
    *,
    norm_name: str | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Show how close every respondent is to people, and its change per emotion with people's beside it."""
    with open_for_reading(store_name) as store:
        analysis = analyse(store, norm=norm_name)
    if (analysis.administrations["condition"] == Condition.PROBE).all():
        raise StoreError("holds nothing but probes", where=store_name, fix="see: emotionbench probes")
    if as_json:
        found = analysis.findings(protocol=protocol, alpha=alpha, margin=margin)
        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    findings = analysis.findings(protocol=protocol, alpha=alpha, margin=margin, sections=SHOWN)
    if as_markdown:
        click.echo(markdown(*tables_and_notes(findings, by)), nl=False)
    else:
        print_tables(console(), *tables_and_notes(findings, by))


def print_findings(out: Console, analysis: Analysis) -> None:
    """The tables by the default rules, then what must be known to read them."""
    print_tables(out, *tables_and_notes(analysis.findings(sections=SHOWN), "emotion"))


def tables_and_notes(findings: Findings, by: Grain) -> tuple[list[Table], tuple[str, ...]]:
    """The summary of all respondents, the changes of each, and their notes."""
    changes = [change_table(block, by) for block in findings.changes]
    more = (*indirect_tables(findings), *calm_tables(findings, by_emotion=by == "factor"))
    read = mass_tables(findings.masses)
    more = (*more, *read)
    notes = (*summary_notes(findings), *footnotes(findings.changes), *(note for table in more for note in table.notes))
    notes = (*notes, MASS_NOTE) if read else notes
    people = people_tables(findings.participations)
    notes = (*notes, *people_notes(findings.participations))
    return [summary_table(findings), *people, *changes, *(table.plain() for table in more)], notes
