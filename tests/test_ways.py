from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import combinations, product
from math import prod
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from emotionbench.documents import content_hash, explain, parse_document
from emotionbench.errors import StudyError
from emotionbench.materials.forms import Form
from emotionbench.study import Study
from emotionbench.ways import LANGUAGES, TEMPLATES, Ways, as_list

LEVELS: dict[str, list[Any]] = {
    "template": ["plain", "brief", "strict"],
    "language": ["en", "de", "ja", "ar"],
    "option_labels": ["none", "a", "I"],
    "option_order": ["ascending", "descending"],
    "items_per_message": ["all", 5, 1],
    "persona": ["none", "hero"],
    "chain_of_thought": [False, True],
    "temperature": [0.0, 0.5, 1.0],
}


def refused(**given: Any) -> str:
    """What is said of ways that do not fit together."""
    with pytest.raises(ValidationError) as caught:
        Ways(**given)
    return explain(caught.value.errors()[0], Ways)


@st.composite
def ways(draw: st.DrawFn, n_least: int = 1, n_most: int = 5) -> dict[str, list[Any]]:
    """Some ways with some of their levels."""
    names = draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True, min_size=n_least, max_size=n_most))
    return {name: draw(st.lists(st.sampled_from(LEVELS[name]), unique=True, min_size=1)) for name in names}


# levels


def test_all_is_written_out() -> None:
    found = Ways(template="all", language="all")
    assert {name: set(levels) for name, levels in found.levels.items()} == {
        "template": set(TEMPLATES),
        "language": set(LANGUAGES),
    }
    assert (len(TEMPLATES), len(LANGUAGES)) == (5, 10)


def test_words_of_a_flag_and_lists_of_a_file_are_the_same() -> None:
    words = Ways(
        template="plain, brief",
        option_labels="none,a",
        items_per_message="all, 5",
        chain_of_thought="yes,No",
        temperature="0, 0.5,1",
        interactions="template * option_labels",
    )
    lists = Ways(
        template=["plain", "brief"],
        option_labels=("none", "a"),
        items_per_message=["all", 5],
        chain_of_thought=[True, False],
        temperature=[0, 0.5, 1.0],
        interactions=["template*option_labels"],
    )
    assert words.levels == lists.levels
    assert words.pairs == lists.pairs == [(0, 1)]
    assert [type(level) for level in words.levels["temperature"]] == [float] * 3
    assert Ways(items_per_message=7).levels == {"items_per_message": (7,)}
    assert Ways(chain_of_thought=True).levels == {"chain_of_thought": (True,)}


def test_a_file_of_yaml_says_the_same() -> None:
    text = """\
respondents: lexicon
ways:
  template: [plain, brief]
  option_labels: [none, a, A, i, I]
  items_per_message: [all, 5]
  chain_of_thought: [yes, no]
  temperature: [0, 0.7]
  persona: none
  forms: 40
  interactions: [template*option_labels]
"""
    study = parse_document(text, Study, StudyError, where="study.yaml")
    assert study.ways == Ways(
        template="plain,brief",
        option_labels="none,a,A,i,I",
        items_per_message="all,5",
        chain_of_thought="yes,no",
        temperature="0,0.7",
        persona="none",
        forms=40,
        interactions="template*option_labels",
    )


@pytest.mark.parametrize(("value", "expected"), [("a, b,", ("a", "b")), ("a", ("a",)), (3, (3,)), (None, None)])
def test_one_level_is_a_list_of_it(value: Any, expected: Any) -> None:
    assert as_list(value) == expected


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({}, "ways: nothing is varied; name a way with its levels, such as template: [plain, brief]"),
        ({"forms": 3}, "ways: nothing is varied; "),
        ({"temlpate": "plain"}, "temlpate: unknown key; did you mean 'template'?"),
        ({"template": "plain, brief, plain"}, "template: level 'plain' stands twice"),
        ({"temperature": "1, 1.0"}, "temperature: level 1.0 stands twice"),
        ({"chain_of_thought": "yes, true"}, "chain_of_thought: level True stands twice"),
        ({"option_labels": "none, b"}, "option_labels → entry 2: Input should be 'none', 'a', 'A', 'i' or 'I' (found"),
        ({"option_order": "up"}, "option_order → entry 1: Input should be 'ascending' or 'descending' (found 'up')"),
        ({"item_order": "random"}, "item_order → entry 1: Input should be 'balanced' or 'given' (found 'random')"),
        ({"conversation": "new"}, "conversation → entry 1: Input should be 'kept' or 'fresh' (found 'new')"),
        (
            {"items_per_message": "all, two"},
            "items_per_message → entry 2: 'two' is neither a number of items from 1 nor 'all'",
        ),
        ({"items_per_message": [0]}, "items_per_message → entry 1: 0 is neither a number of items from 1 nor 'all'"),
        ({"items_per_message": [True]}, "items_per_message → entry 1: True is neither a number of items from 1 nor"),
        ({"items_per_message": "2.5"}, "items_per_message → entry 1: 2.5 is neither a number of items from 1 nor"),
        ({"chain_of_thought": "perhaps"}, "chain_of_thought → entry 1: Input should be a valid boolean (found 'per"),
        ({"temperature": "hot"}, "temperature → entry 1: Input should be a valid number (found 'hot')"),
        ({"temperature": "2.5"}, "temperature → entry 1: Input should be less than or equal to 2 (found 2.5)"),
        ({"temperature": "nan"}, "temperature → entry 1: Input should be a valid number (found 'nan')"),
        ({"persona": ""}, "persona: no level is named; name one or more"),
        ({"template": []}, "template: no level is named; name one or more"),
        ({"template": "plain", "forms": 0}, "forms: Input should be greater than or equal to 1 (found 0)"),
        (
            {"template": "all", "interactions": "template*persona"},
            "interactions: 'template*persona': 'persona' is not varied; write it as template*language (varied: tem",
        ),
        ({"template": "all", "interactions": "template"}, "interactions: 'template': two ways are expected; write it"),
        ({"template": "all", "interactions": "template*template"}, "interactions: 'template*template': two ways are"),
        ({"template": "all", "language": "all", "interactions": "template*language*persona"}, "interactions: '"),
    ],
)
def test_ways_that_do_not_fit_together_are_refused(given_: dict[str, Any], message: str) -> None:
    assert refused(**given_).startswith(message)


def test_a_file_names_the_line() -> None:
    text = "respondents: lexicon\nways:\n  template: [plain]\n  option_labels: [none, a, none]\n"
    with pytest.raises(StudyError, match=r"^study\.yaml:4: option_labels: level 'none' stands twice$"):
        parse_document(text, Study, StudyError, where="study.yaml")


# forms


@given(ways())
@settings(max_examples=60, deadline=None)
def test_every_combination_is_one_form(varied: dict[str, list[Any]]) -> None:
    found = Ways(**varied)
    forms = list(found.asked(3))
    assert found.n_grid == found.n_forms == len(forms) == prod(map(len, varied.values()))
    assert list(found.levels) == [name for name in Form.model_fields if name in varied]
    names = list(varied)
    combinations_ = {tuple(getattr(form, name) for name in names) for form in forms}
    assert combinations_ == set(product(*(varied[name] for name in names)))
    assert len({content_hash(form) for form in forms}) == len(forms)
    for form in forms:
        assert set(form.model_dump()) - {"persona_text"} == set(varied)
        assert (form.persona_text is None) == (form.persona in (None, "none"))


@given(ways(n_least=3), st.integers(0, 2), st.data())
@settings(max_examples=25, deadline=None)
def test_a_fraction_has_distinct_forms_of_the_grid_and_levels_equally_often(
    varied: dict[str, list[Any]], seed: int, data: st.DataObject
) -> None:
    grid = Ways(**varied)
    n_parameters = 1 + sum(size - 1 for size in grid.sizes)
    n = data.draw(st.integers(n_parameters, max(n_parameters, min(grid.n_grid, 60))))
    try:
        chosen = list(Ways(**varied, forms=n).asked(seed))
    except StudyError:
        reject()  # hardly more forms than parameters do not always tell these apart
    assert len(chosen) == min(n, grid.n_grid)
    hashes = {content_hash(form) for form in chosen}
    assert len(hashes) == len(chosen)
    assert hashes <= {content_hash(form) for form in grid.asked(0)}
    for name, levels in varied.items():
        counts = Counter(getattr(form, name) for form in chosen)
        assert max(counts.values()) - min(counts[level] for level in levels) <= 1


def test_the_order_in_which_levels_are_named_changes_no_form() -> None:
    one = Ways(language="en,de,fr", template="all", option_labels="none,a", forms=18)
    other = Ways(template=TEMPLATES[::-1], option_labels="a,none", language="fr,en,de", forms=18)
    assert [form.id for form in one.asked(1)] == [form.id for form in other.asked(1)]
    assert [form.id for form in one.spread(1, 5)] == [form.id for form in other.spread(1, 5)]


def test_more_forms_than_there_are_is_all_of_them() -> None:
    found = Ways(template="all", option_labels="none,a", forms=99)
    assert (found.n_forms, len(list(found.asked(0)))) == (10, 10)


def test_the_fraction_of_a_seed_is_always_the_same_and_holds_named_interactions() -> None:
    spec: dict[str, Any] = {"template": "all", "language": "en,de,fr", "option_labels": "none,a", "forms": 18}
    plain, crossed = Ways(**spec), Ways(**spec, interactions="language*option_labels")
    assert crossed.pairs == [(1, 2)]
    assert [form.id for form in crossed.asked(1)] == [form.id for form in Ways(**crossed.model_dump()).asked(1)]
    assert {form.id for form in plain.asked(1)} != {form.id for form in plain.asked(2)}
    cells = Counter((form.language, form.option_labels) for form in crossed.asked(1))
    assert set(cells.values()) == {3}


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            {"template": "all", "forms": 3},
            r"^3 rows of 5 cannot estimate template \(5 parameters in all\); ask for at least 5 rows",
        ),
        (
            {"template": "all", "language": "all", "option_labels": "none,a", "forms": 20},
            None,
        ),
        (
            {
                "template": "all",
                "language": "all",
                "option_labels": "none,a",
                "forms": 20,
                "interactions": "template*language",
            },
            r"^20 rows of 100 cannot estimate .*template × language.* \(51 parameters in all\); ask for at least 5",
        ),
    ],
)
def test_too_few_forms_for_what_is_to_be_estimated(given_: dict[str, Any], message: str | None) -> None:
    if message is None:
        assert len(list(Ways(**given_).asked(0))) == 20
        return
    with pytest.raises(StudyError, match=message):
        Ways(**given_).asked(0)


# some forms, to look at


@given(ways(n_least=2, n_most=8), st.integers(1, 70))
@settings(max_examples=80, deadline=None)
def test_some_forms_are_spread_over_the_levels_of_every_way(varied: dict[str, list[Any]], n: int) -> None:
    found = Ways(**varied)
    some = found.spread(0, n)
    assert len(some) == min(n, found.n_grid)
    assert len({content_hash(form) for form in some}) == len(some)
    for name, levels in varied.items():
        counts = Counter(getattr(form, name) for form in some)
        if len(some) >= 24 * len(levels):
            # each level has its share, within a third of it
            share = len(some) / len(levels)
            assert all(2 / 3 * share <= counts[level] <= 4 / 3 * share for level in levels), (name, counts)


def test_also_what_changes_fastest_is_spread_where_the_grid_is_a_multiple() -> None:
    found = Ways(template="all", language="all", option_labels="none,a,A,i", chain_of_thought="no,yes")
    assert found.n_grid == 400
    for n in (2, 4, 10, 20, 50, 100, 200):
        counts = Counter(form.chain_of_thought for form in found.spread(0, n))
        assert counts[True] == counts[False] == n / 2


def test_some_forms_of_a_fraction_are_spread_over_it() -> None:
    found = Ways(template="all", language="all", option_labels="none,a", forms=90)
    asked = {content_hash(form) for form in found.asked(0)}
    some = found.spread(0, 50)
    assert len(some) == 50
    assert {content_hash(form) for form in some} <= asked
    assert set(Counter(form.template for form in some)) == set(TEMPLATES)
    assert {content_hash(form) for form in found.spread(0, 500)} == asked


def test_some_forms_of_an_enormous_grid_are_found_at_once() -> None:
    found = Ways(
        template="all",
        language="all",
        option_labels="none,a,A,i,I",
        option_order="ascending,descending",
        items_per_message=list(range(1, 21)),
        persona="none,ordinary,hero,liar,psychopath",
        temperature=[n / 100 for n in range(201)],
    )
    assert found.n_grid == 5 * 10 * 5 * 2 * 20 * 5 * 201
    some = found.spread(0, 60)
    assert len({content_hash(form) for form in some}) == 60
    assert {form.template for form in some} == set(TEMPLATES)
    assert min(Counter(form.items_per_message for form in some).values()) >= 1


PRINT_FORMS = """
from emotionbench.documents import content_hash
from emotionbench.ways import Ways
lines = []
for forms in (None, 40):
    ways = Ways(template="all", language="en,de,ar", persona="none,hero", chain_of_thought="yes,no", forms=forms)
    lines += [content_hash(form) for form in (*ways.asked(7), *ways.spread(7, 9))]
"""


def test_a_fresh_process_with_another_hash_seed_makes_the_same_forms() -> None:
    here: dict[str, Any] = {}
    exec(PRINT_FORMS, here)
    assert len(here["lines"]) == 60 + 9 + 40 + 9
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    command = [sys.executable, "-c", PRINT_FORMS + "print(*lines)"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split() == here["lines"]


def test_pairs_of_ways_come_up_in_a_fraction_of_twice_the_parameters() -> None:
    found = Ways(
        template="all", language="all", option_labels="none,a,A,i,I", option_order="ascending,descending", forms=100
    )
    rows = found.rows(0)
    for one, other in combinations(range(4), 2):
        pairs = {(row[one], row[other]) for row in rows}
        assert len(pairs) == found.sizes[one] * found.sizes[other]
