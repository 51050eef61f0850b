"""A small clone of the original with raw answers of our own, and published cells that it bears out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from emotionbench.materials import catalogue
from emotionbench.published.printed import rounded
from emotionbench.published.raw import PANAS_FOLDER, SCALES_FOLDER, Raw
from emotionbench.published.recipes import recipe_of
from emotionbench.published.recompute import Bench
from emotionbench.published.tables import PublishedCell, published_cells

PANAS = catalogue.instrument("PANAS")
FACTORS = {"Anger": 4, "Fear": 3, "Guilt": 3}
N_SITUATIONS, N_REPEATS, N_DEFAULTS = 3, 4, 10
MODELS = ("gpt-3.5-turbo", "davinci-003")

Cells = tuple[PublishedCell, ...]


def questionnaire(name: str, items: Sequence[str], mode: str, reverse: Sequence[int] = ()) -> dict[str, object]:
    positive = list(PANAS.subscales["positive"].items)
    sides = {"Positive Affect": positive, "Negative Affect": sorted(set(range(1, 21)) - set(positive))}
    subscales = sides if name == "PANAS" else {"Overall": range(1, len(items) + 1)}
    return {
        "name": name,
        "questions": {str(number): text for number, text in enumerate(items, 1)},
        "prompt": "numbers from 1 to 5",
        "scale": 6,
        "reverse": list(reverse),
        "compute_mode": mode,
        "categories": [{"cat_name": key, "cat_questions": list(numbers)} for key, numbers in subscales.items()],
    }


QUESTIONNAIRES = {
    "PANAS": questionnaire("PANAS", [item.text for item in PANAS.items], "SUM"),
    "AGQ": questionnaire("AGQ", [f"Statement number {n} on anger." for n in range(9)], "SUM", reverse=(2, 5, 8)),
    "DASS-21": questionnaire("DASS-21", [f"Statement number {n} on stress." for n in range(7)], "SUM*2"),
}
SCALE_FACTORS = {"AGQ": {"Anger": 4}, "DASS-21": {"Anxiety": 3}}


def columns_of(factors: dict[str, int], n_items: int, seed: int) -> dict[str, list[str]]:
    """A column of answers for every default and every repeat of every situation; each factor has a level of its own."""
    rng = np.random.default_rng(seed)
    columns = {f"General_test-{test}_order-0": _answers(rng, 0.5, n_items) for test in range(N_DEFAULTS)}
    for emotion, n_factors in factors.items():
        for factor in range(n_factors):
            level = rng.uniform(0.1, 0.9)
            for scenario in range(N_SITUATIONS):
                for test in range(N_REPEATS):
                    name = f"{emotion}-{factor}_scenario-{scenario}_test-{test}_order-0"
                    columns[name] = _answers(rng, level, n_items)
    return columns


def _answers(rng: np.random.Generator, level: float, n_items: int) -> list[str]:
    turned = np.where(np.arange(n_items) % 2, 1 - level, level)
    return [str(value) for value in rng.binomial(4, turned) + 1]


def write_columns(path: Path, columns: dict[str, list[str]], n_items: int) -> None:
    order = [str(number) for number in range(1, n_items + 1)]
    table = [["order-0", "", *order], *([name, "", *answers] for name, answers in columns.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(zip(*table, strict=True))


def write_people(path: Path, people: Sequence[tuple[str, Sequence[object], Sequence[object]]]) -> None:
    """``crowd.xlsx`` with (label, 20 answers before, 20 after) for each person."""
    labels = ["Info", *(f"Now? - {item.text}" for item in PANAS.items), *(f"Then? - {i.text}" for i in PANAS.items)]
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Raw"
    for row, label in enumerate(labels):
        sheet.append([row, label, *([label_, *before, *after][row] for label_, before, after in people)])
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook.save(path)
    workbook.close()


def write_clone(root: Path, *, models: Sequence[str] = MODELS, scales: Sequence[str] = ("AGQ", "DASS-21")) -> Path:
    """A clone with these models' PANAS and gpt-3.5-turbo's scales."""
    root.mkdir(parents=True, exist_ok=True)
    emotions = {**FACTORS, "Anxiety": 3}
    situations = [
        {
            "name": emotion,
            "factors": [
                {"name": f"{emotion} {n}", "scenarios": [f"{emotion} {n} {s}." for s in range(N_SITUATIONS)]}
                for n in range(count)
            ],
        }
        for emotion, count in emotions.items()
    ]
    (root / "questionnaires.json").write_text(json.dumps(list(QUESTIONNAIRES.values())), encoding="utf-8")
    (root / "situations.json").write_text(json.dumps({"emotions": situations}), encoding="utf-8")
    for seed, model in enumerate(models):
        write_columns(root / PANAS_FOLDER / f"{model}-PANAS-testing.csv", columns_of(FACTORS, 20, seed), 20)
    for seed, scale in enumerate(scales, 50):
        n_items = len(QUESTIONNAIRES[scale]["questions"])  # type: ignore[arg-type]
        columns = columns_of(SCALE_FACTORS[scale], n_items, seed)
        write_columns(root / SCALES_FOLDER / f"gpt-3.5-turbo-{scale}-testing.csv", columns, n_items)
    return root


def printed(value: Fraction) -> Decimal:
    """A value as a table prints it."""
    figure = rounded(value)
    return Decimal(figure.numerator) / Decimal(figure.denominator)


def true_cells(raw: Raw) -> Cells:
    """The published cells that these raw answers bear out, value and arrow."""
    bench = Bench(raw)
    found = []
    for cell in published_cells():
        recipe = recipe_of(cell)
        made = bench.recompute(recipe) if recipe is not None and cell.table not in ("table14", "table15") else None
        if made is not None:
            found.append(replace(cell, value=printed(made.value), arrow=made.arrow if cell.arrow else None))
    return tuple(found)


def planted(cells: Cells, chosen: Callable[[PublishedCell], bool], value: Callable[[PublishedCell], Decimal]) -> Cells:
    """The cells with other values where ``chosen``."""
    return tuple(replace(cell, value=value(cell)) if chosen(cell) else cell for cell in cells)
