"""What attempts took, summed by the database: on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from emotionbench.documents import content_hash
from emotionbench.materials import catalogue
from emotionbench.plan import Plan
from emotionbench.records import Administration, Attempt, Respondent, RespondentKind
from emotionbench.store import Store, batches, tokens, writing
from emotionbench.study import Study
from emotionbench.study_materials import materials_of

pytestmark = pytest.mark.xdist_group("postgres")

STUDY = Study(respondents=["x"], factors=["fear-1"], situations_per_factor=1, baseline_repeats=2)
WHO = Respondent.of(RespondentKind.LLM, "x", {"provider": "openai", "model": "gpt-4o-mini"})
PANAS = content_hash(catalogue.instrument("PANAS"))


def planned(store: Store, *who: Respondent) -> list[Administration]:
    """Two baselines and one situation for each respondent."""
    materials = materials_of(STUDY)
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, who)
    found = [a for session in Plan(STUDY, materials, who) for a in session]
    writing.save_administrations(store, found)
    return found


def attempt(administration: Administration, number: int = 1, **changes: Any) -> Attempt:
    counts = {"input_tokens": 100, "output_tokens": 40}
    return Attempt(
        administration=administration.id,
        number=number,
        request="{}",
        response="{}",
        reply="ok",
        error=None,
        error_kind=None,
        started_at="2026-11-21T10:00:00.000+00:00",
        seconds=1.0,
        **{**counts, **changes},
    )


def failed(administration: Administration, number: int) -> Attempt:
    counted = attempt(administration, number, input_tokens=None, output_tokens=None)
    return replace(counted, response=None, reply=None, error="no", error_kind="server")


def test_sums_by_cell(any_store: Store) -> None:
    one, two, after = planned(any_store, WHO)
    rows = [
        failed(one, 1),
        attempt(one, 2, cached_tokens=60, reasoning_tokens=30),
        attempt(two, 1, input_tokens=50, cached_tokens=80),  # more in the cache than was sent
        attempt(after, 1, output_tokens=None),
    ]
    writing.append_attempts(any_store, rows)
    without, evoked = sorted(tokens.usages(any_store), key=lambda usage: usage.condition)
    assert without.cell == (WHO.id, PANAS, "independent", "baseline", None)
    assert (without.n_attempts, without.n_failed, without.n_uncounted) == (3, 1, 0)
    assert (without.input_tokens, without.output_tokens) == (150, 80)
    assert (without.cached_tokens, without.reasoning_tokens) == (110, 30)
    assert not without.batched
    # what was counted by half is not in the sums
    assert (evoked.n_attempts, evoked.n_uncounted, evoked.input_tokens, evoked.cached_tokens) == (1, 1, 0, None)
    assert evoked.situation == after.situation
    assert tokens.n_administrations(any_store) == {without.cell: 2, evoked.cell: 1}


def test_what_brought_no_reply_is_no_administration_but_its_attempts_count(any_store: Store) -> None:
    one, two, after = planned(any_store, WHO)
    writing.append_attempts(any_store, [attempt(one), failed(two, 1), failed(after, 1)])
    assert sum(tokens.n_administrations(any_store).values()) == 1
    assert sum(usage.n_attempts for usage in tokens.usages(any_store)) == 3
    assert tokens.answered_since(any_store, "2000") == {one.id}
    assert tokens.answered_since(any_store, "3000") == set()


def test_since_and_whose(any_store: Store) -> None:
    other = Respondent.of(RespondentKind.LLM, "y", {})
    cells = planned(any_store, WHO, other)
    later = "2026-11-21T11:00:00.000+00:00"
    own = [a for a in cells if a.respondent == WHO.id]
    writing.append_attempts(any_store, [attempt(own[0]), replace(attempt(own[1]), started_at=later)])
    writing.append_attempts(any_store, [attempt(a) for a in cells if a.respondent == other.id])
    assert sum(usage.n_attempts for usage in tokens.usages(any_store)) == 5
    (only,) = tokens.usages(any_store, since=later, respondents=[WHO.id])
    assert only.n_attempts == 1
    assert tokens.usages(any_store, respondents=[]) == []


def test_the_dearest_administrations_of_a_kind(any_store: Store) -> None:
    other = Respondent.of(RespondentKind.LLM, "y", {})
    one, two, after, *others = planned(any_store, WHO, other)
    rows = [
        failed(one, 1),
        attempt(one, 2, cached_tokens=60),
        attempt(one, 3, input_tokens=10, output_tokens=1),  # asked again
        attempt(two, 1, input_tokens=50, output_tokens=90, cached_tokens=80),
        attempt(after, 1, input_tokens=None),  # not counted
        attempt(others[0]),
    ]
    writing.append_attempts(any_store, rows)
    (found,) = tokens.dearest(any_store, [WHO.id])
    assert (found.respondent, found.instrument, found.form, found.condition) == (WHO.id, PANAS, None, "baseline")
    assert (found.n, found.tokens) == (2, 151)
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (110, 90, 50)


def test_people_take_no_tokens(any_store: Store) -> None:
    people = Respondent.of(RespondentKind.HUMAN, "people", {})
    writing.append_attempts(any_store, [attempt(a) for a in planned(any_store, people)])
    assert tokens.usages(any_store) == []
    assert tokens.n_administrations(any_store) == {}


def test_what_came_of_a_batch_stands_apart(any_store: Store) -> None:
    one, two, after = planned(any_store, WHO)
    batch = batches.Batch("b" * 32, WHO.id, None, None, None, batches.WRITING, 0, "2026-11-21T09:00:00.000+00:00")
    batches.begin(any_store, batch)
    batches.add(any_store, batch.id, [batches.Asked(a.id, 1, "{}") for a in (one, two, after)])
    batches.seal(any_store, batch.id, batch.submitted_at)
    # one was tried before there was a batch, two was asked live after all
    writing.append_attempts(any_store, [failed(one, 1), attempt(two)])
    assert batches.collect(any_store, batch.id, [attempt(one), attempt(after)]) == 2
    found = {(usage.condition, usage.batched): usage.n_attempts for usage in tokens.usages(any_store)}
    assert found == {("baseline", False): 2, ("baseline", True): 1, ("evoked", True): 1}
    assert sum(tokens.n_administrations(any_store).values()) == 3


def test_the_mean_of_messages_by_putting(any_store: Store) -> None:
    one, two, after = planned(any_store, WHO)
    rows = [
        failed(one, 1),
        attempt(one, 2, cached_tokens=60, reasoning_tokens=30),
        attempt(two, 1, input_tokens=50),
        attempt(after, 1, input_tokens=None),
    ]
    writing.append_attempts(any_store, rows)
    (found,) = tokens.measured(any_store, ["x", "nobody"])
    assert (found.name, found.instrument, found.form, found.after_situation, found.n) == ("x", PANAS, None, False, 2)
    assert (found.input_tokens, found.output_tokens) == (75, 40)
    assert (found.cached_tokens, found.reasoning_tokens) == (30, 15)
    assert tokens.measured(any_store, ["nobody"]) == []
