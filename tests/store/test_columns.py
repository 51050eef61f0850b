"""Facts as columns: every row once, and one state of the store however long the reading takes."""

from __future__ import annotations

import polars as pl
import pytest

from emotionbench import Study
from emotionbench.plan import Plan
from emotionbench.records import Attempt, Respondent, RespondentKind
from emotionbench.store import Store, columns, reading, writing
from emotionbench.study_materials import materials_of

SHEET = "\n".join(f"{place}: 3" for place in range(1, 21))


def fill(store: Store, name: str) -> list[str]:
    """Administrations of a respondent with an attempt each, every second of which failed; their ids."""
    study = Study(respondents=["x"], factors=["fear-1"], situations_per_factor=2, design="paired")
    materials = materials_of(study)
    respondent = Respondent.of(RespondentKind.LLM, name, {})
    writing.save_materials(store, materials.documents)
    writing.save_respondents(store, [respondent])
    administrations = [
        administration for session in Plan(study, materials, (respondent,)) for administration in session
    ]
    writing.save_administrations(store, administrations)
    for place, administration in enumerate(administrations):
        failed = place % 2 == 1
        attempt = Attempt(
            administration.id,
            1,
            "{}",
            None if failed else SHEET,
            None if failed else SHEET,
            "no" if failed else None,
            "server" if failed else None,
            "now",
            0.0,
        )
        writing.append_attempts(store, [attempt])
    return [administration.id for administration in administrations]


@pytest.mark.parametrize(("in_a_frame", "at_once"), [(100, 100), (2, 1), (3, 2), (1, 1)])
def test_every_row_comes_once_in_frames_of_any_size(
    any_store: Store, in_a_frame: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "ROWS_IN_A_FRAME", in_a_frame)
    monkeypatch.setattr(columns, "ROWS_AT_ONCE", at_once)
    fill(any_store, "someone")
    with columns.snapshot(any_store) as connection:
        administrations = pl.concat(columns.administrations(connection)).sort("administration")
        attempts = pl.concat(columns.attempts(connection)).sort("administration")
    records = list(reading.administrations(any_store))
    assert len(records) == 4
    assert administrations.rows() == [
        (
            record.id,
            record.respondent,
            record.instrument,
            record.protocol,
            record.situation,
            record.design,
            record.condition,
            record.repeat,
            record.session,
            " ".join(map(str, record.order)),
            record.form,
            record.n_messages,
        )
        for record in records
    ]
    stored = [attempt for record in records for attempt in reading.attempts(any_store, record.id)]
    assert attempts.rows() == [(a.administration, a.number, a.part, a.reply, a.error_kind, a.logprobs) for a in stored]
    assert attempts.schema["error_kind"] == administrations.schema["session"] == pl.String


def test_an_empty_store_has_no_frames(any_store: Store) -> None:
    with columns.snapshot(any_store) as connection:
        assert list(columns.administrations(connection)) == []
        assert list(columns.attempts(connection)) == []


def test_what_is_written_meanwhile_is_not_seen(any_store: Store) -> None:
    first = fill(any_store, "someone")
    with columns.snapshot(any_store) as connection:
        administrations = pl.concat(columns.administrations(connection))
        fill(any_store, "someone else")
        attempts = pl.concat(columns.attempts(connection))
    assert set(administrations["administration"]) == set(attempts["administration"]) == set(first)
    with columns.snapshot(any_store) as connection:
        assert pl.concat(columns.attempts(connection)).height == 2 * len(first)
