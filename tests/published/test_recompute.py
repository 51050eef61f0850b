from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from statistics import mean, stdev

import pytest

from audit_helpers import FACTORS, columns_of, write_clone, write_columns, write_people
from emotionbench.published.raw import PANAS_FOLDER, Raw, read_raw
from emotionbench.published.recipes import Keying, Recipe, Subset
from emotionbench.published.recompute import Bench, Recomputed

POSITIVE = {1, 3, 5, 9, 10, 12, 14, 16, 17, 19}


def sums(columns: dict[str, list[str]], start: str) -> list[int]:
    """Positive affect of the columns whose name starts so, straight from the cells."""
    chosen = [cells for name, cells in columns.items() if name.startswith(start)]
    return [sum(int(cell) for number, cell in enumerate(cells, 1) if number in POSITIVE) for cells in chosen]


def made(bench: Bench, *place: str, **changes: object) -> Recomputed:
    found = bench.recompute(Recipe(*place, **changes))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_changes_are_those_of_the_cells(small_raw: Raw) -> None:
    bench, columns = Bench(small_raw), columns_of(FACTORS, 20, 0)
    default = mean(sums(columns, "General"))
    for row, start, n in [("Anger-1", "Anger-1_", 12), ("Fear", "Fear-", 36), ("Overall", tuple(FACTORS), 120)]:
        found = made(bench, "gpt-3.5-turbo", row, "P", "change")
        assert float(found.value) == pytest.approx(mean(sums(columns, start)) - default)  # type: ignore[arg-type]
        assert (found.n, found.n_excluded) == (n, 0)


def test_defaults_have_mean_and_sd(small_raw: Raw) -> None:
    bench, scores = Bench(small_raw), sums(columns_of(FACTORS, 20, 0), "General")
    assert made(bench, "gpt-3.5-turbo", "Default", "P", "level").value == Fraction(sum(scores), 10)
    assert float(made(bench, "gpt-3.5-turbo", "Default", "P", "spread").value) == pytest.approx(stdev(scores))
    assert made(bench, "gpt-3.5-turbo", "Default", "P", "spread").arrow is None


def test_blank_and_impossible_answers_are_left_out_and_counted(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=[], scales=[])
    columns = columns_of(FACTORS, 20, 3)
    whole = {name: cells for name, cells in columns.items() if name != "Anger-0_scenario-0_test-1_order-0"}
    columns["Anger-0_scenario-0_test-1_order-0"] = [""] * 20
    columns["Fear-0_scenario-0_test-0_order-0"][0] = "9"
    write_columns(root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv", columns, 20)
    bench = Bench(read_raw(root))
    anger = made(bench, "gpt-4", "Anger-0", "P", "change")
    assert (anger.n, anger.n_excluded) == (11, 1)
    assert float(anger.value) == pytest.approx(mean(sums(whole, "Anger-0")) - mean(sums(whole, "General")))
    assert [made(bench, "gpt-4", "Fear-0", affect, "change").n for affect in "PN"] == [11, 12]
    outside = made(bench, "gpt-4", "Fear-0", "P", "change", keying=Keying(outside=True))
    assert outside.n == 12
    assert float(outside.value) == pytest.approx(mean(sums(columns, "Fear-0")) - mean(sums(whole, "General")))


def test_a_row_without_a_score_is_no_cell(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=[], scales=[])
    columns = columns_of({"Anger": 2}, 20, 3)
    columns |= {name: [""] * 20 for name in columns if name.startswith("Anger-1")}
    write_columns(root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv", columns, 20)
    bench = Bench(read_raw(root))
    assert bench.recompute(Recipe("gpt-4", "Anger-1", "P", "change")) is None
    assert bench.recompute(Recipe("gpt-4", "Fear-1", "P", "change")) is None
    assert bench.recompute(Recipe("llama2-7b", "Anger-0", "P", "change")) is None
    assert made(bench, "gpt-4", "Anger", "P", "change").n == 12


def test_people_are_compared_with_themselves(tmp_path: Path) -> None:
    people = [
        ("Angry_F1S1", [2] * 20, [3] * 20),
        ("Angry_F1S1", [4] * 20, [5] * 20),
        ("Angry_F1S2", [1] * 20, [3] * 20),
        ("Angry_F1S2", [None] * 20, [5] * 20),
        ("Angry_F2S1", [3] * 20, [3] * 20),
    ]
    write_people(tmp_path / PANAS_FOLDER / "crowd.xlsx", people)
    bench = Bench(read_raw(tmp_path))
    found = made(bench, "crowd", "Anger-0", "N", "change")
    assert (found.value, found.n, found.n_excluded) == (Fraction(40, 3), 3, 1)
    assert made(bench, "crowd", "Default", "P", "level").value == Fraction(100, 4)
    everyone = bench.figure(Recipe("crowd", "Anger-0", "P", "change", minus="everyone"))
    assert everyone is not None
    assert everyone.value == Fraction(110, 3) - 25


def test_scores_that_never_vary_have_an_arrow_only_where_nothing_changed(tmp_path: Path) -> None:
    root = write_clone(tmp_path, models=[], scales=[])
    columns = {name: ["3"] * 20 for name in columns_of({"Anger": 2}, 20, 3)}
    columns |= {name: ["4"] * 20 for name in columns if name.startswith("Anger-1")}
    write_columns(root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv", columns, 20)
    bench = Bench(read_raw(root))
    assert made(bench, "gpt-4", "Anger-0", "P", "change").arrow == "n"
    assert made(bench, "gpt-4", "Anger-1", "P", "change").arrow is None
    assert made(bench, "gpt-4", "Anger", "P", "change").arrow == "u"


def test_subsets_and_averages(small_raw: Raw) -> None:
    bench, columns = Bench(small_raw), columns_of(FACTORS, 20, 0)
    first = {name: cells for name, cells in columns.items() if "_test-0_" in name or "_test-1_" in name}
    found = bench.figure(Recipe("gpt-3.5-turbo", "Fear-2", "P", "change", subset=Subset("first repeats", 2)))
    assert found is not None
    assert float(found.value) == pytest.approx(mean(sums(first, "Fear-2")) - mean(sums(first, "General")))
    without = bench.figure(Recipe("gpt-3.5-turbo", "Fear", "P", "level", subset=Subset("without part", 1)))
    assert without is not None
    assert float(without.value) == pytest.approx(mean(sums(columns, "Fear-0") + sums(columns, "Fear-2")))
    by_emotion = bench.figure(Recipe("gpt-3.5-turbo", "Overall", "P", "level", average="emotions"))
    assert by_emotion is not None
    assert float(by_emotion.value) == pytest.approx(mean(mean(sums(columns, emotion)) for emotion in FACTORS))


def test_another_respondents_default_is_its_printed_one_where_its_file_is_absent(small_raw: Raw) -> None:
    bench = Bench(small_raw)
    level = bench.figure(Recipe("gpt-3.5-turbo", "Fear-0", "P", "level"))
    assert level is not None
    there = bench.figure(Recipe("gpt-3.5-turbo", "Fear-0", "P", "change", minus="default", other="gpt-4"))
    assert there is not None
    assert (there.value, there.slack) == (level.value - Fraction("49.8"), Fraction(1, 20))
    read = bench.figure(Recipe("gpt-3.5-turbo", "Fear-0", "P", "change", minus="default", other="davinci-003"))
    own = bench.figure(Recipe("davinci-003", "Default", "P", "level"))
    assert read is not None
    assert own is not None
    assert (read.value, read.slack) == (level.value - own.value, 0)
