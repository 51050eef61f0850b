from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotionbench.cli.main import cli
from emotionbench.cli.report import size
from report_helpers import make_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("cli") / "store.db")


def test_writes_the_page_and_what_else_is_wanted_and_says_so(store: Path, tmp_path: Path) -> None:
    words = ["report", "--store", str(store), "--out", str(tmp_path / "deep/report.html")]
    for what in ("figures", "tables", "frames"):
        words += [f"--{what}", str(tmp_path / what)]
    outcome = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert outcome.exit_code == 0
    files = [Path(line.rsplit(" (", 1)[0]) for line in outcome.output.splitlines()]
    assert files[0] == tmp_path / "deep/report.html"
    assert files[0].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert {file.suffix for file in files} == {
        ".html", ".svg", ".pdf", ".png", ".tex", ".md", ".csv", ".parquet"
    }  # fmt: skip
    assert all(file.stat().st_size for file in files)
    assert set(files) == {file for file in tmp_path.rglob("*") if file.is_file()}
    assert outcome.output.splitlines()[0].endswith(f"({size(files[0].stat().st_size)})")


def test_json_prints_the_findings_and_writes_nothing(store: Path, tmp_path: Path) -> None:
    words = ["report", "--json", "--store", str(store), "--out", str(tmp_path / "no.html"), "--margin", "2"]
    outcome = CliRunner().invoke(cli, words, catch_exceptions=False)
    found = json.loads(outcome.output)
    assert {block["respondent"] for block in found["changes"]} == {"human-norm", "lexicon"}
    assert found["alignments"][0]["margins"] == {"positive": 2.0, "negative": 2.0}
    assert not list(tmp_path.iterdir())


def test_without_the_extra_one_line_says_what_to_install(store: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['vl_convert'] = None; sys.modules['jinja2'] = None\n"
        "from emotionbench.cli.main import main\n"
        f"sys.argv = ['emotionbench', 'report', '--store', {str(store)!r}, '--out', {str(tmp_path / 'r.html')!r}]\n"
        "main()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == "error: the report needs jinja2; pip install 'emotionbench[report]'\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("words", "said"), [(["--alpha", "2"], "between 0 and 1"), (["--margin", "0"], "above 0")])
def test_bad_rules_are_refused(store: Path, tmp_path: Path, words: list[str], said: str) -> None:
    outcome = CliRunner().invoke(cli, ["report", "--store", str(store), "--out", str(tmp_path / "r.html"), *words])
    assert said in str(outcome.exception)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(store: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    words = ["report", "--store", str(store), "--out", str(tmp_path / "file/report.html")]
    assert "cannot be written" in str(CliRunner().invoke(cli, words).exception)


@pytest.mark.parametrize(("n_bytes", "shown"), [(12, "12 B"), (2_400, "2 KB"), (1_240_000, "1.2 MB")])
def test_sizes(n_bytes: int, shown: str) -> None:
    assert size(n_bytes) == shown
