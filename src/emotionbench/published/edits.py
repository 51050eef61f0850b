"""What may have gone otherwise in making a figure: edits of a recipe, in families from the simplest on.

No edit knows of a particular cell, respondent or instrument; each is tried wherever it can be applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

from emotionbench.published.recipes import Keying, Recipe, Subset
from emotionbench.published.recompute import Bench
from emotionbench.published.tables import AFFECTS, DEFAULT, EMOTIONS, OVERALL

AFFECT_NAMES = {"P": "positive affect", "N": "negative affect"}
ANOTHER_AFFECT = dict(zip(AFFECTS, reversed(AFFECTS), strict=True))
NEIGHBOURS = {-1: "the row above", 1: "the row below", -2: "two rows above", 2: "two rows below"}


@dataclass(frozen=True)
class Edit:
    """One change of a recipe: ``change`` makes the other recipe, None where it cannot be applied.

    ``say`` puts the other recipe into words, as a reader would say it of the cell. ``printed`` is the same edit with
    the figure as printed instead of the recomputed one: a copy of a figure that is itself wrong.
    """

    change: Callable[[Recipe], Recipe | None]
    say: Callable[[Recipe], str]
    printed: Edit | None = None


@dataclass(frozen=True)
class Family:
    """Edits of one kind; ``composable`` ones are also tried two at a time."""

    name: str
    edits: tuple[Edit, ...]
    composable: bool = False


def families(bench: Bench, source: str) -> tuple[Family, ...]:
    """Every family of edits for the figures of one source, the simplest first."""
    scores = bench.of(source)
    if scores is None:
        return ()
    others = _comparable(bench, source)
    rows = _rows(scores.rows_within(OVERALL, factors=True))
    single = (
        Family("sign", (_edit("sign turned", _turned),), composable=True),
        Family("scoring", tuple(_scoring(bench, source)), composable=True),
        Family("rows nearby", tuple(_nearby(rows)), composable=True),
        Family("affect", tuple(_affects()), composable=True),
        Family("default", tuple(_defaults(others)), composable=True),
        Family("respondents", tuple(_respondents(bench, others)), composable=True),
        Family("averages", tuple(_averages())),
        Family("spread", tuple(_spreads())),
        Family("subsets", tuple(_subsets(bench, source))),
        # after all that may have made the printed figures themselves
        Family("averages of printed figures", tuple(_averages_of_printed())),
        Family("any row", (*(_row_edit(_to_row(row)) for row in rows), *_other_emotions())),
    )
    composable = [family for family in single if family.composable]
    pairs = (_both(one, two) for f, g in combinations(composable, 2) for one in f.edits for two in g.edits)
    return (*single, Family("two at once", tuple(pairs)))


def _edit(words: str, change: Callable[[Recipe], Recipe | None]) -> Edit:
    return Edit(change, lambda _: words)


def _with(words: str, applies: Callable[[Recipe], bool], **changes: Any) -> Edit:
    """An edit that sets fields of the recipe wherever it applies."""
    return _edit(words, lambda recipe: replace(recipe, **changes) if applies(recipe) else None)


def _both(one: Edit, two: Edit) -> Edit:
    def change(recipe: Recipe) -> Recipe | None:
        first = one.change(recipe)
        return None if first is None else two.change(first)

    def say(recipe: Recipe) -> str:
        return f"{two.say(recipe)}, and {one.say(recipe)}"

    return Edit(change, say)


def _is_change(recipe: Recipe) -> bool:
    return recipe.quantity == "change"


def _turned(recipe: Recipe) -> Recipe | None:
    return replace(recipe, sign=-recipe.sign) if _is_change(recipe) else None


def _comparable(bench: Bench, source: str) -> tuple[str, ...]:
    """The other sources of the same affects: those read, then those known by their printed figures alone."""
    has_affects = any(key[0] == source and key[2] for key in bench.printed)
    if not has_affects:
        return ()
    known = dict.fromkeys([*bench.sheets, *(key[0] for key in bench.printed)])
    with_affects = {key[0] for key in bench.printed if key[2]}
    return tuple(other for other in known if other != source and other in with_affects)


def _rows(factors: tuple[str, ...]) -> tuple[str, ...]:
    """The rows of a table of changes from top to bottom."""
    rows: list[str] = []
    for emotion in EMOTIONS:
        own = [factor for factor in factors if factor.rpartition("-")[0] == emotion]
        rows += [*own, emotion] if own else []
    return (*rows, OVERALL) if sum(row in EMOTIONS for row in rows) > 1 else tuple(rows)


def _scoring(bench: Bench, source: str) -> Iterable[Edit]:
    sheets = bench.sheets[source]
    rule = sheets.instrument.score
    if sheets.reversed_items:
        yield _keyed("sum without reverse-keying", reverse="none")
        yield _keyed("every item reversed", reverse="all")
    else:
        # of a change this is the sign turned, which is the simpler word for it
        yield _with("every item reversed", lambda recipe: not _is_change(recipe), keying=Keying(reverse="all"))
    if rule.multiply != 1:
        yield _keyed(f"sum without the instrument's multiplication by {rule.multiply}", multiplied=0)
        yield _keyed(f"multiplied by {rule.multiply} twice", multiplied=2)
    yield _keyed(
        "mean of the items instead of their sum" if rule.rule == "sum" else "sum of the items instead of their mean",
        per_item=True,
    )
    yield _keyed("answers outside the response scale counted as they stand", outside=True)
    yield _keyed("blank answers counted as 0", blank_as_zero=True)
    yield _keyed(
        "answers outside the response scale counted as they stand, blank ones as 0", outside=True, blank_as_zero=True
    )


def _keyed(words: str, **changes: Any) -> Edit:
    return _edit(words, lambda recipe: replace(recipe, keying=replace(recipe.keying or Keying(), **changes)))


def _value_of(recipe: Recipe) -> str:
    """``the value of Anger (average of all its factors)``."""
    return f"the value of {recipe.row}{' (average of all its factors)' if recipe.row in EMOTIONS else ''}"


def _row_edit(change: Callable[[Recipe], Recipe | None], where: str = "") -> Edit:
    """A copy of another row of the same respondent, which ``where`` describes."""

    def printed(recipe: Recipe) -> Recipe | None:
        there = change(recipe)
        return None if there is None else replace(there, printed=there.key)

    as_printed = Edit(
        printed, lambda recipe: f"equals the printed figure of {recipe.row}{where} for the same respondent"
    )
    return Edit(change, lambda recipe: f"equals {_value_of(recipe)}{where} for the same respondent", as_printed)


def _to_row(row: str) -> Callable[[Recipe], Recipe | None]:
    def change(recipe: Recipe) -> Recipe | None:
        return replace(recipe, row=row) if _is_change(recipe) and recipe.row != row else None

    return change


def _own_emotion(recipe: Recipe) -> Recipe | None:
    emotion, dash, _ = recipe.row.rpartition("-")
    return replace(recipe, row=emotion) if dash and _is_change(recipe) else None


def _neighbour(rows: tuple[str, ...], offset: int) -> Callable[[Recipe], Recipe | None]:
    def change(recipe: Recipe) -> Recipe | None:
        if not _is_change(recipe) or recipe.row not in rows:
            return None
        index = rows.index(recipe.row) + offset
        return replace(recipe, row=rows[index]) if 0 <= index < len(rows) else None

    return change


def _nearby(rows: tuple[str, ...]) -> Iterable[Edit]:
    yield _row_edit(_own_emotion)
    for offset, words in NEIGHBOURS.items():
        yield _row_edit(_neighbour(rows, offset), f", {words},")
    if OVERALL in rows:
        yield _row_edit(_to_row(OVERALL))


def _affects() -> Iterable[Edit]:
    def other(recipe: Recipe) -> Recipe | None:
        return replace(recipe, affect=ANOTHER_AFFECT[recipe.affect]) if recipe.affect else None

    def subtracted(recipe: Recipe) -> Recipe | None:
        if not recipe.affect or not _is_change(recipe):
            return None
        return replace(recipe, minus_affect=ANOTHER_AFFECT[recipe.affect])

    yield Edit(other, lambda recipe: f"equals the value of {AFFECT_NAMES[recipe.affect]} in the same row")
    yield Edit(subtracted, lambda recipe: f"the default of {AFFECT_NAMES[recipe.minus_affect or '']} subtracted")


def _defaults(others: tuple[str, ...]) -> Iterable[Edit]:
    yield _with("evoked level, the default not subtracted", _is_change, minus="none")
    for other in others:
        yield _with(f"the default of {other} subtracted", _is_change, minus="default", other=other)
    yield _with("everyone's default subtracted", _is_change, minus="everyone")
    yield _with("the default subtracted twice", _is_change, minus="twice")
    yield _edit(
        "equals the default",
        lambda recipe: replace(recipe, row=DEFAULT, quantity="level") if _is_change(recipe) else None,
    )
    yield _edit(
        "equals the evoked level",
        lambda recipe: replace(recipe, row=OVERALL) if recipe.quantity == "level" and recipe.row == DEFAULT else None,
    )
    for other in others:
        yield _with(f"the evoked level of {other} subtracted", _is_change, minus="evoked", other=other)


def _respondents(bench: Bench, others: tuple[str, ...]) -> Iterable[Edit]:
    for other in others:
        is_read = bench.of(other) is not None
        kind = "value" if is_read else "printed figure"

        def change(recipe: Recipe, other: str = other, is_read: bool = is_read) -> Recipe | None:
            if recipe.minus == "default" and recipe.other == other:
                return None
            there = replace(recipe, source=other)
            if is_read:
                return there
            return None if recipe.quantity == "spread" else replace(there, printed=there.key)

        yield _edit(f"equals the {kind} of {other} in the same row", change)


def _is_whole(recipe: Recipe) -> bool:
    return _is_change(recipe) and (recipe.row in EMOTIONS or recipe.row == OVERALL)


def _is_overall(recipe: Recipe) -> bool:
    return _is_change(recipe) and recipe.row == OVERALL


def _averages() -> Iterable[Edit]:
    yield _with("mean over factors, each counted once", _is_whole, average="factors")
    yield _with("mean over emotions, each counted once", _is_overall, average="emotions")
    yield _with("mean over situations, each counted once", _is_change, average="situations")


def _averages_of_printed() -> Iterable[Edit]:
    yield _with("mean of the printed figures of the factors", _is_whole, average="printed factors")
    yield _with("mean of the printed figures of the emotions", _is_overall, average="printed emotions")


def _spreads() -> Iterable[Edit]:
    def is_spread(recipe: Recipe) -> bool:
        return recipe.quantity == "spread"

    named: dict[Literal["population", "error", "evoked", "changes", "defaults", "all"], str] = {
        "population": "SD with n instead of n − 1",
        "evoked": "SD of the evoked scores",
        "changes": "SD of the changes",
        "defaults": "SD of the defaults",
        "all": "SD of default and evoked scores together",
        "error": "standard error of the mean",
    }
    for spread, words in named.items():
        yield _with(words, is_spread, spread=spread)


def _subsets(bench: Bench, source: str) -> Iterable[Edit]:
    sheets = bench.sheets[source]
    evoked = ~sheets.is_baseline
    last = int(sheets.repeats[evoked].max(initial=0))
    for k in range(1, last + 1):
        yield _within(f"first {k} of {last + 1} repeats only", Subset("first repeats", k))
    if not sheets.paired:
        n_defaults = int(sheets.is_baseline.sum())
        for k in range(10, n_defaults, 10):
            yield _within(f"first {k} of {n_defaults} defaults only", Subset("first baselines", k))
    for order in sorted(set(sheets.orders.tolist())) if sheets.orders.any() else ():
        yield _within(f"item order {order} only", Subset("order", order))
    n_situations = int(sheets.situations[evoked].max(initial=0)) + 1
    for number in range(n_situations):
        yield _within(f"without situation {number + 1} of each factor", Subset("without situation", number))
    for k in range(1, n_situations - 1):
        yield _within(f"first {k} situations of each factor only", Subset("first situations", k))
    scores = bench.of(source)
    for number in range(len(EMOTIONS)) if scores is not None else ():
        yield _without_part(bench, source, number)


def _within(words: str, subset: Subset) -> Edit:
    return _edit(words, lambda recipe: replace(recipe, subset=subset))


def _without_part(bench: Bench, source: str, number: int) -> Edit:
    scores = bench.of(source)

    def change(recipe: Recipe) -> Recipe | None:
        parts = scores.rows_within(recipe.row) if scores is not None else ()
        is_possible = _is_change(recipe) and number < len(parts) and len(parts) > 1
        return replace(recipe, subset=Subset("without part", number)) if is_possible else None

    def say(recipe: Recipe) -> str:
        return f"without {scores.rows_within(recipe.row)[number] if scores is not None else ''}"

    return Edit(change, say)


def _other_emotions() -> Iterable[Edit]:
    """The same place within another emotion, so many emotions further on."""
    for offset in range(1, len(EMOTIONS)):

        def change(recipe: Recipe, offset: int = offset) -> Recipe | None:
            emotion, dash, factor = recipe.row.rpartition("-")
            emotion = emotion or recipe.row
            if not _is_change(recipe) or emotion not in EMOTIONS:
                return None
            other = EMOTIONS[(EMOTIONS.index(emotion) + offset) % len(EMOTIONS)]
            return replace(recipe, row=f"{other}{dash}{factor if dash else ''}")

        yield _row_edit(change)
