"""``survey links``: each lets one person in, and can be read nowhere but in what was written."""

from __future__ import annotations

import asyncio
import csv
import stat
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from emotionbench.cli.survey.links import command
from emotionbench.errors import EmotionBenchError
from emotionbench.store import Store, schema
from emotionbench.store.people import invited
from emotionbench.web.tokens import hash_of_invitation
from free_ports import free_port
from survey_server import SurveyServer
from survey_studies import english, human
from web_person import TIMEOUT, WebPerson, plainly

SITE = "https://survey.example.org"
SINGLE_USE = english(collection={"links": "single-use"}, reading_seconds=0)


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    file = tmp_path / "study.yaml"
    file.write_text(SINGLE_USE, encoding="utf-8")
    return file


def asked(study_file: Path, *arguments: str, n: int = 3, url: str = SITE) -> Result:
    store = str(study_file.parent / "a.db")
    return CliRunner().invoke(command, [str(study_file), "--store", store, "--n", str(n), "--url", url, *arguments])


def links_in(text: str) -> list[str]:
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["number"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    return [row["link"] for row in rows]


def test_the_store_keeps_a_hash_of_each_and_no_link(study_file: Path) -> None:
    found = asked(study_file, url=SITE + "/")
    assert found.exit_code == 0, found.output
    words = [link.removeprefix(f"{SITE}/i/") for link in links_in(found.output)]
    assert {len(word) for word in words} == {32}
    study = human(SINGLE_USE).hash
    with Store(study_file.parent / "a.db") as store:
        assert all(invited(store, study, hash_of_invitation(word)) == (False, None) for word in words)
        with store.reading() as connection:
            assert connection.execute(select(func.count()).select_from(schema.invitation)).scalar_one() == 3
    raw = b"".join(file.read_bytes() for file in study_file.parent.glob("a.db*"))
    assert not any(word.encode() in raw for word in words)


def test_all_links_are_different_and_more_can_be_made(study_file: Path) -> None:
    links = links_in(asked(study_file, n=50).output) + links_in(asked(study_file, n=50).output)
    assert len(set(links)) == 100


def test_the_file_is_its_owners_and_is_never_written_over(study_file: Path) -> None:
    out = study_file.parent / "links.csv"
    assert asked(study_file, "--out", str(out)).exit_code == 0
    before = out.read_text()
    assert len(links_in(before)) == 3
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    again = asked(study_file, "--out", str(out))
    assert isinstance(again.exception, EmotionBenchError)
    assert "there already" in str(again.exception)
    assert out.read_text() == before


def test_links_that_let_nobody_in_are_not_left_lying(study_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise EmotionBenchError("the disk is full")

    monkeypatch.setattr("emotionbench.store.people.invite", broken)
    out = study_file.parent / "links.csv"
    assert "disk is full" in str(asked(study_file, "--out", str(out)).exception)
    assert not out.exists()


def test_a_study_of_open_links_has_no_personal_ones(study_file: Path) -> None:
    study_file.write_text(english(), encoding="utf-8")
    found = asked(study_file)
    assert "links: single-use" in str(found.exception)
    assert not (study_file.parent / "a.db").exists()


@pytest.mark.parametrize("url", ["http://survey.example.org", "survey.example.org"])
def test_links_are_encrypted(study_file: Path, url: str) -> None:
    assert "not encrypted" in str(asked(study_file, url=url).exception)
    assert not (study_file.parent / "a.db").exists()


@pytest.mark.parametrize("n", [0, -1, 100_001])
def test_numbers_that_are_none_are_refused(study_file: Path, n: int) -> None:
    assert asked(study_file, n=n).exit_code == 2


def test_one_person_comes_in_by_a_link_and_goes_on_by_it_and_another_one_does_not(study_file: Path) -> None:
    port = free_port()
    found = asked(study_file, n=2, url=f"http://127.0.0.1:{port}")
    first, second = (link.removeprefix(f"http://127.0.0.1:{port}") for link in links_in(found.output))
    server = SurveyServer.start(study_file, str(study_file.parent / "a.db"), log=study_file.parent / "log", port=port)

    async def visits() -> tuple[str, str, list[int]]:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as one, aiohttp.ClientSession(timeout=TIMEOUT) as two:
            person, other = WebPerson(server.url, one), WebPerson(server.url, two)
            codes = (await person.walk(plainly, first), await other.walk(plainly, second))
            statuses = []
            for entry in ("/", "/i/" + "x" * 32, first):
                await other.get(entry)
                statuses.append(other.status)
            assert other.name == "done"  # the link is the person's own, and leads back to where they are
            return *codes, statuses

    try:
        code, other_code, statuses = asyncio.run(visits())
    finally:
        server.stop()
    assert code != other_code
    assert statuses == [403, 404, 200]
