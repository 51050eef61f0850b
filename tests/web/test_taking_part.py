"""The study as people walk it, in a real browser: on a desk and a phone, by keyboard, without scripts, in languages."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from browser import DESKTOP, PHONE
from emotionbench.store import Store
from emotionbench.store.researchers import add
from survey_server import SurveyServer
from survey_studies import english, in_languages

PICTURES = os.environ.get("EMOTIONBENCH_PICTURES")
"""A folder for the pictures of the docs; none are taken without it."""
PASSWORD = "a long enough password"
CODE = re.compile(r"^[A-HJ-NP-Z2-9]{10}$")


class Walker:
    """Somebody at a browser who goes through the pages; every page is looked over by axe-core and for its width."""

    def __init__(self, context: BrowserContext, *, script: bool = True, with_axe: bool = True) -> None:
        self.context, self.script, self.with_axe = context, script, with_axe
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    @property
    def at(self) -> str:
        """The name of the page that is open."""
        return self.page.url.split("?")[0].rsplit("/", 1)[-1]

    def look(self) -> None:
        """Nothing is wider than the window, and axe-core has nothing serious to say."""
        if not self.script:
            return
        overflow = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{self.at} is {overflow} px too wide"
        if self.with_axe:
            serious = [v for v in Axe().run(self.page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert not serious, (self.at, json.dumps(serious, indent=1)[:3000])

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / name)

    def go_on(self) -> None:
        """Press the page's main button."""
        self.page.locator("main form button").first.click()
        self.page.wait_for_load_state()

    def consent(self, url: str) -> None:
        self.page.goto(url)
        self.look()
        self.page.check("[name=agree]")
        self.go_on()

    def about(self, age: str = "34") -> None:
        self.look()
        self.page.fill("[name=age]", age)
        self.go_on()

    def sheet(self, *, keep_checks: bool = True, leave: tuple[str, ...] = ()) -> None:
        """Answer every line with its second answer, and checks as they say or not."""
        self.look()
        for line in self.page.locator("fieldset.line").all():
            radios = line.locator("input[type=radio]")
            name = str(radios.first.get_attribute("name"))
            if name in leave:
                continue
            if name.startswith("check-"):
                quoted = re.findall(r"[“„«「\"](.+?)[”“»」\"]", line.locator("legend").inner_text())
                chosen = line.locator(".option", has_text=quoted[0]).locator("input") if quoted else radios.first
                wanted = str(chosen.first.get_attribute("value"))
                value = wanted if keep_checks else "1" if wanted != "1" else "2"
                line.locator(f"input[value='{value}']").check()
            else:
                radios.nth(1).check()
        self.go_on()

    def situation(self, text: str = "Somebody was unfair to me.", *, picture: str | None = None) -> None:
        self.look()
        if picture:
            self.picture(picture)
        if self.page.locator("[name=reflection]").count():
            self.page.fill("[name=reflection]", text)
        if self.script:
            expect(self.page.locator("main form button").first).to_be_enabled()
        else:
            self.page.wait_for_timeout(1100)
        self.go_on()

    def end(self, choice: str = "finish") -> None:
        self.look()
        self.page.click(f"button[value={choice}]")

    def walk(self, url: str, **how: Any) -> str:
        """From consent to the code."""
        self.consent(url)
        self.about()
        self.sheet(**how)
        self.situation()
        self.sheet(**how)
        self.end()
        self.look()
        return self.code

    @property
    def code(self) -> str:
        """The completion code shown."""
        expect(self.page.locator("dd").first).to_be_visible()
        return self.page.locator("dl.code dd").first.inner_text()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def walker(browser: Browser) -> Iterator[Callable[..., Walker]]:
    """Somebody new: ``walker(size=PHONE, script=False, scheme="dark", locale="ar")``."""
    with ExitStack() as stack:

        def somebody(*, size: tuple[int, int] = DESKTOP, script: bool = True, **how: Any) -> Walker:
            with_axe = how.pop("with_axe", True)
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                java_script_enabled=script,
                color_scheme=how.pop("scheme", "light"),
                locale=how.pop("locale", "en-GB"),
                **how,
            )
            stack.callback(context.close)
            return Walker(context, script=script, with_axe=with_axe)

        yield somebody


class Served:
    """One server for all tests of this file, and its store."""

    def __init__(self, server: SurveyServer, store: Path) -> None:
        self.url, self.store = server.url, store

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute(query, values).fetchall()

    def kept(self) -> list[tuple[Any, ...]]:
        """Everything that answers are."""
        return self.rows("SELECT * FROM submission ORDER BY 1, 2") + self.rows("SELECT * FROM attempt ORDER BY 1, 2")

    def person(self, code: str) -> dict[str, Any]:
        names = ("id", "language", "situation", "outcome", "demographics", "session")
        (row,) = self.rows(f"SELECT {', '.join(names)} FROM participant WHERE code = ?", code)
        return dict(zip(names, row, strict=True))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("taking-part")
    study, store = folder / "study.yaml", folder / "survey.db"
    text = in_languages(
        "en",
        "ar",
        "ja",
        reading_seconds=1,
        attention_checks=2,
        exclusions={"failed_checks": 1},
        collection={
            "completion": {"failed_checks": {"code": "CHECKS", "redirect": "https://panel.example/?cc=CHECKS"}}
        },
    )
    study.write_text(text, encoding="utf-8")
    server = SurveyServer.start(study, str(store), log=folder / "log")
    yield Served(server, store)
    server.stop()
    assert "Traceback" not in server.log.read_text(), server.log.read_text()


def test_on_a_desk_with_scripts(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    somebody.consent(served.url)
    somebody.about()
    somebody.sheet()
    somebody.situation(picture="survey-situation-desktop.png")
    somebody.sheet()
    somebody.end()
    code = somebody.code
    assert CODE.match(code)
    person = served.person(code)
    assert (person["outcome"], person["language"]) == ("complete", "en")
    assert json.loads(person["demographics"])["age"] == 34
    (response,) = served.rows(
        "SELECT response FROM attempt JOIN administration ON id = administration WHERE session = ? AND condition = ?",
        person["session"],
        "evoked",
    )[0]
    told = json.loads(response)
    assert set(told["answers"].values()) == {2}
    assert set(told["times"]) >= {f"item-{number}" for number in range(1, 21)}
    assert all(0 < time < 3_600_000 for time in told["times"].values())
    assert somebody.complaints == []
    assert {address.split("/")[2] for address in somebody.asked} == {served.url.split("/")[2]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(served: Served, walker: Callable[..., Walker], scheme: str) -> None:
    somebody = walker(size=PHONE, scheme=scheme, has_touch=True, is_mobile=True, device_scale_factor=2)
    somebody.consent(served.url)
    somebody.about()
    # every answer of a line is within the window's width, and the last is as large as the first
    for line in somebody.page.locator("fieldset.line").all()[:3]:
        boxes = [option.bounding_box() for option in line.locator(".option").all()]
        assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0] for box in boxes)
        assert len({round(box["width"]) for box in boxes if box}) == 1
        assert all(box and box["height"] >= 44 for box in boxes)
    if scheme == "light":
        somebody.picture("survey-sheet-phone.png")
    somebody.sheet()
    somebody.situation()
    somebody.sheet()
    somebody.end("pleasant")
    assert somebody.at == "pleasant"
    somebody.look()
    somebody.go_on()
    assert CODE.match(somebody.code)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_without_scripts(served: Served, walker: Callable[..., Walker], size: tuple[int, int]) -> None:
    somebody = walker(size=size, script=False)
    assert served.person(somebody.walk(served.url))["outcome"] == "complete"


def test_by_keyboard_alone(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker(with_axe=False)
    page, keys = somebody.page, somebody.page.keyboard
    page.goto(served.url)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            keys.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                # what has the focus can be seen to have it
                assert page.evaluate(
                    "() => {const s = getComputedStyle(document.activeElement);"
                    " const l = document.activeElement.nextElementSibling;"
                    " return s.outlineStyle != 'none' || (l && getComputedStyle(l).outlineStyle != 'none')}"
                ), selector
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    tab_to("[name=agree]")
    keys.press("Space")
    tab_to("main form button")
    keys.press("Enter")
    page.wait_for_url("**/about")
    tab_to("[name=age]")
    keys.type("41")
    keys.press("Enter")
    page.wait_for_url("**/before-1")
    digits(somebody, tab_to)
    page.wait_for_url("**/situation")
    tab_to("[name=reflection]")
    keys.type("A neighbour was loud.")
    expect(page.locator("main form button").first).to_be_enabled()
    tab_to("main form button")
    keys.press("Enter")
    page.wait_for_url("**/after-1")
    digits(somebody, tab_to)
    page.wait_for_url("**/end")
    tab_to("button[value=finish]")
    keys.press("Enter")
    page.wait_for_url("**/done")
    person = served.person(somebody.code)
    assert person["outcome"] == "complete"
    assert json.loads(person["demographics"])["age"] == 41


def digits(somebody: Walker, tab_to: Callable[[str], None]) -> None:
    """Answer a sheet by digits: each goes on to the next line, and the last one to the button."""
    lines = somebody.page.locator("fieldset.line").all()
    tab_to("fieldset.line input")
    for line in lines:
        name = line.locator("input").first.get_attribute("name")
        assert somebody.page.evaluate("document.activeElement.name") == name
        quoted = re.findall(r"“(.+?)”", line.locator("legend").inner_text())
        chosen = line.locator(".option", has_text=quoted[0]).locator("input").first if quoted else None
        somebody.page.keyboard.press(str(chosen.get_attribute("value")) if chosen else "3")
    assert somebody.page.evaluate("document.activeElement.tagName") == "BUTTON"
    somebody.page.keyboard.press("Enter")


@pytest.mark.parametrize("spoken", [("ar", "rtl", "ar-EG"), ("ja", "ltr", "ja-JP")])
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_in_other_languages(
    served: Served,
    walker: Callable[..., Walker],
    spoken: tuple[str, str, str],
    size: tuple[int, int],
) -> None:
    language, direction, locale = spoken
    somebody = walker(locale=locale, size=size)
    somebody.page.goto(served.url)  # the browser's language is taken
    assert somebody.page.locator("html").get_attribute("lang") == language
    assert somebody.page.locator("html").get_attribute("dir") == direction
    somebody.consent(f"{served.url}/?lang={language}")
    somebody.about()
    if (language, size) == ("ar", DESKTOP):
        somebody.picture("survey-sheet-ar.png")
    somebody.sheet()
    somebody.situation("...")
    somebody.sheet()
    somebody.end("pleasant")
    somebody.go_on()
    person = served.person(somebody.code)
    assert person["outcome"] == "complete"
    assert person["language"] == language


def test_a_language_can_be_chosen_before_consent(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    somebody.page.goto(served.url)
    somebody.page.click("nav a[lang=ja]")
    assert somebody.page.locator("html").get_attribute("lang") == "ja"


def test_the_same_link_goes_on_where_the_browser_was_closed(served: Served, walker: Callable[..., Walker]) -> None:
    first = walker()
    first.consent(served.url)
    first.about()
    lines = [first.page.locator("fieldset.line").nth(number).locator("input").nth(3) for number in range(5)]
    names = [str(line.get_attribute("name")) for line in lines]
    # an earlier draft may go out where the answers take long
    with first.page.expect_response(lambda answer: all(f"{n}=" in (answer.request.post_data or "") for n in names)):
        for line in lines:
            line.check()
    expect(first.page.locator("[data-saved]")).not_to_be_empty()
    link = first.page.url
    first.context.close()
    again = walker()
    again.page.goto(link)
    assert again.at == "before-1"
    chosen = [again.page.locator("fieldset.line").nth(n).locator("input").nth(3).is_checked() for n in range(6)]
    assert chosen == [True] * 5 + [False]


def test_the_entry_offers_to_go_on_at_the_same_device(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker(with_axe=False)
    somebody.consent(served.url)
    assert somebody.at == "about"
    link = somebody.page.url
    somebody.page.goto(served.url)
    somebody.page.click(f"main a[href='{'/'.join(link.split('/')[:5]).removeprefix(served.url)}']")
    assert somebody.page.url == link


def test_back_and_reload_change_nothing(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker(with_axe=False)
    somebody.consent(served.url)
    somebody.about()
    somebody.sheet()
    before = served.kept()
    somebody.page.go_back()
    assert somebody.at in ("situation", "about", "before-1")
    somebody.page.reload()
    assert somebody.at == "situation"
    somebody.page.goto(somebody.page.url.replace("situation", "before-1"))
    assert somebody.at == "situation"
    somebody.page.goto(somebody.page.url.replace("situation", "done"))
    assert somebody.at == "situation"
    assert served.kept() == before


def test_withdrawing_deletes_everything(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    code = somebody.walk(served.url)
    person = served.person(code)
    link = somebody.page.url
    somebody.page.locator("footer a[href$=withdraw]").click()
    somebody.look()
    somebody.page.locator("main a").click()  # no, go back
    assert somebody.at == "done"
    assert served.person(code)
    somebody.page.locator("footer a[href$=withdraw]").click()
    somebody.go_on()
    assert somebody.at == "withdrawn"
    somebody.look()
    for query, value in (
        ("SELECT 1 FROM participant WHERE id = ?", person["id"]),
        ("SELECT 1 FROM submission WHERE participant = ?", person["id"]),
        ("SELECT 1 FROM administration WHERE session = ?", person["session"]),
    ):
        assert served.rows(query, value) == []
    assert served.rows("SELECT n FROM departure WHERE reason = 'withdrawn'")[0][0] >= 1
    response = somebody.page.goto(link)
    assert response
    assert response.status == 404


def test_what_is_left_out_is_asked_once_and_then_missing(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    somebody.consent(served.url)
    somebody.about(age="not a number")
    assert somebody.at == "about"
    somebody.look()
    assert somebody.page.locator("[name=age]").get_attribute("aria-invalid") == "true"
    assert somebody.page.evaluate("document.activeElement.className").split()[0] == "errors"
    somebody.about()
    somebody.sheet(leave=("item-4", "item-9"))
    assert somebody.at == "before-1"
    somebody.look()
    summary = somebody.page.locator(".errors a")
    assert summary.count() == 2
    summary.first.click()
    assert somebody.page.evaluate("document.activeElement.name") in ("item-4", "item-9")
    somebody.page.click("button[name=leave_out]")
    assert somebody.at == "situation"
    link = somebody.page.url.split("/")[4]
    (content,) = served.rows("SELECT content FROM submission WHERE page = 'before-1' AND participant = ?", link[:32])[0]
    assert json.loads(content)["n_missing"] == 2


def test_failed_checks_end_with_their_own_code(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    somebody.walk(served.url, keep_checks=False)
    text = somebody.page.locator("main").inner_text()
    assert "CHECKS" in text
    assert somebody.page.locator("main a.button").get_attribute("href") == "https://panel.example/?cc=CHECKS"
    own = next(word for word in text.split() if CODE.match(word))
    assert served.person(own)["outcome"] == "failed_checks"


def test_minors_are_screened_out(served: Served, walker: Callable[..., Walker]) -> None:
    somebody = walker()
    somebody.consent(served.url)
    somebody.about(age="17")
    assert somebody.at == "done"
    somebody.look()
    assert served.person(somebody.code)["outcome"] == "screened_out"
    assert served.person(somebody.code)["situation"] is None


def test_the_reading_time_holds_without_scripts_too(
    survey_server: Callable[..., SurveyServer], walker: Callable[..., Walker]
) -> None:
    somebody = walker(script=False)
    somebody.consent(survey_server(english(reading_seconds=6)).url)
    somebody.about()
    somebody.sheet()
    somebody.page.fill("[name=reflection]", "too soon")
    somebody.go_on()
    assert somebody.at == "situation"
    assert somebody.page.input_value("[name=reflection]") == "too soon"
    assert somebody.page.locator(".errors").count() == 1
    somebody.page.wait_for_timeout(6100)
    somebody.go_on()
    assert somebody.at == "after-1"


def test_the_researcher_sees_them_come_and_takes_their_answers_home(
    served: Served, walker: Callable[..., Walker], tmp_path: Path
) -> None:
    somebody = walker(script=False)
    code = somebody.walk(served.url)
    with Store(served.store) as store:
        add(store, "rosa", PASSWORD)
    researcher = walker(size=(1280, 1100))
    page = researcher.page
    page.goto(f"{served.url}/researcher")
    researcher.look()
    page.fill("[name=name]", "rosa")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/researcher")
    researcher.look()
    researcher.picture("survey-researcher.png")
    ((n,),) = served.rows("SELECT count(*) FROM participant WHERE outcome = 'complete'")
    assert f"{n} of 400 complete" in page.locator("main").inner_text()
    with page.expect_download() as download:
        page.click("a[href$='answers.zip']")
    file = tmp_path / "answers.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert {"answers.csv", "people.csv", "codebook.csv", "study.json"} <= set(archive.namelist())
        content = b"".join(archive.read(name) for name in archive.namelist())
    person = served.person(code)
    assert person["session"].encode() in content
    assert person["id"].encode() not in content
    assert code.encode() not in content
    # what changes is seen without asking for it
    shown = page.locator("main").inner_text()
    walker(script=False).walk(served.url)
    page.wait_for_function("before => !document.querySelector('main').innerText.includes(before)", arg=f"{n} of 400")
    assert f"{n + 1} of 400 complete" in page.locator("main").inner_text() != shown


def test_two_people_never_get_the_same_code(served: Served) -> None:
    codes = [code for (code,) in served.rows("SELECT code FROM participant")]
    assert len(set(codes)) == len(codes)


def test_a_panel_brings_its_people_and_takes_them_back(
    survey_server: Callable[..., SurveyServer], walker: Callable[..., Walker], tmp_path: Path
) -> None:
    redirect = "https://app.prolific.com/submissions/complete?cc=C1ABC"
    text = english(
        reading_seconds=0,
        collection={"panel": "prolific", "completion": {"complete": {"code": "C1ABC", "redirect": redirect}}},
    )
    server = survey_server(text)
    ids = "PROLIFIC_PID=5f0aaaaaaaaaaaaaaaaaaaaa&STUDY_ID=60bbbbbbbbbbbbbbbbbbbbbb&SESSION_ID=61cccccccccccccccccccccc"
    somebody = walker(with_axe=False)
    assert somebody.page.goto(server.url).status == 400  # type: ignore[union-attr]
    somebody.consent(f"{server.url}/?{ids}")
    somebody.about()
    # the panel's link again, on another device: the same person goes on
    again = walker(with_axe=False)
    again.page.goto(f"{server.url}/?{ids}")
    assert again.at == "before-1"
    again.sheet()
    again.situation()
    again.sheet()
    again.end()
    assert again.page.locator("main a.button").get_attribute("href") == redirect
    other_visit = ids.replace("61c", "62c")
    assert walker(with_axe=False).page.goto(f"{server.url}/?{other_visit}").status == 409  # type: ignore[union-attr]
    content = b"".join(path.read_bytes() for path in tmp_path.glob("survey.db*"))
    assert b"5f0aaaaaaaaaaaaaaaaaaaaa" not in content
    assert b"61cccccccccccccccccccccc" not in content
    with closing(sqlite3.connect(tmp_path / "survey.db")) as connection:
        assert connection.execute("SELECT count(*) FROM recruitment").fetchone() == (1,)
