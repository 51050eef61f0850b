"""The way in as the doctor sees it: the real application behind real TLS, and servers that get one thing wrong."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from emotionbench.human.study import HumanStudy
from emotionbench.store import Store
from emotionbench.web.app import make_app
from emotionbench.web.doctor_site import site_checkups
from emotionbench.web.doctor_words import Checkup, State
from emotionbench.web.guards import HEADERS, NEVER_KEEP, TWO_YEARS
from emotionbench.web.opening import open_survey
from emotionbench.web.site import Site
from emotionbench.web.tokens import Tokens
from site_servers import Certificate, answering, running
from survey_studies import english, human

SECRET = "Zk3vQ8rT1yWm5xNp7bLc9dHf2gJs4aVe"
TITLE = "How situations feel"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def study() -> HumanStudy:
    return human(english())


def redirecting(_: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": "https://localhost/"})


def plainly(_: web.Request) -> web.Response:
    return web.Response(text="hello")


class Imitation:
    """A server with everything in order, but for what a test changes."""

    def __init__(self, *, is_secure: bool = True, **changes: Any) -> None:
        secure = {"Strict-Transport-Security": TWO_YEARS} if is_secure else {}
        self.headers: dict[str, str | None] = {**HEADERS, **secure, "Cache-Control": NEVER_KEEP}
        self.headers.update(changes.pop("headers", {}))
        self.health, self.status = changes.pop("health", "ok"), changes.pop("status", 200)
        self.cookie, self.twice = changes.pop("cookie", None), changes.pop("twice", None)
        self.page, self.too_large = changes.pop("page", f"<h1>{TITLE}</h1>"), changes.pop("too_large", 413)
        assert not changes

    def __call__(self, request: web.Request) -> web.Response:
        if request.path == "/healthz":
            return web.Response(text=self.health, status=self.status)
        if request.method == "POST":
            return web.Response(status=self.too_large)
        answer = web.Response(text=self.page, content_type="text/html")
        answer.headers.update({name: value for name, value in self.headers.items() if value is not None})
        if self.twice:
            answer.headers.add(self.twice, str(self.headers[self.twice]))
        if self.cookie:
            answer.headers["Set-Cookie"] = self.cookie
        return answer


def look(url: str, study: HumanStudy | None = None, **how: Any) -> dict[str, Checkup]:
    return {one.about: one for one in asyncio.run(site_checkups(url, study, **how))}


def look_at(imitation: Imitation, study: HumanStudy | None = None, certificate: Certificate | None = None) -> Any:
    async def looked() -> list[Checkup]:
        async with answering(imitation, certificate) as url:
            return await site_checkups(url, study, trust=certificate.trust if certificate else None)

    return {one.about: one for one in asyncio.run(looked())}


def amiss(found: dict[str, Checkup]) -> dict[str, State]:
    return {about: one.state for about, one in found.items() if one.state is not State.OK}


@pytest.fixture
def store(tmp_path: Path, study: HumanStudy) -> Iterator[Store]:
    with Store(tmp_path / "site.db") as store:
        open_survey(store, study)
        yield store


def test_the_real_application_behind_tls_is_in_order(store: Store, study: HumanStudy, certificate: Certificate) -> None:
    async def looked(url: str) -> list[Checkup]:
        async with answering(redirecting) as plain:
            return await site_checkups(url, study, trust=certificate.trust, plain=plain)

    with running(make_app(Site(study, store, Tokens(SECRET), "https://localhost")), certificate) as url:
        found = {one.about: one for one in asyncio.run(looked(url))}
    assert amiss(found) == {}
    assert set(found) == {"HTTPS", "health", "served", "headers", "cookies", "clock", "sizes", "redirect"}


@pytest.mark.parametrize("changes", [{"panel": "prolific"}, {"links": "single-use"}, {"closes": "2020-01-01"}])
def test_the_real_application_is_known_however_people_come(
    tmp_path: Path, certificate: Certificate, changes: dict[str, str]
) -> None:
    study = human(english(collection=changes))
    with Store(tmp_path / "site.db") as store:
        open_survey(store, study)
        app = make_app(Site(study, store, Tokens(SECRET), "https://localhost"))
        with running(app, certificate) as url:
            assert amiss(look(url, study, trust=certificate.trust)) == {}


def test_looking_lets_nobody_in(store: Store, study: HumanStudy, certificate: Certificate) -> None:
    with running(make_app(Site(study, store, Tokens(SECRET), "https://localhost")), certificate) as url:
        look(url, study, trust=certificate.trust)
    with store.reading() as connection:
        for table in ("participant", "submission", "draft"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def test_a_server_that_was_not_told_of_https_is_found_out(
    store: Store, study: HumanStudy, certificate: Certificate
) -> None:
    with running(make_app(Site(study, store, Tokens(SECRET))), certificate) as url:
        found = look(url, study, trust=certificate.trust)
    assert amiss(found) == {"headers": State.PROBLEM, "cookies": State.PROBLEM}
    assert "--url" in str(found["headers"].fix)


def test_a_certificate_that_signs_itself_is_a_problem(certificate: Certificate) -> None:
    async def looked() -> list[Checkup]:
        async with answering(Imitation(), certificate) as url:
            return await site_checkups(url, None)

    (found,) = asyncio.run(looked())
    assert (found.about, found.state) == ("HTTPS", State.PROBLEM)
    assert "self-signed" in found.says


def test_a_certificate_for_another_name_is_a_problem(certificate: Certificate) -> None:
    async def looked() -> list[Checkup]:
        async with answering(Imitation(), certificate) as url:
            return await site_checkups(url.replace("127.0.0.1", "127.0.0.2"), None, trust=certificate.trust)

    (found,) = asyncio.run(looked())
    assert found.state is State.PROBLEM


def test_a_certificate_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    found = look_at(Imitation(), certificate=Certificate.make(tmp_path, days=7))
    assert amiss(found) == {"HTTPS": State.WARNING}
    assert "for 7 days" in found["HTTPS"].says


def test_http_where_https_is_expected_is_a_problem() -> None:
    async def looked() -> list[Checkup]:
        async with answering(Imitation()) as url:
            return await site_checkups(url.replace("http:", "https:"), None)

    (found,) = asyncio.run(looked())
    assert (found.about, found.state) == ("HTTPS", State.PROBLEM)


@pytest.mark.parametrize(
    "url",
    [
        "http://survey.example.org",
        "ftp://survey.example.org",
        "survey.example.org",
        "https://survey.example.org/study",
        "https://survey.example.org/?a=b",
        "https://me:hushhush@survey.example.org",
        "",
    ],
)
def test_what_is_no_encrypted_address_of_a_site_is_a_problem(url: str) -> None:
    found = look(url)
    assert amiss(found) == {"address": State.PROBLEM}
    assert "hushhush" not in str(found)


def test_on_this_machine_alone_http_will_do(study: HumanStudy) -> None:
    found = look_at(Imitation(is_secure=False, cookie="a=b; HttpOnly; SameSite=lax"), study)
    assert amiss(found) == {"HTTPS": State.WARNING}


def test_nothing_that_answers_is_a_problem() -> None:
    assert amiss(look("https://127.0.0.1:9")) == {"address": State.PROBLEM}
    assert amiss(look("https://no-such-host.invalid")) == {"address": State.PROBLEM, "redirect": State.WARNING}


@pytest.mark.parametrize(
    ("status", "text", "says"),
    [
        (503, "the database does not answer", "its database does not"),
        (502, "bad gateway", "the server behind it does not"),
        (404, "not found", "something else"),
        (200, "<html>hello</html>", "something else"),
    ],
)
def test_a_server_that_is_not_well_is_a_problem_and_nothing_else_is_asked(status: int, text: str, says: str) -> None:
    found = look_at(Imitation(status=status, health=text))
    assert amiss(found) == {"HTTPS": State.WARNING, "health": State.PROBLEM}
    assert says in found["health"].says
    assert "headers" not in found


@pytest.mark.parametrize(("sent", "says"), [(None, "is not there"), ("other", "is altered")])
def test_each_header_that_does_not_arrive_as_sent_is_a_problem(
    certificate: Certificate, sent: str | None, says: str
) -> None:
    names = [*HEADERS, "Cache-Control", "Strict-Transport-Security"]
    found = look_at(Imitation(headers=dict.fromkeys(names, sent)), certificate=certificate)
    assert amiss(found) == {"headers": State.PROBLEM}
    assert found["headers"].says.split("; ") == [f"{name} {says}" for name in names]


def test_a_header_that_a_proxy_adds_once_more_is_a_problem(certificate: Certificate) -> None:
    found = look_at(Imitation(twice="Content-Security-Policy"), certificate=certificate)
    assert found["headers"].says == "Content-Security-Policy is there 2 times"


@pytest.mark.parametrize("lack", ["Secure", "HttpOnly", "SameSite"])
def test_a_cookie_that_lacks_protection_is_a_problem(certificate: Certificate, lack: str) -> None:
    parts = [part for part in ("Secure", "HttpOnly", "SameSite=Lax") if not part.startswith(lack)]
    found = look_at(Imitation(cookie=f"link=x; {'; '.join(parts)}"), certificate=certificate)
    assert amiss(found) == {"cookies": State.PROBLEM}
    assert found["cookies"].says == f"link without {lack}"


def test_a_clock_that_is_off_is_a_warning() -> None:
    found = look_at(Imitation(is_secure=False, headers={"Date": formatdate(time.time() + 90, usegmt=True)}))
    assert amiss(found)["clock"] is State.WARNING
    assert look_at(Imitation(is_secure=False, headers={"Date": "yesterday"}))["clock"].state is State.WARNING


def test_a_site_without_a_limit_of_size_is_a_problem() -> None:
    found = look_at(Imitation(is_secure=False, too_large=200))
    assert amiss(found)["sizes"] is State.PROBLEM


def test_another_study_at_the_address_is_a_problem(study: HumanStudy) -> None:
    assert amiss(look_at(Imitation(is_secure=False, page="<h1>Other</h1>"), study))["served"] is State.PROBLEM


def test_a_title_is_known_as_html_writes_it() -> None:
    study = human(english(title="Q&A: “you” & 'me'"))
    page = "<h1>Q&amp;A: “you” &amp; &#39;me&#39;</h1>"
    assert look_at(Imitation(is_secure=False, page=page), study)["served"].state is State.OK


@pytest.mark.parametrize(
    ("handler", "state"), [(redirecting, State.OK), (plainly, State.PROBLEM), (None, State.WARNING)]
)
def test_the_address_without_encryption_must_lead_to_the_one_with_it(
    certificate: Certificate, handler: Any, state: State
) -> None:
    async def looked() -> list[Checkup]:
        async with answering(Imitation(), certificate) as url, answering(handler or plainly) as plain:
            there = plain if handler else "http://127.0.0.1:9"
            return await site_checkups(url, None, trust=certificate.trust, plain=there)

    assert asyncio.run(looked())[-1].state is state


def test_by_itself_it_believes_what_this_machine_believes(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    assert ssl.get_default_verify_paths().cafile == str(certificate.file)

    async def looked() -> list[Checkup]:
        async with answering(Imitation(), certificate) as url:
            return await site_checkups(url, None)

    assert {one.state for one in asyncio.run(looked())} == {State.OK}
