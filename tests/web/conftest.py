"""What the tests of participants' pages in a browser share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from browser import DESKTOP
from emotionbench.web.render import View
from page_server import PageServer, Seen, Show, Windows, page_server


@pytest.fixture(scope="module")
def windows(chromium: str) -> Iterator[Windows]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield Windows(started)
        started.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with page_server() as started:
        yield started


@pytest.fixture
def show(windows: Windows, server: PageServer) -> Iterator[Show]:
    """Opens views, such as ``show(view, size=PHONE, color_scheme="dark")``; none of them may complain.

    ``is_stopped=True``: its time stands still (``Windows.stopped_page``).
    """
    opened: list[Seen] = []

    def open_view(view: View, *, size: tuple[int, int] = DESKTOP, is_stopped: bool = False, **settings: Any) -> Seen:
        make = windows.stopped_page if is_stopped else windows.page
        page = make(viewport={"width": size[0], "height": size[1]}, **settings)
        opened.append(Seen(page, server.show(view)))
        return opened[-1]

    yield open_view
    for seen in opened:
        seen.page.close()
        assert seen.complaints == []
        assert all(url.startswith(server.url) for url in seen.requests)
