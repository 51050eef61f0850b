"""The table of the paper: the default state, then an arrow and a change per emotion, with people's change beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emotionbench.comparisons.change import ChangeBlock, ChangeRow, Grain, PeopleChange, WhosePeople
from emotionbench.comparisons.inference import Inference
from emotionbench.comparisons.participation import told_apart
from emotionbench.statistics.contrasts import Contrast, Moments

KIND_NOTES = {"synthetic": "synthetic", "human": "people", "llm": "language model"}
TRAIT_WARNING = (
    "dispositions, which no situation should move within an hour: a change there says that the respondent answers for"
    " the scene and not for itself."
)
NOT_A_FEELING = "A self-report is a text, not a feeling: the figures say how answers move, not what is felt."


@dataclass(frozen=True)
class Table:
    """A titled table of text cells, ready for any medium.

    The first ``n_text`` columns hold text, the others figures. ``ruled`` are the rows with a line above them.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text: int = 1
    ruled: frozenset[int] = frozenset()


def change_table(block: ChangeBlock, by: Grain = "factor") -> Table:
    """One respondent's block as a table, with a row for every factor or only for emotions."""
    shown = [row for row in block.rows if by == "factor" or row.kind != "factor"]
    header = ["", "n"]
    for name in block.subscales.values():
        header += [name, "people"] if block.has_people else [name]
    rows = [_default_row(block), *(_row(block, row) for row in shown)]
    ruled = {1} | {index for index, row in enumerate(shown, 1) if row.kind in ("overall", "control")}
    return Table(_title(block), tuple(header), tuple(rows), ruled=frozenset(ruled))


def footnotes(blocks: Iterable[ChangeBlock]) -> tuple[str, ...]:
    """What must be known to read the tables."""
    blocks = tuple(blocks)
    notes = []
    if any(block.rows for block in blocks):
        notes += _reading_notes(blocks[0].inference)
    elif blocks:
        notes.append("Default: mean ± SD; no situation was imagined. n: administrations scored.")
    if any(block.has_people and block.rows for block in blocks):
        notes.append(_people_note(blocks))
    for block in blocks:
        notes += _block_notes(block)
    traits = sorted({block.instrument for block in blocks if block.trait and block.rows})
    if traits:
        notes.append(f"Warning: {', '.join(traits)} ask{'s' if len(traits) == 1 else ''} about lasting {TRAIT_WARNING}")
    excluded = sum((Counter(of_row) for block in blocks for of_row in _excluded_once(block)), Counter[str]())
    notes += _left_out(excluded)
    if any(block.kind == "synthetic" for block in blocks):
        notes.append("Respondents marked synthetic are computed, not asked: they are yardsticks, not findings.")
    return (*notes, NOT_A_FEELING)


def _reading_notes(inference: Inference) -> list[str]:
    """What the cells say, and by which rule."""
    default = "Default: mean ± SD before imagining. Then the change from there, in raw points"
    arrows = f"↑ ↓ where it differs from none at α = {inference.alpha:g}"
    rest = "○ where it does not, ? where no test is possible. n: administrations scored (situations)."
    if not inference.by_situation:
        return [
            f"{default}: {arrows}, {rest}",
            "By the published rule: every administration counts as independent: F-test, then Student's or Welch's t,"
            " paired t where before and after share a session, p as it stands. Repeats of one situation are not"
            " independent, so this finds too much; the default, --protocol standard, does not.",
        ]
    return [
        f"{default} [95 % interval, each for itself]: {arrows} (p adjusted by Holm over the rows and subscales of a"
        f" kind), {rest}",
        "Unit: the situation (repeats averaged first); every factor counts once. Test: Welch's t of situations against"
        " baselines, or the t-test of changes within sessions where before and after share one.",
    ]


def _block_notes(block: ChangeBlock) -> list[str]:
    """Why there are question marks, and where runs differ."""
    notes = []
    contrasts = [contrast for row in block.rows for contrast in row.contrasts.values()]
    reasons = sorted({contrast.note for contrast in contrasts if contrast.note})
    if reasons:
        notes.append(f"{block.respondent}, {block.instrument}: ? since {'; '.join(reasons)}.")
    for key, effect in block.run_effects.items():
        notes.append(
            f"{block.respondent}, {block.subscales[key]}: whole runs differ (SD {effect.sd:.1f} points over"
            f" {effect.n_runs} runs, p < .001), as if something joined their administrations; the intervals hold it."
        )
    return notes


def _people_note(blocks: tuple[ChangeBlock, ...]) -> str:
    """Whose people they are, and whether they read the same texts."""
    weighted = "every factor once" if blocks[0].inference.by_situation else "weighted as the situations here"
    note = f"people: mean change of the people who imagined the same factors, {weighted}"
    shown = [block for block in blocks if block.has_people and block.rows]
    whose = "; ".join(dict.fromkeys(_whose(block.people) for block in shown if block.people))
    if whose:
        note += f". They are {whose}"
    other = [block.shares_texts_with_people for block in shown].count(False)
    if other == len(shown):
        note += "; they read other texts, so that the factor is shared and the text is not"
    elif other:
        note += "; where a table says other texts, the factor is shared and the text is not"
    else:
        note += "; they imagined situations of the same set"
    return note + "."


def _whose(people: WhosePeople) -> str:
    return f"{people.name} (n = {people.n:,}{', of this store' if people.is_here else ''})"


def _left_out(reasons: dict[str, int]) -> Iterator[str]:
    by_rule, unscored = told_apart(reasons)
    if unscored:
        yield f"Left out, for want of a score: {_counted(unscored)} (administrations; see: emotionbench status)."
    if by_rule:
        yield f"Left out, by the rules declared for people: {_counted(by_rule)} (administrations)."


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in sorted(reasons.items()))


def _excluded_once(block: ChangeBlock) -> Iterator[dict[str, int]]:
    yield block.n_baseline_excluded
    yield from (row.n_excluded for row in block.rows if row.kind in ("emotion", "control"))


def _title(block: ChangeBlock) -> str:
    other_texts = block.has_people and not block.shares_texts_with_people
    doubt = "" if block.validated else " (not validated)"
    texts = ", other texts than people's" if other_texts else ""
    situations = f"situations {block.situation_set}{texts}" if block.situation_set else "no situations"
    return (
        f"{block.respondent} [{KIND_NOTES[block.kind]}] · {block.instrument}{doubt} · {block.design} ·"
        f" protocol {block.protocol} · {situations}"
    )


def _default_row(block: ChangeBlock) -> tuple[str, ...]:
    cells = ["Default", str(block.n_baseline)]
    for key in block.subscales:
        cells.append(_mean_and_sd(block.baseline[key]))
        if block.has_people:
            cells.append(_mean_and_sd(block.people_baseline[key]))
    return tuple(cells)


def _row(block: ChangeBlock, row: ChangeRow) -> tuple[str, ...]:
    label = f"  {row.label}" if row.kind == "factor" else row.label
    cells = [label, f"{row.n} ({row.n_situations})"]
    for key in block.subscales:
        cells.append(_change(row.contrasts[key], block.inference))
        if block.has_people:
            cells.append(_people(row.people[key]))
    return tuple(cells)


def _mean_and_sd(moments: Moments | None) -> str:
    if moments is None or moments.mean is None:
        return ""
    spread = "" if moments.sd is None else f" ± {moments.sd:.1f}"
    return f"{moments.mean:.1f}{spread}"


def _change(contrast: Contrast, inference: Inference) -> str:
    if contrast.difference is None:
        return "no scores"
    cell = f"{shown_arrow(inference.arrow(contrast))} {signed(contrast.difference)}"
    if inference.by_situation and contrast.low is not None and contrast.high is not None:
        cell += f" {interval(contrast.low, contrast.high)}"
    return cell


def _people(people: PeopleChange | None) -> str:
    return signed(people.change) if people else ""


def shown_arrow(arrow: str) -> str:
    """The arrow as it is shown: a minus sign before a figure would be read as its sign."""
    return "○" if arrow == "−" else arrow


def signed(value: float) -> str:
    """A change with its sign and one decimal; no sign on what rounds to zero."""
    rounded = round(value, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """``[−1.2, 3.4]``; an end that is not there is open."""
    ends = ["open" if end is None else f"{end:.{digits}f}".replace("-", "−") for end in (low, high)]
    return f"[{', '.join(ends)}]"
