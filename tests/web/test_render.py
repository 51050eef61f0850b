from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import get_args

import pytest
from jinja2 import UndefinedError

from emotionbench.materials import catalogue
from emotionbench.web import render
from emotionbench.web.render import TEMPLATES, View, environment, page, side_by_side, static_url
from emotionbench.web.views import Row
from survey_views import PERSON, frame, sheet_view, views

NAMES = tuple(views())
HOSTILE = """<script>alert(1)</script>"'&{{ 7 * 7 }}"""
VOID = {"meta", "link", "input"}
AFTER_CONSENT = tuple(name for name in NAMES if not name.startswith("consent"))


@dataclass(frozen=True)
class Tag:
    """An element as it was opened, and the ones that it stands in."""

    name: str
    attributes: dict[str, str]
    within: tuple[str, ...]


class Reading(HTMLParser):
    """The elements of a page, which have to be closed in the order in which they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.tags.append(Tag(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every element of this name that has these attributes."""
        found = (one.attributes for one in self.tags if one.name == tag)
        return [attributes for attributes in found if wanted.items() <= attributes.items()]

    def one(self, tag: str, **wanted: str) -> dict[str, str]:
        """The attributes of the only element of this kind."""
        (found,) = self.all(tag, **wanted)
        return found


def read(view: View) -> Reading:
    return Reading(page(view))


@pytest.mark.parametrize("language", catalogue.page_languages())
def test_every_page_stands_in_its_language_with_one_heading_and_landmarks(language: str) -> None:
    for name, view in views(language).items():
        found = read(view)
        root = found.one("html")
        assert (root["lang"], root["dir"]) == (language, view.frame.pages.direction), name
        assert [len(found.all(tag)) for tag in ("h1", "main", "header", "title")] == [1, 1, 1, 1], name
        assert found.all("footer") or name.startswith("consent")
        assert view.frame.heading in found.text


def test_every_view_has_a_template() -> None:
    assert set(get_args(View)) == set(TEMPLATES)
    assert {type(view) for view in views().values()} == set(TEMPLATES)


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_every_reference_leads_somewhere(name: str) -> None:
    found = read(views()[name])
    ids = Counter(tag.attributes["id"] for tag in found.tags if "id" in tag.attributes)
    assert not [each for each, n in ids.items() if n > 1]
    for tag in found.tags:
        led_to = [tag.attributes.get("for", "")]
        led_to += [tag.attributes["href"][1:]] if tag.attributes.get("href", "").startswith("#") else []
        led_to += [
            one for key in ("aria-describedby", "aria-labelledby") for one in tag.attributes.get(key, "").split()
        ]
        assert all(each in ids for each in led_to if each), tag


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_label(name: str) -> None:
    found = read(views()[name])
    labelled = {label["for"] for label in found.all("label")}
    fields = [*found.all("textarea"), *(one for one in found.all("input") if one["type"] != "hidden")]
    assert all(one["id"] in labelled for one in fields)
    assert not any("placeholder" in one for one in fields)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_a_page_needs_more_than_the_content_policy_allows(name: str) -> None:
    found = read(views()[name])
    assert not [tag for tag in found.tags if "style" in tag.attributes or tag.name == "style"]
    assert not [tag for tag in found.tags if any(key.startswith("on") for key in tag.attributes)]
    assert [script["src"] for script in found.all("script")] == [static_url("survey.js")]
    assert [link["href"] for link in found.all("link")] == [static_url("survey.css")]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_texts_hold_they_stay_texts(name: str) -> None:
    html = page(_hostile(views()[name]))
    assert "<script>alert" not in html
    assert "{{ 7 * 7 }}" in html
    harmless = {(tag.name, tag.within) for tag in Reading(page(views()[name])).tags}
    assert {(tag.name, tag.within) for tag in Reading(html).tags} == harmless


def _hostile(view: View) -> View:
    around = replace(view.frame, study=HOSTILE, heading=HOSTILE)
    view = replace(view, frame=around)
    for name in ("consent", "contact", "instructions", "situation", "debriefing", "scene", "lead", "text"):
        if isinstance(getattr(view, name, None), tuple):
            view = replace(view, **{name: (HOSTILE,) * len(getattr(view, name))})
    if hasattr(view, "rows"):
        rows = (replace(row, text=HOSTILE, options=tuple((v, HOSTILE) for v, _ in row.options)) for row in view.rows)
        view = replace(view, rows=tuple(rows))
    if hasattr(view, "questions"):
        view = replace(view, questions=tuple(replace(one, text=HOSTILE, entered=HOSTILE) for one in view.questions))
    return replace(view, entered=HOSTILE) if hasattr(view, "entered") else view


@pytest.mark.parametrize("name", AFTER_CONSENT)
def test_every_page_after_consent_leads_to_withdrawing(name: str) -> None:
    links = [link["href"] for link in read(views()[name]).all("a")]
    assert (f"{PERSON}/withdraw" in links) == (name != "withdraw")
    assert PERSON in links


@pytest.mark.parametrize("name", NAMES)
def test_every_form_says_where_it_goes_and_that_it_is_ours(name: str) -> None:
    view = views()[name]
    forms = read(view).all("form")
    if not hasattr(view, "sending"):
        assert forms == []
        return
    (form,) = forms
    assert (form["method"], form["action"]) == ("post", view.sending.action)
    assert form.get("data-draft") == view.sending.draft
    assert read(view).one("input", name="csrf")["value"] == view.sending.csrf


def test_the_way_through_the_study_is_told_in_words_and_as_a_bar() -> None:
    found = read(views()["situation"])
    bar = found.one("progress")
    assert (bar["value"], bar["max"]) == ("3", "5")
    assert "Page 3 of 5" in found.text
    assert read(views()["done"]).all("progress") == []


def test_a_preview_says_that_it_is_one() -> None:
    said = catalogue.pages("en").preview
    assert said in read(views()["preview"]).text
    assert said not in read(views()["about"]).text


def test_languages_are_links_in_their_own_names() -> None:
    found = read(views("ar")["consent"])
    links = [link for link in found.all("a") if "hreflang" in link]
    assert [(link["lang"], link["dir"], link["href"]) for link in links] == [
        ("ar", "rtl", "/?lang=ar"),
        ("en", "ltr", "/?lang=en"),
        ("ja", "ltr", "/?lang=ja"),
    ]
    assert ["aria-current" in link for link in links] == [True, False, False]
    assert found.one("nav")["aria-label"] == catalogue.pages("ar").choose_language


def test_consent_is_a_box_to_tick_and_goes_on_where_somebody_began_before() -> None:
    view = views("ja")["consent"]
    found = read(view)
    box = found.one("input", type="checkbox")
    assert (box["name"], box["value"]) == ("agree", "yes")
    assert "checked" not in box
    assert found.one("input", name="language")["value"] == "ja"
    assert view.frame.pages.resume not in found.text
    again = read(replace(view, earlier=PERSON))
    assert PERSON in [link["href"] for link in again.all("a")]
    assert view.frame.pages.resume in again.text


def test_consent_tells_of_the_cookie_and_of_the_panel_s_number_where_there_is_one() -> None:
    view = views()["consent"]
    pages = view.frame.pages
    text = read(view).text
    assert text.index(pages.stored) < text.index(pages.cookie) < text.index(view.retention)
    assert pages.from_panel not in text
    text = read(views()["consent-panel"]).text
    assert text.index(pages.cookie) < text.index(pages.from_panel) < text.index(view.retention)


@pytest.mark.parametrize("name", NAMES)
def test_the_way_past_the_head_says_where_it_leads(name: str) -> None:
    html = page(views("de")[name])
    assert '<a class="skip" href="#main">Zum Inhalt springen</a>' in html


def test_a_question_that_decides_who_takes_part_says_so_where_it_is_asked() -> None:
    found = read(views()["about"])
    assert found.one("p", id="h-age")["class"] == "hint"
    assert found.one("input", id="f-age")["aria-describedby"] == "h-age"
    assert found.one("fieldset")["aria-describedby"] == "h-gender"
    assert found.text.count(catalogue.pages("en").needed) == 2


def test_every_item_is_a_group_with_all_its_options_and_none_chosen() -> None:
    view = views()["sheet"]
    found = read(view)
    assert len(found.all("fieldset", role="radiogroup")) == len(found.all("legend")) == len(view.rows) == 21
    for row in view.rows:
        options = found.all("input", type="radio", name=row.name)
        assert [one["value"] for one in options] == ["1", "2", "3", "4", "5"]
    assert not [one for one in found.all("input") if "checked" in one]


def test_what_was_chosen_and_timed_comes_back() -> None:
    view = views()["sheet"]
    rows = (replace(view.rows[0], entered="4"), *view.rows[1:])
    found = read(replace(view, rows=rows, times='{"item-1": 5230}'))
    assert [(one["name"], one["value"]) for one in found.all("input") if "checked" in one] == [("item-1", "4")]
    assert found.one("input", name="times")["value"] == '{"item-1": 5230}'


def test_an_option_whose_value_is_zero_can_be_chosen() -> None:
    view = views()["sheet"]
    row = Row("item-1", "Calm", ((0, "no"), (1, "yes")), "0")
    found = read(replace(view, rows=(row,)))
    assert [one["value"] for one in found.all("input") if "checked" in one] == ["0"]
    assert "checked" not in found.one("input", value="1")


def test_questions_about_the_person_offer_to_say_nothing() -> None:
    view = views()["about"]
    age, gender, country = view.questions
    found = read(replace(view, questions=(replace(age, entered="41"), replace(gender, entered="man"), country)))
    assert found.one("input", name="age")["value"] == "41"
    assert found.one("input", name="age")["inputmode"] == "numeric"
    assert [one["value"] for one in found.all("input", name="gender")] == ["woman", "man", "another", ""]
    assert [one["value"] for one in found.all("input") if "checked" in one] == ["man"]
    assert found.one("input", name="country")["autocomplete"] == "country-name"


def test_what_is_wrong_stands_on_top_and_at_its_field() -> None:
    found = read(views()["sheet-left-out"])
    summary = found.one("div", role="alert")
    assert "autofocus" in summary
    assert summary["tabindex"] == "-1"
    assert [link["href"] for link in found.all("a") if link["href"].startswith("#f-")] == [
        "#f-check-1-1",
        "#f-item-5-1",
    ]
    wrong = found.all("fieldset", **{"aria-invalid": "true"})
    assert [one["aria-describedby"] for one in wrong] == ["e-check-1", "e-item-5"]
    assert "Lines without an answer: 2." in found.text
    assert re.search(r"<title>Something needs your attention", page(views()["sheet-left-out"]))


@pytest.mark.parametrize(
    ("name", "field"), [("about-wrong", "age"), ("situation-empty", "reflection"), ("consent-unticked", "agree")]
)
def test_what_is_wrong_is_tied_to_a_field(name: str, field: str) -> None:
    found = read(views()[name])
    (of_field,) = (tag.attributes for tag in found.tags if tag.attributes.get("name") == field)
    assert of_field["aria-invalid"] == "true"
    assert f"e-{field}" in of_field["aria-describedby"].split()
    assert f"#f-{field}" in [link["href"] for link in found.all("a")]


def test_what_is_wrong_with_no_field_is_said_all_the_same() -> None:
    found = read(views()["situation-early"])
    assert views()["situation-early"].sending.errors["situation"] in found.text
    assert found.all("textarea", **{"aria-invalid": "true"}) == []


def test_lines_can_be_left_out_at_the_second_try_only() -> None:
    assert read(views()["sheet"]).all("button", name="leave_out") == []
    assert read(views()["sheet-left-out"]).one("button", name="leave_out")["value"] == "yes"


def test_the_situation_tells_the_time_and_takes_an_account_of_limited_length() -> None:
    view = views()["situation"]
    found = read(replace(view, entered="\nA queue."))
    wait = found.one("p", id="wait")
    assert (wait["data-seconds"], wait["data-text"]) == ("3", view.frame.pages.reading_left)
    assert view.frame.pages.reading_left.format(seconds=3) in found.text
    assert found.one("textarea")["maxlength"] == "2000"
    assert ">\n\nA queue.</textarea>" in page(replace(view, entered="\nA queue."))
    assert read(replace(view, asks_reflection=False)).all("textarea") == []
    assert read(replace(view, seconds_left=0)).all("p", id="wait") == []


def test_the_end_offers_something_pleasant_where_it_should() -> None:
    assert [one["value"] for one in read(views()["end"]).all("button", name="choice")] == ["pleasant", "finish"]
    assert [one["value"] for one in read(views()["end-plain"]).all("button", name="choice")] == ["finish"]
    found = read(views()["end"])
    assert [link["href"] for link in found.all("a", rel="noreferrer")] == ["tel:116123", "https://findahelpline.com"]
    assert "Room 12, Mondays" in found.text


def test_somebody_who_stopped_is_told_whom_to_turn_to_as_at_the_end() -> None:
    stopped, end = page(views()["message-withdrawn"]), page(views()["end"])
    panels = [re.findall(r'<section class="panel".*?</section>', html, re.DOTALL) for html in (stopped, end)]
    assert panels[0] == panels[1]
    assert len(panels[0]) == 1
    assert "116 123" in panels[0][0]
    assert read(views()["message"]).all("ul", **{"class": "support"}) == []


def test_the_panel_s_code_and_the_person_s_own_are_told_apart() -> None:
    own, both = page(views()["done"]), page(views()["done-panel"])
    assert "C1ABCDEF" not in own
    assert own.index("Your completion code") < own.index("K7QM-2XHD")
    assert both.index("Your completion code") < both.index("C1ABCDEF") < both.index("K7QM-2XHD")
    assert views()["done-panel"].redirect in [link["href"] for link in Reading(both).all("a")]
    without = read(replace(views()["done"], code=None))
    assert without.all("dl") == []


def test_a_message_leads_on() -> None:
    view = views()["message"]
    assert view.link[0] in [link["href"] for link in read(view).all("a")]
    assert read(replace(view, link=None)).all("a", **{"class": "button"}) == []


def test_a_name_that_a_template_does_not_have_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ view.nothing }}").render(view=views()["done"])


def test_the_address_of_a_static_file_follows_its_content(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    assert re.fullmatch(r"/static/survey\.css\?v=[0-9a-f]{12}", static_url("survey.css"))
    (tmp_path / "static").mkdir()
    monkeypatch.setattr(render, "files", lambda _: tmp_path)
    found = []
    for content in ("a", "b", "a"):
        (tmp_path / "static" / "one.css").write_text(content)
        render._version.cache_clear()
        found.append(static_url("one.css"))
    render._version.cache_clear()
    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize(
    ("labels", "fits"),
    [
        (("not at all", "a little", "moderately", "quite a bit", "extremely"), True),
        (("strongly disagree", "disagree", "neutral", "agree", "strongly agree"), True),
        (("ほとんどまたはまったく感じない", "少し感じる", "ある程度感じる", "かなり感じる", "極めて強く感じる"), True),
        (("", "", "", "", "", "", "", "", "", "", ""), True),
        (("",) * 12, False),
        (("I do not feel sad.", "I feel sad much of the time.", "I am sad all the time.", "x" * 30), False),
        (("no", "I am so sad or unhappy that I can hardly stand it, whatever happens to me on a good day" * 2), False),
        (("unerträglichkeitsempfindend",) * 5, False),
    ],
)
def test_options_stand_side_by_side_where_their_labels_fit(labels: tuple[str, ...], fits: bool) -> None:
    row = Row("item-1", "Calm", tuple(enumerate(labels)), "")
    assert side_by_side([row]) is fits
    short = Row("item-2", "Calm", ((0, "no"), (1, "yes")), "")
    assert side_by_side([short, row]) is fits


@pytest.mark.parametrize("language", catalogue.page_languages())
def test_the_shipped_response_scales_fit_side_by_side(language: str) -> None:
    for family in ("PANAS", "ECL-8"):
        assert side_by_side(sheet_view(catalogue.pages(language), catalogue.edition(family, language)).rows), family


def test_a_study_called_like_its_page_is_named_once_in_the_title() -> None:
    view = views()["message"]
    named = replace(view, frame=replace(frame(view.frame.pages, "Feelings"), study="Feelings"))
    assert "<title>Feelings</title>" in page(named)
