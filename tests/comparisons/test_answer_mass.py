"""What is said of answers read as probabilities, from stores in which a model told what it would answer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from emotionbench import analyse
from emotionbench.comparisons.answer_mass import NOT_TOLD, NOTHING_READ, AnswerMass
from emotionbench.parsing.probabilities import Why
from emotionbench.records import Administration
from report_helpers import make_store
from told_helpers import Told, known, listed, make_read, make_told


def masses(path: Path, told: Told | None = None) -> dict[str, AnswerMass]:
    """By condition."""
    found = analyse(make_told(path, told) if told else make_read(path, respondents=["uniform"]))
    return {one.condition: one for one in found.findings(sections=["masses"]).masses}


def test_where_every_answer_was_drawn_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert analyse(make_store(tmp_path / "s.db")).findings(sections=["masses"]).masses == ()


def test_exact_answers_have_all_the_mass_and_the_sd_of_their_draws(tmp_path: Path) -> None:
    found = masses(tmp_path / "s.db")
    assert list(found) == ["baseline", "evoked"]
    baseline = found["baseline"]
    assert (baseline.n_administrations, baseline.n_items, baseline.n_read, baseline.unread) == (3, 60, 60, {})
    assert (baseline.mean_mass, baseline.lowest_mass, baseline.n_low, baseline.n_untold) == (1, 1, 0, 0)
    assert [(one.subscale, one.n) for one in baseline.spread] == [("positive", 3), ("negative", 3)]
    assert [one.sd for one in baseline.spread] == pytest.approx([math.sqrt(20)] * 2)
    assert (baseline.why, baseline.flag) == (None, None)


def test_lost_mass_is_counted_and_flagged(tmp_path: Path) -> None:
    """Item 2 is answered half of the time after imagining, item 3 never, the others with 0.95."""

    def told(one: Administration, item: int) -> str:
        is_evoked = one.situation is not None
        if item == 3 and is_evoked:
            return listed(item, {"I": 0.9})
        share = 0.1 if item == 2 and is_evoked else 0.19
        return listed(item, dict.fromkeys("12345", share))

    found = masses(tmp_path / "s.db", told)
    baseline, evoked = found["baseline"], found["evoked"]
    assert (baseline.n_low, baseline.flag) == (0, None)
    assert (evoked.n_items, evoked.n_read, evoked.unread) == (20, 19, {Why.NOWHERE.value: 1})
    assert evoked.mean_mass == pytest.approx((0.5 + 18 * 0.95) / 19)
    assert (evoked.lowest_mass, evoked.n_low) == (pytest.approx(0.5), 1)
    assert evoked.flag is not None
    assert evoked.flag.text == (
        "mass under 0.9 in 2 of 20 items after the situations (1 of them with no answer among the likeliest tokens):"
        " the model would often have answered something else"
    )
    assert evoked.flag.extent == pytest.approx(2 / 20)
    sd = {one.subscale: (one.n, one.sd, one.why) for one in evoked.spread}
    # item 3 is of positive affect, which therefore has no score
    assert sd == {"positive": (0, None, "no score"), "negative": (1, pytest.approx(math.sqrt(20)), None)}


def test_a_model_that_never_thinks_of_answers_is_flagged_though_no_mass_is_known(tmp_path: Path) -> None:
    found = masses(tmp_path / "s.db", lambda _, item: listed(item, {"I": 0.9, "As": 0.05}))["baseline"]
    assert (found.n_read, found.mean_mass, found.why) == (0, None, NOTHING_READ)
    assert found.flag is not None
    assert found.flag.text.startswith("mass under 0.9 in 40 of 40 items before the situations (40 of them with no")
    assert found.flag.extent == 1


def test_mass_behind_a_constraint_is_not_told_and_no_zero(tmp_path: Path) -> None:
    def told(_: Administration, item: int) -> str:
        return known(
            item, {"3": 1.0}, source="masked" if item > 5 else "anchors", **({"mass": 0.8} if item == 1 else {})
        )

    found = masses(tmp_path / "a.db", told)["baseline"]
    assert (found.n_read, found.n_untold, found.n_told, found.n_low) == (40, 38, 2, 2)
    assert (found.mean_mass, found.why) == (pytest.approx(0.8), None)
    none = masses(tmp_path / "b.db", lambda _, item: known(item, {"3": 1.0}, source="masked"))["baseline"]
    assert (none.mean_mass, none.lowest_mass, none.why, none.flag) == (None, None, NOT_TOLD, None)


def test_nothing_read_at_all_says_so(tmp_path: Path) -> None:
    found = masses(tmp_path / "s.db", lambda _, item: None)["baseline"]
    assert (found.n_items, found.n_read, found.mean_mass, found.why) == (40, 0, None, NOTHING_READ)
    assert found.unread == {Why.ABSENT.value: 40}


def test_forms_and_respondents_stand_apart(tmp_path: Path) -> None:
    ways = {"answers": ["drawn", "logprobs"], "option_labels": ["none", "a"]}
    found = analyse(make_read(tmp_path / "s.db", ways=ways)).findings(sections=["masses"]).masses
    settings = [(one.respondent, one.protocol, one.condition) for one in found]
    forms = ["option_labels a · answers logprobs", "option_labels none · answers logprobs"]
    conditions = ["baseline", "evoked"]
    assert settings == [(who, form, when) for who in ("constant", "uniform") for form in forms for when in conditions]
