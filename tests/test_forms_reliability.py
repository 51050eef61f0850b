"""The published grid of 2,500 ways of asking, planned from the original's own materials."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from emotionbench.documents import content_hash
from emotionbench.engine.cost import Costs
from emotionbench.engine.lane import Wordings
from emotionbench.materials import catalogue, originals
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import Administration, AnswerStatus, Condition, Respondent, RespondentKind
from emotionbench.respondents.embedded import reply_text
from emotionbench.study import Study
from emotionbench.study_materials import Materials, materials_of, size_of
from putting import some_values

ONE = Respondent.of(RespondentKind.SYNTHETIC, "one", {})
N = 5 * 5 * 10 * 5 * 2


@pytest.fixture(scope="module")
def home(upstream: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for name in ("llmpersonality", "emotionbench"):
        originals.add(name, source=upstream, home=folder)
    return folder


@pytest.fixture
def added(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(catalogue.HOME_VARIABLE, str(home))
    return home


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(respondents="one", protocol="reliability-2024")


@pytest.fixture(scope="module")
def planned(home: Path, study: Study) -> Plan:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(catalogue.HOME_VARIABLE, str(home))
        return Plan(study, materials_of(study), (ONE,))


@pytest.fixture(scope="module")
def administrations(planned: Plan) -> list[Administration]:
    return [administration for session in planned for administration in session]


def test_it_is_exactly_2500_forms_and_administrations(
    planned: Plan, administrations: list[Administration], added: Path
) -> None:
    assert planned.n_administrations == len(administrations) == N == 2500
    assert len({a.id for a in administrations}) == len({a.form for a in administrations}) == N
    assert len(planned.materials.forms) == N
    levels = [tuple(form.levels().items()) for form in planned.materials.forms]
    assert len(set(levels)) == N
    assert (len(planned.materials.instruments), len(planned.materials.protocols)) == (50, 50)
    assert {a.condition for a in administrations} == {Condition.BASELINE}
    assert {(a.n_messages, len(a.shown(1)), len(a.shown(2))) for a in administrations} == {(2, 22, 22)}


def test_every_level_comes_up_equally_often(planned: Plan) -> None:
    forms = planned.materials.forms
    for name, n_levels in {
        "template": 5,
        "paraphrase": 5,
        "language": 10,
        "option_labels": 5,
        "option_order": 2,
    }.items():
        counts = Counter(getattr(form, name) for form in forms)
        assert set(counts.values()) == {N // n_levels}
        assert len(counts) == n_levels


def test_n_repeats_are_n_times_as_many(added: Path, planned: Plan, administrations: list[Administration]) -> None:
    thrice = Study(respondents="one", protocol="reliability-2024", repeats=3)
    assert size_of(thrice).n_administrations == 3 * N
    plan = Plan(thrice, planned.materials, (ONE,))
    ids = [a.id for session in plan for a in session]
    assert plan.n_administrations == len(set(ids)) == len(ids) == 3 * N
    # repeat by repeat, so that an early stop leaves whole ones, the first of which is the study asked once
    assert ids[:N] == [a.id for a in administrations]


def test_it_is_said_before_anything_is_asked(added: Path, study: Study) -> None:
    costs = Costs(study)
    assert (costs.whole.size.n_administrations, costs.whole.n_messages) == (N, 2 * N)
    assert (costs.of(250).size.n_administrations, costs.of(250).n_messages) == (250, 500)


PRINT_IDS = """
from emotionbench.plan import Plan
from emotionbench.records import Respondent, RespondentKind
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
study = Study(respondents="one", protocol="reliability-2024")
for (a,) in Plan(study, materials_of(study), (Respondent.of(RespondentKind.SYNTHETIC, "one", {}),)):
    print(a.id, a.form)
"""


def test_a_fresh_process_with_another_hash_seed_plans_the_same(
    added: Path, administrations: list[Administration]
) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    found = subprocess.run(
        [sys.executable, "-c", PRINT_IDS], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines() == [f"{a.id} {a.form}" for a in administrations]


def test_some_of_its_forms_are_put_and_read_back(planned: Plan) -> None:
    wordings, materials = Wordings(planned.materials), planned.materials
    forms = {content_hash(form): form for form in materials.forms}
    n_turns = 0
    for (administration,) in islice(planned, 0, None, 25):
        values, history = some_values(44, shift=n_turns), ()
        found: dict[int, int | None] = {}
        for part in (1, 2):
            question = wordings.question(administration, history, part=part)
            reply = reply_text(question, values)
            history = (*question.messages, {"role": "assistant", "content": reply})
            answers = parse(reply, question.instrument, question.shown, question.form)
            assert {answer.status for answer in answers} == {AnswerStatus.VALID}
            found |= {answer.item: answer.value for answer in answers}
            n_turns += 1
        assert found == values
        assert question.form == forms[administration.form or ""]
        assert [m["role"] for m in history if m["role"] != "system"] == ["user", "assistant"] * 2
    assert n_turns == 200


def test_challenging_puts_eight_questionnaires_after_their_own_situations(added: Path) -> None:
    study = Study(respondents="one", protocol="challenging", situations="emotionbench", situations_per_factor=1)
    materials: Materials = materials_of(study)
    found = {way.instrument.id: {s.emotion for s in way.situations} for way in materials.ways}
    assert found == {
        "AGQ": {"anger"},
        "DASS-21": {"anxiety"},
        "BDI": {"depression"},
        "FDS": {"frustration"},
        "MJS": {"jealousy"},
        "GASP": {"guilt"},
        "FSS": {"fear"},
        "BFNE": {"embarrassment"},
    }
    plan = Plan(study, materials, (ONE,))
    n = sum(1 for session in plan for _ in session)
    assert n == plan.n_administrations == size_of(study).n_administrations == 8 * 20 + 36
    some = Study(respondents="one", protocol="challenging", instruments="agq, BDI", emotions="anger")
    assert [way.instrument.id for way in materials_of(some).ways] == ["AGQ"]
