"""What the pages of one study stand on: the study, its store, its secret, and the address that people see."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import TypeVar

from anyio import CapacityLimiter, sleep
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from emotionbench.errors import StoreError
from emotionbench.human.study import Edition, HumanStudy
from emotionbench.materials.pages import Pages
from emotionbench.store import Store
from emotionbench.store.database import MOST_AT_ONCE
from emotionbench.store.people import Limits
from emotionbench.survey import in_language
from emotionbench.web.render import page
from emotionbench.web.tokens import Tokens
from emotionbench.web.views import Frame, MessageView, Support

COOKIE = "emotionbench_link"
PATIENCE = 8.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 1.0
T = TypeVar("T")


class Unavailable(Exception):
    """The store could not be reached for longer than a person can be kept waiting."""


@dataclass(frozen=True)
class Site:
    """One study on the web. ``url`` is its public address without a slash at its end; None on this machine alone."""

    study: HumanStudy
    store: Store
    tokens: Tokens
    url: str | None = None
    is_preview: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether people come by HTTPS."""
        return self.url is not None and self.url.startswith("https://")

    @cached_property
    def limits(self) -> Limits:
        """What allocations keep to."""
        collection = self.study.survey.collection
        quotas = tuple((quota.question, quota.value, quota.n) for quota in collection.quotas)
        return Limits(collection.reservation_minutes * 60, collection.n, collection.n_per_situation, quotas)

    @property
    def is_closed(self) -> bool:
        """Whether the last day is over, everywhere on UTC."""
        closes = self.study.survey.collection.closes
        if closes is None:
            return False
        end = datetime.strptime(closes, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
        return datetime.now(UTC) >= end

    def edition(self, language: str | None) -> Edition:
        """The edition in a language, or the first one."""
        return self.study.editions.get(language or "") or next(iter(self.study.editions.values()))

    def edition_for(self, request: Request) -> Edition:
        """The edition in the language that the address names, or else that the browser prefers."""
        named = request.query_params.get("lang")
        if named in self.study.editions:
            return self.edition(named)
        return self.edition(_preferred(request.headers.get("accept-language", ""), self.study.editions))

    def title(self, language: str) -> str:
        """The study's title."""
        return in_language(self.study.survey.title, language) or self.study.name

    def message(
        self,
        pages: Pages,
        text: str,
        status: int,
        *,
        heading: str | None = None,
        link: tuple[str, str] | None = None,
        support: tuple[Support, ...] = (),
    ) -> Response:
        """A page that says one thing."""
        study = self.title(pages.language)
        frame = Frame(pages, study, heading or study, is_preview=self.is_preview)
        return html(page(MessageView(frame, paragraphs(text), link, support)), status)


@cache
def _threads() -> CapacityLimiter:
    """As many threads as there are connections: more would wait for one, and take each other's time."""
    return CapacityLimiter(MOST_AT_ONCE)


async def patiently(work: Callable[[], T]) -> T:
    """Do what needs the store, again where its database is not there for a while; Unavailable where it stays away."""
    began, wait = time.monotonic(), FIRST_WAIT
    while True:
        try:
            return await run_sync(work, limiter=_threads())
        except StoreError:
            if time.monotonic() - began + wait > PATIENCE:
                raise Unavailable from None
            await sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)


def html(text: str, status: int = 200) -> Response:
    """A page."""
    return HTMLResponse(text, status)


def see(address: str) -> Response:
    """Lead on to another page, which is then asked for with GET."""
    return RedirectResponse(address, 303)


def paragraphs(text: str) -> tuple[str, ...]:
    """A text by its blank lines."""
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def _preferred(accepted: str, known: Mapping[str, object]) -> str | None:
    """The first known language of an Accept-Language header, by its weights."""
    weighted = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        weighted.append((-_weight(weight), place, tag.strip()))
    for _, _, tag in sorted(weighted):
        found = next((one for one in known if one.casefold() in (tag.casefold(), tag.split("-")[0].casefold())), None)
        if found:
            return found
    return None


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
