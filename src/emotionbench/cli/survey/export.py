"""``emotionbench survey export``: answers, people and codebook for other tools; completion codes apart from them."""

from __future__ import annotations

from pathlib import Path

import click

from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.reports.phrases import count, plural
from emotionbench.reports.survey_files import LAYOUTS, Layout, survey_files, write_codes, write_files
from emotionbench.reports.survey_records import read_codes, read_survey


@click.command("export")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--study", "wanted", metavar="NAME|HASH", help="Which survey, where the store has several.")
@click.option("--layout", type=click.Choice(LAYOUTS), default="plain", show_default=True, help="How files are laid.")
@click.option(
    "--codes",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.csv",
    help="Instead: write completion codes with outcomes, to pay people by.",
)
@store_option
def command(folder: Path | None, wanted: str | None, layout: Layout, codes: Path | None, store_name: str) -> None:
    """Write what people answered into FOLDER, with a codebook; nothing in it says who or when.

    Completion codes are written apart, without any answer: survey export --codes codes.csv
    """
    if (folder is None) == (codes is None):
        raise click.UsageError("give a FOLDER for the answers, or --codes FILE.csv for the completion codes")
    with open_for_reading(store_name) as store:
        if codes is not None:
            found = read_codes(store, wanted)
            write_codes(found, codes)
            click.echo(f"{plural(len(found), 'code')} in {codes}")
            return
        records = read_survey(store, wanted)
    files = survey_files(records, layout)
    write_files(files, folder or Path())
    people = plural(len(records.people), "person", "people")
    click.echo(
        f"{people} of “{records.served.name}”, {count(len(records.sheets))} sheets: {len(files)} files in {folder}"
    )
