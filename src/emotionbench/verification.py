"""Whether every row of a store still is what its hash says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emotionbench.documents import content_hash
from emotionbench.materials.instruments import Instrument
from emotionbench.plan import cell_of, item_order
from emotionbench.records import Administration, Respondent, RespondentKind, administration_key, identify
from emotionbench.store import Store, reading


@dataclass(frozen=True)
class Fault:
    """A row that does not hold."""

    table: str
    key: str
    what: str


def verify(store: Store) -> Iterator[Fault]:
    """Re-hash materials, respondents and planned ids, re-derive item orders; yield what does not hold."""
    instruments: dict[str, Instrument] = {}
    hashes: set[str] = set()
    for row in reading.rows(store, "material"):
        hashes.add(row["hash"])
        fault = _material_fault(row)
        if fault:
            yield fault
        elif row["kind"] == "instrument":
            instruments[row["hash"]] = Instrument.model_validate_json(row["content"])
    recorded: dict[str, bool] = {}
    for row in reading.rows(store, "respondent"):
        settings = json.loads(row["settings"])
        recorded[row["id"]] = "recorded" in settings
        if Respondent.of(RespondentKind(row["kind"]), row["name"], settings).id != row["id"]:
            yield Fault("respondent", row["id"], "kind, name and settings do not hash to the id")
    for administration in reading.administrations(store):
        for what in _administration_faults(administration, instruments, hashes, recorded):
            yield Fault("administration", administration.id, what)
    yield from (Fault("attempt", key, what) for key, what in reading.broken_attempts(store))


def _material_fault(row: dict[str, Any]) -> Fault | None:
    try:
        content = json.loads(row["content"])
    except ValueError:
        return Fault("material", row["hash"], "content is not JSON")
    if content_hash(content) != row["hash"]:
        return Fault("material", row["hash"], f"content of {row['name']!r} does not hash to the key")
    return None


def _administration_faults(
    administration: Administration,
    instruments: dict[str, Instrument],
    hashes: set[str],
    recorded: dict[str, bool],
) -> Iterator[str]:
    key = administration_key(
        administration.respondent,
        administration.instrument,
        administration.protocol,
        administration.design,
        administration.condition,
        administration.situation,
        administration.repeat,
        administration.seed,
        administration.session,
    )
    if identify(key) != administration.id:
        yield "its columns do not hash to the id"
    if administration.respondent not in recorded:
        yield "respondent is not in the store"
    for name in ("instrument", "protocol", "situation"):
        material = getattr(administration, name)
        if material is not None and material not in hashes:
            yield f"{name} is not in the store"
    instrument = instruments.get(administration.instrument)
    if instrument is None:
        return
    if sorted(administration.order) != list(range(1, instrument.n_items + 1)):
        yield "item order does not hold every item once"
    elif not recorded.get(administration.respondent) and administration.order != planned_order(administration):
        yield "item order is not the planned one"


def planned_order(administration: Administration) -> tuple[int, ...]:
    """The item order that seed, cell and repeat give."""
    cell = cell_of(administration.seed, administration.instrument, administration.condition, administration.situation)
    return item_order(len(administration.order), cell, administration.repeat)
