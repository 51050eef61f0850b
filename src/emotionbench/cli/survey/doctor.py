"""``emotionbench survey doctor``: whether a deployment is fit for people, and what to fix."""

from __future__ import annotations

import json
import os
import textwrap
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emotionbench.cli.options import store_option
from emotionbench.cli.survey.options import study_argument, web_parts

if TYPE_CHECKING:
    from emotionbench.web.doctor_words import Checkup

WIDTH = 110
MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}


@click.command("doctor")
@study_argument
@store_option
@click.option("--url", required=True, metavar="URL", help="The address that people see: https://survey.example.org.")
@click.option("--backups", type=click.Path(path_type=Path), metavar="FOLDER", help="Where backups of the store lie.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(study_file: Path, store_name: str, *, url: str, backups: Path | None, as_json: bool) -> None:
    """Look over a deployment of STUDY.yaml, changing nothing; exit code 1 if there is a problem.

    Run it on the machine that serves, with the environment of the server.
    """
    with web_parts():
        from emotionbench.web.doctor import Deployment, examine  # noqa: PLC0415  (the web server is an extra)
        from emotionbench.web.serving import SECRET  # noqa: PLC0415
    deployment = Deployment(study_file, store_name, url, backups, os.environ.get(SECRET, ""))
    found = examine(deployment, time.time())
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    else:
        _tell(found)
    if any(one.state == "problem" for one in found):
        raise click.exceptions.Exit(1)


def _tell(found: Sequence[Checkup]) -> None:
    """One line for each thing, with what to do below it, and a count at the end."""
    margin = max(len(one.about) for one in found) + 11
    for one in found:
        first = f"{MARKS[one.state]:<9}{one.about:<{margin - 9}}"
        click.echo(textwrap.fill(one.says, WIDTH, initial_indent=first, subsequent_indent=" " * margin))
        if one.fix:  # on one line however long, as there are commands in it to copy
            click.echo(" " * margin + "→ " + one.fix)
    counts = Counter(one.state.value for one in found)
    click.echo(f"\n{counts['ok']} ok, {counts['warning']} to decide on, {counts['problem']} to fix before people come")
