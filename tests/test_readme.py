"""The README's commands and examples do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from emotionbench.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
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
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def test_the_commands_run_one_after_another_in_an_empty_folder(tmp_path: Path) -> None:
    (study,) = (block for block in blocks("yaml") if "respondents" in block)
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    needs_a_key = [line for line in commands() if "openai/" in line and "--dry-run" not in line]
    assert len(needs_a_key) == 1
    for line in commands():
        if line in needs_a_key:
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
