"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_server import MockServer
from small_materials import write_home

pytest_plugins = ["postgres_server", "browser", "survey_server", "tiny_llama", "llama_server"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The folder of the original projects' files; tests that need it skip where it is absent."""
    path = Path(os.environ.get("EMOTIONBENCH_SHARED", ROOT.parent / "shared")) / "upstream"
    if not path.is_dir():
        pytest.skip("the original projects' files are not here")
    return path


@pytest.fixture
def mock_server() -> Iterator[Callable[..., MockServer]]:
    """Starts servers, such as ``mock_server("--fault", "429:2")``, with ``url``, ``stats()`` and ``stop()``."""
    started: list[MockServer] = []

    def start(*options: str) -> MockServer:
        started.append(MockServer.start(*options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def small_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of added materials that holds the small ones: MOOD-6, plain, tiny."""
    home = write_home(tmp_path / "home")
    monkeypatch.setenv("EMOTIONBENCH_HOME", str(home))
    return home
