"""``emotionbench probes``: biases of answering and contamination, in the terminal, as Markdown or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from emotionbench.analysis import analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.probes import Probes
from emotionbench.reports.render import markdown, print_tables
from emotionbench.reports.tables.probes import probe_tables

NOT_ASKED = (
    ("position bias", "emotionbench run --protocol probe-position --respondent ID"),
    (
        "acquiescence",
        "emotionbench run --situations none --repeats 10 --respondent ID --instrument ONE-WITH-REVERSE-KEYED-ITEMS",
    ),
    ("social desirability", "emotionbench run --protocol probe-desirability --respondent ID"),
    ("contamination", "emotionbench run --protocol contamination --respondent ID"),
)


@click.command("probes")
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(store_name: str, *, as_markdown: bool, as_json: bool) -> None:
    """Show whether answers hang on where options are listed, on agreeing, or on looking good; and what is recited.

    What a store does not tell of is named, with the command that asks it.
    """
    with open_for_reading(store_name) as store:
        found = analyse(store).probes()
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False))
        return
    tables = probe_tables(found)
    plain, notes = [table.plain() for table in tables], [note for table in tables for note in table.notes]
    if as_markdown:
        click.echo(markdown(plain, notes), nl=False)
        return
    if tables:
        print_tables(console(), plain, notes)
    for what, how in _to_ask(found):
        click.echo(f"nothing asked tells of {what}; ask with: {how}")


def _to_ask(found: Probes) -> list[tuple[str, str]]:
    """What the store does not tell of, and how to ask it."""
    told = (
        found.positions,
        [one for one in found.acquiescences if one.subscale is not None],
        found.desirabilities,
        found.recitations,
    )
    return [one for some, one in zip(told, NOT_ASKED, strict=True) if not some]
