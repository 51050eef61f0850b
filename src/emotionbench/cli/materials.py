"""``emotionbench materials``: what can be named, and adding the original's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from emotionbench.cli.options import console
from emotionbench.errors import MaterialError
from emotionbench.materials import catalogue, originals
from emotionbench.materials.original_files import Converted
from emotionbench.materials.presets import Preset
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import print_tables

MOST_ON_LINES = 20
Listed = dict[str, Any]
"""What is listed of one material, by name of the figure; ready for JSON."""


@click.group("materials")
def group() -> None:
    """List instruments, situations, protocols and norms; add the original's."""


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_materials(*, as_json: bool) -> None:
    """List everything that can be named in a study."""
    listed = {
        "instruments": _instruments(),
        "situations": _situations(),
        "protocols": _protocols(),
        "presets": _named(catalogue.presets()),
        "personas": _personas(),
        "norms": _norms(),
    }
    if as_json:
        click.echo(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    tables = [
        _instrument_table(listed["instruments"]),
        _situation_table(listed["situations"]),
        _protocol_table(listed["protocols"]),
        _template_table(listed["protocols"]),
        _preset_table(listed["presets"]),
        _persona_table(listed["personas"]),
        _norm_table(listed["norms"]),
    ]
    print_tables(console(), tables, ["everything about an instrument: emotionbench instruments show ID"])


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
    _tell(originals.add(name, source=source, home=catalogue.home()).converted)


def _tell(converted: Converted) -> None:
    """Say what can be named now, one a line where these are few."""
    if converted.situation_sets:
        sets = ", ".join(converted.situation_sets)
        click.echo(f"added {converted.n_situations} situations as --situations {sets}")
    kinds = {
        "--instrument": converted.instruments,
        "protocol": converted.protocols,
        "persona": converted.personas,
        "score norm": converted.score_norms,
    }
    for kind, names in kinds.items():
        if len(names) > MOST_ON_LINES:
            click.echo(f"added {len(names)} × {kind}, from {names[0]} to {names[-1]}")
        else:
            click.echo("".join(f"added {kind} {name}\n" for name in names), nl=False)
    for sentence in converted.left_out:
        click.echo(f"left out: {sentence}")


def _instruments() -> list[Listed]:
    return [
        {
            "id": instrument.id,
            "name": instrument.name,
            "n_items": instrument.n_items,
            "lowest": instrument.response_scale.lowest,
            "highest": instrument.response_scale.highest,
            "subscales": {key: subscale.name for key, subscale in instrument.subscales.items()},
            "family": instrument.base,
            "language": instrument.language,
            "paraphrase": instrument.paraphrase,
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
                "languages": list(catalogue.situation_languages(found.id)),
            }
        )
    return listed


def _protocols() -> list[Listed]:
    return [
        {
            "id": protocol.id,
            "name": protocol.name,
            "temperature": protocol.temperature,
            "template": protocol.template,
            "language": protocol.language,
        }
        for protocol in catalogue.protocols()
    ]


def _named(documents: Sequence[Preset]) -> list[Listed]:
    return [{"id": document.id, "name": document.name} for document in documents]


def _personas() -> list[Listed]:
    return [{"id": one.id, "name": one.name, "languages": list(one.texts)} for one in catalogue.personas()]


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
    """One row a family: its languages and paraphrases are editions of the same instrument."""
    languages: dict[str, dict[str, None]] = {}
    for one in listed:
        languages.setdefault(one["family"], {})[one["language"]] = None
    rows = [
        (
            one["id"],
            one["name"],
            str(one["n_items"]),
            f"{one['lowest']}–{one['highest']}",
            _few(one["subscales"]),
            " ".join(languages[one["family"]]),
            "yes" if one["validated"] else "NOT VALIDATED",
        )
        for one in listed
        if one["id"] == one["family"]
    ]
    header = ("id", "name", "items", "range", "subscales", "languages", "validated")
    return Table("Instruments", header, tuple(rows), n_text=len(header))


def _few(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found) if len(found) <= MOST_ON_LINES else f"{len(found)} of them"


def _situation_table(listed: list[Listed]) -> Table:
    rows = []
    for one in listed:
        counts = (len(one["emotions"]), len(one["factors"]), one["n_situations"], one["n_counterparts"])
        rows.append((one["id"], one["licence"], " ".join(one["languages"]), *map(str, counts)))
    header = ("set", "licence", "languages", "emotions", "factors", "situations", "counterparts")
    return Table("Situations", header, tuple(rows), n_text=3)


def _protocol_table(listed: list[Listed]) -> Table:
    rows = [
        (one["id"], one["name"], "model's own" if one["temperature"] is None else f"{one['temperature']:g}")
        for one in listed
        if one["template"] is None
    ]
    return Table("Protocols", ("id", "name", "temperature"), tuple(rows), n_text=2)


def _template_table(listed: list[Listed]) -> Table:
    languages: dict[str, list[str]] = {}
    for one in listed:
        if one["template"] is not None:
            languages.setdefault(one["template"], []).append(one["language"])
    rows = tuple((name, " ".join(found)) for name, found in languages.items())
    return Table("Templates (--vary template=…)", ("template", "languages"), rows, n_text=2)


def _preset_table(listed: list[Listed]) -> Table:
    rows = tuple((one["id"], one["name"]) for one in listed)
    return Table("Presets (--protocol …)", ("id", "name"), rows, n_text=2)


def _persona_table(listed: list[Listed]) -> Table:
    """Personas; those that an original brings by the hundred in one row for each kind."""
    kinds: dict[str, list[Listed]] = {}
    for one in listed:
        kinds.setdefault(one["id"].partition("-")[0], []).append(one)
    rows = []
    for of_kind in kinds.values():
        first = of_kind[0]
        if len(of_kind) > MOST_ON_LINES:
            rows.append(
                (f"{first['id']} … {of_kind[-1]['id']}", f"{len(of_kind)} personas", " ".join(first["languages"]))
            )
        else:
            rows += [(one["id"], one["name"], " ".join(one["languages"])) for one in of_kind]
    return Table("Personas (--vary persona=…)", ("id", "name", "languages"), tuple(rows), n_text=3)


def _norm_table(listed: list[Listed]) -> Table:
    rows = [(one["id"], one["name"], one["instrument"], one["situation_set"], str(one["n"])) for one in listed]
    return Table("Human norms of change", ("id", "name", "instrument", "situations", "n"), tuple(rows), n_text=4)
