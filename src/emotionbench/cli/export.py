"""``emotionbench export``: tidy tables for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from emotionbench.analysis import analyse
from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.reports.files import export_frame, write_frame


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--what",
    type=click.Choice(["answers", "readings", "scores", "administrations"]),
    default="scores",
    show_default=True,
    help="One row per item, per item whose probabilities were read, per subscale, or per administration.",
)
@store_option
def command(file: Path, what: Literal["answers", "readings", "scores", "administrations"], store_name: str) -> None:
    """Write FILE (.csv or .parquet) with one row per answer, score or administration; missing is empty."""
    with open_for_reading(store_name) as store:
        frame = export_frame(analyse(store), what)
    write_frame(frame, file)
    click.echo(f"{frame.height} rows of {what} in {file}")
