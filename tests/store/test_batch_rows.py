"""Batches in the store: written down before they are sent, each request one attempt, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from emotionbench.engine.frame import save_facts
from emotionbench.engine.run import prepare
from emotionbench.records import Administration, Attempt
from emotionbench.store import Store, batches, reading, schema
from emotionbench.store.claims import Worker
from emotionbench.study import Study

pytestmark = pytest.mark.xdist_group("postgres")
NOW = "2026-11-21T10:00:00.000+00:00"


@pytest.fixture
def asked(any_store: Store) -> list[Administration]:
    save_facts(prepare(Study(respondents="constant", factors=["anger-1"])), any_store)
    return list(reading.administrations(any_store))


def written(store: Store, worker: Worker, asked: list[Administration], *, sealed: bool = True) -> batches.Batch:
    batch = batches.Batch("b" * 32, asked[0].respondent, worker.id, None, None, batches.WRITING, 0, NOW)
    batches.begin(store, batch)
    for half in (asked[::2], asked[1::2]):
        batches.add(store, batch.id, [batches.Asked(a.id, 1, '{"n": 1}') for a in half])
    if sealed:
        batches.seal(store, batch.id, NOW)
    return batch


def attempt(administration: Administration, part: int = 1) -> Attempt:
    return Attempt(administration.id, 1, "{}", "{}", "3", None, None, NOW, 5.0, part=part)


def test_a_batch_is_what_was_written(any_store: Store, asked: list[Administration]) -> None:
    worker = Worker(any_store)
    batch = written(any_store, worker, asked)
    rows = list(batches.requests(any_store, batch.id))
    assert [row.administration for row in rows] == sorted(a.id for a in asked)
    assert {row.body for row in rows} == {'{"n": 1}'}
    (shown,) = batches.open_batches(any_store)
    assert (shown.respondent, shown.n_requests, shown.submitted_at) == ("constant", len(asked), NOW)
    assert batches.in_open_batches(any_store, [a.id for a in asked[:3]]) == {a.id for a in asked[:3]}


def test_requests_come_in_order_across_pages(
    any_store: Store, asked: list[Administration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 7)
    batch = written(any_store, Worker(any_store), asked)
    batches.add(any_store, batch.id, [batches.Asked(a.id, 2, "{}") for a in asked[:9]])
    keys = [(row.administration, row.part) for row in batches.requests(any_store, batch.id)]
    assert keys == sorted(keys)
    assert len(keys) == len(asked) + 9


def test_who_dies_leaves_open_batches_to_the_next_and_unsent_ones_to_nobody(
    any_store: Store, asked: list[Administration]
) -> None:
    one, two = Worker(any_store), Worker(any_store)
    batch = written(any_store, one, asked[:10])
    unsent = replace(batch, id="c" * 32)
    batches.begin(any_store, unsent)
    batches.add(any_store, unsent.id, [batches.Asked(a.id, 1, "{}") for a in asked[10:]])
    assert batches.take_over(any_store, batch.respondent, two.id) == []
    one.leave()
    (taken,) = batches.take_over(any_store, batch.respondent, two.id)
    assert (taken.id, taken.worker, taken.n_requests) == (batch.id, two.id, 10)
    assert list(batches.requests(any_store, unsent.id)) == []
    assert batches.in_open_batches(any_store, [a.id for a in asked]) == {a.id for a in asked[:10]}


def test_what_came_is_kept_once_and_numbered_behind_what_there_was(
    any_store: Store, asked: list[Administration]
) -> None:
    batch = written(any_store, Worker(any_store), asked)
    batches.add(any_store, batch.id, [batches.Asked(asked[0].id, 2, "{}")])
    assert batches.collect(any_store, batch.id, [attempt(a) for a in asked[:5]]) == 5
    again = [attempt(asked[0], part=2), *(attempt(a) for a in asked[:5]), attempt(asked[5]), attempt(asked[5])]
    assert batches.collect(any_store, batch.id, again) == 2
    assert [(a.number, a.part) for a in reading.attempts(any_store, asked[0].id)] == [(1, 1), (2, 2)]
    assert len(reading.attempts(any_store, asked[5].id)) == 1
    assert set(batches.awaited(any_store, batch.id, [a.id for a in asked])) == {(a.id, 1) for a in asked[6:]}
    assert batches.unanswered(any_store, batch.id) == {a.id for a in asked[6:]}
    assert batches.close(any_store, batch.id) == batches.COLLECTED
    with any_store.reading() as connection:
        found = {(row.administration, row.number) for row in connection.execute(batches.batched_attempts())}
        assert set(connection.execute(select(schema.batch_request.c.body)).scalars()) == {None}
    assert found == {(a.id, 1) for a in asked[:6]} | {(asked[0].id, 2)}
    assert batches.in_open_batches(any_store, [a.id for a in asked]) == set()


def test_a_batch_of_which_nothing_came_is_lost(any_store: Store, asked: list[Administration]) -> None:
    batch = written(any_store, Worker(any_store), asked)
    assert batches.close(any_store, batch.id) == batches.LOST
    assert batches.open_batches(any_store) == []


def test_only_what_the_provider_never_took_is_discarded(any_store: Store, asked: list[Administration]) -> None:
    batch = written(any_store, Worker(any_store), asked)
    batches.note_file(any_store, batch.id, "file-1")
    batches.note_taken(any_store, batch.id, "batch_1")
    batches.discard(any_store, batch.id)
    (shown,) = batches.open_batches(any_store)
    assert shown.provider_id == "batch_1"
    other = replace(batch, id="d" * 32)
    batches.begin(any_store, other)
    batches.discard(any_store, other.id)
    assert len(batches.open_batches(any_store)) == 1
