"""``emotionbench import``: recorded answers of the original projects, and logs of Inspect AI, into a store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from emotionbench.cli.options import store_option
from emotionbench.imports import emotionbench_crowd, emotionbench_csv, psychobench
from emotionbench.imports import llmpersonality as reliability_study
from emotionbench.imports.recording import Recording
from emotionbench.imports.saving import answer_counts, save
from emotionbench.store import Store

existing_file = click.Path(path_type=Path)
MOST_SHOWN = 10


@click.group("import")
def group() -> None:
    """Bring recorded answers of the original projects, or logs of Inspect AI, into a store."""


@group.command("emotionbench-csv")
@click.argument("file", type=existing_file)
@click.option("--questionnaires", type=existing_file, required=True, help="The original's questionnaires.json.")
@click.option("--situations", type=existing_file, required=True, help="The original's situations.json.")
@click.option("--respondent", metavar="NAME", help="Default: as the file is called.")
@store_option
def csv(file: Path, questionnaires: Path, situations: Path, respondent: str | None, store_name: str) -> None:
    """Import a file of a model's recorded answers, such as gpt-4-PANAS-testing.csv."""
    recording = emotionbench_csv.read_csv(file, questionnaires, situations, respondent=respondent)
    _save(recording, store_name)


@group.command("emotionbench-crowd")
@click.argument("file", type=existing_file)
@store_option
def crowd(file: Path, store_name: str) -> None:
    """Import the original's crowd.xlsx: people's answers before and after, without their demographics."""
    _save(emotionbench_crowd.read_crowd(file), store_name)


@group.command("llmpersonality")
@click.argument("file", type=existing_file)
@click.option("--questionnaires", type=existing_file, required=True, help="The original's dataset/questionnaires.json.")
@click.option("--respondent", metavar="NAME", help="Default: llmpersonality-NAME, as the file names its experiment.")
@store_option
def llmpersonality(file: Path, questionnaires: Path, respondent: str | None, store_name: str) -> None:
    """Import save.json of the reliability study: the BFI-44, put in up to 2,500 forms."""
    recording = reliability_study.read_save(file, questionnaires, respondent=respondent)
    account = reliability_study.account(recording)
    _save(recording, store_name, account.statuses)
    n_not_ours = len(account.disagreements)
    click.echo(
        f"means stated in the file: {account.n_stated:,}, of which {n_not_ours:,} are not what the answers score"
    )
    for one in account.disagreements[:MOST_SHOWN]:
        ours = "none" if one.ours is None else f"{one.ours:g}"
        click.echo(f"  entry {one.entry}, {one.subscale}: {one.stated:g} in the file, {ours} by its answers")


@group.command("psychobench")
@click.argument("file", type=existing_file)
@click.option("--questionnaires", type=existing_file, required=True, help="The original's questionnaires.json.")
@click.option("--respondent", metavar="NAME", help="Default: as the file is called.")
@click.option("--instrument", metavar="NAME", help="As the original names it. Default: as the file is called.")
@store_option
def psychobench_csv(
    file: Path, questionnaires: Path, respondent: str | None, instrument: str | None, store_name: str
) -> None:
    """Import a file of a model's recorded answers of PsychoBench, such as gpt-4-BFI.csv."""
    recording = psychobench.read_csv(file, questionnaires, respondent=respondent, instrument=instrument)
    _save(recording, store_name)


@group.command("inspect-log")
@click.argument("files", type=existing_file, nargs=-1, required=True, metavar="FILE...")
@store_option
def inspect_logs(files: tuple[Path, ...], store_name: str) -> None:
    """Import logs (.eval or .json) of the tasks emotionbench/panas and emotionbench/study of Inspect AI."""
    # it brings the client libraries of respondents with it
    from emotionbench.imports import inspect_log  # noqa: PLC0415

    found = [inspect_log.read_log(file) for file in files]
    with Store(store_name) as store:
        for logged in found:
            n_new = inspect_log.save_log(logged, store)
            counts = _counts(logged.statuses)
            click.echo(
                f"{logged.respondent.name}: {len(logged.administrations):,} administrations; answers: {counts};"
                f" {n_new:,} new attempts; kept in {store_name}"
            )
            if logged.n_unanswered:
                click.echo(f"{logged.n_unanswered:,} of them have no reply; emotionbench run asks them again")
            if logged.n_missing:
                click.echo(f"{logged.n_missing:,} samples of the task are not in the log")


def _counts(statuses: Counter[str]) -> str:
    return ", ".join(f"{n:,} {status}" for status, n in sorted(statuses.items(), key=lambda c: -c[1])) or "none"


def _save(recording: Recording, store_name: str, statuses: Counter[str] | None = None) -> None:
    with Store(store_name) as store:
        save(recording, store)
    statuses = answer_counts(recording) if statuses is None else statuses
    click.echo(
        f"{recording.respondent.name}: {recording.n_baseline:,} baseline and {recording.n_evoked:,} evoked"
        f" administrations; answers: {_counts(statuses)}; kept in {store_name}"
    )
    if recording.n_renumbered:
        click.echo(f"{recording.n_renumbered} columns share a name with an earlier one and count as further repeats")
    if recording.ignored_columns:
        click.echo(f"ignored columns: {', '.join(recording.ignored_columns)}")
