"""The words of the survey's pages in one language, around what the instrument and the study say themselves."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from emotionbench.documents import Document, fault
from emotionbench.materials.instruments import LongText, ShortText
from emotionbench.materials.placeholders import placeholders

PLACEHOLDERS: dict[str, set[str]] = {
    "progress": {"page", "pages"},
    "reading_left": {"seconds"},
    "read_longer": {"seconds"},
    "check_item": {"label"},
    "unanswered": {"n"},
    "number_between": {"lowest", "highest"},
    "too_long": {"most"},
    "retention": {"days"},
    "closes_on": {"date"},
}


class StandardQuestion(Document):
    """A question about the person that the pages have in this language; ``options`` by value, none for free answers."""

    text: ShortText
    hint: ShortText | None = None
    options: dict[str, ShortText] = Field(default_factory=dict)


class Pages(Document):
    """Every text of the survey's pages in one language, except the study's own and the instruments'.

    Texts may hold the placeholders in ``PLACEHOLDERS``. ``direction`` is how the language is written.
    ``questions`` are the standard questions about a person: age, gender, education, country.
    ``pleasant_scene`` is a positive situation to end on, where the set of situations has none in this language.
    """

    id: ShortText
    name: ShortText
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    language_name: ShortText
    direction: str = Field(pattern="^(ltr|rtl)$")
    source: LongText

    # around every page
    choose_language: ShortText
    progress: ShortText
    go_on: ShortText
    withdraw_link: ShortText
    keep_link: ShortText
    resume: ShortText
    preview: ShortText
    saved: ShortText
    skip: ShortText

    # consent
    consent_title: ShortText
    voluntary: LongText
    stored: LongText
    cookie: LongText
    from_panel: LongText
    retention: LongText
    closes_on: ShortText
    contact_title: ShortText
    agree: ShortText
    start: ShortText
    must_agree: ShortText

    # demographics
    about_you: ShortText
    about_you_lead: LongText
    needed: ShortText
    no_answer: ShortText
    questions: dict[str, StandardQuestion]

    # sheets
    before_title: ShortText
    after_title: ShortText
    after_lead: LongText
    keyboard_hint: ShortText
    check_item: ShortText
    answer_all: ShortText
    unanswered: ShortText
    leave_out: ShortText

    # situation
    situation_title: ShortText
    imagine: LongText
    reading_left: ShortText
    reflection: ShortText
    reflection_hint: ShortText

    # ending
    debriefing_title: ShortText
    thanks: LongText
    support_title: ShortText
    ending_offer: LongText
    ending_accept: ShortText
    ending_title: ShortText
    pleasant_scene: LongText
    finish: ShortText
    completed_title: ShortText
    code_lead: ShortText
    back_to_panel: ShortText
    screened_out_title: ShortText
    screened_out: LongText
    may_close: ShortText

    # withdrawing
    withdraw_title: ShortText
    withdraw_lead: LongText
    withdraw_confirm: ShortText
    withdraw_cancel: ShortText
    withdrawn_title: ShortText
    withdrawn: LongText

    # what can be wrong
    error_title: ShortText
    errors_summary: ShortText
    read_longer: ShortText
    write_something: ShortText
    number_between: ShortText
    too_long: ShortText
    choose_one: ShortText
    page_expired: LongText
    not_found: LongText
    already_taken: LongText
    full: LongText
    closed: LongText
    invitation_only: LongText
    too_many: LongText
    try_again: LongText
    refused: LongText

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in type(self).model_fields:
            text = getattr(self, name)
            if not isinstance(text, str):
                continue
            found = placeholders(name, text)
            known = PLACEHOLDERS.get(name, set())
            if found != known:
                wanted = ", ".join(f"{{{key}}}" for key in sorted(known)) or "none"
                raise fault(f"{name}: placeholders should be {wanted}", name)
        return self
