"""What the page about probabilities shows can be run, and says what the code says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotionbench.cli.main import cli
from emotionbench.comparisons.answer_mass import LOW_MASS
from emotionbench.parsing.probabilities import MOST_UNSEEN, Source, Why

PAGE = (Path(__file__).parents[1] / "docs" / "probabilities.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_commands_and_the_example_run_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("both.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) == 5
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "emotionbench"
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, (line, done.output)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(blocks("python")[0], {})
    assert "uniform baseline 1.0 0" in said.getvalue()
    assert re.search(r"┆ 30\.0\s+┆ 20\.0\s+│", said.getvalue())


def test_every_reason_and_source_is_explained() -> None:
    for why in Why:
        assert f"| {why.value} |" in PAGE
    for source in Source:
        assert f"| `{source.value}` |" in PAGE
    assert f"Under {LOW_MASS:g} it is flagged" in PAGE
    assert MOST_UNSEEN == 0.05
