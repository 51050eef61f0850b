"""``emotionbench compare``: two respondents, or two stores, such as a model before and after an update."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import click
import polars as pl

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.options import console, open_for_reading, store_option
from emotionbench.cli.table import norm_option
from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.change import Grain
from emotionbench.comparisons.differences import Difference, differences
from emotionbench.comparisons.findings import Section
from emotionbench.comparisons.inference import ALPHA, Inference
from emotionbench.comparisons.parts import Part, parts_to_compare
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.records import RespondentKind
from emotionbench.reports.difference_table import difference_notes, difference_tables
from emotionbench.reports.render import markdown, print_tables

ALIGNMENTS: tuple[Section, ...] = ("alignments",)


class _Side(NamedTuple):
    """One of the two that are compared, under a name that tells it from the other."""

    name: str
    parts: tuple[Part, ...]
    alignments: tuple[Alignment, ...]


def _side(analysis: Analysis, respondent: str, name: str) -> _Side:
    scores = analysis.labelled_scores.filter(pl.col("respondent") == respondent)
    own = analysis.findings(sections=ALIGNMENTS, respondents=(respondent,))
    return _Side(name, tuple(parts_to_compare(scores, analysis.subscale_names)), own.alignments)


@click.command("compare")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--by", type=click.Choice(["emotion", "factor"]), default="emotion", help="Rows. Default emotion.")
@click.option(
    "--alpha",
    type=float,
    default=ALPHA["standard"],
    show_default=True,
    metavar="P",
    help="Level of the tests; p is adjusted by Holm.",
)
@norm_option
@click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every figure.")
@store_option
def command(
    first: str,
    second: str,
    by: Grain,
    alpha: float,
    store_name: str,
    *,
    norm_name: str | None,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Show what differs between A and B: two respondents of a store, or two stores.

    Of two stores, the respondents that both hold are compared; or, where each holds only one, these two.
    """
    inference = Inference.of("standard", alpha)
    pairs = _pairs(first, second, store_name, norm_name)
    found = [(one, other, _differences(one, other)) for one, other in pairs]
    if as_json:
        click.echo(json.dumps(_as_json(found, inference), indent=1, ensure_ascii=False))
        return
    tables = [
        table
        for one, other, of_pair in found
        for difference in of_pair
        for table in difference_tables(difference, (one.name, other.name), inference, by)
    ]
    notes = difference_notes(
        [difference for *_, of_pair in found for difference in of_pair],
        [(side.name, aligned) for *sides, _ in found for side in sides for aligned in side.alignments],
        inference,
    )
    if as_markdown:
        click.echo(markdown(tables, notes), nl=False)
    else:
        print_tables(console(), tables, notes)


def _differences(one: _Side, other: _Side) -> tuple[Difference, ...]:
    """Where nothing is shared since one of the two are people, the error says where they stand beside each other."""
    try:
        return differences(one.parts, other.parts)
    except EmotionBenchError:
        kinds = {side.name: {part.names.kind for part in side.parts} for side in (one, other)}
        people = [name for name, own in kinds.items() if RespondentKind.HUMAN in own]
        if len(people) != 1:
            raise
        raise EmotionBenchError(
            "people read pages where others are put a protocol, so that the two share no words",
            where=people[0],
            fix="see: emotionbench table, which sets people beside everybody else",
        ) from None


def _as_json(found: list[tuple[_Side, _Side, tuple[Difference, ...]]], inference: Inference) -> dict[str, Any]:
    return {
        "inference": asdict(inference),
        "differences": [
            {**asdict(difference), "first": one.name, "second": other.name}
            for one, other, of_pair in found
            for difference in of_pair
        ],
        "alignments": [
            {**asdict(aligned), "of": side.name} for *sides, _ in found for side in sides for aligned in side.alignments
        ],
    }


def _pairs(first: str, second: str, store_name: str, norm: str | None) -> list[tuple[_Side, _Side]]:
    if _is_store(first) and _is_store(second):
        return _pairs_of_stores(first, second, norm)
    with open_for_reading(store_name) as store:
        analysis = analyse(store, norm=norm)
    known = analysis.administrations["respondent"].unique().sort().to_list()
    for name in (first, second):
        if name not in known:
            raise EmotionBenchError(
                f"no respondent {name!r}", where=store_name, fix=f"{nearest(name, known)}; or name two stores"
            )
    if first == second:
        raise EmotionBenchError(f"{first!r} twice", where=store_name, fix="name two respondents, or two stores")
    return [(_side(analysis, first, first), _side(analysis, second, second))]


def _is_store(name: str) -> bool:
    return "://" in name or Path(name).is_file()


def _pairs_of_stores(first: str, second: str, norm: str | None) -> list[tuple[_Side, _Side]]:
    analyses = []
    for name in (first, second):
        with open_for_reading(name) as store:
            analyses.append((name.rpartition("@")[2] if "://" in name else name, analyse(store, norm=norm)))
    (one_name, one), (other_name, other) = analyses
    held = [set(analysis.administrations["respondent"].unique()) for analysis in (one, other)]
    shared = sorted(held[0] & held[1])
    if shared:
        return [
            (_side(one, name, f"{name} in {one_name}"), _side(other, name, f"{name} in {other_name}"))
            for name in shared
        ]
    if [len(names) for names in held] != [1, 1]:
        raise EmotionBenchError(
            "no respondent stands in both stores",
            where=f"{one_name}, {other_name}",
            fix="put both respondents into one store, and name them",
        )
    own, others = held[0].pop(), held[1].pop()
    return [(_side(one, own, own), _side(other, others, others))]
