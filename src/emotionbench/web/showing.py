"""From where a person is to what the template of that page is given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emotionbench.human.session import (
    ABOUT,
    AFTER,
    END,
    PLEASANT,
    SITUATION,
    PlannedSheet,
    next_page,
    pages_of,
    sheets_of,
)
from emotionbench.human.study import Edition
from emotionbench.store.people import Person
from emotionbench.survey import FULL, MOST_WRITTEN, OUTCOMES, SCREENED_OUT, Survey, in_language
from emotionbench.web.entering import is_sheet, seconds_to_read
from emotionbench.web.questions import Asking, asked_of
from emotionbench.web.site import Site, paragraphs
from emotionbench.web.views import (
    AboutView,
    DoneView,
    EndView,
    Frame,
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

DONE = "done"
TURNED_AWAY = frozenset({SCREENED_OUT, FULL})
WITHDRAW = "withdraw"
View = AboutView | SheetView | SituationView | EndView | PleasantView


@dataclass(frozen=True)
class Draft:
    """What a person entered on a page so far; ``errors`` by field; ``first_shown`` in seconds since 1970 UTC."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    first_shown: float | None = None

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Draft:
        """A draft as the store kept it."""
        return cls(**kept) if kept else cls()


class Place:
    """A person in a study: which page comes next, and what every page shows."""

    def __init__(self, site: Site, person: Person) -> None:
        self.site, self.person = site, person
        self.edition: Edition = site.edition(person.language)
        self.pages, self.survey = self.edition.pages, site.study.survey
        self.address = f"/s/{site.tokens.link(person.id)}"

    @property
    def needs_situation(self) -> bool:
        """Whether the person goes on and has no situation yet."""
        has_answered = ABOUT in self.person.submitted or not self.survey.demographics
        return has_answered and self.person.situation is None and self.person.outcome is None

    @property
    def sequence(self) -> tuple[str, ...]:
        """The pages of this person in order; before a situation is allocated, those that most people have."""
        situation = self.person.situation
        instruments = self.edition.instruments(situation) if situation else self.edition.put
        return pages_of(self.site.study, len(instruments))

    @property
    def current(self) -> str:
        """The page that the person is on."""
        sent = self.person.submitted
        if self.person.outcome in TURNED_AWAY:
            return DONE
        if self.person.situation is None:
            return ABOUT if self.survey.demographics and ABOUT not in sent else DONE
        wants_pleasant = sent.get(END, {}).get("choice") == PLEASANT
        return next_page(self.sequence, sent, wants_pleasant=wants_pleasant) or DONE

    @property
    def asking(self) -> tuple[Asking, ...]:
        """The questions about the person."""
        return asked_of(self.survey, self.edition)

    def planned(self, page: str) -> PlannedSheet:
        """The sheet of a page."""
        return next(sheet for sheet in self.sheets if sheet.page == page)

    @cached_property
    def sheets(self) -> tuple[PlannedSheet, ...]:
        """Every sheet of this person; there are none before a situation is allocated."""
        person = self.person
        if person.situation is None or person.place is None:
            return ()
        return sheets_of(self.site.study, person.language, person.situation, person.place, person.session)

    @property
    def is_evoking(self) -> bool:
        """Whether what the person imagined was unpleasant."""
        situation = self.person.situation
        return situation is not None and self.edition.situations[situation].kind == "evoking"

    @property
    def offers_pleasant(self) -> bool:
        """Whether something pleasant is offered at the end."""
        return self.survey.positive_ending and self.is_evoking

    def view(self, page: str, draft: Draft, first_shown: float, now: float) -> View:
        """What the page shows."""
        proof = self.site.tokens.form(self.person.id, page, first_shown)
        action = f"{self.address}/{page}"
        has_draft = page not in (END, PLEASANT)
        sending = Sending(action, proof, f"{action}/draft" if has_draft else None, draft.errors)
        if is_sheet(page):
            return self._sheet(page, sending, draft)
        if page == ABOUT:
            return AboutView(self._frame(self.pages.about_you, page), sending, self._questions(draft))
        if page == SITUATION:
            return self._situation(sending, draft, seconds_to_read(self.survey.reading_seconds, first_shown, now))
        if page == END:
            return self._end(sending)
        scene = self.site.study.pleasant_scene(self.person.language, str(self.person.situation))
        return PleasantView(self._frame(self.pages.ending_title, page), sending, paragraphs(scene))

    def withdraw(self) -> WithdrawView:
        """The page that asks whether to delete everything."""
        proof = self.site.tokens.form(self.person.id, WITHDRAW, 0.0)
        sending = Sending(f"{self.address}/{WITHDRAW}", proof)
        return WithdrawView(self._frame(self.pages.withdraw_title, None), sending, self.address)

    def done(self) -> DoneView:
        """The page after the last one."""
        outcome = self.person.outcome
        texts: dict[str | None, str] = {
            SCREENED_OUT: self.pages.screened_out,
            FULL: self.pages.full,
            None: self.pages.closed,
        }
        lead = texts.get(outcome)
        known = next((one for one in OUTCOMES if one == outcome), None)
        completions = self.survey.collection.completion
        completion = completions.get(known) if known else None
        if known == FULL and completion is None:
            completion = completions.get(SCREENED_OUT)
        heading = self.pages.screened_out_title if lead else self.pages.completed_title
        return DoneView(
            self._frame(heading, None),
            paragraphs(lead) if lead else (),
            self.person.code,
            completion.code if completion else None,
            completion.redirect if completion else None,
        )

    def _frame(self, heading: str, page: str | None) -> Frame:
        sequence = self.sequence
        progress = (sequence.index(page) + 1, len(sequence)) if page in sequence and len(sequence) > 1 else None
        return Frame(
            self.pages,
            self.site.title(self.person.language),
            heading,
            progress,
            f"{self.address}/{WITHDRAW}",
            self.address,
            is_preview=self.site.is_preview,
        )

    def _questions(self, draft: Draft) -> tuple[QuestionView, ...]:
        return tuple(
            QuestionView(
                asked.name,
                asked.text,
                asked.hint,
                asked.kind,
                asked.options,
                asked.lowest if asked.kind == "number" else None,
                asked.highest if asked.kind == "number" else None,
                draft.values.get(asked.name, ""),
            )
            for asked in self.asking
        )

    def _sheet(self, page: str, sending: Sending, draft: Draft) -> SheetView:
        planned, pages = self.planned(page), self.pages
        shown = sheet(planned.instrument, planned.administration.order)
        checks = {check.behind: (place, check) for place, check in enumerate(planned.checks, 1)}
        rows = []
        for behind, line in enumerate(shown.lines, 1):
            rows.append(
                Row(f"item-{line.number}", line.text, line.options, draft.values.get(f"item-{line.number}", ""))
            )
            if behind in checks:
                place, check = checks[behind]
                text = pages.check_item.format(label=dict(line.options)[check.value] or check.value)
                rows.append(Row(f"check-{place}", text, line.options, draft.values.get(f"check-{place}", "")))
        is_after = page.startswith(AFTER)
        return SheetView(
            self._frame(pages.after_title if is_after else pages.before_title, page),
            sending,
            pages.after_lead if is_after else None,
            paragraphs(shown.instructions),
            shown.options,
            tuple(rows),
            offers_leave_out=bool(draft.errors),
            times=draft.values.get("times", ""),
        )

    def _situation(self, sending: Sending, draft: Draft, seconds_left: int) -> SituationView:
        text = self.edition.situations[str(self.person.situation)].text
        return SituationView(
            self._frame(self.pages.situation_title, SITUATION),
            sending,
            paragraphs(text),
            seconds_left,
            self.survey.reflection,
            draft.values.get("reflection", ""),
            MOST_WRITTEN,
        )

    def _end(self, sending: Sending) -> EndView:
        language = self.person.language
        debriefing = paragraphs(in_language(self.survey.debriefing, language) or "")
        frame = self._frame(self.pages.debriefing_title, END)
        return EndView(frame, sending, debriefing, support_of(self.survey, language), self.offers_pleasant)


def support_of(survey: Survey, language: str) -> tuple[Support, ...]:
    """Whom a person can turn to, in a language, in the order of the study."""
    return tuple(
        Support(in_language(one.name, language) or "", one.reach, link_of(one.reach)) for one in survey.support
    )


def link_of(reach: str) -> str | None:
    """An address on the web, by mail or by telephone as a link; None for other ways to reach somebody."""
    if reach.startswith(("https://", "http://")):
        return reach
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", reach):
        return f"mailto:{reach}"
    number = re.sub(r"[\s()/-]", "", reach)
    return f"tel:{number}" if re.fullmatch(r"\+?\d{3,15}", number) else None
