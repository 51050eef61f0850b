from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audit_helpers import write_clone, write_people
from emotionbench.published.arrows import Marked, Rule, _rules, explain_arrows
from emotionbench.published.raw import PANAS_FOLDER, Raw, read_raw
from emotionbench.published.recipes import recipe_of
from emotionbench.published.recompute import Bench
from emotionbench.published.tables import published_cells

FLIPPED = {"u": "n", "d": "n", "n": "u"}


def marked_of(raw: Raw, source: str) -> tuple[Bench, list[Marked]]:
    """Every cell of a source with the arrow that the paper's rule gives, printed and recomputed."""
    bench, found = Bench(raw), []
    for cell in published_cells():
        recipe = recipe_of(cell)
        if recipe is None or recipe.source != source or cell.table != "tables_8_11":
            continue
        arrow = bench.arrow(recipe)
        if arrow is not None:
            found.append(Marked(replace(cell, arrow=arrow), recipe, arrow))
    return bench, found


def printed_by(rule: Rule, bench: Bench, marked: list[Marked]) -> list[Marked]:
    return [replace(one, cell=replace(one.cell, arrow=rule.arrow(bench, one.recipe))) for one in marked]


@pytest.fixture
def people(tmp_path: Path) -> Raw:
    """People whose levels differ more than their changes: paired and unpaired tests disagree."""
    rng = np.random.default_rng(5)
    sheets = []
    for label in ("Angry_F1S1", "Angry_F2S1", "Fear_F1S1", "Fear_F2S1", "Guilt_F1S1", "Guilt_F2S1"):
        for _ in range(12):
            before = rng.integers(1, 6, 20)
            moved = rng.random(20) < rng.uniform(0, 0.5)
            sheets.append((label, before.tolist(), np.minimum(before + moved, 5).tolist()))
    write_people(tmp_path / PANAS_FOLDER / "crowd.xlsx", sheets)
    return read_raw(tmp_path)


def test_the_unpaired_test_of_people_is_found(people: Raw) -> None:
    bench, marked = marked_of(people, "crowd")
    unpaired = next(rule for rule in _rules(bench, marked[0].recipe) if rule.words == "as by the unpaired test")
    printed = printed_by(unpaired, bench, marked)
    wrong = {one.cell for one in printed if one.cell.arrow != one.arrow}
    assert len(wrong) >= 3
    explained = explain_arrows(printed, bench)
    assert set(explained) == wrong
    assert all(words.startswith("arrow: as by the unpaired test; explains") for words in explained.values())


def test_another_level_is_found(tmp_path: Path) -> None:
    raw = read_raw(write_clone(tmp_path, models=["davinci-003"], scales=[]))
    bench, marked = marked_of(raw, "davinci-003")
    rules = {rule.words: rule for rule in _rules(bench, marked[0].recipe)}
    for words in ("as at α = 0.001", "as by the test of situation means"):
        printed = printed_by(rules[words], bench, marked)
        wrong = {one.cell for one in printed if one.cell.arrow != one.arrow}
        explained = explain_arrows(printed, bench)
        assert wrong
        assert {cell for cell, why in explained.items() if words in why} == wrong


def test_random_arrows_are_not_explained(small_raw: Raw) -> None:
    bench, marked = marked_of(small_raw, "gpt-3.5-turbo")
    rng = np.random.default_rng(1)
    n_explained = 0
    for _ in range(20):
        index = int(rng.integers(len(marked)))
        wrong = replace(marked[index].cell, arrow=FLIPPED[str(marked[index].arrow)])
        printed = [*marked[:index], replace(marked[index], cell=wrong), *marked[index + 1 :]]
        n_explained += len(explain_arrows(printed, bench))
    assert n_explained <= 1
    assert explain_arrows(marked, bench) == {}
