"""Precision instead of repeats: rows reach what was wanted, only what is chosen is asked, and a run goes on."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from emotionbench.analysis import analyse
from emotionbench.engine import Tally, prepare, run
from emotionbench.engine.adaptive import Narrowing
from emotionbench.engine.budget import MOST_REPEATS, with_most_repeats
from emotionbench.engine.frame import save_facts
from emotionbench.errors import StudyError
from emotionbench.plan import Session
from emotionbench.store import Store, schema
from emotionbench.study import Study
from engine_helpers import n_rows
from pool_respondent import Pool

PLANTED = {"id": "planted", "settings": {"noise": 1.0, "change": {"anger": 4, "fear": 2}}}


def study(wanted: float | None, per: str = "emotion", **changes: Any) -> Study:
    """Anger and fear, asked of a respondent with known noise, as precisely as is wanted."""
    execution = {"precision": wanted, "precision_per": per, **changes.pop("execution", {})}
    return Study(**{"respondents": [PLANTED], "emotions": ["anger", "fear"], "execution": execution, **changes})


def half_widths(store: Path, kind: str) -> dict[str, float]:
    """The widest half-width of every row, as the tables have it."""
    (block,) = analyse(store).changes(by="factor")
    rows = [row for row in block.rows if row.kind == kind]
    return {
        str(row.factor or row.emotion): max((c.high or 0) - (c.low or 0) for c in row.contrasts.values()) / 2
        for row in rows
    }


@pytest.mark.parametrize("design", ["independent", "paired"])
def test_every_row_reaches_what_is_wanted_and_a_second_run_asks_nothing(design: str, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    wanted = study(1.5, design=design)
    outcome = run(wanted, store)
    assert {one.label: one.outcome for one in outcome.standings} == {"anger": "reached", "fear": "reached"}
    found = half_widths(store, "emotion")
    for one in outcome.standings:
        assert one.half_width == pytest.approx(found[one.label])
        assert found[one.label] <= 1.5
    assert outcome.n_answered == outcome.n_planned == n_rows(store, "administration") == n_rows(store, "attempt")
    again = run(wanted, store)
    assert (again.n_answered, again.n_earlier) == (0, outcome.n_answered)
    assert again.standings == outcome.standings


def test_more_is_asked_where_more_is_wanted_and_the_full_study_asks_the_rest(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    coarse = run(study(1.8, repeats=2), store)
    fine = run(study(1.1, repeats=2), store)
    assert fine.n_answered > 0
    assert fine.n_earlier >= coarse.n_answered
    whole = run(study(None, repeats=2), store)
    assert whole.n_earlier == fine.n_earlier + fine.n_answered
    assert whole.n_earlier + whole.n_answered == whole.n_planned == n_rows(store, "administration")


def test_factors_are_rows_of_their_own(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    outcome = run(study(2.5, "factor", emotions=["anger"]), store)
    found = half_widths(store, "factor")
    assert {one.label: one.half_width for one in outcome.standings} == pytest.approx(found)
    assert all(width <= 2.5 for width in found.values())


def test_what_is_out_of_reach_is_said_and_not_asked_to_the_end(tmp_path: Path) -> None:
    outcome = run(study(0.01, emotions=["anger"], repeats=4), tmp_path / "store.db")
    (anger,) = outcome.standings
    assert anger.outcome in ("nearly", "all asked")
    assert len(outcome.notes) == 1
    assert "± 0.01 is out of reach: about ± " in outcome.notes[0]
    assert "is what all 4 repeats would give for anger" in outcome.notes[0]


def test_a_budget_ends_it_and_the_same_study_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    limited = study(1.5, execution={"max_administrations": 40})
    first = run(limited, store)
    assert (first.n_answered, first.ended) == (40, "--max-administrations 40: 40 administrations asked")
    runs = [run(limited, store) for _ in range(10)]
    assert runs[-1].ended is None
    assert {one.outcome for one in runs[-1].standings} == {"reached"}


def test_answers_without_noise_are_asked_once(tmp_path: Path) -> None:
    steady = {"id": "lexicon"}
    outcome = run(study(1.0, respondents=[steady], emotions=["anger"], repeats=8), tmp_path / "store.db")
    (anger,) = outcome.standings
    assert anger.n_administrations < 2 * anger.n_situations


def test_probabilities_need_no_repeats(tmp_path: Path) -> None:
    read = study(0.5, respondents=["uniform"], emotions=["anger"], ways={"answers": "logprobs"})
    store = tmp_path / "store.db"
    outcome = run(read, store)
    (anger,) = outcome.standings
    assert anger.outcome == "reached"
    assert anger.half_width == pytest.approx(0.0, abs=1e-6)
    assert anger.n_situations == anger.n_administrations


def test_every_form_and_every_respondent_has_rows_of_its_own(tmp_path: Path) -> None:
    other = {**PLANTED, "name": "noisy", "settings": {"noise": 2.0}}
    asked = study(2.5, respondents=[PLANTED, other], emotions=["anger"], ways={"template": "plain,brief"})
    outcome = run(asked, tmp_path / "store.db")
    assert len({(one.names.respondent, one.names.protocol) for one in outcome.standings}) == 4
    assert {one.outcome for one in outcome.standings} == {"reached"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"situations_per_factor": 1, "per": "factor"},
            r"anger-1 has 5 situations, one a factor.*precision-per emotion",
        ),
        ({"factors": ["anger-1"], "situations_per_factor": 1}, r"anger has 1 situation: nothing says.*two situations"),
        ({"baseline_repeats": 1}, r"fewer than two baselines.*baseline_repeats"),
        ({"situations": "none", "emotions": None}, r"without situations there is no change"),
        ({"ways": {"probe": "recite_items"}}, r"a probe has no change"),
    ],
)
def test_what_can_have_no_interval_is_refused_before_asking(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    given = {"emotions": ["anger"], **changes}
    with pytest.raises(StudyError, match=message):
        run(study(1.0, given.pop("per", "emotion"), **given), tmp_path / "store.db")
    assert list(tmp_path.iterdir()) == []


def test_a_look_reads_only_what_came_since_the_one_before(tmp_path: Path) -> None:
    wanted, path = study(1.1, repeats=4), tmp_path / "store.db"
    outcome = run(wanted, path)
    prepared = prepare(wanted)
    with Store(path) as store:
        narrowing = Narrowing(prepared.study, prepared.plan, prepared.plan.respondents[0], store)
        narrowing.first()
        with store.writing() as connection:  # whoever reads the store again finds no answers
            connection.execute(update(schema.attempt).values(reply="I have no feelings."))
        assert not narrowing.next()
    assert narrowing.standings == outcome.standings


def test_what_has_no_reply_yet_is_looked_at_again(tmp_path: Path) -> None:
    wanted, path = prepare(study(1.1, repeats=4)), tmp_path / "store.db"
    (respondent,) = wanted.plan.respondents
    with Store(path) as store:
        save_facts(wanted, store)
        narrowing = Narrowing(wanted.study, wanted.plan, respondent, store)
        wave = list(narrowing.first())
        assert not narrowing.next()  # another process is asking all of it
        assert len(narrowing.standings) == 0
        run(study(None, repeats=4), store)
        narrowing.next()
        assert sum(one.n_administrations for one in narrowing.standings) >= len(wave) - n_baselines(wave)


def n_baselines(wave: list[Session]) -> int:
    return sum(session[0].situation is None for session in wave)


def test_what_others_ask_meanwhile_counts_in_the_end(tmp_path: Path) -> None:
    path, others = tmp_path / "store.db", [study(None, seed=5, repeats=1)]

    def ask_as_another(tally: Tally) -> None:
        if tally.n_answered and others:
            run(others.pop(), path)

    outcome = run(study(1.1), path, ask_as_another)
    assert {one.label: one.half_width for one in outcome.standings} == pytest.approx(half_widths(path, "emotion"))


def test_the_sessions_of_a_plan_are_not_held(tmp_path: Path) -> None:
    wanted = prepare(study(1.0, repeats=500, emotions=None))
    assert wanted.plan.n_administrations > 200_000
    with Store(tmp_path / "store.db") as store:
        save_facts(wanted, store)
        tracemalloc.start()
        wave = Narrowing(wanted.study, wanted.plan, wanted.plan.respondents[0], store).first()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert 50 < len(list(wave)) < 1000
    assert peak < 20e6


def test_repeats_are_the_most_and_ten_where_nothing_is_said() -> None:
    assert with_most_repeats(study(1.0)).repeats == MOST_REPEATS == 10
    assert with_most_repeats(study(1.0, repeats=3)).repeats == 3
    assert with_most_repeats(study(None)).repeats == 1


def test_recorded_answers_of_a_real_model_need_fewer(upstream: Path, tmp_path: Path) -> None:
    pool = Pool.read(upstream, "davinci-003").shuffled(1)
    whole, part = tmp_path / "whole.db", tmp_path / "part.db"
    full = run(pool.prepared(), whole)
    asked = run(pool.prepared(execution={"precision": 0.01}), part)
    assert full.n_answered == 1800
    assert asked.n_answered <= 0.6 * full.n_answered
    wide, near = half_widths(whole, "emotion"), half_widths(part, "emotion")
    ratios = sorted(near[key] / wide[key] for key in wide)
    assert ratios[len(ratios) // 2] <= 1.05
