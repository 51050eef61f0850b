"""The researcher's side: a login, the figures of the running study, and its files."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emotionbench.store import researchers
from emotionbench.web.entering import fields_of, known_only
from emotionbench.web.render import environment
from emotionbench.web.researcher_figures import Watch
from emotionbench.web.site import Site, html, patiently, see

HOME, LOGIN, LOGOUT, FIGURES = "/researcher", "/researcher/login", "/researcher/logout", "/researcher/figures"
ANSWERS, PREREGISTRATION = "/researcher/answers.zip", "/researcher/preregistration.md"
SESSION_COOKIE, VISIT_COOKIE = "emotionbench_researcher", "emotionbench_researcher_form"
SESSION_SECONDS = 8 * 3600
VISIT_SECONDS = 24 * 3600
AT_ONCE = 2
"""Passwords that are checked at once in a process: each takes 64 MB."""
MOST_WAITING = 20
BUSY_SECONDS = 5

WRONG = "The name or the password is wrong."
FORM_EXPIRED = "This form was open for too long, or was not opened by you. Please try again."
BUSY = "Too many logins are being tried just now. Please try again in a moment."


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in."""

    id: str
    name: str


class Researchers:
    """The routes under ``/researcher``.

    ``archive`` makes the study's files as a ZIP archive, ``preregistration`` its text in Markdown; without them there
    are no links to them. Both are called in a thread, the archive one at a time.
    """

    def __init__(
        self,
        site: Site,
        *,
        archive: Callable[[], bytes] | None = None,
        preregistration: Callable[[], str] | None = None,
    ) -> None:
        self.site, self._archive, self._preregistration = site, archive, preregistration
        self._watch = Watch(site)
        self._sessions = URLSafeTimedSerializer(
            site.tokens.keyed("researcher", "sessions"),
            salt="emotionbench researcher",
            signer_kwargs={"digest_method": sha256},
        )
        self._checking, self._packing = CapacityLimiter(AT_ONCE), CapacityLimiter(1)
        self._n_trying = 0
        researchers.warm_up()

    def routes(self) -> list[Route]:
        """All addresses, complete from the root."""
        return [
            Route(HOME, self.home, methods=["GET"]),
            Route(f"{HOME}/", self.home, methods=["GET"]),
            Route(FIGURES, self.figures, methods=["GET"]),
            Route(LOGIN, self.login, methods=["GET"]),
            Route(LOGIN, self.log_in, methods=["POST"]),
            Route(LOGOUT, self.log_out, methods=["POST"]),
            Route(ANSWERS, self.answers, methods=["GET"]),
            Route(PREREGISTRATION, self.preregistration, methods=["GET"]),
        ]

    async def home(self, request: Request) -> Response:
        """The page with the figures."""
        session = await self._session(request)
        if session is None:
            return see(LOGIN)
        figures = await patiently(lambda: self._watch.figures(time.time()))
        proof = self.site.tokens.form(session.id, LOGOUT, 0.0)
        has_answers = self._archive is not None and figures.n_people > 0
        links = {ANSWERS: has_answers, PREREGISTRATION: self._preregistration is not None}
        return self._page("home.html", figures=figures, name=session.name, csrf=proof, links=links)

    async def figures(self, request: Request) -> Response:
        """The figures alone, for the script that keeps the page up to date."""
        if await self._session(request) is None:
            return see(LOGIN)
        figures = await patiently(lambda: self._watch.figures(time.time()))
        return self._page("figures.html", figures=figures)

    async def login(self, request: Request) -> Response:
        """The form to log in with."""
        return see(HOME) if await self._session(request) else self._login_page()

    async def log_in(self, request: Request) -> Response:
        """Check a name and a password. Nothing in the answer tells whether the name exists."""
        values = fields_of(await request.body())
        known_only(values, {"name", "password"})
        name, password = values.get("name", ""), values.get("password", "")
        visit = request.cookies.get(VISIT_COOKIE)
        if not visit or self.site.tokens.shown(values.get("csrf", ""), visit, LOGIN) is None:
            return self._login_page(FORM_EXPIRED, name, status=403)
        if self._n_trying >= AT_ONCE + MOST_WAITING:
            return self._login_page(BUSY, name, status=503, wait=BUSY_SECONDS)
        self._n_trying += 1
        try:
            wait, fingerprint = await self._tried(name, password)
        finally:
            self._n_trying -= 1
        if wait > 0:
            told = f"Too many logins failed. Please try again in {wait} s."
            return self._login_page(told, name, status=429, wait=wait)
        if fingerprint is None:
            return self._login_page(WRONG, name, status=401)
        answer = see(HOME)
        session = self._sessions.dumps([secrets.token_hex(16), researchers.as_typed(name), fingerprint])
        self._set_cookie(answer, SESSION_COOKIE, str(session), SESSION_SECONDS)
        answer.delete_cookie(VISIT_COOKIE, path=HOME, secure=self.site.is_secure, httponly=True, samesite="strict")
        return answer

    async def log_out(self, request: Request) -> Response:
        """End the session on this device."""
        values = fields_of(await request.body())
        known_only(values, set())
        session = await self._session(request)
        if session is not None and self.site.tokens.shown(values.get("csrf", ""), session.id, LOGOUT) is None:
            raise HTTPException(403)
        answer = see(LOGIN)
        answer.delete_cookie(SESSION_COOKIE, path=HOME, secure=self.site.is_secure, httponly=True, samesite="strict")
        return answer

    async def answers(self, request: Request) -> Response:
        """The study's files in one archive."""
        if await self._session(request) is None:
            return see(LOGIN)
        figures = await patiently(lambda: self._watch.figures(time.time()))
        if self._archive is None or not figures.n_people:
            raise HTTPException(404)
        content = await run_sync(self._archive, limiter=self._packing)
        return self._file(content, "application/zip", "answers.zip")

    async def preregistration(self, request: Request) -> Response:
        """The text of the pre-registration."""
        if await self._session(request) is None:
            return see(LOGIN)
        if self._preregistration is None:
            raise HTTPException(404)
        text = await run_sync(self._preregistration)
        return self._file(text.encode(), "text/markdown; charset=utf-8", "preregistration.md")

    async def _tried(self, name: str, password: str) -> tuple[int, str | None]:
        """The seconds to wait before the next try, or 0 and the fingerprint of the account if the password is right."""
        store = self.site.store
        wait = await patiently(lambda: researchers.admit(store, name, now=time.time()))
        if wait > 0:
            return wait, None
        return 0, await run_sync(researchers.log_in, store, name, password, limiter=self._checking)

    async def _session(self, request: Request) -> Session | None:
        """Who is logged in; None where nobody is, or the account is gone or has another password since."""
        cookie = request.cookies.get(SESSION_COOKIE)
        if not cookie:
            return None
        try:
            identifier, name, fingerprint = self._sessions.loads(cookie, max_age=SESSION_SECONDS)
        except (BadSignature, ValueError):
            return None
        present = await patiently(lambda: researchers.fingerprint(self.site.store, name))
        return Session(identifier, name) if present and compare_digest(present, fingerprint) else None

    def _login_page(self, error: str = "", name: str = "", *, status: int = 200, wait: int = 0) -> Response:
        visit = secrets.token_hex(16)
        proof = self.site.tokens.form(visit, LOGIN, 0.0)
        shown = name[: researchers.LONGEST_NAME]
        answer = self._page("login.html", status, error=error, name=shown, csrf=proof)
        self._set_cookie(answer, VISIT_COOKIE, visit, VISIT_SECONDS)
        if wait:
            answer.headers["Retry-After"] = str(wait)
        return answer

    def _page(self, template: str, status: int = 200, **shown: Any) -> Response:
        language = next(iter(self.site.study.editions))
        around: Mapping[str, Any] = {
            "title": self.site.title(language),
            "language": language,
            "direction": self.site.edition(language).pages.direction,
            "is_preview": self.site.is_preview,
        }
        return html(environment().get_template(f"researcher/{template}").render(**around, **shown), status)

    def _set_cookie(self, answer: Response, cookie: str, value: str, seconds: int) -> None:
        answer.set_cookie(
            cookie,
            value,
            max_age=seconds,
            path=HOME,
            secure=self.site.is_secure,
            httponly=True,
            samesite="strict",
        )

    def _file(self, content: bytes, kind: str, name: str) -> Response:
        study = re.sub(r"[^A-Za-z0-9_-]+", "-", self.site.study.name).strip("-")[:60]
        full = f"{study}-{name}" if study else name
        return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{full}"'})
