"""What a command imports before it does anything: importing is most of what starting takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FIRST_REQUEST = """
import os, sys

def hear(event, arguments):
    if event == "socket.connect":
        print(*sorted(sys.modules))
        sys.stdout.flush()
        os._exit(0)

sys.addaudithook(hear)
sys.argv = ["emotionbench", "run", "--respondent", "compatible/any", "--base-url", "http://127.0.0.1:9/v1"]
from emotionbench.cli import main
main()
"""
NOT_NEEDED = (
    "alembic numpy polars scipy statsmodels openpyxl jinja2 ruamel.yaml mako pygments pooch torch transformers"
    " emotionbench.analysis emotionbench.collecting emotionbench.comparisons emotionbench.reports"
    " emotionbench.statistics emotionbench.fractions emotionbench.parsing.reply_parser emotionbench.engine.adaptive"
    " emotionbench.engine.batches"
)


def test_a_run_imports_nothing_before_its_first_request_that_it_does_not_need_for_it(tmp_path: Path) -> None:
    environment = {**os.environ, "EMOTIONBENCH_HOME": str(tmp_path / "home")}
    found = subprocess.run(
        [sys.executable, "-c", FIRST_REQUEST], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    modules = set(found.stdout.split())
    assert {"aiohttp", "sqlalchemy", "emotionbench.respondents.openai.compatible"} <= modules, found.stderr
    assert modules.intersection(NOT_NEEDED.split()) == set()
