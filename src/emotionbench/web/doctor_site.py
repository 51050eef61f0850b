"""The way in, as a browser sees it: encrypted, by the proxy in front, with every header that the server sends."""

from __future__ import annotations

import asyncio
import contextlib
import html
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urlsplit

import aiohttp
from multidict import CIMultiDictProxy

from emotionbench.human.study import HumanStudy
from emotionbench.web.doctor_words import Checkup, fine, in_all_languages, problem, warning
from emotionbench.web.entering import FORM_TYPE, MOST_BYTES
from emotionbench.web.entry import PANEL_IDS
from emotionbench.web.guards import HEADERS, NEVER_KEEP, TWO_YEARS
from emotionbench.web.serving import LOOPBACK

PATIENCE = aiohttp.ClientTimeout(total=15, connect=5)
MOST_READ = 512 * 1024
FAREWELL = 0.25
MOST_SKEW = 5.0
"""Seconds that clocks may differ."""
FEWEST_DAYS = 14
DAY = 86_400.0
HTTPS_PORT = 443
LOGIN = "/researcher/login"


@dataclass(frozen=True)
class Page:
    """What came back: status, headers as they were sent, and the text."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str


async def site_checkups(
    url: str, study: HumanStudy | None, *, trust: ssl.SSLContext | None = None, plain: str | None = None
) -> list[Checkup]:
    """Look at the address that people see; nothing is stored there.

    ``trust`` says which certificates hold (default: those of this machine); ``plain`` is the same address without
    encryption (default: at the usual port).
    """
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        return [
            problem("address", f"{_shown(url)} is no address of a site", "give one like https://survey.example.org")
        ]
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        fix = "put a proxy with HTTPS in front, and give its address: docs/deployment.md"
        return [problem("address", f"{url}: answers would travel unencrypted", fix)]
    trust = trust or ssl.create_default_context()
    # a proxy between this machine and the site would be looked at in its stead, so none is used
    async with aiohttp.ClientSession(
        timeout=PATIENCE, connector=aiohttp.TCPConnector(ssl=trust), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        looking = _Looking(session, url.rstrip("/"), study, trust)
        found = [one async for one in looking.all()]
        if plain is None and parts.scheme == "https" and parts.port is None:
            plain = f"http://{parts.netloc}"
        if plain is not None:
            found.append(await _redirect(session, plain))
        # an encrypted connection that the other end hung up on needs a moment to be closed here as well
        await asyncio.sleep(FAREWELL)
    return found


def _shown(url: str) -> str:
    """An address without what might be a password in it."""
    return url if "@" not in url else "the address given"


@dataclass(frozen=True)
class _Looking:
    """One look at one site."""

    session: aiohttp.ClientSession
    url: str
    study: HumanStudy | None
    trust: ssl.SSLContext

    @property
    def is_secure(self) -> bool:
        return self.url.startswith("https://")

    async def all(self) -> AsyncIterator[Checkup]:
        """Everything, or nothing but why it cannot be reached."""
        try:
            health, encryption = await self._get("/healthz"), await self._encryption()
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            yield self._unreachable(fault)
            return
        yield encryption
        yield _health(health)
        if health.status != 200 or health.text.strip() != "ok":
            return
        try:
            first = await self._get(self._entry())
            login = await self._get(LOGIN)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            yield self._unreachable(fault)
            return
        if self.study is not None:
            yield _title(first, self.study)
        yield self._headers(first)
        yield self._cookies(first, login)
        yield _clock(first)
        yield await self._sizes()

    async def _get(self, path: str) -> Page:
        async with self.session.get(self.url + path, allow_redirects=False) as answer:
            text = (await answer.content.read(MOST_READ)).decode(errors="replace")
            return Page(answer.status, answer.headers, text)

    def _entry(self) -> str:
        """The first page, as a panel leads to it."""
        panel = self.study.survey.collection.panel if self.study else None
        return "/?" + urlencode(dict.fromkeys(PANEL_IDS, "doctor")) if panel else "/"

    def _unreachable(self, fault: Exception) -> Checkup:
        if isinstance(fault, aiohttp.ClientConnectorCertificateError):
            why = getattr(fault.certificate_error, "verify_message", "") or "it does not hold"
            return problem(
                "HTTPS",
                f"the certificate of {self.url} is refused: {why}",
                "get one that browsers trust (Caddy does so by itself; certbot for nginx), and have it renewed",
            )
        if isinstance(fault, aiohttp.ClientSSLError):
            return problem("HTTPS", f"{self.url} does not speak HTTPS", "let the proxy listen there with HTTPS")
        why = "it does not answer in time" if isinstance(fault, TimeoutError) else "nothing answers there"
        return problem("address", f"{self.url}: {why}", "start the server and the proxy; look at the name and firewall")

    async def _encryption(self) -> Checkup:
        if not self.is_secure:
            return warning("HTTPS", "only this machine can come in, without HTTPS", "people need an https:// address")
        days = await self._days_left()
        says = f"{self.url} has a certificate that holds for {days:.0f} days"
        if days < FEWEST_DAYS:
            return warning(
                "HTTPS", says, "look at what should have renewed it: certbot renew --dry-run, or Caddy's log"
            )
        return fine("HTTPS", says)

    async def _days_left(self) -> float:
        """Until the certificate ends."""
        parts = urlsplit(self.url)
        port = parts.port or HTTPS_PORT
        _, writer = await asyncio.open_connection(parts.hostname, port, ssl=self.trust, server_hostname=parts.hostname)
        try:
            certificate = writer.get_extra_info("peercert")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        return (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / DAY

    def _headers(self, page: Page) -> Checkup:
        expected = {**HEADERS, "Cache-Control": NEVER_KEEP}
        if self.is_secure:
            expected["Strict-Transport-Security"] = TWO_YEARS
        wrong = _differing(page.headers, expected)
        if wrong:
            lacks_hsts = wrong == ["Strict-Transport-Security is not there"]
            fix = (
                "start the server with --url and the https:// address: without, its cookies are not Secure either"
                if lacks_hsts
                else "let the proxy pass the server's headers on as they are, and add none of these"
            )
            return problem("headers", "; ".join(wrong), fix)
        return fine("headers", f"{len(expected)} arrive as the server sends them")

    def _cookies(self, *pages: Page) -> Checkup:
        wanted = ["HttpOnly", "SameSite", *(["Secure"] if self.is_secure else [])]
        sent = [one for page in pages for one in page.headers.getall("Set-Cookie", [])]
        faulty = sorted({f"{name} without {lack}" for one in sent for name, lack in _lacking(one, wanted)})
        if faulty:
            return problem(
                "cookies",
                ", ".join(faulty),
                "start the server with --url and the https:// address, and let the proxy leave cookies as they are",
            )
        return fine("cookies", f"each has {', '.join(wanted)}" if sent else "none before people consent")

    async def _sizes(self) -> Checkup:
        """Send more than any page of ours does; it holds no token, so that nothing could be stored of it."""
        too_much = b"x=" + b"0" * MOST_BYTES
        try:
            async with self.session.post(
                self.url + "/", data=too_much, headers={"Content-Type": FORM_TYPE}, allow_redirects=False
            ) as answer:
                status = answer.status
        except TimeoutError:
            return warning("sizes", "a request that is too large is not answered", "look at the proxy's log of errors")
        except (aiohttp.ClientError, OSError):
            # whoever refuses by hanging up has refused
            return fine("sizes", "a request that is too large is refused")
        if status == 413:
            return fine("sizes", "a request that is too large is refused")
        return problem(
            "sizes", f"a request that is too large is answered with {status}", "let the proxy pass it on or refuse it"
        )


def _health(page: Page) -> Checkup:
    if page.status == 200 and page.text.strip() == "ok":
        return fine("health", "the server and its database answer")
    if page.status == 503:
        return problem("health", "the server answers, its database does not", "start the database")
    if page.status in (502, 504):
        return problem(
            "health", "the proxy answers, the server behind it does not", "start 'emotionbench survey serve'"
        )
    return problem("health", f"something else answers there ({page.status})", "let the proxy lead to the server")


def _title(page: Page, study: HumanStudy) -> Checkup:
    titles = in_all_languages(study.survey.title)
    if any(title in html.unescape(page.text) for title in titles):
        return fine("served", f"the study there is {titles[0]!r}")
    return problem("served", f"the first page is not that of {titles[0]!r}", "serve this study file at this address")


def _differing(headers: CIMultiDictProxy[str], expected: Mapping[str, str]) -> list[str]:
    """What is wrong with the headers that arrived: absent, altered, or sent twice."""
    found = []
    for name, value in expected.items():
        sent = headers.getall(name, [])
        if not sent:
            found.append(f"{name} is not there")
        elif len(sent) > 1:
            found.append(f"{name} is there {len(sent)} times")
        elif sent[0] != value:
            found.append(f"{name} is altered")
    return found


def _lacking(cookie: str, wanted: list[str]) -> list[tuple[str, str]]:
    """The name of a cookie with each attribute that it has not."""
    try:
        parsed = SimpleCookie(cookie)
    except CookieError:
        return []
    return [(name, lack) for name, morsel in parsed.items() for lack in wanted if not morsel[lack.casefold()]]


def _clock(page: Page) -> Checkup:
    try:
        there = parsedate_to_datetime(page.headers.get("Date", "")).timestamp()
    except ValueError:
        return warning("clock", "the server does not say what time it has", "let the proxy pass the Date header on")
    skew = abs(there - time.time())
    if skew > MOST_SKEW:
        return warning(
            "clock",
            f"the server's and this machine's differ by {skew:.0f} s",
            "keep both right: timedatectl set-ntp true",
        )
    return fine("clock", "the server's is that of this machine")


async def _redirect(session: aiohttp.ClientSession, plain: str) -> Checkup:
    """Whether the address without encryption leads to the one with it."""
    try:
        async with session.get(plain + "/", allow_redirects=False) as answer:
            status, leads_to = answer.status, answer.headers.get("Location", "")
    except (aiohttp.ClientError, TimeoutError, OSError):
        return warning(
            "redirect",
            f"nothing answers at {plain}",
            "let the proxy lead from there to https://, for those who type it",
        )
    if status in (301, 302, 307, 308) and leads_to.startswith("https://"):
        return fine("redirect", f"{plain} leads to https://")
    return problem("redirect", f"{plain} answers without HTTPS ({status})", "let the proxy lead from there to https://")
