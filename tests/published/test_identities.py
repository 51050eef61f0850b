from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from audit_helpers import Cells, planted, printed, true_cells
from emotionbench.published.identities import Explanation, Suspect, explain
from emotionbench.published.printed import agrees
from emotionbench.published.raw import Raw, Sheets
from emotionbench.published.recipes import Keying, Recipe, Subset, recipe_of
from emotionbench.published.recompute import Bench
from emotionbench.published.tables import PublishedCell

SOURCE = "gpt-3.5-turbo"
Change = Callable[[Recipe], Recipe]


def of(*rows: str, source: str = SOURCE, affect: str = "PN") -> Callable[[PublishedCell], bool]:
    return lambda cell: cell.respondent == source and cell.row in rows and (not cell.affect or cell.affect in affect)


def changes_of(emotion: str, source: str = SOURCE, affect: str = "PN") -> Callable[[PublishedCell], bool]:
    return lambda cell: cell.respondent == source and cell.row.startswith(emotion) and cell.affect in affect


def search(raw: Raw, cells: Cells, source: str = SOURCE) -> tuple[list[Suspect], dict[PublishedCell, Explanation]]:
    bench, suspects = Bench(raw, cells), []
    for cell in cells:
        recipe = recipe_of(cell)
        found = None if recipe is None or recipe.source != source else bench.figure(recipe)
        if recipe is not None and found is not None and not agrees(found.value, Fraction(cell.value)):
            suspects.append(Suspect(cell, recipe, found.value))
    return suspects, explain(suspects, bench)


def otherwise(raw: Raw, change: Change) -> Callable[[PublishedCell], Decimal]:
    """The figure that another recipe prints."""
    bench = Bench(raw)

    def value(cell: PublishedCell) -> Decimal:
        recipe = recipe_of(cell)
        figure = None if recipe is None else bench.figure(change(recipe))
        assert figure is not None
        return printed(figure.value)

    return value


ANGER_ROWS = tuple(f"Anger-{factor}" for factor in range(4))
PLANTED: list[tuple[str, Callable[[PublishedCell], bool], Change, str]] = [
    (
        "a row copied from the row above",
        of("Fear-1", "Guilt-1"),
        lambda recipe: replace(recipe, row=recipe.row.replace("1", "0")),
        "equals the value of {before}, the row above, for the same respondent",
    ),
    (
        "the emotion's row in a factor's",
        of("Anger-0", "Fear-0", "Guilt-0"),
        lambda recipe: replace(recipe, row=recipe.row.partition("-")[0]),
        "equals the value of {emotion} (average of all its factors) for the same respondent",
    ),
    ("sign", of("Guilt-1", "Anger-2"), lambda recipe: replace(recipe, sign=-1), "sign turned"),
    (
        "another respondent's default",
        changes_of("Anger"),
        lambda recipe: replace(recipe, minus="default", other="davinci-003"),
        "the default of davinci-003 subtracted",
    ),
    (
        "no default",
        changes_of("Fear", affect="P"),
        lambda recipe: replace(recipe, minus="none"),
        "evoked level, the default not subtracted",
    ),
    (
        "another respondent's row",
        changes_of("Guilt"),
        lambda recipe: replace(recipe, source="davinci-003"),
        "equals the value of davinci-003 in the same row",
    ),
    (
        "the first repeats",
        changes_of(""),
        lambda recipe: replace(recipe, subset=Subset("first repeats", 2)) if recipe.quantity == "change" else recipe,
        "first 2 of 4 repeats only",
    ),
    (
        "two at once",
        changes_of("Anger"),
        lambda recipe: replace(recipe, sign=-1, minus="default", other="davinci-003"),
        "the default of davinci-003 subtracted, and sign turned",
    ),
]


@pytest.mark.parametrize(
    ("chosen", "change", "words"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED]
)
def test_planted_identities_are_found(
    small_raw: Raw, small_cells: Cells, chosen: Callable[[PublishedCell], bool], change: Change, words: str
) -> None:
    suspects, explained = search(small_raw, planted(small_cells, chosen, otherwise(small_raw, change)))
    assert suspects
    for suspect in suspects:
        emotion = suspect.cell.row.partition("-")[0]
        expected = words.format(before=f"{emotion}-0", emotion=emotion)
        assert explained[suspect.cell].words == expected, suspect.cell.row
        assert str(explained[suspect.cell]).startswith(f"{expected} ({suspect.cell.value}); explains ")


@pytest.mark.parametrize(
    ("scale", "keying", "words"),
    [
        ("AGQ", Keying(reverse="none"), "sum without reverse-keying"),
        ("AGQ", Keying(reverse="all"), "every item reversed"),
        ("AGQ", Keying(per_item=True), "mean of the items instead of their sum"),
        ("DASS-21", Keying(multiplied=0), "sum without the instrument's multiplication by 2"),
        ("DASS-21", Keying(multiplied=2), "multiplied by 2 twice"),
    ],
)
def test_planted_scorings_are_found(small_raw: Raw, small_cells: Cells, scale: str, keying: Keying, words: str) -> None:
    value = otherwise(small_raw, lambda recipe: replace(recipe, keying=keying))
    suspects, explained = search(small_raw, planted(small_cells, lambda cell: cell.respondent == scale, value), scale)
    assert len(suspects) >= 5
    assert [explained[suspect.cell].words for suspect in suspects] == [words] * len(suspects)


def test_what_deviates_within_another_scoring_is_searched_from_there(small_raw: Raw, small_cells: Cells) -> None:
    keying = Keying(multiplied=0)
    cells = planted(
        small_cells,
        lambda cell: cell.respondent == "DASS-21",
        otherwise(
            small_raw, lambda recipe: replace(recipe, keying=keying, sign=-1 if recipe.row == "Anxiety-1" else 1)
        ),
    )
    suspects, explained = search(small_raw, cells, "DASS-21")
    words = {suspect.cell.row: explained[suspect.cell].words for suspect in suspects if suspect.cell in explained}
    assert words["Anxiety-1"] == "sum without the instrument's multiplication by 2, and sign turned"
    assert words["Default"] == "sum without the instrument's multiplication by 2"


def test_impossible_answers_counted_as_they_stand_are_found(small_raw: Raw) -> None:
    sheets = small_raw.sheets[SOURCE]
    answers, valid = sheets.answers.copy(), sheets.valid.copy()
    answers[::5], valid[::5] = 0, False
    raw = Raw({SOURCE: Sheets(**{**fields_of(sheets), "answers": answers, "valid": valid})}, small_raw.files)
    value = otherwise(raw, lambda recipe: replace(recipe, keying=Keying(outside=True)))
    suspects, explained = search(raw, planted(true_cells(raw), lambda cell: cell.respondent == SOURCE, value))
    assert len(suspects) > 20
    assert {one.words for one in explained.values()} == {"answers outside the response scale counted as they stand"}
    assert len(explained) == len(suspects)


def fields_of(sheets: Sheets) -> dict[str, object]:
    return {name: getattr(sheets, name) for name in Sheets.__dataclass_fields__}


def test_copies_of_a_row_as_printed_are_found_once_copies_are_known(small_raw: Raw, small_cells: Cells) -> None:
    """The emotion's printed figure is wrong itself; the factor's row still is its copy."""
    wrong = {cell.affect: cell.value + Decimal("1.7") for cell in small_cells if of("Guilt")(cell)}
    cells = planted(small_cells, of("Guilt"), lambda cell: wrong[cell.affect])
    cells = planted(cells, of("Guilt-0"), lambda cell: wrong[cell.affect])
    emotion = otherwise(small_raw, lambda recipe: replace(recipe, row=recipe.row.partition("-")[0]))
    cells = planted(cells, of("Anger-0", "Fear-0"), emotion)
    suspects, explained = search(small_raw, cells)
    found = {suspect.cell.row: explained.get(suspect.cell) for suspect in suspects}
    assert found["Guilt"] is None
    assert found["Guilt-0"] is not None
    assert found["Guilt-0"].words == "equals the printed figure of Guilt for the same respondent"


@pytest.mark.parametrize(("n_wrong", "largest"), [(1, 3.0), (1, 25.0), (6, 0.5), (6, 25.0)])
def test_random_errors_are_not_explained(small_raw: Raw, small_cells: Cells, largest: float, n_wrong: int) -> None:
    """Below 5 % of figures that are merely wrong are explained, at whatever size of error."""
    rng = np.random.default_rng([int(largest * 10), n_wrong])
    mine = [cell for cell in small_cells if cell.respondent == SOURCE and cell.row != "Default SD"]
    n_suspects = n_explained = 0
    while n_suspects < 48:
        chosen = {mine[index] for index in rng.choice(len(mine), n_wrong, replace=False)}
        steps = {cell: int(rng.integers(1, int(largest * 10) + 1) * rng.choice([-1, 1])) for cell in mine}
        cells = planted(small_cells, chosen.__contains__, lambda cell, s=steps: cell.value + Decimal(s[cell]) / 10)  # type: ignore[misc]
        suspects, explained = search(small_raw, cells)
        n_suspects, n_explained = n_suspects + len(suspects), n_explained + len(explained)
    assert n_explained < 0.05 * n_suspects


def test_nothing_to_explain_needs_no_search(small_raw: Raw, small_cells: Cells) -> None:
    assert search(small_raw, small_cells) == ([], {})
