"""The search for arithmetic identities that explain printed figures which raw answers do not bear out.

An identity explains a figure if it gives it to the printed digit. Many identities are tried, so some will by chance;
what is claimed must therefore be too much for chance:

- A figure that is k printed digits from the true one has 2k wrong figures no farther from it. If it were merely wrong,
  by an error whose size nobody knows and which is no likelier to be larger than smaller, an identity whose value lies
  among these 2k would hit it with probability 1 / 2k at most, and any other identity not at all.
- An identity is tried on cells alone and on groups that may share one cause: all cells of the respondent, of an affect,
  of an emotion, of a row. With M hits among the D disagreeing cells of a group, the expected number of identities of
  its family that hit M or more by chance is the sum of their Poisson-binomial tails.
- It is claimed where that number is below its family's share of 0.05. Families are tried from the simplest on; the i-th
  has the share 1 / (i (i + 1)), divided by the number of kinds of groups. The shares of all families sum to less than
  1, so that a figure that is merely wrong is explained with a probability below 0.05.
- What is then left is searched a second time from what is known: where an identity of scoring explains most of a
  source's cells, with that scoring; and where copies of another row explain several, for copies of the row as printed.
  Each of the two passes has half of the 0.05.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from emotionbench.published.edits import Edit, Family, families
from emotionbench.published.printed import agrees, n_printed, rounded, steps_apart
from emotionbench.published.recipes import Figure, Recipe
from emotionbench.published.recompute import Bench
from emotionbench.published.tables import PublishedCell

CHANCE = 0.05
PASSES = 2
MOST = 0.5
SCORING = "scoring"
LEAST = 1e-6
PROVEN = 3

Real = NDArray[np.float64]


@dataclass(frozen=True)
class Suspect:
    """A printed figure that the raw answers do not bear out: the recipe that should have made it, and its value."""

    cell: PublishedCell
    recipe: Recipe
    value: Fraction

    @property
    def printed(self) -> Fraction:
        """The printed figure."""
        return Fraction(self.cell.value)


@dataclass(frozen=True)
class Explanation:
    """An identity that gives a printed figure, and how far it is beyond chance.

    ``n_hits`` of the ``n_suspects`` disagreeing cells of ``group`` are given by it; ``expected`` is how many of the
    ``n_tried`` identities of its family would by chance do as well.
    """

    words: str
    recipe: Recipe
    printed: Decimal
    n_hits: int
    n_suspects: int
    group: str
    n_tried: int
    expected: float

    def __str__(self) -> str:
        """As a plain sentence."""
        chance = f"{self.expected:.1g}" if self.expected >= LEAST else f"under {LEAST:f}"
        tried = f"{self.n_tried} such identities" if self.n_tried > 1 else "1 such identity"
        return (
            f"{self.words} ({self.printed}); explains {self.n_hits} of {self.n_suspects} disagreeing in {self.group}"
            f" ({tried} tried, {chance} expected by chance)"
        )


def explain(suspects: Sequence[Suspect], bench: Bench) -> dict[PublishedCell, Explanation]:
    """The identities that explain the disagreeing cells of one source; a cell that none explains is left out."""
    if not suspects:
        return {}
    found = families(bench, suspects[0].recipe.source)
    explained, edits = _search(suspects, found, bench)
    common = _common(explained, edits, found, suspects)
    rest = [suspect for suspect in suspects if suspect.cell not in explained]
    again, _ = _search(rest, [Family("as printed", _as_printed(edits))], bench)
    if common is not None:
        moved = [other for one in rest if one.cell not in again and (other := _moved(one, common, bench))]
        more, _ = _search(moved, [family for family in found if family.name != SCORING], bench)
        words = common.say(suspects[0].recipe)
        again |= {cell: replace(one, words=f"{words}, and {one.words}") for cell, one in more.items()}
    return explained | again


def _as_printed(edits: dict[PublishedCell, Edit]) -> tuple[Edit, ...]:
    """The copies of other rows that explain several cells, with the figures as printed."""
    used = list(edits.values())
    return tuple(edit.printed for edit in dict.fromkeys(used) if edit.printed and used.count(edit) >= PROVEN)


def _common(
    explained: dict[PublishedCell, Explanation],
    edits: dict[PublishedCell, Edit],
    found: Sequence[Family],
    suspects: Sequence[Suspect],
) -> Edit | None:
    """The edit of scoring that explains most of the cells, but not all; None where there is none."""
    scoring = [edit for family in found if family.name == SCORING for edit in family.edits]
    counts = [(sum(edits[cell] is edit for cell in explained), edit) for edit in scoring]
    n_most, most = max(counts, key=lambda one: one[0], default=(0, None))
    return most if n_most > MOST * len(suspects) and len(explained) < len(suspects) else None


def _moved(suspect: Suspect, edit: Edit, bench: Bench) -> Suspect | None:
    recipe = edit.change(suspect.recipe)
    figure = None if recipe is None else bench.figure(recipe)
    return None if recipe is None or figure is None else Suspect(suspect.cell, recipe, figure.value)


def _search(
    suspects: Sequence[Suspect], found: Sequence[Family], bench: Bench
) -> tuple[dict[PublishedCell, Explanation], dict[PublishedCell, Edit]]:
    pending = list(suspects)
    explained: dict[PublishedCell, Explanation] = {}
    edits: dict[PublishedCell, Edit] = {}
    for rank, family in enumerate(found, 1):
        if not pending:
            break
        tried = _Tried(pending, family, bench)
        share = CHANCE / PASSES / (rank * (rank + 1))
        for suspect, edit, explanation in tried.claims(share):
            explained[suspect.cell], edits[suspect.cell] = explanation, edit
        pending = [suspect for suspect in pending if suspect.cell not in explained]
    return explained, edits


class _Tried:
    """One family, tried on suspects: which edits hit which, and how likely each hit was by chance."""

    def __init__(self, suspects: Sequence[Suspect], family: Family, bench: Bench) -> None:
        self.suspects = suspects
        rows: dict[tuple[Fraction | None, ...], tuple[Edit, list[tuple[Recipe, Figure] | None]]] = {}
        for edit in family.edits:
            made = [_made(edit, suspect, bench) for suspect in suspects]
            values = tuple(None if one is None else one[1].value for one in made)
            if any(one is not None for one in made):
                rows.setdefault(values, (edit, made))
        self.edits = [edit for edit, _ in rows.values()]
        self.made = [made for _, made in rows.values()]
        shape = (len(self.made), len(suspects))
        self.hits, self.chances = np.zeros(shape, dtype=bool), np.zeros(shape)
        for row, made in enumerate(self.made):
            for column, (one, suspect) in enumerate(zip(made, suspects, strict=True)):
                if one is not None:
                    self.hits[row, column], self.chances[row, column] = _chance(one[1], suspect)

    def claims(self, share: float) -> Iterator[tuple[Suspect, Edit, Explanation]]:
        """The suspects that an edit explains beyond chance; where several do, by the first of the family."""
        best: dict[tuple[int, int], tuple[float, str, NDArray[np.intp]]] = {}
        levels = list(_levels(self.suspects))
        for groups in levels:
            for name, members in groups.items():
                columns = np.array(members)
                for row in np.flatnonzero(self.hits[:, columns].any(axis=1)).tolist():
                    expected = self.expected(int(self.hits[row, columns].sum()), columns)
                    if expected >= share / len(levels):
                        continue
                    for column in columns[self.hits[row, columns]].tolist():
                        if (row, column) not in best or expected < best[row, column][0]:
                            best[row, column] = expected, name, columns
        done: set[int] = set()
        for row, column in sorted(best):
            if column not in done:
                done.add(column)
                yield self.suspects[column], self.edits[row], self._explanation(row, column, *best[row, column])

    def expected(self, n_hits: int, columns: NDArray[np.intp]) -> float:
        """How many of the family's edits would by chance hit so many of these suspects."""
        below = np.zeros((len(self.edits), n_hits))
        below[:, 0] = 1.0
        for chance in self.chances[:, columns].T:
            further = np.zeros_like(below)
            further[:, 1:] = below[:, :-1] * chance[:, None]
            below = below * (1 - chance)[:, None] + further
        return float((1 - below.sum(axis=1)).clip(0).sum())

    def _explanation(
        self, row: int, column: int, expected: float, group: str, columns: NDArray[np.intp]
    ) -> Explanation:
        made = self.made[row][column]
        if made is None:
            raise ValueError("an edit that was not made explains nothing")
        recipe, _ = made
        n_hits = int(self.hits[row, columns].sum())
        words = self.edits[row].say(recipe)
        return Explanation(
            words, recipe, self.suspects[column].cell.value, n_hits, len(columns), group, len(self.edits), expected
        )


def _made(edit: Edit, suspect: Suspect, bench: Bench) -> tuple[Recipe, Figure] | None:
    """What an edit makes of a suspect's recipe, where that is another figure."""
    recipe = edit.change(suspect.recipe)
    if recipe is None or recipe == suspect.recipe:
        return None
    figure = bench.figure(recipe)
    return None if figure is None or figure.value == suspect.value else (recipe, figure)


def _chance(figure: Figure, suspect: Suspect) -> tuple[bool, float]:
    """Whether a figure hits a suspect, and the probability that it would if the suspect were merely wrong."""
    k = max(1, steps_apart(suspect.value, suspect.printed))
    hits = agrees(figure.value, suspect.printed, figure.slack)
    is_other = not agrees(suspect.value, rounded(figure.value)) or figure.slack > 0
    is_within = hits or (is_other and abs(figure.value - suspect.value) <= abs(suspect.printed - suspect.value))
    return hits, min(1.0, n_printed(figure.value, figure.slack) / (2 * k)) if is_within else 0.0


def _levels(suspects: Sequence[Suspect]) -> Iterator[dict[str, list[int]]]:
    """The suspects' indices in groups that may share a cause; a kind of grouping that repeats another is left out."""
    kinds: tuple[Callable[[PublishedCell], str], ...] = (
        lambda cell: cell.respondent,
        lambda cell: f"{cell.respondent}, {cell.affect}" if cell.affect else cell.respondent,
        lambda cell: f"{cell.respondent}, {cell.row.partition('-')[0]}",
        lambda cell: f"{cell.respondent}, {cell.row}",
        lambda cell: (
            f"{cell.respondent}, {cell.row}, {cell.affect}" if cell.affect else f"{cell.respondent}, {cell.row}"
        ),
    )
    seen: list[list[list[int]]] = []
    for kind in kinds:
        groups: dict[str, list[int]] = {}
        for index, suspect in enumerate(suspects):
            groups.setdefault(kind(suspect.cell), []).append(index)
        partition = list(groups.values())
        if partition not in seen:
            seen.append(partition)
            yield groups
