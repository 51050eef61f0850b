"""``emotionbench survey norm``: people's answers in a store as a human norm that others can be set beside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from emotionbench.analysis import Analysis, analyse
from emotionbench.cli.options import open_for_reading, store_option
from emotionbench.comparisons.norm_making import norm_of
from emotionbench.comparisons.norms_here import Crowd, crowds
from emotionbench.comparisons.parts import instrument_id
from emotionbench.errors import EmotionBenchError, nearest
from emotionbench.materials.norms import Norm
from emotionbench.materials.score_norm_files import FILE_NAME

SUFFIX = ".json"


@click.command("norm")
@click.argument("file", metavar="FILE.json", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--respondent", metavar="NAME", help="Whose answers, where a store holds several groups of people.")
@click.option("--instrument", metavar="ID", help="On which instrument, where people answered several.")
@click.option("--id", "identifier", metavar="ID", help="The norm's id. Default: respondent and instrument.")
@store_option
def command(
    file: Path, respondent: str | None, instrument: str | None, identifier: str | None, *, store_name: str
) -> None:
    """Write how far people of a store moved from before to after imagining, as a norm.

    Set respondents beside it with --norm FILE.json, or keep it: emotionbench norms add FILE.json. Only means, SDs and
    correlations are written; every factor needs two people or more.
    """
    if file.suffix != SUFFIX:
        raise EmotionBenchError("should end with .json", where=str(file), fix=f"name it {file.with_suffix(SUFFIX)}")
    if identifier is not None and not FILE_NAME.fullmatch(identifier):
        raise EmotionBenchError(f"--id {identifier!r} can be no file name", fix="use letters, digits, dots and dashes")
    with open_for_reading(store_name) as store:
        analysis = analyse(store)
    crowd = _chosen(analysis, respondent, instrument, store_name)
    norm = norm_of(crowd.people, crowd.origin(identifier))
    file.write_text(norm.model_dump_json(indent=1) + "\n", encoding="utf-8")
    click.echo(_said(norm, file))


def _chosen(analysis: Analysis, respondent: str | None, instrument: str | None, where: str) -> Crowd:
    """The one group of people on one instrument that is meant; an error names those to choose from."""
    found = list(crowds(analysis.labelled_scores, analysis.subscale_names))
    if not found:
        raise EmotionBenchError(
            "holds no people who answered before and after imagining a situation",
            where=where,
            fix="collect some with: emotionbench survey serve; or import theirs with: emotionbench import",
        )
    found = _named(found, [crowd.respondent for crowd in found], respondent, "--respondent", where)
    found = _named(found, [instrument_id(crowd.instrument) for crowd in found], instrument, "--instrument", where)
    if len(found) > 1:
        sets = ", ".join(sorted({f"{crowd.instrument} on {crowd.situation_set}" for crowd in found}))
        raise EmotionBenchError(f"people answered {sets}, which make no single norm", where=where)
    return found[0]


def _named(crowds: Sequence[Crowd], names: Sequence[str], wanted: str | None, option: str, where: str) -> list[Crowd]:
    known = list(dict.fromkeys(names))
    if wanted is None:
        if len(known) > 1:
            raise EmotionBenchError(
                f"holds several: {', '.join(map(repr, known))}", where=where, fix=f"choose one with {option}"
            )
        return list(crowds)
    chosen = [crowd for crowd, name in zip(crowds, names, strict=True) if name.casefold() == wanted.casefold()]
    if not chosen:
        raise EmotionBenchError(f"{option} {wanted!r} is not there", where=where, fix=nearest(wanted, known))
    return chosen


def _said(norm: Norm, file: Path) -> str:
    factors = sum(row.factor is not None for row in norm.rows)
    alone = sum(one.n == 1 for one in norm.situations)
    lines = [
        f"{file}: norm {norm.id} of {norm.n:,} people on {norm.instrument}, {factors} factors,"
        f" {len(norm.situations)} situations of {norm.situation_set}; {norm.n_excluded:,} people left out"
    ]
    if alone:
        lines.append(
            f"{alone} situations were imagined by one person each, whose scores they show; think before sharing"
        )
    return "\n".join([*lines, f"use it: emotionbench table --norm {file}; keep it: emotionbench norms add {file}"])
