"""``emotionbench status``: how far the administrations have come, and what became of the replies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

import click
import polars as pl

from emotionbench.analysis import analyse
from emotionbench.cli.cut_off import cut_off_lines
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.materials.instruments import Instrument
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables
from emotionbench.store import batches, reading


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@store_option
def command(store_name: str, *, as_json: bool) -> None:
    """Say how many administrations are answered, failed and open, and what became of the replies."""
    with open_for_reading(store_name) as store:
        accounts = _by_family(reading.accounts(store), reading.materials(store).instruments.values())
        outcomes, cut_off = list[dict[str, str | int]](), dict[str, int]()
        if any(a.n_answered for a in accounts):
            administrations = analyse(store).administrations
            outcomes, cut_off = _outcomes(administrations), _cut_off(administrations, reading.cut_off(store))
        n_workers, out = reading.n_workers(store), batches.open_batches(store)
    if as_json:
        found = {
            "accounts": [asdict(a) for a in accounts],
            "outcomes": outcomes,
            "n_cut_off": cut_off,
            "n_processes_asking": n_workers,
            "open_batches": [batch._asdict() for batch in out],
        }
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
        return
    print_tables(console(), [_accounts_table(accounts, store_name), *_outcomes_tables(outcomes)], [])
    for line in cut_off_lines(cut_off):
        click.echo(line)
    if n_workers:
        click.echo(f"{n_workers} processes are asking now (or have died in the last minutes)")
    for line in _batch_lines(out):
        click.echo(line)


def _batch_lines(out: list[batches.Open]) -> list[str]:
    """A line for the open batches of each respondent, and one for those that may not have been sent."""
    together: dict[tuple[str, bool], list[batches.Open]] = {}
    for batch in out:
        together.setdefault((batch.respondent, batch.provider_id is not None), []).append(batch)
    lines = []
    for (name, is_known), of in together.items():
        n, n_requests = len(of), sum(batch.n_requests for batch in of)
        opened = f"{n} batch{'es' if n > 1 else ''} open at {name}, {n_requests:,} requests"
        moment = of[0].submitted_at[:16].replace("T", " ")
        if is_known:
            lines.append(f"{opened}, submitted {moment} UTC; the same run command collects what came of it")
        else:
            lines.append(f"{opened}, written {moment} UTC and perhaps not sent; the same run command sees to it")
    return lines


def _by_family(accounts: list[reading.Account], instruments: Iterable[Instrument]) -> list[reading.Account]:
    """The same with the languages and paraphrases of one instrument counted together."""
    families = {instrument.id: instrument.base for instrument in instruments}
    together: dict[tuple[str, str, str], reading.Account] = {}
    for one in accounts:
        key = (one.respondent, families[one.instrument], one.condition)
        counted = together.get(key, reading.Account(*key, 0, 0, 0))
        together[key] = reading.Account(
            *key,
            counted.n_planned + one.n_planned,
            counted.n_answered + one.n_answered,
            counted.n_failed + one.n_failed,
        )
    return list(together.values())


def _accounts_table(accounts: list[reading.Account], store_name: str) -> Table:
    rows = [
        (
            account.respondent,
            account.instrument,
            account.condition,
            str(account.n_planned),
            str(account.n_answered),
            str(account.n_failed),
            str(account.n_planned - account.n_answered - account.n_failed),
        )
        for account in accounts
    ]
    header = ("respondent", "instrument", "condition", "planned", "answered", "failed", "not asked yet")
    return Table(f"Administrations in {store_name}", header, tuple(rows), n_text=3)


def _outcomes(administrations: pl.DataFrame) -> list[dict[str, str | int]]:
    """How many administrations of each respondent came out how."""
    counted = administrations.group_by("respondent", "outcome").agg(n=pl.len()).sort("respondent", "outcome")
    return counted.to_dicts()


def _cut_off(administrations: pl.DataFrame, names: Sequence[str]) -> dict[str, int]:
    """How many of the administrations with these ids lack answers, by respondent."""
    named = pl.DataFrame({"administration": names}, schema={"administration": pl.String})
    lacking = administrations.filter(pl.col("outcome") != "answered").join(named, on="administration", how="semi")
    counted = lacking.group_by("respondent").agg(n=pl.len()).sort("respondent")
    return {str(respondent): int(n) for respondent, n in counted.iter_rows()}


def _outcomes_tables(outcomes: list[dict[str, str | int]]) -> list[Table]:
    if not outcomes:
        return []
    rows = tuple((str(row["respondent"]), str(row["outcome"]), str(row["n"])) for row in outcomes)
    return [Table("What became of them", ("respondent", "outcome", "n"), rows, n_text=2)]
