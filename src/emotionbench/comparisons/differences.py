"""Two respondents, or one before and after an update: how their baselines and changes differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from emotionbench.comparisons.change import Kind, mean_change
from emotionbench.comparisons.inference import adjusted
from emotionbench.comparisons.parts import Part
from emotionbench.errors import EmotionBenchError
from emotionbench.statistics.contrasts import Contrast, Mean, difference, gap


@dataclass(frozen=True)
class DifferenceRow:
    """Second − first of the baselines, or of the changes of one factor, one emotion or overall, by subscale."""

    label: str
    emotion: str | None
    factor: str | None
    kind: Kind | Literal["baseline"]
    n_situations: int
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
    n_baseline: tuple[int, int]
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
        family = f"{kind} rows × subscales of one comparison"
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
        is_matched=all(second.means(key).minus(first.means(key), factors) is not None for key in first.subscales),
        n_baseline=(first.baseline["administration"].n_unique(), second.baseline["administration"].n_unique()),
        rows=tuple(rows),
    )


def _baseline(first: Part, second: Part) -> DifferenceRow:
    before, after = ({key: part.baseline_mean(key) for key in first.subscales} for part in (first, second))
    return DifferenceRow(
        "Default",
        None,
        None,
        "baseline",
        n_situations=0,
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
    return DifferenceRow(
        label,
        emotion,
        factor,
        kind,
        n_situations=max(int(first.means(key).of(factors).sum()) for key in first.subscales),
        first={key: mean_change(first, key, factors).value for key in first.subscales},
        second={key: mean_change(second, key, factors).value for key in first.subscales},
        contrasts={key: _contrast(first, second, key, factors) for key in first.subscales},
    )


def _contrast(first: Part, second: Part, key: str, factors: list[str]) -> Contrast:
    """Second − first of the changes: situation by situation where both imagined the same."""
    apart = second.means(key).minus(first.means(key), factors)
    if apart is None:
        return difference(mean_change(first, key, factors), mean_change(second, key, factors))
    if first.is_paired:
        return difference(Mean(0, 0.0, 0.0, None, 0.0), apart.over(factors))
    return difference(gap(first.baseline_mean(key), second.baseline_mean(key)), apart.over(factors))
