"""``emotionbench ways``: do answers survive the ways of asking?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.text import Text

from emotionbench.analysis import analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.comparisons.ways_outcomes import WAYS
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.reports.change_table import Table
from emotionbench.reports.render import markdown, print_tables
from emotionbench.reports.tables.ways import WaysTables, enough_table, ways_tables

HOW_TO_VARY = (
    "vary one: emotionbench run --vary option_order=ascending,descending --vary template=all --forms 10;"
    " or --protocol reliability-2024"
)
SHORTENED = "Each level against the rest: --markdown, or --json with every figure."


@click.command("ways")
@click.option(
    "--interaction",
    "interactions",
    multiple=True,
    metavar="A*B",
    help="Two ways whose interaction is a term of its own, such as language*template; may be repeated.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown, with every table.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(interactions: tuple[str, ...], store_name: str, *, as_markdown: bool, as_json: bool) -> None:
    """Say which ways of asking (template, language, option order, …) change what is concluded, and by how much."""
    pairs = [_pair(words) for words in interactions]
    with open_for_reading(store_name) as store:
        analysis = analyse(store)
    found = analysis.ways(interactions=pairs)
    if not any(one.instruments for one in found):
        raise EmotionBenchError("every instrument was put in one way only", where=store_name, fix=HOW_TO_VARY)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False, default=_plain))
        return
    tables = ways_tables(found, analysis.subscale_names)
    enough = [table.plain() for table in [enough_table(found, analysis.subscale_names)] if table.rows]
    left_out = [words for one in found for words in one.left_out]
    if as_markdown:
        click.echo(_markdown(tables, enough, left_out), nl=False)
    else:
        _print(console(), tables, enough, left_out)


def _pair(words: str) -> tuple[str, str]:
    """``language*template``."""
    ways = tuple(way.strip() for way in words.split("*"))
    for way in ways:
        if way not in WAYS:
            raise EmotionBenchError(f"no way of asking {way!r}", where="--interaction", fix=nearest(way, WAYS))
    if len(ways) != 2 or ways[0] == ways[1]:
        raise EmotionBenchError(f"{words!r} is no pair of ways", where="--interaction", fix="write language*template")
    return ways[0], ways[1]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _said(one: WaysTables) -> Iterable[str]:
    """Everything in words, an outcome after the other."""
    for outcome, overall, sentences in one.verdicts:
        yield f"{outcome[0].upper()}{outcome[1:]}: {overall}"
        yield from (f"  {words}" for words in sentences)


def _print(out: Console, tables: Sequence[WaysTables], enough: Sequence[Table], left_out: Sequence[str]) -> None:
    for one in tables:
        out.print()
        out.print(Text(_title(one), style="bold"))
        for words in _said(one):
            out.print(Text(words))
    shown = [table.plain() for one in tables for table in one.short]
    notes = dict.fromkeys(chain.from_iterable((*table.notes,) for one in tables for table in one.short))
    print_tables(out, [*shown, *enough], [*notes, *_left_out(tables, left_out), SHORTENED])


def _markdown(tables: Sequence[WaysTables], enough: Sequence[Table], left_out: Sequence[str]) -> str:
    words = [f"## {_title(one)}\n\n" + "\n".join(f"- {line.strip()}" for line in _said(one)) for one in tables]
    notes = dict.fromkeys(note for one in tables for table in one.tables for note in table.notes)
    body = markdown(
        [*(table.plain() for one in tables for table in one.tables), *enough], [*notes, *_left_out(tables, left_out)]
    )
    return "\n\n".join([*words, body])


def _title(one: WaysTables) -> str:
    return f"{one.respondent} · {one.instrument}: the ways of asking"


def _left_out(tables: Sequence[WaysTables], left_out: Sequence[str]) -> list[str]:
    own = [f"{one.respondent}, {one.instrument}: {note}" for one in tables for note in one.notes]
    return [*own, *(f"Left out: {words}." for words in left_out)]
