"""Whatever is sent that no page of ours sends: a plain page with a 4xx status, and nothing stored."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotionbench.web.tokens import Tokens
from survey_server import SECRET, SurveyServer
from survey_studies import english
from web_person import Answers, WebPerson, plainly

PAGES = ("about", "before-1", "situation", "after-1", "end")
FIXTURE_IS_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
MARKED = "<script>alert('x')</script>'; DROP TABLE participant; --"
N_PEOPLE = 12


@dataclass
class Desk:
    """A running survey, people who stopped at each of its pages, and the loop that speaks for them."""

    server: SurveyServer
    store: Path
    loop: asyncio.AbstractEventLoop
    people: dict[str, itertools.cycle[WebPerson]]

    def kept(self) -> list[tuple[object, ...]]:
        """Everything in the store that people's pages write, but drafts and when they were last seen."""
        with closing(sqlite3.connect(self.store)) as connection:
            return [
                row
                for query in (
                    "SELECT id, situation, place, demographics, outcome, code FROM participant ORDER BY id",
                    "SELECT * FROM submission ORDER BY participant, page",
                    "SELECT * FROM administration ORDER BY id",
                    "SELECT * FROM attempt ORDER BY administration",
                    "SELECT * FROM departure",
                )
                for row in connection.execute(query).fetchall()
            ]

    def send(
        self, person: WebPerson, path: str, *, method: str = "POST", **how: object
    ) -> tuple[int, str, dict[str, str]]:
        async def send() -> tuple[int, str, dict[str, str]]:
            call = person.session.request(method, self.server.url + path, allow_redirects=False, **how)  # type: ignore[arg-type]
            async with call as answer:
                return answer.status, await answer.text(), dict(answer.headers)

        return self.loop.run_until_complete(send())

    def send_form(self, person: WebPerson, path: str, fields: Answers) -> tuple[int, str, dict[str, str]]:
        """Send fields as a browser does, whatever they are called."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(person, path, data=urlencode(fields, errors="replace"), headers=headers)

    def on(self, page: str) -> WebPerson:
        """Somebody who is on this page; another each time, so that nobody is too fast."""
        return next(self.people[page])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("refusals")
    study, store = folder / "study.yaml", folder / "survey.db"
    study.write_text(english(reading_seconds=0), encoding="utf-8")
    server = SurveyServer.start(study, str(store), log=folder / "log")
    loop = asyncio.new_event_loop()

    async def somebody_on(page: str) -> WebPerson:
        person = WebPerson(server.url, aiohttp.ClientSession())
        await person.consent()
        while person.name != page:
            await person.send(plainly(person, person.name, person.form))
        return person

    people = {page: [loop.run_until_complete(somebody_on(page)) for _ in range(N_PEOPLE)] for page in PAGES}
    yield Desk(server, store, loop, {page: itertools.cycle(some) for page, some in people.items()})
    for person in (one for some in people.values() for one in some):
        loop.run_until_complete(person.session.close())
    loop.close()
    server.stop()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


def is_plain(status: int, text: str, headers: dict[str, str]) -> None:
    assert 400 <= status < 500, text
    assert status != 429, "the test itself was too fast"
    assert "Traceback" not in text
    assert MARKED not in text
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


Change = Callable[[Answers], Answers]


def without(name: str) -> Change:
    return lambda fields: {key: value for key, value in fields.items() if key != name}


def with_(**changed: str) -> Change:
    return lambda fields: {**fields, **{key.replace("_", "-"): value for key, value in changed.items()}}


def first_with(prefix: str, value: str) -> Change:
    def change(fields: Answers) -> Answers:
        name = next(key for key in fields if key.startswith(prefix))
        return {**fields, name: value}

    return change


WRONG: dict[str, tuple[str, Change]] = {
    "value above the scale": ("before-1", first_with("item-", "6")),
    "value below the scale": ("before-1", first_with("item-", "0")),
    "a word for a number": ("after-1", first_with("item-", MARKED)),
    "another script's digit": ("after-1", first_with("item-", "٣")),
    "an item that is not there": ("before-1", with_(item_21="3")),
    "a check that is not there": ("before-1", with_(check_9="3")),
    "a field of another page": ("before-1", with_(choice="finish")),
    "an extra field": ("about", with_(admin="1")),
    "an option that is not there": ("about", with_(gender=MARKED)),
    "times that are no object": ("before-1", with_(times="[1]")),
    "times of an unknown item": ("before-1", with_(times='{"item-99": 3}')),
    "negative times": ("after-1", with_(times='{"item-1": -3}')),
    "deeply nested times": ("after-1", with_(times="[" * 5000)),
    "a null character": ("situation", with_(reflection="a\x00b")),
    "a choice that is not there": ("end", with_(choice=MARKED)),
    "no proof": ("before-1", without("csrf")),
    "a forged proof": ("before-1", with_(csrf="WyJhIl0.forged")),
    "a proof with a tail": ("situation", lambda fields: {**fields, "csrf": fields["csrf"] + "x"}),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_no_page_sends_is_refused_and_not_kept(desk: Desk, what: str) -> None:
    page, change = WRONG[what]
    person, before = desk.on(page), desk.kept()
    form = person.form
    fields = change({**form.hidden, **plainly(person, page, form)})
    is_plain(*desk.send(person, form.action, data=fields))
    assert desk.kept() == before


@pytest.mark.parametrize("page", PAGES)
def test_the_proof_of_another_person_or_page_does_not_count(desk: Desk, page: str) -> None:
    person, other, before = desk.on(page), desk.on(page), desk.kept()
    elsewhere = desk.on(PAGES[PAGES.index(page) - 1])
    answers = plainly(person, page, person.form)
    for proof in (other.form.hidden["csrf"], elsewhere.form.hidden["csrf"]):
        is_plain(*desk.send(person, person.form.action, data={**person.form.hidden, **answers, "csrf": proof}))
    # nor does one's own proof open another's page
    stolen = {**person.form.hidden, **answers}
    is_plain(*desk.send(person, other.form.action, data=stolen))
    assert desk.kept() == before


def test_a_proof_ends_after_a_day(desk: Desk) -> None:
    person, before = desk.on("situation"), desk.kept()
    identifier = Tokens(SECRET).person(person.link.split("/")[-1])
    assert identifier
    with patch("emotionbench.web.tokens.time.time", return_value=time.time() - 25 * 3600):
        old = Tokens(SECRET).form(identifier, "situation", 0.0)
    status, text, headers = desk.send(person, person.form.action, data={"csrf": old, "reflection": "late"})
    is_plain(status, text, headers)
    assert status == 403
    assert person.link in text  # the way on
    assert desk.kept() == before


@pytest.mark.parametrize(
    "link", ["x", "0" * 32, "0" * 32 + ".AAAA", "../../etc/passwd", "%00", "é" * 40, "0" * 1000, "a%2Fb"]
)
def test_a_link_that_was_not_signed_leads_nowhere(desk: Desk, link: str) -> None:
    person = desk.on("about")
    for path in (f"/s/{link}", f"/s/{link}/about", f"/s/{link}/withdraw"):
        is_plain(*desk.send(person, path, method="GET"))
    is_plain(*desk.send(person, f"/s/{link}/withdraw", data={"csrf": "x"}))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(desk: Desk, method: str) -> None:
    person, before = desk.on("before-1"), desk.kept()
    for path in ("/", person.link, person.form.action, "/healthz"):
        status, _, _ = desk.send(person, path, method=method)
        assert 400 <= status < 500
    assert desk.kept() == before


def test_what_is_too_large_or_no_form_is_refused_before_it_is_read(desk: Desk) -> None:
    person, before = desk.on("situation"), desk.kept()
    action, hidden = person.form.action, person.form.hidden
    assert desk.send(person, action, data={**hidden, "reflection": "x" * 70_000})[0] == 413
    assert desk.send(person, action, json=hidden)[0] == 415
    assert desk.send(person, action, data=b"\xff\xfe=%zz&csrf", headers={"Content-Type": "text/plain"})[0] == 415
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert desk.send(person, action, data=b"csrf=\xff\xfe", headers=form)[0] == 400
    assert desk.send(person, action, data=b"csrf=a&csrf=b", headers=form)[0] == 400
    assert desk.send(person, action, data=b"&".join(b"f%d=1" % n for n in range(5000)), headers=form)[0] == 400
    assert desk.send(person, "/?" + "x" * 3000, method="GET")[0] == 414
    assert desk.kept() == before


def test_free_text_is_kept_as_written_and_shown_escaped(desk: Desk) -> None:
    person = desk.on("about")
    form = person.form
    answers = {**form.hidden, **plainly(person, "about", form), "age": "900", "country": MARKED}
    status, _, headers = desk.send(person, form.action, data=answers)
    assert status == 303
    _, text, _ = desk.send(person, headers["Location"], method="GET")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)" in text
    assert 'aria-invalid="true"' in text


names = st.sampled_from(["item-1", "item-2", "check-1", "age", "gender", "reflection", "choice", "times", "leave_out"])
texts = st.one_of(st.text(max_size=40), st.sampled_from(["1", "6", "-1", "1e9", MARKED, "yes", "", " ", "１", "{}"]))


@given(page=st.sampled_from(PAGES), extra=st.dictionaries(st.one_of(names, st.text(max_size=10)), texts, max_size=6))
@settings(max_examples=150, deadline=None, suppress_health_check=FIXTURE_IS_SHARED)
def test_anything_sent_with_a_wrong_answer_in_it_leaves_the_store_alone(
    desk: Desk, page: str, extra: dict[str, str]
) -> None:
    person, before = desk.on(page), desk.kept()
    form = person.form
    unknown = {"there-is-no-such-field": "1"}
    status, text, headers = desk.send_form(person, form.action, {**extra, **unknown, **form.hidden})
    is_plain(status, text, headers)
    assert desk.kept() == before


# the tests from here on take people off the pages that they are on


def test_a_page_sent_twice_changes_nothing_the_second_time(desk: Desk) -> None:
    person = desk.on("end")
    form = person.form
    fields = {**form.hidden, "choice": "finish"}
    assert desk.send(person, form.action, data=fields)[0] == 303
    before = desk.kept()
    status, _, headers = desk.send(person, form.action, data=fields)
    assert status == 303
    assert headers["Location"].endswith("/done")
    assert desk.kept() == before


@given(page=st.sampled_from(PAGES[:3]), fields=st.dictionaries(names, texts, max_size=6))
@settings(max_examples=150, deadline=None, suppress_health_check=FIXTURE_IS_SHARED)
def test_nothing_that_is_sent_is_a_defect(desk: Desk, page: str, fields: dict[str, str]) -> None:
    person = desk.on(page)
    form = person.form
    status, text, _ = desk.send_form(person, form.action, {**fields, **form.hidden})
    assert status == 303 or 400 <= status < 500, text
    assert status != 429
