"""What the templates of a participant's pages are given; every text is in the person's language and not yet escaped."""

from __future__ import annotations

from dataclasses import dataclass, field

from emotionbench.materials.pages import Pages

Paragraphs = tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """A language to choose: its code, its own name, how it is written, and where it leads."""

    code: str
    name: str
    direction: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Frame:
    """What stands around every page.

    ``progress`` is this page's number and how many there are; ``withdraw_url`` and ``resume_url`` are None before
    consent and after deletion. ``heading`` is the page's own title, ``study`` the study's.
    """

    pages: Pages
    study: str
    heading: str
    progress: tuple[int, int] | None = None
    withdraw_url: str | None = None
    resume_url: str | None = None
    languages: tuple[Language, ...] = ()
    is_preview: bool = False


@dataclass(frozen=True)
class Sending:
    """Where a form goes: its address, the token that proves it is ours, and the address for drafts, if it has any.

    ``errors`` maps the names of fields to what is wrong with them, in the order in which they stand on the page.
    """

    action: str
    csrf: str
    draft: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConsentView:
    """Template ``consent.html``; fields: ``agree`` (checkbox, ``yes``), ``language`` (hidden).

    ``earlier`` leads on for somebody who began on this device before (text ``pages.resume``); None for all others.
    ``from_panel`` says what is kept of a panel's number; None where people come without a panel.
    """

    frame: Frame
    sending: Sending
    consent: Paragraphs
    contact: Paragraphs
    retention: str
    closes: str | None
    earlier: str | None = None
    from_panel: str | None = None


@dataclass(frozen=True)
class QuestionView:
    """A question about the person; field ``name``. A choice also offers ``no_answer`` (an empty value)."""

    name: str
    text: str
    hint: str | None
    kind: str
    options: tuple[tuple[str, str], ...]
    lowest: int | None
    highest: int | None
    entered: str


@dataclass(frozen=True)
class AboutView:
    """Template ``about.html``."""

    frame: Frame
    sending: Sending
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True)
class Row:
    """One line of a sheet: a group of radio buttons ``name`` with values and labels; ``entered`` is the one chosen."""

    name: str
    text: str
    options: tuple[tuple[int, str], ...]
    entered: str


@dataclass(frozen=True)
class SheetView:
    """Template ``sheet.html``; fields: one for each row, ``times`` (hidden, filled by the script).

    ``times`` is what that field held when the page was last sent; the script goes on from it.
    ``options`` are shared by all rows, and empty where rows have their own. ``offers_leave_out``: lines were left
    out at the first try, and a button ``leave_out`` with value ``yes`` sends the page without them.
    """

    frame: Frame
    sending: Sending
    lead: str | None
    instructions: Paragraphs
    options: tuple[tuple[int, str], ...]
    rows: tuple[Row, ...]
    offers_leave_out: bool
    times: str = ""


@dataclass(frozen=True)
class SituationView:
    """Template ``situation.html``; field ``reflection`` (textarea) where ``asks_reflection``.

    ``seconds_left`` is the reading time that is still to pass before the page is taken, 0 where there is none.
    """

    frame: Frame
    sending: Sending
    situation: Paragraphs
    seconds_left: int
    asks_reflection: bool
    entered: str
    most: int


@dataclass(frozen=True)
class Support:
    """Whom to turn to; ``url`` is a link (https, mailto, tel) where ``reach`` can be made one."""

    name: str
    reach: str
    url: str | None


@dataclass(frozen=True)
class EndView:
    """Template ``end.html``: debriefing; two buttons ``choice``: ``finish``, and ``pleasant`` where it is offered."""

    frame: Frame
    sending: Sending
    debriefing: Paragraphs
    support: tuple[Support, ...]
    offers_pleasant: bool


@dataclass(frozen=True)
class PleasantView:
    """Template ``pleasant.html``: a pleasant scene to end on, and a button to finish."""

    frame: Frame
    sending: Sending
    scene: Paragraphs


@dataclass(frozen=True)
class DoneView:
    """Template ``done.html``: how it ended (``lead``), the person's own code, and the way back to the panel."""

    frame: Frame
    lead: Paragraphs
    code: str | None
    panel_code: str | None
    redirect: str | None


@dataclass(frozen=True)
class WithdrawView:
    """Template ``withdraw.html``: asks whether to delete everything; ``back`` leads back without doing so."""

    frame: Frame
    sending: Sending
    back: str


@dataclass(frozen=True)
class MessageView:
    """Template ``message.html``: one message (an error, full, closed, withdrawn), and a link on where there is one.

    ``support`` is whom to turn to, for somebody who stopped; empty for all others.
    """

    frame: Frame
    text: Paragraphs
    link: tuple[str, str] | None = None
    support: tuple[Support, ...] = ()
