"""Who comes in and who does not: open links, invitations, a closing date, numbers that are reached, consent once."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from survey_server import SurveyServer
from survey_studies import english, in_languages
from web_person import WebPerson, plainly

Serving = Callable[..., SurveyServer]


def as_people(*visits: Callable[[WebPerson], Awaitable[Any]], url: str) -> list[Any]:
    """What each of these visits gives, one after another, each by somebody with a browser of their own."""

    async def one(visit: Callable[[WebPerson], Awaitable[Any]]) -> Any:
        async with aiohttp.ClientSession() as session:
            return await visit(WebPerson(url, session))

    async def all_of_them() -> list[Any]:
        return [await one(visit) for visit in visits]

    return asyncio.run(all_of_them())


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "survey.db")) as connection:
        return connection.execute(query).fetchall()


async def opened(person: WebPerson) -> tuple[int, str]:
    page = await person.get("/")
    return person.status, page


async def walked(person: WebPerson) -> str:
    return await person.walk(plainly)


def test_a_closed_study_lets_nobody_in(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english(collection={"closes": "2020-01-31"}))
    ((status, page),) = as_people(opened, url=server.url)
    assert status == 410
    assert "closed" in page
    assert rows(tmp_path, "SELECT * FROM participant") == []


def test_the_number_wanted_ends_the_study(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english(reading_seconds=0, collection={"n": 3}))
    codes = as_people(walked, walked, walked, url=server.url)
    assert len(set(codes)) == 3
    ((status, page),) = as_people(opened, url=server.url)
    assert status == 410
    assert "all the answers that we need" in page
    assert rows(tmp_path, "SELECT count(*) FROM participant") == [(3,)]


def test_a_quota_counts_the_answers_of_those_who_are_in(survey_server: Serving, tmp_path: Path) -> None:
    quota = {"question": "gender", "value": "woman", "n": 1}
    server = survey_server(english(reading_seconds=0, collection={"quotas": [quota]}))

    async def man(person: WebPerson) -> str:
        await person.consent()
        await person.send({**plainly(person, "about", person.form), "gender": "man"})
        return person.name

    async def woman(person: WebPerson) -> str:
        await person.consent()
        await person.send({**plainly(person, "about", person.form), "gender": "woman"})
        return f"{person.name}: {'all the answers' in person.page}"

    assert as_people(woman, man, woman, man, url=server.url) == [
        "before-1: False",
        "before-1",
        "done: True",
        "before-1",
    ]
    assert rows(tmp_path, "SELECT count(*) FROM participant WHERE situation IS NULL") == [(1,)]


def test_an_invitation_lets_one_person_in_and_back(survey_server: Serving, tmp_path: Path) -> None:
    text = english(reading_seconds=0, collection={"links": "single-use"})
    server = survey_server(text)
    study = tmp_path / "study-0.yaml"
    made = subprocess.run(
        [
            *(sys.executable, "-c", "from emotionbench.cli import main; main()", "survey", "links", str(study)),
            *("--n", "2", "--url", "https://survey.example", "--store", str(tmp_path / "survey.db")),
            *("--out", str(tmp_path / "links.csv")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    found = [cell for line in (tmp_path / "links.csv").read_text().splitlines() for cell in line.split(",")]
    first, second = ("/i/" + cell.split("/i/")[1].strip() for cell in found if "/i/" in cell)

    async def begun(person: WebPerson) -> str:
        await person.consent(first)
        await person.send(plainly(person, "about", person.form))
        return person.link

    async def again(person: WebPerson) -> tuple[str, str]:
        await person.get(first)
        return person.name, person.link

    async def other(person: WebPerson) -> str:
        await person.consent(second)
        return person.link

    async def without(person: WebPerson) -> int:
        await person.get("/")
        return person.status

    async def forged(person: WebPerson) -> int:
        await person.get(first[:-1] + ("A" if first[-1] != "A" else "B"))
        return person.status

    link, (page, same), another, none, wrong = as_people(begun, again, other, without, forged, url=server.url)
    assert (page, same) == ("before-1", link)
    assert another != link
    assert (none, wrong) == (403, 404)
    assert first.removeprefix("/i/").encode() not in (tmp_path / "survey.db").read_bytes()


def test_consent_sent_twice_makes_one_person(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english())

    async def hasty(person: WebPerson) -> list[str]:
        await person.get("/")
        form = person.form
        fields = {**form.hidden, "agree": "yes"}

        async def send() -> str:
            async with person.session.post(server.url + "/", data=fields, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
                return answer.headers["Location"]

        return list(await asyncio.gather(*(send() for _ in range(5))))

    (links,) = as_people(hasty, url=server.url)
    assert len(set(links)) == 1
    assert rows(tmp_path, "SELECT count(*) FROM participant") == [(1,)]


def test_without_agreement_nothing_is_kept(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english())

    async def silent(person: WebPerson) -> tuple[int, str]:
        await person.get("/")
        await person.send({})
        return person.status, person.page

    ((status, page),) = as_people(silent, url=server.url)
    assert status == 200
    assert "please tick the box" in page
    assert rows(tmp_path, "SELECT * FROM participant") == []


@pytest.mark.parametrize(
    ("accepted", "language"), [("ar-EG,ar;q=0.9,en;q=0.2", "ar"), ("fr, ja;q=0.5", "ja"), ("xx", "en"), (";q=,,", "en")]
)
def test_the_browsers_language_is_taken(survey_server: Serving, accepted: str, language: str) -> None:
    server = survey_server(in_languages("en", "ar", "ja"))

    async def foreign(person: WebPerson) -> str:
        async with person.session.get(server.url, headers={"Accept-Language": accepted}) as answer:
            return await answer.text()

    (page,) = as_people(foreign, url=server.url)
    assert f'<html lang="{language}"' in page
