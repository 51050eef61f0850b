"""Two respondents side by side: the baseline and the changes of each, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from emotionbench.comparisons.alignment import Alignment
from emotionbench.comparisons.change import Grain
from emotionbench.comparisons.differences import Difference
from emotionbench.comparisons.inference import Inference
from emotionbench.reports.change_table import NOT_A_FEELING, Table, interval, shown_arrow, signed
from emotionbench.reports.summary_table import estimate
from emotionbench.statistics.contrasts import Contrast


def difference_tables(
    found: Difference, names: tuple[str, str], inference: Inference, by: Grain = "emotion"
) -> list[Table]:
    """A table for each subscale, one row per emotion (or factor as well); ``names`` head the two columns.

    ``inference`` says from which p on a difference has an arrow.
    """
    return [_table(found, key, names, inference, by) for key in found.subscales]


def _table(found: Difference, key: str, names: tuple[str, str], inference: Inference, by: Grain) -> Table:
    shown = [row for row in found.rows if by == "factor" or row.kind != "factor"]
    rows = tuple(
        (
            f"  {row.label}" if row.kind == "factor" else row.label,
            "" if row.kind == "baseline" else str(row.contrasts[key].n or 0),
            _value(row.first[key], is_change=row.kind != "baseline"),
            _value(row.second[key], is_change=row.kind != "baseline"),
            *_difference(row.contrasts[key], inference),
        )
        for row in shown
    )
    texts = "the same situations" if found.is_matched else "not the same situations"
    title = (
        f"{found.subscales[key]} · {found.instrument} · {found.design} · protocol {found.protocol} ·"
        f" {found.situation_set}, {texts}"
    )
    header = ("", "situations", *names, "difference", "95 % interval", "effect")
    ruled = frozenset(index for index, row in enumerate(shown) if index == 1 or row.kind == "overall")
    return Table(title, header, rows, ruled=ruled)


def difference_notes(
    found: Sequence[Difference], alignments: Sequence[tuple[str, Alignment]], inference: Inference
) -> tuple[str, ...]:
    """What must be known to read the tables, and both respondents' alignment."""
    notes = [f"{name}: alignment {estimate(one.headline, 2)}. {one.verdict}" for name, one in alignments]
    notes.append(
        "Default: the state before imagining; below it changes from there, in raw points. difference: second − first;"
        f" ↑ ↓ where it differs from none at α = {inference.alpha:g} (p adjusted by Holm over the rows and subscales of"
        " a kind), ○ where it does not, ? where no test is possible."
    )
    if not all(one.is_matched for one in found):
        notes.append("Where the situations are not the same, only factors are shared, and the intervals are wider.")
    return (*notes, NOT_A_FEELING)


def _difference(contrast: Contrast, inference: Inference) -> tuple[str, str, str]:
    """The difference with its arrow, its interval and its effect size."""
    if contrast.difference is None:
        return f"not estimable: {contrast.note}", "", ""
    shown = f"{shown_arrow(inference.arrow(contrast))} {signed(contrast.difference)}"
    if contrast.low is None:
        return shown, f"none: {contrast.note}", ""
    effects = [f"{one.name} {signed(one.value)}" for one in contrast.effects[:1] if one.value is not None]
    return shown, interval(contrast.low, contrast.high), "".join(effects)


def _value(value: float | None, *, is_change: bool) -> str:
    if value is None:
        return ""
    return signed(value) if is_change else f"{value:.1f}"
