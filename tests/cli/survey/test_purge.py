"""``survey purge``: what a timer runs, on both databases."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from emotionbench.cli.survey.purge import command
from emotionbench.errors import StoreError
from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, people, schema
from emotionbench.store.people import Arrival
from emotionbench.web.opening import open_survey
from emotionbench.web.retention import DAY
from people_helpers import person
from survey_studies import english, human

DAYS = {"retention_days": 30}


def come(store: Store, study: HumanStudy, label: str, days_ago: float) -> str:
    one = person(label, study=study.hash)
    when = time.time() - days_ago * DAY
    assert people.begin(store, one, Arrival(), started_at="2027-01-01T00:00:00+00:00", now=when) is not None
    return one.id


def asked(store: Store, folder: Path, text: str, *options: str) -> Result:
    file = folder / "study.yaml"
    file.write_text(text, encoding="utf-8")
    where = store.url.render_as_string(hide_password=False) if store.url.host else store.name
    return CliRunner().invoke(command, [str(file), "--store", where, *options])


def n_of(store: Store, study: HumanStudy) -> tuple[int, int]:
    """How many people there are, and how many of them can still be led to."""
    table = schema.participant.c
    with store.reading() as connection:
        row = connection.execute(select(func.count(), func.count(table.code)).where(table.study == study.hash)).one()
    return row[0], row[1]


@pytest.mark.parametrize(("then", "left"), [("anonymise", (2, 1)), ("delete", (1, 1))])
def test_the_time_of_those_who_came_long_ago_ends(
    any_store: Store, tmp_path: Path, then: str, left: tuple[int, int]
) -> None:
    text = english(collection={**DAYS, "then": then})
    study = human(text)
    open_survey(any_store, study)
    gone = come(any_store, study, "long ago", 31)
    earliest = time.time()
    here = come(any_store, study, "lately", 29)
    latest = time.time()
    found = asked(any_store, tmp_path, text)
    assert found.exit_code == 0, found.output
    assert n_of(any_store, study) == left
    assert people.find(any_store, gone, study.hash) is None
    assert people.find(any_store, here, study.hash) is not None
    # midnight may be between them
    days = {time.strftime("%Y-%m-%d", time.gmtime(when + DAY)) for when in (earliest, latest)}
    assert "the 30 days of 1 were over" in found.output
    assert any(f"the time of 1 others is still to end, the first on {day}" in found.output for day in days)


def test_a_second_run_finds_nobody(any_store: Store, tmp_path: Path) -> None:
    text = english(collection=DAYS)
    study = human(text)
    open_survey(any_store, study)
    come(any_store, study, "long ago", 31)
    asked(any_store, tmp_path, text)
    found = asked(any_store, tmp_path, text)
    assert "nobody's 30 days were over; nobody is left whose time will end" in found.output


def test_earlier_studies_of_the_name_are_told_and_purged_when_asked(any_store: Store, tmp_path: Path) -> None:
    text = english(collection=DAYS)
    study, earlier, stranger = human(text), human(english(seed=8)), human(english(name="another"))
    for one in (study, earlier, stranger):
        open_survey(any_store, one)
        come(any_store, one, f"long ago {one.hash}", 31)
    found = asked(any_store, tmp_path, text)
    assert found.exit_code == 0
    assert "the time of 1 people of 1 earlier studies called 'feelings' is over as well" in found.stderr
    assert n_of(any_store, earlier) == (1, 1)
    found = asked(any_store, tmp_path, text, "--all-versions")
    assert found.stderr == ""
    assert n_of(any_store, earlier) == (1, 0)
    assert n_of(any_store, stranger) == (1, 1)


def test_a_store_that_is_not_there_is_no_store_without_people(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(english(), encoding="utf-8")
    found = CliRunner().invoke(command, [str(file), "--store", str(tmp_path / "no.db")])
    assert isinstance(found.exception, StoreError)
    assert not (tmp_path / "no.db").exists()
