"""From a view to the page that a participant sees: HTML in the person's language, complete without the script."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from unicodedata import east_asian_width

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from emotionbench.web.views import (
    AboutView,
    ConsentView,
    DoneView,
    EndView,
    MessageView,
    PleasantView,
    Row,
    SheetView,
    SituationView,
    WithdrawView,
)

View = (
    ConsentView | AboutView | SheetView | SituationView | EndView | PleasantView | DoneView | WithdrawView | MessageView
)
TEMPLATES: dict[type[View], str] = {
    ConsentView: "consent.html",
    AboutView: "about.html",
    SheetView: "sheet.html",
    SituationView: "situation.html",
    EndView: "end.html",
    PleasantView: "pleasant.html",
    DoneView: "done.html",
    WithdrawView: "withdraw.html",
    MessageView: "message.html",
}
MOST_SIDE_BY_SIDE = 11
ROW_WIDTH = 90.0
"""Characters of an option's label that fit beside each other over the width of a page, padding taken off below."""
PADDING = 2.0
LABEL_LINES = 4
MOST_KNOWN = 10_000
"""Lines of sheets that are kept, some kilobytes each."""


def page(view: View) -> str:
    """The whole HTML document for a view; every text in it is escaped."""
    template = environment().get_template(TEMPLATES[type(view)])
    return template.render(view=view, frame=view.frame, pages=view.frame.pages)


def static_url(name: str) -> str:
    """The address of a file of ``static/``; it changes with the content, so that it may be kept for long."""
    return f"/static/{name}?v={_version(name)}"


def side_by_side(rows: Sequence[Row]) -> bool:
    """Whether the options of every row fit next to each other on a wide page; else all rows are stacked there, too.

    One answer for all rows, so that no item looks different from another.
    """
    return all(_fits(options) for options in {row.options for row in rows})


@cache
def environment() -> Environment:
    """The templates, with autoescape, and an error for a name that is not there."""
    found = Environment(
        loader=PackageLoader("emotionbench.web"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(static_url=static_url, side_by_side=side_by_side, line=line)
    return found


@lru_cache(maxsize=MOST_KNOWN)
def line(row: Row, error: str | None) -> Markup:
    """One line of a sheet. It is the same for everybody who has it before them, and so is made once."""
    macros: Any = environment().get_template("line.html").module
    return Markup(macros.line(row, {row.name: error} if error else {}))


@cache
def _version(name: str) -> str:
    content = files("emotionbench.web").joinpath("static", name).read_bytes()
    return sha256(content).hexdigest()[:12]


@lru_cache(maxsize=MOST_KNOWN)
def _fits(options: tuple[tuple[int, str], ...]) -> bool:
    if len(options) > MOST_SIDE_BY_SIDE:
        return False
    column = ROW_WIDTH / len(options) - PADDING
    return all(_lines(label, column) <= LABEL_LINES for _, label in options)


def _lines(label: str, column: float) -> float:
    """Lines that a label takes in a column of so many characters; infinitely many where a word is wider than that."""
    words = label.split()
    if any(_width(word) > column for word in words if not _is_wide(word)):
        return float("inf")
    return _width(label) / column


def _is_wide(text: str) -> bool:
    """Whether a text is in a script whose lines break between any two characters."""
    return any(east_asian_width(character) in "WF" for character in text)


def _width(text: str) -> float:
    return sum(1.9 if east_asian_width(character) in "WF" else 1.0 for character in text)
