"""``emotionbench run``: from flags or a file to one validated study, asked with a live display."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from emotionbench.cli.dry_run import expected_money, print_dry_run
from emotionbench.cli.options import console, store_option
from emotionbench.engine import Prepared, Tally, prepare, run
from emotionbench.engine.budget import with_most_repeats
from emotionbench.engine.run import Outcome
from emotionbench.errors import StudyError, nearest
from emotionbench.materials.prices import load_prices
from emotionbench.store import Store
from emotionbench.study import Execution, Study, read_study
from emotionbench.ways import Ways

EXECUTION = tuple(Execution.model_fields)
SETTINGS = {key: key for key in ("base_url", "api_key_env", "temperature")} | {"max_reply_tokens": "max_tokens"}
"""Flag → the setting of a respondent that it is."""
REFRESH_SECONDS = 0.1


class _Temperature(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A number, or ``default`` for the model's own."""

    name = "NUMBER|default"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        if value == "default":
            return str(value)
        return float(click.FLOAT.convert(value, param, ctx))


@click.command("run")
@click.argument("study_file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--respondent", "respondents", multiple=True, metavar="ID", help="Who is asked; may be repeated.")
@click.option("--instrument", "instruments", multiple=True, metavar="ID", help="Default PANAS; may be repeated.")
@click.option(
    "--situations", metavar="SET", help="Set of situations: everyday (default), emotionbench, a path, or none."
)
@click.option("--emotions", metavar="A,B", help="Only these emotions.")
@click.option("--factors", metavar="A,B", help="Only these factors, such as anger-1.")
@click.option("--situations-per-factor", type=int, metavar="N", help="Only the first N of each factor.")
@click.option("--controls", is_flag=True, help="Also the neutral and positive counterparts.")
@click.option("--repeats", type=int, metavar="N", help="How often each situation is put. Default 1.")
@click.option(
    "--baseline-repeats", type=int, metavar="N", help="Default: as many as the largest emotion has, 20 to 200."
)
@click.option("--design", type=click.Choice(["independent", "paired"]), help="Default independent.")
@click.option("--protocol", metavar="ID", help="standard (default), emotionbench-2024, or a preset: challenging.")
@click.option(
    "--vary",
    multiple=True,
    metavar="WAY=LEVEL,LEVEL",
    help="Vary how it is asked, such as template=all or option_labels=none,a; may be repeated.",
)
@click.option(
    "--answers",
    type=click.Choice(["drawn", "json", "logprobs"]),
    help="How answers are got: written (default), held to a JSON schema, or as probabilities, item by item.",
)
@click.option("--forms", type=int, metavar="N", help="A balanced fraction of N forms instead of every combination.")
@click.option(
    "--interaction", "interactions", multiple=True, metavar="WAY*WAY", help="To be estimable in the fraction too."
)
@click.option("--recovery", is_flag=True, help="A third phase (paired design): calming, and the instrument again.")
@click.option("--seed", type=int, metavar="N", help="Seed of the item orders. Default 0.")
@click.option("--reask", type=int, metavar="N", help="Ask again, up to N times, where a reply is incomplete.")
@click.option("--base-url", metavar="URL", help="An OpenAI-compatible server, such as http://localhost:8000/v1.")
@click.option("--api-key-env", metavar="NAME", help="The environment variable that holds the key.")
@click.option("--temperature", type=_Temperature(), help="Overrides the protocol's.")
@click.option("--max-reply-tokens", type=int, metavar="N", help="Most tokens of a reply.")
@click.option("--concurrency", type=int, metavar="N", help="Requests at once for each respondent. Default 32.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For one request. Default 120.")
@click.option("--retries", type=int, metavar="N", help="After failures that may pass. Default 5.")
@click.option("--requests-per-minute", type=float, metavar="N", help="For each respondent. Default: no limit.")
@click.option("--precision", type=float, metavar="POINTS", help="Ask until every 95 % interval is ± so many points.")
@click.option("--precision-per", type=click.Choice(["factor", "emotion"]), help="Whose intervals. Default emotion.")
@click.option("--max-cost", type=float, metavar="DOLLARS", help="Stop before more is spent.")
@click.option("--max-tokens", type=int, metavar="N", help="Stop before more tokens, in and out, are used.")
@click.option("--max-administrations", type=int, metavar="N", help="Stop after so many.")
@click.option("--prices", metavar="FILE", help="Prices of your own, before those that are known.")
@click.option("--on", "cluster", type=click.Choice(["ray"]), help="Many machines: on a Ray cluster.")
@click.option("--address", metavar="HOST:PORT", help="A Ray cluster that runs; without it, one is started here.")
@click.option("--batch", is_flag=True, help="By the provider's batch files: half the price, within a day.")
@click.option("--yes", is_flag=True, help="Also where the study is enormous.")
@click.option("--dry-run", is_flag=True, help="Say what it would take and show the first prompt; ask nothing.")
@store_option
def command(study_file: Path | None, store_name: str, *, dry_run: bool, yes: bool, **flags: Any) -> None:
    """Put instruments to respondents before and after imagined situations, and show the table.

    What to ask comes from STUDY_FILE (YAML), from the flags, or from both: a flag overrides the file. The same
    command goes on where it was stopped.
    """
    manner = _Manner(batch=flags.pop("batch"), cluster=flags.pop("cluster"), address=flags.pop("address"))
    study = with_most_repeats(study_of(study_file, flags))
    if dry_run:
        print_dry_run(study, store_name, prices_file=study.execution.prices, batched=manner.batch)
        return
    if study.execution.prices is not None:
        load_prices(study.execution.prices)  # which is used when all is asked
    prepared = prepare(study, enormous=yes)
    ask = _asking(prepared, manner, store_name)
    expected = expected_money(study, store_name, prices_file=study.execution.prices, batched=manner.batch)
    if expected is not None:
        click.echo(expected)
    with Store(store_name) as store:
        tally = ask(store)
        from emotionbench.cli.run_ended import code_of, print_ended  # noqa: PLC0415  (what reads takes a second)

        print_ended(tally, prepared, store, store_name)
    code = code_of(tally)
    if code:
        raise click.exceptions.Exit(code)


@dataclass(frozen=True)
class _Manner:
    """By what way the study is asked, other than by this process alone, there and then."""

    batch: bool
    cluster: str | None
    address: str | None


def _asking(prepared: Prepared, manner: _Manner, store_name: str) -> Callable[[Store], Tally]:
    """What asks the study, with a live display; an error where that cannot be, before there is a store."""
    if manner.batch and manner.cluster:
        raise StudyError("--batch --on: the provider works on a batch, not a cluster", fix="leave one of them out")
    if manner.address and not manner.cluster:
        raise StudyError("--address: is that of a cluster", fix="add --on ray")
    if manner.batch:
        from emotionbench.cli.run_batch import by_batch  # noqa: PLC0415

        return by_batch(prepared)
    if manner.cluster:
        from emotionbench.scale_out import check_for_ray  # noqa: PLC0415

        check_for_ray(prepared, store_name, manner.address)

    def ask(store: Store) -> Tally:
        with _Display(console()) as display:
            if manner.cluster is None:
                return run(prepared, store, display.show)
            from emotionbench.scale_out import run_on_ray  # noqa: PLC0415

            return run_on_ray(prepared, store, store_name, address=manner.address, watch=display.show)

    return ask


def study_of(study_file: Path | None, flags: dict[str, Any]) -> Study:
    """One validated study from a file and flags; flags win."""
    given = {key: value for key, value in flags.items() if value is not None and value is not False and value != ()}
    spec = read_study(study_file).model_dump(exclude_unset=True) if study_file else {}
    execution = {key: given.pop(key) for key in EXECUTION if key in given}
    settings = {setting: given.pop(key) for key, setting in SETTINGS.items() if key in given}
    if given.pop("controls", False):
        spec["kinds"] = ("evoking", "neutral", "positive")
    ways = _ways(given)
    if ways:
        spec["ways"] = {**(spec.get("ways") or {}), **ways}
    if "respondents" in given:
        given["respondents"] = [_of_file(spec, name) for name in given["respondents"]]
    spec.update(given)
    spec["execution"] = {**spec.get("execution", {}), **execution}
    spec["respondents"] = [_with_settings(respondent, settings) for respondent in spec.get("respondents", ())]
    study = Study(**spec)
    if "precision_per" in execution and study.execution.precision is None:
        raise StudyError("--precision-per: says whose precision is wanted, and none is", fix="add --precision POINTS")
    return study


def _of_file(spec: dict[str, Any], name: str) -> Any:
    """A respondent that a flag names: as the file has it, if it does, with its settings."""
    return next((one for one in spec.get("respondents", ()) if isinstance(one, dict) and one["id"] == name), name)


def _ways(given: dict[str, Any]) -> dict[str, Any]:
    """What ``--vary``, ``--answers``, ``--forms`` and ``--interaction`` say, taken out of the flags."""
    ways: dict[str, Any] = {key: given.pop(key) for key in ("forms", "interactions") if key in given}
    for varied in given.pop("vary", ()):
        name, equals, levels = varied.partition("=")
        if not equals:
            raise StudyError(f"--vary {varied!r} has no levels", fix="write it as template=plain,brief")
        if name.strip() not in Ways.model_fields:
            raise StudyError(f"--vary {varied!r}", fix=nearest(name.strip(), Ways.model_fields))
        ways[name.strip()] = levels
    if "answers" in given:
        ways["answers"] = given.pop("answers")
    return ways


def _with_settings(respondent: str | dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """A respondent with the flags' settings; embedded respondents (no slash in the id) take none of them."""
    spec: dict[str, Any] = {"id": respondent} if isinstance(respondent, str) else dict(respondent)
    if "/" in spec["id"] and settings:
        chosen = {key: None if value == "default" else value for key, value in settings.items()}
        spec["settings"] = {**spec.get("settings", {}), **chosen}
    return spec


class _Display:
    """A live progress line; where there is no terminal, one line at the end."""

    def __init__(self, out: Console) -> None:
        self.progress = Progress(
            TextColumn("asking"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[trouble]}", style="yellow"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=out,
        )
        self.task = self.progress.add_task("", total=None, rate="", trouble="")
        self.started = self.shown_at = time.monotonic()
        self.n_said = 0

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.progress.stop()

    def show(self, tally: Tally) -> None:
        """Show where the run stands, at most ten times a second; what is to be said early, at once."""
        for note in tally.notes[self.n_said :] if isinstance(tally, Outcome) else ():
            self.progress.console.print(note, highlight=False)
            self.n_said += 1
        is_last = tally.n_open == tally.n_failed + tally.n_elsewhere
        now = time.monotonic()
        if now - self.shown_at < REFRESH_SECONDS and not is_last:
            return
        self.shown_at = now
        per_second = tally.n_answered / max(now - self.started, REFRESH_SECONDS)
        self.progress.update(
            self.task,
            total=tally.n_planned,
            completed=tally.n_earlier + tally.n_answered,
            rate=f"{per_second:.0f}/s",
            trouble=_trouble(tally),
        )


def _trouble(tally: Tally) -> str:
    parts = [
        f"{tally.n_failed} failed" if tally.n_failed else "",
        f"{tally.n_incomplete} incomplete" if tally.n_incomplete else "",
        "finishing what is under way; Ctrl-C again drops it" if tally.interrupted else "",
    ]
    return ", ".join(part for part in parts if part)
