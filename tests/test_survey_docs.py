"""What the pages about surveys tell people to do works as it stands there."""

from __future__ import annotations

import os
import random
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from emotionbench.cli.main import cli
from emotionbench.documents import parse_document
from emotionbench.errors import StudyError
from emotionbench.human.study import HumanStudy, human_study
from emotionbench.study import Study
from emotionbench.survey import Collection
from survey_people import Visitor, opened, take_part

ROOT = Path(__file__).parents[1]
PAGES = {name: (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("survey.md", "deployment.md")}
IMAGES_TO_COME = "images/survey-"


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGES[page], flags=re.DOTALL)


def commands() -> list[tuple[str, ...]]:
    """Every call of emotionbench, in blocks and within sentences, from its first word on."""
    found = []
    for name, page in PAGES.items():
        lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(emotionbench [^`]+)`", page)
        for line in lines:
            words = shlex.split(line, comments=True)
            at = next((i for i, word in enumerate(words) if Path(word).name == "emotionbench"), None)
            if at is not None and words[at + 1 : at + 2] not in ([], ["emotionbench"]) and words[0] != "sudo useradd":
                found.append(tuple(words[at + 1 :]))
    return [words for words in dict.fromkeys(found) if words[0] in cli.list_commands(click.Context(cli))]


def study_file() -> str:
    return blocks("survey.md", "yaml")[0]


@pytest.fixture(scope="module")
def study() -> HumanStudy:
    return human_study(parse_document(study_file(), Study, StudyError, where="study.yaml"))


def test_there_are_commands_to_look_at() -> None:
    named = {words[:2] for words in commands()}
    subcommands = ("preview", "preregister", "serve", "admin", "links", "doctor", "export", "norm", "delete", "purge")
    assert {("survey", name) for name in subcommands} <= named


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_has_the_options_that_are_shown(words: tuple[str, ...]) -> None:
    command: click.Command = cli
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        found = command.get_command(click.Context(command), rest.pop(0))
        assert found is not None, words
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


def test_the_study_is_one_that_people_can_take_part_in(study: HumanStudy) -> None:
    (edition,) = study.editions.values()
    assert len(edition.situations) == 10
    collection = study.survey.collection
    assert collection.n is not None
    assert collection.n_per_situation is not None
    assert collection.n_per_situation * 10 >= collection.n
    assert set(study.survey.exclusions.model_dump(exclude_none=True, exclude_defaults=True)) <= set(
        re.findall(r"`(\w+)", PAGES["survey.md"])
    )


def somebody(number: int) -> Visitor:
    """One person, whose answers are like nobody else's."""
    draws = random.Random(number)
    answers = {(page, item): draws.randint(1, 5) for page in ("before-1", "after-1") for item in range(1, 21)}
    return Visitor(f"person {number}", answer=lambda page, item: answers[page, item])


def test_every_field_of_a_collection_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", PAGES["survey.md"]))
    assert set(Collection.model_fields) <= told


def test_what_is_said_of_prolific_is_a_collection() -> None:
    content: dict[str, Any] = YAML(typ="safe").load(textwrap.dedent(blocks("survey.md", "yaml")[1]))
    collection = Collection.model_validate(content["collection"])
    assert collection.panel == "prolific"
    assert set(collection.completion) == {"complete", "screened_out", "failed_checks"}


def test_every_table_of_people_is_told_of() -> None:
    tables = ("participant", "submission", "draft", "recruitment", "invitation", "departure", "researcher")
    for table in (*tables, "administration", "attempt"):
        assert re.search(rf"^\|[^|]*`{table}`", PAGES["survey.md"], re.MULTILINE), table


def test_the_steps_after_collecting_run_one_after_another(tmp_path: Path, study: HumanStudy) -> None:
    (tmp_path / "study.yaml").write_text(study_file(), encoding="utf-8")
    with opened(tmp_path / "study.db", study) as store:
        for number in range(40):
            take_part(store, study, somebody(number))
    wanted = ("survey preregister", "survey export", "table", "run", "survey norm")
    lines = [
        line.split("#")[0]
        for block in blocks("survey.md", "sh")
        for line in block.splitlines()
        if line.removeprefix("emotionbench ").startswith(wanted)
    ]
    assert len(lines) == 8
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    made = {path.name for path in tmp_path.iterdir()}
    assert {"preregistration.md", "answers", "dataset", "codes.csv", "people.json"} <= made


@pytest.mark.parametrize(
    ("page", "link"),
    [(name, link) for name, page in PAGES.items() for link in re.findall(r"\]\((?!http)([^)]+)\)", page)],
)
def test_links_lead_somewhere(page: str, link: str) -> None:
    if link.startswith(IMAGES_TO_COME) and not (ROOT / "docs" / link).exists():
        pytest.skip("the pictures are made by the run in a browser")
    assert (ROOT / "docs" / link).exists()


def test_every_file_of_deploy_is_told_of() -> None:
    for file in (ROOT / "deploy").iterdir():
        assert file.name in PAGES["deployment.md"] or file.name.startswith("emotionbench-survey"), file.name
