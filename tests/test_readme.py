"""The README's commands and examples do what it says."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from emotionbench.cli.main import COMMANDS
from free_ports import free_port
from survey_server import SECRET, SurveyServer
from web_person import WebPerson, plainly

ROOT = Path(__file__).parents[1]
SERVING = ("serve", "preview")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("emotionbench")]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    bin_folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, timeout=300, env=environment
    )


def is_served(line: str, folder: Path) -> None:
    """A command that serves until it is stopped lets a person through, and ends when it is told to."""
    port = free_port()
    environment = {**os.environ, "EMOTIONBENCH_SURVEY_SECRET": SECRET}
    command = [
        sys.executable,
        "-c",
        "from emotionbench.cli import main; main()",
        *line.split()[1:],
        "--port",
        str(port),
    ]
    with (folder / "serving.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment, start_new_session=True)
    server = SurveyServer(process, f"http://127.0.0.1:{port}", folder / "serving.log")
    try:
        server.wait()
        asyncio.run(somebody_takes_part(server.url))
    finally:
        server.stop()


async def somebody_takes_part(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert await WebPerson(url, session).walk(plainly)


def test_the_commands_run_one_after_another_in_an_empty_folder(tmp_path: Path) -> None:
    (study,) = (block for block in blocks("yaml") if "respondents" in block)
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    (people,) = (block for block in blocks("yaml") if "survey:" in block)
    (tmp_path / "people.yaml").write_text(people, encoding="utf-8")
    needs_a_key = [line for line in commands() if "openai/" in line and "--dry-run" not in line]
    assert len(needs_a_key) == 1
    for line in commands():
        if line in needs_a_key:
            continue
        if line.split()[:2] == ["emotionbench", "survey"] and line.split()[2] in SERVING:
            is_served(line, tmp_path)
            continue
        found = shell(line, tmp_path)
        assert found.returncode == 0, f"{line}\n{found.stderr}"
    assert (tmp_path / "scores.csv").read_text(encoding="utf-8").startswith("respondent,instrument,condition")


def test_the_python_example_prints_what_it_measures(tmp_path: Path) -> None:
    (example,) = blocks("python")
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert re.match(r"human-norm: \+\d+\.\d points, people \+13\.\d, n 240\n", found.stdout)


def test_the_table_of_commands_is_the_commands() -> None:
    rows = re.findall(r"^\| `([\w-]+)", README, flags=re.MULTILINE)
    assert sorted(set(rows)) == sorted(COMMANDS)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)]+)\)", README))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_makefile_has_the_two_commands() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {"run", "test", "check"} <= set(targets)
