"""``compare`` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emotionbench import Study, run
from emotionbench.cli.compare import command
from emotionbench.errors import EmotionBenchError
from engine_helpers import run_here

FACTORS = ("anger-1", "anger-2", "fear-1", "guilt-1")


def store(path: Path, *respondents: Any, **changes: Any) -> str:
    asked: dict[str, Any] = {"factors": FACTORS, "situations_per_factor": 3, "baseline_repeats": 10, **changes}
    run(Study(respondents=list(respondents), **asked), path)
    return str(path)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("compare")
    return {
        "both": store(folder / "both.db", "human-norm", "lexicon", "constant"),
        "again": store(folder / "again.db", "human-norm", "uniform", seed=9),
        "lexicon": store(folder / "lexicon.db", "lexicon"),
        "uniform": store(folder / "uniform.db", "uniform"),
        "paired": store(folder / "paired.db", "uniform", design="paired", baseline_repeats=None),
    }


def asked(*arguments: str, where: str | None = None) -> Result:
    return CliRunner().invoke(command, [*arguments, *(["--store", where] if where else [])])


def figures(*arguments: str, where: str | None = None) -> dict[str, Any]:
    found = asked(*arguments, "--json", where=where)
    assert found.exit_code == 0, found.exception
    content: dict[str, Any] = json.loads(found.output, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    return content


def test_two_respondents_of_a_store(stores: dict[str, str]) -> None:
    found = figures("human-norm", "lexicon", where=stores["both"])
    (difference,) = found["differences"]
    assert (difference["first"], difference["second"]) == ("human-norm", "lexicon")
    assert difference["is_matched"] is True
    assert {row["kind"] for row in difference["rows"]} == {"baseline", "factor", "emotion", "overall"}
    assert [row["label"] for row in difference["rows"] if row["kind"] == "emotion"] == ["Anger", "Guilt", "Fear"]
    assert [one["of"] for one in found["alignments"]] == ["human-norm", "lexicon"]
    assert found["inference"]["alpha"] == 0.05
    overall = difference["rows"][-1]
    for key, contrast in overall["contrasts"].items():
        assert contrast["difference"] == pytest.approx(overall["second"][key] - overall["first"][key])
        assert contrast["low"] < contrast["difference"] < contrast["high"]


def test_turned_round_it_says_the_opposite(stores: dict[str, str]) -> None:
    one, other = (
        figures(*names, where=stores["both"])["differences"][0]["rows"]
        for names in (("human-norm", "lexicon"), ("lexicon", "human-norm"))
    )
    for row, turned in zip(one, other, strict=True):
        for key, contrast in row["contrasts"].items():
            assert contrast["difference"] == pytest.approx(-turned["contrasts"][key]["difference"])


def test_the_table_by_emotion_and_by_factor(stores: dict[str, str]) -> None:
    found = asked("human-norm", "constant", where=stores["both"])
    assert found.exit_code == 0
    words = found.output.replace("\n", " ")
    for expected in ("human-norm", "constant", "Default", "Anger", "Overall", "alignment", "text, not a feeling"):
        assert expected in words
    by_factor = asked("human-norm", "constant", "--by", "factor", where=stores["both"]).output
    assert len(by_factor.splitlines()) > len(found.output.splitlines())


def test_markdown(stores: dict[str, str]) -> None:
    found = asked("human-norm", "lexicon", "--markdown", where=stores["both"]).output
    assert found.startswith("**Positive affect · PANAS · independent")
    header = next(line for line in found.splitlines() if line.startswith("| "))
    assert header.split(" | ")[2:4] == ["human-norm", "lexicon"]
    rows = [line for line in found.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {rows[0].count("|")}
    assert "- human-norm: alignment " in found


def test_two_stores_that_hold_the_same_respondent(stores: dict[str, str]) -> None:
    found = figures(stores["both"], stores["again"])
    (difference,) = found["differences"]
    assert difference["first"] == f"human-norm in {stores['both']}"
    assert difference["second"] == f"human-norm in {stores['again']}"
    assert [one["of"] for one in found["alignments"]] == [difference["first"], difference["second"]]
    # the same respondent, asked again: nothing differs
    assert all(c["p_holm"] > 0.001 for row in difference["rows"] for c in row["contrasts"].values() if c["p_holm"])


def test_a_store_against_itself_differs_nowhere(stores: dict[str, str]) -> None:
    found = figures(stores["both"], stores["both"])
    assert len(found["differences"]) == 3
    assert {c["difference"] for d in found["differences"] for r in d["rows"] for c in r["contrasts"].values()} == {0.0}


def test_two_stores_with_one_respondent_each(stores: dict[str, str]) -> None:
    (difference,) = figures(stores["lexicon"], stores["uniform"])["differences"]
    assert (difference["first"], difference["second"]) == ("lexicon", "uniform")


def test_alpha_is_passed_on(stores: dict[str, str]) -> None:
    found = asked("human-norm", "lexicon", "--alpha", "0.2", "--markdown", where=stores["both"])
    assert "α = 0.2 " in found.output
    assert figures("human-norm", "lexicon", "--alpha", "0.2", where=stores["both"])["inference"]["alpha"] == 0.2


@pytest.mark.parametrize(
    ("arguments", "where", "message"),
    [
        (
            ["human-nrom", "lexicon"],
            "both",
            "no respondent 'human-nrom'; did you mean 'human-norm'?; or name two stores",
        ),
        (["lexicon", "nobody"], "both", "known: constant, human-norm, lexicon; or name two stores"),
        (["lexicon", "lexicon"], "both", "'lexicon' twice; name two respondents, or two stores"),
        (["lexicon", "@uniform"], "both", "uniform.db'; known: constant, human-norm, lexicon; or name two stores"),
        (["@both", "@uniform"], None, "no respondent stands in both stores"),
        (["@uniform", "@paired"], None, "have no instrument, protocol, design and situations in common"),
        (["human-norm", "lexicon", "--alpha", "2"], "both", "alpha 2.0 is not between 0 and 1"),
        (["human-norm", "lexicon", "--alpha", "nan"], "both", "is not between 0 and 1"),
    ],
)
def test_bad_input_is_one_clear_error(
    stores: dict[str, str], arguments: list[str], where: str | None, message: str
) -> None:
    named = [stores[name[1:]] if name.startswith("@") else name for name in arguments]
    found = asked(*named, where=stores[where] if where else None)
    assert isinstance(found.exception, EmotionBenchError)
    assert message in str(found.exception)


def test_without_a_store_it_says_so(tmp_path: Path) -> None:
    assert isinstance(asked("a", "b", where=str(tmp_path / "none.db")).exception, EmotionBenchError)
    missing = asked(str(tmp_path / "one.db"), str(tmp_path / "other.db"), where=str(tmp_path / "none.db"))
    assert isinstance(missing.exception, EmotionBenchError)


def test_it_is_a_command(stores: dict[str, str], tmp_path: Path) -> None:
    found = run_here(tmp_path, ["compare", stores["lexicon"], stores["uniform"]])
    assert found.returncode == 0, found.stderr
    refused = run_here(tmp_path, ["compare", "lexicon", "x", "--store", stores["both"]])
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
