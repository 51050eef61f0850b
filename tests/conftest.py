"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadGroupScheduling

from mock_server import MockServer
from small_materials import write_home

pytest_plugins = ["postgres_server", "browser", "survey_server", "tiny_llama", "llama_server"]

ROOT = Path(__file__).parents[1]
LONGEST = (
    "tests/web/test_taking_part.py",
    "tests/statistics/test_alignment.py",
    "tests/web/test_pages_look.py",
    "tests/test_promises.py",
    "tests/test_known_truths.py",
    "tests/test_readme.py",
    "tests/engine/test_stopping.py",
    "tests/engine/test_batches_stopping.py",
    "tests/test_scale_out.py",
    "tests/web/test_faults.py",
    "tests/cli/test_commands.py",
    "tests/cli/test_inspect.py",
    "tests/web/test_entry.py",
    "tests/reports/test_html.py",
    "tests/reports/test_html_in_browser.py",
)
"""The files that take longest: several processes start with them, so that none ends minutes after the others."""

# A busy machine is no error. Where a landing hangs on it, examples are the same in every run; at hand they are new.
settings.register_profile(
    "busy",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("EMOTIONBENCH_REQUIRE_ALL")),
)
settings.load_profile("busy")


class FileByFile(LoadGroupScheduling):
    """Groups whole, as they are marked; of the other tests, those of a file together, and files in our order.

    What a file's tests share, such as a store or a browser, is then made once and not in every process.
    """

    def _split_scope(self, nodeid: str) -> str:
        group: str = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileByFile | None:
    """Ours in place of ``--dist loadgroup``."""
    if config.getoption("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # would begin with the most tests, not with the longest
    return FileByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In several processes, the longest files come first."""
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


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
