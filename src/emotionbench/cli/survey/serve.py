"""``emotionbench survey serve``: the study as a web page for the people who take part."""

from __future__ import annotations

from pathlib import Path

import click

from emotionbench.cli.options import store_option
from emotionbench.cli.survey.options import study_argument, web_parts


@click.command("serve")
@study_argument
@store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--url", metavar="URL", help="The address that people see, such as https://survey.example.org.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes on one store.")
def command(study_file: Path, store_name: str, *, host: str, port: int, url: str | None, workers: int) -> None:
    """Serve STUDY.yaml to the people who take part, until stopped.

    Links are signed with the secret in EMOTIONBENCH_SURVEY_SECRET: with another one, people's links no longer work.
    """
    with web_parts():
        from emotionbench.web.serving import Address, checked, prepare, serve  # noqa: PLC0415  (the web server is an extra)
    address = checked(Address(host, port, url))
    prepare(study_file, store_name, address)
    click.echo(f"serving {study_file} at {address.url or f'http://{host}:{port}'}; stop with Ctrl-C")
    serve(address, workers)
