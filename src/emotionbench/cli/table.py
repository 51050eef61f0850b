"""``emotionbench table``: the changes, in the terminal, as Markdown or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click
from rich.console import Console

from emotionbench.analysis import analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.change import ChangeBlock, Grain, Unit
from emotionbench.reports.change_table import change_table, footnotes
from emotionbench.reports.render import markdown, print_tables


@click.command("table")
@click.option("--by", type=click.Choice(["emotion", "factor"]), default="emotion", help="Rows. Default emotion.")
@click.option(
    "--unit",
    type=click.Choice(["administration", "situation"]),
    default="administration",
    help="What is counted: every administration (as published, the default) or situations.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(by: Grain, unit: Unit, store_name: str, *, as_markdown: bool, as_json: bool) -> None:
    """Show the default state and the change per emotion of every respondent, people's change beside it."""
    with open_for_reading(store_name) as store:
        blocks = analyse(store).changes(by=by, unit=unit)
    if as_json:
        click.echo(json.dumps([asdict(block) for block in blocks], indent=1, ensure_ascii=False))
    elif as_markdown:
        click.echo(markdown(map(change_table, blocks), footnotes(blocks, unit)), nl=False)
    else:
        print_change_tables(console(), blocks, unit)


def print_change_tables(out: Console, blocks: Sequence[ChangeBlock], unit: Unit) -> None:
    """Every block as a table, then what must be known to read them."""
    print_tables(out, map(change_table, blocks), footnotes(blocks, unit))
