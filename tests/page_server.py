"""The pages of participants in a real browser: served under the survey's own Content-Security-Policy, and watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Browser, BrowserContext, Page

from emotionbench.web.guards import CONTENT_POLICY
from emotionbench.web.render import View, page

TYPES = {"css": "text/css", "js": "text/javascript"}


@dataclass
class PageServer:
    """Pages by address; ``sent`` is every form that came, as its address and fields; a form is answered ``status``."""

    url: str = ""
    pages: dict[str, View] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: int = 204

    def show(self, view: View) -> str:
        """The address at which the view can be seen."""
        address = f"/page-{len(self.pages)}"
        self.pages[address] = view
        return self.url + address


@contextmanager
def page_server() -> Iterator[PageServer]:
    """A server on the loopback, until the end of the block."""
    known = PageServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/static/"):
                name = path.rpartition("/")[2]
                body = files("emotionbench.web").joinpath("static", name).read_bytes()
                self._answer(200, body, TYPES[name.rpartition(".")[2]])
            elif path in known.pages:
                self._answer(200, page(known.pages[path]).encode(), "text/html; charset=utf-8")
            else:
                self._answer(204, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            known.sent.append((self.path, fields))
            self._answer(known.status, b"", "text/plain")

        def _answer(self, status: int, body: bytes, media_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Security-Policy", CONTENT_POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


LISTEN = """selector => {
  const heard = window.heard = [], status = document.querySelector(selector);
  const listener = new MutationObserver(() => heard.push(status.textContent));
  listener.observe(status, {childList: true, characterData: true, subtree: true});
}"""


class Seen:
    """A page in a browser, with whatever it complained of or asked for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url, wait_until="load")

    @property
    def focused(self) -> str:
        """The id, class or name of the element that has the focus."""
        found: str = self.page.evaluate(
            "(e => e.id || e.className || e.value || e.textContent || e.tagName)(document.activeElement)"
        )
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return found


class Windows:
    """A browser whose windows are kept by their settings, as opening one takes longer than a page."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._known: dict[str, BrowserContext] = {}

    def page(self, **settings: Any) -> Page:
        """A new page in a window of these settings."""
        key = str(sorted(settings.items()))
        if key not in self._known:
            self._known[key] = self.browser.new_context(**settings)
            self._known[key].set_default_timeout(30_000)
        return self._known[key].new_page()

    def stopped_page(self, **settings: Any) -> Page:
        """A new page in a window of its own whose time stands still, but for ``page.clock.run_for(milliseconds)``."""
        window = self.browser.new_context(**settings)
        window.set_default_timeout(30_000)
        window.clock.install(time=0)
        window.clock.pause_at(1000)
        return window.new_page()


def arrived(server: PageServer, n: int) -> None:
    """Wait until so many forms came."""
    until = time.monotonic() + 60
    while len(server.sent) < n and time.monotonic() < until:
        time.sleep(0.02)
    assert len(server.sent) == n


Show = Callable[..., Seen]
