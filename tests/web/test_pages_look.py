from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from browser import DESKTOP, PHONE
from emotionbench.web.render import View
from emotionbench.web.views import Row
from page_server import PageServer, page_server
from survey_views import views

NAMES = tuple(views())
SMALLEST = (320, 640)
TOUCH = 44
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
STATIC = files("emotionbench.web") / "static"
CSS, SCRIPT = (STATIC.joinpath(name).read_text() for name in ("survey.css", "survey.js"))
Show = Callable[..., "Seen"]

OPTIONS = """row => [...row.querySelectorAll('.option')].map(option => {
  const box = option.getBoundingClientRect(), text = option.querySelector('label');
  return {left: box.left, right: box.right, width: box.width, height: box.height,
          hidden: text.scrollWidth - text.clientWidth};
})"""
BARE_TARGETS = """() => [...document.querySelectorAll('label, button, a, textarea, input[type=text]')]
  .filter(e => !e.matches('.skip, .name, .progress label') && e.getClientRects().length)
  .map(e => [e.getBoundingClientRect().height, e.outerHTML.slice(0, 90)])
  .filter(([height]) => height < TOUCH)"""


LISTEN = """selector => {
  const heard = window.heard = [], status = document.querySelector(selector);
  const listener = new MutationObserver(() => heard.push(status.textContent));
  listener.observe(status, {childList: true, characterData: true, subtree: true});
}"""


class Seen:
    """A page in a browser, with whatever it complained of or asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url, wait_until="load")

    @property
    def focused(self) -> str:
        """The id, class or name of the element that has the focus."""
        found: str = self.page.evaluate(
            "(e => e.id || e.className || e.value || e.textContent || e.tagName)(document.activeElement)"
        )
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return found


class Windows:
    """A browser whose windows are kept by their settings, as opening one takes longer than a page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._known: dict[str, BrowserContext] = {}

    def page(self, **settings: Any) -> Page:
        """A new page in a window of these settings."""
        key = str(sorted(settings.items()))
        if key not in self._known:
            self._known[key] = self.browser.new_context(**settings)
            self._known[key].set_default_timeout(10_000)
        return self._known[key].new_page()


@pytest.fixture(scope="module")
def windows(chromium: str) -> Iterator[Windows]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Windows(started)
        started.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server() as started:
        yield started


@pytest.fixture
def show(windows: Windows, server: PageServer) -> Iterator[Show]:
    """Opens views, such as ``show(view, size=PHONE, color_scheme="dark")``; none of them may complain."""
    opened: list[Seen] = []

    def open_view(view: View, *, size: tuple[int, int] = DESKTOP, **settings: Any) -> Seen:
        page = windows.page(viewport={"width": size[0], "height": size[1]}, **settings)
        opened.append(Seen(page, server.show(view)))
        return opened[-1]

    yield open_view
    for seen in opened:
        seen.page.close()
        assert seen.complaints == []
        assert all(url.startswith(server.url) for url in seen.requests)


def arrived(server: PageServer, n: int) -> None:
    """Wait until so many forms came."""
    until = time.monotonic() + 10
    while len(server.sent) < n and time.monotonic() < until:
        time.sleep(0.02)
    assert len(server.sent) == n


@pytest.mark.parametrize(("language", "scheme"), [*product(("en", "ar"), ("light", "dark"))])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(show: Show, name: str, language: str, scheme: str) -> None:
    seen = show(views(language)[name], size=PHONE, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    # of all that axe looks at, only contrast can be another in the dark
    rules: list[str] = ["color-contrast"] if scheme == "dark" else [*TAGS]
    found = Axe().run(seen.page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], one["impact"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("language", ["en", "ar", "ja", "ru"])
def test_no_page_is_wider_than_the_smallest_phone_nor_than_a_desktop_at_400_percent(show: Show, language: str) -> None:
    for name, view in views(language).items():
        seen = show(view, size=SMALLEST)
        assert seen.overflow() == 0, name
        assert seen.page.evaluate(BARE_TARGETS.replace("TOUCH", str(TOUCH))) == [], name


@pytest.mark.parametrize(("language", "size"), [*product(("en", "ar", "ja", "ru", "de"), (SMALLEST, PHONE, DESKTOP))])
def test_all_options_of_an_item_are_in_sight_and_of_one_size(show: Show, language: str, size: tuple[int, int]) -> None:
    seen = show(views(language)["sheet"], size=size)
    for options in seen.page.evaluate(f"[...document.querySelectorAll('.line')].map({OPTIONS})"):
        assert len(options) == 5
        assert len({(round(one["width"]), round(one["height"])) for one in options}) == 1
        assert all(one["left"] >= 0 and one["right"] <= size[0] and one["hidden"] <= 0 for one in options)
        assert max(one["height"] for one in options) * 5 < size[1]


def test_options_stand_in_a_row_on_a_desktop_and_below_each_other_on_a_phone(show: Show) -> None:
    def lefts(size: tuple[int, int], view: View) -> list[float]:
        return [round(one["left"]) for one in show(view, size=size).page.locator(".line").first.evaluate(OPTIONS)]

    view = views("en")["sheet"]
    assert len(set(lefts(DESKTOP, view))) == 5
    assert lefts(DESKTOP, view) == sorted(lefts(DESKTOP, view))
    assert len(set(lefts(PHONE, view))) == 1
    arabic = lefts(DESKTOP, views("ar")["sheet"])
    assert arabic == sorted(arabic, reverse=True)
    long = replace(view, rows=(Row("item-1", "", ((0, "I do not feel sad."), (1, "I am sad " * 20)), ""),))
    assert len(set(lefts(DESKTOP, long))) == 1


def test_larger_letters_do_not_cut_anything_off(show: Show) -> None:
    for name, size in product(("sheet", "end", "consent"), (DESKTOP, PHONE)):
        seen = show(views()[name], size=size)
        seen.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert seen.overflow() == 0, name


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_whole_without_the_script(show: Show, name: str) -> None:
    seen = show(views()[name], java_script_enabled=False)
    main = seen.page.locator("main")
    assert main.locator("h1").is_visible()
    assert seen.page.locator("[data-keyboard]:visible").count() == 0
    assert seen.page.locator("[aria-disabled]").count() == 0


def test_without_the_script_a_sheet_is_sent_with_its_own_names(show: Show, server: PageServer) -> None:
    view = views()["sheet-left-out"]
    seen = show(view, java_script_enabled=False)
    assert "errors" in seen.page.locator(":focus").get_attribute("class")
    seen.page.check("#f-item-1-4")
    seen.page.locator("[name=leave_out]").click()
    arrived(server, 1)
    (sent,) = server.sent
    assert sent == (view.sending.action, {"csrf": "signed", "times": "", "item-1": "4", "leave_out": "yes"})


def test_the_summary_of_what_is_wrong_has_the_focus_and_leads_to_the_fields(show: Show) -> None:
    seen = show(views()["sheet-left-out"], size=PHONE, reduced_motion="reduce")
    expect(seen.page.locator(".errors")).to_be_focused()
    seen.page.locator(".errors a").last.click()
    assert seen.focused == "f-item-5-1"
    legend = seen.page.locator("fieldset:has(#f-item-5-1) legend").bounding_box()
    assert legend is not None
    assert 0 <= legend["y"] < PHONE[1] / 2


def test_the_first_key_leads_past_the_head_of_the_page(show: Show) -> None:
    seen = show(views()["consent"])
    seen.page.keyboard.press("Tab")
    skip = seen.page.locator(".skip")
    box = skip.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    seen.page.keyboard.press("Enter")
    assert seen.focused == "main"


def test_whatever_has_the_focus_shows_it(show: Show) -> None:
    for scheme, name in product(("light", "dark"), ("consent", "sheet-left-out", "about", "situation", "end")):
        seen = show(views()[name], color_scheme=scheme)
        for _ in range(9):
            seen.page.keyboard.press("Tab")
            if seen.page.evaluate("document.activeElement === document.body"):
                break
            outlined = seen.page.evaluate(
                """() => { const e = document.activeElement, of = e.type === 'radio' || e.type === 'checkbox'
                  ? e.nextElementSibling : e, s = getComputedStyle(of);
                  return [s.outlineStyle, parseFloat(s.outlineWidth)] }"""
            )
            assert outlined[0] == "solid", (name, seen.focused)
            assert outlined[1] >= 2


def test_the_hint_on_keys_is_for_those_who_have_a_mouse(show: Show) -> None:
    hint = views()["sheet"].frame.pages.keyboard_hint
    assert show(views()["sheet"]).page.get_by_text(hint).is_visible()
    assert not show(views()["sheet"], has_touch=True, is_mobile=True).page.get_by_text(hint).is_visible()


@pytest.mark.parametrize(("keys", "lowest"), [("1523", 1), ("0412", 0), ("١٥٢٣", 1), ("１５２３", 1)])
def test_digits_answer_line_by_line(show: Show, keys: str, lowest: int) -> None:
    view = views()["sheet"]
    options = tuple((value, str(value)) for value in range(lowest, lowest + 5))
    rows = tuple(Row(f"item-{number}", f"Item {number}", options, "") for number in range(1, 5))
    seen = show(replace(view, rows=rows), reduced_motion="reduce")
    seen.page.focus("#f-item-1-1")
    for key in keys:
        seen.page.evaluate(
            "key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))", key
        )
    chosen = seen.page.eval_on_selector_all(":checked", "all => all.map(e => [e.name, e.value])")
    assert chosen == [[f"item-{number}", str(int(key))] for number, key in enumerate(keys, 1)]
    assert seen.focused == "Continue"


def test_digits_do_nothing_elsewhere_nor_with_other_keys_nor_out_of_range(show: Show) -> None:
    seen = show(views()["sheet"])
    seen.page.keyboard.press("3")
    assert seen.page.locator(":checked").count() == 0
    seen.page.focus("#f-item-1-1")
    for key in ("9", "0", "Control+3", "Alt+3", "F3"):
        seen.page.keyboard.press(key)
    assert seen.page.locator(":checked").count() == 0
    assert seen.focused == "f-item-1-1"
    seen.page.keyboard.press("3")
    assert seen.page.locator("#f-item-1-3").is_checked()
    seen.page.focus("#f-item-1-3")
    seen.page.keyboard.press("5")
    assert seen.page.locator(":checked").get_attribute("value") == "5"


def test_a_draft_is_kept_once_a_person_pauses(show: Show, server: PageServer) -> None:
    view = views()["sheet"]
    seen = show(view)
    status = seen.page.locator("[data-saved]")
    for value in (2, 4):
        seen.page.check(f"#f-item-1-{value}")
    assert server.sent == []
    expect(status).to_have_text(view.frame.pages.saved)
    ((address, fields),) = server.sent
    assert address == view.sending.draft
    assert {key: fields[key] for key in fields if key != "times"} == {"csrf": "signed", "item-1": "4"}
    assert status.get_attribute("role") == "status"
    seen.page.evaluate(LISTEN, "[data-saved]")
    seen.page.check("#f-item-2-1")
    with seen.page.expect_response(lambda response: response.url.endswith("draft")):
        pass
    assert len(server.sent) == 2
    assert seen.page.evaluate("heard") == []


def test_what_is_not_kept_yet_is_sent_when_the_page_is_left(show: Show, server: PageServer) -> None:
    seen = show(views()["situation-empty"])
    seen.page.fill("textarea", "A man walked past.")
    seen.page.goto("about:blank")
    arrived(server, 1)
    ((address, fields),) = server.sent
    assert address.endswith("/situation/draft")
    assert fields["reflection"] == "A man walked past."


def test_a_draft_that_is_refused_goes_again_and_is_not_called_saved(show: Show, server: PageServer) -> None:
    server.status = 503
    seen = show(views()["about"])
    seen.page.fill("#f-age", "41")
    with seen.page.expect_response("**/draft"):
        pass
    seen.page.wait_for_timeout(100)
    assert seen.page.locator("[data-saved]").inner_text() == ""
    server.status = 204
    seen.page.goto("about:blank")
    arrived(server, 2)
    # a browser itself notes every answer above 399
    assert [text for text in seen.complaints if "503" not in text] == []
    seen.complaints.clear()


def test_the_times_of_the_last_change_of_each_line_are_sent(show: Show, server: PageServer) -> None:
    view = replace(views()["sheet"], times='{"item-3": 900}')
    seen = show(view)
    seen.page.check("#f-item-1-2")
    seen.page.wait_for_timeout(300)
    seen.page.check("#f-check-1-5")
    seen.page.check("#f-item-1-3")
    seen.page.locator("main button").click()
    arrived(server, 1)
    (sent,) = (fields for address, fields in server.sent if address == view.sending.action)
    times = json.loads(sent["times"])
    assert set(times) == {"item-1", "item-3", "check-1"}
    assert times["item-3"] == 900
    assert all(type(time) is int for time in times.values())
    assert 300 <= times["check-1"] <= times["item-1"] < 10_000


def test_the_reading_time_is_counted_down_and_announced_twice_at_most(show: Show, server: PageServer) -> None:
    seen = show(views()["situation"])
    page = seen.page
    page.evaluate(LISTEN, "[data-wait]")
    button = page.locator("main button")
    assert button.get_attribute("aria-disabled") == "true"
    assert not page.evaluate("document.querySelector('main button').disabled")
    told = page.locator("#wait").inner_text()
    assert re.search(r"in [123] s", told)
    button.click(force=True)
    page.keyboard.press("Enter")
    assert server.sent == []
    expect(button).to_be_enabled()
    assert page.locator("#wait").inner_text() == ""
    assert page.evaluate("heard") == ["Continue"]
    button.click()
    arrived(server, 1)
    assert [address for address, _ in server.sent] == ["/s/a1b2/situation"]


def test_a_form_goes_once_and_with_the_button_that_was_pressed(show: Show, server: PageServer) -> None:
    view = views()["end"]
    seen = show(view)
    seen.page.evaluate("[1, 2, 3].forEach(() => document.querySelector('[value=pleasant]').click())")
    arrived(server, 1)
    seen.page.wait_for_timeout(300)
    assert server.sent == [(view.sending.action, {"csrf": "signed", "choice": "pleasant"})]
    assert seen.page.locator("button[aria-disabled=true]").count() == 2
    seen.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert seen.page.locator("button[aria-disabled]").count() == 0
    seen.page.locator("[value=finish]").click()
    arrived(server, 2)
    assert [fields["choice"] for _, fields in server.sent] == ["pleasant", "finish"]


def test_nothing_is_kept_after_the_form_was_sent(show: Show, server: PageServer) -> None:
    seen = show(views()["about"])
    seen.page.fill("#f-age", "41")
    seen.page.locator("main button").click()
    arrived(server, 1)
    seen.page.wait_for_timeout(1200)
    seen.page.goto("about:blank")
    assert [address for address, _ in server.sent] == ["/s/a1b2/about"]


def test_reduced_motion_is_respected(show: Show) -> None:
    moves = """() => [getComputedStyle(document.documentElement).scrollBehavior,
      getComputedStyle(document.querySelector('button')).transitionDuration]"""
    assert show(views()["end"], reduced_motion="no-preference").page.evaluate(moves)[0] == "smooth"
    assert show(views()["end"], reduced_motion="reduce").page.evaluate(moves) == ["auto", "0s"]


def test_what_is_chosen_shows_in_forced_colours_too(show: Show) -> None:
    seen = show(views()["about"], forced_colors="active")
    seen.page.check("#f-gender-1")
    styles = seen.page.eval_on_selector_all(
        "[name=gender] + label", "all => all.map(e => getComputedStyle(e).outlineStyle)"
    )
    assert styles == ["solid", "none", "none", "none"]


def test_on_paper_there_are_no_buttons(show: Show) -> None:
    seen = show(views()["end"], color_scheme="dark")
    seen.page.emulate_media(media="print")
    assert not seen.page.locator("button").first.is_visible()
    assert seen.page.get_by_text("116 123").is_visible()
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_controls_and_texts_stand_out_from_what_they_lie_on() -> None:
    for colours in _palettes():
        for ground in ("paper", "surface"):
            for text in ("ink", "muted", "accent", "deep", "grave"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
            assert _contrast(colours["edge"], colours[ground]) >= 3
        assert _contrast(colours["ink"], colours["tint"]) >= 4.5
        assert _contrast(colours["accent"], colours["tint"]) >= 3
        assert _contrast(colours["on-accent"], colours["accent"]) >= 4.5
        assert _contrast(colours["on-accent"], colours["deep"]) >= 4.5


def _palettes() -> list[dict[str, str]]:
    """The colours in light and dark."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in (light, dark)]


def _contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, from 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_static_files_are_small_and_ask_for_nothing() -> None:
    assert len((CSS + SCRIPT).encode()) < 20_000
    assert not re.search(r"url\(|@import|@font-face|!important(?!;? })", CSS)
    assert not re.search(r"\b(margin|padding|border)-(left|right|top|bottom)\b|\b(left|right):", CSS)
    assert not re.search(r"console|https?:|innerHTML|eval\(|localStorage|cookie", SCRIPT)
