"""The table of the paper: the default state, then an arrow and a change per emotion, with people's change beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emotionbench.comparisons.change import PUBLISHED_ALPHA, ChangeBlock, ChangeRow, People, Unit
from emotionbench.statistics.contrasts import Contrast, Moments

KIND_NOTES = {"synthetic": "synthetic", "human": "people", "llm": "language model"}
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


def change_table(block: ChangeBlock) -> Table:
    """One respondent's block as a table."""
    header = ["", "n"]
    for name in block.subscales.values():
        header += [name, "people"] if block.has_people else [name]
    rows = [_default_row(block), *(_row(block, row) for row in block.rows)]
    ruled = {1} | {index for index, row in enumerate(block.rows, 1) if row.emotion is None}
    return Table(_title(block), tuple(header), tuple(rows), ruled=frozenset(ruled))


def footnotes(blocks: Iterable[ChangeBlock], unit: Unit) -> tuple[str, ...]:
    """What must be known to read the tables."""
    blocks = tuple(blocks)
    notes = [
        "Default: mean ± SD before imagining. Then the change from there, in raw points: ↑ ↓ where it differs from none"
        f" at α = {PUBLISHED_ALPHA}, − where it does not, ? where no test is possible. n: administrations scored"
        " (situations).",
        _unit_note(unit),
    ]
    if any(block.has_people for block in blocks):
        notes.append(_people_note(blocks))
    n_unscored = sum(block.n_baseline_unscored + sum(_unscored_once(block)) for block in blocks)
    if n_unscored:
        notes.append(f"Not scored and left out: {n_unscored} administrations (see: emotionbench status).")
    if any(block.kind == "synthetic" for block in blocks):
        notes.append("Respondents marked synthetic are computed, not asked: they are yardsticks, not findings.")
    return (*notes, NOT_A_FEELING)


def _unit_note(unit: Unit) -> str:
    if unit == "situation":
        return (
            "Unit: the situation (repeats averaged first). Test: Welch's t of situation means against baselines, or"
            " the t-test of changes within sessions where before and after share one."
        )
    return (
        "Unit: the administration, as published: F-test, then Student's or Welch's t; paired t where before and after"
        " share a session. Repeats of one situation are not independent, so this finds too much; --unit situation does"
        " not."
    )


def _people_note(blocks: tuple[ChangeBlock, ...]) -> str:
    note = "people: mean change of the people who imagined the same factors, weighted as the situations here"
    if any(not block.shares_texts_with_people for block in blocks):
        note += (
            "; they read the original's texts: where a table says other texts, the factor is shared and the text is not"
        )
    return note + "."


def _unscored_once(block: ChangeBlock) -> Iterator[int]:
    whole = [row for row in block.rows if row.factor is None and row.emotion is not None]
    controls = [row for row in block.rows if row.emotion is None and row.factor is not None]
    yield from (row.n_unscored for row in (*whole, *controls))


def _title(block: ChangeBlock) -> str:
    other_texts = block.has_people and not block.shares_texts_with_people
    doubt = "" if block.validated else " (not validated)"
    texts = ", other texts than people's" if other_texts else ""
    return (
        f"{block.respondent} [{KIND_NOTES[block.kind]}] · {block.instrument}{doubt} · {block.design} ·"
        f" protocol {block.protocol} · situations {block.situation_set}{texts}"
    )


def _default_row(block: ChangeBlock) -> tuple[str, ...]:
    cells = ["Default", str(block.n_baseline)]
    for key in block.subscales:
        cells.append(_mean_and_sd(block.baseline[key]))
        if block.has_people:
            cells.append(_mean_and_sd(block.people_baseline[key]))
    return tuple(cells)


def _row(block: ChangeBlock, row: ChangeRow) -> tuple[str, ...]:
    label = f"  {row.label}" if row.factor and row.emotion else row.label
    cells = [label, f"{row.n} ({row.n_situations})"]
    for key in block.subscales:
        cells.append(_change(row.contrasts[key]))
        if block.has_people:
            cells.append(_people(row.people[key]))
    return tuple(cells)


def _mean_and_sd(moments: Moments | None) -> str:
    if moments is None or moments.mean is None:
        return ""
    spread = "" if moments.sd is None else f" ± {moments.sd:.1f}"
    return f"{moments.mean:.1f}{spread}"


def _change(contrast: Contrast) -> str:
    if contrast.difference is None:
        return "no scores"
    return f"{contrast.arrow(PUBLISHED_ALPHA)} {signed(contrast.difference)}"


def _people(people: People | None) -> str:
    return signed(people.change) if people else ""


def signed(value: float) -> str:
    """A change with its sign and one decimal; no sign on what rounds to zero."""
    rounded = round(value, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"
