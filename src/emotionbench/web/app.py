"""The application: every address of a study on the web, and a plain page for whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from emotionbench.errors import StoreError
from emotionbench.store import reading
from emotionbench.web.entering import Refused
from emotionbench.web.entry import Entry
from emotionbench.web.guards import Headings, Rates, Shapes
from emotionbench.web.persons import Persons
from emotionbench.web.researcher import Researchers
from emotionbench.web.site import Site, Unavailable

STATIC_FILES = Path(__file__).parent / "static"
TRY_AGAIN_AFTER = "5"
log = logging.getLogger("emotionbench.survey")


def make_app(site: Site) -> Starlette:
    """The application of one study."""
    pages = _ProblemPages(site)
    app = Starlette(
        routes=[
            *Entry(site).routes(),
            *Persons(site).routes(),
            *_researchers(site).routes(),
            Route("/healthz", _health(site), methods=["GET"]),
            Route("/robots.txt", _robots, methods=["GET"]),
            Route("/favicon.ico", _no_icon, methods=["GET"]),
            Mount("/static", StaticFiles(directory=STATIC_FILES)),
        ],
        middleware=[Middleware(Headings, is_secure=site.is_secure), Middleware(Rates), Middleware(Shapes)],
        exception_handlers={
            Refused: pages.refused,
            HTTPException: pages.http,
            Unavailable: pages.unavailable,
            StoreError: pages.unavailable,
            Exception: pages.defect,
        },
    )
    # it would lead to an address made of the Host header
    app.router.redirect_slashes = False
    return app


def _researchers(site: Site) -> Researchers:
    def archive() -> bytes:
        from emotionbench.web.taking_home import archive_of  # noqa: PLC0415  (frames take half a second to import)

        return archive_of(site)

    def text() -> str:
        from emotionbench.web.taking_home import preregistration_of  # noqa: PLC0415

        return preregistration_of(site)

    return Researchers(site, archive=archive, preregistration=text)


class _ProblemPages:
    """Plain pages in the reader's language; none of them says what was sent."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def refused(self, request: Request, _: Exception) -> Response:
        pages = self.site.edition_for(request).pages
        return self.site.message(pages, pages.refused, 400, heading=pages.error_title)

    def http(self, request: Request, problem: Exception) -> Response:
        status = problem.status_code if isinstance(problem, HTTPException) else 400
        pages = self.site.edition_for(request).pages
        text = pages.not_found if status == 404 else pages.refused
        return self.site.message(pages, text, status, heading=pages.error_title)

    def unavailable(self, request: Request, _: Exception) -> Response:
        pages = self.site.edition_for(request).pages
        answer = self.site.message(pages, pages.try_again, 503, heading=pages.error_title)
        answer.headers["Retry-After"] = TRY_AGAIN_AFTER
        return answer

    def defect(self, request: Request, problem: Exception) -> Response:
        log.error("a defect of ours: %s", type(problem).__name__)
        pages = self.site.edition_for(request).pages
        return self.site.message(pages, pages.try_again, 500, heading=pages.error_title)


def _health(site: Site) -> Callable[[Request], Awaitable[Response]]:
    async def health(_: Request) -> Response:
        try:
            await run_sync(lambda: reading.n_workers(site.store))
        except StoreError:
            return PlainTextResponse("the database does not answer", 503)
        return PlainTextResponse("ok")

    return health


async def _robots(_: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


async def _no_icon(_: Request) -> Response:
    """Browsers ask for one, whatever a page says."""
    return Response(status_code=204)
