"""A dry run refuses what the run would refuse, and needs no key, no library and no server for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emotionbench.cli.main import cli
from emotionbench.errors import EmotionBenchError

HERE = ("--base-url", "http://127.0.0.1:1/v1")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a model's, with a template."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "model"
    folder.mkdir()
    for name, text in {
        "config.json": "{}",
        "model.safetensors": "",
        "tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"}),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def dry(*arguments: str) -> tuple[int, str]:
    """Exit code and what is said, of the error if there is one."""
    done = CliRunner().invoke(cli, ["run", "--dry-run", "--emotions", "anger", "--respondent", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit | EmotionBenchError)
    return done.exit_code, str(done.exception or done.output)


def test_a_folder_that_holds_a_model_is_free(model: Path) -> None:
    code, said = dry(f"local/{model.name}")
    assert code == 0
    assert f"local/{model.name}: nothing is paid by the token" in said
    assert "seen when it is run" not in said


def test_what_only_the_hub_knows_is_said(model: Path) -> None:
    code, said = dry("local/nowhere")
    assert (code, "local/nowhere: no folder here; whether the hub has such a model is seen when" in said) == (0, True)


def test_folders_without_a_model_or_a_template_are_refused(model: Path) -> None:
    shutil.copytree(model, "bare")
    Path("bare/tokenizer_config.json").write_text("{}", encoding="utf-8")
    Path("empty").mkdir()
    for name, line in {
        "bare": "bare has no chat template",
        "empty": "empty holds no model",
        "./nowhere": "there is no folder ./nowhere",
        " ": "names no model",
    }.items():
        code, said = dry(f"local/{name}")
        assert (code, line in said) == (1, True), said
    Path("bare/chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")
    assert dry("local/bare")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("compatible/x",), "compatible/x: no server is known"),
        (("openai/",), "names no model"),
        (("openai/gpt", "--temperature", "7"), "settings of 'openai/gpt'"),
        (("inspect/openai/gpt", "--temperature", "7"), "settings of 'inspect/openai/gpt'"),
        (("local/model", "--base-url", "http://127.0.0.1:1"), "settings of 'local/model'"),
        (("uniform", "--answers", "json"), "cannot hold its replies to a JSON schema"),
        (("uniform", "--precision", "1", "--situations", "none"), "without situations there is no change"),
        (("uniform", "--design", "paired", "--max-administrations", "1"), "max_administrations: 1 is fewer"),
        (("compatible/x", *HERE, "--max-cost", "5"), "no price is known for compatible/x"),
    ],
)
def test_what_a_run_refuses_is_refused(arguments: tuple[str, ...], line: str, model: Path) -> None:
    code, said = dry(*arguments)
    assert (code, line in said) == (1, True), said


@pytest.mark.parametrize("arguments", [("openai/gpt-4o-mini",), ("compatible/x", *HERE, "--api-key-env", "NO_KEY")])
def test_no_key_is_needed(arguments: tuple[str, ...], model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert dry(*arguments)[0] == 0


def test_a_local_model_is_looked_at_without_its_libraries(model: Path) -> None:
    code = (
        "import sys\nfrom emotionbench.cli.main import cli\ntry:\n    cli(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
    )
    code += "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    arguments = ["run", "--dry-run", "--emotions", "anger", "--respondent", "local/model"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
