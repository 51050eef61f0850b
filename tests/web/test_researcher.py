"""The researcher's page over real HTTP: nobody sees anything without a login, and guessing one does not pay."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from itsdangerous import URLSafeTimedSerializer
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import func, select, update

from browser import DESKTOP, PHONE
from emotionbench.store import Store, researchers, schema
from emotionbench.web import researcher
from emotionbench.web.opening import open_survey
from researcher_helpers import NAME, PASSWORD, Browser, People, serving, site_of
from survey_studies import english, human

HOME, LOGIN, LOGOUT = "/researcher", "/researcher/login", "/researcher/logout"
BEHIND = (HOME, f"{HOME}/", "/researcher/figures", "/researcher/answers.zip", "/researcher/preregistration.md")
MARKED = "<script>alert('x')</script>&\""
STUDY = human(english(title=f"Feelings {MARKED}"))
EIGHT_HOURS = 8 * 3600
Open = Callable[..., int]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with the study and one account."""
    with Store(tmp_path / "survey.db") as opened:
        open_survey(opened, STUDY)
        researchers.add(opened, NAME, PASSWORD)
        yield opened


@pytest.fixture
def start(store: Store) -> Iterator[Open]:
    """Starts servers on the store; the port."""
    with ExitStack() as stack:
        yield lambda url=None, **how: stack.enter_context(serving(site_of(store, STUDY, url), **how))


@pytest.fixture
def browser(start: Open) -> Browser:
    """Somebody at a server of the study's researcher, not logged in."""
    return Browser(start(archive=lambda: b"PK archive", preregistration=lambda: "# Plan\n"))


def test_nothing_is_shown_without_a_login(browser: Browser) -> None:
    for path in BEHIND:
        answer = browser.get(path)
        assert (answer.status, answer.headers["location"], browser.content) == (303, LOGIN, b"")
    answer = browser.get(LOGIN)
    assert answer.status == 200
    assert "figures" not in browser.text
    for path in (*BEHIND, LOGIN):
        assert browser.post(path if path != LOGIN else LOGOUT).status in {303, 405}


def test_while_nobody_takes_part_there_are_no_answers_to_take_home(browser: Browser) -> None:
    browser.log_in()
    browser.get(HOME)
    assert "answers.zip" not in browser.text
    assert browser.get("/researcher/answers.zip").status == 404


def test_a_login_shows_the_figures_and_files(browser: Browser, store: Store) -> None:
    people = People(store, STUDY)
    people.of(0)
    people.save()
    answer = browser.log_in()
    assert (answer.status, answer.headers["location"]) == (303, HOME)
    assert browser.get(HOME).status == 200
    assert "<strong>0</strong> of 400 complete" in browser.text
    assert browser.get("/researcher/figures").status == 200
    assert browser.text.count("<section") == 4
    assert "<html" not in browser.text
    for path, kind, content in (
        ("answers.zip", "application/zip", b"PK archive"),
        ("preregistration.md", "text/markdown; charset=utf-8", b"# Plan\n"),
    ):
        answer = browser.get(f"/researcher/{path}")
        assert (answer.status, answer.headers["content-type"], browser.content) == (200, kind, content)
        assert answer.headers["content-disposition"] == f'attachment; filename="feelings-{path}"'
        assert answer.headers["cache-control"] == "no-store"
    assert browser.get(LOGIN).headers["location"] == HOME


def test_files_that_are_not_given_are_not_offered(start: Open) -> None:
    browser = Browser(start())
    browser.log_in()
    browser.get(HOME)
    assert "answers.zip" not in browser.text
    assert browser.get("/researcher/answers.zip").status == 404
    assert browser.get("/researcher/preregistration.md").status == 404


def test_cookies_are_closed_to_scripts_and_other_sites(start: Open) -> None:
    for url, is_secure in ((None, False), ("http://127.0.0.1:8080", False), ("https://survey.example.org", True)):
        browser = Browser(start(url))
        browser.get(LOGIN)
        form = browser.cookies[researcher.VISIT_COOKIE]
        browser.log_in()
        session = browser.cookies[researcher.SESSION_COOKIE]
        assert researcher.VISIT_COOKIE not in browser.cookies
        assert session["max-age"] == str(EIGHT_HOURS)
        for cookie in (form, session):
            assert (cookie["path"], cookie["samesite"], bool(cookie["httponly"])) == (HOME, "strict", True)
            assert bool(cookie["secure"]) is is_secure
        assert NAME not in session.value
        assert PASSWORD not in session.value


def test_a_wrong_name_and_a_wrong_password_look_the_same(browser: Browser) -> None:
    told = []
    for name, password in ((NAME, "wrong, all of it"), ("nobody", "wrong, all of it"), (NAME, "x" * 1001), (NAME, "")):
        answer = browser.log_in(name, password)
        assert answer.status == 401
        assert researcher.SESSION_COOKIE not in browser.cookies
        hidden = re.sub(r'name="csrf" value="[^"]+"', "", browser.text)
        told.append((hidden.replace(f'value="{name}"', ""), sorted(answer.headers.keys())))
    assert told.count(told[0]) == len(told)
    assert "The name or the password is wrong." in browser.text


@pytest.mark.parametrize("name", [NAME, "nobody"])
def test_the_delay_holds_for_every_server_on_the_store(start: Open, store: Store, name: str) -> None:
    one, two = Browser(start()), Browser(start())
    for place in range(4):
        assert (one, two)[place % 2].log_in(name, "wrong, all of it").status == 401
    table = schema.researcher
    with store.writing() as connection:
        assert connection.execute(select(func.max(table.c.n_failed))).scalar_one() == 4
        connection.execute(update(table).where(table.c.n_failed > 0).values(n_failed=10))
    for browser in (one, two, Browser(start())):
        answer = browser.log_in(name, PASSWORD)
        assert answer.status == 429
        assert 0 < int(answer.headers["retry-after"]) <= 2**7
        assert "Too many logins failed" in browser.text
        assert researcher.SESSION_COOKIE not in browser.cookies
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.n_failed > 0).values(failed_at=time.time() - 2**7))
    assert one.log_in(name, PASSWORD).status == (303 if name == NAME else 401)


def test_a_form_that_is_not_ours_is_refused(start: Open) -> None:
    browser, other = Browser(start()), Browser(start())
    browser.get(LOGIN)
    other.get(LOGIN)
    right = {"name": NAME, "password": PASSWORD}
    proof = browser.csrf()
    for wrong in ("", "x", proof[:-1], other.csrf(), "\u2603"):
        assert browser.post(LOGIN, csrf=wrong, **right).status == 403
        assert researcher.SESSION_COOKIE not in browser.cookies
        browser.get(LOGIN)
    assert browser.post(LOGIN, **right).status == 403
    browser.get(LOGIN)
    proof = browser.csrf()
    del browser.cookies[researcher.VISIT_COOKIE]
    assert browser.post(LOGIN, csrf=proof, **right).status == 403
    # the form that the refusal brings with it works
    assert browser.post(LOGIN, csrf=browser.csrf(), **right).status == 303


def test_what_no_form_of_ours_sends_is_refused(browser: Browser) -> None:
    browser.get(LOGIN)
    proof = browser.csrf()
    assert browser.post(LOGIN, csrf=proof, name=NAME, password=PASSWORD, more="x").status == 400
    assert browser.post(LOGIN, csrf=proof, name="a\x00b", password=PASSWORD).status == 400
    assert browser.post(LOGIN, csrf=proof, name=NAME, password="x" * 70_000).status == 413
    assert browser.post(LOGIN, csrf=proof).status == 401
    assert browser.post(LOGIN, csrf=proof, name="\u202e" * 5000, password="x").status in {401, 403}


def test_logging_out_ends_the_session_and_needs_its_form(browser: Browser) -> None:
    browser.log_in()
    browser.get(HOME)
    proof = browser.csrf()
    for wrong in ("", "x", proof[:-1]):
        assert browser.post(LOGOUT, csrf=wrong).status == 403
    assert browser.get(HOME).status == 200
    assert browser.post(LOGOUT, csrf=proof).headers["location"] == LOGIN
    assert researcher.SESSION_COOKIE not in browser.cookies
    assert browser.get(HOME).status == 303
    browser.log_in()
    assert browser.post(LOGOUT, csrf=proof).status == 403
    assert browser.get(LOGOUT).status == 405


def test_a_session_ends_with_its_password_or_account(browser: Browser, store: Store) -> None:
    browser.log_in()
    assert browser.get(HOME).status == 200
    researchers.set_password(store, NAME, "another one entirely")
    assert [browser.get(path).status for path in BEHIND] == [303] * len(BEHIND)
    browser.log_in(password="another one entirely")
    assert browser.get(HOME).status == 200
    researchers.remove(store, NAME)
    assert browser.get(HOME).status == 303
    researchers.add(store, NAME, "another one entirely")
    assert browser.get(HOME).status == 303


def test_a_session_ends_after_eight_hours(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.log_in()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + EIGHT_HOURS - 60)
    assert browser.get(HOME).status == 200
    monkeypatch.setattr(time, "time", lambda: now() + EIGHT_HOURS + 60)
    assert browser.get(HOME).status == 303


def test_a_session_that_was_not_signed_here_is_none(browser: Browser, store: Store) -> None:
    browser.log_in()
    own = browser.cookies[researcher.SESSION_COOKIE].value
    _, stamp, signature = own.rsplit(".", 2)
    content = json.dumps(["0" * 32, NAME, researchers.fingerprint(store, NAME)]).encode()
    forged = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    strange = URLSafeTimedSerializer("another secret", salt="emotionbench researcher").dumps(json.loads(content))
    for wrong in ("x", own[:-2], f"{forged}.{stamp}.{signature}", strange, own[::-1], "." * 40):
        browser.cookies[researcher.SESSION_COOKIE].set(researcher.SESSION_COOKIE, wrong, wrong)
        assert browser.get(HOME).status == 303
    browser.cookies[researcher.SESSION_COOKIE].set(researcher.SESSION_COOKIE, own, own)
    assert browser.get(HOME).status == 200


def test_nothing_that_was_entered_becomes_a_part_of_the_page(browser: Browser, store: Store) -> None:
    researchers.add(store, MARKED, PASSWORD)
    browser.log_in(MARKED, "wrong, all of it")
    assert "<script>alert" not in browser.text
    assert 'value="&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#34;"' in browser.text
    browser.log_in(MARKED)
    browser.get(HOME)
    assert "<script>alert" not in browser.text
    assert browser.text.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&#34;") == 3


def test_passwords_are_checked_two_at_a_time(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    running: list[int] = []
    may_end = threading.Event()

    def slow(*_: Any) -> None:
        running.append(1)
        may_end.wait(120)

    monkeypatch.setattr(researchers, "log_in", slow)
    monkeypatch.setattr(researcher, "MOST_WAITING", 3)
    found: list[int] = []

    def guess(number: int) -> None:
        found.append(Browser(browser.port).log_in(f"guess {number}").status)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while (len(found) < 7 or len(running) < researcher.AT_ONCE) and time.monotonic() < until:
        time.sleep(0.01)
    assert len(running) == researcher.AT_ONCE
    assert found == [503] * 7
    may_end.set()
    for thread in threads:
        thread.join()
    assert found[7:] == [401] * 5


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Callable[..., Page]]:
    """Opens pages in a real browser."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def new(size: tuple[int, int] = DESKTOP, scheme: Any = "light", *, script: bool = True) -> Page:
            viewport: Any = {"width": size[0], "height": size[1]}
            return found.new_context(viewport=viewport, color_scheme=scheme, java_script_enabled=script).new_page()

        yield new
        found.close()


def logged_in(page: Page, port: int) -> list[str]:
    """Log in with the keyboard alone; the complaints of the page from then on."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(f"http://127.0.0.1:{port}{HOME}")
    page.locator("#name").focus()
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#figures")
    return [one for one in complaints if "favicon" not in one and "404" not in one]


@pytest.mark.slow
def test_the_figures_keep_up_to_date(start: Open, store: Store, chrome: Callable[..., Page]) -> None:
    page, port = chrome(), start()
    complaints = logged_in(page, port)
    people = People(store, STUDY)
    people.of(6, people.situations[0], outcome="complete")
    people.save()
    expect(page.locator(".complete strong")).to_have_text("1", timeout=60_000)
    page.get_by_role("button", name="Pause updates").click()
    people.of(6, people.situations[0], outcome="complete")
    people.save()
    page.wait_for_timeout(6000)
    assert page.text_content(".complete strong") == "1"
    page.get_by_role("button", name="Resume updates").click()
    expect(page.locator(".complete strong")).to_have_text("2", timeout=60_000)
    researchers.remove(store, NAME)
    page.wait_for_selector("text=You are logged out", timeout=60_000)
    assert complaints == []


@pytest.mark.slow
def test_without_its_script_the_page_has_a_link(start: Open, store: Store, chrome: Callable[..., Page]) -> None:
    page = chrome(script=False)
    logged_in(page, start())
    assert not page.get_by_role("button", name="Pause updates").is_visible()
    people = People(store, STUDY)
    people.of(6, people.situations[0], outcome="complete")
    people.save()
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator(".complete strong")).to_have_text("1")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"**{LOGIN}")


@pytest.mark.slow
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(
    start: Open, store: Store, chrome: Callable[..., Page], size: tuple[int, int], scheme: str
) -> None:
    people = People(store, STUDY)
    for _ in range(6):
        people.of(6, people.situations[0], outcome="complete")
    people.save()
    page, port = chrome(size, scheme), start(archive=lambda: b"", preregistration=lambda: "")
    page.goto(f"http://127.0.0.1:{port}{LOGIN}")
    assert Axe().run(page).violations_count == 0
    logged_in(page, port)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
