"""``emotionbench materials``: what can be named, and adding the original's."""

from __future__ import annotations

from pathlib import Path

import click

from emotionbench.cli.options import console
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, originals
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables


@click.group("materials")
def group() -> None:
    """List instruments, situations, protocols and norms; add the original's."""


@group.command("list")
def list_materials() -> None:
    """List everything that can be named in a study."""
    print_tables(console(), [_instruments(), _situations(), _protocols(), _norms()], [])


@group.command("add")
@click.argument("name", type=click.Choice(sorted(originals.ORIGINALS)))
@click.option("--from", "source", type=click.Path(path_type=Path), help="A local clone, instead of a download.")
@click.option("--accept-licence", is_flag=True, help="Do not ask.")
def add(name: str, source: Path | None, *, accept_licence: bool) -> None:
    """Add an original project's materials to your own folder; the package ships none of them."""
    original = originals.ORIGINALS[name]
    click.echo(f"{name} (commit {original.commit})\n{original.licence}")
    if not accept_licence and not click.confirm("Do you accept these terms?"):
        raise MaterialError("nothing was added", fix="accept the terms, or pass --accept-licence")
    added = originals.add(name, source=source, home=catalogue.home())
    click.echo(f"added {added.n_situations} situations as --situations {added.situation_set}")
    click.echo("\n".join(f"added --instrument {identifier}" for identifier in added.instruments))


def _instruments() -> Table:
    rows = [
        (
            instrument.id,
            instrument.name,
            str(instrument.n_items),
            f"{instrument.response_scale.lowest}–{instrument.response_scale.highest}",
            ", ".join(instrument.subscales),
            instrument.language,
            "yes" if instrument.validated else "NOT VALIDATED",
        )
        for instrument in catalogue.instruments()
    ]
    header = ("id", "name", "items", "range", "subscales", "language", "validated")
    return Table("Instruments", header, tuple(rows), n_text=len(header))


def _situations() -> Table:
    rows = []
    for found in catalogue.situation_sets():
        n_evoking = sum(situation.kind == "evoking" for situation in found.situations)
        n_controls = len(found.situations) - n_evoking
        rows.append(
            (
                found.id,
                str(len(found.emotions)),
                str(len(found.factors)),
                str(n_evoking),
                str(n_controls),
                found.licence,
            )
        )
    header = ("set", "licence", "emotions", "factors", "situations", "counterparts")
    return Table("Situations", header, tuple(rows), n_text=2)


def _protocols() -> Table:
    rows = [
        (protocol.id, protocol.name, "model's own" if protocol.temperature is None else f"{protocol.temperature:g}")
        for protocol in catalogue.protocols()
    ]
    return Table("Protocols", ("id", "name", "temperature"), tuple(rows), n_text=2)


def _norms() -> Table:
    rows = [(norm.id, norm.name, norm.instrument, norm.situation_set, str(norm.n)) for norm in catalogue.norms()]
    return Table("Human norms of change", ("id", "name", "instrument", "situations", "n"), tuple(rows), n_text=4)
