from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotionbench.documents import content_hash
from emotionbench.plan import Plan, item_order, williams_square
from emotionbench.records import Administration, Condition, Design, Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

pytestmark = pytest.mark.usefixtures("small_home")

ONE = Respondent.of(RespondentKind.SYNTHETIC, "one", {})
TWO = Respondent.of(RespondentKind.SYNTHETIC, "two", {})


def plan_of(*respondents: Respondent, **changes: Any) -> Plan:
    given = {"respondents": "lexicon", "situations": "tiny", "instruments": "MOOD-6", "protocol": "plain", **changes}
    study = Study(**given)
    return Plan(study, materials_of(study), respondents or (ONE,))


def administrations(plan: Plan) -> list[Administration]:
    return [administration for session in plan for administration in session]


def ids(**changes: Any) -> list[str]:
    return [a.id for a in administrations(plan_of(**changes))]


# what is planned


@pytest.mark.parametrize("design", ["independent", "paired"])
@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("instruments", ["MOOD-6", "MOOD-6, mood-6, PANAS"])
def test_as_many_are_planned_as_said_and_each_once(design: str, repeats: int, instruments: str) -> None:
    plan = plan_of(ONE, TWO, design=design, repeats=repeats, instruments=instruments, kinds="evoking, neutral")
    found = administrations(plan)
    assert len(found) == plan.n_administrations
    assert len({a.id for a in found}) == len(found)
    assert [a.id for a in administrations(plan)] == [a.id for a in found]


def test_independent_sessions_are_one_administration_each() -> None:
    plan = plan_of(repeats=2, baseline_repeats=3, emotions="anger", kinds="evoking, neutral")
    sessions = list(plan)
    assert {len(session) for session in sessions} == {1}
    found = administrations(plan)
    assert {a.session for a in found} == {None}
    assert {a.design for a in found} == {Design.INDEPENDENT}
    assert Counter(a.condition for a in found) == {Condition.BASELINE: 3, Condition.EVOKED: 6, Condition.CONTROL: 2}
    assert [a.repeat for a in found if a.condition is Condition.BASELINE] == [0, 1, 2]
    assert all((a.situation is None) == (a.condition is Condition.BASELINE) for a in found)


def test_paired_sessions_are_a_baseline_and_what_follows_it() -> None:
    plan = plan_of(ONE, TWO, design="paired", repeats=2, kinds="evoking, neutral")
    sessions = list(plan)
    assert len(sessions) == 2 * 2 * 6
    for before, after in sessions:
        assert before.condition is Condition.BASELINE
        assert after.condition in (Condition.EVOKED, Condition.CONTROL)
        assert before.session == after.session is not None
        assert before.situation is None
        assert after.situation is not None
        assert (before.respondent, before.repeat) == (after.respondent, after.repeat)
        assert before.order != after.order
    assert len({before.session for before, _ in sessions}) == len(sessions)


def test_an_early_stop_leaves_whole_repeats_behind() -> None:
    found = administrations(plan_of(repeats=3, baseline_repeats=0))
    assert [a.repeat for a in found] == [0] * 4 + [1] * 4 + [2] * 4
    assert [a.situation for a in found[:4]] == [a.situation for a in found[4:8]]


def test_every_administration_names_its_materials() -> None:
    plan = plan_of(kinds="evoking, neutral")
    situations = {content_hash(situation): situation for situation in plan.materials.situations}
    for a in administrations(plan):
        assert a.instrument == content_hash(plan.materials.instruments[0])
        assert a.protocol == content_hash(plan.materials.protocols[0])
        if a.situation:
            expected = Condition.EVOKED if situations[a.situation].kind == "evoking" else Condition.CONTROL
            assert a.condition is expected


# ids


def test_ids_are_pinned() -> None:
    # golden: these ids stand in stores that people hold; a change here makes their runs start anew
    found = administrations(plan_of(emotions="fear", baseline_repeats=1, kinds="evoking, neutral"))
    assert [(a.condition.value, a.id, a.order) for a in found] == [
        ("baseline", "f8e3ec8f54c219a56015db6027206364", (1, 4, 5, 2, 3, 6)),
        ("evoked", "fe6090e9fb70ccd702d739350287ea33", (1, 2, 5, 4, 3, 6)),
        ("control", "ca443ecce82e9df5bc67f6f8526755a8", (4, 3, 2, 6, 1, 5)),
    ]
    paired = administrations(plan_of(emotions="fear", design="paired"))
    assert [(a.session, a.id, a.order) for a in paired] == [
        ("824c1d413e20f2129ed65f1cb494f55d", "c3d3852241ec16fdc9e0a62ff4e8183a", (2, 3, 4, 6, 5, 1)),
        ("824c1d413e20f2129ed65f1cb494f55d", "5fa73ca7974b8b9af91f561dd098a220", (1, 2, 5, 4, 3, 6)),
    ]


def test_baselines_of_different_conversations_have_orders_of_their_own() -> None:
    baselines = [a for a in administrations(plan_of(design="paired")) if a.condition is Condition.BASELINE]
    assert len({a.order for a in baselines}) > 1


def test_ids_do_not_depend_on_the_order_of_what_is_named() -> None:
    assert ids(emotions="fear, anger") == ids(emotions="ANGER,fear") == ids()
    assert set(ids(factors="anger-2, anger-1")) == set(ids(emotions="anger"))
    assert ids(kinds="neutral, evoking") == ids(kinds="evoking, neutral")


def test_more_repeats_baselines_situations_and_respondents_only_add() -> None:
    base = set(ids(baseline_repeats=5))
    assert base < set(ids(baseline_repeats=6))
    assert base < set(ids(baseline_repeats=5, repeats=2))
    assert base < set(ids(baseline_repeats=5, kinds="evoking, neutral"))
    assert base < set(ids(baseline_repeats=5, instruments="MOOD-6, PANAS"))
    assert base > set(ids(baseline_repeats=5, emotions="fear"))
    assert base < {a.id for a in administrations(plan_of(ONE, TWO, baseline_repeats=5))}
    assert set(ids(design="paired")) < set(ids(design="paired", repeats=2))


@pytest.mark.parametrize(
    "changes", [{"seed": 1}, {"protocol": "standard"}, {"instruments": "ECL-8"}, {"design": "paired"}]
)
def test_another_seed_protocol_instrument_or_design_shares_no_id(changes: dict[str, Any]) -> None:
    assert not set(ids()) & set(ids(**changes))


def test_another_respondent_shares_no_id_and_every_order() -> None:
    one, two = administrations(plan_of(ONE)), administrations(plan_of(TWO))
    assert not {a.id for a in one} & {a.id for a in two}
    assert [a.order for a in one] == [a.order for a in two]


def test_another_edition_of_a_text_is_another_administration(small_home: Path) -> None:
    before = administrations(plan_of(baseline_repeats=1))
    path = small_home / "situations" / "tiny" / "fear.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("slips.", "slips a little."), encoding="utf-8")
    after = administrations(plan_of(baseline_repeats=1))
    changed = [old.id != new.id for old, new in zip(before, after, strict=True)]
    assert changed == [False, False, False, False, True]


PRINT_PLAN = """
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
study = Study(respondents="x", situations="tiny", instruments="MOOD-6, PANAS", protocol="plain", repeats=2,
              kinds="positive, evoking, neutral", emotions="fear, anger", factors="fear-1, anger-2, anger-1")
for session in Plan(study, materials_of(study), (Respondent.of(RespondentKind.LLM, "x", {"b": 1, "a": 2}),)):
    for a in session:
        print(a.id, *a.order)
"""


def test_a_fresh_process_with_another_hash_seed_plans_the_same() -> None:
    def planned(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PRINT_PLAN]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    first = planned("1")
    assert len(first.splitlines()) == 2 * (20 + 2 * 7)
    assert planned("4242") == first


# item orders

CELLS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.integers(1, 40), CELLS, st.integers(0, 10_000))
def test_an_order_holds_every_item_once_and_is_always_the_same(n_items: int, cell: str, repeat: int) -> None:
    order = item_order(n_items, cell, repeat)
    assert sorted(order) == list(range(1, n_items + 1))
    assert item_order(n_items, cell, repeat) == order


@given(st.integers(1, 30), CELLS, st.integers(0, 5))
def test_within_n_repeats_every_item_visits_every_position_once(n_items: int, cell: str, block: int) -> None:
    orders = [item_order(n_items, cell, repeat) for repeat in range(block * n_items, (block + 1) * n_items)]
    for position in range(n_items):
        assert sorted(order[position] for order in orders) == list(range(1, n_items + 1))


@given(st.integers(2, 24), CELLS, st.integers(0, 3))
def test_within_a_walk_every_item_follows_every_other_equally_often(n_items: int, cell: str, walk: int) -> None:
    length = n_items if n_items % 2 == 0 else 2 * n_items
    orders = [item_order(n_items, cell, repeat) for repeat in range(walk * length, (walk + 1) * length)]
    followed = Counter(pair for order in orders for pair in pairwise(order))
    assert len(followed) == n_items * (n_items - 1)
    assert set(followed.values()) == {length // n_items}


@pytest.mark.parametrize("n_items", range(1, 31))
def test_a_williams_square_is_a_latin_square(n_items: int) -> None:
    rows = williams_square(n_items)
    assert len(rows) == (1 if n_items == 1 else n_items if n_items % 2 == 0 else 2 * n_items)
    for position in range(n_items):
        assert set(Counter(row[position] for row in rows).values()) == {len(rows) // n_items}


def test_a_square_of_four_is_the_textbooks() -> None:
    # Williams (1949): 0 1 3 2 and its cyclic shifts
    assert list(williams_square(4)) == [(0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1)]


def test_walks_are_relabelled() -> None:
    walks = [tuple(item_order(20, "cell", repeat) for repeat in range(20 * walk, 20 * walk + 20)) for walk in range(5)]
    assert len({frozenset(walk) for walk in walks}) == 5


def test_orders_differ_between_cells() -> None:
    plan = plan_of(instruments="PANAS", repeats=2, kinds="evoking, neutral", baseline_repeats=2)
    orders = [a.order for a in administrations(plan)]
    assert len(set(orders)) == len(orders)
    assert not {a.order for a in administrations(plan_of(instruments="PANAS", seed=1))} & set(orders)


def test_first_items_are_spread_over_cells() -> None:
    # 20 items, 2,000 cells: 100 each, SD 9.7; 4.5 SD either way
    first = Counter(item_order(20, f"cell {number}", 0)[0] for number in range(2000))
    assert len(first) == 20
    assert min(first.values()) > 56
    assert max(first.values()) < 144


def test_the_shipped_study_is_planned_lazily() -> None:
    study = Study(respondents="lexicon", repeats=100_000)
    plan = Plan(study, materials_of(study), (ONE,))
    assert plan.n_administrations == 200 + 100_000 * len(plan.materials.situations)
    assert len(list(islice(plan, 300))) == 300
