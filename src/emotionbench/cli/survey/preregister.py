"""``emotionbench survey preregister``: the text to register before anybody takes part."""

from __future__ import annotations

from pathlib import Path

import click

from emotionbench.cli.survey.options import study_argument
from emotionbench.human.study import human_study
from emotionbench.materials import catalogue
from emotionbench.reports.output import write_text
from emotionbench.reports.preregistration import preregistration
from emotionbench.reports.preregistration_plan import TO_FILL_IN
from emotionbench.study import read_study


@click.command("preregister")
@study_argument
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.md", help="Default: the terminal."
)
@click.option("--n", type=click.IntRange(min=1), metavar="N", help="Completed sessions in place of the study's number.")
def command(study_file: Path, out: Path | None, n: int | None) -> None:
    """Write the pre-registration of STUDY.yaml as Markdown: measures, design, numbers, exclusions, analysis, precision.

    What the study file cannot know (who, where, which committee) is marked to be filled in.
    """
    text = preregistration(human_study(read_study(study_file)), catalogue.norms(), n=n)
    if out is None:
        click.echo(text, nl=False)
        return
    write_text(text, out)
    click.echo(f"{out}: {text.count(TO_FILL_IN) - 1} places to fill in before it is registered")
