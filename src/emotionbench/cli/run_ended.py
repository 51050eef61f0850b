"""What ``emotionbench run`` says when the asking has ended: what came of it, what it took, and the tables."""

from __future__ import annotations

import click
import polars as pl

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.costs import line_of_run
from emotionbench.cli.cut_off import cut_off_lines
from emotionbench.cli.options import console
from emotionbench.cli.reached import exit_code as code_of
from emotionbench.cli.reached import print_reached
from emotionbench.cli.table import print_findings
from emotionbench.engine import Prepared, Tally
from emotionbench.records import Condition
from emotionbench.store import Store

__all__ = ["code_of", "print_ended"]


def print_ended(tally: Tally, prepared: Prepared, store: Store, store_name: str) -> None:
    """Print how a run ended."""
    execution, respondents = prepared.study.execution, prepared.plan.respondents
    _print_outcome(tally, store_name)
    for line in cut_off_lines(tally.took.n_cut_off(respondents)):
        click.echo(line, err=True)
    took = line_of_run(tally.took.usages, respondents, execution.prices)
    if took is not None:
        click.echo(took)
    print_reached(console(), tally, execution.precision)
    if tally.n_earlier + tally.n_answered:
        _print_findings(analyse(store), store_name)


def _print_findings(analysis: Analysis, store_name: str) -> None:
    """The tables, where there are scores to show, and which command shows what the tables do not."""
    is_probe = analysis.administrations["condition"] == Condition.PROBE
    if not is_probe.all():
        print_findings(console(), analysis)
    if is_probe.any():
        click.echo(f"what the probes tell: emotionbench probes --store {store_name}")
    if any(len(of_instrument) > 1 for of_instrument in _forms(analysis)):
        click.echo(f"what the ways of asking do: emotionbench ways --store {store_name}")


def _forms(analysis: Analysis) -> list[list[str]]:
    """The forms of each instrument that were not probes."""
    put = analysis.administrations.filter(pl.col("condition") != Condition.PROBE, pl.col("form").is_not_null())
    return put.group_by("instrument").agg(pl.col("form").unique())["form"].to_list()


def _print_outcome(tally: Tally, store_name: str) -> None:
    earlier = f", {tally.n_earlier} answered before" if tally.n_earlier else ""
    click.echo(f"{tally.n_answered} of {tally.n_planned} administrations answered{earlier}; kept in {store_name}")
    if tally.n_incomplete:
        click.echo(f"{tally.n_incomplete} replies leave items unanswered; see: emotionbench status", err=True)
    if tally.n_elsewhere:
        click.echo(f"{tally.n_elsewhere} are being asked by another process, or by batch", err=True)
    if tally.n_failed:
        click.echo(
            f"error: {tally.n_failed} administrations failed, the last with: {tally.last_failure}; "
            "the same command asks them again",
            err=True,
        )
    elif tally.interrupted:
        click.echo("stopped; the same command goes on where it was", err=True)
