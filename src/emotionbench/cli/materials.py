"""``emotionbench materials``: what can be named, and adding the original's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from emotionbench.cli.options import console
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, originals
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables

Listed = dict[str, Any]
"""What is listed of one material, by name of the figure; ready for JSON."""


@click.group("materials")
def group() -> None:
    """List instruments, situations, protocols and norms; add the original's."""


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_materials(*, as_json: bool) -> None:
    """List everything that can be named in a study."""
    instruments, situations, protocols, norms = _instruments(), _situations(), _protocols(), _norms()
    if as_json:
        listed = {"instruments": instruments, "situations": situations, "protocols": protocols, "norms": norms}
        click.echo(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    tables = [
        _instrument_table(instruments),
        _situation_table(situations),
        _protocol_table(protocols),
        _norm_table(norms),
    ]
    print_tables(console(), tables, [])


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


def _instruments() -> list[Listed]:
    return [
        {
            "id": instrument.id,
            "name": instrument.name,
            "n_items": instrument.n_items,
            "lowest": instrument.response_scale.lowest,
            "highest": instrument.response_scale.highest,
            "subscales": {key: subscale.name for key, subscale in instrument.subscales.items()},
            "language": instrument.language,
            "validated": instrument.validated,
        }
        for instrument in catalogue.instruments()
    ]


def _situations() -> list[Listed]:
    listed = []
    for found in catalogue.situation_sets():
        n_evoking = sum(situation.kind == "evoking" for situation in found.situations)
        listed.append(
            {
                "id": found.id,
                "licence": found.licence,
                "emotions": list(found.emotions),
                "factors": found.factors,
                "n_situations": n_evoking,
                "n_counterparts": len(found.situations) - n_evoking,
            }
        )
    return listed


def _protocols() -> list[Listed]:
    return [
        {"id": protocol.id, "name": protocol.name, "temperature": protocol.temperature}
        for protocol in catalogue.protocols()
    ]


def _norms() -> list[Listed]:
    return [
        {
            "id": norm.id,
            "name": norm.name,
            "instrument": norm.instrument,
            "situation_set": norm.situation_set,
            "n": norm.n,
        }
        for norm in catalogue.norms()
    ]


def _instrument_table(listed: list[Listed]) -> Table:
    rows = [
        (
            one["id"],
            one["name"],
            str(one["n_items"]),
            f"{one['lowest']}–{one['highest']}",
            ", ".join(one["subscales"]),
            one["language"],
            "yes" if one["validated"] else "NOT VALIDATED",
        )
        for one in listed
    ]
    header = ("id", "name", "items", "range", "subscales", "language", "validated")
    return Table("Instruments", header, tuple(rows), n_text=len(header))


def _situation_table(listed: list[Listed]) -> Table:
    rows = []
    for one in listed:
        counts = (len(one["emotions"]), len(one["factors"]), one["n_situations"], one["n_counterparts"])
        rows.append((one["id"], one["licence"], *map(str, counts)))
    header = ("set", "licence", "emotions", "factors", "situations", "counterparts")
    return Table("Situations", header, tuple(rows), n_text=2)


def _protocol_table(listed: list[Listed]) -> Table:
    rows = [
        (one["id"], one["name"], "model's own" if one["temperature"] is None else f"{one['temperature']:g}")
        for one in listed
    ]
    return Table("Protocols", ("id", "name", "temperature"), tuple(rows), n_text=2)


def _norm_table(listed: list[Listed]) -> Table:
    rows = [(one["id"], one["name"], one["instrument"], one["situation_set"], str(one["n"])) for one in listed]
    return Table("Human norms of change", ("id", "name", "instrument", "situations", "n"), tuple(rows), n_text=4)
