"""Serves the pages of participants as they are rendered, under the survey's own Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from threading import Thread
from urllib.parse import parse_qs

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
