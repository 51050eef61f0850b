"""Headers on everything, nothing too large or no form, nobody too fast; and no address is kept."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from emotionbench.web.guards import MOST_BYTES, Headings, Rates, Shapes

FORM = "application/x-www-form-urlencoded"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of what it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def ask(
    app: Any, path: str = "/", *, method: str = "GET", body: tuple[bytes, ...] = (b"",), **how: Any
) -> tuple[int, dict[str, str], bytes]:
    headers = {"content-type": FORM, **how.pop("headers", {})}
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": how.pop("query", b""),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (how.pop("client", "192.0.2.1"), 1),
    }
    waiting = [{"type": "http.request", "body": part, "more_body": n + 1 < len(body)} for n, part in enumerate(body)]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize("is_secure", [True, False])
def test_every_page_has_the_headers(is_secure: bool) -> None:
    _, headers, _ = ask(Headings(echo, is_secure=is_secure))
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert ("strict-transport-security" in headers) is is_secure


def test_files_that_do_not_change_may_be_kept() -> None:
    _, headers, _ = ask(Headings(echo, is_secure=True), "/static/survey.css")
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize("n", [0, MOST_BYTES])
def test_a_form_passes_whole(n: int) -> None:
    halves = (b"x" * (n // 2), b"x" * (n - n // 2))
    assert ask(Shapes(echo), method="POST", body=halves)[::2] == (200, str(n).encode())


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    endless = tuple(b"x" * 10_000 for _ in range(1000))
    assert ask(Shapes(echo), method="POST", body=endless)[0] == 413
    assert ask(Shapes(echo), method="POST", headers={"content-length": str(MOST_BYTES + 1)})[0] == 413
    assert ask(Shapes(echo), method="POST", headers={"content-length": "9" * 40})[0] == 200  # no length that can be


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_forms_are_taken(kind: str) -> None:
    assert ask(Shapes(echo), method="POST", headers={"content-type": kind})[0] == 415
    assert ask(Shapes(echo), method="POST", headers={"content-type": f"{FORM.upper()}; charset=UTF-8"})[0] == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_forms_of_other_sites_are_refused(site: str, status: int) -> None:
    assert ask(Shapes(echo), method="POST", headers={"sec-fetch-site": site})[0] == status
    assert ask(Shapes(echo), headers={"sec-fetch-site": site})[0] == 200  # a link may lead here from anywhere


def test_an_address_has_an_end() -> None:
    assert ask(Shapes(echo), "/" + "x" * 3000)[0] == 414
    assert ask(Shapes(echo), query=b"x" * 3000)[0] == 414


def test_each_link_has_its_own_rate_and_recovers() -> None:
    rates = Rates(echo)
    each_second, at_once = Rates.EACH_LINK
    with patch("emotionbench.web.guards.time.monotonic", return_value=1000.0) as clock:
        found = [ask(rates, "/s/one/about")[0] for _ in range(int(at_once) + 5)]
        assert found.count(200) == at_once
        assert found[-5:] == [429] * 5
        assert ask(rates, "/s/two/about")[0] == 200
        assert ask(rates, "/static/survey.css")[0] == 200
        clock.return_value = 1001.0
        again = [ask(rates, "/s/one/about")[0] for _ in range(int(each_second) + 1)]
        assert again == [200] * int(each_second) + [429]


def test_elsewhere_the_address_counts_and_is_not_kept() -> None:
    rates = Rates(echo)
    with patch("emotionbench.web.guards.time.monotonic", return_value=1000.0):
        statuses = [ask(rates, client="198.51.100.7")[0] for _ in range(int(Rates.ELSEWHERE[1]) + 1)]
        assert statuses[-1] == 429
        assert ask(rates, client="198.51.100.8")[0] == 200
    assert "198.51.100.7" not in repr(vars(rates))


def test_only_so_many_are_remembered() -> None:
    rates = Rates(echo)
    with patch.object(Rates, "MOST_KNOWN", 10):
        for number in range(30):
            ask(rates, f"/s/link-{number}/about")
    assert len(rates._left) == 10
