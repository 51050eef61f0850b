from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import files
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import DESKTOP, PHONE
from emotionbench.web.render import View
from emotionbench.web.views import Row
from page_server import PageServer, Show, arrived
from survey_views import views

NAMES = tuple(views())
SMALLEST = (320, 640)
TOUCH = 44
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
STATIC = files("emotionbench.web") / "static"
CSS, SCRIPT = (STATIC.joinpath(name).read_text() for name in ("survey.css", "survey.js"))

OPTIONS = """row => [...row.querySelectorAll('.option')].map(option => {
  const box = option.getBoundingClientRect(), text = option.querySelector('label');
  return {left: box.left, right: box.right, width: box.width, height: box.height,
          hidden: text.scrollWidth - text.clientWidth};
})"""
BARE_TARGETS = """() => [...document.querySelectorAll('label, button, a, textarea, input[type=text]')]
  .filter(e => !e.matches('.skip, .name, .progress label') && e.getClientRects().length)
  .map(e => [e.getBoundingClientRect().height, e.outerHTML.slice(0, 90)])
  .filter(([height]) => height < TOUCH)"""


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
    expect(seen.page.locator(".errors")).to_be_focused()
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
        if name == "sheet-left-out":
            expect(seen.page.locator(".errors")).to_be_focused()
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
