"""A real browser: Debian's Chromium, driven by Playwright; conftest.py makes its fixture known to all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

PHONE, DESKTOP = (390, 844), (1280, 900)
expect.set_options(timeout=30_000)  # of its own it waits for 5 s, which a busy machine may take


class Visit:
    """An open file, with everything that it complained of or asked for."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(file.as_uri())

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return found


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; tests that need it skip where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("EMOTIONBENCH_REQUIRE_ALL"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="module")
def visit(chromium: str) -> Iterator[Callable[..., Visit]]:
    """Opens files, such as ``visit(path, size=PHONE, scheme="dark")``."""
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        stack.callback(browser.close)

        def open_file(
            file: Path, *, size: tuple[int, int] = DESKTOP, scheme: str = "light", script: bool = True
        ) -> Visit:
            page = browser.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=script,
            ).new_page()
            return Visit(page, file)

        yield open_file
