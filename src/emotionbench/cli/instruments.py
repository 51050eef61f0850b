"""``emotionbench instruments``: every instrument, everything about one, and what is doubtful about one's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from emotionbench.cli.options import console
from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument, Item
from emotionbench.materials.lint import Remark
from emotionbench.materials.lint import lint as lint_file
from emotionbench.materials.score_norms import ScoreNorm

Listed = dict[str, Any]
"""What is listed of one instrument, by name of the figure; ready for JSON."""
SHORT_LICENCE = 22
LICENCES = (
    ("public domain", "public domain"),
    ("any use needs", "permission needed"),
    ("not commercial", "not commercial"),
    ("research", "research only"),
    ("free to use", "free, name the source"),
)
"""What a licence says → its name in the table; the first that is found counts."""


@click.group("instruments", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def group(context: click.Context, *, as_json: bool) -> None:
    """List every instrument that can be named; show one, or check one of your own."""
    if context.invoked_subcommand is not None:
        return
    listed = list(_listed())
    if as_json:
        click.echo(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    screen = console()
    screen.print(_table(listed))
    screen.print(
        "norms: people in the groups that scores can be set beside; editions: languages × wordings", style="dim"
    )
    screen.print("everything about one: emotionbench instruments show ID", style="dim")


@group.command("show")
@click.argument("name", metavar="ID|FILE")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(name: str, *, as_json: bool) -> None:
    """Show everything about one instrument: items, keys, norms, source, licence, and what was mended."""
    instrument = catalogue.instrument(name)
    if as_json:
        shown = {**_one(instrument, _editions(instrument), _norms(instrument)), **instrument.model_dump(mode="json")}
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    click.echo("\n".join(_lines(instrument)))


@group.command("lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def lint(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check instruments of your own: what makes their scores wrong, and what is doubtful.

    The exit code is 1 where there is an error; warnings leave it 0.
    """
    remarks = {str(file): lint_file(file) for file in files}
    if as_json:
        found = {file: [asdict(remark) for remark in of_file] for file, of_file in remarks.items()}
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for file, of_file in remarks.items():
            click.echo("".join(f"{_remark(one, file)}\n" for one in of_file), nl=False)
            if not of_file:
                click.echo(f"{file}: nothing to say")
    if any(remark.kind == "error" for of_file in remarks.values() for remark in of_file):
        sys.exit(1)


def _remark(remark: Remark, file: str) -> str:
    """One remark on a line, with the file before it unless it says which."""
    names_file = remark.where.startswith((file, Path(file).name))
    return f"{remark.kind}: {'' if names_file else f'{file}: '}{remark.where}: {remark.what}"


def _listed() -> Iterator[Listed]:
    """One entry a family, under its own instrument; an edition without one stands for itself."""
    families: dict[str, list[Instrument]] = {}
    for instrument in catalogue.instruments():
        families.setdefault(instrument.base.casefold(), []).append(instrument)
    for editions in families.values():
        base = next((one for one in editions if one.family is None), editions[0])
        yield _one(base, editions, _norms(base))


def _editions(instrument: Instrument) -> list[Instrument]:
    return [one for one in catalogue.instruments() if one.base.casefold() == instrument.base.casefold()] or [instrument]


def _norms(instrument: Instrument) -> list[ScoreNorm]:
    names = {instrument.id.casefold(), instrument.base.casefold()}
    return [norm for norm in catalogue.score_norms() if names & {name.casefold() for name in norm.instruments}]


def _one(base: Instrument, editions: list[Instrument], norms: list[ScoreNorm]) -> Listed:
    changes = [norm for norm in catalogue.norms() if norm.instrument.casefold() == base.id.casefold()]
    return {
        "id": base.id,
        "name": base.name,
        "edition": base.edition,
        "n_items": base.n_items,
        "lowest": base.response_scale.lowest,
        "highest": base.response_scale.highest,
        "subscales": {key: subscale.name for key, subscale in base.subscales.items()},
        "score": f"{base.score.rule} × {base.score.multiply}" if base.score.multiply > 1 else base.score.rule,
        "norms": {norm.id: {group.name: group.n for group in norm.groups} for norm in norms},
        "norms_of_change": {norm.id: norm.n for norm in changes},
        "languages": sorted({one.language for one in editions}),
        "paraphrases": sorted({one.paraphrase for one in editions if one.paraphrase}),
        "n_editions": len(editions),
        "validated": base.validated,
        "trait": base.trait,
        "licence": base.licence,
        "n_mends": len(base.mends),
    }


def _table(listed: list[Listed]) -> Table:
    drawn = Table(title="Instruments", title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    drawn.add_column("id", no_wrap=True)
    drawn.add_column("name", min_width=16)
    for name in ("edition", "licence", "valid.", "editions", "score", "norms"):
        drawn.add_column(name)
    for name in ("items", "range", "sub."):
        drawn.add_column(name, justify="right", no_wrap=True)
    for one in listed:
        # Text, not str: what stands in square brackets is no markup
        drawn.add_row(*map(Text, _cells(one)))
    return drawn


def _cells(one: Listed) -> tuple[str, ...]:
    return (
        one["id"],
        one["name"],
        one["edition"].partition("; ")[0],
        licence_in_short(one["licence"]),
        "yes" if one["validated"] else "NO",
        editions_in_short(one),
        one["score"],
        _norms_in_short(one),
        str(one["n_items"]),
        _range(one["lowest"], one["highest"]),
        str(len(one["subscales"])),
    )


def licence_in_short(licence: str) -> str:
    """What a licence comes to, in the words of the table; short ones and unknown ones as they begin."""
    own = licence.partition(" https://")[0]
    if len(own) <= SHORT_LICENCE:
        return own
    folded = own.casefold()
    known = next((short for said, short in LICENCES if said in folded), None)
    return known or f"{own[: SHORT_LICENCE - 1].rstrip()}…"


def editions_in_short(one: Listed) -> str:
    """``en``, ``de, en, zh``, or ``10 languages × 5`` wordings."""
    languages, n_wordings = one["languages"], len(one["paraphrases"]) + 1
    named = ", ".join(languages) if len(languages) < 4 else f"{len(languages)} languages"
    return f"{named} × {n_wordings}" if n_wordings > 1 else named


def _norms_in_short(one: Listed) -> str:
    sizes = [f"{n:,}" for groups in one["norms"].values() for n in groups.values()]
    return "; ".join([" + ".join(sizes)] * bool(sizes) + [f"{n:,} (change)" for n in one["norms_of_change"].values()])


def _range(lowest: int, highest: int) -> str:
    return f"{lowest}–{highest}"


def _lines(instrument: Instrument) -> Iterator[str]:
    """Everything about an instrument, in lines for the terminal."""
    one = _one(instrument, _editions(instrument), _norms(instrument))
    scale = instrument.response_scale
    facts = {
        "id": instrument.id,
        "name": instrument.name,
        "edition": instrument.edition,
        "language": instrument.language + (f", wording {instrument.paraphrase}" if instrument.paraphrase else ""),
        "family": instrument.family,
        "editions": editions_in_short(one),
        "validated": "yes" if instrument.validated else "NOT VALIDATED",
        "asks about": _about(instrument.trait),
        "source": instrument.source,
        "licence": instrument.licence,
        "note": instrument.note,
        "instructions": instrument.instructions,
        "answers": f"{_range(scale.lowest, scale.highest)}{_labels(scale.labels)}",
        "score": one["score"] + (f", from {instrument.score.min_valid} items" if instrument.score.min_valid else ""),
    }
    yield from (f"{name:13} {value}" for name, value in facts.items() if value)
    yield from _part("items", [f"{n:>4} {_item(item)}" for n, item in enumerate(instrument.items, 1)])
    yield from _part("keys (R: reverse-keyed)", list(_keys(instrument)))
    yield from _part("norms", list(_norm_lines(instrument)))
    yield from _part("mended", [f"  {mend}" for mend in instrument.mends])


def _part(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _about(trait: bool | None) -> str | None:
    if trait is None:
        return None
    return "lasting dispositions, which no situation should move within an hour" if trait else "the moment"


def _labels(labels: dict[int, str] | None) -> str:
    return f" ({', '.join(f'{value} = {label}' for value, label in sorted(labels.items()))})" if labels else ""


def _item(item: Item) -> str:
    return f"{item.text}{_labels(item.labels)}"


def _keys(instrument: Instrument) -> Iterator[str]:
    for key, subscale in instrument.subscales.items():
        numbers = (f"{number}R" if number in subscale.reverse else str(number) for number in subscale.items)
        yield f"  {key} ({subscale.name}, {len(subscale.items)} items): {' '.join(numbers)}"


def _norm_lines(instrument: Instrument) -> Iterator[str]:
    for norm in _norms(instrument):
        yield f"  {norm.id}: {norm.source}"
        for group in norm.groups:
            moments = (f"{key} {of.mean:g} ± {of.sd:g}" for key, of in group.subscales.items())
            yield f"    {group.name}, n {group.n:,}: {', '.join(moments)}"
