"""The pages of a person who consented: shown in their order, taken once each, and deleted when the person says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emotionbench.documents import canonical_json
from emotionbench.human.session import ABOUT, SITUATION, PlannedSheet
from emotionbench.records import Administration, Attempt
from emotionbench.store import people
from emotionbench.store.people import Sent
from emotionbench.survey import COMPLETE, FAILED_CHECKS, FULL, SCREENED_OUT
from emotionbench.web import entering
from emotionbench.web.entering import LEAVE_OUT, Entered, fields_of, is_sheet, seconds_to_read
from emotionbench.web.render import page as rendered
from emotionbench.web.showing import DONE, WITHDRAW, Draft, Place, support_of
from emotionbench.web.site import COOKIE, Site, html, patiently, see
from emotionbench.web.tokens import Shown
from emotionbench.wording import answer_lines, sheet

SHOWN = "emotionbench_shown"
"""The cookie that knows since when the page is shown, so that loading it anew does not make the time shorter."""


class Persons:
    """The routes under ``/s/``: one person's."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def routes(self) -> list[Route]:
        """The addresses of a person."""
        return [
            Route("/s/{link}", self.where, methods=["GET"]),
            Route("/s/{link}/withdraw", self.ask_to_withdraw, methods=["GET"]),
            Route("/s/{link}/withdraw", self.withdraw, methods=["POST"]),
            Route("/s/{link}/{page}", self.show, methods=["GET"]),
            Route("/s/{link}/{page}", self.take, methods=["POST"]),
            Route("/s/{link}/{page}/draft", self.keep_draft, methods=["POST"]),
            Route("/withdrawn", self.withdrawn, methods=["GET"]),
        ]

    async def where(self, request: Request) -> Response:
        """Lead to the page that the person is on."""
        place = await self._place(request)
        return see(f"{place.address}/{place.current}") if place else self._unknown(request)

    async def show(self, request: Request) -> Response:
        """The page that the person is on; any other leads there."""
        place = await self._place(request)
        if place is None:
            return self._unknown(request)
        page = request.path_params["page"]
        if page != place.current:
            return see(f"{place.address}/{place.current}")
        if page == DONE:
            return html(rendered(place.done()))
        person = place.person
        draft = Draft.of(person.drafts.get(page))
        now = time.time()
        earlier = self.site.tokens.shown(request.cookies.get(SHOWN, ""), person.id, page)
        first_shown = draft.first_shown or (earlier.first if earlier else now)
        answer = html(rendered(place.view(page, draft, first_shown, now)))
        proof = self.site.tokens.form(person.id, page, first_shown)
        answer.set_cookie(SHOWN, proof, path=place.address, httponly=True, secure=self.site.is_secure, samesite="lax")
        return answer

    async def take(self, request: Request) -> Response:
        """Take a page: keep it and lead on, or keep what was entered and lead back to what is wrong with it."""
        return await self._kept_by(self._led_on, request)

    async def keep_draft(self, request: Request) -> Response:
        """Keep what was entered so far, as the script sends it."""
        return await self._kept_by(self._noted, request)

    async def _kept_by(self, keep: Callable[..., Response], request: Request) -> Response:
        """What ``keep`` answers to a form that was sent from a page of the person; all of it in one thread."""
        values = fields_of(await request.body())
        identifier = self.site.tokens.person(request.path_params["link"])
        page = request.path_params["page"]

        def kept() -> Response | None:
            place = self._found(identifier) if identifier else None
            if place is None:
                return None
            shown = self.site.tokens.shown(values.get("csrf", ""), place.person.id, page)
            return self._expired(place) if shown is None else keep(place, page, values, shown)

        return await patiently(kept) or self._unknown(request)

    def _led_on(self, place: Place, page: str, values: dict[str, str], shown: Shown) -> Response:
        now_at = self._taken(place, page, values, shown) if page == place.current else place
        return see(f"{now_at.address}/{now_at.current}")

    def _noted(self, place: Place, page: str, values: dict[str, str], shown: Shown) -> Response:
        if page == place.current and page != DONE:
            self._kept(place, page, values, shown)
        return Response(status_code=204)

    async def ask_to_withdraw(self, request: Request) -> Response:
        """Ask whether to delete everything."""
        place = await self._place(request)
        return html(rendered(place.withdraw())) if place else self._unknown(request)

    async def withdraw(self, request: Request) -> Response:
        """Delete everything of the person."""
        values = fields_of(await request.body())
        place = await self._place(request)
        if place is None:
            return self._unknown(request)
        entering.known_only(values, set())
        if self.site.tokens.shown(values.get("csrf", ""), place.person.id, WITHDRAW) is None:
            return self._expired(place)
        await patiently(lambda: people.withdraw(self.site.store, place.person.id))
        answer = see(f"/withdrawn?lang={place.person.language}")
        answer.delete_cookie(COOKIE, secure=self.site.is_secure, httponly=True, samesite="lax")
        return answer

    async def withdrawn(self, request: Request) -> Response:
        """Say that everything is deleted, and whom somebody who stopped can turn to."""
        edition = self.site.edition_for(request)
        pages, support = edition.pages, support_of(self.site.study.survey, edition.language)
        return self.site.message(pages, pages.withdrawn, 200, heading=pages.withdrawn_title, support=support)

    async def _place(self, request: Request) -> Place | None:
        """Where the person of this link is; None where there is no such person (any more)."""
        identifier = self.site.tokens.person(request.path_params["link"])
        return await patiently(lambda: self._found(identifier)) if identifier else None

    def _found(self, identifier: str) -> Place | None:
        store, study = self.site.store, self.site.study
        person = people.find(store, identifier, study.hash)
        if person is None or person.language not in study.editions:
            return None
        if person.outcome is None and time.time() - person.seen_at >= people.SEEN_SECONDS:
            people.seen(store, identifier, time.time())
        return self._on(person)

    def _on(self, person: people.Person) -> Place:
        """Where a person as read is, with a situation from when one is needed."""
        place = Place(self.site, person)
        if not place.needs_situation or self.site.is_closed:
            return place
        return self._allocated(place)

    def _allocated(self, place: Place) -> Place:
        """The person with a situation; without one where the study is full."""
        site = self.site
        cells = list(place.edition.situations)
        found = people.allocate(
            site.store, place.person.id, cells, site.limits, seed=site.study.study.seed, now=time.time()
        )
        if isinstance(found, people.Person):
            return Place(site, found)
        if found is not None:
            people.turn_away(site.store, place.person.id)
        return Place(site, replace(place.person, outcome=FULL)) if found else place

    def _taken(self, place: Place, page: str, values: dict[str, str], shown: Shown) -> Place:
        """Where the person is after sending the page: on it still if something is wrong, else on the next."""
        store, person = self.site.store, place.person
        entered = _entered(place, page, values, shown, Draft.of(person.drafts.get(page)))
        if entered.errors:
            self._keep(place, page, entered, shown)
            return place
        sent = _sent(place, page, entered, shown)
        if not people.submit(store, person.id, sent, now=time.time()):
            return self._found(person.id) or place
        return self._on(_after(person, sent))

    def _kept(self, place: Place, page: str, values: dict[str, str], shown: Shown) -> None:
        """Keep what was entered; of what was said to be wrong, what still is."""
        before = Draft.of(place.person.drafts.get(page))
        entered = _entered(place, page, values, shown, Draft())
        still = {name: text for name, text in entered.errors.items() if name in before.errors}
        self._keep(place, page, replace(entered, errors=still), shown)

    def _keep(self, place: Place, page: str, entered: Entered, shown: Shown) -> None:
        draft = Draft(entered.values, entered.errors, shown.first)
        people.save_draft(self.site.store, place.person.id, page, asdict(draft))

    def _unknown(self, request: Request) -> Response:
        pages = self.site.edition_for(request).pages
        return self.site.message(pages, pages.not_found, 404, heading=pages.error_title)

    def _expired(self, place: Place) -> Response:
        pages = place.pages
        link = (place.address, pages.go_on)
        return self.site.message(pages, pages.page_expired, 403, heading=pages.error_title, link=link)


def _after(person: people.Person, sent: Sent) -> people.Person:
    """The person as the store has them once this page was kept."""
    return replace(
        person,
        submitted={**person.submitted, sent.page: sent.content},
        demographics=person.demographics if sent.demographics is None else sent.demographics,
        outcome=person.outcome or sent.outcome,
    )


def _entered(place: Place, page: str, values: dict[str, str], shown: Shown, before: Draft) -> Entered:
    """What was entered on a page, checked as that page demands."""
    if page == ABOUT:
        return entering.about(values, place.asking, place.pages)
    if is_sheet(page):
        return entering.sheet(values, place.planned(page), place.pages)
    if page == SITUATION:
        survey = place.survey
        left = seconds_to_read(survey.reading_seconds, shown.first, time.time())
        again = "reflection" in before.errors or LEAVE_OUT in values
        return entering.situation(values, left, asks=survey.reflection, again=again, pages=place.pages)
    return entering.ending(values, page, offers_pleasant=place.offers_pleasant)


def _sent(place: Place, page: str, entered: Entered, shown: Shown) -> Sent:
    """A page as it is kept."""
    now = time.time()
    sent = Sent(page, max(0.0, round(now - shown.first, 1)), _in_words(now), entered.content)
    if page == ABOUT:
        answers = entered.content["answers"]
        screening = place.survey.screening
        is_out = not all(rule.admits(answers.get(name)) for name, rule in screening.items())
        return replace(sent, demographics=answers, outcome=SCREENED_OUT if is_out else None)
    if is_sheet(page):
        return _sent_sheet(place, place.planned(page), sent, shown)
    return sent


def _sent_sheet(place: Place, planned: PlannedSheet, sent: Sent, shown: Shown) -> Sent:
    """A sheet as it is kept: its answers as an attempt, what was counted of it as the page's content."""
    answers, checks = sent.content["answers"], sent.content["checks"]
    n_failed = sum(checks.get(place) != check.value for place, check in enumerate(planned.checks, 1))
    counted = {
        "n_items": planned.instrument.n_items,
        "n_missing": planned.instrument.n_items - len(answers),
        "n_checks": len(planned.checks),
        "n_failed_checks": n_failed,
        "same_answer": len(answers) > 1 and len(set(answers.values())) == 1,
    }
    record = (planned.administration, _attempt(place, planned, sent, shown))
    outcome = _outcome(place, n_failed) if planned.page == place.sheets[-1].page else None
    return replace(sent, content=counted, record=record, outcome=outcome)


def _outcome(place: Place, n_failed_now: int) -> str:
    """How a session ends whose last sheet this is."""
    earlier = sum(content.get("n_failed_checks", 0) for content in place.person.submitted.values())
    most = place.survey.exclusions.failed_checks
    return FAILED_CHECKS if most is not None and earlier + n_failed_now >= most else COMPLETE


def _attempt(place: Place, planned: PlannedSheet, sent: Sent, shown: Shown) -> Attempt:
    """What was shown, what was sent, and the answers as a reply."""
    administration: Administration = planned.administration
    found = sheet(planned.instrument, administration.order)
    asked: dict[str, Any] = {
        "page": planned.page,
        "language": place.person.language,
        "instructions": found.instructions,
        "items": [line.text for line in found.lines],
        "options": dict(found.options),
        "checks": [asdict(check) for check in planned.checks],
    }
    response = canonical_json({**sent.content, "seconds": sent.seconds})
    return Attempt(
        administration=administration.id,
        number=1,
        request=canonical_json(asked),
        response=response,
        reply=answer_lines(planned.instrument, administration.order, sent.content["answers"]),
        error=None,
        error_kind=None,
        started_at=_in_words(shown.first),
        seconds=sent.seconds,
    )


def _in_words(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
