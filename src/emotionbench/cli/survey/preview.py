"""``emotionbench survey preview``: the pages as people will see them; nothing is kept."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

import click

from emotionbench.cli.survey.options import study_argument, web_parts
from emotionbench.human.study import human_study
from emotionbench.store import Store
from emotionbench.study import read_study


@click.command("preview")
@study_argument
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
def command(study_file: Path, port: int) -> None:
    """Show STUDY.yaml on this machine as people will see it; what is entered is thrown away at the end."""
    with web_parts():
        from emotionbench.web.serving import Address, preview  # noqa: PLC0415  (the web server is an extra)
    study = human_study(read_study(study_file))
    click.echo(f"preview of {study.name} at http://127.0.0.1:{port}; nothing is kept; stop with Ctrl-C")
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "preview.db") as store:
        preview(study, store, secrets.token_urlsafe(48), Address("127.0.0.1", port, None))
