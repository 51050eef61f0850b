"""The way in: consent, by the open link, a personal invitation, or a panel's link."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emotionbench.human.study import Edition
from emotionbench.store import people
from emotionbench.store.people import Arrival, CodeTaken, Person
from emotionbench.survey import in_language
from emotionbench.web.entering import fields_of, known_only
from emotionbench.web.opening import now_in_words
from emotionbench.web.render import page as rendered
from emotionbench.web.site import COOKIE, Site, html, paragraphs, patiently, see
from emotionbench.web.tokens import hash_of_invitation, new_code, new_person
from emotionbench.web.views import ConsentView, Frame, Language, Sending

PANEL_IDS = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")
PANEL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
A_MONTH = 30 * 24 * 3600
OWNER = "entry"


@dataclass(frozen=True)
class Refusal:
    """Why somebody cannot come in: the name of the text, and the status of the page."""

    text: str
    status: int


class Entry:
    """The routes ``/`` and ``/i/…``."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def routes(self) -> list[Route]:
        """The addresses of those who have not consented yet."""
        return [
            Route("/", self.consent, methods=["GET"]),
            Route("/", self.begin, methods=["POST"]),
            Route("/i/{invitation}", self.consent, methods=["GET"]),
        ]

    async def consent(self, request: Request) -> Response:
        """What the study is about, and the question whether to take part; whoever came before goes on."""
        site, edition = self.site, self.site.edition_for(request)
        arrival = self._arrival(request)
        if isinstance(arrival, Refusal):
            return self._refuse(edition, arrival)
        found = await patiently(lambda: self._known(arrival))
        if isinstance(found, str):
            return see(f"/s/{site.tokens.link(found)}")
        if found is not None:
            return self._refuse(edition, found)
        earlier = await self._earlier(request, arrival)
        return html(rendered(self._view(request, edition, arrival, earlier)))

    async def begin(self, request: Request) -> Response:
        """Let in somebody who agreed."""
        values = fields_of(await request.body())
        known_only(values, {"agree", "language"})
        ticket = self.site.tokens.admitted(values.get("csrf", ""))
        edition = self.site.edition(values.get("language"))
        if ticket is None or ticket.get("way_in") != self._way_in:
            return self._refuse(edition, Refusal("page_expired", 403))
        if values.get("agree") != "yes":
            return see(f"{ticket['entry']}&unticked=1")
        if self.site.is_closed:
            return self._refuse(edition, Refusal("closed", 410))
        arrival = Arrival(**ticket["arrival"])
        person = await patiently(lambda: self._begun(str(ticket["person"]), edition.language, arrival))
        if person is None:
            return self._refuse(edition, Refusal("already_taken", 409))
        link = self.site.tokens.link(person.id)
        answer = see(f"/s/{link}")
        secure = self.site.is_secure
        answer.set_cookie(COOKIE, link, max_age=A_MONTH, httponly=True, secure=secure, samesite="lax")
        return answer

    @property
    def _way_in(self) -> list[str | None]:
        """What a ticket is good for: this study, by the kind of links that it has now."""
        collection = self.site.study.survey.collection
        return [self.site.study.hash, collection.links, collection.panel]

    def _begun(self, identifier: str, language: str, arrival: Arrival) -> Person | None:
        site = self.site
        while True:
            # the session stands in exports: nothing may lead from the person's link to it
            session, code = new_person(), new_code()
            person = Person(identifier, site.study.hash, session, language, None, None, None, None, code)
            try:
                return people.begin(site.store, person, arrival, started_at=now_in_words(), now=time.time())
            except CodeTaken:
                continue

    def _arrival(self, request: Request) -> Arrival | Refusal:
        """How the person came, as the address says."""
        collection, tokens = self.site.study.survey.collection, self.site.tokens
        if self.site.is_closed:
            return Refusal("closed", 410)
        invitation = request.path_params.get("invitation")
        if collection.links == "single-use":
            return Arrival(invitation=hash_of_invitation(invitation)) if invitation else Refusal("invitation_only", 403)
        if invitation:
            return Refusal("not_found", 404)
        if collection.panel is None:
            return Arrival()
        ids = [request.query_params.get(name, "") for name in PANEL_IDS]
        if not all(PANEL_ID.fullmatch(one) for one in ids):
            return Refusal("not_found", 400)
        return Arrival(person=tokens.keyed("person", ids[0]), visit=tokens.keyed("visit", *ids))

    def _known(self, arrival: Arrival) -> str | Refusal | None:
        """The person who came this way before, why it is no way in, or None for somebody new."""
        site, study = self.site, self.site.study.hash
        if arrival.invitation:
            invited = people.invited(site.store, study, arrival.invitation)
            if invited is None:
                return Refusal("not_found", 404)
            used, person = invited
            return person or (Refusal("already_taken", 409) if used else None)
        if arrival.person:
            recruited = people.recruited(site.store, study, arrival.person)
            if recruited is not None:
                person, visit = recruited
                return person if visit == arrival.visit else Refusal("already_taken", 409)
        is_full = people.is_full(site.store, study, site.limits, now=time.time())
        return Refusal("full", 410) if is_full else None

    async def _earlier(self, request: Request, arrival: Arrival) -> str | None:
        """The link of somebody who began on this device by the open link and has not ended; it is offered, not taken.

        The next person at a shared device must not find themselves among the answers of the one before.
        """
        link = request.cookies.get(COOKIE, "")
        identifier = self.site.tokens.person(link) if arrival == Arrival() else None
        if identifier is None:
            return None
        person = await patiently(lambda: people.find(self.site.store, identifier, self.site.study.hash))
        return f"/s/{link}" if person is not None and person.outcome is None else None

    def _view(self, request: Request, edition: Edition, arrival: Arrival, earlier: str | None) -> ConsentView:
        site, pages, survey = self.site, edition.pages, self.site.study.survey
        language = edition.language
        entry = self._address(request, language)
        content = {"person": new_person(), "arrival": asdict(arrival), "entry": entry, "way_in": self._way_in}
        ticket = site.tokens.ticket(content)
        errors = {"agree": pages.must_agree} if "unticked" in request.query_params else {}
        closes = survey.collection.closes
        return ConsentView(
            frame=Frame(
                pages,
                site.title(language),
                pages.consent_title,
                languages=self._languages(request, language),
                is_preview=site.is_preview,
            ),
            sending=Sending("/", ticket, None, errors),
            consent=paragraphs(in_language(survey.consent, language) or ""),
            contact=paragraphs(in_language(survey.contact, language) or ""),
            retention=pages.retention.format(days=survey.collection.retention_days),
            closes=pages.closes_on.format(date=closes) if closes else None,
            earlier=earlier,
            from_panel=pages.from_panel if survey.collection.panel else None,
        )

    def _languages(self, request: Request, current: str) -> tuple[Language, ...]:
        editions = self.site.study.editions
        if len(editions) < 2:
            return ()
        return tuple(
            Language(code, one.pages.language_name, one.pages.direction, self._address(request, code), code == current)
            for code, one in editions.items()
        )

    def _address(self, request: Request, language: str) -> str:
        """This entry in a language, with what a panel added to it."""
        kept = {name: request.query_params[name] for name in PANEL_IDS if name in request.query_params}
        return f"{request.url.path}?{urlencode({**kept, 'lang': language})}"

    def _refuse(self, edition: Edition, refusal: Refusal) -> Response:
        pages = edition.pages
        return self.site.message(pages, getattr(pages, refusal.text), refusal.status)
