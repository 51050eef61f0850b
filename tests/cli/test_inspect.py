"""Inspect AI from the shell: its own command runs our task at a real server, ours brings the log into a store."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine_helpers import run_command
from llama_server import LlamaServer

OPTIONS = ["-T", "factors=anger-1", "-T", "situations_per_factor=1", "-T", "baseline_repeats=2"]
SECRET = "sk-llama-secret-0123"


def inspect(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from inspect_ai._cli.main import main; sys.exit(main())"
    environment = {"LLAMA_BASE_URL": url, "LLAMA_API_KEY": SECRET, "INSPECT_DISPLAY": "plain", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env={**os.environ, **environment},
    )


@pytest.mark.slow
def test_a_task_by_its_entry_point_and_its_log_in_a_store(llama_server: LlamaServer, tmp_path: Path) -> None:
    model = "openai-api/llama/tiny"
    done = inspect(
        tmp_path, llama_server.url, "eval", "emotionbench/panas", "--model", model, "--max-tokens", "40", *OPTIONS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "panas (3 samples)" in done.stdout
    (log,) = (tmp_path / "logs").glob("*.eval")
    found = run_command(tmp_path, ["import", "inspect-log", str(log), "--store", "s.db"])
    assert found.returncode == 0, found.stderr
    assert re.fullmatch(
        r"inspect/openai-api/llama/tiny: 3 administrations; answers: .+; 3 new attempts; kept in s\.db\n", found.stdout
    )
    again = run_command(tmp_path, ["import", "inspect-log", str(log), "--store", "s.db"])
    assert " 0 new attempts" in again.stdout
    assert run_command(tmp_path, ["verify", "--store", "s.db"]).stdout == "every row holds\n"
    assert SECRET.encode() not in (tmp_path / "s.db").read_bytes()
    # our own run has nothing left to ask
    asked = ["run", "--respondent", f"inspect/{model}", "--factors", "anger-1", "--situations-per-factor", "1"]
    limits = ["--baseline-repeats", "2", "--max-reply-tokens", "40", "--store", "s.db"]
    own = run_command(tmp_path, [*asked, *limits], LLAMA_BASE_URL=llama_server.url, LLAMA_API_KEY=SECRET)
    assert "0 of 3 administrations answered, 3 answered before" in own.stdout, own.stdout + own.stderr


@pytest.mark.slow
def test_probabilities_of_a_real_server_through_inspect(llama_server: LlamaServer, tmp_path: Path) -> None:
    asked = ["run", "--respondent", "inspect/openai-api/llama/tiny", "--factors", "anger-1"]
    form = ["--situations-per-factor", "1", "--baseline-repeats", "1", "--answers", "logprobs", "--store", "s.db"]
    own = run_command(tmp_path, [*asked, *form], LLAMA_BASE_URL=llama_server.url, LLAMA_API_KEY=SECRET)
    assert "2 of 2 administrations answered" in own.stdout, own.stdout + own.stderr
    exported = run_command(tmp_path, ["verify", "--store", "s.db"])
    assert exported.stdout == "every row holds\n"


def test_a_log_of_another_task_is_one_line_and_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text(json.dumps({"version": 2}), encoding="utf-8")
    found = run_command(tmp_path, ["import", "inspect-log", "cut.json", "--store", "s.db"])
    assert found.returncode != 0
    assert found.stderr.startswith("error: cut.json: cannot be read as a log of Inspect AI")
    assert len(found.stderr.splitlines()) == 1
    assert not (tmp_path / "s.db").exists()
