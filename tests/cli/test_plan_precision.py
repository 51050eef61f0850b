"""``plan-precision`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench import Study, run
from emotionbench.cli.plan_precision import command
from emotionbench.errors import EmotionBenchError, StoreError
from engine_helpers import run_here


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two embedded respondents: one that answers at random with several repeats, one without chance in it."""
    where = tmp_path_factory.mktemp("planning") / "s.db"
    run(Study(respondents=["uniform", "lexicon"], factors=["anger-1", "anger-2", "fear-1"], repeats=2), where)
    return str(where)


def asked(store: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["--store", store, *arguments])


def test_it_tells_what_a_half_width_needs(store: str) -> None:
    found = asked(store, "--half-width", "2", "--row", "factor")
    assert found.exit_code == 0, found.output
    assert "For ± 2 points at 95 %, one factor" in found.output
    assert "Where the variance of a score comes from" in found.output
    assert "Intervals of the change now" in found.output
    assert "lexicon" in found.output
    assert "uniform" in found.output
    assert "*" in found.output


def test_json_holds_every_figure(store: str) -> None:
    found = json.loads(asked(store, "--respondent", "uniform", "--json").output)
    assert (found["row"], found["half_width"], found["administrations"]) == ("emotion", 1.0, None)
    assert {part["respondent"] for part in found["precision"]} == {"uniform"}
    for part in found["precision"]:
        assert part["components"]["residual"]["variance"]["value"] > 0
        assert [plan["n_repeats"] for plan in part["plans"]] == [1, 2, 3, 5, 10, 20]
        assert all(plan["half_width"] <= 1 for plan in part["plans"])
        # answers that do not depend on the order: its interval reaches 0
        assert part["components"]["order"]["variance"]["low"] == 0


def test_administrations_are_split(store: str) -> None:
    found = json.loads(asked(store, "--administrations", "300", "--row", "overall", "--json").output)
    for part in found["precision"]:
        (plan,) = part["plans"]
        assert plan["n_factors"] == 3
        assert plan["n_administrations"] <= 300
        assert plan["n_situations"] <= part["most_situations"]
    few = json.loads(asked(store, "--administrations", "300", "--max-situations", "4", "--json").output)
    assert {plan["n_situations"] for part in few["precision"] for plan in part["plans"]} <= {2, 3, 4}
    assert "best split of 300 administrations" in asked(store, "--administrations", "300").output


def test_what_cannot_be_reached_is_said(store: str) -> None:
    found = asked(store, "--respondent", "uniform", "--half-width", "0.01", "--max-situations", "3")
    assert found.exit_code == 0
    assert "not to be had" in found.output
    assert "not reached with 3 situations a factor" in found.output.replace("\n", " ")
    few = asked(store, "--administrations", "5")
    assert "too few administrations" in few.output


def test_one_repeat_is_said(tmp_path: Path) -> None:
    run(Study(respondents=["uniform"], factors=["anger-1"]), tmp_path / "s.db")
    found = asked(str(tmp_path / "s.db"))
    assert found.exit_code == 0, found.output
    assert "one repeat only" in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--half-width", "0"], "--half-width 0 is not above 0"),
        (["--half-width", "-1"], "--half-width -1 is not above 0"),
        (["--half-width", "nan"], "--half-width nan is not above 0"),
        (["--administrations", "0"], "--administrations 0 is not between 1 and"),
        (["--administrations", "99999999"], "is not between 1 and 1,000,000"),
        (["--respondent", "unifrom"], "did you mean 'uniform'?"),
    ],
)
def test_bad_input_is_one_clear_error(store: str, arguments: list[str], message: str) -> None:
    found = asked(store, *arguments)
    assert isinstance(found.exception, EmotionBenchError)
    assert message in str(found.exception)


def test_only_one_question_at_a_time(store: str) -> None:
    found = asked(store, "--half-width", "1", "--administrations", "10")
    assert found.exit_code == 2
    assert "not both" in found.output


def test_without_a_store_it_says_so(tmp_path: Path) -> None:
    found = asked(str(tmp_path / "none.db"))
    assert isinstance(found.exception, StoreError)


def test_it_is_a_command(store: str, tmp_path: Path) -> None:
    found = run_here(tmp_path, ["plan-precision", "--store", store, "--administrations", "100"])
    assert found.returncode == 0, found.stderr
    refused = run_here(tmp_path, ["plan-precision", "--store", store, "--half-width", "0"])
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
