"""What a study takes, said before anything is asked: beside what is then sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from emotionbench.documents import content_hash
from emotionbench.engine import prepare, run
from emotionbench.engine.cost import BY_TEXT, FORMS_READ, Costs, sample_plan
from emotionbench.engine.lane import Wordings
from emotionbench.engine.run import ENORMOUS
from emotionbench.engine.token_estimate import tokens_of
from emotionbench.errors import EmotionBenchError, StudyError
from emotionbench.fractions import smallest_n
from emotionbench.store import Store, reading
from emotionbench.store.tokens import Measured
from emotionbench.study import Study
from emotionbench.study_materials import materials_of, size_of


def study(**changes: Any) -> Study:
    return Study(**{"respondents": "constant", "situations": "tiny", "instruments": "PANAS", **changes})


def sent(path: Path) -> tuple[int, float, float]:
    """Messages sent, and the estimated tokens of prompts and of replies, of everything in a store."""
    n_messages, n_in, n_out = 0, 0.0, 0.0
    with Store(path) as store:
        for administration in reading.administrations(store):
            for attempt in reading.attempts(store, administration.id):
                n_messages += 1
                n_in += sum(tokens_of(message["content"]) for message in json.loads(attempt.request))
                n_out += tokens_of(attempt.reply or "")
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
    n_messages, n_in, n_out = sent(tmp_path / "s.db")
    assert said.size == size_of(asked)
    assert (said.size.n_administrations, said.n_messages) == (tally.n_planned, n_messages)
    # everything of so small a study is read
    assert said.input_tokens == pytest.approx(n_in, rel=0.01)
    assert said.output_tokens == pytest.approx(n_out, rel=0.01)


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
    n_messages, n_in, n_out = sent(tmp_path / "s.db")
    assert said.n_messages == n_messages
    assert said.input_tokens == pytest.approx(n_in, rel=0.03)
    assert said.output_tokens == pytest.approx(n_out, rel=0.03)


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


MODEL = "openai/gpt-4o-mini"


def pilot(asked: Study, name: str = MODEL, **changes: Any) -> list[Measured]:
    """As if ten messages of each putting of a study had been measured, before and after situations."""
    found = []
    for way in materials_of(asked).ways:
        form = content_hash(way.form) if way.form else None
        for after in (False, True):
            putting = (name, content_hash(way.instrument), content_hash(way.protocol), form, after)
            means = {"input_tokens": 500.0, "output_tokens": 900.0, "cached_tokens": 100.0, "reasoning_tokens": 800.0}
            found.append(Measured(*putting, n=10, **{**means, **changes}))
    return found


def test_a_pilot_says_what_messages_like_it_take(small_home: Path) -> None:
    asked = study(respondents=MODEL)
    (cost,) = Costs(asked).by_respondent(pilot(asked))
    n = size_of(asked).n_administrations
    assert (cost.input_tokens, cost.output_tokens) == (500 * n, 900 * n)
    assert (cost.cached_tokens, cost.reasoning_tokens) == (100 * n, 800 * n)
    assert (cost.basis, cost.share_measured) == ("20 answers in the store", 1)
    # 0.15 and, from the cache, 0.075 dollars a million in, 0.6 out; reasoning is part of what is billed as output
    assert cost.dollars == pytest.approx(n * (400 * 0.15 + 100 * 0.075 + 900 * 0.6) / 1e6)


def test_without_a_pilot_nothing_is_said_of_caches_and_reasoning(small_home: Path) -> None:
    asked = study(respondents=MODEL)
    costs = Costs(asked)
    (cost,) = costs.by_respondent(pilot(asked, name="somebody else"))
    assert (cost.cached_tokens, cost.reasoning_tokens, cost.basis) == (None, None, BY_TEXT)
    assert (cost.input_tokens, cost.output_tokens) == (costs.whole.input_tokens, costs.whole.output_tokens)


def test_what_a_model_reasoned_elsewhere_is_added_to_what_was_not_measured(small_home: Path) -> None:
    asked, other = study(respondents=MODEL, instruments="MOOD-6", protocol="plain-en"), study(respondents=MODEL)
    plain = Costs(asked).by_respondent()[0]
    (cost,) = Costs(asked).by_respondent(pilot(other))
    assert cost.input_tokens == plain.input_tokens
    assert cost.output_tokens == pytest.approx(plain.output_tokens + 800 * cost.n_messages, abs=1)
    assert cost.reasoning_tokens == 800 * cost.n_messages
    assert cost.basis == f"{BY_TEXT}, with the reasoning of 20 answers in the store"


def test_a_pilot_of_some_forms_counts_for_those(small_home: Path) -> None:
    both, one = ({"template": templates} for templates in ("plain,brief", "plain"))
    asked = study(respondents=MODEL, ways=both)
    (cost,) = Costs(asked).by_respondent(pilot(study(respondents=MODEL, ways=one)))
    assert cost.share_measured == pytest.approx(0.5)
    assert cost.basis == f"20 answers in the store for 50 % of the messages, else {BY_TEXT}"


def test_each_respondent_has_its_own_price(small_home: Path) -> None:
    asked = study(respondents=[MODEL, "compatible/x", "vllm/m", "constant", {"id": "openai/gpt-4o", "name": "big"}])
    found = {cost.respondent: cost for cost in Costs(asked).by_respondent()}
    assert list(found) == [MODEL, "compatible/x", "vllm/m", "constant", "big"]
    assert (found["compatible/x"].dollars, found["compatible/x"].why) == (None, "no price is known")
    assert (found["vllm/m"].dollars, found["constant"].dollars) == (0, 0)
    assert [cost.is_embedded for cost in found.values()] == [False, False, False, True, False]
    assert (found["big"].dollars or 0) > 10 * (found[MODEL].dollars or 1)


def test_a_batch_costs_half(small_home: Path) -> None:
    costs = Costs(study(respondents=MODEL))
    live, batched = (costs.by_respondent(batched=flag)[0] for flag in (False, True))
    assert (batched.dollars or 0) == pytest.approx((live.dollars or 1) / 2)
    assert batched.input_tokens == live.input_tokens


def test_answers_read_as_probabilities_bring_one_token_each(small_home: Path) -> None:
    whole = Costs(study(respondents=MODEL, ways={"answers": ["logprobs"]})).whole
    assert whole.n_messages == 20 * whole.size.n_administrations
    assert whole.output_tokens < 1.5 * whole.n_messages
