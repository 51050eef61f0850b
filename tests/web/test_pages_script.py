from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from emotionbench.web.views import Row
from page_server import LISTEN, PageServer, Show, arrived
from survey_views import views


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
    seen = show(view, is_stopped=True)
    status = seen.page.locator("[data-saved]")
    for value in (2, 4):
        seen.page.check(f"#f-item-1-{value}")
    seen.page.clock.run_for(700)
    assert server.sent == []
    seen.page.clock.run_for(100)
    expect(status).to_have_text(view.frame.pages.saved)
    ((address, fields),) = server.sent
    assert address == view.sending.draft
    assert {key: fields[key] for key in fields if key != "times"} == {"csrf": "signed", "item-1": "4"}
    assert status.get_attribute("role") == "status"
    seen.page.evaluate(LISTEN, "[data-saved]")
    seen.page.check("#f-item-2-1")
    with seen.page.expect_response(lambda response: response.url.endswith("draft")):
        seen.page.clock.run_for(5000)
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
    seen = show(view, is_stopped=True)
    seen.page.check("#f-item-1-2")
    seen.page.clock.run_for(300)
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
    seen = show(views()["situation"], is_stopped=True)
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
    page.clock.run_for(3500)
    expect(button).to_be_enabled()
    assert page.locator("#wait").inner_text() == ""
    assert page.evaluate("heard") == ["Continue"]
    button.click()
    arrived(server, 1)
    assert [address for address, _ in server.sent] == ["/s/a1b2/situation"]


def test_a_form_goes_once_and_with_the_button_that_was_pressed(show: Show, server: PageServer) -> None:
    view = views()["end"]
    seen = show(view)
    for _ in range(2):
        seen.page.evaluate("document.querySelector('[value=pleasant]').click()")
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
    seen = show(views()["about"], is_stopped=True)
    seen.page.fill("#f-age", "41")
    seen.page.locator("main button").click()
    arrived(server, 1)
    seen.page.clock.run_for(6000)
    seen.page.goto("about:blank")
    assert [address for address, _ in server.sent] == ["/s/a1b2/about"]
