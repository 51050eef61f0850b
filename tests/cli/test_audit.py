"""``emotionbench audit`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit_helpers import write_clone
from emotionbench.published.raw import PANAS_FOLDER
from engine_helpers import run_here


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_clone(tmp_path_factory.mktemp("clone"), models=["gpt-3.5-turbo"], scales=["AGQ"])
    (root / PANAS_FOLDER / "gpt-4-PANAS-testing.csv").write_bytes(b"\xff\xfe\x00")
    return root


def test_tables_in_the_terminal(clone: Path) -> None:
    found = run_here(clone, ["audit", "--upstream", str(clone)])
    assert found.returncode == 0, found.stderr
    assert "The published tables, recomputed" in found.stdout
    assert "Tables 8–11 · gpt-3.5-turbo" in found.stdout
    assert "Not here, skipped" in found.stdout
    assert "gpt-4-PANAS-testing.csv: not a CSV file" in " ".join(found.stdout.replace("-\n", "-").split())


def test_markdown(clone: Path) -> None:
    found = run_here(clone, ["audit", "--upstream", ".", "--markdown"])
    assert found.stdout.startswith("**The published tables, recomputed**\n\n| table | respondent |")


def test_json(clone: Path) -> None:
    found = json.loads(run_here(clone, ["audit", "--upstream", ".", "--json"]).stdout)
    assert {cell["respondent"] for cell in found["cells"]} == {"gpt-3.5-turbo", "AGQ", "without"}
    states = {file["path"].rpartition("/")[2]: file["state"] for file in found["files"]}
    assert states["gpt-4-PANAS-testing.csv"] == "unreadable"
    assert states["crowd.xlsx"] == "absent"


def test_refusals_are_one_line(tmp_path: Path) -> None:
    found = run_here(tmp_path, ["audit", "--upstream", "."])
    assert found.returncode == 1
    assert found.stderr.startswith("error: .: no raw file of the original")
    assert len(found.stderr.splitlines()) == 1
    assert "Missing option '--upstream'" in run_here(tmp_path, ["audit"]).stderr
