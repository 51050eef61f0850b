from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedded_helpers import make, reply_to
from emotionbench.documents import content_hash
from emotionbench.engine.lane import Wordings
from emotionbench.errors import RespondentError
from emotionbench.materials import catalogue
from emotionbench.materials.forms import symbols
from emotionbench.parsing import parse
from emotionbench.plan import Plan
from emotionbench.records import AnswerStatus, Condition, RespondentKind
from emotionbench.respondents.base import Question
from emotionbench.respondents.planted import Planted, Settings
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

PANAS = catalogue.instrument("PANAS")


def questions(**study: Any) -> list[Question]:
    """Every message of a study, without the conversation before it."""
    asked = Study(**{"respondents": ("planted",), "situations": "none", **study})
    materials = materials_of(asked)
    wordings = Wordings(materials)
    plan = Plan(asked, materials, (make("planted").record,))
    return [
        replace(wordings.question(one, part=part), attempt=1)
        for session in plan
        for one in session
        for part in range(1, one.n_messages + 1)
    ]


def mean_of(found: list[Question], subscale: str, **settings: Any) -> float:
    """The mean answer to a subscale's items, a little apart from what is planted by chance alone."""
    planted = Planted(Settings.model_validate(settings))
    items = found[0].instrument.subscales[subscale].items
    sheets = [planted.fill(question) for question in found]
    return sum(sheet[number] for sheet in sheets for number in items) / (len(sheets) * len(items))


def test_it_says_that_it_is_synthetic_and_what_is_planted() -> None:
    record = make("planted", position=0.2, memorised=["PANAS"]).record
    assert record.kind is RespondentKind.SYNTHETIC
    assert record.settings["position"] == 0.2
    assert record.settings["memorised"] == ["PANAS"]


@pytest.mark.parametrize("wrong", [{"position": 1.2}, {"noise": -1}, {"biases": 1}, {"effects": {"language": 2}}])
def test_a_setting_that_does_not_fit_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(RespondentError, match=next(iter(wrong))):
        make("planted", **wrong)


@pytest.mark.parametrize(
    "ways",
    [
        {"template": ["plain"], "option_labels": ["a", "I"], "option_order": ["ascending", "descending"]},
        {"template": ["plain"], "items_per_message": [1, 5, "all"], "conversation": ["fresh"]},
        {"template": ["plain"], "chain_of_thought": [True], "option_labels": ["A"]},
    ],
)
def test_every_form_is_answered_so_that_it_can_be_read(ways: dict[str, Any]) -> None:
    answerer = make("planted")
    for question in questions(ways=ways):
        reply = reply_to(answerer, question)
        answers = parse(reply.text, question.instrument, question.shown, question.form)
        assert [answer.item for answer in answers] == sorted(question.shown)
        assert {answer.status for answer in answers} == {AnswerStatus.VALID}


def test_the_same_question_gets_the_same_answer_and_another_seed_another() -> None:
    (question,) = questions()
    sheets = [Planted(Settings(seed=seed)).fill(question) for seed in (1, 1, 2)]
    assert sheets[0] == sheets[1]
    assert sheets[0] != sheets[2]


def test_the_option_listed_first_is_chosen_whatever_it_says() -> None:
    found = questions(ways={"template": ["plain"], "option_labels": ["a"], "option_order": ["ascending", "descending"]})
    for question in found:
        first = next(iter(symbols(PANAS.response_scale, question.form) or {}))
        assert set(Planted(Settings(position=1)).fill(question).values()) == {first}


def test_a_change_goes_away_from_the_desirable_end_and_is_undone_and_calmed() -> None:
    found = questions(
        situations="everyday",
        factors="anger-1",
        design="paired",
        recovery=True,
        repeats=3,
        ways={"template": ["plain"], "persona": ["none", "calm"]},
    )

    def moved(condition: Condition, persona: str) -> tuple[float, ...]:
        told = [question for question in found if question.form and question.form.persona == persona]
        own = [question for question in told if question.administration.condition is condition]
        before = [question for question in told if question.administration.condition is Condition.BASELINE]
        planted: dict[str, Any] = {"change": {"anger": 1.0, "fear": 9.0}, "recovery": 0.75, "calm": 0.5, "noise": 0.2}
        return tuple(mean_of(own, key, **planted) - mean_of(before, key, **planted) for key in ("positive", "negative"))

    assert moved(Condition.EVOKED, "none") == pytest.approx((-1, 1), abs=0.06)
    assert moved(Condition.RECOVERED, "none") == pytest.approx((-0.25, 0.25), abs=0.06)
    assert moved(Condition.EVOKED, "calm") == pytest.approx((-0.5, 0.5), abs=0.06)


def test_effects_of_ways_are_points_on_the_score() -> None:
    found = questions(repeats=40, ways={"template": ["plain", "brief"]})
    by_template = {
        name: [question for question in found if question.form and question.form.template == name]
        for name in ("plain", "brief")
    }
    planted = {"effects": {"template": {"brief": 3.0}}, "noise": 0.2}
    for key in ("positive", "negative"):
        apart = mean_of(by_template["brief"], key, **planted) - mean_of(by_template["plain"], key, **planted)
        assert 10 * apart == pytest.approx(3, abs=0.5)


def test_it_recites_what_it_has_memorised_and_makes_up_the_rest() -> None:
    found = questions(
        instruments=["PANAS", "ECL-8"],
        situations="everyday",
        factors="anger-1",
        situations_per_factor=1,
        ways={"template": ["plain"], "probe": ["recite_items", "recite_situation", "recite_key", "target_score"]},
    )
    knows = make("planted", memorised=["panas"])
    replies = {
        (question.instrument.id, str(question.form and question.form.probe)): reply_to(knows, question).text
        for question in found
    }
    assert replies["PANAS", "recite_items"].splitlines()[0] == "6: Guilty"
    assert replies["PANAS", "recite_key"].startswith("Positive affect: 1, 3, 5, 9, ")
    assert "Depressed" not in replies["ECL-8", "recite_items"]
    situation = next(question.situation for question in found if question.situation)
    assert situation.text[-40:] not in replies["PANAS", "recite_situation"]
    everyday = make("planted", memorised=["everyday"])
    (of_situation,) = [question for question in found if question.situation]
    assert situation.text.endswith(reply_to(everyday, of_situation).text[-40:])


def test_scores_asked_for_are_made_to_the_point() -> None:
    planted = Planted(Settings(memorised=("all",)))
    for question in questions(ways={"template": ["plain"], "probe": ["target_score"]}):
        values = planted.fill(question)
        sums = [sum(values[number] for number in subscale.items) for subscale in PANAS.subscales.values()]
        assert sums == ([20, 40] if question.form and question.form.target == "low" else [40, 20])
        assert content_hash(question.instrument) == question.administration.instrument
