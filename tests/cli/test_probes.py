"""``emotionbench probes`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine_helpers import run_here
from probe_helpers import write_poles

STUDY = """
respondents:
  - {id: planted, name: none}
  - {id: planted, name: first, settings: {position: 0.3}}
  - {id: planted, name: agreeing, settings: {acquiescence: 0.6}}
  - {id: planted, name: pleasing, settings: {desirability: 0.3}}
  - {id: planted, name: knowing, settings: {memorised: [published]}}
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which every probe was asked by the real command."""
    folder = tmp_path_factory.mktemp("asked")
    write_poles(folder / "home")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    for more in (
        ["--protocol", "probe-position"],
        ["--protocol", "probe-desirability"],
        ["--protocol", "contamination", "--factors", "anger-1,anger-2,fear-1"],
        ["--instrument", "POLES", "--situations", "none", "--repeats", "10"],
    ):
        done = run_here(folder, ["run", "study.yaml", *more], EMOTIONBENCH_HOME=str(folder / "home"))
        assert done.returncode == 0, done.stderr
    return folder


def output(folder: Path, *arguments: str) -> str:
    done = run_here(folder, ["probes", *arguments], EMOTIONBENCH_HOME=str(folder / "home"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_probe_finds_its_bias(asked: Path) -> None:
    found: dict[str, Any] = json.loads(output(asked, "--json"), parse_constant=pytest.fail)
    pulls = {one["respondent"]: one["pull"] for one in found["positions"] if one["instrument"] == "PANAS"}
    assert (pulls["none"], pulls["first"]) == ("none", "first")
    leanings = {
        (one["respondent"], one["subscale"]): one["leaning"]
        for one in found["acquiescences"]
        if one["instrument"] == "POLES"
    }
    assert leanings["agreeing", "lively"] == leanings["agreeing", "tidy"] == "agrees"
    assert leanings["none", "lively"] == "none"
    shifts = {(one["respondent"], one["subscale"]): one["shift"] for one in found["desirabilities"]}
    assert shifts["pleasing", "positive"] == shifts["pleasing", "negative"] == "desirable"
    assert shifts["none", "positive"] == "none"
    verdicts = {(one["respondent"], one["probe"]): one["verdict"] for one in found["contaminations"]}
    for probe in ("recite_items", "recite_key", "target_score"):
        assert (verdicts["knowing", probe], verdicts["none", probe]) == ("recites", "no sign")


def test_the_tables_say_it_in_words(asked: Path) -> None:
    shown = output(asked, "--markdown")
    for words in (
        "| first | PANAS | towards options listed first | 20 + 20 |",
        "| agreeing | POLES | lively | agrees with both poles | 10 |",
        "| pleasing | PANAS | positive | more desirable, the more items | high |",
        "| knowing | PANAS | items | recites | unpublished texts | 15 against 6 |",
        "Nothing can be said of PANAS",
        "No sign is no proof of the contrary",
    ):
        assert words in shown, words
    plain = output(asked)
    assert "Contamination: what was recalled of each material" in plain
    assert "nothing asked tells of" not in plain


def test_status_counts_recitations_as_such(asked: Path) -> None:
    done = run_here(asked, ["status", "--json"], EMOTIONBENCH_HOME=str(asked / "home"))
    outcomes = {row["outcome"] for row in json.loads(done.stdout)["outcomes"]}
    assert outcomes == {"answered", "recited"}
    assert "leave items unanswered" not in done.stderr


def test_what_was_not_asked_is_named_with_the_command_that_asks_it(tmp_path: Path) -> None:
    asked = ["run", "--respondent", "uniform", "--factors", "anger-1", "--situations-per-factor", "1"]
    assert run_here(tmp_path, [*asked, "--baseline-repeats", "2"]).returncode == 0
    done = run_here(tmp_path, ["probes"])
    assert done.returncode == 0
    for protocol in ("probe-position", "probe-desirability", "contamination"):
        assert f"--protocol {protocol}" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run_here(tmp_path, ["probes", "--store", "no.db"])
    assert done.returncode == 1
    assert "no.db" in done.stderr
