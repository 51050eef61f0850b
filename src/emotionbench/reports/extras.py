"""What a report says beyond the findings of change: the ways of asking, norms of scores, probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from emotionbench.analysis import Analysis
from emotionbench.comparisons.findings import NOT_COMPUTABLE
from emotionbench.comparisons.norm_comparison import NormComparison, norm_comparisons
from emotionbench.comparisons.probes import Probes
from emotionbench.comparisons.ways import WaysOfAsking
from emotionbench.materials import catalogue
from emotionbench.materials.score_norms import ScoreNorm

Found = TypeVar("Found")


@dataclass(frozen=True)
class Extras:
    """Each is empty where the store has nothing for it; ``problems`` name what could not be computed."""

    ways: tuple[WaysOfAsking, ...]
    norms: tuple[NormComparison, ...]
    score_norms: tuple[ScoreNorm, ...]
    probes: Probes
    problems: tuple[str, ...]


def extras_of(analysis: Analysis) -> Extras:
    """Compute them; what cannot be is noted, and the others go on."""
    problems: list[str] = []

    def guarded(what: str, compute: Callable[[], Found], otherwise: Found) -> Found:
        try:
            return compute()
        except NOT_COMPUTABLE as problem:
            problems.append(f"{what}: {problem}")
            return otherwise

    known = tuple(catalogue.score_norms())
    no_ways: tuple[WaysOfAsking, ...] = ()
    no_norms: tuple[NormComparison, ...] = ()
    ways = guarded("ways of asking", analysis.ways, no_ways)
    norms = guarded(
        "comparison with norms",
        lambda: norm_comparisons(analysis.labelled_scores, analysis.instruments, known),
        no_norms,
    )
    probes = guarded("probes", analysis.probes, Probes())
    return Extras(tuple(one for one in ways if one.instruments), norms, known, probes, tuple(problems))
