"""The people of ``survey_load.py``: a process of its own that takes part in a survey on this machine, and then ends.

    python benchmarks/survey_people.py URL --people 200 --out FILE [--ramp 12] [--scripts 0.5] [--seconds 600]

Each person is a browser with connections of its own: reads, thinks, answers, follows where it is led, and reloads two
seconds after something went wrong. Those with scripts send drafts as ``survey.js`` does: 0.8 seconds after a change
that no other followed. Only this machine is ever asked, by at most ``MOST_PEOPLE``, for at most ``MOST_SECONDS``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import re
import resource
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp
import uvloop

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_PEOPLE, MOST_SECONDS = 5_000, 1_800
THINKING = (8.0, 25.0)
"""Seconds on a page that is no sheet, uniform."""
A_LINE = (2.0, 4.0)
"""Seconds on a line of a sheet, uniform over people; who is faster than two is taken to be careless."""
CONSENTING = (3.0, 8.0)
DRAFT_AFTER = 0.8
KEEP_ALIVE = 28.0
RELOADS = 15
AGAIN_AFTER = 2.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REFLECTION = "Somebody took my place in the queue, and I stood there and said nothing. It stayed with me all day."
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
ACTION = re.compile(r'<form method="post" action="([^"]+)"')
LINE = re.compile(r"<fieldset.*?</fieldset>", re.DOTALL)
RADIO = re.compile(r'type="radio"[^>]*name="([^"]+)" value="([^"]*)"[^>]*>.*?<span>([^<]*)</span></label>', re.DOTALL)
CODE = re.compile(r"<bdi>([A-HJ-NP-Z2-9]{10})</bdi>")


class NoPage(Exception):
    """What came is no page to go on from."""


@dataclass
class Walked:
    """What one person sent, by page; ``taken`` are the pages after which the person was led on."""

    link: str = ""
    code: str = ""
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    has_scripts: bool = False


@dataclass
class Figures:
    """What was measured of all: per request its kind, when it began, seconds, and status (0 for none)."""

    requests: list[tuple[str, float, float, int]] = field(default_factory=list)
    inside: int = 0
    most_inside: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    lags: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Pace:
    """How many times faster than people they think, and the seconds that lie between two drafts of a page at least."""

    haste: float
    draft_every: float


class Person:
    """One browser and who sits before it."""

    def __init__(self, url: str, number: int, figures: Figures, *, pace: Pace, has_scripts: bool) -> None:
        self.url, self.figures, self.haste, self.every = url, figures, pace.haste, pace.draft_every
        self.random = random.Random(number)
        self.walked = Walked(has_scripts=has_scripts)
        # as a proxy in front would hand on; these addresses are nobody's
        self.headers = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        self.page, self.html = "", ""

    async def take_part(self, at: float) -> None:
        """From the link to the completion code; errors are counted, and reloaded as people do."""
        await asyncio.sleep(at)
        connector = aiohttp.TCPConnector(limit=6, keepalive_timeout=KEEP_ALIVE)
        jar, timeout = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(
            connector=connector, cookie_jar=jar, timeout=timeout, headers=self.headers
        ) as self.session:
            await self._patiently(self._consent)
            self.figures.inside += 1
            self.figures.most_inside = max(self.figures.most_inside, self.figures.inside)
            try:
                while self.page != "done":
                    await self._patiently(self._page)
            finally:
                self.figures.inside -= 1
            self.walked.code = (CODE.findall(self.html) or [""])[0]

    async def _patiently(self, step) -> None:  # type: ignore[no-untyped-def]
        for _ in range(RELOADS):
            try:
                await step()
            except (NoPage, aiohttp.ClientError, TimeoutError) as problem:
                self.figures.errors[f"{self.page or 'consent'}: {type(problem).__name__} {problem}"[:120]] += 1
                await asyncio.sleep(AGAIN_AFTER)
                if self.walked.link:
                    await self._reload()
            else:
                return
        raise NoPage("gave up")

    async def _reload(self) -> None:
        try:
            await self._follow(self.walked.link)
        except (NoPage, aiohttp.ClientError, TimeoutError):
            self.figures.errors["reload"] += 1

    async def _consent(self) -> None:
        status, self.html, _ = await self._ask("GET", "/", "GET consent")
        _only(status == 200, status)
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', self.html)
        await asyncio.gather(*(self._ask("GET", file, "GET static") for file in files))
        await asyncio.sleep(self.random.uniform(*CONSENTING) / self.haste)
        fields = {"csrf": self._csrf(), "language": "en", "agree": "yes"}
        status, _, where = await self._ask("POST", "/", "POST consent", fields)
        _only(status == 303, status)
        self.walked.link = where
        await self._follow(where)

    async def _page(self) -> None:
        page, action = self.page, self._found(ACTION)
        fields, changes = self._answers(page)
        proof = {"csrf": self._csrf()}
        await self._think(action, proof, fields, changes)
        self.walked.sent[page] = fields
        status, _, where = await self._ask("POST", action, f"POST {_kind(page)}", proof | fields)
        _only(status == 303, status)
        if not where.endswith(f"/{page}"):
            self.walked.taken.append(page)
        await self._follow(where)

    async def _follow(self, where: str) -> None:
        for _ in range(4):
            self.page = where.rsplit("/", maxsplit=1)[-1] if where.count("/") > 2 else "link"
            kind = "GET link" if self.page == "link" else f"GET {_kind(self.page)}"
            status, self.html, onward = await self._ask("GET", where, kind)
            if status != 303:
                break
            where = onward
        _only(status == 200, status)

    def _answers(self, page: str) -> tuple[dict[str, str], list[str]]:
        """The fields that are filled in, and those of them whose change a script sees, in order."""
        if page == "about":
            fields = {"age": str(self.random.randint(18, 80)), "gender": "", "education": "", "country": "Somewhere"}
            return fields, ["age", "country"]
        if page == "situation":
            return {"reflection": REFLECTION}, ["reflection"] * 3
        if page == "end":
            return {"choice": "pleasant" if self.random.random() < 0.2 and "pleasant" in self.html else "finish"}, []
        if page == "pleasant":
            return {}, []
        fields = {}
        for line in LINE.findall(self.html):
            options = RADIO.findall(line)
            quoted = [value for _, value, label in options if f"“{unescape(label)}”" in unescape(line)]
            is_check = options[0][0].startswith("check")
            fields[options[0][0]] = quoted[0] if is_check else self.random.choice(options)[1]
        return fields | {"times": ""}, list(fields)

    async def _think(self, action: str, proof: dict[str, str], fields: dict[str, str], changes: list[str]) -> None:
        """Take the time that the page takes; with scripts, send drafts on the way and note the times."""
        n_lines = len(changes) if "times" in fields else 0
        seconds = (n_lines * self.random.uniform(*A_LINE) or self.random.uniform(*THINKING)) / self.haste
        if not self.walked.has_scripts or not changes:
            await asyncio.sleep(seconds)
            return
        moments = sorted(self.random.uniform(0.05, 0.95) * seconds for _ in changes)
        begun, entered, times = time.monotonic(), {}, {}
        last = -math.inf
        for name, moment, following in zip(changes, moments, [*moments[1:], seconds], strict=True):
            entered[name], times[name] = fields[name], round(1000 * moment)
            if "times" in fields:
                fields["times"] = entered["times"] = json.dumps(times, separators=(",", ":"))
            due = max(moment + DRAFT_AFTER / self.haste, last + self.every / self.haste)
            if following > due:
                last = due
                await asyncio.sleep(max(0.0, begun + due - time.monotonic()))
                status, _, _ = await self._ask("POST", f"{action}/draft", "POST draft", proof | entered)
                if status != 204:
                    self.figures.errors[f"draft: {status}"] += 1
        await asyncio.sleep(max(0.0, begun + seconds - time.monotonic()))

    async def _ask(
        self, method: str, path: str, kind: str, fields: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """The status, the text, and where it leads."""
        body, began, status = urlencode(fields) if fields is not None else None, time.monotonic(), 0
        headers = FORM if fields is not None else {}
        try:
            async with self.session.request(
                method, self.url + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                text, status = await answer.text(), answer.status
                return status, text, answer.headers.get("Location", "")
        finally:
            self.figures.requests.append((kind, began, time.monotonic() - began, status))

    def _csrf(self) -> str:
        return self._found(CSRF)

    def _found(self, what: re.Pattern[str]) -> str:
        found = what.search(self.html)
        if found is None:
            raise NoPage(f"no {what.pattern[:20]} on {self.page}")
        return unescape(found[1])


def _kind(page: str) -> str:
    return "sheet" if page.startswith(("before", "after")) else page


def _only(is_well: bool, status: int) -> None:
    if not is_well:
        raise NoPage(f"status {status}")


async def _watch(figures: Figures) -> None:
    """How late this process itself is: what it measures cannot be finer."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.05)
        figures.lags.append(time.monotonic() - began - 0.05)


async def everybody(options: argparse.Namespace) -> tuple[list[Person], Figures]:
    """Let all of them come, evenly over the ramp; those who have not ended in time are broken off."""
    figures = Figures()
    chance, pace = random.Random(options.seed), Pace(options.haste, options.draft_every)
    people = [
        Person(options.url, number, figures, pace=pace, has_scripts=chance.random() < options.scripts)
        for number in range(options.people)
    ]
    watch = asyncio.create_task(_watch(figures))
    walks = [
        asyncio.create_task(person.take_part(options.ramp * number / options.people))
        for number, person in enumerate(people)
    ]
    done, pending = await asyncio.wait(walks, timeout=options.seconds)
    for walk in (*pending, watch):
        walk.cancel()
    await asyncio.gather(*pending, watch, return_exceptions=True)
    for walk in done:
        if walk.exception() is not None:
            figures.errors[f"ended by {walk.exception()!r}"[:120]] += 1
    if pending:
        figures.errors["not ended in time"] += len(pending)
    return people, figures


def options_given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--ramp", type=float, default=12.0, help="seconds over which they come")
    parser.add_argument("--scripts", type=float, default=0.5, help="the share whose browsers run scripts")
    parser.add_argument("--haste", type=float, default=1.0, help="how many times faster they think")
    parser.add_argument("--draft-every", type=float, default=5.0, help="at least so many seconds between two drafts")
    parser.add_argument("--seconds", type=float, default=600.0, help="the most that all of it may take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if urlsplit(options.url).hostname not in LOOPBACK:
        parser.error(f"asks only this machine: {', '.join(LOOPBACK)}")
    if not 1 <= options.people <= MOST_PEOPLE or not 0 < options.seconds <= MOST_SECONDS:
        parser.error(f"at most {MOST_PEOPLE} people and {MOST_SECONDS} seconds")
    return options


def main() -> None:
    options = options_given()
    began = time.monotonic()
    people, figures = uvloop.run(everybody(options))
    use = resource.getrusage(resource.RUSAGE_SELF)
    found = {
        "people": [asdict(person.walked) for person in people],
        "requests": [(kind, at - began, seconds, status) for kind, at, seconds, status in figures.requests],
        "most_inside": figures.most_inside,
        "errors": figures.errors,
        "lag": sorted(figures.lags)[int(0.99 * (len(figures.lags) - 1))],
        "cpu": use.ru_utime + use.ru_stime,
        "seconds": time.monotonic() - began,
    }
    options.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
