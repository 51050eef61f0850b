"""Probes on their way through the house: ways, plan, words, and what a store then says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emotionbench import Study, run
from emotionbench.analysis import analyse
from emotionbench.documents import content_hash
from emotionbench.engine.lane import Wordings
from emotionbench.errors import EmotionBenchError
from emotionbench.materials import catalogue
from emotionbench.plan import Plan
from emotionbench.records import Condition, Respondent, RespondentKind
from emotionbench.store import Store
from emotionbench.study_materials import materials_of, size_of
from emotionbench.ways import Ways

SOMEBODY = Respondent.of(RespondentKind.LLM, "somebody", {})
ALL = ["recite_items", "recite_key", "recite_situation", "target_score"]


def study(**changes: Any) -> Study:
    given = {
        "respondents": ("planted",),
        "instruments": ["PANAS", "ECL-8"],
        "factors": ["anger-1"],
        "situations_per_factor": 2,
        "repeats": 3,
        "ways": {"template": ["plain"], "probe": ALL},
    }
    return Study(**{**given, **changes})


def plan_of(asked: Study) -> Plan:
    return Plan(asked, materials_of(asked), (SOMEBODY,))


def test_the_probe_of_scores_is_asked_once_for_each_target() -> None:
    ways = Ways.model_validate({"probe": "target_score, recite_key", "target": "low"})
    assert {form.id for form in ways.asked(0)} == {"probe target_score · target low", "probe recite_key"}
    assert ways.n_forms == 2
    assert study().ways is not None
    assert plan_of(study()).study.ways.n_forms == 5  # type: ignore[union-attr]


def test_a_form_without_a_probe_has_the_hash_that_it_had() -> None:
    (form,) = Ways.model_validate({"template": "plain"}).asked(0)
    assert form.model_dump(mode="json") == {"template": "plain"}
    assert "probe" not in Ways.model_validate({"template": "plain"}).model_dump()


def test_everything_of_a_probe_is_put_under_its_own_condition() -> None:
    asked = study()
    plan = plan_of(asked)
    found = [one for session in plan for one in session]
    assert {one.condition for one in found} == {Condition.PROBE}
    # two instruments: items, key and two targets, three times each; two situations, three times, of no instrument
    assert len(found) == 2 * 4 * 3 + 2 * 3
    assert len(found) == plan.n_administrations == size_of(asked).n_administrations
    recited = [one for one in found if one.situation]
    assert len(recited) == 6
    assert {one.instrument for one in recited} == {content_hash(catalogue.instrument("PANAS"))}


def test_controls_of_another_study_are_asked_once(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        first = run(study(), store)
        second = run(study(factors=["fear-1"]), store)
    assert first.n_answered == 30
    assert (second.n_earlier, second.n_answered) == (24, 6)


def test_the_words_show_what_is_to_be_continued_and_nothing_of_what_is_hidden() -> None:
    asked = study(instruments=["PANAS"], repeats=1)
    wordings = Wordings(materials_of(asked))
    said = {}
    for session in plan_of(asked):
        question = wordings.question(session[0])
        assert question.form is not None
        said[question.form.id] = question.messages[-1]["content"]
        if question.situation:
            whole = question.situation.text
            assert whole[:60] in said[question.form.id].replace("\n", " ")
            assert whole[-40:] not in said[question.form.id]
    items = said["template plain · probe recite_items"]
    assert "5. Strong" in items
    assert "Guilty" not in items
    assert "20 items" in items
    key = said["template plain · probe recite_key"]
    assert "Positive affect; Negative affect" in key
    assert "Interested" not in key
    score = said["template plain · probe target_score · target low"]
    assert "Positive affect: 20\nNegative affect: 40" in score
    assert "Jittery" in score
    assert "one whole number from 1 to 5" in score


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"design": "paired"}, "no before and after"),
        ({"situations": "none", "factors": None, "situations_per_factor": None}, "needs situations"),
        ({"ways": {"probe": ["recite_key"], "target": ["low"]}}, "belongs to the probe target_score"),
        ({"ways": {"probe": ["recite_key"], "items_per_message": [5]}}, "items_per_message"),
        ({"ways": {"probe": ["recite_key"], "chain_of_thought": [True]}}, "chain_of_thought"),
        ({"ways": {"probe": ["recite_poems"]}}, "recite_"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(EmotionBenchError, match=what):
        study(**changes)


@pytest.mark.parametrize(
    ("ways", "what"),
    [
        ({"template": ["brief"], "probe": ["recite_items"]}, "has no words for the probe recite_items"),
        ({"template": ["plain"], "language": ["de"], "probe": ["recite_key"]}, "has no words for the probe recite_key"),
        ({"template": ["plain"], "probe": ["target_score"], "target": ["positive=99"]}, "no answers to PANAS"),
    ],
)
def test_what_there_are_no_words_for_is_refused_before_anything_is_asked(ways: dict[str, Any], what: str) -> None:
    with pytest.raises(EmotionBenchError, match=what):
        materials_of(study(ways=ways))


def test_recitations_are_kept_apart_from_answers(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        tally = run(study(respondents=("planted", "uniform")), store)
        run(Study(respondents=("planted",), factors=["anger-1"], situations_per_factor=1, baseline_repeats=3), store)
        analysis = analyse(store)
    assert tally.n_incomplete == 0
    frame = analysis.administrations
    probes = frame.filter(frame["condition"] == "probe")
    texts = probes.filter(probes["form"].str.contains("recite"))
    assert set(texts["outcome"]) == {"recited"}
    assert set(texts["n_valid"]) == {0}
    assert set(probes.filter(~probes["form"].str.contains("recite"))["outcome"]) == {"answered"}
    assert set(frame.filter(frame["condition"] != "probe")["outcome"]) == {"answered"}
    assert analysis.probe_replies.height == probes.height == 60
    assert analysis.probe_replies["situation_text"].drop_nulls().n_unique() == 2
    # comparisons do not know of them
    assert [(block.instrument, block.protocol) for block in analysis.changes()] == [("PANAS", "standard")]
    assert "probe" not in analysis.labelled_scores["condition"]


def test_probes_leave_the_labels_of_other_forms_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        forms = {"template": ["plain", "polite"], "option_order": ["ascending", "descending"]}
        forms |= {"item_order": ["balanced", "given"]}
        run(Study(respondents=("planted",), situations="none", ways=forms), store)
        run(study(instruments=["PANAS"], repeats=1), store)
        frame = analyse(store).administrations
    # eight forms and five probes are not thirteen forms that could only be compared together
    assert not frame["protocol"].str.contains("forms").any()
