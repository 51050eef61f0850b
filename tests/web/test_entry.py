"""Who comes in and who does not: open links, invitations, a closing date, numbers that are reached, consent once."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from free_ports import free_port
from survey_server import SurveyServer
from survey_studies import english, in_languages
from web_person import WebPerson, plainly

Serving = Callable[..., SurveyServer]


def as_people(*visits: Callable[[WebPerson], Awaitable[Any]], url: str) -> list[Any]:
    """What each of these visits gives, one after another, each by somebody with a browser of their own."""

    async def one(visit: Callable[[WebPerson], Awaitable[Any]]) -> Any:
        # the jar keeps cookies of addresses in numbers only when it is told to
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
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
    assert "All places are taken" in page
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
        return f"{person.name}: {'All places are taken' in person.page}"

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


def test_a_form_of_another_site_makes_nobody_take_part(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english())

    async def lured(person: WebPerson) -> int:
        await person.get("/")
        fields = {**person.form.hidden, "agree": "yes"}
        headers = {"Sec-Fetch-Site": "cross-site"}
        async with person.session.post(server.url + "/", data=fields, headers=headers, allow_redirects=False) as answer:
            return answer.status

    assert as_people(lured, url=server.url) == [403]
    assert rows(tmp_path, "SELECT * FROM participant") == []


def test_a_ticket_of_another_way_in_lets_nobody_in(survey_server: Serving, tmp_path: Path) -> None:
    opened_to_all = survey_server(english(), store=str(tmp_path / "open.db"))
    by_invitation = survey_server(english(collection={"links": "single-use"}))

    async def sneaking(person: WebPerson) -> int:
        await person.get("/")
        fields = {**person.form.hidden, "agree": "yes"}
        async with person.session.post(by_invitation.url + "/", data=fields, allow_redirects=False) as answer:
            return answer.status

    assert as_people(sneaking, url=opened_to_all.url) == [403]
    assert rows(tmp_path, "SELECT * FROM participant") == []


def test_loading_a_page_anew_does_not_make_its_time_shorter(survey_server: Serving, tmp_path: Path) -> None:
    server = survey_server(english(reading_seconds=0, demographics=[], screening=None))

    async def slow(person: WebPerson) -> None:
        await person.consent()
        await asyncio.sleep(1.2)
        await person.get(person.link)
        assert person.name == "before-1"
        await person.send(plainly(person, "before-1", person.form))

    as_people(slow, url=server.url)
    ((seconds,),) = rows(tmp_path, "SELECT seconds FROM submission")
    assert 1.2 <= seconds < 60


def test_who_finds_it_full_is_told_so_and_counted(survey_server: Serving, tmp_path: Path) -> None:
    completion = {"screened_out": {"code": "OUT1"}, "complete": {"code": "IN1"}}
    server = survey_server(english(reading_seconds=0, collection={"n": 1, "completion": completion}))

    async def to_the_first_sheet(person: WebPerson) -> None:
        await person.send(plainly(person, "about", person.form))

    async def both() -> tuple[str, str]:
        async with aiohttp.ClientSession() as first, aiohttp.ClientSession() as second:
            one, another = WebPerson(server.url, first), WebPerson(server.url, second)
            await one.consent()
            await another.consent()
            await to_the_first_sheet(one)
            await to_the_first_sheet(another)
            assert "All places are taken" in another.page
            assert "OUT1" in another.page
            return one.name, another.name

    assert asyncio.run(both()) == ("before-1", "done")
    assert rows(tmp_path, "SELECT outcome FROM participant ORDER BY outcome") == [(None,), ("full",)]


def test_a_study_that_was_changed_is_not_served_to_people_of_the_earlier_one(
    survey_server: Serving, tmp_path: Path
) -> None:
    server = survey_server(english())
    as_people(lambda person: person.consent(), url=server.url)
    server.stop()
    survey_server(english(collection={"n": 7})).stop()  # how people are found may change
    with pytest.raises(RuntimeError, match="'feelings', or emotionbench, was changed after people took part in it"):
        survey_server(english(consent="Other words."))
    survey_server(english(consent="Other words.", name="feelings again"))


def test_a_preview_keeps_nothing_however_it_ends(tmp_path: Path) -> None:
    study, port = tmp_path / "study.yaml", free_port()
    study.write_text(english(), encoding="utf-8")
    folder = tmp_path / "temporary"
    folder.mkdir()
    command = [sys.executable, "-c", "from emotionbench.cli import main; main()", "survey", "preview", str(study)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env={**os.environ, "TMPDIR": str(folder)}, stdout=log, stderr=log
        )
    server = SurveyServer(process, f"http://127.0.0.1:{port}", tmp_path / "log")
    server.wait()
    assert len(as_people(walked_slowly, url=server.url)[0]) == 10
    assert list(folder.rglob("preview.db"))
    process.terminate()
    process.wait(120)
    assert list(folder.iterdir()) == []


async def walked_slowly(person: WebPerson) -> str:
    await person.consent()
    while person.name != "done":
        if person.name == "situation":
            await asyncio.sleep(1.1)
        await person.send(plainly(person, person.name, person.form))
    return person.code


FINGERPRINT = "we keep only a fingerprint"


def test_consent_tells_what_is_kept_of_a_panel_s_number_where_people_come_from_one(survey_server: Serving) -> None:
    server = survey_server(english(collection={"panel": "prolific"}))

    async def sent_by_the_panel(person: WebPerson) -> str:
        return await person.get("/?PROLIFIC_PID=p1&STUDY_ID=s1&SESSION_ID=v1")

    (page,) = as_people(sent_by_the_panel, url=server.url)
    assert "lasts for at most 30 days" in page
    assert FINGERPRINT in page


def test_questions_that_decide_who_takes_part_say_so_and_consent_tells_of_no_panel(survey_server: Serving) -> None:
    place = {
        "id": "place",
        "text": "Where do you work?",
        "options": [{"value": "office", "text": "In an office"}, {"value": "field", "text": "In a field"}],
    }
    changes = {"demographics": ["age", "gender", place], "screening": {"age": {"lowest": 18}, "place": ["office"]}}
    server = survey_server(english(**changes))

    async def reading(person: WebPerson) -> tuple[str, str]:
        entry = await person.get("/")
        await person.consent()
        return entry, person.page

    ((entry, about),) = as_people(reading, url=server.url)
    assert FINGERPRINT not in entry
    hints = re.findall(r'<p class="hint" id="h-(\w+)">([^<]*)</p>', about)
    assert hints == [(name, "Needed to take part; without an answer the study ends here.") for name in ("age", "place")]


def test_who_withdraws_is_told_whom_to_turn_to(survey_server: Serving) -> None:
    server = survey_server(in_languages("en", "de"))

    async def stopping(person: WebPerson) -> tuple[str, str]:
        await person.get("/?lang=de")
        await person.send({"agree": "yes"})
        await person.get(f"{person.link}/withdraw")
        asked = person.page
        await person.send({})
        return asked, person.page

    ((asked, stopped),) = as_people(stopping, url=server.url)
    assert "Sicherungskopien" in asked
    assert "Ihre Antworten sind gelöscht" in stopped
    assert re.search(r'Telefonseelsorge</span><a href="tel:116123"', stopped)
