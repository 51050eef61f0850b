"""Facts in and out, on SQLite and PostgreSQL: what was written is what is read; a second delivery does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from emotionbench.analysis import analyse
from emotionbench.engine import run
from emotionbench.errors import StoreError
from emotionbench.materials import catalogue
from emotionbench.plan import Plan
from emotionbench.records import Attempt, Respondent, RespondentKind
from emotionbench.store import Store, reading, writing
from emotionbench.study import Study
from emotionbench.study_materials import materials_of
from emotionbench.verification import verify
from engine_helpers import study
from mock_server import MockServer

pytestmark = pytest.mark.xdist_group("postgres")

STUDY = Study(respondents=["x"], factors=["fear-1"], design="paired")
WHO = Respondent.of(RespondentKind.LLM, "x", {"temperature": 0.5, "extra": {"ü": [1, None]}})


def planned(store: Store) -> Plan:
    materials = materials_of(STUDY)
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, [WHO])
    plan = Plan(STUDY, materials, (WHO,))
    writing.save_administrations(store, [a for session in plan for a in session])
    return plan


def attempt(administration: str, number: int = 1, reply: str | None = "ok") -> Attempt:
    failed = reply is None
    return Attempt(
        administration=administration,
        number=number,
        request='{"é": "\\u0000 kept as text"}',
        response=reply,
        reply=reply,
        error="server said no" if failed else None,
        error_kind="server" if failed else None,
        started_at="2026-01-01T00:00:00+00:00",
        seconds=0.25,
        input_tokens=7,
    )


def test_what_is_written_is_what_is_read(any_store: Store) -> None:
    plan = planned(any_store)
    expected = sorted((a for session in plan for a in session), key=lambda a: a.id)
    assert list(reading.administrations(any_store)) == expected
    assert reading.respondents(any_store) == {WHO.id: WHO}
    stored = reading.materials(any_store)
    assert list(stored.instruments.values()) == [catalogue.instrument("PANAS")]
    assert list(stored.instruments[expected[0].instrument].subscales) == ["positive", "negative"]
    tries = (attempt(expected[0].id, 1, None), attempt(expected[0].id, 2, "fünf"))
    writing.append_attempts(any_store, tries)
    assert reading.attempts(any_store, expected[0].id) == tries
    assert reading.progress(any_store, [a.id for a in expected]) == {
        expected[0].id: reading.Progress(2, {1: ("fünf",)})
    }
    assert reading.find(any_store, expected[0].id[:10].upper()) == expected[0]


def test_a_second_delivery_changes_nothing(any_store: Store) -> None:
    plan = planned(any_store)
    planned(any_store)
    (first, _), *_ = plan
    writing.append_attempts(any_store, [attempt(first.id)])
    writing.append_attempts(any_store, [replace(attempt(first.id), reply="another", response="another")])
    assert [found.reply for found in reading.attempts(any_store, first.id)] == ["ok"]
    assert sum(account.n_planned for account in reading.accounts(any_store)) == plan.n_administrations


def test_an_attempt_with_neither_response_nor_error_is_refused_whole(any_store: Store) -> None:
    (first, second), *_ = planned(any_store)
    bad = replace(attempt(second.id), response=None, reply=None)
    with pytest.raises(StoreError):
        writing.append_attempts(any_store, [attempt(first.id), bad])
    assert reading.attempts(any_store, first.id) == ()


def test_ids_that_are_unclear_say_so(any_store: Store) -> None:
    planned(any_store)
    for prefix, said in (("ab", "too short"), ("zzzz", "no administration"), ("%%%%", "no administration")):
        with pytest.raises(StoreError, match=said):
            reading.find(any_store, prefix)


def test_a_study_runs_resumes_and_verifies(any_store: Store, mock_server: Callable[..., MockServer]) -> None:
    server = mock_server("--fault", "400:0.3")
    first = run(study(server.url), any_store)
    assert 0 < first.n_failed < 32
    again = run(study(mock_server().url), any_store)
    assert (again.n_earlier, again.n_answered, again.n_open) == (first.n_answered, first.n_failed, 0)
    assert list(verify(any_store)) == []
    (block,) = analyse(any_store).changes()
    assert (block.n_baseline, block.rows[0].n) == (20, 12)
