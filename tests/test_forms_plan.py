"""Plans of studies that vary how they ask: ids, orders, messages, phases and numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from math import prod
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotionbench.documents import content_hash
from emotionbench.plan import Plan, item_order
from emotionbench.records import Administration, Condition, Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of, size_of

pytestmark = pytest.mark.usefixtures("small_home")

FIXTURE_IS_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
ONE = Respondent.of(RespondentKind.SYNTHETIC, "one", {})
TWO = Respondent.of(RespondentKind.SYNTHETIC, "two", {})


def plan_of(*respondents: Respondent, **changes: Any) -> Plan:
    given_ = {"respondents": "lexicon", "situations": "tiny", "instruments": "MOOD-6", "protocol": "plain", **changes}
    study = Study(**given_)
    return Plan(study, materials_of(study), respondents or (ONE,))


def administrations(plan: Plan) -> list[Administration]:
    return [administration for session in plan for administration in session]


def ids(**changes: Any) -> list[str]:
    return [a.id for a in administrations(plan_of(**changes))]


def plan_of_forms(*respondents: Respondent, **changes: Any) -> Plan:
    study = Study(**{"respondents": "lexicon", "situations": "tiny", "instruments": "PANAS", **changes})
    return Plan(study, materials_of(study), respondents or (ONE,))


def test_ids_in_forms_are_pinned() -> None:
    # golden: these ids stand in stores that people hold; a change here makes their runs start anew
    ways = {"option_order": ["descending"], "items_per_message": [4], "conversation": ["fresh"], "temperature": [0.5]}
    found = administrations(plan_of(emotions="fear", baseline_repeats=1, ways=ways))
    assert {a.form for a in found} == {"c7c63dbe41f7da4b0c333c339aa693a6e30792915437e6d92fd9cc051005ff3b"}
    assert [(a.condition.value, a.id, a.order, a.n_messages) for a in found] == [
        ("baseline", "a0fee52518deb550400b08da007c56d1", (1, 4, 3, 2, 6, 5), 2),
        ("evoked", "8415467777a53dc084c5d765a25e66b4", (1, 2, 4, 6, 5, 3), 2),
    ]
    ways = {"item_order": ["given"]}
    paired = administrations(plan_of(emotions="fear", design="paired", ways=ways))
    in_order, session = (1, 2, 3, 4, 5, 6), "67cc040fad0bb75a72565ea47062756c"
    assert [(a.session, a.id, a.order, a.n_messages) for a in paired] == [
        (session, "a383b728b872768c9473a2fdc6d1a848", in_order, 1),
        (session, "e1249e5c3e8780b811f1068bc295e619", in_order, 1),
    ]


def test_a_form_changes_every_id_and_no_form_none() -> None:
    spec: dict[str, Any] = {"protocol": "plain-en", "baseline_repeats": 2}
    put = set(ids(**spec, ways={"option_labels": ["none"]}))
    assert not put & set(ids(**spec))
    assert put < set(ids(**spec, ways={"option_labels": ["none", "a"]}))
    assert not put & set(ids(**spec, ways={"option_labels": ["none"], "option_order": ["ascending"]}))


def test_every_form_has_orders_of_its_own_and_the_given_one_keeps_the_instruments() -> None:
    found = administrations(plan_of_forms(factors="fear-1", ways={"item_order": ["given", "balanced"]}))
    forms = {
        content_hash(form): form for form in plan_of_forms(ways={"item_order": ["given", "balanced"]}).materials.forms
    }
    by_order = {
        level: [a.order for a in found if forms[a.form or ""].item_order == level] for level in ("given", "balanced")
    }
    assert set(by_order["given"]) == {tuple(range(1, 21))}
    assert len(set(by_order["balanced"])) == len(by_order["balanced"]) == 11
    signs = administrations(plan_of_forms(factors="fear-1", ways={"option_labels": ["none", "a"]}))
    assert len({a.order for a in signs}) == len(signs)


@given(st.integers(1, 60), st.integers(1, 60))
def test_messages_part_the_items_in_order_and_evenly(n_items: int, n_messages: int) -> None:
    order = item_order(n_items, "cell", 3)
    found = replace(administrations(plan_of())[0], order=order, n_messages=min(n_messages, n_items))
    shown = [found.shown(part) for part in range(1, found.n_messages + 1)]
    assert tuple(number for part in shown for number in part) == order
    sizes = {len(part) for part in shown}
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 1


@pytest.mark.parametrize(("per_message", "sizes"), [(7, [6, 7, 7]), (19, [10, 10]), (6, [5, 5, 5, 5]), ("all", [20])])
def test_as_many_messages_as_items_a_message_need(per_message: int | str, sizes: list[int]) -> None:
    for a in administrations(plan_of_forms(factors="fear-1", ways={"items_per_message": [per_message]})):
        assert a.n_messages == len(sizes)
        assert [len(a.shown(part)) for part in range(1, a.n_messages + 1)] == sizes


def test_recovery_is_a_third_phase_of_the_same_conversation() -> None:
    spec: dict[str, Any] = {"factors": "fear-1, anger-1", "kinds": "evoking, neutral", "design": "paired"}
    spec |= {"repeats": 2, "protocol": "plain-en"}
    plan = plan_of_forms(**spec, recovery=True)
    sessions = list(plan)
    assert len(sessions) == 2 * (1 + 1 + 2 + 1)
    for before, after, calmed in sessions:
        assert (before.condition, calmed.condition) == (Condition.BASELINE, Condition.RECOVERED)
        assert after.condition in (Condition.EVOKED, Condition.CONTROL)
        assert calmed.situation == after.situation is not None
        assert len({before.session, after.session, calmed.session}) == 1
        assert len({before.order, after.order, calmed.order}) == 3
    assert plan.n_administrations == 3 * len(sessions) == size_of(plan.study).n_administrations
    # the phases of a study without recovery are the same administrations
    assert {a.id for a in administrations(plan_of_forms(**spec))} < {a.id for a in administrations(plan)}


LEVELS: dict[str, list[Any]] = {
    "template": ["plain", "brief"],
    "language": ["en"],
    "option_labels": ["none", "a", "I"],
    "items_per_message": ["all", 3, 1],
    "persona": ["none", "hero"],
    "chain_of_thought": [True, False],
}


@st.composite
def studies(draw: st.DrawFn) -> Study:
    """Any small study, with forms or without, some of them a fraction."""
    names = draw(st.lists(st.sampled_from(sorted(LEVELS)), unique=True, max_size=3))
    ways: dict[str, Any] = {
        name: draw(st.lists(st.sampled_from(LEVELS[name]), unique=True, min_size=1)) for name in names
    }
    n_grid, n_least = prod(map(len, ways.values())), 1 + sum(len(levels) - 1 for levels in ways.values())
    if names and draw(st.booleans()):
        ways["forms"] = draw(st.integers(min(n_grid, 2 * n_least), n_grid + 1))
    design = draw(st.sampled_from(["independent", "paired"]))
    spec: dict[str, Any] = {
        "instruments": draw(st.sampled_from([["MOOD-6"], ["PANAS", "MOOD-6"], ["ECL-8", "panas", "PANAS"]])),
        "situations": draw(st.sampled_from(["tiny", "none"] if design == "independent" else ["tiny"])),
        "design": design,
        "repeats": draw(st.integers(1, 3)),
        "kinds": draw(st.sampled_from([("evoking",), ("evoking", "neutral")])),
        "protocol": "plain-en",
        "recovery": design == "paired" and draw(st.booleans()),
        "ways": ways or None,
    }
    if spec["situations"] == "tiny" and draw(st.booleans()):
        own = {"PANAS": ["fear"], "ECL-8": ["anger", "fear"], "MOOD-6": ["anger"]}
        spec["evoked_by"] = {name: own[name] for name in spec["instruments"][-1:]}
    if design == "independent" and draw(st.booleans()):
        spec["baseline_repeats"] = draw(st.integers(0, 30))
    return Study(respondents=["one", "two"], **spec)


@given(studies())
@settings(max_examples=80, deadline=None, suppress_health_check=FIXTURE_IS_SHARED)
def test_what_is_planned_is_what_is_said_before(study: Study) -> None:
    plan = Plan(study, materials_of(study), (ONE, TWO))
    found = administrations(plan)
    size = size_of(study)
    assert len({a.id for a in found}) == len(found) == plan.n_administrations == size.n_administrations
    baselines = [a for a in found if a.condition is Condition.BASELINE]
    assert len(baselines) == 2 * size.n_baselines
    assert len(found) - len(baselines) == 2 * size.n_after
    assert len({a.form for a in found}) == (size.n_forms if found else 0)
    assert size.n_forms == (study.ways.n_forms if study.ways else 1)
    for a in found:
        assert [number for part in range(1, a.n_messages + 1) for number in a.shown(part)] == list(a.order)


def test_the_preset_that_ships_plans_what_it_says() -> None:
    study = Study(respondents="one", protocol="stability", situations_per_factor=1, emotions="fear")
    plan = Plan(study, materials_of(study), (ONE,))
    found = administrations(plan)
    assert len(found) == plan.n_administrations == size_of(study).n_administrations == 2 * 3 * 5 * 3
    assert Counter(a.condition for a in found)[Condition.RECOVERED] == 30


PRINT_FORMS = """
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
ways = {"template": "all", "language": "en, ja, ar", "persona": "none, liar", "items_per_message": "all, 6"}
study = Study(respondents="x", instruments="PANAS, ECL-8", factors="fear-1", situations_per_factor=1,
              ways={**ways, "forms": 40})
lines = [
    f"{a.id} {a.form} {a.n_messages} {a.order}"
    for session in Plan(study, materials_of(study), (Respondent.of(RespondentKind.LLM, "x", {}),))
    for a in session
]
"""


def test_forms_are_planned_the_same_in_a_fresh_process_with_another_hash_seed() -> None:
    here: dict[str, Any] = {}
    exec(PRINT_FORMS, here)
    assert len(here["lines"]) == 40 * 2 * (1 + 1)
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    command = [sys.executable, "-c", PRINT_FORMS + "print(*lines, sep='\\n')"]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == here["lines"]
