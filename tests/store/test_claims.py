"""Claims: nobody else's while their holder lives, free as soon as it is dead."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from emotionbench.store import Store, schema
from emotionbench.store.claims import LEASE, Worker

pytestmark = pytest.mark.xdist_group("postgres")
SESSIONS = [f"{number:032d}" for number in range(40)]


def became(store: Store, worker: Worker, **changes: object) -> None:
    with store.writing() as connection:
        connection.execute(update(schema.worker).where(schema.worker.c.id == worker.id).values(**changes))


def test_a_claim_is_held_by_one(any_store: Store) -> None:
    one, two = Worker(any_store), Worker(any_store)
    assert one.claim(SESSIONS[:10]) == set(SESSIONS[:10])
    assert two.claim(SESSIONS[5:15]) == set(SESSIONS[10:15])
    two.beat()
    assert two.claim(SESSIONS[:5]) == set()
    one.leave()
    assert two.claim(SESSIONS[:5]) == set(SESSIONS[:5])


def test_many_at_once_share_without_overlap(any_store: Store) -> None:
    workers = [Worker(any_store) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        gained = list(pool.map(lambda worker: worker.claim(SESSIONS), workers))
    assert sum(map(len, gained)) == len(SESSIONS)
    assert set().union(*gained) == set(SESSIONS)


def test_claims_of_a_dead_process_lapse_at_once(any_store: Store) -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    dead, alive = Worker(any_store), Worker(any_store)
    dead.claim(SESSIONS)
    became(any_store, dead, pid=int(gone.stdout))
    alive.beat()
    assert alive.claim(SESSIONS) == set(SESSIONS)


def test_claims_of_a_silent_machine_lapse_after_the_lease(any_store: Store) -> None:
    away, here = Worker(any_store), Worker(any_store)
    away.claim(SESSIONS)
    became(any_store, away, machine="elsewhere", pid=os.getpid())
    here.beat()
    assert here.claim(SESSIONS) == set()
    became(any_store, away, seen_at=time.time() - LEASE - 1)
    here.beat()
    assert here.claim(SESSIONS) == set(SESSIONS)
