"""What a study takes, said before anything is asked: beside what is then sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from emotionbench.engine import prepare, run
from emotionbench.engine.cost import FORMS_READ, Costs, sample_plan
from emotionbench.engine.lane import Wordings
from emotionbench.engine.run import ENORMOUS
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.fractions import smallest_n
from emotionbench.store import Store, reading
from emotionbench.study import Study, materials_of, size_of


def study(**changes: Any) -> Study:
    return Study(**{"respondents": "constant", "situations": "tiny", "instruments": "PANAS", **changes})


def characters(path: Path) -> tuple[int, int, int]:
    """Messages sent, and the characters of prompts and of replies, of everything in a store."""
    n_messages = n_in = n_out = 0
    with Store(path) as store:
        for administration in reading.administrations(store):
            for attempt in reading.attempts(store, administration.id):
                n_messages += 1
                n_in += sum(len(message["content"]) for message in json.loads(attempt.request))
                n_out += len(attempt.reply or "")
    return n_messages, n_in, n_out


GRID = {"template": "all", "language": "all", "option_labels": "none,a,A,i,I", "items_per_message": "all,5"}
STUDIES: list[dict[str, Any]] = [
    {},
    {"repeats": 3, "kinds": "evoking, neutral"},
    {"design": "paired", "repeats": 2},
    {"design": "paired", "recovery": True, "protocol": "plain-en"},
    {"instruments": "PANAS, MOOD-6", "protocol": "plain-en", "evoked_by": {"MOOD-6": ["fear"]}},
    {"situations": "none", "repeats": 4},
    {"ways": {"items_per_message": ["all", 7, 1], "option_labels": ["none", "a"]}},
    {"ways": {"items_per_message": ["all", 5], "conversation": ["kept", "fresh"], "chain_of_thought": ["yes", "no"]}},
    {"design": "paired", "ways": {"items_per_message": [5], "persona": ["none", "hero"]}},
    {"ways": {"template": "all", "option_labels": "none,a,i", "persona": "none,hero,liar", "forms": 20}},
]


@pytest.mark.parametrize("changes", STUDIES)
def test_it_is_what_asking_then_takes(changes: dict[str, Any], small_home: Path, tmp_path: Path) -> None:
    asked = study(**changes)
    said = Costs(asked).whole
    tally = run(asked, tmp_path / "s.db")
    n_messages, n_in, n_out = characters(tmp_path / "s.db")
    assert said.size == size_of(asked)
    assert (said.size.n_administrations, said.n_messages) == (tally.n_planned, n_messages)
    # everything of so small a study is read
    assert said.input_tokens == pytest.approx(n_in / 4, rel=0.01)
    assert said.output_tokens == pytest.approx(n_out / 4, rel=0.01)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ways": {"template": "plain,brief", "option_labels": "none,a"}},
        {"ways": {"items_per_message": ["all", 1], "language": ["en", "zh"]}},
    ],
)
def test_an_estimate_from_some_situations_is_close(
    changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotionbench.engine.cost.SITUATIONS_READ", 10)
    asked = study(situations="everyday", emotions="fear", **changes)
    said = Costs(asked).whole
    run(asked, tmp_path / "s.db")
    n_messages, n_in, n_out = characters(tmp_path / "s.db")
    assert said.n_messages == n_messages
    assert said.input_tokens == pytest.approx(n_in / 4, rel=0.03)
    assert said.output_tokens == pytest.approx(n_out / 4, rel=0.03)


def test_the_cost_of_more_forms_than_are_read_is_within_some_percent(small_home: Path) -> None:
    ways = {"template": "all", "option_labels": "none,a,A,i,I", "option_order": "ascending,descending"}
    ways |= {"items_per_message": "all,10", "chain_of_thought": "no,yes"}
    asked = study(ways=ways, baseline_repeats=1, emotions="fear")
    said = Costs(asked).whole
    n_forms = 5 * 5 * 2 * 2 * 2
    assert n_forms > FORMS_READ
    assert said.size.n_administrations == 2 * n_forms
    # half of the forms take one message, the others two; 60 forms are a sample of 200
    assert said.n_messages == pytest.approx(1.5 * 2 * n_forms, rel=0.02)


def test_the_cost_of_other_numbers_of_forms(small_home: Path) -> None:
    ways = {"template": "all", "option_labels": "none,a,A,i,I", "option_order": "ascending,descending"}
    whole = study(ways=ways)
    costs = Costs(whole)
    assert costs.whole == costs.of(50)
    for n in (10, smallest_n([5, 5, 2]), 20):
        fewer = study(ways={**ways, "forms": n})
        assert costs.of(n).size == size_of(fewer)
        exact = Costs(fewer).whole
        assert costs.of(n).n_messages == exact.n_messages
        assert costs.of(n).input_tokens == pytest.approx(exact.input_tokens, rel=0.02)
    # baselines are shared out over the forms, so that fewer forms have more each
    assert costs.of(10).size.n_baselines == 20
    assert costs.of(50).size.n_baselines == 50


@pytest.mark.parametrize(
    ("changes", "temperatures"),
    [
        ({"situations": "everyday", "repeats": 100_000}, 0),
        ({"situations": "everyday", "repeats": 1000, "ways": GRID}, 0),
        ({"situations": "none", "repeats": 2}, 20_000),
    ],
)
def test_an_enormous_study_is_priced_from_some_prompts(
    changes: dict[str, Any], temperatures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if temperatures:
        changes = {**changes, "ways": {**GRID, "temperature": [n / 10_000 for n in range(temperatures)]}}
    asked, n_read = study(**changes), 0
    question = Wordings.question

    def counting(*arguments: Any, **more: Any) -> Any:
        nonlocal n_read
        n_read += 1
        return question(*arguments, **more)

    monkeypatch.setattr(Wordings, "question", counting)
    whole = Costs(asked).whole
    assert whole.size.n_administrations == size_of(asked).n_administrations > ENORMOUS
    assert whole.input_tokens > 100 * ENORMOUS
    assert 0 < n_read < 3000


def test_an_enormous_study_is_refused_with_its_size_and_cost(tmp_path: Path) -> None:
    ways = {"template": "all", "language": "all", "temperature": [n / 10_000 for n in range(20_000)]}
    grid = study(situations="none", repeats=10, ways=ways)
    assert size_of(grid).n_administrations == ENORMOUS == 10**7
    with pytest.raises(StudyError) as caught:
        prepare(grid)
    assert str(caught.value).startswith("study: would take 10,000,000 administrations, 10,000,000 messages, about ")
    assert str(caught.value).endswith("; ask fewer forms (--forms N), situations or repeats; or pass --yes")
    with pytest.raises(StudyError, match=r"would take 10,000,000 administrations"):
        run(grid, tmp_path / "s.db")
    assert list(tmp_path.iterdir()) == []


def test_just_below_that_and_with_yes_it_goes_on(monkeypatch: pytest.MonkeyPatch, small_home: Path) -> None:
    asked = study(ways={"template": "all"}, baseline_repeats=2)
    n = size_of(asked).n_administrations
    monkeypatch.setattr(sys.modules["emotionbench.engine.run"], "ENORMOUS", n + 1)
    assert prepare(asked).plan.n_administrations == n
    monkeypatch.setattr(sys.modules["emotionbench.engine.run"], "ENORMOUS", n)
    with pytest.raises(StudyError, match=f"would take {n} administrations"):
        prepare(asked)
    assert prepare(asked, enormous=True).plan.n_administrations == n


def test_the_forms_to_look_at_are_some_of_those_asked(small_home: Path) -> None:
    ways = {"template": "all", "option_labels": "none,a,A,i,I", "option_order": "ascending,descending", "forms": 40}
    for asked in (study(ways=ways), study(ways={**ways, "persona": "none,hero,liar", "forms": 150}), study()):
        looked_at = sample_plan(asked).materials.forms
        everything = {form.id for form in materials_of(asked).forms}
        assert {form.id for form in looked_at} <= everything
        assert len(looked_at) == min(FORMS_READ, len(everything))


def test_what_does_not_exist_is_said_before_it_is_priced() -> None:
    with pytest.raises(EmotionBenchError, match="in language 'nl'"):
        Costs(study(situations="everyday", ways={"language": ["en", "nl"]}))
