"""Every page of participants as a view, from the materials as they are shipped: to render, and to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emotionbench.materials import catalogue
from emotionbench.materials.instruments import Instrument
from emotionbench.materials.pages import Pages
from emotionbench.web.render import View
from emotionbench.web.views import (
    AboutView,
    ConsentView,
    DoneView,
    EndView,
    Frame,
    Language,
    MessageView,
    PleasantView,
    QuestionView,
    Row,
    Sending,
    SheetView,
    SituationView,
    Support,
    WithdrawView,
)
from emotionbench.wording import sheet

STUDY = {"en": "How situations feel", "ar": "كيف نشعر بالمواقف", "ja": "場面と気持ちの研究"}
SCENE = {
    "en": "You have waited for an hour. A man walks past the queue, is served at once, and smiles at you as he leaves.",
    "ar": "انتظرت ساعة كاملة. يتجاوز رجل الطابور ويُخدم على الفور، ثم يبتسم لك وهو يغادر.",
    "ja": "一時間も待っている。男が列を追い越してすぐに応対され、帰りぎわにこちらを見て笑った。",
}
PERSON = "/s/a1b2"
SECONDS = 3


def views(language: str = "en") -> dict[str, View]:
    """A view for every template, and for what a page can look like besides, by a short name."""
    pages = catalogue.pages(language)
    sheet_of = sheet_view(pages, catalogue.edition("PANAS", language))
    rows = [row.name for row in sheet_of.rows]
    end = _end(pages)
    return {
        "consent": _consent(pages),
        "consent-unticked": _wrong(_consent(pages), {"agree": pages.must_agree}),
        "consent-panel": replace(_consent(pages), from_panel=pages.from_panel),
        "about": _about(pages),
        "about-wrong": _wrong(_about(pages), {"age": pages.number_between.format(lowest=1, highest=120)}),
        "sheet": sheet_of,
        "sheet-left-out": replace(
            _wrong(sheet_of, dict.fromkeys((rows[2], rows[5]), pages.choose_one)), offers_leave_out=True
        ),
        "situation": _situation(pages, SECONDS),
        "situation-empty": _wrong(_situation(pages, 0), {"reflection": pages.write_something}),
        "situation-early": _wrong(_situation(pages, SECONDS), {"situation": pages.read_longer.format(seconds=SECONDS)}),
        "end": end,
        "end-plain": replace(end, offers_pleasant=False),
        "pleasant": PleasantView(frame(pages, pages.ending_title), sending("pleasant", None), (pages.pleasant_scene,)),
        "done": DoneView(frame(pages, pages.completed_title), (), "K7QM-2XHD", None, None),
        "done-panel": DoneView(
            frame(pages, pages.completed_title), (), "K7QM-2XHD", "C1ABCDEF", "https://panel.example/done?cc=C1ABCDEF"
        ),
        "withdraw": WithdrawView(frame(pages, pages.withdraw_title), sending("withdraw", None), f"{PERSON}/before-1"),
        "message": MessageView(frame(pages, pages.error_title), (pages.page_expired,), (PERSON, pages.go_on)),
        "message-withdrawn": MessageView(frame(pages, pages.withdrawn_title), (pages.withdrawn,), support=_support()),
        "preview": replace(_about(pages), frame=replace(frame(pages, pages.about_you, (1, 5)), is_preview=True)),
    }


def frame(pages: Pages, heading: str, progress: tuple[int, int] | None = None) -> Frame:
    """What stands around the page of somebody who takes part."""
    study = STUDY.get(pages.language, STUDY["en"])
    return Frame(pages, study, heading, progress, f"{PERSON}/withdraw", PERSON)


def sending(page: str, draft: str | None = "draft") -> Sending:
    """Where the form of a page goes."""
    return Sending(f"{PERSON}/{page}", "signed", draft and f"{PERSON}/{page}/{draft}")


def sheet_view(pages: Pages, instrument: Instrument) -> SheetView:
    """An instrument as it is put after a situation, with an attention check behind its second item."""
    shown = sheet(instrument, tuple(range(1, instrument.n_items + 1)))
    rows = [Row(f"item-{line.number}", line.text, line.options, "") for line in shown.lines]
    value, label = shown.lines[0].options[-1]
    rows.insert(2, Row("check-1", pages.check_item.format(label=label or value), shown.lines[0].options, ""))
    return SheetView(
        frame(pages, pages.after_title, (4, 5)),
        sending("after-1"),
        pages.after_lead,
        (shown.instructions,),
        shown.options,
        tuple(rows),
        offers_leave_out=False,
    )


def _wrong(view: Any, errors: dict[str, str]) -> Any:
    return replace(view, sending=replace(view.sending, errors=errors))


def _consent(pages: Pages) -> ConsentView:
    others = [catalogue.pages(code) for code in dict.fromkeys((pages.language, "en", "ar", "ja"))]
    languages = tuple(
        Language(one.language, one.language_name, one.direction, f"/?lang={one.language}", one is others[0])
        for one in others
    )
    around = Frame(pages, STUDY.get(pages.language, STUDY["en"]), pages.consent_title, languages=languages)
    return ConsentView(
        around,
        Sending("/", "signed"),
        (pages.imagine,),
        ("Dr. A. Example, University of Example, example@example.org",),
        pages.retention.format(days=365),
        pages.closes_on.format(date="2030-01-31"),
    )


def _about(pages: Pages) -> AboutView:
    questions = []
    for name in ("age", "gender", "country"):
        found = pages.questions[name]
        kind = "number" if name == "age" else "choice" if found.options else "text"
        bounds = (1, 120) if name == "age" else (None, None)
        hint = pages.needed if name in ("age", "gender") else found.hint
        questions.append(QuestionView(name, found.text, hint, kind, tuple(found.options.items()), *bounds, ""))
    return AboutView(frame(pages, pages.about_you, (1, 5)), sending("about"), tuple(questions))


def _situation(pages: Pages, seconds_left: int) -> SituationView:
    scene = SCENE.get(pages.language, SCENE["en"])
    around = frame(pages, pages.situation_title, (3, 5))
    return SituationView(around, sending("situation"), (scene,), seconds_left, True, "", 2000)


def _support() -> tuple[Support, ...]:
    return (
        Support("Telephone counselling", "116 123", "tel:116123"),
        Support("Student counselling", "Room 12, Mondays", None),
        Support("A site with many addresses", "https://findahelpline.com", "https://findahelpline.com"),
    )


def _end(pages: Pages) -> EndView:
    around = frame(pages, pages.debriefing_title, (5, 5))
    return EndView(around, sending("end", None), (pages.voluntary,), _support(), True)
