"""Answers, scores and comparisons as tidy frames with exactly the columns of the codebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from emotionbench.analysis import Analysis
from emotionbench.comparisons.alignment import Alignment, Gap
from emotionbench.comparisons.change import ChangeBlock, ChangeRow
from emotionbench.comparisons.findings import Findings
from emotionbench.reports.codebook import ANSWER_MASS, ANSWERS, COMPARISONS, READINGS, SCORES, Variable
from emotionbench.reports.phrases import excluded
from emotionbench.statistics.contrasts import Contrast

TYPES: dict[str, Any] = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}
SHARED = ("respondent", "kind", "instrument", "protocol", "design", "situation_set")


def frames(analysis: Analysis, findings: Findings) -> dict[str, pl.DataFrame]:
    """The frames by name; missing is null. Those of probabilities only where answers were read as such."""
    found = {
        "answers": _as(analysis.labelled_answers, ANSWERS),
        "scores": _as(analysis.labelled_scores, SCORES),
        "comparisons": comparisons(findings),
    }
    if analysis.compact_readings.is_empty():
        return found
    return {
        **found,
        "readings": _as(analysis.labelled_readings, READINGS),
        "answer_mass": answer_mass(findings),
    }


def answer_mass(findings: Findings) -> pl.DataFrame:
    """One row per respondent × instrument × form × condition × subscale: what was read of probabilities."""
    rows = [
        {
            **{name: getattr(one, name, None) for name in (variable.name for variable in ANSWER_MASS)},
            "unread": excluded(one.unread) or None,
            "subscale": of_score.subscale,
            "n_scores": of_score.n,
            "sd": of_score.sd,
            "note": one.why,
        }
        for one in findings.masses
        for of_score in one.spread
    ]
    return pl.DataFrame(rows, schema={variable.name: TYPES[variable.type] for variable in ANSWER_MASS}, orient="row")


def comparisons(findings: Findings) -> pl.DataFrame:
    """One row per respondent × row × subscale: every field of its contrast; gaps to people after changes."""
    rows = [row for block in findings.changes for row in _changes(block)]
    rows += [row for found in findings.alignments for row in _gaps(found)]
    return pl.DataFrame(rows, schema={variable.name: TYPES[variable.type] for variable in COMPARISONS}, orient="row")


def _as(frame: pl.DataFrame, variables: tuple[Variable, ...]) -> pl.DataFrame:
    return frame.select(pl.col(variable.name).cast(TYPES[variable.type]) for variable in variables)


def _changes(block: ChangeBlock) -> Iterator[dict[str, Any]]:
    for row in block.rows:
        for key, contrast in row.contrasts.items():
            yield _filled(_names(block), _of_row(row), _of_contrast(contrast), {"subscale": key}, _of_people(row, key))


def _gaps(found: Alignment) -> Iterator[dict[str, Any]]:
    names = {**_names(found), "comparison": "gap"}
    for key, gap in found.baseline.items():
        where = {"row_kind": "baseline", "row": "Default", "subscale": key, "n_people": found.n_people}
        yield _filled(names, where, _of_contrast(gap.contrast), _of_gap(gap))
    for row in found.rows:
        for key, gap in row.gaps.items():
            where = {
                "row_kind": row.kind,
                "row": row.label,
                "emotion": row.emotion,
                "factor": row.factor,
                "subscale": key,
                "n_situations": row.n_situations,
                "n_people": row.n_people,
            }
            yield _filled(names, where, _of_contrast(gap.contrast), _of_gap(gap))


def _filled(*parts: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for part in parts for name, value in part.items()}
    return {variable.name: known.get(variable.name) for variable in COMPARISONS}


def _names(found: ChangeBlock | Alignment) -> dict[str, Any]:
    return {**{name: str(getattr(found, name)) for name in SHARED}, "comparison": "change"}


def _of_row(row: ChangeRow) -> dict[str, Any]:
    return {
        "row_kind": row.kind,
        "row": row.label,
        "emotion": row.emotion,
        "factor": row.factor,
        "n": row.n,
        "n_situations": row.n_situations,
        "n_excluded": sum(row.n_excluded.values()),
        "excluded": excluded(row.n_excluded) or None,
    }


def _of_contrast(contrast: Contrast) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: getattr(contrast, name)
        for name in ("difference", "low", "high", "standard_error", "test", "t", "df", "p", "p_holm", "p_bh", "family")
    }
    for effect in contrast.effects:
        found |= {effect.name: effect.value, f"{effect.name}_low": effect.low, f"{effect.name}_high": effect.high}
    return {**found, "n_tests": contrast.n_tests, "note": contrast.note}


def _of_people(row: ChangeRow, key: str) -> dict[str, Any]:
    people = row.people.get(key)
    if people is None:
        return {}
    return {"people": people.change, "people_low": people.low, "people_high": people.high, "n_people": people.n}


def _of_gap(gap: Gap) -> dict[str, Any]:
    found = gap.equivalence
    return {"margin": found.margin, "p_equivalence": found.p, "is_equivalent": found.is_equivalent}
