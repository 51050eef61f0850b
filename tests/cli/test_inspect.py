"""Inspect AI from the shell: its own command runs our task at a real server, ours brings the log into a store."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emotionbench.cli.main import main
from emotionbench.engine import run
from emotionbench.store import Store
from emotionbench.study import Study
from emotionbench.verification import verify
from engine_helpers import run_here
from llama_server import LlamaServer

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

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
def test_a_task_by_its_entry_point_and_its_log_in_a_store(
    llama_server: LlamaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = "openai-api/llama/tiny"
    done = inspect(
        tmp_path, llama_server.url, "eval", "emotionbench/panas", "--model", model, "--max-tokens", "40", *OPTIONS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "panas (3 samples)" in done.stdout
    (log,) = (tmp_path / "logs").glob("*.eval")
    found = run_here(tmp_path, ["import", "inspect-log", str(log), "--store", "s.db"])
    assert found.returncode == 0, found.stderr
    assert re.fullmatch(
        r"inspect/openai-api/llama/tiny: 3 administrations; answers: .+; 3 new attempts; kept in s\.db\n", found.stdout
    )
    assert SECRET.encode() not in (tmp_path / "s.db").read_bytes()
    monkeypatch.setenv("LLAMA_BASE_URL", llama_server.url)
    monkeypatch.setenv("LLAMA_API_KEY", SECRET)
    with Store(tmp_path / "s.db") as store:
        # our own run has nothing left to ask
        tally = run(study(baseline_repeats=2), store)
        assert (tally.n_earlier, tally.n_answered, tally.n_planned) == (3, 0, 3)
        assert list(verify(store)) == []


@pytest.mark.slow
def test_probabilities_of_a_real_server_through_inspect(
    llama_server: LlamaServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_BASE_URL", llama_server.url)
    monkeypatch.setenv("LLAMA_API_KEY", SECRET)
    with Store(tmp_path / "s.db") as store:
        assert run(study(baseline_repeats=1, ways={"answers": ["logprobs"]}), store).n_answered == 2
        assert list(verify(store)) == []


def study(**changes: Any) -> Study:
    """As ``OPTIONS`` have it, of the same model."""
    respondent = {"id": "inspect/openai-api/llama/tiny", "settings": {"max_tokens": 40}}
    return Study(respondents=[respondent], factors=["anger-1"], situations_per_factor=1, **changes)


def test_a_log_of_another_task_is_one_line_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.json").write_text(json.dumps({"version": 2}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["emotionbench", "import", "inspect-log", "cut.json", "--store", "s.db"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: cut.json: cannot be read as a log of Inspect AI")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "s.db").exists()
