"""What every request passes: headers that close the page to anything from elsewhere, limits of size and of rate."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotionbench.web.entering import FORM_TYPE, MOST_BYTES

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
TWO_YEARS = "max-age=63072000"
KEEP_LONG = "public, max-age=31536000, immutable"
NEVER_KEEP = "no-store"
STATIC = "/static/"
LONGEST_ADDRESS = 2000
OUR_OWN = ("same-origin", "none")


class Headings:
    """Adds the headers to every response. Pages are never kept by a browser; static files for long."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, **({"Strict-Transport-Security": TWO_YEARS} if is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                is_static = scope["path"].startswith(STATIC) and message["status"] == 200
                headers["Cache-Control"] = KEEP_LONG if is_static else NEVER_KEEP
            await send(message)

        await self.app(scope, receive, with_headers)


class Shapes:
    """Refuses addresses and bodies that no page of ours sends, and what another site has a browser send to us.

    Browsers say themselves where a request comes from (``Sec-Fetch-Site``); what says nothing is no browser of today.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            await PlainTextResponse("too long an address", 414)(scope, receive, send)
        elif int(_digits(headers.get("content-length"))) > MOST_BYTES:
            await PlainTextResponse("too large", 413)(scope, receive, send)
        elif scope["method"] == "POST" and headers.get("sec-fetch-site", OUR_OWN[0]) not in OUR_OWN:
            await PlainTextResponse("sent from another page", 403)(scope, receive, send)
        elif scope["method"] == "POST" and _kind(headers) != FORM_TYPE:
            await PlainTextResponse("not a form", 415)(scope, receive, send)
        else:
            body = await _body(receive)
            if body is None:
                await PlainTextResponse("too large", 413)(scope, receive, send)
            else:
                await self.app(scope, _replayed(body, receive), send)


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").split(";")[0].strip().lower()


def _digits(text: str | None) -> str:
    return text if text and text.isdecimal() and len(text) < 12 else "0"


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return body


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once, and then whatever comes."""
    is_read = False

    async def again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class Rates:
    """Refuses who asks much faster than people do: each link for itself, everything else by where it comes from.

    An address on the internet is only ever held in memory, as a hash with a key that dies with the process.
    """

    EACH_LINK = (10.0, 100.0)
    ELSEWHERE = (50.0, 1000.0)
    MOST_KNOWN = 20_000

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._key = secrets.token_bytes(32)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(STATIC) or self._allows(*self._who(scope)):
            await self.app(scope, receive, send)
        else:
            refusal = PlainTextResponse("too many requests at once; wait a moment", 429, {"Retry-After": "5"})
            await refusal(scope, receive, send)

    def _who(self, scope: Scope) -> tuple[str, tuple[float, float]]:
        parts = scope["path"].split("/")
        if parts[1:2] == ["s"] and len(parts) > 2:
            return f"link {parts[2][:200]}", self.EACH_LINK
        host = str((scope.get("client") or ("",))[0])
        return hmac.new(self._key, host.encode(), hashlib.sha256).hexdigest(), self.ELSEWHERE

    def _allows(self, who: str, rate: tuple[float, float]) -> bool:
        """Whether one more is within ``rate`` (a second, at once): a bucket that fills up again."""
        each_second, at_once = rate
        now = time.monotonic()
        left, since = self._left.pop(who, (at_once, now))
        left = min(at_once, left + (now - since) * each_second)
        allows = left >= 1
        self._left[who] = (left - 1 if allows else left, now)
        while len(self._left) > self.MOST_KNOWN:
            self._left.popitem(last=False)
        return allows
