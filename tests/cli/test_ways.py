from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from emotionbench.cli.main import cli
from emotionbench.errors import EmotionBenchError
from form_helpers import make_forms
from report_helpers import make_store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_forms(tmp_path_factory.mktemp("ways") / "store.db")


def asked(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["ways", "--store", str(store), *arguments])


def test_verdicts_stand_first_then_the_shorter_tables(store: Path) -> None:
    found = asked(store)
    assert found.exit_code == 0, found.exception
    heads = [
        "uniform · PANAS: the ways of asking",
        "Score before imagining: ",
        "Change after imagining: ",
        "What each way moves, score before imagining",
        "Where the variance lies, score before imagining",
        "Answers that flip",
        "What one form is worth",
    ]
    places = [found.output.index(words) for words in heads]
    assert places == sorted(places)
    assert "One level against the rest" not in found.output


def test_markdown_has_every_table(store: Path) -> None:
    found = asked(store, "--markdown").output
    assert found.startswith("## uniform · PANAS: the ways of asking\n\n- Score before imagining: ")
    assert "**One level against the rest, score before imagining (uniform" in found


def test_json_has_every_figure_and_none_that_is_no_number(store: Path) -> None:
    found: Any = json.loads(asked(store, "--json").output, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))
    (one,) = found[0]["instruments"]
    assert one["respondent"] == "uniform"
    assert len(one["pictures"]["score"]["picture"]["points"]) == 16
    ways = [term["name"] for term in one["subscales"][0]["explained"]["terms"]]
    assert ways == ["template", "option_labels", "option_order", "items_per_message"]


def test_interactions_are_terms_of_their_own(store: Path) -> None:
    assert "template × option labels" in asked(store, "--interaction", "template*option_labels").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("template*langage", "no way of asking 'langage'"),
        ("template", "write language*template"),
        ("template*template", "is no pair of ways"),
    ],
)
def test_a_bad_interaction_is_refused(store: Path, words: str, said: str) -> None:
    found = asked(store, "--interaction", words)
    assert isinstance(found.exception, EmotionBenchError)
    assert said in str(found.exception)


def test_where_nothing_is_varied_it_says_how_to(tmp_path: Path) -> None:
    found = asked(make_store(tmp_path / "s.db"))
    assert isinstance(found.exception, EmotionBenchError)
    assert "put in one way only" in str(found.exception)
    assert "emotionbench run --vary" in str(found.exception)
