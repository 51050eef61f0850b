"""Embedded respondents asked in forms: one sheet of answers, whatever the number of messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pytest

from emotionbench.analysis import analyse
from emotionbench.engine import run
from emotionbench.engine.lane import Wordings
from emotionbench.plan import Plan
from emotionbench.records import Message, Respondent, RespondentKind
from emotionbench.respondents import base
from emotionbench.respondents.base import Question
from emotionbench.respondents.embedded import Embedded, reply_text
from emotionbench.study import Execution, RespondentSpec, Study
from emotionbench.study_materials import materials_of


def questions(**ways: object) -> list[Question]:
    """Every message of one baseline administration, the first attempt of each."""
    study = Study(respondents="x", situations="none", ways=ways)
    materials = materials_of(study)
    ((administration,),) = Plan(study, materials, (Respondent.of(RespondentKind.SYNTHETIC, "x", {}),))
    wordings, found = Wordings(materials), []
    history: tuple[Message, ...] = ()
    for part in range(1, administration.n_messages + 1):
        question = replace(wordings.question(administration, history, part=part), attempt=part)
        found.append(question)
        history = (*question.messages, {"role": "assistant", "content": "…"})
    return found


def answerer(name: str) -> Embedded:
    made = base.build(RespondentSpec(id=name), questions(items_per_message="all")[0].protocol, Execution())
    assert isinstance(made, Embedded)
    return made


@pytest.mark.parametrize("name", ["uniform", "lexicon", "human-norm"])
def test_the_messages_of_an_administration_put_one_sheet(name: str) -> None:
    asked, embedded = questions(items_per_message=7), answerer(name)
    assert [question.part for question in asked] == [1, 2, 3]
    sheets = [embedded.fill(question) for question in asked]
    assert sheets[0] == sheets[1] == sheets[2]
    assert embedded.fill(replace(asked[1], attempt=3)) != sheets[1]
    lines = [line for question in asked for line in reply_text(question, sheets[0]).split("\n")]
    assert len(lines) == len(set(lines)) == 20


def test_people_of_the_norm_vary_as_much_in_several_messages(tmp_path: Path) -> None:
    study = Study(
        respondents="human-norm", situations="none", repeats=120, ways={"items_per_message": ["all", 4]}, seed=1
    )
    run(study, tmp_path / "s.db")
    scores = analyse(tmp_path / "s.db").labelled_scores.filter(subscale="positive")
    by_form = {str(form): found["value"].to_list() for (form,), found in scores.group_by("form")}
    assert set(by_form) == {"items_per_message 4", "items_per_message all"}
    # the norm's baseline is 28.0 ± 8.9; five sheets mixed into one would vary half as much
    for values in by_form.values():
        assert mean(values) == pytest.approx(28.0, abs=2.5)
        assert stdev(values) == pytest.approx(8.9, abs=1.8)
