"""The researcher's side for tests: people written into a store as their pages leave them, and a server to log in to."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.cookies import Morsel, SimpleCookie
from typing import Any
from urllib.parse import urlencode

import uvicorn
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from emotionbench.human.session import pages_of
from emotionbench.human.study import HumanStudy
from emotionbench.store import Store, schema
from emotionbench.store.people_rows import json_text
from emotionbench.web.app import STATIC_FILES
from emotionbench.web.entering import FORM_TYPE, Refused
from emotionbench.web.guards import Headings, Shapes
from emotionbench.web.researcher import Researchers
from emotionbench.web.site import Site
from emotionbench.web.tokens import Tokens
from survey_server import SECRET

NAME, PASSWORD = "anna", "correct horse battery"
NOW = 1_800_000_000.0
MINUTE = 60.0


def digits(random_of: random.Random) -> str:
    return f"{random_of.getrandbits(128):032x}"


class People:
    """Writes people into a store; ``of(...)`` collects them, ``save()`` inserts them all."""

    def __init__(self, store: Store, study: HumanStudy, seed: int = 1) -> None:
        self.store, self.study, self.random = store, study, random.Random(seed)
        self.situations = [key for edition in study.editions.values() for key in edition.situations]
        self.participants: list[dict[str, Any]] = []
        self.submissions: list[dict[str, Any]] = []

    def of(self, n_sent: int, situation: str | None = None, **more: Any) -> str:
        """Somebody who sent so many pages; returns the id.

        ``seconds`` are those of each page (10 by default); ``content`` maps pages to what they differ in; the rest are
        columns of the participant.
        """
        seconds, content = more.pop("seconds", 10.0), more.pop("content", {})
        demographics = more.pop("demographics", None)
        row = {
            "id": digits(self.random),
            "study": self.study.hash,
            "session": digits(self.random),
            "language": next(iter(self.study.editions)),
            "situation": situation,
            "place": len(self.participants) if situation else None,
            "demographics": json_text(demographics) if demographics else None,
            "started_at": "2027-01-15T08:00:00+00:00",
            "seen_at": NOW,
            "outcome": None,
            "code": None,
            **more,
        }
        self.participants.append(row)
        for page in self.sequence(situation)[:n_sent]:
            self.submissions.append(
                {
                    "participant": row["id"],
                    "page": page,
                    "seconds": seconds,
                    "submitted_at": row["started_at"],
                    "content": json.dumps({**usual(page), **content.get(page, {})}),
                }
            )
        return str(row["id"])

    def sequence(self, situation: str | None) -> tuple[str, ...]:
        if situation is None:
            return ("about",)
        edition = next(one for one in self.study.editions.values() if situation in one.situations)
        return (*pages_of(self.study, len(edition.instruments(situation))), "pleasant")

    def save(self) -> None:
        with self.store.writing() as connection:
            connection.execute(insert(schema.participant), self.participants)
            if self.submissions:
                connection.execute(insert(schema.submission), self.submissions)
        self.participants, self.submissions = [], []


def usual(page: str) -> dict[str, Any]:
    """What an attentive person sends."""
    if page == "about":
        return {"answers": {"age": 30, "gender": "woman"}}
    if page == "situation":
        return {"reflection": "I missed the bus and was late."}
    if page == "end":
        return {"choice": "finish"}
    return {"n_items": 20, "n_missing": 0, "n_checks": 1, "n_failed_checks": 0, "same_answer": False}


def site_of(store: Store, study: HumanStudy, url: str | None = None) -> Site:
    return Site(study, store, Tokens(SECRET), url)


def refused(_: Request, __: Exception) -> Response:
    return PlainTextResponse("refused", 400)


@contextmanager
def serving(site: Site, **how: Any) -> Iterator[int]:
    """A server of its own with the researcher's pages alone; the port that it listens on."""
    app = Starlette(
        routes=[*Researchers(site, **how).routes(), Mount("/static", StaticFiles(directory=STATIC_FILES))],
        middleware=[Middleware(Headings, is_secure=site.is_secure), Middleware(Shapes)],
        exception_handlers={Refused: refused},
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            thread.join(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


class Browser:
    """Somebody with a browser that keeps cookies and runs no script."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, Morsel[str]] = {}
        self.text = ""

    def get(self, path: str) -> HTTPResponse:
        return self._ask("GET", path)

    def post(self, path: str, /, **fields: str) -> HTTPResponse:
        return self._ask("POST", path, urlencode(fields))

    def csrf(self) -> str:
        """The proof in the form that was seen last."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        assert found, self.text
        return found[1]

    def log_in(self, name: str = NAME, password: str = PASSWORD) -> HTTPResponse:
        """Fill in the form; the answer to it."""
        self.get("/researcher/login")
        return self.post("/researcher/login", csrf=self.csrf(), name=name, password=password)

    def _ask(self, method: str, path: str, body: str | None = None) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": "; ".join(f"{key}={one.value}" for key, one in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = FORM_TYPE
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self.content = answer.read()
        self.text = self.content.decode("utf-8", "replace")
        for line in answer.headers.get_all("Set-Cookie") or ():
            for key, one in SimpleCookie(line).items():
                self.cookies[key] = one
                if one["max-age"] == "0":
                    del self.cookies[key]
        connection.close()
        return answer
