"""``emotionbench run`` with a precision or a limit: what is printed of what was reached, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.reached import exit_code
from emotionbench.cli.run import command
from emotionbench.engine.run import Outcome


def emotionbench(folder: Path, *arguments: str) -> Result:
    store = ["--store", str(folder / "store.db")]
    return CliRunner().invoke(command, ["--respondent", "uniform", *arguments, *store])


def test_every_row_is_said_with_what_it_took(tmp_path: Path) -> None:
    done = emotionbench(tmp_path, "--emotions", "anger", "--precision", "4")
    assert done.exit_code == 0
    assert "± 4 points wanted: 1 of 1 rows reached" in done.output
    row = next(line for line in done.output.splitlines() if "uniform (PANAS)" in line)
    cells = [cell.strip() for cell in row.split("│")]
    assert (cells[1], cells[-1]) == ("anger", "yes")
    assert float(cells[3].removeprefix("± ")) <= 4
    assert int(cells[4]) <= int(cells[5])


def test_where_answers_do_not_vary_no_interval_is_told(tmp_path: Path) -> None:
    arguments = [
        "--respondent",
        "constant",
        "--emotions",
        "anger",
        "--precision",
        "2",
        "--store",
        str(tmp_path / "s.db"),
    ]
    done = CliRunner().invoke(command, arguments)
    assert (done.exit_code, "1 of 1 rows reached" in done.output) == (0, True)
    row = next(line for line in done.output.splitlines() if "constant (PANAS)" in line)
    cells = [cell.strip() for cell in row.split("│")]
    assert (cells[3], cells[-1]) == ("–", "yes: the scores do not vary")
    assert "± 0.00" not in done.output


def test_what_can_be_reached_is_not_said_to_be_out_of_reach(tmp_path: Path) -> None:
    arguments = ["--respondent", "human-norm", "--emotions", "anger,fear", "--precision", "3.5"]
    store = ["--precision-per", "factor", "--store", str(tmp_path / "s.db")]
    done = CliRunner().invoke(command, [*arguments, *store])
    assert "10 of 10 rows reached" in done.output
    assert "out of reach" not in done.output


def test_a_limit_ends_the_run_as_it_was_told_to(tmp_path: Path) -> None:
    done = emotionbench(tmp_path, "--emotions", "anger", "--precision", "2", "--max-administrations", "30")
    assert done.exit_code == 0
    assert "ended by --max-administrations 30: 30 administrations asked; the same command goes on" in done.output
    assert "no: the run ended first" in done.output


def test_what_is_out_of_reach_is_said_early_and_in_the_table(tmp_path: Path) -> None:
    done = emotionbench(tmp_path, "--factors", "anger-1", "--precision", "0.01", "--repeats", "2")
    assert done.exit_code == 0
    early, table = done.output.index("is out of reach"), done.output.index("points wanted: 0 of 1 rows reached")
    assert early < table
    assert "as near as it gets" in done.output or "no: all is asked" in done.output


def test_what_has_no_interval_is_refused(tmp_path: Path) -> None:
    done = emotionbench(
        tmp_path, "--precision", "1", "--precision-per", "factor", "--situations-per-factor", "1", "--emotions", "anger"
    )
    assert done.exit_code != 0
    assert "one a factor" in (done.output + str(done.exception))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome(10, n_answered=10), 0),
        (Outcome(10, n_answered=4, ended="--max-tokens 5"), 0),
        (Outcome(10, n_answered=4, n_failed=1, ended="--max-tokens 5"), 1),
        (Outcome(10, n_answered=9, n_failed=1), 1),
        (Outcome(10, n_answered=4, interrupted=True), 130),
        (Outcome(10, n_answered=4, n_elsewhere=6), 0),
    ],
)
def test_the_exit_code_says_how_it_ended(outcome: Outcome, code: int) -> None:
    assert exit_code(outcome) == code
