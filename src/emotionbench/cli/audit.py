"""``emotionbench audit``: the published tables against the original's raw files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from emotionbench.cli.options import console
from emotionbench.published.audit import as_json, audit
from emotionbench.reports.audit_table import audit_notes, audit_tables
from emotionbench.reports.render import markdown, print_tables


@click.command("audit")
@click.option(
    "--upstream",
    type=click.Path(path_type=Path),
    required=True,
    metavar="PATH",
    help="The clone of EmotionBench, or a folder that holds it.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "in_json", is_flag=True, help="As JSON, with every cell.")
def command(upstream: Path, *, as_markdown: bool, in_json: bool) -> None:
    """Recompute every published cell that raw files exist for, and explain those that differ."""
    found = audit(upstream)
    if in_json:
        click.echo(json.dumps(as_json(found), indent=1, ensure_ascii=False, allow_nan=False))
    elif as_markdown:
        click.echo(markdown(audit_tables(found), audit_notes(found)), nl=False)
    else:
        print_tables(console(), audit_tables(found), audit_notes(found))
