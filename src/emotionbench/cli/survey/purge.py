"""``emotionbench survey purge``: the end of people's retention, for a timer."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from emotionbench.cli.options import store_option
from emotionbench.cli.survey.options import study_argument
from emotionbench.human.study import human_study
from emotionbench.store import Store, people
from emotionbench.study import read_study
from emotionbench.survey import Collection
from emotionbench.web.questions import own_words_of
from emotionbench.web.retention import DAY, Due, due, versions

WHAT = {
    "anonymise": "their codes, links, drafts and own words are deleted, and their answers stay",
    "delete": "all of them is deleted",
}


@click.command("purge")
@study_argument
@store_option
@click.option("--all-versions", is_flag=True, help="Also people of earlier studies of this name in the store.")
def command(study_file: Path, store_name: str, *, all_versions: bool) -> None:
    """End the retention of people whose last page is longer ago than the study's ``retention_days``.

    Prints how many there were, and when the next are due. Run it by a timer: see docs/deployment.md.
    """
    study = human_study(read_study(study_file))
    collection, now = study.survey.collection, time.time()
    # opened as one that must be there: a mistyped name must not look like a store with nobody in it
    with Store(store_name, writable=False) as store:
        others = [one.hash for one in versions(store, study.name) if one.hash != study.hash]
        for version in [study.hash, *(others if all_versions else [])]:
            before = now - collection.retention_days * DAY
            n = people.expire(store, version, before=before, then=collection.then, own_words=own_words_of(study))
            left = due(store, version, collection.retention_days, now)
            click.echo(f"{study.name} ({version[:12]}): {_done(n, collection)}; {_next(left, collection)}")
        overdue = {one: due(store, one, collection.retention_days, now).n_overdue for one in others}
    if any(overdue.values()):
        n, n_studies = sum(overdue.values()), sum(map(bool, overdue.values()))
        what = f"the time of {n} people of {n_studies} earlier studies called {study.name!r} is over as well"
        click.echo(f"{what}; end it with --all-versions", err=True)


def _done(n: int, collection: Collection) -> str:
    if n == 0:
        return f"nobody's {collection.retention_days} days were over"
    return f"the {collection.retention_days} days of {n} were over: {WHAT[collection.then]}"


def _next(left: Due, collection: Collection) -> str:
    if left.next_at is None:
        return "nobody is left whose time will end"
    day = datetime.fromtimestamp(left.next_at, UTC).date().isoformat()
    return f"the time of {left.n} others is still to end, the first on {day} (then: {collection.then})"
