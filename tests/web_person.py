"""A person without JavaScript who takes part over real HTTP: reads the forms of a page and sends what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

Answers = dict[str, str]
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass
class WebForm:
    """A form of a page: where it goes, and its fields with the values that they have or can have."""

    action: str = ""
    hidden: Answers = field(default_factory=dict)
    radios: dict[str, list[str]] = field(default_factory=dict)
    checked: Answers = field(default_factory=dict)
    boxes: Answers = field(default_factory=dict)
    texts: Answers = field(default_factory=dict)
    selects: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    legends: Answers = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    """The labels of radio buttons, by name and value."""

    def instructed(self, name: str) -> str | None:
        """The value that an instructed-response item asks for: that whose label its text quotes."""
        own = {value: label for (of, value), label in self.labels.items() if of == name}
        quoted = [value for value, label in own.items() if f"“{label}”" in self.legends.get(name, "")]
        return quoted[0] if quoted else None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[WebForm] = []
        self._area = self._select = self._legend = ""
        self._in_legend = False
        self._radios: dict[str, tuple[str, str]] = {}
        self._label: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(WebForm(given.get("action", "")))
        elif not self.forms:
            return
        elif tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1].texts[self._area] = ""
        elif tag == "legend":
            self._legend, self._in_legend = "", True
        elif tag == "label":
            self._label = self._radios.get(given.get("for", ""))
        elif tag == "select":
            self._select = given["name"]
            self.forms[-1].selects[self._select] = []
        elif tag == "option" and self._select:
            self.forms[-1].selects[self._select].append(given.get("value", ""))
        elif tag == "button" and given.get("name"):
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""
        if tag == "legend":
            self._in_legend = False
        if tag == "label":
            self._label = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].texts[self._area] += data
        if self._in_legend:
            self._legend += data
        if self._label and data.strip():
            labels = self.forms[-1].labels
            # the number stands before the label, in an element of its own
            labels[self._label] = data.strip()

    def _input(self, given: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], given.get("name", ""), given.get("type", "text")
        value = given.get("value", "")
        if kind == "hidden":
            form.hidden[name] = value
        elif kind == "radio":
            form.radios.setdefault(name, []).append(value)
            form.legends[name] = self._legend.strip()
            self._radios[given.get("id", "")] = (name, value)
            if "checked" in given:
                form.checked[name] = value
        elif kind == "checkbox":
            form.boxes[name] = value
        elif kind not in ("submit", "button"):
            form.texts[name] = value


def forms_of(page: str) -> list[WebForm]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


Chooser = Callable[["WebPerson", str, WebForm], Answers]
"""From a page's name and its form to the fields that the person fills in."""


class WebPerson:
    """One browser without scripts, with its cookies. ``link`` is the person's own, ``page`` the page shown last."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        self.link, self.name, self.page, self.status = "", "", "", 0
        self.language = "en"

    async def get(self, address: str) -> str:
        """Open a page and follow where it leads."""
        async with self.session.get(self.url + address, allow_redirects=True) as answer:
            return await self._opened(answer)

    async def post(self, action: str, fields: Answers) -> str:
        """Send a form and follow where it leads."""
        async with self.session.post(self.url + action, data=fields, allow_redirects=True) as answer:
            return await self._opened(answer)

    async def _opened(self, answer: aiohttp.ClientResponse) -> str:
        self.page, self.status = await answer.text(), answer.status
        path = answer.url.path
        if path.startswith("/s/"):
            self.link = "/".join(path.split("/")[:3])
        self.name = path.split("/")[-1]
        return self.page

    @property
    def form(self) -> WebForm:
        """The form of the page shown last that is the page's own."""
        return next(form for form in forms_of(self.page) if form.action)

    async def consent(self, entry: str = "/") -> None:
        """Come in and agree."""
        await self.get(entry)
        form = self.form
        await self.post(form.action, {**form.hidden, "agree": "yes"})

    async def send(self, answers: Answers) -> str:
        """Send the page shown with these answers."""
        form = self.form
        return await self.post(form.action, {**form.hidden, **answers})

    async def walk(self, choose: Chooser, entry: str = "/") -> str:
        """From consent to the end; the completion code."""
        await self.consent(entry)
        for _ in range(40):
            if self.name == "done":
                return self.code
            await self.send(choose(self, self.name, self.form))
        raise AssertionError(f"stuck on {self.name}")

    @property
    def code(self) -> str:
        """The completion code on the page."""
        found = re.search(r"\b[A-HJ-NP-Z2-9]{10}\b", self.page)
        assert found, self.page
        return found[0]


def plainly(person: WebPerson, page: str, form: WebForm) -> Answers:
    """Sensible answers to anything: an adult, the second answer everywhere, checks as instructed."""
    if page == "about":
        ages = {name: "34" for name in form.texts if name == "age"}
        others = {name: "Somewhere" for name in form.texts if name != "age"}
        chosen = {name: values[0] for name, values in form.radios.items()}
        return {**ages, **others, **chosen, **{name: values[1] for name, values in form.selects.items()}}
    if page.startswith(("before", "after")):
        return {name: form.instructed(name) or values[1] for name, values in form.radios.items()}
    if page == "situation":
        return {"reflection": "Something happened to me."} if "reflection" in form.texts else {}
    return {"choice": "finish"} if page == "end" else {}
