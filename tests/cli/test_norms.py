from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emotionbench import Study, run
from emotionbench.cli.norms import group
from emotionbench.errors import EmotionBenchError
from engine_helpers import run_here
from norm_helpers import NORM
from small_materials import changed


@pytest.fixture
def store(tmp_path: Path, small_home: Path) -> str:
    """Two respondents who answered MOOD-6 and PANAS eight times, without any situation."""
    path = tmp_path / "s.db"
    study = Study(
        respondents=["uniform", "constant"], instruments=["MOOD-6", "PANAS"], situations="none", baseline_repeats=8
    )
    run(study, path)
    return str(path)


@pytest.fixture
def file(tmp_path: Path, small_home: Path) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(NORM, encoding="utf-8")
    return str(path)


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(group, arguments)


def refusal(*arguments: str) -> str:
    found = asked(*arguments)
    assert isinstance(found.exception, EmotionBenchError), found.output
    return str(found.exception)


def figures(*arguments: str) -> Any:
    found = asked(*arguments, "--json")
    assert found.exit_code == 0, found.exception
    return json.loads(found.output, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_without_norms_the_list_says_how_to_get_some(small_home: Path) -> None:
    assert "no norm of scores yet" in asked("list").output
    assert "emotionbench norms add FILE" in asked("list").output
    assert figures("list") == []


def test_what_is_added_is_listed(file: str) -> None:
    found = asked("add", file)
    assert found.output.startswith("added norm mood-people of MOOD-6: women (n 112), men (n 57)\n")
    shown = asked("list").output
    for text in ("mood-people", "MOOD-6", "women", "112", "men", "57"):
        assert text in shown
    (listed,) = figures("list")
    assert listed["groups"][0]["subscales"]["up"] == {"mean": 10.2, "sd": 2.1}
    assert "is there already, just so" in asked("add", file).output


def test_another_norm_is_replaced_only_when_told_to(file: str) -> None:
    asked("add", file)
    Path(file).write_text(changed(NORM, "sd: 2.1", "sd: 2.2"), encoding="utf-8")
    assert "is there already" in refusal("add", file)
    assert asked("add", file, "--replace").output.startswith("replaced norm mood-people")


def test_the_table(store: str, file: str) -> None:
    asked("add", file)
    words = asked("compare", "--store", store).output
    for text in ("uniform [synthetic] · MOOD-6 (not validated)", "women, n 112", "Up", "Down", "percentile"):
        assert text in words
    joined = " ".join(words.split())
    assert "repeats of one respondent are not persons" in joined
    assert "No norm of PANAS: add your own with: emotionbench norms add FILE" in joined
    assert "constant: every administration has the same score on MOOD-6:" in joined


def test_every_figure_as_json(store: str, file: str) -> None:
    asked("add", file)
    found = figures("compare", "--store", store)
    assert found["without_norm"] == ["PANAS"]
    assert len(found["comparisons"]) == 2 * 2 * 2
    for one in found["comparisons"]:
        contrast = one["contrast"]
        assert one["n"] == one["own"]["n"] == 8
        assert contrast["difference"] == pytest.approx(one["own"]["mean"] - one["people"]["mean"])
        assert contrast["low"] < contrast["difference"] < contrast["high"]
        assert 0 <= one["percentile"]["low"] <= one["percentile"]["value"] <= one["percentile"]["high"] <= 100


def test_markdown_and_one_instrument(store: str, file: str) -> None:
    asked("add", file)
    found = asked("compare", "--markdown", "--instrument", "mood-6", "--store", store).output
    assert found.startswith("**constant [synthetic] · MOOD-6")
    assert "| group | subscale | n |" in found
    assert "No norm of" not in found
    assert figures("compare", "--instrument", "MOOD-6", "--store", store)["without_norm"] == []


def test_alpha_is_passed_on(store: str, file: str) -> None:
    asked("add", file)
    assert "α = 0.2 " in asked("compare", "--markdown", "--alpha", "0.2", "--store", store).output
    assert "alpha 2.0 is not between" in refusal("compare", "--alpha", "2", "--store", store)


def test_no_norm_of_anything_in_the_store_says_what_to_do(store: str) -> None:
    message = refusal("compare", "--store", store)
    assert "no norm of MOOD-6, PANAS; add your own with: emotionbench norms add FILE" in message
    assert message.endswith("emotionbench materials add psychobench")


def test_an_instrument_that_was_not_put(store: str, file: str) -> None:
    asked("add", file)
    assert "no answers to instrument 'MOOD-5'; did you mean 'MOOD-6'?" in refusal(
        "compare", "--instrument", "MOOD-5", "--store", store
    )
    assert "no norm of PANAS" in refusal("compare", "--instrument", "PANAS", "--store", store)


def test_a_store_without_a_baseline(tmp_path: Path, file: str) -> None:
    asked("add", file)
    path = tmp_path / "evoked.db"
    run(Study(respondents=["uniform"], instruments=["MOOD-6"], situations="tiny", baseline_repeats=0), path)
    assert "no administration of MOOD-6 before imagining" in refusal("compare", "--store", str(path))


def test_it_is_a_command(tmp_path: Path, file: str, small_home: Path) -> None:
    added = run_here(tmp_path, ["norms", "add", file])
    assert (added.returncode, added.stderr) == (0, "")
    Path(file).write_text(changed(NORM, "    n: 112\n", ""), encoding="utf-8")
    refused = run_here(tmp_path, ["norms", "add", file])
    assert refused.returncode == 1
    assert refused.stderr == "error: mine.yaml:7: groups → entry 1 → n: missing; add it\n"
