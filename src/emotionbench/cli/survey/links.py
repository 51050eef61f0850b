"""``emotionbench survey links``: links that let one person in each."""

from __future__ import annotations

import csv
import io
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import click

from emotionbench.cli.options import store_option
from emotionbench.cli.survey.options import study_argument, web_parts
from emotionbench.errors import StoreError, StudyError
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.store import Store, people
from emotionbench.study import read_study

BYTES_OF_CHANCE = 24
"""Make 32 characters of a link."""
ONLY_OWNER = 0o600


@click.command("links")
@study_argument
@store_option
@click.option("--n", "n", required=True, type=click.IntRange(1, 100_000), help="How many.")
@click.option("--url", required=True, metavar="URL", help="The address that people see: https://survey.example.org.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE.csv", help="Default: to the screen.")
def command(study_file: Path, store_name: str, *, n: int, url: str, out: Path | None) -> None:
    """Make single-use links to STUDY.yaml: each lets one person in.

    The store keeps a hash of each, so that they can be read nowhere but in what is written now. Whoever keeps a list of
    who got which link can tell whose answers are whose: keep none, or say so in the consent.
    """
    with web_parts():
        from emotionbench.web.opening import open_survey  # noqa: PLC0415  (the web server is an extra)
        from emotionbench.web.serving import Address, checked  # noqa: PLC0415
        from emotionbench.web.tokens import hash_of_invitation  # noqa: PLC0415
    study = human_study(read_study(study_file))
    _check_single_use(study)
    site = checked(Address("127.0.0.1", 0, url)).url
    words = [secrets.token_urlsafe(BYTES_OF_CHANCE) for _ in range(n)]
    links = [f"{site}/i/{word}" for word in words]
    with Store(store_name) as store:
        open_survey(store, study)
        if out is not None:
            _write(out, links)
        try:
            people.invite(store, study.hash, [hash_of_invitation(word) for word in words])
        except BaseException:
            if out is not None:  # links that let nobody in are worse than none
                out.unlink(missing_ok=True)
            raise
    if out is None:
        click.echo(_table(links), nl=False)
    else:
        click.echo(f"{n} links in {out}; each lets one person in to {study.name}")


def _check_single_use(study: HumanStudy) -> None:
    if study.survey.collection.links != "single-use":
        raise StudyError(
            "lets everybody in by one open link, so that personal links would lead nowhere",
            where="survey → collection → links",
            fix="set links: single-use",
        )


def _table(links: Sequence[str]) -> str:
    """One row a link, below a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("number", "link"))
    writer.writerows(enumerate(links, 1))
    return text.getvalue()


def _write(out: Path, links: Sequence[str]) -> None:
    """Write a new file that only its owner can read; the links of an older one are not lost to it."""
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    except FileExistsError:
        raise StoreError("is there already", where=str(out), fix="choose another --out") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(_table(links))
    except OSError:
        out.unlink(missing_ok=True)
        raise
