"""Many rows at once: more than one statement holds, some of them there already."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from emotionbench.store import Store, reading, schema
from emotionbench.store.among import among, keys
from emotionbench.store.claims import Worker
from emotionbench.store.writing import ROWS_OF_A_STATEMENT, add_new

pytestmark = pytest.mark.xdist_group("postgres")
N = 2 * ROWS_OF_A_STATEMENT + 50


def claimed(worker: Worker, numbers: range) -> list[dict[str, object]]:
    return [{"administration": f"{number:032d}", "worker": worker.id} for number in numbers]


def test_only_rows_that_are_not_there_are_added_and_counted(any_store: Store) -> None:
    one, two = Worker(any_store), Worker(any_store)
    with any_store.writing() as connection:
        assert add_new(connection, schema.claim, []) == 0
        assert add_new(connection, schema.claim, claimed(one, range(7))) == 7
        assert add_new(connection, schema.claim, claimed(two, range(N))) == N - 7
        assert add_new(connection, schema.claim, claimed(two, range(N))) == 0
        held = schema.claim.c.worker == one.id
        assert connection.execute(select(func.count()).where(held)).scalar_one() == 7
        assert connection.execute(select(func.count()).select_from(schema.claim)).scalar_one() == N


def test_rows_whose_key_is_one_of_many(any_store: Store) -> None:
    worker = Worker(any_store)
    wanted = [f"{number:032d}" for number in range(0, 3 * N, 3)]
    with any_store.writing() as connection:
        add_new(connection, schema.claim, claimed(worker, range(N)))
        query = select(schema.claim.c.administration).where(
            among(connection.dialect.name, schema.claim.c.administration)
        )
        assert set(connection.execute(query, keys(connection, wanted)).scalars()) == set(wanted[: -(-N // 3)])
        assert connection.execute(query, keys(connection, [])).all() == []
    assert reading.progress(any_store, wanted) == {}
