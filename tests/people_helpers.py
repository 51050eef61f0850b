"""People in a store, without the pages that they come through: a study, seven situations, sheets as they are sent."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from sqlalchemy import func, insert, select

from emotionbench.records import Administration, Attempt, Condition, Design, Putting
from emotionbench.store import Store, people, schema
from emotionbench.store.people import Arrival, Limits, Person, Sent

STUDY = "5" * 64
OTHER_STUDY = "6" * 64
CELLS = tuple(f"{number:064d}" for number in range(7))
INSTRUMENT, PROTOCOL, RESPONDENT = "a" * 64, "b" * 64, "c" * 32
NOW = 1_800_000_000.0
LAPSE = 3600.0
LIMITS = Limits(lapse=LAPSE)
STARTED = "2027-01-15T08:00:00+00:00"


def prepare(store: Store) -> None:
    """Put in what people's rows point to."""
    studies = [
        {"hash": one, "name": "s", "spec": "{}", "n_administrations": 0, "package_version": "0", "created_at": STARTED}
        for one in (STUDY, OTHER_STUDY)
    ]
    texts = [{"hash": cell, "kind": "situation", "name": cell[-1], "content": "{}"} for cell in CELLS]
    texts += [{"hash": one, "kind": "instrument", "name": one[0], "content": "{}"} for one in (INSTRUMENT, PROTOCOL)]
    with store.writing() as connection:
        connection.execute(insert(schema.study), studies)
        connection.execute(insert(schema.material), texts)
        connection.execute(
            insert(schema.respondent), [{"id": RESPONDENT, "kind": "human", "name": "people", "settings": "{}"}]
        )


def digits(label: object, n: int = 32) -> str:
    """Hexadecimal digits that look random and follow from a label."""
    return sha256(str(label).encode()).hexdigest()[:n]


def person(label: object = "one", **changes: Any) -> Person:
    """Somebody who is about to consent."""
    parts: dict[str, Any] = {
        "id": digits(f"id {label}"),
        "study": STUDY,
        "session": digits(f"session {label}"),
        "language": "en",
        "situation": None,
        "place": None,
        "demographics": None,
        "outcome": None,
        "code": digits(f"code {label}", 12).upper(),
    }
    return Person(**{**parts, **changes})


def let_in(store: Store, label: object = "one", arrival: Arrival | None = None, now: float = NOW) -> Person:
    """Somebody who consented."""
    found = people.begin(store, person(label), arrival or Arrival(), started_at=STARTED, now=now)
    assert found is not None
    return found


def allocated(store: Store, label: object = "one", now: float = NOW, limits: Limits = LIMITS) -> Person:
    """Somebody who consented and got a situation."""
    found = people.allocate(store, let_in(store, label, now=now).id, CELLS, limits, seed=1, now=now)
    assert isinstance(found, Person)
    return found


def sent(page: str, content: dict[str, Any] | None = None, **more: Any) -> Sent:
    """A page without answers to items."""
    return Sent(page, 12.5, STARTED, content or {}, **more)


def sheet(of: Person, page: str = "before-1", outcome: str | None = None) -> Sent:
    """A sheet with the administration and attempt that it makes."""
    putting = Putting(RESPONDENT, INSTRUMENT, PROTOCOL, Design.PAIRED, 1)
    is_before = page.startswith("before")
    condition = Condition.BASELINE if is_before else Condition.EVOKED
    shown = None if is_before else of.situation
    asked: Administration = putting.administration(condition, shown, of.place or 0, of.session, (2, 1))
    response = json.dumps({"answers": {"1": 4, "2": 1}, "checks": {}, "seconds": 12.5, "times": {}})
    tried = Attempt(asked.id, 1, json.dumps({"page": page}), response, "1: 4\n2: 1", None, None, STARTED, 12.5)
    return sent(page, {"n_items": 2, "n_missing": 0}, record=(asked, tried), outcome=outcome)


def go_through(store: Store, label: object, reflection: str = "", now: float = NOW) -> Person:
    """Somebody who came in, answered everything and is complete."""
    one = allocated(store, label, now)
    for page in (
        sheet(one, "before-1"),
        sent("situation", {"reflection": reflection} if reflection else {}),
        sheet(one, "after-1", outcome="complete"),
    ):
        assert people.submit(store, one.id, page, now=now)
    return one


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    with store.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(schema.metadata.tables[table]))]


PERSONAL = ("participant", "submission", "draft", "recruitment", "administration", "attempt")


def counts(store: Store) -> dict[str, int]:
    """How many rows the tables hold that hold people."""
    with store.reading() as connection:
        tables = {name: schema.metadata.tables[name] for name in PERSONAL}
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }


def allocate_all(where: str, everyone: list[str]) -> int:
    """In a process of its own: give each a situation; how many got one."""
    with Store(where) as store:
        found = [people.allocate(store, one, CELLS, LIMITS, seed=1, now=NOW) for one in everyone]
    return sum(isinstance(one, Person) for one in found)
