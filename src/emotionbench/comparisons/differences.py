"""Two respondents, or one before and after an update: how their baselines and changes differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from emotionbench.comparisons.change import Kind, mean_change
from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import EVOKING, Part
from emotionbench.errors import EmotionBenchError
from emotionbench.statistics.contrasts import Contrast, difference, gap, matched


@dataclass(frozen=True)
class DifferenceRow:
    """Second − first of the baselines, or of the changes of one factor, one emotion or overall, by subscale.

    ``n`` counts the administrations of both; each contrast has its own n of situations.
    """

    label: str
    emotion: str | None
    factor: str | None
    kind: Kind | Literal["baseline"]
    n: tuple[int, int]
    first: dict[str, float | None]
    second: dict[str, float | None]
    contrasts: dict[str, Contrast]


@dataclass(frozen=True)
class Difference:
    """Two respondents on one instrument.

    ``is_matched`` says that both imagined the same situations, which are then compared one by one.
    """

    first: str
    second: str
    instrument: str
    protocol: str
    design: str
    situation_set: str
    subscales: dict[str, str]
    is_matched: bool
    rows: tuple[DifferenceRow, ...]


def differences(first: Sequence[Part], second: Sequence[Part]) -> tuple[Difference, ...]:
    """Compare every part of the first respondent with that of the second on the same instrument, words and situations.

    Raises an EmotionBenchError where the two have nothing of the kind in common.
    """
    counterparts = {_asked(part): part for part in second}
    found = tuple(_difference(part, counterparts[_asked(part)]) for part in first if _asked(part) in counterparts)
    if not found:
        raise EmotionBenchError(
            "the two have no instrument, protocol, design and situations in common",
            fix="ask both the same study; see: emotionbench status",
        )
    return found


def _asked(part: Part) -> tuple[str, ...]:
    names = part.names
    return (names.instrument, names.protocol, names.design, names.situation_set)


def _difference(first: Part, second: Part) -> Difference:
    factors = [factor for factor in first.factors if factor in second.factors]
    rows = [_baseline(first, second), *_rows(first, second, factors)]
    for kind in ("baseline", "factor", "emotion", "overall"):
        of_kind = [row for row in rows if row.kind == kind]
        family = f"{kind} rows × subscales: {second.names.respondent} against {first.names.respondent}"
        together = iter(adjusted([c for row in of_kind for c in row.contrasts.values()], family))
        for row in of_kind:
            row.contrasts.update({key: next(together) for key in row.contrasts})
    return Difference(
        first=first.names.respondent,
        second=second.names.respondent,
        instrument=first.names.instrument,
        protocol=first.names.protocol,
        design=first.names.design,
        situation_set=first.names.situation_set,
        subscales=first.subscales,
        is_matched=all(_is_matched(first, second, key, factors) for key in first.subscales),
        rows=tuple(rows),
    )


def _is_matched(first: Part, second: Part, key: str, factors: list[str]) -> bool:
    shared = _shared(first, second, key, factors)
    return bool(shared) and second.means(key).minus(first.means(key), shared) is not None


def _baseline(first: Part, second: Part) -> DifferenceRow:
    before, after = ({key: part.baseline_mean(key) for key in first.subscales} for part in (first, second))
    return DifferenceRow(
        "Default",
        None,
        None,
        "baseline",
        n=(first.baseline_tally.n, second.baseline_tally.n),
        first={key: mean.value for key, mean in before.items()},
        second={key: mean.value for key, mean in after.items()},
        contrasts={key: difference(before[key], after[key]) for key in before},
    )


def _rows(first: Part, second: Part, factors: list[str]) -> Iterator[DifferenceRow]:
    for emotion in first.emotions:
        own = [factor for factor in factors if first.factors[factor][0] == emotion]
        for factor in own:
            yield _row(first, second, [factor], ("factor", first.factors[factor][1], emotion, factor))
        if own:
            yield _row(first, second, own, ("emotion", emotion.capitalize(), emotion, None))
    if len({first.factors[factor][0] for factor in factors}) > 1:
        yield _row(first, second, factors, ("overall", "Overall", None, None))


def _row(
    first: Part, second: Part, factors: list[str], names: tuple[Kind, str, str | None, str | None]
) -> DifferenceRow:
    kind, label, emotion, factor = names
    shared = {key: _shared(first, second, key, factors) for key in first.subscales}
    return DifferenceRow(
        label,
        emotion,
        factor,
        kind,
        n=(_n(first, factors), _n(second, factors)),
        first={key: mean_change(first, key, of_key).value for key, of_key in shared.items()},
        second={key: mean_change(second, key, of_key).value for key, of_key in shared.items()},
        contrasts={key: contrast_between(first, second, key, factors) for key in shared},
    )


def contrast_between(first: Part, second: Part, key: str, factors: Collection[str]) -> Contrast:
    """Second − first of the changes over the factors that both have scores of.

    Situation by situation where both imagined the same ones, and of those then only the situations that both have.
    """
    shared = _shared(first, second, key, factors)
    if not shared:
        return Contrast(None, "Welch's t", note="no factor with scores on both sides")
    apart = second.means(key).minus(first.means(key), shared)
    if apart is None:
        return difference(mean_change(first, key, shared), mean_change(second, key, shared))
    sides = [part.means(key).over(shared) for part in (first, second)]
    found = second.with_runs(first.with_runs(apart.over(shared), key), key)
    if not first.is_paired:
        found = gap(gap(first.baseline_mean(key), second.baseline_mean(key)), found)
    return matched(found, *sides)


def _shared(first: Part, second: Part, key: str, factors: Collection[str]) -> tuple[str, ...]:
    return second.means(key).scored(first.means(key).scored(factors))


def _n(part: Part, factors: list[str]) -> int:
    """Administrations that can be compared."""
    return part.tally.of(EVOKING, factors).n
